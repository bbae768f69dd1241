//! Back, forward and reload in the middle of a course: the learner stays where they are, and no page
//! of a part that was left comes back into the frame.

use crate::sequenced::sequenced;
use crate::{PROGRAM, play};
use harness::serde_json::json;
use harness::{Backend, Browser};
use support::{Player, Service, no_browser, serve};

const THREE: &[(&str, &str, &str)] =
    &[("a", "Part A", ""), ("b", "Part B", ""), ("c", "Part C", "")];

async fn elsewhere(player: &Player) {
    let page = b"<title>Elsewhere</title><link rel=icon href='data:,'>".to_vec();
    let address = serve("127.0.0.1", vec![(String::new(), page)]);
    player.goto(&address).await.expect("the page loads");
}

#[tokio::test]
async fn back_does_not_bring_a_page_of_an_earlier_part_into_the_frame() {
    if no_browser() {
        return;
    }
    let service = Service::start(PROGRAM, Backend::Sqlite).await;
    let course = service.import(sequenced(THREE)).await;
    let launch = service.launch(&course).await;
    let player = Player { browser: Browser::open().await };
    elsewhere(&player).await;
    player.goto(&launch.url).await.expect("the player loads");
    player.part("a").await;
    // The part has pages of its own, which the browser remembers.
    player.eval("(location.href = 'shared/probe.html', true)").await;
    player.part("api-probe").await;
    player.probe_well(json!([["initialize", ""], ["set", "cmi.location", "of a"]])).await;
    player.player().await;
    player.click("#next").await;
    player.part("b").await;
    player.probe_well(json!([["initialize", ""], ["set", "cmi.location", "of b"]])).await;

    player.player().await;
    player.back().await.expect("there is a page before");
    tokio::time::sleep(std::time::Duration::from_millis(700)).await;
    let body =
        "document.querySelector('#frame')?.contentDocument?.body?.dataset.course ?? document.title";
    let shown = player.eval(body).await;
    assert!(shown == "b" || shown == "Elsewhere", "{shown} is in the frame");
    if shown == "Elsewhere" {
        player.forward().await.expect("there is a page after");
    }
    player.part("b").await;
    player.player().await;
    player.click("#next").await;
    player.part("c").await;
    player.player().await;
    player.click("#previous").await;
    player.part("b").await;
    let answers = player.probe(json!([["initialize", ""], ["get", "cmi.location"]])).await;
    assert_eq!(answers[1].0, "of b");
}

#[tokio::test]
async fn reload_in_the_middle_of_a_sequenced_course_stays_in_its_part_with_what_was_set() {
    if no_browser() {
        return;
    }
    let service = Service::start(PROGRAM, Backend::Sqlite).await;
    let course = service.import(sequenced(THREE)).await;
    let launch = service.launch(&course).await;
    let player = Player { browser: Browser::open().await };
    elsewhere(&player).await;
    player.goto(&launch.url).await.expect("the player loads");
    player.part("a").await;
    player.player().await;
    player.click("#next").await;
    player.part("b").await;
    player.probe_well(json!([["initialize", ""], ["set", "cmi.location", "page 2"]])).await;
    player.player().await;
    player.refresh().await.expect("the page loads again");
    player.part("b").await;
    let resumed = json!([
        ["initialize", ""],
        ["get", "cmi.entry"],
        ["get", "cmi.location"],
        ["set", "cmi.location", "page 3"]
    ]);
    let answers = player.probe(resumed.clone()).await;
    assert_eq!((answers[1].0.as_str(), answers[2].0.as_str()), ("resume", "page 2"));
    player.player().await;
    assert_eq!(player.text("#position").await, "2 of 3");

    player.back().await.expect("there is a page before");
    player.wait_until("the page before", "document.title === 'Elsewhere'").await;
    player.forward().await.expect("there is a page after");
    player.part("b").await;
    let answers = player.probe(resumed).await;
    assert_eq!((answers[1].0.as_str(), answers[2].0.as_str()), ("resume", "page 3"));
    player.player().await;
    player.click("#next").await;
    player.part("c").await;
}

