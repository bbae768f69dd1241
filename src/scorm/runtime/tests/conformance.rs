//! Replays ADL's SCORM 2004 4th edition conformance calls against the data model, where a copy of
//! them lies beside the repository (`../shared/cts`, or `$ATTESTRY_SHARED/cts`).

use crate::manifest::Edition;
use crate::runtime::{
    ApiSession, Delivery, ObjectiveState, RunTimeData, SharedDataState, Strictness, Timespan,
};
use serde_json::Value;
use std::collections::HashMap;
use std::path::PathBuf;

fn cts() -> Option<PathBuf> {
    #[expect(clippy::disallowed_methods, reason = "a test finds material outside the repository")]
    let named = std::env::var("ATTESTRY_SHARED").ok().map(PathBuf::from);
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let cts = named.unwrap_or(beside).join("cts");
    if cts.join("cases").is_dir() {
        return Some(cts);
    }
    println!("skipped: no conformance cases in {}", cts.display());
    None
}

fn case(cts: &std::path::Path, id: &str) -> Value {
    let text = std::fs::read_to_string(cts.join("cases").join(format!("{id}.json"))).expect(id);
    serde_json::from_str(&text).expect(id)
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or("")
}

/// The text between the first `open` and the next `close`.
fn between<'t>(text: &'t str, open: &str, close: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(open)?;
    rest.split_once(close).map(|(inner, _)| inner)
}

/// The part of a manifest that describes one item of these cases (all are leaves).
fn item<'m>(manifest: &'m str, id: &str) -> &'m str {
    between(manifest, &format!("<item identifier=\"{id}\""), "</item>").expect("item")
}

/// Shared data stores by package and target.
type Stores = HashMap<(String, String), String>;

fn delivery(package: &str, item: &str, stores: &Stores) -> Delivery {
    let compact = item.replace(" = ", "=");
    let threshold = compact.contains("completedByMeasure=\"true\"").then(|| {
        between(&compact, "minProgressMeasure=\"", "\"").map_or(1.0, |n| n.parse().expect("number"))
    });
    let passing = compact.contains("satisfiedByMeasure=\"true\"").then(|| {
        between(&compact, "<imsss:minNormalizedMeasure>", "<")
            .map_or(1.0, |n| n.parse().expect("n"))
    });
    let objective = between(&compact, "objectiveID=\"", "\"")
        .map(|id| ObjectiveState { id: id.to_owned(), ..ObjectiveState::default() });
    let maps = compact.split("<adlcp:map ").skip(1).map(|map| {
        let id = between(map, "targetID=\"", "\"").expect("target").to_owned();
        let map = map.split("/>").next().unwrap_or(map);
        SharedDataState {
            store: stores.get(&(package.to_owned(), id.clone())).cloned(),
            id,
            read: !map.contains("readSharedData=\"false\""),
            write: !map.contains("writeSharedData=\"false\""),
        }
    });
    Delivery {
        learner_id: "learner-2".to_owned(),
        learner_name: "Two, Learner".to_owned(),
        launch_data: between(&compact, "<adlcp:dataFromLMS>", "</").map(str::to_owned),
        time_limit_action: between(&compact, "<adlcp:timeLimitAction>", "</").map(str::to_owned),
        completion_threshold: threshold,
        scaled_passing_score: passing,
        objectives: objective.into_iter().collect(),
        shared_data: maps.collect(),
        ..Delivery::default()
    }
}

/// Whether the answer is the expected one under the comparison that the case names.
fn agrees(call: &Value, got: &str) -> bool {
    let Some(wanted) = call["expect"]["return"].as_str() else {
        return call["expect"]["max_length"].as_u64().is_none_or(|max| got.len() as u64 <= max);
    };
    if !call["expect"]["cts_accepts"].is_null() {
        return true;
    }
    let wanted = wanted.replace("${L2_ID}", "learner-2");
    let real = |t: &str| t.parse::<f64>().ok();
    let lang = |t: &str| t.strip_prefix("{lang=en}").unwrap_or(t).to_owned();
    let set = |t: &str| {
        let mut words: Vec<String> = t.split(',').map(str::to_owned).collect();
        words.sort();
        words
    };
    match call["compare"].as_str().unwrap_or("string") {
        "real" => real(got) == real(&wanted),
        "duration" => Timespan::parse_scorm2004(got) == Timespan::parse_scorm2004(&wanted),
        "langstring" => lang(got) == lang(&wanted),
        "children_set" => set(got) == set(&wanted),
        "language" => got.eq_ignore_ascii_case(&wanted),
        "interaction" => spelled(got) == spelled(&wanted),
        "not_compared" => true,
        _ => got == wanted,
    }
}

