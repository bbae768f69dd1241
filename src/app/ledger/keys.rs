//! The keys that sign checkpoints.

use super::LedgerError;
use crate::{App, AppError, Caller};
use ::ledger::{Attested, SignerKey, VerifierKey};
use domain::{OrganizationId, Role, Scope, Timestamp};
use serde_json::json;
use store::{Append, Checkpoint, EventOp, NewEvent, Organization, SigningKey, StoreError};

/// What the keys that seal signing keys are derived for.
const PURPOSE: &str = "ledger signing key";
/// The kind of thing that the trail's events about keys are about.
const ENTITY: &str = "ledger_key";

/// A signing key as a verifier sees it.
#[derive(Debug, Clone)]
pub struct LedgerKey {
    /// Which one, from 1.
    pub number: u32,
    /// The verifier key (C2SP signed-note): name, number and public key.
    pub verifier: VerifierKey,
    /// When it came into force.
    pub created_at: Timestamp,
    /// When the next one took its place.
    pub retired_at: Option<Timestamp>,
}

impl LedgerKey {
    /// The log's name, which is the key's.
    pub fn origin(&self) -> &str {
        self.verifier.name()
    }
}

/// The key in force, opened.
pub(super) struct OpenKey {
    pub(super) number: u32,
    pub(super) signer: SignerKey,
}

/// The log's name: the host of the organization's activity base, which is fixed at creation, and
/// the path under which the log is published there.
fn origin(organization: &Organization) -> String {
    let base = &organization.activity_base;
    let rest = base.strip_prefix("https://").or_else(|| base.strip_prefix("http://"));
    let host = rest.and_then(|rest| rest.split('/').next()).unwrap_or_default();
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    let is_plain = |c: char| c.is_ascii_graphic() && c != '+';
    let host = if !host.is_empty() && host.chars().all(is_plain) { host } else { "attestry" };
    format!("{host}/ledger/{}", organization.id)
}

