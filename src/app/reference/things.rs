//! Whatever has a value of its own: requirements, exceptions, policies and the like.

use super::{READERS, WRITERS};
use crate::{App, AppError, Caller};
use audit::reference::{Change, Claim, Entity, Part, Stated, Trail, checked};
use audit::{Day, Zone};
use domain::{Scope, Timestamp};
use serde_json::{Value, json};
use store::Position;

/// The most characters of a reason.
const REASON_CHARACTERS_MAX: usize = 1_000;

/// What is known of one thing.
#[derive(Debug, Clone, PartialEq)]
pub struct Thing {
    /// Which one.
    pub id: String,
    /// What is known of it.
    pub version: Version,
}

/// A row of the trail.
#[derive(Debug, Clone, PartialEq)]
pub struct Version {
    /// What was said; null when it was erased.
    pub value: Value,
    /// The first day of which it is true, of a part of a person.
    pub from: Option<Day>,
    /// The last day.
    pub to: Option<Day>,
    /// The event that said so.
    pub position: Position,
    /// When it was recorded.
    pub recorded_at: Option<Timestamp>,
    /// When it was taken back, or said anew.
    pub retracted_at: Option<Timestamp>,
}

impl Version {
    pub(super) fn of(stated: &Stated<'_>) -> Self {
        Self {
            value: stated.asserted.read().unwrap_or_default(),
            from: stated.asserted.from,
            to: stated.asserted.to,
            position: Position::new(stated.asserted.position),
            recorded_at: stated.visibility.recorded_at,
            retracted_at: stated.visibility.retracted_at,
        }
    }
}

/// What a change says, or would say.
#[derive(Debug, Clone, PartialEq)]
pub struct Made {
    /// The events.
    pub changes: Vec<Change>,
    /// Where they are; nothing when it was only tried.
    pub positions: Vec<Position>,
}

/// The days that a value says of itself, for the trail: the fold has them from the value.
fn days_of(entity: Entity, value: &Value) -> (Option<Day>, Option<Day>) {
    let (from, to) = match entity {
        Entity::Requirement => ("effective_from", "effective_to"),
        Entity::Exception => ("from", "to"),
        Entity::AcceptedVersion => ("accepted_from", "accepted_until"),
        Entity::Policy => ("effective_on", ""),
        _ => return (None, None),
    };
    let day = |name: &str| value[name].as_str().and_then(|text| text.parse().ok());
    (day(from), day(to))
}

/// A reason, which every change has.
pub(super) fn sound_reason(reason: &str) -> Result<&str, AppError> {
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(AppError::invalid("/reason", "says why, and must not be empty"));
    }
    if reason.chars().count() > REASON_CHARACTERS_MAX {
        let most = format!("has more than {REASON_CHARACTERS_MAX} characters");
        return Err(AppError::invalid("/reason", most));
    }
    Ok(reason)
}

impl App {
    /// What was known of the things of a kind as of an instant, by id; those that `search` is in.
    pub async fn things(
        &self,
        caller: &Caller,
        entity: Entity,
        as_of: Option<Timestamp>,
        search: &str,
    ) -> Result<Vec<Thing>, AppError> {
        caller.require(Scope::ReferenceRead, &READERS)?;
        let trail = self.trail(caller.organization).await?;
        let search = search.trim().to_lowercase();
        let is_meant = |stated: &Stated<'_>| {
            search.is_empty()
                || stated.id.to_lowercase().contains(&search)
                || stated.asserted.value.to_lowercase().contains(&search)
        };
        let found = trail.all_at(entity, as_of).filter(is_meant);
        Ok(found.map(|one| Thing { id: one.id.to_owned(), version: Version::of(&one) }).collect())
    }

    /// What was known of one thing as of an instant, and all that was ever said of it.
    pub async fn thing(
        &self,
        caller: &Caller,
        entity: Entity,
        id: &str,
        as_of: Option<Timestamp>,
    ) -> Result<Option<(Option<Version>, Vec<Version>)>, AppError> {
        caller.require(Scope::ReferenceRead, &READERS)?;
        let trail = self.trail(caller.organization).await?;
        let now = trail.stated_at(entity, id, as_of).map(|stated| Version::of(&stated));
        let all: Vec<_> = trail.history_of(entity, id).map(|stated| Version::of(&stated)).collect();
        Ok((!all.is_empty()).then_some((now, all)))
    }

    /// Says that a thing is so from now on; nothing is said when it is so already. `is_trial` only
    /// tells what would be said.
    pub async fn set_thing(
        &self,
        caller: &Caller,
        (entity, id): (Entity, &str),
        value: &Value,
        reason: &str,
        is_trial: bool,
    ) -> Result<Made, AppError> {
        caller.require(Scope::ReferenceWrite, &WRITERS)?;
        let reason = sound_reason(reason)?;
        let _turn = self.trails.writing.lock().await;
        let trail = self.trail(caller.organization).await?;
        let mut value = value.clone();
        if let (Entity::Requirement, Some(members)) = (entity, value.as_object_mut()) {
            // The address says it.
            members.entry("id").or_insert_with(|| json!(id));
        }
        let claim = Claim { entity, id, from: None, to: None, value: &value };
        let value = checked(claim, &trail, &|_, _| false).map_err(AppError::Faults)?;
        let (from, to) = days_of(entity, &value);
        let changes = trail.set(id, &Part { entity, value, from, to });
        self.make(caller, changes, reason, is_trial).await
    }

    /// Takes back what is asserted of a thing: it was never so.
    pub async fn take_back_thing(
        &self,
        caller: &Caller,
        (entity, id): (Entity, &str),
        reason: &str,
        is_trial: bool,
    ) -> Result<Made, AppError> {
        caller.require(Scope::ReferenceWrite, &WRITERS)?;
        let reason = sound_reason(reason)?;
        let _turn = self.trails.writing.lock().await;
        let trail = self.trail(caller.organization).await?;
        let changes = match entity {
            Entity::Person => trail.take_back_person(id),
            _ => trail.take_back(entity, id),
        };
        if changes.is_empty() {
            return Err(AppError::NotFound(entity.as_str()));
        }
        self.make(caller, changes, reason, is_trial).await
    }

    pub(super) async fn make(
        &self,
        caller: &Caller,
        changes: Vec<Change>,
        reason: &str,
        is_trial: bool,
    ) -> Result<Made, AppError> {
        let positions =
            if is_trial { Vec::new() } else { self.record(caller, &changes, reason).await? };
        Ok(Made { changes, positions })
    }

    /// The audit time zone now.
    pub(super) fn zone_of(trail: &Trail) -> Zone {
        let policy = trail.now(Entity::AuditPolicy, audit::reference::AUDIT_POLICY_ID);
        let policy = policy.and_then(|said| said.read::<audit::reference::AuditPolicy>().ok());
        policy.unwrap_or_default().timezone
    }
}
