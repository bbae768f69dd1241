//! What was completed, in the columns that auditors ask for (audit rules, section 3 and 1.10.23).

use super::{Table, last_day, text};
use crate::register::{Module, RegisterRow};
use crate::world::PersonId;
use crate::{Day, Report, Verb};
use domain::Timestamp;
use std::collections::BTreeMap;

/// What stands for a value that is not there, in the compliance file.
const MISSING: &str = "-";

/// One line per person and course: of several rows, the last that was completed, or else the last.
fn by_person_and_course(report: &Report) -> Vec<(&RegisterRow, &Module)> {
    let mut lines: BTreeMap<(&str, &str), (&RegisterRow, &Module)> = BTreeMap::new();
    for row in &report.register {
        for module in &row.modules {
            let key = (row.person.as_str(), module.course.as_str());
            let replaces =
                lines.get(&key).is_none_or(|(_, known)| module.completed_at >= known.completed_at);
            if replaces {
                lines.insert(key, (row, module));
            }
        }
    }
    lines.into_values().collect()
}

pub(super) fn completion(report: &Report) -> Table {
    let mut table = Table::new(&[
        "name",
        "role",
        "hire_date",
        "training_assigned",
        "training_completed",
        "completion_timestamp",
        "score",
        "pass_status",
    ]);
    for (row, module) in by_person_and_course(report) {
        let title = report.title(&module.course);
        let card = report.people.get(&row.person);
        table.push([
            report.name(&row.person),
            row.roles.join("; "),
            text(card.and_then(|card| card.hired_by(last_day(report, row)))),
            title.clone(),
            module.statement.map(|_| title).unwrap_or_default(),
            text(module.completed_at.map(Timestamp::millis)),
            text(module.score),
            pass_status(row, module).to_owned(),
        ]);
    }
    table
}

fn pass_status(row: &RegisterRow, module: &Module) -> &'static str {
    match module.result {
        Some(Verb::Passed) => "passed",
        Some(Verb::Waived) => "waived",
        Some(_) => "completed",
        None if row.failed_attempts > 0 => "failed",
        None => "",
    }
}

pub(super) fn compliance(report: &Report) -> Table {
    let mut table = Table::new(&[
        "name",
        "email",
        "course",
        "modules_passed",
        "quiz_scores",
        "completion_dates",
        "attestation_dates",
    ]);
    let rows: BTreeMap<(&str, &str), &RegisterRow> = report
        .register
        .iter()
        .map(|row| ((row.person.as_str(), row.requirement.as_str()), row))
        .collect();
    let zone = report.head.timezone;
    let day = |at: Timestamp| zone.day(at).to_string();
    for row in rows.into_values() {
        let joined = |of: &dyn Fn(&Module) -> Option<String>| {
            let values =
                row.modules.iter().map(|one| of(one).unwrap_or_else(|| MISSING.to_owned()));
            values.collect::<Vec<_>>().join("; ")
        };
        let email = report.people.get(&row.person).and_then(|card| card.email.clone());
        let (passed, all) = row.modules_passed;
        table.push([
            report.name(&row.person),
            email.unwrap_or_else(|| MISSING.to_owned()),
            joined(&|module| Some(report.title(&module.course))),
            format!("{passed} of {all}"),
            joined(&|module| module.score.map(percent)),
            joined(&|module| module.completed_at.map(day)),
            joined(&|module| module.attested_at.map(day)),
        ]);
    }
    table
}

fn percent(scaled: f64) -> String {
    format!("{:.0}%", scaled * 100.0)
}

pub(super) fn events(report: &Report) -> Table {
    let mut table = Table::new(&[
        "user_identifier",
        "role",
        "exercise_slug",
        "completion_timestamp",
        "pass_status",
    ]);
    for (row, module) in completed(report) {
        let card = report.people.get(&row.person);
        let subject = card.and_then(|card| card.idp_subject.clone());
        table.push([
            subject.unwrap_or_else(|| row.person.to_string()),
            row.roles.join("; "),
            module.course.clone(),
            text(module.completed_at.map(Timestamp::millis)),
            pass_status(row, module).to_owned(),
        ]);
    }
    table
}

/// Every completion that a row rests on.
fn completed(report: &Report) -> impl Iterator<Item = (&RegisterRow, &Module)> {
    report.register.iter().flat_map(|row| {
        row.modules.iter().filter(|one| one.statement.is_some()).map(move |module| (row, module))
    })
}

pub(super) fn short(report: &Report) -> Table {
    let mut table = Table::new(&["employee", "completion_date", "modules_completed"]);
    let mut people: BTreeMap<&PersonId, (Option<Day>, Vec<String>)> = BTreeMap::new();
    for row in &report.register {
        let (last, titles) = people.entry(&row.person).or_default();
        *last = row.satisfied_on.max(*last);
        let done = row.modules.iter().filter(|module| module.statement.is_some());
        titles.extend(done.map(|module| report.title(&module.course)));
    }
    for (person, (last, titles)) in people {
        table.push([report.name(person), text(last), titles.join("; ")]);
    }
    table
}

pub(super) fn minimum(report: &Report) -> Table {
    let mut table = Table::new(&["name", "date_of_completion", "version"]);
    for (row, module) in completed(report) {
        let day = module.completed_at.map(|at| report.head.timezone.day(at));
        let version = text(module.version.as_ref());
        let version = format!("{} {version}", report.title(&module.course));
        table.push([report.name(&row.person), text(day), version]);
    }
    table
}

pub(super) fn attestations(report: &Report) -> Table {
    let mut table = Table::new(&[
        "name",
        "course_and_version",
        "date",
        "statement",
        "ip_address",
        "user_agent",
    ]);
    for row in &report.attestation_register {
        table.push([
            row.signer_name.clone(),
            format!("{} {}", row.course_title, row.version),
            row.signed_at.clone(),
            row.statement_text.clone(),
            text(row.ip.as_ref()),
            text(row.user_agent.as_ref()),
        ]);
    }
    table
}
