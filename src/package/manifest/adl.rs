//! ADL's elements of an item (CAM 3.4.1.8 to 3.4.1.19; SCORM 1.2 CAM 2.3.2.5.5), whichever
//! edition's letter case they are written in.

use super::context::{Context, collapse};
use crate::{codes, xml::Element};
use scorm::{
    manifest::{CompletionThreshold, Edition, Scorm12Item, SharedDataMap},
    sequencing::Prerequisites,
};
use std::str::FromStr;

/// What SCORM 1.2 alone has.
pub(super) fn scorm12(context: &mut Context<'_, '_>, item: &Element<'_>) -> Scorm12Item {
    let element = |name: &str| item.child(name).filter(|one| one.content().is_some());
    let written = |name: &str| element(name).and_then(Element::content).map(str::to_owned);
    if let Some(score) = element("masteryscore") {
        let text = score.content().unwrap_or_default();
        if !f64::from_str(text).is_ok_and(|number| (0.0..=100.0).contains(&number)) {
            let message = format!("masteryscore is {text:?}");
            context.tell(&codes::MASTERY_SCORE_INVALID, score.offset, message);
        }
    }
    if let Some(time) = element("maxtimeallowed") {
        let text = time.content().unwrap_or_default();
        if !is_timespan(text) {
            let message = format!("maxtimeallowed is {text:?}");
            context.tell(&codes::MAX_TIME_INVALID, time.offset, message);
        }
    }
    if let Some(script) = element("prerequisites").filter(|_| !context.edition.is_2004()) {
        tell_prerequisites(context, script);
    }
    if context.edition.is_2004() {
        for name in ["masteryscore", "maxtimeallowed", "prerequisites"] {
            if let Some(found) = element(name) {
                let message = format!("<{}> belongs to SCORM 1.2 and has no effect", found.name);
                context.tell(&codes::EDITION_ELEMENT, found.offset, message);
            }
        }
    }
    Scorm12Item {
        prerequisites: written("prerequisites"),
        max_time_allowed: written("maxtimeallowed"),
        mastery_score: written("masteryscore"),
    }
}

/// A script that cannot be met as it stands asks for nothing.
fn tell_prerequisites(context: &mut Context<'_, '_>, element: &Element<'_>) {
    let script = element.content().unwrap_or_default();
    let message = match Prerequisites::parse(script) {
        Err(fault) => Some(format!("prerequisites is {script:?}: {fault}")),
        Ok(read) => {
            let unknown = read.items().into_iter().find(|item| !context.has_item(item));
            unknown.map(|item| format!("prerequisites names {item:?}, which no item is"))
        }
    };
    if let Some(message) = message {
        context.tell(&codes::PREREQUISITES_INVALID, element.offset, message);
    }
}

/// `CMITimespan` of SCORM 1.2: HHHH:MM:SS.SS, hours with two to four digits.
fn is_timespan(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let two = |part: &str| part.len() == 2 && digits(part);
    let parts: Vec<&str> = text.split(':').collect();
    let [hours, minutes, seconds] = parts.as_slice() else { return false };
    let (whole, fraction) = seconds.split_once('.').unwrap_or((seconds, "0"));
    (2..=4).contains(&hours.len())
        && digits(hours)
        && two(minutes)
        && two(whole)
        && digits(fraction)
        && fraction.len() <= 2
}

/// `timeLimitAction`, in the standard's spelling when it can be told.
pub(super) fn time_limit_action(
    context: &mut Context<'_, '_>,
    item: &Element<'_>,
) -> Option<String> {
    let element = item.child("timelimitaction")?;
    let text = element.content()?;
    let squeezed = text.to_ascii_lowercase().replace(", ", ",");
    let known = ["exit,message", "exit,no message", "continue,message", "continue,no message"];
    if known.contains(&squeezed.as_str()) {
        return Some(squeezed);
    }
    let message = format!("timeLimitAction is {text:?}");
    context.tell(&codes::TIME_LIMIT_ACTION_INVALID, element.offset, message);
    Some(text.to_owned())
}

