//! A course that is tried out: the inspector beside it, what an author does to a session, and that
//! nothing of it is recorded.

use crate::PROGRAM;
use crate::sequenced::{GATED, OPENS, sequenced};
use harness::serde_json::{Value, json};
use harness::{Backend, Device};
use support::{Course, Launch, Player, Service, no_browser};

const COURSE: &[(&str, &str, &str)] = &[
    ("reading", "Read this first", OPENS),
    ("lesson", "Lesson", ""),
    ("test", "Post-test", GATED),
];

async fn open_trial(zip: Vec<u8>) -> (Service, Course, Launch, Player) {
    let service = Service::start(PROGRAM, Backend::Sqlite).await;
    let course = service.import(zip).await;
    let launch = service.launch_with(&course, json!({ "test": true })).await;
    let player = Player { browser: harness::Browser::open().await };
    player.show_on(Device::DESKTOP).await;
    player.goto(&launch.url).await.expect("the player loads");
    (service, course, launch, player)
}

/// Waits until the inspector shows this value of an element. On the player's page.
async fn shows(player: &Player, element: &str, value: &str) {
    let row = format!("document.querySelector('#inspector [data-name=\"{element}\"] .value')");
    let shown = format!("{row}?.textContent === {}", Value::from(value));
    player.wait_until(&format!("{element} as {value}"), &shown).await;
}

/// Picks an element, types a value and sets it; what the inspector says of it.
async fn set(player: &Player, element: &str, value: &str) -> String {
    player.click(&format!("#inspector [data-name=\"{element}\"]")).await;
    player.fill("#inspector [data-value]", value).await;
    player.click("#inspector [data-set]").await;
    player.text("#inspector [data-answer]").await
}

/// Begins another session, and waits for the reading in its page, which is a new one. Goes into it.
async fn relaunch(player: &Player, how: &str) {
    player.eval("document.body.dataset.old = ''").await;
    player.click(&format!("#inspector [data-{how}]")).await;
    player.wait_until("another page", "document.body && !('old' in document.body.dataset)").await;
    player.part("reading").await;
}

/// Pictures of the player, wide and narrow, light and dark.
async fn picture(player: &Player, name: &str) {
    for (kind, device) in [
        ("desktop", Device::DESKTOP),
        ("desktop-dark", Device::DESKTOP.dark()),
        ("phone", Device::PHONE),
        ("phone-dark", Device::PHONE.dark()),
    ] {
        player.show_on(device).await;
        let wide = "document.documentElement.scrollWidth <= innerWidth";
        assert_eq!(player.eval(wide).await, true, "{name} sticks out on {kind}");
        player.screenshot(&format!("{name}-{kind}")).await;
    }
    player.show_on(Device::DESKTOP).await;
}

