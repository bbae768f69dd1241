//! Sample courses played in a real browser through the real server, to every kind of end, and the
//! record that they leave.

mod attestation;
mod away;
mod complaints;
mod embedded;
mod habits;
mod history;
mod last_words;
mod links;
mod lost;
mod navigation;
mod own_window;
mod parts;
mod report;
mod results;
mod sequenced;
mod single;
mod trial;
mod windows;

use harness::Backend;
use harness::serde_json::Value;
use std::fs;
use std::path::Path;
use support::{Course, Launch, Service, package_of};

/// The binary under test.
const PROGRAM: &str = env!("CARGO_BIN_EXE_attestry");

/// What the content of a registration called, in order, without the requests of navigation.
async fn calls_of_content(service: &Service, registration: &str) -> Vec<Value> {
    let calls = service.calls(registration).await;
    calls.into_iter().filter(|call| call["function"] != "navigate").collect()
}

/// A page that is the probe, with something before it in its body.
fn probe_with(inside: &str) -> String {
    format!(
        "<!doctype html><html lang=en><meta charset=utf-8><title>Probe</title>\
         <link rel=icon href='data:,'><body data-state=loading>{inside}\
         <p>API: <strong data-version></strong></p><ol data-log></ol>\
         <script src=shared/scorm.js></script><script src=shared/probe.js></script>"
    )
}

/// A server that plays a package of one part, whose first page is `page`.
async fn play(version: &str, page: &str) -> (Service, Course, Launch) {
    let service = Service::start(PROGRAM, Backend::Sqlite).await;
    let course = service.import(package_of(version, &[("start.html", page)])).await;
    let launch = service.launch(&course).await;
    (service, course, launch)
}

/// The tests that a page of the guide names, as `file::test`: files of `tests/play` and `tests`, or
/// by their whole path.
fn named(page: &str) -> Vec<(&str, &str)> {
    let named = page.split('`').filter_map(|text| text.split_once("::"));
    named.filter(|(file, _)| !file.contains(' ')).collect()
}

#[test]
fn every_test_that_the_guide_names_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for page in [
        include_str!("../../docs/guide/compatibility.md"),
        include_str!("../../docs/guide/complaints.md"),
    ] {
        let named = named(page);
        assert!(named.len() > 20, "{named:?}");
        for (file, test) in named {
            let folders = ["tests/play", "tests", ""];
            let places = folders.map(|folder| root.join(folder).join(format!("{file}.rs")));
            let text = places.iter().find_map(|place| fs::read_to_string(place).ok());
            let text = text.unwrap_or_else(|| panic!("there is no {file}.rs"));
            let is_there = text.contains(&format!("fn {test}(")) && text.contains("test");
            assert!(is_there, "{file}.rs has no {test}");
        }
    }
}

#[test]
fn each_of_the_complaints_has_a_test_or_a_page() {
    let page = include_str!("../../docs/guide/complaints.md");
    let parts: Vec<&str> = page.split("\n### ").skip(1).collect();
    assert_eq!(parts.len(), 25);
    for (at, part) in parts.iter().enumerate() {
        assert!(part.starts_with(&format!("{}. ", at + 1)), "{part}");
        assert!(!named(part).is_empty() || part.contains(".md)"), "nothing proves {part}");
    }
}
