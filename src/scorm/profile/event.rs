//! One step of a SCO attempt as statements: what began, what changed, what ended.

use super::interaction::{is_answered, responded};
use super::iri::CMI5_PROGRESS;
use super::score::{number, with_scaled, xapi_score};
use super::statement::{Context, Draft, Subject, activity};
use super::text::localized_map;
use crate::runtime::{
    Comment, Completion, Interaction, Objective, RunTimeData, Score, Success, Timespan,
};
use crate::tree::{
    ActivityIndex, ActivityStatus, ActivityTree, CourseStatus, Delivered, Reported, Scorm12Rollup,
    TreeState,
};
use serde_json::{Value, json};

/// How a session of an attempt ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The content called Terminate or `LMSFinish`, or an asset was left.
    Terminated,
    /// It never did: the browser closed, or a newer launch took over.
    Expired,
}

/// One step of an attempt on a SCO or an asset.
#[derive(Debug, Clone, Copy, Default)]
pub struct Event<'a> {
    /// The session began with this step.
    pub begins: Option<Delivered>,
    /// The run-time data when statements were last made; at the beginning of a session the data
    /// that the SCO was given. `None` for an asset.
    pub before: Option<&'a RunTimeData>,
    /// The run-time data now, finished if the session ends. `None` for an asset.
    pub after: Option<&'a RunTimeData>,
    /// The session ends with this step.
    pub ends: Option<Ending>,
    /// How much of the session's time an earlier end of it has told: a window that fell silent was
    /// suspended and has gone on.
    pub time_told: Timespan,
}

/// The statements of one step, in the order in which they happened, after `state` has taken it
/// in ([`ActivityTree::request`], [`ActivityTree::track`], [`ActivityTree::finish`],
/// [`ActivityTree::settle`]).
///
/// What statements said is noted in the state, so that nothing is said twice of one attempt:
/// `completed` once, `passed` and `failed` when the last one said the other, scores and progress
/// when they differ. An attempt that keeps no results (browse, review) has no statements of
/// results.
pub fn report(
    context: &Context<'_>,
    tree: &ActivityTree,
    state: &mut TreeState,
    index: ActivityIndex,
    scorm12: Scorm12Rollup,
    event: &Event<'_>,
) -> Vec<Value> {
    let item = tree[index].id();
    let status = tree.activity_status(state, index);
    let subject = Subject::new(context, tree, index, status.attempts);
    let keeps_results = event.after.is_none_or(|data| data.credit_mode().keeps_results());
    let mut made = Vec::new();
    if let Some(begins) = event.begins {
        let verb = match begins {
            Delivered::NewAttempt => "initialized",
            Delivered::Resumed => "resumed",
        };
        made.push(subject.sco_statement(Draft::new(verb, subject.sco())));
    }
    if keeps_results {
        if let Some(after) = event.after {
            interactions(&subject, event.before, after, &mut made);
        }
        let said = state.of(item).reported;
        state.set_reported(item, results(&subject, event, &status, said, &mut made));
    }
    if let Some(after) = event.after {
        comments(&subject, event.before, after, &mut made);
        if keeps_results {
            objectives(&subject, event.before, after, &mut made);
        }
    }
    if let Some(ending) = event.ends {
        made.push(ended(&subject, event, &status, ending, keeps_results));
    }
    if keeps_results {
        let course = tree.course_status(state, scorm12);
        let root = tree.root().id();
        let said = state.of(root).reported;
        state.set_reported(root, course_results(&subject, &course, said, &mut made));
    }
    made
}

/// New and changed entries of a collection that have something to say.
fn interactions(
    subject: &Subject<'_>,
    before: Option<&RunTimeData>,
    after: &RunTimeData,
    made: &mut Vec<Value>,
) {
    let known: Vec<Interaction<'_>> =
        before.map(|data| data.interactions().collect()).unwrap_or_default();
    let changed =
        after.interactions().filter(|now| is_answered(now) && known.get(now.index) != Some(now));
    made.extend(changed.map(|interaction| responded(subject, &interaction)));
}

