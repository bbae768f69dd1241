//! Runs ADL's LRS conformance test suite against a fresh server for each version and database.

use harness::{
    Backend, KEY, SECRET, Server,
    serde_json::{self, Value},
};
use std::{
    fs, io,
    io::Write,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::{ExitCode, Stdio},
    time::Instant,
};
use tempfile::TempDir;
use tokio::process::Command;

/// What is run, out of everything.
struct Selection {
    backends: Vec<Backend>,
    versions: Vec<&'static str>,
    /// Only tests whose names match this pattern.
    pattern: Option<String>,
}

/// What one battery came to.
#[derive(Default)]
struct Totals {
    passed: u64,
    failed: u64,
}

const VERSIONS: [&str; 2] = ["1.0.3", "2.0.0"];

/// What stays out of the copy: logs of other runs, and packages, which are read where they are.
const NOT_COPIED: [&str; 3] = ["node_modules", "logs", ".git"];

#[tokio::main]
async fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (Some(program), Some(suite)) = (arguments.next(), arguments.next()) else {
        say("usage: conformance-lrs ATTESTRY DIR [sqlite|postgres] [1.0.3|2.0.0] [-g PATTERN]");
        return ExitCode::from(2);
    };
    let selection = match select(arguments) {
        Ok(selection) => selection,
        Err(why) => return missing(&why),
    };
    let suite = PathBuf::from(suite);
    if !suite.join("bin/console_runner.js").is_file() || !suite.join("node_modules").is_dir() {
        return missing("LRS_SUITE is no checkout of the suite with its npm packages installed");
    }
    if let Some(why) = selection.backends.iter().find_map(|backend| backend.missing()) {
        return missing(&format!("{why}; the word sqlite runs without it"));
    }
    let mut sum = Totals::default();
    for version in &selection.versions {
        for backend in &selection.backends {
            match battery(&program, &suite, *backend, version, &selection).await {
                Ok(totals) => {
                    sum.passed += totals.passed;
                    sum.failed += totals.failed;
                }
                Err(error) => return missing(&format!("{version} on {backend:?}: {error}")),
            }
        }
    }
    say(&format!("{} passed, {} failed", sum.passed, sum.failed));
    if sum.failed == 0 && sum.passed > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn say(line: &str) {
    // A closed pipe is the reader's wish.
    let _ = writeln!(io::stdout(), "{line}");
}

fn missing(why: &str) -> ExitCode {
    say(&format!("cannot run: {why}"));
    ExitCode::from(2)
}

fn select(mut arguments: impl Iterator<Item = String>) -> Result<Selection, String> {
    let mut selection = Selection { backends: Vec::new(), versions: Vec::new(), pattern: None };
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "sqlite" => selection.backends.push(Backend::Sqlite),
            "postgres" => selection.backends.push(Backend::Postgres),
            "1.0.3" => selection.versions.push(VERSIONS[0]),
            "2.0.0" => selection.versions.push(VERSIONS[1]),
            "-g" => selection.pattern = Some(arguments.next().ok_or("-g needs a pattern")?),
            other => return Err(format!("{other:?} is no database, version or -g")),
        }
    }
    if selection.backends.is_empty() {
        selection.backends.extend(Backend::ALL);
    }
    if selection.versions.is_empty() {
        selection.versions.extend(VERSIONS);
    }
    Ok(selection)
}

/// Runs the tests of one version against one database, and tells what failed.
async fn battery(
    program: &str,
    suite: &Path,
    backend: Backend,
    version: &str,
    selection: &Selection,
) -> io::Result<Totals> {
    let folder = TempDir::with_prefix("attestry-lrs-suite-")?;
    copy(suite, folder.path())?;
    symlink(suite.join("node_modules"), folder.path().join("node_modules"))?;
    // The batteries disagree on the version of a request that names none.
    let settings = [("ATTESTRY_XAPI_DEFAULT_VERSION", version)];
    let server = Server::start(program, backend, &settings).await;
    let begin = Instant::now();
    let mut node = Command::new("node");
    node.args(["bin/console_runner.js", "-a", "-z", "-u", KEY, "-p", SECRET, "-x", version]);
    node.args(["-e", &server.main("/xapi")]);
    if let Some(pattern) = &selection.pattern {
        node.args(["-g", pattern]);
    }
    node.env("NODE_NO_WARNINGS", "1");
    for name in ["http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"] {
        node.env_remove(name);
    }
    let quiet = node.current_dir(folder.path()).stdin(Stdio::null()).stdout(Stdio::null());
    quiet.kill_on_drop(true).status().await?;
    let log = read_log(&folder.path().join("logs"))?;
    report_failures(&log["log"], &mut Vec::new());
    let count = |name: &str| log["summary"][name].as_u64().unwrap_or(0);
    let totals = Totals { passed: count("passed"), failed: count("failed") };
    say(&format!(
        "{version} on {backend:?}: {} passed, {} failed, {} s",
        totals.passed,
        totals.failed,
        begin.elapsed().as_secs()
    ));
    Ok(totals)
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let name = entry.file_name();
        if NOT_COPIED.iter().any(|left| *left == name) {
            continue;
        }
        let target = to.join(&name);
        if entry.path().is_dir() {
            fs::create_dir(&target)?;
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), &target)?;
        }
    }
    Ok(())
}

/// The one log that the run has written.
fn read_log(folder: &Path) -> io::Result<Value> {
    let file = fs::read_dir(folder)?.next().ok_or(io::ErrorKind::NotFound)??;
    serde_json::from_slice(&fs::read(file.path())?).map_err(io::Error::other)
}

/// A line for each failing test: the titles that lead to it, and what it said.
fn report_failures<'a>(suite: &'a Value, above: &mut Vec<&'a str>) {
    let title = suite["title"].as_str().unwrap_or_default().trim();
    above.push(title);
    let inner = suite["tests"].as_array().into_iter().flatten();
    let failed: Vec<&Value> = inner.filter(|test| test["status"] == "failed").collect();
    if failed.is_empty() && suite["status"] == "failed" {
        let path: Vec<&str> = above.iter().copied().filter(|title| !title.is_empty()).collect();
        let error = suite["error"].as_str().unwrap_or_default();
        let error: String = error.lines().next().unwrap_or_default().chars().take(300).collect();
        say(&format!("FAIL {}: {error}", path.join(" / ")));
    }
    for test in failed {
        report_failures(test, above);
    }
    above.pop();
}
