//! Control modes, limits, selection, delivery controls, presentation, and what SCORM 1.2 knows, in
//! plain words.

use super::course::{Course, listed, quoted, sentence};
use super::rollup::percent;
use crate::runtime::Timespan;
use crate::sequencing::Timing;
use crate::tree::ActivityIndex;
use domain::ItemId;

/// Control modes (SN 3.2, 3.3); those of what is in a group stand on the group.
pub(super) fn control(course: &Course<'_>, at: ActivityIndex, told: &mut Vec<String>) {
    let activity = course.activity(at);
    let control = activity.sequencing.control;
    let mut tell = |text: &str| told.push(text.to_owned());
    // The only activity of a course begins by itself, whatever its manifest says.
    let is_alone = course.tree.len() == 2;
    if !activity.is_leaf() && !is_alone {
        match (control.choice, control.flow) {
            (true, false) => {}
            (true, true) => tell("Activities follow each other, and any can be chosen."),
            (false, true) => tell("Activities follow each other; none can be chosen."),
            (false, false) => tell("Neither Continue nor a choice leads to what is in it."),
        }
        if control.forward_only {
            tell("The way through it goes forward only.");
        }
        if !control.use_current_attempt_objective_info {
            tell("Success and scores of earlier attempts count in it too.");
        }
        if !control.use_current_attempt_progress_info {
            tell("Completions of earlier attempts count in it too.");
        }
    }
    if !control.choice_exit {
        tell("While it is under way, nothing outside it can be chosen.");
    }
    if activity.sequencing.choice_constraints.constrain_choice {
        tell("From it, only what comes directly before or after it can be chosen.");
    }
    if activity.sequencing.choice_constraints.prevent_activation {
        tell("What is in it can be chosen only once it is under way.");
    }
}

/// Limit conditions (SN 3.5).
pub(super) fn limits(course: &Course<'_>, at: ActivityIndex, told: &mut Vec<String>) {
    let activity = course.activity(at);
    let limits = &activity.sequencing.limits;
    match limits.attempt_limit {
        None => {}
        Some(0) => told.push("No attempt on it is allowed.".to_owned()),
        Some(1) => told.push("At most 1 attempt.".to_owned()),
        Some(count) => told.push(format!("At most {count} attempts.")),
    }
    let durations = [
        (&limits.attempt_absolute_duration, "An attempt ends", " after it began"),
        (&limits.attempt_experienced_duration, "An attempt is limited to", " of work"),
        (&limits.activity_absolute_duration, "It closes", " after its first attempt began"),
        (&limits.activity_experienced_duration, "All attempts are limited to", " of work"),
    ];
    for (limit, before, after) in durations {
        told.extend(limit.as_ref().map(|time| format!("{before} {}{after}.", time_2004(time))));
    }
    told.extend(limits.begin_time.as_ref().map(|time| format!("Not open before {time}.")));
    told.extend(limits.end_time.as_ref().map(|time| format!("Closed after {time}.")));
    time_limit_action(course, at, told);
}

fn time_limit_action(course: &Course<'_>, at: ActivityIndex, told: &mut Vec<String>) {
    let Some(action) = course.activity(at).item.time_limit_action.as_deref() else { return };
    let (what, message) = action.split_once(',').unwrap_or((action, ""));
    let what = if what == "exit" { "ends" } else { "goes on" };
    let message = if message == "message" { "with a message" } else { "without a message" };
    told.push(format!("When its time is over, the content {what} {message}."));
}

