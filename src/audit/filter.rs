//! A part of a report: the rows of some people, requirements or statuses, with the figures of these.

use crate::figures::{Summary, by_control, by_role};
use crate::world::{PersonId, RequirementId};
use crate::{RegisterRow, Report, Status};
use serde::Serialize;
use std::collections::BTreeSet;

/// Which rows; what is absent is any.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Filter {
    /// Of this person.
    pub person: Option<PersonId>,
    /// Of the person with this mail address.
    pub email: Option<String>,
    /// Of people in this role on the row's day.
    pub role: Option<String>,
    /// Of people with this type of employment in the period.
    #[serde(rename = "type")]
    pub employment: Option<String>,
    /// About this course.
    pub course: Option<String>,
    /// About this requirement.
    pub requirement: Option<RequirementId>,
    /// About requirements that are evidence for this control.
    pub control: Option<String>,
    /// With this status.
    pub status: Option<Status>,
}

impl Filter {
    /// Whether it lets everything through.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn holds_person(&self, report: &Report, person: &PersonId) -> bool {
        let card = report.people.get(person);
        let has_mail = |mail: &String| {
            let known = card.and_then(|card| card.email.as_deref());
            known.is_some_and(|known| known.eq_ignore_ascii_case(mail))
        };
        let is_of = |kind: &String| card.is_some_and(|card| card.types.contains(kind));
        self.person.as_ref().is_none_or(|id| id == person)
            && self.email.as_ref().is_none_or(has_mail)
            && self.employment.as_ref().is_none_or(is_of)
    }

    fn holds_requirement(&self, report: &Report, requirement: &RequirementId) -> bool {
        let is_for = |control: &String| {
            let card = report.requirements.get(requirement);
            card.is_some_and(|card| card.controls.contains(control))
        };
        self.requirement.as_ref().is_none_or(|id| id == requirement)
            && self.control.as_ref().is_none_or(is_for)
    }

    fn holds_row(&self, report: &Report, row: &RegisterRow) -> bool {
        let is_about = |course: &String| row.modules.iter().any(|one| one.course == *course);
        self.holds_person(report, &row.person)
            && self.holds_requirement(report, &row.requirement)
            && self.role.as_ref().is_none_or(|role| row.roles.contains(role))
            && self.course.as_ref().is_none_or(is_about)
            && self.status.is_none_or(|status| row.status == status)
    }
}

impl Report {
    /// The part of it that a filter lets through. Gaps and coverage are those of the rows that are
    /// left; what is about statements and not about rows keeps the people that are left.
    #[must_use]
    pub fn filtered(mut self, filter: &Filter) -> Self {
        if filter.is_empty() {
            return self;
        }
        let mut register = std::mem::take(&mut self.register);
        register.retain(|row| filter.holds_row(&self, row));
        let key = |row: &RegisterRow| (row.person.clone(), row.requirement.clone());
        let pairs: BTreeSet<_> = register.iter().map(key).collect();
        let rows: BTreeSet<_> = register
            .iter()
            .map(|row| (row.person.clone(), row.requirement.clone(), row.kind, row.due_on))
            .collect();
        self.gaps.retain(|gap| {
            rows.contains(&(gap.person.clone(), gap.requirement.clone(), gap.kind, gap.due_on))
        });
        self.coverage.retain(|row| pairs.contains(&(row.person.clone(), row.requirement.clone())));
        self.escalations
            .retain(|one| pairs.contains(&(one.person.clone(), one.requirement.clone())));
        let people: BTreeSet<PersonId> = register.iter().map(|row| row.person.clone()).collect();
        let is_about = |course: &str| filter.course.as_ref().is_none_or(|one| one == course);
        self.attempt_log.retain(|one| people.contains(&one.person) && is_about(&one.course));
        self.attestation_register
            .retain(|row| people.contains(&row.person) && is_about(&row.course));
        let alone = std::mem::take(&mut self.nothing_assigned);
        self.nothing_assigned =
            alone.into_iter().filter(|one| filter.holds_person(&self, one)).collect();
        self.summary = Summary::of(&register);
        self.by_role = by_role(&register);
        let controls = self.requirements.iter().map(|(id, card)| (id, card.controls.as_slice()));
        self.by_control = by_control(&register, controls);
        self.register = register;
        self
    }

    /// The same report with ids in place of names, and without addresses and browsers.
    #[must_use]
    pub fn anonymised(mut self) -> Self {
        for (id, card) in &mut self.people {
            card.name = id.to_string();
            card.email = None;
            card.idp_subject = None;
        }
        for row in &mut self.attestation_register {
            row.signer_name = row.person.to_string();
            row.ip = None;
            row.user_agent = None;
        }
        self.exports.clear();
        self
    }
}
