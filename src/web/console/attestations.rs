//! What learners have signed: the list with its filters and CSV.

use super::{
    Frame, render_with,
    session::Visitor,
    view::{Time, count},
};
use crate::{
    api,
    parameters::{Parameters, push_parameter},
    problem::Problem,
};
use actix_web::{
    HttpResponse,
    http::StatusCode,
    web::{self, Data, ServiceConfig},
};
use app::{App, AttestationQuery, AttestationRow, Caller, may_know_origins};
use askama::Template;
use domain::RegistrationId;

/// Attestations on a page.
const PAGE_ATTESTATIONS: usize = 100;
/// Attestations shown with a registration.
const SHOWN: usize = 50;

const FILTERS: [&str; 5] = ["person", "course", "version", "from", "to"];

/// The routes of attestations.
pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/attestations", web::get().to(list))
        .route("/attestations.csv", web::get().to(csv));
}

#[derive(Template)]
#[template(path = "attestations.html")]
struct AttestationsPage {
    frame: Frame,
    heading: String,
    csv: String,
    fault: Option<String>,
    person: String,
    from: String,
    to: String,
    /// Whether the visitor may know from where something was signed.
    knows_origins: bool,
    rows: Vec<Row>,
    next: Option<String>,
}

/// One attestation.
pub(super) struct Row {
    pub(super) statement: String,
    pub(super) registration: String,
    pub(super) name: String,
    pub(super) course: String,
    pub(super) at: Time,
    pub(super) text: String,
    pub(super) result: String,
    pub(super) ip: String,
    pub(super) user_agent: String,
}

impl Row {
    fn of(row: &AttestationRow) -> Self {
        let from = row.signed_from.clone().unwrap_or_default();
        Self {
            statement: row.statement.to_string(),
            registration: row.registration.map(|id| id.to_string()).unwrap_or_default(),
            name: row.name.clone(),
            course: api::course_and_version(row),
            at: Time::of(row.signed_at),
            text: row.text.clone(),
            result: row.basis.as_ref().map(|basis| basis.result.clone()).unwrap_or_default(),
            ip: from.ip.unwrap_or_default(),
            user_agent: from.user_agent.unwrap_or_default(),
        }
    }
}

/// What was signed of a registration.
pub(super) struct OfRegistration {
    pub(super) rows: Vec<Row>,
    /// Whether the visitor may know from where it was signed.
    pub(super) knows_origins: bool,
}

pub(super) async fn of_registration(
    app: &App,
    caller: &Caller,
    id: RegistrationId,
) -> Result<OfRegistration, Problem> {
    let query = AttestationQuery { registration: Some(id), ..AttestationQuery::default() };
    let page = app.attestations(caller, &query, SHOWN).await?;
    let rows = page.items.iter().map(Row::of).collect();
    Ok(OfRegistration { rows, knows_origins: may_know_origins(caller) })
}

/// `address` with the filters of a page.
fn with_filters(address: &str, parameters: &Parameters) -> String {
    let mut address = address.to_owned();
    for name in FILTERS {
        if let Some(value) = parameters.get(name) {
            push_parameter(&mut address, name, value);
        }
    }
    address
}

async fn list(
    visitor: Visitor,
    parameters: Parameters,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let caller = &visitor.caller;
    let (query, fault) = match api::attestation_query(&parameters) {
        Ok(query) => (query, None),
        Err(problem) => (AttestationQuery::default(), Some(problem.detail().to_owned())),
    };
    let page = app.attestations(caller, &query, PAGE_ATTESTATIONS).await?;
    // What was asked for is not known: nothing is listed rather than everything.
    let items = if fault.is_some() { Vec::new() } else { page.items };
    let next = page.next.filter(|_| fault.is_none()).map(|next| {
        let mut address = with_filters("/attestations", &parameters);
        push_parameter(&mut address, "cursor", &next.to_string());
        address
    });
    let heading = match (&next, query.after) {
        (None, None) => count(items.len(), "attestation", "attestations"),
        _ => "Attestations, the latest first".to_owned(),
    };
    let status = if fault.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let page = AttestationsPage {
        frame: Frame::of(&visitor, "/attestations"),
        heading,
        csv: with_filters("/attestations.csv", &parameters),
        fault,
        person: parameters.raw("person").to_owned(),
        from: parameters.raw("from").to_owned(),
        to: parameters.raw("to").to_owned(),
        knows_origins: may_know_origins(caller),
        rows: items.iter().map(Row::of).collect(),
        next,
    };
    Ok(render_with(status, &page))
}

/// All attestations that the filters leave.
async fn csv(
    visitor: Visitor,
    parameters: Parameters,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let query = api::attestation_query(&parameters)?;
    api::signed_csv(app, visitor.caller, api::Signed::Attestations, query).await
}