/// `dataFromLMS`.
pub(super) fn data_from_lms(context: &mut Context<'_, '_>, item: &Element<'_>) -> Option<String> {
    let element = item.child("datafromlms")?;
    let text = element.content()?;
    let max = if context.edition.is_2004() { 4000 } else { 255 };
    let length = text.chars().count();
    if length > max {
        let message = format!("dataFromLMS has {length} characters, more than {max}");
        context.tell(&codes::LAUNCH_DATA_LONG, element.offset, message);
    }
    Some(text.to_owned())
}

/// `completionThreshold`: a number in the 2nd and 3rd edition, attributes in the 4th.
pub(super) fn completion_threshold(
    context: &mut Context<'_, '_>,
    item: &Element<'_>,
) -> Option<CompletionThreshold> {
    let element = item.child("completionthreshold")?;
    let names = ["completedByMeasure", "minProgressMeasure", "progressWeight"];
    if names.iter().any(|name| element.attribute(name).is_some()) {
        return Some(CompletionThreshold {
            completed_by_measure: context.flag(element, "completedByMeasure", false),
            min_progress_measure: context
                .number(element, "minProgressMeasure", 0.0..=1.0)
                .unwrap_or(1.0),
            progress_weight: context.number(element, "progressWeight", 0.0..=1.0).unwrap_or(1.0),
        });
    }
    let default = CompletionThreshold {
        completed_by_measure: context.edition != Edition::Scorm2004Fourth,
        min_progress_measure: 1.0,
        progress_weight: 1.0,
    };
    let Some(text) = element.content() else { return Some(default) };
    let number = f64::from_str(text).ok().filter(|number| (0.0..=1.0).contains(number));
    if number.is_none() {
        let message = format!("completionThreshold is {text:?}");
        context.tell(&codes::COMPLETION_THRESHOLD_INVALID, element.offset, message);
    }
    let min_progress_measure = number?;
    Some(CompletionThreshold { completed_by_measure: true, min_progress_measure, ..default })
}

/// `adlnav:presentation/navigationInterface/hideLMSUI` (CAM 5.2).
pub(super) fn hide_lms_ui(context: &mut Context<'_, '_>, item: &Element<'_>) -> Vec<String> {
    const BUTTONS: [&str; 7] =
        ["previous", "continue", "exit", "exitAll", "abandon", "abandonAll", "suspendAll"];
    let interfaces = item.all("presentation").flat_map(|one| one.all("navigationInterface"));
    let mut hidden = Vec::new();
    for element in interfaces.flat_map(|one| one.all("hideLMSUI")) {
        let text = element.content().unwrap_or_default();
        let button = BUTTONS.iter().find(|button| button.eq_ignore_ascii_case(text));
        if button.is_none() {
            let message = format!("hideLMSUI is {text:?}");
            context.tell(&codes::HIDE_LMS_UI_UNKNOWN, element.offset, message);
        }
        hidden.extend(button.map(|button| (*button).to_owned()));
    }
    hidden
}

/// `adlcp:data/map` (4th edition).
pub(super) fn shared_data(context: &mut Context<'_, '_>, item: &Element<'_>) -> Vec<SharedDataMap> {
    let mut maps = Vec::new();
    for element in item.all("data").flat_map(|data| data.all("map")) {
        let target = collapse(element.value("targetID").unwrap_or_default());
        if target.is_empty() {
            let message = "a map of adlcp:data has no targetID";
            context.tell(&codes::SHARED_DATA_INVALID, element.offset, message);
            continue;
        }
        let read = context.flag(element, "readSharedData", true);
        let write = context.flag(element, "writeSharedData", true);
        maps.push(SharedDataMap { target, read, write });
    }
    maps
}

#[cfg(test)]
mod tests {
    use super::is_timespan;

    #[test]
    fn a_timespan_has_hours_minutes_and_seconds() {
        for text in ["00:30:00", "0030:00:00.5", "99:59:59.99"] {
            assert!(is_timespan(text), "{text}");
        }
        for text in ["", "30", "00:30", "0:30:00", "00:30:00.", "00:30:00.123", "PT30M"] {
            assert!(!is_timespan(text), "{text}");
        }
    }
}
