//! What a delivery gives, what a session leaves, and what the next one finds.

use crate::manifest::Edition;
use crate::runtime::{
    ApiSession, Completion, CreditMode, Delivery, Exit, LmsComment, NavigationValidity,
    ObjectiveState, Preferences, RunTimeData, Score, SharedDataState, State, Strictness, Success,
    Timespan,
};

const FOURTH: Edition = Edition::Scorm2004Fourth;

/// A session on `delivery` in which content set `values`.
fn running(edition: Edition, delivery: &Delivery, values: &[(&str, &str)]) -> ApiSession {
    let mut session = ApiSession::new(RunTimeData::start(edition, delivery), Strictness::default());
    let (initialize, set) = if edition.is_2004() {
        ("Initialize", "SetValue")
    } else {
        ("LMSInitialize", "LMSSetValue")
    };
    assert_eq!(session.call(initialize, &[""]).result, "true");
    for (element, value) in values {
        assert_eq!(session.call(set, &[element, value]).result, "true", "{element} {value}");
    }
    session
}

/// The data after content set `values` and terminated.
fn taken(edition: Edition, delivery: &Delivery, values: &[(&str, &str)]) -> RunTimeData {
    let mut session = running(edition, delivery, values);
    let terminate = if edition.is_2004() { "Terminate" } else { "LMSFinish" };
    assert_eq!(session.call(terminate, &[""]).result, "true");
    session.data().clone()
}

#[test]
fn lms_finish_settles_the_lesson_status_of_scorm_12() {
    const STATUS: &str = "cmi.core.lesson_status";
    const RAW: &str = "cmi.core.score.raw";
    const EXIT: &str = "cmi.core.exit";
    let (credit, no_credit) = (CreditMode::Normal, CreditMode::NoCredit);
    let (browse, review) = (CreditMode::Browse, CreditMode::Review);
    for (mode, mastery, values, expected) in [
        // nothing set
        (credit, None, &[][..], "completed"),
        (no_credit, None, &[], "completed"),
        (credit, Some("80"), &[], "completed"),
        (credit, None, &[(EXIT, "logout")], "completed"),
        (credit, None, &[(EXIT, "suspend")], "not attempted"),
        (credit, None, &[(EXIT, "time-out")], "not attempted"),
        (browse, None, &[], "browsed"),
        (review, None, &[], "not attempted"),
        // the content's word
        (credit, None, &[(STATUS, "incomplete")], "incomplete"),
        (credit, None, &[(STATUS, "passed"), (RAW, "10")], "passed"),
        (browse, None, &[(STATUS, "completed")], "completed"),
        // the mastery score's word
        (credit, Some("80"), &[(RAW, "80")], "passed"),
        (credit, Some("80"), &[(RAW, "79.9")], "failed"),
        (credit, Some("80"), &[(RAW, "90"), (STATUS, "failed")], "passed"),
        (credit, Some("80"), &[(RAW, "50"), (STATUS, "completed")], "failed"),
        (credit, Some("80"), &[(RAW, "50"), (STATUS, "incomplete")], "failed"),
        (credit, Some("80"), &[(RAW, "")], "completed"),
        (credit, Some("high"), &[(RAW, "50")], "completed"),
        (no_credit, Some("80"), &[(RAW, "50"), (STATUS, "completed")], "completed"),
        (browse, Some("80"), &[(RAW, "50")], "browsed"),
        (review, Some("80"), &[(RAW, "50")], "not attempted"),
        // a score half-way is no verdict
        (credit, Some("80"), &[(RAW, "50"), (EXIT, "suspend")], "not attempted"),
        (
            credit,
            Some("80"),
            &[(RAW, "50"), (STATUS, "incomplete"), (EXIT, "suspend")],
            "incomplete",
        ),
        (credit, Some("80"), &[(RAW, "90"), (STATUS, "completed"), (EXIT, "suspend")], "passed"),
    ] {
        let mastery_score = mastery.map(str::to_owned);
        let delivery = Delivery { credit_mode: mode, mastery_score, ..Delivery::default() };
        let data = taken(Edition::Scorm12, &delivery, values);
        assert_eq!(data.lesson_status(), expected, "{mode:?} {mastery:?} {values:?}");
    }
}

