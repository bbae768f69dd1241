//! The rollup processes of SCORM 2004 4th edition (SN 4.6), one function each under its number.

use super::condition::{Truth, combine};
use super::{
    ChildActivitySet, Combination, Condition, RequiredFor, RollupAction, RollupRule, RuleAction,
};
use crate::tree::{ActivityIndex, ActivityTree, TreeState};
use std::cmp::Reverse;
use std::collections::BTreeSet;

/// The rules of an activity that has none for satisfaction (RB.1.2 b, 1.1 and 1.2).
const DEFAULT_NOT_SATISFIED: (Condition, RollupAction) =
    (Condition::ObjectiveStatusKnown, RollupAction::NotSatisfied);
const DEFAULT_SATISFIED: (Condition, RollupAction) =
    (Condition::Satisfied, RollupAction::Satisfied);
/// The rules of an activity that has none for completion (RB.1.3 b, 1.1 and 1.2).
const DEFAULT_INCOMPLETE: (Condition, RollupAction) =
    (Condition::ActivityProgressKnown, RollupAction::Incomplete);
const DEFAULT_COMPLETED: (Condition, RollupAction) =
    (Condition::Completed, RollupAction::Completed);

impl ActivityTree {
    /// Overall Rollup Process (RB.1.5): from an activity up to the root, and from what holds an
    /// activity that reads a global objective which may be written on the way (SN 4.6.3), the
    /// deepest clusters first.
    ///
    /// SCORM 1.2 has no rollup; its course status is computed from the leaves.
    pub fn roll_up(&self, state: &mut TreeState, from: ActivityIndex) {
        if !self.edition().is_2004() {
            return;
        }
        // Of equally deep ones, that on the way first: it may write what the others read.
        let mut clusters: BTreeSet<(Reverse<usize>, bool, ActivityIndex)> = BTreeSet::new();
        let mut add_path = |index: ActivityIndex| {
            let depth = self.depth(index);
            for (up, at) in self.path(index).enumerate().filter(|(_, at)| !self[*at].is_leaf()) {
                let is_aside = at != from && !self.is_below(from, at);
                clusters.insert((Reverse(depth - up), is_aside, at));
            }
        };
        add_path(from);
        for at in self.path(from).filter(|&at| self[at].sequencing.delivery.tracked) {
            let activity = &self[at];
            // Rollup changes nothing but the primary objective of a cluster.
            let others = activity.objectives.iter().filter(|_| at == from);
            let written = others.chain([&activity.primary]).flat_map(|objective| &objective.maps);
            for map in written.filter(|map| map.writes()) {
                let readers = self.readers(&map.target).iter();
                readers.filter_map(|&reader| self[reader].parent).for_each(&mut add_path);
            }
        }
        for (_, _, at) in clusters {
            self.roll_up_one(state, at);
        }
    }

    /// What RB.1.5 does to one activity on its way.
    pub(crate) fn roll_up_one(&self, state: &mut TreeState, at: ActivityIndex) {
        let activity = &self[at];
        if !activity.sequencing.delivery.tracked {
            return;
        }
        self.measure_rollup(state, at);
        if self.progress_rolls_up() {
            self.completion_measure_rollup(state, at);
        }
        self.objective_rollup(state, at);
        self.activity_progress_rollup(state, at);
    }

    /// Measure Rollup Process (RB.1.1 a): the weighted mean of the children's measures; a tracked
    /// child without a measure counts with zero.
    fn measure_rollup(&self, state: &mut TreeState, at: ActivityIndex) {
        let measures = self.tracked_children(state, at).into_iter().map(|child| {
            let weight = self[child].sequencing.rollup_controls.objective_measure_weight;
            (weight, self.observe(state, child, None).measure)
        });
        let mean = weighted_mean(measures).map(|mean| mean.clamp(-1.0, 1.0));
        let mut primary = self.known(state, at);
        primary.measure = mean;
        self.amend(state, at, primary);
    }

