//! Figures over the register (audit rules, 1.8), as whole numbers and pairs of them.

use crate::register::{RegisterRow, Status};
use crate::world::{PersonId, RequirementId};
use crate::{Day, Window};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// The parts and the whole of a rate; never divided.
pub type Rate = (usize, usize);

/// What a part of the register comes to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Distinct people with a row.
    pub population: usize,
    /// Rows.
    pub rows: usize,
    /// Rows that were met by the deadline.
    pub completed_on_time: usize,
    /// Rows that were met after the deadline.
    pub completed_late: usize,
    /// Rows that are not met after it.
    pub overdue: usize,
    /// Renewals that are not met after it.
    pub expired: usize,
    /// Rows that are not met, with time left.
    pub pending: usize,
    /// Rows waived by an exception.
    pub exempt: usize,
    /// Rows met by a waiver.
    pub waived: usize,
    /// Rows of people who left before the deadline, where that excuses.
    pub excused_exit: usize,
    /// Rows of people to whom nothing fell due.
    pub covered: usize,
    /// Completed, of what had to be completed by now.
    pub completion_rate: Rate,
    /// Completed on time, of the same.
    pub on_time_rate: Rate,
}

impl Summary {
    /// What these rows come to.
    pub fn of<'r>(rows: impl IntoIterator<Item = &'r RegisterRow>) -> Self {
        let mut people = BTreeSet::new();
        let mut summary = Self::default();
        for row in rows {
            people.insert(row.person.as_str());
            summary.rows += 1;
            *summary.count_of(row.status) += 1;
        }
        let done = summary.completed_on_time + summary.completed_late;
        let owed = done + summary.overdue + summary.expired;
        summary.population = people.len();
        summary.completion_rate = (done, owed);
        summary.on_time_rate = (summary.completed_on_time, owed);
        summary
    }

    fn count_of(&mut self, status: Status) -> &mut usize {
        match status {
            Status::CompletedOnTime => &mut self.completed_on_time,
            Status::CompletedLate => &mut self.completed_late,
            Status::Overdue => &mut self.overdue,
            Status::Expired => &mut self.expired,
            Status::Pending => &mut self.pending,
            Status::Exempt => &mut self.exempt,
            Status::Waived => &mut self.waived,
            Status::ExcusedExit => &mut self.excused_exit,
            Status::Covered => &mut self.covered,
        }
    }
}

/// What the rows of a control's requirements come to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ControlSummary {
    /// The requirements that are evidence for it.
    pub requirements: Vec<RequirementId>,
    /// Their rows.
    #[serde(flatten)]
    pub summary: Summary,
}

/// How rows of people without a role are named in a summary by role.
pub const NO_ROLE: &str = "(none)";

/// The register by role; a row of somebody with several roles is in each.
pub fn by_role(register: &[RegisterRow]) -> BTreeMap<String, Summary> {
    let mut parts: BTreeMap<&str, Vec<&RegisterRow>> = BTreeMap::new();
    for row in register {
        if row.roles.is_empty() {
            parts.entry(NO_ROLE).or_default().push(row);
        }
        for role in &row.roles {
            parts.entry(role).or_default().push(row);
        }
    }
    parts.into_iter().map(|(role, rows)| (role.to_owned(), Summary::of(rows))).collect()
}

/// The register by control, of requirements with the controls that each is evidence for.
pub fn by_control<'r>(
    register: &[RegisterRow],
    requirements: impl Iterator<Item = (&'r RequirementId, &'r [String])>,
) -> BTreeMap<String, ControlSummary> {
    let mut mapped: BTreeMap<&str, BTreeSet<&RequirementId>> = BTreeMap::new();
    for (requirement, controls) in requirements {
        for control in controls {
            mapped.entry(control).or_default().insert(requirement);
        }
    }
    let of = |ids: BTreeSet<&RequirementId>| ControlSummary {
        summary: Summary::of(register.iter().filter(|row| ids.contains(&row.requirement))),
        requirements: ids.into_iter().cloned().collect(),
    };
    mapped.into_iter().map(|(control, ids)| (control.to_owned(), of(ids))).collect()
}

/// Days of access in a period, and how many of them had valid training (1.8).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Coverage {
    /// Whose.
    pub person: PersonId,
    /// In what.
    pub requirement: RequirementId,
    /// Days with access, up to today, while the requirement was in force.
    pub access_days: i64,
    /// Those with a valid completion.
    pub covered_days: i64,
    /// Those without.
    pub uncovered_days: i64,
    /// Those without, as windows of days.
    pub uncovered: Vec<(Day, Day)>,
}

impl Coverage {
    /// The days of `access`, of which those in `valid` are covered. Both are merged.
    pub(crate) fn of(
        person: &PersonId,
        requirement: &RequirementId,
        access: &[Window],
        valid: &[Window],
    ) -> Self {
        let days = |windows: &[Window]| windows.iter().map(|window| window.days()).sum::<i64>();
        let access_days = days(access);
        let covered_days = days(&crate::intersection(access, valid));
        let uncovered = access.iter().flat_map(|window| without(*window, valid)).collect();
        Self {
            person: person.clone(),
            requirement: requirement.clone(),
            access_days,
            covered_days,
            uncovered_days: access_days - covered_days,
            uncovered,
        }
    }
}

/// The days of `window` that are in none of `taken`, which are in order and apart.
fn without(window: Window, taken: &[Window]) -> Vec<(Day, Day)> {
    let mut found = Vec::new();
    let mut start = window.start;
    for other in taken.iter().filter(|other| other.meet(window).is_some()) {
        if start < other.start {
            found.push((start, other.start.previous()));
        }
        start = other.end.next();
        if other.end >= window.end {
            return found;
        }
    }
    if start <= window.end {
        found.push((start, window.end));
    }
    found
}
