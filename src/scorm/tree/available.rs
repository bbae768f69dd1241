//! The tree as one learner finds it: the Available Children (AM.1.1), and ways between activities.

use super::{ActivityIndex, ActivityTree, TreeState};
use std::borrow::Cow;

impl ActivityTree {
    /// The Available Children (AM.1.1) of an activity, in their order: all, unless selection or
    /// randomization has decided otherwise.
    pub(crate) fn available(
        &self,
        state: &TreeState,
        at: ActivityIndex,
    ) -> Cow<'_, [ActivityIndex]> {
        let activity = &self[at];
        if activity.is_leaf() {
            return Cow::Borrowed(&[]);
        }
        match &state.of(activity.id()).available {
            None => Cow::Borrowed(&activity.children),
            Some(items) => Cow::Owned(items.iter().filter_map(|item| self.find(item)).collect()),
        }
    }

    /// Whether an activity is among the Available Children of its parent, and so are all above it.
    pub(crate) fn is_available(&self, state: &TreeState, at: ActivityIndex) -> bool {
        self.path(at).all(|at| self.is_selected(state, at))
    }

    /// Whether an activity is among the Available Children of its parent.
    pub(crate) fn is_selected(&self, state: &TreeState, at: ActivityIndex) -> bool {
        self[at].parent.is_none_or(|parent| {
            // The parent's own list need not be searched when nothing was selected.
            state.of(self[parent].id()).available.is_none()
                || self.available(state, parent).contains(&at)
        })
    }

    /// The place of an activity among the Available Children of its parent.
    fn place(&self, state: &TreeState, at: ActivityIndex) -> Option<usize> {
        let parent = self[at].parent?;
        self.available(state, parent).iter().position(|&child| child == at)
    }

    /// The next of the Available Children of the parent.
    pub(crate) fn next_sibling(
        &self,
        state: &TreeState,
        at: ActivityIndex,
    ) -> Option<ActivityIndex> {
        let next = self.place(state, at)? + 1;
        self.available(state, self[at].parent?).get(next).copied()
    }

    /// The one before it among the Available Children of the parent.
    pub(crate) fn previous_sibling(
        &self,
        state: &TreeState,
        at: ActivityIndex,
    ) -> Option<ActivityIndex> {
        let previous = self.place(state, at)?.checked_sub(1)?;
        self.available(state, self[at].parent?).get(previous).copied()
    }

    /// The deepest activity that both are in or are.
    pub(crate) fn common_ancestor(
        &self,
        one: ActivityIndex,
        other: ActivityIndex,
    ) -> ActivityIndex {
        let (mut one, mut other) = (one, other);
        // An ancestor comes before its descendants in document order.
        while one != other {
            let deeper = if one > other { &mut one } else { &mut other };
            *deeper = self[*deeper].parent.unwrap_or(Self::ROOT);
        }
        one
    }

    /// The child of `above` that `at` is or is in.
    fn branch(&self, above: ActivityIndex, at: ActivityIndex) -> Option<ActivityIndex> {
        self.path(at).find(|&at| self[at].parent == Some(above))
    }

    /// Whether `one` comes after `other` in the order of the Available Children.
    pub(crate) fn is_after(
        &self,
        state: &TreeState,
        one: ActivityIndex,
        other: ActivityIndex,
    ) -> bool {
        let common = self.common_ancestor(one, other);
        match (self.branch(common, one), self.branch(common, other)) {
            (Some(one), Some(other)) => self.place(state, one) > self.place(state, other),
            // What an activity holds comes after it.
            (Some(_), None) => true,
            (None, _) => false,
        }
    }

    /// Whether `at` is in `above`, not itself.
    pub(crate) fn is_below(&self, at: ActivityIndex, above: ActivityIndex) -> bool {
        at != above && self.path(at).any(|at| at == above)
    }
}
