//! Which statements which content gets.

use super::{ACTOR, COURSE, Learner, UUID, context, learner};
use crate::manifest::Edition;
use crate::profile::{
    Content, DocumentKind, Ending, Event, changed_documents, documents, extension, report,
};
use crate::runtime::{CreditMode, RunTimeData};
use crate::tree::sample::{asset, at, cluster, deliver, end, leave, sco, tree};
use crate::tree::{Delivered, Scorm12Rollup};
use serde_json::{Value, json};
use std::time::Duration;

const FOURTH: Edition = Edition::Scorm2004Fourth;
const TWELVE: Edition = Edition::Scorm12;

/// What a SCO with a quiz reports that is passed.
const PASSED_QUIZ: [(&str, &str); 16] = [
    ("cmi.interactions.0.id", "q1"),
    ("cmi.interactions.0.type", "choice"),
    ("cmi.interactions.0.correct_responses.0.pattern", "a[,]b"),
    ("cmi.interactions.0.learner_response", "a[,]c"),
    ("cmi.interactions.0.result", "incorrect"),
    ("cmi.interactions.0.latency", "PT5S"),
    ("cmi.score.scaled", "0.8"),
    ("cmi.score.raw", "80"),
    ("cmi.score.min", "0"),
    ("cmi.score.max", "100"),
    ("cmi.progress_measure", "0.996"),
    ("cmi.success_status", "passed"),
    ("cmi.completion_status", "completed"),
    ("cmi.comments_from_learner.0.comment", "nice"),
    ("cmi.objectives.0.id", "o1"),
    ("cmi.objectives.0.success_status", "passed"),
];

#[test]
fn a_passed_quiz_is_told_in_order_and_once() {
    let mut learner = learner(FOURTH, &["quiz"]);
    let mut session = learner.begin("quiz");
    learner.set(&mut session, &PASSED_QUIZ);
    learner.commit(&mut session);
    learner.commit(&mut session);
    learner.set(&mut session, &[("cmi.session_time", "PT1M30.5S")]);
    let statement = learner.find("responded", "/sco/quiz/interactions/q1");
    assert_eq!(
        statement["object"]["definition"],
        json!({
            "type": "http://adlnet.gov/expapi/activities/interaction",
            "interactionType": "choice",
            "correctResponsesPattern": ["a[,]b"],
            "extensions": { extension("content-id"): "q1" },
        })
    );
    assert_eq!(
        statement["result"],
        json!({ "response": "a[,]c", "duration": "PT0H0M5S", "success": false })
    );
    let parent = &statement["context"]["contextActivities"]["parent"][0]["id"];
    assert_eq!(*parent, format!("{COURSE}/sco/quiz"));
    let progress = &learner.find("progressed", "/sco/quiz")["result"];
    assert_eq!(progress["score"], json!({"scaled": 0.996}));
    assert_eq!(progress["extensions"]["https://w3id.org/xapi/cmi5/result/extensions/progress"], 99);
    let course = learner.find("completed", "");
    assert_eq!(course["result"]["score"], json!({"scaled": 0.8, "raw": 80, "min": 0, "max": 100}));
    assert_eq!(course["result"]["success"], true);

    learner.end(session, Ending::Terminated);
    let status = &learner.find("terminated", "/sco/quiz")["result"];
    assert_eq!(
        (&status["success"], &status["completion"], &status["duration"]),
        (&json!(true), &json!(true), &json!("PT0H1M30.5S"))
    );
    assert_eq!(
        learner.said(),
        [
            "initialized /sco/quiz",
            "responded /sco/quiz/interactions/q1",
            "completed /sco/quiz",
            "passed /sco/quiz",
            "scored /sco/quiz",
            "progressed /sco/quiz",
            "commented /sco/quiz",
            "passed /sco/quiz/objectives/o1",
            "completed course",
            "passed course",
            "terminated /sco/quiz",
        ]
    );
}

