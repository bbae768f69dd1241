//! What sentences about one activity need to know of the others.

use crate::sequencing::ObjectiveMap;
use crate::tree::{Activity, ActivityIndex, ActivityTree};
use std::collections::HashMap;

/// Sentences told of one kind at most; what goes beyond is counted.
const SENTENCES_MAX: usize = 50;
/// Parts of one sentence.
pub(super) const PARTS_MAX: usize = 10;
/// Characters of a name that a sentence quotes.
const NAME_MAX: usize = 80;

/// A course, with the writers of its global objectives at hand.
pub(super) struct Course<'t> {
    pub(super) tree: &'t ActivityTree,
    /// Who writes a global objective.
    writers: HashMap<&'t str, Vec<Writer<'t>>>,
}

/// Who writes a global objective: the activity, the objective when it is not the primary one, and
/// what is written.
struct Writer<'t> {
    at: ActivityIndex,
    named: Option<&'t str>,
    map: &'t ObjectiveMap,
}

impl<'t> Course<'t> {
    pub(super) fn of(tree: &'t ActivityTree) -> Self {
        let mut writers: HashMap<&str, Vec<_>> = HashMap::new();
        for at in tree.indices() {
            let activity = &tree[at];
            for objective in [&activity.primary].into_iter().chain(&activity.objectives) {
                let named = objective.identifier.as_deref().filter(|_| !objective.primary);
                for map in objective.maps.iter().filter(|map| map.writes()) {
                    writers.entry(&map.target).or_default().push(Writer { at, named, map });
                }
            }
        }
        Self { tree, writers }
    }

    /// A title in quotes.
    pub(super) fn name(&self, at: ActivityIndex) -> String {
        quoted(&self.tree[at].item.title)
    }

    /// A map without what it reads for nothing: what the 4th edition added to the maps is read by
    /// default, and most courses never write it.
    pub(super) fn effective(&self, map: &ObjectiveMap) -> ObjectiveMap {
        let writers = self.writers.get(map.target.as_str()).map_or(&[][..], Vec::as_slice);
        let is_written =
            |writes: fn(&ObjectiveMap) -> bool| writers.iter().any(|writer| writes(writer.map));
        ObjectiveMap {
            read_raw_score: map.read_raw_score && is_written(|map| map.write_raw_score),
            read_min_score: map.read_min_score && is_written(|map| map.write_min_score),
            read_max_score: map.read_max_score && is_written(|map| map.write_max_score),
            read_completion_status: map.read_completion_status
                && is_written(|map| map.write_completion_status),
            read_progress_measure: map.read_progress_measure
                && is_written(|map| map.write_progress_measure),
            ..map.clone()
        }
    }

    /// Whose success, score or completion a rule of an activity asks about; `reads` tells whether a
    /// map takes that from a global objective.
    pub(super) fn subject(
        &self,
        at: ActivityIndex,
        objective: Option<&str>,
        reads: impl Fn(&ObjectiveMap) -> bool,
    ) -> Subject {
        let known = self.tree[at].objective(objective);
        let own = match objective {
            Some(named) if !known.is_some_and(|known| known.primary) => {
                Subject::Named(format!("its objective {}", quoted(named)))
            }
            _ => Subject::Itself,
        };
        let Some(map) =
            known.and_then(|known| known.maps.iter().find(|map| reads(&self.effective(map))))
        else {
            return own;
        };
        match self.writers.get(map.target.as_str()).map(Vec::as_slice) {
            Some([writer]) if writer.at == at => own,
            Some([Writer { at, named: None, .. }]) => Subject::Named(self.name(*at)),
            Some([Writer { at, named: Some(named), .. }]) => {
                Subject::Named(format!("objective {} of {}", quoted(named), self.name(*at)))
            }
            _ => Subject::Named(format!("the global objective {}", quoted(&map.target))),
        }
    }

    /// The titles of others that write a global objective, as an addition in brackets.
    pub(super) fn written_by(&self, target: &str, reader: ActivityIndex) -> String {
        let writers = self.writers.get(target).into_iter().flatten();
        let others = writers.filter(|writer| writer.at != reader).take(PARTS_MAX + 1);
        let mut names: Vec<String> = others.map(|writer| self.name(writer.at)).collect();
        names.dedup();
        if names.len() > PARTS_MAX {
            names.truncate(PARTS_MAX);
            names.push("others".to_owned());
        }
        if names.is_empty() { String::new() } else { format!(" (written by {})", listed(&names)) }
    }

    pub(super) fn activity(&self, at: ActivityIndex) -> &'t Activity {
        &self.tree[at]
    }
}

impl ObjectiveMap {
    /// Whether anything is written to the global objective.
    pub const fn writes(&self) -> bool {
        self.write_satisfied_status
            || self.write_normalized_measure
            || self.write_raw_score
            || self.write_min_score
            || self.write_max_score
            || self.write_completion_status
            || self.write_progress_measure
    }

    /// Whether anything is read from the global objective.
    pub const fn reads(&self) -> bool {
        self.read_satisfied_status
            || self.read_normalized_measure
            || self.read_raw_score
            || self.read_min_score
            || self.read_max_score
            || self.read_completion_status
            || self.read_progress_measure
    }
}

/// What a condition is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Subject {
    /// The activity whose rule it is.
    Itself,
    /// Another one, or an objective.
    Named(String),
}

impl Subject {
    /// The subject of a sentence.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Itself => "it",
            Self::Named(name) => name,
        }
    }

    /// `its score`, `the score of 'Pretest'`.
    pub(super) fn own(&self, noun: &str) -> String {
        match self {
            Self::Itself => format!("its {noun}"),
            Self::Named(name) => format!("the {noun} of {name}"),
        }
    }
}

/// A name in quotes, cut when it is very long.
pub(crate) fn quoted(text: &str) -> String {
    match text.char_indices().nth(NAME_MAX) {
        Some((end, _)) => format!("'{}\u{2026}'", text.get(..end).unwrap_or(text)),
        None => format!("'{text}'"),
    }
}

/// The first parts, joined, and how many more there are.
pub(super) fn some(parts: &[String], joint: &str) -> String {
    let shown = parts.get(..PARTS_MAX).unwrap_or(parts).join(joint);
    match parts.len().saturating_sub(PARTS_MAX) {
        0 => shown,
        more => format!("{shown}{joint}{more} more"),
    }
}

/// Tells the first of many, a sentence each, and how many more there are.
pub(super) fn tell_some<T>(
    mut all: impl Iterator<Item = T>,
    word: impl Fn(T) -> String,
    what: &str,
    told: &mut Vec<String>,
) {
    told.extend(all.by_ref().take(SENTENCES_MAX).map(word));
    if let more @ 1.. = all.count() {
        told.push(format!("And {more} more {what}."));
    }
}

/// `a`, `a and b`, `a, b and c`.
pub(super) fn listed(parts: &[impl AsRef<str>]) -> String {
    let parts: Vec<&str> = parts.iter().map(AsRef::as_ref).collect();
    match parts.split_last() {
        None => String::new(),
        Some((last, [])) => (*last).to_owned(),
        Some((last, before)) => format!("{} and {last}", before.join(", ")),
    }
}

/// A sentence: its first letter large, and a full stop.
pub(super) fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().collect::<String>());
    format!("{}{}.", first.unwrap_or_default(), letters.as_str())
}
