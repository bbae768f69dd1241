//! `attestry bench` against real servers, for moments.

use harness::{
    Backend, Database, KEY, SECRET, Server,
    serde_json::{self, Value},
    skip,
};
use std::{
    path::Path,
    process::{Command, Output},
};
use tempfile::TempDir;

const PROGRAM: &str = env!("CARGO_BIN_EXE_attestry");

/// Runs it briefly; `folder` is where its temporary store goes.
fn bench(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(PROGRAM);
    command.args(["bench", "--prefill", "700", "--seconds", "0.2", "--connections", "2", "--json"]);
    command.arg("--folder").arg(folder).args(arguments).current_dir(folder);
    command.output().expect("the program can be started")
}

fn report(output: &Output) -> Value {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{errors}");
    serde_json::from_slice(&output.stdout).expect("it prints JSON")
}

/// Every scenario got answers, all of them right; how many statements it stored.
fn all_work(report: &Value) -> u64 {
    let rows = report["rows"].as_array().expect("a list of rows");
    assert_eq!(rows.len(), 8, "{report}");
    for row in rows {
        assert_eq!(row["errors"], 0, "{row}");
        assert!(row["requests"].as_u64() > Some(0), "{row}");
        assert!(row["p50_ms"].as_f64() <= row["p99_ms"].as_f64(), "{row}");
        assert!(row["server_cpu_ms"].is_number(), "{row}");
        assert!(row["server_peak_memory_bytes"].as_u64() > Some(1_000_000), "{row}");
    }
    let stores = |row: &&Value| row["scenario"].as_str().is_some_and(|name| name.contains("store"));
    rows.iter().filter(stores).filter_map(|row| row["statements"].as_u64()).sum()
}

#[test]
fn a_server_of_its_own_is_loaded_and_leaves_nothing_behind() {
    let folder = TempDir::new().unwrap();
    let report = report(&bench(folder.path(), &[]));
    assert!(all_work(&report) > 700);
    assert_eq!(report["seed"], 1);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn learners_take_a_course_on_a_server_of_its_own() {
    let folder = TempDir::new().unwrap();
    let mut command = Command::new(PROGRAM);
    command.args(["bench", "scorm", "--learners", "3", "--seconds", "0.5", "--pause", "0.1"]);
    command.arg("--json").arg("--folder").arg(folder.path()).current_dir(folder.path());
    let report = report(&command.output().expect("the program can be started"));
    let rows = report["rows"].as_array().expect("a list of rows");
    let seen = |row: &Value| (row["requests"].as_u64(), row["errors"].as_u64());
    let [opened, commits, finished] = rows.as_slice() else { panic!("{report}") };
    assert_eq!((seen(opened), seen(finished)), ((Some(3), Some(0)), (Some(3), Some(0))));
    assert_eq!(commits["errors"], 0, "{commits}");
    assert!(commits["requests"].as_u64() >= Some(3), "{commits}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn a_named_database_is_loaded_only_while_it_is_empty() {
    if let Some(why) = Backend::Postgres.missing() {
        return skip(&why);
    }
    let folder = TempDir::new().unwrap();
    let database = Database::fresh(Backend::Postgres).await;
    let url = database.url().expect("PostgreSQL has a URL");
    all_work(&report(&bench(folder.path(), &["--database-url", &url])));
    let again = bench(folder.path(), &["--database-url", &url]);
    assert_eq!(again.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&again.stderr).contains("holds statements already"));
    // What is there can be used instead.
    let reused = bench(folder.path(), &["--database-url", &url, "--prefilled"]);
    assert_eq!(report(&reused)["rows"].as_array().map(Vec::len), Some(7));
}

#[tokio::test(flavor = "multi_thread")]
async fn running_servers_are_loaded_side_by_side_and_hold_what_was_stored() {
    let servers = [
        Server::start(PROGRAM, Backend::Sqlite, &[]).await,
        Server::start(PROGRAM, Backend::Sqlite, &[]).await,
    ];
    let folder = TempDir::new().unwrap();
    let endpoints = servers.each_ref().map(|server| server.main("/xapi"));
    let pair = ["--key", KEY, "--secret", SECRET];
    let mut arguments = vec!["--endpoint", &endpoints[0], "--endpoint", &endpoints[1]];
    arguments.extend(pair.iter().chain(&pair));
    let report = report(&bench(folder.path(), &arguments));
    let rows = report["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 16);
    for (server, endpoint) in servers.iter().zip(&endpoints) {
        let name = endpoint.trim_start_matches("http://");
        let own = rows.iter().filter(|row| row["target"] == name);
        let stored: u64 = own
            .filter(|row| row["scenario"].as_str().is_some_and(|name| name.contains("store")))
            .filter_map(|row| row["statements"].as_u64())
            .sum();
        let (mut found, mut next) = (0, Some("/xapi/statements?limit=500".to_owned()));
        while let Some(path) = next {
            let page = server.xapi(path.trim_start_matches("/xapi/")).send().await.unwrap();
            let page: Value = page.json().await.unwrap();
            found += page["statements"].as_array().unwrap().len() as u64;
            next = page["more"].as_str().filter(|more| !more.is_empty()).map(str::to_owned);
        }
        assert_eq!(found, stored, "every answered statement is there, and no other");
    }
}

#[test]
fn an_endpoint_elsewhere_or_without_a_key_pair_is_refused() {
    let folder = TempDir::new().unwrap();
    let remote = ["--endpoint", "http://192.0.2.1/xapi", "--key", "k", "--secret", "s"];
    let output = bench(folder.path(), &remote);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("--allow-remote"));
    let keyless = bench(folder.path(), &["--endpoint", "http://127.0.0.1:1/xapi"]);
    assert_eq!(keyless.status.code(), Some(2));
    let secure = ["--endpoint", "https://127.0.0.1/xapi", "--key", "k", "--secret", "s"];
    assert_eq!(bench(folder.path(), &secure).status.code(), Some(2));
}
