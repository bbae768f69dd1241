//! What is told of two versions of a course.

use super::{CourseDifference, Listed, What};
use crate::manifest::{
    Edition, Item, Launch, Manifest, Metadata, Organization, Resource, ResourceKind,
};
use crate::tree::sample::{asset, cluster, primary, sco};

fn manifest(children: Vec<Item>) -> Manifest {
    let resource = |identifier: &str, kind, path: &str| Resource {
        identifier: identifier.to_owned(),
        kind,
        launch: Some(Launch::File { path: path.to_owned(), suffix: String::new() }),
        files: Vec::new(),
        dependencies: Vec::new(),
        metadata: Metadata::default(),
    };
    Manifest {
        edition: Edition::Scorm2004Fourth,
        identifier: "M".to_owned(),
        version: None,
        default_organization: 0,
        organizations: vec![Organization {
            root: cluster("ORG", children),
            objectives_global_to_system: true,
            shared_data_global_to_system: true,
        }],
        resources: vec![
            resource("sco", ResourceKind::Sco, "index.html"),
            resource("asset", ResourceKind::Asset, "page.html"),
            resource("other", ResourceKind::Sco, "other.html"),
        ],
        metadata: Metadata::default(),
    }
}

fn between(before: Vec<Item>, after: Vec<Item>) -> CourseDifference {
    CourseDifference::between(&manifest(before), &manifest(after))
}

/// The changed parts, each with its sentences.
fn told(difference: &CourseDifference) -> Vec<(&str, Vec<String>)> {
    let parts = difference.changed.listed.iter();
    parts
        .map(|part| (part.id.as_str(), part.changes.iter().map(super::Change::sentence).collect()))
        .collect()
}

#[test]
fn equal_versions_have_no_difference() {
    let course = || vec![cluster("G", vec![sco("A"), asset("B")]), sco("C")];
    let difference = between(course(), course());
    assert!(difference.is_empty(), "{difference:?}");
    assert_eq!(difference.unchanged, 4);
    assert_eq!(difference.summary(), "no part otherwise");
}

#[test]
fn parts_are_matched_by_their_identifiers() {
    let difference = between(vec![sco("A"), sco("B"), sco("C")], vec![sco("A"), asset("D")]);
    let ids = |parts: &Listed<super::Part>| -> Vec<String> {
        parts.listed.iter().map(|part| part.id.to_string()).collect()
    };
    assert_eq!(
        (ids(&difference.added), ids(&difference.removed)),
        (vec!["D".to_owned()], vec!["B".to_owned(), "C".to_owned()])
    );
    assert_eq!((difference.changed.total, difference.unchanged), (0, 1));
    assert_eq!(difference.summary(), "1 part added, 2 removed");
}

#[test]
fn each_change_of_a_part_is_told_in_a_sentence() {
    let mut renamed = sco("A");
    renamed.title = "Another title".to_owned();
    let mut relaunched = sco("B");
    relaunched.resource = Some("other".to_owned());
    let mut hidden = sco("C");
    hidden.visible = false;
    let before = vec![sco("A"), sco("B"), sco("C"), sco("D"), cluster("G", vec![sco("E")])];
    let after = vec![
        renamed,
        relaunched,
        hidden,
        asset("D"),
        sco("E").with(|one| one.limits.attempt_limit = Some(2)),
        cluster("G", vec![sco("F")]),
    ];
    let difference = between(before, after);
    let expected: Vec<(&str, Vec<String>)> = [
        ("A", vec!["Was called 'Title of A', is called 'Another title'."]),
        ("B", vec!["Launches 'other.html' instead of 'index.html'."]),
        ("C", vec!["The contents do not show it any more."]),
        ("D", vec!["Was a SCO, is an asset.", "Launches 'page.html' instead of 'index.html'."]),
        ("E", vec!["Moved from 'Title of G' to 'Title of ORG'.", "New: At most 2 attempts."]),
    ]
    .into_iter()
    .map(|(id, sentences)| (id, sentences.into_iter().map(str::to_owned).collect()))
    .collect();
    assert_eq!(told(&difference), expected);
}

#[test]
fn a_rule_that_is_gone_and_a_detail_without_words_are_told_too() {
    let limited = || sco("A").with(|one| one.limits.attempt_limit = Some(2));
    let data = |text: &str| {
        let mut one = sco("B");
        one.data_from_lms = Some(text.to_owned());
        one
    };
    let difference = between(vec![limited(), data("one")], vec![sco("A"), data("two")]);
    let expected = [
        ("A", vec!["No more: At most 2 attempts.".to_owned()]),
        ("B", vec!["Its entry in the manifest differs in details.".to_owned()]),
    ];
    assert_eq!(told(&difference), expected);
}

#[test]
fn as_few_parts_as_explain_a_new_order_have_moved() {
    let parts = |ids: &[&str]| ids.iter().map(|id| sco(id)).collect::<Vec<_>>();
    let difference = between(parts(&["A", "B", "C", "D"]), parts(&["D", "A", "X", "B", "C"]));
    assert_eq!(difference.changed.total, 1);
    let moved = &difference.changed.listed[0];
    assert_eq!((moved.id.as_str(), moved.changes[0].what), ("D", What::Order));
}

#[test]
fn the_course_is_the_course_whatever_its_organization_is_called() {
    let (before, mut after) = (manifest(vec![sco("A")]), manifest(vec![sco("A")]));
    let root = &mut after.organizations[0].root;
    root.identifier = domain::ItemId::new("ORG-2");
    root.title = "New name".to_owned();
    after.edition = Edition::Scorm2004Third;
    let difference = CourseDifference::between(&before, &after);
    let course: Vec<String> = difference.course.iter().map(super::Change::sentence).collect();
    let expected = [
        "Was SCORM 2004 4th Edition, is SCORM 2004 3rd Edition.",
        "Was called 'Title of ORG', is called 'New name'.",
    ];
    assert_eq!(course, expected);
    assert_eq!((difference.added.total, difference.removed.total), (0, 0));
}

#[test]
fn metadata_is_told_by_the_name_of_its_element() {
    let (mut before, mut after) = (manifest(vec![sco("A")]), manifest(vec![sco("A")]));
    before.metadata.language = Some("de".to_owned());
    after.metadata.language = Some("en".to_owned());
    before.metadata.keywords = vec!["fire".to_owned()];
    after.metadata.version = Some("2.0".to_owned());
    let difference = CourseDifference::between(&before, &after);
    let told: Vec<String> = difference.metadata.iter().map(super::Change::sentence).collect();
    let expected = [
        "The language was 'de', is 'en'.",
        "The list of keywords 'fire' is gone.",
        "New version: '2.0'.",
    ];
    assert_eq!(told, expected);
}

#[test]
fn many_parts_are_counted_and_the_first_listed() {
    let many = (0..1_000).map(|n| sco(&format!("N{n}"))).collect();
    let difference = between(vec![sco("A")], many);
    let added = &difference.added;
    assert_eq!((added.total, added.listed.len(), added.more()), (1_000, 200, 800));
    let long = "x".repeat(100_000);
    let mut one = sco("A").with(|one| one.objectives = vec![primary("p")]);
    one.title.clone_from(&long);
    let difference = between(vec![sco("A")], vec![one]);
    let text = serde_json::to_string(&difference.changed.listed[0].changes).unwrap();
    assert!(text.len() < 1_000, "{}", text.len());
}
