//! Who calls the API: HTTP Basic with a key pair (RFC 7617).

use crate::{observe::KnownAs, problem::Problem};
use actix_web::{
    FromRequest, HttpMessage, HttpRequest,
    dev::Payload,
    http::{
        StatusCode,
        header::{self, HeaderValue},
    },
    web::Data,
};
use app::{App, Caller};
use base64::{Engine, engine::general_purpose::STANDARD};
use futures_util::future::LocalBoxFuture;

/// The caller of an API request, proven by a key pair.
pub(crate) struct ApiCaller(pub(crate) Caller);

impl FromRequest for ApiCaller {
    type Error = actix_web::Error;
    type Future = LocalBoxFuture<'static, Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { Ok(Self(api_caller(&request).await?)) })
    }
}

/// The caller of `request`.
pub(crate) async fn api_caller(request: &HttpRequest) -> Result<Caller, Problem> {
    let app = request.app_data::<Data<App>>().expect("the main origin is built with the app");
    let header = request.headers().get(header::AUTHORIZATION);
    let Some(header) = header else {
        return Err(unauthorized("give an API key pair (HTTP Basic)"));
    };
    let Some((key, secret)) = header.to_str().ok().and_then(key_pair) else {
        return Err(unauthorized("the Authorization header is not HTTP Basic"));
    };
    let caller = app.authenticate(&key, &secret).await?;
    let caller = caller.ok_or_else(|| unauthorized("the key is unknown or the secret is wrong"))?;
    request.extensions_mut().insert(KnownAs(caller.name()));
    Ok(caller)
}

fn unauthorized(detail: &str) -> Problem {
    let challenge = HeaderValue::from_static("Basic realm=\"attestry\", charset=\"UTF-8\"");
    Problem::new(StatusCode::UNAUTHORIZED, "unauthorized", detail)
        .header(header::WWW_AUTHENTICATE, challenge)
}

/// The user-id and password of an `Authorization` header.
fn key_pair(header: &str) -> Option<(String, String)> {
    let (scheme, credentials) = header.trim().split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = STANDARD.decode(credentials.trim()).ok()?;
    let decoded = String::from_utf8(decoded).ok()?;
    let (key, secret) = decoded.split_once(':')?;
    Some((key.to_owned(), secret.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_well_formed_basic_credentials_are_read() {
        let pair = |header| key_pair(header);
        let expected = Some(("key".to_owned(), "se:cret".to_owned()));
        assert_eq!(pair("Basic a2V5OnNlOmNyZXQ="), expected);
        assert_eq!(pair("basic  a2V5OnNlOmNyZXQ="), expected);
        for header in
            ["", "Basic", "Basic !", "Bearer a2V5OnNlOmNyZXQ=", "Basic a2V5", "Basic /w=="]
        {
            assert_eq!(pair(header), None, "{header}");
        }
    }
}
