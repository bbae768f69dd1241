//! Small trees made by code, for tests.

use super::{ActivityIndex, ActivityTree, Delivered, Moment, Scorm12Rollup};
use crate::manifest::{
    CompletionThreshold, Edition, Item, Launch, Metadata, Organization, Resource, ResourceKind,
    Scorm12Item,
};
use crate::runtime::{ApiSession, RunTimeData, Strictness};
use crate::sequencing::{Objective, ObjectiveMap, Request, Sequencing};
use crate::tree::TreeState;
use domain::{ItemId, Timestamp};

/// An item without anything.
pub(crate) fn item(identifier: &str) -> Item {
    Item {
        identifier: ItemId::new(identifier),
        title: format!("Title of {identifier}"),
        visible: true,
        resource: None,
        parameters: None,
        children: Vec::new(),
        scorm12: Scorm12Item::default(),
        time_limit_action: None,
        data_from_lms: None,
        completion_threshold: None,
        hide_lms_ui: Vec::new(),
        shared_data: Vec::new(),
        sequencing: None,
        metadata: Metadata::default(),
    }
}

/// An item that launches the SCO.
pub(crate) fn sco(identifier: &str) -> Item {
    Item { resource: Some("sco".to_owned()), ..item(identifier) }
}

/// An item that launches the asset.
pub(crate) fn asset(identifier: &str) -> Item {
    Item { resource: Some("asset".to_owned()), ..item(identifier) }
}

/// An item with children.
pub(crate) fn cluster(identifier: &str, children: Vec<Item>) -> Item {
    Item { children, ..item(identifier) }
}

impl Item {
    /// The same item with its sequencing changed.
    pub(crate) fn with(mut self, change: impl FnOnce(&mut Sequencing)) -> Self {
        change(self.sequencing.get_or_insert_default());
        self
    }

    /// The same item, completed by measure.
    pub(crate) fn threshold(mut self, min_progress_measure: f64, progress_weight: f64) -> Self {
        self.completion_threshold = Some(CompletionThreshold {
            completed_by_measure: true,
            min_progress_measure,
            progress_weight,
        });
        self
    }
}

/// A primary objective.
pub(crate) fn primary(identifier: &str) -> Objective {
    Objective {
        identifier: Some(identifier.to_owned()),
        primary: true,
        satisfied_by_measure: false,
        min_normalized_measure: 1.0,
        maps: Vec::new(),
    }
}

/// A map that reads or writes satisfaction and measure.
pub(crate) fn map(target: &str, read: bool, write: bool) -> ObjectiveMap {
    ObjectiveMap {
        target: target.to_owned(),
        read_satisfied_status: read,
        read_normalized_measure: read,
        write_satisfied_status: write,
        write_normalized_measure: write,
        read_raw_score: read,
        read_min_score: read,
        read_max_score: read,
        read_completion_status: read,
        read_progress_measure: read,
        write_raw_score: write,
        write_min_score: write,
        write_max_score: write,
        write_completion_status: write,
        write_progress_measure: write,
    }
}

/// The tree below a root item.
pub(crate) fn tree(edition: Edition, root: Item) -> ActivityTree {
    let resource = |identifier: &str, kind| Resource {
        identifier: identifier.to_owned(),
        kind,
        launch: Some(Launch::File { path: "index.html".to_owned(), suffix: String::new() }),
        files: Vec::new(),
        dependencies: Vec::new(),
        metadata: Metadata::default(),
    };
    let organization = Organization {
        root,
        objectives_global_to_system: true,
        shared_data_global_to_system: true,
    };
    let resources = [resource("sco", ResourceKind::Sco), resource("asset", ResourceKind::Asset)];
    ActivityTree::new(edition, &organization, &resources)
}

/// The index of an item.
pub(crate) fn at(tree: &ActivityTree, identifier: &str) -> ActivityIndex {
    tree.find(&ItemId::new(identifier)).expect("the test names an item of its tree")
}

/// Runs a SCO's `SetValue` calls on data and finishes its session.
pub(crate) fn session(edition: Edition, data: RunTimeData, sets: &[(&str, &str)]) -> RunTimeData {
    let mut api = ApiSession::new(data, Strictness::Lenient);
    let names = if edition.is_2004() {
        ["Initialize", "SetValue", "Terminate"]
    } else {
        ["LMSInitialize", "LMSSetValue", "LMSFinish"]
    };
    api.call(names[0], &[""]);
    for (element, value) in sets {
        let reply = api.call(names[1], &[element, value]);
        assert_eq!(reply.error, 0, "SetValue {element} {value}");
    }
    api.call(names[2], &[""]);
    api.data().clone()
}

/// When everything in these tests happens.
pub(crate) const MOMENT: Moment = Moment { now: Timestamp::from_micros(0), random: 0 };

/// A leaf is put before the learner, whatever sequencing thinks of it.
pub(crate) fn deliver(
    tree: &ActivityTree,
    state: &mut TreeState,
    index: ActivityIndex,
) -> Delivered {
    if state.current().is_some_and(|item| state.of(item).is_active) {
        tree.request(state, Request::Exit, MOMENT);
    }
    tree.begin(state, index)
}

/// The content of a leaf is over, and the attempt on it ends.
pub(crate) fn end(
    tree: &ActivityTree,
    state: &mut TreeState,
    index: ActivityIndex,
    data: Option<&RunTimeData>,
) {
    if let Some(data) = data {
        tree.finish(state, index, data);
    }
    tree.settle(state, index, MOMENT);
    if state.of(tree[index].id()).is_active {
        tree.request(state, Request::Exit, MOMENT);
    }
}

/// The learner leaves the course; whether the attempt on it is over.
pub(crate) fn leave(tree: &ActivityTree, state: &mut TreeState, scorm12: Scorm12Rollup) -> bool {
    tree.leave(state, scorm12, MOMENT);
    tree.is_over(state)
}

/// Takes a SCO from delivery to its end with these `SetValue` calls.
pub(crate) fn take(tree: &ActivityTree, state: &mut TreeState, item: &str, sets: &[(&str, &str)]) {
    let index = at(tree, item);
    deliver(tree, state, index);
    let start = RunTimeData::start(tree.edition(), &tree.delivery(state, index));
    let data = session(tree.edition(), start, sets);
    end(tree, state, index, Some(&data));
}
