//! Playing: what content does becomes statements, statuses and documents, once and in order.

use crate::{
    packages::{asset, sco, scorm12, scorm2004},
    world::{Player, World, asked, given, line},
};
use app::{
    LaunchRequest, PlayError,
    play::wire::{LaunchMode, NavigateRequest, PlayerWish, Wish},
};
use domain::ItemId;
use scorm::sequencing::Request;
use serde_json::{Value, json};
use std::time::Duration;
use store::{DocumentKey, DocumentKind, DocumentOwner};

const MASTERY: &str = "<adlcp:masteryscore>80</adlcp:masteryscore>";

/// A SCORM 1.2 course of one SCO, `one`, with a mastery score of 80, and a learner in it.
async fn one_sco(world: &World) -> Player<'_> {
    let course = world.course(&scorm12(&[sco("one").with(MASTERY)])).await;
    let mut player = world.play(course).await;
    player.open("one").await;
    player
}

#[tokio::test]
async fn the_mastery_score_decides_passed_or_failed_and_statements_come_in_order() {
    for (raw, word, success) in [("80", "passed", true), ("79", "failed", false)] {
        let world = World::new().await;
        let mut player = one_sco(&world).await;
        let score = format!("set cmi.core.score.raw {raw}");
        let time = "set cmi.core.session_time 00:01:30";
        let answer = player.does(&["init", &score, time, "end"]).await;
        assert_eq!((answer.applied, answer.course.success), (4, word));
        let mut expected = vec![
            "initialized one".to_owned(),
            format!("{word} one"),
            "scored one".to_owned(),
            "terminated one".to_owned(),
            format!("{word} course"),
        ];
        if success {
            expected.insert(1, "completed one".to_owned());
            expected.insert(5, "completed course".to_owned());
        }
        assert_eq!(player.story().await, expected);
        let record = player.record().await;
        assert_eq!((record.success, record.attempts.len()), (Some(success), 1));
        assert_eq!(record.completion, success.then_some(true));
        let scaled = raw.parse::<f64>().unwrap() / 100.0;
        assert_eq!(record.score.and_then(|score| score.scaled), Some(scaled));
        assert_eq!(record.total_time, Duration::from_secs(90));
    }
}

#[tokio::test]
async fn a_suspended_attempt_resumes_with_its_data_and_times_are_added_exactly() {
    let world = World::new().await;
    let mut player = one_sco(&world).await;
    let suspending = [
        "init",
        "set cmi.core.lesson_location page 7",
        "set cmi.suspend_data a b c",
        "set cmi.core.session_time 00:10:00.25",
        "set cmi.core.exit suspend",
        "end",
    ];
    player.does(&suspending).await;
    player.exit().await;
    let mut again = world.play(asked_course(&world, &player).await).await;
    assert_eq!(again.registration, player.registration, "the open registration goes on");
    let delivered = again.open("one").await;
    for (element, value) in [
        ("cmi.core.entry", "resume"),
        ("cmi.core.lesson_location", "page 7"),
        ("cmi.suspend_data", "a b c"),
        ("cmi.core.total_time", "0000:10:00.25"),
    ] {
        assert_eq!(given(&delivered, element), Some(value), "{element}");
    }
    let score = "set cmi.core.score.raw 90";
    again.does(&["init", score, "set cmi.core.session_time 00:05:30", "end"]).await;
    let ends = ["initialized one", "suspended one", "resumed one", "completed one"];
    assert_eq!(again.story().await[..4], ends);
    let record = again.record().await;
    assert_eq!(record.total_time, Duration::from_millis(930_250));
    assert_eq!(record.attempts.len(), 1);
}

/// The course that a player plays.
async fn asked_course(world: &World, player: &Player<'_>) -> domain::CourseId {
    world.kept(player.registration).await.fixed.course
}

#[tokio::test]
async fn commit_tells_what_is_known_and_terminate_does_not_repeat_it() {
    let world = World::new().await;
    let mut player = one_sco(&world).await;
    player.does(&["init", "set cmi.core.score.raw 90"]).await;
    assert_eq!(player.story().await, ["initialized one"]);
    player.does(&["set cmi.core.lesson_status passed", "commit", "commit"]).await;
    let told = [
        "initialized one",
        "completed one",
        "passed one",
        "scored one",
        "completed course",
        "passed course",
    ];
    assert_eq!(player.story().await, told);
    player.does(&["commit", "end"]).await;
    assert_eq!(player.story().await[6..], ["terminated one"]);
    let record = player.record().await;
    assert_eq!((record.success, record.completion), (Some(true), Some(true)));
    assert_eq!(record.statements.len(), 2);
}

