//! People: `/api/v1/people`.

use super::reference::{Reason, Sent, as_of, is_trial, made_json, version_json};
use super::{PAGE_ITEMS, answer, list_answer};
use crate::{WebSettings, auth::ApiCaller, parameters::Parameters, problem::Problem};
use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Path, Payload},
};
use app::App;
use app::reference::{PersonQuery, PersonRow};
use audit::Day;
use audit::reference::{Entity, IdentityLink, PersonRecord};
use audit::world::IdentityKind;
use serde::Deserialize;
use serde_json::{Value, json};

/// A person as they are to be, and why.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wish {
    value: PersonRecord,
    reason: String,
}

/// A name to be linked, and why.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Link {
    kind: IdentityKind,
    value: String,
    #[serde(default)]
    from: Option<Day>,
    #[serde(default)]
    to: Option<Day>,
    reason: String,
}

pub(super) async fn list(
    parameters: Parameters,
    caller: ApiCaller,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    parameters.only(&["as_of", "search", "cursor", "limit"])?;
    let query = PersonQuery {
        as_of: as_of(&parameters)?,
        search: parameters.get("search").unwrap_or_default().to_owned(),
        after: parameters.get("cursor").map(ToOwned::to_owned),
    };
    let limit = parameters.parsed("limit")?.unwrap_or(PAGE_ITEMS);
    let page = app.people(&caller.0, &query, limit).await?;
    Ok(list_answer(page.items.iter().map(person_json).collect(), page.next))
}

pub(super) async fn one(
    id: Path<String>,
    parameters: Parameters,
    caller: ApiCaller,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    parameters.only(&["as_of"])?;
    let found = app.person(&caller.0, &id, as_of(&parameters)?).await?;
    Ok(answer(&person_json(&found.ok_or_else(Problem::not_found)?)))
}

fn person_json(person: &PersonRow) -> Value {
    let mut all = version_json(&person.version);
    all["id"] = json!(person.id);
    all["erased"] = json!(person.is_erased);
    all["value"] = json!(person.record);
    all
}

pub(super) async fn set(
    id: Path<String>,
    parameters: Parameters,
    request: HttpRequest,
    payload: Payload,
    caller: ApiCaller,
    app: Data<App>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Problem> {
    parameters.only(&["dry_run"])?;
    let is_trial = is_trial(&parameters)?;
    app.may_feed(&caller.0)?;
    let Wish { value, reason } = Sent { request, payload, settings }.json().await?;
    let made = app.set_person(&caller.0, &id, &value, &reason, is_trial).await?;
    Ok(answer(&made_json(&id, &made, is_trial)))
}

pub(super) async fn take_back(
    id: Path<String>,
    parameters: Parameters,
    request: HttpRequest,
    payload: Payload,
    caller: ApiCaller,
    app: Data<App>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Problem> {
    parameters.only(&["dry_run"])?;
    let is_trial = is_trial(&parameters)?;
    app.may_feed(&caller.0)?;
    let Reason { reason } = Sent { request, payload, settings }.json().await?;
    let thing = (Entity::Person, id.as_str());
    let made = app.take_back_thing(&caller.0, thing, &reason, is_trial).await?;
    Ok(answer(&made_json(&id, &made, is_trial)))
}

pub(super) async fn link(
    id: Path<String>,
    parameters: Parameters,
    request: HttpRequest,
    payload: Payload,
    caller: ApiCaller,
    app: Data<App>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Problem> {
    parameters.only(&["dry_run"])?;
    let is_trial = is_trial(&parameters)?;
    app.may_feed(&caller.0)?;
    let Link { kind, value, from, to, reason } = Sent { request, payload, settings }.json().await?;
    let link = IdentityLink { kind, value, from, to };
    let made = app.link_identity(&caller.0, &id, link, &reason, is_trial).await?;
    Ok(answer(&made_json(&id, &made, is_trial)))
}