    /// Completion Measure Rollup Process (RB.1.1 b): the same for progress measures.
    fn completion_measure_rollup(&self, state: &mut TreeState, at: ActivityIndex) {
        let amounts = self.tracked_children(state, at).into_iter().map(|child| {
            (self[child].progress_weight(), self.observe(state, child, None).progress)
        });
        let mean = weighted_mean(amounts).map(|mean| mean.clamp(0.0, 1.0));
        let mut primary = self.known(state, at);
        primary.progress = mean;
        self.amend(state, at, primary);
    }

    /// Objective Rollup Process (RB.1.2): by measure if the objective says so, else by rules.
    fn objective_rollup(&self, state: &mut TreeState, at: ActivityIndex) {
        if self[at].primary.satisfied_by_measure {
            self.objective_rollup_using_measure(state, at);
        } else {
            self.objective_rollup_using_rules(state, at);
        }
    }

    /// Objective Rollup Using Measure Process (RB.1.2 a): the threshold decides when the objective
    /// is recorded, once more here because the activity may have become inactive since.
    fn objective_rollup_using_measure(&self, state: &mut TreeState, at: ActivityIndex) {
        let primary = self.known(state, at);
        self.amend(state, at, primary);
    }

    /// Objective Rollup Using Rules Process (RB.1.2 b): `satisfied` beats `not satisfied`.
    fn objective_rollup_using_rules(&self, state: &mut TreeState, at: ActivityIndex) {
        let defaults = [DEFAULT_NOT_SATISFIED, DEFAULT_SATISFIED];
        if let Some(satisfied) = self.apply_rules(state, at, defaults) {
            let mut primary = self.known(state, at);
            primary.satisfied = Some(satisfied);
            self.amend(state, at, primary);
        }
    }

    /// Activity Progress Rollup Process (RB.1.3): by measure (RB.1.3 a, where the threshold
    /// decides whenever the amount is recorded) if the activity is completed by measure, a
    /// choice of the 4th edition, else by rules.
    fn activity_progress_rollup(&self, state: &mut TreeState, at: ActivityIndex) {
        let by_measure = self.progress_rolls_up() && self[at].completed_by_measure().is_some();
        if !by_measure {
            self.activity_progress_rollup_using_rules(state, at);
        }
    }

    /// Activity Progress Rollup Using Rules Process (RB.1.3 b): `completed` beats `incomplete`.
    fn activity_progress_rollup_using_rules(&self, state: &mut TreeState, at: ActivityIndex) {
        let defaults = [DEFAULT_INCOMPLETE, DEFAULT_COMPLETED];
        if let Some(completed) = self.apply_rules(state, at, defaults) {
            let mut primary = self.known(state, at);
            primary.completion = Some(completed);
            self.amend(state, at, primary);
        }
    }

    /// Checks the rules of a negative and a positive action, the defaults where an activity has
    /// rules for neither; `None` when none applies.
    fn apply_rules(
        &self,
        state: &TreeState,
        at: ActivityIndex,
        [negative, positive]: [(Condition, RollupAction); 2],
    ) -> Option<bool> {
        let own = &self[at].sequencing.rollup_rules;
        let uses_defaults =
            !own.iter().any(|rule| rule.action == negative.1 || rule.action == positive.1);
        let defaults = [default_rule(negative), default_rule(positive)];
        let rules = if uses_defaults { &defaults[..] } else { own };
        if self.rollup_rule_check(state, at, rules, positive.1) {
            Some(true)
        } else if self.rollup_rule_check(state, at, rules, negative.1) {
            Some(false)
        } else {
            None
        }
    }

    /// Rollup Rule Check Subprocess (RB.1.4): whether a rule for this action applies. Where no child
    /// counts, none speaks against a rule for all or none.
    fn rollup_rule_check(
        &self,
        state: &TreeState,
        at: ActivityIndex,
        rules: &[RollupRule],
        action: RollupAction,
    ) -> bool {
        let mut rules = rules.iter().filter(|rule| rule.action == action).peekable();
        if rules.peek().is_none() {
            return false;
        }
        let counted: Vec<_> = self
            .tracked_children(state, at)
            .into_iter()
            .filter(|&child| self.check_child_for_rollup(state, child, action))
            .collect();
        rules.any(|rule| {
            let values: Vec<Truth> = counted
                .iter()
                .map(|&child| self.evaluate_rollup_conditions(state, child, rule))
                .collect();
            suffices(&values, rule.children)
        })
    }

