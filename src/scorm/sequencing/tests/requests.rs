//! Navigation, termination and flow (NB.2.1, TB.2, SB.2.1 to SB.2.3, SB.2.10, SB.2.13).

use super::{FOURTH, Learner, flowing, post, pre, scos, when};
use crate::manifest::{Edition, SharedDataMap};
use crate::runtime::Completion;
use crate::sequencing::{AuxiliaryResource, Condition, Event, RuleAction};
use crate::tree::sample::{cluster, item, sco};

const PASSED: &[(&str, &str)] = &[("cmi.success_status", "passed")];
const FAILED: &[(&str, &str)] = &[("cmi.success_status", "failed")];
const SUSPENDS: &[(&str, &str)] = &[("cmi.exit", "suspend")];

#[test]
fn continue_walks_the_tree_in_order_and_off_its_end_ends_the_session() {
    let module = flowing("m", scos(&["a", "b"]));
    let mut learner = Learner::of(flowing("root", vec![module, sco("c")]));
    assert_eq!(learner.open(), "a");
    let walked: Vec<_> = (0..3).map(|_| learner.ask("continue")).collect();
    assert_eq!(walked, ["b", "c", "end"]);
    assert_eq!(learner.ask("continue"), "NB.2.1-2", "the session is over");
}

#[test]
fn previous_walks_back_and_not_past_the_beginning_nor_where_forward_is_the_only_way() {
    let mut learner = Learner::of(flowing("root", scos(&["a", "b"])));
    learner.open();
    assert_eq!(learner.ask("continue"), "b");
    assert_eq!(learner.ask("previous"), "a");
    assert_eq!(learner.ask("previous"), "SB.2.1-3");
    let forward = flowing("root", scos(&["a", "b"])).with(|s| s.control.forward_only = true);
    let mut learner = Learner::of(forward);
    learner.open();
    learner.ask("continue");
    assert_eq!(learner.ask("previous"), "NB.2.1-5");
}

#[test]
fn a_forward_only_cluster_is_entered_from_behind_at_its_first_activity() {
    let module = flowing("m", scos(&["a", "b"])).with(|s| s.control.forward_only = true);
    let mut learner = Learner::of(flowing("root", vec![module, sco("c")]));
    learner.open();
    learner.ask("c");
    assert_eq!(learner.ask("previous"), "a");
}

#[test]
fn skipped_activities_are_passed_by_in_both_directions() {
    let b = pre(sco("b"), Condition::Always, RuleAction::Skip);
    let mut learner = Learner::of(flowing("root", vec![sco("a"), b, sco("c")]));
    learner.open();
    assert_eq!(learner.ask("continue"), "c");
    assert_eq!(learner.ask("previous"), "a");
}

#[test]
fn a_leaf_that_launches_nothing_is_passed_by() {
    let mut learner = Learner::of(flowing("root", vec![item("page"), sco("a")]));
    assert_eq!(learner.open(), "a");
    assert_eq!(learner.ask("page"), "DB.1.1-1");
}

#[test]
fn where_activities_do_not_follow_each_other_the_learner_begins_with_the_contents() {
    let mut learner = Learner::of(cluster("root", scos(&["a", "b"])));
    assert_eq!(learner.open(), "SB.2.2-1");
    assert_eq!(learner.choosable(), ["a", "b"]);
    assert_eq!(learner.ask("b"), "b");
    assert_eq!(learner.ask("continue"), "NB.2.1-4");
    let mut alone = Learner::of(cluster("root", scos(&["a"])));
    assert_eq!(alone.open(), "a", "a course of one activity begins with it");
}

#[test]
fn a_disabled_activity_stops_the_flow_and_says_why() {
    let b = pre(sco("b"), Condition::Always, RuleAction::Disabled);
    let mut learner = Learner::of(flowing("root", vec![sco("a"), b]));
    learner.open();
    assert_eq!(learner.ask("continue"), "SB.2.2-2");
    let expected =
        "Continue was refused: 'Title of b' is disabled (precondition rule 1) [SB.2.2-2].";
    assert_eq!(learner.sentence(), expected);
}

#[test]
fn exit_rules_end_the_highest_cluster_that_asks_for_it() {
    let module = flowing("m", scos(&["a", "b"]))
        .with(|s| s.exit_conditions = vec![when(Condition::Attempted, RuleAction::Exit)]);
    let mut learner = Learner::of(flowing("root", vec![module, sco("c")]));
    learner.open();
    assert_eq!(learner.ask("continue"), "c", "the flow goes on from the cluster");
    let trace = &learner.last.as_ref().expect("an outcome").trace;
    assert!(trace.iter().any(|step| step.process == "TB.2.1"));
}

