//! Signing in by password or one-time link, setting a password by invitation, signing out.

use super::{
    Frame, render, render_with, see_other,
    session::{self, Form, check_origin, read_form},
};
use crate::{
    WebSettings, auth::limits_of, limits::Attempt, parameters::Parameters, problem::Problem,
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{self, Data, Path, ServiceConfig},
};
use app::{App, AppError, SignInError, SignedIn, password::PASSWORD_CHARACTERS_MIN};
use askama::Template;

/// The routes of signing in and out.
pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(
            web::resource("/sign-in").route(web::get().to(page)).route(web::post().to(by_password)),
        )
        .service(
            web::resource("/sign-in/{token}")
                .route(web::get().to(link_page))
                .route(web::post().to(by_link)),
        )
        .service(
            web::resource("/welcome/{token}")
                .route(web::get().to(welcome_page))
                .route(web::post().to(set_password)),
        )
        .route("/sign-out", web::post().to(sign_out));
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    frame: Frame,
    email: String,
    next: String,
    fault: Option<String>,
}

async fn page(request: HttpRequest, parameters: Parameters) -> Result<HttpResponse, Problem> {
    let next = own_address(parameters.raw("next"));
    if session::visitor(&request).await?.is_some() {
        return Ok(see_other(&next));
    }
    Ok(render(&SignInPage { frame: Frame::bare(), email: String::new(), next, fault: None }))
}

async fn by_password(
    request: HttpRequest,
    payload: web::Payload,
    app: Data<App>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Problem> {
    check_origin(&request)?;
    let fields = read_form(&request, payload).await?;
    let email = fields.raw("email").to_owned();
    let next = own_address(fields.raw("next"));
    let attempt = Attempt::by_password(&request, limits_of(&request), &email)?;
    match app.sign_in(&email, fields.raw("password")).await {
        Ok(signed_in) => Ok(begin(&settings, &signed_in, &next)),
        Err(SignInError::App(error)) => Err(error.into()),
        Err(SignInError::Refused | SignInError::LinkUsed) => {
            attempt.failed();
            let fault = Some("The address or the password is wrong.".to_owned());
            let page = SignInPage { frame: Frame::bare(), email, next, fault };
            Ok(render_with(StatusCode::UNAUTHORIZED, &page))
        }
    }
}

fn begin(settings: &WebSettings, signed_in: &SignedIn, next: &str) -> HttpResponse {
    let mut response = see_other(next);
    match response.add_cookie(&session::cookie(settings, signed_in)) {
        Ok(()) => response,
        Err(error) => HttpResponse::from_error(error),
    }
}

/// Where to go after signing in: a path on this origin, whatever was sent.
fn own_address(next: &str) -> String {
    let path =
        next.starts_with('/') && !next.starts_with("//") && !next.contains(['\\', '\r', '\n']);
    if path && next.is_ascii() { next.to_owned() } else { "/".to_owned() }
}

#[derive(Template)]
#[template(path = "link.html")]
struct LinkPage {
    frame: Frame,
}

async fn link_page() -> HttpResponse {
    render(&LinkPage { frame: Frame::bare() })
}

async fn by_link(
    request: HttpRequest,
    token: Path<String>,
    app: Data<App>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Problem> {
    check_origin(&request)?;
    match app.sign_in_by_link(&token).await {
        Ok(signed_in) => Ok(begin(&settings, &signed_in, "/")),
        Err(SignInError::App(error)) => Err(error.into()),
        Err(SignInError::Refused | SignInError::LinkUsed) => Err(link_used()),
    }
}

fn link_used() -> Problem {
    let detail = "This link has been used or is too old. Ask an administrator for a new one.";
    Problem::new(StatusCode::FORBIDDEN, "link-used", detail)
}

#[derive(Template)]
#[template(path = "welcome.html")]
struct WelcomePage {
    frame: Frame,
    email: String,
    characters_min: usize,
    fault: Option<String>,
}

impl WelcomePage {
    fn new(email: String, fault: Option<String>) -> Self {
        let characters_min = PASSWORD_CHARACTERS_MIN;
        Self { frame: Frame::bare(), email, characters_min, fault }
    }
}

async fn welcome_page(token: Path<String>, app: Data<App>) -> Result<HttpResponse, Problem> {
    let user = app.invited_user(&token).await?.ok_or_else(link_used)?;
    Ok(render(&WelcomePage::new(user.email, None)))
}

async fn set_password(
    request: HttpRequest,
    payload: web::Payload,
    token: Path<String>,
    app: Data<App>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Problem> {
    check_origin(&request)?;
    let fields = read_form(&request, payload).await?;
    let user = app.invited_user(&token).await?.ok_or_else(link_used)?;
    let refuse = |fault: String| {
        render_with(StatusCode::BAD_REQUEST, &WelcomePage::new(user.email.clone(), Some(fault)))
    };
    let password = fields.raw("password");
    if password != fields.raw("again") {
        return Ok(refuse("The two passwords differ. Type the same one twice.".to_owned()));
    }
    match app.set_password(&token, password).await {
        Ok(Some(user)) => Ok(begin(&settings, &app.begin_session(user).await?, "/")),
        Ok(None) => Err(link_used()),
        Err(AppError::Invalid { problem, .. }) => Ok(refuse(format!("The {problem}."))),
        Err(error) => Err(error.into()),
    }
}

async fn sign_out(
    form: Form,
    app: Data<App>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Problem> {
    app.sign_out(&form.visitor.token).await?;
    let mut response = see_other("/sign-in");
    response.add_cookie(&session::removal(&settings)).map_err(Problem::internal)?;
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signing_in_leads_nowhere_else() {
        for (next, address) in [
            ("/courses/1?x=2", "/courses/1?x=2"),
            ("", "/"),
            ("//evil.example", "/"),
            ("/\\evil.example", "/"),
            ("https://evil.example", "/"),
            ("/a\r\nSet-Cookie: b", "/"),
        ] {
            assert_eq!(own_address(next), address);
        }
    }
}
