//! The tamper-evident log, as pure functions: what an entry commits to, the Merkle tree over the
//! entries (RFC 6962), how it is published and signed (C2SP tlog-tiles, tlog-checkpoint,
//! signed-note, tlog-proof), and how all of it is verified.

mod attestation;
mod bundle;
mod canonical;
mod checkpoint;
mod clear;
mod entry;
mod note;
mod proof;
mod proof_text;
mod tile;
mod tree;

pub use attestation::{ATTESTATION_FORMAT, Attested};
pub use bundle::{ENTRY_BYTES_MAX, bundle, unbundle};
pub use checkpoint::TreeHead;
pub use clear::ClearText;
pub use entry::{
    ClaimText, EntryError, EntryObject, ErasureEntry, ReferenceEntry, SALT_BYTES, Salt,
    StatementEntry, actor_prefix, has_claim, logged_actor, logged_body,
};
pub use note::{NOTE_BYTES_MAX, Note, NoteError, SignerKey, VerifierKey, sign};
pub use proof::{InclusionProof, ProofPlan, proves_consistency, proves_inclusion};
pub use proof_text::ProofText;
pub use tile::{TILE_WIDTH, Tile, TileFile, Tiles, complete_root};
pub use tree::{Frontier, HASH_BYTES, hashes_of, leaf_hash, node_hash};
