//! Exceptions: leave and exemptions, with reason and approver.

use super::{
    Frame,
    reference::{days, faults, may_write, time},
    render_with, see_other,
    session::{Form, Visitor},
    view::{Time, count},
};
use crate::{api, parameters::Parameters, problem::Problem};
use actix_web::{
    HttpResponse,
    http::StatusCode,
    web::{self, Data, Path, ServiceConfig},
};
use app::App;
use askama::Template;
use audit::reference::{Entity, ExceptionValue};
use audit::world::ExceptionKind;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The routes of exceptions.
pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/exceptions").route(web::get().to(list)).route(web::post().to(set)))
        .route("/exceptions/{id}/retract", web::post().to(take_back));
}

#[derive(Template)]
#[template(path = "exceptions.html")]
struct ExceptionsPage {
    frame: Frame,
    heading: String,
    may_write: bool,
    is_saved: bool,
    as_of: String,
    faults: Vec<String>,
    rows: Vec<Row>,
    requirements: Vec<String>,
    typed: Typed,
}

/// What was typed.
struct Typed(BTreeMap<String, String>);

impl Typed {
    fn get(&self, name: &str) -> &str {
        self.0.get(name).map(String::as_str).unwrap_or_default()
    }
}

struct Row {
    id: String,
    person: String,
    requirement: String,
    what: String,
    days: String,
    reason: String,
    approved_by: String,
    recorded_at: Time,
}

async fn list(
    parameters: Parameters,
    visitor: Visitor,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    page(&parameters, &visitor, &app, Vec::new(), &Parameters::default()).await
}

async fn page(
    parameters: &Parameters,
    visitor: &Visitor,
    app: &App,
    faults: Vec<String>,
    typed: &Parameters,
) -> Result<HttpResponse, Problem> {
    let as_of = api::as_of(parameters)?;
    let found = app.things(&visitor.caller, Entity::Exception, as_of, "").await?;
    let rows: Vec<Row> = found
        .into_iter()
        .filter_map(|thing| {
            let recorded_at = time(thing.version.recorded_at);
            let said: ExceptionValue = serde_json::from_value(thing.version.value).ok()?;
            let what = match (said.kind, said.extended_due) {
                (ExceptionKind::Exempt, _) => "exempt".to_owned(),
                (ExceptionKind::Leave, Some(due)) => format!("leave, due {due}"),
                (ExceptionKind::Leave, None) => "leave".to_owned(),
            };
            Some(Row {
                id: thing.id,
                person: said.person.to_string(),
                requirement: said.requirement.to_string(),
                what,
                days: days(Some(said.from), said.to),
                reason: said.reason,
                approved_by: said.approved_by,
                recorded_at,
            })
        })
        .collect();
    let requirements = app.things(&visitor.caller, Entity::Requirement, None, "").await?;
    let typed = typed.pairs().map(|(name, value)| (name.to_owned(), value.to_owned()));
    let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::BAD_REQUEST };
    let page = ExceptionsPage {
        frame: Frame::of(visitor, "/exceptions"),
        heading: count(rows.len(), "exception", "exceptions"),
        may_write: may_write(visitor.user.role),
        is_saved: parameters.get("news").is_some(),
        as_of: parameters.get("as_of").unwrap_or_default().to_owned(),
        faults,
        rows,
        requirements: requirements.into_iter().map(|thing| thing.id).collect(),
        typed: Typed(typed.collect()),
    };
    Ok(render_with(status, &page))
}

async fn set(form: Form, app: Data<App>) -> Result<HttpResponse, Problem> {
    let Form { visitor, fields } = form;
    let text = |name: &str| fields.raw(name).trim();
    let given = |name: &str| Some(text(name)).filter(|text| !text.is_empty());
    let value: Value = json!({
        "person": text("person"),
        "requirement": text("requirement"),
        "kind": text("kind"),
        "from": text("from"),
        "to": given("to"),
        "extended_due": given("extended_due"),
        "reason": text("reason"),
        "approved_by": text("approved_by"),
    });
    let id = text("id");
    let none = Parameters::default();
    if app.thing(&visitor.caller, Entity::Exception, id, None).await?.is_some() {
        let known = vec!["There is an exception with this id: choose another".to_owned()];
        return page(&none, &visitor, &app, known, &fields).await;
    }
    // What explains the exception explains why it is recorded.
    let (thing, reason) = ((Entity::Exception, id), text("reason"));
    match app.set_thing(&visitor.caller, thing, &value, reason, false).await {
        Ok(_) => Ok(see_other("/exceptions?news=saved")),
        Err(error) => page(&none, &visitor, &app, faults(error)?, &fields).await,
    }
}

async fn take_back(id: Path<String>, form: Form, app: Data<App>) -> Result<HttpResponse, Problem> {
    let Form { visitor, fields } = form;
    let thing = (Entity::Exception, id.as_str());
    match app.take_back_thing(&visitor.caller, thing, fields.raw("reason"), false).await {
        Ok(_) => Ok(see_other("/exceptions?news=saved")),
        Err(error) => {
            let none = Parameters::default();
            page(&none, &visitor, &app, faults(error)?, &none).await
        }
    }
}
