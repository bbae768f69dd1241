//! An answer for people: PDF, with what it is made from on every page.

use super::answer::{AuditAnswer, Provenance};
use crate::AppError;
use audit::{Report, TableName};
use domain::Sha256Digest;
use paper::{Column, Document, Figure, Format, Frame, PaperError, Table};

/// Columns with identifiers, which are set in the type for these.
const IDENTIFIERS: [&str; 4] = ["statement", "statements", "person", "record_id"];
/// Columns of figures.
const FIGURES: [&str; 8] = [
    "score",
    "days_late",
    "access_days",
    "covered_days",
    "uncovered_days",
    "attempts",
    "failed_attempts",
    "days_taken",
];

/// The bytes of the PDF: the answer as this table.
pub(super) fn document(
    answer: &AuditAnswer,
    name: TableName,
    rows: &audit::Table,
    provenance: &Provenance,
) -> Result<Vec<u8>, AppError> {
    let csv = Sha256Digest::of(rows.to_csv().as_bytes());
    let head = &answer.report.head;
    let made = head.as_of.to_datetime();
    let title = title(name);
    let mut document = Document::new(title, sentence(&answer.report), made);
    concat!("Attestry ", env!("CARGO_PKG_VERSION")).clone_into(&mut document.software);
    document.format = Format { landscape: rows.columns.len() > 6, ..Format::default() };
    document.frame = Frame::new()
        .pair("Organization", provenance.organization.clone())
        .pair("Period", format!("{} to {}", head.period.start, head.period.end))
        .pair("As of", head.timezone.wall_clock(head.as_of))
        .pair("Time zone", format!("{} (data {})", head.timezone, provenance.time_zone_data))
        .pair("Source", provenance.source)
        .pair("Rules", format!("engine {}", provenance.engine))
        .pair("Rows", provenance.rows.to_string())
        .pair("Population", format!("{} people", provenance.population))
        .pair("Parameters", provenance.parameters.to_string())
        .csv_sha256(csv.to_string());
    if provenance.late_exceptions > 0 {
        let count = provenance.late_exceptions;
        document.note(format!("{count} rows rest on an exception recorded after its deadline."));
    }
    document.figures(figures(&answer.report));
    let columns = rows.columns.iter().map(|name| column(name));
    let mut table = Table::new(columns).empty("There is nothing to show.");
    for row in &rows.rows {
        table.row(row.iter().map(String::as_str)).map_err(|error| unprintable(&error))?;
    }
    document.table(table);
    document.to_pdf().map_err(|error| unprintable(&error))
}

fn unprintable(error: &PaperError) -> AppError {
    AppError::invalid("format", format!("cannot be printed as PDF, only as CSV or JSON: {error}"))
}

fn column(name: &str) -> Column {
    let column = Column::new(name.replace('_', " "));
    if IDENTIFIERS.contains(&name) {
        column.mono()
    } else if FIGURES.contains(&name) {
        column.right()
    } else {
        column
    }
}

fn figures(report: &Report) -> Vec<Figure> {
    let of = |(part, whole): (usize, usize)| format!("{part} of {whole}");
    let open = report.gaps.iter().filter(|gap| gap.gap == audit::GapKind::Open).count();
    let uncovered: i64 = report.coverage.iter().map(|row| row.uncovered_days).sum();
    vec![
        Figure::new(report.summary.population.to_string(), "people in scope"),
        Figure::new(of(report.summary.completion_rate), "obligations completed"),
        Figure::new(of(report.summary.on_time_rate), "of them on time"),
        Figure::new(open.to_string(), "open gaps"),
        Figure::new(uncovered.to_string(), "days of access without valid training"),
    ]
}

/// The heading's question, answered in a sentence.
pub(super) fn sentence(report: &Report) -> String {
    let without: std::collections::BTreeSet<_> = report
        .coverage
        .iter()
        .filter(|row| row.uncovered_days > 0)
        .map(|row| &row.person)
        .collect();
    let people = report.summary.population;
    match without.len() {
        0 => format!(
            "All of the {people} people in scope had valid training on every day of access."
        ),
        some => format!("{some} of {people} people had access without valid training."),
    }
}

/// What a table is called.
pub(crate) const fn title(name: TableName) -> &'static str {
    match name {
        TableName::Completion => "Completion register",
        TableName::Compliance => "Compliance by person and requirement",
        TableName::Events => "Completions",
        TableName::Short => "Completions by person",
        TableName::Minimum => "Completions with versions",
        TableName::Register => "Register",
        TableName::Gaps => "Gaps",
        TableName::Coverage => "Coverage of access by training",
        TableName::Summary => "Summary",
        TableName::ByRole => "Summary by role",
        TableName::ByControl => "Summary by control",
        TableName::Attempts => "Attempts",
        TableName::Sample => "Sample",
        TableName::Reconciliation => "Reconciliation with the identity provider",
        TableName::Escalations => "Reminders and escalations due",
        TableName::Flags => "Flags",
        TableName::Attestations => "Attestations",
        TableName::Reviews => "Management reviews",
        TableName::Effectiveness => "Effectiveness: test mails",
        TableName::QuizTrend => "Effectiveness: tests",
        TableName::NothingAssigned => "In scope, nothing assigned",
        TableName::Onboarding => "Onboarding",
        TableName::Schedule => "Training due next",
    }
}
