//! Nothing is lost: tabs that go away, servers that stop, networks that fail, windows that compete.

use crate::{PROGRAM, calls_of_content};
use harness::Backend;
use harness::serde_json::{Value, json};
use std::process::Command;
use std::time::{Duration, Instant};
use support::{Course, Launch, Player, Service, no_browser};

async fn probe_course() -> (Service, Course, Launch, Player) {
    let service = Service::start(PROGRAM, Backend::Sqlite).await;
    let course = service.sample("api-probe-12").await;
    let launch = service.launch(&course).await;
    let player = Player::open(&launch).await;
    (service, course, launch, player)
}

/// How often a value was set, by the API log, as it counts.
fn applied(calls: &[Value], element: &str, value: &str) -> usize {
    let wanted = json!([element, value]);
    calls.iter().filter(|call| call["applied"] == true && call["arguments"] == wanted).count()
}

#[tokio::test]
async fn a_tab_that_is_closed_without_a_word_leaves_a_suspended_attempt() {
    if no_browser() {
        return;
    }
    let (service, course, launch, player) = probe_course().await;
    player
        .probe_well(json!([
            ["initialize", ""],
            ["set", "cmi.core.lesson_location", "page 2"],
            ["set", "cmi.core.lesson_status", "incomplete"],
            ["commit", ""]
        ]))
        .await;
    player.saved().await;
    // Set and never committed: sent all the same, by the player's own interval or on its way out.
    player.course().await;
    player.probe_well(json!([["set", "cmi.core.lesson_location", "page 3"]])).await;
    let (first, other) = player.new_tab().await;
    player.switch_to_window(first).await.expect("the first tab is there");
    player.close_tab(other).await;
    assert_eq!(
        service.story(&course, &launch.registration).await,
        ["initialized probe"],
        "nothing says yet that the window is gone"
    );

    player.visit(&service.launch(&course).await).await;
    let answers = player
        .probe(json!([
            ["initialize", ""],
            ["get", "cmi.core.entry"],
            ["get", "cmi.core.lesson_location"]
        ]))
        .await;
    assert_eq!((answers[1].0.as_str(), answers[2].0.as_str()), ("resume", "page 3"));
    player.saved().await;
    let story = service.story(&course, &launch.registration).await;
    assert_eq!(story, ["initialized probe", "suspended probe", "resumed probe"]);
    let statements = service.statements(&launch.registration).await;
    let extensions = &statements[1]["result"]["extensions"];
    let context = &statements[1]["context"]["extensions"];
    let expired = "https://w3id.org/attestry/xapi/expired";
    assert!(extensions[expired] == true || context[expired] == true, "{:#}", statements[1]);
}

#[tokio::test]
async fn a_server_that_is_killed_in_mid_course_costs_nothing() {
    if no_browser() {
        return;
    }
    let (mut service, _course, launch, player) = probe_course().await;
    player.probe_well(json!([["initialize", ""], ["commit", ""]])).await;
    player.saved().await;
    service.kill();
    player.course().await;
    player
        .probe_well(json!([
            ["set", "cmi.core.lesson_location", "while it was down"],
            ["set", "cmi.core.lesson_status", "incomplete"],
            ["commit", ""]
        ]))
        .await;
    player.state("unsaved").await;
    let notice = player.text("#notice p").await;
    assert!(notice.contains("kept in this browser"), "{notice}");
    player.screenshot("player-not-saved").await;
    service.start_again().await;
    player.saved().await;
    let hidden = "document.querySelector('#notice').hidden";
    player.wait_until("the notice to go", hidden).await;
    player.course().await;
    player
        .probe_well(json!([
            ["set", "cmi.core.lesson_status", "passed"],
            ["set", "cmi.core.score.raw", "90"],
            ["terminate", ""]
        ]))
        .await;
    player.word().await;
    player.saved().await;
    let row = service.registration(&launch.registration).await;
    assert_eq!((&row["status"], &row["score"]["scaled"]), (&json!("passed"), &json!(0.9)));
    let calls = calls_of_content(&service, &launch.registration).await;
    let numbers: Vec<u64> = calls.iter().filter_map(|call| call["number"].as_u64()).collect();
    assert_eq!(numbers, (1..=16).collect::<Vec<_>>(), "each call once and in order");
}

