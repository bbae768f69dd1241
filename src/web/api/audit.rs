//! `/api/v1/audit/…`: answers to audit questions as JSON, CSV and PDF, each with what it was made
//! from in its headers.

use crate::{accept::preferred, auth::ApiCaller, parameters::Parameters, problem::Problem};
use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web::{Data, Path, block},
};
use app::{App, AuditAnswer, AuditFormat, AuditQuestion, Caller, Printed};
use audit::world::{PersonId, RequirementId, WrittenInstant};
use audit::{Filter, SampleRequest, Search, Seed, Status, Strata, TableName};
use base64::{Engine, prelude::BASE64_STANDARD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

/// The parameters of every question.
const PARAMETERS: [&str; 19] = [
    "from",
    "to",
    "as_of",
    "tz",
    "format",
    "columns",
    "person",
    "email",
    "role",
    "type",
    "course",
    "requirement",
    "control",
    "status",
    "seed",
    "size",
    "strata",
    "search_from",
    "search_to",
];
/// The whole report, which is JSON alone.
const WHOLE: &str = "report";
const FORMATS: [&str; 3] = ["application/json", "text/csv", "application/pdf"];

pub(super) async fn answer(
    request: HttpRequest,
    name: Path<String>,
    parameters: Parameters,
    caller: ApiCaller,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    parameters.only(&PARAMETERS)?;
    let table = table(&name, &parameters)?;
    let format = format(&request, &parameters)?;
    let signed_texts = matches!(table, None | Some(TableName::Attestations));
    let question = AuditQuestion { signed_texts, ..question(&parameters)? };
    let answer = app.audit(&caller.0, &question).await?;
    respond(&app, &caller.0, answer, table, format).await
}

/// Which table an address names: `register` is the completion register as CSV and PDF, unless
/// `columns` names others.
fn table(name: &str, parameters: &Parameters) -> Result<Option<TableName>, Problem> {
    let columns = parameters.get("columns");
    match (name, columns) {
        (WHOLE, None) => Ok(None),
        ("register", Some(columns)) => {
            let known = [
                TableName::Register,
                TableName::Completion,
                TableName::Compliance,
                TableName::Events,
                TableName::Short,
                TableName::Minimum,
            ];
            let found = known.into_iter().find(|table| table.as_str() == columns);
            let names = known.map(TableName::as_str).join(", ");
            let refuse = || Problem::invalid_at("columns", format!("must be one of {names}"));
            found.map(Some).ok_or_else(refuse)
        }
        (_, Some(_)) => Err(Problem::invalid_at("columns", "only the register has several")),
        (name, None) => TableName::of(name).map(Some).ok_or_else(Problem::not_found),
    }
}

fn format(request: &HttpRequest, parameters: &Parameters) -> Result<AuditFormat, Problem> {
    const KNOWN: [AuditFormat; 3] = [AuditFormat::Json, AuditFormat::Csv, AuditFormat::Pdf];
    if let Some(name) = parameters.get("format") {
        let found = KNOWN.into_iter().find(|format| format.as_str() == name);
        return found.ok_or_else(|| Problem::invalid_at("format", "must be json, csv or pdf"));
    }
    let accept = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok());
    let offer = preferred(accept, &FORMATS);
    let found = FORMATS.iter().position(|format| Some(*format) == offer);
    found.map(|place| KNOWN[place]).ok_or_else(|| {
        let detail = "this is given as application/json, text/csv or application/pdf";
        Problem::new(StatusCode::NOT_ACCEPTABLE, "not-acceptable", detail)
    })
}

/// The question that parameters ask; pages of the console have the same ones.
pub(crate) fn question(parameters: &Parameters) -> Result<AuditQuestion, Problem> {
    let text = |name: &str| parameters.get(name).map(str::to_owned);
    Ok(AuditQuestion {
        from: parameters.parsed("from")?,
        to: parameters.parsed("to")?,
        as_of: as_of(parameters)?,
        timezone: parameters.parsed("tz")?,
        filter: filter(parameters)?,
        sample: sample(parameters)?,
        search: match (parameters.parsed("search_from")?, parameters.parsed("search_to")?) {
            (None, None) => Vec::new(),
            (from, to) => vec![Search {
                email: text("email"),
                person: text("person").map(PersonId::new),
                course: text("course"),
                from,
                to,
            }],
        },
        signed_texts: false,
    })
}

