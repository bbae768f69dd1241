//! The world from the trail: the same wherever the same events are.

use super::{
    AUDIT_POLICY_ID, AcceptedVersion, AccessValue, Asserted, AuditPolicy, EmploymentValue, Entity,
    ExceptionValue, ForeignCourse, IdentityValue, Note, PersonValue, RequirementValue, ReviewValue,
    RoleValue, Stated, Trail,
};
use crate::World;
use crate::world::{
    Access, Course, CourseVersion, Employment, Erasure, Exception, ExceptionId, Identity, IdpUser,
    ManagementReview, Organization, Person, PersonId, PhishingResult, RequirementId, RoleSpan, Row,
    TrustedAuthority, Visibility,
};
use domain::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;

impl Trail {
    /// The world that the events describe, without statements, and what of it was passed over. Its
    /// rows are good for any as-of. The organization's defaults, of which there is one row, are
    /// those in force at `as_of`.
    pub fn world(&self, as_of: Timestamp) -> (World, Vec<Note>) {
        let mut load = Load { trail: self, notes: self.notes().to_vec() };
        let (people, erasures) = load.people();
        let mut courses = load.courses();
        courses.extend(load.foreign_courses());
        let world = World {
            organization: load.organization(as_of),
            people,
            courses,
            requirements: load.rows(Entity::Requirement, |id, said: RequirementValue| {
                let mut rules = said.rules;
                rules.id = RequirementId::new(id);
                rules
            }),
            exceptions: load.rows(Entity::Exception, exception),
            idp_export: load.rows(Entity::IdpUser, |_, said: IdpUser| said),
            phishing: load.rows(Entity::PhishingResult, |_, said: PhishingResult| said),
            management_reviews: load.rows(Entity::ManagementReview, review),
            erasures,
            ..World::default()
        };
        (world, load.notes)
    }
}

fn exception(id: &str, said: ExceptionValue) -> Exception {
    Exception {
        id: ExceptionId::new(id),
        person: said.person,
        requirement: said.requirement,
        kind: said.kind,
        from: Some(said.from),
        to: said.to,
        extended_due: said.extended_due,
        reason: said.reason,
        approved_by: Some(said.approved_by),
        recorded_at: None,
        retracted_at: None,
    }
}

fn review(_: &str, said: ReviewValue) -> ManagementReview {
    ManagementReview {
        quarter: said.quarter,
        reviewed_on: said.reviewed_on,
        by: Some(said.by),
        recorded_at: None,
        retracted_at: None,
    }
}

/// A course of ours, as its import says it.
#[derive(Deserialize)]
struct CourseValue {
    title: String,
}

/// A version of ours, likewise.
#[derive(Deserialize)]
struct VersionValue {
    version: u32,
    activity: String,
}

#[derive(Deserialize)]
struct AuthorityValue {
    authority: String,
}

struct Load<'t> {
    trail: &'t Trail,
    notes: Vec<Note>,
}

impl<'t> Load<'t> {
    /// The value of a row; a note when it cannot be read. What was erased is gone without one.
    fn read<T: DeserializeOwned>(&mut self, entity: Entity, row: &Stated<'t>) -> Option<T> {
        if row.asserted.is_erased() {
            return None;
        }
        match row.asserted.read() {
            Ok(value) => Some(value),
            Err(error) => {
                self.note(entity, row.id, row.asserted, error.to_string());
                None
            }
        }
    }

    fn note(&mut self, entity: Entity, id: &str, asserted: &Asserted, problem: String) {
        let entity_id = id.to_owned();
        self.notes.push(Note { position: asserted.position, entity, entity_id, problem });
    }

    /// All rows of a kind.
    fn rows<T: DeserializeOwned, R: Row>(
        &mut self,
        entity: Entity,
        make: impl Fn(&str, T) -> R,
    ) -> Vec<R> {
        let mut rows = Vec::new();
        for row in self.trail.history(entity) {
            let Some(value) = self.read(entity, &row) else { continue };
            let mut built = make(row.id, value);
            built.set_visibility(row.visibility);
            rows.push(built);
        }
        rows
    }

    fn organization(&mut self, as_of: Timestamp) -> Organization {
        let stated = self.trail.stated_at(Entity::AuditPolicy, AUDIT_POLICY_ID, Some(as_of));
        let said: Option<AuditPolicy> =
            stated.and_then(|stated| self.read(Entity::AuditPolicy, &stated));
        let AuditPolicy { timezone, policy, home_page } = said.unwrap_or_default();
        let authority = |_: &str, said: AuthorityValue| TrustedAuthority {
            authority: said.authority,
            recorded_at: None,
            retracted_at: None,
        };
        let authorities = Some(self.rows(Entity::TrustedAuthority, authority));
        Organization { timezone, policy, home_page, authorities }
    }

    fn people(&mut self) -> (Vec<Person>, Vec<Erasure>) {
        let (mut people, mut erasures) = (Vec::new(), Vec::<Erasure>::new());
        for row in self.trail.history(Entity::Person) {
            let id = PersonId::new(row.id);
            let said = if row.asserted.is_erased() {
                if erasures.last().is_none_or(|last| last.person != id) {
                    // Always: the name is gone for reports of the time before, too.
                    erasures.push(Erasure {
                        person: id.clone(),
                        pseudonym: None,
                        recorded_at: None,
                        retracted_at: None,
                    });
                }
                PersonValue::default()
            } else {
                match self.read(Entity::Person, &row) {
                    Some(said) => said,
                    None => continue,
                }
            };
            people.push(self.person(id, said, &row));
        }
        (people, erasures)
    }

