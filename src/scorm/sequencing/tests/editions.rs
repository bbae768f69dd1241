//! What an edition of SCORM 2004 has and another lacks (docs/guide/sequencing.md).

use super::{Learner, flowing, pre};
use crate::manifest::{Edition, Item, SharedDataMap};
use crate::runtime::{ApiSession, RunTimeData, Strictness};
use crate::sequencing::{Condition, RuleAction};
use crate::tree::sample::sco;
use Edition::{Scorm2004Fourth as Fourth, Scorm2004Second as Second, Scorm2004Third as Third};

const ALL: [Edition; 3] = [Second, Third, Fourth];

/// The API that content of the first SCO finds, already initialized.
fn api(edition: Edition, a: Item) -> ApiSession {
    let mut learner = Learner::of_edition(edition, flowing("root", vec![a]));
    assert_eq!(learner.open(), "a");
    let delivery = learner.tree.delivery(&learner.state, learner.at("a"));
    let mut api = ApiSession::new(RunTimeData::start(edition, &delivery), Strictness::Strict);
    assert_eq!(api.call("Initialize", &[""]).error, 0);
    api
}

#[test]
fn content_keeps_as_much_text_as_its_edition_promises() {
    for (edition, promised) in [(Second, 4_000), (Third, 64_000), (Fourth, 64_000)] {
        for (length, expected) in [(promised, 0), (promised + 1, 351)] {
            let text = "x".repeat(length);
            let reply = api(edition, sco("a")).call("SetValue", &["cmi.suspend_data", &text]);
            assert_eq!(reply.error, expected, "{edition:?} {length}");
        }
    }
}

#[test]
fn what_content_may_ask_for_depends_on_the_edition() {
    for (request, editions) in [
        ("continue", &ALL[..]),
        ("previous", &ALL),
        ("exit", &ALL),
        ("exitAll", &ALL),
        ("abandon", &ALL),
        ("abandonAll", &ALL),
        ("_none_", &ALL),
        ("{target=a}choice", &ALL),
        ("suspendAll", &ALL[1..]),
        ("{target=a}jump", &ALL[2..]),
        ("retry", &[]),
    ] {
        for edition in ALL {
            let reply = api(edition, sco("a")).call("SetValue", &["adl.nav.request", request]);
            let expected = if editions.contains(&edition) { 0 } else { 406 };
            assert_eq!(reply.error, expected, "{edition:?} {request}");
        }
    }
}

#[test]
fn shared_data_and_jumps_are_elements_of_the_fourth_edition() {
    let mut a = sco("a");
    a.shared_data = vec![SharedDataMap { target: "store".to_owned(), read: true, write: true }];
    for element in ["adl.data._count", "adl.data.0.id", "adl.nav.request_valid.jump.{target=a}"] {
        for edition in ALL {
            let reply = api(edition, a.clone()).call("GetValue", &[element]);
            let expected = if edition == Fourth { 0 } else { 401 };
            assert_eq!(reply.error, expected, "{edition:?} {element}");
        }
    }
}

#[test]
fn a_completion_threshold_decides_for_content_in_all_editions_and_for_groups_in_the_fourth() {
    for edition in ALL {
        let module = flowing("m", vec![sco("a").threshold(0.5, 1.0), sco("b")]).threshold(0.4, 1.0);
        let mut learner = Learner::of_edition(edition, flowing("root", vec![module, sco("c")]));
        learner.open();
        learner.says(&[("cmi.progress_measure", "0.8"), ("cmi.completion_status", "incomplete")]);
        let completed =
            |item: &str| learner.tree.observe(&learner.state, learner.at(item), None).completion;
        assert_eq!(completed("a"), Some(true), "{edition:?}: the measure beats the word");
        let expected = (edition == Fourth).then_some(true);
        assert_eq!(completed("m"), expected, "{edition:?}: 0.8 of one of two is 0.4");
    }
}

#[test]
fn rules_and_considerations_are_the_same_in_all_editions() {
    for edition in ALL {
        let hidden = pre(sco("b"), Condition::Attempted, RuleAction::HiddenFromChoice);
        let course = flowing("root", vec![sco("a"), hidden, sco("c")]);
        let mut learner = Learner::of_edition(edition, course);
        assert_eq!(learner.open(), "a");
        assert_eq!(learner.ask("b"), "b");
        assert_eq!(learner.after(&[("cmi.success_status", "passed")], "c"), "c");
        assert_eq!(learner.ask("b"), "SB.2.9-3", "{edition:?}");
        assert_eq!(learner.ask("previous"), "b", "{edition:?}");
    }
}
