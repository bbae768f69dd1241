//! Which object of the specification sits where in a statement that has been checked.

use crate::json::{Kind, Value};

/// What a value in a statement is; values without a shape are plain JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    Statement,
    SubStatement,
    Actor,
    Members,
    Verb,
    Activity,
    /// An array of activities, or one alone.
    Activities,
    StatementRef,
    Result,
    Context,
    ContextActivities,
    ContextActor,
    ContextActors,
    Definition,
    Components,
    Component,
    LanguageMap,
}

impl Shape {
    /// The shape of the member `name`, or `None` if nothing is special about it.
    pub(crate) fn of_member(self, name: &str, value: Value<'_>) -> Option<Self> {
        Some(match (self, name) {
            (Self::Statement | Self::SubStatement, "actor" | "authority")
            | (Self::Context, "instructor" | "team")
            | (Self::ContextActor, "agent" | "group") => Self::Actor,
            (Self::Statement | Self::SubStatement, "verb") => Self::Verb,
            (Self::Statement | Self::SubStatement, "object") => Self::of_object(value),
            (Self::Statement | Self::SubStatement, "result") => Self::Result,
            (Self::Statement | Self::SubStatement, "context") => Self::Context,
            (Self::Actor, "member") => Self::Members,
            (Self::Activity, "definition") => Self::Definition,
            (Self::Verb, "display")
            | (Self::Definition, "name" | "description")
            | (Self::Component, "description") => Self::LanguageMap,
            (Self::Definition, "choices" | "scale" | "source" | "target" | "steps") => {
                Self::Components
            }
            (Self::Context, "contextActivities") => Self::ContextActivities,
            (Self::Context, "contextAgents" | "contextGroups") => Self::ContextActors,
            (Self::Context, "statement") => Self::StatementRef,
            (Self::ContextActivities, _) => Self::Activities,
            _ => return None,
        })
    }

    /// The shape of a list's elements, if this is a list.
    pub(crate) const fn of_elements(self) -> Option<Self> {
        match self {
            Self::Members => Some(Self::Actor),
            Self::Activities => Some(Self::Activity),
            Self::ContextActors => Some(Self::ContextActor),
            Self::Components => Some(Self::Component),
            _ => None,
        }
    }

    fn of_object(object: Value<'_>) -> Self {
        match object.get("objectType").and_then(Value::as_str).as_deref() {
            Some("Agent" | "Group") => Self::Actor,
            Some("StatementRef") => Self::StatementRef,
            Some("SubStatement") => Self::SubStatement,
            _ => Self::Activity,
        }
    }
}

/// The elements of an array, or the value that stands for an array of one (XAPI-00096).
pub(crate) fn elements_or_alone(value: Value<'_>) -> Vec<Value<'_>> {
    match value.kind() {
        Kind::Array => value.elements().collect(),
        _ => vec![value],
    }
}
