//! What the manifest says of each activity, in an arena.

use crate::manifest::{
    CompletionThreshold, Edition, Item, Launch, Manifest, Organization, Resource as Declared,
    ResourceKind,
};
use crate::sequencing::{Objective, Prerequisites, Rule, RuleAction, Sequencing};
use domain::ItemId;
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::ops::Index;

/// The activity tree of one organization; activities lie in document order, the root first.
#[derive(Debug, Clone, PartialEq)]
pub struct ActivityTree {
    edition: Edition,
    activities: Vec<Activity>,
    by_item: HashMap<ItemId, ActivityIndex>,
    /// Global objectives that an activity maps.
    mapped: HashSet<String>,
    /// The activities whose primary objective reads what rollup uses from a global objective.
    readers: HashMap<String, Vec<ActivityIndex>>,
    objectives_global_to_system: bool,
    shared_data_global_to_system: bool,
}

/// Where an activity lies in the tree that gave this index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActivityIndex(usize);

impl ActivityIndex {
    /// Its place in document order, the root's being 0.
    pub const fn place(self) -> usize {
        self.0
    }
}

/// What an activity launches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// `resource@identifier`.
    pub identifier: String,
    /// SCO or asset.
    pub kind: ResourceKind,
    /// Where it starts.
    pub launch: Launch,
}

/// One activity: an item of the manifest, its defaults filled in.
#[derive(Debug, Clone, PartialEq)]
pub struct Activity {
    /// The item without its children: title, visibility, launch data and the like.
    pub item: Item,
    /// The cluster that it belongs to; `None` for the root.
    pub parent: Option<ActivityIndex>,
    /// Its children in document order; empty for a leaf.
    pub children: Vec<ActivityIndex>,
    /// What it launches; only a leaf has one.
    pub resource: Option<Resource>,
    /// The sequencing definition model, the defaults of SN 3 where the manifest is silent.
    pub sequencing: Sequencing,
    /// The objective that contributes to rollup (SM.6); there always is one.
    pub primary: Objective,
    /// The other objectives, each with an identifier.
    pub objectives: Vec<Objective>,
    /// What comes before it in SCORM 1.2; a script that cannot be read or names what the course
    /// lacks asks for nothing.
    pub prerequisites: Option<Prerequisites>,
}

impl Activity {
    /// Its identifier.
    pub const fn id(&self) -> &ItemId {
        &self.item.identifier
    }

    /// Whether it has no children.
    pub const fn is_leaf(&self) -> bool {
        self.children.is_empty()
    }

    /// Whether it is a leaf that launches something.
    pub const fn can_launch(&self) -> bool {
        self.resource.is_some()
    }

    /// Whether it launches a SCO.
    pub fn is_sco(&self) -> bool {
        self.resource.as_ref().is_some_and(|resource| resource.kind == ResourceKind::Sco)
    }

    /// The definition of an objective; `None` means the primary one.
    pub fn objective(&self, id: Option<&str>) -> Option<&Objective> {
        match id {
            None => Some(&self.primary),
            Some(id) => {
                let id = plain(id);
                let is = |known: &&Objective| {
                    known.identifier.as_deref().is_some_and(|known| plain(known) == id)
                };
                [&self.primary].into_iter().chain(&self.objectives).find(is)
            }
        }
    }

    /// The completion threshold, when completion is decided by the progress measure.
    pub(crate) fn completed_by_measure(&self) -> Option<&CompletionThreshold> {
        self.item.completion_threshold.as_ref().filter(|threshold| threshold.completed_by_measure)
    }

    /// `progressWeight`; 1 by default (CAM 4th edition 3.4.1.11).
    pub(crate) fn progress_weight(&self) -> f64 {
        self.item.completion_threshold.map_or(1.0, |threshold| threshold.progress_weight)
    }
}

impl Index<ActivityIndex> for ActivityTree {
    type Output = Activity;

    /// The activity at an index that this tree gave.
    fn index(&self, index: ActivityIndex) -> &Activity {
        &self.activities[index.0]
    }
}

impl ActivityTree {
    /// The root's index.
    pub const ROOT: ActivityIndex = ActivityIndex(0);

    /// The tree of the organization that is played.
    pub fn of(manifest: &Manifest) -> Self {
        Self::new(manifest.edition, manifest.organization(), &manifest.resources)
    }