#[test]
fn scorm_12_statuses_read_as_completion_and_success() {
    for (status, completion, success) in [
        ("passed", Completion::Completed, Success::Passed),
        ("completed", Completion::Completed, Success::Unknown),
        ("failed", Completion::Incomplete, Success::Failed),
        ("incomplete", Completion::Incomplete, Success::Unknown),
        ("browsed", Completion::Unknown, Success::Unknown),
    ] {
        let values = [("cmi.core.lesson_status", status), ("cmi.objectives.0.status", status)];
        let data = taken(Edition::Scorm12, &Delivery::default(), &values);
        assert_eq!((data.completion_status(), data.success_status()), (completion, success));
        let objective = data.objectives().next().expect("one");
        assert_eq!((objective.completion, objective.success), (completion, success));
    }
    let untouched = RunTimeData::start(Edition::Scorm12, &Delivery::default());
    assert_eq!(untouched.completion_status(), Completion::NotAttempted);
}

#[test]
fn thresholds_decide_what_a_terminated_scorm_2004_session_leaves() {
    let delivery = Delivery {
        completion_threshold: Some(0.8),
        scaled_passing_score: Some(0.5),
        ..Delivery::default()
    };
    let values = [
        ("cmi.completion_status", "completed"),
        ("cmi.success_status", "failed"),
        ("cmi.progress_measure", "0.7"),
        ("cmi.score.scaled", "0.5"),
    ];
    let data = taken(FOURTH, &delivery, &values);
    assert_eq!(data.get("cmi.completion_status"), Some("incomplete"));
    assert_eq!(data.get("cmi.success_status"), Some("passed"));
    assert_eq!(data.completion_status(), Completion::Incomplete);
    assert_eq!(data.success_status(), Success::Passed);
    assert_eq!(data.progress_measure(), Some(0.7));
}

#[test]
fn the_total_time_adds_each_session_exactly() {
    for (edition, element, exit, sessions) in [
        (FOURTH, "cmi.session_time", "cmi.exit", ["PT0.1S", "PT59M59.95S", "P1DT1S"]),
        (
            Edition::Scorm12,
            "cmi.core.session_time",
            "cmi.core.exit",
            ["00:00:00.1", "00:59:59.95", "0024:00:01"],
        ),
    ] {
        let mut delivery = Delivery::default();
        for session in sessions {
            // the last value counts, however often it is set
            let values = [(element, "PT5H"), (element, session), (exit, "suspend")];
            let values = if edition.is_2004() { &values[..] } else { &values[1..] };
            delivery.prior = Some(taken(edition, &delivery, values));
        }
        let data = delivery.prior.expect("taken");
        let hundredths = 10 + 359_995 + (86_400 + 1) * 100;
        assert_eq!(data.total_time(), Timespan::from_centiseconds(hundredths));
        let next =
            RunTimeData::start(edition, &Delivery { prior: Some(data), ..Delivery::default() });
        assert_eq!(next.total_time(), Timespan::from_centiseconds(hundredths));
        assert_eq!(next.session_time(), None);
    }
}

#[test]
fn a_resumed_attempt_finds_what_content_left() {
    let first = Delivery {
        learner_id: "old id".to_owned(),
        launch_data: Some("old".to_owned()),
        ..Delivery::default()
    };
    let values = [
        ("cmi.location", "page 7"),
        ("cmi.suspend_data", "a=1"),
        ("cmi.objectives.0.id", "o1"),
        ("cmi.objectives.0.description", "mine"),
        ("cmi.interactions.0.id", "i1"),
        ("cmi.comments_from_learner.0.comment", "good"),
        ("cmi.exit", "suspend"),
        ("adl.nav.request", "exit"),
    ];
    let prior = taken(FOURTH, &first, &values);
    assert!(prior.suspends());
    let objective = ObjectiveState {
        id: "o1".to_owned(),
        success: Some(Success::Passed),
        score: Score { scaled: Some(0.9), ..Score::default() },
        ..ObjectiveState::default()
    };
    let other = ObjectiveState { id: "o2".to_owned(), ..ObjectiveState::default() };
    let second = Delivery {
        learner_id: "new id".to_owned(),
        objectives: vec![objective, other],
        prior: Some(prior),
        ..Delivery::default()
    };
    let data = RunTimeData::start(FOURTH, &second);
    assert_eq!(data.entry(), "resume");
    assert_eq!((data.location(), data.suspend_data()), (Some("page 7"), Some("a=1")));
    assert_eq!(data.get("cmi.learner_id"), Some("new id"));
    assert_eq!(data.get("cmi.launch_data"), None);
    assert_eq!((data.exit(), data.nav_request()), (None, None));
    let objectives: Vec<_> = data.objectives().collect();
    assert_eq!(objectives.len(), 2);
    assert_eq!(objectives[0].description, Some("mine"));
    assert_eq!(objectives[0].success, Success::Passed);
    assert_eq!(objectives[0].score.scaled, Some(0.9));
    assert_eq!(objectives[1].id, "o2");
    assert_eq!(data.interactions().count(), 1);
    assert_eq!(data.comments()[0].comment, "good");
}

