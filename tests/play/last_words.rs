//! Content that saves and ends while its page goes away, in whichever of the browser's last events.

use crate::sequenced::sequenced;
use crate::{PROGRAM, calls_of_content, play, probe_with};
use harness::Backend;
use harness::serde_json::{Value, json};
use std::time::{Duration, Instant};
use support::{Player, Service, no_browser};

/// The events that content ends in; the last is the oldest, and ADL's own.
const EVENTS: [&str; 3] = ["beforeunload", "pagehide", "unload"];

fn last_words(event: &str) -> String {
    let calls = json!([
        ["set", "cmi.location", event],
        ["set", "cmi.success_status", "passed"],
        ["set", "cmi.exit", "suspend"],
        ["commit", ""],
        ["terminate", ""]
    ]);
    format!("(probe.initialize(), probe.runOn('{event}', {calls}), true)")
}

#[tokio::test]
async fn last_words_of_content_whose_window_goes_away_arrive() {
    if no_browser() {
        return;
    }
    for event in EVENTS {
        let (service, _, launch) = play("2004", &probe_with("")).await;
        let player = Player::open(&launch).await;
        let (first, other) = player.new_tab().await;
        player.switch_to_window(first).await.expect("the first tab is there");
        player.course().await;
        player.eval(&last_words(event)).await;
        player.saved().await;
        // The driver closes a tab without `beforeunload`; a browser does not.
        if event == "beforeunload" {
            player.goto("about:blank").await.expect("the page is left");
        } else {
            player.close_tab(other).await;
        }
        let begin = Instant::now();
        loop {
            let calls = calls_of_content(&service, &launch.registration).await;
            let named = |name: &str| calls.iter().filter(|call| call["function"] == name).count();
            if named("Terminate") == 1 {
                break;
            }
            assert!(begin.elapsed() < Duration::from_secs(10), "{event}: {calls:#?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let row = service.registration(&launch.registration).await;
        assert_eq!(row["success"], true, "{event}: {row:#}");
    }
}

/// Browsers let 64 KiB out of a page that goes; what content may keep is more than that.
#[tokio::test]
async fn last_words_too_long_for_a_page_that_goes_arrive_with_the_next_launch() {
    if no_browser() {
        return;
    }
    let (service, course, launch) = play("2004", &probe_with("")).await;
    let player = Player::open(&launch).await;
    player.probe_well(json!([["initialize", ""], ["commit", ""]])).await;
    player.saved().await;
    let (first, other) = player.new_tab().await;
    player.switch_to_window(first).await.expect("the first tab is there");
    player.course().await;
    let whole = "'größer'.repeat(10_000)";
    let end = format!(
        "addEventListener('pagehide', () => probe.run([['set', 'cmi.suspend_data', {whole}], \
         ['set', 'cmi.exit', 'suspend'], ['set', 'cmi.location', 'last'], ['terminate', '']]))"
    );
    player.eval(&format!("({end}, true)")).await;
    player.close_tab(other).await;
    player.goto(&service.launch(&course).await.url).await.expect("the player loads");
    player.course().await;
    player.player().await;
    let notice = player.text("#notice p").await;
    assert!(notice.contains("last visit"), "{notice}");
    player.course().await;
    let calls = json!([["initialize", ""], ["get", "cmi.entry"], ["get", "cmi.location"]]);
    let answers = player.probe(calls).await;
    assert_eq!((answers[1].0.as_str(), answers[2].0.as_str()), ("resume", "last"));
    let same = format!("probe.get('cmi.suspend_data').result === {whole}");
    assert_eq!(player.eval(&same).await, true);
}

#[tokio::test]
async fn last_words_of_content_that_is_left_belong_to_its_part() {
    if no_browser() {
        return;
    }
    let service = Service::start(PROGRAM, Backend::Sqlite).await;
    let course = service.import(sequenced(&[("a", "Part A", ""), ("b", "Part B", "")])).await;
    for event in EVENTS {
        let launch = service.launch_with(&course, json!({"new_registration": true})).await;
        let player = Player { browser: harness::Browser::open().await };
        player.goto(&launch.url).await.expect("the player loads");
        player.part("a").await;
        player.eval(&last_words(event)).await;
        player.player().await;
        player.click("#next").await;
        player.part("b").await;
        let answers = player.probe(json!([["initialize", ""], ["get", "cmi.location"]])).await;
        assert_eq!(answers[1].0, "", "{event}");
        player.player().await;
        player.click("#previous").await;
        player.part("a").await;
        let answers = player.probe(json!([["initialize", ""], ["get", "cmi.location"]])).await;
        assert_eq!(answers[1].0, event);
        let calls = service.calls(&launch.registration).await;
        let late: Vec<&Value> = calls.iter().filter(|call| call["applied"] == false).collect();
        assert_eq!(late, Vec::<&Value>::new(), "{event}");
    }
}