#[tokio::test]
async fn a_course_of_several_scos_is_passed_when_all_are_done_with_their_mean() {
    let world = World::new().await;
    let package = scorm12(&[sco("one"), sco("two").with(MASTERY), sco("three").with(MASTERY)]);
    let mut player = world.play(world.course(&package).await).await;
    player.open("one").await;
    let answer = player.does(&["init", "set cmi.core.lesson_status completed", "end"]).await;
    assert_eq!((answer.course.completion, answer.course.success), ("incomplete", "unknown"));
    assert_eq!(answer.activities["one"]["completion"], "completed");
    for (item, raw) in [("two", "80"), ("three", "100")] {
        player.open(item).await;
        player.does(&["init", &format!("set cmi.core.score.raw {raw}"), "end"]).await;
    }
    let story = player.story().await;
    let of_course: Vec<_> = story.iter().filter(|line| line.ends_with(" course")).collect();
    assert_eq!(of_course, ["completed course", "passed course"]);
    let record = player.record().await;
    assert_eq!(record.score.unwrap().scaled, Some(0.9));
    assert_eq!(record.attempts.len(), 3);
}

const MEASURED: &str = r#"<imsss:sequencing><imsss:objectives>
    <imsss:primaryObjective objectiveID="main" satisfiedByMeasure="true">
      <imsss:minNormalizedMeasure>0.6</imsss:minNormalizedMeasure>
    </imsss:primaryObjective><imsss:objective objectiveID="second"/></imsss:objectives>
    </imsss:sequencing>"#;

#[tokio::test]
async fn scorm_2004_content_finds_its_objectives_and_is_judged_by_measure() {
    let world = World::new().await;
    let package = scorm2004(&[sco("one").with(MEASURED)], "");
    let mut player = world.play(world.course(&package).await).await;
    let delivered = player.open("one").await;
    assert_eq!(given(&delivered, "cmi.objectives._count"), Some("2"));
    assert_eq!(given(&delivered, "cmi.objectives.0.id"), Some("second"));
    assert_eq!(given(&delivered, "cmi.scaled_passing_score"), Some("0.6"));
    player
        .does(&[
            "init",
            "set cmi.objectives.0.success_status passed",
            "set cmi.objectives.0.score.scaled 1",
            "set cmi.score.scaled 0.7",
            "set cmi.completion_status completed",
            "set cmi.session_time PT1M",
            "end",
        ])
        .await;
    let story = player.story().await;
    for said in ["passed second", "scored second", "passed one", "passed course"] {
        assert!(story.iter().any(|line| line == said), "{said} is missing: {story:?}");
    }
    let record = player.record().await;
    assert_eq!((record.success, record.completion), (Some(true), Some(true)));
    assert_eq!(record.score.unwrap().scaled, Some(0.7));
    assert_eq!(record.total_time, Duration::from_mins(1));
}

#[tokio::test]
async fn an_asset_that_calls_the_api_is_heard_as_a_sco_is() {
    let world = World::new().await;
    let mut player = world.play(world.course(&scorm2004(&[asset("page")], "")).await).await;
    player.open("page").await;
    player
        .does(&["init", "set cmi.score.scaled 0.9", "set cmi.success_status passed", "end"])
        .await;
    let story = player.story().await;
    let begins = story.iter().filter(|line| *line == "initialized page").count();
    assert_eq!(begins, 1, "{story:?}");
    assert_eq!(player.record().await.success, Some(true), "{story:?}");
}

#[tokio::test]
async fn an_asset_is_completed_when_it_is_left() {
    let world = World::new().await;
    let mut player = world.play(world.course(&scorm12(&[asset("page")])).await).await;
    player.open("page").await;
    assert_eq!(player.story().await, ["initialized page"]);
    player.close().await;
    player.close().await;
    let all = ["initialized page", "completed page", "terminated page", "completed course"];
    assert_eq!(player.story().await, all);
    assert_eq!(player.record().await.completion, Some(true));
}

