//! What the player offers: its controls and the contents.

use super::{
    session::Play,
    wire::{ContentsView, ControlsView, NavigationView},
};
use domain::Sha256Digest;
use scorm::{
    sequencing::{ContentsEntry, Control, Controls},
    settings::Contents,
    tree::{ActivityTree, Moment},
};
use serde_json::{Map, Value, json};

/// What a page does not know yet.
#[derive(Default)]
pub(super) struct News {
    /// What is offered.
    pub(super) navigation: Option<NavigationView>,
    /// Statuses by activity.
    pub(super) activities: Map<String, Value>,
}

const HIDDEN: Control = Control { enabled: false, shown: false };

impl Play {
    pub(super) fn navigation_view(&self, moment: Moment) -> NavigationView {
        if !self.keeps_results() {
            return self.roaming();
        }
        let tree = &self.course.tree;
        let mut view = sequenced(tree, &tree.controls(&self.state.tree, None, moment));
        if self.settings.contents == Contents::Hidden {
            view.contents.iter_mut().for_each(|line| line.visible = false);
        }
        view
    }

    /// What has changed of what the player shows since the page was last told: what is offered, and
    /// statuses. A course of a thousand activities is not sent again with every commit. A page that
    /// may have missed an answer is told all.
    pub(super) fn news(&mut self, missed: bool, moment: Moment) -> News {
        let navigation = self.navigation_view(moment);
        let activities = self.state.statuses(&self.course.tree);
        let shown = json!([navigation, activities]).to_string();
        let shown = Sha256Digest::of(shown.as_bytes()).to_string();
        if !missed && self.frame.told.as_ref() == Some(&shown) {
            return News::default();
        }
        self.frame.told = Some(shown);
        News { navigation: Some(navigation), activities }
    }

    /// Whoever browses or reviews may go everywhere.
    fn roaming(&self) -> NavigationView {
        let tree = &self.course.tree;
        let shown = self.shown();
        let step = |leads: bool| Control { enabled: leads, shown: has_steps(tree) };
        let contents = tree.indices().skip(1).map(|at| ContentsView {
            id: tree[at].id().clone(),
            visible: tree.is_visible(at),
            current: shown.is_some_and(|shown| tree.path(shown).any(|one| one == at)),
            refused: tree.first_in(at).is_none().then(|| "it has no content".to_owned()),
        });
        NavigationView {
            controls: ControlsView {
                forward: step(shown.and_then(|at| tree.next(at)).is_some()),
                previous: step(shown.and_then(|at| tree.previous(at)).is_some()),
                exit: HIDDEN,
                exit_all: HIDDEN,
                abandon: HIDDEN,
                abandon_all: HIDDEN,
                suspend_all: HIDDEN,
            },
            contents: contents.collect(),
        }
    }
}

/// A course of one part has nowhere to step to: Next would only leave it, and learners would take it
/// for the next page of the part.
fn has_steps(tree: &ActivityTree) -> bool {
    tree.launchable().nth(1).is_some()
}

/// SCORM 1.2 has no words for anything but forth and back, and no course that is chosen as a whole.
fn sequenced(tree: &ActivityTree, controls: &Controls) -> NavigationView {
    let step = |control: Control| Control { shown: control.shown && has_steps(tree), ..control };
    let of_2004 = |control: Control| if tree.edition().is_2004() { control } else { HIDDEN };
    let offers_course = tree.edition().is_2004() && controls.offer_choice();
    let of_contents = |entry: &ContentsEntry| {
        let is_course = entry.activity == ActivityTree::ROOT;
        entry.visible && (!is_course || (offers_course && entry.can_choose()))
    };
    let contents = controls.contents.iter().map(|entry| ContentsView {
        id: tree[entry.activity].id().clone(),
        visible: of_contents(entry),
        current: entry.current,
        refused: entry.refused.as_ref().map(|refused| refused.for_learner(tree)),
    });
    NavigationView {
        controls: ControlsView {
            forward: step(controls.forward),
            previous: step(controls.previous),
            exit: of_2004(controls.exit),
            exit_all: of_2004(controls.exit_all),
            abandon: of_2004(controls.abandon),
            abandon_all: of_2004(controls.abandon_all),
            suspend_all: of_2004(controls.suspend_all),
        },
        contents: contents.collect(),
    }
}
