//! The store on `PostgreSQL`, for when one machine is outgrown. Several nodes may write at once: a
//! commit holds the row of its organization's log, so that positions follow each other without
//! gaps in the order of commits.

mod activity;
mod apply;
mod archive;
mod attachments;
mod claims;
mod commit;
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
mod registrations;
mod replica;
mod statements;
mod users;
mod vocabulary;

pub use archive::{PostgresArchive, PostgresArchiveTarget};
pub use open::{OpenError, PostgresOptions, PostgresStore};
pub use replica::ReplicaOptions;
