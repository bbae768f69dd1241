//! What one version of a course has otherwise than another: its parts, matched by their
//! identifiers, and what the package says about itself. Rules are told in the sentences of the
//! outline, so that an author reads what changes for a learner.

mod order;
#[cfg(test)]
mod tests;

use crate::manifest::{Item, Manifest, Metadata};
use crate::outline::{ActivityKind, OutlineEntry, quoted};
use crate::tree::{Activity, ActivityIndex, ActivityTree};
use domain::ItemId;
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};

/// Parts listed of one kind at most; what goes beyond is counted.
pub const PARTS_LISTED_MAX: usize = 200;
/// Changes told of one part at most.
const CHANGES_MAX: usize = 100;
/// Characters of a value that is told.
const VALUE_MAX: usize = 300;

/// The first of many, and how many there are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed<T> {
    /// How many there are.
    pub total: usize,
    /// The first of them.
    pub listed: Vec<T>,
}

impl<T> Listed<T> {
    /// The first `most` of `all`.
    pub fn of(mut all: Vec<T>, most: usize) -> Self {
        let total = all.len();
        all.truncate(most);
        Self { total, listed: all }
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.total == 0
    }

    /// How many are not listed.
    pub const fn more(&self) -> usize {
        self.total.saturating_sub(self.listed.len())
    }
}

/// What a course has otherwise than before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CourseDifference {
    /// What changed in the course as a whole, its edition, title and rules.
    pub course: Vec<Change>,
    /// What the package says about itself, by the name of the element.
    pub metadata: Vec<Change>,
    /// Parts that were not there.
    pub added: Listed<Part>,
    /// Parts that are gone.
    pub removed: Listed<Part>,
    /// Parts that are there still, and otherwise.
    pub changed: Listed<ChangedPart>,
    /// How many parts are as they were.
    pub unchanged: usize,
}

/// A part of a course.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Its identifier.
    pub id: ItemId,
    /// Its title.
    pub title: String,
    /// What it is.
    pub kind: ActivityKind,
}

/// A part that is otherwise than before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangedPart {
    /// Its identifier.
    pub id: ItemId,
    /// Its title now.
    pub title: String,
    /// What is otherwise.
    pub changes: Vec<Change>,
}

/// One thing that is otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// What it is.
    pub what: What,
    /// The name of the element, of metadata.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What was; absent when it is new.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// What is; absent when it is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// Kinds of changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// The edition of SCORM.
    Edition,
    /// The title.
    Title,
    /// The group that it is in, by title.
    Group,
    /// Its place among the others of its group.
    Order,
    /// Whether it is a SCO, an asset, a group.
    Kind,
    /// The file or address that it launches.
    Launch,
    /// Whether the contents show it.
    Shown,
    /// A sentence of the outline.
    Rule,
    /// Something that no sentence tells.
    Other,
    /// Metadata.
    Metadata,
}

impl CourseDifference {
    /// What `after` has otherwise than `before`.
    pub fn between(before: &Manifest, after: &Manifest) -> Self {
        let (old, new) = (ActivityTree::of(before), ActivityTree::of(after));
        let mut difference = Comparison::new(&old, &new).compare();
        if before.edition != after.edition {
            let (was, is) = (before.edition.title(), after.edition.title());
            difference.course.insert(0, Change::of(What::Edition, was, is));
        }
        difference.metadata = metadata(before, after);
        difference
    }

    /// Whether nothing is otherwise.
    pub const fn is_empty(&self) -> bool {
        self.course.is_empty()
            && self.metadata.is_empty()
            && self.added.is_empty()
            && self.removed.is_empty()
            && self.changed.is_empty()
    }

    /// In how many things it is otherwise, in a few words: `2 parts added, 1 removed`.
    pub fn summary(&self) -> String {
        let counts = [&self.added.total, &self.removed.total, &self.changed.total];
        in_few_words(["part", "parts"], counts.map(|count| *count))
    }
}

/// How many of something were added, removed and changed: `2 parts added, 1 removed`.
pub fn in_few_words([one, many]: [&str; 2], counts: [usize; 3]) -> String {
    let counts = counts.into_iter().zip(["added", "removed", "changed"]);
    let told = counts.filter(|(count, _)| *count > 0).enumerate();
    let words = told.map(|(place, (count, word))| match (place, count) {
        (0, 1) => format!("1 {one} {word}"),
        (0, count) => format!("{count} {many} {word}"),
        (_, count) => format!("{count} {word}"),
    });
    let words: Vec<String> = words.collect();
    if words.is_empty() { format!("no {one} otherwise") } else { words.join(", ") }
}

