//! Whatever content says, what comes out is valid xAPI.

use super::{Learner, context, learner};
use crate::manifest::Edition;
use crate::profile::{Content, Ending, documents};
use crate::tree::Scorm12Rollup;
use crate::tree::sample::{at, leave};
use proptest::prelude::*;
use serde_json::Value;
use xapi::{Statement, Version};

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        "[a-c]",
        "\\PC{0,12}",
        "[{}\\[\\],.:=a-z ]{0,16}",
        Just("{lang=fr}oui".to_owned()),
        Just("urn:a b/c?#%2F".to_owned()),
        Just("..".to_owned()),
    ]
}

fn any_number() -> impl Strategy<Value = String> {
    prop_oneof![
        (-200i32..200).prop_map(|n| n.to_string()),
        (-200i32..200).prop_map(|n| (f64::from(n) / 100.0).to_string()),
        Just("9".repeat(400)),
        Just("-0".to_owned()),
        any_text(),
    ]
}

fn any_word() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "passed",
        "failed",
        "unknown",
        "completed",
        "incomplete",
        "browsed",
        "not attempted",
        "suspend",
        "logout",
        "time-out",
        "normal",
        "correct",
        "wrong",
        "neutral",
        "true-false",
        "choice",
        "matching",
        "numeric",
        "fill-in",
        "performance",
        "likert",
        "other",
        "PT1H2M3.4S",
        "00:01:02.3",
        "2026-01-01T10:00:00",
        "10:00:00",
    ])
    .prop_map(str::to_owned)
}

/// Elements of the edition, `n` standing for a small index.
fn any_element(edition: Edition) -> impl Strategy<Value = String> {
    let names = if edition.is_2004() {
        vec![
            "cmi.success_status",
            "cmi.completion_status",
            "cmi.score.scaled",
            "cmi.score.raw",
            "cmi.score.min",
            "cmi.score.max",
            "cmi.progress_measure",
            "cmi.exit",
            "cmi.session_time",
            "cmi.location",
            "cmi.suspend_data",
            "cmi.interactions.n.id",
            "cmi.interactions.n.type",
            "cmi.interactions.n.learner_response",
            "cmi.interactions.n.result",
            "cmi.interactions.n.latency",
            "cmi.interactions.n.weighting",
            "cmi.interactions.n.timestamp",
            "cmi.interactions.n.description",
            "cmi.interactions.n.objectives.0.id",
            "cmi.interactions.n.correct_responses.0.pattern",
            "cmi.objectives.n.id",
            "cmi.objectives.n.success_status",
            "cmi.objectives.n.completion_status",
            "cmi.objectives.n.score.raw",
            "cmi.objectives.n.score.min",
            "cmi.objectives.n.score.max",
            "cmi.objectives.n.score.scaled",
            "cmi.objectives.n.description",
            "cmi.comments_from_learner.n.comment",
            "cmi.comments_from_learner.n.location",
            "cmi.learner_preference.language",
            "cmi.learner_preference.audio_level",
            "adl.nav.request",
        ]
    } else {
        vec![
            "cmi.core.lesson_status",
            "cmi.core.score.raw",
            "cmi.core.score.min",
            "cmi.core.score.max",
            "cmi.core.exit",
            "cmi.core.session_time",
            "cmi.core.lesson_location",
            "cmi.suspend_data",
            "cmi.comments",
            "cmi.interactions.n.id",
            "cmi.interactions.n.type",
            "cmi.interactions.n.student_response",
            "cmi.interactions.n.result",
            "cmi.interactions.n.latency",
            "cmi.interactions.n.weighting",
            "cmi.interactions.n.time",
            "cmi.interactions.n.correct_responses.0.pattern",
            "cmi.interactions.n.objectives.0.id",
            "cmi.objectives.n.id",
            "cmi.objectives.n.status",
            "cmi.objectives.n.score.raw",
            "cmi.objectives.n.score.max",
            "cmi.student_preference.language",
            "cmi.student_preference.audio",
            "cmi.student_preference.speed",
        ]
    };
    (prop::sample::select(names), 0..3usize)
        .prop_map(|(name, n)| name.replacen(".n.", &format!(".{n}."), 1))
}

/// A session: its calls parted by commits, and how it ends.
type Play = (Vec<Vec<(String, String)>>, bool);

fn any_play() -> impl Strategy<Value = (Edition, Vec<Play>)> {
    let edition = prop_oneof![
        Just(Edition::Scorm12),
        Just(Edition::Scorm2004Third),
        Just(Edition::Scorm2004Fourth),
    ];
    edition.prop_flat_map(|edition| {
        let value = prop_oneof![any_word(), any_number(), any_text()];
        let calls = prop::collection::vec((any_element(edition), value), 0..24);
        let session = (prop::collection::vec(calls, 1..3), any::<bool>());
        (Just(edition), prop::collection::vec(session, 1..4))
    })
}

fn play(edition: Edition, sessions: &[Play]) -> Learner {
    let mut learner = learner(edition, &["a", "b"]);
    for (n, (commits, terminates)) in sessions.iter().enumerate() {
        let mut session = learner.begin(if n % 2 == 0 { "a" } else { "b" });
        for calls in commits {
            let calls: Vec<_> = calls.iter().map(|(e, v)| (e.as_str(), v.as_str())).collect();
            learner.set(&mut session, &calls);
            learner.commit(&mut session);
        }
        learner.end(session, if *terminates { Ending::Terminated } else { Ending::Expired });
        leave(&learner.tree, &mut learner.state, Scorm12Rollup::default());
    }
    learner
}

fn has_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.iter().any(has_null),
        Value::Object(members) => members.values().any(has_null),
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn every_statement_is_valid_xapi((edition, sessions) in any_play()) {
        let learner = play(edition, &sessions);
        prop_assert!(!learner.made.is_empty());
        for statement in &learner.made {
            prop_assert!(!has_null(statement), "{statement:#}");
            let bytes = serde_json::to_vec(statement).unwrap();
            for version in [Version::V1_0, Version::V2_0] {
                let parsed = Statement::parse(&bytes, version);
                prop_assert!(parsed.is_ok(), "{:?} {statement:#}", parsed.err());
            }
        }
    }

    #[test]
    fn an_attempt_is_completed_once((edition, sessions) in any_play()) {
        let learner = play(edition, &sessions);
        let mut completed: Vec<String> = Vec::new();
        for statement in &learner.made {
            let object = statement["object"]["id"].as_str().unwrap();
            let is_part = object.contains("/objectives/");
            if statement["verb"]["display"]["en-US"] == "completed" && !is_part {
                let grouping = &statement["context"]["contextActivities"]["grouping"];
                completed.push(format!("{object} {grouping}"));
            }
        }
        let count = completed.len();
        completed.sort();
        completed.dedup();
        prop_assert_eq!(completed.len(), count);
    }

    #[test]
    fn documents_have_absolute_ids_and_no_nulls((edition, sessions) in any_play()) {
        let learner = play(edition, &sessions);
        let index = at(&learner.tree, if sessions.len() % 2 == 1 { "a" } else { "b" });
        let data = learner.prior.as_ref().unwrap();
        for document in documents(&context(), &learner.tree, &learner.state, index, data) {
            prop_assert!(document.id.starts_with("https://"));
            if let Content::Json(value) = &document.content {
                prop_assert!(!has_null(value));
            }
        }
    }
}