fn as_of(parameters: &Parameters) -> Result<Option<WrittenInstant>, Problem> {
    let Some(text) = parameters.get("as_of") else { return Ok(None) };
    // A plus sign that was not encoded has become a space.
    let read = text.replace(' ', "+").parse();
    read.map(Some).map_err(|_| {
        Problem::invalid_at("as_of", "must be a time with its zone, such as 2026-01-15T00:00:00Z")
    })
}

fn filter(parameters: &Parameters) -> Result<Filter, Problem> {
    let text = |name: &str| parameters.get(name).map(str::to_owned);
    let status = match parameters.get("status") {
        None => None,
        Some(name) => {
            let found = Status::ALL.into_iter().find(|status| status.as_str() == name);
            let names = Status::ALL.map(Status::as_str).join(", ");
            let refuse = || Problem::invalid_at("status", format!("must be one of {names}"));
            Some(found.ok_or_else(refuse)?)
        }
    };
    Ok(Filter {
        person: text("person").map(PersonId::new),
        email: text("email"),
        role: text("role"),
        employment: text("type"),
        course: text("course"),
        requirement: text("requirement").map(RequirementId::new),
        control: text("control"),
        status,
    })
}

fn sample(parameters: &Parameters) -> Result<Option<SampleRequest>, Problem> {
    let strata = match parameters.get("strata") {
        None => None,
        Some("role") => Some(Strata::Role),
        Some(_) => return Err(Problem::invalid_at("strata", "must be role")),
    };
    let size = parameters.parsed("size")?;
    match (parameters.get("seed"), size) {
        (Some(seed), Some(size)) => Ok(Some(SampleRequest { seed: Seed::new(seed), size, strata })),
        (None, None) => Ok(None),
        (None, Some(_)) => Err(Problem::invalid_at("seed", "size and seed go together")),
        (Some(_), None) => Err(Problem::invalid_at("size", "size and seed go together")),
    }
}

/// Prints an answer, keeps that it was read, and sends it.
pub(crate) async fn respond(
    app: &App,
    caller: &Caller,
    answer: AuditAnswer,
    table: Option<TableName>,
    format: AuditFormat,
) -> Result<HttpResponse, Problem> {
    if table == Some(TableName::Sample) && answer.question.sample.is_none() {
        return Err(Problem::invalid_at("seed", "a sample needs seed and size"));
    }
    let table = match (table, format) {
        // What spreadsheets and people ask for under that name (audit rules, 1.10.23).
        (Some(TableName::Register), AuditFormat::Csv | AuditFormat::Pdf) => {
            Some(TableName::Completion)
        }
        _ => table,
    };
    let printing = block(move || answer.printed(table, format));
    let printed = printing.await.map_err(Problem::internal)??;
    app.note_reading(caller, format, &printed).await?;
    Ok(sent(printed, format))
}

fn sent(printed: Printed, format: AuditFormat) -> HttpResponse {
    let Printed { body, sha256, provenance } = printed;
    let digest = format!("sha-256=:{}:", BASE64_STANDARD.encode(sha256.as_bytes()));
    let engine = format!("{}; time-zone-data={}", provenance.engine, provenance.time_zone_data);
    let mut response = HttpResponse::Ok();
    response
        .insert_header((header::CONTENT_TYPE, content_type(format)))
        .insert_header(("repr-digest", digest))
        .insert_header(("attestry-sha256", sha256.to_string()))
        .insert_header(("attestry-parameters", encoded(&provenance.parameters)))
        .insert_header(("attestry-engine", engine))
        .insert_header(("attestry-rows", provenance.rows.to_string()))
        .insert_header(("attestry-population", provenance.population.to_string()));
    if format != AuditFormat::Json {
        let name = format!("attachment; filename=\"{}.{}\"", provenance.report, format.as_str());
        response.insert_header((header::CONTENT_DISPOSITION, name));
    }
    response.body(body)
}

const fn content_type(format: AuditFormat) -> &'static str {
    match format {
        AuditFormat::Json => "application/json",
        AuditFormat::Csv => "text/csv; charset=utf-8; header=present",
        AuditFormat::Pdf => "application/pdf",
    }
}

/// Parameters as they stand in an address.
fn encoded(parameters: &Value) -> String {
    let of = |(name, value): (&String, &Value)| {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        format!("{name}={}", utf8_percent_encode(&value, NON_ALPHANUMERIC))
    };
    let pairs: Vec<String> = parameters.as_object().into_iter().flatten().map(of).collect();
    pairs.join("&")
}
