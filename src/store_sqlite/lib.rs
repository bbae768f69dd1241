//! The store on `SQLite`: one file, one writer, as many readers as are asked for.
//!
//! WAL and `synchronous = FULL`: a commit that was answered survives a power cut. Checkpoints run
//! beside the commits, not in them.

mod activity;
mod apply;
mod archive;
mod attachments;
mod checkpoint;
mod claims;
mod commit;
mod connections;
mod courses;
mod credentials;
mod documents;
mod erasure;
mod error;
mod events;
mod facts;
mod launches;
mod ledger;
mod load;
mod log;
mod notices;
mod open;
mod organizations;
mod pack;
mod registrations;
mod statements;
mod users;
mod vocabulary;

pub use archive::{SqliteArchive, SqliteArchiveTarget};
pub use open::{OpenError, SqliteOptions, SqliteStore};
