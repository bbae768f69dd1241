//! Conditions of sequencing and rollup rules, evaluated in three values: true, false, unknown.

use super::{Combination, Condition, Rule, RuleAction, RuleCondition};
use crate::tree::{ActivityIndex, ActivityTree, ObjectiveProgress, TreeState};

/// A truth value; `None` is unknown.
pub(crate) type Truth = Option<bool>;

/// Combines truth values (SN 4.6.2 and UP.2.1): unknown decides nothing, but one false decides
/// `all` and one true decides `any`. Nothing at all is unknown.
pub(crate) fn combine(values: impl Iterator<Item = Truth>, how: Combination) -> Truth {
    let decisive = how == Combination::Any;
    let mut result = None;
    for (at, value) in values.enumerate() {
        if value == Some(decisive) {
            return value;
        }
        result = if at == 0 || result.is_some() { value } else { None };
    }
    result
}

impl ActivityTree {
    /// Evaluates one condition on what is known of an activity and one of its objectives.
    ///
    /// Of an untracked activity no attempt is known.
    pub(crate) fn holds(
        &self,
        state: &TreeState,
        index: ActivityIndex,
        condition: Condition,
        seen: &ObjectiveProgress,
        threshold: Option<f64>,
    ) -> Truth {
        let activity = &self[index];
        let is_tracked = activity.sequencing.delivery.tracked;
        let attempts = if is_tracked { state.of(activity.id()).attempts } else { 0 };
        let threshold = threshold.unwrap_or(0.0);
        match condition {
            Condition::Satisfied => seen.satisfied,
            Condition::ObjectiveStatusKnown => Some(seen.satisfied.is_some()),
            Condition::ObjectiveMeasureKnown => Some(seen.measure.is_some()),
            Condition::ObjectiveMeasureGreaterThan => seen.measure.map(|m| m > threshold),
            Condition::ObjectiveMeasureLessThan => seen.measure.map(|m| m < threshold),
            Condition::Completed => seen.completion,
            Condition::ActivityProgressKnown => Some(seen.completion.is_some()),
            Condition::Attempted => Some(attempts > 0),
            Condition::AttemptLimitExceeded => {
                let limit = activity.sequencing.limits.attempt_limit;
                Some(limit.is_some_and(|limit| attempts >= limit))
            }
            Condition::TimeLimitExceeded => {
                Some(is_tracked && self.time_limit(state, index).is_some())
            }
            Condition::OutsideAvailableTimeRange => {
                Some(self.outside_time_range(state, index).is_some())
            }
            Condition::Never => Some(false),
            Condition::Always => Some(true),
        }
    }

    /// Sequencing Rule Check Subprocess (UP.2.1): whether a rule's conditions hold.
    pub(crate) fn rule_check(&self, state: &TreeState, index: ActivityIndex, rule: &Rule) -> Truth {
        let values = rule.conditions.iter().map(|condition| {
            let RuleCondition { condition, objective, measure_threshold, negated } = condition;
            let seen = self.observe_itself(state, index, objective.as_deref());
            let value = self.holds(state, index, *condition, &seen, *measure_threshold);
            if *negated { value.map(|value| !value) } else { value }
        });
        combine(values, rule.combination)
    }

    /// Sequencing Rules Check Process (UP.2): the first rule for one of `actions` that holds, with
    /// its place among all.
    pub(crate) fn rules_check<'r>(
        &self,
        state: &TreeState,
        index: ActivityIndex,
        rules: &'r [Rule],
        actions: &[RuleAction],
    ) -> Option<(usize, &'r Rule)> {
        rules
            .iter()
            .enumerate()
            .filter(|(_, rule)| actions.contains(&rule.action))
            .find(|(_, rule)| self.rule_check(state, index, rule) == Some(true))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_decides_nothing_unless_another_value_is_decisive() {
        let (t, f, u) = (Some(true), Some(false), None);
        for (values, all, any) in [
            (vec![], u, u),
            (vec![t], t, t),
            (vec![f], f, f),
            (vec![u], u, u),
            (vec![t, f], f, t),
            (vec![t, u], u, t),
            (vec![u, t], u, t),
            (vec![f, u], f, u),
            (vec![u, f], f, u),
            (vec![u, t, f], f, t),
            (vec![t, t], t, t),
            (vec![f, f], f, f),
        ] {
            assert_eq!(combine(values.iter().copied(), Combination::All), all, "all {values:?}");
            assert_eq!(combine(values.iter().copied(), Combination::Any), any, "any {values:?}");
        }
    }
}
