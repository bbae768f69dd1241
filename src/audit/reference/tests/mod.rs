//! The fold and the checks, by table and by property.

mod fold;
mod form;

use super::{Op, ReferenceEvent, Trail};
use domain::Timestamp;
use std::time::Duration;

/// An event in short: its place and time follow from where it is in a list.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) op: Op,
    pub(super) entity: &'static str,
    pub(super) id: String,
    pub(super) days: (Option<String>, Option<String>),
    pub(super) value: String,
}

pub(super) fn assert(entity: &'static str, id: &str, value: &str) -> Line {
    let value = value.to_owned();
    Line { op: Op::Assert, entity, id: id.to_owned(), days: (None, None), value }
}

pub(super) fn dated(entity: &'static str, id: &str, value: &str, from: &str, to: &str) -> Line {
    let day = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Line { days: (day(from), day(to)), ..assert(entity, id, value) }
}

pub(super) fn retract(entity: &'static str, id: &str) -> Line {
    Line { op: Op::Retract, ..assert(entity, id, "null") }
}

/// When the line at a place is recorded.
pub(super) fn at(place: usize) -> Timestamp {
    Timestamp::UNIX_EPOCH.plus(Duration::from_secs(1 + place as u64))
}

pub(super) fn fold(lines: &[Line]) -> Trail {
    Trail::of(lines.iter().enumerate().map(|(place, line)| ReferenceEvent {
        position: place as u64,
        recorded_at: at(place),
        entity: line.entity,
        entity_id: &line.id,
        op: line.op,
        valid_from: line.days.0.as_deref(),
        valid_to: line.days.1.as_deref(),
        value: &line.value,
        source: "null",
    }))
}
