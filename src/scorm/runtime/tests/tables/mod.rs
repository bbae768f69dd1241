//! The data models as the guide's tables say them: every element, every call, every error.
//!
//! `docs/guide/data-model-12.md` and `data-model-2004.md` are written for authors, and every row of
//! their tables is run here as it stands. A row that is missing fails, too.

mod content;
mod forms;
mod run;
mod sheet;

use crate::manifest::Edition;
use crate::runtime::format::Format;
use crate::runtime::{fault, table};
use run::Run;
use serde_json::Value;
use std::collections::BTreeSet;

const SCORM_12: &[Edition] = &[Edition::Scorm12];
const SCORM_2004: &[Edition] =
    &[Edition::Scorm2004Second, Edition::Scorm2004Third, Edition::Scorm2004Fourth];

const PAGES: [(&str, &[Edition]); 2] =
    [("data-model-12.md", SCORM_12), ("data-model-2004.md", SCORM_2004)];

/// The calls of both pages as groups of `tests/cases/`, for the browser's interpreter.
pub(super) fn groups() -> Vec<Value> {
    PAGES.iter().flat_map(|(page, editions)| Run::page(page, editions).groups).collect()
}

/// Runs a page, and says what it lacks.
fn check((page, editions): (&str, &'static [Edition])) {
    let run = Run::page(page, editions);
    println!("{page}: {} rows, {} calls", run.rows(), run.calls);
    assert!(run.wrong.is_empty(), "{} wrong:\n{}", run.wrong.len(), run.wrong.join("\n"));
    every_element_has_one_row(&run, editions);
    every_word_is_accepted(&run, editions);
    every_longest_text_is_tried(&run, editions);
    every_error_is_listed_and_raised(&run, editions);
}

fn every_element_has_one_row(run: &Run, editions: &[Edition]) {
    let elements = editions.iter().flat_map(|edition| &table::of(*edition).elements);
    let elements: BTreeSet<&str> = elements.map(|element| element.name).collect();
    for element in &elements {
        let rows = run.described.get(*element).copied().unwrap_or(0);
        assert_eq!(rows, 1, "rows that describe {element}");
    }
    let named: BTreeSet<&str> = run.described.keys().map(String::as_str).collect();
    assert_eq!(named, elements, "rows of elements that no edition has");
}

fn every_word_is_accepted(run: &Run, editions: &[Edition]) {
    for &edition in editions {
        for element in table::of(edition).elements.iter().filter(|e| e.access.can_write()) {
            let (Format::Words { words, .. } | Format::Navigation { words, .. }) = element.format
            else {
                continue;
            };
            for word in words {
                let known = (edition, element.name.to_owned(), (*word).to_owned());
                assert!(run.accepted.contains(&known), "{edition:?} {} {word:?}", element.name);
            }
        }
    }
}

fn every_longest_text_is_tried(run: &Run, editions: &[Edition]) {
    for &edition in editions {
        for element in table::of(edition).elements.iter().filter(|e| e.access.can_write()) {
            let is_limited = matches!(
                element.format,
                Format::Text { .. }
                    | Format::Localized { .. }
                    | Format::CmiIdentifier { .. }
                    | Format::Identifier { .. }
                    | Format::Language { .. }
                    | Format::Response { .. }
            );
            // the sets of adl.data are given, and hold what the row of the calls shows
            let tried = run.longest.contains(element.name) || element.name == "adl.data.n.store";
            assert!(tried || !is_limited, "no longest text of {}", element.name);
        }
    }
}

fn every_error_is_listed_and_raised(run: &Run, editions: &[Edition]) {
    let listed = run.listed_errors();
    for &edition in editions {
        let known = fault::errors_json(edition);
        let known: BTreeSet<u16> = known
            .as_object()
            .expect("codes with texts")
            .keys()
            .map(|code| code.parse().expect("a code"))
            .collect();
        assert_eq!(listed.keys().copied().collect::<BTreeSet<_>>(), known, "{edition:?}");
    }
    for (code, is_raised) in listed {
        let was_raised = code == 0 || run.errors.contains(&code);
        assert_eq!(was_raised, is_raised, "whether a call of the page is answered with {code}");
    }
}

#[test]
fn scorm_12_answers_as_the_tables_of_the_guide_say() {
    check(PAGES[0]);
}

#[test]
fn scorm_2004_answers_as_the_tables_of_the_guide_say() {
    check(PAGES[1]);
}
