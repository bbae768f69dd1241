//! The register: one row per obligation, with why it stands as it does.

use super::{Foot, Pages, asked::Asked, asked::Head, foot, frame, name_of, status_view, title_of};
use crate::{
    console::{Frame, render, session::Visitor, view::percent},
    parameters::Parameters,
    problem::Problem,
};
use actix_web::{HttpResponse, web::Data};
use app::{App, AuditAnswer};
use askama::Template;
use audit::world::{PersonId, RequirementId};
use audit::{Coverage, Kind, RegisterRow, Report, TableName, explanation::in_words};
use domain::StatementId;
use std::collections::HashMap;
use std::fmt::Display;

/// Where the page is.
pub(super) const ADDRESS: &str = "/audit/register";

/// A column that can be shown.
struct Column {
    name: &'static str,
    heading: &'static str,
    is_number: bool,
    cell: fn(&Source<'_>, &RegisterRow) -> String,
}

/// What cells are made from.
struct Source<'a> {
    answer: &'a AuditAnswer,
    uncovered: HashMap<(&'a PersonId, &'a RequirementId), &'a Coverage>,
}

/// Columns that are shown unless others are chosen.
const USUAL: [&str; 5] = ["role", "due", "completed", "score", "without"];

const COLUMNS: [Column; 15] = [
    column("role", "Role", |_, row| row.roles.join(", ")),
    column("email", "Mail", |source, row| {
        let card = source.answer.report.people.get(&row.person);
        card.and_then(|card| card.email.clone()).unwrap_or_default()
    }),
    column("hired", "Hired", |source, row| {
        let last = row.window_end.unwrap_or(source.answer.report.head.period.end);
        let card = source.answer.report.people.get(&row.person);
        text(card.and_then(|card| card.hired_by(last)))
    }),
    column("kind", "Owed as", |_, row| kind_words(row.kind).to_owned()),
    column("assigned", "Assigned", |_, row| text(row.assigned_on)),
    column("due", "Due", |_, row| text(row.due_on)),
    column("completed", "Completed", |_, row| text(row.satisfied_on)),
    number("score", "Score", |_, row| percent(row.score)),
    column("versions", "Versions", |_, row| row.versions.join(", ")),
    number("modules", "Courses", |_, row| {
        format!("{} of {}", row.modules_passed.0, row.modules_passed.1)
    }),
    number("attempts", "Attempts", |_, row| row.attempts.to_string()),
    number("failed", "Failed", |_, row| row.failed_attempts.to_string()),
    column("grade", "Grade", |_, row| text(row.grade)),
    column("exception", "Exception", |_, row| text(row.exception.as_ref())),
    number("without", "Days without", |source, row| {
        let days = source.uncovered.get(&(&row.person, &row.requirement));
        text(days.map(|row| row.uncovered_days))
    }),
];