/// A response with its leading delimiters in one order and without those that say the default.
fn spelled(response: &str) -> (Vec<&str>, &str) {
    let (mut delimiters, mut rest) = (Vec::new(), response);
    while let Some(inner) = ["{lang=", "{case_matters=", "{order_matters="]
        .iter()
        .find_map(|open| rest.strip_prefix(open)?.split_once('}').map(|(_, rest)| rest))
    {
        delimiters.push(&rest[..rest.len() - inner.len()]);
        rest = inner;
    }
    let default = ["{lang=en}", "{case_matters=false}", "{order_matters=true}"];
    delimiters.retain(|delimiter| !default.contains(delimiter));
    delimiters.sort_unstable();
    (delimiters, rest)
}

/// Makes the calls of a step; what went wrong is added to `failures`.
fn replay(session: &mut ApiSession, id: &str, step: &Value, failures: &mut Vec<String>) -> usize {
    let none = Vec::new();
    let calls = step["calls"].as_array().unwrap_or(&none);
    let after = step["after_calls"].as_array().unwrap_or(&none);
    let mut made = 0;
    for call in calls.iter().chain(after) {
        let name = text(call, "fn");
        let mut element = text(call, "element").to_owned();
        if let Some(find) = call["find"].as_object() {
            let collection = find["collection"].as_str().expect("collection");
            let wanted = find["id"].as_str();
            let n = (0..session.data().count(collection))
                .find(|n| session.data().get(&format!("{collection}.{n}.id")) == wanted)
                .expect("the entry that the case looks for");
            element = element.replace("{n}", &n.to_string());
        }
        let reply = match name {
            "CheckObjectiveIds" => continue,
            "SetValue" => session.call(name, &[&element, text(call, "value")]),
            "GetValue" => session.call(name, &[&element]),
            _ => session.call(name, &[text(call, "arg")]),
        };
        made += 1;
        let expected = call["expect"]["error"].as_str();
        let checked = call["expect"]["error_checked"] != false;
        let from_lms = call["compare"] == "comments_from_lms" && reply.error == 301;
        let error_fits =
            from_lms || expected.is_none_or(|e| !checked || e == reply.error.to_string());
        let fits = call["expect"].is_null() || agrees(call, &reply.result);
        if !fits || !error_fits {
            let shown: String = call.to_string().chars().take(300).collect();
            let got: String = reply.result.chars().take(80).collect();
            failures.push(format!(
                "{id} {}: got {got:?} {} {shown}",
                text(step, "key"),
                reply.error
            ));
        }
    }
    made
}

fn replay_case(id: &str, strictness: Strictness) {
    let Some(cts) = cts() else { return };
    let case = case(&cts, id);
    let (mut suspended, mut stores) = (HashMap::<String, RunTimeData>::new(), Stores::new());
    let (mut failures, mut made) = (Vec::new(), 0);
    for step in case["steps"].as_array().expect("steps") {
        let delivered = &step["expect_delivered"];
        let (package, item_id) = (text(delivered, "package"), text(delivered, "item"));
        let path = cts.join("manifests").join(package).join("imsmanifest.xml");
        let manifest = std::fs::read_to_string(path).expect("manifest");
        let mut delivery = delivery(package, item(&manifest, item_id), &stores);
        let activity = format!("{package}/{item_id}");
        delivery.prior = suspended.remove(&activity);
        let data = RunTimeData::start(Edition::Scorm2004Fourth, &delivery);
        let mut session = ApiSession::new(data, strictness);
        made += replay(&mut session, id, step, &mut failures);
        for shared in session.data().shared_data() {
            if let Some(store) = shared.store.filter(|_| shared.writable) {
                stores.insert((package.to_owned(), shared.id.to_owned()), store.to_owned());
            }
        }
        let ended = step["then"][0]["content"] == "exitAll";
        if ended && manifest.contains("sharedDataGlobalToSystem = \"false\"") {
            stores.retain(|(of, _), _| of != package);
        }
        if session.data().suspends() {
            let text = serde_json::to_string(session.data()).expect("serialises");
            suspended.insert(activity, serde_json::from_str(&text).expect("reads back"));
        }
    }
    println!("{id}: {made} calls, {} wrong", failures.len());
    assert!(made > 0);
    failures.truncate(60);
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn the_api_answers_as_the_conformance_suite_expects() {
    replay_case("API", Strictness::Lenient);
    replay_case("API", Strictness::Strict);
}

#[test]
fn every_data_type_is_judged_as_the_conformance_suite_expects() {
    replay_case("DMI", Strictness::Lenient);
}

#[test]
fn a_strict_lms_judges_data_types_no_differently_in_the_suite() {
    replay_case("DMI", Strictness::Strict);
}

#[test]
fn data_live_as_long_as_the_conformance_suite_expects() {
    replay_case("DMB", Strictness::Lenient);
}

#[test]
fn shared_data_stores_are_read_and_written_as_the_conformance_suite_expects() {
    replay_case("DDM", Strictness::Lenient);
}
