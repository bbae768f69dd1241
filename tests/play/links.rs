//! Parts of SCORM 1.2 whose pages lead to one another by links of their own, and parts that say
//! nothing or too much at their end.

use crate::PROGRAM;
use harness::Backend;
use harness::serde_json::json;
use support::{Launch, Player, Service, no_browser};

/// Ends as much content does: when its page goes away, with the exit that common libraries set.
const ENDS_WITH_ITS_PAGE: &str = "<script>addEventListener('pagehide', () => {\
    parent.API.LMSSetValue('cmi.core.exit', 'logout'); parent.API.LMSFinish(''); })</script>";

/// A package of SCORM 1.2: parts by identifier, and what their pages hold besides the probe.
fn parts(parts: &[(&str, &str)]) -> Vec<u8> {
    let items: Vec<String> = parts
        .iter()
        .map(|(id, _)| {
            format!(
                "<item identifier='{id}' identifierref='{id}-page'><title>Part {id}</title></item>"
            )
        })
        .collect();
    let resources: Vec<String> = parts
        .iter()
        .map(|(id, _)| {
            format!(
                "<resource identifier='{id}-page' type='webcontent' adlcp:scormtype='sco' \
                 href='pages/{id} page.html'><file href='pages/{id} page.html'/></resource>"
            )
        })
        .collect();
    let (items, resources) = (items.concat(), resources.concat());
    let manifest = format!(
        "<?xml version='1.0'?><manifest identifier='test' version='1.0' \
         xmlns='http://www.imsproject.org/xsd/imscp_rootv1p1p2' \
         xmlns:adlcp='http://www.adlnet.org/xsd/adlcp_rootv1p2'>\
         <metadata><schema>ADL SCORM</schema><schemaversion>1.2</schemaversion></metadata>\
         <organizations default='course'><organization identifier='course'><title>Linked</title>\
         {items}</organization></organizations><resources>{resources}</resources></manifest>"
    );
    let page = |id: &str, inside: &str| {
        format!(
            "<!doctype html><html lang=en><meta charset=utf-8><title>{id}</title>\
             <link rel=icon href='data:,'><body data-course={id} data-state=loading>{inside}\
             <p>API: <strong data-version></strong></p><ol data-log></ol>\
             <script src=../shared/scorm.js></script><script src=../shared/probe.js></script>"
        )
    };
    let sample = samples::named("api-probe-12").expect("the probe is a sample");
    let shared = sample.files.iter().filter(|(path, _)| path.starts_with("shared/"));
    let pages = parts
        .iter()
        .map(|(id, inside)| (format!("pages/{id} page.html"), page(id, inside).into_bytes()));
    let manifest = ("imsmanifest.xml".to_owned(), manifest.into_bytes());
    let shared = shared.map(|(path, bytes)| ((*path).to_owned(), bytes.to_vec()));
    package::zip_of([manifest].into_iter().chain(pages).chain(shared))
}

/// A server with such a course, and a learner in its first part.
async fn open(all: &[(&str, &str)]) -> (Service, Launch, Player) {
    let service = Service::start(PROGRAM, Backend::Sqlite).await;
    let course = service.import(parts(all)).await;
    let launch = service.launch(&course).await;
    let player = Player { browser: harness::Browser::open().await };
    player.goto(&launch.url).await.expect("the player loads");
    player.part(all[0].0).await;
    (service, launch, player)
}

#[tokio::test]
async fn a_link_of_content_to_the_page_of_another_part_opens_that_part() {
    if no_browser() {
        return;
    }
    let link = format!("{ENDS_WITH_ITS_PAGE}<a href='b%20page.html'>On</a>");
    let (service, launch, player) = open(&[("a", &link), ("b", ""), ("c", "")]).await;
    player.probe_well(json!([["initialize", ""]])).await;
    player.click("a").await;
    player.part("b").await;
    // A session of its own, and not what is left of the other one.
    player.player().await;
    let shown = "document.querySelector('#frame').dataset.activity";
    player.wait_until("the second part", &format!("{shown} === 'b'")).await;
    assert_eq!(player.text("#position").await, "2 of 3");
    player.part("b").await;
    player
        .probe_well(json!([["initialize", ""], ["set", "cmi.core.lesson_status", "passed"]]))
        .await;
    player.leave().await;
    let registration = service.registration(&launch.registration).await;
    let told: Vec<_> = registration["activities"]
        .as_array()
        .expect("activities are a list")
        .iter()
        .map(|one| one["status"]["success"].clone())
        .collect();
    assert_eq!(told, ["unknown", "passed", "unknown"], "{registration:#}");
    player.assert_quiet().await;
}

#[tokio::test]
async fn content_that_has_begun_shows_the_page_of_another_part_in_its_own_session() {
    if no_browser() {
        return;
    }
    let (_service, _launch, player) =
        open(&[("a", "<a href='b%20page.html'>On</a>"), ("b", "")]).await;
    player.probe_well(json!([["initialize", ""]])).await;
    player.click("a").await;
    player.part("b").await;
    let seen = player.probe(json!([["set", "cmi.core.lesson_location", "page 2"]])).await;
    assert_eq!(seen[0], ("true".to_owned(), "0".to_owned()));
    player.player().await;
    assert_eq!(player.text("#position").await, "1 of 2");
    assert_eq!(player.eval("document.querySelector('#frame').dataset.activity").await, "a");
}

#[tokio::test]
async fn a_part_of_scorm_12_that_ends_with_logout_leads_on() {
    if no_browser() {
        return;
    }
    let (_service, _launch, player) = open(&[("a", ""), ("b", "")]).await;
    let ends = json!([
        ["initialize", ""],
        ["set", "cmi.core.lesson_status", "completed"],
        ["set", "cmi.core.exit", "logout"],
        ["terminate", ""]
    ]);
    player.probe_well(ends).await;
    let word = player.word().await;
    assert!(word.contains("This part is finished") && word.contains("Next part"), "{word}");
    player.click("#panel button.primary").await;
    player.part("b").await;
    player.assert_quiet().await;
}

#[tokio::test]
async fn content_that_reports_nothing_is_left_with_a_word_that_says_so() {
    if no_browser() {
        return;
    }
    let (_service, _launch, player) = open(&[("a", "")]).await;
    let word = player.leave().await;
    assert!(word.contains("Nothing was recorded of this visit"), "{word}");
    assert!(!word.contains("saved"), "{word}");
}

#[tokio::test]
async fn a_course_that_is_left_half_way_is_not_called_failed() {
    if no_browser() {
        return;
    }
    let (_service, _launch, player) = open(&[("a", ""), ("b", "")]).await;
    let fails = json!([
        ["initialize", ""],
        ["set", "cmi.core.score.raw", "40"],
        ["set", "cmi.core.lesson_status", "failed"],
        ["terminate", ""]
    ]);
    player.probe_well(fails).await;
    let word = player.word().await;
    assert!(word.contains("Your result is saved: not passed, 40 %"), "{word}");
    let word = player.leave().await;
    assert!(word.contains("So far: not passed"), "{word}");
    assert!(!word.contains("Your result is saved"), "{word}");
}
