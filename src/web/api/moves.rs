//! Registrations to another version of their course: `POST …/move`.

use super::answer;
use crate::{WebSettings, auth::ApiCaller, body, problem::Problem};
use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{self, Data, Path},
};
use app::{App, MoveError, MoveMany, MoveTerms, Moved, MovedMany};
use domain::{CourseId, CourseVersion, RegistrationId};
use serde::Deserialize;
use serde_json::json;

/// The body of a move of one registration.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MoveOne {
    version: u32,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    restart: bool,
    #[serde(default)]
    dry_run: bool,
}

pub(super) async fn one(
    request: HttpRequest,
    payload: web::Payload,
    id: Path<RegistrationId>,
    caller: ApiCaller,
    app: Data<App>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Problem> {
    let bytes = body::read(&request, payload, settings.request_bytes_max).await?;
    let MoveOne { version, reason, restart, dry_run } = body::json(&bytes)?;
    let version = CourseVersion::new(version)
        .ok_or_else(|| Problem::invalid_at("/version", "versions count from 1"))?;
    let terms = MoveTerms { reason, restart, dry_run };
    let moved = app.move_registration(&caller.0, *id, version, &terms).await.map_err(refused)?;
    let Moved { registration, from, to, dropped } = moved;
    Ok(answer(&json!({
        "registration": registration,
        "from": from,
        "to": to,
        "restart": restart,
        "dry_run": dry_run,
        "dropped": dropped,
    })))
}

pub(super) async fn many(
    request: HttpRequest,
    payload: web::Payload,
    path: Path<(CourseId, CourseVersion)>,
    caller: ApiCaller,
    app: Data<App>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Problem> {
    let bytes = body::read(&request, payload, settings.request_bytes_max).await?;
    let many: MoveMany = body::json(&bytes)?;
    let (course, version) = path.into_inner();
    let done = app.move_registrations(&caller.0, course, version, &many).await?;
    let MovedMany { moved, with_dropped, dropped, over, in_use, other_standard, next } = done;
    Ok(answer(&json!({
        "to": version,
        "dry_run": many.dry_run,
        "moved": moved,
        "with_dropped": with_dropped,
        "dropped": dropped,
        "over": over,
        "in_use": in_use,
        "other_standard": other_standard,
        "next": next,
    })))
}

/// Why a registration stays where it is.
pub(crate) fn refused(error: MoveError) -> Problem {
    match error {
        MoveError::App(error) => error.into(),
        MoveError::Unmoved(why) => {
            Problem::new(StatusCode::CONFLICT, "registration-stays", why.to_string())
                .member("why", why.as_str().into())
        }
    }
}
