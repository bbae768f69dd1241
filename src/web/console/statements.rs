//! Statements: the list with its filters, and one statement as it is stored.

use super::{
    Frame, render, render_with,
    session::Visitor,
    view::{percent, second},
};
use crate::{
    api::statement_not_there,
    ledger::refused as ledger_refused,
    parameters::{Parameters, push_parameter},
    problem::Problem,
    when,
    xapi::CONSISTENT_THROUGH,
};
use actix_web::{
    HttpResponse,
    http::{
        StatusCode,
        header::{self, HeaderValue},
    },
    web::{self, Data, Path, ServiceConfig},
};
use app::{
    App, AppError, Freshness, LedgerError, StatementDetail, StatementError, StatementsFound,
};
use askama::Template;
use domain::{Grade, Sha256Digest, StatementId};
use serde_json::Value;
use store::{Claim, StoredStatement};
use xapi::Version;

/// Nobody expects to see in the list what was stored a moment ago.
const MAY_LAG: Freshness = Freshness::MayLag;

/// Statements on a page.
const PAGE_STATEMENTS: &str = "100";

const FILTERS: [&str; 7] =
    ["agent", "verb", "activity", "registration", "since", "until", "ascending"];

/// Verbs offered in the filter: those that the run time writes.
const VERBS: [&str; 9] = [
    "http://adlnet.gov/expapi/verbs/initialized",
    "http://adlnet.gov/expapi/verbs/completed",
    "http://adlnet.gov/expapi/verbs/passed",
    "http://adlnet.gov/expapi/verbs/failed",
    "http://adlnet.gov/expapi/verbs/scored",
    "http://adlnet.gov/expapi/verbs/responded",
    "http://adlnet.gov/expapi/verbs/suspended",
    "http://adlnet.gov/expapi/verbs/resumed",
    "http://adlnet.gov/expapi/verbs/terminated",
];

/// The routes of statements.
pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/statements", web::get().to(list))
        .route("/statements/{statement}", web::get().to(one))
        .route("/statements/{statement}/exact", web::get().to(exact))
        .route("/statements/{statement}/proof", web::get().to(proof));
}

