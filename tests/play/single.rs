//! Courses of one SCO: SCORM 1.2 with a quiz, and the probe.

use crate::{PROGRAM, calls_of_content};
use harness::Backend;
use harness::serde_json::{Value, json};
use support::{Course, Player, Service, learner, no_browser};

const RIGHT: &[(&str, &str)] =
    &[("sender", "b"), ("signs", "a"), ("signs", "c"), ("padlock", "false"), ("clicked", "c")];
const WRONG: &[(&str, &str)] =
    &[("sender", "a"), ("signs", "b"), ("padlock", "false"), ("clicked", "c")];
const RESPONDED: [&str; 4] = [
    "responded phishing/interactions/phishing-basics.sender",
    "responded phishing/interactions/phishing-basics.signs",
    "responded phishing/interactions/phishing-basics.padlock",
    "responded phishing/interactions/phishing-basics.clicked",
];

#[tokio::test]
async fn a_course_is_passed_and_its_record_says_so() {
    is_passed(Backend::Sqlite).await;
}

#[tokio::test]
async fn a_course_is_passed_and_its_record_says_so_on_postgres() {
    if let Some(why) = Backend::Postgres.missing() {
        return harness::skip(&why);
    }
    is_passed(Backend::Postgres).await;
}

async fn is_passed(backend: Backend) {
    if no_browser() {
        return;
    }
    let service = Service::start(PROGRAM, backend).await;
    let course = service.sample("phishing-basics").await;
    let launch = service.launch(&course).await;
    let player = Player::open(&launch).await;
    player.next_pages(4).await;
    player.answer(RIGHT).await;
    let word = player.finish().await;
    assert!(word.contains("You have finished") && word.contains("passed, 100 %"), "{word}");
    player.saved().await;
    player.click("#panel button.primary").await;
    player.wait_until("the end", "document.querySelector('#exit').hidden").await;
    player.assert_quiet().await;

    let story = service.story(&course, &launch.registration).await;
    let mut expected = vec!["initialized phishing"];
    expected.extend(RESPONDED);
    for line in ["completed phishing", "passed phishing", "scored phishing", "terminated phishing"]
    {
        expected.push(line);
    }
    expected.extend(["completed course", "passed course"]);
    assert_eq!(sorted(&story), sorted(&expected), "{story:#?}");
    assert_eq!(story[0], "initialized phishing");
    assert_row(&service, &course, &launch.registration, "passed", 1.0).await;
}

/// The registration's row in JSON and CSV, and the statements that it names.
async fn assert_row(
    service: &Service,
    course: &Course,
    registration: &str,
    status: &str,
    score: f64,
) {
    let (row, record) = service.row(course).await;
    assert_eq!(row["id"], registration);
    assert_eq!(row["status"], status);
    assert_eq!(row["score"]["scaled"].as_f64(), Some(score));
    assert_eq!(row["learner"]["id"], "ada");
    assert_eq!(row["learner"]["actor"]["account"], learner()["account"]);
    assert_eq!(row["package_sha256"], course.sha256.as_str());
    assert_eq!(row["attempts"], 1);
    for (column, value) in [
        ("registration", registration),
        ("learner_id", "ada"),
        ("learner_name", "Ada Lovelace"),
        ("course", course.id.as_str()),
        ("course_title", "Phishing basics"),
        ("version", "1"),
        ("package_sha256", course.sha256.as_str()),
        ("status", status),
        ("score_scaled", &score.to_string()),
        ("attempts", "1"),
    ] {
        assert_eq!(record[column], value, "{column}");
    }
    assert_eq!(record["total_time"], row["total_time"]);
    assert_eq!(record["first_activity"], row["first_activity"]);
    assert!(row["first_activity"].as_str() <= row["last_activity"].as_str());
    let named = row["statements"].as_array().expect("the row names its statements");
    assert!(!named.is_empty());
    for id in named {
        let id = id.as_str().expect("ids are texts");
        let answer = service.xapi(&format!("statements?statementId={id}")).send().await;
        let statement: Value =
            answer.expect("it answers").json().await.expect("the answer is JSON");
        assert_eq!(statement["context"]["registration"], registration);
        assert_eq!(statement["actor"]["account"]["name"], "ada");
    }
}

fn sorted<T: ToString>(lines: &[T]) -> Vec<String> {
    let mut lines: Vec<String> = lines.iter().map(ToString::to_string).collect();
    lines.sort();
    lines
}

#[tokio::test]
async fn a_course_below_its_mastery_score_is_failed_and_can_be_passed_later() {
    if no_browser() {
        return;
    }
    let service = Service::start(PROGRAM, Backend::Sqlite).await;
    let course = service.sample("phishing-basics").await;
    let launch = service.launch(&course).await;
    let player = Player::open(&launch).await;
    player.next_pages(4).await;
    player.answer(WRONG).await;
    let word = player.finish().await;
    assert!(word.contains("not passed, 50 %"), "{word}");
    player.saved().await;
    assert_row(&service, &course, &launch.registration, "failed", 0.5).await;
    let story = service.story(&course, &launch.registration).await;
    assert!(story.contains(&"failed course".to_owned()), "{story:#?}");
    assert!(!story.contains(&"completed course".to_owned()), "{story:#?}");

    let again = service.launch(&course).await;
    assert_eq!(again.registration, launch.registration, "the open registration goes on");
    player.visit(&again).await;
    player.next_pages(4).await;
    player.answer(RIGHT).await;
    assert!(player.finish().await.contains("passed, 100 %"));
    player.saved().await;
    let row = service.registration(&launch.registration).await;
    assert_eq!((&row["status"], &row["completion"]), (&json!("passed"), &json!(true)), "{row:#}");
    player.assert_quiet().await;
}

