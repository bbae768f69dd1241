//! Runs the case tables of `tests/cases/`, which the browser's interpreter runs too.

use super::text;
use crate::manifest::Edition;
use crate::runtime::table::{self, Access};
use crate::runtime::{ApiSession, Fault, RunTimeData};
use serde_json::{Value, json};
use std::collections::HashSet;
use std::path::PathBuf;

/// How many arguments a function takes; the values after them are the expected answer.
fn arity(function: &str) -> usize {
    match function.trim_start_matches("LMS") {
        "SetValue" => 2,
        "GetLastError" => 0,
        _ => 1,
    }
}

fn read(file: &str) -> Value {
    let cases = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/cases");
    let text = std::fs::read_to_string(cases.join(file)).expect(file);
    serde_json::from_str(&text).expect(file)
}

fn session(file: &Value, group: &Value) -> ApiSession {
    let edition = group.get("edition").unwrap_or(&file["edition"]);
    let data = json!({
        "edition": edition,
        "values": group.get("data").unwrap_or(&json!({})),
        "access": group.get("access").unwrap_or(&json!({})),
    });
    let data: RunTimeData = serde_json::from_value(data).expect("data");
    let strictness = group.get("strictness").map(|s| serde_json::from_value(s.clone()));
    ApiSession::new(data, strictness.transpose().expect("strictness").unwrap_or_default())
}

/// What the calls of a file reached: element with function, and faults.
#[derive(Default)]
struct Reached {
    elements: HashSet<(&'static str, bool)>,
    faults: HashSet<Fault>,
}

fn run(file: &Value, reached: &mut Reached) -> Vec<String> {
    let mut wrong = Vec::new();
    for group in file["groups"].as_array().expect("groups") {
        let mut session = session(file, group);
        for call in group["calls"].as_array().expect("calls") {
            let name = call[0].as_str().expect("function");
            let arity = arity(name);
            let args: Vec<String> = (1..=arity).map(|at| text(&call[at])).collect();
            let args: Vec<&str> = args.iter().map(String::as_str).collect();
            let reply = session.call(name, &args);
            let expected = (text(&call[arity + 1]), call[arity + 2].as_u64());
            let note = call.get(arity + 3).cloned().unwrap_or(Value::Null);
            let got_note = serde_json::to_value(reply.note).expect("note");
            let error = Some(u64::from(reply.error));
            if (&reply.result, error, &got_note) != (&expected.0, expected.1, &note) {
                let call: String = call.to_string().chars().take(160).collect();
                let got: String = reply.result.chars().take(80).collect();
                let rule = &group["rule"];
                wrong.push(format!("{rule}: {call}: got {got:?} {} {got_note}", reply.error));
            }
            reached.faults.extend(session.fault());
            let table = table::of(session.data().edition());
            let found = args.first().and_then(|element| table.resolve(element).ok());
            if let Some(found) = found.filter(|_| name.ends_with("Value")) {
                reached.elements.insert((found.element.name, name.ends_with("SetValue")));
            }
        }
    }
    wrong
}

fn check(file: &str) {
    let cases = read(file);
    let mut reached = Reached::default();
    let wrong = run(&cases, &mut reached);
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    let edition: Edition = serde_json::from_value(cases["edition"].clone()).expect("edition");
    for element in &table::of(edition).elements {
        for is_set in [false, true] {
            let reached = reached.elements.contains(&(element.name, is_set));
            assert!(reached, "no case sets={is_set} {}", element.name);
        }
    }
    for fault in Fault::ALL {
        // a table too large for a readable case; see below
        let exempt = *fault == Fault::Full || (!edition.is_2004() && fault.is_of_2004_only());
        assert!(exempt || reached.faults.contains(fault), "no case fails with {fault:?}");
    }
}

impl Fault {
    /// SCORM 1.2 has no dependencies, no identifiers that must differ, and answers an empty text
    /// for what nothing set.
    const fn is_of_2004_only(self) -> bool {
        matches!(
            self,
            Self::Dependency | Self::NotUnique | Self::Once | Self::Unset | Self::TooManyPatterns
        )
    }
}

#[test]
fn scorm_12_answers_as_the_case_table_says() {
    check("scorm12.json");
}

#[test]
fn scorm_2004_answers_as_the_case_table_says() {
    check("scorm2004.json");
}

#[test]
fn a_collection_takes_no_more_entries_than_the_limit() {
    let count = crate::runtime::ENTRIES_MAX.to_string();
    let group = json!({ "edition": "scorm12", "data": { "cmi.objectives._count": count } });
    let mut session = session(&json!({}), &group);
    session.call("LMSInitialize", &[""]);
    let element = format!("cmi.objectives.{count}.id");
    assert_eq!(session.call("LMSSetValue", &[&element, "one too many"]).error, 201);
    assert_eq!(session.fault(), Some(Fault::Full));
}

#[test]
fn the_data_of_an_attempt_grow_no_longer_than_the_limit() {
    let mut session = session(&json!({}), &json!({ "edition": "scorm2004_fourth" }));
    session.call("Initialize", &[""]);
    let long = "x".repeat(1 << 20);
    let comment = |n: usize| format!("cmi.comments_from_learner.{n}.comment");
    for n in 0..7 {
        assert_eq!(session.call("SetValue", &[&comment(n), &long]).error, 0, "{n}");
    }
    assert_eq!(session.call("SetValue", &[&comment(7), &long]).error, 351);
    assert_eq!(session.fault(), Some(Fault::Full));
    assert_eq!(session.data().count("cmi.comments_from_learner"), 7);
    assert_eq!(session.call("SetValue", &[&comment(6), "short"]).error, 0);
    assert_eq!(session.call("SetValue", &[&comment(7), &long]).error, 0);
}

#[test]
fn what_only_the_lms_sets_content_never_changes() {
    for edition in [Edition::Scorm12, Edition::Scorm2004Fourth] {
        for element in &table::of(edition).elements {
            let keyword = element.format.is_keyword();
            assert!(!keyword || element.access == Access::ReadOnly, "{}", element.name);
        }
    }
}
