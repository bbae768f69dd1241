//! `/api/v1/statements`: a statement and what stands behind it.

use super::answer;
use crate::{auth::ApiCaller, problem::Problem};
use actix_web::{
    HttpResponse,
    web::{Data, Path},
};
use app::{App, StatementDetail};
use domain::{Sha256Digest, StatementId};
use serde_json::{Value, json, value::RawValue};
use store::Claim;

pub(super) async fn one(
    id: Path<StatementId>,
    caller: ApiCaller,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let Some(detail) = app.statement_detail(&caller.0, *id).await? else {
        return Err(super::erasures::not_there(&app, &caller.0, *id).await);
    };
    let StatementDetail { statement, claim, grade } = &detail;
    let body = str::from_utf8(&statement.body).map_err(Problem::internal)?;
    Ok(answer(&json!({
        "id": statement.id,
        "position": statement.position,
        "stored": statement.stored.to_string(),
        "authority": statement.authority,
        "voided": statement.voided,
        "grade": grade,
        "claim": claim.as_ref().map(claim_json),
        "sha256": Sha256Digest::of(&statement.body),
        "statement": raw(body),
    })))
}

fn claim_json(claim: &Claim) -> Value {
    json!({
        "stored": claim.stored,
        "authority": claim.authority.as_deref().map(raw),
        "file_sha256": claim.source,
        "line": claim.line,
    })
}

/// JSON text as part of an answer, its numbers as they stand.
fn raw(text: &str) -> Option<&RawValue> {
    serde_json::from_str(text).ok()
}