    /// A row of a person, with those of its parts that are known at some time while it is.
    fn person(&mut self, id: PersonId, said: PersonValue, row: &Stated<'t>) -> Person {
        let Visibility { recorded_at, retracted_at } = row.visibility;
        let PersonValue { name, department, manager } = said;
        Person {
            identities: self.parts(Entity::Identity, row, |said: IdentityValue, at| Identity {
                kind: said.kind,
                value: said.value,
                from: at.from,
                to: at.to,
                recorded_at: None,
                retracted_at: None,
            }),
            employment: self.parts(Entity::Employment, row, |said: EmploymentValue, at| {
                Employment {
                    kind: said.kind,
                    start: at.from,
                    end: at.to,
                    recorded_at: None,
                    retracted_at: None,
                }
            }),
            access: self.parts(Entity::Access, row, |said: AccessValue, at| Access {
                scope: said.scope,
                start: at.from,
                end: at.to,
                recorded_at: None,
                retracted_at: None,
            }),
            roles: self.parts(Entity::Role, row, |said: RoleValue, at| RoleSpan {
                role: said.role,
                start: at.from,
                end: at.to,
                recorded_at: None,
                retracted_at: None,
            }),
            id,
            name,
            department,
            manager,
            recorded_at,
            retracted_at,
        }
    }

    fn parts<T: DeserializeOwned, R: Row>(
        &mut self,
        entity: Entity,
        person: &Stated<'t>,
        make: impl Fn(T, &Asserted) -> R,
    ) -> Vec<R> {
        let mut parts = Vec::new();
        for part in self.trail.history_below(entity, person.id) {
            if !part.meets(person) {
                continue;
            }
            let Some(value) = self.read(entity, &part) else { continue };
            let mut built = make(value, part.asserted);
            built.set_visibility(part.visibility);
            parts.push(built);
        }
        parts
    }

    fn courses(&mut self) -> Vec<Course> {
        let mut courses = Vec::new();
        for row in self.trail.history(Entity::Course) {
            let Some(CourseValue { title }) = self.read(Entity::Course, &row) else { continue };
            courses.push(Course {
                id: row.id.to_owned(),
                title,
                versions: self.versions(&row),
                recorded_at: row.visibility.recorded_at,
                retracted_at: row.visibility.retracted_at,
            });
        }
        courses
    }

    /// The versions of a course of ours, oldest first. Where it is said later when one counts, the
    /// version is several rows, each known while that was said.
    fn versions(&mut self, course: &Stated<'t>) -> Vec<CourseVersion> {
        let mut versions = Vec::new();
        for row in self.trail.history_below(Entity::CourseVersion, course.id) {
            if !row.meets(course) {
                continue;
            }
            let Some(said) = self.read::<VersionValue>(Entity::CourseVersion, &row) else {
                continue;
            };
            for (visibility, accepted) in self.acceptance(&row) {
                let version = CourseVersion {
                    version: said.version.to_string(),
                    activity: said.activity.clone(),
                    accepted_from: accepted.accepted_from,
                    accepted_until: accepted.accepted_until,
                    min_plausible_seconds: accepted.min_plausible_seconds,
                    recorded_at: visibility.recorded_at,
                    retracted_at: visibility.retracted_at,
                };
                versions.push((said.version, version));
            }
        }
        versions.sort_by_key(|(number, version)| (*number, version.recorded_at));
        versions.into_iter().map(|(_, version)| version).collect()
    }

    /// When a version counts, as it was known from time to time while the version was. When nothing
    /// is said, always: nobody takes a version before it is published, and the day of publication
    /// would be another one in another time zone.
    fn acceptance(&mut self, version: &Stated<'t>) -> Vec<(Visibility, AcceptedVersion)> {
        let mut found = Vec::new();
        let mut from = version.visibility.recorded_at;
        let end = version.visibility.retracted_at;
        for row in self.trail.history_of(Entity::AcceptedVersion, version.id) {
            if !row.meets(version) {
                continue;
            }
            let Some(said) = self.read(Entity::AcceptedVersion, &row) else { continue };
            let starts = row.visibility.recorded_at.max(from);
            if from < starts {
                let before = Visibility { recorded_at: from, retracted_at: starts };
                found.push((before, AcceptedVersion::default()));
            }
            let ends = match (row.visibility.retracted_at, end) {
                (Some(one), Some(other)) => Some(one.min(other)),
                (one, other) => one.or(other),
            };
            found.push((Visibility { recorded_at: starts, retracted_at: ends }, said));
            from = ends;
            if ends == end {
                return found;
            }
        }
        found.push((
            Visibility { recorded_at: from, retracted_at: end },
            AcceptedVersion::default(),
        ));
        found
    }

    fn foreign_courses(&mut self) -> Vec<Course> {
        self.rows(Entity::ForeignCourse, |id, said: ForeignCourse| Course {
            id: id.to_owned(),
            title: said.title,
            versions: said.versions.into_iter().map(CourseVersion::from).collect(),
            recorded_at: None,
            retracted_at: None,
        })
    }
}
