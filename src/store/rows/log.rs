//! Rows of the ledger.

use super::{Cell, Read, instant};
use crate::{Checkpoint, CompleteTile, LedgerHead, SigningKey, StoreError};
use domain::Sha256Digest;
use ledger::{Frontier, Salt};

#[derive(Debug)]
pub struct HeadRow {
    pub next_position: i64,
    pub stored: i64,
    pub frontier: Vec<u8>,
}

impl TryFrom<HeadRow> for LedgerHead {
    type Error = StoreError;

    fn try_from(row: HeadRow) -> Read<Self> {
        Ok(Self {
            frontier: frontier(row.next_position, &row.frontier)?,
            stored: instant(row.stored),
        })
    }
}

/// The right edge of a ledger of `next_position` entries.
pub fn frontier(next_position: i64, hashes: &[u8]) -> Read<Frontier> {
    let cell = Cell("log_head", "frontier", &next_position);
    Frontier::from_bytes(cell.number(next_position)?, hashes).ok_or_else(|| cell.wrong())
}

#[derive(Debug)]
pub struct TileRow {
    pub level: i64,
    pub tile_index: i64,
    pub root: Vec<u8>,
    pub hashes: Vec<u8>,
}

impl TryFrom<TileRow> for CompleteTile {
    type Error = StoreError;

    fn try_from(row: TileRow) -> Read<Self> {
        let key = format!("{} {}", row.level, row.tile_index);
        Ok(Self {
            level: Cell("ledger_tile", "level", &key).number(row.level)?,
            index: Cell("ledger_tile", "tile_index", &key).number(row.tile_index)?,
            root: Cell("ledger_tile", "root", &key).digest(&row.root)?,
            hashes: row.hashes,
        })
    }
}

/// The roots of tiles that follow each other.
pub fn tile_roots(first: i64, roots: &[Vec<u8>]) -> Read<Vec<Sha256Digest>> {
    roots.iter().map(|root| Cell("ledger_tile", "root", &first).digest(root)).collect()
}

/// A salt that `actor_salt` found.
pub fn salt(bytes: &[u8]) -> Read<Salt> {
    Cell("term", "salt", &"an actor").salt(bytes)
}

#[derive(Debug)]
pub struct CheckpointRow {
    pub size: i64,
    pub root: Vec<u8>,
    pub note: String,
    pub signed_at: i64,
}

impl TryFrom<CheckpointRow> for Checkpoint {
    type Error = StoreError;

    fn try_from(row: CheckpointRow) -> Read<Self> {
        Ok(Self {
            size: Cell("checkpoint", "size", &row.size).number(row.size)?,
            root: Cell("checkpoint", "root", &row.size).digest(&row.root)?,
            note: row.note,
            signed_at: instant(row.signed_at),
        })
    }
}

/// Whether `checkpoint` may be kept beside what is there: a size has one root, of entries that are
/// committed.
pub fn fits(checkpoint: &Checkpoint, next_position: i64, kept: Option<&Checkpoint>) -> Read<()> {
    let (size, cell) = (checkpoint.size, Cell("checkpoint", "root", &checkpoint.size));
    let committed: u64 = Cell("log_head", "next_position", &size).number(next_position)?;
    if size > committed || kept.is_some_and(|kept| kept.root != checkpoint.root) {
        return Err(cell.wrong());
    }
    Ok(())
}

#[derive(Debug)]
pub struct SigningKeyRow {
    pub number: i64,
    pub origin: String,
    pub public_key: Vec<u8>,
    pub secret: Vec<u8>,
    pub created_at: i64,
    pub retired_at: Option<i64>,
}

impl TryFrom<SigningKeyRow> for SigningKey {
    type Error = StoreError;

    fn try_from(row: SigningKeyRow) -> Read<Self> {
        let public = Cell("signing_key", "public_key", &row.number);
        Ok(Self {
            number: Cell("signing_key", "number", &row.number).number(row.number)?,
            origin: row.origin,
            public: row.public_key.try_into().map_err(|_| public.wrong())?,
            sealed_secret: row.secret,
            created_at: instant(row.created_at),
            retired_at: row.retired_at.map(instant),
        })
    }
}
