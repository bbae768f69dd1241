//! A database that goes away, hangs or is kept busy.

use super::{PROGRAM, assert_try_again, is_stored, put, readiness, ready_again, store};
use harness::reqwest::StatusCode;
use harness::{Backend, Postgres, Server, skip};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// A server on a `PostgreSQL` of its own.
async fn start(settings: &[(&str, &str)]) -> Option<(Postgres, Server)> {
    if let Some(why) = Postgres::missing() {
        skip(&why);
        return None;
    }
    let postgres = Postgres::start().await;
    let url = postgres.url();
    let mut all = vec![("ATTESTRY_DATABASE_URL", url.as_str())];
    all.extend(settings);
    let server = Server::start(PROGRAM, Backend::Sqlite, &all).await;
    Some((postgres, server))
}

/// XAPI-00329: trouble of the server is told by a status of 500 and more.
#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_gone_is_503_and_comes_back_by_itself() {
    let Some((mut postgres, server)) = start(&[]).await else { return };
    for number in 0..20 {
        assert_eq!(store(&server, number, 100).await.status(), StatusCode::NO_CONTENT);
    }
    for (round, hard) in [(1, false), (2, true)] {
        if hard {
            postgres.kill().await;
        } else {
            postgres.stop().await;
        }
        let begin = Instant::now();
        assert_try_again(store(&server, 20 + round, 100).await).await;
        let path = format!("statements?statementId={}", super::id_of(1));
        assert_try_again(server.xapi(&path).send().await.expect("it answers")).await;
        assert!(begin.elapsed() < Duration::from_secs(30), "refused after {:?}", begin.elapsed());
        assert_eq!(readiness(&server).await, StatusCode::SERVICE_UNAVAILABLE);
        let health = server.client().get(server.main("/healthz")).send().await;
        assert_eq!(health.expect("it answers").status(), StatusCode::OK);
        postgres.start_again().await;
        ready_again(&server, Duration::from_secs(20)).await;
        assert_eq!(store(&server, 20 + round, 100).await.status(), StatusCode::NO_CONTENT);
        for number in (0..20).chain(21..=20 + round) {
            assert!(is_stored(&server, number, 100).await, "statement {number} is lost");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_hangs_is_not_ready_and_loses_nothing() {
    let Some((postgres, server)) = start(&[]).await else { return };
    assert_eq!(store(&server, 0, 100).await.status(), StatusCode::NO_CONTENT);
    postgres.freeze();
    let waiting = tokio::spawn(put(&server, 1, 100).send());
    let begin = Instant::now();
    assert_eq!(readiness(&server).await, StatusCode::SERVICE_UNAVAILABLE);
    assert!(begin.elapsed() < Duration::from_secs(10), "readiness took {:?}", begin.elapsed());
    postgres.thaw();
    ready_again(&server, Duration::from_secs(20)).await;
    let answer = waiting.await.expect("the task ends").expect("it answers");
    if answer.status() != StatusCode::NO_CONTENT {
        assert_try_again(answer).await;
    }
    assert_eq!(store(&server, 1, 100).await.status(), StatusCode::NO_CONTENT);
    assert!(is_stored(&server, 1, 100).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_queue_and_a_lock_that_is_not_given_are_503() {
    let settings = [("ATTESTRY_QUEUE_REQUESTS_MAX", "4")];
    let Some((postgres, server)) = start(&settings).await else { return };
    assert_eq!(store(&server, 0, 100).await.status(), StatusCode::NO_CONTENT);
    // Somebody holds every log, until a commit has waited for it in vain.
    let mut held = Some(postgres.hold("SELECT * FROM log_head FOR UPDATE").await);
    // A commit takes at most four, and four more may wait: some of these find no place.
    let mut sent = JoinSet::new();
    for number in 1..=12 {
        let request = put(&server, number, 100);
        sent.spawn(async move { (number, request.send().await.expect("it answers")) });
    }
    let mut refusals = Vec::new();
    while let Some(answer) = sent.join_next().await {
        let (number, answer) = answer.expect("the task ends");
        if answer.status() == StatusCode::NO_CONTENT {
            assert!(held.is_none(), "statement {number} was stored in a log that is held");
            assert!(is_stored(&server, number, 100).await, "statement {number} is lost");
            continue;
        }
        let why = assert_try_again(answer).await;
        let full = why.contains("queue_requests_max");
        if !full {
            held = None;
        }
        refusals.push(full);
    }
    assert!(refusals[0], "a full queue refuses at once");
    assert!(refusals.contains(&false), "a lock that is not given ends the wait");
    ready_again(&server, Duration::from_secs(20)).await;
    for number in 1..=12 {
        assert_eq!(store(&server, number, 100).await.status(), StatusCode::NO_CONTENT);
    }
}
