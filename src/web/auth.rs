//! Who calls the API: HTTP Basic with a key pair (RFC 7617), or a bearer token (RFC 6750) that was
//! made for one.

use crate::{
    WebSettings,
    limits::{Attempt, Limits},
    observe::KnownAs,
    problem::Problem,
};
use actix_web::{
    FromRequest, HttpMessage, HttpRequest,
    dev::Payload,
    http::{
        StatusCode,
        header::{self, HeaderValue},
    },
    web::Data,
};
use app::{App, Caller, Origin};
use base64::{Engine, engine::general_purpose::STANDARD};
use futures_util::future::LocalBoxFuture;

/// The caller of an API request, proven by a key pair or a token.
pub(crate) struct ApiCaller(pub(crate) Caller);

impl FromRequest for ApiCaller {
    type Error = actix_web::Error;
    type Future = LocalBoxFuture<'static, Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { Ok(Self(api_caller(&request).await?)) })
    }
}

/// What an `Authorization` header shows.
#[derive(Debug, PartialEq, Eq)]
enum Shown {
    KeyPair { key: String, secret: String },
    Token(String),
}

/// The caller of `request`.
pub(crate) async fn api_caller(request: &HttpRequest) -> Result<Caller, Problem> {
    let app = request.app_data::<Data<App>>().expect("the main origin is built with the app");
    let limits = limits_of(request);
    let Some(header) = request.headers().get(header::AUTHORIZATION) else {
        return Err(unauthorized("give an API key pair (HTTP Basic) or a bearer token"));
    };
    let header = header.to_str().unwrap_or_default();
    let attempt = Attempt::by_header(request, limits, header)?;
    let caller = match Shown::read(header) {
        Some(Shown::KeyPair { key, secret }) => app
            .authenticate(&key, &secret)
            .await?
            .ok_or_else(|| unauthorized("the key is unknown or the secret is wrong")),
        Some(Shown::Token(token)) => {
            app.authenticate_token(&token).await?.ok_or_else(token_refused)
        }
        None => Err(unauthorized("the Authorization header is neither Basic nor Bearer")),
    };
    match &caller {
        Ok(_) => attempt.succeeded(),
        Err(_) => attempt.failed(),
    }
    let caller = caller?;
    request.extensions_mut().insert(KnownAs(caller.name()));
    if let Origin::Credential { id, .. } = &caller.origin {
        limits.count_request(id, now(request))?;
    }
    Ok(caller)
}

/// What is counted on this origin.
pub(crate) fn limits_of(request: &HttpRequest) -> &Limits {
    request.app_data::<Data<Limits>>().expect("the main origin is built with its limits")
}

fn now(request: &HttpRequest) -> domain::Timestamp {
    let settings = request.app_data::<Data<WebSettings>>();
    settings.expect("every origin is built with its settings").clock.now()
}

fn unauthorized(detail: &str) -> Problem {
    let basic = HeaderValue::from_static("Basic realm=\"attestry\", charset=\"UTF-8\"");
    let bearer = HeaderValue::from_static("Bearer realm=\"attestry\"");
    Problem::new(StatusCode::UNAUTHORIZED, "unauthorized", detail)
        .header(header::WWW_AUTHENTICATE, basic)
        .header(header::WWW_AUTHENTICATE, bearer)
}

/// RFC 6750 3.1; why is nobody's business.
fn token_refused() -> Problem {
    let challenge = "Bearer realm=\"attestry\", error=\"invalid_token\"";
    let detail = "the token is not one of this service, has expired, or its key was revoked";
    Problem::new(StatusCode::UNAUTHORIZED, "unauthorized", detail)
        .header(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge))
}

impl Shown {
    fn read(header: &str) -> Option<Self> {
        let (scheme, shown) = header.trim().split_once(' ')?;
        let shown = shown.trim();
        if scheme.eq_ignore_ascii_case("bearer") {
            return (!shown.is_empty()).then(|| Self::Token(shown.to_owned()));
        }
        if !scheme.eq_ignore_ascii_case("basic") {
            return None;
        }
        let decoded = String::from_utf8(STANDARD.decode(shown).ok()?).ok()?;
        let (key, secret) = decoded.split_once(':')?;
        Some(Self::KeyPair { key: key.to_owned(), secret: secret.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_well_formed_headers_are_read() {
        let pair = Shown::KeyPair { key: "key".to_owned(), secret: "se:cret".to_owned() };
        assert_eq!(Shown::read("Basic a2V5OnNlOmNyZXQ=").as_ref(), Some(&pair));
        assert_eq!(Shown::read("basic  a2V5OnNlOmNyZXQ=").as_ref(), Some(&pair));
        assert_eq!(Shown::read("bearer a.b.c "), Some(Shown::Token("a.b.c".to_owned())));
        for header in
            ["", "Basic", "Basic !", "Bearer", "Bearer ", "Digest a", "Basic a2V5", "Basic /w=="]
        {
            assert_eq!(Shown::read(header), None, "{header}");
        }
    }
}
