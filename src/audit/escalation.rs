//! Reminders and escalations: what should be due, as known at the as-of (audit rules, 1.10.20).

use crate::Day;
use crate::obligation::{Kind, Obligation};
use crate::register::Judgement;
use crate::world::{PersonId, Recipient, RequirementId};
use serde::Serialize;

/// Something to be sent on a day.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Escalation {
    /// The day.
    pub on: Day,
    /// About whom.
    pub person: PersonId,
    /// About what.
    pub requirement: RequirementId,
    /// Days from the deadline; negative is before it.
    pub offset_days: i64,
    /// What is done.
    pub action: String,
    /// For whom: a person's id, or a queue; `None` when the person has no manager.
    pub to: Option<String>,
    /// Why it is owed.
    pub kind: Kind,
    /// The deadline.
    pub due_on: Day,
}

impl Judgement<'_, '_> {
    /// What is sent about an obligation: unless it is met by that day, access has ended, or it is
    /// waived.
    pub(crate) fn escalations(&self, row: &Obligation<'_>, found: &mut Vec<Escalation>) {
        if row.exempt {
            return;
        }
        let last = self.period.end.min(self.view.today).min(row.window.end);
        let policy = self.view.policy();
        for notice in policy.reminders.iter().chain(&policy.escalations) {
            let on = row.due.plus_days(notice.offset_days);
            let is_due = row.assigned <= on && self.period.start <= on && on <= last;
            if !is_due || row.is_met_by(on) {
                continue;
            }
            let to = match &notice.to {
                Recipient::Person => Some(self.person.id.to_string()),
                Recipient::Manager => self.person.manager.as_ref().map(ToString::to_string),
                Recipient::Queue(name) => Some(name.clone()),
            };
            found.push(Escalation {
                on,
                person: self.person.id.clone(),
                requirement: self.training.requirement.id.clone(),
                offset_days: notice.offset_days,
                action: notice.action.clone(),
                to,
                kind: row.kind,
                due_on: row.due,
            });
        }
    }
}