#[tokio::test]
async fn browsing_and_reviewing_leave_no_statements() {
    let world = World::new().await;
    let course = world.course(&scorm12(&[sco("one").with(MASTERY)])).await;
    for (mode, word) in [(LaunchMode::Browse, "browse"), (LaunchMode::Review, "review")] {
        let mut player = world.play_as(&LaunchRequest { mode, ..asked(course) }).await;
        let delivered = player.open("one").await;
        assert_eq!(given(&delivered, "cmi.core.lesson_mode"), Some(word));
        player.does(&["init", "set cmi.core.score.raw 90"]).await;
        let answer = player.does(&["commit", "end"]).await;
        assert_eq!(answer.applied, 4);
        player.exit().await;
        assert_eq!(player.story().await, [""; 0]);
        let record = player.record().await;
        assert_eq!(record, store::RegistrationRecord::default());
        assert!(world.calls(player.registration).await.iter().all(|logged| logged.call.applied));
    }
}

#[tokio::test]
async fn late_calls_of_a_preview_leave_the_one_that_is_open_as_it_is() {
    let world = World::new().await;
    let course = world.course(&scorm12(&[sco("one"), sco("two")])).await;
    let request = LaunchRequest { mode: LaunchMode::Browse, ..asked(course) };
    let mut player = world.play_as(&request).await;
    player.open("one").await;
    let late = player.made(&["init"]);
    player.open("two").await;
    player.does(&["init", "set cmi.core.lesson_location 5"]).await;
    player.send_to(1, late, false).await.unwrap();
    let answer = player.does(&["end"]).await;
    assert_eq!(answer.applied, 3);
    let calls = world.calls(player.registration).await;
    let of_two = calls.iter().filter(|logged| logged.call.delivery == 2);
    assert!(of_two.clone().count() == 3 && of_two.clone().all(|logged| logged.call.applied));
}

#[tokio::test]
async fn calls_sent_again_are_skipped_by_their_numbers() {
    let world = World::new().await;
    let mut player = one_sco(&world).await;
    let calls = player.made(&["init", "set cmi.core.score.raw 85", "end"]);
    player.send(calls[..2].to_vec()).await.unwrap();
    for _ in 0..3 {
        assert_eq!(player.send(calls.clone()).await.unwrap().applied, 3);
    }
    let story = player.story().await;
    assert_eq!(story.len(), 7, "{story:?}");
    assert_eq!(world.calls(player.registration).await.len(), 3);
}

#[tokio::test]
async fn a_gap_is_refused_with_the_last_number_that_the_server_has() {
    let world = World::new().await;
    let mut player = one_sco(&world).await;
    let mut calls = player.made(&["init", "commit", "commit", "commit"]);
    player.send(calls[..1].to_vec()).await.unwrap();
    calls.remove(2);
    let refused = player.send(calls).await;
    assert!(matches!(refused, Err(PlayError::Gap { applied: 1 })), "{refused:?}");
}

#[tokio::test]
async fn two_requests_at_once_count_once() {
    let world = World::new().await;
    let mut player = one_sco(&world).await;
    let calls = player.made(&["init", "set cmi.core.score.raw 85", "end"]);
    let sends = (0..4).map(|_| player.send(calls.clone()));
    let [a, b, c, d] = <[_; 4]>::try_from(sends.collect::<Vec<_>>()).ok().unwrap();
    let (a, b, c, d) = tokio::join!(a, b, c, d);
    for answer in [a, b, c, d] {
        assert_eq!(answer.unwrap().applied, 3);
    }
    assert_eq!(player.story().await.len(), 7);
    assert_eq!(world.calls(player.registration).await.len(), 3);
}

#[tokio::test]
async fn where_content_wants_to_go_is_answered_again_when_its_end_is_sent_again() {
    let world = World::new().await;
    let package = scorm2004(&[sco("one"), sco("two")], "");
    let mut player = world.play(world.course(&package).await).await;
    player.open("one").await;
    let calls = player.made(&["init", "set adl.nav.request {target=two}choice", "end"]);
    for _ in 0..2 {
        let answer = player.send(calls.clone()).await.unwrap();
        assert_eq!(answer.asked, Some(Request::Choice(ItemId::new("two"))));
    }
    let mut second = player.made(&["end"]);
    second[0].result = "false".to_owned();
    assert_eq!(player.send(second).await.unwrap().asked, None);
}