#[derive(Template)]
#[template(path = "statements.html")]
struct StatementsPage {
    frame: Frame,
    heading: &'static str,
    fault: Option<String>,
    agent: String,
    verb: String,
    activity: String,
    registration: String,
    since: String,
    until: String,
    ascending: bool,
    verbs: [&'static str; 9],
    rows: Vec<Row>,
    next: Option<String>,
}

struct Row {
    id: StatementId,
    stored: String,
    actor: String,
    verb: String,
    verb_id: String,
    object: String,
    result: String,
    voided: bool,
}

impl Row {
    fn of(stored: &StoredStatement) -> Self {
        let statement = parsed(&stored.body);
        Self {
            id: stored.id,
            stored: second(stored.stored),
            actor: actor(&statement["actor"]),
            verb: verb(&statement["verb"]),
            verb_id: text(&statement["verb"]["id"]),
            object: object(&statement["object"]),
            result: result(&statement["result"]),
            voided: stored.voided,
        }
    }
}

async fn list(
    visitor: Visitor,
    parameters: Parameters,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let found = match parameters.get("more") {
        Some(more) => app.more_statements(&visitor.caller, more, MAY_LAG).await,
        None => match query(&parameters) {
            Ok(query) => {
                let caller = &visitor.caller;
                match app.find_statements(caller, &query, Version::V1_0, MAY_LAG).await {
                    Ok(StatementsFound::Page(page)) => Ok(page),
                    Ok(StatementsFound::One(_)) => return Err(Problem::not_found()),
                    Err(error) => Err(error),
                }
            }
            Err(problem) => {
                let fault = problem.detail().to_owned();
                return Ok(page(&visitor, &parameters, Vec::new(), None, Some(fault)));
            }
        },
    };
    match found {
        Ok(found) => {
            let rows = found.statements.iter().map(Row::of).collect();
            let next = found.more.map(|more| next_address(&parameters, &more));
            let mut page = page(&visitor, &parameters, rows, next, None);
            let through = found.through.map(|through| through.to_string());
            if let Some(Ok(through)) = through.map(|text| HeaderValue::from_str(&text)) {
                page.headers_mut().insert(CONSISTENT_THROUGH, through);
            }
            Ok(page)
        }
        Err(StatementError::App(error)) => Err(error.into()),
        Err(error) => {
            let fault = Some(error.to_string());
            Ok(page(&visitor, &parameters, Vec::new(), None, fault))
        }
    }
}

/// The filters travel along, so that the form keeps them; the continuation decides.
fn next_address(parameters: &Parameters, more: &str) -> String {
    let mut address = "/statements".to_owned();
    push_parameter(&mut address, "more", more);
    for name in FILTERS {
        push_parameter(&mut address, name, parameters.raw(name));
    }
    address
}

fn page(
    visitor: &Visitor,
    parameters: &Parameters,
    rows: Vec<Row>,
    next: Option<String>,
    fault: Option<String>,
) -> HttpResponse {
    let typed = |name: &str| parameters.raw(name).to_owned();
    let ascending = parameters.get("ascending").is_some();
    let status = if fault.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let page = StatementsPage {
        frame: Frame::of(visitor, "/statements"),
        heading: if ascending { "Statements, oldest first" } else { "Statements, newest first" },
        fault,
        agent: typed("agent"),
        verb: typed("verb"),
        activity: typed("activity"),
        registration: typed("registration"),
        since: typed("since"),
        until: typed("until"),
        ascending,
        verbs: VERBS,
        rows,
        next,
    };
    render_with(status, &page)
}

/// What people type, as the statements resource takes it.
fn query(parameters: &Parameters) -> Result<Vec<(String, String)>, Problem> {
    let mut query = vec![("limit".to_owned(), PAGE_STATEMENTS.to_owned())];
    let mut push = |name: &str, value: String| query.push((name.to_owned(), value));
    if let Some(agent) = parameters.get("agent") {
        push("agent", agent_json(agent));
        push("related_agents", "true".to_owned());
    }
    for name in ["verb", "activity", "registration"] {
        if let Some(value) = parameters.get(name) {
            push(name, value.to_owned());
        }
    }
    if let Some(since) = when::from(parameters, "since")? {
        push("since", since.to_string());
    }
    if let Some(until) = when::to(parameters, "until")? {
        push("until", until.to_string());
    }
    if parameters.get("ascending").is_some() {
        push("ascending", "true".to_owned());
    }
    Ok(query)
}

/// An agent as JSON stays; an address becomes one.
pub(super) fn agent_json(typed: &str) -> String {
    if typed.starts_with('{') {
        return typed.to_owned();
    }
    let address = typed.strip_prefix("mailto:").unwrap_or(typed);
    serde_json::json!({ "mbox": format!("mailto:{address}") }).to_string()
}

#[derive(Template)]
#[template(path = "statement.html")]
struct StatementPage {
    frame: Frame,
    sentence: String,
    voided: bool,
    id: StatementId,
    stored: String,
    position: String,
    sha256: Sha256Digest,
    registration: Option<String>,
    grade: &'static str,
    claim: Option<ClaimView>,
    json: String,
}

/// What another store said of a statement that was replayed.
struct ClaimView {
    stored: String,
    authority: String,
    source: String,
    line: u64,
}

impl ClaimView {
    fn of(claim: Claim) -> Self {
        let said = |text: Option<String>| text.unwrap_or_else(|| "nothing".to_owned());
        Self {
            stored: said(claim.stored),
            authority: said(claim.authority),
            source: claim.source.to_string(),
            line: claim.line,
        }
    }
}

/// A grade in words.
const fn grade_text(grade: Grade) -> &'static str {
    match grade {
        Grade::A => "A: seen by Attestry\u{2019}s own run-time",
        Grade::B => "B: vouched for by an authority that is listed as trusted",
        Grade::C => "C: an import, or a client that is not listed as trusted",
    }
}

async fn one(
    visitor: Visitor,
    id: Path<StatementId>,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let Some(detail) = app.statement_detail(&visitor.caller, *id).await? else {
        return Err(statement_not_there(&app, &visitor.caller, *id).await);
    };
    let StatementDetail { statement: stored, claim, grade } = detail;
    let statement = parsed(&stored.body);
    Ok(render(&StatementPage {
        frame: Frame::of(&visitor, "/statements"),
        sentence: sentence(&stored.body),
        voided: stored.voided,
        id: stored.id,
        stored: stored.stored.to_string(),
        position: stored.position.to_string(),
        sha256: Sha256Digest::of(&stored.body),
        registration: statement["context"]["registration"].as_str().map(ToOwned::to_owned),
        grade: grade_text(grade),
        claim: claim.map(ClaimView::of),
        json: format!("{statement:#}"),
    }))
}

/// The stored bytes, not one of them changed.
async fn exact(
    visitor: Visitor,
    id: Path<StatementId>,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let stored = found(&visitor, *id, &app).await?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "application/json"))
        .body(stored.body))
}

