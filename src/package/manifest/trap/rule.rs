//! Sequencing rules that can never hold, or ask about what is not there.

use crate::{codes, manifest::context::Context};
use scorm::{
    sequencing::{Combination, Condition, ObjectiveMap, Rule, RuleCondition},
    tree::{Activity, ActivityTree},
};
use std::collections::HashSet;

/// Conditions of one rule that are compared with each other at most.
const CONDITIONS_MAX: usize = 100;
/// Objectives of one activity among which those of its rules are looked for at most.
const OBJECTIVES_MAX: usize = 200;

pub(super) fn tell(context: &mut Context<'_, '_>, tree: &ActivityTree) {
    for activity in tree.activities() {
        tell_rules(context, activity);
    }
    tell_unwritten(context, tree);
}

fn tell_rules(context: &mut Context<'_, '_>, activity: &Activity) {
    let sequencing = &activity.sequencing;
    let lists = [
        ("preConditionRule", "precondition", &sequencing.pre_conditions),
        ("exitConditionRule", "exit", &sequencing.exit_conditions),
        ("postConditionRule", "postcondition", &sequencing.post_conditions),
    ];
    let title = &activity.item.title;
    let has_many = activity.objectives.len() > OBJECTIVES_MAX;
    for (element, kind, rules) in lists {
        for (at, rule) in rules.iter().enumerate() {
            let number = at + 1;
            let steps = [("sequencing", 0), ("sequencingRules", 0), (element, at)];
            let asked = rule.conditions.iter().filter_map(|one| one.objective.as_deref());
            let asked = asked.take(if has_many { 0 } else { CONDITIONS_MAX });
            let unknown = asked.into_iter().find(|id| activity.objective(Some(id)).is_none());
            if let Some(unknown) = unknown {
                let message = format!(
                    "{kind} rule {number} of {title:?} asks about the objective {unknown:?}, \
                     which it does not have"
                );
                let code = &codes::RULE_OBJECTIVE_UNKNOWN;
                context.tell_about(activity.id(), &steps, code, message);
            } else if let Some(why) = never(activity, rule) {
                let message = format!("{kind} rule {number} of {title:?} can never hold: {why}");
                context.tell_about(activity.id(), &steps, &codes::RULE_NEVER_HOLDS, message);
            }
        }
    }
}

/// Whether a rule holds whatever learners do.
pub(super) fn always(rule: &Rule) -> bool {
    let mut are_sure = rule.conditions.iter().map(|one| match one.condition {
        Condition::Always => !one.negated,
        Condition::Never => one.negated,
        _ => false,
    });
    match rule.combination {
        Combination::All => are_sure.all(|sure| sure),
        Combination::Any => are_sure.any(|sure| sure),
    }
}

/// Why a rule cannot hold, when it cannot.
fn never(activity: &Activity, rule: &Rule) -> Option<&'static str> {
    let mut reasons = rule.conditions.iter().map(|one| impossible(activity, one));
    match rule.combination {
        Combination::All => reasons.find_map(|reason| reason).or_else(|| contradiction(rule)),
        Combination::Any => {
            let reasons: Option<Vec<_>> = reasons.collect();
            reasons?.first().copied()
        }
    }
}

/// A condition and its contrary at once.
fn contradiction(rule: &Rule) -> Option<&'static str> {
    let contrary = |one: &RuleCondition, other: &RuleCondition| {
        one.condition == other.condition
            && one.objective == other.objective
            && one.measure_threshold == other.measure_threshold
            && one.negated != other.negated
    };
    if rule.conditions.len() > CONDITIONS_MAX {
        return None;
    }
    let mut pairs = rule.conditions.iter().enumerate();
    let any = pairs
        .any(|(at, one)| rule.conditions.iter().skip(at + 1).any(|other| contrary(one, other)));
    any.then_some("it asks for a condition and for its contrary at once")
}

/// Why a condition cannot be true of an activity.
fn impossible(activity: &Activity, asked: &RuleCondition) -> Option<&'static str> {
    let limits = &activity.sequencing.limits;
    let threshold = asked.measure_threshold.unwrap_or(0.0);
    let has_time_limit = [
        &limits.attempt_absolute_duration,
        &limits.attempt_experienced_duration,
        &limits.activity_absolute_duration,
        &limits.activity_experienced_duration,
    ]
    .into_iter()
    .any(Option::is_some);
    let is_open_always = limits.begin_time.is_none() && limits.end_time.is_none();
    match (asked.condition, asked.negated) {
        (Condition::Never, false) | (Condition::Always, true) => Some("its condition is never so"),
        (Condition::ObjectiveMeasureGreaterThan, false) if threshold >= 1.0 => {
            Some("no score is above 1")
        }
        (Condition::ObjectiveMeasureLessThan, false) if threshold <= -1.0 => {
            Some("no score is below -1")
        }
        (Condition::AttemptLimitExceeded, false) if limits.attempt_limit.is_none() => {
            Some("the activity has no attemptLimit")
        }
        (Condition::TimeLimitExceeded, false) if !has_time_limit => {
            Some("the activity has no limit of time")
        }
        (Condition::OutsideAvailableTimeRange, false) if is_open_always => {
            Some("the activity has neither beginTimeLimit nor endTimeLimit")
        }
        _ => None,
    }
}

/// Global objectives that are read and that nobody writes, each once.
fn tell_unwritten(context: &mut Context<'_, '_>, tree: &ActivityTree) {
    let objectives = |activity: &'_ Activity| {
        std::iter::once(activity.primary.clone()).chain(activity.objectives.clone())
    };
    let maps = tree.activities().flat_map(objectives).flat_map(|objective| objective.maps);
    let mut written: HashSet<String> =
        maps.filter(ObjectiveMap::writes).map(|map| map.target).collect();
    for activity in tree.activities() {
        for map in objectives(activity).flat_map(|objective| objective.maps) {
            if !map.reads() || !written.insert(map.target.clone()) {
                continue;
            }
            let elsewhere =
                if tree.objectives_global_to_system() { "; only another course could" } else { "" };
            let message = format!(
                "{:?} reads the global objective {:?}, which no activity of the course \
                 writes{elsewhere}",
                activity.item.title, map.target
            );
            let steps = [("sequencing", 0), ("objectives", 0)];
            context.tell_about(activity.id(), &steps, &codes::OBJECTIVE_NOT_WRITTEN, message);
        }
    }
}
