//! How courses play: what the levels decide, and what follows from it for a learner.

use crate::{
    packages::{Item, sco, scorm12, scorm2004},
    world::{Player, World, asked, given},
};
use app::{
    AppError, Caller, ImportOptions, LaunchError, LaunchRequest, SettingsOf,
    play::wire::{LaunchMode, PlayerWish, Wish},
};
use domain::{CourseId, CourseVersion, Role};
use scorm::{sequencing::Request, settings::Level};
use serde_json::{Map, Value, json};

const STATUS: &str = "cmi.core.lesson_status";

fn map(value: &Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

impl World {
    async fn decide(&self, of: SettingsOf, settings: Value) {
        let decided =
            self.app.decide_course_settings(&self.operator, of, &map(&settings), "a test").await;
        decided.unwrap();
    }

    /// Ada plays a course whose launch decides something.
    async fn play_by(&self, course: CourseId, settings: Value) -> Player<'_> {
        self.play_as(&LaunchRequest { settings: map(&settings), ..asked(course) }).await
    }

    async fn two_parts(&self) -> CourseId {
        self.course(&scorm12(&[sco("one"), sco("two")])).await
    }
}

#[tokio::test]
async fn each_level_inherits_from_the_one_above_and_says_where_a_value_comes_from() {
    let world = World::new().await;
    let course = world.two_parts().await;
    let version = SettingsOf::Version(course, CourseVersion::FIRST);
    world
        .decide(SettingsOf::Organization, json!({"strictness": "strict", "attempts_max": 3}))
        .await;
    world.decide(SettingsOf::Course(course), json!({"attempts_max": "none"})).await;
    world.decide(version, json!({"contents": "hidden"})).await;
    let view = world.app.course_settings(&world.operator, version).await.unwrap();
    let seen: Vec<(&str, Value, Level)> = view
        .in_force
        .each()
        .filter(|(.., from)| *from != Level::BuiltIn)
        .map(|(about, value, from)| (about.name, value, from))
        .collect();
    assert_eq!(
        seen,
        [
            ("strictness", json!("strict"), Level::Organization),
            ("attempts_max", json!("none"), Level::Course),
            ("contents", json!("hidden"), Level::Version),
        ]
    );
    assert_eq!(view.decided.unwrap().reason, "a test");
    world.decide(SettingsOf::Course(course), json!({})).await;
    let view = world.app.course_settings(&world.operator, version).await.unwrap();
    assert_eq!(json!(view.in_force.settings)["attempts_max"], json!(3), "inherited again");
}

#[tokio::test]
async fn a_session_plays_by_the_settings_of_its_launch_whatever_is_decided_later() {
    let world = World::new().await;
    let course = world.two_parts().await;
    world.decide(SettingsOf::Course(course), json!({"strictness": "strict"})).await;
    let mut player = world.play_by(course, json!({"contents": "hidden"})).await;
    world.decide(SettingsOf::Course(course), json!({"strictness": "lenient"})).await;
    assert_eq!(player.open("one").await.settings, json!({"strictness": "strict"}));
    let detail = world.app.registration(&world.operator, player.registration).await.unwrap();
    let settings = &detail.sessions[0].settings;
    assert_eq!(settings.from["strictness"], Level::Course);
    assert_eq!(settings.from["contents"], Level::Launch);
    let again = world.play(course).await;
    let page = world.app.play_page(&again.token).await.unwrap();
    assert!(page.navigation.contents.iter().any(|line| line.visible));
}

#[tokio::test]
async fn a_decision_needs_a_reason_the_right_role_and_something_to_be_about() {
    let world = World::new().await;
    let course = world.two_parts().await;
    let (app, none) = (&world.app, Map::new());
    let silent = app.decide_course_settings(&world.operator, SettingsOf::Organization, &none, " ");
    let silent = silent.await.unwrap_err();
    assert!(matches!(silent, AppError::Invalid { field, .. } if field == "/reason"));
    let wrong = map(&json!({"strictness": "soft", "colour": "red"}));
    let wrong =
        app.decide_course_settings(&world.operator, SettingsOf::Course(course), &wrong, "x");
    assert!(matches!(wrong.await.unwrap_err(), AppError::Choices(errors) if errors.len() == 2));
    let author = world.user("author@example.com", Role::Author).await;
    let of_all = app.decide_course_settings(&author, SettingsOf::Organization, &none, "x").await;
    assert!(matches!(of_all, Err(AppError::RoleForbids(_))));
    app.decide_course_settings(&author, SettingsOf::Course(course), &none, "x").await.unwrap();
    let auditor = world.user("auditor@example.com", Role::Auditor).await;
    app.course_settings(&auditor, SettingsOf::Course(course)).await.unwrap();
    let no = app.decide_course_settings(&auditor, SettingsOf::Course(course), &none, "x").await;
    assert!(matches!(no, Err(AppError::RoleForbids(_))));
    let other = world.app.create_organization("other", "https://other.example").await.unwrap();
    let foreign = Caller::operator(other.id);
    let elsewhere = app.course_settings(&foreign, SettingsOf::Course(course)).await;
    assert!(matches!(elsewhere, Err(AppError::NotFound("course"))));
}

