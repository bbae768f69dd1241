//! Run-time data that is no experience: State, Activity Profile and Agent Profile documents
//! (profile, "Providing support data" and "xAPI SCORM Data Objects").

use super::iri::{EXTENSIONS, document_id, extension, segment};
use super::score::number;
use super::statement::{Context, Subject};
use super::text::{UNDETERMINED, language};
use crate::runtime::{RunTimeData, Timespan};
use crate::tree::{ActivityIndex, ActivityTree, TreeState};
use domain::{RegistrationId, Timestamp};
use serde_json::{Map, Value, json};

/// Which resource a document lies in; State and agent profile belong to the learner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DocumentKind {
    /// `activities/state`.
    State,
    /// `activities/profile`.
    ActivityProfile,
    /// `agents/profile`.
    AgentProfile,
}

/// What a document holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// `application/json`.
    Json(Value),
    /// `text/plain`.
    Text(String),
}

/// A document to be put as it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// Its resource.
    pub kind: DocumentKind,
    /// Its activity; none for an agent profile.
    pub activity: Option<String>,
    /// Its registration, where it belongs to one.
    pub registration: Option<RegistrationId>,
    /// `stateId` or `profileId`.
    pub id: String,
    /// What it holds.
    pub content: Content,
}

/// The documents of `after` that `before` did not have in this form.
pub fn changed_documents(before: &[Document], after: Vec<Document>) -> Vec<Document> {
    after.into_iter().filter(|document| !before.contains(document)).collect()
}

/// All documents that the run-time data of an attempt makes.
///
/// An attempt that keeps no results has none.
pub fn documents(
    context: &Context<'_>,
    tree: &ActivityTree,
    state: &TreeState,
    index: ActivityIndex,
    data: &RunTimeData,
) -> Vec<Document> {
    if !data.credit_mode().keeps_results() {
        return Vec::new();
    }
    let attempts = state.of(tree[index].id()).attempts;
    let subject = Subject::new(context, tree, index, attempts);
    let state_of = |activity: String, id: String, content| Document {
        kind: DocumentKind::State,
        activity: Some(activity),
        registration: Some(context.registration),
        id,
        content,
    };
    let mut made = vec![
        state_of(
            subject.iris.sco(subject.item),
            document_id("activity-state"),
            Content::Json(json!({ "attempts": attempt_iris(&subject) })),
        ),
        state_of(
            subject.attempt_iri(),
            document_id("attempt-state"),
            Content::Json(attempt_state(&subject, data)),
        ),
        state_of(
            subject.attempt_iri(),
            extension("attempt-details"),
            Content::Json(attempt_details(data)),
        ),
    ];
    if let Some(text) = data.suspend_data() {
        let id = document_id("types/adl-suspend-data");
        made.push(state_of(subject.attempt_iri(), id, Content::Text(text.to_owned())));
    }
    made.extend(shared_data(&subject, data));
    made.extend(profiles(&subject, data));
    made
}

fn attempt_iris(subject: &Subject<'_>) -> Vec<String> {
    let registration = subject.context.registration;
    (1..=subject.attempt)
        .map(|attempt| subject.iris.attempt(subject.item, registration, attempt))
        .collect()
}

/// The profile's schema of this document allows no further members: what is ours lies beside it
/// ([`attempt_details`]).
fn attempt_state(subject: &Subject<'_>, data: &RunTimeData) -> Value {
    let mut made = Map::new();
    let mut put = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            made.insert(name.to_owned(), value);
        }
    };
    let comments = lms_comments(data);
    put("comments_from_lms", (!comments.is_empty()).then(|| Value::from(comments)));
    put("credit", Some(Value::from(data.credit_mode().credit())));
    put("mode", Some(Value::from(data.credit_mode().mode())));
    put("location", data.location().map(Value::from));
    put("preferences", preferences(data));
    put("total_time", Some(Value::from(data.total_time().to_string())));
    let stores: Vec<Value> = data
        .shared_data()
        .map(|store| {
            json!({
                "activityId": subject.iris.course(),
                "agent": subject.context.actor,
                "stateId": shared_data_id(store.id),
            })
        })
        .collect();
    put("adl_data", (!stores.is_empty()).then(|| Value::from(stores)));
    Value::Object(made)
}

/// What neither a statement of its own nor the profile's documents carry.
fn attempt_details(data: &RunTimeData) -> Value {
    let mut made = Map::new();
    let elements = [
        ("lesson_status", "cmi.core.lesson_status"),
        ("exit", "cmi.core.exit"),
        ("completion_status", "cmi.completion_status"),
        ("success_status", "cmi.success_status"),
        ("exit", "cmi.exit"),
        ("nav_request", "adl.nav.request"),
    ];
    for (name, element) in elements {
        if let Some(value) = data.get(element) {
            made.insert(name.to_owned(), Value::from(value));
        }
    }
    Value::Object(made)
}