#[tokio::test]
async fn a_suspended_course_resumes_at_its_page_with_its_answers() {
    if no_browser() {
        return;
    }
    let service = Service::start(PROGRAM, Backend::Sqlite).await;
    let course = service.sample("phishing-basics").await;
    let launch = service.launch(&course).await;
    let player = Player::open(&launch).await;
    player.next_pages(4).await;
    player.click("[data-question=sender] [data-answer=a]").await;
    player.click("[data-action=save-and-exit]").await;
    let word = player.word().await;
    assert!(word.contains("go on where you left off"), "{word}");
    player.saved().await;
    assert_eq!(service.registration(&launch.registration).await["status"], "incomplete");

    player.visit(&service.launch(&course).await).await;
    assert_eq!(player.attribute("body", "data-current-page").await.as_deref(), Some("quiz"));
    let chosen = "document.querySelector('[data-question=sender] [data-answer=a]').checked";
    assert_eq!(player.eval(chosen).await, true);
    player.answer(RIGHT).await;
    player.finish().await;
    player.saved().await;
    let story = service.story(&course, &launch.registration).await;
    let ends = story.iter().filter(|line| line.ends_with("ed phishing")).collect::<Vec<_>>();
    assert_eq!(ends[..3], ["initialized phishing", "suspended phishing", "resumed phishing"]);
    let row = service.registration(&launch.registration).await;
    assert_eq!((&row["status"], &row["attempts"]), (&json!("passed"), &json!(1)));
    player.assert_quiet().await;
}

#[tokio::test]
async fn bookmark_data_and_time_of_a_suspended_session_are_there_in_the_next() {
    if no_browser() {
        return;
    }
    let service = Service::start(PROGRAM, Backend::Sqlite).await;
    let course = service.sample("api-probe-12").await;
    let launch = service.launch(&course).await;
    let player = Player::open(&launch).await;
    let answers = player
        .probe(json!([
            ["initialize", ""],
            ["get", "cmi.core.entry"],
            ["get", "cmi.core.student_id"],
            ["get", "cmi.core.student_name"],
            ["get", "cmi.core.lesson_status"],
            ["get", "cmi.launch_data"],
            ["set", "cmi.core.lesson_location", "page 7"],
            ["set", "cmi.suspend_data", "größer & <b> \" 漢字 \u{1f980}"],
            ["set", "cmi.core.lesson_status", "incomplete"],
            ["set", "cmi.core.session_time", "00:10:00"],
            ["set", "cmi.core.exit", "suspend"],
            ["set", "cmi.core.score.raw", "a lot"],
            ["commit", ""],
            ["terminate", ""]
        ]))
        .await;
    let results: Vec<&str> = answers.iter().map(|(result, _)| result.as_str()).collect();
    let first =
        ["true", "ab-initio", "ada", "Ada Lovelace", "not attempted", "launch data of the probe"];
    assert_eq!(results[..6], first);
    assert_eq!(answers[11], ("false".to_owned(), "405".to_owned()));
    player.saved().await;

    player.visit(&service.launch(&course).await).await;
    let answers = player
        .probe(json!([
            ["initialize", ""],
            ["get", "cmi.core.entry"],
            ["get", "cmi.core.lesson_location"],
            ["get", "cmi.suspend_data"],
            ["get", "cmi.core.total_time"],
            ["get", "cmi.core.lesson_status"],
            ["set", "cmi.core.session_time", "00:05:30"],
            ["set", "cmi.core.score.raw", "90"],
            ["terminate", ""]
        ]))
        .await;
    let results: Vec<&str> = answers.iter().map(|(result, _)| result.as_str()).collect();
    let kept = ["true", "resume", "page 7", "größer & <b> \" 漢字 \u{1f980}", "0000:10:00"];
    assert_eq!(results[..5], kept);
    assert_eq!(results[5..], ["incomplete", "true", "true", "true"]);
    player.saved().await;
    let row = service.registration(&launch.registration).await;
    // The mastery score of 80 decides what the content left open.
    assert_eq!((&row["status"], &row["total_time"]), (&json!("passed"), &json!("PT15M30S")));
    let calls = calls_of_content(&service, &launch.registration).await;
    let refused = calls.iter().find(|call| call["error"] == 405).expect("the refusal is logged");
    assert_eq!(refused["arguments"], json!(["cmi.core.score.raw", "a lot"]));
    assert_eq!(calls.len(), 2 * (14 + 9), "the probe asks for the error after each call");
}
