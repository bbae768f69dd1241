//! Statements: the checked value and what can be asked of it.

mod activity;
mod attachment;
mod context;
mod read;
mod reference;
mod result;

pub use attachment::{Attachment, SIGNATURE_USAGE};
pub use reference::{ActivityReference, ActivityRole, AgentReference, AgentRole};
pub use result::Outcome;

use crate::{
    Actor, AgentId, Version,
    error::{Checked, Fault, ValidationError, refuse},
    json::{Document, Kind, Limits, Value},
};
use domain::{StatementId, Timestamp};
use read::{Parts, Reader};
use std::ops::Range;
use uuid::Uuid;

/// The verb that voids a statement (Data 2.3.2).
pub const VOIDED_VERB: &str = "http://adlnet.gov/expapi/verbs/voided";

/// What a statement is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Object {
    /// An activity, by its IRI.
    Activity(String),
    /// An agent or a group.
    Actor(Actor),
    /// Another statement.
    StatementRef(StatementId),
    /// A statement that is not itself asserted.
    SubStatement(Box<SubStatement>),
}

/// The main parts of a statement inside a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubStatement {
    /// Who.
    pub actor: Actor,
    /// The verb's IRI.
    pub verb: String,
    /// About what; never another `SubStatement`.
    pub object: Object,
}

/// A statement that keeps every rule of its version, with its exact text.
///
/// Made only by [`Statement::parse`] and [`parse_batch`]. What the LRS sets may still be missing;
/// [`Statement::stamp`] adds it.
#[derive(Debug, Clone)]
pub struct Statement {
    pub(crate) document: Document,
    pub(crate) version: Version,
    pub(crate) id: Option<StatementId>,
    actor: Actor,
    verb: String,
    object: Object,
    outcome: Outcome,
    registration: Option<Uuid>,
    pub(crate) timestamp: Option<Timestamp>,
    stored: Option<Timestamp>,
    pub(crate) authority: Option<Actor>,
    pub(crate) version_text: Option<String>,
    attachments: Vec<Attachment>,
    pub(crate) agents: Vec<AgentReference>,
    activities: Vec<ActivityReference>,
    names: Vec<(AgentId, String)>,
    pub(crate) single_context_activities: Vec<Range<usize>>,
}

/// What a request to store statements may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchLimits {
    /// Limits of the JSON text.
    pub json: Limits,
    /// Most statements in one request.
    pub statements_max: usize,
}

impl Default for BatchLimits {
    /// The default limits of JSON, and 10,000 statements.
    fn default() -> Self {
        Self { json: Limits::default(), statements_max: 10_000 }
    }
}

/// Reads the body of a POST: one statement, or an array of them (Communication 2.1.2).
///
/// Each keeps the exact bytes that it had in the body. One that breaks a rule refuses all, and the
/// error's pointer begins with its place. An id that occurs twice is refused too.
pub fn parse_batch(
    body: &[u8],
    version: Version,
    limits: BatchLimits,
) -> Result<Vec<Statement>, ValidationError> {
    let document = Document::parse(body, limits.json)?;
    let read = || {
        let root = document.root();
        if root.kind() != Kind::Array {
            return Statement::read(root, version).map(|statement| vec![statement]);
        }
        let count = root.elements().count();
        if count > limits.statements_max {
            let message = format!(
                "{count} statements are more than statements_max = {}",
                limits.statements_max
            );
            return refuse(0, "Communication 2.1.2", message);
        }
        let mut statements = Vec::with_capacity(count);
        let mut ids = std::collections::BTreeSet::new();
        for value in root.elements() {
            let statement = Statement::read(value, version)?;
            if let Some(id) = statement.id
                && !ids.insert(id)
            {
                let message = format!("the id {id} occurs twice in one request");
                return refuse(value.offset(), "Communication 2.1.2", message);
            }
            statements.push(statement);
        }
        Ok(statements)
    };
    read().map_err(|fault| fault.locate(&document))
}

