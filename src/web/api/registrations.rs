//! `/api/v1/registrations`: the record handed over.

use super::{PAGE_ITEMS, answer, list_answer};
use crate::{accept::preferred, auth::ApiCaller, parameters::Parameters, problem::Problem, when};
use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web::{Bytes, Data, Path},
};
use app::{App, AppError, Caller, RegistrationMove, RegistrationQuery, RegistrationRow};
use domain::{RegistrationId, csv::push_row};
use futures_util::{StreamExt, future::ready, stream};
use serde_json::{Value, json, value::RawValue};
use store::{LoggedCall, Notice, Score, Tests};

pub(super) const CSV: &str = "text/csv; charset=utf-8";

/// The columns of the CSV.
const CSV_HEADER: [&str; 21] = [
    "registration",
    "learner_id",
    "learner_name",
    "actor",
    "course",
    "course_title",
    "version",
    "package_sha256",
    "status",
    "completion",
    "success",
    "score_scaled",
    "score_raw",
    "score_min",
    "score_max",
    "total_time",
    "first_activity",
    "last_activity",
    "attempts",
    "statements",
    "test",
];

pub(super) async fn list(
    request: HttpRequest,
    parameters: Parameters,
    caller: ApiCaller,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    parameters.only(&["course", "person", "from", "to", "test", "cursor", "limit", "format"])?;
    let (query, limit) = (query(&parameters)?, parameters.parsed("limit")?);
    if wants_csv(&request, &parameters)? && limit.is_none() {
        return registrations_csv(app, caller.0, query).await;
    }
    let page = app.registrations(&caller.0, &query, limit.unwrap_or(PAGE_ITEMS)).await?;
    let next = page.next.map(|next| next.to_string());
    if !wants_csv(&request, &parameters)? {
        return Ok(list_answer(page.items.iter().map(row_json).collect(), next));
    }
    let mut response = HttpResponse::Ok();
    if let Some(next) = next {
        // CSV has no place for the cursor.
        response.insert_header(("x-next-cursor", next));
    }
    let mut csv = String::new();
    push_row(&mut csv, CSV_HEADER);
    page.items.iter().for_each(|row| csv_row(&mut csv, row));
    Ok(response.insert_header((header::CONTENT_TYPE, CSV)).body(csv))
}

/// All registrations that `query` finds, however many: read and sent a page at a time.
pub(crate) async fn registrations_csv(
    app: Data<App>,
    caller: Caller,
    query: RegistrationQuery,
) -> Result<HttpResponse, Problem> {
    let mut export = app.export_registrations(query);
    let mut csv = String::new();
    push_row(&mut csv, CSV_HEADER);
    // The first page before the answer begins: a refusal is a problem document.
    let first = app.next_registrations(&caller, &mut export).await?;
    first.iter().flatten().for_each(|row| csv_row(&mut csv, row));
    let rest = stream::try_unfold((app, caller, export), |(app, caller, mut export)| async {
        let page = app.next_registrations(&caller, &mut export).await?;
        Ok::<_, AppError>(page.map(|rows| {
            let mut csv = String::new();
            for row in &rows {
                csv_row(&mut csv, row);
            }
            (Bytes::from(csv), (app, caller, export))
        }))
    });
    let body = stream::once(ready(Ok(Bytes::from(csv)))).chain(rest);
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, CSV))
        .insert_header((header::CONTENT_DISPOSITION, "attachment; filename=\"registrations.csv\""))
        .streaming(body))
}

/// What the parameters ask for; a page of the console has the same.
pub(crate) fn query(parameters: &Parameters) -> Result<RegistrationQuery, Problem> {
    Ok(RegistrationQuery {
        course: parameters.parsed("course")?,
        person: parameters.get("person").map(ToOwned::to_owned),
        from: when::from(parameters, "from")?,
        to: when::to(parameters, "to")?,
        tests: tests(parameters)?,
        after: parameters.parsed("cursor")?,
    })
}

/// Whether registrations that try a course out are meant.
fn tests(parameters: &Parameters) -> Result<Tests, Problem> {
    match parameters.get("test") {
        None | Some("false") => Ok(Tests::Without),
        Some("true") => Ok(Tests::Only),
        Some("all") => Ok(Tests::With),
        Some(_) => Err(Problem::invalid_at("test", "must be true, false or all")),
    }
}

pub(super) fn wants_csv(request: &HttpRequest, parameters: &Parameters) -> Result<bool, Problem> {
    match parameters.get("format") {
        Some("csv") => return Ok(true),
        Some("json") => return Ok(false),
        Some(_) => return Err(Problem::invalid_at("format", "must be json or csv")),
        None => {}
    }
    let accept = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok());
    let Some(offer) = preferred(accept, &["application/json", "text/csv"]) else {
        let detail = "this list is given as application/json or text/csv";
        return Err(Problem::new(StatusCode::NOT_ACCEPTABLE, "not-acceptable", detail));
    };
    Ok(offer == "text/csv")
}

