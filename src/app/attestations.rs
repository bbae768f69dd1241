//! Attestations as they are found again: what their statements tell, and, for those who may know, from
//! where they were signed. They are made by [`play`](crate::play).

use crate::{App, AppError, Caller, registrations::READERS};
use domain::{
    CourseId, CourseVersion, CredentialId, OrganizationId, RegistrationId, Role, Scope,
    StatementId, Timestamp,
};
use scorm::profile::{ATTESTED, CourseIris};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::{collections::BTreeMap, time::Duration};
use store::{EventOp, NewEvent, Page, Position, StatementFilter, StoredStatement};
use xapi::AgentId;

/// Attestations in one page.
const PAGE_ATTESTATIONS_MAX: usize = 500;
/// The kind of event that tells from where something was signed.
const ORIGIN: &str = "attestation_origin";
/// Most characters of a browser's name that are kept.
const USER_AGENT_CHARACTERS_MAX: usize = 1_000;

/// From where something was signed. It stands in the reference trail and not in the statement, and is
/// erased with the person.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedFrom {
    /// The address of the client, through proxies that are known.
    pub ip: Option<String>,
    /// What its browser calls itself.
    pub user_agent: Option<String>,
}

impl SignedFrom {
    /// The event that keeps it, of what a person with the identifier `actor` has signed.
    pub(crate) fn event(&self, statement: StatementId, actor: &str, by: String) -> NewEvent {
        let cut = |text: &String| text.chars().take(USER_AGENT_CHARACTERS_MAX).collect();
        let kept = Self { ip: self.ip.clone(), user_agent: self.user_agent.as_ref().map(cut) };
        NewEvent {
            actor: by,
            reason: "something was signed from there".to_owned(),
            entity: ORIGIN.to_owned(),
            entity_id: statement.to_string(),
            op: EventOp::Assert,
            valid_from: None,
            valid_to: None,
            value: serde_json::to_string(&kept).expect("two texts are plain data"),
            source: "null".to_owned(),
            about: NewEvent::person(actor),
        }
    }
}

/// Which attestations.
#[derive(Debug, Clone, Default)]
pub struct AttestationQuery {
    /// Of this person: canonical identifier or mail address.
    pub person: Option<String>,
    /// Of this course version.
    pub course: Option<(CourseId, CourseVersion)>,
    /// Of this registration.
    pub registration: Option<RegistrationId>,
    /// Stored at this or later.
    pub from: Option<Timestamp>,
    /// Stored before this.
    pub to: Option<Timestamp>,
    /// After the one that ended the last page.
    pub after: Option<Position>,
}

/// What somebody has signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttestationRow {
    /// The statement that says so.
    pub statement: StatementId,
    /// Where it is in the log.
    pub position: Position,
    /// The server's time at which it was signed.
    pub signed_at: Timestamp,
    /// The name as it was typed.
    pub name: String,
    /// The person as an xAPI agent, JSON text.
    pub actor: String,
    /// The activity of the course version.
    pub activity: String,
    /// The course and its version.
    pub course: Option<(CourseId, CourseVersion)>,
    /// What the course was called.
    pub title: String,
    /// The registration that it belongs to.
    pub registration: Option<RegistrationId>,
    /// The exact text that was shown.
    pub text: String,
    /// SHA-256 of it, in hex.
    pub text_sha256: String,
    /// The statement of the result that it rests on.
    pub basis: Option<AttestationBasis>,
    /// The server's signature, a signed note.
    pub signature: String,
    /// From where it was signed; `None` for callers who may not know.
    pub signed_from: Option<SignedFrom>,
}

/// The result that an attestation rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttestationBasis {
    /// `passed` or `completed`.
    pub result: String,
    /// When.
    pub at: Timestamp,
    /// The statement that says so.
    pub statement: StatementId,
}

/// The statement of something signed, as far as it is read again.
#[derive(Deserialize)]
pub(crate) struct SignedStatement {
    actor: Box<RawValue>,
    object: SignedObject,
    result: SignedResult,
    context: SignedContext,
    timestamp: Timestamp,
}

#[derive(Deserialize)]
struct SignedObject {
    id: String,
    definition: SignedDefinition,
}

#[derive(Deserialize)]
struct SignedDefinition {
    name: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct SignedResult {
    extensions: SignedExtensions,
}

#[derive(Deserialize)]
struct SignedExtensions {
    #[serde(
        rename = "https://w3id.org/attestry/xapi/attestation",
        alias = "https://w3id.org/attestry/xapi/acknowledgement"
    )]
    signed: SignedWhat,
}

#[derive(Deserialize)]
struct SignedWhat {
    name: String,
    text: String,
    text_sha256: String,
    signature: String,
    basis: Option<AttestationBasis>,
}

#[derive(Deserialize)]
struct SignedContext {
    registration: Option<RegistrationId>,
}

impl SignedStatement {
    pub(crate) fn parse(body: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(body)
    }

