//! The kill test: a server under load whose process, or whose database, is ended without a warning
//! again and again, and a reckoning in the end: every acknowledged write is there, once, with its
//! bytes; no batch is there in part; positions have no gap; the ledger's entries, edge and records
//! are those computed anew.
//!
//! A short run is among the tests; `conformance/kill` makes long ones.
#![expect(clippy::missing_panics_doc, reason = "tests panic instead of returning errors")]

mod chance;
mod course;
mod load;
mod reckoning;

pub use chance::Chance;
pub use load::{Claims, Load};
pub use reckoning::{Reckoning, reckon};

use domain::{FixedClock, SeededEntropy, Timestamp};
use harness::{Backend, Postgres, Server};
use std::sync::Arc;
use std::time::{Duration, Instant};
use store::Store;
use store_postgres::{PostgresOptions, PostgresStore};
use store_sqlite::{SqliteOptions, SqliteStore};

/// What is ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Victim {
    /// The server, on SQLite.
    ServerOnSqlite,
    /// The server, on PostgreSQL.
    ServerOnPostgres,
    /// PostgreSQL: all of its processes, or one that serves a connection, in turn.
    Postgres,
}

impl Victim {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::ServerOnSqlite, Self::ServerOnPostgres, Self::Postgres];

    /// Its name in a report.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ServerOnSqlite => "server on SQLite",
            Self::ServerOnPostgres => "server on PostgreSQL",
            Self::Postgres => "PostgreSQL",
        }
    }

    /// Why it cannot be had here.
    pub fn missing(self) -> Option<String> {
        if self == Self::ServerOnSqlite { None } else { Postgres::missing() }
    }
}

/// How hard it gets.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// What is ended.
    pub victim: Victim,
    /// How often.
    pub kills: usize,
    /// Connections that write at once, one of them a learner's.
    pub connections: usize,
    /// Longest time between being ready and being ended.
    pub calm_max: Duration,
    /// Where chance begins.
    pub seed: u64,
}

/// What came of it.
#[derive(Debug)]
pub struct Outcome {
    /// What was found in the store in the end.
    pub reckoning: Reckoning,
    /// What had been acknowledged.
    pub claims: Claims,
    /// The longest time from a start until the server was ready.
    pub ready_within: Duration,
    /// What `attestry rebuild --check` said, when it found a difference.
    pub rebuild: Option<String>,
}

impl Outcome {
    /// Everything that is not as it must be.
    pub fn faults(&self) -> Vec<String> {
        let wrong = self.claims.wrong.iter().chain(&self.reckoning.faults);
        wrong.cloned().chain(self.rebuild.clone()).collect()
    }

    /// The figures in one line.
    pub fn line(&self) -> String {
        let Claims { kept, unsure, .. } = &self.claims;
        let acknowledged: usize = kept.iter().map(Vec::len).sum();
        format!(
            "{acknowledged} statements acknowledged in {} requests, {} requests unanswered, \
             {} documents, {} calls of learners acknowledged; found {} statements in {} entries, \
             {} of unanswered requests; ready again within {:?}; {} faults",
            kept.len(),
            unsure.len(),
            self.claims.documents.len(),
            self.claims.calls.values().sum::<u64>(),
            self.reckoning.statements,
            self.reckoning.entries,
            self.reckoning.unanswered_kept,
            self.ready_within,
            self.faults().len(),
        )
    }
}

/// Runs it with `program`, the binary of the server.
pub async fn run(program: &str, plan: Plan) -> Outcome {
    let mut chance = Chance::new(plan.seed);
    let mut postgres = match plan.victim {
        Victim::ServerOnSqlite => None,
        Victim::ServerOnPostgres | Victim::Postgres => Some(Postgres::start().await),
    };
    let url = postgres.as_ref().map(Postgres::url);
    let settings: Vec<_> = url.iter().map(|url| ("ATTESTRY_DATABASE_URL", url.as_str())).collect();
    let mut server = Server::start(program, Backend::Sqlite, &settings).await;
    let load = Load::begin(&server, plan.connections, chance.next());
    let mut ready_within = Duration::ZERO;
    for number in 0..plan.kills {
        let calm = u64::try_from(plan.calm_max.as_millis()).unwrap_or(u64::MAX);
        tokio::time::sleep(Duration::from_millis(50 + chance.below(calm))).await;
        let begin = Instant::now();
        match &mut postgres {
            Some(postgres) if plan.victim == Victim::Postgres => {
                end_database(postgres, number, &mut chance).await;
            }
            _ => {
                server.kill();
                server.start_again().await;
            }
        }
        ready(&server).await;
        ready_within = ready_within.max(begin.elapsed());
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    let claims = load.end().await;
    assert!(server.stop().await.success(), "the server did not end well");
    let checked = server.command(&["rebuild", "--check"]);
    let said = String::from_utf8_lossy(&checked.stdout).into_owned()
        + &String::from_utf8_lossy(&checked.stderr);
    let store = open(&server, url.as_deref()).await;
    let reckoning = reckon(&*store, &claims).await;
    store.close().await;
    let rebuild = (!checked.status.success()).then_some(said);
    Outcome { reckoning, claims, ready_within, rebuild }
}

/// In turn all of it, to be started again, and one process, after which it recovers by itself.
async fn end_database(postgres: &mut Postgres, number: usize, chance: &mut Chance) {
    let all = number.is_multiple_of(2);
    let choice = usize::try_from(chance.below(64)).unwrap_or(0);
    if all || !postgres.kill_backend(choice) {
        postgres.kill().await;
        postgres.start_again().await;
    }
}

async fn ready(server: &Server) {
    let begin = Instant::now();
    loop {
        let answer = server.client().get(server.main("/readyz")).send().await;
        if answer.is_ok_and(|answer| answer.status().is_success()) {
            return;
        }
        let log = || server.log().join("\n");
        assert!(begin.elapsed() < Duration::from_mins(1), "not ready again:\n{}", log());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The store itself, once the server has ended.
async fn open(server: &Server, url: Option<&str>) -> Arc<dyn Store> {
    let clock = Arc::new(FixedClock::new(Timestamp::UNIX_EPOCH));
    let entropy = Arc::new(SeededEntropy::new(1));
    if let Some(url) = url {
        let store = PostgresStore::open(PostgresOptions::new(url), clock, entropy).await;
        return Arc::new(store.expect("the database is there"));
    }
    let path = server.data().join("attestry.db");
    let store = SqliteStore::open(SqliteOptions::new(path), clock, entropy).await;
    Arc::new(store.expect("the file is there"))
}