#[test]
fn scorm_12_says_resume_only_after_a_suspension() {
    for (exit, entry) in [("suspend", "resume"), ("", ""), ("logout", "")] {
        let values = [("cmi.core.exit", exit), ("cmi.core.lesson_location", "3")];
        let prior = taken(Edition::Scorm12, &Delivery::default(), &values);
        let next = Delivery { prior: Some(prior), ..Delivery::default() };
        let data = RunTimeData::start(Edition::Scorm12, &next);
        assert_eq!((data.entry(), data.location()), (entry, Some("3")), "{exit}");
    }
    let fresh = RunTimeData::start(Edition::Scorm12, &Delivery::default());
    assert_eq!(fresh.entry(), "ab-initio");
}

#[test]
fn suspend_all_suspends_whatever_the_exit() {
    let values = [("cmi.exit", "normal"), ("adl.nav.request", "suspendAll")];
    assert!(taken(FOURTH, &Delivery::default(), &values).suspends());
    let values = [("cmi.exit", "time-out"), ("adl.nav.request", "continue")];
    let data = taken(FOURTH, &Delivery::default(), &values);
    assert!(!data.suspends());
    assert_eq!((data.exit(), data.nav_request()), (Some(Exit::TimeOut), Some("continue")));
}

#[test]
fn a_session_that_was_cut_off_is_suspended_and_never_completed() {
    let session_time = ("cmi.core.session_time", "00:10:00");
    let mut session = running(Edition::Scorm12, &Delivery::default(), &[session_time]);
    session.expire();
    assert_eq!(session.state(), State::Terminated);
    let data = session.data().clone();
    assert!(data.suspends());
    assert_eq!(data.lesson_status(), "not attempted");
    assert_eq!(data.total_time(), Timespan::from_centiseconds(60_000));
    session.expire();
    assert_eq!(session.data(), &data, "expiring twice adds no time");
    assert_eq!(session.call("LMSSetValue", &["cmi.suspend_data", "late"]).error, 301);

    let mut session = running(FOURTH, &Delivery::default(), &[("cmi.exit", "normal")]);
    session.expire();
    assert!(!session.data().suspends(), "the content said how it exits");
    let mut unused = ApiSession::new(session.data().clone(), Strictness::Strict);
    unused.expire();
    assert_eq!(unused.state(), State::NotInitialized);
}

#[test]
fn browsing_and_reviewing_give_no_credit() {
    for (mode, credit, word, keeps) in [
        (CreditMode::Normal, "credit", "normal", true),
        (CreditMode::NoCredit, "no-credit", "normal", true),
        (CreditMode::Browse, "no-credit", "browse", false),
        (CreditMode::Review, "no-credit", "review", false),
    ] {
        let delivery = Delivery { credit_mode: mode, ..Delivery::default() };
        for (edition, prefix, mode_element) in
            [(FOURTH, "cmi.", "cmi.mode"), (Edition::Scorm12, "cmi.core.", "cmi.core.lesson_mode")]
        {
            let data = RunTimeData::start(edition, &delivery);
            assert_eq!(data.get(&format!("{prefix}credit")), Some(credit));
            assert_eq!(data.get(mode_element), Some(word));
            assert_eq!(data.credit_mode(), mode);
        }
        assert_eq!(mode.keeps_results(), keeps);
    }
}

