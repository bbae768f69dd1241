//! Selection and randomization (SN 4.7).
//!
//! The children of a cluster are drawn when a session begins and nothing was drawn yet, and for
//! each new attempt when the one before it ends: so the contents always show what will come.

use super::Timing;
use crate::tree::{ActivityIndex, ActivityTree, TreeState};

impl ActivityTree {
    /// Draws the Available Children of every cluster that asks for it and never was drawn.
    pub(crate) fn prepare(&self, state: &mut TreeState) {
        for at in self.indices().filter(|&at| !self[at].is_leaf()) {
            let draws = self[at].sequencing.randomization;
            let timings = [draws.selection_timing, draws.randomization_timing];
            let is_asked = timings.iter().any(|timing| *timing != Timing::Never);
            if is_asked && state.of(self[at].id()).available.is_none() {
                self.draw(state, at, true);
            }
        }
    }

    /// Draws the Available Children of a cluster for its next attempt.
    pub(crate) fn prepare_again(&self, state: &mut TreeState, at: ActivityIndex) {
        let draws = self[at].sequencing.randomization;
        let timings = [draws.selection_timing, draws.randomization_timing];
        if timings.contains(&Timing::OnEachNewAttempt) {
            self.draw(state, at, false);
        }
    }

    fn draw(&self, state: &mut TreeState, at: ActivityIndex, is_first: bool) {
        let known = state.of(self[at].id());
        if known.is_active || known.is_suspended {
            return;
        }
        let applies = |timing: Timing| match timing {
            Timing::Never => false,
            Timing::Once => is_first,
            Timing::OnEachNewAttempt => true,
        };
        let draws = self[at].sequencing.randomization;
        let selects = applies(draws.selection_timing);
        let mut children = if selects {
            self.select_children(state, at)
        } else {
            self.available(state, at).into_owned()
        };
        // Another selection comes in document order: what was to be shuffled once is so again.
        let once_more = selects && draws.randomization_timing == Timing::Once;
        if applies(draws.randomization_timing) || once_more {
            self.randomize_children(state, at, &mut children);
        }
        let items = children.iter().map(|&child| self[child].id().clone()).collect();
        state.of_mut(self[at].id()).available = Some(items);
    }

    /// Select Children Process (SR.1): so many of the children, in their order. What the
    /// specification leaves undefined, a selection for each new attempt, is drawn anew.
    fn select_children(&self, state: &mut TreeState, at: ActivityIndex) -> Vec<ActivityIndex> {
        let all = &self[at].children;
        let count = self[at].sequencing.randomization.select_count;
        let Some(count) = count.and_then(|count| usize::try_from(count).ok()) else {
            return all.clone();
        };
        if count == 0 || count >= all.len() {
            return all.clone();
        }
        let mut drawn = all.clone();
        shuffle(state, &mut drawn);
        drawn.truncate(count);
        drawn.sort_unstable();
        drawn
    }

    /// Randomize Children Process (SR.2).
    fn randomize_children(
        &self,
        state: &mut TreeState,
        at: ActivityIndex,
        children: &mut [ActivityIndex],
    ) {
        if self[at].sequencing.randomization.reorder_children {
            shuffle(state, children);
        }
    }
}

/// Fisher and Yates.
fn shuffle(state: &mut TreeState, children: &mut [ActivityIndex]) {
    let Some(moment) = &mut state.moment else { return };
    for last in (1..children.len()).rev() {
        let bound = u64::try_from(last).unwrap_or(u64::MAX).saturating_add(1);
        let drawn = usize::try_from(moment.draw() % bound).unwrap_or(0);
        children.swap(last, drawn);
    }
}