    const fn signed(&self) -> &SignedWhat {
        &self.result.extensions.signed
    }

    pub(crate) fn activity(&self) -> &str {
        &self.object.id
    }

    pub(crate) fn name(&self) -> &str {
        &self.signed().name
    }

    pub(crate) fn text(&self) -> &str {
        &self.signed().text
    }

    pub(crate) fn text_sha256(&self) -> &str {
        &self.signed().text_sha256
    }

    pub(crate) fn signature(&self) -> &str {
        &self.signed().signature
    }
}

impl AttestationRow {
    /// What a statement of ours tells.
    pub(crate) fn read(statement: &StoredStatement) -> Result<Self, AppError> {
        let said = SignedStatement::parse(&statement.body);
        let said = said.map_err(AppError::unreadable("attestation"))?;
        let SignedWhat { name, text, text_sha256, signature, basis } =
            said.result.extensions.signed;
        Ok(Self {
            statement: statement.id,
            position: statement.position,
            signed_at: said.timestamp,
            name,
            actor: said.actor.get().to_owned(),
            course: CourseIris::parse(&said.object.id),
            activity: said.object.id,
            title: said.object.definition.name.into_values().next().unwrap_or_default(),
            registration: said.context.registration,
            text,
            text_sha256,
            basis,
            signature,
            signed_from: None,
        })
    }
}

/// Statements with `verb` that this program's own run time has written, newest first.
pub(crate) fn own_statements(verb: &str, limit: usize) -> StatementFilter {
    let authority = CredentialId::parse(store::RUNTIME_AUTHORITY).expect("our own id is one");
    StatementFilter {
        verb: Some(verb.to_owned()),
        authority: Some(authority),
        ..StatementFilter::newest(limit)
    }
}

impl App {
    /// A page of attestations, newest first. From where they were signed is for administrators,
    /// compliance leads and auditors.
    pub async fn attestations(
        &self,
        caller: &Caller,
        query: &AttestationQuery,
        limit: usize,
    ) -> Result<Page<AttestationRow, Position>, AppError> {
        self.signed_rows(caller, ATTESTED, query, limit).await
    }

    pub(crate) async fn signed_rows(
        &self,
        caller: &Caller,
        verb: &str,
        query: &AttestationQuery,
        limit: usize,
    ) -> Result<Page<AttestationRow, Position>, AppError> {
        caller.require_read(Scope::RegistrationsRead, &READERS)?;
        let organization = self.organization(caller.organization).await?;
        if let Some(registration) = query.registration {
            let found = self.store.registration(organization.id, registration).await?;
            found.ok_or(AppError::NotFound("registration"))?;
        }
        let just = Duration::from_micros(1);
        let filter = StatementFilter {
            agent: query.person.as_deref().map(identifier),
            activity: query.course.map(|(course, version)| {
                CourseIris::new(&organization.activity_base, course, version).course().to_owned()
            }),
            registration: query.registration,
            since: query.from.map(|from| from.minus(just)),
            until: query.to.map(|to| to.minus(just)),
            after: query.after,
            ..own_statements(verb, limit.clamp(1, PAGE_ATTESTATIONS_MAX))
        };
        let page = self.store.lagging().statements(organization.id, &filter).await?;
        let mut items = Vec::with_capacity(page.items.len());
        let may_know = may_know_origins(caller);
        for statement in &page.items {
            let mut row = AttestationRow::read(statement)?;
            if may_know {
                row.signed_from = self.signed_from(organization.id, row.statement).await?;
            }
            items.push(row);
        }
        Ok(Page { items, next: page.next })
    }

    async fn signed_from(
        &self,
        organization: OrganizationId,
        statement: StatementId,
    ) -> Result<Option<SignedFrom>, AppError> {
        let found = self.store.latest_event(organization, ORIGIN, &statement.to_string()).await?;
        let Some(found) = found else { return Ok(None) };
        let read = serde_json::from_str(&found.event.value);
        read.map(Some).map_err(AppError::unreadable("attestation's origin"))
    }
}

/// Whether a caller may know from where something was signed.
pub fn may_know_origins(caller: &Caller) -> bool {
    caller.require_read(Scope::All, &[Role::ComplianceLead, Role::Auditor]).is_ok()
}

/// The canonical identifier that a text stands for: a mail address may come without its kind.
fn identifier(person: &str) -> String {
    let address = person.strip_prefix("mailto:").unwrap_or(person);
    let is_address = address.contains('@') && person.parse::<AgentId>().is_err();
    if is_address { AgentId::Mbox(address.to_owned()).to_string() } else { person.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_named_by_an_identifier_or_a_mail_address() {
        for (given, meant) in [
            ("ada@example.com", "mbox:ada@example.com"),
            ("mailto:ada@example.com", "mbox:ada@example.com"),
            ("mbox:ada@example.com", "mbox:ada@example.com"),
            ("account:https://a.example|a@b.c", "account:https://a.example|a@b.c"),
        ] {
            assert_eq!(identifier(given), meant);
        }
    }
}
