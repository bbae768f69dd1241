//! The training policy: what it names exists, and its blanks can be filled in.

use super::super::Starters;
use super::super::policy::{Filled, NoSuchBlank, TEMPLATE, blanks, filled};
use super::{Catalogue, ControlKey};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

fn values(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn the_policy_names_controls_that_exist() {
    let mut keys = BTreeSet::new();
    for word in TEMPLATE.split([' ', ',', '|', '\n']) {
        keys.extend(word.parse::<ControlKey>().ok().map(|key| key.to_string()));
    }
    assert!(keys.len() > 40, "the mapping is a table of keys: {keys:?}");
    let names: Vec<&str> = keys.iter().map(String::as_str).collect();
    assert_eq!(Catalogue::shipped().unknown(&names), Vec::<&str>::new());
    let frameworks: BTreeSet<&str> =
        names.iter().filter_map(|name| name.split(':').next()).collect();
    assert_eq!(
        frameworks,
        BTreeSet::from(["SOC2", "ISO27001", "NIST80053", "PCIDSS", "HIPAA", "ISO42001"])
    );
}

#[test]
fn the_policy_proposes_what_the_starters_ask_for() {
    let blanks = blanks(TEMPLATE);
    let proposed = |name| {
        let found = blanks.iter().find(|blank| blank.name == name);
        found.unwrap_or_else(|| panic!("the policy has no blank {name:?}")).proposed
    };
    let starters = Starters::shipped();
    let one = |id| &starters.requirement(id).expect("shipped").requirement;
    let awareness = one("start-security-awareness");
    assert_eq!((proposed("first deadline"), awareness.due_within.days()), (Some("30 days"), 30));
    let months = |id| one(id).recurrence.map(crate::Span::months);
    assert_eq!((proposed("interval"), months("start-hipaa")), (Some("year"), Some(12)));
    assert_eq!(
        (proposed("refresher interval"), months("start-threats")),
        (Some("3 months"), Some(3))
    );
    assert_eq!((proposed("pass mark"), awareness.min_score), (Some("80 %"), Some(0.8)));
    for name in ["organization", "owner", "approver", "approval date", "effective date"] {
        assert_eq!(proposed(name), None, "{name} is for the organization to say");
    }
}

#[test]
fn a_blank_proposes_the_same_wherever_it_stands() {
    let mut at = TEMPLATE;
    let mut seen = BTreeMap::new();
    while let Some((_, after)) = at.split_once("{{") {
        let (blank, behind) = after.split_once("}}").expect("each blank is closed");
        assert!(!blank.contains(['\n', '{']), "{blank}");
        let name = blank.split(" = ").next();
        assert_eq!(seen.entry(name).or_insert(blank), &blank);
        at = behind;
    }
    assert_eq!(seen.len(), blanks(TEMPLATE).len());
}

#[test]
fn what_is_given_is_filled_in_and_what_is_open_is_told() {
    let template = "| {{owner}} | {{mark = 80 %}} |\n{{owner}}, {{approver}} {{mark = 80 %}} {{";
    let none = filled(template, &values(&[("owner", " \n")]));
    assert_eq!(
        none,
        Ok(Filled {
            text: "| {{owner}} | 80 % |\n{{owner}}, {{approver}} 80 % {{".into(),
            open: vec!["owner".into(), "approver".into()],
        })
    );
    let given = values(&[("owner", "Ana |\n *CISO*"), ("mark", "90 %"), ("approver", "{{owner}}")]);
    let text = "| Ana \\| \\*CISO\\* | 90 % |\nAna \\| \\*CISO\\*, {{owner}} 90 % {{".to_owned();
    assert_eq!(filled(template, &given), Ok(Filled { text, open: Vec::new() }));
    let misspelt = filled(template, &values(&[("ownr", "Ana")]));
    assert_eq!(misspelt, Err(NoSuchBlank("ownr".into())));
}

#[test]
fn the_whole_policy_can_be_filled_in() {
    let open = filled(TEMPLATE, &BTreeMap::new()).expect("nothing is given").open;
    assert!(open.len() > 5 && open.iter().any(|name| name == "organization"), "{open:?}");
    let given = open.iter().map(|name| (name.clone(), "Acme".to_owned())).collect();
    let done = filled(TEMPLATE, &given).expect("all of these are blanks");
    assert_eq!(done.open, Vec::<String>::new());
    assert!(!done.text.contains("{{") && !done.text.contains("}}"));
    assert!(done.text.contains("| Organization | Acme |"));
}

proptest! {
    #[test]
    fn filling_in_never_adds_lines_or_columns(value in "[ -~\n|]{0,40}") {
        let count = |text: &str, mark: char| text.matches(mark).count();
        let given = values(&[("owner", &value), ("pass mark", &value)]);
        let text = filled(TEMPLATE, &given).expect("both are blanks").text;
        prop_assert_eq!(count(&text, '\n'), count(TEMPLATE, '\n'));
        let columns = |text: &str| count(text, '|') - text.matches("\\|").count();
        prop_assert_eq!(columns(&text), columns(TEMPLATE));
    }
}