async fn found(visitor: &Visitor, id: StatementId, app: &App) -> Result<StoredStatement, Problem> {
    match app.statement(&visitor.caller, id).await? {
        Some(stored) => Ok(stored),
        None => Err(statement_not_there(app, &visitor.caller, id).await),
    }
}

/// The proof that the statement is in the ledger, as a file for `attestry verify`.
async fn proof(
    visitor: Visitor,
    id: Path<StatementId>,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let proof = match app.record_proof(&visitor.caller, *id).await {
        Err(LedgerError::App(AppError::NotFound("statement"))) => {
            return Err(statement_not_there(&app, &visitor.caller, *id).await);
        }
        proof => proof.map_err(ledger_refused)?,
    };
    let body = serde_json::to_vec_pretty(&proof).map_err(Problem::internal)?;
    let file = format!("attachment; filename=\"proof-{}.json\"", *id);
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "application/json"))
        .insert_header((header::CONTENT_DISPOSITION, file))
        .body(body))
}

/// Why a query of ours was refused.
pub(super) fn refused(error: &StatementError) -> Problem {
    Problem::invalid(error.to_string())
}

fn parsed(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap_or_default()
}

/// A statement in words: `Ada Lovelace passed Phishing basics (90 %)`.
pub(super) fn sentence(body: &[u8]) -> String {
    let statement = parsed(body);
    let (who, did) = (actor(&statement["actor"]), verb(&statement["verb"]));
    let mut sentence = format!("{who} {did} {}", object(&statement["object"]));
    let result = result(&statement["result"]);
    if !result.is_empty() {
        sentence = format!("{sentence} ({result})");
    }
    sentence
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn actor(actor: &Value) -> String {
    let known = [&actor["name"], &actor["mbox"], &actor["account"]["name"], &actor["openid"]];
    let known = known.into_iter().find_map(Value::as_str).or(actor["mbox_sha1sum"].as_str());
    known.map_or("somebody", |known| known.trim_start_matches("mailto:")).to_owned()
}

fn verb(verb: &Value) -> String {
    let id = verb["id"].as_str().unwrap_or_default();
    let last = id.rsplit(['/', '#']).next().unwrap_or(id);
    in_a_language(&verb["display"]).unwrap_or(last).to_owned()
}

fn object(object: &Value) -> String {
    if object["objectType"] == "SubStatement" {
        return format!("{} {}", verb(&object["verb"]), self::object(&object["object"]));
    }
    match object["objectType"].as_str() {
        Some("Agent" | "Group") => actor(object),
        _ => in_a_language(&object["definition"]["name"])
            .or(object["id"].as_str())
            .unwrap_or("something")
            .to_owned(),
    }
}

/// The text of a language map: English if there is any, else the first.
fn in_a_language(map: &Value) -> Option<&str> {
    let map = map.as_object()?;
    let english = map.iter().find(|(tag, _)| tag.starts_with("en"));
    english.or_else(|| map.iter().next())?.1.as_str()
}

fn result(result: &Value) -> String {
    let mut parts = Vec::new();
    if let Some(response) = result["response"].as_str() {
        parts.push(response.chars().take(60).collect());
    }
    match result["success"].as_bool() {
        Some(true) => parts.push("success".to_owned()),
        Some(false) => parts.push("no success".to_owned()),
        None => {}
    }
    let score = &result["score"];
    match (score["scaled"].as_f64(), score["raw"].as_f64()) {
        (Some(scaled), _) => parts.push(percent(Some(scaled))),
        (None, Some(raw)) => parts.push(format!("{raw} points")),
        (None, None) => {}
    }
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_reads_as_a_sentence() {
        let body = serde_json::json!({
            "actor": {"mbox": "mailto:ada@example.com"},
            "verb": {"id": "http://adlnet.gov/expapi/verbs/passed"},
            "object": {"id": "https://x.example/1", "definition": {"name": {"de": "Eins", "en-US": "One"}}},
            "result": {"success": true, "score": {"scaled": 0.9}},
        });
        let text = sentence(body.to_string().as_bytes());
        assert_eq!(text, "ada@example.com passed One (success, 90 %)");
        assert_eq!(sentence(b"no json"), "somebody  something");
    }

    #[test]
    fn an_address_becomes_an_agent() {
        assert_eq!(agent_json("ada@example.com"), r#"{"mbox":"mailto:ada@example.com"}"#);
        assert_eq!(agent_json("{}"), "{}");
    }
}
