//! The users of the identity provider. One list replaces the one before.

use super::Work;
use super::table::Line;
use crate::reference::{Absent, Entity, Known, Part, difference};
use serde_json::json;
use std::collections::HashSet;

pub(super) const COLUMNS: &[(&str, bool)] = &[("user", true), ("name", false), ("active", false)];

pub(super) fn read(work: &mut Work<'_>, lines: &[Line]) {
    let (mut wanted, mut places, mut seen) = (Vec::new(), Vec::new(), HashSet::new());
    for line in lines {
        let user = line.cell("user");
        let Some(is_active) = yes_or_no(line.cell("active"), true) else {
            work.fault(line.number, "active", "must be yes or no");
            continue;
        };
        if !seen.insert(user.to_lowercase()) {
            work.fault(line.number, "user", "is in the file twice");
            continue;
        }
        let name = Some(line.cell("name")).filter(|name| !name.is_empty());
        let value = json!({ "id": user, "name": name, "active": is_active });
        let part = Part { entity: Entity::IdpUser, value, from: None, to: None };
        if work.sound(line, "new", &part, &|_, _| false) {
            wanted.push(part);
            places.push(line.number);
        }
    }
    let known = work.trail.all_at(Entity::IdpUser, None).filter_map(|stated| {
        let part = Part::of(Entity::IdpUser, &stated)?;
        Some(Known { id: stated.id.to_owned(), part, is_own: true })
    });
    let changes = difference(known.collect(), &wanted, Absent::Retract, work.fresh);
    let changes = changes.into_iter().map(|(at, change)| (at.map(|at| places[at]), change));
    work.changes.extend(changes);
}

/// What a cell answers; `default` when it is empty, nothing when it is neither.
pub(super) fn yes_or_no(cell: &str, default: bool) -> Option<bool> {
    match cell.to_ascii_lowercase().as_str() {
        "" => Some(default),
        "yes" | "true" | "1" | "y" | "active" | "enabled" => Some(true),
        "no" | "false" | "0" | "n" | "inactive" | "disabled" | "suspended" => Some(false),
        _ => None,
    }
}
