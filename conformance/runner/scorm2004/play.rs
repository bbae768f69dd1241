//! Plays a case step by step.

use crate::{
    case::{Call, Case, Expected, Step, Then, UiCheck},
    compare,
    lms::Lms,
};
use domain::ItemId;
use scorm::sequencing::{ContentsEntry, Control, Request};
use std::collections::BTreeSet;

/// Plays a case in an LMS; what is wrong first.
pub(crate) fn play(lms: &mut Lms, case: &Case) -> Result<(), String> {
    lms.learner.clone_from(&case.learner);
    for package in &case.packages {
        lms.import(&package.id, &case.folder.join(&package.manifest))?;
    }
    enter(lms, &case.entry).map_err(|reason| format!("entry: {reason}"))?;
    for step in &case.steps {
        let told = |reason: String| format!("{}: {reason}", step.key);
        play_step(lms, step).map_err(told)?;
    }
    if let Some(last) = &case.last {
        follow(lms, last, None).map_err(|reason| format!("final: {reason}"))?;
    }
    Ok(())
}

fn enter(lms: &mut Lms, entry: &Then) -> Result<(), String> {
    if entry.event.as_deref() != Some("start") {
        return Err(format!("unknown event {:?}", entry.event));
    }
    lms.launch(entry.package.as_deref().ok_or("the entry names no package")?)?;
    entry.next.as_ref().map_or(Ok(()), |then| follow(lms, then, None))
}

fn play_step(lms: &mut Lms, step: &Step) -> Result<(), String> {
    let expected = &step.expect_delivered;
    let Some((package, item, title, launch)) = lms.shown() else {
        return Err(format!("nothing was delivered, not {}: {}", expected.item, lms.said()));
    };
    let is_title = expected.title.as_ref().is_none_or(|expected| *expected == title);
    let is_launch = expected.launch.as_ref().is_none_or(|expected| *expected == launch);
    if package != expected.package || item != expected.item || !is_title || !is_launch {
        return Err(format!(
            "{package}/{item} {title:?} {launch} was delivered, not {expected:?}: {}",
            lms.said()
        ));
    }
    for part in &step.order {
        match part.as_str() {
            "ui_checks" => step.ui_checks.iter().try_for_each(|one| check(lms, one))?,
            "calls" => step.calls.iter().try_for_each(|call| make(lms, call))?,
            "after_calls" => step.after_calls.iter().try_for_each(|call| make(lms, call))?,
            // How content finds the API is a matter of the browser.
            "api_object_checks" => {}
            other => return Err(format!("unknown part {other:?}")),
        }
    }
    if let Some(asked) = lms.asked()
        && step.then.first().is_none_or(|then| then.content.is_none())
    {
        return Err(format!("the content asked for {asked:?}, which is not expected"));
    }
    step.then.iter().try_for_each(|then| follow(lms, then, Some(step)))
}

/// Lets happen what comes next, or checks what must be so.
fn follow(lms: &mut Lms, then: &Then, step: Option<&Step>) -> Result<(), String> {
    if let Some(content) = &then.content {
        let wanted = Request::parse(content).ok_or_else(|| format!("unknown request {content}"))?;
        let asked = lms.asked();
        if asked.as_ref() != Some(&wanted) {
            return Err(format!("the content asked for {asked:?}, not {wanted:?}"));
        }
        return lms.request(wanted);
    }
    if let Some(expect) = &then.expect {
        return expect_that(lms, expect);
    }
    let learner = then.learner.as_deref().ok_or("nothing is said to happen")?;
    if matches!(learner, "relaunch" | "launch") {
        return lms.launch(then.package.as_deref().ok_or("no package is named")?);
    }
    let request = match learner {
        "continue" => Request::Continue,
        "previous" => Request::Previous,
        "exitAll" | "exit_package" => Request::ExitAll,
        "suspendAll" => Request::SuspendAll,
        "choice" => Request::Choice(ItemId::new(then.item.as_deref().ok_or("no item is named")?)),
        other => return Err(format!("unknown act of the learner {other:?}")),
    };
    if !lms.offers(&request)? {
        return Err(format!("the LMS does not offer {request:?}"));
    }
    let leaves = step.filter(|_| lms.shown().is_some());
    for call in leaves.into_iter().flat_map(|step| &step.on_unload) {
        make(lms, call)?;
    }
    lms.request(request)
}