#[tokio::test]
async fn content_that_never_initializes_leaves_nothing() {
    for is_2004 in [false, true] {
        let world = World::new().await;
        let items = [sco("one"), sco("two")];
        let package = if is_2004 { scorm2004(&items, "") } else { scorm12(&items) };
        let course = world.course(&package).await;
        let mut player = world.play(course).await;
        let entry = if is_2004 { "cmi.entry" } else { "cmi.core.entry" };
        for item in ["one", "two", "one"] {
            let delivered = player.open(item).await;
            assert_eq!(given(&delivered, entry), Some("ab-initio"), "{item}");
        }
        player.close().await;
        player.exit().await;
        assert_eq!(player.story().await, [""; 0]);

        let mut player = world.play(course).await;
        player.open("one").await;
        let exit = if is_2004 { "set cmi.exit suspend" } else { "set cmi.core.exit suspend" };
        player.does(&["init", exit, "end"]).await;
        assert_eq!(player.story().await, ["initialized one", "suspended one"]);
        assert_eq!(player.record().await.attempts.len(), 1);
        for _ in 0..2 {
            let delivered = player.open("one").await;
            assert_eq!(given(&delivered, entry), Some("resume"), "what was suspended stays so");
        }
        player.does(&["init"]).await;
        assert_eq!(player.story().await[2..], ["resumed one"]);
    }
}

#[tokio::test]
async fn content_that_is_gone_without_terminate_is_suspended() {
    let world = World::new().await;
    let mut player = one_sco(&world).await;
    player.does(&["init", "set cmi.core.session_time 00:02:00"]).await;
    player.close().await;
    assert_eq!(player.story().await, ["initialized one", "suspended one"]);
    let last = world.statements(player.registration).await.pop().unwrap();
    let extensions = &last["result"]["extensions"];
    assert_eq!(extensions["https://w3id.org/attestry/xapi/expired"], true);
    assert_eq!(player.record().await.total_time, Duration::from_mins(2));
    let delivered = player.open("one").await;
    assert_eq!(given(&delivered, "cmi.core.entry"), Some("resume"));
}

#[tokio::test]
async fn last_words_that_come_after_the_frame_was_emptied_still_count() {
    let world = World::new().await;
    let mut player = one_sco(&world).await;
    player.does(&["init", "set cmi.core.session_time 00:02:00"]).await;
    player.close().await;
    let late =
        player.made(&["set cmi.core.session_time 00:03:00", "set cmi.core.score.raw 90", "end"]);
    player.send_to(1, late, true).await.unwrap();
    let record = player.record().await;
    assert_eq!((record.success, record.total_time), (Some(true), Duration::from_mins(3)));
}

#[tokio::test]
async fn calls_for_an_activity_that_was_left_for_another_go_to_the_log_alone() {
    let world = World::new().await;
    let package = scorm12(&[sco("one"), sco("two")]);
    let mut player = world.play(world.course(&package).await).await;
    player.open("one").await;
    player.does(&["init"]).await;
    let late = player.made(&["set cmi.core.lesson_status completed", "end"]);
    player.open("two").await;
    player.does(&["init"]).await;
    assert_eq!(player.send_to(1, late, false).await.unwrap().applied, 3);
    let story = ["initialized one", "suspended one", "initialized two"];
    assert_eq!(player.story().await, story);
    let applied: Vec<bool> =
        world.calls(player.registration).await.iter().map(|logged| logged.call.applied).collect();
    assert_eq!(applied, [true, true, false, false]);
    let first = player.open("one").await;
    assert_eq!(given(&first, "cmi.core.lesson_status"), None);
}

#[tokio::test]
async fn preferences_go_on_to_the_next_sco_and_the_next_launch() {
    let world = World::new().await;
    let course = world.course(&scorm12(&[sco("one"), sco("two"), sco("three")])).await;
    let mut player = world.play(course).await;
    player.open("one").await;
    player.does(&["init", "set cmi.student_preference.audio 50", "end"]).await;
    let delivered = player.open("two").await;
    assert_eq!(given(&delivered, "cmi.student_preference.audio"), Some("50"));
    let leaving = "set cmi.core.exit suspend";
    player.does(&["init", "set cmi.student_preference.audio 60", leaving, "end"]).await;
    player.exit().await;
    let mut again = world.play(course).await;
    let delivered = again.open("three").await;
    assert_eq!(given(&delivered, "cmi.student_preference.audio"), Some("60"));
}

