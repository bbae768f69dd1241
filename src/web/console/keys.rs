//! API keys. For administrators.

use super::{
    Frame, render_with, see_other,
    session::{Form, Visitor},
    view::{Time, count},
};
use crate::problem::Problem;
use actix_web::{
    HttpResponse,
    http::StatusCode,
    web::{self, Data, Path, ServiceConfig},
};
use app::{App, IssuedCredential, NewCredential};
use askama::Template;
use domain::{CredentialId, Scope, Scopes};
use store::Credential;

/// The routes of API keys.
pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/keys").route(web::get().to(list)).route(web::post().to(issue)))
        .route("/keys/{key}/revoke", web::post().to(revoke));
}

#[derive(Template)]
#[template(path = "keys.html")]
struct KeysPage {
    frame: Frame,
    heading: String,
    fault: Option<String>,
    issued: Option<Issued>,
    keys: Vec<KeyRow>,
    label: String,
    scopes: Vec<ScopeChoice>,
}

struct Issued {
    key: String,
    secret: String,
}

struct KeyRow {
    id: String,
    label: String,
    scopes: String,
    revoked: bool,
    created_at: Time,
}

impl KeyRow {
    fn of(credential: Credential) -> Self {
        Self {
            id: credential.id.to_string(),
            label: credential.label,
            scopes: credential.scopes.to_string(),
            revoked: credential.revoked_at.is_some(),
            created_at: Time::of(credential.created_at),
        }
    }
}

struct ScopeChoice {
    value: &'static str,
    chosen: bool,
}

/// What the page shows besides the keys.
#[derive(Default)]
struct Shown {
    fault: Option<String>,
    issued: Option<IssuedCredential>,
    label: String,
    chosen: Vec<String>,
}

async fn page(
    app: &App,
    visitor: &Visitor,
    status: StatusCode,
    shown: Shown,
) -> Result<HttpResponse, Problem> {
    let keys = app.credentials(&visitor.caller).await?;
    let in_force = keys.iter().filter(|key| key.revoked_at.is_none()).count();
    let chosen = |scope: Scope| shown.chosen.iter().any(|one| one == scope.as_str());
    let page = KeysPage {
        frame: Frame::of(visitor, "/keys"),
        heading: format!("{} in force", count(in_force, "API key", "API keys")),
        fault: shown.fault,
        issued: shown.issued.map(|issued| Issued {
            key: issued.id.to_string(),
            secret: issued.secret.expose().to_owned(),
        }),
        keys: keys.into_iter().map(KeyRow::of).collect(),
        label: shown.label,
        scopes: Scope::ALL
            .map(|scope| ScopeChoice { value: scope.as_str(), chosen: chosen(scope) })
            .into(),
    };
    Ok(render_with(status, &page))
}

async fn list(visitor: Visitor, app: Data<App>) -> Result<HttpResponse, Problem> {
    page(&app, &visitor, StatusCode::OK, Shown::default()).await
}

async fn issue(form: Form, app: Data<App>) -> Result<HttpResponse, Problem> {
    let Form { visitor, fields } = form;
    let chosen: Vec<String> = fields.all("scope").map(ToOwned::to_owned).collect();
    let scopes: Result<Vec<Scope>, _> = chosen.iter().map(|scope| scope.parse()).collect();
    let scopes = scopes.map_err(|error| Problem::invalid_at("scope", error.to_string()))?;
    let label = fields.raw("label").trim().to_owned();
    if label.is_empty() || scopes.is_empty() {
        let fault = Some("Say what the key is for, and choose at least one thing it may do.");
        let fault = fault.map(ToOwned::to_owned);
        let shown = Shown { fault, issued: None, label, chosen };
        return page(&app, &visitor, StatusCode::BAD_REQUEST, shown).await;
    }
    let new = NewCredential { label, scopes: Scopes::new(scopes) };
    let issued = app.issue_credential(&visitor.caller, new).await?;
    let shown = Shown { issued: Some(issued), ..Shown::default() };
    page(&app, &visitor, StatusCode::OK, shown).await
}

async fn revoke(form: Form, key: Path<String>, app: Data<App>) -> Result<HttpResponse, Problem> {
    let key = CredentialId::parse(&key).map_err(|_| Problem::not_found())?;
    app.revoke_credential(&form.visitor.caller, &key).await?;
    Ok(see_other("/keys"))
}