#[tokio::test]
async fn work_done_offline_is_sent_when_the_network_is_back() {
    if no_browser() {
        return;
    }
    let (service, _course, launch, player) = probe_course().await;
    player.probe_well(json!([["initialize", ""], ["commit", ""]])).await;
    player.saved().await;
    player.set_offline(true).await;
    player.course().await;
    player
        .probe_well(json!([
            ["set", "cmi.core.lesson_status", "completed"],
            ["set", "cmi.suspend_data", "on the train"],
            ["commit", ""]
        ]))
        .await;
    player.state("unsaved").await;
    assert_eq!(calls_of_content(&service, &launch.registration).await.len(), 4);
    player.set_offline(false).await;
    player.saved().await;
    let calls = calls_of_content(&service, &launch.registration).await;
    assert_eq!(applied(&calls, "cmi.suspend_data", "on the train"), 1);
    assert_eq!(service.registration(&launch.registration).await["status"], "completed");
}

#[tokio::test]
async fn a_tab_that_is_closed_without_a_network_is_replayed_once_at_the_next_launch() {
    if no_browser() {
        return;
    }
    let (mut service, course, launch, player) = probe_course().await;
    let begun = json!([
        ["initialize", ""],
        ["set", "cmi.core.lesson_status", "incomplete"],
        ["commit", ""]
    ]);
    player.probe_well(begun).await;
    player.saved().await;
    let (first, other) = player.new_tab().await;
    player.switch_to_window(first).await.expect("the first tab is there");
    // Without a server no last word gets out, whatever the browser still tries.
    service.kill();
    player.course().await;
    player
        .probe_well(json!([
            ["set", "cmi.core.lesson_location", "the tunnel"],
            ["set", "cmi.suspend_data", "kept in the journal"],
            ["set", "cmi.core.score.raw", "95"],
            ["set", "cmi.core.lesson_status", "passed"],
            ["commit", ""]
        ]))
        .await;
    player.state("unsaved").await;
    player.close_tab(other).await;
    service.start_again().await;
    assert_eq!(calls_of_content(&service, &launch.registration).await.len(), 6);

    player.visit(&service.launch(&course).await).await;
    player.player().await;
    let notice = player.text("#notice p").await;
    assert!(notice.contains("last visit"), "{notice}");
    player.course().await;
    let answers =
        player.probe(json!([["initialize", ""], ["get", "cmi.core.lesson_status"]])).await;
    assert_eq!(answers[1].0, "passed");
    player.saved().await;
    let calls = calls_of_content(&service, &launch.registration).await;
    assert_eq!(applied(&calls, "cmi.core.lesson_location", "the tunnel"), 1);
    assert_eq!(applied(&calls, "cmi.core.lesson_status", "passed"), 1);
    let row = service.registration(&launch.registration).await;
    assert_eq!((&row["status"], &row["score"]["scaled"]), (&json!("passed"), &json!(0.95)));
    // Nothing is left in the browser to replay at the visit after this one.
    let left = "Object.keys(localStorage).filter(key => key.includes('/') && localStorage[key].startsWith('1.')).length";
    player.player().await;
    player.wait_until("an empty journal", &format!("{left} === 0")).await;
    let story = service.story(&course, &launch.registration).await;
    assert_eq!(story.iter().filter(|line| *line == "passed course").count(), 1, "{story:#?}");
}

#[tokio::test]
async fn a_newer_launch_supersedes_the_older_tab_whose_calls_go_to_the_log_alone() {
    if no_browser() {
        return;
    }
    let (service, course, launch, player) = probe_course().await;
    player
        .probe_well(json!([
            ["initialize", ""],
            ["set", "cmi.core.lesson_location", "older"],
            ["commit", ""]
        ]))
        .await;
    player.saved().await;
    let (first, second) = player.new_tab().await;
    let newer = service.launch(&course).await;
    assert_eq!(newer.registration, launch.registration);
    player.visit(&newer).await;
    player
        .probe_well(json!([
            ["initialize", ""],
            ["set", "cmi.core.lesson_location", "newer"],
            ["commit", ""]
        ]))
        .await;
    player.saved().await;

    player.switch_to_window(first).await.expect("the older tab is there");
    player.course().await;
    player
        .probe_well(json!([
            ["set", "cmi.core.lesson_location", "too late"],
            ["set", "cmi.core.lesson_status", "passed"],
            ["commit", ""]
        ]))
        .await;
    let word = player.word().await;
    assert!(word.contains("open in another window"), "{word}");
    assert!(word.contains("do not count"), "{word}");
    player.screenshot("player-superseded").await;

    player.switch_to_window(second).await.expect("the newer tab is there");
    player.course().await;
    let answers = player.probe(json!([["get", "cmi.core.lesson_location"], ["commit", ""]])).await;
    assert_eq!(answers[0].0, "newer");
    player.saved().await;
    let calls = calls_of_content(&service, &launch.registration).await;
    let late: Vec<&Value> = calls.iter().filter(|call| call["applied"] == false).collect();
    assert!(
        late.iter()
            .any(|call| call["arguments"] == json!(["cmi.core.lesson_location", "too late"])),
        "{late:#?}"
    );
    assert_eq!(applied(&calls, "cmi.core.lesson_status", "passed"), 0);
    assert_eq!(service.registration(&launch.registration).await["status"], "incomplete");
}

