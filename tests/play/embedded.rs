//! The player in a frame of an LMS on another site, where browsers keep cookies and storage apart or
//! away.

use crate::{PROGRAM, calls_of_content, play, probe_with};
use harness::serde_json::json;
use harness::{Backend, Browser, Choice};
use std::time::{Duration, Instant};
use support::{Launch, Player, Service, no_browser, serve};

const DIALOG_WITHIN: Duration = Duration::from_secs(15);

/// Opens the launch in a frame of another site; goes into the course. To a browser, localhost is
/// another site than 127.0.0.1.
async fn open_in_lms(player: &Player, launch: &Launch) {
    show_in_lms(player, launch, "").await;
    let ready = "document.querySelector('#frame')?.contentDocument?.body?.dataset.state";
    player.wait_until("the course to be ready", &format!("{ready} === 'ready'")).await;
    player.enter("#frame").await;
}

async fn show_in_lms(player: &Player, launch: &Launch, attributes: &str) {
    let page = format!(
        "<!doctype html><title>LMS</title><link rel=icon href='data:,'><body style='margin:0'>\
         <iframe id=lms {attributes} src='{}' style='border:0;width:100%;height:600px'></iframe>",
        launch.url
    );
    let lms = serve("localhost", vec![(String::new(), page.into_bytes())]);
    player.goto(&lms).await.expect("the page loads");
    player.enter("#lms").await;
}

/// From the course's frame, or the top, to the player's page in the LMS.
async fn to_player(player: &Player) {
    player.leave_frames().await;
    player.enter("#lms").await;
}

async fn state_is(player: &Player, state: &str) {
    to_player(player).await;
    let said = format!("document.querySelector('#state').dataset.state === '{state}'");
    player.wait_until(&format!("the bar to say {state}"), &said).await;
}

#[tokio::test]
async fn without_third_party_cookies_a_course_in_an_lms_frame_plays_and_its_journal_works() {
    if no_browser() {
        return;
    }
    let choices: [&[Choice]; 2] = [&[], &[Choice::NoThirdPartyCookies]];
    for choices in choices {
        let service = Service::start(PROGRAM, Backend::Sqlite).await;
        let course = service.sample("api-probe-2004").await;
        let mut service = service;
        let launch = service.launch(&course).await;
        let player = Player { browser: Browser::open_set_to(choices).await };
        open_in_lms(&player, &launch).await;
        player.probe_well(json!([["initialize", ""], ["commit", ""]])).await;
        state_is(&player, "saved").await;
        assert_eq!(player.eval("document.querySelector('#notice').hidden").await, true);
        let (first, other) = player.new_tab().await;
        player.switch_to_window(first).await.expect("the first tab is there");
        service.kill();
        to_player(&player).await;
        player.enter("#frame").await;
        let work = json!([["set", "cmi.location", "in the frame"], ["commit", ""]]);
        player.probe_well(work).await;
        state_is(&player, "unsaved").await;
        assert!(player.text("#notice p").await.contains("kept in this browser"));
        player.close_tab(other).await;
        service.start_again().await;
        // Browsers keep such storage for each LMS apart: the same LMS finds it again. Its port is
        // another one here, which makes no difference to the site.
        open_in_lms(&player, &service.launch(&course).await).await;
        let answers = player.probe(json!([["initialize", ""], ["get", "cmi.location"]])).await;
        assert_eq!(answers[1].0, "in the frame", "{choices:?}");
        state_is(&player, "saved").await;
    }
}

#[tokio::test]
async fn where_nothing_may_be_kept_a_course_plays_and_says_what_that_means() {
    if no_browser() {
        return;
    }
    for embedded in [true, false] {
        let (mut service, _, launch) = play("1.2", &probe_with("")).await;
        let player = Player { browser: Browser::open_set_to(&[Choice::NoSiteData]).await };
        let course = async |player: &Player| {
            player.leave_frames().await;
            if embedded {
                player.enter("#lms").await;
            }
            player.enter("#frame").await;
        };
        let page = async |player: &Player| {
            player.leave_frames().await;
            if embedded {
                player.enter("#lms").await;
            }
        };
        if embedded {
            open_in_lms(&player, &launch).await;
        } else {
            player.visit(&launch).await;
        }
        player.probe_well(json!([["initialize", ""], ["commit", ""]])).await;
        page(&player).await;
        let notice = player.text("#notice p").await;
        assert!(notice.contains("does not let the course keep a copy"), "{notice}");
        player.screenshot("player-no-site-data").await;
        service.kill();
        course(&player).await;
        let work = json!([["set", "cmi.core.lesson_location", "here alone"], ["commit", ""]]);
        player.probe_well(work).await;
        page(&player).await;
        let unsaved = "document.querySelector('#state').dataset.state === 'unsaved'";
        player.wait_until("the bar to say unsaved", unsaved).await;
        let notice = player.text("#notice p").await;
        assert!(notice.contains("Keep this page open"), "{notice}");
        service.start_again().await;
        let saved = "document.querySelector('#state').dataset.state === 'saved'";
        player.wait_until("the bar to say saved", saved).await;
        let calls = calls_of_content(&service, &launch.registration).await;
        let wanted = json!(["cmi.core.lesson_location", "here alone"]);
        assert!(calls.iter().any(|call| call["arguments"] == wanted), "{calls:#?}");
    }
}

