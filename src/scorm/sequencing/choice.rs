//! Choice: whether an activity can be chosen, and which leaf that leads to (SB.2.4, SB.2.9).

use super::flow::Direction::{self, Backward, Forward};
use super::outcome::Refusal;
use super::trace::Trace;
use super::{Exception, RuleAction};
use crate::tree::{ActivityIndex, ActivityTree, TreeState};

impl ActivityTree {
    /// Choice Activity Traversal Subprocess (SB.2.4): whether an activity lets a choice pass.
    fn choice_activity_traversal(
        &self,
        state: &TreeState,
        at: ActivityIndex,
        direction: Direction,
    ) -> Result<(), Refusal> {
        match (direction, self[at].parent) {
            (Forward, _) => match self.pre_check(state, at, RuleAction::StopForwardTraversal) {
                Some(cause) => Err(Refusal::because(Exception::ForwardStopped, at, cause)),
                None => Ok(()),
            },
            (Backward, None) => Err(Refusal::at(Exception::BeforeRoot, at)),
            (Backward, Some(parent)) if self[parent].sequencing.control.forward_only => {
                Err(Refusal::at(Exception::BackwardForbidden, parent))
            }
            (Backward, Some(_)) => Ok(()),
        }
    }

    /// Choice Sequencing Request Process (SB.2.9): the leaf that a choice leads to.
    pub(super) fn choice(
        &self,
        state: &TreeState,
        current: Option<ActivityIndex>,
        target: ActivityIndex,
        trace: &mut Trace,
    ) -> Result<ActivityIndex, Refusal> {
        self.check_target(state, target)?;
        let common = current.map_or(Self::ROOT, |current| self.common_ancestor(current, target));
        self.check_way(state, current, target, common)?;
        if self[target].is_leaf() {
            return Ok(target);
        }
        let nowhere = |refusal: Refusal| Refusal {
            exception: Exception::ChoiceLeadsNowhere,
            at: refusal.at.or(Some(target)),
            cause: refusal.cause,
            leads_nowhere: Some((common, target)),
        };
        match self.flow(state, target, Forward, true, trace) {
            Ok(Some(leaf)) => Ok(leaf),
            Ok(None) => Err(nowhere(Refusal::at(Exception::ChoiceLeadsNowhere, target))),
            Err(refusal) => Err(nowhere(refusal)),
        }
    }

    /// SB.2.9, 1 to 4: whether the target can be chosen from anywhere.
    fn check_target(&self, state: &TreeState, target: ActivityIndex) -> Result<(), Refusal> {
        for at in self.path(target) {
            if !self.is_selected(state, at) {
                return Err(Refusal::at(Exception::TargetNotAvailable, at));
            }
            if let Some(cause) = self.pre_check(state, at, RuleAction::HiddenFromChoice) {
                return Err(Refusal::because(Exception::TargetHidden, at, cause));
            }
        }
        match self[target].parent {
            Some(parent) if !self[parent].sequencing.control.choice => {
                Err(Refusal::at(Exception::TargetNotChosen, parent))
            }
            _ => Ok(()),
        }
    }

    /// SB.2.9, 7 to 11: whether the way from the Current Activity to the target is open.
    fn check_way(
        &self,
        state: &TreeState,
        current: Option<ActivityIndex>,
        target: ActivityIndex,
        common: ActivityIndex,
    ) -> Result<(), Refusal> {
        let Some(current) = current else {
            return self.check_way_down(state, common, target, Some(Forward));
        };
        if current == target {
            return Ok(());
        }
        if self[current].parent == self[target].parent {
            return self.check_siblings(state, current, target);
        }
        if current == common {
            return self.check_way_down(state, common, target, Some(Forward));
        }
        if target == common {
            // Leaving what is in the target, not the target itself.
            return self.check_choice_exit(state, current, target);
        }
        self.check_choice_exit(state, current, common)?;
        self.check_constraint(state, current, target, common)?;
        let is_forward = self.is_after(state, target, current);
        self.check_way_down(state, common, target, is_forward.then_some(Forward))
    }

