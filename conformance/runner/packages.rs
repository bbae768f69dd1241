//! Imports every package of a folder into a fresh server and launches it in headless Chromium.

use harness::{
    Backend, Browser, Server,
    reqwest::{StatusCode, header},
    serde_json::{Value, json},
};
use serde::Deserialize;
use std::{
    collections::BTreeMap,
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

/// What is known of packages beforehand: conformance/packages.toml.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Known {
    /// The code of the finding that refuses a package.
    #[serde(default)]
    refused: BTreeMap<String, String>,
    /// What a package lacks.
    #[serde(default)]
    incomplete: BTreeMap<String, String>,
}

/// What became of a package.
struct Outcome {
    passed: bool,
    line: String,
}

/// How long content may take to begin, from the launch on.
const BEGINS_WITHIN: Duration = Duration::from_secs(12);

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [program, folder] = arguments.as_slice() else {
        say("usage: conformance-packages ATTESTRY DIR");
        return ExitCode::from(2);
    };
    let known = match read_known() {
        Ok(known) => known,
        Err(error) => {
            say(&format!("packages.toml: {error}"));
            return ExitCode::from(2);
        }
    };
    let packages = packages_in(Path::new(folder));
    if packages.is_empty() {
        say(&format!("no .zip in {folder}"));
        return ExitCode::from(2);
    }
    if let Some(why) = Browser::missing() {
        say(&format!("cannot launch: {why}"));
        return ExitCode::from(2);
    }
    let server = Server::start(program, Backend::Sqlite, &[]).await;
    let (mut passed, mut failed) = (0, 0);
    for package in packages {
        let outcome = try_package(&server, &known, &package).await;
        let word = if outcome.passed { "pass" } else { "FAIL" };
        let name = name_of(&package);
        say(&format!("{word} {name:<58} {}", outcome.line));
        if outcome.passed { passed += 1 } else { failed += 1 }
    }
    say(&format!("{passed} passed, {failed} failed"));
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn say(line: &str) {
    // A closed pipe is the reader's wish.
    let _ = writeln!(std::io::stdout(), "{line}");
}

fn read_known() -> Result<Known, Box<dyn std::error::Error>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../packages.toml");
    Ok(toml::from_str(&fs::read_to_string(path)?)?)
}

