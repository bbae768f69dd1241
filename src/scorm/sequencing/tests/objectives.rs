//! What rules see through objective maps (SN 3.10; docs/decisions/0014).

use super::{Learner, flowing, when};
use crate::manifest::Item;
use crate::sequencing::{Condition, Objective, RuleAction};
use crate::tree::sample::{map, primary, sco};

const PASSED: &[(&str, &str)] = &[("cmi.success_status", "passed")];

/// A SCO whose primary objective reads or writes a global one.
fn mapped(name: &str, target: &str, read: bool, write: bool) -> Item {
    let goal = Objective { maps: vec![map(target, read, write)], ..primary("goal") };
    sco(name).with(|s| s.objectives = vec![goal])
}

#[test]
fn a_map_that_reads_satisfaction_shows_the_global_objective_even_where_that_is_unknown() {
    let mut learner =
        Learner::of(flowing("root", vec![mapped("a", "other", true, false), sco("b")]));
    learner.open();
    learner.after(PASSED, "continue");
    let a = learner.at("a");
    assert_eq!(learner.tree.observe(&learner.state, a, None).satisfied, None);
    let completion = learner.tree.observe(&learner.state, a, None).completion;
    assert_eq!(completion, Some(true), "nothing global is known of it");
}

#[test]
fn a_space_in_an_identifier_may_be_written_as_in_an_address() {
    let mut rule = when(Condition::Satisfied, RuleAction::Skip);
    rule.conditions[0].objective = Some("%20obj%20%201".to_owned());
    let goal = Objective {
        identifier: Some("obj%201".to_owned()),
        primary: false,
        maps: vec![map("the%20goal", true, false)],
        ..primary("")
    };
    let b = sco("b").with(|s| {
        s.objectives = vec![goal];
        s.pre_conditions = vec![rule];
    });
    let a = mapped("a", "the goal", false, true);
    let mut learner = Learner::of(flowing("root", vec![a, b, sco("c")]));
    learner.open();
    assert_eq!(learner.after(PASSED, "continue"), "c");
}