const fn column(
    name: &'static str,
    heading: &'static str,
    cell: fn(&Source<'_>, &RegisterRow) -> String,
) -> Column {
    Column { name, heading, is_number: false, cell }
}

const fn number(
    name: &'static str,
    heading: &'static str,
    cell: fn(&Source<'_>, &RegisterRow) -> String,
) -> Column {
    Column { name, heading, is_number: true, cell }
}

/// What is there as a text, and what is not as an empty one.
fn text<T: Display>(value: Option<T>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

/// Why something is owed, in plain words.
pub(super) const fn kind_words(kind: Kind) -> &'static str {
    match kind {
        Kind::Initial => "first training",
        Kind::Renewal => "renewal",
        Kind::Retrain => "new version",
        Kind::Reinstated => "after an exemption",
        Kind::Covered => "nothing due",
    }
}

impl<'a> Source<'a> {
    fn of(answer: &'a AuditAnswer) -> Self {
        let without = answer.report.coverage.iter().filter(|row| row.uncovered_days > 0);
        let uncovered = without.map(|row| ((&row.person, &row.requirement), row)).collect();
        Self { answer, uncovered }
    }

    /// What rows are ordered by, when they are by this column.
    fn key(&self, by: &str, row: &RegisterRow) -> String {
        match by {
            "requirement" => title_of(self.answer, &row.requirement).to_lowercase(),
            "status" => row.status.as_str().to_owned(),
            "score" => row.score.map(|score| format!("{:09.6}", score + 1.0)).unwrap_or_default(),
            by => match COLUMNS.iter().find(|column| column.name == by) {
                // Numbers as texts of one length.
                Some(column) if column.is_number => format!("{:0>9}", (column.cell)(self, row)),
                Some(column) => (column.cell)(self, row).to_lowercase(),
                None => name_of(self.answer, &row.person).to_lowercase(),
            },
        }
    }
}

#[derive(Template)]
#[template(path = "audit_register.html")]
struct RegisterPage {
    frame: Frame,
    heading: String,
    head: Head,
    foot: Foot,
    headings: Vec<Heading>,
    columns: Vec<(&'static str, &'static str, bool)>,
    rows: Vec<Row>,
    pages: Pages,
    exports: Vec<(&'static str, String)>,
    /// The same with names, or without.
    other_naming: String,
    hidden: Vec<(String, String)>,
}

/// The head of a column: a link that orders by it.
struct Heading {
    words: &'static str,
    address: String,
    order: &'static str,
    is_number: bool,
}

struct Row {
    person: String,
    of_person: String,
    requirement: String,
    status: (&'static str, &'static str, &'static str),
    notes: Vec<&'static str>,
    why: Vec<Fact>,
    cells: Vec<(&'static str, String, bool)>,
}

/// One fact of an explanation, with the statements that say so.
pub(super) struct Fact {
    pub(super) words: String,
    pub(super) statements: Vec<StatementId>,
}

/// Why a row stands as it does, fact by fact.
fn why(row: &RegisterRow) -> Vec<Fact> {
    let fact = |because: &audit::Because| {
        let mut said = because.clone();
        let statements = std::mem::take(&mut said.statements);
        Fact { words: in_words(&[said]), statements }
    };
    row.because.iter().map(fact).collect()
}

/// The page.
pub(super) async fn page(
    visitor: Visitor,
    parameters: Parameters,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let asked = Asked::of(&parameters)?;
    let (mut answer, choices) = asked.answer(&app, &visitor.caller).await?;
    let only_uncovered = asked.get("uncovered").is_some();
    let sentence = answer.sentence();
    if only_uncovered {
        keep_uncovered(&mut answer.report);
    }
    let shown_table = if only_uncovered { TableName::Coverage } else { TableName::Completion };
    let foot = foot(&app, &visitor.caller, &answer, shown_table).await?;
    let count = answer.report.register.len();
    let heading = if only_uncovered {
        sentence
    } else {
        super::super::view::count(count, "obligation", "obligations")
    };
    let (range, pages) = Pages::of(&asked, ADDRESS, count);
    let columns = chosen(&asked);
    let rows = {
        let source = Source::of(&answer);
        let ordered = ordered(&source, asked.get("sort").unwrap_or("person"));
        ordered[range].iter().map(|row| Row::of(&source, row, &asked, &columns)).collect()
    };
    let is_chosen = |name: &str| columns.iter().any(|column| column.name == name);
    let naming = if asked.is_anonymous { "" } else { "yes" };
    let page = RegisterPage {
        frame: frame(&visitor),
        heading,
        exports: exports(&asked, only_uncovered),
        headings: headings(&asked, &columns),
        columns: COLUMNS
            .iter()
            .map(|column| (column.name, column.heading, is_chosen(column.name)))
            .collect(),
        rows,
        pages,
        other_naming: asked.link(ADDRESS, &[("anonymous", naming)]),
        hidden: asked.hidden(),
        head: Head::of(&asked, ADDRESS, &answer, choices),
        foot,
    };
    Ok(render(&page))
}

/// The rows of people who had access without valid training, and what belongs to these.
fn keep_uncovered(report: &mut Report) {
    report.coverage.retain(|row| row.uncovered_days > 0);
    let pairs: std::collections::HashSet<_> =
        report.coverage.iter().map(|row| (&row.person, &row.requirement)).collect();
    report.register.retain(|row| pairs.contains(&(&row.person, &row.requirement)));
}

fn chosen(asked: &Asked) -> Vec<&'static Column> {
    let named: Vec<&str> = asked.all("show").collect();
    let is_shown = |name: &str| {
        if named.is_empty() { USUAL.contains(&name) } else { named.contains(&name) }
    };
    COLUMNS.iter().filter(|column| is_shown(column.name)).collect()
}

/// The rows in the order of a column; with a minus before its name the other way round.
fn ordered<'a>(source: &Source<'a>, by: &str) -> Vec<&'a RegisterRow> {
    let (name, is_reversed) = by.strip_prefix('-').map_or((by, false), |name| (name, true));
    let mut rows: Vec<&RegisterRow> = source.answer.report.register.iter().collect();
    rows.sort_by_cached_key(|row| source.key(name, row));
    if is_reversed {
        rows.reverse();
    }
    rows
}

fn headings(asked: &Asked, columns: &[&'static Column]) -> Vec<Heading> {
    let sort = asked.get("sort").unwrap_or("person");
    let heading = |name: &'static str, words: &'static str, is_number: bool| {
        let back = format!("-{name}");
        let (order, next) = match sort {
            now if now == name => ("ascending", back.as_str()),
            now if now == back => ("descending", name),
            _ => ("none", name),
        };
        Heading { words, address: asked.link(ADDRESS, &[("sort", next)]), order, is_number }
    };
    let fixed = [("person", "Person"), ("requirement", "Requirement"), ("status", "Status")];
    let fixed = fixed.into_iter().map(|(name, words)| heading(name, words, false));
    let others = columns.iter().map(|one| heading(one.name, one.heading, one.is_number));
    fixed.chain(others).collect()
}

/// Every set of columns as a file, with the filters of the page.
fn exports(asked: &Asked, only_uncovered: bool) -> Vec<(&'static str, String)> {
    const SETS: [(&str, &str, &str); 8] = [
        ("Completion register, CSV", "completion", "csv"),
        ("Completion register, PDF", "completion", "pdf"),
        ("All columns, CSV", "register", "csv"),
        ("All columns, JSON", "register", "json"),
        ("Compliance by person, CSV", "compliance", "csv"),
        ("Completions, CSV", "events", "csv"),
        ("Short report, CSV", "short", "csv"),
        ("Name, date, version, CSV", "minimum", "csv"),
    ];
    const COVERAGE: [(&str, &str, &str); 3] = [
        ("Days of access and training, CSV", "coverage", "csv"),
        ("Days of access and training, PDF", "coverage", "pdf"),
        ("Days of access and training, JSON", "coverage", "json"),
    ];
    let sets: &[_] = if only_uncovered { &COVERAGE } else { &SETS };
    let of = |(words, table, format): &(&'static str, &str, &str)| {
        (*words, asked.to(&format!("/audit/export/{table}"), &[("format", format)]))
    };
    sets.iter().map(of).collect()
}

impl Row {
    fn of(
        source: &Source<'_>,
        row: &RegisterRow,
        asked: &Asked,
        columns: &[&'static Column],
    ) -> Self {
        let mut notes = Vec::new();
        if row.credited {
            notes.push("by earlier training");
        }
        if row.exception_recorded_late {
            notes.push("exception recorded late");
        }
        if row.due_after_period {
            notes.push("due after the period");
        }
        Self {
            person: name_of(source.answer, &row.person),
            of_person: asked.to(ADDRESS, &[("person", row.person.as_str())]),
            requirement: title_of(source.answer, &row.requirement),
            status: status_view(row.status),
            notes,
            why: why(row),
            cells: columns
                .iter()
                .map(|column| (column.heading, (column.cell)(source, row), column.is_number))
                .collect(),
        }
    }
}
