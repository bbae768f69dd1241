//! A bounded memory of blocks of objects: files of a course lie close together in its package, so
//! that one request serves many of them.

use bytes::Bytes;
use domain::{OrganizationId, Sha256Digest};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::OnceCell;

/// Bytes fetched at a time.
pub(super) const BLOCK_BYTES: u64 = 1 << 20;
/// Blocks that are kept however small the limit is: one that is read, one that is fetched ahead,
/// and as many for a second reader.
const BLOCKS_MIN: usize = 4;

/// Which bytes: those of an object from `index * BLOCK_BYTES` on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct BlockId {
    pub(super) organization: OrganizationId,
    pub(super) digest: Sha256Digest,
    pub(super) index: u64,
}

/// Filled once by the first who asks; the others wait for it.
pub(super) type Block = Arc<OnceCell<Bytes>>;

#[derive(Debug)]
pub(super) struct Blocks {
    most: usize,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    blocks: HashMap<BlockId, (u64, Block)>,
    /// Counts uses: the block with the lowest number was not used for longest.
    uses: u64,
}

impl Blocks {
    /// Keeps so many bytes at most.
    pub(super) fn new(bytes_max: u64) -> Self {
        let most = usize::try_from(bytes_max / BLOCK_BYTES).unwrap_or(usize::MAX).max(BLOCKS_MIN);
        Self { most, kept: Mutex::default() }
    }

    /// The block, perhaps still empty; it is the last to be given up from now on.
    pub(super) fn block(&self, id: BlockId) -> Block {
        let mut kept = self.kept();
        kept.uses += 1;
        let uses = kept.uses;
        if let Some((used, block)) = kept.blocks.get_mut(&id) {
            *used = uses;
            return block.clone();
        }
        if kept.blocks.len() >= self.most {
            let oldest = kept.blocks.iter().min_by_key(|(_, (used, _))| *used).map(|(id, _)| *id);
            kept.blocks.remove(&oldest.expect("at least one is kept"));
        }
        let block = Block::default();
        kept.blocks.insert(id, (uses, block.clone()));
        block
    }

    /// Whether the block is here or on its way.
    pub(super) fn knows(&self, id: BlockId) -> bool {
        self.kept().blocks.contains_key(&id)
    }

    /// Gives up the blocks of an object.
    pub(super) fn forget(&self, organization: OrganizationId, digest: Sha256Digest) {
        let is_of = |id: &BlockId| id.organization == organization && id.digest == digest;
        self.kept().blocks.retain(|id, _| !is_of(id));
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{SeededEntropy, Timestamp};

    fn id(index: u64) -> BlockId {
        let organization = OrganizationId::generate(Timestamp::UNIX_EPOCH, &SeededEntropy::new(3));
        BlockId { organization, digest: Sha256Digest::of(b"zip"), index }
    }

    #[test]
    fn what_was_not_used_for_longest_is_given_up() {
        let blocks = Blocks::new(4 * BLOCK_BYTES);
        for index in 0..4 {
            blocks.block(id(index));
        }
        blocks.block(id(0));
        blocks.block(id(4));
        let known: Vec<u64> = (0..5).filter(|index| blocks.knows(id(*index))).collect();
        assert_eq!(known, [0, 2, 3, 4]);
    }

    #[test]
    fn a_block_is_shared_and_forgotten_with_its_object() {
        let blocks = Blocks::new(0);
        let (first, again) = (blocks.block(id(1)), blocks.block(id(1)));
        assert!(Arc::ptr_eq(&first, &again));
        blocks.forget(id(1).organization, Sha256Digest::of(b"other"));
        assert!(blocks.knows(id(1)));
        blocks.forget(id(1).organization, id(1).digest);
        assert!(!blocks.knows(id(1)));
    }
}
