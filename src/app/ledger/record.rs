//! Proofs as they are handed out: of one record, and of two sizes of the log.

use super::verify::parse_stored;
use super::{LedgerError, require_reader};
use crate::{App, AppError, Caller};
use ::ledger::{InclusionProof, ProofPlan, ProofText, has_claim};
use base64::{Engine, prelude::BASE64_STANDARD};
use domain::{Sha256Digest, StatementId};
use serde::{Deserialize, Serialize};
use store::{Claim, LogEntry};

/// The form of [`RecordProof`] as JSON.
pub const RECORD_FORMAT: &str = "attestry/record-proof@1";
/// The form of [`ConsistencyProof`] as JSON.
pub const CONSISTENCY_FORMAT: &str = "attestry/consistency-proof@1";

/// Everything that is needed to prove, without a server, that a statement with exactly these bytes
/// stands in the log. Bytes are base64.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecordProof {
    /// [`RECORD_FORMAT`].
    pub format: String,
    /// The statement's exact bytes, which are UTF-8.
    pub statement: String,
    /// The salt of the entry's hash of the statement, and of what else the entry hides.
    pub statement_salt: String,
    /// The salt of the entry's hash of the actor.
    pub actor_salt: String,
    /// What the store that the statement was replayed from said of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<ClaimProof>,
    /// Whether that has been erased since: the entry's hash of it is all that is left.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub claim_erased: bool,
    /// The entry's exact bytes, which are UTF-8.
    pub entry: String,
    /// Where the entry is in the log.
    pub index: u64,
    /// The inclusion proof, from the leaf's sibling up (RFC 6962 section 2.1.1).
    pub hashes: Vec<String>,
    /// The signed checkpoint.
    pub checkpoint: String,
    /// The log's verifier keys, as the log itself gives them.
    pub keys: Vec<String>,
}

/// The claim of a replayed statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimProof {
    /// The authority's JSON, as it stood there.
    pub authority: Option<String>,
    /// The line of the file, from 1.
    pub line: u64,
    /// SHA-256 of the file.
    pub source: Sha256Digest,
    /// When it was stored there, as it stood there.
    pub stored: Option<String>,
}

/// A proof that the log of one size begins with the log of another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsistencyProof {
    /// [`CONSISTENCY_FORMAT`].
    pub format: String,
    /// The smaller tree.
    pub from: ConsistencyEnd,
    /// The larger tree.
    pub to: ConsistencyEnd,
    /// The proof (RFC 6962 section 2.1.2), base64.
    pub hashes: Vec<String>,
    /// The log's verifier keys, as the log itself gives them.
    pub keys: Vec<String>,
}

/// One of the trees of a [`ConsistencyProof`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsistencyEnd {
    /// The number of entries.
    pub size: u64,
    /// The root, base64.
    pub root: String,
    /// The signed checkpoint of exactly this size, if there is one.
    pub checkpoint: Option<String>,
}

pub(crate) fn base64(bytes: &[u8]) -> String {
    BASE64_STANDARD.encode(bytes)
}

fn base64_of(hashes: &[Sha256Digest]) -> Vec<String> {
    hashes.iter().map(|hash| base64(hash.as_bytes())).collect()
}

/// The hash that a text is the base64 of.
pub(super) fn hash_of(text: &str) -> Option<Sha256Digest> {
    Some(Sha256Digest::new(BASE64_STANDARD.decode(text).ok()?.try_into().ok()?))
}

impl RecordProof {
    /// The same proof as C2SP tlog-proof text. The entry is its `extra`, since the leaf's hash is
    /// of the entry.
    pub fn to_text(&self) -> ProofText {
        let hashes = self.hashes.iter().filter_map(|hash| hash_of(hash)).collect();
        ProofText {
            extra: Some(self.entry.as_bytes().to_vec()),
            proof: InclusionProof { index: self.index, hashes },
            checkpoint: self.checkpoint.clone(),
        }
    }
}

pub(crate) fn claim_proof(claim: Claim) -> ClaimProof {
    let Claim { authority, line, source, stored, .. } = claim;
    ClaimProof { authority, line, source, stored }
}