    /// Evaluate Rollup Conditions Subprocess (RB.1.4.1).
    fn evaluate_rollup_conditions(
        &self,
        state: &TreeState,
        child: ActivityIndex,
        rule: &RollupRule,
    ) -> Truth {
        let seen = self.observe(state, child, None);
        let values = rule.conditions.iter().map(|&(condition, negated)| {
            let value = self.holds(state, child, condition, &seen, None);
            if negated { value.map(|value| !value) } else { value }
        });
        combine(values, rule.combination)
    }

    /// Check Child for Rollup Subprocess (RB.1.4.2): whether a child counts for this action.
    fn check_child_for_rollup(
        &self,
        state: &TreeState,
        child: ActivityIndex,
        action: RollupAction,
    ) -> bool {
        let sequencing = &self[child].sequencing;
        let considerations = &sequencing.rollup_considerations;
        let controls = &sequencing.rollup_controls;
        let (contributes, required) = match action {
            RollupAction::Satisfied => (controls.objective_satisfied, considerations.satisfied),
            RollupAction::NotSatisfied => {
                (controls.objective_satisfied, considerations.not_satisfied)
            }
            RollupAction::Completed => (controls.progress_completion, considerations.completed),
            RollupAction::Incomplete => (controls.progress_completion, considerations.incomplete),
        };
        let known = state.of(self[child].id());
        contributes
            && match required {
                RequiredFor::Always => true,
                // RB.1.4.2, 2.1.2.1: a child that was never attempted does not count either
                RequiredFor::IfNotSuspended => known.attempts > 0 && !known.is_suspended,
                RequiredFor::IfAttempted => known.attempts > 0,
                RequiredFor::IfNotSkipped => {
                    let rules = &sequencing.pre_conditions;
                    self.rules_check(state, child, rules, &[RuleAction::Skip]).is_none()
                }
            }
    }

    /// The Available Children that are tracked: nothing else contributes.
    fn tracked_children(&self, state: &TreeState, at: ActivityIndex) -> Vec<ActivityIndex> {
        let children = self.available(state, at);
        children.iter().copied().filter(|&at| self[at].sequencing.delivery.tracked).collect()
    }
}

fn default_rule((condition, action): (Condition, RollupAction)) -> RollupRule {
    RollupRule {
        children: ChildActivitySet::All,
        combination: Combination::Any,
        conditions: vec![(condition, false)],
        action,
    }
}

/// Whether enough of the children meet a rule (RB.1.4, 1.2.5 to 1.2.9).
fn suffices(values: &[Truth], set: ChildActivitySet) -> bool {
    let met = values.iter().filter(|value| **value == Some(true)).count();
    match set {
        ChildActivitySet::All => met == values.len(),
        ChildActivitySet::Any => met > 0,
        ChildActivitySet::None => values.iter().all(|value| *value == Some(false)),
        ChildActivitySet::AtLeastCount(count) => {
            !values.is_empty() && u32::try_from(met).is_ok_and(|met| met >= count)
        }
        ChildActivitySet::AtLeastPercent(share) => {
            let of = |count: usize| u32::try_from(count).map_or(f64::MAX, f64::from);
            !values.is_empty() && of(met) / of(values.len()) >= share
        }
    }
}

/// The mean of the known values, weighted; an unknown one counts with zero, and nothing known or
/// no weight at all gives nothing.
fn weighted_mean(values: impl Iterator<Item = (f64, Option<f64>)>) -> Option<f64> {
    let (mut total, mut counted, mut is_known) = (0.0, 0.0, false);
    for (weight, value) in values {
        counted += weight;
        if let Some(value) = value {
            total += value * weight;
            is_known = true;
        }
    }
    (is_known && counted > 0.0).then(|| total / counted)
}

#[cfg(test)]
mod tests;
