//! `POST /api/v1/tokens`: a short-lived token for a key pair.
//!
//! It takes JSON, and also what OAuth 2.0 clients send for the client credentials grant (RFC 6749
//! 4.4), so that ready-made clients work.

use crate::{WebSettings, auth::ApiCaller, body, parameters::Parameters, problem::Problem};
use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web::{self, Data},
};
use app::{App, TokenError};
use domain::Scopes;
use serde::Deserialize;
use serde_json::json;

/// Bytes of such a request.
const TOKEN_REQUEST_BYTES_MAX: usize = 8 * 1024;

/// What is asked for; without a body, all there is.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct TokenRequest {
    scope: Option<String>,
    expires_in: Option<u32>,
}

pub(super) async fn create(
    request: HttpRequest,
    payload: web::Payload,
    caller: ApiCaller,
    app: Data<App>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Problem> {
    let limit = TOKEN_REQUEST_BYTES_MAX.min(settings.request_bytes_max);
    let bytes = body::read(&request, payload, limit).await?;
    let asked = match body::media_type(&request).as_str() {
        _ if bytes.is_empty() => TokenRequest::default(),
        "application/x-www-form-urlencoded" => of_form(&bytes)?,
        _ => body::json(&bytes)?,
    };
    let scopes = asked.scope.map(|scope| scope.parse::<Scopes>()).transpose();
    let scopes = scopes.map_err(|error| {
        Problem::invalid_at("scope", error.to_string()).member("error", "invalid_scope".into())
    })?;
    let issued = app
        .issue_token_for_key(&caller.0, scopes, asked.expires_in)
        .map_err(|error| refused(&error))?;
    let body = json!({
        "access_token": issued.token.expose(),
        "token_type": "Bearer",
        "expires_in": issued.expires_in.as_secs(),
        "scope": issued.scopes.to_string(),
    });
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "application/json"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(body.to_string()))
}

fn of_form(bytes: &[u8]) -> Result<TokenRequest, Problem> {
    let text = str::from_utf8(bytes).map_err(|_| Problem::invalid("the form is not UTF-8"))?;
    let fields = Parameters::parse(text)?;
    fields.only(&["grant_type", "scope", "expires_in"])?;
    if fields.get("grant_type") != Some("client_credentials") {
        return Err(Problem::invalid_at("grant_type", "must be client_credentials")
            .member("error", "unsupported_grant_type".into()));
    }
    let scope = fields.get("scope").map(ToOwned::to_owned);
    Ok(TokenRequest { scope, expires_in: fields.parsed("expires_in")? })
}

/// The problem document, with OAuth's word for it (RFC 6749 5.2) as one more member.
fn refused(error: &TokenError) -> Problem {
    let detail = error.to_string();
    match error {
        TokenError::NotAKeyPair => Problem::new(StatusCode::FORBIDDEN, "forbidden", detail)
            .member("error", "unauthorized_client".into()),
        TokenError::Scope(_) | TokenError::NoScope => {
            Problem::invalid_at("scope", detail).member("error", "invalid_scope".into())
        }
        &TokenError::Lifetime { token_seconds_max } => Problem::invalid_at("expires_in", detail)
            .member("error", "invalid_request".into())
            .member("limit", token_seconds_max.into()),
    }
}