#[test]
fn postcondition_rules_go_before_what_was_asked_for() {
    for (action, expected) in [
        (RuleAction::Retry, "b"),
        (RuleAction::Continue, "c"),
        (RuleAction::Previous, "a"),
        (RuleAction::ExitAll, "end"),
        (RuleAction::RetryAll, "a"),
        (RuleAction::ExitParent, "end"),
    ] {
        let b = post(sco("b"), Condition::Always, action);
        let mut learner = Learner::of(flowing("root", vec![sco("a"), b, sco("c")]));
        learner.open();
        learner.ask("continue");
        assert_eq!(learner.ask("exit"), expected, "{action:?}");
    }
}

#[test]
fn exit_parent_leaves_the_module_and_its_own_rules_decide_next() {
    let b = post(sco("b"), Condition::Satisfied, RuleAction::ExitParent);
    let module = flowing("m", vec![sco("a"), b]);
    let module = post(module, Condition::Always, RuleAction::Retry);
    let mut learner = Learner::of(flowing("root", vec![module, sco("c")]));
    learner.open();
    learner.ask("continue");
    assert_eq!(learner.after(FAILED, "exit"), "nothing");
    learner.ask("b");
    assert_eq!(learner.after(PASSED, "continue"), "a", "the module is repeated");
}

#[test]
fn a_suspended_activity_has_no_say_after_it() {
    let b = post(sco("b"), Condition::Always, RuleAction::ExitAll);
    let mut learner = Learner::of(flowing("root", vec![sco("a"), b, sco("c")]));
    learner.open();
    learner.ask("continue");
    assert_eq!(learner.after(SUSPENDS, "continue"), "c");
}

#[test]
fn an_abandoned_attempt_leaves_no_result_and_the_session_goes_on() {
    let mut learner = Learner::of(flowing("root", scos(&["a", "b"])));
    learner.open();
    assert_eq!(learner.after(PASSED, "abandon"), "nothing");
    let a = learner.at("a");
    assert_eq!(learner.tree.observe(&learner.state, a, None).satisfied, None);
    assert_eq!(learner.ask("continue"), "b");
    assert_eq!(learner.ask("abandonAll"), "end");
}

#[test]
fn what_was_suspended_goes_on_where_it_was() {
    let mut learner = Learner::of(flowing("root", scos(&["a", "b"])));
    learner.open();
    learner.ask("continue");
    assert_eq!(learner.ask("suspendAll"), "end");
    assert_eq!(learner.open(), "b");
    let b = learner.state.of(learner.tree[learner.at("b")].id());
    assert_eq!(b.attempts, 1, "the same attempt");
    assert_eq!(learner.ask("exitAll"), "end");
    assert_eq!(learner.open(), "a", "a new attempt on the course");
}

#[test]
fn a_session_that_broke_off_goes_on_at_the_next_launch() {
    let mut learner = Learner::of(flowing("root", scos(&["a", "b"])));
    learner.open();
    learner.ask("continue");
    assert_eq!(learner.open(), "b", "its window was lost");
    assert_eq!(learner.state.of(learner.tree[learner.at("b")].id()).attempts, 1);
}

#[test]
fn jumps_are_of_the_fourth_edition_and_pass_hidden_activities() {
    let b = pre(sco("b"), Condition::Always, RuleAction::HiddenFromChoice);
    let course = || flowing("root", vec![sco("a"), b.clone(), sco("c")]);
    let mut learner = Learner::of(course());
    learner.open();
    assert_eq!(learner.ask("b"), "SB.2.9-3");
    assert_eq!(learner.ask("{target=b}jump"), "b");
    assert_eq!(learner.ask("{target=nowhere}jump"), "NB.2.1-11");
    for edition in [Edition::Scorm2004Second, Edition::Scorm2004Third] {
        let mut learner = Learner::of_edition(edition, course());
        learner.open();
        assert_eq!(learner.ask("{target=b}jump"), "NB.2.1-13", "{edition:?}");
        let valid = learner.tree.validity(&learner.state, None, learner.moment);
        assert!(valid.jump.is_empty(), "{edition:?}");
    }
}