#[tokio::test]
async fn a_tab_that_is_killed_loses_nothing_that_it_was_told() {
    if no_browser() {
        return;
    }
    // A system that needs the memory kills the tab, and the browser loads it again when it is looked
    // at; or the learner begins from the LMS again.
    for is_loaded_again in [true, false] {
        let (mut service, course, launch, player) = probe_course().await;
        player.probe_well(json!([["initialize", ""], ["commit", ""]])).await;
        player.saved().await;
        let here = player.current_url().await.expect("the page has an address").to_string();
        let (first, other) = player.new_tab().await;
        player.switch_to_window(first).await.expect("the first tab is there");
        // Not even the server answers: no request of a last moment can help.
        service.kill();
        player.course().await;
        player.probe_well(json!([["set", "cmi.suspend_data", "just in time"]])).await;
        // None of the page's handlers run, and it is never told that it goes.
        let _ = player.goto("chrome://crash").await;
        player.close_tab(other).await;
        service.start_again().await;
        let again = if is_loaded_again { here } else { service.launch(&course).await.url };
        player.goto(&again).await.expect("the player loads");
        player.course().await;
        let answers = player.probe(json!([["initialize", ""], ["get", "cmi.suspend_data"]])).await;
        assert_eq!(answers[1].0, "just in time");
        player.saved().await;
        let calls = calls_of_content(&service, &launch.registration).await;
        assert_eq!(applied(&calls, "cmi.suspend_data", "just in time"), 1);
    }
}

/// A network that answers nothing and refuses nothing: only the page's own patience ends it.
#[tokio::test]
async fn a_network_that_swallows_requests_is_noticed_and_nothing_counts_twice() {
    if no_browser() {
        return;
    }
    let (service, _, launch, player) = probe_course().await;
    player.probe_well(json!([["initialize", ""], ["commit", ""]])).await;
    player.saved().await;
    player.course().await;
    signal(&service, "-STOP");
    player
        .probe_well(json!([["set", "cmi.core.lesson_location", "in the tunnel"], ["commit", ""]]))
        .await;
    player.state("saving").await;
    tokio::time::sleep(Duration::from_secs(25)).await;
    player.state("unsaved").await;
    let notice = player.text("#notice p").await;
    assert!(notice.contains("kept in this browser"), "{notice}");
    // The server wakes up with the old request and gets a new one with the same calls.
    signal(&service, "-CONT");
    player.saved().await;
    let calls = calls_of_content(&service, &launch.registration).await;
    assert_eq!(applied(&calls, "cmi.core.lesson_location", "in the tunnel"), 1);
    let numbers: Vec<u64> = calls.iter().filter_map(|call| call["number"].as_u64()).collect();
    assert_eq!(numbers, (1..=8).collect::<Vec<_>>(), "each call once and in order");
}

#[tokio::test]
async fn content_is_not_kept_waiting_by_a_network_that_swallows_requests() {
    if no_browser() {
        return;
    }
    let service = Service::start(PROGRAM, Backend::Sqlite).await;
    let course = service.sample("api-probe-2004").await;
    let launch = service.launch(&course).await;
    let player = Player::open(&launch).await;
    player.probe_well(json!([["initialize", ""], ["commit", ""]])).await;
    player.saved().await;
    player.course().await;
    signal(&service, "-STOP");
    player.probe_well(json!([["set", "cmi.location", "one"], ["commit", ""]])).await;
    tokio::time::sleep(Duration::from_secs(4)).await;
    let begin = Instant::now();
    let asked = json!([["set", "cmi.location", "two"], ["get", "adl.nav.request_valid.continue"]]);
    assert_eq!(player.probe(asked).await[1].0, "unknown");
    assert!(begin.elapsed() < Duration::from_secs(3), "the page stood still");
    signal(&service, "-CONT");
    player.saved().await;
    let calls = calls_of_content(&service, &launch.registration).await;
    assert_eq!(applied(&calls, "cmi.location", "two"), 1);
}

fn signal(service: &Service, signal: &str) {
    let process = service.process_id().to_string();
    let sent = Command::new("kill").args([signal, &process]).status().expect("kill is there");
    assert!(sent.success());
}