impl Statement {
    /// Reads one statement.
    pub fn parse(json: &[u8], version: Version) -> Result<Self, ValidationError> {
        let document = Document::parse(json, Limits::default())?;
        // White space around a statement is no part of it.
        if document.root().text().len() < document.text().len() {
            return Self::read(document.root(), version).map_err(|fault| fault.locate(&document));
        }
        let mut reader = Reader::new(version);
        match reader.statement(document.root()) {
            Ok(parts) => Ok(Self::assemble(document, reader, parts)),
            Err(fault) => Err(fault.locate(&document)),
        }
    }

    /// Reads a statement inside another text.
    fn read(value: Value<'_>, version: Version) -> Checked<Self> {
        // Places in the text are those in the statement's own document.
        let document = value.to_document();
        let mut reader = Reader::new(version);
        match reader.statement(document.root()) {
            Ok(parts) => Ok(Self::assemble(document, reader, parts)),
            Err(fault) => Err(Fault { offset: fault.offset + value.offset(), ..fault }),
        }
    }

    fn assemble(document: Document, reader: Reader, parts: Parts) -> Self {
        let Parts {
            id,
            actor,
            verb,
            object,
            outcome,
            registration,
            timestamp,
            stored,
            authority,
            version: version_text,
            attachments,
        } = parts;
        let Reader { version, agents, activities, names, single_context_activities, .. } = reader;
        Self {
            document,
            version,
            id,
            actor,
            verb,
            object,
            outcome,
            registration,
            timestamp,
            stored,
            authority,
            version_text,
            attachments,
            agents,
            activities,
            names,
            single_context_activities,
        }
    }

    /// The statement's text, exactly as it came.
    pub fn text(&self) -> &str {
        self.document.text()
    }

    /// The statement's tree.
    pub fn root(&self) -> Value<'_> {
        self.document.root()
    }

    /// The version of xAPI by whose rules it was read.
    pub fn read_as(&self) -> Version {
        self.version
    }

    /// `id`
    pub fn id(&self) -> Option<StatementId> {
        self.id
    }

    /// `actor`
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// `verb.id`
    pub fn verb(&self) -> &str {
        &self.verb
    }

    /// `object`
    pub fn object(&self) -> &Object {
        &self.object
    }

    /// What `result` tells; all `None` without one.
    pub fn outcome(&self) -> &Outcome {
        &self.outcome
    }

    /// `context.registration`
    pub fn registration(&self) -> Option<Uuid> {
        self.registration
    }

    /// `timestamp`
    pub fn timestamp(&self) -> Option<Timestamp> {
        self.timestamp
    }

    /// `stored`, as it came: the LRS overwrites it.
    pub fn stored(&self) -> Option<Timestamp> {
        self.stored
    }

    /// `authority`
    pub fn authority(&self) -> Option<&Actor> {
        self.authority.as_ref()
    }

    /// `version`
    pub fn version(&self) -> Option<&str> {
        self.version_text.as_deref()
    }

    /// `attachments`
    pub fn attachments(&self) -> &[Attachment] {
        &self.attachments
    }

    /// Every identified agent and group that is mentioned, once for each mention.
    pub fn agents(&self) -> &[AgentReference] {
        &self.agents
    }

    /// Every activity that is mentioned, once for each mention.
    pub fn activities(&self) -> &[ActivityReference] {
        &self.activities
    }

    /// The names that it gives to agents, groups and its authority aside, once for each mention.
    pub fn names(&self) -> &[(AgentId, String)] {
        &self.names
    }

    /// The definition that came with an activity of this statement, as JSON.
    pub fn definition(&self, activity: &ActivityReference) -> Option<&str> {
        self.text().get(activity.definition.clone()?)
    }

    /// The statement that this one refers to as its object.
    pub fn target(&self) -> Option<StatementId> {
        match self.object {
            Object::StatementRef(id) => Some(id),
            _ => None,
        }
    }

    /// The statement that this one voids (Data 2.3.2).
    pub fn voids(&self) -> Option<StatementId> {
        if self.verb == VOIDED_VERB { self.target() } else { None }
    }
}