/// The zips of a folder and of its folders, by name.
fn packages_in(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder).into_iter().flatten().flatten();
        for path in entries.map(|entry| entry.path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "zip") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn name_of(package: &Path) -> String {
    package.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

async fn try_package(server: &Server, known: &Known, package: &Path) -> Outcome {
    let name = name_of(package);
    let bytes = match fs::read(package) {
        Ok(bytes) => bytes,
        Err(error) => return Outcome { passed: false, line: error.to_string() },
    };
    let sent = server
        .post("/api/v1/packages")
        .header(header::CONTENT_TYPE, "application/zip")
        .body(bytes)
        .send()
        .await;
    let answer = match sent {
        Ok(answer) => answer,
        Err(error) => return Outcome { passed: false, line: format!("no answer: {error}") },
    };
    let status = answer.status();
    let body: Value = answer.json().await.unwrap_or_default();
    match status {
        StatusCode::CREATED | StatusCode::OK => imported(server, known, &name, &body).await,
        StatusCode::UNPROCESSABLE_ENTITY => refused(known, &name, &body),
        other => Outcome { passed: false, line: format!("answered {other}: {body}") },
    }
}

/// A refusal is right when it was expected for this very reason.
fn refused(known: &Known, name: &str, body: &Value) -> Outcome {
    let findings = body["report"]["findings"].as_array().cloned().unwrap_or_default();
    let reasons: Vec<&str> = findings
        .iter()
        .filter(|finding| finding["severity"] == "error")
        .filter_map(|finding| finding["code"].as_str())
        .collect();
    let expected = known.refused.get(name).map(String::as_str);
    let passed = expected.is_some_and(|code| reasons.contains(&code));
    let note = if passed { "" } else { " (not expected)" };
    Outcome { passed, line: format!("refused: {}{note}", reasons.join(", ")) }
}

async fn imported(server: &Server, known: &Known, name: &str, body: &Value) -> Outcome {
    let report = &body["report"];
    let count = |severity: &str| {
        let findings = report["findings"].as_array();
        findings.map_or(0, |all| all.iter().filter(|one| one["severity"] == severity).count())
    };
    let edition = report["edition"].as_str().unwrap_or("?");
    let head =
        format!("{edition:<16} items={:<3} warnings={:<3}", report["items"], count("warning"));
    if let Some(code) = known.refused.get(name) {
        return Outcome { passed: false, line: format!("{head} imported, not refused: {code}") };
    }
    let shown = launch(server, body["course"].as_str().unwrap_or_default()).await;
    let is_whole = shown.failed.is_empty() || known.incomplete.contains_key(name);
    let passed = shown.opened && is_whole;
    let api = match (shown.initialized, shown.calls) {
        (true, calls) => format!("initialized, {calls} calls"),
        (false, _) => "opened, silent".to_owned(),
    };
    let what = if shown.opened { api } else { "did not open".to_owned() };
    let failed = match shown.failed.as_slice() {
        [] => String::new(),
        [first, ..] => format!(" {} failed requests, first {first}", shown.failed.len()),
    };
    Outcome { passed, line: format!("{head} {what}{failed}") }
}

/// What a launch showed.
struct Shown {
    opened: bool,
    initialized: bool,
    calls: usize,
    failed: Vec<String>,
}

async fn launch(server: &Server, course: &str) -> Shown {
    let account = json!({"homePage": "https://hr.example.com", "name": "conformance"});
    let request = json!({"actor": {"account": account, "name": "Ada Lovelace"}, "course": course});
    let answer = server.post("/api/v1/launches").json(&request).send().await;
    let answer: Value = answer.expect("the server answers").json().await.unwrap_or_default();
    let registration = answer["registration"].as_str().unwrap_or_default().to_owned();
    let browser = Browser::open().await;
    let url = answer["url"].as_str().unwrap_or_default();
    let opened = browser.goto(url).await.is_ok() && frame_opens(&browser).await;
    let calls = calls_of(server, &registration).await;
    let shown = Shown {
        opened,
        initialized: calls.iter().any(is_begin),
        calls: calls.len(),
        failed: own_failures(server, browser.failed_requests().await),
    };
    let _ = browser.dismiss_alert().await;
    shown
}

/// Failed requests for files of the package; what content wants from other hosts is not ours.
fn own_failures(server: &Server, failed: Vec<String>) -> Vec<String> {
    let content = server.content("/c/");
    failed.into_iter().filter(|request| request.contains(&content)).collect()
}

fn is_begin(call: &Value) -> bool {
    let function = call["function"].as_str().unwrap_or_default();
    function.ends_with("Initialize") && call["result"] == "true"
}

/// Whether the player's frame shows a document of the course; content has time to begin.
async fn frame_opens(browser: &Browser) -> bool {
    let frame = "(() => { const frame = document.querySelector('iframe'); \
                 return Boolean(frame && frame.contentDocument && frame.contentDocument.readyState \
                 === 'complete' && frame.contentWindow.location.pathname.startsWith('/c/')); })()";
    let script = format!("return {frame};");
    let begin = tokio::time::Instant::now();
    let mut opened = false;
    while begin.elapsed() < BEGINS_WITHIN {
        let _ = browser.dismiss_alert().await;
        let seen = browser.execute(&script, Vec::new()).await;
        opened |= seen.is_ok_and(|seen| seen == Value::Bool(true));
        if opened && begin.elapsed() > BEGINS_WITHIN / 3 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    opened
}

async fn calls_of(server: &Server, registration: &str) -> Vec<Value> {
    let path = format!("/api/v1/registrations/{registration}/calls");
    let Ok(answer) = server.get(&path).send().await else { return Vec::new() };
    let answer: Value = answer.json().await.unwrap_or_default();
    answer["items"].as_array().cloned().unwrap_or_default()
}
