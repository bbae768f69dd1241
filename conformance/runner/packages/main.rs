//! Imports every package of a folder into a fresh server, launches it in headless Chromium, goes
//! through it by its own navigation, and says what happened.

mod drive;
mod row;

use drive::Learner;
use harness::{
    Backend, Browser, Device, Server,
    reqwest::{StatusCode, header},
    serde_json::{self, Value, json},
};
use row::{Record, Row};
use serde::Deserialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

const USAGE: &str = "usage: conformance-packages ATTESTRY DIR [--json] [--screenshots] \
    [--only TEXT] [--seconds N] [--width PIXELS]";

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
    /// Why a package never calls the API.
    #[serde(default)]
    silent: BTreeMap<String, String>,
}

/// What is asked of the runner.
struct Wish {
    program: String,
    folder: PathBuf,
    json: bool,
    screenshots: bool,
    only: String,
    time: Duration,
    width: u32,
}

impl Wish {
    fn of(arguments: impl Iterator<Item = String>) -> Option<Self> {
        let mut wish = Self {
            program: String::new(),
            folder: PathBuf::new(),
            json: false,
            screenshots: false,
            only: String::new(),
            time: Duration::from_secs(45),
            width: Device::DESKTOP.width,
        };
        let mut plain = Vec::new();
        let mut arguments = arguments;
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--json" => wish.json = true,
                "--screenshots" => wish.screenshots = true,
                "--only" => wish.only = arguments.next()?,
                "--seconds" => {
                    wish.time = Duration::from_secs(arguments.next()?.parse().ok()?);
                }
                "--width" => wish.width = arguments.next()?.parse().ok()?,
                _ => plain.push(argument),
            }
        }
        let [program, folder] = plain.try_into().ok()?;
        wish.program = program;
        wish.folder = folder.into();
        Some(wish)
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let Some(wish) = Wish::of(std::env::args().skip(1)) else {
        say(USAGE);
        return ExitCode::from(2);
    };
    let known = match read_known() {
        Ok(known) => known,
        Err(error) => {
            say(&format!("packages.toml: {error}"));
            return ExitCode::from(2);
        }
    };
    let mut packages = packages_in(&wish.folder);
    packages.retain(|package| name_of(package).contains(&wish.only));
    if packages.is_empty() {
        say(&format!("no such .zip in {}", wish.folder.display()));
        return ExitCode::from(2);
    }
    if let Some(why) = Browser::missing() {
        say(&format!("cannot launch: {why}"));
        return ExitCode::from(2);
    }
    let server = Server::start(&wish.program, Backend::Sqlite, &[]).await;
    let runner = Arc::new(Runner { server, known, wish });
    let (mut passed, mut failed) = (0, 0);
    for package in packages {
        let row = runner.clone().row(package).await;
        if runner.wish.json {
            say(&serde_json::to_string(&row).expect("a row is plain data"));
        } else {
            say(&row.line());
        }
        if row.passed { passed += 1 } else { failed += 1 }
    }
    if runner.wish.json {
        say(&json!({"passed": passed, "failed": failed}).to_string());
    } else {
        say(&format!("{passed} passed, {failed} failed"));
    }
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

/// What every package is tried with.
struct Runner {
    server: Server,
    known: Known,
    wish: Wish,
}

impl Runner {
    /// The row of a package; a browser that fails spoils no other one's.
    async fn row(self: Arc<Self>, package: PathBuf) -> Row {
        let name = name_of(&package);
        let row = tokio::spawn(async move { self.try_package(&package).await }).await;
        row.unwrap_or_else(|error| Row {
            package: name,
            remark: format!("the browser failed: {error}"),
            ..Row::default()
        })
    }

    async fn try_package(&self, package: &Path) -> Row {
        let mut row = Row { package: name_of(package), ..Row::default() };
        let bytes = match fs::read(package) {
            Ok(bytes) => bytes,
            Err(error) => {
                row.remark = error.to_string();
                return row;
            }
        };
        let sent = self
            .server
            .post("/api/v1/packages")
            .header(header::CONTENT_TYPE, "application/zip")
            .body(bytes)
            .send()
            .await;
        let answer = match sent {
            Ok(answer) => answer,
            Err(error) => {
                row.remark = format!("no answer: {error}");
                return row;
            }
        };
        let status = answer.status();
        let body: Value = answer.json().await.unwrap_or_default();
        read_report(&mut row, &body["report"]);
        match status {
            StatusCode::CREATED | StatusCode::OK => self.imported(row, &body).await,
            StatusCode::UNPROCESSABLE_ENTITY => refused(&self.known, row, &body),
            other => {
                row.remark = format!("answered {other}: {body}");
                row
            }
        }
    }

