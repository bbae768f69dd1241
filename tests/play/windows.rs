//! Where the course and the player may stand: framesets and popups of the content, reloads, the
//! Back button, frames of other sites, narrow screens; and who sees what.

use crate::PROGRAM;
use harness::reqwest::StatusCode;
use harness::serde_json::{Value, json};
use harness::{Backend, Device};
use support::{File, Player, Service, learner, no_browser, package_of, serve};

#[tokio::test]
async fn content_in_framesets_and_popups_finds_the_api() {
    if no_browser() {
        return;
    }
    let frameset = "<!doctype html><title>Frames</title><body data-state=ready>\
        <iframe id=outer srcdoc='<iframe id=inner src=shared/probe.html></iframe>'></iframe>\
        <button onclick=\"window.open('shared/probe.html', 'popup', 'width=400,height=300')\">Open</button>";
    for version in ["1.2", "2004"] {
        let service = Service::start(PROGRAM, Backend::Sqlite).await;
        let course = service.import(package_of(version, &[("start.html", frameset)])).await;
        let launch = service.launch(&course).await;
        let player = Player::open(&launch).await;
        player.enter("#outer").await;
        player.enter("#inner").await;
        player.wait_until("the probe", "document.body.dataset.state === 'ready'").await;
        assert_eq!(player.eval("probe.version").await, version, "in a frame of a frame");
        player.probe_well(json!([["initialize", ""], ["commit", ""]])).await;

        player.course().await;
        let first = player.window().await.expect("a window is there");
        player.click("button").await;
        let windows = player.wait_for_windows(2).await;
        let popup = windows.into_iter().find(|window| *window != first).expect("a popup opened");
        player.switch_to_window(popup).await.expect("the popup is there");
        player.wait_until("the probe", "document.body?.dataset.state === 'ready'").await;
        assert_eq!(player.eval("probe.version").await, version, "in a popup");
        let element =
            if version == "1.2" { "cmi.core.lesson_status" } else { "cmi.completion_status" };
        player.probe_well(json!([["set", element, "completed"], ["terminate", ""]])).await;
        player.switch_to_window(first).await.expect("the player is there");
        player.saved().await;
        assert_eq!(service.registration(&launch.registration).await["completion"], true);
    }
}

#[tokio::test]
async fn a_launch_link_works_once_and_says_so_to_the_learner() {
    if no_browser() {
        return;
    }
    let service = Service::start(PROGRAM, Backend::Sqlite).await;
    let course = service.sample("phishing-basics").await;
    let launch = service.launch(&course).await;
    let player = Player::open(&launch).await;
    let again = service.client().get(&launch.url).send().await.expect("it answers");
    assert_eq!(again.status(), StatusCode::FORBIDDEN);
    player.goto(&launch.url).await.expect("a page comes");
    let text = player.text("main").await;
    assert!(text.contains("has been used or is too old"), "{text}");
    assert!(text.contains("what you have done is kept"), "{text}");
    player.show_on(Device::PHONE).await;
    assert_fits(&player).await;
    player.screenshot("player-link-used").await;
    let made_up = service.client().get(service.content("/launch/AAAA")).send().await;
    assert_eq!(made_up.expect("it answers").status(), StatusCode::FORBIDDEN);
}

async fn assert_fits(player: &Player) {
    let wide = "(page => page.scrollWidth > page.clientWidth)(document.documentElement)";
    assert_eq!(player.eval(wide).await, false, "the page scrolls sideways");
}

#[tokio::test]
async fn reload_and_back_lose_nothing() {
    if no_browser() {
        return;
    }
    let service = Service::start(PROGRAM, Backend::Sqlite).await;
    let course = service.sample("phishing-basics").await;
    let launch = service.launch(&course).await;
    let elsewhere = serve("127.0.0.1", vec![(String::new(), b"<title>Elsewhere</title>".to_vec())]);
    let player = Player { browser: harness::Browser::open().await };
    player.goto(&elsewhere).await.expect("the page loads");
    player.visit(&launch).await;
    player.next_pages(2).await;
    player.player().await;
    player.refresh().await.expect("the page loads again");
    player.course().await;
    assert_eq!(player.attribute("body", "data-current-page").await.as_deref(), Some("links"));
    player.next_pages(1).await;

    player.player().await;
    player.back().await.expect("there is a page before");
    player.wait_until("the page before", "document.title === 'Elsewhere'").await;
    player.forward().await.expect("there is a page after");
    player.course().await;
    assert_eq!(player.attribute("body", "data-current-page").await.as_deref(), Some("report"));
    player.saved().await;
    let row = service.registration(&launch.registration).await;
    assert_eq!((&row["status"], &row["attempts"]), (&json!("incomplete"), &json!(1)));
}

