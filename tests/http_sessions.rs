//! Tests and session files over HTTP, on both databases, and the command that plays a file again.

use harness::reqwest::StatusCode;
use harness::serde_json::{Value, from_str, json};
use harness::{Backend, Server};
use std::fs;
use std::process::Output;
use support::{Course, Service, package_of};

const PROGRAM: &str = env!("CARGO_BIN_EXE_attestry");

fn package(version: &str) -> Vec<u8> {
    package_of(version, &[("start.html", "<title>Fine</title>")])
}

/// A learner's browser without a browser.
struct Window<'s> {
    server: &'s Server,
    address: String,
}

impl<'s> Window<'s> {
    async fn open(service: &'s Service, course: &Course, more: Value) -> (Self, String) {
        let launch = service.launch_with(course, more).await;
        let server: &Server = service;
        let answer = server.client().get(&launch.url).send().await.expect("it answers");
        let path = answer.headers()["location"].to_str().expect("an address").to_owned();
        (Self { server, address: server.content(&path) }, launch.registration)
    }

    async fn post(&self, path: &str, body: Value) -> (StatusCode, Value) {
        let request = self.server.client().post(format!("{}rte/{path}", self.address));
        let answer = request.json(&body).send().await.expect("it answers");
        let status = answer.status();
        (status, answer.json().await.expect("the answer is JSON"))
    }

    async fn navigate(&self, number: u32, request: &str) -> Value {
        self.post("navigate", json!({ "number": number, "request": request })).await.1
    }

    /// Calls as `[function, argument, …]`, which the browser answered with success.
    async fn calls(&self, delivery: u32, calls: &[&[&str]]) -> Value {
        let row = |(at, call): (usize, &&[&str])| {
            json!([at + 1, call[0], call[1..], "true", "0", 1_760_000_000_000_i64])
        };
        let calls: Vec<Value> = calls.iter().enumerate().map(row).collect();
        self.post("calls", json!({ "delivery": delivery, "calls": calls })).await.1
    }
}

/// Where each `stored` and each position would show: the list of all statements.
async fn statements(server: &Server) -> String {
    let answer = server.xapi("statements?limit=500").send().await.expect("it answers");
    answer.text().await.expect("the answer is a text")
}

async fn file_of(service: &Service, registration: &str) -> String {
    let path = format!("/api/v1/registrations/{registration}/sessions");
    let sessions = service.json(&path).await;
    let session = sessions["items"][0]["id"].as_str().expect("a session has an id").to_owned();
    let path = format!("/api/v1/registrations/{registration}/sessions/{session}/export");
    let answer = service.get(&path).send().await.expect("it answers");
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()["content-type"], "application/x-ndjson");
    let disposition = answer.headers()["content-disposition"].to_str().expect("a text").to_owned();
    assert!(disposition.contains(&format!("session-{session}.ndjson")), "{disposition}");
    answer.text().await.expect("the file is a text")
}

fn rerun(server: &Server, file: &str, package: &[u8]) -> Output {
    let folder = server.data();
    let paths = ["session.ndjson", "package.zip"].map(|name| folder.join(name));
    fs::write(&paths[0], file).expect("the file can be written");
    fs::write(&paths[1], package).expect("the package can be written");
    let path = |at: usize| paths[at].to_str().expect("temporary folders have plain names");
    server.command(&["rerun", path(0), "--package", path(1)])
}

fn last_line(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.lines().last().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_test_leaves_no_statement_and_its_session_is_played_again() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        if let Some(why) = backend.missing() {
            harness::skip(&why);
            continue;
        }
        let service = Service::start(PROGRAM, backend).await;
        let course = service.import(package("1.2")).await;
        let before = statements(&service).await;
        let (window, registration) = Window::open(&service, &course, json!({ "test": true })).await;
        let answer = window.navigate(1, "open").await;
        assert!(answer["delivered"].is_object(), "{answer}");
        let raw = ["LMSSetValue", "cmi.core.score.raw", "120"];
        let done = ["LMSSetValue", "cmi.core.lesson_status", "passed"];
        let calls = [&["LMSInitialize", ""][..], &raw, &done, &["LMSFinish", ""]];
        let answer = window.calls(1, &calls).await;
        assert_eq!(answer["course"]["success"], "passed", "{answer}");
        window.post("exit", json!({})).await;
        assert_eq!(statements(&service).await, before, "the log has moved");
        let row = service.registration(&registration).await;
        assert_eq!((&row["test"], &row["status"]), (&json!(true), &json!("passed")), "{row:#}");
        assert_eq!((&row["success"], &row["statements"]), (&Value::Null, &json!([])), "{row:#}");

        let file = file_of(&service, &registration).await;
        let head: Value = from_str(file.lines().next().unwrap_or_default()).expect("a line");
        assert_eq!(head["package_sha256"], course.sha256.as_str());
        assert_eq!(head["learner"]["name"], "Ada Lovelace", "a test may tell the name");
        let output = rerun(&service, &file, &package("1.2"));
        assert_eq!(last_line(&output), "5 steps, 0 differ", "{output:?}");
        assert_eq!(output.status.code(), Some(0));

        // The same content by another standard: none of its calls is known there.
        let output = rerun(&service, &file, &package("2004 4th Edition"));
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let lines: Vec<&str> = said.lines().collect();
        assert!(lines.len() > 1 && lines[0].starts_with("line "), "{said}");
        assert!(lines.iter().any(|line| line.ends_with("differ")), "{said}");
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(told.contains("another package than then"), "{told}");
    }
}

#[tokio::test]
async fn what_cannot_be_exported_listed_launched_again_or_read_is_refused() {
    let service = Service::start(PROGRAM, Backend::Sqlite).await;
    let course = service.import(package("1.2")).await;
    let (window, registration) = Window::open(&service, &course, json!({})).await;
    window.navigate(1, "open").await;
    let unknown = "fd41c918-b88b-4b20-a0a5-a4c32391aaa0";
    for path in [
        format!("/api/v1/registrations/{unknown}/sessions/{unknown}/export"),
        format!("/api/v1/registrations/{registration}/sessions/{unknown}/export"),
    ] {
        let answer = service.get(&path).send().await.expect("it answers");
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
        let answer = service.client().get(service.main(&path)).send().await.expect("it answers");
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{path}");
    }
    let answer = service.get("/api/v1/registrations?test=maybe").send().await.expect("it answers");
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    let problem: Value = answer.json().await.expect("a problem is JSON");
    assert_eq!(problem["errors"][0]["pointer"], "test");
    let (status, problem) = window.post("relaunch", json!({ "how": "restart" })).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{problem}");
    let (status, _) = window.post("relaunch", json!({ "how": "somehow" })).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);

    let output = rerun(&service, "no session\n", &package("1.2"));
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("line 1 is none of a session file"), "{told}");
    let file = file_of(&service, &registration).await;
    assert!(!file.contains("Ada Lovelace"), "{file}");
    let output = rerun(&service, &file, b"no zip");
    assert_eq!(output.status.code(), Some(1), "{output:?}");
}
