//! Signing in a real browser: on leaving a course that was passed, and on opening it again.

use crate::PROGRAM;
use harness::serde_json::{Value, json};
use harness::{Backend, Device};
use support::{Course, Launch, Player, Service, no_browser};

const SHOWN: &str = "!document.querySelector('#signing').hidden";
const NAME: &str = "#signing-name";
const CONSENT: &str = "#signing [name=consent]";
const SIGN: &str = "#signing [type=submit]";
const LATER: &str = "#signing [data-later]";

/// A server with the probe, which asks for an attestation.
async fn service() -> (Service, Course) {
    let service = Service::start(PROGRAM, Backend::Sqlite).await;
    let course = service.sample("api-probe-12").await;
    let decided = json!({"settings": {"attestation": "after_pass"}, "reason": "policy 4"});
    let path = format!("/api/v1/courses/{}/settings", course.id);
    let put = service.request(harness::reqwest::Method::PUT, &path).json(&decided);
    assert!(put.send().await.expect("it answers").status().is_success());
    (service, course)
}

/// The course is passed and left.
async fn pass(player: &Player) {
    let calls = json!([
        ["LMSInitialize", ""],
        ["LMSSetValue", "cmi.core.lesson_status", "passed"],
        ["LMSFinish", ""],
    ]);
    player.probe_well(calls).await;
    player.player().await;
    player.saved().await;
    player.click("#exit").await;
    player.wait_until("the form", SHOWN).await;
}

async fn attestations(service: &Service, launch: &Launch) -> Vec<Value> {
    let path = format!("/api/v1/registrations/{}/attestations", launch.registration);
    match service.json(&path).await["items"].take() {
        Value::Array(items) => items,
        other => panic!("no list: {other}"),
    }
}

/// Nothing is wider than the window, and what is to be hit is large enough.
async fn assert_fits(player: &Player, what: &str) {
    let wide = "document.documentElement.scrollWidth > innerWidth \
        || document.querySelector('#panel').scrollWidth > document.querySelector('#panel').clientWidth";
    assert_eq!(player.eval(wide).await, json!(false), "{what}: something is wider than the window");
    let low = "[...document.querySelectorAll('#signing button, #signing-name, #signing .check')] \
        .filter(e => e.getBoundingClientRect().height < 44).map(e => e.outerHTML)";
    assert_eq!(player.eval(low).await, json!([]), "{what}: too low to be hit");
}

#[tokio::test]
async fn who_leaves_a_passed_course_signs_and_is_told_so() {
    if no_browser() {
        return;
    }
    let (service, course) = service().await;
    let home = service.main("/healthz");
    let launch = service.launch_with(&course, json!({"return_url": home})).await;
    let player = Player::open(&launch).await;
    pass(&player).await;
    for (name, device) in [
        ("laptop", Device::DESKTOP),
        ("laptop-dark", Device::DESKTOP.dark()),
        ("phone", Device::PHONE),
        ("phone-dark", Device::PHONE.dark()),
    ] {
        player.show_on(device).await;
        player.screenshot(&format!("attestation-{name}")).await;
        assert_fits(&player, name).await;
    }
    let word = player.text("#panel").await;
    assert!(word.contains("v1, I understand it"), "{word}");
    assert_eq!(player.eval("document.querySelector('#signing-name').value").await, json!(""));

    // What is missing is told at its field, and the first of them has the focus.
    player.click(SIGN).await;
    let focused = "document.activeElement.id";
    assert_eq!(player.eval(focused).await, json!("signing-name"));
    let faults = "[...document.querySelectorAll('#signing .fault')].map(e => e.textContent)";
    let told = json!(["Type your name.", "Tick the box to sign.", ""]);
    assert_eq!(player.eval(faults).await, told);
    player.screenshot("attestation-faults").await;
    player.fill(NAME, "---").await;
    player.click(CONSENT).await;
    assert_eq!(player.eval(faults).await, json!(["", "", ""]), "a fault goes when it is mended");
    player.click(SIGN).await;
    let refused = "document.querySelector('#signing-name-fault').textContent !== ''";
    player.wait_until("the server's word", refused).await;
    assert_eq!(player.eval(faults).await[0], "Type your name as you would sign it.");
    assert!(attestations(&service, &launch).await.is_empty());

    player.fill(NAME, "Ada  Lovelace").await;
    player.click(SIGN).await;
    player.wait_until("the receipt", "document.querySelector('#signing').hidden").await;
    let word = player.text("#panel").await;
    assert!(word.contains("You have signed as Ada Lovelace on "), "{word}");
    player.screenshot("attestation-signed").await;
    let signed = attestations(&service, &launch).await;
    assert_eq!(signed.len(), 1);
    assert_eq!(signed[0]["name"], "Ada Lovelace");
    assert!(signed[0]["user_agent"].as_str().is_some_and(|agent| agent.contains("Chrome")));
    assert_eq!(signed[0]["ip"], "127.0.0.1");
    player.assert_quiet_but(&["400"]).await;
    // Leaving by the button of the bar goes where the launcher wants the learner to be.
    player.click("#panel-actions button").await;
    player.wait_until("the page of the launcher", "location.pathname === '/healthz'").await;
}

