//! Reads a statement: checks everything and takes out what others ask for.

use super::{
    Object, Outcome, SubStatement, VOIDED_VERB,
    activity::read_activity,
    attachment::{Attachment, read_attachment},
    context::statement_reference,
    reference::{ActivityReference, ActivityRole, AgentReference, AgentRole},
    result::read_result,
};
use crate::{
    ActorKind, AgentId, Version,
    agent::Actor,
    check::{array, iri, language_map, object, required, string, unknown, uuid},
    error::{Checked, refuse},
    json::Value,
    text::parse_time,
};
use domain::{StatementId, Timestamp};
use std::ops::Range;
use uuid::Uuid;

const STATEMENT_KEYS: [&str; 11] = [
    "id",
    "actor",
    "verb",
    "object",
    "result",
    "context",
    "timestamp",
    "stored",
    "authority",
    "version",
    "attachments",
];

/// What is collected on the way through a statement.
pub(super) struct Reader {
    pub(super) version: Version,
    pub(super) in_sub_statement: bool,
    pub(super) agents: Vec<AgentReference>,
    pub(super) activities: Vec<ActivityReference>,
    /// What agents are called.
    pub(super) names: Vec<(AgentId, String)>,
    /// Context activities that are not in an array, by the place of their text.
    pub(super) single_context_activities: Vec<Range<usize>>,
}

/// Everything taken out of a statement.
pub(super) struct Parts {
    pub(super) id: Option<StatementId>,
    pub(super) actor: Actor,
    pub(super) verb: String,
    pub(super) object: Object,
    pub(super) outcome: Outcome,
    pub(super) registration: Option<Uuid>,
    pub(super) timestamp: Option<Timestamp>,
    pub(super) stored: Option<Timestamp>,
    pub(super) authority: Option<Actor>,
    pub(super) version: Option<String>,
    pub(super) attachments: Vec<Attachment>,
}

impl Reader {
    pub(super) fn new(version: Version) -> Self {
        Self {
            version,
            in_sub_statement: false,
            agents: Vec::with_capacity(4),
            activities: Vec::with_capacity(4),
            names: Vec::new(),
            single_context_activities: Vec::new(),
        }
    }

    /// Reads a statement (Data 2.4), or the parts of a `SubStatement`.
    pub(super) fn statement(&mut self, value: Value<'_>) -> Checked<Parts> {
        let what = if self.in_sub_statement { "a SubStatement" } else { "a statement" };
        let (mut actor, mut verb, mut target, mut context) = (None, None, None, None);
        let (mut id, mut timestamp, mut stored) = (None, None, None);
        let (mut authority, mut version) = (None, None);
        let (mut outcome, mut attachments) = (Outcome::default(), Vec::new());
        for (key, value) in object(value, what, "XAPI-00014")? {
            let name = key.text();
            self.refuse_in_sub_statement(&name, key.offset())?;
            match &*name {
                "id" => {
                    let uuid = uuid(value, "id of a statement", "XAPI-00027")?;
                    id = Some(StatementId::new(uuid));
                }
                "actor" => {
                    let read = Actor::read(value, "actor")?;
                    self.add_actor(&read, AgentRole::Actor);
                    actor = Some(read);
                }
                "verb" => verb = Some(read_verb(value)?),
                "object" => target = Some((value, self.object(value)?)),
                "result" => outcome = read_result(value)?,
                "context" => context = Some(value),
                "timestamp" => timestamp = Some(self.time(value, &name, "XAPI-00022")?),
                "stored" => stored = Some(self.time(value, &name, "XAPI-00023")?),
                "authority" => authority = Some(self.authority(value)?),
                "version" => version = Some(self.statement_version(value)?),
                "attachments" => {
                    for attachment in array(value, &name, "XAPI-00025")? {
                        attachments.push(read_attachment(attachment)?);
                    }
                }
                "objectType" if self.in_sub_statement => {}
                _ => return unknown(key, what, &STATEMENT_KEYS),
            }
        }
        let actor = required(actor, value, "actor", "XAPI-00003")?;
        let verb = required(verb, value, "verb", "XAPI-00004")?;
        let (object_value, object) = required(target, value, "object", "XAPI-00005")?;
        if verb == VOIDED_VERB && !matches!(object, Object::StatementRef(_)) {
            let message = "a voiding statement's object must be a StatementRef";
            return refuse(object_value.offset(), "XAPI-00017", message);
        }
        let about_activity = matches!(object, Object::Activity(_));
        let registration =
            context.map(|value| self.context(value, about_activity)).transpose()?.flatten();
        Ok(Parts {
            id,
            actor,
            verb,
            object,
            outcome,
            registration,
            timestamp,
            stored,
            authority,
            version,
            attachments,
        })
    }

    /// XAPI-00067 to 00070: what a `SubStatement` must not have.
    fn refuse_in_sub_statement(&self, name: &str, offset: usize) -> Checked<()> {
        if !self.in_sub_statement {
            return Ok(());
        }
        let rule = match name {
            "authority" => "XAPI-00067",
            "version" => "XAPI-00068",
            "stored" => "XAPI-00069",
            "id" => "XAPI-00070",
            _ => return Ok(()),
        };
        refuse(offset, rule, format!("a SubStatement must not have the property {name:?}"))
    }

