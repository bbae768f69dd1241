//! `/api/v1/ledger`, and the proof of a statement.

use super::{PAGE_ITEMS, answer, list_answer};
use crate::{
    WebSettings, accept::preferred, auth::ApiCaller, body, ledger::refused, parameters::Parameters,
    problem::Problem,
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web::{Data, Path, Payload},
};
use app::{App, AppError, LedgerError, LedgerKey};
use base64::{Engine, prelude::BASE64_STANDARD};
use domain::StatementId;
use serde::Deserialize;
use serde_json::{Value, json};
use store::Checkpoint;

/// The media types of a record's proof.
const PROOFS: [&str; 2] = ["application/json", "text/plain"];

/// A request to put a new key in force.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rotation {
    reason: String,
}

pub(super) async fn overview(
    parameters: Parameters,
    caller: ApiCaller,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    parameters.only(&[])?;
    let keys = app.ledger_keys(&caller.0).await.map_err(refused)?;
    let newest = app.newest_checkpoint(caller.0.organization).await.map_err(refused)?;
    let origin = keys.first().map(|key| key.origin().to_owned());
    let mut about = checkpoint_json(&newest);
    about["origin"] = json!(origin);
    about["address"] = json!(format!("/ledger/{}", caller.0.organization));
    about["keys"] = keys.iter().map(key_json).collect();
    Ok(answer(&about))
}

fn key_json(key: &LedgerKey) -> Value {
    json!({
        "number": key.number,
        "key": key.verifier.to_string(),
        "created_at": key.created_at,
        "retired_at": key.retired_at,
    })
}

fn checkpoint_json(checkpoint: &Checkpoint) -> Value {
    json!({
        "size": checkpoint.size,
        "root": BASE64_STANDARD.encode(checkpoint.root.as_bytes()),
        "signed_at": checkpoint.signed_at,
        "checkpoint": checkpoint.note,
    })
}

pub(super) async fn checkpoints(
    parameters: Parameters,
    caller: ApiCaller,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    parameters.only(&["cursor", "limit"])?;
    let (after, limit) = (parameters.parsed("cursor")?, parameters.parsed("limit")?);
    let page = app.checkpoints(&caller.0, after, limit.unwrap_or(PAGE_ITEMS)).await?;
    let next = page.next.map(|next| next.to_string());
    Ok(list_answer(page.items.iter().map(checkpoint_json).collect(), next))
}

pub(super) async fn consistency(
    parameters: Parameters,
    caller: ApiCaller,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    parameters.only(&["from", "to"])?;
    let from = parameters.parsed("from")?;
    let from =
        from.ok_or_else(|| Problem::invalid_at("from", "is missing: a number of entries"))?;
    let proof = app.consistency_proof(&caller.0, from, parameters.parsed("to")?).await;
    let proof = serde_json::to_value(proof.map_err(refused)?).map_err(Problem::internal)?;
    Ok(answer(&proof))
}

pub(super) async fn rotate(
    request: HttpRequest,
    payload: Payload,
    caller: ApiCaller,
    app: Data<App>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Problem> {
    let body = body::read(&request, payload, settings.request_bytes_max).await?;
    let Rotation { reason } = body::json(&body)?;
    let (key, checkpoint) = app.rotate_ledger_key(&caller.0, &reason).await.map_err(refused)?;
    let mut made = key_json(&key);
    made["checkpoint"] = json!(checkpoint.note);
    let mut response = answer(&made);
    *response.status_mut() = StatusCode::CREATED;
    Ok(response)
}

/// As JSON, or as C2SP tlog-proof text for who prefers `text/plain`.
pub(super) async fn proof(
    request: HttpRequest,
    id: Path<StatementId>,
    parameters: Parameters,
    caller: ApiCaller,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    parameters.only(&[])?;
    let accept = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok());
    let Some(kind) = preferred(accept, &PROOFS) else {
        let detail = "a proof is application/json or text/plain";
        return Err(Problem::new(StatusCode::NOT_ACCEPTABLE, "not-acceptable", detail));
    };
    let proof = match app.record_proof(&caller.0, *id).await {
        Err(LedgerError::App(AppError::NotFound("statement"))) => {
            return Err(super::erasures::not_there(&app, &caller.0, *id).await);
        }
        proof => proof.map_err(refused)?,
    };
    if kind == PROOFS[1] {
        return Ok(HttpResponse::Ok()
            .insert_header((header::CONTENT_TYPE, "text/plain; charset=utf-8"))
            .body(proof.to_text().to_string()));
    }
    Ok(answer(&serde_json::to_value(proof).map_err(Problem::internal)?))
}
