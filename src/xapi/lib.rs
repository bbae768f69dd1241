//! xAPI 1.0.3 and 2.0.0 (IEEE 9274.1.1) as pure functions: what a statement is, whether two are the
//! same, which a query asks for, what a document request means. No I/O; times are arguments.
//!
//! Rules are named in errors, docs and tests by their ids in ADL's requirements document
//! (`XAPI-00001` …), or by part and section of the specification: `Data 2.4.1`,
//! `Communication 3.1`.

mod agent;
pub mod alternate;
mod check;
mod definition;
mod document;
mod equality;
mod error;
mod filter;
mod format;
pub mod json;
mod language;
pub mod multipart;
mod query;
mod resource;
mod shape;
pub mod signature;
mod stamp;
mod statement;
pub mod text;
mod version;

pub use agent::{Actor, ActorKind, AgentId, ParseAgentIdError};
pub use definition::merge_definition;
pub use document::{
    Content, DocumentMethod, DocumentQuery, DocumentResource, DocumentScope, EntityTags,
    MergeError, PreconditionError, Preconditions, Reading, etag, merge_document,
};
pub use error::ValidationError;
pub use format::{activities_shown, activity_json, format_statement};
pub use language::Languages;
pub use query::{
    Format, ParameterError, Selection, StatementFilter, StatementQuery, activity_parameter,
    agent_parameter,
};
pub use resource::{about_json, person_json};
pub use stamp::{Authority, Stamped};
pub use statement::{
    ActivityReference, ActivityRole, AgentReference, AgentRole, Attachment, BatchLimits, Object,
    Outcome, SIGNATURE_USAGE, Statement, SubStatement, VOIDED_VERB, parse_batch,
};
pub use version::{UnknownVersion, Version};
