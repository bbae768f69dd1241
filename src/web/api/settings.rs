//! How courses play: `/api/v1/settings` and the same below a course and a version.

use super::answer;
use crate::{WebSettings, auth::ApiCaller, body, problem::Problem};
use actix_web::{
    FromRequest, HttpRequest, HttpResponse,
    dev::Payload,
    web::{self, Data},
};
use app::{App, SettingsOf, SettingsView};
use scorm::settings::InForce;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::{future, str::FromStr};

/// Whose settings an address names, the console's addresses included.
pub(crate) struct Whose(pub(crate) SettingsOf);

impl FromRequest for Whose {
    type Error = Problem;
    type Future = future::Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let (course, version) = (segment(request, "course"), segment(request, "version"));
        future::ready(course.and_then(|course| {
            Ok(Self(match (course, version?) {
                (Some(course), Some(version)) => SettingsOf::Version(course, version),
                (Some(course), None) => SettingsOf::Course(course),
                (None, _) => SettingsOf::Organization,
            }))
        }))
    }
}

/// A segment of the address, where the route has it.
fn segment<T: FromStr>(request: &HttpRequest, name: &str) -> Result<Option<T>, Problem> {
    let text = request.match_info().get(name);
    text.map(str::parse).transpose().map_err(|_| Problem::not_found())
}

/// What a level decides from now on.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Decision {
    settings: Map<String, Value>,
    reason: String,
}

pub(super) async fn read(
    whose: Whose,
    caller: ApiCaller,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    Ok(answer(&view_json(&app.course_settings(&caller.0, whose.0).await?)))
}

pub(super) async fn decide(
    request: HttpRequest,
    payload: web::Payload,
    whose: Whose,
    caller: ApiCaller,
    app: Data<App>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Problem> {
    let body = body::read(&request, payload, settings.request_bytes_max).await?;
    let Decision { settings, reason } = body::json(&body)?;
    app.decide_course_settings(&caller.0, whose.0, &settings, &reason).await?;
    Ok(answer(&view_json(&app.course_settings(&caller.0, whose.0).await?)))
}

fn view_json(view: &SettingsView) -> Value {
    json!({
        "level": view.of.level(),
        "settings": in_force_json(&view.in_force),
        "chosen": view.chosen,
        "decided": view.decided.as_ref().map(|decided| json!({
            "at": decided.at,
            "by": decided.by,
            "reason": decided.reason,
        })),
    })
}

/// The settings that a level has decided, with their values.
pub(super) fn decided_json(in_force: &InForce) -> Value {
    let mut all = in_force_json(in_force);
    if let Some(members) = all.as_object_mut() {
        members.retain(|name, _| in_force.from.contains_key(name));
    }
    all
}

/// Every setting with its value and the level that it comes from.
fn in_force_json(in_force: &InForce) -> Value {
    let each = in_force.each();
    let members = each.map(|(about, value, from)| {
        (about.name.to_owned(), json!({ "value": value, "from": from }))
    });
    Value::Object(members.collect())
}
