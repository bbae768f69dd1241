//! The trail of reference data: `/api/v1/audit/trail`.

use super::registrations::{CSV, wants_csv};
use super::{PAGE_ITEMS, list_answer};
use crate::{auth::ApiCaller, parameters::Parameters, problem::Problem, when};
use actix_web::{
    HttpRequest, HttpResponse,
    http::header,
    web::{Bytes, Data},
};
use app::reference::HistoryFilter;
use app::{App, AppError, Caller};
use domain::csv::push_row;
use futures_util::{StreamExt, future::ready, stream};
use serde_json::{Value, json};
use store::Event;

const CSV_HEADER: [&str; 11] = [
    "position",
    "recorded_at",
    "actor",
    "reason",
    "entity",
    "entity_id",
    "op",
    "valid_from",
    "valid_to",
    "value",
    "source",
];

/// Which events a request is about; a page of the console has the same.
pub(crate) fn history_filter(parameters: &Parameters) -> Result<HistoryFilter, Problem> {
    let text = |name: &str| parameters.get(name).map(ToOwned::to_owned);
    Ok(HistoryFilter {
        entity: text("entity"),
        entity_id: text("entity_id"),
        from: when::from(parameters, "from")?,
        to: when::to(parameters, "to")?,
        search: text("search").unwrap_or_default(),
    })
}

pub(super) async fn list(
    request: HttpRequest,
    parameters: Parameters,
    caller: ApiCaller,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    parameters.only(&[
        "entity",
        "entity_id",
        "from",
        "to",
        "search",
        "cursor",
        "limit",
        "format",
    ])?;
    let filter = history_filter(&parameters)?;
    if wants_csv(&request, &parameters)? {
        return trail_csv(app, caller.0, filter).await;
    }
    let limit = parameters.parsed("limit")?.unwrap_or(PAGE_ITEMS);
    let page = app.history(&caller.0, &filter, parameters.parsed("cursor")?, limit).await?;
    let items = page.events.iter().map(event_json).collect();
    Ok(list_answer(items, page.next.map(|next| next.to_string())))
}

fn event_json(event: &Event) -> Value {
    let json_of = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
    let Event { position, recorded_at, event } = event;
    json!({
        "position": position,
        // To the microsecond, so that it can be asked for as of.
        "recorded_at": recorded_at.to_string(),
        "actor": event.actor,
        "reason": event.reason,
        "entity": event.entity,
        "entity_id": event.entity_id,
        "op": event.op.as_str(),
        "valid_from": event.valid_from,
        "valid_to": event.valid_to,
        "value": json_of(&event.value),
        "source": json_of(&event.source),
    })
}

/// All events that are meant, oldest first, however many: read and sent a piece at a time.
pub(crate) async fn trail_csv(
    app: Data<App>,
    caller: Caller,
    filter: HistoryFilter,
) -> Result<HttpResponse, Problem> {
    let mut csv = String::new();
    push_row(&mut csv, CSV_HEADER);
    // The first piece before the answer begins: a refusal is a problem document.
    let first = app.next_history(&caller, &filter, None).await?;
    let mut after = None;
    if let Some((events, last)) = first {
        for event in &events {
            csv_row(&mut csv, event);
        }
        after = Some(last);
    }
    let rest = stream::try_unfold(
        (app, caller, filter, after),
        |(app, caller, filter, after)| async move {
            // Nothing came before: nothing follows.
            let Some(after) = after else { return Ok::<_, AppError>(None) };
            let piece = app.next_history(&caller, &filter, Some(after)).await?;
            Ok(piece.map(|(events, last)| {
                let mut csv = String::new();
                for event in &events {
                    csv_row(&mut csv, event);
                }
                (Bytes::from(csv), (app, caller, filter, Some(last)))
            }))
        },
    );
    let body = stream::once(ready(Ok(Bytes::from(csv)))).chain(rest);
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, CSV))
        .insert_header((header::CONTENT_DISPOSITION, "attachment; filename=\"trail.csv\""))
        .streaming(body))
}

fn csv_row(csv: &mut String, event: &Event) {
    let Event { position, recorded_at, event } = event;
    let day = |day: &Option<String>| day.clone().unwrap_or_default();
    let (position, recorded_at) = (position.to_string(), recorded_at.to_string());
    let (from, to) = (day(&event.valid_from), day(&event.valid_to));
    push_row(
        csv,
        [
            position.as_str(),
            &recorded_at,
            &event.actor,
            &event.reason,
            &event.entity,
            &event.entity_id,
            event.op.as_str(),
            &from,
            &to,
            &event.value,
            &event.source,
        ],
    );
}