#[tokio::test]
async fn the_inspector_shows_every_value_and_sets_one_through_the_same_api() {
    if no_browser() {
        return;
    }
    let (service, _, launch, player) = open_trial(sequenced(COURSE)).await;
    player.part("reading").await;
    player.probe_well(json!([["initialize", ""], ["set", "cmi.location", "page 7"]])).await;
    player.player().await;
    assert_eq!(player.text("#trial").await, "Test");
    shows(&player, "cmi.location", "page 7").await;
    shows(&player, "cmi.entry", "ab-initio").await;
    let changed = "#inspector [data-name=\"cmi.location\"]";
    assert_eq!(player.attribute(changed, "data-changed").await.as_deref(), Some("now"));
    assert_eq!(player.attribute(changed, "title").await.as_deref(), Some("read and write"));

    let said = set(&player, "cmi.score.scaled", "7").await;
    assert!(said.contains("\"false\"") && said.contains("error 407"), "{said}");
    let said = set(&player, "cmi.learner_id", "me").await;
    assert!(said.contains("error 404"), "{said}");
    let said = set(&player, "cmi.location", "page 9").await;
    assert_eq!(said, "SetValue gave \"true\".");
    shows(&player, "cmi.location", "page 9").await;
    picture(&player, "inspector").await;
    player.click("#inspector [data-commit]").await;
    player.enter("#frame").await;
    let answers = player.probe(json!([["get", "cmi.location"]])).await;
    assert_eq!(answers[0].0, "page 9", "the content finds what the author set");
    player.saved().await;
    player.click("#open-log").await;
    assert!(player.text("#log").await.contains("by the inspector"));
    player.screenshot("inspector-with-log").await;

    let calls = service.calls(&launch.registration).await;
    let by_author: Vec<_> = calls
        .iter()
        .filter(|call| call["note"].as_str().is_some_and(|note| note.starts_with("by the")))
        .map(|call| call["arguments"][0].as_str().unwrap_or_default())
        .collect();
    assert_eq!(by_author, ["cmi.score.scaled", "cmi.learner_id", "cmi.location", ""]);
    player.fill("#inspector [data-filter]", "score").await;
    let found = "[...document.querySelectorAll('#inspector [data-name]')].map(e => e.dataset.name)";
    let found = player.eval(found).await;
    assert!(found.as_array().is_some_and(|all| all.len() >= 4), "{found}");
    assert!(!found.to_string().contains("cmi.location"), "{found}");
    player.leave().await;
    assert_eq!(service.statements(&launch.registration).await, Vec::<Value>::new());
    player.assert_quiet().await;
}

#[tokio::test]
async fn an_author_jumps_past_the_rules_and_the_log_says_which_forbade_it() {
    if no_browser() {
        return;
    }
    let (_service, _, _, player) = open_trial(sequenced(COURSE)).await;
    player.part("reading").await;
    player.player().await;
    // The post-test is closed until the reading is passed.
    player.eval("document.querySelector('#inspector [data-activities]').value = 'test'").await;
    player.click("#inspector [data-jump]").await;
    player.part("test").await;
    player.player().await;
    player.click("#open-log").await;
    let log = player.text("#log").await;
    assert!(log.contains("navigate(\"force\", \"test\")"), "{log}");
    let rules =
        "[...document.querySelectorAll('#log tr:last-child details li')].map(e => e.textContent)";
    let rules = player.eval(rules).await.to_string();
    assert!(rules.contains("DB.1.1") && rules.contains("Post-test"), "{rules}");
    player.screenshot("inspector-forced").await;
    // From there on all rules hold again: what is closed does not resume.
    player.click("#inspector [data-resume]").await;
    assert!(player.word().await.contains("'Post-test' is not open now"));
    player.assert_quiet().await;
}

#[tokio::test]
async fn an_author_reopens_the_course_loses_its_window_and_starts_anew() {
    if no_browser() {
        return;
    }
    let (service, course, launch, player) = open_trial(sequenced(COURSE)).await;
    player.part("reading").await;
    let bookmark =
        json!([["initialize", ""], ["set", "cmi.location", "p1"], ["set", "cmi.exit", "suspend"]]);
    player.probe_well(bookmark).await;
    player.player().await;
    relaunch(&player, "resume").await;
    let answers = player.probe(json!([["initialize", ""], ["get", "cmi.location"]])).await;
    assert_eq!(answers[1].0, "p1");
    player.player().await;
    shows(&player, "cmi.entry", "resume").await;

    player.set_offline(true).await;
    player.enter("#frame").await;
    player.probe_well(json!([["set", "cmi.location", "p2"]])).await;
    player.player().await;
    player.set_offline(false).await;
    relaunch(&player, "lost").await;
    player.player().await;
    shows(&player, "cmi.location", "p2").await;

    relaunch(&player, "restart").await;
    player.player().await;
    shows(&player, "cmi.entry", "ab-initio").await;
    let list = service.json(&format!("/api/v1/registrations?course={}&test=true", course.id)).await;
    assert_eq!(list["items"].as_array().map(Vec::len), Some(2), "{list:#}");
    assert!(list["items"].as_array().is_some_and(|all| all.iter().all(|row| row["test"] == true)));
    let none = service.json(&format!("/api/v1/registrations?course={}", course.id)).await;
    assert_eq!(none["items"], json!([]));
    let path = format!("/api/v1/registrations/{}/sessions", launch.registration);
    let sessions = service.json(&path).await;
    let ends: Vec<_> = sessions["items"]
        .as_array()
        .map(|all| all.iter().map(|one| one["ended"].as_str().unwrap_or_default()).collect())
        .unwrap_or_default();
    assert_eq!(ends, ["exited", "superseded", "exited"]);
    player.assert_quiet_but(&["ERR_INTERNET_DISCONNECTED"]).await;
}