impl App {
    /// The proof of a statement that the caller may read: under the newest checkpoint, or a new one
    /// when that does not reach so far.
    pub async fn record_proof(
        &self,
        caller: &Caller,
        id: StatementId,
    ) -> Result<RecordProof, LedgerError> {
        let missing = || AppError::NotFound("statement");
        let statement = self.statement(caller, id).await?.ok_or_else(missing)?;
        let (organization, position) = (caller.organization, statement.position);
        let checkpoint = self.checkpoint_over(organization, position.next().index()).await?;
        let broken = || LedgerError::Broken { size: position.index() };
        let entries = self.store.entries(organization, position, 1).await?;
        let LogEntry { entry, salt, .. } = entries.into_iter().next().ok_or_else(broken)?;
        let text = String::from_utf8(statement.body).map_err(|_| broken())?;
        let actor = parse_stored(&text).map(|parsed| store::actor_key(&parsed));
        let actor = actor.ok_or_else(broken)?;
        let actor_salt = self.store.actor_salt(organization, &actor).await?;
        let claim = self.store.claim(organization, position).await?;
        let plan = ProofPlan::inclusion(position.index(), checkpoint.size).ok_or_else(broken)?;
        let hashes = self.proof_hashes(organization, &plan).await?;
        Ok(RecordProof {
            format: RECORD_FORMAT.to_owned(),
            statement: text,
            // Without its salts the statement is about to be erased.
            statement_salt: base64(&salt.ok_or_else(missing)?),
            actor_salt: base64(actor_salt.ok_or_else(missing)?.as_bytes()),
            claim_erased: claim.is_none() && has_claim(&entry),
            claim: claim.map(claim_proof),
            entry: String::from_utf8(entry).map_err(|_| broken())?,
            index: position.index(),
            hashes: base64_of(&hashes),
            checkpoint: checkpoint.note,
            keys: self.key_texts(caller).await?,
        })
    }

    async fn key_texts(&self, caller: &Caller) -> Result<Vec<String>, LedgerError> {
        let keys = self.verifier_keys(caller.organization).await?;
        Ok(keys.iter().map(|key| key.verifier.to_string()).collect())
    }

    /// The proof that the log of `to` entries (as many as the newest checkpoint has, when it is not
    /// said) begins with the log of `from` entries.
    pub async fn consistency_proof(
        &self,
        caller: &Caller,
        from: u64,
        to: Option<u64>,
    ) -> Result<ConsistencyProof, LedgerError> {
        require_reader(caller)?;
        let organization = caller.organization;
        let newest = match to {
            Some(to) => {
                let size = self.store.ledger_head(organization).await?.frontier.size();
                if to > size {
                    let problem = format!("the log has {size} entries");
                    return Err(LedgerError::Beyond { field: "to", problem });
                }
                self.checkpoint_over(organization, to).await?
            }
            None => self.newest_checkpoint(organization).await?,
        };
        let to = to.unwrap_or(newest.size);
        let plan = ProofPlan::consistency(from, to).ok_or_else(|| {
            let problem = format!("is more than the {to} entries of the larger tree");
            LedgerError::Beyond { field: "from", problem }
        })?;
        Ok(ConsistencyProof {
            format: CONSISTENCY_FORMAT.to_owned(),
            from: self.consistency_end(caller, from).await?,
            to: self.consistency_end(caller, to).await?,
            hashes: base64_of(&self.proof_hashes(organization, &plan).await?),
            keys: self.key_texts(caller).await?,
        })
    }

    async fn consistency_end(
        &self,
        caller: &Caller,
        size: u64,
    ) -> Result<ConsistencyEnd, LedgerError> {
        let root = self.root_at(caller.organization, size).await?;
        let kept = self.store.checkpoint(caller.organization, Some(size)).await?;
        if kept.as_ref().is_some_and(|kept| kept.root != root) {
            return Err(LedgerError::Broken { size });
        }
        let checkpoint = kept.map(|kept| kept.note);
        Ok(ConsistencyEnd { size, root: base64(root.as_bytes()), checkpoint })
    }
}