fn lms_comments(data: &RunTimeData) -> Vec<Value> {
    if !data.edition().is_2004() {
        let text = data.get("cmi.comments_from_lms").filter(|text| !text.is_empty());
        return text.map(|text| json!({ "comment": text })).into_iter().collect();
    }
    (0..data.count("cmi.comments_from_lms"))
        .map(|n| {
            let of = |part: &str| data.get(&format!("cmi.comments_from_lms.{n}.{part}"));
            let mut made = Map::new();
            let is_time = |text: &&str| text.parse::<Timestamp>().is_ok();
            for (name, value) in [
                ("comment", of("comment")),
                ("location", of("location")),
                ("timestamp", of("timestamp").filter(is_time)),
            ] {
                if let Some(value) = value {
                    made.insert(name.to_owned(), Value::from(value));
                }
            }
            Value::Object(made)
        })
        .collect()
}

/// A preferences object; what the profile's schema does not take is left out.
fn preferences(data: &RunTimeData) -> Option<Value> {
    let given = data.preferences();
    let read = |text: &Option<String>| text.as_ref().and_then(|text| text.parse::<f64>().ok());
    let positive = |text| read(text).filter(|number| *number >= 0.0).and_then(number);
    let captioning = read(&given.captioning).filter(|value| [-1.0, 0.0, 1.0].contains(value));
    let tongue = given.language.as_deref().filter(|tag| language(tag) != UNDETERMINED);
    let mut made = Map::new();
    for (name, value) in [
        ("audio_level", positive(&given.audio)),
        ("language", tongue.map(Value::from)),
        ("delivery_speed", positive(&given.speed)),
        ("audio_captioning", captioning.and_then(number)),
    ] {
        if let Some(value) = value {
            made.insert(name.to_owned(), value);
        }
    }
    (!made.is_empty()).then_some(Value::Object(made))
}

fn shared_data_id(id: &str) -> String {
    format!("{EXTENSIONS}adl-data/{}", segment(id))
}

/// One document for each store that was written; they may outlive the registration.
fn shared_data<'a>(
    subject: &'a Subject<'_>,
    data: &'a RunTimeData,
) -> impl Iterator<Item = Document> + 'a {
    data.shared_data().filter_map(|shared| {
        Some(Document {
            kind: DocumentKind::State,
            activity: Some(subject.iris.course().to_owned()),
            registration: None,
            id: shared_data_id(shared.id),
            content: Content::Text(shared.store?.to_owned()),
        })
    })
}

fn profiles(subject: &Subject<'_>, data: &RunTimeData) -> Vec<Document> {
    let is_2004 = data.edition().is_2004();
    let either =
        |scorm12: &str, scorm2004: &str| data.get(if is_2004 { scorm2004 } else { scorm12 });
    let real = |text: Option<&str>| text.and_then(|text| text.parse::<f64>().ok());
    let mastery = real(data.get("cmi.student_data.mastery_score")).map(|score| score / 100.0);
    let passing = real(data.get("cmi.scaled_passing_score")).or(mastery);
    let threshold = real(data.get("cmi.completion_threshold"));
    let time = either("cmi.student_data.max_time_allowed", "cmi.max_time_allowed");
    let time = time.and_then(|text| {
        if is_2004 { Timespan::parse_scorm2004(text) } else { Timespan::parse_scorm12(text) }
    });
    #[expect(clippy::cast_precision_loss, reason = "hundredths of seconds below 2^53")]
    let seconds = |time: Timespan| number(time.centiseconds() as f64 / 100.0);
    let action = either("cmi.student_data.time_limit_action", "cmi.time_limit_action");
    let text = |value: Option<&str>| value.filter(|text| !text.is_empty()).map(Value::from);
    let activity = object([
        (
            "completion_threshold",
            threshold.filter(|value| (0.0..=1.0).contains(value)).and_then(number),
        ),
        ("launch_data", text(data.get("cmi.launch_data"))),
        ("max_time_allowed", time.and_then(seconds)),
        (
            "scaled_passing_score",
            passing.filter(|value| (-1.0..=1.0).contains(value)).and_then(number),
        ),
        ("time_limit_action", text(action)),
    ]);
    let agent = object([
        ("learner_id", text(either("cmi.core.student_id", "cmi.learner_id"))),
        ("learner_name", text(either("cmi.core.student_name", "cmi.learner_name"))),
    ]);
    let document = |kind, activity, id, content: Map<String, Value>| {
        (!content.is_empty()).then(|| Document {
            kind,
            activity,
            registration: None,
            id: document_id(id),
            content: Content::Json(Value::Object(content)),
        })
    };
    let sco = Some(subject.iris.sco(subject.item));
    [
        document(DocumentKind::ActivityProfile, sco, "activity-profile", activity),
        document(DocumentKind::AgentProfile, None, "agent-profile", agent),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn object<const N: usize>(members: [(&str, Option<Value>); N]) -> Map<String, Value> {
    members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}
