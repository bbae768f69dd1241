//! Sessions as files, and played again.

use crate::{
    packages::{sco, scorm12, scorm2004},
    world::{Player, World, asked},
};
use app::{
    AppError, Difference, LaunchRequest, RerunError, RerunReport, SessionFile,
    play::wire::{CallsRequest, LaunchMode, PlayerWish, Wish},
};
use domain::ItemId;
use scorm::sequencing::Request;
use serde_json::Value;

const FLOW: &str = "<imsss:sequencing><imsss:controlMode flow=\"true\"/></imsss:sequencing>";
/// Three of the parts, in an order that is drawn.
const DRAWN: &str = "<imsss:sequencing><imsss:controlMode flow=\"true\"/>\
    <imsss:randomizationControls randomizationTiming=\"onEachNewAttempt\" reorderChildren=\"true\" \
    selectionTiming=\"onEachNewAttempt\" selectCount=\"3\"/></imsss:sequencing>";
const ONCE: &str =
    "<imsss:sequencing><imsss:limitConditions attemptLimit=\"1\"/></imsss:sequencing>";
const OPEN: Wish = Wish::Player(PlayerWish::Open);
const CONTINUE: Wish = Wish::Request(Request::Continue);

impl World {
    /// The file of a player's session.
    async fn file(&self, player: &Player<'_>) -> String {
        let (operator, session) = (&self.operator, player.session);
        let mut export =
            self.app.export_session(operator, player.registration, session).await.unwrap();
        let mut file = String::new();
        while let Some(lines) = self.app.next_steps(&mut export).await.unwrap() {
            file.push_str(&lines);
        }
        file
    }

    /// Plays a file against a package, in this world, which is a new one.
    async fn rerun(&self, file: &str, package: &[u8]) -> (RerunReport, Vec<Difference>) {
        let course = self.course(package).await;
        let mut file = SessionFile::open(file.as_bytes()).unwrap();
        let mut differences = Vec::new();
        let mut tell = |one: &Difference| differences.push(one.clone());
        let version = domain::CourseVersion::FIRST;
        let report = self
            .app
            .rerun(&self.clock, &self.operator, (course, version), &mut file, &mut tell)
            .await
            .unwrap();
        (report, differences)
    }
}

