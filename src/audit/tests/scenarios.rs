//! The scenario files: small worlds and the exact reports that they must give (audit rules,
//! section 4). Those of the repository always, those beside it whenever they are there.

use audit::{Scenario, canonical};
use regex_lite::Regex;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut found: Vec<PathBuf> =
        paths.filter(|path| path.extension().is_some_and(|end| end == "json")).collect();
    found.sort();
    found
}

/// What does not match, as lines. Objects are matched as subsets, lists have the same length and
/// order, flags are a set; `$match`, `$any` and `$not` are matchers.
fn differences(path: &str, expected: &Value, found: &Value, lines: &mut Vec<String>) {
    match (expected, found) {
        (Value::Object(matcher), _) if matcher.contains_key("$any") => {}
        (Value::Object(matcher), _) if matcher.contains_key("$not") => {
            let mut inner = Vec::new();
            differences(path, &matcher["$not"], found, &mut inner);
            if inner.is_empty() {
                lines.push(format!("{path}: is {found}, which it must not be"));
            }
        }
        (Value::Object(matcher), _) if matcher.contains_key("$match") => {
            let pattern = matcher["$match"].as_str().expect("a pattern");
            let pattern = Regex::new(pattern).unwrap_or_else(|error| panic!("{path}: {error}"));
            if !found.as_str().is_some_and(|text| pattern.is_match(text)) {
                lines.push(format!("{path}: {found} does not match {pattern}"));
            }
        }
        (Value::Object(expected), Value::Object(found)) => {
            for (key, value) in expected {
                let inner = format!("{path}/{key}");
                match found.get(key) {
                    Some(found) if key == "flags" => flags(&inner, value, found, lines),
                    Some(found) => differences(&inner, value, found, lines),
                    None => lines.push(format!("{inner}: missing")),
                }
            }
        }
        (Value::Array(expected), Value::Array(found)) => {
            if expected.len() != found.len() {
                let short: Vec<String> = found.iter().map(brief).collect();
                let (wanted, has) = (expected.len(), found.len());
                lines.push(format!("{path}: {has} instead of {wanted}:\n  {}", short.join("\n  ")));
            }
            for (place, (expected, found)) in expected.iter().zip(found).enumerate() {
                differences(&format!("{path}/{place}"), expected, found, lines);
            }
        }
        (Value::Number(expected), Value::Number(found)) => {
            if expected.as_f64() != found.as_f64() {
                lines.push(format!("{path}: {found} instead of {expected}"));
            }
        }
        _ if expected == found => {}
        _ => lines.push(format!("{path}: {found} instead of {expected}")),
    }
}

fn brief(value: &Value) -> String {
    let mut value = value.clone();
    if let Some(row) = value.as_object_mut() {
        row.remove("because");
        row.remove("modules");
    }
    value.to_string()
}

fn flags(path: &str, expected: &Value, found: &Value, lines: &mut Vec<String>) {
    let (expected, found) =
        (expected.as_array().expect("a list"), found.as_array().expect("a list"));
    let matches = |one: &Value, other: &Value| {
        let mut inner = Vec::new();
        differences("", one, other, &mut inner);
        inner.is_empty()
    };
    for flag in expected.iter().filter(|flag| !found.iter().any(|other| matches(flag, other))) {
        lines.push(format!("{path}: lacks {flag}"));
    }
    for flag in found.iter().filter(|flag| !expected.iter().any(|other| matches(other, flag))) {
        lines.push(format!("{path}: has {flag} besides"));
    }
}

fn check(path: &Path) -> Vec<String> {
    let text = fs::read(path).expect("a file");
    let scenario =
        Scenario::read(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let raw: Value = serde_json::from_slice(&text).expect("JSON");
    let expected = raw["evaluations"].as_array().expect("evaluations");
    let mut lines = Vec::new();
    for (place, (answer, wanted)) in scenario.answers().zip(expected).enumerate() {
        let report = serde_json::to_value(&answer.report).expect("a report is JSON");
        differences(&format!("evaluation {place}"), &wanted["expected"], &report, &mut lines);
        let again = scenario.answers().nth(place).expect("as many answers");
        assert_eq!(canonical::text(&answer).ok(), canonical::text(&again).ok(), "same bytes twice");
    }
    lines
}

fn check_all(folder: &Path) -> usize {
    let mut failed = Vec::new();
    let files = files(folder);
    for path in &files {
        let lines = check(path);
        if !lines.is_empty() {
            failed.push(format!("{}:\n{}", path.display(), lines.join("\n")));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
    files.len()
}

#[test]
fn every_scenario_gives_exactly_the_expected_report() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
    assert!(check_all(&folder) >= 17);
}

#[test]
fn scenarios_beside_the_repository_do_so_too() {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/scenarios");
    if check_all(&shared) == 0 {
        println!("skipped: there are no scenarios beside the repository");
    }
}

#[test]
fn matchers_match_what_they_say_and_nothing_else() {
    let differ = |expected: &str, found: &str| {
        let read = |text: &str| serde_json::from_str::<Value>(text).expect("JSON");
        let mut lines = Vec::new();
        differences("", &read(expected), &read(found), &mut lines);
        !lines.is_empty()
    };
    for (expected, same, other) in [
        (r#"{"$match": "^no .* for \\d+ days$"}"#, r#""no mail for 12 days""#, r#""no mail""#),
        (r#"{"$match": "12"}"#, r#""2012""#, "12"),
        (r#"{"$not": {"$match": "a"}}"#, r#""b""#, r#""bar""#),
        (r#"{"$not": null}"#, "1", "null"),
        (r#"{"a": {"$any": true}}"#, r#"{"a": null, "b": 1}"#, r#"{"b": 1}"#),
        (r#"[1, {"a": 2}]"#, r#"[1.0, {"a": 2, "b": 3}]"#, "[1]"),
        (r#"{"flags": [1, 2]}"#, r#"{"flags": [2, 1]}"#, r#"{"flags": [2, 1, 3]}"#),
    ] {
        assert!(!differ(expected, same), "{expected} {same}");
        assert!(differ(expected, other), "{expected} {other}");
    }
}
