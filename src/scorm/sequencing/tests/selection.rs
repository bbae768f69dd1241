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

#[test]
fn a_selection_for_each_new_attempt_draws_anew_from_all() {
    let draws = Randomization {
        selection_timing: Timing::OnEachNewAttempt,
        select_count: Some(2),
        ..Randomization::default()
    };
    let mut learner = course(draws);
    let mut all = std::collections::BTreeSet::new();
    let mut sets = std::collections::BTreeSet::new();
    for random in 0..40 {
        learner.moment.random = random;
        let seen = walk(&mut learner);
        assert_eq!(seen.len(), 2);
        assert!(seen.is_sorted(), "in document order: {seen:?}");
        all.extend(seen.clone());
        sets.insert(seen);
    }
    assert_eq!(all.len(), NAMES.len(), "what one attempt left out another may bring");
    assert!(sets.len() > 1);
}

#[test]
fn what_was_selected_is_what_is_shuffled() {
    for (select, shuffle, may_select_anew) in [
        (Timing::Once, Timing::OnEachNewAttempt, false),
        (Timing::OnEachNewAttempt, Timing::OnEachNewAttempt, true),
        (Timing::OnEachNewAttempt, Timing::Once, true),
    ] {
        let draws = Randomization {
            selection_timing: select,
            randomization_timing: shuffle,
            reorder_children: true,
            select_count: Some(3),
        };
        let mut learner = course(draws);
        let (mut sets, mut unsorted) = (std::collections::BTreeSet::new(), 0);
        for random in 0..20 {
            learner.moment.random = random;
            let seen = walk(&mut learner);
            assert_eq!(seen.len(), 3, "{draws:?}");
            unsorted += usize::from(!seen.is_sorted());
            let mut sorted = seen;
            sorted.sort();
            sets.insert(sorted);
        }
        assert_eq!(sets.len() > 1, may_select_anew, "{draws:?}");
        assert!(unsorted > 0, "{draws:?}: some order is not that of the document");
    }
}

#[test]
fn contents_choice_continue_and_previous_follow_the_order_that_was_drawn() {
    let draws = Randomization {
        randomization_timing: Timing::Once,
        reorder_children: true,
        ..Randomization::default()
    };
    for random in 0..10 {
        let mut learner = course(draws);
        learner.moment.random = random;
        learner.open();
        let shown: Vec<String> =
            learner.choosable().into_iter().filter(|item| NAMES.contains(&&**item)).collect();
        assert_eq!(shown.len(), NAMES.len());
        assert_eq!(learner.ask(&shown[0]), shown[0]);
        for pair in shown.windows(2) {
            assert_eq!(learner.ask("continue"), pair[1]);
        }
        assert_eq!(learner.ask("previous"), shown[shown.len() - 2]);
        assert_eq!(learner.ask(&shown[5]), shown[5]);
        assert_eq!(learner.ask("continue"), "z");
        assert_eq!(learner.ask("previous"), shown[5]);
    }
}

#[test]
fn a_forward_only_cluster_begins_with_the_first_that_was_drawn() {
    let draws = Randomization {
        randomization_timing: Timing::Once,
        reorder_children: true,
        selection_timing: Timing::Once,
        select_count: Some(2),
    };
    for random in 0..10 {
        let module = flowing("m", scos(&NAMES)).with(|s| {
            s.randomization = draws;
            s.control.forward_only = true;
        });
        let mut learner = Learner::of(flowing("root", vec![module, sco("z")]));
        learner.moment.random = random;
        let first = learner.open();
        let second = learner.ask("continue");
        assert_eq!(learner.ask("previous"), "NB.2.1-5");
        assert_eq!(learner.ask("continue"), "z");
        assert_eq!(learner.ask("previous"), first, "entered from behind at its beginning");
        assert_ne!(first, second);
    }
}

#[test]
fn clusters_in_clusters_draw_for_themselves() {
    let draws = |count| Randomization {
        selection_timing: Timing::Once,
        select_count: Some(count),
        ..Randomization::default()
    };
    let module = |name: &str| {
        let parts: Vec<String> = (1..=3).map(|n| format!("{name}{n}")).collect();
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        flowing(name, scos(&parts)).with(|s| s.randomization = draws(1))
    };
    let mut seen = std::collections::BTreeSet::new();
    for random in 0..60 {
        let modules = ["x", "y", "z"].map(module).to_vec();
        let root = flowing("root", modules).with(|s| s.randomization = draws(2));
        let mut learner = Learner::of(root);
        learner.moment.random = random;
        let walked = vec![learner.open(), learner.ask("continue")];
        assert_eq!(learner.ask("continue"), "end", "one part of each of two modules: {walked:?}");
        assert_ne!(walked[0][..1], walked[1][..1]);
        seen.extend(walked);
    }
    assert_eq!(seen.len(), 9, "every part is drawn at some time");
}

#[test]
fn a_suspended_cluster_keeps_what_was_drawn_until_its_attempt_ends() {
    let draws = Randomization {
        selection_timing: Timing::OnEachNewAttempt,
        select_count: Some(1),
        ..Randomization::default()
    };
    for random in 0..10 {
        let mut learner = course(draws);
        learner.moment.random = random;
        let first = learner.open();
        learner.says(&[("cmi.exit", "suspend")]);
        for random in 100..110 {
            learner.moment.random = random;
            assert_eq!(learner.ask("suspendAll"), "end");
            assert_eq!(learner.open(), first);
        }
    }
}
