//! The short kill test with a fixed seed; `conformance/kill` makes long ones.

use ordeal::{Plan, Victim, run};
use std::time::Duration;

async fn survive(victim: Victim, kills: usize) {
    if let Some(why) = victim.missing() {
        return harness::skip(&why);
    }
    let calm_max = Duration::from_millis(700);
    let plan = Plan { victim, kills, connections: 16, calm_max, seed: 7 };
    let outcome = run(env!("CARGO_BIN_EXE_attestry"), plan).await;
    assert_eq!(outcome.faults(), Vec::<String>::new(), "{}", outcome.line());
    assert!(outcome.reckoning.statements > 50, "too little was written: {}", outcome.line());
    let calls: u64 = outcome.claims.calls.values().sum();
    assert!(calls > 0, "no learner got anywhere: {}", outcome.line());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_keeps_what_it_acknowledged_on_sqlite() {
    survive(Victim::ServerOnSqlite, 3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_keeps_what_it_acknowledged_on_postgres() {
    survive(Victim::ServerOnPostgres, 3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_killed_loses_nothing_that_was_acknowledged() {
    survive(Victim::Postgres, 2).await;
}
