//! The learner is away from the server for a while, or the server from the learner: lids that close,
//! networks that go in the worst moment, links that grow old, upgrades.

use crate::sequenced::sequenced;
use crate::{PROGRAM, calls_of_content};
use harness::Backend;
use harness::serde_json::{Value, json};
use std::time::Duration;
use support::{Course, Launch, Player, Service, no_browser};

const THREE: &[(&str, &str, &str)] =
    &[("a", "Part A", ""), ("b", "Part B", ""), ("c", "Part C", "")];

async fn probe_course() -> (Service, Course, Launch, Player) {
    let service = Service::start(PROGRAM, Backend::Sqlite).await;
    let course = service.sample("api-probe-12").await;
    let launch = service.launch(&course).await;
    let player = Player::open(&launch).await;
    (service, course, launch, player)
}

async fn sequenced_course() -> (Service, Course, Launch, Player) {
    let service = Service::start(PROGRAM, Backend::Sqlite).await;
    let course = service.import(sequenced(THREE)).await;
    let launch = service.launch(&course).await;
    let player = Player { browser: harness::Browser::open().await };
    player.goto(&launch.url).await.expect("the player loads");
    player.part("a").await;
    (service, course, launch, player)
}

/// The lid is closed: the page stands still, and nothing is heard of it for so long that the server
/// ends the session.
async fn close_lid(service: &mut Service, player: &Player) {
    player.player().await;
    player.cdp("Page.setWebLifecycleState", json!({"state": "frozen"})).await;
    service.stop().await;
    service.change("UPDATE session SET seen_at = seen_at - 600000000").await;
    service.start_again().await;
    for _ in 0..200 {
        if service.log().iter().any(|line| line.contains("ended silent sessions")) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the session was not ended: {:#?}", service.log());
}

async fn open_lid(player: &Player) {
    player.cdp("Page.setWebLifecycleState", json!({"state": "active"})).await;
}

#[tokio::test]
async fn a_course_goes_on_where_it_was_when_the_lid_is_opened_again() {
    if no_browser() {
        return;
    }
    let (mut service, course, launch, player) = probe_course().await;
    player
        .probe_well(json!([
            ["initialize", ""],
            ["set", "cmi.core.lesson_location", "page 2"],
            ["commit", ""]
        ]))
        .await;
    player.saved().await;
    close_lid(&mut service, &player).await;
    let story = service.story(&course, &launch.registration).await;
    assert_eq!(story, ["initialized probe", "suspended probe"], "the record waits for nobody");
    open_lid(&player).await;
    player.course().await;
    player
        .probe_well(json!([
            ["set", "cmi.core.score.raw", "95"],
            ["set", "cmi.core.lesson_status", "passed"],
            ["terminate", ""]
        ]))
        .await;
    let word = player.word().await;
    assert!(word.contains("passed, 95 %"), "{word}");
    player.saved().await;
    let row = service.registration(&launch.registration).await;
    assert_eq!((&row["status"], &row["attempts"]), (&json!("passed"), &json!(1)));
}

#[tokio::test]
async fn a_learner_who_comes_back_to_a_sequenced_course_goes_on_to_the_next_part() {
    if no_browser() {
        return;
    }
    let (mut service, _, launch, player) = sequenced_course().await;
    player.player().await;
    player.click("#next").await;
    player.part("b").await;
    player
        .probe_well(json!([["initialize", ""], ["set", "cmi.location", "page 2"], ["commit", ""]]))
        .await;
    player.saved().await;
    close_lid(&mut service, &player).await;
    open_lid(&player).await;
    // Nothing new is said by the content: the learner presses Next at once.
    player.click("#next").await;
    player.part("c").await;
    player.player().await;
    assert_eq!(player.text("#position").await, "3 of 3");
    player.click("#previous").await;
    player.part("b").await;
    let calls = json!([["initialize", ""], ["get", "cmi.location"]]);
    assert_eq!(player.probe(calls).await[1].0, "page 2");
    player.saved().await;

    // And once more, with a reload instead.
    close_lid(&mut service, &player).await;
    open_lid(&player).await;
    player.refresh().await.expect("the page loads again");
    player.part("b").await;
    let calls = json!([["initialize", ""], ["get", "cmi.entry"], ["get", "cmi.location"]]);
    let answers = player.probe(calls).await;
    assert_eq!((answers[1].0.as_str(), answers[2].0.as_str()), ("resume", "page 2"));
    player.saved().await;

    // And by the contents.
    close_lid(&mut service, &player).await;
    open_lid(&player).await;
    player.click("#open-contents").await;
    player.click("#contents button[data-id=a]").await;
    player.part("a").await;
    let calls = service.calls(&launch.registration).await;
    let said = calls.iter().filter(|call| call["function"] == "navigate");
    let refused: Vec<&Value> = said
        .map(|call| &call["result"])
        .filter(|text| text.as_str().is_some_and(|text| text.contains("refused")))
        .collect();
    assert_eq!(refused, Vec::<&Value>::new());
}

#[tokio::test]
async fn a_lid_that_opens_after_another_device_took_over_says_so() {
    if no_browser() {
        return;
    }
    let (mut service, course, launch, player) = probe_course().await;
    player.probe_well(json!([["initialize", ""], ["commit", ""]])).await;
    player.saved().await;
    let laptop = player.window().await.expect("a window is there");
    close_lid(&mut service, &player).await;
    let phone = Player::open(&service.launch(&course).await).await;
    phone
        .probe_well(json!([
            ["initialize", ""],
            ["set", "cmi.core.lesson_location", "on the phone"],
            ["commit", ""]
        ]))
        .await;
    phone.saved().await;
    drop(phone);
    player.switch_to_window(laptop).await.expect("the laptop is there");
    open_lid(&player).await;
    player.course().await;
    player
        .probe_well(json!([["set", "cmi.core.lesson_location", "on the laptop"], ["commit", ""]]))
        .await;
    let word = player.word().await;
    assert!(word.contains("open in another window") && word.contains("do not count"), "{word}");
    let calls = calls_of_content(&service, &launch.registration).await;
    let late = json!(["cmi.core.lesson_location", "on the laptop"]);
    let late: Vec<&Value> = calls.iter().filter(|call| call["arguments"] == late).collect();
    assert_eq!((late.len(), &late[0]["applied"]), (1, &json!(false)), "{late:#?}");
}

#[tokio::test]
async fn a_network_that_goes_while_a_part_is_left_brings_the_next_part_when_it_is_back() {
    if no_browser() {
        return;
    }
    let (service, _, launch, player) = sequenced_course().await;
    player.probe_well(json!([["initialize", ""]])).await;
    player.saved().await;
    player.set_offline(true).await;
    player.course().await;
    player.probe_well(json!([["set", "cmi.location", "in the lift"]])).await;
    player.player().await;
    player.click("#next").await;
    let said = "document.querySelector('#panel-title').textContent === 'Not saved yet'";
    player
        .wait_until("that it waits", &format!("!document.querySelector('#panel').hidden && {said}"))
        .await;
    let word = player.text("#panel").await;
    assert!(word.contains("kept in this browser") && word.contains("Try again"), "{word}");
    player.screenshot("player-waiting-to-leave").await;
    // Trying by hand changes nothing while there is no network.
    player.click("#panel button.primary").await;
    player.state("unsaved").await;
    player.set_offline(false).await;
    player.part("b").await;
    player.player().await;
    player.click("#previous").await;
    player.part("a").await;
    let calls = json!([["initialize", ""], ["get", "cmi.location"]]);
    assert_eq!(player.probe(calls).await[1].0, "in the lift");
    let calls = service.calls(&launch.registration).await;
    assert!(calls.iter().all(|call| call["applied"] == true), "{calls:#?}");
}

#[tokio::test]
async fn a_network_that_goes_between_parts_is_waited_for() {
    if no_browser() {
        return;
    }
    let (mut service, _, _, player) = sequenced_course().await;
    player
        .probe_well(json!([["initialize", ""], ["set", "cmi.exit", "suspend"], ["terminate", ""]]))
        .await;
    player.saved().await;
    service.kill();
    player.click("#next").await;
    let said = "document.querySelector('#panel-title').textContent === 'No connection'";
    player.wait_until("the player's word", said).await;
    let word = player.text("#panel").await;
    assert!(word.contains("Your work is saved") && word.contains("may also close"), "{word}");
    player.screenshot("player-no-connection-saved").await;
    service.start_again().await;
    player.part("b").await;
    player.player().await;
    assert_eq!(player.text("#position").await, "2 of 3");
}

#[tokio::test]
async fn content_that_ends_without_a_network_has_ended_when_it_is_back() {
    if no_browser() {
        return;
    }
    let (mut service, course, launch, player) = probe_course().await;
    player.probe_well(json!([["initialize", ""], ["commit", ""]])).await;
    player.saved().await;
    let (first, other) = player.new_tab().await;
    player.switch_to_window(first).await.expect("the first tab is there");
    player.course().await;
    service.kill();
    let end = json!([
        ["set", "cmi.core.score.raw", "90"],
        ["set", "cmi.core.lesson_status", "passed"],
        ["terminate", ""]
    ]);
    player.probe_well(end).await;
    player.state("unsaved").await;
    let notice = player.text("#notice p").await;
    assert!(notice.contains("kept in this browser"), "{notice}");
    assert_eq!(player.eval("document.querySelector('#panel').hidden").await, true, "no result yet");
    // Exit says what is not saved, too.
    player.click("#exit").await;
    let waiting = "document.querySelector('#panel-title').textContent === 'Not saved yet'";
    player
        .wait_until(
            "that it waits",
            &format!("!document.querySelector('#panel').hidden && {waiting}"),
        )
        .await;
    player.close_tab(other).await;
    service.start_again().await;
    assert_eq!(service.registration(&launch.registration).await["status"], "incomplete");
    player.goto(&service.launch(&course).await.url).await.expect("the player loads");
    player.course().await;
    player.player().await;
    let notice = player.text("#notice p").await;
    assert!(notice.contains("last visit"), "{notice}");
    let row = service.registration(&launch.registration).await;
    assert_eq!((&row["status"], &row["score"]["scaled"]), (&json!("passed"), &json!(0.9)));
    let story = service.story(&course, &launch.registration).await;
    assert_eq!(story.iter().filter(|line| *line == "passed course").count(), 1, "{story:#?}");
}

#[tokio::test]
async fn content_that_ends_without_a_network_shows_its_result_when_it_is_back() {
    if no_browser() {
        return;
    }
    let (service, _, launch, player) = probe_course().await;
    player.probe_well(json!([["initialize", ""], ["commit", ""]])).await;
    player.saved().await;
    player.set_offline(true).await;
    player.course().await;
    let end = json!([["set", "cmi.core.lesson_status", "completed"], ["terminate", ""]]);
    player.probe_well(end).await;
    player.state("unsaved").await;
    // Longer than a moment: the player tries again by itself, ever more seldom.
    tokio::time::sleep(Duration::from_secs(8)).await;
    assert_eq!(player.eval("document.querySelector('#panel').hidden").await, true, "no result yet");
    player.set_offline(false).await;
    let word = player.word().await;
    assert!(word.contains("You have finished") && word.contains("completed"), "{word}");
    assert_eq!(service.registration(&launch.registration).await["completion"], true);
}

#[tokio::test]
async fn an_upgrade_of_the_server_goes_unnoticed_by_content_that_calls_all_the_while() {
    if no_browser() {
        return;
    }
    let (mut service, _, launch, player) = sequenced_course().await;
    player.probe_well(json!([["initialize", ""]])).await;
    let begin = "(window.said = 0, window.refused = 0, window.timer = setInterval(() => { \
        const ok = probe.api.SetValue('cmi.location', `step ${++said}`) === 'true' && \
            (said % 10 !== 0 || probe.api.Commit('') === 'true'); refused += ok ? 0 : 1; }, 20), true)";
    player.eval(begin).await;
    for _ in 0..2 {
        tokio::time::sleep(Duration::from_millis(600)).await;
        assert!(service.stop().await.success());
        tokio::time::sleep(Duration::from_millis(600)).await;
        service.start_again().await;
    }
    player.course().await;
    let said = player.eval("(clearInterval(timer), said)").await;
    assert_eq!(player.eval("refused").await, 0, "content never notices");
    let last = format!("step {said}");
    player.probe_well(json!([["get", "cmi.location"], ["commit", ""]])).await;
    player.saved().await;
    player.click("#next").await;
    player.part("b").await;
    player.player().await;
    player.click("#previous").await;
    player.part("a").await;
    let answers = player.probe(json!([["initialize", ""], ["get", "cmi.location"]])).await;
    assert_eq!(answers[1].0, last);
    let calls = service.calls(&launch.registration).await;
    let first: Vec<u64> = calls
        .iter()
        .filter(|call| call["delivery"] == 1)
        .filter_map(|call| call["number"].as_u64())
        .collect();
    assert_eq!(first, (1..=first.len() as u64).collect::<Vec<_>>(), "each call once and in order");
}

#[tokio::test]
async fn a_link_that_is_used_twice_or_grows_old_leaves_the_open_course_alone() {
    if no_browser() {
        return;
    }
    let (mut service, _, launch, player) = probe_course().await;
    player
        .probe_well(json!([["initialize", ""], ["set", "cmi.core.lesson_location", "one"]]))
        .await;
    player.saved().await;
    let (first, second) = player.new_tab().await;
    player.goto(&launch.url).await.expect("a page comes");
    let text = player.text("main").await;
    assert!(text.contains("has been used or is too old"), "{text}");
    // Days go by for the link, and for all links that were never used.
    service.stop().await;
    service.change("UPDATE launch SET expires_at = 0").await;
    service.start_again().await;
    player.close_tab(first).await;
    player.course().await;
    player.probe_well(json!([["set", "cmi.core.lesson_location", "two"], ["commit", ""]])).await;
    player.saved().await;
    player.refresh().await.expect("the session's own address works as long as it goes on");
    player.course().await;
    let calls = json!([["initialize", ""], ["get", "cmi.core.lesson_location"], ["terminate", ""]]);
    assert_eq!(player.probe(calls).await[1].0, "two");
    player.leave().await;
    // After it has been left, reloading says so, and says that nothing is lost.
    player.refresh().await.expect("a page comes");
    let text = player.text("main").await;
    assert!(text.contains("is over and your results are kept"), "{text}");
    assert_ne!(player.window().await.expect("a window is there"), second);
}
