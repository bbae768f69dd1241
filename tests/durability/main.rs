//! Nothing that was acknowledged is lost, whatever happens to the disk, the database or the
//! process; what cannot be done is refused so that it can be sent again; and trouble ends by itself.

mod gone;
mod shutdown;
mod space;

use harness::reqwest::{Method, RequestBuilder, Response, StatusCode};
use harness::serde_json::{Value, json};
use harness::{Server, reqwest};
use std::time::{Duration, Instant};

const PROGRAM: &str = env!("CARGO_BIN_EXE_attestry");
const PAUSE: Duration = Duration::from_millis(100);

/// A statement id that says which one it is.
fn id_of(number: u64) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

/// A statement with a text of so many letters, whose verb, actor and activity nobody else has.
fn statement(number: u64, letters: usize) -> Value {
    json!({
        "id": id_of(number),
        "actor": {"mbox": format!("mailto:learner{number}@example.com")},
        "verb": {"id": format!("https://verbs.example/{number}")},
        "object": {"id": format!("https://activities.example/{number}")},
        "result": {"response": "x".repeat(letters)},
    })
}

fn put(server: &Server, number: u64, letters: usize) -> RequestBuilder {
    server
        .request(Method::PUT, &format!("/xapi/statements?statementId={}", id_of(number)))
        .header("X-Experience-API-Version", "1.0.3")
        .timeout(Duration::from_mins(1))
        .json(&statement(number, letters))
}

async fn store(server: &Server, number: u64, letters: usize) -> Response {
    put(server, number, letters).send().await.expect("it answers")
}

/// Whether the statement is there, with the text it was sent with.
async fn is_stored(server: &Server, number: u64, letters: usize) -> bool {
    let path = format!("statements?statementId={}&format=exact", id_of(number));
    let answer = server.xapi(&path).send().await.expect("it answers");
    if answer.status() == StatusCode::NOT_FOUND {
        return false;
    }
    assert_eq!(answer.status(), StatusCode::OK);
    let found: Value = answer.json().await.expect("a statement is JSON");
    assert_eq!(found["result"]["response"], "x".repeat(letters));
    true
}

/// A refusal that asks to come again: 503, `Retry-After`, a problem document, which is returned.
async fn assert_try_again(answer: Response) -> String {
    let status = answer.status();
    let header = |name| answer.headers().get(name).and_then(|value| value.to_str().ok());
    let retry = header(reqwest::header::RETRY_AFTER).and_then(|seconds| seconds.parse().ok());
    let kind = header(reqwest::header::CONTENT_TYPE).map(str::to_owned);
    let body = answer.text().await.expect("the answer is a text");
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{body}");
    assert!(retry.is_some_and(|seconds: u32| (1..=60).contains(&seconds)), "Retry-After {retry:?}");
    assert_eq!(kind.as_deref(), Some("application/problem+json"));
    assert!(body.contains("\"status\":503"), "{body}");
    body
}

async fn readiness(server: &Server) -> StatusCode {
    let answer = server.client().get(server.main("/readyz")).send().await;
    answer.expect("it answers").status()
}

/// Waits until the server says that it is ready, without being asked to write anything.
async fn ready_again(server: &Server, within: Duration) {
    let begin = Instant::now();
    while readiness(server).await != StatusCode::OK {
        let log = || server.log().join("\n");
        assert!(begin.elapsed() < within, "not ready again within {within:?}:\n{}", log());
        tokio::time::sleep(PAUSE).await;
    }
}
