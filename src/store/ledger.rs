//! What is kept of the ledger beside the log's entries: its right edge, tiles, checkpoints and the
//! keys that sign them.

use crate::{Page, Position, StoreError};
use async_trait::async_trait;
use domain::{OrganizationId, Sha256Digest, Timestamp};
use ledger::{Frontier, Salt};

/// The ledger as of the last commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerHead {
    /// The right edge of the tree: its size is the number of entries.
    pub frontier: Frontier,
    /// The `stored` of the last entry.
    pub stored: Timestamp,
}

/// A complete tile of the tree: 256 hashes of one level (C2SP tlog-tiles).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompleteTile {
    /// 0 holds leaf hashes, 1 the roots of tiles of level 0, and so on.
    pub level: u8,
    /// Which of its level, from 0.
    pub index: u64,
    /// The root of the subtree that it stands for.
    pub root: Sha256Digest,
    /// The 256 hashes one after the other.
    pub hashes: Vec<u8>,
}

/// A signed statement of what the ledger was at one size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The number of entries.
    pub size: u64,
    /// The root of the tree of that size.
    pub root: Sha256Digest,
    /// The signed note (C2SP tlog-checkpoint).
    pub note: String,
    /// When it was signed.
    pub signed_at: Timestamp,
}

/// A key that signs checkpoints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SigningKey {
    /// Which of its organization, from 1, in the order in which they came into force.
    pub number: u32,
    /// The log's name, the first line of its checkpoints: fixed for ever.
    pub origin: String,
    /// The Ed25519 public key.
    pub public: [u8; 32],
    /// The secret one, sealed; the store cannot open it.
    pub sealed_secret: Vec<u8>,
    /// When it came into force.
    pub created_at: Timestamp,
    /// When the next one took its place.
    pub retired_at: Option<Timestamp>,
}

/// The ledger of each organization.
#[async_trait]
pub trait Ledgers {
    /// The ledger as of the last commit.
    async fn ledger_head(&self, organization: OrganizationId) -> Result<LedgerHead, StoreError>;

    /// The salt of an actor's pseudonym, by the actor's canonical text; `None` when there is no
    /// such actor, or none any more.
    async fn actor_salt(
        &self,
        organization: OrganizationId,
        actor: &str,
    ) -> Result<Option<Salt>, StoreError>;

    /// How many complete tiles of a level are kept: those from 0 on, without gaps.
    async fn tiles_kept(&self, organization: OrganizationId, level: u8) -> Result<u64, StoreError>;

    /// Keeps tiles, all or none; one that is kept already stays as it is. The tiles of one level
    /// follow those that are kept, in order.
    async fn keep_tiles(
        &self,
        organization: OrganizationId,
        tiles: &[CompleteTile],
    ) -> Result<(), StoreError>;

    /// Puts these tiles in the place of those that are kept, all or none.
    async fn correct_tiles(
        &self,
        organization: OrganizationId,
        tiles: &[CompleteTile],
    ) -> Result<(), StoreError>;

    /// The exact bytes of statements with their positions, voided and erased ones too, from `from` on:
    /// at most `limit`, and of those as many as make a read ([`reads`](crate::reads)), one at least.
    async fn statement_bodies(
        &self,
        organization: OrganizationId,
        from: Position,
        limit: usize,
    ) -> Result<Vec<(Position, Vec<u8>)>, StoreError>;

    /// A complete tile that is kept.
    async fn tile(
        &self,
        organization: OrganizationId,
        level: u8,
        index: u64,
    ) -> Result<Option<CompleteTile>, StoreError>;

    /// The roots of the tiles of a level that are kept, at most `limit` from `first` on.
    async fn tile_roots(
        &self,
        organization: OrganizationId,
        level: u8,
        first: u64,
        limit: usize,
    ) -> Result<Vec<Sha256Digest>, StoreError>;

    /// Writes the right edge anew, when the log has exactly its size; says whether it had.
    async fn correct_frontier(
        &self,
        organization: OrganizationId,
        frontier: &Frontier,
    ) -> Result<bool, StoreError>;

    /// The organization's signing keys, oldest first.
    async fn signing_keys(
        &self,
        organization: OrganizationId,
    ) -> Result<Vec<SigningKey>, StoreError>;

    /// Keeps the first key of an organization; [`StoreError::Taken`] when it has one.
    async fn create_signing_key(
        &self,
        organization: OrganizationId,
        key: &SigningKey,
    ) -> Result<(), StoreError>;

    /// Puts `key` in the place of the one in force, whose number is one less, together with a
    /// checkpoint signed by both. A checkpoint of that size and root is replaced by this one, which
    /// has one signature more. [`StoreError::Taken`] when another key is in force,
    /// [`StoreError::Inconsistent`] when that size is signed with another root.
    async fn rotate_signing_key(
        &self,
        organization: OrganizationId,
        key: &SigningKey,
        checkpoint: &Checkpoint,
    ) -> Result<(), StoreError>;

    /// Keeps a checkpoint signed by the key with the number `key`, and gives the one that is kept
    /// of its size: an earlier one stays. [`StoreError::Inconsistent`] when that has another root,
    /// or the log has fewer entries than it says; [`StoreError::Missing`] when the key is not in
    /// force any more, so that nothing was kept.
    async fn keep_checkpoint(
        &self,
        organization: OrganizationId,
        checkpoint: &Checkpoint,
        key: u32,
    ) -> Result<Checkpoint, StoreError>;

    /// The checkpoint of a size, or the one of the largest size.
    async fn checkpoint(
        &self,
        organization: OrganizationId,
        size: Option<u64>,
    ) -> Result<Option<Checkpoint>, StoreError>;

    /// Checkpoints by size, from the first above `after` on.
    async fn checkpoints(
        &self,
        organization: OrganizationId,
        after: Option<u64>,
        limit: usize,
    ) -> Result<Page<Checkpoint, u64>, StoreError>;
}
