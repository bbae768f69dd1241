//! An organization's own catalogue: the shipped one with its events over it.

use super::super::{Edit, EditError, Origin, Relation};
use super::{Catalogue, key, title};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

fn edit(entity: &str, id: &str, value: Option<&Json>) -> Edit {
    Edit::parse(entity, id, value).unwrap_or_else(|error| panic!("{entity} {id}: {error}"))
}

fn origin(catalogue: &Catalogue, key: &str) -> Option<Origin> {
    catalogue.control(key).map(|control| control.origin)
}

#[test]
fn an_asserted_control_replaces_the_shipped_one_or_is_added() {
    let catalogue = Catalogue::shipped().with(&[
        edit(
            "control",
            "SOC2:CC1.4",
            Some(&json!({"title": "People who can", "legs": ["training"]})),
        ),
        edit("control", "SOC2:CC1.9", Some(&json!({"title": "Ours"}))),
        edit(
            "control",
            "ACME:SEC-7",
            Some(&json!({"title": "Laptop rules", "bearing": "supporting"})),
        ),
    ]);
    assert_eq!(title(&catalogue, "SOC2:CC1.4"), "People who can");
    assert_eq!(origin(&catalogue, "SOC2:CC1.4"), Some(Origin::Changed));
    assert_eq!(origin(&catalogue, "SOC2:CC1.5"), Some(Origin::Shipped));
    assert_eq!(origin(&catalogue, "SOC2:CC1.9"), Some(Origin::Own));
    let soc2 = catalogue.framework("SOC2").expect("shipped");
    assert_eq!(soc2.controls.last().map(|control| control.key.id()), Some("CC1.9"));
    let own = catalogue.framework("ACME").expect("a control brought it");
    assert_eq!((own.head.title.as_str(), own.controls.len()), ("ACME", 1));
    assert_eq!(title(Catalogue::shipped(), "SOC2:CC1.4"), "Commitment to competence", "untouched");
}

#[test]
fn a_retraction_hides_and_a_later_assertion_shows_again() {
    let hide = edit("control", "PCIDSS:12.6.3", None);
    let hidden = Catalogue::shipped().with(std::slice::from_ref(&hide));
    assert_eq!(hidden.control("PCIDSS:12.6.3"), None);
    assert_eq!(hidden.unknown(&["PCIDSS:12.6.3"]), ["PCIDSS:12.6.3"]);
    let related = hidden.related(&key("NIST80053:AT-2"));
    assert!(related.iter().all(|related| related.control.key.as_str() != "PCIDSS:12.6.3"));
    let shipped = Catalogue::shipped().control("PCIDSS:12.6.3").expect("shipped");
    let value = serde_json::to_value(&shipped.value).expect("JSON");
    let shown = Catalogue::shipped().with(&[hide, edit("control", "PCIDSS:12.6.3", Some(&value))]);
    assert_eq!(&shown, Catalogue::shipped(), "as if nothing had been");
}

#[test]
fn a_hidden_framework_takes_its_controls_with_it_and_brings_them_back() {
    let hide = edit("framework", "HIPAA", None);
    let own = edit("control", "HIPAA:own", Some(&json!({"title": "Ours"})));
    let hidden = Catalogue::shipped().with(&[hide.clone(), own.clone()]);
    assert_eq!(hidden.framework("HIPAA"), None);
    assert!(hidden.control("HIPAA:own").is_none() && hidden.unmapped("HIPAA", &[]).is_empty());
    let back = edit("framework", "HIPAA", Some(&json!({"title": "HIPAA at Acme"})));
    let shown = Catalogue::shipped().with(&[hide, own, back]);
    assert_eq!(shown.framework("HIPAA").expect("back").head.title, "HIPAA at Acme");
    assert!(shown.control("HIPAA:own").is_some() && shown.control("HIPAA:164.530(j)").is_some());
}

#[test]
fn a_relation_is_added_replaced_and_taken_away_whichever_end_comes_first() {
    let one = key("ISO27001:A.6.3");
    let relation = |catalogue: &Catalogue, other: &str| {
        let related = catalogue.related(&one);
        let mut found = related.iter().filter(|related| related.control.key.as_str() == other);
        let first = found.next().map(|related| related.relation);
        assert!(found.next().is_none(), "{other} is there twice");
        first
    };
    let catalogue = Catalogue::shipped().with(&[
        edit(
            "control_relation",
            "PCIDSS:12.1.1 ISO27001:A.6.3",
            Some(&json!({"relation": "related"})),
        ),
        edit(
            "control_relation",
            "NIST80053:AT-2 ISO27001:A.6.3",
            Some(&json!({"relation": "same"})),
        ),
        edit("control_relation", "NIST80053:AT-3 ISO27001:A.6.3", None),
        edit("control_relation", "ISO27001:A.6.3 ISO27001-2013:A.7.2.2", None),
    ]);
    assert_eq!(relation(&catalogue, "PCIDSS:12.1.1"), Some(Relation::Related));
    assert_eq!(relation(&catalogue, "NIST80053:AT-2"), Some(Relation::Same));
    assert_eq!(relation(&catalogue, "NIST80053:AT-3"), None);
    assert_eq!(relation(&catalogue, "ISO27001-2013:A.7.2.2"), None);
    assert_eq!(catalogue.moved_to(&key("ISO27001-2013:A.7.2.2")), None);
    assert_eq!(relation(&catalogue, "SOC2:CC1.4"), Some(Relation::Related), "untouched");
}

