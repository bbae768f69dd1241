//! Trying a course out, looking at it and looking back at it: all works, and nothing is recorded.

use crate::{
    packages::{sco, scorm12, scorm2004},
    world::{Player, World, asked, given},
};
use app::{
    LaunchRequest, PlayError, RegistrationQuery,
    play::wire::{LaunchMode, PlayerWish, Relaunch, Wish},
};
use domain::RegistrationId;
use scorm::sequencing::Request;
use store::{DocumentKind, DocumentOwner, RegistrationRecord, Tests};

const FLOW: &str = "<imsss:sequencing><imsss:controlMode flow=\"true\"/></imsss:sequencing>";
/// Tells an objective that is global to the system what its content achieved.
const BASICS: &str = r#"<imsss:sequencing>
    <imsss:objectives><imsss:primaryObjective objectiveID="own">
      <imsss:mapInfo targetObjectiveID="basics" writeSatisfiedStatus="true"/>
    </imsss:primaryObjective></imsss:objectives>
    <imsss:deliveryControls objectiveSetByContent="true"/>
  </imsss:sequencing>"#;
const OPEN: Wish = Wish::Player(PlayerWish::Open);

async fn trial<'w>(world: &'w World, package: &[u8]) -> Player<'w> {
    let course = world.course(package).await;
    world.play_as(&LaunchRequest { test: true, ..asked(course) }).await
}

/// Everything of the log that could move: its size, its root, its last instant.
async fn log(world: &World) -> String {
    let head = world.store.ledger_head(world.organization()).await.unwrap();
    format!("{head:?}")
}

async fn documents(world: &World, player: &Player<'_>) -> usize {
    let agent = world.kept(player.registration).await.fixed.actor_key;
    let owner = |kind, registration| DocumentOwner {
        kind,
        activity: String::new(),
        agent: agent.clone(),
        registration,
    };
    let mut found = 0;
    for owner in [
        owner(DocumentKind::AgentProfile, None),
        owner(DocumentKind::State, Some(player.registration)),
    ] {
        found += world.store.document_ids(world.organization(), &owner, None).await.unwrap().len();
    }
    found
}

#[tokio::test]
async fn the_log_does_not_move_while_a_whole_course_is_played_as_a_test() {
    let world = World::new().await;
    let package = scorm2004(&[sco("one").with(BASICS), sco("two")], FLOW);
    let mut player = trial(&world, &package).await;
    let before = log(&world).await;
    player.navigate(OPEN).await;
    player
        .does(&[
            "init",
            "set cmi.learner_preference.language de",
            "set cmi.success_status passed",
            "set cmi.completion_status completed",
            "commit",
            "end",
        ])
        .await;
    player.navigate(Wish::Request(Request::Continue)).await;
    let score = "set cmi.score.scaled 0.5";
    let done = "set cmi.completion_status completed";
    let answer = player.does(&["init", score, done, "set cmi.success_status passed", "end"]).await;
    assert_eq!((answer.course.completion, answer.course.success), ("completed", "passed"));
    player.exit().await;
    assert_eq!(log(&world).await, before);
    assert_eq!(player.story().await, [""; 0]);
    assert_eq!(player.record().await, RegistrationRecord::default());
    assert_eq!(documents(&world, &player).await, 0);
    // What a learner leaves is the same, and is told: the test could fail.
    let course = world.kept(player.registration).await.fixed.course;
    let mut learner = world.play(course).await;
    learner.navigate(OPEN).await;
    learner.does(&["init", "set cmi.success_status passed", "end"]).await;
    assert_ne!(log(&world).await, before);
    assert!(documents(&world, &learner).await > 0);
    // The run time's state is kept all the same: attempts, and the log of the API.
    let detail = world.app.registration(&world.operator, player.registration).await.unwrap();
    assert_eq!((detail.attempts.len(), detail.row.test), (2, true));
    assert_eq!(world.calls(player.registration).await.len(), 11);
}

#[tokio::test]
async fn a_test_is_never_the_learners_own_registration_nor_listed_with_them() {
    let world = World::new().await;
    let course = world.course(&scorm12(&[sco("one")])).await;
    let own = world.try_launch(&asked(course)).await.unwrap();
    world.wait(1);
    let test = LaunchRequest { test: true, ..asked(course) };
    let first = world.try_launch(&test).await.unwrap();
    assert_ne!(first.registration, own.registration);
    assert!(first.test && !own.test);
    assert_eq!(world.try_launch(&test).await.unwrap().registration, first.registration);
    assert_eq!(world.try_launch(&asked(course)).await.unwrap().registration, own.registration);
    let list = async |tests| -> Vec<RegistrationId> {
        let query = RegistrationQuery { tests, ..RegistrationQuery::default() };
        let page = world.app.registrations(&world.operator, &query, 10).await.unwrap();
        page.items.iter().map(|row| row.id).collect()
    };
    assert_eq!(list(Tests::Without).await, [own.registration]);
    assert_eq!(list(Tests::Only).await, [first.registration]);
    assert_eq!(list(Tests::With).await.len(), 2);
    // Who names a test goes on with it; who names a learner's own cannot make a test of it.
    let named = |id: RegistrationId| Some(id.to_string());
    let request = LaunchRequest { registration: named(first.registration), ..asked(course) };
    assert!(world.try_launch(&request).await.unwrap().test);
    let request = LaunchRequest { registration: named(own.registration), ..test };
    let refused = world.try_launch(&request).await.unwrap_err().to_string();
    assert!(refused.contains("no test"), "{refused}");
}

