//! The tamper-evident log, as pure functions: what an entry commits to. (Its Merkle tree,
//! checkpoints and proofs stand on these bytes.)

mod canonical;
mod clear;
mod entry;
mod tree;

pub use clear::ClearText;
pub use entry::{
    ClaimText, EntryObject, ErasureEntry, ReferenceEntry, SALT_BYTES, Salt, StatementEntry,
    actor_prefix,
};
pub use tree::{Frontier, HASH_BYTES, hashes_of, leaf_hash, node_hash};
