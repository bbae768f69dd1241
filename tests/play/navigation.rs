//! Sequencing in the player: what its bar and its contents offer, what they refuse and say why, and
//! what content is told about it.

use crate::PROGRAM;
use crate::sequenced::{GATED, HIDES_ALL, OPENS, sequenced};
use harness::serde_json::{Value, json};
use harness::{Backend, Device};
use support::{Course, Launch, Player, Service, no_browser};

async fn open(parts: &[(&str, &str, &str)]) -> (Service, Course, Launch, Player) {
    let service = Service::start(PROGRAM, Backend::Sqlite).await;
    let course = service.import(sequenced(parts)).await;
    let launch = service.launch(&course).await;
    let player = Player { browser: harness::Browser::open().await };
    player.goto(&launch.url).await.expect("the player loads");
    player.part(parts[0].0).await;
    (service, course, launch, player)
}

/// A post-test that opens once the reading is passed.
const COURSE: &[(&str, &str, &str)] = &[
    ("reading", "Read this first", OPENS),
    ("lesson", "Lesson", ""),
    ("test", "Post-test", GATED),
];
const THREE: &[(&str, &str, &str)] =
    &[("a", "Part A", ""), ("b", "Part B", ""), ("c", "Part C", "")];

/// Whether an element of the player's page is there for the learner.
async fn is_shown(player: &Player, css: &str) -> bool {
    player.player().await;
    let shown = format!("document.querySelector('{css}').checkVisibility()");
    player.eval(&shown).await == true
}

async fn is_enabled(player: &Player, css: &str) -> bool {
    is_shown(player, css).await
        && player.eval(&format!("!document.querySelector('{css}').disabled")).await == true
}

/// Presses something of the player's own.
async fn press(player: &Player, css: &str) {
    player.player().await;
    player.click(css).await;
}

async fn position(player: &Player) -> String {
    player.player().await;
    player.text("#position").await
}

#[tokio::test]
async fn contents_say_why_a_part_cannot_be_opened_and_open_it_with_a_commit() {
    if no_browser() {
        return;
    }
    let (_service, _course, _launch, player) = open(COURSE).await;
    player.probe_well(json!([["initialize", ""]])).await;
    press(&player, "#open-contents").await;
    let current = "document.activeElement.dataset.id";
    assert_eq!(player.eval(current).await, "reading", "the contents open where the learner is");
    let test = "#contents button[data-id=test]";
    assert_eq!(player.attribute(test, "aria-disabled").await.as_deref(), Some("true"));
    let why = player.attribute(test, "title").await.unwrap_or_default();
    assert!(why.contains("Post-test"), "{why}");
    player.click(test).await;
    assert_eq!(player.text(&format!("{test} .reason")).await, why, "it is said to whoever tries");
    assert_eq!(player.eval("document.querySelector('#contents').open").await, true);
    player.screenshot("player-contents-refused").await;
    player.show_on(Device::PHONE.dark()).await;
    player.screenshot("player-contents-refused-phone").await;

    player.enter("#frame").await;
    player.probe_well(json!([["set", "cmi.success_status", "passed"], ["commit", ""]])).await;
    player.player().await;
    let opened = format!("!document.querySelector('{test}').ariaDisabled");
    player.wait_until("the test to open", &opened).await;
    assert_eq!(player.eval(current).await, "test", "the focus stays when contents are redrawn");
    player.click(test).await;
    player.part("test").await;
    assert_eq!(position(&player).await, "3 of 3");
    player.assert_quiet().await;
}

#[tokio::test]
async fn a_request_of_content_that_is_refused_says_why_and_leads_back() {
    if no_browser() {
        return;
    }
    let (service, _course, launch, player) = open(COURSE).await;
    let asks = json!([
        ["initialize", ""],
        ["set", "cmi.exit", "suspend"],
        ["set", "cmi.location", "page 4"],
        ["set", "adl.nav.request", "{target=test}choice"],
        ["terminate", ""]
    ]);
    player.probe_well(asks).await;
    let word = player.word().await;
    assert!(word.contains("This is not possible now") && word.contains("Post-test"), "{word}");
    assert!(word.contains("Back to “Read this first”"), "{word}");
    assert!(is_enabled(&player, "#exit").await && is_enabled(&player, "#next").await);
    player.screenshot("player-refused").await;
    player.click("#panel button.primary").await;
    player.part("reading").await;
    let answers = player.probe(json!([["initialize", ""], ["get", "cmi.location"]])).await;
    assert_eq!(answers[1].0, "page 4", "what was left goes on");
    // The log says it in a sentence, with the rule that decided.
    let calls = service.calls(&launch.registration).await;
    let refused = |call: &&Value| {
        call["function"] == "navigate"
            && call["result"].as_str().is_some_and(|text| text.contains("refused"))
    };
    assert!(calls.iter().any(|call| refused(&call)), "{calls:#?}");
    player.assert_quiet().await;
}

