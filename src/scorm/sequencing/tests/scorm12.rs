//! SCORM 1.2, which has no sequencing, through the same processes: document order, free choice,
//! prerequisites (CAM 1.2, 2.3.2.5.5), and what leaving and coming back make of it.

use super::Learner;
use crate::manifest::{Edition, Item};
use crate::tree::Scorm12Rollup;
use crate::tree::sample::{cluster, sco};

const DONE: [(&str, &str); 1] = [("cmi.core.lesson_status", "completed")];

fn learner(children: Vec<Item>) -> Learner {
    Learner::of_edition(Edition::Scorm12, cluster("root", children))
}

fn after(identifier: &str, script: &str) -> Item {
    let mut item = sco(identifier);
    item.scorm12.prerequisites = Some(script.to_owned());
    item
}

fn hidden(identifier: &str) -> Item {
    Item { visible: false, ..sco(identifier) }
}

impl Learner {
    fn leave(&mut self) -> String {
        let rollup = Scorm12Rollup::default();
        let outcome = self.tree.leave(&mut self.state, rollup, self.moment);
        outcome.map_or_else(|| "no session".to_owned(), |outcome| self.tell(outcome))
    }
}

#[test]
fn all_can_be_chosen_and_continue_follows_document_order_past_what_is_hidden() {
    let mut learner = learner(vec![cluster("m", vec![sco("a"), hidden("h")]), sco("b")]);
    assert_eq!(learner.open(), "a");
    assert_eq!(learner.ask("continue"), "b");
    assert_eq!(learner.ask("previous"), "a");
    assert_eq!(learner.choosable(), ["root", "m", "a", "b"]);
    assert_eq!(learner.ask("b"), "b");
}

#[test]
fn what_is_not_met_refuses_choice_and_continue_and_says_what_comes_before() {
    let mut learner = learner(vec![sco("a"), after("b", "a"), after("c", "a&b")]);
    assert_eq!(learner.open(), "a");
    assert_eq!(learner.choosable(), ["root", "a"]);
    assert_eq!(learner.ask("continue"), "SB.2.2-2");
    let why = "'Title of b' comes after 'Title of a'";
    assert_eq!(learner.sentence(), format!("Continue was refused: {why} [SB.2.2-2]."));
    assert_eq!(learner.ask("c"), "DB.1.1-3");
    let why = "'Title of c' comes after 'Title of a', 'Title of b'";
    assert_eq!(
        learner.sentence(),
        format!("Choice of 'Title of c' was refused: {why} [DB.1.1-3].")
    );
    assert_eq!(learner.ask("a"), "a");
    assert_eq!(learner.after(&DONE, "continue"), "b");
    assert_eq!(learner.choosable(), ["root", "a", "b"]);
    assert_eq!(learner.after(&DONE, "continue"), "c");
}

#[test]
fn a_group_is_done_when_all_in_it_is() {
    let course = vec![cluster("m", vec![sco("a"), sco("b")]), after("c", "m")];
    let mut learner = learner(course);
    learner.open();
    assert_eq!(learner.after(&DONE, "c"), "DB.1.1-3");
    assert_eq!(learner.ask("b"), "b");
    assert_eq!(learner.after(&DONE, "c"), "c");
}

#[test]
fn a_script_that_nobody_can_meet_asks_for_nothing() {
    let mut learner = learner(vec![sco("a"), after("b", "nobody"), after("c", "a &")]);
    learner.open();
    assert_eq!(learner.ask("b"), "b");
    assert_eq!(learner.ask("c"), "c");
}

#[test]
fn a_launch_goes_on_with_what_is_open_to_the_learner() {
    let mut learner = learner(vec![after("a", "b"), sco("b"), sco("c")]);
    assert_eq!(learner.open(), "b", "a comes after it");
    learner.says(&DONE);
    learner.leave();
    assert_eq!(learner.open(), "a");
    learner.says(&[("cmi.core.exit", "suspend")]);
    learner.leave();
    assert_eq!(learner.open(), "a", "it was suspended");
}

#[test]
fn a_page_that_is_loaded_again_goes_on_with_the_chapter_that_was_open() {
    let mut learner = learner(vec![sco("a"), sco("b"), sco("c")]);
    learner.open();
    learner.ask("c");
    learner.says(&[("cmi.core.exit", "suspend")]);
    assert_eq!(learner.open(), "c", "nobody has left the course");
}