impl App {
    /// The key in force; the first one is made when there is none.
    pub(super) async fn signing_key(
        &self,
        organization: OrganizationId,
    ) -> Result<OpenKey, LedgerError> {
        loop {
            let keys = self.store.signing_keys(organization).await?;
            if let Some(key) = keys.iter().find(|key| key.retired_at.is_none()) {
                return self.opened(organization, key);
            }
            let Some(found) = self.store.organization(organization).await? else {
                return Err(AppError::NotFound("organization").into());
            };
            let (key, _) = self.new_key(organization, 1, &origin(&found));
            match self.store.create_signing_key(organization, &key).await {
                // Another node was quicker.
                Err(StoreError::Taken { .. }) | Ok(()) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// The signature of the organization's key under what a person has signed.
    pub(crate) async fn sign_attested(
        &self,
        organization: OrganizationId,
        attested: &Attested<'_>,
    ) -> Result<String, LedgerError> {
        Ok(attested.sign(&self.signing_key(organization).await?.signer))
    }

    fn new_key(
        &self,
        organization: OrganizationId,
        number: u32,
        origin: &str,
    ) -> (SigningKey, SignerKey) {
        let mut seed = [0; 32];
        self.entropy.fill(&mut seed);
        let signer = SignerKey::new(origin, &seed).expect("an origin is a key name");
        let public = *signer.verifier().public();
        let subject = subject(organization, &public);
        let sealed = self.settings.master_key.seal(PURPOSE, &subject, &seed, &*self.entropy);
        let key = SigningKey {
            number,
            origin: origin.to_owned(),
            public,
            sealed_secret: sealed,
            created_at: self.clock.now(),
            retired_at: None,
        };
        (key, signer)
    }

    fn opened(
        &self,
        organization: OrganizationId,
        key: &SigningKey,
    ) -> Result<OpenKey, LedgerError> {
        let subject = subject(organization, &key.public);
        let seed = self.settings.master_key.open(PURPOSE, &subject, &key.sealed_secret);
        let seed: Option<[u8; 32]> = seed.and_then(|seed| seed.try_into().ok());
        let signer = seed.and_then(|seed| SignerKey::new(&key.origin, &seed));
        let signer = signer.filter(|signer| *signer.verifier().public() == key.public);
        let number = key.number;
        signer.map(|signer| OpenKey { number, signer }).ok_or(LedgerError::Sealed)
    }

    /// The keys of the caller's organization, oldest first; the first one is made when there is
    /// none. Anybody in the organization may know them.
    pub async fn ledger_keys(&self, caller: &Caller) -> Result<Vec<LedgerKey>, LedgerError> {
        self.verifier_keys(caller.organization).await
    }

    pub(crate) async fn verifier_keys(
        &self,
        organization: OrganizationId,
    ) -> Result<Vec<LedgerKey>, LedgerError> {
        let mut keys = self.store.signing_keys(organization).await?;
        if keys.is_empty() {
            self.signing_key(organization).await?;
            keys = self.store.signing_keys(organization).await?;
        }
        let keys = keys.into_iter().map(|key| {
            let verifier = VerifierKey::new(&key.origin, &key.public).ok_or(LedgerError::Sealed)?;
            let SigningKey { number, created_at, retired_at, .. } = key;
            Ok(LedgerKey { number, verifier, created_at, retired_at })
        });
        keys.collect()
    }

    /// Puts a new key in force, with a checkpoint that is signed by the old one and by the new
    /// one. Administrators only; the trail keeps who, when and why, and so does the log.
    pub async fn rotate_ledger_key(
        &self,
        caller: &Caller,
        reason: &str,
    ) -> Result<(LedgerKey, Checkpoint), LedgerError> {
        caller.require(Scope::All, &[Role::Admin])?;
        if reason.trim().is_empty() {
            return Err(AppError::invalid("/reason", "must say why").into());
        }
        let organization = caller.organization;
        let old = self.signing_key(organization).await?;
        let old_key = old.signer.verifier();
        let (key, signer) = self.new_key(organization, old.number + 1, old_key.name());
        let mut unit = Append::new(organization);
        unit.events = vec![NewEvent {
            actor: caller.name(),
            reason: reason.to_owned(),
            entity: ENTITY.to_owned(),
            entity_id: key.number.to_string(),
            op: EventOp::Assert,
            valid_from: None,
            valid_to: None,
            value: json!({
                "key": signer.verifier().to_string(),
                "instead_of": old_key.to_string(),
            })
            .to_string(),
            source: "null".to_owned(),
            about: None,
        }];
        self.store.append(unit).await.map_err(AppError::from)?;
        let _turn = self.signing.lock().await;
        let head = self.store.ledger_head(organization).await?;
        let checkpoint = self.signed(organization, &head, &[&old.signer, &signer]).await?;
        match self.store.rotate_signing_key(organization, &key, &checkpoint).await {
            Err(StoreError::Taken { .. }) => return Err(AppError::Contended.into()),
            done => done?,
        }
        let (number, created_at) = (key.number, key.created_at);
        let key = LedgerKey { number, verifier: signer.verifier(), created_at, retired_at: None };
        Ok((key, checkpoint))
    }
}

/// What a sealed key belongs to: moved to another organization or public key it does not open.
fn subject(organization: OrganizationId, public: &[u8; 32]) -> Vec<u8> {
    [organization.uuid().as_bytes().as_slice(), public].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_logs_name_is_its_host_and_its_organization() {
        let id = OrganizationId::new(Uuid::from_u128(1));
        for (base, host) in [
            ("https://learn.example/xapi", "learn.example"),
            ("http://localhost:8080", "localhost:8080"),
            ("https://me:secret@learn.example/x", "learn.example"),
            ("urn:example:training", "attestry"),
            ("https://", "attestry"),
            ("https://b\u{fc}cher.example", "attestry"),
            ("https://a+b.example", "attestry"),
        ] {
            let (name, created_at) = ("o".to_owned(), Timestamp::UNIX_EPOCH);
            let activity_base = base.to_owned();
            let organization = Organization { id, name, activity_base, created_at };
            let expected = format!("{host}/ledger/00000000-0000-0000-0000-000000000001");
            assert_eq!(origin(&organization), expected);
            assert!(SignerKey::new(&expected, &[1; 32]).is_some());
        }
    }
}
