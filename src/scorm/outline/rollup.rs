//! Rollup (SN 3.7 to 3.9) in plain words: what a group makes of its activities, and what an
//! activity contributes.

use super::course::{Course, listed, sentence, some, tell_some};
use super::rule::{KNOWN_NOT_COMPLETED, KNOWN_NOT_SATISFIED};
use crate::sequencing::{
    ChildActivitySet, Combination, Condition, RequiredFor, RollupAction, RollupConsiderations,
    RollupRule,
};
use crate::tree::ActivityIndex;

pub(super) fn rollup(course: &Course<'_>, at: ActivityIndex, told: &mut Vec<String>) {
    let activity = course.activity(at);
    // Rules of an activity without children have nothing to look at.
    let rules = activity.sequencing.rollup_rules.iter().filter(|_| !activity.is_leaf());
    tell_some(rules, |rule| sentence(&clause(rule)), "rollup rules", told);
    if activity.parent.is_some() {
        contribution(course, at, told);
        considerations(activity.sequencing.rollup_considerations, told);
    }
}

fn clause(rule: &RollupRule) -> String {
    let action = match rule.action {
        RollupAction::Satisfied => "satisfied",
        RollupAction::NotSatisfied => "failed",
        RollupAction::Completed => "completed",
        RollupAction::Incomplete => "incomplete",
    };
    let (set, are_many) = match rule.children {
        ChildActivitySet::All => ("every activity in it".to_owned(), false),
        ChildActivitySet::Any => ("any activity in it".to_owned(), false),
        ChildActivitySet::None => ("no activity in it".to_owned(), false),
        ChildActivitySet::AtLeastCount(1) => ("at least 1 activity in it".to_owned(), false),
        ChildActivitySet::AtLeastCount(count) => {
            (format!("at least {count} activities in it"), true)
        }
        ChildActivitySet::AtLeastPercent(share) => {
            (format!("at least {} of the activities in it", percent(share)), true)
        }
    };
    let joint = match rule.combination {
        Combination::All => " and ",
        Combination::Any => " or ",
    };
    let predicates: Vec<String> = rule
        .conditions
        .iter()
        .map(|(condition, negated)| predicate(*condition, !negated, are_many))
        .collect();
    format!("{action} when {set} {}", some(&predicates, joint))
}

fn predicate(condition: Condition, is: bool, are_many: bool) -> String {
    let text = match (condition, is) {
        (Condition::Satisfied, true) => "is satisfied",
        (Condition::Satisfied, false) => KNOWN_NOT_SATISFIED,
        (Condition::Completed, true) => "is completed",
        (Condition::Completed, false) => KNOWN_NOT_COMPLETED,
        (Condition::ObjectiveStatusKnown, true) => "has a known success",
        (Condition::ObjectiveStatusKnown, false) => "has no known success",
        (Condition::ObjectiveMeasureKnown, true) => "has a score",
        (Condition::ObjectiveMeasureKnown, false) => "has no score",
        (Condition::ActivityProgressKnown, true) => "has a known completion",
        (Condition::ActivityProgressKnown, false) => "has no known completion",
        (Condition::Attempted, true) => "has been attempted",
        (Condition::Attempted, false) => "has not been attempted",
        (Condition::AttemptLimitExceeded, true) => "has no attempts left",
        (Condition::AttemptLimitExceeded, false) => "has attempts left",
        (Condition::TimeLimitExceeded, true) => "has no time left",
        (Condition::TimeLimitExceeded, false) => "has time left",
        (Condition::OutsideAvailableTimeRange, true) => "is not open at that time",
        (Condition::OutsideAvailableTimeRange, false) => "is open at that time",
        (Condition::ObjectiveMeasureGreaterThan, true)
        | (Condition::ObjectiveMeasureLessThan, false) => "has a score above 0",
        (Condition::ObjectiveMeasureLessThan, true)
        | (Condition::ObjectiveMeasureGreaterThan, false) => "has a score below 0",
        (Condition::Always, true) | (Condition::Never, false) => "is there",
        (Condition::Always, false) | (Condition::Never, true) => "is not there",
    };
    match text.split_once(' ') {
        Some(("is", rest)) if are_many => format!("are {rest}"),
        Some(("has", rest)) if are_many => format!("have {rest}"),
        _ => text.to_owned(),
    }
}

/// 0 to 1 as percent.
pub(super) fn percent(share: f64) -> String {
    format!("{} %", (share * 10_000.0).round() / 100.0)
}

/// What an activity counts in the group around it.
fn contribution(course: &Course<'_>, at: ActivityIndex, told: &mut Vec<String>) {
    let activity = course.activity(at);
    let controls = activity.sequencing.rollup_controls;
    let (weight, progress) = (controls.objective_measure_weight, activity.progress_weight());
    let parts = [
        ("success", !controls.objective_satisfied),
        ("completion", !controls.progress_completion),
        ("score", weight == 0.0),
        ("progress", progress == 0.0),
    ];
    let absent: Vec<&str> =
        parts.iter().filter(|(_, is_absent)| *is_absent).map(|one| one.0).collect();
    if !absent.is_empty() {
        let verb = if absent.len() == 1 { "does" } else { "do" };
        told.push(format!("Its {} {verb} not count for the group around it.", listed(&absent)));
    }
    for (noun, weight) in [("score", weight), ("progress", progress)] {
        if weight > 0.0 && weight < 1.0 {
            told.push(format!(
                "Its {noun} counts with a weight of {weight} for the group around it."
            ));
        }
    }
}

fn considerations(asked: RollupConsiderations, told: &mut Vec<String>) {
    let statuses = [
        ("satisfied", asked.satisfied),
        ("failed", asked.not_satisfied),
        ("completed", asked.completed),
        ("incomplete", asked.incomplete),
    ];
    for (required, condition) in [
        (RequiredFor::IfNotSuspended, "unless it is suspended"),
        (RequiredFor::IfAttempted, "only once it was attempted"),
        (RequiredFor::IfNotSkipped, "unless it is skipped"),
    ] {
        let alike: Vec<&str> =
            statuses.iter().filter(|(_, one)| *one == required).map(|one| one.0).collect();
        if !alike.is_empty() {
            let which = if alike.len() == statuses.len() {
                "Counts for the group around it".to_owned()
            } else {
                format!("Counts in whether the group around it is {}", listed(&alike))
            };
            told.push(format!("{which} {condition}."));
        }
    }
    if !asked.measure_satisfaction_if_active {
        let text = "While it is under way, its score does not decide whether it is satisfied.";
        told.push(text.to_owned());
    }
}