#[tokio::test]
async fn who_puts_it_off_is_asked_at_the_next_opening_and_by_keyboard_alone() {
    if no_browser() {
        return;
    }
    let (service, course) = service().await;
    let first = service.launch(&course).await;
    let player = Player::open(&first).await;
    pass(&player).await;
    player.click(LATER).await;
    let word = player.word().await;
    assert!(word.contains("You have left the course") && word.contains("passed"), "{word}");
    assert!(attestations(&service, &first).await.is_empty());

    let again = service.launch(&course).await;
    assert_ne!(again.registration, first.registration, "what was completed begins anew");
    player.goto(&again.url).await.expect("the link opens");
    player.wait_until("the form", SHOWN).await;
    // The heading has the focus: from there all is reached in the order that it is read in.
    let key = "\u{e004}";
    for keys in [key, "Ada Lovelace", key, " ", key, "\u{e007}"] {
        let element = player.active_element().await.expect("something has the focus");
        element.send_keys(keys).await.expect("keys are typed");
    }
    player.wait_until("the receipt", "document.querySelector('#signing').hidden").await;
    let word = player.text("#panel").await;
    assert!(word.contains("You have signed as Ada Lovelace"), "{word}");
    // It is of the registration that was passed, and the course opens.
    assert_eq!(attestations(&service, &first).await.len(), 1);
    player.click("#panel-actions button").await;
    player.course().await;
    player.player().await;
    player.assert_quiet().await;
    let third = service.launch(&course).await;
    player.visit(&third).await;
    player.player().await;
    assert_eq!(player.eval(SHOWN).await, json!(false), "what is signed is not asked for again");
}

#[tokio::test]
async fn a_form_that_cannot_be_sent_keeps_what_was_typed() {
    if no_browser() {
        return;
    }
    let (service, course) = service().await;
    let text = "I, {name}, have completed {course}.";
    let settings = json!({"settings": {"attestation_text": text}});
    let launch = service.launch_with(&course, settings).await;
    let player = Player::open(&launch).await;
    pass(&player).await;
    let shown = "document.querySelector('#signing blockquote').textContent";
    let before = player.eval(shown).await;
    assert!(before.as_str().is_some_and(|text| text.starts_with("I, your name, have")), "{before}");
    player.fill(NAME, "Ada").await;
    let typed = player.eval(shown).await;
    assert!(typed.as_str().is_some_and(|text| text.starts_with("I, Ada, have")), "{typed}");
    player.click(CONSENT).await;
    player.set_offline(true).await;
    player.click(SIGN).await;
    let told = "document.querySelector('#signing [role=alert]').textContent.includes('try again')";
    player.wait_until("the word", told).await;
    assert_eq!(player.eval("document.querySelector('#signing-name').value").await, json!("Ada"));
    player.set_offline(false).await;
    player.click(SIGN).await;
    player.wait_until("the receipt", "document.querySelector('#signing').hidden").await;
    let signed = attestations(&service, &launch).await;
    assert_eq!(signed[0]["text"], typed, "what was shown is what is kept");
}

#[tokio::test]
async fn a_policy_is_read_and_signed_by_a_link() {
    if no_browser() {
        return;
    }
    let service = Service::start(PROGRAM, Backend::Sqlite).await;
    let text = "1. Lock your screen.\\n2. Tell us of incidents within an hour.\\n".repeat(12);
    let value = format!(
        r#"{{"title":"Security <b> Policy","version":"2.1","text":"{text}","consequence":"Access ends."}}"#
    );
    // As the reference trail would have it.
    let sql = format!(
        "INSERT INTO event (organization, position, recorded_at, actor, reason, entity, entity_id, \
         op, value, source) VALUES (1, 1000000, 0, 'ann', 'new', 'policy', 'security@2.1', \
         'assert', '{value}', 'null')"
    );
    service.change(&sql).await;
    let path = "/api/v1/policies/security@2.1/acknowledgement-links";
    let made = service.post(path).json(&json!({"actor": support::learner()})).send().await;
    let made: Value = made.expect("it answers").json().await.expect("the answer is JSON");
    let player = Player { browser: harness::Browser::open().await };
    player.goto(made["url"].as_str().expect("an address")).await.expect("the page opens");
    player.wait_until("the form", SHOWN).await;
    assert_eq!(player.text("h1").await, "Security <b> Policy");
    assert!(player.text("#body").await.contains("2. Tell us of incidents"));
    for (name, device) in [
        ("laptop", Device::DESKTOP),
        ("laptop-dark", Device::DESKTOP.dark()),
        ("phone", Device::PHONE),
        ("phone-dark", Device::PHONE.dark()),
    ] {
        player.show_on(device).await;
        player.screenshot(&format!("policy-{name}")).await;
        assert_fits(&player, name).await;
    }
    player.fill(NAME, "Ada Lovelace").await;
    player.click(CONSENT).await;
    player.screenshot("policy-form").await;
    player.click(SIGN).await;
    player.wait_until("the receipt", "document.querySelector('#signing').hidden").await;
    let word = player.text("#panel").await;
    assert!(word.contains("You have signed as Ada Lovelace on "), "{word}");
    player.refresh().await.expect("the page loads again");
    let before = "document.querySelector('#panel-text').textContent.includes('signed this before')";
    player.wait_until("what was signed", before).await;
    player.assert_quiet().await;
    let list = service.json("/api/v1/acknowledgements").await;
    assert_eq!(list["items"].as_array().map(Vec::len), Some(1), "{list}");
    assert_eq!(list["items"][0]["name"], "Ada Lovelace");
    assert_eq!(list["items"][0]["ip"], "127.0.0.1");
    let rows = service.csv("/api/v1/acknowledgements").await;
    assert_eq!(rows[0]["policy_and_version"], "Security <b> Policy, version 2.1");
}
