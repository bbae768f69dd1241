//! Policies that people sign: links for them, and what was signed.

use super::attestations::{self, Signed};
use crate::{WebSettings, auth::ApiCaller, body, parameters::Parameters, problem::Problem};
use actix_web::{
    HttpRequest, HttpResponse,
    http::header,
    web::{self, Data, Path},
};
use app::App;
use serde::Deserialize;
use serde_json::{json, value::RawValue};

/// For whom a link is.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Order {
    actor: Box<RawValue>,
}

pub(super) async fn create_link(
    request: HttpRequest,
    policy: Path<String>,
    payload: web::Payload,
    caller: ApiCaller,
    app: Data<App>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Problem> {
    let bytes = body::read(&request, payload, settings.request_bytes_max).await?;
    let order: Order = body::json(&bytes)?;
    let link = app.create_acknowledgement_link(&caller.0, &policy, &order.actor).await?;
    // Each policy may have a host of its own, as each course version has.
    let origin = settings.content_url.replace('*', "policy");
    let body = json!({
        "url": format!("{origin}/policy/{}/", link.token),
        "expires_at": link.expires_at,
    });
    Ok(HttpResponse::Created()
        .insert_header((header::CONTENT_TYPE, "application/json"))
        .body(body.to_string()))
}

pub(super) async fn list(
    request: HttpRequest,
    parameters: Parameters,
    caller: ApiCaller,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    parameters.only(&["person", "from", "to", "cursor", "limit", "format"])?;
    let query = attestations::query(&parameters)?;
    let what = Signed::Acknowledgements;
    attestations::respond(&request, &parameters, caller.0, app, (what, query)).await
}
