//! The guide's page on controls says what is shipped.

use super::super::{Bearing, Edit, Leg, Starters, Titles};
use super::{Catalogue, ControlKey};
use std::collections::BTreeSet;

const GUIDE: &str = include_str!("../../../../docs/guide/controls.md");

/// The lines below a table's head, to the first line that is none of it.
fn rows(head: &str) -> Vec<&'static str> {
    let mut lines = GUIDE.lines().skip_while(|line| !line.starts_with(head));
    assert!(lines.next().is_some(), "docs/guide/controls.md has no table {head:?}");
    lines.skip(1).take_while(|line| line.starts_with('|')).collect()
}

fn assert_rows(head: &str, expected: &[String]) {
    assert!(rows(head) == expected, "docs/guide/controls.md must hold\n{}", expected.join("\n"));
}

#[test]
fn the_guide_lists_the_frameworks_with_their_editions_and_counts() {
    let row = |framework: &super::super::Framework| {
        let head = &framework.head;
        let direct = |one: &&super::super::Control| one.value.bearing == Bearing::Direct;
        format!(
            "| `{}` | {} | {} | {} | {} | {} | {} | {} |",
            head.key,
            head.title,
            head.edition,
            head.published,
            framework.controls.len(),
            framework.controls.iter().filter(direct).count(),
            if head.titles == Titles::Ours { "ours" } else { "its own" },
            head.source,
        )
    };
    let expected: Vec<String> = Catalogue::shipped().frameworks().iter().map(row).collect();
    assert_rows("| key |", &expected);
    let counts = format!(
        "{} controls of {} frameworks, {} relations",
        Catalogue::shipped().controls().count(),
        expected.len(),
        Catalogue::shipped().crosswalk().pairs.len(),
    );
    assert!(GUIDE.contains(&counts), "docs/guide/controls.md must say: {counts}");
}

#[test]
fn the_guide_lists_the_starter_requirements() {
    let row = |starter: &super::super::Starter| {
        let requirement = &starter.requirement;
        format!(
            "| `{}` | {} | {} |",
            requirement.id,
            starter.sentence,
            requirement.controls.join(", ")
        )
    };
    let expected: Vec<String> = Starters::shipped().requirements.iter().map(row).collect();
    assert_rows("| starter |", &expected);
    let courses = Starters::shipped().courses.iter();
    let courses: Vec<String> =
        courses.map(|(name, covers)| format!("| `{name}` | {covers} |")).collect();
    assert_rows("| course |", &courses);
}

#[test]
fn the_guide_describes_each_kind_of_evidence_and_each_entity() {
    let first = |row: &&str| row.split('`').nth(1).unwrap_or_default().to_owned();
    let described: Vec<String> = rows("| leg |").iter().map(first).collect();
    let name = |leg: &Leg| serde_json::to_value(leg).ok()?.as_str().map(str::to_owned);
    assert_eq!(described, Leg::ALL.iter().filter_map(name).collect::<Vec<_>>());
    let described: Vec<String> = rows("| entity |").iter().map(first).collect();
    assert_eq!(described, Edit::ENTITIES);
}

#[test]
fn every_control_that_the_guide_names_exists() {
    let mut keys = BTreeSet::new();
    for word in GUIDE.split([' ', ',', '|', '\n', '`', '"']) {
        if let Ok(key) = word.trim_end_matches('.').parse::<ControlKey>() {
            keys.insert(key.to_string());
        }
    }
    let frameworks = Catalogue::shipped().frameworks().iter();
    let shipped: BTreeSet<&str> = frameworks.map(|one| one.head.key.as_str()).collect();
    let of_shipped =
        |name: &&str| name.split(':').next().is_some_and(|framework| shipped.contains(framework));
    let names: Vec<&str> = keys.iter().map(String::as_str).filter(of_shipped).collect();
    assert!(names.len() > 30, "the starters name many: {names:?}");
    assert_eq!(Catalogue::shipped().unknown(&names), Vec::<&str>::new());
}
