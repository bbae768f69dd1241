//! Plays a case step by step.

use crate::{
    case::{Call, Case, Expected, Step as CaseStep, Then, UiCheck},
    compare,
};
use domain::ItemId;
use scorm::sequencing::Request;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

/// What a case asks of an LMS. Errors say what cannot be done.
pub trait Lms {
    /// The learner of a case logs in.
    fn enter(&mut self, learner: &str);
    /// The learner's identifier, as content sees it.
    fn learner(&self) -> String;
    /// Imports a package, once.
    fn import(&mut self, id: &str, manifest: &Path) -> Result<(), String>;
    /// The learner launches a course.
    fn launch(&mut self, id: &str) -> Result<(), String>;
    /// What is in the frame.
    fn shown(&mut self) -> Result<Option<Shown>, String>;
    /// The last outcome, for messages.
    fn said(&mut self) -> String;
    /// Whether the sequencing session has ended.
    fn has_ended(&mut self) -> Result<bool, String>;
    /// Whether what the learner asks for is offered.
    fn offers(&mut self, request: &Request) -> Result<bool, String>;
    /// The learner asks for something; the content has its last words while it is taken away.
    fn request(&mut self, request: Request, last_words: &[Words]) -> Result<Vec<Answer>, String>;
    /// What the content asked for when it ended its session by itself.
    fn asked(&mut self) -> Result<Option<Request>, String>;
    /// Carries out what the content asked for.
    fn follow_content(&mut self, request: Request) -> Result<(), String>;
    /// Whether this step of the player is shown and can be used.
    fn can_step(&mut self, step: Step) -> Result<bool, String>;
    /// Whether the contents offer a choice.
    fn offers_choice(&mut self) -> Result<bool, String>;
    /// The line of an item in the contents.
    fn line(&mut self, item: &str) -> Result<Line, String>;
    /// A call of the content.
    fn call(&mut self, function: &str, arguments: &[&str]) -> Result<Answer, String>;
}

/// A call of the content: the function and its arguments.
pub type Words = (String, Vec<String>);

/// What is in the frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The package, by the id that it was imported with.
    pub package: String,
    /// The item.
    pub item: String,
    /// Its title.
    pub title: String,
    /// The address, from the folder of the manifest.
    pub launch: String,
}

/// A step of the player.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Continue.
    Forward,
    /// Previous.
    Back,
}

/// The line of an item in the contents.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Line {
    /// Whether the learner sees it.
    pub is_visible: bool,
    /// Whether it can be chosen.
    pub can_choose: bool,
}

/// The answer to a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// What the function returned.
    pub result: String,
    /// What `GetLastError` says then.
    pub error: String,
}

/// Runs a case in an LMS, after those that it builds on; what is wrong first.
pub fn run(lms: &mut dyn Lms, cases: &BTreeMap<String, Case>, id: &str) -> Result<(), String> {
    let case = cases.get(id).ok_or_else(|| format!("there is no case {id}"))?;
    for before in case.requires_before.iter().flat_map(|before| &before.cases) {
        let before = cases.get(before).ok_or_else(|| format!("needs {before}, which is absent"))?;
        play(lms, before).map_err(|reason| format!("after {}: {reason}", before.id))?;
    }
    play(lms, case)
}