/// Completion, success, score and progress of the SCO; gives what has been said now.
fn results(
    subject: &Subject<'_>,
    event: &Event<'_>,
    status: &ActivityStatus,
    mut said: Reported,
    made: &mut Vec<Value>,
) -> Reported {
    let data = event.after;
    let assumed = event.ends.is_some() && status.completion == Completion::Completed;
    let is_completed =
        data.is_some_and(|data| data.completion_status() == Completion::Completed) || assumed;
    let score = data.map_or_else(Score::default, |data| with_scaled(data.edition(), data.score()));
    let success = data.and_then(|data| decided(data.success_status()));
    if is_completed && !said.completed {
        said.completed = true;
        let mut draft = Draft::new("completed", subject.sco());
        draft.result("completion", Some(true));
        made.push(subject.sco_statement(draft));
    }
    if let Some(success) = success.filter(|now| said.success != Some(*now)) {
        said.success = Some(success);
        let mut draft = Draft::new(verb_of(success), subject.sco());
        draft.result("success", Some(success));
        put_score(&mut draft, &score);
        made.push(subject.sco_statement(draft));
    }
    let parts = [score.scaled, score.raw, score.min, score.max];
    if !score.is_empty() && said.score != Some(parts) {
        said.score = Some(parts);
        made.extend(scored(subject, subject.sco(), None, &score));
    }
    let progress = data.and_then(RunTimeData::progress_measure);
    let progress = progress.filter(|measure| (0.0..=1.0).contains(measure));
    if let Some(measure) = progress.filter(|now| said.progress != Some(*now)) {
        said.progress = Some(measure);
        made.push(progressed(subject, measure));
    }
    said
}

const fn decided(success: Success) -> Option<bool> {
    match success {
        Success::Passed => Some(true),
        Success::Failed => Some(false),
        Success::Unknown => None,
    }
}

const fn verb_of(success: bool) -> &'static str {
    if success { "passed" } else { "failed" }
}

fn put_score(draft: &mut Draft, score: &Score) {
    let made = xapi_score(score);
    draft.result("score", made.score);
    draft.noting("reported-score", made.reported);
}

/// `scored`, unless nothing is left of the score.
fn scored(
    subject: &Subject<'_>,
    object: Value,
    parent: Option<Value>,
    score: &Score,
) -> Option<Value> {
    let mut draft = Draft::new("scored", object);
    put_score(&mut draft, score);
    draft.parent = parent;
    let says_something = !(draft.result.is_empty() && draft.result_extensions.is_empty());
    says_something.then(|| subject.sco_statement(draft))
}

/// `progressed` with the measure as the profile has it and in percent as cmi5 does.
fn progressed(subject: &Subject<'_>, measure: f64) -> Value {
    let mut draft = Draft::new("progressed", subject.sco());
    draft.result("score", number(measure).map(|scaled| json!({ "scaled": scaled })));
    if let Some(percent) = number((measure * 100.0).floor()) {
        draft.result_extensions.insert(CMI5_PROGRESS.to_owned(), percent);
    }
    subject.sco_statement(draft)
}

fn comments(
    subject: &Subject<'_>,
    before: Option<&RunTimeData>,
    after: &RunTimeData,
    made: &mut Vec<Value>,
) {
    let known = before.map(RunTimeData::comments).unwrap_or_default();
    for (at, comment) in after.comments().into_iter().enumerate() {
        if known.get(at) != Some(&comment) && !comment.comment.is_empty() {
            let earlier = known.get(at).map_or("", |known| known.comment);
            made.push(commented(subject, &comment, earlier));
        }
    }
}

/// SCORM 1.2 content appends to one text; then only what is new is said.
fn commented(subject: &Subject<'_>, comment: &Comment<'_>, earlier: &str) -> Value {
    let appended =
        if subject.edition.is_2004() { None } else { comment.comment.strip_prefix(earlier) };
    let text = appended.filter(|text| !text.is_empty()).unwrap_or(comment.comment);
    let mut draft = Draft::new("commented", subject.sco());
    draft.result("response", Some(text));
    draft.noting("location", comment.location.filter(|text| !text.is_empty()));
    draft.noting("content-time", comment.timestamp.filter(|text| !text.is_empty()));
    subject.sco_statement(draft)
}

fn objectives(
    subject: &Subject<'_>,
    before: Option<&RunTimeData>,
    after: &RunTimeData,
    made: &mut Vec<Value>,
) {
    let known: Vec<Objective<'_>> =
        before.map(|data| data.objectives().collect()).unwrap_or_default();
    for now in after.objectives() {
        let earlier = known.get(now.index).filter(|earlier| earlier.id == now.id);
        objective(subject, earlier, &now, made);
    }
}