    /// SB.2.9, 8: all that lies between siblings lets the choice pass.
    fn check_siblings(
        &self,
        state: &TreeState,
        current: ActivityIndex,
        target: ActivityIndex,
    ) -> Result<(), Refusal> {
        let Some(parent) = self[current].parent else { return Ok(()) };
        let siblings = self.available(state, parent);
        let place = |at: ActivityIndex| siblings.iter().position(|&sibling| sibling == at);
        let nothing = || Refusal::at(Exception::NoChoicePath, target);
        let (from, to) = place(current).zip(place(target)).ok_or_else(nothing)?;
        let (between, direction) = if from < to {
            (siblings.get(from..to), Forward)
        } else {
            (siblings.get(to + 1..=from), Backward)
        };
        let between = between.ok_or_else(nothing)?;
        between.iter().try_for_each(|&at| self.choice_activity_traversal(state, at, direction))
    }

    /// SB.2.9, 9 and 11.8: whether the clusters from the common ancestor down to the target let the
    /// choice in. Only a way forward heeds what stops it.
    fn check_way_down(
        &self,
        state: &TreeState,
        common: ActivityIndex,
        target: ActivityIndex,
        direction: Option<Direction>,
    ) -> Result<(), Refusal> {
        let mut path: Vec<_> = self.path(target).skip(1).collect();
        let depth = path.iter().position(|&at| at == common).map_or(path.len(), |last| last + 1);
        path.truncate(depth);
        for at in path.into_iter().rev() {
            if let Some(direction) = direction {
                self.choice_activity_traversal(state, at, direction)?;
            }
            let prevents = self[at].sequencing.choice_constraints.prevent_activation;
            if prevents && at != common && !state.of(self[at].id()).is_active {
                return Err(Refusal::at(Exception::ActivationPrevented, at));
            }
        }
        Ok(())
    }

    /// SB.2.9, 10.4 and 11.4.1: whether all that is active from the Current Activity up to, and not
    /// including, `above` may be left by choice.
    fn check_choice_exit(
        &self,
        state: &TreeState,
        current: ActivityIndex,
        above: ActivityIndex,
    ) -> Result<(), Refusal> {
        let mut path = self.path(current).take_while(|&at| at != above);
        let forbids = |at: &ActivityIndex| {
            let is_active = state.of(self[*at].id()).is_active;
            is_active && !self[*at].sequencing.control.choice_exit
        };
        match path.find(forbids) {
            Some(at) => Err(Refusal::at(Exception::ChoiceExit, at)),
            None => Ok(()),
        }
    }

    /// SB.2.9, 11.4.2 to 11.5: the deepest cluster that constrains choice lets it go to what is in
    /// it and to what comes next or before it.
    fn check_constraint(
        &self,
        state: &TreeState,
        current: ActivityIndex,
        target: ActivityIndex,
        common: ActivityIndex,
    ) -> Result<(), Refusal> {
        let constrains =
            |at: &ActivityIndex| self[*at].sequencing.choice_constraints.constrain_choice;
        let mut path = self.path(current).take_while(|&at| at != common);
        let Some(constrained) = path.find(constrains) else { return Ok(()) };
        let is_forward = self.is_after(state, target, constrained);
        let direction = if is_forward { Forward } else { Backward };
        let considered = self.choice_flow(state, constrained, direction);
        let is_near = target == considered
            || target == constrained
            || (self.is_below(target, considered) && self.is_available(state, target));
        if is_near { Ok(()) } else { Err(Refusal::at(Exception::ChoiceConstrained, constrained)) }
    }

    /// Choice Flow Subprocess (SB.2.9.1): the activity next to this one, or itself at an end.
    fn choice_flow(
        &self,
        state: &TreeState,
        at: ActivityIndex,
        direction: Direction,
    ) -> ActivityIndex {
        self.choice_flow_tree_traversal(state, at, direction).unwrap_or(at)
    }

    /// Choice Flow Tree Traversal Subprocess (SB.2.9.2).
    fn choice_flow_tree_traversal(
        &self,
        state: &TreeState,
        at: ActivityIndex,
        direction: Direction,
    ) -> Option<ActivityIndex> {
        self.path(at).find_map(|at| match direction {
            Forward => self.next_sibling(state, at),
            Backward => self.previous_sibling(state, at),
        })
    }
}
