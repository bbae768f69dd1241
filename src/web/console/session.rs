//! Who is signed in to the console, and whether a form is one of ours.

use super::see_other;
use crate::{WebSettings, body, observe::KnownAs, parameters::Parameters, problem::Problem};
use actix_web::{
    FromRequest, HttpMessage, HttpRequest, HttpResponse, ResponseError,
    cookie::{Cookie, SameSite},
    dev::Payload,
    http::{StatusCode, header},
    web::{self, Data},
};
use app::{App, Caller, SignedIn};
use futures_util::future::LocalBoxFuture;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use std::fmt;
use store::User;

/// Bytes of a form without a file.
const FORM_BYTES_MAX: usize = 64 * 1024;

/// A user who is signed in.
pub(super) struct Visitor {
    pub(super) user: User,
    pub(super) caller: Caller,
    /// What every form of this session carries.
    pub(super) csrf: String,
    /// The session's secret.
    pub(super) token: String,
}

/// A form sent by a user who is signed in, from a page of ours.
pub(super) struct Form {
    pub(super) visitor: Visitor,
    pub(super) fields: Parameters,
}

/// Nobody is signed in: the page to do so comes first.
#[derive(Debug)]
struct SignInFirst {
    next: String,
}

impl fmt::Display for SignInFirst {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("nobody is signed in")
    }
}

impl ResponseError for SignInFirst {
    fn status_code(&self) -> StatusCode {
        StatusCode::SEE_OTHER
    }

    fn error_response(&self) -> HttpResponse {
        let next = utf8_percent_encode(&self.next, NON_ALPHANUMERIC);
        see_other(&format!("/sign-in?next={next}"))
    }
}

/// The cookie's name; with the prefix that binds it to the host wherever there is TLS.
fn cookie_name(settings: &WebSettings) -> &'static str {
    if settings.is_secure() { "__Host-attestry" } else { "attestry" }
}

fn settings_of(request: &HttpRequest) -> &Data<WebSettings> {
    request.app_data().expect("the main origin is built with its settings")
}

/// The cookie of a session that has begun.
pub(super) fn cookie(settings: &WebSettings, signed_in: &SignedIn) -> Cookie<'static> {
    Cookie::build(cookie_name(settings), signed_in.token.expose().to_owned())
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(settings.is_secure())
        .finish()
}

/// What removes the cookie.
pub(super) fn removal(settings: &WebSettings) -> Cookie<'static> {
    let mut cookie =
        Cookie::build(cookie_name(settings), "").path("/").secure(settings.is_secure()).finish();
    cookie.make_removal();
    cookie
}

/// The user of this request, if somebody is signed in.
pub(super) async fn visitor(request: &HttpRequest) -> Result<Option<Visitor>, Problem> {
    let app = request.app_data::<Data<App>>().expect("the main origin is built with the app");
    let Some(cookie) = request.cookie(cookie_name(settings_of(request))) else { return Ok(None) };
    let token = cookie.value().to_owned();
    let Some((user, caller)) = app.signed_in(&token).await? else { return Ok(None) };
    request.extensions_mut().insert(KnownAs(caller.name()));
    Ok(Some(Visitor { user, caller, csrf: app.csrf_token(&token), token }))
}

impl Visitor {
    /// Refuses a form that does not carry this session's token.
    pub(super) fn check(&self, csrf: &str) -> Result<(), Problem> {
        let pairs = csrf.bytes().zip(self.csrf.bytes());
        let differs = pairs.fold(0, |differs, (a, b)| differs | (a ^ b)) != 0;
        if csrf.len() != self.csrf.len() || differs {
            let detail = "this form is from an earlier session; load its page again";
            return Err(Problem::new(StatusCode::FORBIDDEN, "forbidden", detail));
        }
        Ok(())
    }
}

impl FromRequest for Visitor {
    type Error = actix_web::Error;
    type Future = LocalBoxFuture<'static, Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let safe = request.method().is_safe();
            let next = if safe { request.uri().to_string() } else { "/".to_owned() };
            Ok(visitor(&request).await?.ok_or(SignInFirst { next })?)
        })
    }
}

impl FromRequest for Form {
    type Error = actix_web::Error;
    type Future = LocalBoxFuture<'static, Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let mut payload = payload.take();
        Box::pin(async move {
            check_origin(&request)?;
            let visitor = Visitor::from_request(&request, &mut payload).await?;
            let payload = web::Payload::from_request(&request, &mut payload).await?;
            let fields = read_form(&request, payload).await?;
            visitor.check(fields.raw("csrf"))?;
            Ok(Self { visitor, fields })
        })
    }
}

/// The fields of a form without a file.
pub(super) async fn read_form(
    request: &HttpRequest,
    payload: web::Payload,
) -> Result<Parameters, Problem> {
    let body = body::read(request, payload, FORM_BYTES_MAX).await?;
    let text = str::from_utf8(&body).map_err(|_| Problem::invalid("the form is not UTF-8"))?;
    Parameters::parse(text)
}

/// Refuses a write that a page of another site sent.
pub(super) fn check_origin(request: &HttpRequest) -> Result<(), Problem> {
    let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
    let public = &settings_of(request).public_url;
    if is_ours(header(header::ORIGIN), header(header::HOST), public) {
        return Ok(());
    }
    let detail = "forms are taken from the console's own pages only";
    Err(Problem::new(StatusCode::FORBIDDEN, "forbidden", detail))
}

fn is_ours(origin: Option<&str>, host: Option<&str>, public_url: &str) -> bool {
    let Some(origin) = origin else { return false };
    let sent_to = origin.split_once("://").map(|(_, host)| host);
    origin == public_url || (sent_to.is_some() && sent_to == host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_taken_from_our_own_origin_only() {
        let public = "https://training.example.com";
        let host = Some("localhost:8080");
        assert!(is_ours(Some("http://localhost:8080"), host, public));
        assert!(is_ours(Some(public), host, public));
        for origin in ["http://localhost:8081", "https://evil.example", "null", ""] {
            assert!(!is_ours(Some(origin), host, public), "{origin}");
        }
        assert!(!is_ours(None, host, public));
        assert!(!is_ours(Some("null"), None, public));
    }
}