#[test]
fn request_valid_answers_for_values_that_are_not_saved_yet() {
    let b = pre(sco("b"), Condition::Satisfied, RuleAction::Skip);
    let gate = pre(sco("c"), Condition::Always, RuleAction::Disabled);
    let mut learner = Learner::of(flowing("root", vec![b, gate]));
    learner.open();
    let at = learner.at("b");
    let start = learner.tree.delivery(&learner.state, at);
    let data = crate::runtime::RunTimeData::start(FOURTH, &start);
    let before = learner.state.clone();
    let valid = learner.tree.validity(&learner.state, Some(&data), learner.moment);
    assert_eq!((valid.forward, valid.previous), (Some(false), Some(false)));
    assert_eq!(valid.choice.get("b"), Some(&true));
    assert_eq!(valid.choice.get("c"), Some(&false));
    assert_eq!(learner.state, before, "nothing was changed by asking");
}

#[test]
fn hidden_buttons_cannot_be_used_while_their_activity_is_shown() {
    let mut a = sco("a");
    a.hide_lms_ui = vec!["continue".to_owned(), "exitAll".to_owned()];
    let mut learner = Learner::of(flowing("root", vec![a, sco("b")]));
    learner.open();
    let controls = learner.tree.controls(&learner.state, None, learner.moment);
    assert!(controls.forward.enabled && !controls.forward.can_use());
    assert!(!controls.exit_all.shown && controls.suspend_all.shown);
    learner.ask("continue");
    assert!(learner.tree.controls(&learner.state, None, learner.moment).forward.shown);
}

#[test]
fn auxiliary_resources_come_from_the_nearest_cluster_that_has_one_of_the_purpose() {
    let one = |purpose: &str, identifier: &str| AuxiliaryResource {
        identifier: identifier.to_owned(),
        purpose: purpose.to_owned(),
    };
    let a = sco("a").with(|s| s.auxiliary_resources = vec![one("help", "own")]);
    let root = flowing("root", vec![a, sco("b")])
        .with(|s| s.auxiliary_resources = vec![one("help", "all"), one("glossary", "words")]);
    let mut learner = Learner::of(root);
    learner.open();
    let delivered = learner.last.clone().and_then(|outcome| outcome.delivered).expect("a");
    let pair = |purpose: &str, name: &str| (purpose.to_owned(), name.to_owned());
    assert_eq!(delivered.auxiliary, [pair("glossary", "words"), pair("help", "own")]);
}

#[test]
fn shared_data_lives_as_long_as_the_attempt_on_the_course_unless_it_is_global() {
    let shares = |name: &str| {
        let mut item = sco(name);
        let map = SharedDataMap { target: "store".to_owned(), read: true, write: true };
        item.shared_data = vec![map];
        item
    };
    for (edition, kept) in [(FOURTH, Some("x")), (Edition::Scorm2004Third, None)] {
        let mut learner =
            Learner::of_edition(edition, flowing("root", vec![shares("a"), shares("b")]));
        learner.open();
        let sets: &[(&str, &str)] =
            if edition == FOURTH { &[("adl.data.0.store", "x")] } else { &[] };
        learner.after(sets, "continue");
        let b = learner.at("b");
        let delivery = learner.tree.delivery(&learner.state, b);
        assert_eq!(delivery.shared_data[0].store.as_deref(), kept, "{edition:?}");
    }
}

#[test]
fn scorm_12_activities_follow_each_other_past_hidden_ones() {
    let mut b = sco("b");
    b.visible = false;
    let mut learner =
        Learner::of_edition(Edition::Scorm12, cluster("root", vec![sco("a"), b, sco("c")]));
    assert_eq!(learner.open(), "a");
    assert_eq!(learner.after(&[("cmi.core.lesson_status", "completed")], "continue"), "c");
    assert_eq!(learner.ask("previous"), "a");
    let a = learner.at("a");
    let status = learner.tree.activity_status(&learner.state, a);
    assert_eq!(status.completion, Completion::Completed, "looking back loses nothing");
}

#[test]
fn a_trace_says_what_was_decided_in_order() {
    let mut learner = Learner::of(flowing("root", scos(&["a", "b"])));
    learner.open();
    learner.ask("continue");
    let trace = &learner.last.as_ref().expect("an outcome").trace;
    let told: Vec<_> = trace.iter().map(|step| (step.process, step.event.clone())).collect();
    let expected = [("UP.4", Event::Ended), ("SB.2.12", Event::Identified), ("DB.2", Event::Began)];
    assert_eq!(told, expected);
    assert_eq!(learner.sentence(), "Continue led to 'Title of b'.");
    assert_eq!(trace[0].sentence(&learner.tree), "UP.4: the attempt on 'Title of a' ended.");
}
