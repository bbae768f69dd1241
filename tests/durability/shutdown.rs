//! An orderly end.

use super::{PROGRAM, is_stored, put, store};
use harness::reqwest::StatusCode;
use harness::{Backend, Postgres, Server, skip};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_stopped_answers_what_it_took_in() {
    if let Some(why) = Postgres::missing() {
        return skip(&why);
    }
    let postgres = Postgres::start().await;
    let url = postgres.url();
    let mut server =
        Server::start(PROGRAM, Backend::Sqlite, &[("ATTESTRY_DATABASE_URL", &url)]).await;
    assert_eq!(store(&server, 0, 100).await.status(), StatusCode::NO_CONTENT);
    // No commit gets through while the log is held, so all of these wait in the queue.
    let holding = tokio::spawn(async move {
        let hold = "BEGIN; SELECT * FROM log_head FOR UPDATE; SELECT pg_sleep(3); COMMIT";
        postgres.execute(hold).await;
        postgres
    });
    tokio::time::sleep(Duration::from_millis(500)).await;
    let waiting: Vec<_> =
        (1..=30).map(|number| tokio::spawn(put(&server, number, 100).send())).collect();
    tokio::time::sleep(Duration::from_millis(700)).await;
    let ended = server.stop().await;
    assert!(ended.success(), "ended with {ended}:\n{}", server.log().join("\n"));
    for answer in waiting {
        let answer = answer.await.expect("the task ends").expect("taken in and not answered");
        assert_eq!(answer.status(), StatusCode::NO_CONTENT);
    }
    let _postgres = holding.await.expect("the task ends");
    server.start_again().await;
    for number in 0..=30 {
        assert!(is_stored(&server, number, 100).await, "statement {number} is lost");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_loaded_server_that_is_stopped_keeps_what_it_acknowledged_on_sqlite() {
    let mut server = Server::start(PROGRAM, Backend::Sqlite, &[]).await;
    let (next, stop) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
    let mut clients = Vec::new();
    for _ in 0..16 {
        let (next, stop) = (Arc::clone(&next), Arc::clone(&stop));
        let (client, url) = (server.client().clone(), server.main(""));
        clients.push(tokio::spawn(async move {
            let mut kept = Vec::new();
            while !stop.load(Ordering::SeqCst) {
                let number = next.fetch_add(1, Ordering::SeqCst);
                let path = format!("{url}/xapi/statements?statementId={}", super::id_of(number));
                let request = client
                    .put(path)
                    .basic_auth(harness::KEY, Some(harness::SECRET))
                    .header("X-Experience-API-Version", "1.0.3")
                    .json(&super::statement(number, 100));
                match request.send().await {
                    Ok(answer) if answer.status() == StatusCode::NO_CONTENT => kept.push(number),
                    _ => break,
                }
            }
            kept
        }));
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    let ended = server.stop().await;
    stop.store(true, Ordering::SeqCst);
    assert!(ended.success(), "ended with {ended}:\n{}", server.log().join("\n"));
    let mut kept = Vec::new();
    for client in clients {
        kept.extend(client.await.expect("the task ends"));
    }
    assert!(!kept.is_empty(), "nothing was acknowledged at all");
    server.start_again().await;
    for number in kept {
        assert!(is_stored(&server, number, 100).await, "statement {number} is lost");
    }
}