#[test]
fn every_statement_says_who_when_and_of_which_attempt() {
    let mut learner = learner(FOURTH, &["a"]);
    learner.take("a", &[]);
    for statement in &learner.made {
        assert_eq!(statement["actor"], *ACTOR);
        assert_eq!(statement["context"]["registration"], UUID);
        assert_eq!(statement["timestamp"], "2027-01-15T08:00:00.000000Z");
        let category = &statement["context"]["contextActivities"]["category"];
        assert_eq!(category[0]["id"], "https://w3id.org/xapi/scorm");
        assert_eq!(statement["context"]["extensions"][extension("session")], UUID);
    }
    let grouping =
        &learner.find("initialized", "/sco/a")["context"]["contextActivities"]["grouping"];
    assert_eq!(grouping[0]["id"], COURSE);
    assert_eq!(grouping[1]["id"], format!("{COURSE}/sco/a/attempts/{UUID}/1"));
    let course = &learner.find("completed", "")["context"]["contextActivities"]["grouping"];
    assert_eq!(course[0]["id"], format!("{COURSE}/attempts/{UUID}/1"));
}

#[test]
fn the_browsers_clock_is_kept_when_it_differs_by_more_than_a_minute() {
    let mut learner = learner(FOURTH, &["a"]);
    let index = at(&learner.tree, "a");
    deliver(&learner.tree, &mut learner.state, index);
    for (seconds, kept) in [(60, false), (61, true)] {
        let mut context = context();
        for claimed in [
            context.timestamp.plus(Duration::from_secs(seconds)),
            context.timestamp.minus(Duration::from_secs(seconds)),
        ] {
            context.claimed = Some(claimed);
            let event = Event { begins: Some(Delivered::NewAttempt), ..Event::default() };
            let (tree, rollup) = (&learner.tree, learner.rollup);
            let made = report(&context, tree, &mut learner.state, index, rollup, &event);
            let extensions = &made[0]["context"]["extensions"];
            assert_eq!(extensions.get(extension("claimed-time")).is_some(), kept, "{seconds}");
        }
    }
}

#[test]
fn a_suspended_attempt_is_resumed_under_the_same_attempt() {
    let mut learner = learner(FOURTH, &["a"]);
    learner.take(
        "a",
        &[
            ("cmi.exit", "suspend"),
            ("cmi.completion_status", "incomplete"),
            ("cmi.score.scaled", "0.4"),
            ("cmi.interactions.0.id", "q"),
            ("cmi.interactions.0.result", "neutral"),
        ],
    );
    let suspended = learner.find("suspended", "/sco/a");
    assert_eq!(suspended["result"]["completion"], false);
    assert_eq!(suspended["result"]["extensions"][extension("exit")], "suspend");
    learner.said();
    leave(&learner.tree, &mut learner.state, Scorm12Rollup::default());
    learner.take("a", &[("cmi.completion_status", "completed"), ("cmi.exit", "normal")]);
    let completed = learner.find("completed", "/sco/a");
    let attempt = &completed["context"]["contextActivities"]["grouping"][1]["id"];
    assert_eq!(*attempt, format!("{COURSE}/sco/a/attempts/{UUID}/1"));
    assert_eq!(
        learner.said(),
        ["resumed /sco/a", "completed /sco/a", "terminated /sco/a", "completed course"],
        "nothing is told again; UP.4 says nothing of success"
    );
}

#[test]
fn a_session_that_breaks_off_is_suspended() {
    let mut learner = learner(FOURTH, &["a"]);
    let mut session = learner.begin("a");
    learner.set(&mut session, &[("cmi.location", "page 3")]);
    learner.end(session, Ending::Expired);
    let suspended = learner.find("suspended", "/sco/a");
    assert_eq!(suspended["result"]["extensions"][extension("expired")], true);
    assert_eq!(learner.said(), ["initialized /sco/a", "suspended /sco/a"]);
}

