//! `/api/v1/attestations`: what learners have signed, as JSON and as CSV.

use super::{
    PAGE_ITEMS, list_answer,
    registrations::{CSV, raw, wants_csv},
};
use crate::{auth::ApiCaller, parameters::Parameters, problem::Problem, when};
use actix_web::{
    HttpRequest, HttpResponse,
    http::header,
    web::{Bytes, Data, Path},
};
use app::{App, AppError, AttestationQuery, AttestationRow, Caller};
use domain::{RegistrationId, csv::push_row};
use futures_util::stream;
use serde_json::{Value, json};
use store::{Page, Position};

/// What was signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signed {
    /// That a course version was completed.
    Attestations,
    /// That a version of a policy was read.
    Acknowledgements,
}

impl Signed {
    /// The columns of the CSV: those that auditors ask for (audit.md 3), and the statement to look
    /// up.
    const fn header(self) -> [&'static str; 7] {
        let thing = match self {
            Self::Attestations => "course_and_version",
            Self::Acknowledgements => "policy_and_version",
        };
        ["name", thing, "date", "statement", "ip_address", "user_agent", "record_id"]
    }

    const fn file(self) -> &'static str {
        match self {
            Self::Attestations => "attachment; filename=\"attestations.csv\"",
            Self::Acknowledgements => "attachment; filename=\"acknowledgements.csv\"",
        }
    }

    async fn page(
        self,
        app: &App,
        caller: &Caller,
        query: &AttestationQuery,
        limit: usize,
    ) -> Result<Page<AttestationRow, Position>, AppError> {
        match self {
            Self::Attestations => app.attestations(caller, query, limit).await,
            Self::Acknowledgements => app.acknowledgements(caller, query, limit).await,
        }
    }
}

/// Attestations read at a time for a CSV of all.
const CSV_ROWS_AT_ONCE: usize = 500;

pub(super) async fn list(
    request: HttpRequest,
    parameters: Parameters,
    caller: ApiCaller,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let known = ["person", "course", "version", "from", "to", "cursor", "limit", "format"];
    parameters.only(&known)?;
    let query = query(&parameters)?;
    respond(&request, &parameters, caller.0, app, (Signed::Attestations, query)).await
}

pub(super) async fn of_registration(
    request: HttpRequest,
    id: Path<RegistrationId>,
    parameters: Parameters,
    caller: ApiCaller,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    parameters.only(&["cursor", "limit", "format"])?;
    let query = AttestationQuery { registration: Some(*id), ..query(&parameters)? };
    respond(&request, &parameters, caller.0, app, (Signed::Attestations, query)).await
}

/// What the parameters ask for; a page of the console has the same.
pub(crate) fn query(parameters: &Parameters) -> Result<AttestationQuery, Problem> {
    let course = match (parameters.parsed("course")?, parameters.parsed("version")?) {
        (Some(course), Some(version)) => Some((course, version)),
        (None, None) => None,
        _ => {
            let detail = "course and version go together: what is signed is a version";
            return Err(Problem::invalid_at("version", detail));
        }
    };
    Ok(AttestationQuery {
        person: parameters.get("person").map(ToOwned::to_owned),
        course,
        registration: None,
        from: when::from(parameters, "from")?,
        to: when::to(parameters, "to")?,
        after: parameters.parsed("cursor")?,
    })
}

/// A list as the request wants it.
pub(super) async fn respond(
    request: &HttpRequest,
    parameters: &Parameters,
    caller: Caller,
    app: Data<App>,
    (what, query): (Signed, AttestationQuery),
) -> Result<HttpResponse, Problem> {
    let limit = parameters.parsed("limit")?;
    let as_csv = wants_csv(request, parameters)?;
    if as_csv && limit.is_none() {
        return signed_csv(app, caller, what, query).await;
    }
    let page = what.page(&app, &caller, &query, limit.unwrap_or(PAGE_ITEMS)).await?;
    let next = page.next.map(|next| next.to_string());
    if !as_csv {
        return Ok(list_answer(page.items.iter().map(row_json).collect(), next));
    }
    let mut response = HttpResponse::Ok();
    if let Some(next) = next {
        // CSV has no place for the cursor.
        response.insert_header(("x-next-cursor", next));
    }
    let mut csv = String::new();
    push_row(&mut csv, what.header());
    page.items.iter().for_each(|row| csv_row(&mut csv, row));
    Ok(response.insert_header((header::CONTENT_TYPE, CSV)).body(csv))
}

/// All that `query` finds, however many: read and sent a page at a time.
pub(crate) async fn signed_csv(
    app: Data<App>,
    caller: Caller,
    what: Signed,
    query: AttestationQuery,
) -> Result<HttpResponse, Problem> {
    // The first page before the answer begins: a refusal is a problem document.
    let first = what.page(&app, &caller, &query, CSV_ROWS_AT_ONCE).await?;
    let begin = (app, caller, query, Some(first), true);
    let pages = stream::try_unfold(begin, move |(app, caller, query, page, begins)| async move {
        let Some(page) = page else { return Ok::<_, AppError>(None) };
        let mut csv = String::new();
        if begins {
            push_row(&mut csv, what.header());
        }
        page.items.iter().for_each(|row| csv_row(&mut csv, row));
        let query = AttestationQuery { after: page.next, ..query };
        let next = match page.next {
            Some(_) => Some(what.page(&app, &caller, &query, CSV_ROWS_AT_ONCE).await?),
            None => None,
        };
        Ok(Some((Bytes::from(csv), (app, caller, query, next, false))))
    });
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, CSV))
        .insert_header((header::CONTENT_DISPOSITION, what.file()))
        .streaming(pages))
}

fn csv_row(csv: &mut String, row: &AttestationRow) {
    let from = row.signed_from.clone().unwrap_or_default();
    let cells = [
        row.name.clone(),
        course_and_version(row),
        row.signed_at.millis(),
        row.text.clone(),
        from.ip.unwrap_or_default(),
        from.user_agent.unwrap_or_default(),
        row.statement.to_string(),
    ];
    push_row(csv, cells.iter().map(String::as_str));
}

/// The course as the attestation names it, and its version.
pub(crate) fn course_and_version(row: &AttestationRow) -> String {
    match row.course {
        Some((_, version)) => format!("{} v{version}", row.title),
        None => row.title.clone(),
    }
}

fn row_json(row: &AttestationRow) -> Value {
    let (course, version) = row.course.unzip();
    let mut body = json!({
        "statement": row.statement,
        "signed_at": row.signed_at,
        "name": row.name,
        "actor": raw(&row.actor),
        "course": { "id": course, "title": row.title },
        "version": version,
        "activity": row.activity,
        "registration": row.registration,
        "text": row.text,
        "text_sha256": row.text_sha256,
        "basis": row.basis,
        "signature": row.signature,
    });
    if let Some(from) = &row.signed_from {
        body["ip"] = json!(from.ip);
        body["user_agent"] = json!(from.user_agent);
    }
    body
}