#[tokio::test]
async fn a_commit_never_tells_what_the_mastery_score_will_overrule() {
    let world = World::new().await;
    let mut player = one_sco(&world).await;
    let claims = ["init", "set cmi.core.score.raw 40", "set cmi.core.lesson_status passed"];
    player.does(&claims).await;
    player.does(&["commit"]).await;
    assert_eq!(player.record().await.success, Some(false));
    player.does(&["end"]).await;
    let story = player.story().await;
    assert!(!story.iter().any(|told| told.starts_with("passed")), "{story:?}");
    assert_eq!(player.record().await.success, Some(false));
}

#[tokio::test]
async fn a_learner_who_looks_back_into_a_done_sco_keeps_its_completion() {
    let world = World::new().await;
    let package = scorm12(&[sco("one"), sco("two")]);
    let mut player = world.play(world.course(&package).await).await;
    player.open("one").await;
    player.does(&["init", "set cmi.core.lesson_status completed", "end"]).await;
    player.open("two").await;
    let again = player.open("one").await;
    assert_eq!(given(&again, "cmi.core.lesson_status"), Some("completed"));
    assert_eq!(given(&again, "cmi.core.entry"), Some(""));
    player.does(&["init", "end"]).await;
    player.open("two").await;
    player.does(&["init", "set cmi.core.lesson_status completed", "end"]).await;
    assert_eq!(player.record().await.completion, Some(true));
}

#[tokio::test]
async fn content_that_never_sets_a_status_completes_when_it_finishes_after_a_resume() {
    let world = World::new().await;
    let mut player = world.play(world.course(&scorm12(&[sco("one")])).await).await;
    player.open("one").await;
    player.does(&["init", "set cmi.core.exit suspend", "end"]).await;
    assert_eq!(player.record().await.completion, None);
    player.open("one").await;
    player.does(&["init", "end"]).await;
    assert_eq!(player.record().await.completion, Some(true));
}

#[tokio::test]
async fn shared_data_goes_to_the_sco_that_reads_it_and_no_reader_may_write_it() {
    const WRITER: &str = r#"<adlcp:data><adlcp:map targetID="urn:store"/></adlcp:data>"#;
    const READER: &str = r#"<adlcp:data>
        <adlcp:map targetID="urn:store" writeSharedData="false"/></adlcp:data>"#;
    let world = World::new().await;
    let package = scorm2004(&[sco("one").with(WRITER), sco("two").with(READER)], "");
    let mut player = world.play(world.course(&package).await).await;
    player.open("one").await;
    player.does(&["init", "set adl.data.0.store from one", "end"]).await;
    let delivered = player.open("two").await;
    assert_eq!(given(&delivered, "adl.data.0.store"), Some("from one"));
    player.does(&["init", "set adl.data.0.store from two", "end"]).await;
    let calls = world.calls(player.registration).await;
    let refused = calls.iter().find(|one| one.call.delivery == 2 && one.call.number == 2);
    assert_eq!(refused.unwrap().call.error, 404);
    assert!(refused.unwrap().call.note.as_ref().unwrap().contains("the browser answered"));
    let delivered = player.open("one").await;
    assert_eq!(given(&delivered, "adl.data.0.store"), Some("from one"));
}

#[tokio::test]
async fn data_of_an_attempt_lie_in_state_documents() {
    let world = World::new().await;
    let mut player = one_sco(&world).await;
    player.does(&["init", "set cmi.suspend_data half way", "commit"]).await;
    let kept = world.kept(player.registration).await;
    let attempt = player.record().await.attempts[0].clone();
    let key = |activity: &str, id: &str| DocumentKey {
        owner: DocumentOwner {
            kind: DocumentKind::State,
            activity: activity.to_owned(),
            agent: kept.fixed.actor_key.clone(),
            registration: Some(player.registration),
        },
        id: id.to_owned(),
    };
    let suspend_data = key(&attempt, "https://w3id.org/xapi/scorm/types/adl-suspend-data");
    let found = world.store.document(world.organization(), &suspend_data).await.unwrap();
    assert_eq!(found.unwrap().content, b"half way");
    let sco = attempt.split("/attempts/").next().unwrap();
    let activity = key(sco, "https://w3id.org/xapi/scorm/activity-state");
    let found = world.store.document(world.organization(), &activity).await.unwrap();
    let found: Value = serde_json::from_slice(&found.unwrap().content).unwrap();
    assert_eq!(found["attempts"], json!([attempt]));
    player.does(&["set cmi.suspend_data further", "end"]).await;
    let found = world.store.document(world.organization(), &suspend_data).await.unwrap();
    assert_eq!(found.unwrap().content, b"further");
}

