//! Selection and randomization (SR.1, SR.2).

use super::{Learner, flowing, scos};
use crate::sequencing::{Randomization, Timing};
use crate::tree::sample::sco;

const NAMES: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

fn course(draws: Randomization) -> Learner {
    let module = flowing("m", scos(&NAMES)).with(|s| s.randomization = draws);
    Learner::of(flowing("root", vec![module, sco("z")]))
}

/// What a learner sees of the module when walking through it.
fn walk(learner: &mut Learner) -> Vec<String> {
    let mut seen = vec![learner.open()];
    while seen.last().is_some_and(|last| last != "z") {
        seen.push(learner.ask("continue"));
    }
    assert_eq!(learner.ask("exitAll"), "end");
    seen.pop();
    seen
}

#[test]
fn so_many_children_are_selected_in_their_order_and_stay_selected() {
    let draws = Randomization {
        selection_timing: Timing::Once,
        select_count: Some(3),
        ..Randomization::default()
    };
    let mut all = std::collections::BTreeSet::new();
    for random in 0..40 {
        let mut learner = course(draws);
        learner.moment.random = random;
        let first = walk(&mut learner);
        assert_eq!(first.len(), 3);
        assert!(first.is_sorted(), "in document order: {first:?}");
        learner.moment.random += 1_000;
        assert_eq!(walk(&mut learner), first, "once and for all");
        all.extend(first);
    }
    assert_eq!(all.len(), NAMES.len(), "each one is drawn at some time");
}

#[test]
fn what_was_not_selected_cannot_be_chosen_nor_jumped_to_and_does_not_roll_up() {
    let draws = Randomization {
        selection_timing: Timing::Once,
        select_count: Some(1),
        ..Randomization::default()
    };
    let mut learner = course(draws);
    let seen = learner.open();
    let other = NAMES.iter().find(|name| **name != seen).expect("another");
    assert_eq!(learner.ask(other), "SB.2.9-2");
    assert_eq!(learner.ask(&format!("{{target={other}}}jump")), "NB.2.1-11");
    learner.ask("z");
    let m = learner.at("m");
    let module = learner.tree.observe(&learner.state, m, None);
    assert_eq!(module.completion, Some(true), "its only selected activity is completed");
}

#[test]
fn children_are_shuffled_once_or_for_each_attempt_and_all_are_there() {
    for (timing, may_change) in [(Timing::Once, false), (Timing::OnEachNewAttempt, true)] {
        let draws = Randomization {
            randomization_timing: timing,
            reorder_children: true,
            ..Randomization::default()
        };
        let mut learner = course(draws);
        let mut orders = std::collections::BTreeSet::new();
        for random in 0..8 {
            learner.moment.random = random;
            let seen = walk(&mut learner);
            let mut sorted = seen.clone();
            sorted.sort();
            assert_eq!(sorted, NAMES);
            orders.insert(seen);
        }
        assert_eq!(orders.len() > 1, may_change, "{timing:?}");
    }
}

#[test]
fn without_reorder_children_or_a_timing_nothing_is_drawn() {
    for draws in [
        Randomization { randomization_timing: Timing::Once, ..Randomization::default() },
        Randomization { reorder_children: true, select_count: Some(2), ..Randomization::default() },
        Randomization {
            selection_timing: Timing::Once,
            select_count: Some(6),
            ..Randomization::default()
        },
    ] {
        assert_eq!(walk(&mut course(draws)), NAMES, "{draws:?}");
    }
}