/// Content that cannot find the API says so to the learner, often in a dialog.
#[tokio::test]
async fn content_is_never_loaded_before_its_api_is_there() {
    if no_browser() {
        return;
    }
    let page = "<!doctype html><title>Loads</title><link rel=icon href='data:,'><script>\
        localStorage.setItem('loads', (localStorage.getItem('loads') ?? '') + (parent.API ? 'y' : 'n'));\
        </script><body data-state=ready><a href='other.html'>Go on</a>";
    let (_service, _, launch) = play("1.2", page).await;
    let player = Player { browser: Browser::open().await };
    elsewhere(&player).await;
    player.visit(&launch).await;
    // Content that goes from page to page, as most does, leaves a history in the frame.
    player.eval("(location.href = '?2', true)").await;
    player.wait_until("the second page", "location.search === '?2'").await;
    player.player().await;
    player.refresh().await.expect("the page loads again");
    player.course().await;
    player.player().await;
    player.back().await.expect("there is a page before");
    for _ in 0..4 {
        if player.eval("document.title").await == "Elsewhere" {
            break;
        }
        player.back().await.expect("there is a page before");
    }
    player.wait_until("the page before", "document.title === 'Elsewhere'").await;
    player.forward().await.expect("there is a page after");
    player.course().await;
    let loads = player.eval("localStorage.getItem('loads')").await;
    let loads = loads.as_str().expect("it is a text").to_owned();
    assert!(loads.len() >= 4 && !loads.contains('n'), "{loads}");
}

/// A tab that was duplicated: both have the session's own address.
#[tokio::test]
async fn work_in_a_tab_that_was_duplicated_counts_in_the_newer_one_and_the_older_one_says_so() {
    if no_browser() {
        return;
    }
    let service = Service::start(PROGRAM, Backend::Sqlite).await;
    let course = service.import(sequenced(THREE)).await;
    let launch = service.launch(&course).await;
    let player = Player { browser: Browser::open().await };
    player.goto(&launch.url).await.expect("the player loads");
    player.part("a").await;
    player.probe_well(json!([["initialize", ""], ["set", "cmi.location", "older"]])).await;
    player.saved().await;
    let here = player.current_url().await.expect("the page has an address").to_string();
    let (older, newer) = player.new_tab().await;
    player.goto(&here).await.expect("the player loads");
    player.part("a").await;
    let answers = player.probe(json!([["initialize", ""], ["get", "cmi.location"]])).await;
    assert_eq!(answers[1].0, "older", "it goes on from there");
    player.probe_well(json!([["set", "cmi.location", "newer"], ["commit", ""]])).await;
    player.saved().await;

    player.switch_to_window(older.clone()).await.expect("the older tab is there");
    player.course().await;
    player.probe_well(json!([["set", "cmi.location", "too late"], ["commit", ""]])).await;
    let word = player.word().await;
    assert!(word.contains("open in another window") && word.contains("do not count"), "{word}");
    // Loading it again takes the course back into this tab.
    player.refresh().await.expect("the page loads again");
    player.part("a").await;
    let answers = player.probe(json!([["initialize", ""], ["get", "cmi.location"]])).await;
    assert_eq!(answers[1].0, "newer");
    player.saved().await;

    // And now the other one is behind, and goes on to another part before it is told.
    player.switch_to_window(newer).await.expect("the newer tab is there");
    player.course().await;
    player.probe_well(json!([["set", "cmi.location", "behind"]])).await;
    player.player().await;
    player.click("#next").await;
    player
        .wait_until(
            "a word",
            "!document.querySelector('#notice').hidden || !document.querySelector('#panel').hidden",
        )
        .await;
    let said = player.eval("document.querySelector('#notice').innerText + document.querySelector('#panel').innerText").await;
    let said = said.as_str().unwrap_or_default();
    assert!(said.contains("not count"), "{said}");
    let calls = service.calls(&launch.registration).await;
    for (value, counts) in [("newer", true), ("too late", false), ("behind", false)] {
        let wanted = json!(["cmi.location", value]);
        let found = calls.iter().find(|call| call["arguments"] == wanted);
        assert_eq!(found.map(|call| &call["applied"]), Some(&json!(counts)), "{value}");
    }
}