/// Appends the row of one registration.
fn csv_row(csv: &mut String, row: &RegistrationRow) {
    let record = &row.record;
    let score = record.score.unwrap_or_default();
    let number = |value: Option<f64>| value.map(|value| value.to_string()).unwrap_or_default();
    let time =
        |value: Option<domain::Timestamp>| value.map(domain::Timestamp::millis).unwrap_or_default();
    let word = |value: Option<bool>| value.map(|value| value.to_string()).unwrap_or_default();
    let statements: Vec<String> = record.statements.iter().map(ToString::to_string).collect();
    let cells = [
        row.id.to_string(),
        row.learner_id.clone(),
        row.learner_name.clone(),
        row.actor.clone(),
        row.course.to_string(),
        row.course_title.clone(),
        row.version.to_string(),
        row.package.to_string(),
        row.status().to_owned(),
        word(record.completion),
        word(record.success),
        number(score.scaled),
        number(score.raw),
        number(score.min),
        number(score.max),
        when::iso_duration(record.total_time),
        time(record.first_at),
        time(row.last_at()),
        record.attempts.len().to_string(),
        statements.join(" "),
        row.test.to_string(),
    ];
    push_row(csv, cells.iter().map(String::as_str));
}

pub(super) fn score_json(score: &Score) -> Value {
    json!({ "scaled": score.scaled, "raw": score.raw, "min": score.min, "max": score.max })
}

fn row_json(row: &RegistrationRow) -> Value {
    let record = &row.record;
    json!({
        "id": row.id,
        "learner": {
            "id": row.learner_id,
            "name": row.learner_name,
            "actor": raw(&row.actor),
        },
        "course": { "id": row.course, "title": row.course_title },
        "version": row.version,
        "package_sha256": row.package,
        "test": row.test,
        "status": row.status(),
        "completion": record.completion,
        "success": record.success,
        "score": record.score.as_ref().map(score_json),
        "total_time": when::iso_duration(record.total_time),
        "created_at": row.created_at,
        "first_activity": record.first_at,
        "last_activity": row.last_at(),
        "completed_at": record.completed_at,
        "passed_at": record.passed_at,
        "failed_at": record.failed_at,
        "attempts": record.attempts.len(),
        "statements": record.statements,
    })
}

/// JSON text of ours as part of an answer.
pub(super) fn raw(text: &str) -> Option<&RawValue> {
    serde_json::from_str(text).ok()
}

pub(super) async fn one(
    id: Path<RegistrationId>,
    caller: ApiCaller,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let detail = app.registration(&caller.0, *id).await?;
    let attempts = detail.attempts.iter().map(|attempt| {
        json!({
            "activity": attempt.item,
            "number": attempt.number,
            "open": attempt.open,
            "updated_at": attempt.updated_at,
            "data": raw(&attempt.data),
        })
    });
    let mut body = row_json(&detail.row);
    if let Some(members) = body.as_object_mut() {
        members.insert("activities".to_owned(), json!(detail.activities));
        members.insert("attempt_data".to_owned(), attempts.collect());
        members.insert("moves".to_owned(), detail.moves.iter().map(move_json).collect());
        members.insert("results".to_owned(), json!(detail.notice.as_ref().map(notice_json)));
        members.insert("attempt_ids".to_owned(), json!(detail.row.record.attempts));
    }
    Ok(answer(&body))
}

fn move_json(one: &RegistrationMove) -> Value {
    json!({
        "at": one.at,
        "by": one.by,
        "reason": one.reason,
        "from": one.from,
        "to": one.to,
        "restart": one.restart,
        "dropped": one.dropped,
    })
}

fn notice_json(notice: &Notice) -> Value {
    json!({
        "url": notice.url,
        "told_at": notice.told_at,
        "next_try_at": notice.due_at,
        "tries": notice.tries,
        "failing_since": notice.failing_since,
        "error": notice.error,
    })
}

/// The secret that receivers of results check signatures with.
pub(super) async fn result_secret(
    caller: ApiCaller,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    Ok(answer(&json!({ "secret": app.result_secret(&caller.0)? })))
}

pub(super) async fn calls(
    id: Path<RegistrationId>,
    parameters: Parameters,
    caller: ApiCaller,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    parameters.only(&["session", "cursor", "limit"])?;
    let (session, after) = (parameters.parsed("session")?, parameters.parsed("cursor")?);
    let limit = parameters.parsed("limit")?.unwrap_or(PAGE_ITEMS);
    let page = app.api_log(&caller.0, *id, session, after, limit).await?;
    let items = page.items.iter().map(call_json).collect();
    Ok(list_answer(items, page.next.map(|next| next.to_string())))
}

fn call_json(logged: &LoggedCall) -> Value {
    let call = &logged.call;
    json!({
        "sequence": logged.sequence,
        "session": call.session,
        "delivery": call.delivery,
        "number": call.number,
        "received_at": call.received_at,
        "claimed_at": call.claimed_at,
        "function": call.function,
        "arguments": raw(&call.arguments),
        "result": call.result,
        "error": call.error,
        "note": call.note,
        "applied": call.applied,
    })
}