    async fn imported(&self, mut row: Row, body: &Value) -> Row {
        if let Some(code) = self.known.refused.get(&row.package) {
            row.remark = format!("imported, not refused: {code}");
            return row;
        }
        let account = json!({"homePage": "https://hr.example.com", "name": "conformance"});
        let actor = json!({"account": account, "name": "Ada Lovelace"});
        let request = json!({"actor": actor, "course": body["course"]});
        let answer = match self.server.post("/api/v1/launches").json(&request).send().await {
            Ok(answer) => answer.json().await.unwrap_or_default(),
            Err(error) => json!({"detail": error.to_string()}),
        };
        let (Some(url), Some(registration)) =
            (answer["url"].as_str(), answer["registration"].as_str())
        else {
            row.remark = format!("not launched: {answer}");
            return row;
        };
        self.launch(&mut row, url).await;
        row.record = Some(Record::read(&self.server, registration).await);
        judge(&self.known, &mut row);
        row
    }

    async fn launch(&self, row: &mut Row, url: &str) {
        let browser = Browser::open().await;
        browser.show_on(Device { width: self.wish.width, ..Device::DESKTOP }).await;
        let mut learner = Learner::open(&browser, url).await;
        self.picture(row, &mut learner, "1-opened").await;
        learner.go_through(self.wish.time).await;
        self.picture(row, &mut learner, "2-driven").await;
        learner.leave().await;
        self.picture(row, &mut learner, "3-left").await;
        row.met = Some(learner.into_met());
        let of_package = self.server.content("/c/");
        let failed = browser.failed_requests().await;
        row.missing = failed.into_iter().filter(|request| request.contains(&of_package)).collect();
        // A page of the course, or of another host that it uses, is not the player.
        let errors = browser.console_errors().await;
        let of_player = self.server.content("/play/");
        let is_players = |error: &String| error.contains("attestry:") || error.contains(&of_player);
        (row.player, row.console) = errors.into_iter().partition(is_players);
    }

    async fn picture(&self, row: &Row, learner: &mut Learner<'_>, moment: &str) {
        if self.wish.screenshots {
            let name = row.package.trim_end_matches(".zip");
            learner.picture(&format!("package-{name}-{moment}-{}", self.wish.width)).await;
        }
    }
}

fn read_report(row: &mut Row, report: &Value) {
    report["edition"].as_str().unwrap_or("?").clone_into(&mut row.edition);
    row.items = report["items"].as_u64().unwrap_or(0);
    let findings = report["findings"].as_array();
    let codes: BTreeSet<&str> =
        findings.into_iter().flatten().filter_map(|finding| finding["code"].as_str()).collect();
    row.findings = codes.into_iter().map(ToOwned::to_owned).collect();
}

/// A refusal is right when it was expected for this very reason.
fn refused(known: &Known, mut row: Row, body: &Value) -> Row {
    let findings = body["report"]["findings"].as_array().cloned().unwrap_or_default();
    let reasons: Vec<&str> = findings
        .iter()
        .filter(|finding| finding["severity"] == "error")
        .filter_map(|finding| finding["code"].as_str())
        .collect();
    let expected = known.refused.get(&row.package).map(String::as_str);
    row.passed = expected.is_some_and(|code| reasons.contains(&code));
    let note = if row.passed { "" } else { " (not expected)" };
    row.remark = format!("refused: {}{note}", reasons.join(", "));
    row
}

/// Whether a learner, and whoever gave them the course, could be content with what happened.
fn judge(known: &Known, row: &mut Row) {
    let (Some(met), Some(record)) = (&row.met, &row.record) else { return };
    let lacks = known.incomplete.get(&row.package);
    let is_silent = known.silent.get(&row.package);
    let mut faults = Vec::new();
    for (is_so, fault) in [
        (!met.opened, "no page of it opened"),
        (met.word.is_none(), "it could not be left"),
        // Parts that speak may come last.
        (
            !record.api_found && is_silent.is_none() && !met.is_cut_short(),
            "it never began to use the API",
        ),
        (record.api_found && is_silent.is_some(), "it uses the API, against what is known"),
        (record.statements == 0 && is_silent.is_none(), "no statement was made"),
        (!row.missing.is_empty() && lacks.is_none(), "files are missing"),
        (!row.player.is_empty(), "the player complained"),
        (met.overflows, "the player's page does not fit its window"),
        (met.blank && lacks.is_none(), "the first page is blank"),
    ] {
        if is_so {
            faults.push(fault);
        }
    }
    row.passed = faults.is_empty();
    let remarks = lacks.map(|what| format!("lacks {what}"));
    let remarks = remarks.into_iter().chain(is_silent.cloned());
    row.remark =
        faults.into_iter().map(ToOwned::to_owned).chain(remarks).collect::<Vec<_>>().join(", ");
}
