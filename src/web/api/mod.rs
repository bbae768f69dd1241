//! The JSON API, `/api/v1`. `content/api/openapi.json` describes it; a test holds the two
//! together.

mod acknowledgements;
mod attestations;
pub(crate) mod audit;
mod courses;
mod docs;
mod erasures;
mod feeds;
mod launches;
mod ledger;
mod moves;
mod packages;
mod people;
mod reference;
mod registrations;
mod replay;
mod reports;
mod sessions;
mod settings;
mod statements;
mod tokens;
mod trail;
mod trust;

pub(crate) use attestations::{Signed, course_and_version, query as attestation_query, signed_csv};
pub(crate) use courses::send_package;
pub(crate) use erasures::not_there as statement_not_there;
pub(crate) use launches::{address as launch_address, refused as launch_refused};
pub(crate) use moves::refused as move_refused;
pub(crate) use reference::as_of;
pub(crate) use registrations::{query as registration_query, registrations_csv};
pub(crate) use reports::{interactions_csv, objectives_csv, sessions_csv};
pub(crate) use sessions::session_file;
pub(crate) use settings::Whose;
pub(crate) use trail::{history_filter, trail_csv};

use actix_web::{
    HttpResponse, Route,
    http::header,
    web::{self, ServiceConfig},
};
use serde_json::{Value, json};

/// Items in a page when the request does not say.
const PAGE_ITEMS: usize = 100;

/// One address of the API.
pub(super) struct Address {
    path: &'static str,
    /// Methods in lower case, as `OpenAPI` writes them, with what carries them out.
    routes: Vec<(&'static str, Route)>,
}

fn address(path: &'static str, routes: Vec<(&'static str, Route)>) -> Address {
    Address { path, routes }
}

/// Packages, courses and how they play.
fn course_addresses() -> Vec<Address> {
    let get = || web::get();
    vec![
        address("/api/v1/packages", vec![("post", web::post().to(packages::create))]),
        address("/api/v1/courses", vec![("get", get().to(courses::list))]),
        address("/api/v1/courses/{course}", vec![("get", get().to(courses::one))]),
        address(
            "/api/v1/courses/{course}/versions/{version}",
            vec![("get", get().to(courses::version))],
        ),
        address(
            "/api/v1/courses/{course}/versions/{version}/package",
            vec![("get", get().to(courses::package))],
        ),
        address("/api/v1/settings", settings_routes()),
        address("/api/v1/courses/{course}/settings", settings_routes()),
        address("/api/v1/courses/{course}/versions/{version}/settings", settings_routes()),
        address(
            "/api/v1/courses/{course}/versions/{version}/difference",
            vec![("get", get().to(courses::difference))],
        ),
        address(
            "/api/v1/courses/{course}/versions/{version}/move",
            vec![("post", web::post().to(moves::many))],
        ),
    ]
}

fn addresses() -> Vec<Address> {
    let get = || web::get();
    let mut addresses = course_addresses();
    addresses.extend(reference::addresses());
    addresses.extend(people_addresses());
    addresses.extend([
        address("/api/v1/tokens", vec![("post", web::post().to(tokens::create))]),
        address("/api/v1/launches", vec![("post", web::post().to(launches::create))]),
        address("/api/v1/registrations", vec![("get", get().to(registrations::list))]),
        address(
            "/api/v1/registrations/{registration}",
            vec![("get", get().to(registrations::one))],
        ),
        address(
            "/api/v1/registrations/{registration}/move",
            vec![("post", web::post().to(moves::one))],
        ),
        address(
            "/api/v1/registrations/{registration}/calls",
            vec![("get", get().to(registrations::calls))],
        ),
        address(
            "/api/v1/registrations/{registration}/attestations",
            vec![("get", get().to(attestations::of_registration))],
        ),
        address(
            "/api/v1/policies/{policy}/acknowledgement-links",
            vec![("post", web::post().to(acknowledgements::create_link))],
        ),
        address("/api/v1/acknowledgements", vec![("get", get().to(acknowledgements::list))]),
        address("/api/v1/attestations", vec![("get", get().to(attestations::list))]),
        address("/api/v1/audit/{answer}", vec![("get", get().to(audit::answer))]),
        address("/api/v1/result-secret", vec![("get", get().to(registrations::result_secret))]),
        address(
            "/api/v1/registrations/{registration}/interactions",
            vec![("get", get().to(reports::interactions))],
        ),
        address(
            "/api/v1/registrations/{registration}/objectives",
            vec![("get", get().to(reports::objectives))],
        ),
        address(
            "/api/v1/registrations/{registration}/sessions",
            vec![("get", get().to(reports::sessions))],
        ),
        address(
            "/api/v1/registrations/{registration}/sessions/{session}/export",
            vec![("get", get().to(sessions::export))],
        ),
        address(
            "/api/v1/erasures",
            vec![("get", get().to(erasures::list)), ("post", web::post().to(erasures::create))],
        ),
        address("/api/v1/replay", vec![("post", web::post().to(replay::create))]),
        address("/api/v1/ledger", vec![("get", get().to(ledger::overview))]),
        address("/api/v1/ledger/checkpoints", vec![("get", get().to(ledger::checkpoints))]),
        address("/api/v1/ledger/consistency", vec![("get", get().to(ledger::consistency))]),
        address("/api/v1/ledger/keys", vec![("post", web::post().to(ledger::rotate))]),
        address("/api/v1/statements/{statement}/proof", vec![("get", get().to(ledger::proof))]),
        address("/api/v1/statements/{statement}", vec![("get", get().to(statements::one))]),
        address(
            "/api/v1/trusted-authorities",
            vec![("get", get().to(trust::list)), ("post", web::post().to(trust::set))],
        ),
        address("/api/openapi.json", vec![("get", get().to(docs::openapi))]),
        address("/api/docs", vec![("get", get().to(docs::page))]),
    ]);
    addresses
}

/// People, feeds and the trail.
fn people_addresses() -> Vec<Address> {
    let get = || web::get();
    vec![
        address("/api/v1/people", vec![("get", get().to(people::list))]),
        address(
            "/api/v1/people/{id}",
            vec![("get", get().to(people::one)), ("put", web::put().to(people::set))],
        ),
        address("/api/v1/people/{id}/retract", vec![("post", web::post().to(people::take_back))]),
        address("/api/v1/people/{id}/identities", vec![("post", web::post().to(people::link))]),
        address("/api/v1/feeds", vec![("get", get().to(feeds::list))]),
        address("/api/v1/feeds/{kind}", vec![("post", web::post().to(feeds::create))]),
        address("/api/v1/audit/trail", vec![("get", get().to(trail::list))]),
    ]
}

fn settings_routes() -> Vec<(&'static str, Route)> {
    vec![("get", web::get().to(settings::read)), ("put", web::put().to(settings::decide))]
}

/// The routes of the API.
pub(crate) fn routes(config: &mut ServiceConfig) {
    for Address { path, routes } in addresses() {
        let resource = web::resource(path);
        config.service(routes.into_iter().fold(resource, |all, (_, route)| all.route(route)));
    }
}

/// A JSON answer.
fn answer(value: &Value) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "application/json"))
        .body(value.to_string())
}

/// A page of a list.
#[expect(clippy::needless_pass_by_value, reason = "pages are made for this and not kept")]
fn list_answer(items: Vec<Value>, next: Option<String>) -> HttpResponse {
    answer(&json!({ "items": items, "next": next }))
}
