//! Tiles and entry bundles: computed from the entries, kept once they are complete.

use super::{LedgerError, require_reader};
use crate::{App, AppError, Caller};
use ::ledger::{ProofPlan, TILE_WIDTH, Tile, TileFile, Tiles, bundle, complete_root, leaf_hash};
use domain::{OrganizationId, Sha256Digest};
use std::collections::BTreeSet;
use store::{CompleteTile, Position};

/// Tiles that are computed and kept at a time: of level 0 that takes their 4,096 entries into
/// memory, some 2 MB.
const TILES_AT_ONCE: u64 = 16;

impl App {
    /// The hash tile that `path` names (from behind `tile/`), as the bytes of its file; `None` when
    /// there is none of that name in the last signed tree. Anybody may have it.
    pub async fn tile_file(
        &self,
        organization: OrganizationId,
        path: &str,
    ) -> Result<Option<Vec<u8>>, LedgerError> {
        let Some(TileFile::Hashes(tile)) = TileFile::parse(path) else { return Ok(None) };
        if !self.is_signed(organization, tile).await? {
            return Ok(None);
        }
        let hashes = self.tile_hashes(organization, tile).await?;
        Ok(Some(hashes.iter().flat_map(|hash| *hash.as_bytes()).collect()))
    }

    /// The entry bundle that `path` names. `caller` is not needed when entries are public.
    pub async fn entry_bundle(
        &self,
        organization: OrganizationId,
        caller: Option<&Caller>,
        path: &str,
    ) -> Result<Option<Vec<u8>>, LedgerError> {
        if !self.settings.ledger_entries_public {
            let caller = caller.filter(|caller| caller.organization == organization);
            require_reader(caller.ok_or(AppError::NotFound("organization"))?)?;
        }
        let Some(TileFile::Entries(tile)) = TileFile::parse(path) else { return Ok(None) };
        if !self.is_signed(organization, tile).await? {
            return Ok(None);
        }
        let (from, width) = (Position::new(tile.first()), usize::from(tile.width()));
        let mut entries = self.store.lagging().entries(organization, from, width).await?;
        if entries.len() < width {
            // A replica does not have all of them yet; those that it has are as they are.
            entries = self.store.entries(organization, from, width).await?;
        }
        let bytes = bundle(entries.iter().map(|entry| entry.entry.as_slice()));
        bytes.map(Some).ok_or(LedgerError::Broken { size: tile.first() })
    }

    /// Whether everybody may read the entries.
    pub const fn are_entries_public(&self) -> bool {
        self.settings.ledger_entries_public
    }

    /// Only what a checkpoint vouches for is handed out.
    async fn is_signed(
        &self,
        organization: OrganizationId,
        tile: Tile,
    ) -> Result<bool, LedgerError> {
        let signed = self.store.checkpoint(organization, None).await?;
        Ok(signed.is_some_and(|signed| tile.is_in(signed.size)))
    }

    /// A tile's hashes: as they are kept, else computed from what is below it.
    async fn tile_hashes(
        &self,
        organization: OrganizationId,
        tile: Tile,
    ) -> Result<Vec<Sha256Digest>, LedgerError> {
        let broken = || LedgerError::Broken { size: tile.first() };
        let width = usize::from(tile.width());
        if tile.is_complete()
            && let Some(kept) = self.store.tile(organization, tile.level(), tile.index()).await?
        {
            let hashes = ::ledger::hashes_of(&kept.hashes);
            return hashes.filter(|hashes| hashes.len() == width).ok_or_else(broken);
        }
        let hashes = match tile.level().checked_sub(1) {
            None => {
                let from = Position::new(tile.first());
                let entries = self.store.entries(organization, from, width).await?;
                entries.iter().map(|entry| leaf_hash(&entry.entry)).collect()
            }
            Some(below) => self.store.tile_roots(organization, below, tile.first(), width).await?,
        };
        if hashes.len() == width { Ok(hashes) } else { Err(broken()) }
    }

    /// Computes and keeps the complete tiles of a tree of `size` entries that are not kept yet.
    pub(super) async fn fill_tiles(
        &self,
        organization: OrganizationId,
        size: u64,
    ) -> Result<(), LedgerError> {
        for level in 0..8 {
            let complete = size >> (8 * (u32::from(level) + 1));
            let mut kept = self.store.tiles_kept(organization, level).await?;
            if complete == 0 {
                break;
            }
            while kept < complete {
                let next = (kept + TILES_AT_ONCE).min(complete);
                let tiles = self.compute_tiles(organization, level, kept, next).await?;
                self.store.keep_tiles(organization, &tiles).await?;
                kept = next;
            }
        }
        Ok(())
    }

    async fn compute_tiles(
        &self,
        organization: OrganizationId,
        level: u8,
        first: u64,
        end: u64,
    ) -> Result<Vec<CompleteTile>, LedgerError> {
        let broken = || LedgerError::Broken { size: first * u64::from(TILE_WIDTH) };
        let begin = first * u64::from(TILE_WIDTH);
        let count = usize::try_from((end - first) * u64::from(TILE_WIDTH)).map_err(|_| broken())?;
        let hashes: Vec<Sha256Digest> = match level.checked_sub(1) {
            None => {
                let from = Position::new(begin);
                let entries = self.store.entries(organization, from, count).await?;
                entries.iter().map(|entry| leaf_hash(&entry.entry)).collect()
            }
            Some(below) => self.store.tile_roots(organization, below, begin, count).await?,
        };
        if hashes.len() != count {
            return Err(broken());
        }
        let tiles = (first..end).zip(hashes.chunks(usize::from(TILE_WIDTH)));
        Ok(tiles.map(|(index, hashes)| complete_tile(level, index, hashes)).collect())
    }

    /// The root of the tree of `size` entries, from tiles and entries.
    pub(super) async fn root_at(
        &self,
        organization: OrganizationId,
        size: u64,
    ) -> Result<Sha256Digest, LedgerError> {
        let root = self.proof_hashes(organization, &ProofPlan::root(size)).await?;
        Ok(root.first().copied().unwrap_or_else(|| Sha256Digest::of(b"")))
    }

    /// The hashes of a proof.
    pub(super) async fn proof_hashes(
        &self,
        organization: OrganizationId,
        plan: &ProofPlan,
    ) -> Result<Vec<Sha256Digest>, LedgerError> {
        let wanted: BTreeSet<Tile> = plan.tiles();
        let mut tiles = Tiles::default();
        for tile in wanted {
            tiles.insert(tile, self.tile_hashes(organization, tile).await?);
        }
        Ok(plan.hashes(&tiles).expect("every tile that the proof needs is there"))
    }
}

/// The tile over these 256 hashes.
pub(super) fn complete_tile(level: u8, index: u64, hashes: &[Sha256Digest]) -> CompleteTile {
    CompleteTile {
        level,
        index,
        root: complete_root(hashes).expect("256 is a power of two"),
        hashes: hashes.iter().flat_map(|hash| *hash.as_bytes()).collect(),
    }
}
