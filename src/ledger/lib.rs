//! The tamper-evident log, as pure functions: what an entry commits to. (Its Merkle tree,
//! checkpoints and proofs stand on these bytes.)

mod canonical;
mod clear;
mod entry;

pub use clear::ClearText;
pub use entry::{EntryObject, ReferenceEntry, SALT_BYTES, Salt, StatementEntry};
