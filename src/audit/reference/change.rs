//! What has to be said so that what is known becomes what is wanted.

use super::{Entity, Op, Stated, Trail};
use crate::Day;
use crate::world::PersonId;
use domain::Timestamp;
use serde_json::Value;

/// Whom an event tells of, so that it is emptied when that person is erased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    /// Somebody who is known.
    Person(PersonId),
    /// Whoever has this mail address, without `mailto:` and in lower case.
    Mail(String),
}

impl Named {
    /// The owner of a mail address, with or without `mailto:`.
    pub fn mail(address: &str) -> Self {
        Self::Mail(address.strip_prefix("mailto:").unwrap_or(address).to_lowercase())
    }

    /// Whom a thing of a kind names, by its id and value.
    pub fn by(entity: Entity, id: &str, value: &Value) -> Option<Self> {
        match entity {
            Entity::Person => Some(Self::Person(PersonId::new(id))),
            Entity::Identity => {
                Some(Self::Person(PersonId::new(value["person"].as_str().unwrap_or_default())))
            }
            Entity::PhishingResult => value["recipient"].as_str().map(Self::mail),
            Entity::IdpUser => value["id"].as_str().map(Self::mail),
            _ => None,
        }
    }
}

/// An event that has not been recorded yet.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// What kind of thing it is about.
    pub entity: Entity,
    /// Which one.
    pub id: String,
    /// Said or taken back.
    pub op: Op,
    /// The first day of which it is true.
    pub from: Option<Day>,
    /// The last day.
    pub to: Option<Day>,
    /// What is so; of a retraction, what was said.
    pub value: Value,
    /// Whom it tells of.
    pub named: Option<Named>,
}

/// A row that is known, or wanted: a value with its days.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// What kind of thing it is.
    pub entity: Entity,
    /// What is so, whole (see [`super::checked`]).
    pub value: Value,
    /// The first day of which it is true.
    pub from: Option<Day>,
    /// The last day.
    pub to: Option<Day>,
}

impl Part {
    /// What is stated, as far as it can be read.
    pub fn of(entity: Entity, stated: &Stated<'_>) -> Option<Self> {
        if stated.asserted.is_erased() {
            return None;
        }
        let value = stated.asserted.read().ok()?;
        Some(Self { entity, value, from: stated.asserted.from, to: stated.asserted.to })
    }

    fn is_about_the_same(&self, other: &Self) -> bool {
        self.entity == other.entity && self.value == other.value
    }

    fn overlaps(&self, other: &Self) -> bool {
        let starts = |part: &Self| part.from.unwrap_or(Day::EVER);
        let ends = |part: &Self| part.to.unwrap_or(Day::NEVER);
        starts(self) <= ends(other) && starts(other) <= ends(self)
    }

    fn change(&self, id: &str, op: Op) -> Change {
        Change {
            entity: self.entity,
            id: id.to_owned(),
            op,
            from: self.from,
            to: self.to,
            value: self.value.clone(),
            named: Named::by(self.entity, id, &self.value),
        }
    }
}

/// A part that is known, under its id.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    /// Which thing it is.
    pub id: String,
    /// What is known of it.
    pub part: Part,
    /// Whether the feed that speaks now, or an earlier run of it, said so.
    pub is_own: bool,
}

/// What becomes of parts that are known and not wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absent {
    /// They were never so.
    Retract,
    /// They may well be so.
    Keep,
    /// They end on this day, if the feed itself said so and they go on.
    EndOn(Day),
}

impl Trail {
    /// What is said so that a thing is as wanted; nothing when it is so already. A correction takes
    /// back what was said before it says it anew.
    pub fn set(&self, id: &str, wanted: &Part) -> Vec<Change> {
        let known = self.stated_at(wanted.entity, id, None);
        let Some(known) = known else { return vec![wanted.change(id, Op::Assert)] };
        let before = Part::of(wanted.entity, &known);
        if before.as_ref() == Some(wanted) {
            return Vec::new();
        }
        let mut changes = self.take_back(wanted.entity, id);
        changes.push(wanted.change(id, Op::Assert));
        changes
    }

