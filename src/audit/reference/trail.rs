//! The fold: what the events of the trail say of each thing, and when.

use super::{Entity, parse_days};
use crate::world::Visibility;
use crate::{Day, Window};
use domain::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::{BTreeMap, HashSet};
use std::ops::Bound;
use std::sync::Arc;

/// What an event whose person was erased has in the place of its value.
pub const ERASED: &str = r#"{"erased":true}"#;

/// What an event does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// It is so.
    Assert,
    /// It was never so.
    Retract,
}

/// An event of the reference trail, as it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReferenceEvent<'a> {
    /// Its place in the log.
    pub position: u64,
    /// When it was recorded. Later events have later times.
    pub recorded_at: Timestamp,
    /// The name of the kind of thing that it is about.
    pub entity: &'a str,
    /// Which one.
    pub entity_id: &'a str,
    /// What it does.
    pub op: Op,
    /// The first day of which it is true.
    pub valid_from: Option<&'a str>,
    /// The last day.
    pub valid_to: Option<&'a str>,
    /// What is so, as JSON text.
    pub value: &'a str,
    /// Where it comes from, as JSON text; of a feed `source` in it names the system.
    pub source: &'a str,
}

/// What an event asserts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asserted {
    /// The event's place in the log.
    pub position: u64,
    /// The first day of which it is true.
    pub from: Option<Day>,
    /// The last day.
    pub to: Option<Day>,
    /// What is so, as JSON text.
    pub value: Box<str>,
    /// The system whose feed said so.
    pub feed: Option<Arc<str>>,
}

impl Asserted {
    /// The days of which it is true.
    pub fn days(&self) -> Window {
        Window::new(self.from, self.to)
    }

    /// Whether the person that it told of was erased.
    pub fn is_erased(&self) -> bool {
        &*self.value == ERASED
    }

    /// The value, if it can be read.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(&self.value)
    }
}

/// Something that was said of one thing: asserted, or taken back.
#[derive(Debug, Clone)]
struct Said {
    at: Timestamp,
    what: Option<Asserted>,
}

/// A row of reference data with the time in which it was known.
#[derive(Debug, Clone, Copy)]
pub struct Stated<'a> {
    /// Which thing it is about.
    pub id: &'a str,
    /// When it was known.
    pub visibility: Visibility,
    /// What was known.
    pub asserted: &'a Asserted,
}

impl Stated<'_> {
    /// Whether there is an instant at which both are known.
    pub(super) fn meets(&self, other: &Self) -> bool {
        let begins_before_end = |one: Visibility, other: Visibility| match other.retracted_at {
            Some(end) => one.recorded_at.is_none_or(|recorded| recorded < end),
            None => true,
        };
        begins_before_end(self.visibility, other.visibility)
            && begins_before_end(other.visibility, self.visibility)
    }
}

/// An event that could not be taken as it is, and what of it was passed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The event's place in the log.
    pub position: u64,
    /// The kind of thing.
    pub entity: Entity,
    /// Which one.
    pub entity_id: String,
    /// What is wrong.
    pub problem: String,
}

type Things = BTreeMap<Box<str>, Vec<Said>>;

/// All that events have said, in their order. Whatever was known at any instant can be asked for.
#[derive(Debug, Clone, Default)]
pub struct Trail {
    things: BTreeMap<Entity, Things>,
    feeds: HashSet<Arc<str>>,
    notes: Vec<Note>,
    positions: Vec<u64>,
}

