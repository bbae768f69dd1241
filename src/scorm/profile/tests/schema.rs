//! The profile's own schemas of statements and documents, when they lie beside the repository.

use super::{Learner, context, learner};
use crate::manifest::Edition;
use crate::profile::{Content, documents};
use crate::tree::sample::{at, leave};
use serde_json::Value;
use std::path::PathBuf;

/// The folder of the schemas; prints a line when it is not there.
fn schemas() -> Option<PathBuf> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared");
    let shared = option_env!("ATTESTRY_SHARED").unwrap_or(beside);
    let folder = PathBuf::from(shared).join("spec/scorm-profile/document-schemas");
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: the profile's schemas are not beside the repository");
    None
}

/// The keywords of JSON Schema draft 4 that these schemas use, `pattern` and `format` left out.
fn errors(schema: &Value, value: &Value, at: &str, found: &mut Vec<String>) {
    let mut wrong = |what: &str| found.push(format!("{at}: {what}"));
    let kind = schema["type"].as_str();
    let fits = match kind {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("number") => value.is_number(),
        _ => true,
    };
    if !fits {
        wrong(&format!("not of type {kind:?}"));
    }
    if schema["enum"].as_array().is_some_and(|words| !words.contains(value)) {
        wrong(&format!("{value} is not in {}", schema["enum"]));
    }
    if let Some(number) = value.as_f64() {
        if schema["minimum"].as_f64().is_some_and(|least| number < least) {
            wrong("too small");
        }
        if schema["maximum"].as_f64().is_some_and(|most| number > most) {
            wrong("too large");
        }
    }
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if value.get(name).is_none() {
            wrong(&format!("no {name}"));
        }
    }
    let least = schema["minItems"].as_u64().unwrap_or(0);
    if value.as_array().is_some_and(|items| (items.len() as u64) < least) {
        wrong("too few items");
    }
    for (name, member) in value.as_object().into_iter().flatten() {
        match schema["properties"].get(name) {
            Some(schema) => errors(schema, member, &format!("{at}/{name}"), found),
            None if schema["additionalProperties"] == false => {
                found.push(format!("{at}: {name} is not expected"));
            }
            None => {}
        }
    }
    for (n, item) in value.as_array().into_iter().flatten().enumerate() {
        let of_item = match &schema["items"] {
            Value::Array(schemas) => schemas.get(n).unwrap_or(&Value::Null),
            schema => schema,
        };
        errors(of_item, item, &format!("{at}/{n}"), found);
    }
}

/// Some of the profile's schemas have a comma too many.
fn without_trailing_commas(text: &str) -> String {
    let mut out = String::new();
    for part in text.split_inclusive(',') {
        if out.ends_with(',') && part.trim_start().starts_with(['}', ']']) {
            out.pop();
        }
        out.push_str(part);
    }
    out
}

fn check(folder: &std::path::Path, schema: &str, value: &Value) {
    let path = folder.join(format!("scorm.profile.{schema}.schema.json"));
    let text = without_trailing_commas(&std::fs::read_to_string(path).unwrap());
    let schema_json: Value = serde_json::from_str(&text).unwrap();
    let mut found = Vec::new();
    errors(&schema_json, value, "", &mut found);
    assert_eq!(found, Vec::<String>::new(), "{schema}: {value:#}");
}

fn played() -> Learner {
    let mut learner = learner(Edition::Scorm2004Fourth, &["a"]);
    let sets = [
        ("cmi.exit", "suspend"),
        ("cmi.location", "p1"),
        ("cmi.learner_preference.language", "fr"),
        ("cmi.learner_preference.audio_level", "1.5"),
    ];
    learner.take("a", &sets);
    leave(&learner.tree, &mut learner.state, crate::tree::Scorm12Rollup::default());
    let sets = [
        ("cmi.success_status", "failed"),
        ("cmi.completion_status", "completed"),
        ("cmi.score.scaled", "0.3"),
        ("cmi.progress_measure", "1"),
        ("cmi.session_time", "PT1M"),
        ("cmi.comments_from_learner.0.comment", "hm"),
        ("cmi.objectives.0.id", "o"),
        ("cmi.objectives.0.success_status", "passed"),
        ("cmi.exit", "normal"),
    ];
    learner.take("a", &sets);
    learner
}

#[test]
fn statements_fit_the_schemas_of_the_profile() {
    let Some(folder) = schemas() else { return };
    let learner = played();
    // The one of objectives contradicts the profile's prose and examples.
    for (verb, object, schema) in [
        ("initialized", "/sco/a", "initializing.attempt"),
        ("resumed", "/sco/a", "resuming.attempt"),
        ("suspended", "/sco/a", "suspending.attempt"),
        ("terminated", "/sco/a", "terminating.attempt"),
        ("terminated", "/sco/a", "session.time"),
        ("completed", "/sco/a", "completion.status"),
        ("failed", "/sco/a", "success.status"),
        ("scored", "/sco/a", "score"),
        ("progressed", "/sco/a", "progress.measure"),
        ("commented", "/sco/a", "comments.from.learner"),
    ] {
        check(&folder, schema, learner.find(verb, object));
    }
}

#[test]
fn documents_fit_the_schemas_of_the_profile() {
    let Some(folder) = schemas() else { return };
    let learner = played();
    let data = learner.prior.as_ref().unwrap();
    let index = at(&learner.tree, "a");
    let made = documents(&context(), &learner.tree, &learner.state, index, data);
    let mut checked = 0;
    for (id, schema) in [
        ("activity-state", "activity.state"),
        ("attempt-state", "attempt.state"),
        ("agent-profile", "agent.profile"),
    ] {
        let wanted = crate::profile::document_id(id);
        let document = made.iter().find(|document| document.id == wanted).unwrap();
        let Content::Json(value) = &document.content else { panic!("{id} is not JSON") };
        check(&folder, schema, value);
        checked += 1;
    }
    assert_eq!(checked, 3);
}
