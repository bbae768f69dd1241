//! What learners and authors complain about elsewhere: docs/guide/complaints.md names these tests
//! beside those of the other files.

use crate::sequenced::sequenced;
use crate::{PROGRAM, play, probe_with};
use harness::serde_json::{Value, json};
use harness::{Backend, Browser};
use support::{Player, Service, no_browser};

/// Longer than the 4,096 characters of SCORM 1.2, as much content has it.
const LONG: usize = 70_000;

#[tokio::test]
async fn suspend_data_of_seventy_thousand_characters_is_kept_noted_and_given_back() {
    if no_browser() {
        return;
    }
    let (service, course, launch) = play("1.2", &probe_with("")).await;
    let player = Player::open(&launch).await;
    let data = "x".repeat(LONG);
    let calls = json!([
        ["initialize", ""],
        ["set", "cmi.suspend_data", data],
        ["set", "cmi.core.exit", "suspend"],
        ["terminate", ""]
    ]);
    player.probe_well(calls).await;
    player.saved().await;
    let log = service.calls(&launch.registration).await;
    let set = log.iter().find(|call| call["arguments"][0] == "cmi.suspend_data");
    let note = set.and_then(|call| call["note"].as_str()).unwrap_or_default();
    assert!(note.contains("longer than the specification"), "{note}");
    player.visit(&service.launch(&course).await).await;
    let answers = player.probe(json!([["initialize", ""], ["get", "cmi.suspend_data"]])).await;
    assert_eq!(answers[1].0.len(), LONG);
}

#[tokio::test]
async fn a_sequenced_course_whose_tab_is_closed_goes_on_in_its_part() {
    if no_browser() {
        return;
    }
    let service = Service::start(PROGRAM, Backend::Sqlite).await;
    let parts = [("a", "Part A", ""), ("b", "Part B", ""), ("c", "Part C", "")];
    let course = service.import(sequenced(&parts)).await;
    let player = Player { browser: Browser::open().await };
    player.goto(&service.launch(&course).await.url).await.expect("the player loads");
    player.part("a").await;
    player.player().await;
    player.click("#next").await;
    player.part("b").await;
    player.probe_well(json!([["initialize", ""], ["set", "cmi.location", "page 2"]])).await;
    let (first, other) = player.new_tab().await;
    player.switch_to_window(first).await.expect("the first tab is there");
    player.close_tab(other).await;
    player.goto(&service.launch(&course).await.url).await.expect("the player loads");
    player.part("b").await;
    let calls = json!([["initialize", ""], ["get", "cmi.entry"], ["get", "cmi.location"]]);
    let answers = player.probe(calls).await;
    assert_eq!((answers[1].0.as_str(), answers[2].0.as_str()), ("resume", "page 2"));
    player.player().await;
    assert_eq!(player.text("#position").await, "2 of 3");
}

#[tokio::test]
async fn one_value_that_is_refused_loses_nothing_else() {
    if no_browser() {
        return;
    }
    let (service, _, launch) = play("1.2", &probe_with("")).await;
    let player = Player::open(&launch).await;
    let calls = json!([
        ["initialize", ""],
        ["set", "cmi.interactions.NaN.id", "q1"],
        ["set", "cmi.core.score.min", "0"],
        ["set", "cmi.core.score.max", "110"],
        ["set", "cmi.core.score.raw", "55"],
        ["set", "cmi.core.lesson_status", "passed"],
        ["terminate", ""]
    ]);
    let answers = player.probe(calls).await;
    assert_eq!(answers[1], ("false".to_owned(), "401".to_owned()));
    assert!(answers[2..].iter().all(|(_, error)| error == "0"), "{answers:?}");
    let word = player.word().await;
    assert!(word.contains("passed, 50 %"), "{word}");
    player.saved().await;
    let row = service.registration(&launch.registration).await;
    assert_eq!((&row["status"], &row["score"]["scaled"]), (&json!("passed"), &json!(0.5)));
    assert_eq!(row["score"]["max"], 110.0);
}

#[tokio::test]
async fn every_answer_of_the_api_is_a_text() {
    if no_browser() {
        return;
    }
    for (version, api, names) in [
        ("1.2", "API", ["LMSInitialize", "LMSCommit", "LMSGetLastError", "LMSFinish"]),
        ("2004", "API_1484_11", ["Initialize", "Commit", "GetLastError", "Terminate"]),
    ] {
        let (_service, _, launch) = play(version, &probe_with("")).await;
        let player = Player::open(&launch).await;
        let calls = names.map(|name| format!("parent.{api}.{name}('')")).join(", ");
        let answers = player.eval(&format!("[{calls}]")).await;
        assert_eq!(answers, json!(["true", "true", "0", "true"]), "{version}");
        // Before the begin, after the end and with wrong arguments, too.
        let late = format!(
            "['Get', 'Set', 'Nothing'].map(what => what === 'Get' ? parent.{api}.{0}('') : \
             parent.{api}.{1}(what, undefined, 1)).map(answer => typeof answer)",
            names[2], names[1]
        );
        assert_eq!(player.eval(&late).await, json!(["string", "string", "string"]), "{version}");
    }
}

#[tokio::test]
async fn the_pages_of_a_course_are_its_own_to_the_byte() {
    if no_browser() {
        return;
    }
    let page = probe_with("<script>window.before = Object.keys(window).length</script>");
    let (_service, _, launch) = play("1.2", &page).await;
    let player = Player::open(&launch).await;
    let served = player.eval("fetch(location.href).then(answer => answer.text())").await;
    assert_eq!(served, Value::from(page));
    let scripts = "[...document.scripts].map(script => script.getAttribute('src'))";
    let own = json!([null, "shared/scorm.js", "shared/probe.js"]);
    assert_eq!(player.eval(scripts).await, own, "no script of the player's stands in the page");
    // A frame that nobody touched has the same names in its window.
    let plain = "(() => { const frame = document.body.appendChild(document.createElement('iframe')); \
        const names = Object.keys(frame.contentWindow).length; frame.remove(); return names; })()";
    assert_eq!(player.eval("window.before").await, player.eval(plain).await);
}

#[tokio::test]
async fn a_page_that_does_not_come_is_told_instead_of_a_blank_frame() {
    if no_browser() {
        return;
    }
    let (_service, _, launch) = play("1.2", &probe_with("<a href=gone.html>On</a>")).await;
    let player = Player::open(&launch).await;
    player.click("a").await;
    player.player().await;
    player.wait_until("the notice", "!document.querySelector('#notice').hidden").await;
    let notice = player.text("#notice p").await;
    assert!(notice.contains("could not be loaded (answer 404)"), "{notice}");
}
