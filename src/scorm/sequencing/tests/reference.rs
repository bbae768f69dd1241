//! What comparing random walks with ADL's reference run-time has settled (docs/decisions/0014).

use super::{Learner, flowing, post, pre, scos};
use crate::manifest::{Edition, Item};
use crate::sequencing::{Condition, Objective, RequiredFor, RuleAction};
use crate::tree::sample::{cluster, map, primary, sco};

const PASSED: &[(&str, &str)] = &[("cmi.success_status", "passed")];

/// An item whose primary objective maps a global one.
fn mapped(item: Item, read: bool, write: bool) -> Item {
    let goal = Objective { maps: vec![map("global", read, write)], ..primary("goal") };
    item.with(|s| s.objectives = vec![goal])
}

fn satisfied(learner: &Learner, item: &str) -> Option<bool> {
    learner.tree.observe(&learner.state, learner.at(item), None).satisfied
}

/// Takes a whole course, passing everything, and ends the attempt on it.
fn pass_all(learner: &mut Learner) {
    learner.open();
    while learner.after(PASSED, "continue") != "end" {}
}

#[test]
fn in_a_new_attempt_on_the_course_nothing_of_the_last_counts_in_the_modules_either() {
    for (root_current, module_current, expected) in [
        (true, true, None),
        (true, false, Some(true)),
        (false, true, Some(true)),
        (false, false, Some(true)),
    ] {
        let uses = |item: Item, current: bool| {
            item.with(|s| {
                s.control.use_current_attempt_objective_info = current;
                s.control.use_current_attempt_progress_info = current;
            })
        };
        let module = flowing("m", vec![mapped(sco("a"), true, false), sco("b")]);
        let pretest = mapped(sco("pretest"), false, true);
        let course = flowing("root", vec![pretest, uses(module, module_current)]);
        let mut learner = Learner::of(uses(course, root_current));
        pass_all(&mut learner);
        assert_eq!(satisfied(&learner, "m"), Some(true));
        assert_eq!(learner.open(), "pretest");
        // The pretest satisfies a once more, so the module is rolled up before it is entered.
        learner.says(PASSED);
        assert_eq!(satisfied(&learner, "a"), Some(true), "it reads the global objective");
        let told = format!("root {root_current}, module {module_current}");
        assert_eq!(satisfied(&learner, "m"), expected, "{told}");
    }
}

#[test]
fn what_is_found_again_in_a_new_attempt_is_written_to_global_objectives_again() {
    let goal = |name: &str, target: &str, read: bool, write: bool| Objective {
        maps: vec![map(target, read, write)],
        ..primary(name)
    };
    let a = sco("a").with(|s| s.objectives = vec![goal("goal", "test", true, false)]);
    let module = flowing("m", vec![a]);
    let module = module.with(|s| s.objectives = vec![goal("goal", "module", false, true)]);
    let pretest = sco("pretest").with(|s| {
        let side = Objective { primary: false, ..goal("side", "module", false, true) };
        s.objectives = vec![goal("goal", "test", false, true), side];
    });
    let mut learner = Learner::of(flowing("root", vec![pretest, module]));
    pass_all(&mut learner);
    let module = |learner: &Learner| {
        let found = learner.state.globals().find(|(id, _)| *id == "module");
        found.and_then(|(_, global)| global.satisfied)
    };
    assert_eq!(module(&learner), Some(true));
    assert_eq!(learner.open(), "pretest");
    learner.says(&[("cmi.objectives.0.success_status", "failed"), PASSED[0]]);
    assert_eq!(module(&learner), Some(true), "the module was rolled up after the pretest spoke");
}

#[test]
fn an_untracked_cluster_has_no_attempts_that_could_make_results_old() {
    for (tracked, expected) in [(true, None), (false, Some(true))] {
        let course = flowing("root", vec![sco("x"), flowing("m", scos(&["a"]))]);
        let mut learner = Learner::of(course.with(|s| s.delivery.tracked = tracked));
        pass_all(&mut learner);
        assert_eq!(learner.open(), "x");
        assert_eq!(satisfied(&learner, "m"), expected, "tracked: {tracked}");
    }
}

#[test]
fn rollup_follows_a_global_objective_from_what_writes_it_to_primary_objectives_that_read_it() {
    for (writes, is_primary, expected) in
        [(true, true, Some(true)), (false, true, None), (true, false, None)]
    {
        // Nothing in the module counts before it was attempted, so any rollup satisfies it.
        let b = mapped(sco("b"), true, false).with(|s| {
            s.objectives[0].primary = is_primary;
            s.rollup_considerations.satisfied = RequiredFor::IfAttempted;
        });
        let a = mapped(sco("a"), true, writes);
        let mut learner = Learner::of(flowing("root", vec![a, flowing("m", vec![b]), sco("c")]));
        learner.open();
        learner.says(PASSED);
        assert_eq!(satisfied(&learner, "m"), expected, "writes {writes}, primary {is_primary}");
    }
}

