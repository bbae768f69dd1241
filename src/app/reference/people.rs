//! People.

use super::{Made, Version};
use super::{READERS, WRITERS, things::sound_reason};
use crate::{App, AppError, Caller};
use audit::reference::{Entity, IdentityLink, PersonRecord, Trail};
use domain::{Scope, Timestamp};
use std::ops::Bound;
use store::Page;

/// The most people on a page.
const PAGE_PEOPLE_MAX: usize = 500;

/// Which people.
#[derive(Debug, Clone, Default)]
pub struct PersonQuery {
    /// As known then; `None` is now.
    pub as_of: Option<Timestamp>,
    /// A part of the id, name, department or of an identity, in any case.
    pub search: String,
    /// Go on behind this id.
    pub after: Option<String>,
}

/// A person.
#[derive(Debug, Clone, PartialEq)]
pub struct PersonRow {
    /// Who.
    pub id: String,
    /// Everything that is known of them.
    pub record: PersonRecord,
    /// Whether name and addresses are gone.
    pub is_erased: bool,
    /// The row of the person itself.
    pub version: Version,
}

impl PersonRow {
    fn of(trail: &Trail, id: &str, as_of: Option<Timestamp>) -> Option<Self> {
        let stated = trail.stated_at(Entity::Person, id, as_of)?;
        Some(Self {
            id: id.to_owned(),
            record: trail.person_at(id, as_of)?,
            is_erased: stated.asserted.is_erased(),
            version: Version::of(&stated),
        })
    }

    fn has(&self, search: &str) -> bool {
        let has = |text: &str| text.to_lowercase().contains(search);
        has(&self.id)
            || has(&self.record.name)
            || self.record.department.as_deref().is_some_and(has)
            || self.record.identities.iter().any(|one| has(&one.value))
    }
}

impl App {
    /// A page of people, by id.
    pub async fn people(
        &self,
        caller: &Caller,
        query: &PersonQuery,
        limit: usize,
    ) -> Result<Page<PersonRow, String>, AppError> {
        caller.require(Scope::ReferenceRead, &READERS)?;
        let trail = self.trail(caller.organization).await?;
        let limit = limit.clamp(1, PAGE_PEOPLE_MAX);
        let search = query.search.trim().to_lowercase();
        let after = query.after.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
        let found = trail
            .all_from(Entity::Person, after, query.as_of)
            .filter_map(|stated| PersonRow::of(&trail, stated.id, query.as_of))
            .filter(|row| search.is_empty() || row.has(&search))
            .take(limit + 1);
        Ok(Page::cut(found.collect(), limit, |row: &PersonRow| row.id.clone()))
    }

    /// One person as known as of an instant.
    pub async fn person(
        &self,
        caller: &Caller,
        id: &str,
        as_of: Option<Timestamp>,
    ) -> Result<Option<PersonRow>, AppError> {
        caller.require(Scope::ReferenceRead, &READERS)?;
        let trail = self.trail(caller.organization).await?;
        Ok(PersonRow::of(&trail, id, as_of))
    }

    /// Says that a person is as `wanted`, whole. What is known of them and not in it was never so.
    pub async fn set_person(
        &self,
        caller: &Caller,
        id: &str,
        wanted: &PersonRecord,
        reason: &str,
        is_trial: bool,
    ) -> Result<Made, AppError> {
        caller.require(Scope::ReferenceWrite, &WRITERS)?;
        let reason = sound_reason(reason)?;
        let _turn = self.trails.writing.lock().await;
        let trail = self.trail(caller.organization).await?;
        let changes =
            trail.set_person(id, wanted, &mut || self.fresh()).map_err(AppError::Faults)?;
        self.make(caller, changes, reason, is_trial).await
    }

    /// Links a name to a person, besides those that there are.
    pub async fn link_identity(
        &self,
        caller: &Caller,
        id: &str,
        link: IdentityLink,
        reason: &str,
        is_trial: bool,
    ) -> Result<Made, AppError> {
        caller.require(Scope::ReferenceWrite, &WRITERS)?;
        let reason = sound_reason(reason)?;
        let _turn = self.trails.writing.lock().await;
        let trail = self.trail(caller.organization).await?;
        let mut wanted = trail.person_at(id, None).ok_or(AppError::NotFound("person"))?;
        wanted.identities.push(link);
        let last = wanted.identities.len() - 1;
        let changes = trail.set_person(id, &wanted, &mut || self.fresh());
        let changes = changes.map_err(|mut faults| {
            // The link alone was sent.
            let place = format!("/identities/{last}");
            for fault in &mut faults {
                fault.pointer = fault.pointer.replacen(&place, "", 1);
            }
            AppError::Faults(faults)
        })?;
        self.make(caller, changes, reason, is_trial).await
    }

    /// A name that no other part has.
    pub(super) fn fresh(&self) -> String {
        let mut bytes = [0; 8];
        self.entropy.fill(&mut bytes);
        format!("{:016x}", u64::from_be_bytes(bytes))
    }
}
