//! The register of attestations: who signed what, and which pass it counts for.

use crate::view::{CourseFact, View};
use crate::world::{Attestation, PersonId};
use domain::{StatementId, Timestamp};
use serde::Serialize;

/// A signature for a version of a course.
#[derive(Debug, Clone)]
pub(crate) struct Signature<'w> {
    /// Which one: of a statement, its id.
    pub(crate) id: String,
    /// Place of the course; `None` when there is no such course.
    pub(crate) course: Option<usize>,
    /// Place of its version, likewise.
    pub(crate) version: Option<usize>,
    /// When it took effect (1.2.5).
    pub(crate) at: Timestamp,
    source: Source<'w>,
}

#[derive(Debug, Clone, Copy)]
enum Source<'w> {
    Row(&'w Attestation),
    Statement(StatementId, Timestamp),
}

impl Attestation {
    /// Whether it was known: a bare row from when it was signed (1.10.8).
    pub(crate) fn is_visible(&self, as_of: Timestamp) -> bool {
        self.recorded_at.is_some() || self.signed_at.at() <= as_of
    }
}

impl<'w> Signature<'w> {
    pub(crate) fn of_row(view: &View<'_>, row: &'w Attestation) -> Self {
        let course = view.course_place(&row.course);
        let version = course.and_then(|course| {
            let versions = &view.courses[course].versions;
            versions.iter().position(|version| version.version == row.version)
        });
        let said = row.signed_at.at();
        let at = view.effective_of(said, row.recorded_at.unwrap_or(said));
        Self { id: row.id.clone(), course, version, at, source: Source::Row(row) }
    }

    pub(crate) fn of_fact(fact: &CourseFact<'_>) -> Self {
        Self {
            id: fact.fact.id.to_string(),
            course: Some(fact.course),
            version: Some(fact.version),
            at: fact.instant,
            source: Source::Statement(fact.fact.id, fact.fact.timestamp),
        }
    }
}

/// A row of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AttestationRow {
    /// Which attestation.
    pub id: String,
    /// Who.
    pub person: PersonId,
    /// The name as it was typed.
    pub signer_name: String,
    /// Of which course.
    pub course: String,
    /// What that is called.
    pub course_title: String,
    /// Of which version.
    pub version: String,
    /// When, as it was written.
    pub signed_at: String,
    /// The text that was signed.
    pub statement_text: String,
    /// From which address; `None` when it is not known or gone.
    pub ip: Option<String>,
    /// With which browser; likewise.
    pub user_agent: Option<String>,
    /// The statement that it belongs to; `None` when it counts for nothing.
    pub counts_for: Option<StatementId>,
}

impl AttestationRow {
    pub(crate) fn of(
        view: &View<'_>,
        person: usize,
        signature: &Signature<'_>,
        counts_for: Option<StatementId>,
    ) -> Self {
        let course = signature.course.map(|place| &view.courses[place]);
        let version = course.zip(signature.version).map(|(course, place)| course.versions[place]);
        let title = course.map(|course| course.course.title.clone()).unwrap_or_default();
        let mut row = Self {
            id: signature.id.clone(),
            person: view.people[person].id.clone(),
            signer_name: String::new(),
            course: course.map(|course| course.course.id.clone()).unwrap_or_default(),
            course_title: title,
            version: version.map(|version| version.version.clone()).unwrap_or_default(),
            signed_at: String::new(),
            statement_text: String::new(),
            ip: None,
            user_agent: None,
            counts_for,
        };
        match signature.source {
            Source::Row(said) => {
                row.course.clone_from(&said.course);
                row.version.clone_from(&said.version);
                said.signed_at.as_str().clone_into(&mut row.signed_at);
                row.signer_name.clone_from(&said.signer_name);
                row.statement_text.clone_from(&said.statement_text);
                row.ip.clone_from(&said.ip);
                row.user_agent.clone_from(&said.user_agent);
            }
            Source::Statement(id, timestamp) => {
                row.signed_at = timestamp.millis();
                if let Some(said) = view.world.signed_texts.get(&id) {
                    row.signer_name.clone_from(&said.signer_name);
                    row.statement_text.clone_from(&said.statement_text);
                    row.ip.clone_from(&said.ip);
                    row.user_agent.clone_from(&said.user_agent);
                }
            }
        }
        if view.is_erased(view.people[person]) {
            row.signer_name = view.name_of(view.people[person]);
            (row.ip, row.user_agent) = (None, None);
        }
        row
    }
}