#[test]
fn a_finished_chapter_in_another_group_keeps_its_attempt_until_the_course_is_over() {
    let groups = vec![cluster("m", vec![sco("a")]), cluster("n", vec![sco("b")])];
    let mut learner = learner(groups);
    learner.open();
    assert_eq!(learner.after(&DONE, "continue"), "b");
    assert_eq!(learner.ask("a"), "a");
    let attempts = |learner: &Learner| learner.state.of(&domain::ItemId::new("a")).attempts;
    assert_eq!(attempts(&learner), 1);
    learner.says(&DONE);
    learner.ask("b");
    learner.says(&DONE);
    assert_eq!(learner.leave(), "end");
    assert!(learner.tree.is_over(&learner.state));
    assert_eq!(learner.open(), "a");
    assert_eq!(attempts(&learner), 2, "a new attempt on the course");
}

#[test]
fn every_form_of_a_script_opens_and_closes_a_chapter() {
    // a and b may be taken; what they say decides whether d opens.
    let says = |status: &'static str| [("cmi.core.lesson_status", status)];
    for (script, a, b, opens) in [
        ("a", "completed", "", true),
        ("a", "passed", "", true),
        ("a", "failed", "", false),
        ("a", "incomplete", "", false),
        ("a", "browsed", "", false),
        ("~a", "", "", true),
        ("~a", "completed", "", false),
        ("a|b", "failed", "completed", true),
        ("a&b", "passed", "incomplete", false),
        ("a&b", "passed", "completed", true),
        ("a=\"failed\"", "failed", "", true),
        ("a=\"failed\"", "passed", "", false),
        ("a<>\"failed\"", "passed", "", true),
        ("a=\"not attempted\"", "", "passed", true),
        ("a=\"incomplete\"", "incomplete", "", true),
        ("{a,b}", "completed", "completed", true),
        ("{a,b}", "completed", "", false),
        ("1*{a,b}", "", "passed", true),
        ("2*{a,b}", "", "passed", false),
        ("(a|b)&~c", "passed", "", true),
        ("m", "completed", "completed", true),
        ("m", "completed", "failed", false),
        ("m=\"incomplete\"", "completed", "", true),
        ("m=\"not attempted\"", "", "", true),
    ] {
        let module = cluster("m", vec![sco("a"), sco("b")]);
        let mut learner = learner(vec![module, sco("c"), after("d", script)]);
        learner.open();
        for (item, status) in [("a", a), ("b", b)] {
            if !status.is_empty() {
                learner.ask(item);
                learner.says(&says(status));
            }
        }
        if a.is_empty() {
            // The course was opened with it, but nothing was begun there.
            learner.state = crate::tree::TreeState::default();
            learner.ask("c");
            if !b.is_empty() {
                learner.ask("b");
                learner.says(&says(b));
            }
        }
        let can = learner.choosable().contains(&"d".to_owned());
        assert_eq!(can, opens, "{script} with a {a:?} and b {b:?}");
        let expected = if opens { "d" } else { "DB.1.1-3" };
        assert_eq!(learner.ask("d"), expected, "{script} with a {a:?} and b {b:?}");
    }
}

#[test]
fn a_script_on_a_group_closes_all_in_it() {
    let mut group = cluster("m", vec![sco("b"), cluster("n", vec![sco("c")])]);
    group.scorm12.prerequisites = Some("a".to_owned());
    let mut learner = learner(vec![sco("a"), group]);
    learner.open();
    assert_eq!(learner.choosable(), ["root", "a"]);
    for item in ["b", "c"] {
        assert_eq!(learner.ask(item), "DB.1.1-3", "{item}");
    }
    assert_eq!(learner.ask("a"), "a");
    assert_eq!(learner.after(&DONE, "continue"), "b");
    assert_eq!(learner.choosable(), ["root", "a", "m", "b", "n", "c"]);
}

#[test]
fn a_chapter_that_was_begun_is_gone_on_with_though_its_script_holds_no_more() {
    let mut learner = learner(vec![sco("a"), after("b", "a")]);
    learner.open();
    assert_eq!(learner.after(&DONE, "b"), "b");
    learner.says(&[("cmi.core.exit", "suspend"), ("cmi.core.lesson_status", "incomplete")]);
    assert_eq!(learner.ask("a"), "a");
    learner.says(&[("cmi.core.lesson_status", "failed")]);
    assert_eq!(learner.ask("b"), "b", "it was suspended");
}
