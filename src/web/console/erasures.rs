//! Erasing a person: first what there is, then, when told again, the erasure. For administrators.

use super::{
    Frame, render_with,
    session::{Form, Visitor},
    statements::agent_json,
    view::Time,
};
use crate::problem::Problem;
use actix_web::{
    HttpResponse,
    http::StatusCode,
    web::{self, Data, ServiceConfig},
};
use app::{App, AppError, ErasureRequest};
use askama::Template;
use domain::Scope;
use store::{ErasureCounts, Event, Mentions};

/// Erasures that the page lists.
const LISTED: usize = 100;

/// The routes of erasures.
pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(
        web::resource("/erasures").route(web::get().to(list)).route(web::post().to(order)),
    );
}

#[derive(Template)]
#[template(path = "erasures.html")]
struct ErasuresPage {
    frame: Frame,
    fault: Option<String>,
    done: Option<String>,
    /// What there is of the person, to be confirmed.
    found: Option<Vec<(u64, &'static str)>>,
    person: String,
    reason: String,
    keeps_mentions: bool,
    past: Vec<Row>,
}

struct Row {
    at: Time,
    by: String,
    reason: String,
    entry: String,
}

impl Row {
    fn of(event: Event) -> Self {
        Self {
            at: Time::of(event.recorded_at),
            by: event.event.actor,
            reason: event.event.reason,
            entry: event.event.entity_id,
        }
    }
}

/// What the page shows besides the list.
#[derive(Default)]
struct Shown {
    fault: Option<String>,
    done: Option<String>,
    found: Option<ErasureCounts>,
    person: String,
    reason: String,
    keeps_mentions: bool,
}

async fn page(app: &App, visitor: &Visitor, shown: Shown) -> Result<HttpResponse, Problem> {
    visitor.caller.require(Scope::All, &[])?;
    let past = app.erasures(&visitor.caller, None, LISTED).await?;
    let status = if shown.fault.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let page = ErasuresPage {
        frame: Frame::of(visitor, "/erasures"),
        fault: shown.fault,
        done: shown.done,
        found: shown.found.map(lines),
        person: shown.person,
        reason: shown.reason,
        keeps_mentions: shown.keeps_mentions,
        past: past.items.into_iter().rev().map(Row::of).collect(),
    };
    Ok(render_with(status, &page))
}

fn lines(found: ErasureCounts) -> Vec<(u64, &'static str)> {
    vec![
        (found.statements, "statements by the person"),
        (found.mentions, "statements that mention the person"),
        (found.attachments, "attachments of these"),
        (found.documents, "documents"),
        (found.registrations, "registrations, which keep their record"),
        (found.attempts, "attempts"),
        (found.calls, "run-time calls"),
        (found.names, "names"),
        (found.claims, "claims of other stores"),
        (found.users, "console users"),
    ]
}

async fn list(visitor: Visitor, app: Data<App>) -> Result<HttpResponse, Problem> {
    page(&app, &visitor, Shown::default()).await
}

async fn order(form: Form, app: Data<App>) -> Result<HttpResponse, Problem> {
    let Form { visitor, fields } = form;
    let typed = |name: &str| fields.raw(name).trim().to_owned();
    let (person, reason) = (typed("person"), typed("reason"));
    let keeps_mentions = fields.raw("mentions") == "keep";
    let request = ErasureRequest {
        actors: vec![agent_json(&person)],
        mentions: if keeps_mentions { Mentions::Keep } else { Mentions::Erase },
        reason: reason.clone(),
    };
    let mut shown = Shown { person, reason, keeps_mentions, ..Shown::default() };
    let is_confirmed = fields.raw("confirmed") == "yes";
    let outcome = if is_confirmed {
        app.erase(&visitor.caller, &request).await.map(|erased| {
            let entries: Vec<String> = erased.entries.iter().map(ToString::to_string).collect();
            format!("Erased. The ledger says so at position {}.", entries.join(", "))
        })
    } else {
        app.erasure_counts(&visitor.caller, &request).await.map(|found| {
            shown.found = Some(found);
            String::new()
        })
    };
    match outcome {
        Ok(done) if is_confirmed => {
            app.compact(&visitor.caller).await?;
            shown = Shown { done: Some(done), ..Shown::default() };
        }
        Ok(_) => {}
        Err(AppError::Invalid { problem, .. }) => shown.fault = Some(problem),
        Err(error) => return Err(error.into()),
    }
    page(&app, &visitor, shown).await
}
