//! What the use cases promise, each promise a test: on a real store, with a clock that stands still
//! until it is moved.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod access;
mod acknowledgements;
mod attestations;
mod audit;
mod documents;
mod facts;
mod import;
mod launch;
mod ledger;
mod moves;
mod packages;
mod play;
mod registrations;
mod replay;
mod rerun;
mod results;
mod sequencing;
mod settings;
mod silence;
mod statements;
mod trial;
mod versions;
mod world;