/// Selection and randomization (SN 3.11, 3.12).
pub(super) fn selection(course: &Course<'_>, at: ActivityIndex, told: &mut Vec<String>) {
    let activity = course.activity(at);
    let draws = activity.sequencing.randomization;
    let often = |timing: Timing| match timing {
        Timing::Never => None,
        Timing::Once => Some("once for each learner"),
        Timing::OnEachNewAttempt => Some("anew for each attempt"),
    };
    let all = activity.children.len();
    let count = draws.select_count.map_or(0, |count| usize::try_from(count).unwrap_or(usize::MAX));
    if let Some(often) = often(draws.selection_timing).filter(|_| (1..all).contains(&count)) {
        told.push(format!("{count} of its {all} activities are picked by chance, {often}."));
    }
    let shuffles = draws.reorder_children && all > 1;
    if let Some(often) = often(draws.randomization_timing).filter(|_| shuffles) {
        told.push(format!("Its activities are shuffled, {often}."));
    }
}

/// Delivery controls (SN 3.13), completion threshold (CAM 3.4.1.11).
pub(super) fn delivery(course: &Course<'_>, at: ActivityIndex, told: &mut Vec<String>) {
    let activity = course.activity(at);
    if let Some(threshold) = activity.completed_by_measure() {
        let bound = percent(threshold.min_progress_measure);
        told.push(format!("Completed when its progress is {bound} or more."));
    }
    let controls = activity.sequencing.delivery;
    if !controls.tracked {
        told.push("Not tracked: no result of it is kept or counts.".to_owned());
    } else if activity.is_leaf() {
        if controls.completion_set_by_content {
            told.push("Completed only if its content says so.".to_owned());
        }
        if controls.objective_set_by_content {
            told.push("Satisfied only if its content says so.".to_owned());
        }
    }
}

/// What SCORM 1.2 says on an item (CAM 1.2, 2.3.2.5.5).
pub(super) fn scorm12(course: &Course<'_>, at: ActivityIndex, told: &mut Vec<String>) {
    let activity = course.activity(at);
    if let Some(script) = &activity.prerequisites {
        let title = |item: &str| {
            let known = course.tree.get(&ItemId::new(item));
            quoted(known.map_or(item, |known| known.item.title.as_str()))
        };
        told.push(sentence(&format!("open once {}", script.words(&title))));
    }
    if let Some(score) = &activity.item.scorm12.mastery_score {
        told.push(format!("Passed with a score of {score} or more, failed below (mastery score)."));
    }
    if let Some(time) = &activity.item.scorm12.max_time_allowed {
        let time = Timespan::parse_scorm12(time).map_or_else(|| time.clone(), duration);
        told.push(format!("An attempt is limited to {time}."));
    }
    time_limit_action(course, at, told);
}

/// What the content is given, and what it hides of the player (CAM 5.2).
pub(super) fn presentation(course: &Course<'_>, at: ActivityIndex, told: &mut Vec<String>) {
    let item = &course.activity(at).item;
    if let Some(data) = &item.data_from_lms {
        let length = data.chars().count();
        told.push(format!("Its content is given launch data of {length} characters."));
    }
    if !item.hide_lms_ui.is_empty() {
        let names: Vec<&str> = item.hide_lms_ui.iter().map(|name| button(name)).collect();
        told.push(format!("While it is shown, the player hides {}.", listed(&names)));
    }
}

fn button(name: &str) -> &str {
    match name {
        "previous" => "Previous",
        "continue" => "Continue",
        "exit" => "Exit",
        "exitAll" => "Exit all",
        "abandon" => "Abandon",
        "abandonAll" => "Abandon all",
        "suspendAll" => "Suspend all",
        other => other,
    }
}

/// A time interval of SCORM 2004, as written when it is none.
fn time_2004(text: &str) -> String {
    Timespan::parse_scorm2004(text).map_or_else(|| text.to_owned(), duration)
}

/// `1 h 30 min`.
fn duration(time: Timespan) -> String {
    let seconds = time.centiseconds() / 100;
    let units = [(86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")];
    let mut rest = seconds;
    let mut parts = Vec::new();
    for (unit, name) in units {
        let count = rest / unit;
        rest %= unit;
        if count > 0 {
            parts.push(format!("{count} {name}"));
        }
    }
    if parts.is_empty() { "0 s".to_owned() } else { parts.join(" ") }
}