#[tokio::test]
async fn the_bar_leads_through_a_course_forth_and_back_and_by_choice() {
    if no_browser() {
        return;
    }
    let (_service, _course, _launch, player) = open(THREE).await;
    assert!(is_enabled(&player, "#next").await && !is_enabled(&player, "#previous").await);
    assert_eq!(position(&player).await, "1 of 3");
    press(&player, "#next").await;
    player.part("b").await;
    assert_eq!(position(&player).await, "2 of 3");
    assert_eq!(player.text("#title").await, "Part B");
    press(&player, "#previous").await;
    player.part("a").await;
    press(&player, "#open-contents").await;
    player.click("#contents button[data-id=c]").await;
    player.part("c").await;
    assert_eq!(position(&player).await, "3 of 3");
    // A part that is finished and asks for nothing: its page stays, the learner decides.
    press(&player, "#previous").await;
    player.part("b").await;
    player.probe_well(json!([["initialize", ""], ["terminate", ""]])).await;
    let word = player.word().await;
    assert!(word.contains("This part is finished") && word.contains("Next part"), "{word}");
    player.click("#panel button.primary").await;
    player.part("c").await;
    player.assert_quiet().await;
}

#[tokio::test]
async fn content_that_hides_the_controls_has_the_screen_until_it_ends() {
    if no_browser() {
        return;
    }
    let parts = [("own", "Own controls", HIDES_ALL), ("plain", "Plain", "")];
    let (_service, _course, _launch, player) = open(&parts).await;
    player.player().await;
    assert!(is_shown(&player, "#exit").await, "a page that never begins has no way out of its own");
    player.course().await;
    player.probe_well(json!([["initialize", ""]])).await;
    for css in ["#next", "#previous", "#more", "#exit"] {
        assert!(!is_shown(&player, css).await, "{css} is the content's");
    }
    assert!(is_shown(&player, "#open-contents").await);
    player.screenshot("player-hides-controls").await;
    player.course().await;
    player.probe_well(json!([["terminate", ""]])).await;
    player.word().await;
    player.wait_until("a way out", "!document.querySelector('#exit').hidden").await;
    press(&player, "#open-contents").await;
    player.click("#contents button[data-id=plain]").await;
    player.part("plain").await;
    for css in ["#next", "#previous", "#more", "#exit"] {
        assert!(is_shown(&player, css).await, "{css} is the player's");
    }
    player.assert_quiet().await;
}