    /// The tree of an organization whose items launch `resources`.
    pub fn new(edition: Edition, organization: &Organization, resources: &[Declared]) -> Self {
        let resources: HashMap<&str, &Declared> =
            resources.iter().map(|declared| (declared.identifier.as_str(), declared)).collect();
        let mut tree = Self {
            edition,
            activities: Vec::new(),
            by_item: HashMap::new(),
            mapped: HashSet::new(),
            readers: HashMap::new(),
            objectives_global_to_system: organization.objectives_global_to_system,
            shared_data_global_to_system: organization.shared_data_global_to_system,
        };
        // A stack instead of recursion: the manifest decides how deep it is.
        let mut waiting = vec![(&organization.root, None)];
        while let Some((item, parent)) = waiting.pop() {
            let index = tree.push(item, parent, &resources);
            waiting.extend(item.children.iter().rev().map(|child| (child, Some(index))));
        }
        tree.settle_control();
        tree.settle_prerequisites();
        tree
    }

    /// Where the manifest leaves no way in: a course of one activity begins with it, as in ADL's
    /// reference run-time, and the activities of SCORM 1.2, which knows no sequencing, follow each
    /// other, past those that are hidden.
    fn settle_control(&mut self) {
        let is_12 = !self.edition.is_2004();
        let is_alone = self.activities.len() == 2;
        let shows_any = self.indices().any(|at| self.can_choose(at));
        for activity in &mut self.activities {
            let control = &mut activity.sequencing.control;
            if is_12 {
                control.flow = true;
                if shows_any && !activity.item.visible {
                    activity.sequencing.pre_conditions = vec![Rule::always(RuleAction::Skip)];
                }
            } else if is_alone && control.choice && !control.flow {
                (control.choice, control.flow) = (false, true);
            }
        }
    }

    /// Nobody can meet a script that names items which the course lacks.
    fn settle_prerequisites(&mut self) {
        let by_item = &self.by_item;
        for activity in &mut self.activities {
            activity.prerequisites.take_if(|script| {
                !script.items().iter().all(|item| by_item.contains_key(&ItemId::new(*item)))
            });
        }
    }

    fn push(
        &mut self,
        item: &Item,
        parent: Option<ActivityIndex>,
        resources: &HashMap<&str, &Declared>,
    ) -> ActivityIndex {
        let index = ActivityIndex(self.activities.len());
        let activity = activity(self.edition, item, parent, resources);
        let objectives = activity.objectives.iter().chain([&activity.primary]);
        self.mapped.extend(objectives.flat_map(|o| &o.maps).map(|map| map.target.clone()));
        for map in activity.primary.maps.iter().filter(|map| map.reads_status()) {
            self.readers.entry(map.target.clone()).or_default().push(index);
        }
        // Identifiers are unique in a sound manifest; the first one wins in another.
        self.by_item.entry(activity.id().clone()).or_insert(index);
        if let Some(parent) = parent.and_then(|parent| self.activities.get_mut(parent.0)) {
            parent.children.push(index);
        }
        self.activities.push(activity);
        index
    }

    /// The activity at an index that this tree gave.
    pub(super) fn activity_mut(&mut self, index: ActivityIndex) -> &mut Activity {
        &mut self.activities[index.0]
    }

    /// Which SCORM the course was made for.
    pub const fn edition(&self) -> Edition {
        self.edition
    }

    /// Whether global objectives outlive the registration (`adlseq:objectivesGlobalToSystem`).
    pub const fn objectives_global_to_system(&self) -> bool {
        self.objectives_global_to_system
    }

    /// Whether shared data stores outlive the registration (`adlcp:sharedDataGlobalToSystem`).
    pub const fn shared_data_global_to_system(&self) -> bool {
        self.shared_data_global_to_system
    }

    /// Whether the manifest says anything of sequencing. A course that does not was made for systems
    /// that let learners go where they want, and begin with the first part.
    pub fn is_sequenced(&self) -> bool {
        self.activities.iter().any(|activity| activity.item.sequencing.is_some())
    }

    /// The root activity: the organization.
    pub fn root(&self) -> &Activity {
        &self[Self::ROOT]
    }

    /// How many activities there are; at least one.
    #[expect(clippy::len_without_is_empty, reason = "a tree has a root")]
    pub const fn len(&self) -> usize {
        self.activities.len()
    }