#[tokio::test]
async fn a_launch_that_decides_what_cannot_be_is_refused() {
    let world = World::new().await;
    let course = world.two_parts().await;
    let settings = map(&json!({"attempts_max": 0}));
    let refused = world.try_launch(&LaunchRequest { settings, ..asked(course) }).await;
    assert!(matches!(refused, Err(LaunchError::App(AppError::Choices(_)))), "{refused:?}");
}

#[tokio::test]
async fn strict_settings_refuse_what_lenient_ones_note() {
    let world = World::new().await;
    let course = world.two_parts().await;
    let long = format!("set cmi.suspend_data {}", "x".repeat(5_000));
    for (strictness, result) in [("lenient", "true"), ("strict", "false")] {
        let mut player = world.play_by(course, json!({ "strictness": strictness })).await;
        player.open("one").await;
        player.does(&["init", &long]).await;
        let last = world.calls(player.registration).await.pop().unwrap().call;
        assert_eq!(last.result, result, "{strictness}");
    }
}

#[tokio::test]
async fn what_follows_a_part_is_as_the_settings_have_it() {
    let world = World::new().await;
    let ends: &[&str] = &["init", "set cmi.core.lesson_status completed", "end"];
    let suspends: &[&str] = &["init", "set cmi.core.exit suspend", "end"];
    for (settings, item, calls, follows) in [
        (json!({}), "one", ends, None),
        (json!({"after_part": "continue"}), "one", ends, Some(Request::Continue)),
        (json!({"after_part": "continue"}), "two", ends, None),
        (json!({"after_part": "continue"}), "one", suspends, None),
        (json!({"after_part": "leave"}), "one", ends, Some(Request::SuspendAll)),
        (json!({"after_last": "leave"}), "one", ends, None),
        (json!({"after_last": "leave"}), "two", ends, Some(Request::SuspendAll)),
        (
            json!({"after_last": "leave", "rollup": "any-sco-done"}),
            "two",
            ends,
            Some(Request::ExitAll),
        ),
        (json!({"after_suspend": "leave"}), "one", suspends, Some(Request::SuspendAll)),
    ] {
        let course = world.course(&scorm12(&[sco("one"), sco("two")])).await;
        let request =
            LaunchRequest { settings: map(&settings), new_registration: true, ..asked(course) };
        let mut player = world.play_as(&request).await;
        player.open(item).await;
        let answer = player.does(calls).await;
        assert_eq!(answer.asked, follows, "{settings} after {item}");
        if follows.is_some() {
            let answer = player.navigate(Wish::Player(PlayerWish::Content)).await;
            let is_gone = follows != Some(Request::Continue);
            assert_eq!((answer.ended, answer.refused), (is_gone, None), "{settings}");
        }
        world.wait(1);
    }
}

#[tokio::test]
async fn a_part_that_others_do_not_follow_is_not_the_last_one() {
    let world = World::new().await;
    // Without flow the learner chooses, and continue leads nowhere.
    let course = world.course(&scorm2004(&[sco("one"), sco("two")], "")).await;
    let ends = ["init", "set cmi.completion_status completed", "end"];
    for (settings, follows) in [
        (json!({"after_last": "leave"}), None),
        (json!({"after_part": "continue"}), None),
        (json!({"after_part": "leave"}), Some(Request::SuspendAll)),
    ] {
        let request =
            LaunchRequest { settings: map(&settings), new_registration: true, ..asked(course) };
        let mut player = world.play_as(&request).await;
        player.open("one").await;
        assert_eq!(player.does(&ends).await.asked, follows, "{settings}");
        world.wait(1);
    }
}

#[tokio::test]
async fn content_that_is_cut_off_is_suspended_or_ended_as_the_settings_have_it() {
    let world = World::new().await;
    for (cut_off, status) in [("suspend", "incomplete"), ("end", "completed")] {
        let course = world.two_parts().await;
        let mut player = world.play_by(course, json!({ "cut_off": cut_off })).await;
        player.open("one").await;
        player.does(&["init", "commit"]).await;
        player.close().await;
        player.exit().await;
        let detail = world.app.registration(&world.operator, player.registration).await.unwrap();
        assert_eq!(detail.activities[0].status.completion, status, "{cut_off}");
    }
}

