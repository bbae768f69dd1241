//! What an organization makes of the shipped catalogue: each change is an event of the reference
//! trail, and the catalogue of a day is the shipped one below the events that are visible then.

use super::crosswalk::{Pair, Relation};
use super::framework::{Control, Framework, Head, Origin, Titles, Value};
use super::key::{ControlKey, KeyError, names_framework};
use super::{Catalogue, Crosswalk};
use serde::Deserialize;
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// A change to the catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// The framework is called so, and is there if it was not.
    Framework(Box<Head>),
    /// The framework and all its controls are out of sight.
    HideFramework(String),
    /// The control is so, whether it was there or not.
    Control(ControlKey, Box<Value>),
    /// The control is out of sight.
    HideControl(ControlKey),
    /// The two controls relate so.
    Relation(Pair),
    /// The two controls do not relate.
    HideRelation(ControlKey, ControlKey),
}

/// What an event says is no change to the catalogue.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// Only [`Edit::ENTITIES`] belong to the catalogue.
    #[error("not a part of the catalogue: {0:?}")]
    Entity(String),
    /// A control is not named by its key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A framework is not named by its key.
    #[error("a framework's key is letters, digits, '-' and '.', and begins with a letter: {0:?}")]
    Framework(String),
    /// A relation is not named by two keys with a blank between them.
    #[error("a relation is named by the keys of two controls with a blank between them: {0:?}")]
    Pair(String),
    /// A relation would join a control with itself.
    #[error("a control cannot relate to itself: {0}")]
    Itself(ControlKey),
    /// The value does not say what it should.
    #[error(transparent)]
    Value(#[from] serde_json::Error),
    /// The title is blank.
    #[error("a title is not empty")]
    NoTitle,
}

/// A framework as an event says it: its key is the event's.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HeadValue {
    title: String,
    #[serde(default)]
    edition: String,
    #[serde(default)]
    published: String,
    #[serde(default)]
    publisher: String,
    #[serde(default)]
    source: String,
    #[serde(default)]
    url: String,
    #[serde(default)]
    titles: Titles,
    #[serde(default)]
    note: String,
}

/// A relation as an event says it: its ends are in the event's name.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PairValue {
    relation: Relation,
    #[serde(default)]
    note: String,
}

impl Edit {
    /// The entities of the reference trail that make up the catalogue.
    pub const ENTITIES: [&str; 3] = ["framework", "control", "control_relation"];

    /// The change that a reference event makes. The `id` is a framework's key, a control's key, or
    /// two of these with a blank between them; `value` is what is asserted, none for a retraction.
    pub fn parse(entity: &str, id: &str, value: Option<&Json>) -> Result<Self, EditError> {
        match entity {
            "framework" => Self::framework(id, value),
            "control" => Self::control(id.parse()?, value),
            "control_relation" => Self::relation(id, value),
            other => Err(EditError::Entity(other.to_owned())),
        }
    }

    fn framework(key: &str, value: Option<&Json>) -> Result<Self, EditError> {
        if !names_framework(key) {
            return Err(EditError::Framework(key.to_owned()));
        }
        let Some(value) = value else { return Ok(Self::HideFramework(key.to_owned())) };
        let value = HeadValue::deserialize(value)?;
        if value.title.trim().is_empty() {
            return Err(EditError::NoTitle);
        }
        Ok(Self::Framework(Box::new(Head {
            key: key.to_owned(),
            title: value.title,
            edition: value.edition,
            published: value.published,
            publisher: value.publisher,
            source: value.source,
            url: value.url,
            titles: value.titles,
            note: value.note,
        })))
    }

    fn control(key: ControlKey, value: Option<&Json>) -> Result<Self, EditError> {
        let Some(value) = value else { return Ok(Self::HideControl(key)) };
        let value = Value::deserialize(value)?;
        if value.title.trim().is_empty() {
            return Err(EditError::NoTitle);
        }
        Ok(Self::Control(key, Box::new(value)))
    }

    fn relation(id: &str, value: Option<&Json>) -> Result<Self, EditError> {
        let (from, to) = id.split_once(' ').ok_or_else(|| EditError::Pair(id.to_owned()))?;
        let (from, to): (ControlKey, ControlKey) = (from.parse()?, to.parse()?);
        if from == to {
            return Err(EditError::Itself(from));
        }
        let Some(value) = value else { return Ok(Self::HideRelation(from, to)) };
        let PairValue { relation, note } = PairValue::deserialize(value)?;
        Ok(Self::Relation(Pair { from, to, relation, note }))
    }
}

