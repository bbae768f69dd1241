//! The queue, in front of an adapter that does as it is told.

use super::{Commit, QueueLimits, Writer};
use crate::{Append, AppendError, Appended, NewEvent, StoreError, events::EventOp};
use async_trait::async_trait;
use domain::{OrganizationId, SeededEntropy, Timestamp};
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};
use tokio::sync::Semaphore;

/// Takes a permit for every transaction, and keeps how many units each had.
#[derive(Clone)]
struct Adapter {
    gate: Arc<Semaphore>,
    done: Arc<Mutex<Vec<usize>>>,
    begun: Arc<AtomicUsize>,
    out_of_space: Arc<AtomicBool>,
}

impl Adapter {
    fn new(permits: usize) -> Self {
        Self {
            gate: Arc::new(Semaphore::new(permits)),
            done: Arc::default(),
            begun: Arc::default(),
            out_of_space: Arc::default(),
        }
    }

    fn sizes(&self) -> Vec<usize> {
        self.done.lock().unwrap().clone()
    }

    /// Waits until a transaction has begun: what was first in the queue is out of it.
    async fn began(&self, transactions: usize) {
        while self.begun.load(Ordering::SeqCst) < transactions {
            tokio::task::yield_now().await;
        }
    }
}

#[async_trait]
impl Commit for Adapter {
    async fn commit(
        &self,
        units: &[Append],
        _floor: Timestamp,
    ) -> Result<Vec<Result<Appended, AppendError>>, StoreError> {
        self.begun.fetch_add(1, Ordering::SeqCst);
        self.gate.acquire().await.unwrap().forget();
        if self.out_of_space.load(Ordering::SeqCst) {
            return Err(StoreError::unavailable(std::io::Error::other("no space left")));
        }
        assert!(units.iter().all(|unit| unit.events.iter().all(|event| event.value != "panic")));
        self.done.lock().unwrap().push(units.len());
        let nothing =
            Appended { statements: Vec::new(), events: Vec::new(), revision: None, erased: None };
        Ok(units.iter().map(|_| Ok(nothing.clone())).collect())
    }
}

fn unit(value: &str) -> Append {
    let organization = OrganizationId::generate(Timestamp::UNIX_EPOCH, &SeededEntropy::new(1));
    let mut unit = Append::new(organization);
    let [actor, reason, entity, entity_id, source] = [(); 5].map(|()| "x".to_owned());
    let op = EventOp::Assert;
    let (valid_from, valid_to, value) = (None, None, value.to_owned());
    unit.events = vec![NewEvent {
        actor,
        reason,
        entity,
        entity_id,
        op,
        valid_from,
        valid_to,
        value,
        source,
        about: None,
    }];
    unit
}

fn limits(queue_requests_max: usize, queue_bytes_max: usize) -> QueueLimits {
    QueueLimits { queue_requests_max, queue_bytes_max, ..QueueLimits::default() }
}

type Answer = tokio::task::JoinHandle<Result<Appended, AppendError>>;

/// Appends in a task of its own, and returns when the writer has taken it in.
async fn taken_in(writer: &Writer, unit: Append) -> Answer {
    let before = writer.shared.in_flight.load(Ordering::SeqCst);
    let writer = writer.clone();
    let shared = Arc::clone(&writer.shared);
    let answer = tokio::spawn(async move { writer.append(unit).await });
    while shared.in_flight.load(Ordering::SeqCst) == before && !answer.is_finished() {
        tokio::task::yield_now().await;
    }
    answer
}

#[tokio::test]
async fn a_closed_writer_finishes_what_waits_and_takes_nothing_more() {
    let adapter = Adapter::new(0);
    let writer = Writer::start(adapter.clone(), QueueLimits::default());
    let mut answers = Vec::new();
    for _ in 0..20 {
        answers.push(taken_in(&writer, unit("{}")).await);
    }
    let closing = tokio::spawn({
        let writer = writer.clone();
        async move { writer.close().await }
    });
    while writer.queue.lock().unwrap().is_some() {
        tokio::task::yield_now().await;
    }
    let refused = writer.append(unit("{}")).await.unwrap_err();
    assert!(matches!(refused, AppendError::Store(StoreError::Unavailable { .. })), "{refused}");
    assert!(!closing.is_finished(), "closed before anything was committed");
    adapter.gate.add_permits(100);
    closing.await.unwrap();
    assert_eq!(adapter.sizes().iter().sum::<usize>(), 20);
    for answer in answers {
        answer.await.unwrap().unwrap();
    }
    // Closing again is closing.
    writer.close().await;
}

#[tokio::test]
async fn more_than_the_queue_holds_is_refused_with_the_limit() {
    let adapter = Adapter::new(0);
    let writer = Writer::start(adapter.clone(), limits(2, 1 << 20));
    let mut answers = vec![taken_in(&writer, unit("{}")).await];
    adapter.began(1).await;
    answers.push(taken_in(&writer, unit("{}")).await);
    answers.push(taken_in(&writer, unit("{}")).await);
    let error = writer.append(unit("{}")).await.unwrap_err();
    assert!(matches!(error, AppendError::Busy { limit: "queue_requests_max", most: 2 }), "{error}");
    adapter.gate.add_permits(100);
    for answer in answers {
        answer.await.unwrap().unwrap();
    }
    writer.append(unit("{}")).await.unwrap();
}

#[tokio::test]
async fn more_bytes_than_the_queue_holds_are_refused_but_a_lone_giant_is_taken() {
    let adapter = Adapter::new(0);
    let writer = Writer::start(adapter.clone(), limits(100, 10_000));
    let giant = "x".repeat(50_000);
    let first = taken_in(&writer, unit(&giant)).await;
    let error = writer.append(unit("{}")).await.unwrap_err();
    assert!(
        matches!(error, AppendError::Busy { limit: "queue_bytes_max", most: 10_000 }),
        "{error}"
    );
    adapter.gate.add_permits(100);
    first.await.unwrap().unwrap();
    assert_eq!(writer.shared.bytes.load(Ordering::SeqCst), 0);
    writer.append(unit("{}")).await.unwrap();
}

#[tokio::test]
async fn trouble_is_known_until_a_write_succeeds() {
    let adapter = Adapter::new(100);
    let writer = Writer::start(adapter.clone(), QueueLimits::default());
    assert!(!writer.in_trouble());
    adapter.out_of_space.store(true, Ordering::SeqCst);
    writer.append(unit("{}")).await.unwrap_err();
    assert!(writer.in_trouble());
    adapter.out_of_space.store(false, Ordering::SeqCst);
    writer.append(unit("{}")).await.unwrap();
    assert!(!writer.in_trouble());
}

#[tokio::test]
async fn a_unit_that_makes_the_commit_panic_hurts_no_other() {
    let adapter = Adapter::new(1);
    let writer = Writer::start(adapter.clone(), QueueLimits::default());
    let first = taken_in(&writer, unit("{}")).await;
    first.await.unwrap().unwrap();
    let held = taken_in(&writer, unit("{}")).await;
    adapter.began(2).await;
    let bad = taken_in(&writer, unit("panic")).await;
    let good = taken_in(&writer, unit("{}")).await;
    adapter.gate.add_permits(100);
    held.await.unwrap().unwrap();
    let error = bad.await.unwrap().unwrap_err();
    assert!(matches!(error, AppendError::Store(StoreError::Refused { .. })), "{error}");
    good.await.unwrap().unwrap();
}
