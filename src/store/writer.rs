//! Group commit: one task per open store takes what waits and commits it in one transaction.

use crate::{
    Append, AppendError, Appended, PoolActivity, StoreActivity, StoreError, activity::Commits,
};
use async_trait::async_trait;
use domain::Timestamp;
use std::{
    future::poll_fn,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering},
    },
    task::Poll,
    time::Instant,
};
use tokio::sync::{mpsc, oneshot, watch};

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
    /// Bytes that may wait, those of the transaction under way included; what would exceed them is
    /// refused. A unit that finds nothing waiting is taken whatever its size.
    pub queue_bytes_max: usize,
    /// Units in one transaction.
    pub commit_units_max: usize,
    /// Statements in one transaction; one unit with more goes alone.
    pub commit_statements_max: usize,
}

impl Default for QueueLimits {
    fn default() -> Self {
        Self {
            queue_requests_max: 4_096,
            queue_bytes_max: 128 << 20,
            commit_units_max: 512,
            commit_statements_max: 2_000,
        }
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
    /// The bytes of those units.
    bytes: AtomicUsize,
    /// Microseconds up to which readers were told that nothing will be added.
    promised: AtomicI64,
    /// Whether the last transaction failed because the database was not available.
    in_trouble: AtomicBool,
    commits: Commits,
}

/// Counts a unit as in flight while it lives.
struct Flight {
    shared: Arc<Shared>,
    bytes: usize,
}

impl Flight {
    /// Takes in a unit of so many bytes; `None` when that would be too many at once.
    fn begin(shared: &Arc<Shared>, bytes: usize, bytes_max: usize) -> Option<Self> {
        shared.in_flight.fetch_add(1, Ordering::SeqCst);
        let before = shared.bytes.fetch_add(bytes, Ordering::SeqCst);
        // Made first, so that a refusal takes back what was counted.
        let flight = Self { shared: Arc::clone(shared), bytes };
        (before == 0 || before.saturating_add(bytes) <= bytes_max).then_some(flight)
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        self.shared.bytes.fetch_sub(self.bytes, Ordering::SeqCst);
        self.shared.in_flight.fetch_sub(1, Ordering::SeqCst);
    }
}

/// The queue in front of an adapter. When it is closed or dropped, the task finishes what waits
/// and ends.
#[derive(Debug, Clone)]
pub struct Writer {
    /// Gone once the writer is closed.
    queue: Arc<Mutex<Option<mpsc::Sender<Waiting>>>>,
    /// Its other end goes when the task ends.
    ended: watch::Receiver<()>,
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
        let (running, ended) = watch::channel(());
        let shared = Arc::new(Shared::default());
        let task = run(adapter, waiting, Arc::clone(&shared), limits);
        tokio::spawn(async move {
            task.await;
            drop(running);
        });
        Self { queue: Arc::new(Mutex::new(Some(queue))), ended, shared, limits }
    }

    /// Queues a unit and waits for its commit.
    pub async fn append(&self, unit: Append) -> Result<Appended, AppendError> {
        let QueueLimits { queue_requests_max, queue_bytes_max, .. } = self.limits;
        let flight = Flight::begin(&self.shared, unit.bytes(), queue_bytes_max)
            .ok_or(AppendError::Busy { limit: "queue_bytes_max", most: queue_bytes_max })?;
        let (reply, answer) = oneshot::channel();
        {
            let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
            let queue = queue.as_ref().ok_or_else(stopped)?;
            queue.try_send(Waiting { unit, reply, flight }).map_err(|error| match error {
                mpsc::error::TrySendError::Full(_) => {
                    AppendError::Busy { limit: "queue_requests_max", most: queue_requests_max }
                }
                mpsc::error::TrySendError::Closed(_) => stopped(),
            })?;
        }
        answer.await.unwrap_or_else(|_| Err(stopped()))
    }

    /// Takes nothing more in, and returns when all that waited has been committed and answered.
    pub async fn close(&self) {
        drop(self.queue.lock().unwrap_or_else(PoisonError::into_inner).take());
        let mut ended = self.ended.clone();
        while ended.changed().await.is_ok() {}
    }

    /// What it has done and is doing, beside these pools.
    pub fn activity(&self, pools: Vec<PoolActivity>) -> StoreActivity {
        let queued = self.shared.in_flight.load(Ordering::SeqCst);
        self.shared.commits.activity(queued, self.limits.queue_requests_max, pools)
    }

    /// Promises that nothing will be stored at `now` or earlier, when nothing is in flight; else
    /// nothing is promised.
    pub fn promise(&self, now: Timestamp) -> bool {
        // The promise comes first: a unit that is taken in after the look at the counter reads it.
        self.shared.promised.fetch_max(now.micros(), Ordering::SeqCst);
        self.shared.in_flight.load(Ordering::SeqCst) == 0
    }

    /// Whether the last transaction failed because the database was not available, and neither
    /// another one nor a [trial](Self::recovered) has succeeded since.
    pub fn in_trouble(&self) -> bool {
        self.shared.in_trouble.load(Ordering::SeqCst)
    }

    /// Notes that a write has succeeded on another way.
    pub fn recovered(&self) {
        self.shared.in_trouble.store(false, Ordering::SeqCst);
    }
}

fn stopped() -> AppendError {
    AppendError::Store(StoreError::unavailable(Stopped))
}

#[derive(Debug, thiserror::Error)]
#[error("the store is shutting down")]
struct Stopped;

#[derive(Debug, thiserror::Error)]
#[error("the commit ended by a panic, which is logged above")]
struct Panicked;

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
    let answers = match attempt(adapter, &units, shared).await {
        Ok(answers) => answers,
        // One unit's fault must not hurt the others: each gets a transaction of its own.
        Err(StoreError::Refused { .. } | StoreError::Inconsistent { .. }) if units.len() > 1 => {
            let mut answers = Vec::with_capacity(units.len());
            for unit in &units {
                let answer = attempt(adapter, std::slice::from_ref(unit), shared).await;
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

type Answers = Vec<Result<Appended, AppendError>>;

/// One transaction. A mistake in the adapter or the plan ends it and not the task: the store must
/// go on taking what is right.
async fn attempt(
    adapter: &impl Commit,
    units: &[Append],
    shared: &Shared,
) -> Result<Answers, StoreError> {
    let floor = Timestamp::from_micros(shared.promised.load(Ordering::SeqCst));
    let mut work = adapter.commit(units, floor);
    let outcome = poll_fn(|context| {
        let polled = catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context)));
        polled.unwrap_or_else(|_| Poll::Ready(Err(StoreError::refused(Panicked))))
    });
    let begin = Instant::now();
    let outcome = outcome.await;
    let stored = outcome.as_ref().ok().map(|answers| {
        let statements = answers.iter().flatten().flat_map(|appended| &appended.statements);
        statements.filter(|statement| statement.new).count()
    });
    shared.commits.ended(units.len(), stored, begin.elapsed());
    let unavailable = matches!(outcome, Err(StoreError::Unavailable { .. }));
    shared.in_trouble.store(unavailable, Ordering::SeqCst);
    outcome
}

fn alone(answer: Result<Answers, StoreError>) -> Result<Appended, AppendError> {
    answer?.pop().unwrap_or_else(|| Err(stopped()))
}

#[cfg(test)]
mod tests;
