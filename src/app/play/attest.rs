//! The step after completion: the learner signs with their name that they have completed the course
//! version. The server's time and signature stand in the statement; from where it was signed is kept
//! apart.

use super::{
    PlayError, TRIES_MAX, is_stale,
    session::Play,
    wire::{AttestAnswer, AttestRequest, AttestationView},
};
use crate::{
    App, AppError,
    attestations::{AttestationBasis, AttestationRow, SignedFrom, own_statements},
    statements::{account_authority, new_statement},
};
use domain::{CredentialId, Sha256Digest, Timestamp};
use ledger::Attested;
use scorm::{
    profile::{ATTESTATION_TEXT, ATTESTED, Basis, CourseIris, SignableText, Signed},
    settings::{Attestation, Template},
};
use serde::Deserialize;
use serde_json::Value;
use std::time::Duration;
use store::{
    Append, Position, Registration, RegistrationRevision, SessionEnd, StatementFilter,
    StoredStatement,
};
use xapi::{Statement, Version};

/// For so long after a learner has left the course, the page that asks them to sign is still good.
const SIGNED_WITHIN: Duration = Duration::from_hours(1);
/// Results of one registration within so long of the one that was signed are the same completion
/// (audit.md 1.10.5).
const SAME_COMPLETION: Duration = Duration::from_hours(7 * 24);
/// Most characters of a typed name.
pub const NAME_CHARACTERS_MAX: usize = 200;

