//! What every adapter is tested with: one contract suite, run on each database, and a model in
//! memory that the random part is compared with.

#![expect(clippy::unwrap_used, reason = "this is test code, in a crate for other crates' tests")]
#![expect(clippy::print_stdout, reason = "a random test prints its seed")]

mod contract;
mod make;
mod measure;
mod model;
mod random;

pub use contract::contract;
pub use make::Maker;
pub use measure::measure_facts;
pub use model::Model;
pub use random::random_operations;

use crate::Store;
use async_trait::async_trait;
use domain::{Entropy, FixedClock, SeededEntropy, Timestamp};
use std::{
    collections::hash_map::RandomState,
    hash::{BuildHasher, Hasher},
    sync::Arc,
};

/// Opens an adapter for the suite.
#[async_trait]
pub trait Harness: Send + Sync {
    /// Another handle of the same database, whose clock and entropy are these. An adapter that
    /// lets one process alone have a database gives the same handle again.
    async fn open(&self, clock: Arc<FixedClock>, entropy: Arc<dyn Entropy>) -> Arc<dyn Store>;
}

/// The instant at which the suite's clocks start.
pub fn start_time() -> Timestamp {
    Timestamp::from_micros(1_760_000_000_000_000)
}

/// A seed that differs from run to run, printed so that a failure can be had again with
/// `ATTESTRY_TEST_SEED`, which the caller passes as `wanted`.
pub fn seed(wanted: Option<u64>) -> u64 {
    let seed = wanted.unwrap_or_else(|| RandomState::new().build_hasher().finish());
    println!("seed {seed}");
    seed
}

/// Two handles on one database.
pub async fn two_handles(harness: &dyn Harness, seed: u64) -> [Arc<dyn Store>; 2] {
    let clock = Arc::new(FixedClock::new(start_time()));
    [
        harness.open(clock.clone(), Arc::new(SeededEntropy::new(seed))).await,
        harness.open(clock, Arc::new(SeededEntropy::new(seed ^ 0x5eed))).await,
    ]
}