#[test]
fn a_status_that_goes_to_and_fro_is_told_when_it_differs_from_what_was_told() {
    let mut learner = learner(FOURTH, &["a"]);
    let mut session = learner.begin("a");
    for (success, completion) in [
        ("failed", "completed"),
        ("unknown", "incomplete"),
        ("failed", "completed"),
        ("passed", "completed"),
    ] {
        learner.set(
            &mut session,
            &[("cmi.success_status", success), ("cmi.completion_status", completion)],
        );
        learner.commit(&mut session);
    }
    assert_eq!(
        learner.said(),
        [
            "initialized /sco/a",
            "completed /sco/a",
            "failed /sco/a",
            "completed course",
            "failed course",
            "passed /sco/a",
            "passed course",
        ]
    );
}

#[test]
fn a_retake_after_a_completed_course_is_told_again_under_new_attempts() {
    let mut learner = learner(FOURTH, &["a"]);
    let passed = [("cmi.success_status", "passed"), ("cmi.completion_status", "completed")];
    learner.take("a", &passed);
    leave(&learner.tree, &mut learner.state, Scorm12Rollup::default());
    learner.said();
    learner.take("a", &passed);
    let course = learner.find("passed", "");
    let attempt = &course["context"]["contextActivities"]["grouping"][0]["id"];
    assert_eq!(*attempt, format!("{COURSE}/attempts/{UUID}/2"));
    assert!(learner.said().contains(&"completed course".to_owned()));
}

#[test]
fn browsing_and_reviewing_leave_no_results() {
    for mode in [CreditMode::Browse, CreditMode::Review] {
        let mut learner = learner(FOURTH, &["a"]);
        learner.mode = mode;
        learner.take("a", &[("cmi.success_status", "passed"), ("cmi.score.scaled", "1")]);
        let terminated = learner.find("terminated", "/sco/a");
        assert!(terminated["result"].get("success").is_none());
        assert!(terminated["result"].get("score").is_none());
        assert_eq!(terminated["result"]["extensions"][extension("mode")], mode.mode());
        assert_eq!(learner.said(), ["initialized /sco/a", "terminated /sco/a"]);
    }
}

#[test]
fn an_asset_is_begun_completed_and_left() {
    let mut learner = Learner::new(tree(FOURTH, cluster("root", vec![asset("page")])));
    let index = at(&learner.tree, "page");
    let begins = Some(deliver(&learner.tree, &mut learner.state, index));
    learner.tell("page", &Event { begins, ..Event::default() });
    end(&learner.tree, &mut learner.state, index, None);
    learner.tell("page", &Event { ends: Some(Ending::Terminated), ..Event::default() });
    assert_eq!(learner.find("terminated", "/sco/page")["result"], json!({"completion": true}));
    assert_eq!(
        learner.said(),
        [
            "initialized /sco/page",
            "completed /sco/page",
            "terminated /sco/page",
            "completed course",
        ]
    );
}

#[test]
fn scorm_12_says_the_same_in_its_own_words() {
    let mut learner = learner(TWELVE, &["a", "b"]);
    learner.take(
        "a",
        &[
            ("cmi.interactions.0.id", "m_1"),
            ("cmi.interactions.0.type", "matching"),
            ("cmi.interactions.0.correct_responses.0.pattern", "{1.c,2.b}"),
            ("cmi.interactions.0.student_response", "1.c,2.a"),
            ("cmi.interactions.0.result", "wrong"),
            ("cmi.interactions.0.time", "10:30:00"),
            ("cmi.core.score.raw", "8"),
            ("cmi.core.score.max", "10"),
            ("cmi.core.lesson_status", "passed"),
            ("cmi.core.session_time", "00:01:02.50"),
            ("cmi.comments", "fine"),
        ],
    );
    let responded = learner.find("responded", "/sco/a/interactions/m_1");
    assert_eq!(responded["result"]["response"], "1[.]c[,]2[.]a");
    assert_eq!(
        responded["object"]["definition"]["correctResponsesPattern"],
        json!(["1[.]c[,]2[.]b"])
    );
    let terminated = &learner.find("terminated", "/sco/a")["result"];
    assert_eq!(terminated["score"], json!({"scaled": 0.8, "raw": 8, "max": 10}));
    assert_eq!(terminated["duration"], "PT0H1M2.5S");
    assert_eq!(terminated["extensions"][extension("lesson-status")], "passed");
    assert_eq!(
        learner.said(),
        [
            "initialized /sco/a",
            "responded /sco/a/interactions/m_1",
            "completed /sco/a",
            "passed /sco/a",
            "scored /sco/a",
            "commented /sco/a",
            "terminated /sco/a",
        ],
        "the course waits for the other SCO"
    );
    learner.take("b", &[("cmi.core.lesson_status", "completed")]);
    let course = learner.find("passed", "");
    assert_eq!(course["result"]["extensions"][extension("scorm12-rollup")], "every-sco-done");
    assert_eq!(course["result"]["score"], json!({"scaled": 0.8, "raw": 8, "max": 10}));
    let said = learner.said();
    assert_eq!(said[said.len() - 2..], ["completed course", "passed course"]);
}