fn play(lms: &mut dyn Lms, case: &Case) -> Result<(), String> {
    lms.enter(&case.learner);
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

fn enter(lms: &mut dyn Lms, entry: &Then) -> Result<(), String> {
    if entry.event.as_deref() != Some("start") {
        return Err(format!("unknown event {:?}", entry.event));
    }
    lms.launch(entry.package.as_deref().ok_or("the entry names no package")?)?;
    entry.next.as_ref().map_or(Ok(()), |then| follow(lms, then, None))
}

fn play_step(lms: &mut dyn Lms, step: &CaseStep) -> Result<(), String> {
    let expected = &step.expect_delivered;
    let Some(shown) = lms.shown()? else {
        return Err(format!("nothing was delivered, not {}: {}", expected.item, lms.said()));
    };
    let is_title = expected.title.as_ref().is_none_or(|expected| *expected == shown.title);
    let is_launch = expected.launch.as_ref().is_none_or(|expected| *expected == shown.launch);
    let is_item = shown.package == expected.package && shown.item == expected.item;
    if !is_item || !is_title || !is_launch {
        return Err(format!("{shown:?} was delivered, not {expected:?}: {}", lms.said()));
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
    if let Some(asked) = lms.asked()?
        && step.then.first().is_none_or(|then| then.content.is_none())
    {
        return Err(format!("the content asked for {asked:?}, which is not expected"));
    }
    step.then.iter().try_for_each(|then| follow(lms, then, Some(step)))
}

/// Lets happen what comes next, or checks what must be so.
fn follow(lms: &mut dyn Lms, then: &Then, step: Option<&CaseStep>) -> Result<(), String> {
    if let Some(content) = &then.content {
        let wanted = Request::parse(content).ok_or_else(|| format!("unknown request {content}"))?;
        let asked = lms.asked()?;
        if asked.as_ref() != Some(&wanted) {
            return Err(format!("the content asked for {asked:?}, not {wanted:?}"));
        }
        return lms.follow_content(wanted);
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
    let is_shown = lms.shown()?.is_some();
    let leaves = step.filter(|_| is_shown);
    let last = leaves.map(|step| step.on_unload.as_slice()).unwrap_or_default();
    let words = last.iter().filter_map(|call| words_of(call, &call.element)).collect::<Vec<_>>();
    let answers = lms.request(request, &words)?;
    last.iter().zip(&answers).try_for_each(|(call, answer)| judge(lms, call, answer))
}

/// A call as it is made; `None` for a command that the suite itself passes over.
fn words_of(call: &Call, element: &str) -> Option<Words> {
    let arguments = match call.function.as_str() {
        "" => return None,
        "SetValue" => vec![element.to_owned(), call.value.clone()],
        "GetValue" => vec![element.to_owned()],
        _ => vec![call.arg.clone()],
    };
    Some((call.function.clone(), arguments))
}

fn expect_that(lms: &mut dyn Lms, expect: &str) -> Result<(), String> {
    let is_so = match expect {
        "learner_attempt_ended" | "content_removed" => lms.shown()?.is_none(),
        "content_stays" => lms.shown()?.is_some(),
        "sequencing_session_ended" => lms.has_ended()?,
        "sequencing_session_active" => !lms.has_ended()?,
        other => return Err(format!("unknown expectation {other:?}")),
    };
    if is_so { Ok(()) } else { Err(format!("not so: {expect}: {}", lms.said())) }
}

/// Checks what the player offers.
fn check(lms: &mut dyn Lms, one: &UiCheck) -> Result<(), String> {
    let Some(expected) = one.expect else { return Ok(()) };
    let (word, rest) = one.check.split_once('.').unwrap_or((&one.check, ""));
    let item = one.target_item.as_deref().unwrap_or_default();
    let got = match (word, rest) {
        ("continue", "enabled") => lms.can_step(Step::Forward)?,
        ("continue", "disabled") => !lms.can_step(Step::Forward)?,
        ("previous", "enabled") => lms.can_step(Step::Back)?,
        ("previous", "disabled") => !lms.can_step(Step::Back)?,
        ("toc", "enabled") => lms.offers_choice()?,
        ("toc", "visible") => lms.line(item)?.is_visible,
        ("toc", "enabled.selectable") => lms.line(item)?.can_choose,
        // What the tester clicks is among the acts of the learner.
        ("click", _) => return Ok(()),
        _ => return Err(format!("unknown check {:?}", one.check)),
    };
    if got == expected {
        return Ok(());
    }
    let target = one.target_item.as_deref().unwrap_or("");
    Err(format!("{} {target} is {got}, not {expected}", one.check))
}

/// Makes a call of the content and judges the answer.
fn make(lms: &mut dyn Lms, call: &Call) -> Result<(), String> {
    let mut element = call.element.clone();
    if let Some(find) = &call.find {
        let index = ids(lms, &find.collection)?.iter().position(|id| *id == find.id);
        let index = index.ok_or_else(|| format!("{} has no {:?}", find.collection, find.id))?;
        element = element.replace("{n}", &index.to_string());
    }
    if call.function == "CheckObjectiveIds" {
        return check_ids(lms, call.expect.as_ref());
    }
    let Some((function, arguments)) = words_of(call, &element) else { return Ok(()) };
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let answer = lms.call(&function, &arguments)?;
    judge(lms, call, &answer)
}

/// Whether an answer is the expected one.
fn judge(lms: &mut dyn Lms, call: &Call, answer: &Answer) -> Result<(), String> {
    let wanted = call.expect.as_ref().and_then(|expected| expected.result.as_ref());
    let learner = lms.learner();
    let wanted =
        wanted.map(|text| text.replace("${L1_ID}", &learner).replace("${L2_ID}", &learner));
    match compare::wrong(call, wanted.as_deref(), answer) {
        Some(wrong) => Err(format!("{} {} {wrong}", call.function, call.element)),
        None => Ok(()),
    }
}

/// The ids of a collection, as content would find them.
fn ids(lms: &mut dyn Lms, collection: &str) -> Result<Vec<String>, String> {
    let count = lms.call("GetValue", &[&format!("{collection}._count")])?.result;
    let count: usize = count.parse().map_err(|_| format!("{collection} has no count"))?;
    (0..count)
        .map(|n| Ok(lms.call("GetValue", &[&format!("{collection}.{n}.id")])?.result))
        .collect()
}

fn check_ids(lms: &mut dyn Lms, expected: Option<&Expected>) -> Result<(), String> {
    let found: BTreeSet<String> = ids(lms, "cmi.objectives")?.into_iter().collect();
    let wanted = expected.and_then(|expected| expected.ids.clone()).unwrap_or_default();
    let wanted: BTreeSet<String> = wanted.into_iter().collect();
    if found == wanted { Ok(()) } else { Err(format!("objectives are {found:?}, not {wanted:?}")) }
}
