//! `/api/v1/erasures`: people whose data is to go.

use super::{PAGE_ITEMS, answer, list_answer};
use crate::{WebSettings, auth::ApiCaller, body, parameters::Parameters, problem::Problem};
use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{Data, Payload},
};
use app::{App, Caller, ErasureRequest};
use domain::{Scope, StatementId};
use serde::Deserialize;
use serde_json::{Value, json, value::RawValue};
use store::{Event, Mentions};

/// A request to erase a person.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Order {
    /// xAPI agents, all of them the same person.
    actors: Vec<Box<RawValue>>,
    reason: String,
    #[serde(default)]
    mentions: Mentions,
    #[serde(default)]
    dry_run: bool,
    #[serde(default = "yes")]
    compact: bool,
}

const fn yes() -> bool {
    true
}

pub(super) async fn create(
    request: HttpRequest,
    payload: Payload,
    caller: ApiCaller,
    app: Data<App>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Problem> {
    caller.0.require(Scope::All, &[])?;
    let body = body::read(&request, payload, settings.request_bytes_max).await?;
    let order: Order = body::json(&body)?;
    let actors = order.actors.iter().map(|actor| actor.get().to_owned()).collect();
    let (mentions, reason) = (order.mentions, order.reason);
    let wanted = ErasureRequest { actors, mentions, reason };
    if order.dry_run {
        let found = app.erasure_counts(&caller.0, &wanted).await?;
        return Ok(answer(&json!({ "dry_run": true, "found": found })));
    }
    let erased = app.erase(&caller.0, &wanted).await?;
    if order.compact {
        app.compact(&caller.0).await?;
    }
    Ok(answer(&json!({
        "dry_run": false,
        "found": erased.counts,
        "erased_at": erased.at.to_string(),
        "entries": erased.entries,
        "event": erased.event,
        "compacted": order.compact,
    })))
}

pub(super) async fn list(
    parameters: Parameters,
    caller: ApiCaller,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    parameters.only(&["cursor", "limit"])?;
    let limit = parameters.parsed("limit")?.unwrap_or(PAGE_ITEMS);
    let page = app.erasures(&caller.0, parameters.parsed("cursor")?, limit).await?;
    let items = page.items.iter().map(event_json).collect();
    Ok(list_answer(items, page.next.map(|next| next.to_string())))
}

fn event_json(event: &Event) -> Value {
    let about: Value = serde_json::from_str(&event.event.value).unwrap_or_default();
    json!({
        "event": event.position,
        "erased_at": event.recorded_at.to_string(),
        "ordered_by": event.event.actor,
        "reason": event.event.reason,
        "entries": about["entries"],
        "mentions": about["mentions"],
        "found": about["found"],
    })
}

/// 404 for a statement that is not there; one that was erased is told as such.
pub(crate) async fn not_there(app: &App, caller: &Caller, id: StatementId) -> Problem {
    match app.erased_statement(caller, id).await {
        Ok(Some(erased)) => {
            let detail = format!(
                "statement {id} at position {} was erased on {}; its entry in the ledger stays, and \
                 the entry at {} tells of the erasure",
                erased.position, erased.erased_at, erased.erased_by
            );
            Problem::new(StatusCode::NOT_FOUND, "erased", detail)
                .member("position", json!(erased.position))
                .member("stored", json!(erased.stored.to_string()))
                .member("erased_at", json!(erased.erased_at.to_string()))
                .member("erased_by", json!(erased.erased_by))
        }
        Ok(None) => {
            let detail = "there is no such statement, or it is voided";
            Problem::new(StatusCode::NOT_FOUND, "not-found", detail)
        }
        Err(error) => error.into(),
    }
}
