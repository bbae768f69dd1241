//! Context (Data 2.4.6; contextAgents and contextGroups: IEEE 9274.1.1 section 4.2.2.5).

use super::{
    read::Reader,
    reference::{ActivityRole, AgentRole},
};
use crate::{
    ActorKind, Version,
    agent::Actor,
    check::{array, extensions, iri, object, required, string, unknown, uuid},
    error::{Checked, refuse},
    json::{Kind, Value},
    text::is_language_tag,
};
use uuid::Uuid;

const KEYS_1_0: [&str; 9] = [
    "registration",
    "instructor",
    "team",
    "contextActivities",
    "revision",
    "platform",
    "language",
    "statement",
    "extensions",
];

const CONTEXT_AGENT: &str = "IEEE 9274.1.1 section 4.2.2.5, contextAgents";
const CONTEXT_GROUP: &str = "IEEE 9274.1.1 section 4.2.2.5, contextGroups";

impl Reader {
    /// Reads a `context`, collecting its references; gives the registration.
    pub(super) fn context(
        &mut self,
        value: Value<'_>,
        object_is_activity: bool,
    ) -> Checked<Option<Uuid>> {
        let mut registration = None;
        for (key, value) in object(value, "context", "XAPI-00006")? {
            let name = key.text();
            match &*name {
                "registration" => registration = Some(uuid(value, &name, "XAPI-00087")?),
                "instructor" => {
                    let actor = Actor::read(value, "instructor")?;
                    self.add_actor(&actor, AgentRole::Instructor);
                }
                "team" => {
                    let team = Actor::read_as(value, ActorKind::Group, "team", "XAPI-00088")?;
                    self.add_actor(&team, AgentRole::Team);
                }
                "contextActivities" => self.context_activities(value)?,
                "revision" | "platform" => {
                    let (type_rule, use_rule) = match &*name {
                        "revision" => ("XAPI-00089", "XAPI-00084"),
                        _ => ("XAPI-00090", "XAPI-00085"),
                    };
                    string(value, &name, type_rule)?;
                    if !object_is_activity {
                        let message = format!("{name} is for statements about activities only");
                        return refuse(key.offset(), use_rule, message);
                    }
                }
                "language" => {
                    let tag = string(value, "language", "XAPI-00091")?;
                    if !is_language_tag(&tag) {
                        let message = format!("{tag:?} is no language tag of RFC 5646");
                        return refuse(value.offset(), "XAPI-00091", message);
                    }
                }
                "statement" => drop(statement_reference(value, "XAPI-00092")?),
                "extensions" => extensions(value, "XAPI-00120")?,
                "contextAgents" if self.version == Version::V2_0 => {
                    for entry in array(value, &name, CONTEXT_AGENT)? {
                        self.context_actor(entry, ActorKind::Agent)?;
                    }
                }
                "contextGroups" if self.version == Version::V2_0 => {
                    for entry in array(value, &name, CONTEXT_GROUP)? {
                        self.context_actor(entry, ActorKind::Group)?;
                    }
                }
                _ => return unknown(key, "context", &KEYS_1_0),
            }
        }
        Ok(registration)
    }

    /// XAPI-00086, XAPI-00093 to 00095.
    fn context_activities(&mut self, value: Value<'_>) -> Checked<()> {
        for (key, value) in object(value, "contextActivities", "XAPI-00086")? {
            let role = match &*key.text() {
                "parent" => ActivityRole::Parent,
                "grouping" => ActivityRole::Grouping,
                "category" => ActivityRole::Category,
                "other" => ActivityRole::Other,
                _ => {
                    let known = ["parent", "grouping", "category", "other"];
                    let mut fault = match unknown::<()>(key, "contextActivities", &known) {
                        Ok(()) => continue,
                        Err(fault) => fault,
                    };
                    fault.rule = "XAPI-00093";
                    return Err(fault);
                }
            };
            if value.kind() == Kind::Array {
                for activity in value.elements() {
                    self.add_activity(activity, role)?;
                }
            } else {
                self.single_context_activities.push(value.range());
                self.add_activity(value, role)?;
            }
        }
        Ok(())
    }

    /// A contextAgent or contextGroup: whom it concerns, and as what.
    fn context_actor(&mut self, value: Value<'_>, kind: ActorKind) -> Checked<()> {
        let (wanted, property, mentioned_as, rule) = match kind {
            ActorKind::Agent => ("contextAgent", "agent", AgentRole::ContextAgent, CONTEXT_AGENT),
            ActorKind::Group => ("contextGroup", "group", AgentRole::ContextGroup, CONTEXT_GROUP),
        };
        let (mut object_type, mut actor) = (None, None);
        for (key, value) in object(value, wanted, rule)? {
            match &*key.text() {
                "objectType" => {
                    let found = string(value, "objectType", rule)?;
                    if found != wanted {
                        let message = format!("objectType must be {wanted}, not {found:?}");
                        return refuse(value.offset(), rule, message);
                    }
                    object_type = Some(());
                }
                "relevantTypes" => {
                    let mut types = array(value, "relevantTypes", rule)?.peekable();
                    if types.peek().is_none() {
                        let message = "relevantTypes must not be empty";
                        return refuse(value.offset(), rule, message);
                    }
                    for relevant in types {
                        iri(relevant, "a relevant type", rule)?;
                    }
                }
                name if name == property => {
                    actor = Some(Actor::read_as(value, kind, property, rule)?);
                }
                _ => return unknown(key, wanted, &["objectType", property, "relevantTypes"]),
            }
        }
        required(object_type, value, "objectType", rule)?;
        let actor = required(actor, value, property, rule)?;
        self.add_actor(&actor, mentioned_as);
        Ok(())
    }
}

/// A reference to a statement (XAPI-00072, XAPI-00073).
pub(super) fn statement_reference(value: Value<'_>, rule: &'static str) -> Checked<Uuid> {
    let (mut object_type, mut id) = (None, None);
    for (key, value) in object(value, "a statement reference", rule)? {
        match &*key.text() {
            "objectType" => {
                let found = string(value, "objectType", rule)?;
                if found != "StatementRef" {
                    let message = format!("objectType must be StatementRef, not {found:?}");
                    return refuse(value.offset(), rule, message);
                }
                object_type = Some(());
            }
            "id" => id = Some(uuid(value, "id of a statement reference", "XAPI-00072")?),
            _ => return unknown(key, "a statement reference", &["objectType", "id"]),
        }
    }
    required(object_type, value, "objectType StatementRef", "XAPI-00073")?;
    required(id, value, "id of a statement reference", "XAPI-00072")
}