fn expect_that(lms: &Lms, expect: &str) -> Result<(), String> {
    let is_so = match expect {
        "learner_attempt_ended" | "content_removed" => lms.shown().is_none(),
        "content_stays" => lms.shown().is_some(),
        "sequencing_session_ended" => lms.has_ended() && !lms.is_current(),
        "sequencing_session_active" => !lms.has_ended() && lms.is_current(),
        other => return Err(format!("unknown expectation {other:?}")),
    };
    if is_so { Ok(()) } else { Err(format!("not so: {expect}: {}", lms.said())) }
}

/// Checks what the player offers.
fn check(lms: &mut Lms, one: &UiCheck) -> Result<(), String> {
    let Some(expected) = one.expect else { return Ok(()) };
    let controls = lms.controls()?;
    let (word, rest) = one.check.split_once('.').unwrap_or((&one.check, ""));
    let button = |control: Control| match rest {
        "enabled" => Ok(control.can_use()),
        "disabled" => Ok(!control.can_use()),
        other => Err(format!("unknown check {other:?}")),
    };
    let entry = controls.contents.iter().find(|entry| {
        one.target_item.as_ref().is_some_and(|item| lms.item_of(entry.activity) == *item)
    });
    let got = match word {
        "continue" => button(controls.forward)?,
        "previous" => button(controls.previous)?,
        "toc" => match rest {
            "enabled" => controls.offer_choice(),
            "visible" => entry.is_some_and(|entry| entry.visible),
            "enabled.selectable" => entry.is_some_and(ContentsEntry::can_choose),
            other => return Err(format!("unknown check {other:?}")),
        },
        // What the tester clicks is among the acts of the learner.
        "click" => return Ok(()),
        other => return Err(format!("unknown check {other:?}")),
    };
    if got == expected {
        return Ok(());
    }
    let target = one.target_item.as_deref().unwrap_or("");
    Err(format!("{} {target} is {got}, not {expected}", one.check))
}

/// Makes a call of the content and judges the answer.
fn make(lms: &mut Lms, call: &Call) -> Result<(), String> {
    let mut element = call.element.clone();
    if let Some(find) = &call.find {
        let index = ids(lms, &find.collection)?.iter().position(|id| *id == find.id);
        let index = index.ok_or_else(|| format!("{} has no {:?}", find.collection, find.id))?;
        element = element.replace("{n}", &index.to_string());
    }
    let reply = match call.function.as_str() {
        // The suite passes over such a command.
        "" => return Ok(()),
        "CheckObjectiveIds" => return check_ids(lms, call.expect.as_ref()),
        "SetValue" => lms.call("SetValue", &[&element, &call.value])?,
        "GetValue" => lms.call("GetValue", &[&element])?,
        function => lms.call(function, &[&call.arg])?,
    };
    let wanted = call.expect.as_ref().and_then(|expected| expected.result.as_ref());
    let wanted = wanted.map(|text| {
        let learner = &lms.learner;
        text.replace("${L1_ID}", learner).replace("${L2_ID}", learner)
    });
    match compare::wrong(call, wanted.as_deref(), &reply) {
        Some(wrong) => Err(format!("{} {element} {wrong}", call.function)),
        None => Ok(()),
    }
}

/// The ids of a collection, as content would find them.
fn ids(lms: &mut Lms, collection: &str) -> Result<Vec<String>, String> {
    let count = lms.call("GetValue", &[&format!("{collection}._count")])?.result;
    let count: usize = count.parse().map_err(|_| format!("{collection} has no count"))?;
    (0..count)
        .map(|n| Ok(lms.call("GetValue", &[&format!("{collection}.{n}.id")])?.result))
        .collect()
}

fn check_ids(lms: &mut Lms, expected: Option<&Expected>) -> Result<(), String> {
    let found: BTreeSet<String> = ids(lms, "cmi.objectives")?.into_iter().collect();
    let wanted = expected.and_then(|expected| expected.ids.clone()).unwrap_or_default();
    let wanted: BTreeSet<String> = wanted.into_iter().collect();
    if found == wanted { Ok(()) } else { Err(format!("objectives are {found:?}, not {wanted:?}")) }
}