#[tokio::test]
async fn browse_and_review_leave_no_results() {
    if no_browser() {
        return;
    }
    let service = Service::start(PROGRAM, Backend::Sqlite).await;
    let course = service.sample("api-probe-12").await;
    for mode in ["browse", "review"] {
        let launch = service.launch_with(&course, json!({"mode": mode})).await;
        let player = Player::open(&launch).await;
        let calls = json!([
            ["initialize", ""],
            ["get", "cmi.core.lesson_mode"],
            ["get", "cmi.core.credit"],
            ["set", "cmi.core.lesson_status", "passed"],
            ["set", "cmi.core.score.raw", "100"],
            ["commit", ""],
            ["terminate", ""]
        ]);
        let answers = player.probe(calls).await;
        assert_eq!(answers[1].0, mode);
        assert_eq!(answers[2].0, "no-credit");
        let word = player.word().await;
        assert!(word.contains("Nothing was recorded"), "{word}");
        assert_eq!(player.text("#state").await, "Not recorded");
        player.leave().await;
        let row = service.registration(&launch.registration).await;
        assert_eq!((&row["status"], &row["score"]), (&json!("not_started"), &Value::Null));
        assert_eq!(service.story(&course, &launch.registration).await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn learners_see_no_api_log_and_nothing_of_others() {
    if no_browser() {
        return;
    }
    let service = Service::start(PROGRAM, Backend::Sqlite).await;
    let course = service.sample("phishing-basics").await;
    let launch = service.launch(&course).await;
    let player = Player::open(&launch).await;
    player.player().await;
    assert_eq!(player.eval("document.querySelector('#open-log').hidden").await, true);
    assert_eq!(player.eval("document.cookie").await, "");
    let loaded = "performance.getEntriesByType('resource').some(e => e.name.includes('log.js'))";
    assert_eq!(player.eval(loaded).await, false);
    // Another learner is another registration, under a link of their own.
    let mut other = learner();
    other["account"]["name"] = json!("grace");
    other["name"] = json!("Grace Hopper");
    let theirs = service.launch_with(&course, json!({"actor": other})).await;
    assert_ne!(theirs.registration, launch.registration);
}

/// A page of an LMS, with the player in a narrow frame.
fn lms_page(player: &str) -> Vec<File> {
    let page = format!(
        "<!doctype html><title>LMS</title><meta name=viewport content='width=device-width'>\
         <body style='margin:0'><h1>Course</h1>\
         <iframe id=lms src='{player}' style='border:0;width:100%;height:560px'></iframe>"
    );
    vec![(String::new(), page.into_bytes())]
}

#[tokio::test]
async fn the_player_works_in_a_narrow_frame_of_another_site() {
    if no_browser() {
        return;
    }
    let service = Service::start(PROGRAM, Backend::Sqlite).await;
    let course = service.sample("data-handling").await;
    let more = json!({"return_url": "http://localhost:9/back"});
    let launch = service.launch_with(&course, more).await;
    // The content origin is 127.0.0.1: to a browser, localhost is another site.
    let lms = serve("localhost", lms_page(&launch.url));
    let player = Player { browser: harness::Browser::open().await };
    player.show_on(Device::PHONE).await;
    player.goto(&lms).await.expect("the page loads");
    player.enter("#lms").await;
    let ready = "document.querySelector('#frame')?.contentDocument?.body?.dataset.state";
    player.wait_until("the course to be ready", &format!("{ready} === 'ready'")).await;
    assert_fits(&player).await;
    let small = "[...document.querySelectorAll('#bar button')].filter(b => b.offsetParent)\
        .filter(b => b.offsetWidth < 24 || b.offsetHeight < 24 || \
            b.getBoundingClientRect().right > innerWidth).map(b => b.id)";
    assert_eq!(player.eval(small).await, json!([]), "buttons that cannot be hit");
    player.screenshot("player-narrow-frame").await;
    player.enter("#frame").await;
    player.next_pages(1).await;
    player.click("[data-action=finish]").await;
    player.leave_frames().await;
    player.enter("#lms").await;
    let shown = "!document.querySelector('#panel').hidden";
    player.wait_until("the player's word", shown).await;
    assert!(player.text("#panel").await.contains("completed"), "a part is completed");
    assert_fits(&player).await;
    player.screenshot("player-narrow-frame-part-done").await;
    player.click("#open-contents").await;
    player.screenshot("player-narrow-frame-contents").await;
    let row = service.registration(&launch.registration).await;
    assert_eq!(row["activities"][1]["status"]["completion"], "completed", "{row:#}");
}
