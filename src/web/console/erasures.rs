//! Erasing a person: first what there is, then, when told again, the erasure. Administrators order;
//! compliance leads and auditors see what was erased.

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
    /// Whether the visitor may order an erasure.
    may_order: bool,
    fault: Option<String>,
    done: Option<String>,
    /// What there is of the person, to be confirmed.
    found: Vec<(u64, &'static str)>,
    /// Whether it was looked for and there is nothing.
    is_unknown: bool,
    person: String,
    reason: String,
    keeps_mentions: bool,
    past: Vec<Row>,
    /// How many erasures there were before those.
    earlier: usize,
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
    let (past, earlier) = app.last_erasures(&visitor.caller, LISTED).await?;
    let found = shown.found.map(|found| lines(&found, shown.keeps_mentions));
    let status = if shown.fault.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let page = ErasuresPage {
        frame: Frame::of(visitor, "/erasures"),
        may_order: visitor.caller.require(Scope::All, &[]).is_ok(),
        fault: shown.fault,
        done: shown.done,
        is_unknown: found.as_ref().is_some_and(Vec::is_empty),
        found: found.unwrap_or_default(),
        person: shown.person,
        reason: shown.reason,
        keeps_mentions: shown.keeps_mentions,
        past: past.into_iter().rev().map(Row::of).collect(),
        earlier,
    };
    Ok(render_with(status, &page))
}

/// What there is, without what there is none of.
fn lines(found: &ErasureCounts, keeps_mentions: bool) -> Vec<(u64, &'static str)> {
    let mentions = if keeps_mentions {
        "statements of others that mention the person: kept"
    } else {
        "statements of others that mention the person: erased as a whole"
    };
    let mut lines = vec![
        (found.statements, "statements by the person"),
        (found.mentions, mentions),
        (found.attachments, "attachments of these"),
        (found.documents, "documents"),
        (found.registrations, "registrations, which keep their record"),
        (found.attempts, "attempts"),
        (found.calls, "run-time calls"),
        (found.names, "names"),
        (found.claims, "claims of other stores"),
        (found.users, "console users"),
        (found.events, "events of the trail that tell of the person"),
    ];
    lines.retain(|(count, _)| *count > 0);
    lines
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
