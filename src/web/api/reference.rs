//! Reference data, kind by kind: `/api/v1/requirements`, `/exceptions`, `/policies` and the rest.
//! All kinds are asked for and changed in the same way.

use super::{Address, address, answer, list_answer};
use crate::{WebSettings, auth::ApiCaller, body, parameters::Parameters, problem::Problem, when};
use actix_web::{
    HttpRequest, HttpResponse,
    web::{self, Data, Path, Payload},
};
use app::App;
use app::reference::{Made, Thing, Version};
use audit::reference::{AUDIT_POLICY_ID, Change, Entity, Op};
use domain::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;

/// The kinds with their addresses: the list, one thing, and taking it back.
macro_rules! kinds {
    ($($entity:ident: $name:literal),+ $(,)?) => {
        [$((
            Entity::$entity,
            concat!("/api/v1/", $name),
            concat!("/api/v1/", $name, "/{id}"),
            concat!("/api/v1/", $name, "/{id}/retract"),
        )),+]
    };
}

const KINDS: [(Entity, &str, &str, &str); 11] = kinds![
    Requirement: "requirements",
    Exception: "exceptions",
    Policy: "policies",
    Framework: "frameworks",
    Control: "controls",
    ControlRelation: "control-relations",
    AwarenessActivity: "awareness",
    EffectivenessCount: "effectiveness",
    ManagementReview: "reviews",
    ForeignCourse: "foreign-courses",
    AcceptedVersion: "accepted-versions",
];

/// The addresses of the kinds that are alike.
pub(super) fn addresses() -> Vec<Address> {
    let mut all = Vec::new();
    for (entity, many, single, retraction) in KINDS {
        let list = move |parameters, caller, app| list(entity, parameters, caller, app);
        let read = move |id: Path<String>, parameters, caller, app| {
            one(entity, id.into_inner(), parameters, caller, app)
        };
        let write = move |id: Path<String>, parameters, request, payload, caller, app, settings| {
            set(
                entity,
                id.into_inner(),
                parameters,
                Sent { request, payload, settings },
                caller,
                app,
            )
        };
        let retract =
            move |id: Path<String>, parameters, request, payload, caller, app, settings| {
                let sent = Sent { request, payload, settings };
                take_back(entity, id.into_inner(), parameters, sent, caller, app)
            };
        all.push(address(many, vec![("get", web::get().to(list))]));
        let routes = vec![("get", web::get().to(read)), ("put", web::put().to(write))];
        all.push(address(single, routes));
        all.push(address(retraction, vec![("post", web::post().to(retract))]));
    }
    let entity = Entity::AuditPolicy;
    let id = || AUDIT_POLICY_ID.to_owned();
    let read = move |parameters, caller, app| one(entity, id(), parameters, caller, app);
    let write = move |parameters, request, payload, caller, app, settings| {
        set(entity, id(), parameters, Sent { request, payload, settings }, caller, app)
    };
    let routes = vec![("get", web::get().to(read)), ("put", web::put().to(write))];
    all.push(address("/api/v1/audit-policy", routes));
    all
}

/// A request with its body.
pub(super) struct Sent {
    pub(super) request: HttpRequest,
    pub(super) payload: Payload,
    pub(super) settings: Data<WebSettings>,
}

impl Sent {
    /// The body as JSON.
    pub(super) async fn json<T: serde::de::DeserializeOwned>(self) -> Result<T, Problem> {
        let limit = self.settings.request_bytes_max;
        body::json(&body::read(&self.request, self.payload, limit).await?)
    }
}

/// What is to be so, and why.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wish {
    value: Value,
    reason: String,
}

/// Why something is taken back.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Reason {
    pub(super) reason: String,
}

/// The instant as of which is asked: of a day (UTC), its last.
pub(crate) fn as_of(parameters: &Parameters) -> Result<Option<Timestamp>, Problem> {
    let is_day = parameters.get("as_of").is_some_and(|text| text.len() == 10);
    let at = when::to(parameters, "as_of")?;
    Ok(at.map(|at| if is_day { at.minus(Duration::from_micros(1)) } else { at }))
}

/// Whether the request only asks what would be.
pub(super) fn is_trial(parameters: &Parameters) -> Result<bool, Problem> {
    Ok(parameters.parsed("dry_run")?.unwrap_or(false))
}

async fn list(
    entity: Entity,
    parameters: Parameters,
    caller: ApiCaller,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    parameters.only(&["as_of", "search"])?;
    let search = parameters.get("search").unwrap_or_default();
    let things = app.things(&caller.0, entity, as_of(&parameters)?, search).await?;
    Ok(list_answer(things.iter().map(thing_json).collect(), None))
}

async fn one(
    entity: Entity,
    id: String,
    parameters: Parameters,
    caller: ApiCaller,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    parameters.only(&["as_of"])?;
    let found = app.thing(&caller.0, entity, &id, as_of(&parameters)?).await?;
    let Some((version, all)) = found else { return Err(Problem::not_found()) };
    let history: Vec<_> = all.iter().map(version_json).collect();
    let mut answered = json!({ "id": id, "value": null });
    if let Some(version) = version {
        answered = thing_json(&Thing { id, version });
    }
    answered["history"] = history.into();
    Ok(answer(&answered))
}

async fn set(
    entity: Entity,
    id: String,
    parameters: Parameters,
    sent: Sent,
    caller: ApiCaller,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    parameters.only(&["dry_run"])?;
    let is_trial = is_trial(&parameters)?;
    // Before the body is taken in.
    app.may_feed(&caller.0)?;
    let Wish { value, reason } = sent.json().await?;
    let made = app.set_thing(&caller.0, (entity, &id), &value, &reason, is_trial).await?;
    Ok(answer(&made_json(&id, &made, is_trial)))
}

async fn take_back(
    entity: Entity,
    id: String,
    parameters: Parameters,
    sent: Sent,
    caller: ApiCaller,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    parameters.only(&["dry_run"])?;
    let is_trial = is_trial(&parameters)?;
    app.may_feed(&caller.0)?;
    let Reason { reason } = sent.json().await?;
    let made = app.take_back_thing(&caller.0, (entity, &id), &reason, is_trial).await?;
    Ok(answer(&made_json(&id, &made, is_trial)))
}

fn thing_json(thing: &Thing) -> Value {
    let mut all = version_json(&thing.version);
    all["id"] = json!(thing.id);
    all
}

/// A row of the trail.
pub(super) fn version_json(version: &Version) -> Value {
    // To the microsecond, so that it can be asked for as of.
    let instant = |at: Option<Timestamp>| at.map(|at| at.to_string());
    json!({
        "value": version.value,
        "valid_from": version.from,
        "valid_to": version.to,
        "event": version.position,
        "recorded_at": instant(version.recorded_at),
        "retracted_at": instant(version.retracted_at),
    })
}

/// What was said, or would be.
pub(super) fn made_json(id: &str, made: &Made, is_trial: bool) -> Value {
    let events = made.changes.iter().enumerate().map(|(at, change)| {
        let mut event = change_json(change);
        event["event"] = json!(made.positions.get(at));
        event
    });
    json!({ "dry_run": is_trial, "id": id, "events": events.collect::<Vec<_>>() })
}

/// An event in short.
pub(super) fn change_json(change: &Change) -> Value {
    json!({
        "entity": change.entity.as_str(),
        "entity_id": change.id,
        "op": match change.op {
            Op::Assert => "assert",
            Op::Retract => "retract",
        },
        "valid_from": change.from,
        "valid_to": change.to,
        "value": change.value,
    })
}