#[test]
fn a_delivery_gives_all_that_scorm_2004_has() {
    let delivery = Delivery {
        max_time_allowed: Some("PT1H".to_owned()),
        time_limit_action: Some("exit,message".to_owned()),
        comments_from_lms: vec![LmsComment {
            comment: "Hello".to_owned(),
            location: Some("start".to_owned()),
            timestamp: None,
        }],
        preferences: Preferences { language: Some("de".to_owned()), ..Preferences::default() },
        shared_data: vec![SharedDataState {
            id: "s1".to_owned(),
            store: Some("old".to_owned()),
            read: true,
            write: false,
        }],
        navigation: NavigationValidity {
            forward: Some(true),
            choice: [("i.1".to_owned(), false)].into(),
            ..NavigationValidity::default()
        },
        ..Delivery::default()
    };
    let mut session = running(FOURTH, &delivery, &[]);
    for (element, expected) in [
        ("cmi.max_time_allowed", "PT1H"),
        ("cmi.time_limit_action", "exit,message"),
        ("cmi.comments_from_lms._count", "1"),
        ("cmi.comments_from_lms.0.location", "start"),
        ("cmi.learner_preference.language", "de"),
        ("cmi.learner_preference.audio_level", "1"),
        ("adl.data.0.store", "old"),
        ("adl.nav.request_valid.continue", "true"),
        ("adl.nav.request_valid.previous", "unknown"),
        ("adl.nav.request_valid.choice.{target=i.1}", "false"),
        ("adl.nav.request_valid.choice.{target=i.2}", "unknown"),
    ] {
        assert_eq!(session.call("GetValue", &[element]).result, expected, "{element}");
    }
    let shared = session.data().shared_data().next().expect("one");
    assert_eq!((shared.id, shared.store, shared.writable), ("s1", Some("old"), false));
}

#[test]
fn interactions_read_alike_in_both_standards() {
    let entry = "cmi.interactions.0";
    let values_2004 = [
        ("id", "urn:q:1"),
        ("type", "choice"),
        ("timestamp", "2026-01-02T03:04:05"),
        ("correct_responses.0.pattern", "a[,]b"),
        ("objectives.0.id", "o1"),
        ("weighting", "2"),
        ("learner_response", "a"),
        ("result", "incorrect"),
        ("latency", "PT5.5S"),
    ];
    let values_12 = values_2004.map(|(part, value)| match part {
        "timestamp" => ("time", "03:04:05"),
        "learner_response" => ("student_response", value),
        "latency" => (part, "00:00:05.5"),
        "correct_responses.0.pattern" => (part, "a,b"),
        "result" => (part, "wrong"),
        _ => (part, value),
    });
    for (edition, values) in [(FOURTH, values_2004), (Edition::Scorm12, values_12)] {
        let names: Vec<String> = values.iter().map(|(part, _)| format!("{entry}.{part}")).collect();
        let values: Vec<(&str, &str)> =
            names.iter().map(String::as_str).zip(values.map(|(_, value)| value)).collect();
        let data = taken(edition, &Delivery::default(), &values);
        let interaction = data.interactions().next().expect("one");
        assert_eq!((interaction.id, interaction.kind), ("urn:q:1", Some("choice")));
        assert_eq!(interaction.correct_responses.len(), 1);
        assert_eq!(interaction.objectives, ["o1"]);
        assert_eq!(interaction.weighting, Some(2.0));
        assert_eq!(interaction.learner_response, Some("a"));
        assert_eq!(interaction.latency, Some(Timespan::from_centiseconds(550)));
        assert!(interaction.timestamp.is_some_and(|time| time.ends_with("03:04:05")));
        assert!(interaction.result.is_some());
    }
}

#[test]
fn data_serialise_to_the_same_bytes_whatever_the_order_of_calls() {
    let values = [("cmi.location", "3"), ("cmi.suspend_data", "x"), ("cmi.score.raw", "5")];
    let mut reversed = values;
    reversed.reverse();
    let bytes = |values: &[(&str, &str)]| {
        serde_json::to_vec(&taken(FOURTH, &Delivery::default(), values)).expect("serialises")
    };
    assert_eq!(bytes(&values), bytes(&reversed));
}

#[test]
fn a_setting_leaves_success_to_content_which_still_learns_the_mastery_score() {
    let delivery = Delivery {
        mastery_score: Some("80".to_owned()),
        content_judges: true,
        ..Delivery::default()
    };
    let said = [("cmi.core.score.raw", "50"), ("cmi.core.lesson_status", "passed")];
    let data = taken(Edition::Scorm12, &delivery, &said);
    assert_eq!(data.success_status(), Success::Passed);
    assert_eq!(data.get("cmi.student_data.mastery_score"), Some("80"));
    let kept: RunTimeData = serde_json::from_str(&serde_json::to_string(&data).unwrap()).unwrap();
    assert_eq!(kept, data);
    let judged = Delivery { content_judges: false, ..delivery };
    assert_eq!(taken(Edition::Scorm12, &judged, &said).success_status(), Success::Failed);
}
