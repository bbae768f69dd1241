//! `conformance/requirements.toml`: which test proves which requirement of xAPI 1.0.3.
//!
//! The ids are those of ADL's list of requirements; the words beside them are ours. A test proves a
//! requirement when its own text (comment, name, body) mentions the id: `XAPI-00012`,
//! `xapi_00012`, or a range as in `XAPI-00128 to 00135`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use toml::{Table, Value};

const TABLE: &str = "conformance/requirements.toml";
/// The list counts from 1 to this.
const LAST: u32 = 336;
/// Numbers that the list leaves out.
const UNUSED: [u32; 1] = [136];
/// Where the texts of the requirements may lie, in this folder or one above it.
const TEXTS: &str = "shared/spec/xapi-requirements";

/// A row of the table.
#[derive(Debug)]
struct Requirement {
    /// `file::test`.
    tests: Vec<String>,
    /// Why no test proves it.
    why_not: Option<String>,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn table() -> Table {
    let text = fs::read_to_string(root().join(TABLE)).expect("the table can be read");
    text.parse().unwrap_or_else(|error| panic!("{TABLE}: {error}"))
}

fn requirements(table: &Table) -> BTreeMap<u32, Requirement> {
    let rows = table.iter().filter(|(key, _)| *key != "covered_min");
    rows.map(|(key, row)| {
        let number = key.strip_prefix("XAPI-").filter(|digits| digits.len() == 5);
        let number = number.and_then(|digits| digits.parse().ok());
        let number = number.unwrap_or_else(|| panic!("{key} is no id"));
        let row = row.as_table().unwrap_or_else(|| panic!("{key} is no table"));
        for name in row.keys() {
            assert!(["says", "tests", "why_not"].contains(&name.as_str()), "{key}: {name}?");
        }
        assert!(row.get("says").is_some_and(Value::is_str), "{key} says nothing");
        let text = |value: &Value| value.as_str().expect("a list of texts").to_owned();
        let tests = row.get("tests").and_then(Value::as_array);
        let tests = tests.map(|list| list.iter().map(text).collect()).unwrap_or_default();
        (number, Requirement { tests, why_not: row.get("why_not").map(text) })
    })
    .collect()
}

fn id(number: u32) -> String {
    format!("XAPI-{number:05}")
}

/// The text of each test function of a formatted file, with the comments before it, by its name.
fn tests_of(text: &str) -> BTreeMap<String, String> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = BTreeMap::new();
    for (at, line) in lines.iter().enumerate() {
        let words = line.trim_start();
        let indent = &line[..line.len() - words.len()];
        let declared = words.strip_prefix("async ").unwrap_or(words).strip_prefix("fn ");
        let Some(name) = declared.and_then(|rest| rest.split('(').next()) else { continue };
        let above = lines[..at].iter().rev();
        let above = above.take_while(|line| {
            line.starts_with(&format!("{indent}#[")) || {
                let line = line.trim_start();
                // A property test's own attributes may span lines.
                line.starts_with("//") || line.starts_with("#![")
            }
        });
        let begin = at - above.count();
        let is_test =
            lines[begin..at].iter().any(|line| line.contains("test]") || line.contains("test("));
        let end = lines[at..].iter().position(|line| *line == format!("{indent}}}"));
        if let (true, Some(end)) = (is_test, end) {
            found.insert(name.to_owned(), lines[begin..=at + end].join("\n"));
        }
    }
    found
}

/// The numbers that a test's text mentions.
fn mentioned(text: &str) -> BTreeSet<u32> {
    let text = text.to_lowercase();
    let mut found = BTreeSet::new();
    for (at, prefix) in text.match_indices("xapi_").chain(text.match_indices("xapi-")) {
        let rest = &text[at + prefix.len()..];
        let Some(first) = number(rest) else { continue };
        let rest = rest[5..].trim_start_matches(['_', ' ']);
        let last = rest.strip_prefix("to").map(|rest| rest.trim_start_matches(['_', ' ']));
        let last = last.map(|rest| rest.trim_start_matches("xapi-")).and_then(number);
        found.extend(first..=last.unwrap_or(first));
    }
    found
}

/// Five digits at the start.
fn number(text: &str) -> Option<u32> {
    text.get(..5).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?.parse().ok()
}

