//! The register of attestations: who signed what, and which pass it counts for.

use crate::view::View;
use crate::world::{Attestation, PersonId};
use domain::StatementId;
use serde::Serialize;

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
    pub(crate) fn of(view: &View<'_>, row: &Attestation, counts_for: Option<StatementId>) -> Self {
        let course = view.course_place(&row.course).map(|place| view.courses[place].course);
        let person = view.person_place(row.person.as_str()).map(|place| view.people[place]);
        let erased = person.filter(|person| view.is_erased(person));
        Self {
            id: row.id.clone(),
            person: row.person.clone(),
            signer_name: erased.map_or_else(|| row.signer_name.clone(), |who| view.name_of(who)),
            course: row.course.clone(),
            course_title: course.map(|course| course.title.clone()).unwrap_or_default(),
            version: row.version.clone(),
            signed_at: row.signed_at.as_str().to_owned(),
            statement_text: row.statement_text.clone(),
            ip: row.ip.clone().filter(|_| erased.is_none()),
            user_agent: row.user_agent.clone().filter(|_| erased.is_none()),
            counts_for,
        }
    }
}