#[test]
fn a_score_that_xapi_forbids_is_kept_as_an_extension() {
    let mut learner = learner(TWELVE, &["a"]);
    learner.take(
        "a",
        &[("cmi.core.score.raw", "90"), ("cmi.core.score.min", "0"), ("cmi.core.score.max", "50")],
    );
    let result = &learner.find("scored", "/sco/a")["result"];
    assert_eq!(result["score"], json!({"min": 0, "max": 50}));
    assert_eq!(
        result["extensions"][extension("reported-score")],
        json!({"raw": 90, "min": 0, "max": 50})
    );
}

#[test]
fn objectives_that_the_lms_gave_are_not_told_as_the_learners() {
    let course = cluster(
        "root",
        vec![sco("a").with(|s| s.objectives = vec![crate::tree::sample::primary("goal")])],
    );
    let mut learner = Learner::new(tree(FOURTH, course));
    learner.take("a", &[("cmi.objectives.0.score.scaled", "0.5")]);
    assert_eq!(
        learner.said(),
        [
            "initialized /sco/a",
            "completed /sco/a",
            "scored /sco/a/objectives/goal",
            "terminated /sco/a",
            "completed course",
        ]
    );
}

#[test]
fn documents_hold_what_is_no_experience() {
    let mut learner = learner(FOURTH, &["a"]);
    let session = learner.begin("a");
    let (index, given) = (at(&learner.tree, "a"), session.reported.clone());
    let all = |learner: &Learner, data: &RunTimeData| {
        documents(&context(), &learner.tree, &learner.state, index, data)
    };
    let before = all(&learner, &given);
    let mut session = session;
    let sets = [("cmi.location", "p2"), ("cmi.suspend_data", "x=1"), ("cmi.exit", "suspend")];
    learner.set(&mut session, &sets);
    let changed = changed_documents(&before, all(&learner, session.api.data()));
    let ids: Vec<_> = changed.iter().map(|document| document.id.as_str()).collect();
    assert_eq!(
        ids,
        [
            "https://w3id.org/xapi/scorm/attempt-state",
            "https://w3id.org/attestry/xapi/attempt-details",
            "https://w3id.org/xapi/scorm/types/adl-suspend-data",
        ]
    );
    let attempt = format!("{COURSE}/sco/a/attempts/{UUID}/1");
    assert!(changed.iter().all(|document| document.activity.as_ref() == Some(&attempt)));
    assert_eq!(changed[2].content, Content::Text("x=1".to_owned()));
    let first = &before[0];
    assert_eq!(first.id, "https://w3id.org/xapi/scorm/activity-state");
    assert_eq!(first.content, Content::Json(json!({ "attempts": [attempt] })));
    let agent = before.iter().find(|document| document.kind == DocumentKind::AgentProfile).unwrap();
    let expected = json!({ "learner_id": "7", "learner_name": "Doe, Jo" });
    assert_eq!(agent.content, Content::Json(expected));
}

#[test]
fn statements_of_the_same_step_are_the_same_bytes() {
    let play = || {
        let mut learner = learner(FOURTH, &["a"]);
        learner.take("a", &[("cmi.success_status", "passed")]);
        serde_json::to_vec(&Value::from(learner.made)).unwrap()
    };
    assert_eq!(play(), play());
}