#[tokio::test]
async fn a_part_is_begun_anew_no_more_often_than_the_settings_allow() {
    let world = World::new().await;
    let course = world.two_parts().await;
    let mut player = world.play_by(course, json!({"attempts_max": 1})).await;
    player.open("one").await;
    player.does(&["init", "set cmi.core.lesson_status failed", "end"]).await;
    player.open("two").await;
    let again = Wish::Request(Request::Choice(domain::ItemId::new("one")));
    let refused = player.navigate(again).await.refused.unwrap();
    assert!(refused.text.contains("limited to 1 attempt"), "{}", refused.text);
}

#[tokio::test]
async fn the_score_that_passes_and_who_decides_are_as_the_settings_have_them() {
    const SCORED: Item = sco("one").with("<adlcp:masteryscore>90</adlcp:masteryscore>");
    let world = World::new().await;
    for (settings, told, status) in [
        (json!({}), "90", "failed"),
        (json!({"mastery_score": 80}), "80", "passed"),
        (json!({"mastery_score": "none"}), "90", "failed"),
        (json!({"verdict": "content"}), "90", "passed"),
    ] {
        let course = world.course(&scorm12(&[SCORED, sco("two")])).await;
        let mut player = world
            .play_as(&LaunchRequest {
                settings: map(&settings),
                new_registration: true,
                ..asked(course)
            })
            .await;
        let delivered = player.open("one").await;
        assert_eq!(given(&delivered, "cmi.student_data.mastery_score"), Some(told), "{settings}");
        let passed = format!("set {STATUS} passed");
        player.does(&["init", "set cmi.core.score.raw 85", &passed, "end"]).await;
        let detail = world.app.registration(&world.operator, player.registration).await.unwrap();
        assert_eq!(detail.activities[0].status.success, status, "{settings}");
        world.wait(1);
    }
}

#[tokio::test]
async fn a_course_is_opened_within_its_time_only_and_a_link_waits_for_it() {
    let world = World::new().await;
    let course = world.two_parts().await;
    let now = domain::Clock::now(&*world.clock);
    let opens = now.plus(std::time::Duration::from_mins(1)).millis();
    let closes = now.plus(std::time::Duration::from_mins(2)).millis();
    world.decide(SettingsOf::Course(course), json!({"opens_at": opens, "closes_at": closes})).await;
    let launch = world.try_launch(&asked(course)).await.unwrap();
    let early = world.app.exchange_launch(launch.token.expose()).await;
    assert!(matches!(early, Err(LaunchError::Closed(_))), "{early:?}");
    world.wait(60);
    let session = world.app.exchange_launch(launch.token.expose()).await.unwrap();
    let late = world.try_launch(&asked(course)).await.unwrap();
    world.wait(60);
    let late = world.app.exchange_launch(late.token.expose()).await;
    assert!(matches!(late, Err(LaunchError::Closed(_))), "{late:?}");
    world.app.play_page(session.expose()).await.expect("who is in the course can finish it");
    let review = LaunchRequest { mode: LaunchMode::Review, ..asked(course) };
    world.play_as(&review).await;
}

#[tokio::test]
async fn contents_can_be_hidden_and_content_can_have_a_window_of_its_own() {
    let world = World::new().await;
    let course = world.two_parts().await;
    let settings = json!({"contents": "hidden", "window": "new", "window_width": 1024});
    let player = world.play_by(course, settings).await;
    let page = world.app.play_page(&player.token).await.unwrap();
    assert!(page.navigation.contents.iter().all(|line| !line.visible));
    assert!(page.navigation.controls.forward.shown);
    assert_eq!(json!(page.window), json!({"width": 1024, "height": null}));
}

#[tokio::test]
async fn the_settings_of_a_version_do_not_reach_the_next_one() {
    let world = World::new().await;
    let course = world.two_parts().await;
    let first = SettingsOf::Version(course, CourseVersion::FIRST);
    world.decide(first, json!({"contents": "hidden"})).await;
    let options = ImportOptions {
        course: Some(course),
        change_note: "a third part".to_owned(),
        ..ImportOptions::default()
    };
    world.upload(&scorm12(&[sco("one"), sco("two"), sco("three")]), options).await.unwrap();
    let player = world.play(course).await;
    let page = world.app.play_page(&player.token).await.unwrap();
    assert!(page.navigation.contents.iter().any(|line| line.visible));
}