#[test]
fn what_is_no_change_to_the_catalogue_is_refused_with_its_reason() {
    for (entity, id, value, reason) in [
        ("person", "p-1", None, "not a part of the catalogue: \"person\""),
        ("control", "CC1.4", None, "no colon between"),
        ("control", "SOC2:CC1.4", Some(json!({})), "missing field `title`"),
        ("control", "SOC2:CC1.4", Some(json!({"title": " "})), "a title is not empty"),
        ("control", "SOC2:CC1.4", Some(json!({"title": "A", "leg": []})), "unknown field `leg`"),
        (
            "control",
            "SOC2:CC1.4",
            Some(json!({"title": "A", "legs": ["x"]})),
            "unknown variant `x`",
        ),
        (
            "control",
            "SOC2:CC1.4",
            Some(json!({"title": "A", "cadence": {"every": "yearly", "words": "yearly"}})),
            "not a duration",
        ),
        ("framework", "S 2", None, "a framework's key is"),
        ("framework", "SOC2", Some(json!({"title": ""})), "a title is not empty"),
        ("framework", "SOC2", Some(json!({"key": "A", "title": "A"})), "unknown field `key`"),
        ("control_relation", "SOC2:CC1.4", None, "two controls with a blank between them"),
        ("control_relation", "SOC2:CC1.4 SOC2:CC1.4", None, "cannot relate to itself"),
        ("control_relation", "SOC2:CC1.4 CC1.5", None, "no colon between"),
        (
            "control_relation",
            "SOC2:CC1.4 SOC2:CC1.5",
            Some(json!({"relation": "x"})),
            "unknown variant",
        ),
    ] {
        let error: EditError = Edit::parse(entity, id, value.as_ref()).expect_err(reason);
        assert!(error.to_string().contains(reason), "{entity} {id}: {error}");
    }
}

/// Changes to a few parts, so that many hit the same.
fn changes() -> impl Strategy<Value = Vec<Edit>> {
    let control = prop::sample::select(vec!["SOC2:CC1.4", "PCIDSS:12.6", "ACME:1", "ACME:2"]);
    let framework = prop::sample::select(vec!["SOC2", "ACME", "HIPAA"]);
    let pair = prop::sample::select(vec![
        "SOC2:CC1.4 NIST80053:AT-3",
        "NIST80053:AT-3 SOC2:CC1.4",
        "ACME:1 SOC2:CC1.4",
    ]);
    let title = prop::option::of("[A-C]");
    let titled = |entity: &'static str| {
        move |(id, title): (&str, Option<String>)| {
            edit(entity, id, title.map(|title| json!({"title": title})).as_ref())
        }
    };
    let relation = prop::option::of(prop::sample::select(vec!["same", "broader"]));
    prop::collection::vec(
        prop_oneof![
            (control, title.clone()).prop_map(titled("control")),
            (framework, title).prop_map(titled("framework")),
            (pair, relation).prop_map(|(id, relation)| {
                edit(
                    "control_relation",
                    id,
                    relation.map(|name| json!({"relation": name})).as_ref(),
                )
            }),
        ],
        0..12,
    )
}

proptest! {
    #[test]
    fn the_last_change_to_a_part_counts_and_no_other(edits in changes()) {
        let part = |edit: &Edit| match edit {
            Edit::Framework(head) => head.key.clone(),
            Edit::HideFramework(key) => key.clone(),
            Edit::Control(key, _) | Edit::HideControl(key) => key.to_string(),
            Edit::Relation(pair) => format!("{} {}", (&pair.from).min(&pair.to), (&pair.from).max(&pair.to)),
            Edit::HideRelation(one, other) => format!("{} {}", one.min(other), one.max(other)),
        };
        let last: Vec<Edit> = edits
            .iter()
            .enumerate()
            .filter(|(at, one)| edits[at + 1..].iter().all(|later| part(later) != part(one)))
            .map(|(_, one)| one.clone())
            .collect();
        let catalogue = Catalogue::shipped().with(&edits);
        prop_assert_eq!(&catalogue, &Catalogue::shipped().with(&last));
        let reversed: Vec<Edit> = last.into_iter().rev().collect();
        prop_assert_eq!(&catalogue, &Catalogue::shipped().with(&reversed), "order between parts");
        let mut seen = std::collections::BTreeSet::new();
        for control in catalogue.controls() {
            prop_assert!(seen.insert(&control.key), "{} is there twice", control.key);
            prop_assert!(catalogue.framework(control.key.framework()).is_some());
        }
    }
}