#[tokio::test]
async fn a_test_is_launched_again_as_after_a_closed_window_a_lost_one_and_from_the_start() {
    let world = World::new().await;
    let mut player = trial(&world, &scorm12(&[sco("one")])).await;
    player.open("one").await;
    player.does(&["init", "set cmi.core.lesson_location page 7"]).await;
    let mut token = player.token.clone();
    let mut seen = Vec::new();
    for how in [Relaunch::Resume, Relaunch::Lost, Relaunch::Restart] {
        world.wait(1);
        let answer = world.app.relaunch(&token, how).await.unwrap();
        let link = answer.launch.strip_prefix("/launch/").unwrap().to_owned();
        token = world.app.exchange_launch(&link).await.unwrap().expose().to_owned();
        let page = world.app.play_page(&token).await.unwrap();
        assert!(page.test, "{how:?}");
        let request = app::play::wire::NavigateRequest { number: 1, request: OPEN };
        let delivered = world.app.navigate(&token, &request).await.unwrap().delivered.unwrap();
        let location = given(&delivered, "cmi.core.lesson_location").map(str::to_owned);
        seen.push((page.registration == player.registration, location));
    }
    let kept = Some("page 7".to_owned());
    assert_eq!(seen, [(true, kept.clone()), (true, kept), (false, None)]);
    let sessions = world.store.sessions(world.organization(), player.registration).await.unwrap();
    let ends: Vec<_> = sessions.iter().map(|one| one.ended.map(|(_, end)| end.as_str())).collect();
    assert_eq!(ends, [Some("exited"), Some("superseded"), Some("exited")]);

    let own = world.play(world.kept(player.registration).await.fixed.course).await;
    let refused = world.app.relaunch(&own.token, Relaunch::Restart).await;
    assert!(matches!(refused, Err(PlayError::Invalid(_))), "{refused:?}");
}

#[tokio::test]
async fn calls_of_the_inspector_are_marked_in_tests_alone() {
    let world = World::new().await;
    let course = world.course(&scorm12(&[sco("one")])).await;
    for test in [true, false] {
        let mut player = world.play_as(&LaunchRequest { test, ..asked(course) }).await;
        player.open("one").await;
        let mut calls = player.made(&["init", "set cmi.core.student_id me"]);
        calls[1].by_inspector = true;
        player.send(calls).await.unwrap();
        let calls = world.calls(player.registration).await;
        let note = calls[1].call.note.clone().unwrap_or_default();
        assert_eq!(note.starts_with("by the inspector; the browser answered"), test, "{note}");
    }
}

#[tokio::test]
async fn review_looks_back_at_the_last_attempt_and_changes_nothing() {
    let done_12 = ["init", "set cmi.core.lesson_location p9", "set cmi.core.score.raw 70", "end"];
    let done_2004 = [
        "init",
        "set cmi.location p9",
        "set cmi.score.raw 70",
        "set cmi.completion_status completed",
        "end",
    ];
    let names_12 = ["cmi.core.lesson_mode", "cmi.core.credit", "cmi.core.entry"];
    for (package, done, [mode, credit, entry], location) in [
        (scorm12(&[sco("one")]), &done_12[..], names_12, "cmi.core.lesson_location"),
        (
            scorm2004(&[sco("one")], FLOW),
            &done_2004[..],
            ["cmi.mode", "cmi.credit", "cmi.entry"],
            "cmi.location",
        ),
    ] {
        let world = World::new().await;
        let course = world.course(&package).await;
        let mut player = world.play(course).await;
        player.open("one").await;
        player.does(done).await;
        player.exit().await;
        let kept = world.kept(player.registration).await;
        let (before, told) = (log(&world).await, player.story().await);

        let review =
            world.app.create_review_launch(&world.operator, player.registration).await.unwrap();
        assert_eq!(review.registration, player.registration);
        let request = LaunchRequest { mode: LaunchMode::Review, ..asked(course) };
        let mut back = world.play_as(&request).await;
        assert_eq!(back.registration, player.registration, "a look back makes no registration");
        let delivered = back.open("one").await;
        for (element, value) in
            [(mode, "review"), (credit, "no-credit"), (entry, ""), (location, "p9")]
        {
            assert_eq!(given(&delivered, element), Some(value), "{element}");
        }
        let changes = format!("set {location} p1");
        back.does(&["init", &changes, "commit", "end"]).await;
        back.exit().await;
        assert_eq!(log(&world).await, before);
        assert_eq!(back.story().await, told);
        assert_eq!(world.kept(player.registration).await, kept);
        // What was set while looking back is forgotten.
        let mut again = world.play_as(&request).await;
        assert_eq!(given(&again.open("one").await, location), Some("p9"));
    }
}