#[tokio::test]
async fn leaving_ends_the_session_and_returns_the_learner_with_the_registration() {
    let world = World::new().await;
    let course = world.course(&scorm12(&[sco("one")])).await;
    for (url, begin, end) in [
        ("https://lms.example/done", "https://lms.example/done?registration=", ""),
        ("https://lms.example/d?a=1#x", "https://lms.example/d?a=1&registration=", "#x"),
    ] {
        let request = LaunchRequest { return_url: Some(url.to_owned()), ..asked(course) };
        let mut player = world.play_as(&request).await;
        player.open("one").await;
        player.does(&["init"]).await;
        let redirect = player.exit().await.unwrap();
        assert_eq!(redirect, format!("{begin}{}{end}", player.registration));
        let refused = world.app.play_page(&player.token).await;
        assert!(matches!(refused, Err(PlayError::Ended)), "{refused:?}");
    }
    let unknown = world.app.heartbeat("nobody's").await;
    assert!(matches!(unknown, Err(PlayError::UnknownSession)));
}

#[tokio::test]
async fn a_retake_in_a_registration_is_an_attempt_of_its_own() {
    let world = World::new().await;
    let mut player = one_sco(&world).await;
    player.does(&["init", "set cmi.core.score.raw 85", "end"]).await;
    player.exit().await;
    let course = asked_course(&world, &player).await;
    let request =
        LaunchRequest { registration: Some(player.registration.to_string()), ..asked(course) };
    let mut again = world.play_as(&request).await;
    assert_eq!(again.registration, player.registration);
    let delivered = again.open("one").await;
    assert_eq!(given(&delivered, "cmi.core.entry"), Some("ab-initio"));
    again.does(&["init", "set cmi.core.score.raw 20", "end"]).await;
    let record = again.record().await;
    assert_eq!((record.attempts.len(), record.success), (2, Some(false)));
    assert!(record.passed_at.is_some(), "a later fail does not undo a pass");
}

#[tokio::test]
async fn unknown_activities_and_deliveries_are_refused() {
    let world = World::new().await;
    let mut player = one_sco(&world).await;
    for delivery in [0, 2] {
        let refused = player.send_to(delivery, Vec::new(), false).await;
        assert!(matches!(refused, Err(PlayError::Invalid(_))), "{refused:?}");
    }
    for (number, request) in [
        (0, Wish::Player(PlayerWish::Open)),
        (3, Wish::Player(PlayerWish::Open)),
        (2, Wish::Player(PlayerWish::Content)),
        (2, Wish::Request(Request::Start)),
    ] {
        let refused = world.app.navigate(&player.token, &NavigateRequest { number, request }).await;
        assert!(matches!(refused, Err(PlayError::Invalid(_))), "{refused:?}");
    }
    let many = vec!["commit"; app::play::wire::CALLS_MAX + 1];
    let calls = player.made(&many);
    let refused = player.send(calls).await;
    assert!(matches!(refused, Err(PlayError::Invalid(_))), "{refused:?}");
}

#[tokio::test]
async fn statements_name_the_attempt_the_session_and_the_runtime() {
    let world = World::new().await;
    let mut player = one_sco(&world).await;
    player.does(&["init", "end"]).await;
    let statements = world.statements(player.registration).await;
    for statement in &statements {
        let said = line(statement);
        let context = &statement["context"];
        assert_eq!(context["registration"], player.registration.to_string(), "{said}");
        let session = &context["extensions"]["https://w3id.org/attestry/xapi/session"];
        assert_eq!(*session, player.session.to_string(), "{said}");
        assert_eq!(statement["authority"]["account"]["name"], "attestry-runtime", "{said}");
        assert_eq!(statement["actor"]["account"]["name"], "ada", "{said}");
    }
}