impl Change {
    fn of(what: What, before: impl AsRef<str>, after: impl AsRef<str>) -> Self {
        let (before, after) = (cut(before.as_ref()), cut(after.as_ref()));
        Self { what, name: None, before: Some(before), after: Some(after) }
    }

    const fn plain(what: What) -> Self {
        Self { what, name: None, before: None, after: None }
    }

    /// The change in words.
    pub fn sentence(&self) -> String {
        let was = self.before.as_deref().unwrap_or_default();
        let is = self.after.as_deref().unwrap_or_default();
        match self.what {
            What::Edition | What::Kind => format!("Was {was}, is {is}."),
            What::Title => format!("Was called {}, is called {}.", quoted(was), quoted(is)),
            What::Group => format!("Moved from {} to {}.", quoted(was), quoted(is)),
            What::Order => "Comes at another place among the others of its group.".to_owned(),
            What::Launch if is.is_empty() => format!("Launched '{was}', launches nothing now."),
            What::Launch if was.is_empty() => format!("Launched nothing, launches '{is}' now."),
            What::Launch => format!("Launches '{is}' instead of '{was}'."),
            What::Shown if is == "shown" => "The contents show it now.".to_owned(),
            What::Shown => "The contents do not show it any more.".to_owned(),
            What::Rule if is.is_empty() => format!("No more: {was}"),
            What::Rule => format!("New: {is}"),
            What::Other => "Its entry in the manifest differs in details.".to_owned(),
            What::Metadata => {
                let name = self.name.as_deref().unwrap_or_default();
                match (was.is_empty(), is.is_empty()) {
                    (true, _) => format!("New {name}: {}.", quoted(is)),
                    (_, true) => format!("The {name} {} is gone.", quoted(was)),
                    _ => format!("The {name} was {}, is {}.", quoted(was), quoted(is)),
                }
            }
        }
    }
}

/// A value, cut when it is very long.
fn cut(text: &str) -> String {
    match text.char_indices().nth(VALUE_MAX) {
        Some((end, _)) => format!("{}\u{2026}", text.get(..end).unwrap_or(text)),
        None => text.to_owned(),
    }
}

struct Comparison<'t> {
    old: &'t ActivityTree,
    new: &'t ActivityTree,
    old_outline: Vec<OutlineEntry>,
    new_outline: Vec<OutlineEntry>,
    /// What became of each part that is there still: its place in the old tree.
    was: HashMap<ActivityIndex, ActivityIndex>,
}

impl<'t> Comparison<'t> {
    fn new(old: &'t ActivityTree, new: &'t ActivityTree) -> Self {
        let mut was: HashMap<_, _> = new
            .indices()
            .skip(1)
            .filter_map(|at| Some((at, old.find(new[at].id())?)))
            .filter(|(at, was)| *was != ActivityTree::ROOT && new.find(new[*at].id()) == Some(*at))
            .collect();
        // The course is the course, whatever its organization is called.
        was.insert(ActivityTree::ROOT, ActivityTree::ROOT);
        Self { old, new, old_outline: old.outline(), new_outline: new.outline(), was }
    }

    fn compare(&self) -> CourseDifference {
        let displaced = self.displaced();
        let (mut added, mut others, mut unchanged) = (Vec::new(), Vec::new(), 0);
        for at in self.new.indices().skip(1) {
            let Some(&was) = self.was.get(&at) else {
                added.push(part(&self.new_outline, at));
                continue;
            };
            let mut changes = self.changes(was, at);
            if self.parent_of(was, at).is_none() && displaced.contains(&at) {
                changes.push(Change::plain(What::Order));
            }
            if changes.is_empty() {
                unchanged += 1;
            } else {
                let activity = &self.new[at];
                let (id, title) = (activity.id().clone(), activity.item.title.clone());
                others.push(ChangedPart { id, title, changes });
            }
        }
        let kept: HashSet<_> = self.was.values().copied().collect();
        let gone = self.old.indices().skip(1).filter(|at| !kept.contains(at));
        let removed = gone.map(|at| part(&self.old_outline, at)).collect();
        CourseDifference {
            course: self.changes(ActivityTree::ROOT, ActivityTree::ROOT),
            metadata: Vec::new(),
            added: Listed::of(added, PARTS_LISTED_MAX),
            removed: Listed::of(removed, PARTS_LISTED_MAX),
            changed: Listed::of(others, PARTS_LISTED_MAX),
            unchanged,
        }
    }

