//! Who and what a report names: enough to print it without the world that it is of.

use crate::fact::without_scheme;
use crate::view::View;
use crate::world::{IdentityKind, Person, PersonId, RequirementId, visible};
use crate::{Day, Report};
use serde::Serialize;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// Who somebody is. Of an erased person only the pseudonym is left.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct PersonCard {
    /// The name to show.
    pub name: String,
    /// The mail address that the person has today, or had last.
    pub email: Option<String>,
    /// The subject at the identity provider, likewise.
    pub idp_subject: Option<String>,
    /// Where the person works.
    pub department: Option<String>,
    /// Who is told when the person is late.
    pub manager: Option<PersonId>,
    /// The days on which employment began, in order.
    pub hired_on: Vec<Day>,
    /// The types of employment in the period.
    pub types: Vec<String>,
    /// Whether the person has access today.
    pub active: bool,
    /// Whether the name and the addresses are gone.
    pub erased: bool,
}

impl PersonCard {
    /// When the person was hired: for who came back, the last time up to `day`.
    pub fn hired_by(&self, day: Day) -> Option<Day> {
        let before = self.hired_on.iter().rev().find(|start| **start <= day);
        before.or(self.hired_on.first()).copied()
    }
}

/// What a requirement is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct RequirementCard {
    /// What it is called.
    pub title: String,
    /// The controls that it is evidence for.
    pub controls: Vec<String>,
    /// How long a completion is valid; `None` is for ever.
    pub recurrence: Option<crate::Span>,
}

/// The people whom a report names.
pub(crate) fn people(view: &View<'_>, report: &Report) -> BTreeMap<PersonId, PersonCard> {
    let named: BTreeSet<&PersonId> = (report.register.iter().map(|row| &row.person))
        .chain(&report.nothing_assigned)
        .chain(report.attempt_log.iter().map(|attempt| &attempt.person))
        .chain(report.attestation_register.iter().map(|row| &row.person))
        .chain(report.flags.iter().filter_map(|flag| flag.person.as_ref()))
        .collect();
    let of = |id: &PersonId| {
        let person = view.people[view.person_place(id.as_str())?];
        Some((id.clone(), card(view, report, person)))
    };
    named.into_iter().filter_map(of).collect()
}

fn card(view: &View<'_>, report: &Report, person: &Person) -> PersonCard {
    let erased = view.is_erased(person);
    let identity = |kind: IdentityKind| {
        let known = visible(&person.identities, view.as_of).filter(|_| !erased);
        known.filter(|identity| identity.kind == kind).max_by_key(|identity| {
            let days = identity.days();
            let known_first = (Reverse(identity.recorded_at), days.start);
            // The text at last, so that the order of the rows says nothing.
            let has_begun = days.start <= view.today;
            (has_begun, days.end.min(view.today), known_first, Reverse(&identity.value))
        })
    };
    let period = crate::Window { start: report.head.period.start, end: report.head.period.end };
    let employment = || visible(&person.employment, view.as_of);
    let mut hired_on: Vec<Day> = employment().filter_map(|employment| employment.start).collect();
    hired_on.sort_unstable();
    let in_period = employment().filter(|one| one.days().meet(period).is_some());
    let types: BTreeSet<String> = in_period.map(|employment| employment.kind.clone()).collect();
    PersonCard {
        name: view.name_of(person),
        email: identity(IdentityKind::Mbox)
            .map(|identity| without_scheme(&identity.value).to_owned()),
        idp_subject: identity(IdentityKind::IdpSubject).map(|identity| identity.value.clone()),
        department: person.department.clone(),
        manager: person.manager.clone(),
        hired_on,
        types: types.into_iter().collect(),
        active: visible(&person.access, view.as_of).any(|access| access.days().holds(view.today)),
        erased,
    }
}

/// What the courses of a world are called.
pub(crate) fn courses(view: &View<'_>) -> BTreeMap<String, String> {
    let all = view.courses.iter().map(|view| view.course);
    all.map(|course| (course.id.clone(), course.title.clone())).collect()
}

/// What its requirements are.
pub(crate) fn requirements(view: &View<'_>) -> BTreeMap<RequirementId, RequirementCard> {
    let of = |requirement: &&crate::world::Requirement| {
        let card = RequirementCard {
            title: requirement.title.clone(),
            controls: requirement.controls.clone(),
            recurrence: requirement.recurrence,
        };
        (requirement.id.clone(), card)
    };
    view.requirements.iter().map(of).collect()
}
