//! How controls of different frameworks, and of different editions of one, relate to each other.

use super::key::ControlKey;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// How one control relates to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// Both ask for the same: evidence of one is evidence of the other.
    Same,
    /// It asks for all that the other does, and more: its evidence serves the other.
    Broader,
    /// It asks for a part of what the other does: its evidence serves the other in part.
    Narrower,
    /// They share evidence, and neither holds the other.
    Related,
}

impl Relation {
    /// The relation as seen from the other control.
    #[must_use]
    pub const fn reversed(self) -> Self {
        match self {
            Self::Broader => Self::Narrower,
            Self::Narrower => Self::Broader,
            Self::Same | Self::Related => self,
        }
    }
}

/// Two controls and how the first relates to the second.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pair {
    /// The control of which the relation is said.
    pub from: ControlKey,
    /// The control that it relates to.
    pub to: ControlKey,
    /// What `from` is to `to`.
    pub relation: Relation,
    /// Why, in a sentence.
    #[serde(default)]
    pub note: String,
}

impl Pair {
    /// Whether it is about these two controls, either way round.
    pub fn joins(&self, one: &ControlKey, other: &ControlKey) -> bool {
        (&self.from, &self.to) == (one, other) || (&self.from, &self.to) == (other, one)
    }
}

/// Where a control of a newer edition was in the older one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Renumbered {
    /// The control in the newer edition.
    pub now: ControlKey,
    /// The controls that it was made of; none when it is new.
    pub was: Vec<ControlKey>,
    /// Numbers of the older edition that went into it, too, and are not in the catalogue since
    /// training has no bearing on them.
    pub beyond: Vec<String>,
}

/// All relations of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Crosswalk {
    /// What became of the numbers of an older edition.
    pub renumbered: Vec<Renumbered>,
    /// Relations between controls.
    pub pairs: Vec<Pair>,
}

impl Crosswalk {
    /// Reads the crosswalk's file.
    pub fn parse(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// What a renumbering means as relations: the same when one control became one, else each old
    /// control is a part of the new one.
    fn of_editions(&self) -> impl Iterator<Item = Pair> {
        self.renumbered.iter().flat_map(|entry| {
            let alone = entry.was.len() == 1 && entry.beyond.is_empty();
            entry.was.iter().map(move |was| Pair {
                from: was.clone(),
                to: entry.now.clone(),
                relation: if alone { Relation::Same } else { Relation::Narrower },
                note: if alone {
                    format!("{was} is {} in the newer edition.", entry.now)
                } else {
                    format!("{was} is a part of {} in the newer edition.", entry.now)
                },
            })
        })
    }

    /// The relations of one control: the other control, what this one is to it, and why.
    pub fn of(&self, key: &ControlKey) -> Vec<(ControlKey, Relation, String)> {
        self.of_editions()
            .chain(self.pairs.iter().filter(|pair| [&pair.from, &pair.to].contains(&key)).cloned())
            .filter_map(|Pair { from, to, relation, note }| {
                if from == *key {
                    Some((to, relation, note))
                } else {
                    (to == *key).then(|| (from, relation.reversed(), note))
                }
            })
            .collect()
    }

    /// Where each control of an older edition is in the newer one.
    pub fn moved(&self) -> HashMap<&ControlKey, &ControlKey> {
        let entries = self.renumbered.iter();
        entries.flat_map(|entry| entry.was.iter().map(|was| (was, &entry.now))).collect()
    }
}
