//! `/api/v1/trusted-authorities`: whose statements count as grade B.

use super::{answer, list_answer};
use crate::{WebSettings, auth::ApiCaller, body, problem::Problem};
use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Payload},
};
use app::{App, TrustedAuthority};
use serde::Deserialize;
use serde_json::{Value, json, value::RawValue};

/// A request to list an authority or take it off.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    /// An xAPI agent or group.
    authority: Box<RawValue>,
    trusted: bool,
    reason: String,
}

pub(super) async fn list(caller: ApiCaller, app: Data<App>) -> Result<HttpResponse, Problem> {
    let trusted = app.trusted_authorities(&caller.0).await?;
    Ok(list_answer(trusted.iter().map(authority_json).collect(), None))
}

fn authority_json(one: &TrustedAuthority) -> Value {
    json!({
        "authority": one.authority,
        "since": one.since,
        "by": one.by,
        "reason": one.reason,
        "position": one.position,
    })
}

pub(super) async fn set(
    request: HttpRequest,
    payload: Payload,
    caller: ApiCaller,
    app: Data<App>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Problem> {
    let body = body::read(&request, payload, settings.request_bytes_max).await?;
    let Change { authority, trusted, reason } = body::json(&body)?;
    let key = app.set_trust(&caller.0, authority.get(), trusted, &reason).await?;
    Ok(answer(&json!({ "authority": key, "trusted": trusted })))
}
