//! Content in a window of its own, as the settings want it.

use crate::PROGRAM;
use harness::Backend;
use harness::fantoccini::wd::WindowHandle;
use harness::serde_json::{Value, json};
use support::{Player, Service, no_browser, package_of};

const PAGE: &str = "<!doctype html><html lang=en><title>Probe</title><link rel=icon href='data:,'>\
    <body data-state=loading><p>API: <strong data-version></strong></p><ol data-log></ol>\
    <script src=shared/scorm.js></script><script src=shared/probe.js></script>";

fn own_window() -> Value {
    json!({"settings": {"window": "new", "window_width": 640, "window_height": 400}})
}

/// Opens the window by the player's button; the player's own and the new one. Goes into that.
async fn open_window(player: &Player) -> (WindowHandle, WindowHandle) {
    let here = player.window().await.expect("a window is there");
    player.click("#panel button.primary").await;
    let windows = player.wait_for_windows(2).await;
    let beside = windows.into_iter().find(|window| *window != here).expect("a window opened");
    player.switch_to_window(beside.clone()).await.expect("the window is there");
    (here, beside)
}

async fn wait_for_page(player: &Player, course: &str) {
    let ready = format!(
        "document.body?.dataset.course === '{course}' && document.body.dataset.state === 'ready'"
    );
    player.wait_until(&format!("{course} in the window"), &ready).await;
}

#[tokio::test]
async fn all_parts_play_in_one_window_that_closes_with_the_course() {
    if no_browser() {
        return;
    }
    let service = Service::start(PROGRAM, Backend::Sqlite).await;
    let course = service.sample("secure-coding").await;
    let launch = service.launch_with(&course, own_window()).await;
    let (player, word) = Player::open_to_word(&launch).await;
    assert!(word.contains("opens in a window of its own"), "{word}");
    player.screenshot("player-window-opens").await;
    player
        .eval("(open => { window.open = (...all) => { window.wanted = all[2]; return open(...all); }; })(window.open.bind(window))")
        .await;
    let (here, _) = open_window(&player).await;
    wait_for_page(&player, "secure-coding.intro").await;
    // A headless browser gives every window the same size, so what it was asked for is looked at.
    let wanted = player.eval("opener.wanted").await;
    assert!(wanted.as_str().is_some_and(|it| it.ends_with("width=640,height=400")), "{wanted}");
    player.next_pages(1).await;
    player.click("[data-action=finish]").await;
    wait_for_page(&player, "secure-coding.lesson").await;
    player.next_pages(2).await;
    player.click("[data-action=finish]").await;
    wait_for_page(&player, "secure-coding.assessment").await;
    player.switch_to_window(here).await.expect("the player is there");
    let word = player.word().await;
    assert!(word.contains("is open in a window of its own"), "{word}");
    player.screenshot("player-window-beside").await;
    let word = player.leave().await;
    assert!(word.contains("You can go on where you left off"), "{word}");
    player.wait_until("the window to be gone", "true").await;
    assert_eq!(player.windows().await.expect("windows are known").len(), 1);
    let row = service.registration(&launch.registration).await;
    let done = row["activities"].as_array().expect("activities are listed").iter();
    let done = done.filter(|one| one["status"]["completion"] == "completed").count();
    assert!(done >= 2, "{row:#}");
}

#[tokio::test]
async fn a_window_that_the_learner_closes_suspends_its_part_and_can_be_opened_again() {
    if no_browser() {
        return;
    }
    let service = Service::start(PROGRAM, Backend::Sqlite).await;
    let course = service.import(package_of("1.2", &[("start.html", PAGE)])).await;
    let launch = service.launch_with(&course, own_window()).await;
    let (player, _) = Player::open_to_word(&launch).await;
    let (here, _) = open_window(&player).await;
    player.wait_until("the probe", "document.body?.dataset.state === 'ready'").await;
    let calls = json!([
        ["initialize", ""],
        ["set", "cmi.core.lesson_location", "page 3"],
        ["set", "cmi.core.lesson_status", "incomplete"],
    ]);
    player.probe_well(calls).await;
    player.close_window().await.expect("the window closes");
    player.switch_to_window(here).await.expect("the player is there");
    let closed = "document.querySelector('#panel-title').textContent === 'The window was closed'";
    player.wait_until("the player to notice", closed).await;
    player.saved().await;

    player.click("#panel button.primary").await;
    let opens = "document.querySelector('#panel-title').textContent.includes('opens in a window')";
    player.wait_until("the part again", opens).await;
    open_window(&player).await;
    player.wait_until("the probe", "document.body?.dataset.state === 'ready'").await;
    let answers = player
        .probe(json!([
            ["initialize", ""],
            ["get", "cmi.core.lesson_location"],
            ["get", "cmi.core.entry"],
            ["set", "cmi.core.lesson_status", "completed"],
            ["terminate", ""],
        ]))
        .await;
    assert_eq!((answers[1].0.as_str(), answers[2].0.as_str()), ("page 3", "resume"));
    let windows = player.windows().await.expect("windows are known");
    let now = player.window().await.expect("a window is there");
    let here = windows.into_iter().find(|window| *window != now).expect("the player is there");
    player.switch_to_window(here).await.expect("the player is there");
    let done = "document.querySelector('#panel-title').textContent === 'You have finished'";
    player.wait_until("the result", done).await;
    assert_eq!(service.registration(&launch.registration).await["completion"], true);
}

#[tokio::test]
async fn where_no_window_opens_the_course_plays_in_the_page() {
    if no_browser() {
        return;
    }
    let service = Service::start(PROGRAM, Backend::Sqlite).await;
    let course = service.import(package_of("2004", &[("start.html", PAGE)])).await;
    let launch = service.launch_with(&course, own_window()).await;
    let (player, _) = Player::open_to_word(&launch).await;
    player.eval("(window.open = () => null, 1)").await;
    player.click("#panel button.primary").await;
    let word = player.word().await;
    assert!(word.contains("did not open the window"), "{word}");
    player.screenshot("player-window-blocked").await;
    player.click("#panel button.secondary").await;
    player.course().await;
    let calls = json!([
        ["initialize", ""],
        ["set", "cmi.completion_status", "completed"],
        ["terminate", ""],
    ]);
    player.probe_well(calls).await;
    player.saved().await;
    let word = player.word().await;
    assert!(word.contains("You have finished"), "{word}");
    assert_eq!(service.registration(&launch.registration).await["completion"], true);
}