#[tokio::test]
async fn scorm_1_2_content_has_the_inspector_too_and_a_learner_loads_none_of_it() {
    if no_browser() {
        return;
    }
    let service = Service::start(PROGRAM, Backend::Sqlite).await;
    let course = service.sample("api-probe-12").await;
    let player = Player::open(&service.launch_with(&course, json!({ "test": true })).await).await;
    player.show_on(Device::DESKTOP).await;
    player.probe_well(json!([["initialize", ""]])).await;
    player.player().await;
    if player.eval("document.querySelector('#inspector').hidden").await == true {
        player.click("#open-inspector").await;
    }
    let said = set(&player, "cmi.core.lesson_status", "finished").await;
    assert!(said.contains("error 405"), "{said}");
    let said = set(&player, "cmi.core.lesson_status", "completed").await;
    assert!(said.contains("\"true\""), "{said}");
    shows(&player, "cmi.core.lesson_status", "completed").await;
    player.screenshot("inspector-12").await;
    player.leave().await;

    player.visit(&service.launch(&course).await).await;
    player.player().await;
    let loaded = "performance.getEntriesByType('resource').map(e => e.name.split('/').pop())";
    let loaded = player.eval(loaded).await.to_string();
    assert!(loaded.contains("transport.js"), "{loaded}");
    for file in ["log.js", "tools.js", "inspector.js", "elements.js", "inspector.css"] {
        assert!(!loaded.contains(file), "{loaded}");
    }
    player.assert_quiet().await;
}

#[tokio::test]
async fn a_look_back_shows_what_was_done_and_says_that_nothing_is_recorded() {
    if no_browser() {
        return;
    }
    let service = Service::start(PROGRAM, Backend::Sqlite).await;
    let course = service.sample("api-probe-2004").await;
    let launch = service.launch(&course).await;
    let player = Player::open(&launch).await;
    let done = json!([
        ["initialize", ""],
        ["set", "cmi.location", "page 7"],
        ["set", "cmi.completion_status", "completed"],
        ["terminate", ""]
    ]);
    player.probe_well(done).await;
    player.saved().await;
    player.leave().await;
    let before = service.statements(&launch.registration).await.len();

    let review = service.launch_with(&course, json!({ "mode": "review" })).await;
    assert_eq!(review.registration, launch.registration);
    player.visit(&review).await;
    let answers = player
        .probe(json!([
            ["initialize", ""],
            ["get", "cmi.mode"],
            ["get", "cmi.credit"],
            ["get", "cmi.entry"],
            ["get", "cmi.location"],
            ["set", "cmi.location", "page 1"],
            ["commit", ""]
        ]))
        .await;
    let results: Vec<&str> = answers.iter().map(|(result, _)| result.as_str()).collect();
    assert_eq!(results[1..5], ["review", "no-credit", "", "page 7"]);
    player.player().await;
    assert_eq!(player.text("#state").await, "Not recorded");
    player.leave().await;
    assert_eq!(service.statements(&launch.registration).await.len(), before);
    player.assert_quiet().await;
}
