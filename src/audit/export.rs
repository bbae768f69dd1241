//! CSV files with the columns that auditors ask for (audit rules, section 3 and 1.10.23).

use crate::register::{Module, RegisterRow};
use crate::view::View;
use crate::world::{IdentityKind, Person, visible};
use crate::{Day, Report, Verb};
use domain::{Timestamp, csv::push_row};
use std::collections::BTreeMap;

/// The columns of the completion register.
const REGISTER: [&str; 8] = [
    "name",
    "role",
    "hire_date",
    "training_assigned",
    "training_completed",
    "completion_timestamp",
    "score",
    "pass_status",
];
/// The columns of the compliance file.
const COMPLIANCE: [&str; 7] = [
    "name",
    "email",
    "course",
    "modules_passed",
    "quiz_scores",
    "completion_dates",
    "attestation_dates",
];
/// The columns of the attestation register.
const ATTESTATIONS: [&str; 6] =
    ["name", "course_and_version", "date", "statement", "ip_address", "user_agent"];
/// What stands for a value that is not there.
const MISSING: &str = "-";

/// All of them, by file name.
pub(crate) fn all(view: &View<'_>, report: &Report) -> BTreeMap<&'static str, String> {
    BTreeMap::from([
        ("register.csv", register(view, report)),
        ("compliance.csv", compliance(view, report)),
        ("attestations.csv", attestations(report)),
    ])
}

/// One line per person and course: of several rows, what the last that was met says, or else the
/// last.
fn register(view: &View<'_>, report: &Report) -> String {
    let mut csv = String::new();
    push_row(&mut csv, REGISTER);
    let mut lines: BTreeMap<(&str, &str), (&RegisterRow, &Module)> = BTreeMap::new();
    for row in &report.register {
        for module in &row.modules {
            let key = (row.person.as_str(), module.course.as_str());
            let is_later = lines.get(&key).is_none_or(|(_, known)| {
                module.completed_at.is_some() && module.completed_at >= known.completed_at
                    || known.completed_at.is_none()
            });
            if is_later {
                lines.insert(key, (row, module));
            }
        }
    }
    for (row, module) in lines.into_values() {
        let Some(person) = person(view, row) else { continue };
        let last = row.window_end.unwrap_or(Day::NEVER).min(report.head.period.end);
        let title = title(view, &module.course);
        let completed = module.statement.map(|_| title.as_str()).unwrap_or_default();
        let at = module.completed_at.map(Timestamp::millis).unwrap_or_default();
        push_row(
            &mut csv,
            [
                view.name_of(person).as_str(),
                &row.roles.join("; "),
                &hired(view, person, last),
                &title,
                completed,
                &at,
                &module.score.map(|score| score.to_string()).unwrap_or_default(),
                pass_status(row, module),
            ],
        );
    }
    csv
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

/// One line per person and requirement, the last row of each; courses in order, joined.
fn compliance(view: &View<'_>, report: &Report) -> String {
    let mut csv = String::new();
    push_row(&mut csv, COMPLIANCE);
    let rows: BTreeMap<(&str, &str), &RegisterRow> = report
        .register
        .iter()
        .map(|row| ((row.person.as_str(), row.requirement.as_str()), row))
        .collect();
    for row in rows.into_values() {
        let Some(person) = person(view, row) else { continue };
        let joined = |of: &dyn Fn(&Module) -> Option<String>| {
            let values =
                row.modules.iter().map(|module| of(module).unwrap_or_else(|| MISSING.to_owned()));
            values.collect::<Vec<_>>().join("; ")
        };
        let day = |at| view.zone.day(at).to_string();
        let (passed, all) = row.modules_passed;
        push_row(
            &mut csv,
            [
                view.name_of(person).as_str(),
                mail(view, person).unwrap_or(MISSING),
                &joined(&|module| Some(title(view, &module.course))),
                &format!("{passed} of {all}"),
                &joined(&|module| module.score.map(|score| format!("{:.0}%", score * 100.0))),
                &joined(&|module| module.completed_at.map(day)),
                &joined(&|module| module.attested_at.map(day)),
            ],
        );
    }
    csv
}

fn attestations(report: &Report) -> String {
    let mut csv = String::new();
    push_row(&mut csv, ATTESTATIONS);
    for row in &report.attestation_register {
        push_row(
            &mut csv,
            [
                row.signer_name.as_str(),
                &format!("{} {}", row.course_title, row.version),
                &row.signed_at,
                &row.statement_text,
                row.ip.as_deref().unwrap_or_default(),
                row.user_agent.as_deref().unwrap_or_default(),
            ],
        );
    }
    csv
}

fn person<'w>(view: &View<'w>, row: &RegisterRow) -> Option<&'w Person> {
    view.person_place(row.person.as_str()).map(|place| view.people[place])
}

fn title(view: &View<'_>, course: &str) -> String {
    let known = view.course_place(course).map(|place| view.courses[place].course);
    known.map_or_else(|| course.to_owned(), |course| course.title.clone())
}

/// When the person was hired: for who came back, the last time before `day`.
fn hired(view: &View<'_>, person: &Person, day: Day) -> String {
    let starts = || visible(&person.employment, view.as_of).filter_map(|period| period.start);
    let last = starts().filter(|start| *start <= day).max().or_else(|| starts().min());
    last.map(|day| day.to_string()).unwrap_or_default()
}

/// The mail address that the person has today, or had last.
fn mail<'w>(view: &View<'w>, person: &'w Person) -> Option<&'w str> {
    if view.is_erased(person) {
        return None;
    }
    let known = visible(&person.identities, view.as_of);
    let mail = known.filter(|identity| identity.kind == IdentityKind::Mbox);
    let last = mail.max_by_key(|identity| {
        (identity.days().holds(view.today), std::cmp::Reverse(identity.recorded_at))
    })?;
    Some(crate::fact::without_scheme(&last.value))
}
