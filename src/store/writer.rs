//! Group commit: one task per open store takes what waits and commits it in one transaction.

use crate::{Append, AppendError, Appended, StoreError};
use async_trait::async_trait;
use domain::Timestamp;
use std::sync::{
    Arc,
    atomic::{AtomicI64, AtomicUsize, Ordering},
};
use tokio::sync::{mpsc, oneshot};

/// What an adapter does for the writer.
#[async_trait]
pub trait Commit: Send + Sync + 'static {
    /// Commits these units, of whichever organizations, in one transaction, in their order. No
    /// entry gets a `stored` of `floor` or earlier. The answers are in the units' order; an error
    /// means that nothing was written.
    async fn commit(
        &self,
        units: &[Append],
        floor: Timestamp,
    ) -> Result<Vec<Result<Appended, AppendError>>, StoreError>;
}

/// How much may wait, and how much goes into one transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueLimits {
    /// Units that may wait; more are refused.
    pub queue_requests_max: usize,
    /// Units in one transaction.
    pub commit_units_max: usize,
    /// Statements in one transaction; one unit with more goes alone.
    pub commit_statements_max: usize,
}

impl Default for QueueLimits {
    fn default() -> Self {
        Self { queue_requests_max: 4_096, commit_units_max: 512, commit_statements_max: 2_000 }
    }
}

struct Waiting {
    unit: Append,
    reply: oneshot::Sender<Result<Appended, AppendError>>,
    flight: Flight,
}

/// What the writer and its readers share.
#[derive(Debug, Default)]
struct Shared {
    /// Units that were taken in and not answered yet.
    in_flight: AtomicUsize,
    /// Microseconds up to which readers were told that nothing will be added.
    promised: AtomicI64,
}

/// Counts a unit as in flight while it lives.
struct Flight(Arc<Shared>);

impl Flight {
    fn new(shared: &Arc<Shared>) -> Self {
        shared.in_flight.fetch_add(1, Ordering::SeqCst);
        Self(Arc::clone(shared))
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::SeqCst);
    }
}

/// The queue in front of an adapter. When it is dropped, the task finishes what waits and ends.
#[derive(Debug, Clone)]
pub struct Writer {
    queue: mpsc::Sender<Waiting>,
    shared: Arc<Shared>,
    limits: QueueLimits,
}

impl std::fmt::Debug for Waiting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Waiting")
            .field("organization", &self.unit.organization)
            .finish_non_exhaustive()
    }
}

impl Writer {
    /// Starts the task, on the runtime of the caller.
    pub fn start(adapter: impl Commit, limits: QueueLimits) -> Self {
        let (queue, waiting) = mpsc::channel(limits.queue_requests_max.max(1));
        let shared = Arc::new(Shared::default());
        tokio::spawn(run(adapter, waiting, Arc::clone(&shared), limits));
        Self { queue, shared, limits }
    }

    /// Queues a unit and waits for its commit.
    pub async fn append(&self, unit: Append) -> Result<Appended, AppendError> {
        let flight = Flight::new(&self.shared);
        let (reply, answer) = oneshot::channel();
        self.queue.try_send(Waiting { unit, reply, flight }).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => {
                AppendError::Busy { queue_requests_max: self.limits.queue_requests_max }
            }
            mpsc::error::TrySendError::Closed(_) => stopped(),
        })?;
        answer.await.unwrap_or_else(|_| Err(stopped()))
    }

    /// Promises that nothing will be stored at `now` or earlier, when nothing is in flight; else
    /// nothing is promised.
    pub fn promise(&self, now: Timestamp) -> bool {
        // The promise comes first: a unit that is taken in after the look at the counter reads it.
        self.shared.promised.fetch_max(now.micros(), Ordering::SeqCst);
        self.shared.in_flight.load(Ordering::SeqCst) == 0
    }
}

fn stopped() -> AppendError {
    AppendError::Store(StoreError::unavailable(Stopped))
}

#[derive(Debug, thiserror::Error)]
#[error("the store is shutting down")]
struct Stopped;

async fn run(
    adapter: impl Commit,
    mut queue: mpsc::Receiver<Waiting>,
    shared: Arc<Shared>,
    limits: QueueLimits,
) {
    let mut kept = None;
    loop {
        let first = match kept.take() {
            Some(waiting) => waiting,
            None => match queue.recv().await {
                Some(waiting) => waiting,
                None => return,
            },
        };
        let mut statements = first.unit.statements.len();
        let mut batch = vec![first];
        while batch.len() < limits.commit_units_max
            && let Ok(waiting) = queue.try_recv()
        {
            statements += waiting.unit.statements.len();
            if statements > limits.commit_statements_max {
                kept = Some(waiting);
                break;
            }
            batch.push(waiting);
        }
        commit(&adapter, batch, &shared).await;
    }
}

async fn commit(adapter: &impl Commit, batch: Vec<Waiting>, shared: &Shared) {
    let mut units = Vec::with_capacity(batch.len());
    let mut replies = Vec::with_capacity(batch.len());
    for Waiting { unit, reply, flight } in batch {
        units.push(unit);
        replies.push((reply, flight));
    }
    let floor = || Timestamp::from_micros(shared.promised.load(Ordering::SeqCst));
    let answers = match adapter.commit(&units, floor()).await {
        Ok(answers) => answers,
        // One unit's fault must not hurt the others: each gets a transaction of its own.
        Err(StoreError::Refused { .. } | StoreError::Inconsistent { .. }) if units.len() > 1 => {
            let mut answers = Vec::with_capacity(units.len());
            for unit in &units {
                let answer = adapter.commit(std::slice::from_ref(unit), floor()).await;
                answers.push(alone(answer));
            }
            answers
        }
        Err(error) => units.iter().map(|_| Err(AppendError::Store(error.clone()))).collect(),
    };
    for ((reply, flight), answer) in replies.into_iter().zip(answers) {
        drop(flight);
        // Who no longer waits gets no answer.
        let _ = reply.send(answer);
    }
}

fn alone(
    answer: Result<Vec<Result<Appended, AppendError>>, StoreError>,
) -> Result<Appended, AppendError> {
    answer?.pop().unwrap_or_else(|| Err(stopped()))
}
