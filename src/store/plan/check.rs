//! The part of a plan that refuses.

use super::Planner;
use crate::{Append, AppendError, DocumentWrite, NewStatement, Write};
use domain::StatementId;
use std::collections::HashSet;

impl Planner<'_> {
    /// Whether a unit can be written as a whole; changes nothing.
    pub(super) fn check(&self, unit: &Append) -> Result<(), AppendError> {
        self.check_writes(unit)?;
        if let Some(expected) = unit.expect {
            let known = self.world.registrations.get(&expected.registration);
            let known = known.ok_or(AppendError::Missing { what: "registration" })?;
            if known.revision != expected.revision {
                return Err(AppendError::Stale);
            }
        }
        if let Some(newest) = &unit.newest
            && !self.world.newest.contains(newest)
        {
            return Err(AppendError::Stale);
        }
        self.check_documents(unit)?;
        self.check_statements(&unit.statements)
    }

    fn check_writes(&self, unit: &Append) -> Result<(), AppendError> {
        let mut courses = HashSet::new();
        let mut versions = HashSet::new();
        let mut registrations = HashSet::new();
        for write in &unit.writes {
            match write {
                Write::CreateCourse(course) => {
                    courses.insert(course.id);
                }
                Write::PublishVersion(new) => {
                    let known = match self.world.courses.get(&new.course) {
                        Some(known) => known.as_slice(),
                        None if courses.contains(&new.course) => &[],
                        None => return Err(AppendError::Missing { what: "course" }),
                    };
                    let last = known.iter().map(|known| known.version.number()).max().unwrap_or(0);
                    let repeated = known.iter().any(|known| known.package == new.package);
                    if new.version.number() != last + 1
                        || repeated
                        || versions.iter().any(|(course, _)| *course == new.course)
                    {
                        return Err(AppendError::Stale);
                    }
                    versions.insert((new.course, new.version));
                }
                Write::CreateRegistration(new) => {
                    let known = self.world.courses.get(&new.course).is_some_and(|versions| {
                        versions.iter().any(|known| known.version == new.version)
                    });
                    if !known && !versions.contains(&(new.course, new.version)) {
                        return Err(AppendError::Missing { what: "course version" });
                    }
                    let is_known = self.world.registrations.contains_key(&new.id);
                    if is_known || !registrations.insert(new.id) {
                        return Err(AppendError::Stale);
                    }
                }
                Write::MoveRegistration { registration, course, version, .. } => {
                    let versions = self.world.courses.get(course).into_iter().flatten();
                    if !versions.map(|known| known.version).any(|known| known == *version) {
                        return Err(AppendError::Missing { what: "course version" });
                    }
                    if !self.world.registrations.contains_key(registration) {
                        return Err(AppendError::Missing { what: "registration" });
                    }
                }
                Write::RenameCourse { course, .. } => {
                    if !self.world.courses.contains_key(course) && !courses.contains(course) {
                        return Err(AppendError::Missing { what: "course" });
                    }
                }
                _ => {
                    if let Some(id) = write.registration()
                        && !self.world.registrations.contains_key(&id)
                        && !registrations.contains(&id)
                    {
                        return Err(AppendError::Missing { what: "registration" });
                    }
                }
            }
        }
        Ok(())
    }

    fn check_documents(&self, unit: &Append) -> Result<(), AppendError> {
        for (place, write) in unit.documents.iter().enumerate() {
            let DocumentWrite::Set { key, expect, .. } = write else { continue };
            // What an earlier write of the unit leaves, else what is stored.
            let earlier = unit.documents.iter().take(place).rev().find_map(|write| match write {
                DocumentWrite::Set { key: written, document, .. } if written == key => {
                    Some(document.as_ref().map(|document| document.etag.as_str()))
                }
                DocumentWrite::Clear(owner) if owner.includes(&key.owner) => Some(None),
                _ => None,
            });
            let stored = || self.world.documents.get(key).map(String::as_str);
            if !expect.is_met_by(earlier.unwrap_or_else(stored)) {
                return Err(AppendError::Precondition { key: Box::new(key.clone()) });
            }
        }
        Ok(())
    }

    fn check_statements(&self, statements: &[NewStatement]) -> Result<(), AppendError> {
        let mut seen: HashSet<StatementId> = HashSet::new();
        for new in statements {
            if !seen.insert(new.id) {
                return Err(AppendError::RepeatedId { id: new.id });
            }
            if let Some(known) = self.world.statements.get(&new.id)
                && known.digest != new.digest
            {
                return Err(AppendError::Conflict { id: new.id });
            }
        }
        let voiding: HashSet<_> =
            statements.iter().filter(|new| new.facts.voids.is_some()).map(|new| new.id).collect();
        for new in statements {
            if let Some(target) = new.facts.voids
                && !self.world.statements.contains_key(&new.id)
                && (voiding.contains(&target)
                    || self.world.statements.get(&target).is_some_and(|known| known.voiding))
            {
                return Err(AppendError::VoidsVoiding { id: new.id, target });
            }
        }
        Ok(())
    }
}