    /// All indices in document order.
    pub fn indices(&self) -> impl DoubleEndedIterator<Item = ActivityIndex> + use<> {
        (0..self.activities.len()).map(ActivityIndex)
    }

    /// The indices from one on, in document order.
    pub(crate) fn indices_from(
        &self,
        index: ActivityIndex,
    ) -> impl Iterator<Item = ActivityIndex> + use<> {
        (index.0..self.activities.len()).map(ActivityIndex)
    }

    /// All activities in document order.
    pub fn activities(&self) -> impl Iterator<Item = &Activity> {
        self.activities.iter()
    }

    /// Where the activity with this identifier lies.
    pub fn find(&self, item: &ItemId) -> Option<ActivityIndex> {
        self.by_item.get(item).copied()
    }

    /// The activity with this identifier.
    pub fn get(&self, item: &ItemId) -> Option<&Activity> {
        self.find(item).map(|index| &self[index])
    }

    /// An activity and its ancestors, the root last.
    pub fn path(&self, index: ActivityIndex) -> impl Iterator<Item = ActivityIndex> + '_ {
        std::iter::successors(Some(index), |&at| self[at].parent)
    }

    /// How many ancestors an activity has.
    pub fn depth(&self, index: ActivityIndex) -> usize {
        self.path(index).count() - 1
    }

    /// Whether any activity maps a global objective.
    pub fn maps_objectives(&self) -> bool {
        !self.mapped.is_empty()
    }

    /// Whether an activity maps this global objective.
    pub fn maps_objective(&self, global: &str) -> bool {
        self.mapped.contains(global)
    }

    /// Whether any activity maps a shared data store.
    pub fn maps_stores(&self) -> bool {
        self.activities.iter().any(|activity| !activity.item.shared_data.is_empty())
    }

    /// Whether an activity maps this shared data store.
    pub fn maps_store(&self, target: &str) -> bool {
        let mut maps = self.activities.iter().flat_map(|activity| &activity.item.shared_data);
        maps.any(|map| map.target == target)
    }

    /// Activities whose primary objective reads a global objective.
    pub(crate) fn readers(&self, global: &str) -> &[ActivityIndex] {
        self.readers.get(global).map_or(&[], Vec::as_slice)
    }
}

fn activity(
    edition: Edition,
    item: &Item,
    parent: Option<ActivityIndex>,
    resources: &HashMap<&str, &Declared>,
) -> Activity {
    let mut sequencing = item.sequencing.clone().unwrap_or_default();
    for map in sequencing.objectives.iter_mut().flat_map(|objective| &mut objective.maps) {
        map.target = plain(&map.target).into_owned();
        if edition != Edition::Scorm2004Fourth {
            map.without_adl();
        }
    }
    let (mut primary, objectives): (Vec<_>, Vec<_>) =
        sequencing.objectives.iter().cloned().partition(|objective| objective.primary);
    let resource = item.resource.as_deref().filter(|_| item.children.is_empty());
    Activity {
        item: Item { children: Vec::new(), ..item.clone() },
        parent,
        children: Vec::new(),
        resource: resource.and_then(|name| resources.get(name)).and_then(|declared| {
            Some(Resource {
                identifier: declared.identifier.clone(),
                kind: declared.kind,
                launch: declared.launch.clone()?,
            })
        }),
        sequencing,
        primary: primary.pop().unwrap_or_else(implied_objective),
        objectives: objectives.into_iter().filter(|known| known.identifier.is_some()).collect(),
        prerequisites: item
            .scorm12
            .prerequisites
            .as_deref()
            .filter(|_| !edition.is_2004())
            .and_then(|script| Prerequisites::parse(script).ok()),
    }
}

/// An identifier as identifiers compare: each is an `xs:anyURI`, in which a space may be written as
/// `%20`, and white space is collapsed.
fn plain(identifier: &str) -> Cow<'_, str> {
    if identifier.contains("%20") {
        let spaced = identifier.replace("%20", " ");
        Cow::Owned(spaced.split_whitespace().collect::<Vec<_>>().join(" "))
    } else {
        Cow::Borrowed(identifier)
    }
}

/// The objective that every activity has, when the manifest names none (SN 3.10).
const fn implied_objective() -> Objective {
    Objective {
        identifier: None,
        primary: true,
        satisfied_by_measure: false,
        min_normalized_measure: 1.0,
        maps: Vec::new(),
    }
}
