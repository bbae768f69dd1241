//! The server's own signature in the statement of something that a person has signed.

use super::Refused;
use crate::{attestations::SignedStatement, statements::facts_of};
use ::ledger::{Attested, VerifierKey};
use domain::{CredentialId, Sha256Digest};
use scorm::profile::{ACKNOWLEDGED, ATTESTED};
use xapi::Statement;

/// Verifies the signature that a statement with our verbs carries, and says what it shows; `None` for
/// other statements, and for those that a client sent: nobody signed them.
pub(super) fn check_attested(
    statement: &Statement,
    text: &str,
    authority: &CredentialId,
    keys: &[VerifierKey],
) -> Result<Option<String>, Refused> {
    let is_ours = authority.as_str() == store::RUNTIME_AUTHORITY;
    if !is_ours || ![ATTESTED, ACKNOWLEDGED].contains(&statement.verb()) {
        return Ok(None);
    }
    let wrong = |why: String| Refused::Wrong(format!("what was signed is not verified: {why}"));
    let signed = SignedStatement::parse(text.as_bytes())
        .map_err(|error| wrong(format!("the statement does not tell it: {error}")))?;
    let digest = Sha256Digest::of(signed.text().as_bytes());
    if digest.to_string() != signed.text_sha256() {
        return Err(wrong("the text is not the one that its SHA-256 names".to_owned()));
    }
    let facts = facts_of(statement, authority.clone());
    let attested = Attested {
        activity: signed.activity(),
        actor: &store::actor_key(statement),
        name: signed.name(),
        registration: facts.registration,
        signed_at: facts.timestamp.as_deref().unwrap_or_default(),
        statement: statement.id().ok_or_else(|| wrong("it has no id".to_owned()))?,
        text: digest,
        verb: statement.verb(),
    };
    attested.verify(signed.signature(), keys).map_err(|error| wrong(error.to_string()))?;
    let (name, at) = (signed.name(), attested.signed_at);
    Ok(Some(format!("the server has signed that {name:?} signed this text on {at}")))
}
