//! Courses of several parts: the contents, the way through them, and the rollup to the course.

use crate::PROGRAM;
use harness::Backend;
use harness::serde_json::{Value, json};
use support::{Player, Service, no_browser};

/// Status and scaled score of an activity of a registration.
fn status_of<'a>(registration: &'a Value, activity: &str) -> &'a Value {
    let activities = registration["activities"].as_array().expect("activities are a list");
    let found = activities.iter().find(|one| one["id"] == activity);
    &found.unwrap_or_else(|| panic!("no {activity} in {registration:#}"))["status"]
}

#[tokio::test]
async fn scorm12_parts_are_played_in_any_order_and_roll_up() {
    if no_browser() {
        return;
    }
    let service = Service::start(PROGRAM, Backend::Sqlite).await;
    let course = service.sample("data-handling").await;
    let launch = service.launch(&course).await;
    let player = Player::open(&launch).await;

    // The quiz first, out of the contents; the course is not done by it.
    player.player().await;
    assert_eq!(player.text("#position").await, "1 of 3");
    player.click("#open-contents").await;
    player.click("#contents li:last-child > ul button").await;
    player.part("data-handling.quiz").await;
    player.answer(&[("label", "c"), ("link", "true"), ("hold", "a")]).await;
    let word = player.finish().await;
    assert!(word.contains("This part is finished") && word.contains("passed, 67 %"), "{word}");
    player.saved().await;
    let row = service.registration(&launch.registration).await;
    assert_eq!((&row["status"], &row["completion"]), (&json!("incomplete"), &Value::Null));

    // Then back by the button, twice; leaving a part ends it by itself.
    player.click("#previous").await;
    player.part("data-handling.share").await;
    player.player().await;
    assert_eq!(player.text("#position").await, "2 of 3");
    player.click("#previous").await;
    player.part("data-handling.classify").await;
    player.next_pages(1).await;
    player.player().await;
    player.click("#next").await;
    player.part("data-handling.share").await;
    let row = service.registration(&launch.registration).await;
    assert_eq!(status_of(&row, "classify")["completion"], "completed");
    player.next_pages(1).await;
    player.finish().await;
    player.saved().await;

    player.click("#open-contents").await;
    let lines = player
        .eval("[...document.querySelectorAll('#contents .status')].map(e => e.dataset.status)")
        .await;
    // SCORM 1.2 gives a group of parts no status of its own.
    assert_eq!(lines, json!(["not_started", "completed", "completed", "not_started", "passed"]));
    player.screenshot("player-contents").await;
    let (row, record) = service.row(&course).await;
    assert_eq!(row["status"], "passed", "{row:#}");
    assert_eq!(row["completion"], true);
    // Mean of the scores that there are: the readings have none.
    assert_eq!(record["score_scaled"].as_str().map(|text| &text[..4]), Some("0.67"));
    let story = service.story(&course, &launch.registration).await;
    let of_course: Vec<_> = story.iter().filter(|line| line.ends_with(" course")).collect();
    assert_eq!(of_course, ["completed course", "passed course"], "{story:#?}");
    player.assert_quiet().await;
}

#[tokio::test]
async fn scorm2004_third_edition_rolls_up_through_objectives() {
    if no_browser() {
        return;
    }
    let service = Service::start(PROGRAM, Backend::Sqlite).await;
    let course = service.sample("secure-coding").await;
    let launch = service.launch(&course).await;
    let player = Player::open(&launch).await;
    // The content itself asks to go on, at the end of each reading.
    player.part("secure-coding.intro").await;
    player.next_pages(1).await;
    player.click("[data-action=finish]").await;
    player.part("secure-coding.lesson").await;
    player.next_pages(2).await;
    player.click("[data-action=finish]").await;
    player.part("secure-coding.assessment").await;
    let row = service.registration(&launch.registration).await;
    assert_eq!((&row["completion"], &row["success"]), (&Value::Null, &Value::Null));
    player.fill("[data-question=rotate] [data-answer-text]", "0").await;
    player
        .answer(&[
            ("outside", "a"),
            ("outside", "b"),
            ("outside", "d"),
            ("injection", "a"),
            ("leaked", "false"),
        ])
        .await;
    // It asks to leave the whole course (exitAll).
    player.click("[data-action=finish]").await;
    player.player().await;
    player.wait_until("the end", "document.querySelector('#exit').hidden").await;
    let word = player.word().await;
    assert!(word.contains("You have left the course") && word.contains("passed, 75 %"), "{word}");
    let (row, _) = service.row(&course).await;
    assert_eq!((&row["status"], &row["completion"]), (&json!("passed"), &json!(true)));
    assert_eq!(row["score"]["scaled"].as_f64(), Some(0.75));
    let story = service.story(&course, &launch.registration).await;
    for line in [
        "failed assessment/objectives/boundaries",
        "passed assessment/objectives/secrets",
        "responded assessment/interactions/secure-coding.assessment.rotate",
        "passed assessment",
        "passed course",
        "completed course",
    ] {
        assert_eq!(story.iter().filter(|one| *one == line).count(), 1, "{line} in {story:#?}");
    }
    player.assert_quiet().await;
}

#[tokio::test]
async fn scorm2004_fourth_edition_completes_by_progress_and_keeps_shared_data() {
    if no_browser() {
        return;
    }
    let service = Service::start(PROGRAM, Backend::Sqlite).await;
    let course = service.sample("incident-response").await;
    let launch = service.launch(&course).await;
    let player = Player::open(&launch).await;
    player.next_pages(2).await;
    player.fill("[data-field=contact]", "Ada, 4711").await;
    player.click("[data-action=keep-contact]").await;
    player.element("[data-share][data-state=kept]").await;
    player.click("[data-action=save-and-exit]").await;
    player.player().await;
    player.wait_until("the end", "document.querySelector('#exit').hidden").await;
    let row = service.registration(&launch.registration).await;
    assert_eq!(status_of(&row, "exercise")["completion"], "incomplete", "{row:#}");

    player.visit(&service.launch(&course).await).await;
    assert_eq!(player.attribute("body", "data-current-page").await.as_deref(), Some("tell"));
    let contact = player.eval("document.querySelector('[data-field=contact]').value").await;
    assert_eq!(contact, "Ada, 4711");
    player.next_pages(1).await;
    player.fill("[data-field=comment]", "The number is not on paper.").await;
    player.click("[data-action=keep-comment]").await;
    player.next_pages(1).await;
    player.answer(&[("server", "a"), ("mailbox", "true"), ("unknown", "b")]).await;
    let word = player.finish().await;
    assert!(word.contains("passed, 67 %"), "{word}");

    // The asset beside it: nothing to report, but opened.
    player.click("#panel button.primary").await;
    player.part_without_script("incident-response.card").await;
    player.leave().await;
    let (row, _) = service.row(&course).await;
    assert_eq!((&row["status"], &row["completion"]), (&json!("passed"), &json!(true)), "{row:#}");
    let story = service.story(&course, &launch.registration).await;
    for line in [
        "commented exercise",
        "completed exercise",
        "initialized card",
        "completed card",
        "terminated card",
        "completed course",
        "passed course",
    ] {
        assert_eq!(story.iter().filter(|one| *one == line).count(), 1, "{line} in {story:#?}");
    }
    player.assert_quiet().await;
}