    fn time(&self, value: Value<'_>, what: &str, rule: &'static str) -> Checked<Timestamp> {
        let text = string(value, what, rule)?;
        if let Some(time) = parse_time(&text, self.version) {
            return Ok(time);
        }
        let form = match self.version {
            Version::V1_0 => "an ISO 8601 date and time",
            Version::V2_0 => "an RFC 3339 date and time",
        };
        let message = format!("{what} must be {form}, not {text:?}");
        refuse(value.offset(), "XAPI-00123", message)
    }

    /// XAPI-00101.
    fn statement_version(&self, value: Value<'_>) -> Checked<String> {
        let text = string(value, "version", "XAPI-00101")?;
        if self.version.accepts_statement_version(&text) {
            return Ok(text.into_owned());
        }
        let wanted = match self.version {
            Version::V1_0 => "1.0 or 1.0.x",
            Version::V2_0 => "2.0.x or 1.0.x",
        };
        let message = format!("version must be {wanted}, not {text:?}");
        refuse(value.offset(), "XAPI-00101", message)
    }

    /// XAPI-00024, XAPI-00098: an agent, or an anonymous group of two.
    fn authority(&mut self, value: Value<'_>) -> Checked<Actor> {
        let actor = Actor::read(value, "authority")?;
        if actor.kind == ActorKind::Group {
            let message = "authority must be an Agent, or an anonymous Group of two";
            if actor.id.is_some() {
                return refuse(value.offset(), "XAPI-00024", message);
            }
            if actor.members.len() != 2 {
                return refuse(value.offset(), "XAPI-00098", message);
            }
        }
        self.add_actor(&actor, AgentRole::Authority);
        Ok(actor)
    }

    /// Reads an `object`, by its objectType (XAPI-00046, XAPI-00065, XAPI-00073).
    fn object(&mut self, value: Value<'_>) -> Checked<Object> {
        let kind = if let Some(kind) = value.get("objectType") {
            string(kind, "objectType", "XAPI-00046")?
        } else {
            refuse_untyped(value)?;
            "Activity".into()
        };
        match &*kind {
            "Activity" => self.add_activity(value, ActivityRole::Object).map(Object::Activity),
            "Agent" | "Group" => {
                let actor = Actor::read(value, "object")?;
                self.add_actor(&actor, AgentRole::Object);
                Ok(Object::Actor(actor))
            }
            "StatementRef" => statement_reference(value, "XAPI-00072")
                .map(|id| Object::StatementRef(StatementId::new(id))),
            "SubStatement" if self.in_sub_statement => {
                refuse(value.offset(), "XAPI-00071", "a SubStatement must not have a SubStatement")
            }
            "SubStatement" => {
                self.in_sub_statement = true;
                let parts = self.statement(value);
                self.in_sub_statement = false;
                let Parts { actor, verb, object, .. } = parts?;
                Ok(Object::SubStatement(Box::new(SubStatement { actor, verb, object })))
            }
            other => {
                let offset = value.get("objectType").map_or(value.offset(), Value::offset);
                let message = format!(
                    "objectType must be Activity, Agent, Group, StatementRef or SubStatement, \
                     not {other:?}"
                );
                refuse(offset, "XAPI-00046", message)
            }
        }
    }

    /// Notes an actor and its members, as far as they are identified.
    pub(super) fn add_actor(&mut self, actor: &Actor, role: AgentRole) {
        let all = std::iter::once((actor, false)).chain(actor.members.iter().map(|m| (m, true)));
        for (actor, is_member) in all {
            if let Some(id) = &actor.id {
                let in_sub_statement = self.in_sub_statement;
                let id = id.clone();
                if let Some(name) = &actor.name
                    && actor.kind == ActorKind::Agent
                    && role != AgentRole::Authority
                {
                    self.names.push((id.clone(), name.clone()));
                }
                self.agents.push(AgentReference { id, role, is_member, in_sub_statement });
            }
        }
    }

    /// Reads an activity and notes it.
    pub(super) fn add_activity(&mut self, value: Value<'_>, role: ActivityRole) -> Checked<String> {
        let activity = read_activity(value)?;
        let id = activity.id.into_owned();
        self.activities.push(ActivityReference {
            id: id.clone(),
            role,
            in_sub_statement: self.in_sub_statement,
            definition: activity.definition.map(Value::range),
        });
        Ok(id)
    }
}

/// An object without objectType is an activity: what has the properties of something else lacks
/// its type (XAPI-00065, XAPI-00073).
fn refuse_untyped(object: Value<'_>) -> Checked<()> {
    for (key, _) in object.members() {
        let (rule, kind) = match &*key.text() {
            "mbox" | "mbox_sha1sum" | "openid" | "account" => ("XAPI-00065", "an Agent or Group"),
            "member" => ("XAPI-00065", "a Group"),
            "actor" | "verb" | "object" => ("XAPI-00073", "a SubStatement"),
            _ => continue,
        };
        return refuse(object.offset(), rule, format!("{kind} as object must have an objectType"));
    }
    Ok(())
}

/// XAPI-00044, XAPI-00045.
fn read_verb(value: Value<'_>) -> Checked<String> {
    let mut id = None;
    for (key, value) in object(value, "verb", "XAPI-00044")? {
        match &*key.text() {
            "id" => id = Some(iri(value, "id of verb", "XAPI-00044")?.into_owned()),
            "display" => language_map(value, "display", "XAPI-00045")?,
            _ => return unknown(key, "verb", &["id", "display"]),
        }
    }
    required(id, value, "id of verb", "XAPI-00044")
}
