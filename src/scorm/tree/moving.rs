//! A learner's progress in another version of the course: what goes on, and what is gone.

use super::state::ActivityState;
use super::{ActivityIndex, ActivityTree, Moment, ObjectiveProgress, Reported, TreeState};
use crate::sequencing::Timing;
use domain::ItemId;
use std::cmp::Reverse;
use std::collections::HashMap;

#[cfg(test)]
mod tests;

/// A state that was brought over from another version.
#[derive(Debug, Clone, PartialEq)]
pub struct Adopted {
    /// The state in this version, at rest: nothing is under way.
    pub state: TreeState,
    /// Parts that the learner had begun and that do not go on, in the order of the old version.
    pub dropped: Vec<ItemId>,
}

impl ActivityTree {
    /// Whether progress in `old` can go on in this version: the run-time data of SCORM 1.2 and of
    /// SCORM 2004 are different things.
    pub fn continues(&self, old: &Self) -> bool {
        self.edition().is_2004() == old.edition().is_2004()
    }

    /// The parts of `old` that this version has no more, by place there, which a learner may have
    /// begun.
    pub fn lacks<'t>(&'t self, old: &'t Self) -> impl Iterator<Item = ActivityIndex> + 't {
        let kept = Counterparts::of(old, self);
        old.indices().skip(1).filter(move |at| !kept.is_kept(*at))
    }

    /// Brings the state of an attempt on the course that goes on over from another version.
    ///
    /// A part with the same identifier that is a leaf, or a group, in both is the same part and
    /// keeps all that is known of it; the course is the course. Of a part that is gone only the
    /// number of its attempts stays, so that one which comes back does not count from 1 again. A part
    /// that was suspended is resumed if it is still there. Groups that have other children, and what
    /// is above them, are rolled up anew. Nothing was said of this version yet.
    pub fn adopt(&self, old: &Self, mut state: TreeState, moment: Moment) -> Adopted {
        old.rest(&mut state, moment);
        let kept = Counterparts::of(old, self);
        let mut new = TreeState {
            globals: std::mem::take(&mut state.globals),
            shared: std::mem::take(&mut state.shared),
            ..TreeState::default()
        };
        new.suspended = state
            .suspended()
            .and_then(|item| old.find(item))
            .and_then(|was| kept.now(was))
            .map(|at| self[at].id().clone());
        for at in self.indices() {
            let Some(was) = kept.was(at) else { continue };
            if !state.activities.contains_key(old[was].id()) {
                continue;
            }
            let mut known = state.of(old[was].id()).clone();
            known.reported = Reported::default();
            known.is_active = false;
            if let Some(drawn) = known.available.take() {
                known.available = Some(self.available_now((old, was), at, &drawn, &kept));
            }
            new.activities.insert(self[at].id().clone(), known);
        }
        let gone = old.indices().filter(|&was| !kept.is_kept(was)).map(|was| old[was].id());
        let dropped: Vec<ItemId> =
            gone.filter(|item| state.of(item).attempts > 0).cloned().collect();
        keep_counts(&mut new, &state, |item| old.find(item).is_none_or(|was| !kept.is_kept(was)));
        self.put_under_way(&mut new, (old, &state), &kept, moment);
        self.roll_up_anew(&mut new, old, &kept);
        Adopted { state: new, dropped }
    }

    /// The state of a learner who begins anew in this version within the same attempt on the
    /// course. Attempts are counted on.
    pub fn adopt_anew(&self, old: &Self, mut state: TreeState, moment: Moment) -> Adopted {
        old.rest(&mut state, moment);
        let begun = old.indices().skip(1).map(|at| old[at].id());
        let dropped = begun.filter(|item| state.of(item).attempts > 0).cloned().collect();
        let mut new = TreeState {
            globals: std::mem::take(&mut state.globals),
            shared: std::mem::take(&mut state.shared),
            ..TreeState::default()
        };
        self.forget_attempt(&mut new);
        let attempts = state.of(old.root().id()).attempts;
        keep_counts(&mut new, &state, |item| item != old.root().id());
        new.moment = Some(moment);
        self.prepare(&mut new);
        new.moment = None;
        if attempts > 0 {
            let root = new.of_mut(self.root().id());
            // Suspended, not over: the registration goes on.
            (root.attempts, root.is_suspended) = (attempts, true);
            (root.first_began, root.began) = (Some(moment.now), Some(moment.now));
        }
        Adopted { state: new, dropped }
    }

