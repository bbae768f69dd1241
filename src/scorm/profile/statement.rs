//! The parts that every statement has.

use super::iri::{CourseIris, PROFILE, activity_type, extension, verb};
use super::text::language_map;
use crate::manifest::Edition;
use crate::tree::{ActivityIndex, ActivityTree};
use domain::{CourseId, CourseVersion, ItemId, RegistrationId, SessionId, Timestamp};
use serde_json::{Map, Value, json};
use std::time::Duration;

/// From when on the browser's clock counts as different from the server's.
const CLOCK_TOLERANCE: Duration = Duration::from_mins(1);

/// What all statements of one step have in common.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The organization's base: an absolute IRI under which its activities lie.
    pub base: &'a str,
    /// The course.
    pub course: CourseId,
    /// Its version.
    pub version: CourseVersion,
    /// The title of the course.
    pub course_title: &'a str,
    /// The language of the titles, a tag of RFC 5646; anything else counts as unknown.
    pub language: &'a str,
    /// The learner: an xAPI Agent.
    pub actor: &'a Value,
    /// The registration.
    pub registration: RegistrationId,
    /// The launch that content reported from.
    pub session: SessionId,
    /// The server's time, which becomes the statement's `timestamp`.
    pub timestamp: Timestamp,
    /// When it happened by the browser's clock; kept as an extension when it is more than a
    /// minute away (offline work).
    pub claimed: Option<Timestamp>,
}

/// A context with the SCO attempt that it is about.
pub(super) struct Subject<'a> {
    pub(super) context: &'a Context<'a>,
    pub(super) iris: CourseIris,
    pub(super) edition: Edition,
    pub(super) item: &'a ItemId,
    title: &'a str,
    pub(super) attempt: u32,
}

/// A statement to be made.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) verb: &'static str,
    pub(super) object: Value,
    pub(super) result: Map<String, Value>,
    pub(super) result_extensions: Map<String, Value>,
    pub(super) parent: Option<Value>,
    pub(super) other: Vec<Value>,
    pub(super) grouping: Vec<Value>,
    pub(super) extensions: Map<String, Value>,
}

impl Draft {
    pub(super) fn new(verb: &'static str, object: Value) -> Self {
        Self { verb, object, ..Self::default() }
    }

    /// Sets a member of the result, when there is a value.
    pub(super) fn result(&mut self, name: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.result.insert(name.to_owned(), value.into());
        }
    }

    /// Sets an extension of the result under our own base, when there is a value.
    pub(super) fn noting(&mut self, name: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.result_extensions.insert(extension(name), value.into());
        }
    }
}

impl<'a> Subject<'a> {
    pub(super) fn new(
        context: &'a Context<'a>,
        tree: &'a ActivityTree,
        index: ActivityIndex,
        attempt: u32,
    ) -> Self {
        let activity = &tree[index];
        Self {
            context,
            iris: CourseIris::new(context.base, context.course, context.version),
            edition: tree.edition(),
            item: activity.id(),
            title: &activity.item.title,
            attempt,
        }
    }

    pub(super) fn course(&self) -> Value {
        activity(self.iris.course(), "course", Some(self.name(self.context.course_title)))
    }

    pub(super) fn sco(&self) -> Value {
        activity(&self.iris.sco(self.item), "lesson", Some(self.name(self.title)))
    }

    pub(super) fn attempt_iri(&self) -> String {
        self.iris.attempt(self.item, self.context.registration, self.attempt)
    }

    fn name(&self, title: &str) -> Value {
        language_map(self.context.language, title)
    }

    /// A statement about the SCO attempt or something in it: grouped under course and attempt.
    pub(super) fn sco_statement(&self, mut draft: Draft) -> Value {
        draft.grouping = vec![self.course(), activity(&self.attempt_iri(), "attempt", None)];
        self.statement(draft)
    }

    /// A statement about the course: grouped under the attempt on the course.
    pub(super) fn course_statement(&self, mut draft: Draft, attempt: u32) -> Value {
        let iri = self.iris.course_attempt(self.context.registration, attempt);
        draft.grouping = vec![activity(&iri, "attempt", None)];
        self.statement(draft)
    }

    fn statement(&self, draft: Draft) -> Value {
        let mut result = draft.result;
        if !draft.result_extensions.is_empty() {
            result.insert("extensions".to_owned(), Value::Object(draft.result_extensions));
        }
        let mut activities = Map::new();
        for (name, list) in [
            ("parent", draft.parent.into_iter().collect()),
            ("grouping", draft.grouping),
            ("category", vec![activity(PROFILE, "profile", None)]),
            ("other", draft.other),
        ] {
            if !list.is_empty() {
                activities.insert(name.to_owned(), Value::Array(list));
            }
        }
        let mut statement = Map::new();
        let mut put = |name: &str, value: Value| statement.insert(name.to_owned(), value);
        put("actor", self.context.actor.clone());
        put("verb", json!({ "id": verb(draft.verb), "display": { "en-US": draft.verb } }));
        put("object", draft.object);
        if !result.is_empty() {
            put("result", Value::Object(result));
        }
        put(
            "context",
            json!({
                "registration": self.context.registration.to_string(),
                "contextActivities": activities,
                "extensions": self.extensions(draft.extensions),
            }),
        );
        put("timestamp", Value::from(self.context.timestamp.to_string()));
        Value::Object(statement)
    }

    fn extensions(&self, mut extensions: Map<String, Value>) -> Map<String, Value> {
        let context = self.context;
        extensions.insert(extension("session"), Value::from(context.session.to_string()));
        extensions.insert(extension("edition"), Value::from(self.edition.title()));
        if let Some(claimed) = context.claimed {
            let (early, late) = (claimed.min(context.timestamp), claimed.max(context.timestamp));
            if late.since(early) > CLOCK_TOLERANCE {
                extensions.insert(extension("claimed-time"), Value::from(claimed.to_string()));
            }
        }
        extensions
    }
}

/// An activity of a type of the profile.
pub(super) fn activity(id: &str, kind: &str, name: Option<Value>) -> Value {
    let mut definition = Map::new();
    if let Some(name) = name {
        definition.insert("name".to_owned(), name);
    }
    definition.insert("type".to_owned(), Value::from(activity_type(kind)));
    json!({ "objectType": "Activity", "id": id, "definition": definition })
}