#[tokio::test]
async fn in_a_frame_that_takes_the_player_its_origin_the_learner_is_told_to_open_a_window() {
    if no_browser() {
        return;
    }
    let (_service, _, launch) = play("1.2", &probe_with("")).await;
    let player = Player { browser: Browser::open().await };
    show_in_lms(&player, &launch, "sandbox='allow-scripts allow-forms'").await;
    let told = "(e => e !== null && e.checkVisibility({visibilityProperty: true}))(document.querySelector('#unscripted'))";
    player.wait_until("a word to the learner", told).await;
    let text = player.text("#unscripted").await;
    assert!(text.contains("in a window of its own"), "{text}");
    player.leave_frames().await;
    player.screenshot("player-sandboxed").await;
    // What a sandbox has to leave to it.
    let (_service, _, launch) = play("1.2", &probe_with("")).await;
    let enough = "sandbox='allow-scripts allow-same-origin allow-forms allow-popups \
        allow-popups-to-escape-sandbox allow-modals allow-downloads'";
    show_in_lms(&player, &launch, enough).await;
    let ready =
        "document.querySelector('#frame')?.contentDocument?.body?.dataset.state === 'ready'";
    player.wait_until("the course to be ready", ready).await;
    player.enter("#frame").await;
    player.probe_well(json!([["initialize", ""], ["commit", ""]])).await;
    state_is(&player, "saved").await;
}

/// Answers the dialogs of content, one after the other.
async fn answer_dialogs(player: &Player, dialogs: &[&str]) {
    for expected in dialogs {
        let begin = Instant::now();
        let text = loop {
            match player.get_alert_text().await {
                Ok(text) => break text,
                Err(error) => assert!(begin.elapsed() < DIALOG_WITHIN, "{expected}: {error}"),
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        };
        assert_eq!(text, *expected);
        player.accept_alert().await.expect("the dialog is open");
    }
}

#[tokio::test]
async fn dialogs_of_content_wait_for_the_learner_and_lose_nothing() {
    if no_browser() {
        return;
    }
    // They come when the page is ready for the test to go into it; `print` has no dialog here.
    let page = probe_with(
        "<script>setTimeout(() => { window.said = [alert('Welcome'), confirm('Go on?'), \
         prompt('Your name?', 'Ada')]; print(); }, 1500)</script>",
    );
    for embedded in [false, true] {
        let (service, _, launch) = play("1.2", &page).await;
        let player = Player { browser: Browser::open().await };
        if embedded {
            open_in_lms(&player, &launch).await;
        } else {
            player.visit(&launch).await;
        }
        let begun = json!([["initialize", ""], ["set", "cmi.core.lesson_location", "before"]]);
        player.probe_well(begun).await;
        answer_dialogs(&player, &["Welcome", "Go on?", "Your name?"]).await;
        player.wait_until("the end of the dialogs", "window.said").await;
        assert_eq!(player.eval("said").await, json!([null, true, "Ada"]));
        let end = json!([["set", "cmi.core.lesson_status", "completed"], ["terminate", ""]]);
        player.probe_well(end).await;
        player.leave_frames().await;
        if embedded {
            player.enter("#lms").await;
        }
        let saved = "document.querySelector('#state').dataset.state === 'saved'";
        player.wait_until("the bar to say saved", saved).await;
        let row = service.registration(&launch.registration).await;
        assert_eq!(row["completion"], true, "{row:#}");
    }
}

/// As an LMS does that shows courses in a box with a cross at its corner.
#[tokio::test]
async fn an_lms_that_takes_the_frame_away_loses_nothing() {
    if no_browser() {
        return;
    }
    let (service, course, launch) = play("1.2", &probe_with("")).await;
    let player = Player { browser: Browser::open().await };
    open_in_lms(&player, &launch).await;
    let begun = json!([["initialize", ""], ["set", "cmi.core.lesson_location", "in the box"]]);
    player.probe_well(begun).await;
    let end = json!([["set", "cmi.core.lesson_status", "completed"], ["terminate", ""]]);
    player.eval(&format!("(probe.runOn('pagehide', {end}), true)")).await;
    player.leave_frames().await;
    player.eval("(document.querySelector('#lms').remove(), true)").await;
    // What the browser did not let out is in its own copy: the next launch tells.
    open_in_lms(&player, &service.launch(&course).await).await;
    let calls = json!([["initialize", ""], ["get", "cmi.core.lesson_location"]]);
    assert_eq!(player.probe(calls).await[1].0, "in the box");
    state_is(&player, "saved").await;
    let row = service.registration(&launch.registration).await;
    assert_eq!(row["completion"], true, "{row:#}");
}
