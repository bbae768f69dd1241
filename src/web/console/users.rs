//! Users: invite, change the role, lock out. For administrators.

use super::{
    Frame, render_with, see_other,
    session::{Form, Visitor},
    view::{Time, count, role_name},
};
use crate::{WebSettings, parameters::Parameters, problem::Problem};
use actix_web::{
    HttpResponse,
    http::StatusCode,
    web::{self, Data, Path, ServiceConfig},
};
use app::{App, AppError, Invitation};
use askama::Template;
use domain::{Role, UserId};
use store::User;

/// The routes of users.
pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/users").route(web::get().to(list)).route(web::post().to(invite)))
        .route("/users/{user}/role", web::post().to(change_role))
        .route("/users/{user}/link", web::post().to(new_link))
        .route("/users/{user}/disable", web::post().to(disable))
        .route("/users/{user}/enable", web::post().to(enable));
}

#[derive(Template)]
#[template(path = "users.html")]
struct UsersPage {
    frame: Frame,
    heading: String,
    fault: Option<String>,
    link: Option<LinkView>,
    users: Vec<UserRow>,
    roles: Vec<RoleChoice>,
    email: String,
    name: String,
    chosen_role: String,
}

struct LinkView {
    email: String,
    address: String,
    expires_at: Time,
}

struct RoleChoice {
    value: String,
    name: &'static str,
}

struct UserRow {
    id: UserId,
    name: String,
    email: String,
    role: String,
    role_name: &'static str,
    own: bool,
    disabled: bool,
    mark: &'static str,
    state: &'static str,
    created_at: Time,
}

impl UserRow {
    fn of(user: User, own: UserId) -> Self {
        let disabled = user.disabled_at.is_some();
        let (mark, state) = match (disabled, user.password.is_some()) {
            (true, _) => ("bad", "locked out"),
            (false, true) => ("good", "may sign in"),
            (false, false) => ("wait", "has no password yet"),
        };
        Self {
            id: user.id,
            name: user.display_name,
            email: user.email,
            role: user.role.to_string(),
            role_name: role_name(user.role),
            own: user.id == own,
            disabled,
            mark,
            state,
            created_at: Time::of(user.created_at),
        }
    }
}

/// What the page shows besides the users.
#[derive(Default)]
struct Shown {
    fault: Option<String>,
    link: Option<LinkView>,
    typed: Parameters,
}

async fn page(
    app: &App,
    visitor: &Visitor,
    status: StatusCode,
    shown: Shown,
) -> Result<HttpResponse, Problem> {
    let users = app.users(&visitor.caller).await?;
    let role = |role: Role| RoleChoice { value: role.to_string(), name: role_name(role) };
    let chosen = shown.typed.get("role").unwrap_or(Role::Author.as_str()).to_owned();
    let page = UsersPage {
        frame: Frame::of(visitor, "/users"),
        heading: format!("{} of the console", count(users.len(), "user", "users")),
        fault: shown.fault,
        link: shown.link,
        users: users.into_iter().map(|user| UserRow::of(user, visitor.user.id)).collect(),
        roles: Role::ALL.map(role).into(),
        email: shown.typed.raw("email").to_owned(),
        name: shown.typed.raw("name").to_owned(),
        chosen_role: chosen,
    };
    Ok(render_with(status, &page))
}

async fn list(visitor: Visitor, app: Data<App>) -> Result<HttpResponse, Problem> {
    page(&app, &visitor, StatusCode::OK, Shown::default()).await
}

async fn invite(
    form: Form,
    app: Data<App>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Problem> {
    let Form { visitor, fields } = form;
    let role: Role = fields.parsed("role")?.unwrap_or(Role::Learner);
    let (email, name) = (fields.raw("email"), fields.raw("name"));
    let (status, fault) = match app.invite_user(&visitor.caller, email, name, role).await {
        Ok(invitation) => {
            let shown = Shown { link: Some(link(&settings, &invitation)), ..Shown::default() };
            return page(&app, &visitor, StatusCode::OK, shown).await;
        }
        Err(AppError::Taken(_)) => {
            (StatusCode::CONFLICT, format!("There is a user with the address {email} already."))
        }
        Err(AppError::Invalid { .. }) => {
            (StatusCode::BAD_REQUEST, format!("{email} is not an e-mail address."))
        }
        Err(error) => return Err(error.into()),
    };
    page(&app, &visitor, status, Shown { fault: Some(fault), link: None, typed: fields }).await
}

fn link(settings: &WebSettings, invitation: &Invitation) -> LinkView {
    LinkView {
        email: invitation.user.email.clone(),
        address: format!("{}/welcome/{}", settings.public_url, invitation.token.expose()),
        expires_at: Time::of(invitation.expires_at),
    }
}

async fn change_role(
    form: Form,
    id: Path<UserId>,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let role: Option<Role> = form.fields.parsed("role")?;
    let role = role.ok_or_else(|| Problem::invalid_at("role", "is missing"))?;
    app.change_role(&form.visitor.caller, *id, role).await?;
    Ok(see_other("/users"))
}

async fn new_link(
    form: Form,
    id: Path<UserId>,
    app: Data<App>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Problem> {
    let invitation = app.reset_password(&form.visitor.caller, *id).await?;
    let shown = Shown { link: Some(link(&settings, &invitation)), ..Shown::default() };
    page(&app, &form.visitor, StatusCode::OK, shown).await
}

async fn disable(form: Form, id: Path<UserId>, app: Data<App>) -> Result<HttpResponse, Problem> {
    app.disable_user(&form.visitor.caller, *id).await?;
    Ok(see_other("/users"))
}

async fn enable(form: Form, id: Path<UserId>, app: Data<App>) -> Result<HttpResponse, Problem> {
    app.enable_user(&form.visitor.caller, *id).await?;
    Ok(see_other("/users"))
}
