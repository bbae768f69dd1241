//! Results that nobody can report, and settings without effect.

use crate::{codes, manifest::context::Context};
use scorm::{
    manifest::Edition,
    sequencing::Timing,
    tree::{Activity, ActivityTree},
};

/// What SCORM 1.2 says on items.
pub(super) fn tell_12(context: &mut Context<'_, '_>, tree: &ActivityTree) {
    for activity in tree.activities() {
        let Some(score) = activity.item.scorm12.mastery_score.as_deref() else { continue };
        let is_zero = score.parse().is_ok_and(|score: f64| score == 0.0);
        let (code, what) = match (activity.is_leaf(), activity.is_sco()) {
            (true, true) if is_zero => (&codes::MASTERY_SCORE_ZERO, "a masteryscore of 0"),
            (true, true) => continue,
            (true, false) => (&codes::MASTERY_SCORE_UNUSED, "a masteryscore and launches no SCO"),
            (false, _) => (&codes::MASTERY_SCORE_UNUSED, "a masteryscore and is a group"),
        };
        let message = format!("{:?} has {what}", activity.item.title);
        context.tell_about(activity.id(), &[("masteryscore", 0)], code, message);
    }
}

pub(super) fn tell_2004(context: &mut Context<'_, '_>, tree: &ActivityTree) {
    for activity in tree.activities() {
        let title = &activity.item.title;
        if activity.sequencing.limits.attempt_limit == Some(0) {
            let message = format!("the attemptLimit of {title:?} is 0");
            let steps = [("sequencing", 0), ("limitConditions", 0)];
            context.tell_about(activity.id(), &steps, &codes::ATTEMPT_LIMIT_ZERO, message);
        }
        if let Some(what) = useless_selection(activity) {
            let message = format!("{title:?}: {what}");
            let steps = [("sequencing", 0), ("randomizationControls", 0)];
            context.tell_about(activity.id(), &steps, &codes::SELECTION_WITHOUT_EFFECT, message);
        }
        tell_silent_asset(context, activity);
        tell_leaf(context, activity);
        let threshold = activity
            .item
            .completion_threshold
            .filter(|one| !one.completed_by_measure && one.min_progress_measure < 1.0);
        if threshold.is_some() && tree.edition() == Edition::Scorm2004Fourth {
            let message = format!("{title:?} has a minProgressMeasure without completedByMeasure");
            let steps = [("completionThreshold", 0)];
            context.tell_about(activity.id(), &steps, &codes::COMPLETION_MEASURE_UNUSED, message);
        }
    }
}

/// Selection and randomization that do nothing.
fn useless_selection(activity: &Activity) -> Option<&'static str> {
    let draws = activity.sequencing.randomization;
    let selects = draws.selection_timing != Timing::Never;
    let shuffles = draws.randomization_timing != Timing::Never;
    let count = draws.select_count.filter(|count| *count > 0);
    let holds = u32::try_from(activity.children.len()).unwrap_or(u32::MAX);
    let asked = count.is_some() || draws.reorder_children || selects || shuffles;
    if activity.is_leaf() {
        return asked.then_some("it has no activities to pick or shuffle");
    }
    match (count, selects) {
        (Some(_), false) => Some("selectCount is set while selectionTiming is never"),
        (Some(count), true) if count >= holds => Some("selectCount is not below what it holds"),
        (None, true) => Some("selectionTiming is set without a selectCount"),
        _ if draws.reorder_children && !shuffles => {
            Some("reorderChildren is set while randomizationTiming is never")
        }
        _ if shuffles && !draws.reorder_children => {
            Some("randomizationTiming is set without reorderChildren")
        }
        _ => None,
    }
}

/// An asset that has to report what it cannot.
fn tell_silent_asset(context: &mut Context<'_, '_>, activity: &Activity) {
    let sequencing = &activity.sequencing;
    if !activity.can_launch() || activity.is_sco() || !sequencing.delivery.tracked {
        return;
    }
    let maps = &activity.primary.maps;
    let reads_score = maps.iter().any(|map| map.read_normalized_measure && !map.writes());
    let reads_success = maps.iter().any(|map| map.read_satisfied_status && !map.writes());
    let by_progress = activity.item.completion_threshold;
    let tracked = ("sequencing", "deliveryControls");
    let traps = [
        (sequencing.delivery.completion_set_by_content, tracked, "completionSetByContent is set"),
        (
            sequencing.delivery.objective_set_by_content && !reads_success && !reads_score,
            tracked,
            "objectiveSetByContent is set",
        ),
        (
            activity.primary.satisfied_by_measure && !reads_score,
            ("sequencing", "objectives"),
            "it is satisfied by a score",
        ),
        (
            by_progress.is_some_and(|threshold| threshold.completed_by_measure),
            ("completionThreshold", ""),
            "it is completed by its progress",
        ),
    ];
    for (_, (outer, inner), why) in traps.into_iter().filter(|(is_so, ..)| *is_so) {
        let message = format!("the asset {:?} cannot report: {why}", activity.item.title);
        let steps = [(outer, 0), (inner, 0)];
        context.tell_about(activity.id(), &steps, &codes::ASSET_CANNOT_REPORT, message);
    }
}

/// What only groups heed.
fn tell_leaf(context: &mut Context<'_, '_>, activity: &Activity) {
    if !activity.is_leaf() {
        return;
    }
    let title = &activity.item.title;
    let (exit, rollup) = (&activity.sequencing.exit_conditions, &activity.sequencing.rollup_rules);
    for (is_there, steps, what) in [
        (!exit.is_empty(), [("sequencing", 0), ("sequencingRules", 0)], "exit rules"),
        (!rollup.is_empty(), [("sequencing", 0), ("rollupRules", 0)], "rollup rules"),
    ] {
        if is_there {
            let message = format!("the {what} of {title:?} have no effect: it holds no activities");
            context.tell_about(activity.id(), &steps, &codes::SEQUENCING_ON_LEAF, message);
        }
    }
}
