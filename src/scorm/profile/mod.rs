//! SCORM run-time data as xAPI statements and documents, by the ADL xAPI SCORM Profile; where the
//! profile is silent, as `docs/guide/scorm-xapi.md` says.
//!
//! Pure functions: [`report`] gives the statements of one step of a SCO attempt, without `id`,
//! `stored` and `authority`, which the statement pipeline stamps; [`documents`] and
//! [`changed_documents`] give what lies in the State and profile resources.

mod attestation;
mod document;
mod event;
mod interaction;
mod iri;
mod score;
mod statement;
mod text;

#[cfg(test)]
mod tests;

pub use attestation::{
    ACKNOWLEDGED, ATTESTATION_TEXT, ATTESTED, Basis, PolicyIri, SignableText, Signed,
};
pub use document::{Content, Document, DocumentKind, changed_documents, documents};
pub use event::{Ending, Event, report};
pub use iri::{CourseIris, EXTENSIONS, PROFILE, activity_type, document_id, extension, verb};
pub use statement::Context;