    /// What is otherwise in one part; its place among its neighbours aside.
    fn changes(&self, was: ActivityIndex, at: ActivityIndex) -> Vec<Change> {
        let (before, after) = (&self.old_outline[was.place()], &self.new_outline[at.place()]);
        let mut changes = Vec::new();
        if before.title != after.title {
            changes.push(Change::of(What::Title, &before.title, &after.title));
        }
        changes.extend(self.parent_of(was, at));
        if before.kind != after.kind {
            changes.push(Change::of(What::Kind, kind(before.kind), kind(after.kind)));
        }
        if before.launches != after.launches {
            let text = |one: &OutlineEntry| one.launches.clone().unwrap_or_default();
            changes.push(Change::of(What::Launch, text(before), text(after)));
        }
        if before.visible != after.visible {
            let word = |shown: bool| if shown { "shown" } else { "hidden" };
            changes.push(Change::of(What::Shown, word(before.visible), word(after.visible)));
        }
        let told = changes.len();
        let rule = |before: Option<&String>, after: Option<&String>| Change {
            before: before.map(|text| cut(text)),
            after: after.map(|text| cut(text)),
            ..Change::plain(What::Rule)
        };
        let gone = before.rules.iter().filter(|rule| !after.rules.contains(rule));
        changes.extend(gone.map(|text| rule(Some(text), None)));
        let new = after.rules.iter().filter(|rule| !before.rules.contains(rule));
        changes.extend(new.map(|text| rule(None, Some(text))));
        if changes.len() == told && unworded(&self.old[was]) != unworded(&self.new[at]) {
            changes.push(Change::plain(What::Other));
        }
        changes.truncate(CHANGES_MAX);
        changes
    }

    /// The change of a part's group, if it has moved to another.
    fn parent_of(&self, was: ActivityIndex, at: ActivityIndex) -> Option<Change> {
        let (old, new) = (self.old[was].parent?, self.new[at].parent?);
        if self.was.get(&new) == Some(&old) {
            return None;
        }
        let (old, new) = (&self.old[old].item.title, &self.new[new].item.title);
        Some(Change::of(What::Group, old, new))
    }

    /// The parts that have changed places with others of their group: as few as explain it.
    fn displaced(&self) -> HashSet<ActivityIndex> {
        let mut displaced = HashSet::new();
        for group in self.new.indices().filter(|&at| !self.new[at].is_leaf()) {
            let Some(old_group) = self.was.get(&group) else { continue };
            let stayed: Vec<(ActivityIndex, ActivityIndex)> = self.new[group]
                .children
                .iter()
                .filter_map(|at| Some((*at, *self.was.get(at)?)))
                .filter(|(_, was)| self.old[*was].parent == Some(*old_group))
                .collect();
            let places: Vec<usize> = stayed.iter().map(|(_, was)| was.place()).collect();
            let moved = order::out_of_order(&places);
            displaced
                .extend(moved.into_iter().filter_map(|place| stayed.get(place)).map(|one| one.0));
        }
        displaced
    }
}

fn part(outline: &[OutlineEntry], at: ActivityIndex) -> Part {
    let entry = &outline[at.place()];
    Part { id: entry.id.clone(), title: entry.title.clone(), kind: entry.kind }
}

const fn kind(kind: ActivityKind) -> &'static str {
    match kind {
        ActivityKind::Group => "a group",
        ActivityKind::Sco => "a SCO",
        ActivityKind::Asset => "an asset",
        ActivityKind::Empty => "a part that launches nothing",
    }
}

/// What sentences may not tell of an activity in full: thresholds, texts, identifiers of objectives.
fn unworded(activity: &Activity) -> Activity {
    let item = Item {
        identifier: ItemId::new(""),
        title: String::new(),
        visible: true,
        resource: None,
        parameters: None,
        children: Vec::new(),
        metadata: Metadata::default(),
        sequencing: None,
        ..activity.item.clone()
    };
    Activity { item, parent: None, children: Vec::new(), resource: None, ..activity.clone() }
}

fn metadata(before: &Manifest, after: &Manifest) -> Vec<Change> {
    let named = |manifest: &Manifest| -> Vec<(&'static str, String)> {
        let about = &manifest.metadata;
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        vec![
            ("identifier", manifest.identifier.clone()),
            ("version of the manifest", text(&manifest.version)),
            ("title of the package", text(&about.title)),
            ("description", text(&about.description)),
            ("language", text(&about.language)),
            ("list of keywords", about.keywords.join(", ")),
            ("version", text(&about.version)),
            ("typical learning time", text(&about.typical_learning_time)),
            ("metadata file", text(&about.location)),
        ]
    };
    let pairs = named(before).into_iter().zip(named(after));
    let differing = pairs.filter(|((_, was), (_, is))| was != is);
    let change = |((name, was), (_, is)): ((&str, String), (&str, String))| Change {
        what: What::Metadata,
        name: Some(name.to_owned()),
        before: Some(cut(&was)).filter(|text| !text.is_empty()),
        after: Some(cut(&is)).filter(|text| !text.is_empty()),
    };
    differing.map(change).collect()
}