fn steps(file: &str) -> Vec<Value> {
    file.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

async fn asserts_same(file: &str, package: &[u8], count: u64) {
    let (report, differences) = World::new().await.rerun(file, package).await;
    assert_eq!(
        (report, differences),
        (RerunReport { steps: count, differ: 0, whole: true }, Vec::new())
    );
}

/// A learner who is refused something, answers, suspends, comes back, and finishes.
async fn lively(world: &World, package: &[u8]) -> String {
    let course = world.course(package).await;
    let mut player = world.play(course).await;
    player.navigate(OPEN).await;
    world.wait(10);
    let calls = player.made(&["init", "get cmi.learner_name", "set cmi.score.scaled 7"]);
    player.send(calls).await.unwrap();
    player.does(&["set cmi.location p3", "set cmi.exit suspend", "end"]).await;
    player.exit().await;
    world.wait(3_600);
    let mut player = world.play(course).await;
    player.navigate(OPEN).await;
    player.does(&["init", "get cmi.location", "set cmi.completion_status completed"]).await;
    let validity = CallsRequest {
        delivery: player.delivery,
        calls: player.made(&["set adl.nav.request continue"]),
        closing: false,
        validity: true,
    };
    world.app.calls(&player.token, &validity).await.unwrap();
    player.does(&["get adl.nav.request_valid.continue", "end"]).await;
    player.close().await;
    world.wait(1);
    player.navigate(Wish::Player(PlayerWish::Content)).await;
    player.close().await;
    let back = player.navigate(Wish::Request(Request::Choice(ItemId::new("one")))).await;
    assert!(back.refused.is_some(), "{}", back.sentence);
    player.exit().await;
    world.file(&player).await
}

#[tokio::test]
async fn a_file_holds_every_step_up_to_the_end_of_its_session_and_no_name() {
    let world = World::new().await;
    let file = lively(&world, &scorm2004(&[sco("one").with(ONCE), sco("two")], FLOW)).await;
    assert!(!file.contains("Name of ada"), "{file}");
    let lines = steps(&file);
    let head = &lines[0];
    assert_eq!(head["attestry_session"], 1);
    assert_eq!((&head["test"], &head["edition"]), (&false.into(), &"scorm2004_fourth".into()));
    assert_eq!(head["learner"], serde_json::json!({ "id": "ada", "name": "ada" }));
    assert_eq!(lines[1]["settings"]["strictness"], "lenient");
    let named = |line: &Value| line["step"].as_str().unwrap_or_default().to_owned();
    let kinds: Vec<String> = lines[1..].iter().map(named).collect();
    let count = |kind: &str| kinds.iter().filter(|one| *one == kind).count();
    assert_eq!((count("session"), count("navigate"), count("call")), (2, 4, 12), "{kinds:?}");
    assert_eq!(kinds[..2], ["session", "navigate"]);
    assert_eq!(kinds[kinds.len() - 2..], ["left", "end"], "{kinds:?}");
    assert_eq!(lines[lines.len() - 1]["steps"], kinds.len() - 1);
    let refused = lines.iter().find(|line| !line["refused"].is_null()).unwrap();
    assert_eq!(refused["request"], serde_json::json!({ "choice": "one" }));
    let name = lines.iter().find(|line| line["arguments"][0] == "cmi.learner_name").unwrap();
    assert_eq!(name["result"], "ada");
}

#[tokio::test]
async fn the_same_package_plays_the_same_and_a_changed_one_says_where_it_differs() {
    let package = scorm2004(&[sco("one").with(ONCE), sco("two")], FLOW);
    let world = World::new().await;
    let file = lively(&world, &package).await;
    asserts_same(&file, &package, 16).await;

    // Nothing is limited any more, and the second part has another name.
    let changed = scorm2004(&[sco("one"), sco("three")], FLOW);
    let (report, differences) = World::new().await.rerun(&file, &changed).await;
    let said: Vec<String> = differences.iter().map(ToString::to_string).collect();
    assert_eq!(report.differ, 2, "{said:#?}");
    assert!(said[0].contains("navigate \"content\": expected 'two', got 'three'"), "{said:#?}");
    assert!(said[1].contains("{\"choice\":\"one\"}: expected a refusal"), "{said:#?}");
}

#[tokio::test]
async fn a_changed_answer_of_the_api_is_a_difference() {
    let mut lines = steps(&{
        let world = World::new().await;
        let mut player = world.play(world.course(&scorm12(&[sco("one")])).await).await;
        player.open("one").await;
        player.does(&["init", "set cmi.core.score.raw much", "end"]).await;
        world.file(&player).await
    });
    let set = lines.iter_mut().find(|line| line["function"] == "LMSSetValue").unwrap();
    assert_eq!((&set["result"], &set["error"]), (&"false".into(), &405.into()));
    set["error"] = 0.into();
    set["result"] = "true".into();
    let file: Vec<String> = lines.iter().map(Value::to_string).collect();
    let (report, differences) =
        World::new().await.rerun(&file.join("\n"), &scorm12(&[sco("one")])).await;
    assert_eq!((report.steps, report.differ), (4, 1));
    assert_eq!(differences[0].expected, "\"true\"");
    assert_eq!(differences[0].got, "\"false\" with error 405");
}

#[tokio::test]
async fn a_window_that_fell_silent_woke_up_and_sent_the_rest_later_is_played_the_same() {
    let package = scorm12(&[sco("one"), sco("two")]);
    let world = World::new().await;
    let course = world.course(&package).await;
    let mut player = world.play(course).await;
    player.open("one").await;
    player.does(&["init", "set cmi.core.lesson_location 3"]).await;
    world.wait(301);
    world.app.sweep().await.unwrap();
    world.wait(60);
    player.does(&["set cmi.core.lesson_location 4", "commit"]).await;
    let lost = player.made(&["set cmi.core.lesson_location 5", "commit"]);
    let (session, delivery) = (player.session, player.delivery);
    world.wait(301);
    world.app.sweep().await.unwrap();
    let mut again = world.play(course).await;
    again.replay(session, delivery, lost).await;
    again.open("one").await;
    again.does(&["init", "get cmi.core.lesson_location", "end"]).await;
    again.exit().await;
    let file = world.file(&again).await;
    let read = steps(&file).into_iter().rfind(|line| line["function"] == "LMSGetValue").unwrap();
    assert_eq!(read["result"], "5");
    asserts_same(&file, &package, 11).await;
}

#[tokio::test]
async fn what_was_drawn_is_drawn_again() {
    let parts: Vec<_> = ["a", "b", "c", "d", "e", "f", "g", "h"].map(sco).into_iter().collect();
    let package = scorm2004(&parts, DRAWN);
    let world = World::new().await;
    let course = world.course(&package).await;
    for _ in 0..3 {
        let again = LaunchRequest { test: true, new_registration: true, ..asked(course) };
        let mut player = world.play_as(&again).await;
        player.navigate(OPEN).await;
        for _ in 0..2 {
            player.does(&["init", "set cmi.completion_status completed", "end"]).await;
            player.navigate(CONTINUE).await;
        }
        player.exit().await;
        let file = world.file(&player).await;
        assert!(file.contains("Name of ada"), "the name of who tests may be told");
        asserts_same(&file, &package, 9).await;
    }
}

#[tokio::test]
async fn each_session_is_played_by_the_settings_that_it_had() {
    let package = scorm12(&[sco("one")]);
    let world = World::new().await;
    let course = world.course(&package).await;
    let long = format!("set cmi.core.lesson_location {}", "x".repeat(300));
    let mut file = String::new();
    for strictness in ["lenient", "strict"] {
        let settings = serde_json::json!({ "strictness": strictness });
        let settings = settings.as_object().cloned().unwrap();
        let mut player = world.play_as(&LaunchRequest { settings, ..asked(course) }).await;
        player.open("one").await;
        player.does(&["init", &long, "set cmi.core.exit suspend", "end"]).await;
        player.exit().await;
        world.wait(1);
        file = world.file(&player).await;
    }
    let errors: Vec<_> = steps(&file)
        .into_iter()
        .filter(|line| line["arguments"][0] == "cmi.core.lesson_location")
        .map(|line| line["error"].clone())
        .collect();
    assert_eq!(errors, [0, 405]);
    asserts_same(&file, &package, 10).await;
    let cut = file.lines().take(4).collect::<Vec<_>>().join("\n");
    assert!(!World::new().await.rerun(&cut, &package).await.0.whole);
}

#[tokio::test]
async fn a_look_at_a_course_is_a_session_like_others() {
    let package = scorm2004(&[sco("one").with(ONCE), sco("two")], FLOW);
    let world = World::new().await;
    let course = world.course(&package).await;
    let mut player = world.play(course).await;
    player.navigate(OPEN).await;
    player.does(&["init", "set cmi.location p3", "set cmi.score.scaled 1", "end"]).await;
    player.exit().await;
    let review = LaunchRequest { mode: LaunchMode::Review, ..asked(course) };
    let mut player = world.play_as(&review).await;
    player.navigate(OPEN).await;
    player.does(&["init", "get cmi.location", "get cmi.mode"]).await;
    player.navigate(CONTINUE).await;
    player.exit().await;
    let file = world.file(&player).await;
    assert!(file.contains("Reviewing led to 'Title of two'."), "{file}");
    asserts_same(&file, &package, 10).await;
}

#[tokio::test]
async fn what_is_no_session_file_is_refused_with_its_line() {
    let refused = |text: &str| SessionFile::open(text.as_bytes()).map(|_| ()).unwrap_err();
    for text in ["", "{}", "no JSON", "[1]"] {
        assert!(matches!(refused(text), RerunError::Line { line: 1, .. }), "{text}");
    }
    let world = World::new().await;
    let package = scorm12(&[sco("one")]);
    let mut player = world.play(world.course(&package).await).await;
    player.open("one").await;
    let file = world.file(&player).await;
    let newer = file.replacen("\"attestry_session\":1", "\"attestry_session\":2", 1);
    assert!(matches!(refused(&newer), RerunError::Format(2)));
    for (line, expected) in [
        ("{\"step\":\"dance\"}", "line 2 is none of a session file"),
        (
            "{\"step\":\"close\",\"session\":7,\"at\":\"2025-10-09T08:53:20Z\",\"delivery\":1}",
            "line 2 names session 7, which did not begin",
        ),
    ] {
        let head = file.lines().next().unwrap();
        let text = format!("{head}\n{line}\n");
        let mut file = SessionFile::open(text.as_bytes()).unwrap();
        let other = World::new().await;
        let course = other.course(&package).await;
        let version = (course, domain::CourseVersion::FIRST);
        let mut tell = |_: &Difference| {};
        let error = other.app.rerun(&other.clock, &other.operator, version, &mut file, &mut tell);
        assert_eq!(error.await.unwrap_err().to_string(), expected);
    }
    let unknown = domain::SessionId::new(player.registration.uuid());
    let export = world.app.export_session(&world.operator, player.registration, unknown).await;
    assert!(matches!(export, Err(AppError::NotFound("session"))));
}
