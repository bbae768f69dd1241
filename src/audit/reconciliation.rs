//! The roster against the users that the identity provider knows: is the population complete?

use crate::view::View;
use crate::world::{PersonId, visible};
use crate::{Day, Window};
use serde::Serialize;
use std::collections::BTreeMap;

/// How the roster and the identity provider's users go together, on the last day of the period or
/// today.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reconciliation {
    /// The day on which they are compared.
    pub on: Day,
    /// Users that can sign in.
    pub idp_users: usize,
    /// People with access on that day.
    pub roster_people: usize,
    /// Users who are people with access.
    pub matched: usize,
    /// Users who can sign in and are nobody on the roster.
    pub not_on_roster: Vec<String>,
    /// Users who can sign in though the roster says that access has ended.
    pub without_access: Vec<String>,
    /// People with access who are no user.
    pub not_in_idp: Vec<PersonId>,
    /// People with access whose user cannot sign in.
    pub disabled_in_idp: Vec<PersonId>,
}

/// Compares them; `None` when no list of users is known.
pub(crate) fn reconciliation(view: &View<'_>, period: Window) -> Option<Reconciliation> {
    let users: Vec<_> = visible(&view.world.idp_export, view.as_of).collect();
    if users.is_empty() {
        return None;
    }
    let on = period.end.min(view.today);
    let has_access = |person: usize| {
        let mut access = visible(&view.people[person].access, view.as_of);
        access.any(|access| access.days().holds(on))
    };
    // A person may be several users; one that can sign in decides.
    let mut can_sign_in: BTreeMap<usize, bool> = BTreeMap::new();
    let (mut not_on_roster, mut without_access) = (Vec::new(), Vec::new());
    for user in &users {
        match view.identities.by_any(&user.id, on) {
            Some(person) => {
                *can_sign_in.entry(person).or_default() |= user.active;
                if user.active && !has_access(person) {
                    without_access.push(user.id.clone());
                }
            }
            None if user.active => not_on_roster.push(user.id.clone()),
            None => {}
        }
    }
    not_on_roster.sort();
    without_access.sort();
    let with_access: Vec<usize> = (0..view.people.len()).filter(|one| has_access(*one)).collect();
    let people = |wanted: Option<bool>| -> Vec<PersonId> {
        let those = with_access.iter().filter(|one| can_sign_in.get(one).copied() == wanted);
        those.map(|one| view.people[*one].id.clone()).collect()
    };
    Some(Reconciliation {
        on,
        idp_users: users.iter().filter(|user| user.active).count(),
        roster_people: with_access.len(),
        matched: people(Some(true)).len(),
        not_on_roster,
        without_access,
        not_in_idp: people(None),
        disabled_in_idp: people(Some(false)),
    })
}
