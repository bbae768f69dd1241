//! What the pages of reference data share.

use super::view::Time;
use crate::problem::Problem;
use app::AppError;
use app::reference::Made;
use audit::Day;
use audit::reference::{Change, Op};
use audit::world::Filter;
use domain::{Role, Timestamp};
use serde_json::{Map, Value};

/// Whether the visitor may change reference data.
pub(super) fn may_write(role: Role) -> bool {
    matches!(role, Role::Admin | Role::ComplianceLead)
}

/// What is wrong with what was sent, a line each; other failures are problems.
pub(super) fn faults(error: AppError) -> Result<Vec<String>, Problem> {
    match error {
        AppError::Faults(faults) => {
            let told = faults.iter().map(|fault| match fault.pointer.trim_start_matches('/') {
                "" => fault.problem.clone(),
                place => format!("{} {}", place.replace(['/', '_'], " "), fault.problem),
            });
            Ok(told.collect())
        }
        AppError::Invalid { field, problem } => {
            Ok(vec![format!("{} {problem}", field.trim_start_matches('/').replace('_', " "))])
        }
        error => Err(error.into()),
    }
}

/// An event in a line of a table.
pub(super) struct ChangeRow {
    pub(super) line: String,
    pub(super) mark: &'static str,
    pub(super) did: &'static str,
    pub(super) entity: &'static str,
    pub(super) id: String,
    pub(super) days: String,
    pub(super) value: String,
}

impl ChangeRow {
    pub(super) fn of(line: Option<u64>, change: &Change) -> Self {
        let (mark, did) = match change.op {
            Op::Assert => ("good", "said"),
            Op::Retract => ("bad", "taken back"),
        };
        Self {
            line: line.map(|line| line.to_string()).unwrap_or_default(),
            mark,
            did,
            entity: change.entity.as_str(),
            id: change.id.clone(),
            days: days(change.from, change.to),
            value: value_text(&change.value),
        }
    }

    pub(super) fn all(made: &Made) -> Vec<Self> {
        made.changes.iter().map(|change| Self::of(None, change)).collect()
    }
}

/// A value without the members that say nothing.
pub(super) fn value_text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Object(members) => {
            let said = members.iter().filter(|(_, value)| !value.is_null());
            let said: Map<String, Value> =
                said.map(|(name, value)| (name.clone(), value.clone())).collect();
            Value::Object(said).to_string()
        }
        value => value.to_string(),
    }
}

/// `2025-03-10 to 2025-04-01`, `since 2025-03-10`, `always`.
pub(super) fn days(from: Option<Day>, to: Option<Day>) -> String {
    match (from, to) {
        (Some(from), Some(to)) => format!("{from} to {to}"),
        (Some(from), None) => format!("since {from}"),
        (None, Some(to)) => format!("until {to}"),
        (None, None) => String::new(),
    }
}

/// An instant, if there is one.
pub(super) fn time(at: Option<Timestamp>) -> Time {
    at.map_or_else(
        || Time { full: String::new(), day: String::new(), clock: String::new() },
        Time::of,
    )
}

/// The lines of a text, or what commas part in it, without blanks.
pub(super) fn list(text: &str) -> Vec<String> {
    let parts = text.split(['\n', ',']).map(str::trim).filter(|part| !part.is_empty());
    parts.map(ToOwned::to_owned).collect()
}

/// A filter as it is typed: empty is any.
pub(super) fn typed(filter: &Filter) -> String {
    match filter {
        Filter::Any => String::new(),
        Filter::Of(values) => values.join(", "),
    }
}