/// Why a learner cannot sign.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AttestError {
    /// Fields of the form, by JSON pointer, with what is wrong with each.
    #[error("{}", .0.iter().map(|(field, fault)| format!("{field}: {fault}")).collect::<Vec<_>>().join("; "))]
    Fields(Vec<(&'static str, String)>),
    /// The session is a test, a preview or a review, of which nothing is recorded.
    #[error("nothing is recorded of a test, a preview or a review, so it cannot be signed")]
    Unrecorded,
    /// The course does not ask for it.
    #[error("this course does not ask for an attestation")]
    NotAsked,
    /// The version has not been completed.
    #[error("this version of the course has not been completed yet")]
    NotCompleted,
    /// What was shown is not what would be signed.
    #[error("the text or the version is not the one to be signed; load the page again")]
    Changed,
}

/// A result that can be signed.
struct Completion {
    basis: AttestationBasis,
    /// Where its statement is in the log.
    position: Position,
    /// The registration that it is of.
    registration: Registration,
}

/// What a learner owes: their signature under a result.
pub(super) struct Due {
    text: SignableText,
    result: Completion,
}

impl Due {
    /// What the page shows.
    pub(super) fn view(&self, play: &Play) -> AttestationView {
        AttestationView {
            version: play.course.version.version.number(),
            text: self.text.pieces().to_vec(),
            text_sha256: self.text.digest(),
        }
    }
}

impl App {
    /// What the learner is to sign now, if anything. Whatever else than the setting may require an
    /// attestation is asked here.
    pub(super) async fn attestation_due(&self, play: &Play) -> Result<Option<Due>, PlayError> {
        if !play.keeps_results() || play.is_test() {
            return Ok(None);
        }
        let by_setting = play.settings.attestation == Attestation::AfterPass;
        if !by_setting && !self.required_to_sign(play).await? {
            return Ok(None);
        }
        let Some(result) = self.result_of(play).await? else { return Ok(None) };
        let signed = self.last_attestation(play).await?;
        if signed.is_some_and(|signed| answers(&signed, &result)) {
            return Ok(None);
        }
        Ok(Some(Due { text: text_of(play), result }))
    }

    /// Whether a requirement asks for the signature, which no setting can turn off.
    async fn required_to_sign(&self, play: &Play) -> Result<bool, PlayError> {
        let course = play.registration.fixed.course;
        Ok(self.attestation_required(play.organization.id, course).await?)
    }

    /// The learner's last result in the version that the session plays, in whichever registration:
    /// a launch of a course that was completed begins a new one.
    async fn result_of(&self, play: &Play) -> Result<Option<Completion>, PlayError> {
        for result in ["passed", "completed"] {
            let filter = of_learner(play, &scorm::profile::verb(result));
            let page = self.store.statements(play.organization.id, &filter).await?;
            let Some(statement) = page.items.first() else { continue };
            let (at, registration) = placed(statement)?;
            let found = self.store.registration(play.organization.id, registration).await?;
            let Some(found) = found else { continue };
            // What was failed is not completed in this sense; what was passed stays passed.
            if result == "completed" && found.record.success == Some(false) {
                continue;
            }
            let result = result.to_owned();
            let basis = AttestationBasis { result, at, statement: statement.id };
            let position = statement.position;
            return Ok(Some(Completion { basis, position, registration: found }));
        }
        Ok(None)
    }

    async fn last_attestation(&self, play: &Play) -> Result<Option<AttestationRow>, PlayError> {
        let filter = of_learner(play, ATTESTED);
        let page = self.store.statements(play.organization.id, &filter).await?;
        Ok(page.items.first().map(AttestationRow::read).transpose()?)
    }

    /// The learner signs. Whoever signs again what is signed is told of the first time.
    pub async fn attest(
        &self,
        token: &str,
        request: &AttestRequest,
        from: &SignedFrom,
    ) -> Result<AttestAnswer, PlayError> {
        for _ in 0..TRIES_MAX {
            let play = self.find_session(token).await?;
            self.still_signs(&play).await?;
            if !play.keeps_results() || play.is_test() {
                return Err(AttestError::Unrecorded.into());
            }
            let name = checked_name(&request.name, request.consent)?;
            let text = text_of(&play);
            let version = play.course.version.version.number();
            if request.version != version || request.text_sha256 != text.digest() {
                return Err(AttestError::Changed.into());
            }
            let Some(due) = self.attestation_due(&play).await? else {
                return self.signed_before(&play).await;
            };
            let (append, answer) = self.attestation(&play, &due, &name, from).await?;
            match self.store.append(append).await {
                Ok(_) => return Ok(answer),
                // Another tab has signed, or the course goes on there.
                Err(error) if is_stale(&error) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(AppError::Contended.into())
    }

    /// Whether this session may still sign: the learner may have left the course by it.
    async fn still_signs(&self, play: &Play) -> Result<(), PlayError> {
        match play.session.ended {
            Some((at, SessionEnd::Exited)) if play.now.since(at) < SIGNED_WITHIN => Ok(()),
            _ => self.goes_on(play).await,
        }
    }

    async fn signed_before(&self, play: &Play) -> Result<AttestAnswer, PlayError> {
        if let Some(signed) = self.last_attestation(play).await? {
            return Ok(AttestAnswer {
                statement: signed.statement,
                signed_at: signed.signed_at,
                name: signed.name,
                text: signed.text,
                already: true,
            });
        }
        let is_asked = play.settings.attestation == Attestation::AfterPass;
        Err(if is_asked { AttestError::NotCompleted } else { AttestError::NotAsked }.into())
    }

    /// What is to be stored: the statement and, apart from it, from where it came.
    async fn attestation(
        &self,
        play: &Play,
        due: &Due,
        name: &str,
        from: &SignedFrom,
    ) -> Result<(Append, AttestAnswer), PlayError> {
        let organization = &play.organization;
        let Completion { basis, registration, .. } = &due.result;
        let fixed = &registration.fixed;
        let (id, signed_at) = (self.new_statement_id(), play.now);
        let (activity, text) = (activity_of(play), due.text.signed_by(name));
        let attested = Attested {
            activity: &activity,
            actor: &fixed.actor_key,
            name,
            registration: Some(fixed.id),
            signed_at: &signed_at.to_string(),
            statement: id,
            text: Sha256Digest::of(text.as_bytes()),
            verb: ATTESTED,
        };
        let signature = self.sign_attested(organization.id, &attested).await?;
        let actor: Value =
            serde_json::from_str(&fixed.actor).map_err(AppError::unreadable("actor"))?;
        let AttestationBasis { result, at, statement } = basis;
        let basis = Basis { result, at: *at, statement: *statement };
        let statement = Signed {
            verb: ATTESTED,
            actor: &actor,
            activity: &activity,
            kind: &scorm::profile::activity_type("course"),
            title: &play.course.version.title,
            language: play.course.language.as_deref().unwrap_or("und"),
            registration: Some(fixed.id),
            session: Some(play.session.id),
            basis: Some(basis),
            document: None,
            name,
            text: &text,
            signature: &signature,
            timestamp: signed_at,
        };
        let authority = CredentialId::parse(store::RUNTIME_AUTHORITY).expect("our own id is one");
        let stated = Statement::parse(statement.statement().to_string().as_bytes(), Version::V1_0)
            .map_err(|error| PlayError::Invalid(error.to_string()))?;
        let stamped = stated.stamp(id, &account_authority(organization, &authority));
        let mut append = Append::new(organization.id);
        append.statements.push(new_statement(&stamped, &authority));
        let by = format!("session {}", play.session.id);
        append.events.push(from.event(id, &fixed.actor_key, by));
        append.expect =
            Some(RegistrationRevision { registration: fixed.id, revision: registration.revision });
        let name = name.to_owned();
        Ok((append, AttestAnswer { statement: id, signed_at, name, text, already: false }))
    }
}

/// Whether an attestation is one for this result: it was signed after it, or the result is a
/// repetition of the one that was signed.
fn answers(signed: &AttestationRow, result: &Completion) -> bool {
    let Completion { basis, position, registration } = result;
    let of_same = signed.basis.as_ref().filter(|of| of.result == basis.result);
    let Some(of) = of_same else { return false };
    let is_repeated = signed.registration == Some(registration.fixed.id)
        && basis.at <= of.at.plus(SAME_COMPLETION);
    signed.position > *position || is_repeated
}

/// The learner's newest statement with `verb` on the version that the session plays.
fn of_learner(play: &Play, verb: &str) -> StatementFilter {
    StatementFilter {
        agent: Some(play.registration.fixed.actor_key.clone()),
        activity: Some(activity_of(play)),
        ..own_statements(verb, 1)
    }
}

fn activity_of(play: &Play) -> String {
    let version = &play.course.version;
    let base = &play.organization.activity_base;
    CourseIris::new(base, version.course, version.version).course().to_owned()
}

fn text_of(play: &Play) -> SignableText {
    let version = &play.course.version;
    let template = play.settings.attestation_text.as_ref();
    let template = template.map_or(ATTESTATION_TEXT, Template::as_str);
    let number = version.version.to_string();
    SignableText::fill(template, &[("{course}", &version.title), ("{version}", &number)])
}

/// When a statement of the run time happened, and of which registration.
fn placed(statement: &StoredStatement) -> Result<(Timestamp, domain::RegistrationId), AppError> {
    #[derive(Deserialize)]
    struct Said {
        timestamp: Timestamp,
        context: SaidContext,
    }
    #[derive(Deserialize)]
    struct SaidContext {
        registration: domain::RegistrationId,
    }
    let said: Said =
        serde_json::from_slice(&statement.body).map_err(AppError::unreadable("statement"))?;
    Ok((said.timestamp, said.context.registration))
}

/// The name as it is kept. White space around and within it is of the keyboard, not of the name.
pub(crate) fn checked_name(typed: &str, consent: bool) -> Result<String, AttestError> {
    let name = typed.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut faults = Vec::new();
    if name.is_empty() {
        faults.push(("/name", "Type your name.".to_owned()));
    } else if name.chars().count() > NAME_CHARACTERS_MAX {
        let fault = format!("The name can have at most {NAME_CHARACTERS_MAX} characters.");
        faults.push(("/name", fault));
    } else if name.chars().any(char::is_control) || !name.chars().any(char::is_alphanumeric) {
        faults.push(("/name", "Type your name as you would sign it.".to_owned()));
    }
    if !consent {
        faults.push(("/consent", "Tick the box to sign.".to_owned()));
    }
    if faults.is_empty() { Ok(name) } else { Err(AttestError::Fields(faults)) }
}