#[test]
fn a_cluster_is_rolled_up_after_the_equally_deep_one_that_writes_what_is_read_in_it() {
    for reader_first in [true, false] {
        let reader = flowing("reader", vec![mapped(sco("a"), true, false)]);
        let writer = mapped(flowing("writer", scos(&["x"])), false, true);
        let modules = if reader_first { vec![reader, writer] } else { vec![writer, reader] };
        let mut learner = Learner::of(flowing("root", modules));
        learner.open();
        learner.ask("x");
        learner.says(PASSED);
        assert_eq!(satisfied(&learner, "reader"), Some(true), "reader first: {reader_first}");
    }
}

#[test]
fn completion_goes_through_maps_in_the_fourth_edition_only() {
    for (edition, expected) in [
        (Edition::Scorm2004Second, "b"),
        (Edition::Scorm2004Third, "b"),
        (Edition::Scorm2004Fourth, "c"),
    ] {
        let b = pre(mapped(sco("b"), true, false), Condition::Completed, RuleAction::Skip);
        let a = mapped(sco("a"), false, true);
        let mut learner = Learner::of_edition(edition, flowing("root", vec![a, b, sco("c")]));
        learner.open();
        let said = [("cmi.completion_status", "completed")];
        assert_eq!(learner.after(&said, "continue"), expected, "{edition:?}");
    }
}

#[test]
fn continue_is_offered_where_only_a_postcondition_rule_leads_on() {
    for (action, expected) in [
        (None, None),
        (Some(RuleAction::Ignore), None),
        (Some(RuleAction::Retry), Some("b")),
        (Some(RuleAction::Previous), Some("a")),
        (Some(RuleAction::ExitAll), Some("end")),
    ] {
        let b = match action {
            Some(action) => post(sco("b"), Condition::Always, action),
            None => sco("b"),
        };
        // What follows the module does not follow by itself.
        let modules = vec![flowing("m", vec![sco("a"), b]), cluster("n", scos(&["c"]))];
        let mut learner = Learner::of(cluster("root", modules));
        learner.open();
        assert_eq!(learner.ask("b"), "b");
        let valid = learner.tree.validity(&learner.state, None, learner.moment).forward;
        assert_eq!(valid, Some(expected.is_some()), "{action:?}");
        let came = learner.ask("continue");
        assert_eq!(came, expected.unwrap_or("SB.2.2-1"), "{action:?}");
    }
}

#[test]
fn continue_that_leads_nowhere_is_refused_and_only_a_way_off_the_tree_ends_the_session() {
    let last = |item: Item| flowing("root", vec![sco("a"), item]);
    let skipped = pre(sco("b"), Condition::Always, RuleAction::Skip);
    let disabled = pre(sco("b"), Condition::Always, RuleAction::Disabled);
    let closed = cluster("m", scos(&["b"]));
    for (course, expected) in
        [(last(skipped), "end"), (last(disabled), "SB.2.2-2"), (last(closed), "SB.2.2-1")]
    {
        let mut learner = Learner::of(course);
        learner.open();
        assert_eq!(learner.ask("continue"), expected);
        assert_eq!(learner.state.current().is_none(), expected == "end");
    }
}

#[test]
fn a_rule_that_exits_the_whole_course_ends_the_session_whatever_was_asked_for() {
    for request in ["continue", "previous", "a", "{target=a}jump", "exit"] {
        let b = post(sco("b"), Condition::Always, RuleAction::ExitParent);
        let mut learner = Learner::of(flowing("root", vec![sco("a"), b, sco("c")]));
        learner.open();
        learner.ask("continue");
        assert_eq!(learner.ask(request), "end", "{request}");
    }
}

#[test]
fn a_suspended_untracked_activity_is_resumed_and_then_holds_the_course_open_no_more() {
    let a = sco("a").with(|s| s.delivery.tracked = false);
    let mut learner = Learner::of(flowing("root", vec![a]));
    learner.open();
    learner.says(&[("cmi.exit", "suspend")]);
    assert_eq!(learner.ask("suspendAll"), "end");
    assert_eq!(learner.open(), "a");
    learner.says(&[("cmi.exit", "")]);
    assert_eq!(learner.ask("continue"), "end");
    assert!(learner.tree.is_over(&learner.state));
}

#[test]
fn the_constraint_of_a_cluster_lets_a_choice_go_deep_into_what_is_next() {
    let module = flowing("m", scos(&["a"])).with(|s| s.choice_constraints.constrain_choice = true);
    let next = flowing("next", vec![flowing("inner", scos(&["b"]))]);
    let far = flowing("far", scos(&["c"]));
    for (target, expected) in [("next", "b"), ("inner", "b"), ("b", "b"), ("c", "SB.2.9-8")] {
        let modules = vec![module.clone(), next.clone(), far.clone()];
        let mut learner = Learner::of(flowing("root", modules));
        learner.open();
        assert_eq!(learner.ask(target), expected, "{target}");
    }
}

#[test]
fn stop_forward_traversal_does_not_stop_a_choice_of_what_lies_behind() {
    let module =
        pre(flowing("m", scos(&["a"])), Condition::Always, RuleAction::StopForwardTraversal);
    let mut learner = Learner::of(flowing("root", vec![sco("x"), module, sco("b")]));
    learner.open();
    assert_eq!(learner.ask("a"), "SB.2.4-1");
    assert_eq!(learner.ask("b"), "SB.2.4-1");
    let start = learner.ask("{target=b}jump");
    assert_eq!(start, "b");
    // From b the module lies behind.
    assert_eq!(learner.ask("a"), "a");
}
