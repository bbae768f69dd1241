//! How values look on pages.

use domain::{Role, Timestamp};
pub(super) use package::size_text as size;
use serde_json::Value;

/// An instant: its day and minute for the eye, all of it on hover.
pub(super) struct Time {
    pub(super) full: String,
    pub(super) day: String,
    pub(super) clock: String,
}

impl Time {
    pub(super) fn of(at: Timestamp) -> Self {
        let full = at.millis();
        let part = |range: std::ops::Range<usize>| full.get(range).unwrap_or_default().to_owned();
        Self { day: part(0..10), clock: part(11..16), full }
    }
}

/// `2025-03-10 08:22:45` in UTC.
pub(super) fn second(at: Timestamp) -> String {
    at.to_datetime().format("%Y-%m-%d %H:%M:%S").to_string()
}

/// A scaled score in percent.
pub(super) fn percent(scaled: Option<f64>) -> String {
    scaled.map(|scaled| format!("{:.0} %", scaled * 100.0)).unwrap_or_default()
}

/// `one course`, `12 courses`.
pub(super) fn count(number: usize, one: &str, many: &str) -> String {
    match number {
        0 => format!("No {many}"),
        1 => format!("One {one}"),
        _ => format!("{number} {many}"),
    }
}

/// The class and the words of a registration's status.
pub(super) fn status(status: &str) -> (&'static str, &'static str) {
    match status {
        "passed" => ("good", "passed"),
        "completed" => ("good", "completed"),
        "failed" => ("bad", "failed"),
        "incomplete" => ("wait", "under way"),
        _ => ("", "not started"),
    }
}

/// What a role is called.
pub(super) const fn role_name(role: Role) -> &'static str {
    match role {
        Role::Admin => "Administrator",
        Role::Author => "Author",
        Role::ComplianceLead => "Compliance lead",
        Role::Manager => "Manager",
        Role::Auditor => "Auditor",
        Role::Learner => "Learner",
    }
}

/// A validation report.
pub(super) struct ReportView {
    pub(super) findings: Vec<FindingView>,
    /// What weighs most: kinds, folders, files; empty in reports of older versions.
    pub(super) sizes: Vec<WeightsView>,
}

/// What the files of a package weigh, by one measure.
pub(super) struct WeightsView {
    pub(super) of: &'static str,
    pub(super) weights: Vec<WeightView>,
}

/// How much there is of something.
pub(super) struct WeightView {
    pub(super) name: String,
    pub(super) files: u64,
    pub(super) size: String,
}

/// One finding of a report.
pub(super) struct FindingView {
    pub(super) mark: &'static str,
    pub(super) severity: &'static str,
    pub(super) message: String,
    /// File, line, column and item, as far as known.
    pub(super) place: String,
    pub(super) rule: String,
    /// Its stable name, and what an author can do.
    pub(super) code: String,
    pub(super) advice: &'static str,
}

impl ReportView {
    /// From the report's JSON, which older versions may have written.
    pub(super) fn of(report: &Value) -> Self {
        let findings = report["findings"].as_array().into_iter().flatten();
        let findings = findings.map(FindingView::of).collect();
        let sizes = [
            ("Kind of file", "kinds", "without an ending"),
            ("Folder", "folders", "beside the manifest"),
            ("Largest files", "largest", ""),
        ];
        let sizes = sizes.map(|(of, list, unnamed)| {
            let weights = report["sizes"][list].as_array().into_iter().flatten();
            let weights = weights.map(|one| WeightView::of(one, unnamed)).collect();
            WeightsView { of, weights }
        });
        let sizes = sizes.into_iter().filter(|one| !one.weights.is_empty()).collect();
        Self { findings, sizes }
    }
}

impl WeightView {
    fn of(weight: &Value, unnamed: &str) -> Self {
        let name = weight["name"].as_str().filter(|name| !name.is_empty()).unwrap_or(unnamed);
        Self {
            name: name.to_owned(),
            files: weight["files"].as_u64().unwrap_or_default(),
            size: size(weight["bytes"].as_u64().unwrap_or_default()),
        }
    }
}

impl FindingView {
    fn of(finding: &Value) -> Self {
        let text = |name: &str| finding[name].as_str().unwrap_or_default().to_owned();
        let (mark, severity) = match finding["severity"].as_str() {
            Some("error") => ("bad", "Error"),
            Some("warning") => ("wait", "Warning"),
            _ => ("", "Note"),
        };
        let mut place = vec![text("file")];
        if let Some(line) = finding["line"].as_u64() {
            place.push(format!("line {line}"));
        }
        if let Some(column) = finding["column"].as_u64() {
            place.push(format!("column {column}"));
        }
        if let Some(item) = finding["item"].as_str() {
            place.push(format!("item {item}"));
        }
        place.retain(|part| !part.is_empty());
        let place = place.join(", ");
        let code = text("code");
        let known = package::codes::codes().iter().find(|known| known.id == code);
        let advice = known.map_or("", |known| known.advice);
        let (message, rule) = (text("message"), text("rule"));
        Self { mark, severity, message, place, rule, code, advice }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_says_where_it_was_found() {
        let finding = serde_json::json!({
            "severity": "warning", "message": "m", "file": "imsmanifest.xml", "line": 3, "column": 4,
        });
        let view = FindingView::of(&finding);
        assert_eq!((view.mark, view.place.as_str()), ("wait", "imsmanifest.xml, line 3, column 4"));
    }

    #[test]
    fn counts_read_as_words() {
        assert_eq!(count(0, "course", "courses"), "No courses");
        assert_eq!(count(1, "course", "courses"), "One course");
        assert_eq!(count(12, "course", "courses"), "12 courses");
    }
}
