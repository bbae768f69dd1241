//! How things stand: the register in full, gaps, coverage, figures, flags.

use super::{Table, text};
use crate::figures::Summary;
use crate::{Flag, Kind, Report, Status};
use domain::{StatementId, Timestamp};

fn ids(statements: &[StatementId]) -> String {
    statements.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// The name that serde gives a value that is one.
fn name(value: &impl serde::Serialize) -> String {
    let value = serde_json::to_value(value).unwrap_or_default();
    value.as_str().map(str::to_owned).unwrap_or_default()
}

pub(super) fn register(report: &Report) -> Table {
    let mut table = Table::new(&[
        "person",
        "name",
        "requirement",
        "kind",
        "window_start",
        "window_end",
        "assigned_on",
        "due_on",
        "original_due_on",
        "status",
        "satisfied_on",
        "credited",
        "statements",
        "versions",
        "score",
        "grade",
        "modules_passed",
        "attempts",
        "failed_attempts",
        "roles",
        "exception",
        "exception_recorded_late",
        "due_after_period",
        "explanation",
    ]);
    for row in &report.register {
        let (passed, all) = row.modules_passed;
        table.push([
            row.person.to_string(),
            report.name(&row.person),
            row.requirement.to_string(),
            name(&row.kind),
            text(row.window_start),
            text(row.window_end),
            text(row.assigned_on),
            text(row.due_on),
            text(row.original_due_on),
            row.status.as_str().to_owned(),
            text(row.satisfied_on),
            row.credited.to_string(),
            ids(&row.evidence),
            row.versions.join("; "),
            text(row.score),
            text(row.grade),
            format!("{passed} of {all}"),
            row.attempts.to_string(),
            row.failed_attempts.to_string(),
            row.roles.join("; "),
            text(row.exception.as_ref()),
            row.exception_recorded_late.to_string(),
            row.due_after_period.to_string(),
            row.explanation.clone(),
        ]);
    }
    table
}

/// What is due next, soonest first: in a report of a period from today on.
pub(super) fn schedule(report: &Report) -> Table {
    let mut table =
        Table::new(&["due_on", "within_days", "person", "name", "requirement", "kind", "roles"]);
    let start = report.head.period.start;
    let mut open: Vec<_> =
        report.register.iter().filter(|row| row.status == Status::Pending).collect();
    open.sort_by_key(|row| row.due_on);
    for row in open {
        let Some(due) = row.due_on else { continue };
        let days = due.days_since(start);
        let within = SCHEDULE_DAYS.into_iter().find(|within| days <= *within);
        table.push([
            due.to_string(),
            text(within),
            row.person.to_string(),
            report.name(&row.person),
            row.requirement.to_string(),
            name(&row.kind),
            row.roles.join("; "),
        ]);
    }
    table
}

/// The steps of a schedule, in days.
const SCHEDULE_DAYS: [i64; 3] = [30, 60, 90];

/// How those who entered did: what fell to them because access began in the period.
pub(super) fn onboarding(report: &Report) -> Table {
    let mut table = Table::new(&[
        "person",
        "name",
        "hired_on",
        "access_since",
        "requirement",
        "due_on",
        "status",
        "satisfied_on",
        "days_taken",
    ]);
    let period = report.head.period;
    for row in report.register.iter().filter(|row| row.kind == Kind::Initial) {
        let began = row.assigned_on.filter(|day| period.start <= *day && *day <= period.end);
        let Some(began) = began else { continue };
        let hired = report.people.get(&row.person).and_then(|card| card.hired_by(began));
        table.push([
            row.person.to_string(),
            report.name(&row.person),
            text(hired),
            began.to_string(),
            row.requirement.to_string(),
            text(row.due_on),
            row.status.as_str().to_owned(),
            text(row.satisfied_on),
            text(row.satisfied_on.map(|met| met.days_since(began).max(0))),
        ]);
    }
    table
}

pub(super) fn gaps(report: &Report) -> Table {
    let mut table = Table::new(&[
        "person",
        "name",
        "requirement",
        "kind",
        "gap",
        "reason",
        "due_on",
        "satisfied_on",
        "days_late",
    ]);
    for gap in &report.gaps {
        table.push([
            gap.person.to_string(),
            report.name(&gap.person),
            gap.requirement.to_string(),
            name(&gap.kind),
            name(&gap.gap),
            gap.reason.clone(),
            text(gap.due_on),
            text(gap.satisfied_on),
            text(gap.days_late),
        ]);
    }
    table
}

pub(super) fn coverage(report: &Report) -> Table {
    let mut table = Table::new(&[
        "person",
        "name",
        "requirement",
        "access_days",
        "covered_days",
        "uncovered_days",
        "uncovered",
    ]);
    for row in &report.coverage {
        let windows = row.uncovered.iter().map(|(start, end)| format!("{start}/{end}"));
        table.push([
            row.person.to_string(),
            report.name(&row.person),
            row.requirement.to_string(),
            row.access_days.to_string(),
            row.covered_days.to_string(),
            row.uncovered_days.to_string(),
            windows.collect::<Vec<_>>().join("; "),
        ]);
    }
    table
}

/// The columns of figures, behind what they are of.
const FIGURES: [&str; 14] = [
    "population",
    "rows",
    "completed_on_time",
    "completed_late",
    "overdue",
    "expired",
    "pending",
    "exempt",
    "waived",
    "excused_exit",
    "covered",
    "owed",
    "completed",
    "on_time",
];

fn figures(of: String, summary: &Summary) -> Vec<String> {
    let numbers = [
        summary.population,
        summary.rows,
        summary.completed_on_time,
        summary.completed_late,
        summary.overdue,
        summary.expired,
        summary.pending,
        summary.exempt,
        summary.waived,
        summary.excused_exit,
        summary.covered,
        summary.completion_rate.1,
        summary.completion_rate.0,
        summary.on_time_rate.0,
    ];
    std::iter::once(of).chain(numbers.map(|number| number.to_string())).collect()
}

fn table_of<'s>(what: &'static str, parts: impl Iterator<Item = (String, &'s Summary)>) -> Table {
    let columns = std::iter::once(what).chain(FIGURES).collect();
    Table { columns, rows: parts.map(|(of, summary)| figures(of, summary)).collect() }
}

pub(super) fn summary(report: &Report) -> Table {
    table_of("part", std::iter::once(("all".to_owned(), &report.summary)))
}

pub(super) fn by_role(report: &Report) -> Table {
    table_of("role", report.by_role.iter().map(|(role, summary)| (role.clone(), summary)))
}

pub(super) fn by_control(report: &Report) -> Table {
    let parts = report.by_control.iter();
    table_of("control", parts.map(|(control, part)| (control.clone(), &part.summary)))
}

pub(super) fn escalations(report: &Report) -> Table {
    let mut table = Table::new(&[
        "on",
        "person",
        "name",
        "requirement",
        "due_on",
        "offset_days",
        "action",
        "to",
    ]);
    for one in &report.escalations {
        table.push([
            one.on.to_string(),
            one.person.to_string(),
            report.name(&one.person),
            one.requirement.to_string(),
            one.due_on.to_string(),
            one.offset_days.to_string(),
            one.action.clone(),
            text(one.to.as_ref()),
        ]);
    }
    table
}

pub(super) fn flags(report: &Report) -> Table {
    let mut table = Table::new(&["type", "statement", "person", "exception", "more"]);
    for flag in &report.flags {
        table.push([
            name(&flag.kind),
            text(flag.statement),
            text(flag.person.as_ref()),
            text(flag.exception.as_ref()),
            more(flag),
        ]);
    }
    table
}

fn more(flag: &Flag) -> String {
    if let (Some(at), people) = (flag.at, &flag.people) {
        let people: Vec<&str> = people.iter().map(crate::world::PersonId::as_str).collect();
        return format!("{} {}", Timestamp::millis(at), people.join(" "));
    }
    if let Some(band) = &flag.band {
        return format!(
            "{} {}:00 to {}:00: {} of {}",
            band.weekday, band.from_hour, band.to_hour, band.count, band.total
        );
    }
    text(flag.grade.map(|grade| format!("grade {grade}")))
}

pub(super) fn nothing_assigned(report: &Report) -> Table {
    let mut table = Table::new(&["person", "name"]);
    for person in &report.nothing_assigned {
        table.push([person.to_string(), report.name(person)]);
    }
    table
}
