//! What a pack holds that names nobody: the register by numbers, and its figures.

use super::{REGISTER, SUMMARY};
use audit::{Report, canonical};
use domain::csv::push_row;
use serde_json::json;
use std::collections::HashMap;

const COLUMNS: [&str; 8] = [
    "person",
    "requirement",
    "kind",
    "assigned_on",
    "due_on",
    "status",
    "satisfied_on",
    "evidence",
];

/// The column with the ids of statements.
pub(super) const EVIDENCE: usize = 7;

/// The files of the anonymised variant. People are numbered in the order of the register.
pub(super) fn files(report: &Report) -> Result<Vec<(String, Vec<u8>)>, serde_json::Error> {
    let mut numbers: HashMap<&str, usize> = HashMap::new();
    let mut csv = String::new();
    push_row(&mut csv, COLUMNS);
    for row in &report.register {
        let next = numbers.len() + 1;
        let number = *numbers.entry(row.person.as_str()).or_insert(next);
        let word = |value: serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        let day = |day: Option<audit::Day>| day.map(|day| day.to_string()).unwrap_or_default();
        let evidence: Vec<String> = row.evidence.iter().map(ToString::to_string).collect();
        let cells = [
            format!("P{number:06}"),
            row.requirement.as_str().to_owned(),
            word(serde_json::to_value(row.kind)?),
            day(row.assigned_on),
            day(row.due_on),
            word(serde_json::to_value(row.status)?),
            day(row.satisfied_on),
            evidence.join(" "),
        ];
        push_row(&mut csv, cells.iter().map(String::as_str));
    }
    let summary = json!({
        "summary": report.summary,
        "by_control": report.by_control,
        "type_one": report.type_one,
    });
    let summary = canonical::text(&summary)?.into_bytes();
    Ok(vec![(REGISTER.to_owned(), csv.into_bytes()), (SUMMARY.to_owned(), summary)])
}