#[tokio::test]
async fn save_and_leave_in_the_menu_resumes_there_at_the_next_launch() {
    if no_browser() {
        return;
    }
    let (service, course, launch, player) = open(THREE).await;
    press(&player, "#next").await;
    player.part("b").await;
    player.probe_well(json!([["initialize", ""], ["set", "cmi.location", "page 2"]])).await;
    player.player().await;
    // By keys alone: down opens it, up goes to the last, Escape gives the button the focus back.
    let keys = |css: &'static str, keys: &'static str| {
        let player = &player;
        async move { player.element(css).await.send_keys(keys).await.expect("keys are typed") }
    };
    keys("#more", "\u{e015}").await;
    assert_eq!(player.attribute("#more", "aria-expanded").await.as_deref(), Some("true"));
    let focused = "document.activeElement.dataset.key ?? document.activeElement.id";
    assert_eq!(player.eval(focused).await, "exit");
    keys("#more-menu [data-key=exit]", "\u{e013}").await;
    assert_eq!(player.eval(focused).await, "abandonAll");
    player.screenshot("player-more").await;
    player.show_on(Device::PHONE).await;
    let inside = "(r => r.left >= 0 && r.right <= innerWidth)(document.querySelector('#more-menu').getBoundingClientRect())";
    assert_eq!(player.eval(inside).await, true, "the menu fits a phone");
    player.screenshot("player-more-phone").await;
    player.show_on(Device::DESKTOP).await;
    keys("#more-menu [data-key=abandonAll]", "\u{e00c}").await;
    assert_eq!(player.eval(focused).await, "more");
    assert!(!is_shown(&player, "#more-menu").await);

    // What gives results up is asked about first.
    player.click("#more").await;
    player.click("#more-menu [data-key=abandon]").await;
    let word = player.word().await;
    assert!(word.contains("will not count"), "{word}");
    player.screenshot("player-abandon").await;
    player.click("#panel button.primary").await;
    assert!(!is_shown(&player, "#panel").await);

    player.click("#more").await;
    player.click("#more-menu [data-key=suspendAll]").await;
    player.wait_until("the end", "document.querySelector('#exit').hidden").await;
    let word = player.word().await;
    assert!(word.contains("You have left the course"), "{word}");
    let again = service.launch(&course).await;
    assert_eq!(again.registration, launch.registration);
    player.goto(&again.url).await.expect("the player loads");
    player.part("b").await;
    let calls = json!([["initialize", ""], ["get", "cmi.entry"], ["get", "cmi.location"]]);
    let answers = player.probe(calls).await;
    assert_eq!((answers[1].0.as_str(), answers[2].0.as_str()), ("resume", "page 2"));
    player.assert_quiet().await;
}

#[tokio::test]
async fn finishing_a_part_and_the_course_in_the_menu_does_that() {
    if no_browser() {
        return;
    }
    let (service, _course, launch, player) = open(THREE).await;
    player.probe_well(json!([["initialize", ""], ["set", "cmi.score.scaled", "0.5"]])).await;
    press(&player, "#more").await;
    player.click("#more-menu [data-key=exit]").await;
    let word = player.word().await;
    assert!(word.contains("Choose a part"), "{word}");
    player.wait_until("the contents", "document.querySelector('#contents').open").await;
    player.screenshot("player-choose").await;
    player.click("#contents button[data-id=c]").await;
    player.part("c").await;
    press(&player, "#more").await;
    player.click("#more-menu [data-key=exitAll]").await;
    player.wait_until("the end", "document.querySelector('#exit').hidden").await;
    assert!(player.word().await.contains("You have left the course"));
    let row = service.registration(&launch.registration).await;
    let part = &row["activities"].as_array().expect("activities are listed")[0];
    assert_eq!(part["status"]["score"].as_f64(), Some(0.5), "{row:#}");
    player.assert_quiet().await;
}

const FORTH: &str = "adl.nav.request_valid.continue";
const CHOICE: &str = "adl.nav.request_valid.choice.{target=test}";

#[tokio::test]
async fn valid_requests_are_right_at_once_after_a_value_is_set_and_unknown_offline() {
    if no_browser() {
        return;
    }
    let (service, _course, launch, player) = open(COURSE).await;
    let asked = |status: &'static str| {
        let player = &player;
        async move {
            let calls = json!([["set", "cmi.success_status", status], ["get", CHOICE]]);
            player.probe(calls).await[1].clone()
        }
    };
    let fresh = player.probe(json!([["initialize", ""], ["get", CHOICE], ["get", FORTH]])).await;
    assert_eq!((fresh[1].0.as_str(), fresh[2].0.as_str()), ("false", "true"));
    // Neither was committed, and the answer is the server's.
    assert_eq!(asked("passed").await, ("true".to_owned(), "0".to_owned()));
    assert_eq!(asked("failed").await, ("false".to_owned(), "0".to_owned()));
    assert_eq!(asked("passed").await.0, "true");
    player.saved().await;

    player.set_offline(true).await;
    player.course().await;
    assert_eq!(asked("failed").await, ("unknown".to_owned(), "0".to_owned()));
    let also = player.probe(json!([["get", FORTH], ["commit", ""]])).await;
    assert_eq!(also[0], ("unknown".to_owned(), "0".to_owned()), "what was known is old");
    player.state("unsaved").await;
    player.set_offline(false).await;
    player.saved().await;
    player.course().await;
    let back = player.probe(json!([["get", CHOICE], ["get", FORTH], ["commit", ""]])).await;
    assert_eq!((back[0].0.as_str(), back[1].0.as_str()), ("false", "true"));
    player.saved().await;

    let calls = service.calls(&launch.registration).await;
    let told: Vec<&Value> = calls
        .iter()
        .filter(|call| call["function"] == "GetValue" && call["arguments"] == json!([CHOICE]))
        .map(|call| &call["result"])
        .collect();
    assert_eq!(told[..4], ["false", "true", "false", "true"], "{calls:#?}");
    assert!(calls.iter().all(|call| call["applied"] == true), "{calls:#?}");
}

