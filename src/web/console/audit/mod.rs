//! The audit pages: each is one question, and its heading is the answer.

mod asked;
mod gaps;
mod home;
mod register;

use super::Frame;
use crate::{api::audit::respond, parameters::Parameters, problem::Problem};
use actix_web::{
    HttpResponse,
    web::{self, Data, Path, ServiceConfig},
};
use app::{App, AuditAnswer, AuditFormat, Caller};
use asked::Asked;
use audit::{GapKind, Status, TableName, explanation::status_words, world::PersonId};

use super::session::Visitor;

/// Rows on a page.
const PAGE_ROWS: usize = 100;

/// The routes of the audit pages.
pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/audit", web::get().to(home::page))
        .route("/audit/register", web::get().to(register::page))
        .route("/audit/gaps", web::get().to(gaps::page))
        .route("/audit/export/{table}", web::get().to(export));
}

/// What an answer was made from, below it.
struct Foot {
    engine: &'static str,
    zone_data: &'static str,
    people: usize,
    statements: usize,
    rows: usize,
    sha256: String,
    table: &'static str,
    checkpoint: Option<Checkpoint>,
}

/// The newest checkpoint of the ledger.
struct Checkpoint {
    entries: u64,
    signed_at: super::view::Time,
}

/// Makes the foot of a page that shows `table`, and keeps who has seen it.
async fn foot(
    app: &App,
    caller: &Caller,
    answer: &AuditAnswer,
    table: TableName,
) -> Result<Foot, Problem> {
    let copy = answer.clone();
    let printing = web::block(move || copy.printed(Some(table), AuditFormat::Csv));
    let printed = printing.await.map_err(Problem::internal)??;
    app.note_page(caller, &printed).await?;
    let newest = app.newest_checkpoint(caller.organization).await;
    let made_from = &printed.provenance;
    Ok(Foot {
        engine: made_from.engine,
        zone_data: made_from.time_zone_data,
        people: made_from.population,
        statements: made_from.statements,
        rows: made_from.rows,
        sha256: printed.sha256.to_string(),
        table: table.as_str(),
        checkpoint: newest.ok().map(|newest| Checkpoint {
            entries: newest.size,
            signed_at: super::view::Time::of(newest.signed_at),
        }),
    })
}

/// A table of the answer as a file, with the filters of the page.
async fn export(
    visitor: Visitor,
    name: Path<String>,
    parameters: Parameters,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    const FORMATS: [AuditFormat; 3] = [AuditFormat::Csv, AuditFormat::Json, AuditFormat::Pdf];
    let asked = Asked::of(&parameters)?;
    let table = TableName::of(&name).ok_or_else(Problem::not_found)?;
    let format = match parameters.get("format") {
        None => AuditFormat::Csv,
        Some(name) => {
            let found = FORMATS.into_iter().find(|format| format.as_str() == name);
            found.ok_or_else(|| Problem::invalid_at("format", "must be csv, json or pdf"))?
        }
    };
    let (answer, _) = asked.answer(&app, &visitor.caller).await?;
    respond(&app, &visitor.caller, answer, Some(table), format).await
}

/// Where a page of rows leads to.
struct Pages {
    /// The rows shown, such as `101 to 200 of 4312`.
    shown: String,
    previous: Option<String>,
    next: Option<String>,
}

impl Pages {
    /// The place of the page's rows among `count`, and the way to the others.
    fn of(asked: &Asked, path: &str, count: usize) -> (std::ops::Range<usize>, Self) {
        let last = count.div_ceil(PAGE_ROWS).max(1);
        let page = asked.page.clamp(1, last);
        let start = (page - 1) * PAGE_ROWS;
        let end = (start + PAGE_ROWS).min(count);
        let to = |page: usize| asked.link(path, &[("page", &page.to_string())]);
        let shown = match count {
            0 => String::new(),
            _ if last == 1 => super::view::count(count, "row", "rows"),
            _ => format!("Rows {} to {end} of {count}", start + 1),
        };
        let previous = (page > 1).then(|| to(page - 1));
        (start..end, Self { shown, previous, next: (page < last).then(|| to(page + 1)) })
    }
}

/// The class, the words and the code name of a status.
const fn status_view(status: Status) -> (&'static str, &'static str, &'static str) {
    let mark = match status {
        Status::CompletedOnTime | Status::Covered => "good",
        Status::CompletedLate => "late",
        Status::Overdue | Status::Expired => "bad",
        Status::Pending => "",
        Status::Exempt | Status::Waived | Status::ExcusedExit => "explained",
    };
    (mark, status_words(status), status.as_str())
}

/// The class, the word and the code name of a kind of gap.
const fn gap_view(gap: GapKind) -> (&'static str, &'static str, &'static str) {
    match gap {
        GapKind::Open => ("bad", "Open", "open"),
        GapKind::Remediated => ("late", "Done late", "remediated"),
        GapKind::Explained => ("explained", "Explained", "explained"),
    }
}

/// What somebody is called on a page.
fn name_of(answer: &AuditAnswer, person: &PersonId) -> String {
    let card = answer.report.people.get(person);
    card.map_or_else(|| person.to_string(), |card| card.name.clone())
}

/// What a requirement is called; its id when it has no title.
fn title_of(answer: &AuditAnswer, requirement: &audit::world::RequirementId) -> String {
    let card = answer.report.requirements.get(requirement);
    let title = card.map(|card| card.title.clone()).filter(|title| !title.is_empty());
    title.unwrap_or_else(|| requirement.to_string())
}

fn frame(visitor: &Visitor) -> Frame {
    Frame::of(visitor, "/audit")
}
