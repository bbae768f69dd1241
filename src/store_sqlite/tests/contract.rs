//! The contract of every store, on `SQLite`.

use async_trait::async_trait;
use domain::{Entropy, FixedClock, SeededEntropy};
use std::{path::PathBuf, sync::Arc};
use store::{
    Store,
    testkit::{Harness, contract, measure_facts, random_operations, seed, start_time},
};
use store_sqlite::{OpenError, SqliteOptions, SqliteStore};
use tokio::sync::Mutex;

/// A file in a folder of its own, removed at the end.
struct Database {
    folder: PathBuf,
    // One process alone may have the file, and in it one handle.
    open: Mutex<Option<Arc<dyn Store>>>,
}

impl Database {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("attestry-{name}-{}", std::process::id()));
        Self { folder, open: Mutex::new(None) }
    }

    fn path(&self) -> PathBuf {
        self.folder.join("store.db")
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

async fn open(database: &Database, seed: u64) -> Result<SqliteStore, OpenError> {
    let clock = Arc::new(FixedClock::new(start_time()));
    let entropy = Arc::new(SeededEntropy::new(seed));
    SqliteStore::open(SqliteOptions::new(database.path()), clock, entropy).await
}

#[async_trait]
impl Harness for Database {
    async fn open(&self, clock: Arc<FixedClock>, entropy: Arc<dyn Entropy>) -> Arc<dyn Store> {
        let mut open = self.open.lock().await;
        if let Some(store) = &*open {
            return Arc::clone(store);
        }
        let options = SqliteOptions::new(self.path());
        let store: Arc<dyn Store> =
            Arc::new(SqliteStore::open(options, clock, entropy).await.expect("it opens"));
        *open = Some(Arc::clone(&store));
        store
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_keeps_the_contract() {
    contract(&Database::new("contract"), seed(None)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_answers_as_the_model_does() {
    random_operations(&Database::new("random"), seed(None), 150).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "measures for minutes; docs/guide/measuring.md"]
async fn sqlite_reads_many_facts() {
    measure_facts(&Database::new("facts"), 10_000, 1_000_000).await;
}

#[tokio::test]
async fn a_second_opening_is_refused_while_the_first_lasts() {
    let database = Database::new("twice");
    let first = open(&database, 1).await.unwrap();
    assert!(matches!(open(&database, 2).await, Err(OpenError::InUse { .. })));
    drop(first);
    open(&database, 3).await.unwrap();
}

#[tokio::test]
async fn what_was_answered_is_there_after_opening_again() {
    let database = Database::new("again");
    let make = store::testkit::Maker::new(seed(None), start_time());
    let first = open(&database, 1).await.unwrap();
    let organization = make.organization(&first).await;
    let (enrolment, unit) = make.enrolment(organization);
    store::Appends::append(&first, unit).await.unwrap();
    drop(first);
    let second = open(&database, 2).await.unwrap();
    let found =
        store::Registrations::registration(&second, organization, enrolment.registration).await;
    assert_eq!(found.unwrap().map(|found| found.fixed.course), Some(enrolment.course));
}
