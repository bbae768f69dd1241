//! Flow: which activity comes next or before (SB.2.1 to SB.2.3).

use super::outcome::Refusal;
use super::trace::{Event, Trace};
use super::{Exception, RuleAction};
use crate::tree::{ActivityIndex, ActivityTree, TreeState};

/// A direction in the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Forward,
    Backward,
}
use Direction::{Backward, Forward};

/// Where a step leads; `None` off the end of the tree, which ends the session.
type Step = Option<(ActivityIndex, Direction)>;

impl ActivityTree {
    /// Flow Tree Traversal Subprocess (SB.2.1): one step from an activity.
    fn flow_tree_traversal(
        &self,
        state: &TreeState,
        from: ActivityIndex,
        direction: Direction,
        previous: Option<Direction>,
        consider_children: bool,
    ) -> Result<Step, Refusal> {
        let (mut at, mut direction) = (from, direction);
        let mut is_reversed = false;
        if previous == Some(Backward)
            && let Some(parent) = self[at].parent
            && self.next_sibling(state, at).is_none()
        {
            direction = Backward;
            at = self.available(state, parent).first().copied().unwrap_or(at);
            is_reversed = true;
        }
        let no_children = || Refusal::at(Exception::NoChildren, from);
        if consider_children && !self[at].is_leaf() {
            let children = self.available(state, at);
            let is_forward = direction == Forward || self[at].sequencing.control.forward_only;
            let entered = if is_forward { children.first() } else { children.last() };
            let turned = if is_forward { Forward } else { Backward };
            return entered.map(|&child| Some((child, turned))).ok_or_else(no_children);
        }
        loop {
            let Some(parent) = self[at].parent else {
                return match direction {
                    Forward => Ok(None),
                    Backward => Err(Refusal::at(Exception::NoActivityBefore, at)),
                };
            };
            if direction == Backward && !is_reversed && self[parent].sequencing.control.forward_only
            {
                return Err(Refusal::at(Exception::ForwardOnly, parent));
            }
            let sibling = match direction {
                Forward => self.next_sibling(state, at),
                Backward => self.previous_sibling(state, at),
            };
            if let Some(sibling) = sibling {
                return Ok(Some((sibling, direction)));
            }
            (at, is_reversed) = (parent, false);
        }
    }

    /// Flow Activity Traversal Subprocess (SB.2.2): from an activity on, past those that are
    /// skipped and into clusters, to a leaf; `None` off the end of the tree.
    ///
    /// A leaf that launches nothing is passed by as if it were skipped.
    fn flow_activity_traversal(
        &self,
        state: &TreeState,
        from: (ActivityIndex, Direction),
        previous: Option<Direction>,
        trace: &mut Trace,
    ) -> Result<Option<ActivityIndex>, Refusal> {
        const PROCESS: &str = "SB.2.2";
        let ((mut at, mut direction), mut previous) = (from, previous);
        loop {
            let parent = self[at].parent.unwrap_or(Self::ROOT);
            if !self[parent].sequencing.control.flow {
                return Err(Refusal::at(Exception::FlowForbidden, parent));
            }
            let skipped = self.pre_check(state, at, RuleAction::Skip);
            let is_empty = self[at].is_leaf() && !self[at].can_launch();
            if skipped.is_some() || is_empty {
                if let Some(cause) = skipped {
                    trace.tell(self, PROCESS, Some(at), Event::Decided(cause));
                }
                let step = self.flow_tree_traversal(state, at, direction, previous, false)?;
                let Some((next, turned)) = step else { return Ok(None) };
                if previous == Some(Backward) && turned == Backward {
                    previous = None;
                }
                (at, direction) = (next, turned);
                continue;
            }
            if let Some(cause) = self.check_activity(state, at) {
                return Err(Refusal::because(Exception::NotAvailable, at, cause));
            }
            if self[at].is_leaf() {
                return Ok(Some(at));
            }
            let step = self.flow_tree_traversal(state, at, direction, None, true)?;
            let Some((next, turned)) = step else { return Ok(None) };
            let turns = direction == Backward && turned == Forward;
            previous = turns.then_some(Backward);
            (at, direction) = (next, if turns { Forward } else { direction });
        }
    }

    /// Flow Subprocess (SB.2.3): from an activity to the leaf that comes next in a direction;
    /// `None` off the end of the tree.
    pub(super) fn flow(
        &self,
        state: &TreeState,
        from: ActivityIndex,
        direction: Direction,
        consider_children: bool,
        trace: &mut Trace,
    ) -> Result<Option<ActivityIndex>, Refusal> {
        let step = self.flow_tree_traversal(state, from, direction, None, consider_children)?;
        let Some(step) = step else { return Ok(None) };
        self.flow_activity_traversal(state, step, None, trace)
    }
}
