//! What a registration tells of a quiz and of its launches: in the API, as CSV, and in the console.

use crate::PROGRAM;
use harness::Backend;
use harness::serde_json::{Value, json};
use support::{Launch, Player, Service, no_browser, package_of};

/// Two answers of a course of SCORM 2004, the second of which is right.
fn answers() -> Value {
    json!([
        ["initialize", ""],
        ["set", "cmi.objectives.0.id", "recognise"],
        ["set", "cmi.objectives.0.description", "Recognise phishing"],
        ["set", "cmi.objectives.0.completion_status", "completed"],
        ["set", "cmi.objectives.0.success_status", "failed"],
        ["set", "cmi.objectives.0.score.scaled", "0.5"],
        ["set", "cmi.interactions.0.id", "q1"],
        ["set", "cmi.interactions.0.type", "choice"],
        ["set", "cmi.interactions.0.description", "Who sent it?"],
        ["set", "cmi.interactions.0.correct_responses.0.pattern", "boss[,]friend"],
        ["set", "cmi.interactions.0.learner_response", "nobody"],
        ["set", "cmi.interactions.0.result", "incorrect"],
        ["set", "cmi.interactions.0.latency", "PT75S"],
        ["set", "cmi.interactions.0.weighting", "2"],
        ["set", "cmi.interactions.0.timestamp", "2026-03-01T10:00:00.0Z"],
        ["set", "cmi.interactions.1.id", "q2"],
        ["set", "cmi.interactions.1.type", "fill-in"],
        ["set", "cmi.interactions.1.learner_response", "=Ada, \"the first\""],
        ["set", "cmi.interactions.1.result", "correct"],
        ["set", "cmi.exit", "suspend"],
        ["commit", ""]
    ])
}

async fn list(service: &Service, launch: &Launch, name: &str) -> Vec<Value> {
    let path = format!("/api/v1/registrations/{}/{name}", launch.registration);
    let mut answer = service.json(&path).await;
    assert_eq!(answer["next"], Value::Null);
    answer["items"].as_array_mut().expect("a list").drain(..).collect()
}

async fn as_csv(service: &Service, launch: &Launch, name: &str) -> Vec<Value> {
    service.csv(&format!("/api/v1/registrations/{}/{name}", launch.registration)).await
}

#[tokio::test]
async fn questions_objectives_and_launches_are_told_in_api_csv_and_console() {
    if no_browser() {
        return;
    }
    let service = Service::start(PROGRAM, Backend::Sqlite).await;
    // A package whose manifest names no objective, so that all are the content's own.
    let page = crate::probe_with("");
    let course = service.import(package_of("2004", &[("start.html", &page)])).await;
    let launch = service.launch(&course).await;
    let player = Player::open(&launch).await;
    player.probe_well(answers()).await;
    player.saved().await;
    player.visit(&service.launch(&course).await).await;
    player.probe_well(json!([["initialize", ""], ["terminate", ""]])).await;
    player.leave().await;

    let asked = list(&service, &launch, "interactions").await;
    assert_eq!(asked.len(), 2, "{asked:#?}");
    for (name, value) in [
        ("id", json!("q1")),
        ("description", json!("Who sent it?")),
        ("type", json!("choice")),
        ("learner_response", json!("nobody")),
        ("correct_responses", json!(["boss[,]friend"])),
        ("result", json!("incorrect")),
        ("latency", json!("PT1M15S")),
        ("weighting", json!(2.0)),
        ("timestamp", json!("2026-03-01T10:00:00.0Z")),
        ("attempt", json!(1)),
    ] {
        assert_eq!(asked[0][name], value, "{name}");
    }
    let rows = as_csv(&service, &launch, "interactions").await;
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0]["interaction"], "q1");
    assert_eq!(rows[1]["learner_response"], "'=Ada, \"the first\"", "no formula for a spreadsheet");
    let goals = list(&service, &launch, "objectives").await;
    assert_eq!((&goals[0]["id"], &goals[0]["success"]), (&json!("recognise"), &json!("failed")));
    assert_eq!(goals[0]["score"]["scaled"], 0.5);
    let rows = as_csv(&service, &launch, "objectives").await;
    assert_eq!(rows[0]["description"], "Recognise phishing");
    let sessions = list(&service, &launch, "sessions").await;
    let ends: Vec<&Value> = sessions.iter().map(|session| &session["ended"]).collect();
    assert_eq!(ends, ["superseded", "exited"], "{sessions:#?}");
    assert!(
        sessions.iter().all(|one| one["activities"].as_array().is_some_and(|all| all.len() == 1))
    );
    assert_eq!(as_csv(&service, &launch, "sessions").await.len(), 2);
    console(&service, &player, &launch).await;
}

/// The same on the registration's page.
async fn console(service: &Service, player: &Player, launch: &Launch) {
    let log = service.log();
    let words = log.iter().flat_map(|line| line.split_whitespace());
    let link = words.into_iter().find(|word| word.contains("/sign-in/"));
    player.goto(link.expect("the server printed a link")).await.expect("the page loads");
    player.wait_until("the console", "document.querySelector('nav a[href=\"/keys\"]')").await;
    let page = format!("/registrations/{}", launch.registration);
    let origin = player.eval("location.origin").await;
    let origin = origin.as_str().expect("an origin is a text");
    player.goto(&format!("{origin}{page}")).await.expect("the page loads");
    let text = player.text("main").await;
    for said in [
        "Who sent it?",
        "nobody",
        "boss, friend",
        "wrong",
        "0:01:15",
        "Recognise phishing",
        "opened again elsewhere",
        "left by the learner",
    ] {
        assert!(text.contains(said), "no {said:?} in {text}");
    }
    player.screenshot("console-registration-report").await;
    for list in ["interactions", "objectives", "sessions"] {
        // The driver waits for what a promise holds.
        let status = player.eval(&format!("fetch('{page}/{list}.csv').then(a => a.status)")).await;
        assert_eq!(status, 200, "{list}");
    }
}
