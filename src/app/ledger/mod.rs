//! The ledger of each organization: checkpoints signed, tiles and proofs handed out, all of it
//! checked. What it promises is in docs/guide/ledger.md.

mod attested;
mod check;
mod keys;
mod record;
mod tiles;
mod verify;

pub use check::LedgerFault;
pub use keys::LedgerKey;
pub use record::{
    CONSISTENCY_FORMAT, ConsistencyEnd, ConsistencyProof, RECORD_FORMAT, RecordProof,
};
pub(crate) use record::{ClaimProof, base64, claim_proof};
pub(crate) use verify::{LoggedStatement, credential_of, parse_stored, salt_of};
pub use verify::{Mirror, Refused, Verified, verify_consistency, verify_record, verify_text};

use crate::{App, AppError, Caller};
use ::ledger::{SignerKey, TreeHead, sign};
use domain::{OrganizationId, Role, Scope};
use std::time::Duration;
use store::{Checkpoint, LedgerHead, Page, StoreError};

/// A checkpoint that is younger than this is not followed by another just because somebody looks.
const CHECKPOINT_AGE_MIN: Duration = Duration::from_secs(1);
/// How often something else may be signed meanwhile before this gives up.
const ATTEMPTS_MAX: usize = 5;

/// The ledger cannot be used as asked.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The tree that the entries make is not the one that was committed or signed: somebody has
    /// changed the database. Nothing is signed any more until this is cleared up.
    #[error("the ledger's tree of {size} entries is not the one that was committed or signed")]
    Broken {
        /// The size at which they differ.
        size: u64,
    },
    /// The signing key does not open with this master key.
    #[error("the signing key cannot be opened with this master key")]
    Sealed,
    /// There is no such size, entry or range of sizes in the log.
    #[error("{field}: {problem}")]
    Beyond {
        /// Which parameter.
        field: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// It could not be done.
    #[error(transparent)]
    App(#[from] AppError),
}

impl From<StoreError> for LedgerError {
    fn from(error: StoreError) -> Self {
        Self::App(error.into())
    }
}

/// Whether the caller may read the log's entries: what is in them names no person.
fn require_reader(caller: &Caller) -> Result<(), AppError> {
    caller.require(Scope::LedgerRead, &[Role::Auditor, Role::ComplianceLead])
}

impl App {
    /// A note over `text` by the organization's key in force.
    pub(crate) async fn signed_note(
        &self,
        organization: OrganizationId,
        text: &str,
    ) -> Result<String, LedgerError> {
        Ok(sign(text, &[&self.signing_key(organization).await?.signer]))
    }

    /// The newest checkpoint, for whoever asks: a new one when the log has grown and the last one
    /// is not of this very second. An unknown organization is [`AppError::NotFound`].
    pub async fn newest_checkpoint(
        &self,
        organization: OrganizationId,
    ) -> Result<Checkpoint, LedgerError> {
        if let Some(last) = self.store.checkpoint(organization, None).await? {
            let is_fresh = self.clock.now().since(last.signed_at) < CHECKPOINT_AGE_MIN;
            if is_fresh || self.store.ledger_head(organization).await?.frontier.size() == last.size
            {
                return Ok(last);
            }
        }
        self.sign_checkpoint(organization, 0).await
    }

    /// A checkpoint of a tree of at least `size` entries, which are committed.
    pub(crate) async fn checkpoint_over(
        &self,
        organization: OrganizationId,
        size: u64,
    ) -> Result<Checkpoint, LedgerError> {
        match self.store.checkpoint(organization, None).await? {
            Some(last) if last.size >= size => Ok(last),
            _ => self.sign_checkpoint(organization, size).await,
        }
    }

    /// Signs a checkpoint for every organization whose log has grown since its last one, and
    /// fills in tiles; how many were signed. Called once in a while by the service.
    pub async fn sign_checkpoints(&self) -> Result<usize, LedgerError> {
        let mut signed = 0;
        for organization in self.store.organizations().await? {
            let head = self.store.ledger_head(organization.id).await?;
            let last = self.store.checkpoint(organization.id, None).await?;
            if last.map_or(0, |last| last.size) < head.frontier.size() {
                self.sign_checkpoint(organization.id, 0).await?;
                signed += 1;
            }
        }
        Ok(signed)
    }

    /// Signs what the log is now, unless a checkpoint over `enough` entries appears meanwhile.
    async fn sign_checkpoint(
        &self,
        organization: OrganizationId,
        enough: u64,
    ) -> Result<Checkpoint, LedgerError> {
        let _turn = self.signing.lock().await;
        for _ in 0..ATTEMPTS_MAX {
            let last = self.store.checkpoint(organization, None).await?;
            let head = self.store.ledger_head(organization).await?;
            match last {
                Some(last) if last.size == head.frontier.size() => return Ok(last),
                Some(last) if enough > 0 && last.size >= enough => return Ok(last),
                _ => {}
            }
            let key = self.signing_key(organization).await?;
            let checkpoint = self.signed(organization, &head, &[&key.signer]).await?;
            match self.store.keep_checkpoint(organization, &checkpoint, key.number).await {
                // Another node rotated the key: sign with the new one.
                Err(StoreError::Missing { what: "signing key" }) => {}
                kept => return Ok(kept?),
            }
        }
        Err(AppError::Contended.into())
    }

    /// The checkpoint of `head`, signed by `keys`. Before anything is signed the tree is computed
    /// once more from the tiles and entries, now and as of the last checkpoint: a log must sign
    /// nothing that is inconsistent with what it has signed.
    async fn signed(
        &self,
        organization: OrganizationId,
        head: &LedgerHead,
        keys: &[&SignerKey],
    ) -> Result<Checkpoint, LedgerError> {
        let (size, root) = (head.frontier.size(), head.frontier.root());
        self.fill_tiles(organization, size).await?;
        if self.root_at(organization, size).await? != root {
            return Err(LedgerError::Broken { size });
        }
        if let Some(last) = self.store.checkpoint(organization, None).await?
            && self.root_at(organization, last.size).await? != last.root
        {
            return Err(LedgerError::Broken { size: last.size });
        }
        let origin = keys.first().map(|key| key.verifier().name().to_owned());
        let origin = origin.expect("a checkpoint is signed by a key");
        let note = sign(&TreeHead { origin, size, root }.to_string(), keys);
        Ok(Checkpoint { size, root, note, signed_at: self.clock.now() })
    }

    /// The checkpoints kept of the caller's organization, by size, from the first above `after` on.
    pub async fn checkpoints(
        &self,
        caller: &Caller,
        after: Option<u64>,
        limit: usize,
    ) -> Result<Page<Checkpoint, u64>, AppError> {
        require_reader(caller)?;
        let lagging = self.store.lagging();
        Ok(lagging.checkpoints(caller.organization, after, limit.clamp(1, 500)).await?)
    }
}