#[tokio::test]
async fn a_tab_that_was_overtaken_by_another_shows_where_the_learner_is() {
    if no_browser() {
        return;
    }
    let (_service, _course, _launch, player) = open(THREE).await;
    player.player().await;
    let here = player.current_url().await.expect("the page has an address").to_string();
    let (first, second) = player.new_tab().await;
    player.goto(&here).await.expect("the player loads");
    player.part("a").await;
    press(&player, "#next").await;
    player.part("b").await;

    player.switch_to_window(first).await.expect("the first tab is there");
    press(&player, "#next").await;
    player.part("b").await;
    assert_eq!(position(&player).await, "2 of 3", "not one further");
    press(&player, "#next").await;
    player.part("c").await;
    player.player().await;
    player.refresh().await.expect("the page loads again");
    player.part("c").await;
    assert_eq!(position(&player).await, "3 of 3");
    player.switch_to_window(second).await.expect("the second tab is there");
    press(&player, "#previous").await;
    player.part("c").await;
    assert_eq!(position(&player).await, "3 of 3");
}

#[tokio::test]
async fn a_request_whose_answer_was_lost_is_carried_out_once() {
    if no_browser() {
        return;
    }
    let (service, _course, launch, player) = open(THREE).await;
    player.player().await;
    // The server gets it and answers, and the answer goes astray.
    let lose = "window.fetch = (real => async (url, ...rest) => { \
        const answer = await real(url, ...rest); \
        if (!String(url).endsWith('navigate')) return answer; \
        window.fetch = real; throw new TypeError('lost'); })(window.fetch)";
    player.eval(&format!("!({lose})")).await;
    player.click("#next").await;
    let word = player.word().await;
    assert!(word.contains("No connection"), "{word}");
    player.part("b").await;
    assert_eq!(position(&player).await, "2 of 3");
    let calls = service.calls(&launch.registration).await;
    let steps = calls.iter().filter(|call| call["function"] == "navigate").count();
    assert_eq!(steps, 2, "open and continue: {calls:#?}");
    press(&player, "#next").await;
    player.part("c").await;
}

#[tokio::test]
async fn the_api_log_says_what_became_of_navigation_and_why() {
    if no_browser() {
        return;
    }
    let service = Service::start(PROGRAM, Backend::Sqlite).await;
    let course = service.import(sequenced(COURSE)).await;
    // Whoever tries a course out sees the log.
    let launch = service.launch_with(&course, json!({"test": true})).await;
    let player = Player { browser: harness::Browser::open().await };
    player.goto(&launch.url).await.expect("the player loads");
    player.part("reading").await;
    let asks = json!([["initialize", ""], ["set", "adl.nav.request", "{target=test}choice"]]);
    player.probe_well(asks).await;
    player.probe_well(json!([["terminate", ""]])).await;
    player.word().await;
    player.click("#open-log").await;
    let log = player.text("#log").await;
    for expected in ["navigate(\"open\")", "navigate(\"content\")", "led to 'Read this first'"] {
        assert!(log.contains(expected), "{expected}: {log}");
    }
    let refused = "#log tr.error:has(details)";
    player.click(&format!("{refused} summary")).await;
    let row = player.text(refused).await;
    assert!(row.contains("Post-test") && row.contains("refused"), "{row}");
    let rules = player.eval("document.querySelector('#log tr.error details ul').childElementCount");
    assert!(rules.await.as_u64() > Some(0), "{row}");
    player.screenshot("player-log-navigation").await;
    player.assert_quiet().await;
}