    /// The Available Children of a group whose children were drawn in another version: those drawn
    /// that are left. What has no place in a selection of fewer stays away; else what is new joins.
    fn available_now(
        &self,
        (old, was): (&Self, ActivityIndex),
        at: ActivityIndex,
        drawn: &[ItemId],
        kept: &Counterparts,
    ) -> Vec<ItemId> {
        let children = &self[at].children;
        let left = drawn
            .iter()
            .filter_map(|item| kept.now(old.find(item)?))
            .filter(|child| children.contains(child));
        let mut available: Vec<ActivityIndex> = left.collect();
        let randomization = self[at].sequencing.randomization;
        let wanted = randomization
            .select_count
            .and_then(|count| usize::try_from(count).ok())
            .filter(|&count| count > 0 && randomization.selection_timing != Timing::Never)
            .unwrap_or(children.len());
        let was_child = |child: &ActivityIndex| {
            kept.was(*child).is_some_and(|one| old[one].parent == Some(was))
        };
        // What the author has added before what was not drawn.
        let (others, added): (Vec<&ActivityIndex>, Vec<&ActivityIndex>) = children
            .iter()
            .filter(|child| !drawn.contains(self[**child].id()))
            .partition(|c| was_child(c));
        for child in added.into_iter().chain(others) {
            if available.len() < wanted {
                available.push(*child);
            }
        }
        available.into_iter().map(|child| self[child].id().clone()).collect()
    }

    /// Makes the groups above what was begun begun as well, and what was of the parent's current
    /// attempt so again.
    fn put_under_way(
        &self,
        new: &mut TreeState,
        (old, state): (&Self, &TreeState),
        kept: &Counterparts,
        moment: Moment,
    ) {
        for at in self.indices() {
            if new.of(self[at].id()).attempts == 0 {
                continue;
            }
            let Some(was) = kept.was(at) else { continue };
            let above: Vec<_> =
                self.path(at).skip(1).filter(|&up| kept.was(up).is_none()).collect();
            for up in above.into_iter().rev() {
                let parent = self[up].parent.map_or(0, |parent| new.of(self[parent].id()).attempts);
                let known = new.of_mut(self[up].id());
                if !known.is_suspended {
                    known.attempts = known.attempts.max(1);
                    (known.is_suspended, known.parent_attempt) = (true, parent);
                    (known.first_began, known.began) = (Some(moment.now), Some(moment.now));
                }
            }
            let (Some(parent), Some(old_parent)) = (self[at].parent, old[was].parent) else {
                continue;
            };
            if kept.was(parent) != Some(old_parent) {
                let is_current = state.of(old[was].id()).parent_attempt
                    == state.of(old[old_parent].id()).attempts;
                let attempts = new.of(self[parent].id()).attempts;
                let of = if is_current { attempts } else { attempts.saturating_sub(1) };
                new.of_mut(self[at].id()).parent_attempt = of;
            }
        }
        if new.of(self.root().id()).attempts > 0 {
            new.of_mut(self.root().id()).is_suspended = true;
        }
    }

    /// Rolls groups up anew that have other children, and those above them.
    fn roll_up_anew(&self, new: &mut TreeState, old: &Self, kept: &Counterparts) {
        if !self.edition().is_2004() {
            return;
        }
        let mut groups: Vec<(Reverse<usize>, ActivityIndex)> = Vec::new();
        for at in self.indices().filter(|&at| !self[at].is_leaf()) {
            let children: Vec<_> = self[at].children.iter().map(|&child| kept.was(child)).collect();
            let is_same = kept
                .was(at)
                .is_some_and(|was| old[was].children.iter().map(|&child| Some(child)).eq(children));
            if !is_same {
                groups.extend(self.path(at).map(|up| (Reverse(self.depth(up)), up)));
            }
        }
        groups.sort_unstable();
        groups.dedup();
        for &(_, at) in &groups {
            if new.activities.contains_key(self[at].id()) {
                new.of_mut(self[at].id()).primary = ObjectiveProgress::default();
            }
        }
        if new.of(self.root().id()).attempts > 0 {
            for (_, at) in groups {
                self.roll_up_one(new, at);
            }
        }
    }
}

/// Keeps how often activities were attempted that do not go on.
fn keep_counts(new: &mut TreeState, state: &TreeState, is_gone: impl Fn(&ItemId) -> bool) {
    for (item, known) in &state.activities {
        if known.attempts > 0 && is_gone(item) && !new.activities.contains_key(item) {
            let counted = ActivityState { attempts: known.attempts, ..ActivityState::default() };
            new.activities.insert(item.clone(), counted);
        }
    }
}

/// Which part of one version is which of another.
struct Counterparts {
    was: HashMap<ActivityIndex, ActivityIndex>,
    now: HashMap<ActivityIndex, ActivityIndex>,
}

impl Counterparts {
    fn of(old: &ActivityTree, new: &ActivityTree) -> Self {
        let same = |at: ActivityIndex| {
            if at == ActivityTree::ROOT {
                return Some((at, ActivityTree::ROOT));
            }
            let item = new[at].id();
            let was = old.find(item).filter(|&was| was != ActivityTree::ROOT)?;
            let is_same = old[was].is_leaf() == new[at].is_leaf() && new.find(item) == Some(at);
            is_same.then_some((at, was))
        };
        let was: HashMap<_, _> = new.indices().filter_map(same).collect();
        let now = was.iter().map(|(at, was)| (*was, *at)).collect();
        Self { was, now }
    }

    fn was(&self, at: ActivityIndex) -> Option<ActivityIndex> {
        self.was.get(&at).copied()
    }

    fn now(&self, was: ActivityIndex) -> Option<ActivityIndex> {
        self.now.get(&was).copied()
    }

    fn is_kept(&self, was: ActivityIndex) -> bool {
        self.now.contains_key(&was)
    }
}
