//! Pre, exit and postcondition rules (SN 3.4) in plain words.

use super::course::{Course, PARTS_MAX, Subject, sentence, tell_some};
use crate::sequencing::{Combination, Condition, Rule, RuleAction, RuleCondition};
use crate::tree::ActivityIndex;

pub(super) fn rules(course: &Course<'_>, at: ActivityIndex, told: &mut Vec<String>) {
    let sequencing = &course.activity(at).sequencing;
    // Exit rules are heeded by groups alone (TB.2.1).
    let exit = if course.activity(at).is_leaf() { &[] } else { &*sequencing.exit_conditions };
    let lists = [&*sequencing.pre_conditions, exit, &*sequencing.post_conditions];
    let rules = lists.into_iter().flatten();
    tell_some(rules, |rule| sentence(&clause(course, at, rule)), "rules", told);
}

fn clause(course: &Course<'_>, at: ActivityIndex, rule: &Rule) -> String {
    match (when(course, at, rule), post(rule.action)) {
        (When::Always, Some(follows)) => format!("when it ends, {follows}"),
        (When::Never, Some(follows)) => format!("{follows} never, as its rule cannot hold"),
        (When::If(conditions), Some(follows)) => {
            format!("when it ends and {conditions}, {follows}")
        }
        (When::Always, None) => format!("always {}", pre(rule.action)),
        (When::Never, None) => format!("never {}, as its rule cannot hold", pre(rule.action)),
        (When::If(conditions), None) => format!("{} when {conditions}", pre(rule.action)),
    }
}

/// What the rules before and during an activity make of it.
const fn pre(action: RuleAction) -> &'static str {
    match action {
        RuleAction::Skip => "skipped",
        RuleAction::Disabled => "locked",
        RuleAction::HiddenFromChoice => "hidden from the contents",
        RuleAction::StopForwardTraversal => "the end of the way forward",
        RuleAction::Exit => "ended",
        _ => "left as it is",
    }
}

/// What follows an activity by its postcondition rules.
const fn post(action: RuleAction) -> Option<&'static str> {
    match action {
        RuleAction::ExitParent => Some("the group around it ends too"),
        RuleAction::ExitAll => Some("the course ends"),
        RuleAction::Retry => Some("it begins again"),
        RuleAction::RetryAll => Some("the course begins again"),
        RuleAction::Continue => Some("the next activity follows"),
        RuleAction::Previous => Some("the activity before follows"),
        _ => None,
    }
}

/// When a rule holds.
enum When {
    Always,
    Never,
    If(String),
}

fn when(course: &Course<'_>, at: ActivityIndex, rule: &Rule) -> When {
    let (decisive, joint) = match rule.combination {
        Combination::All => (false, " and "),
        Combination::Any => (true, " or "),
    };
    let constants: Vec<Option<bool>> = rule.conditions.iter().map(constant).collect();
    if constants.contains(&Some(decisive)) {
        return if decisive { When::Always } else { When::Never };
    }
    let open = rule.conditions.iter().zip(constants).filter(|(_, constant)| constant.is_none());
    let open: Vec<&RuleCondition> = open.map(|(condition, _)| condition).collect();
    let told: Vec<&RuleCondition> = open.iter().copied().take(PARTS_MAX).collect();
    let mut clauses: Vec<String> = told
        .iter()
        .filter(|one| !is_implied(one, &told, rule.combination))
        .map(|one| condition_clause(course, at, one, is_or_unknown(one, &told, rule.combination)))
        .collect();
    if let more @ 1.. = open.len() - told.len() {
        clauses.push(format!("{more} more conditions hold"));
    }
    match clauses.is_empty() {
        true if decisive => When::Never,
        true => When::Always,
        false => When::If(clauses.join(joint)),
    }
}