/// What is said last of each part.
#[derive(Default)]
struct Last<'a> {
    frameworks: BTreeMap<&'a str, Option<&'a Head>>,
    controls: BTreeMap<&'a ControlKey, Option<&'a Value>>,
    /// By the two ends, the smaller first.
    relations: BTreeMap<(&'a ControlKey, &'a ControlKey), Option<&'a Pair>>,
}

impl<'a> Last<'a> {
    fn of(edits: &'a [Edit]) -> Self {
        let mut last = Self::default();
        for edit in edits {
            match edit {
                Edit::Framework(head) => {
                    last.frameworks.insert(&head.key, Some(head));
                }
                Edit::HideFramework(key) => {
                    last.frameworks.insert(key, None);
                }
                Edit::Control(key, value) => {
                    last.controls.insert(key, Some(value));
                }
                Edit::HideControl(key) => {
                    last.controls.insert(key, None);
                }
                Edit::Relation(pair) => {
                    last.relations.insert(ends(&pair.from, &pair.to), Some(pair));
                }
                Edit::HideRelation(from, to) => {
                    last.relations.insert(ends(from, to), None);
                }
            }
        }
        last
    }
}

fn ends<'a>(one: &'a ControlKey, other: &'a ControlKey) -> (&'a ControlKey, &'a ControlKey) {
    if one <= other { (one, other) } else { (other, one) }
}

/// A framework that an organization has given a control but no name.
fn unnamed(key: &str) -> Framework {
    let empty = String::new;
    let head = Head {
        key: key.to_owned(),
        title: key.to_owned(),
        edition: empty(),
        published: empty(),
        publisher: empty(),
        source: empty(),
        url: empty(),
        titles: Titles::Ours,
        note: empty(),
    };
    Framework { head, controls: Vec::new() }
}

impl Catalogue {
    /// This catalogue as an organization has changed it. Of several changes to one part the last
    /// counts; changes to different parts may come in any order. What is hidden and asserted again
    /// is there again; a hidden framework takes its controls with it, and asserting it again brings
    /// them back.
    #[must_use]
    pub fn with(&self, edits: &[Edit]) -> Self {
        let last = Last::of(edits);
        let mut frameworks = self.frameworks.clone();
        for head in last.frameworks.values().flatten() {
            place(&mut frameworks, &head.key).head = (*head).clone();
        }
        for (key, value) in &last.controls {
            match value {
                Some(value) => assert_control(place(&mut frameworks, key.framework()), key, value),
                None => frameworks
                    .iter_mut()
                    .for_each(|framework| framework.controls.retain(|held| held.key != **key)),
            }
        }
        frameworks.retain(|framework| {
            !matches!(last.frameworks.get(framework.head.key.as_str()), Some(None))
        });
        Self { frameworks, crosswalk: edited(&self.crosswalk, &last) }
    }
}

/// The framework of that key, made if there is none.
fn place<'f>(frameworks: &'f mut Vec<Framework>, key: &str) -> &'f mut Framework {
    let at = frameworks.iter().position(|framework| framework.head.key == key);
    let at = at.unwrap_or_else(|| {
        frameworks.push(unnamed(key));
        frameworks.len() - 1
    });
    &mut frameworks[at]
}

fn assert_control(framework: &mut Framework, key: &ControlKey, value: &Value) {
    match framework.controls.iter_mut().find(|control| control.key == *key) {
        Some(control) if control.value == *value => {}
        Some(control) => {
            control.value = value.clone();
            if control.origin == Origin::Shipped {
                control.origin = Origin::Changed;
            }
        }
        None => framework.controls.push(Control {
            key: key.clone(),
            origin: Origin::Own,
            value: value.clone(),
        }),
    }
}

/// A relation that is asserted or retracted stands for any that was shipped between the two, from
/// renumbering, too.
fn edited(shipped: &Crosswalk, last: &Last<'_>) -> Crosswalk {
    let said =
        |one: &ControlKey, other: &ControlKey| last.relations.contains_key(&ends(one, other));
    let mut crosswalk = shipped.clone();
    for entry in &mut crosswalk.renumbered {
        let now = entry.now.clone();
        entry.was.retain(|was| !said(was, &now));
    }
    crosswalk.pairs.retain(|pair| !said(&pair.from, &pair.to));
    crosswalk.pairs.extend(last.relations.values().flatten().map(|pair| (*pair).clone()));
    crosswalk
}
