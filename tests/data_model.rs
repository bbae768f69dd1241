//! The run-time data models in a real browser: the case tables that the server's interpreter is
//! held to, on the one that content talks to, with the server's own tables.

use harness::Browser;
use harness::serde_json::{Map, Value, json};
use scorm::manifest::Edition;
use std::fs;
use std::path::Path;
use support::{File, no_browser, serve};

const CASES: [&str; 2] = ["tests/cases/scorm12.json", "tests/cases/scorm2004.json"];
const SCRIPTS: [&str; 3] =
    ["tests/cases/run.mjs", "content/player/api/api.js", "content/player/api/data_model.js"];

const PAGE: &str = r#"<!doctype html><title>Cases</title><link rel="icon" href="data:,">
<script type="module">
  import { checkApi, runCases } from "./tests/cases/run.mjs";
  const json = async (path) => (await fetch(path)).json();
  const tables = await json("tables.json");
  const outcome = { promises: checkApi(tables), calls: 0, wrong: [] };
  for (const path of await json("cases.json")) {
    const { calls, wrong } = runCases(await json(path), tables);
    outcome.calls += calls;
    outcome.wrong.push(...wrong);
  }
  window.outcome = outcome;
</script>"#;

fn tables() -> Value {
    let editions = [
        Edition::Scorm12,
        Edition::Scorm2004Second,
        Edition::Scorm2004Third,
        Edition::Scorm2004Fourth,
    ];
    let table = |edition: Edition| {
        let table = scorm::runtime::table_json(edition);
        (table["edition"].as_str().expect("a table names its edition").to_owned(), table)
    };
    Value::Object(editions.into_iter().map(table).collect::<Map<_, _>>())
}

fn files() -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let of_ours = |path: &&str| {
        let bytes = fs::read(root.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
        ((*path).to_owned(), bytes)
    };
    let mut files: Vec<File> = CASES.iter().chain(&SCRIPTS).map(of_ours).collect();
    files.push((String::new(), PAGE.into()));
    files.push(("tables.json".into(), tables().to_string().into()));
    files.push(("cases.json".into(), json!(CASES).to_string().into()));
    files
}

#[tokio::test]
async fn the_browser_keeps_every_rule_of_the_case_tables() {
    if no_browser() {
        return;
    }
    let browser = Browser::open().await;
    browser.goto(&serve("127.0.0.1", files())).await.expect("the page loads");
    let outcome = browser.wait_until("the outcome", "window.outcome").await;
    assert_eq!(outcome["promises"], json!([]), "promises of the API that are broken");
    assert_eq!(outcome["wrong"], json!([]), "calls that were answered wrongly");
    assert!(outcome["calls"].as_u64() > Some(1_000), "{} calls are too few", outcome["calls"]);
    assert_eq!(browser.console_errors().await, Vec::<String>::new());
}