/// All tests of the tree by `file::name`.
fn all_tests() -> BTreeMap<String, String> {
    let mut files = Vec::new();
    for folder in ["src", "tests", "conformance"] {
        collect(&root().join(folder), &mut files);
    }
    let mut found = BTreeMap::new();
    for path in files {
        let name = path.strip_prefix(root()).expect("it lies below").display().to_string();
        if name == "tests/requirements.rs" {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
        found.extend(
            tests_of(&text).into_iter().map(|(test, text)| (format!("{name}::{test}"), text)),
        );
    }
    found
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    let entries =
        fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for path in entries.map(|entry| entry.expect("a folder can be listed").path()) {
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
}

fn violations(rule: &str, found: &[String]) {
    assert!(found.is_empty(), "{rule}:\n{}", found.join("\n"));
}

#[test]
fn each_requirement_stands_in_the_table_once() {
    // That an id stands there once is what TOML itself demands.
    let ours: BTreeSet<u32> = requirements(&table()).into_keys().collect();
    let all: BTreeSet<u32> = (1..=LAST).filter(|number| !UNUSED.contains(number)).collect();
    let differ: Vec<String> = ours.symmetric_difference(&all).map(|number| id(*number)).collect();
    violations("ids that are missing or made up", &differ);
}

#[test]
fn the_table_has_the_ids_of_the_published_list() {
    let Some(folder) = root().ancestors().map(|above| above.join(TEXTS)).find(|at| at.is_dir())
    else {
        println!("skipped: the published list of requirements is not beside the repository");
        return;
    };
    let theirs = published(&folder);
    let ours: BTreeSet<u32> = requirements(&table()).into_keys().collect();
    let differ: Vec<String> =
        ours.symmetric_difference(&theirs).map(|number| id(*number)).collect();
    violations("ids that differ from the published list", &differ);
}

/// The ids at the head of the published rows.
fn published(folder: &Path) -> BTreeSet<u32> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(folder).expect("the list can be read") {
        let path = entry.expect("the list can be read").path();
        if path.is_dir() {
            found.extend(published(&path));
        } else if let Ok(text) = fs::read_to_string(&path) {
            found.extend(
                text.lines().filter_map(|line| number(line.trim_start().strip_prefix("| XAPI-")?)),
            );
        }
    }
    found
}

#[test]
fn each_named_test_exists_and_mentions_what_it_proves() {
    let tests: BTreeMap<String, BTreeSet<u32>> =
        all_tests().into_iter().map(|(name, text)| (name, mentioned(&text))).collect();
    let mut found = Vec::new();
    for (number, requirement) in requirements(&table()) {
        for test in &requirement.tests {
            match tests.get(test) {
                None => found.push(format!("{}: there is no test {test}", id(number))),
                Some(mentioned) if !mentioned.contains(&number) => {
                    found.push(format!("{}: {test} does not mention it", id(number)));
                }
                Some(_) => {}
            }
        }
    }
    violations("tests that prove nothing", &found);
}

#[test]
fn what_no_test_proves_has_a_reason_and_coverage_never_falls() {
    let table = table();
    let requirements = requirements(&table);
    let unexplained: Vec<String> = requirements
        .iter()
        .filter(|(_, row)| row.tests.is_empty() == row.why_not.is_none())
        .map(|(number, _)| id(*number))
        .collect();
    violations("rows with neither tests nor a reason, or with both", &unexplained);
    let covered = requirements.values().filter(|row| !row.tests.is_empty()).count();
    println!("{covered} of {} requirements covered", requirements.len());
    let least = table["covered_min"].as_integer().expect("covered_min is a number");
    let covered = i64::try_from(covered).expect("there are hundreds");
    assert!(covered >= least, "{covered} covered, at least {least}");
}

#[test]
fn each_divergence_has_a_reason_and_a_test_that_exists() {
    let text = fs::read_to_string(root().join("conformance/divergences.toml"));
    let table: Table = text.expect("the list can be read").parse().expect("it is TOML");
    let tests = all_tests();
    let mut found = Vec::new();
    for row in table["divergence"].as_array().expect("it is a list") {
        let text = |name: &str| row.get(name).and_then(Value::as_str).unwrap_or_default();
        if ["from", "instead", "why"].iter().any(|name| text(name).is_empty()) {
            found.push(format!("says too little: {row}"));
        }
        if tests.iter().all(|(name, _)| *name != text("test")) {
            found.push(format!("there is no test {}", text("test")));
        }
    }
    violations("divergences that nothing explains or proves", &found);
}

#[test]
fn a_mention_is_an_id_or_a_range() {
    assert_eq!(
        mentioned("fn xapi_00012_xapi_00150_to_00152_refused() {"),
        [12, 150, 151, 152].into()
    );
    assert_eq!(mentioned("// XAPI-00017, XAPI-00128 to 00130, XAPI-1"), [17, 128, 129, 130].into());
    let file =
        "    /// XAPI-00001\n    #[test]\n    fn a() {\n        b();\n    }\n\nfn c() {\n}\n";
    let tests = tests_of(file);
    assert_eq!(tests.keys().collect::<Vec<_>>(), ["a"]);
    assert_eq!(mentioned(&tests["a"]), [1].into());
}