fn objective(
    subject: &Subject<'_>,
    earlier: Option<&Objective<'_>>,
    now: &Objective<'_>,
    made: &mut Vec<Value>,
) {
    let iri = subject.iris.objective(subject.item, now.id, now.index);
    let mut object = activity(&iri, "objective", None);
    let definition = object.get_mut("definition").and_then(Value::as_object_mut);
    let text = now.description.filter(|text| !text.is_empty());
    if let (Some(definition), Some(text)) = (definition, text) {
        definition.insert("description".to_owned(), localized_map(text));
    }
    let draft = |verb| {
        let mut draft = Draft::new(verb, object.clone());
        draft.parent = Some(subject.sco());
        draft
    };
    let score = with_scaled(subject.edition, now.score);
    let is_completed = now.completion == Completion::Completed;
    if is_completed && earlier.is_none_or(|earlier| earlier.completion != now.completion) {
        let mut draft = draft("completed");
        draft.result("completion", Some(true));
        made.push(subject.sco_statement(draft));
    }
    let success = decided(now.success);
    if let Some(success) = success.filter(|_| earlier.is_none_or(|e| e.success != now.success)) {
        let mut draft = draft(verb_of(success));
        draft.result("success", Some(success));
        put_score(&mut draft, &score);
        made.push(subject.sco_statement(draft));
    }
    if !score.is_empty() && earlier.is_none_or(|earlier| earlier.score != now.score) {
        made.extend(scored(subject, object, Some(subject.sco()), &score));
    }
}

/// `suspended` or `terminated`, with the status of the SCO, which the profile holds for the
/// authoritative one.
fn ended(
    subject: &Subject<'_>,
    event: &Event<'_>,
    status: &ActivityStatus,
    ending: Ending,
    keeps_results: bool,
) -> Value {
    let data = event.after;
    let suspends = data.is_some_and(RunTimeData::suspends);
    let verb = if suspends { "suspended" } else { "terminated" };
    let mut draft = Draft::new(verb, subject.sco());
    if keeps_results {
        put_status(&mut draft, data, status);
    }
    if let Some(data) = data {
        let time = data.session_time().map(|time| time.without(event.time_told));
        draft.result("duration", time.map(|time| time.to_string()));
        let is_2004 = data.edition().is_2004();
        let exit = data.get(if is_2004 { "cmi.exit" } else { "cmi.core.exit" });
        draft.noting("exit", exit.filter(|exit| !exit.is_empty()));
        draft.noting("nav-request", data.nav_request());
        if !is_2004 {
            draft.noting("lesson-status", Some(data.lesson_status()));
        }
        let mode = data.credit_mode();
        draft.noting("mode", Some(mode.mode()).filter(|mode| *mode != "normal"));
        draft.noting("credit", Some(mode.credit()).filter(|credit| *credit != "credit"));
    }
    draft.noting("expired", (ending == Ending::Expired).then_some(true));
    subject.sco_statement(draft)
}

fn put_status(draft: &mut Draft, data: Option<&RunTimeData>, status: &ActivityStatus) {
    let of_data = data.map_or(Completion::Unknown, RunTimeData::completion_status);
    let completion = match (of_data, status.completion) {
        (Completion::Completed, _) | (_, Completion::Completed) => Some(true),
        (Completion::Unknown, Completion::Unknown) => None,
        _ => Some(false),
    };
    draft.result("success", data.and_then(|data| decided(data.success_status())));
    draft.result("completion", completion);
    if let Some(data) = data {
        put_score(draft, &with_scaled(data.edition(), data.score()));
    }
}

/// `completed` and `passed` or `failed` of the course, each when the rollup first says so in the
/// attempt on the course; gives what has been said now.
fn course_results(
    subject: &Subject<'_>,
    course: &CourseStatus,
    mut said: Reported,
    made: &mut Vec<Value>,
) -> Reported {
    let success = decided(course.success);
    let completed = course.completion == Completion::Completed;
    let draft = |verb| {
        let mut draft = Draft::new(verb, subject.course());
        draft.result("success", success);
        draft.result("completion", completed.then_some(true));
        put_score(&mut draft, &course.score);
        let time = course.total_time;
        draft.result("duration", (time.centiseconds() > 0).then(|| time.to_string()));
        draft.noting("scorm12-rollup", course.scorm12_rollup.map(Scorm12Rollup::as_str));
        draft
    };
    if completed && !said.completed {
        said.completed = true;
        made.push(subject.course_statement(draft("completed"), course.attempt));
    }
    if let Some(success) = success.filter(|now| said.success != Some(*now)) {
        said.success = Some(success);
        made.push(subject.course_statement(draft(verb_of(success)), course.attempt));
    }
    said
}