    /// What is said so that nothing is asserted of a thing any more.
    pub fn take_back(&self, entity: Entity, id: &str) -> Vec<Change> {
        let known = self.stated_at(entity, id, None);
        let part = match known.and_then(|known| Part::of(entity, &known)) {
            Some(part) => part,
            // Nothing, something erased, or something that cannot be read.
            None if self.knows(entity, id) || entity.is_of_catalogue() => {
                Part { entity, value: Value::Null, from: None, to: None }
            }
            None => return Vec::new(),
        };
        let mut change = part.change(id, Op::Retract);
        // What was said is in the event that said it.
        change.value = Value::Null;
        vec![change]
    }

    /// The parts of a person that are known as of an instant.
    pub fn parts_of(
        &self,
        person: &str,
        as_of: Option<Timestamp>,
        is_own: impl Fn(&str) -> bool,
    ) -> Vec<Known> {
        let kinds = Entity::ALL.iter().filter(|entity| entity.is_of_person());
        let stated = kinds.flat_map(|entity| {
            self.below_at(*entity, person, as_of).map(move |stated| (*entity, stated))
        });
        stated
            .filter_map(|(entity, stated)| {
                Some(Known {
                    id: stated.id.to_owned(),
                    part: Part::of(entity, &stated)?,
                    is_own: stated.asserted.feed.as_deref().is_some_and(&is_own),
                })
            })
            .collect()
    }
}

/// What is said so that the parts `known` become those `wanted`. A part whose days alone are others
/// is corrected under its own id; `fresh` names the new ones. Each change has the place of the
/// wanted part that made it, if one did.
pub fn difference(
    mut known: Vec<Known>,
    wanted: &[Part],
    absent: Absent,
    fresh: &mut dyn FnMut() -> String,
) -> Vec<(Option<usize>, Change)> {
    let mut open: Vec<usize> = (0..wanted.len()).collect();
    let mut changes = Vec::new();
    let likes: [fn(&Part, &Part) -> bool; 3] = [
        |one, other| one == other,
        |one, other| one.is_about_the_same(other) && one.from == other.from,
        |one, other| one.is_about_the_same(other) && one.overlaps(other),
    ];
    for is_like in likes {
        open.retain(|&place| {
            let part = &wanted[place];
            let Some(at) = known.iter().position(|known| is_like(&known.part, part)) else {
                return true;
            };
            let Known { id, part: before, .. } = known.swap_remove(at);
            if before != *part {
                changes.extend(corrected(&before, part, &id).map(|change| (Some(place), change)));
            }
            false
        });
    }
    for place in open {
        let id = fresh();
        changes.push((Some(place), wanted[place].change(&id, Op::Assert)));
    }
    for Known { id, part, is_own } in known {
        match absent {
            Absent::Keep => {}
            Absent::Retract => changes.push((None, retraction(&part, &id))),
            Absent::EndOn(_) if !is_own => {}
            Absent::EndOn(day) if part.to.is_some_and(|to| to <= day) => {}
            // It would have ended before it began.
            Absent::EndOn(day) if part.from.is_some_and(|from| from > day) => {
                changes.push((None, retraction(&part, &id)));
            }
            Absent::EndOn(day) => {
                let ended = Part { to: Some(day), ..part.clone() };
                changes.extend(corrected(&part, &ended, &id).map(|change| (None, change)));
            }
        }
    }
    changes
}

fn retraction(part: &Part, id: &str) -> Change {
    Change { value: Value::Null, ..part.change(id, Op::Retract) }
}

fn corrected(before: &Part, after: &Part, id: &str) -> impl Iterator<Item = Change> {
    [retraction(before, id), after.change(id, Op::Assert)].into_iter()
}
