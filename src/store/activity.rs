//! What an open store has done and is doing, in numbers that name nobody: for operators.

use domain::{Distribution, Histogram};
use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

/// Microseconds: from an idle disk's commit to one that has everybody waiting.
const COMMIT_MICROS: &[u64] = &[
    500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000,
    5_000_000,
];
/// Units that share a transaction.
const COMMIT_UNITS: &[u64] = &[1, 2, 4, 8, 16, 32, 64, 128, 256, 512];

/// The numbers of an open store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreActivity {
    /// Units that wait or are being committed.
    pub queued: usize,
    /// How many units may wait.
    pub queue_requests_max: usize,
    /// Statements committed since the store was opened.
    pub statements: u64,
    /// Transactions that failed, so that nothing of them was written.
    pub failures: u64,
    /// How long transactions took, in microseconds.
    pub commit_micros: Distribution,
    /// How many units shared a transaction.
    pub commit_units: Distribution,
    /// The pools of connections, by what they are for.
    pub pools: Vec<PoolActivity>,
    /// The replica that serves what may lag, if there is one.
    pub replica: Option<ReplicaActivity>,
}

/// A replica.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplicaActivity {
    /// Whether it serves reads now; else the store itself serves them.
    pub serving: bool,
    /// How far it was behind when it was looked at last; `None` when it could not be learned.
    pub lag: Option<Duration>,
    /// Reads that it should have served and the store itself had to.
    pub fallbacks: u64,
}

/// A pool of connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolActivity {
    /// What it is for.
    pub name: &'static str,
    /// Connections there are.
    pub open: u32,
    /// Those of them that nobody uses.
    pub idle: usize,
    /// How many there may be.
    pub most: u32,
}

/// What an open store has done, told without waiting for it.
pub trait Activity {
    /// The numbers of now.
    fn activity(&self) -> StoreActivity;
}

/// What a writer counts.
#[derive(Debug)]
pub(crate) struct Commits {
    statements: AtomicU64,
    failures: AtomicU64,
    micros: Histogram,
    units: Histogram,
}

impl Default for Commits {
    fn default() -> Self {
        Self {
            statements: AtomicU64::new(0),
            failures: AtomicU64::new(0),
            micros: Histogram::new(COMMIT_MICROS),
            units: Histogram::new(COMMIT_UNITS),
        }
    }
}

impl Commits {
    /// A transaction of so many units has ended; `statements` is what it stored, if it did not
    /// fail.
    pub(crate) fn ended(&self, units: usize, statements: Option<usize>, took: Duration) {
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        match statements {
            Some(stored) => {
                self.statements.fetch_add(count(stored), Ordering::Relaxed);
            }
            None => {
                self.failures.fetch_add(1, Ordering::Relaxed);
            }
        }
        self.micros.observe(u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
        self.units.observe(count(units));
    }

    /// The numbers of now, with what else there is to tell.
    pub(crate) fn activity(
        &self,
        queued: usize,
        queue_requests_max: usize,
        pools: Vec<PoolActivity>,
    ) -> StoreActivity {
        StoreActivity {
            queued,
            queue_requests_max,
            statements: self.statements.load(Ordering::Relaxed),
            failures: self.failures.load(Ordering::Relaxed),
            commit_micros: self.micros.distribution(),
            commit_units: self.units.distribution(),
            pools,
            replica: None,
        }
    }
}
