//! A database that goes away, hangs or is kept busy.

use super::{PROGRAM, assert_try_again, is_stored, put, readiness, ready_again, store};
use harness::reqwest::StatusCode;
use harness::{Backend, Postgres, Server, skip};
use std::time::{Duration, Instant};

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
    // Somebody holds every log, for longer than a commit waits for a lock.
    let holding = tokio::spawn(async move {
        let hold = "BEGIN; SELECT * FROM log_head FOR UPDATE; SELECT pg_sleep(16); COMMIT";
        postgres.execute(hold).await;
        postgres
    });
    // On a busy machine the holder needs its time to connect.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let first = tokio::spawn(put(&server, 1, 100).send());
    tokio::time::sleep(Duration::from_millis(500)).await;
    let waiting: Vec<_> =
        (2..6).map(|number| tokio::spawn(put(&server, number, 100).send())).collect();
    tokio::time::sleep(Duration::from_millis(500)).await;
    let begin = Instant::now();
    let refused = store(&server, 6, 100).await;
    assert!(begin.elapsed() < Duration::from_secs(2), "refused after {:?}", begin.elapsed());
    let body = refused.text().await.expect("the answer is a text");
    assert!(body.contains("queue_requests_max") && body.contains("\"status\":503"), "{body}");
    // The lock's limit ends the first wait; by then the others may still get theirs.
    assert_try_again(first.await.expect("the task ends").expect("it answers")).await;
    for (number, answer) in (2..6).zip(waiting) {
        let answer = answer.await.expect("the task ends").expect("it answers");
        if answer.status() == StatusCode::NO_CONTENT {
            assert!(is_stored(&server, number, 100).await, "statement {number} is lost");
        } else {
            assert_try_again(answer).await;
        }
    }
    let _postgres = holding.await.expect("the task ends");
    ready_again(&server, Duration::from_secs(20)).await;
    for number in 1..=6 {
        assert_eq!(store(&server, number, 100).await.status(), StatusCode::NO_CONTENT);
    }
}