impl Trail {
    /// What these events say.
    pub fn of<'a>(events: impl IntoIterator<Item = ReferenceEvent<'a>>) -> Self {
        let mut trail = Self::default();
        for event in events {
            trail.apply(&event);
        }
        trail
    }

    /// Takes the next event. An assertion ends what was asserted of the same thing before, and so
    /// does a retraction. Events about other things than [`Entity`] lists are passed over.
    pub fn apply(&mut self, event: &ReferenceEvent<'_>) {
        self.positions.push(event.position);
        let Ok(entity) = event.entity.parse::<Entity>() else { return };
        let what = match event.op {
            Op::Assert => match parse_days(event.valid_from, event.valid_to) {
                Ok((from, to)) => Some(Asserted {
                    position: event.position,
                    from,
                    to,
                    value: event.value.into(),
                    feed: self.feed(event.source),
                }),
                Err(problem) => return self.note(event, entity, problem),
            },
            Op::Retract => None,
        };
        let things = self.things.entry(entity).or_default();
        let said = match things.get_mut(event.entity_id) {
            Some(said) => said,
            None => things.entry(event.entity_id.into()).or_default(),
        };
        let is_there = said.last().is_some_and(|last| last.what.is_some());
        let is_idle = what.is_none() && !is_there && !entity.is_of_catalogue();
        said.push(Said { at: event.recorded_at, what });
        if is_idle {
            self.note(event, entity, "takes back what was not asserted".to_owned());
        }
    }

    fn feed(&mut self, source: &str) -> Option<Arc<str>> {
        #[derive(Deserialize)]
        struct Source {
            #[serde(default)]
            feed: Option<String>,
            #[serde(default)]
            source: Option<String>,
        }
        if source == "null" {
            return None;
        }
        let Source { feed: Some(_), source: Some(system) } = serde_json::from_str(source).ok()?
        else {
            return None;
        };
        if let Some(known) = self.feeds.get(&*system) {
            return Some(Arc::clone(known));
        }
        let system: Arc<str> = system.into();
        self.feeds.insert(Arc::clone(&system));
        Some(system)
    }

    fn note(&mut self, event: &ReferenceEvent<'_>, entity: Entity, problem: String) {
        let entity_id = event.entity_id.to_owned();
        self.notes.push(Note { position: event.position, entity, entity_id, problem });
    }

    /// The place of the last event that was taken.
    pub fn last(&self) -> Option<u64> {
        self.positions.last().copied()
    }

    /// The places of all events, oldest first, those about other things included.
    pub fn positions(&self) -> &[u64] {
        &self.positions
    }

    /// What could not be taken as it is.
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }

    /// What is asserted of a thing now.
    pub fn now(&self, entity: Entity, id: &str) -> Option<&Asserted> {
        self.said(entity, id).last()?.what.as_ref()
    }

    /// What was asserted of a thing as of an instant; `None` is now.
    pub fn at(&self, entity: Entity, id: &str, as_of: Option<Timestamp>) -> Option<&Asserted> {
        self.stated_at(entity, id, as_of).map(|stated| stated.asserted)
    }

    /// As [`Trail::at`], with the time in which it was known.
    pub fn stated_at(
        &self,
        entity: Entity,
        id: &str,
        as_of: Option<Timestamp>,
    ) -> Option<Stated<'_>> {
        let (id, said) = self.things.get(&entity)?.get_key_value(id)?;
        stated_at(id, said, as_of)
    }

    /// Whether anything is asserted of a thing now.
    pub fn knows(&self, entity: Entity, id: &str) -> bool {
        self.now(entity, id).is_some()
    }

    /// Whether anything was ever said of a thing.
    pub fn has_known(&self, entity: Entity, id: &str) -> bool {
        !self.said(entity, id).is_empty()
    }

    /// What was known of all things of a kind as of an instant, in the order of their ids.
    pub fn all_at(
        &self,
        entity: Entity,
        as_of: Option<Timestamp>,
    ) -> impl Iterator<Item = Stated<'_>> {
        self.ids(entity).filter_map(move |(id, said)| stated_at(id, said, as_of))
    }

    /// As [`Trail::all_at`], from an id on.
    pub fn all_from(
        &self,
        entity: Entity,
        from: Bound<&str>,
        as_of: Option<Timestamp>,
    ) -> impl Iterator<Item = Stated<'_>> {
        let things = self.things.get(&entity).into_iter();
        let found = things.flat_map(move |things| things.range::<str, _>((from, Bound::Unbounded)));
        found.filter_map(move |(id, said)| stated_at(id, said, as_of))
    }

    /// Every row that there ever was of a kind, with the time in which it was known: by id, then in
    /// the order of the log.
    pub fn history(&self, entity: Entity) -> impl Iterator<Item = Stated<'_>> {
        self.ids(entity).flat_map(|(id, said)| stated(id, said))
    }

    /// Every row that there ever was of one thing.
    pub fn history_of(&self, entity: Entity, id: &str) -> impl Iterator<Item = Stated<'_>> {
        let found = self.things.get(&entity).and_then(|things| things.get_key_value(id));
        found.into_iter().flat_map(|(id, said)| stated(id, said))
    }

    /// Every row that there ever was of a kind below one thing: a person's access, the versions of
    /// a course.
    pub fn history_below(&self, entity: Entity, above: &str) -> impl Iterator<Item = Stated<'_>> {
        self.below(entity, above).flat_map(|(id, said)| stated(id, said))
    }

    /// As [`Trail::history_below`], what was known as of an instant.
    pub fn below_at(
        &self,
        entity: Entity,
        above: &str,
        as_of: Option<Timestamp>,
    ) -> impl Iterator<Item = Stated<'_>> {
        self.below(entity, above).filter_map(move |(id, said)| stated_at(id, said, as_of))
    }

    /// The changes to the shipped catalogue that were known as of an instant, in the order in which
    /// they were made: the kind, the id, and what is asserted, none for what is hidden.
    pub fn catalogue_at(&self, as_of: Option<Timestamp>) -> Vec<(Entity, &str, Option<&Asserted>)> {
        let kinds = self.things.iter().filter(|(entity, _)| entity.is_of_catalogue());
        let mut found: Vec<_> = kinds
            .flat_map(|(entity, things)| {
                things.iter().map(move |(id, said)| (*entity, &**id, said))
            })
            .filter_map(|(entity, id, said)| {
                let last = said.iter().rfind(|said| as_of.is_none_or(|as_of| said.at <= as_of))?;
                Some((last.at, entity, id, last.what.as_ref()))
            })
            .collect();
        found.sort_by_key(|(at, entity, id, _)| (*at, *entity, *id));
        found.into_iter().map(|(_, entity, id, what)| (entity, id, what)).collect()
    }

    fn said(&self, entity: Entity, id: &str) -> &[Said] {
        let found = self.things.get(&entity).and_then(|things| things.get(id));
        found.map(Vec::as_slice).unwrap_or_default()
    }

    fn ids(&self, entity: Entity) -> impl Iterator<Item = (&str, &[Said])> {
        let things = self.things.get(&entity).into_iter().flatten();
        things.map(|(id, said)| (&**id, said.as_slice()))
    }

    fn below(&self, entity: Entity, above: &str) -> impl Iterator<Item = (&str, &[Said])> {
        // '0' is the character after '/'.
        let (first, end) = (format!("{above}/"), format!("{above}0"));
        let bounds = (Bound::Included(&*first), Bound::Excluded(&*end));
        let things = self.things.get(&entity).into_iter();
        let found: Vec<_> = things.flat_map(|things| things.range::<str, _>(bounds)).collect();
        found.into_iter().map(|(id, said)| (&**id, said.as_slice()))
    }
}

/// The rows of one thing: each is known until the next event about it.
fn stated<'a>(id: &'a str, said: &'a [Said]) -> impl Iterator<Item = Stated<'a>> {
    said.iter().enumerate().filter_map(move |(index, one)| {
        let visibility = Visibility {
            recorded_at: Some(one.at),
            retracted_at: said.get(index + 1).map(|next| next.at),
        };
        Some(Stated { id, visibility, asserted: one.what.as_ref()? })
    })
}

fn stated_at<'a>(id: &'a str, said: &'a [Said], as_of: Option<Timestamp>) -> Option<Stated<'a>> {
    let index = said.iter().rposition(|said| as_of.is_none_or(|as_of| said.at <= as_of))?;
    let visibility = Visibility {
        recorded_at: Some(said[index].at),
        retracted_at: said.get(index + 1).map(|next| next.at),
    };
    Some(Stated { id, visibility, asserted: said[index].what.as_ref()? })
}