/// The condition that asks whether what another one asks about is known at all.
const fn known_of(condition: Condition) -> Option<Condition> {
    match condition {
        Condition::Satisfied => Some(Condition::ObjectiveStatusKnown),
        Condition::Completed => Some(Condition::ActivityProgressKnown),
        _ => None,
    }
}

/// Whether a condition says only that something is known (with `all`) or is not known (with `any`)
/// that another one asks about: then that one says it too.
fn is_implied(one: &RuleCondition, all: &[&RuleCondition], how: Combination) -> bool {
    let is_needless = one.negated == (how == Combination::Any);
    is_needless
        && all.iter().any(|other| {
            known_of(other.condition) == Some(one.condition)
                && other.objective == one.objective
                && (how == Combination::All || other.negated)
        })
}

/// Whether a negated condition stands beside the one that holds while nothing is known.
fn is_or_unknown(one: &RuleCondition, all: &[&RuleCondition], how: Combination) -> bool {
    how == Combination::Any
        && one.negated
        && all.iter().any(|other| {
            known_of(one.condition) == Some(other.condition)
                && other.objective == one.objective
                && other.negated
        })
}

/// The value of a condition that does not depend on the learner.
fn constant(condition: &RuleCondition) -> Option<bool> {
    let value = match condition.condition {
        Condition::Always => true,
        Condition::Never => false,
        _ => return None,
    };
    Some(value != condition.negated)
}

/// `or_unknown`: a negated condition holds while nothing is known, too.
fn condition_clause(
    course: &Course<'_>,
    at: ActivityIndex,
    asked: &RuleCondition,
    or_unknown: bool,
) -> String {
    let about = course.subject(at, asked.objective.as_deref(), |map| match asked.condition {
        Condition::Satisfied | Condition::ObjectiveStatusKnown => map.read_satisfied_status,
        Condition::Completed | Condition::ActivityProgressKnown => map.read_completion_status,
        _ => map.read_normalized_measure,
    });
    let is = !asked.negated;
    let threshold = asked.measure_threshold.unwrap_or(0.0);
    let either = |yes: &str, no: &str| if is { yes.to_owned() } else { no.to_owned() };
    let name = about.name();
    match asked.condition {
        Condition::Satisfied if or_unknown => format!("{name} is not satisfied, or not yet"),
        Condition::Completed if or_unknown => format!("{name} is not completed, or not yet"),
        Condition::Satisfied => format!("{name} {}", either("is satisfied", KNOWN_NOT_SATISFIED)),
        Condition::Completed => format!("{name} {}", either("is completed", KNOWN_NOT_COMPLETED)),
        Condition::ObjectiveStatusKnown => known(&about, "success", is),
        Condition::ObjectiveMeasureKnown => known(&about, "score", is),
        Condition::ActivityProgressKnown => known(&about, "completion", is),
        Condition::ObjectiveMeasureGreaterThan => {
            let bound = either("is above", "is known and not above");
            format!("{} {bound} {threshold}", about.own("score"))
        }
        Condition::ObjectiveMeasureLessThan => {
            let bound = either("is below", "is known and not below");
            format!("{} {bound} {threshold}", about.own("score"))
        }
        Condition::Attempted => either("it has been attempted", "it has not been attempted"),
        Condition::AttemptLimitExceeded => {
            either("its attempts are used up", "it has attempts left")
        }
        Condition::TimeLimitExceeded => either("its time is over", "its time is not over"),
        Condition::OutsideAvailableTimeRange => {
            either("it is not open at that time", "it is open at that time")
        }
        Condition::Always => either("always", "never"),
        Condition::Never => either("never", "always"),
    }
}

/// What is unknown is not the contrary: a negated condition does not hold either.
pub(super) const KNOWN_NOT_SATISFIED: &str = "is known not to be satisfied";
pub(super) const KNOWN_NOT_COMPLETED: &str = "is known not to be completed";

fn known(about: &Subject, noun: &str, is: bool) -> String {
    format!("{} is {}", about.own(noun), if is { "known" } else { "not known" })
}
