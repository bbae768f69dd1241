//! Choice and what constrains it (SB.2.4, SB.2.9).

use super::{Learner, flowing, pre, scos};
use crate::sequencing::{Condition, RuleAction};
use crate::tree::sample::{cluster, sco};

#[test]
fn a_cluster_is_chosen_by_its_first_activity_and_not_where_nothing_follows_in_it() {
    let flows = flowing("m", scos(&["a", "b"]));
    let stays = cluster("n", scos(&["c"]));
    let mut learner = Learner::of(flowing("root", vec![flows, stays]));
    learner.open();
    assert_eq!(learner.choosable(), ["root", "m", "a", "b", "c"]);
    assert_eq!(learner.ask("b"), "b");
    assert_eq!(learner.ask("m"), "a");
    assert_eq!(learner.ask("n"), "SB.2.9-9");
}

#[test]
fn a_hidden_cluster_hides_all_in_it() {
    let hidden = flowing("m", scos(&["a"]));
    let hidden = pre(hidden, Condition::Always, RuleAction::HiddenFromChoice);
    let mut learner = Learner::of(flowing("root", vec![sco("b"), hidden]));
    learner.open();
    assert_eq!(learner.choosable(), ["root", "b"]);
    let controls = learner.tree.controls(&learner.state, None, learner.moment);
    let a = learner.at("a");
    assert!(!controls.contents.iter().any(|entry| entry.activity == a && entry.visible));
    assert_eq!(learner.ask("a"), "SB.2.9-3");
    assert_eq!(learner.ask("continue"), "a", "flow does not mind");
}

#[test]
fn stop_forward_traversal_stops_choices_past_an_activity() {
    let b = pre(sco("b"), Condition::Always, RuleAction::StopForwardTraversal);
    let mut learner = Learner::of(flowing("root", vec![sco("a"), b, sco("c")]));
    learner.open();
    assert_eq!(learner.choosable(), ["root", "a", "b"]);
    assert_eq!(learner.ask("c"), "SB.2.4-1");
    learner.ask("b");
    assert_eq!(learner.ask("a"), "a", "the way back is open");
}

#[test]
fn in_a_forward_only_cluster_nothing_before_can_be_chosen() {
    let root = flowing("root", scos(&["a", "b", "c"])).with(|s| s.control.forward_only = true);
    let mut learner = Learner::of(root);
    learner.open();
    learner.ask("b");
    assert_eq!(learner.choosable(), ["root", "b", "c"]);
    assert_eq!(learner.ask("a"), "SB.2.4-2");
}

#[test]
fn choice_exit_keeps_the_learner_in_the_cluster() {
    let module = flowing("m", scos(&["a", "b"])).with(|s| s.control.choice_exit = false);
    let mut learner = Learner::of(flowing("root", vec![module, sco("c")]));
    learner.open();
    assert_eq!(learner.choosable(), ["m", "a", "b"]);
    assert_eq!(learner.ask("c"), "NB.2.1-8");
    learner.ask("b");
    assert_eq!(learner.ask("continue"), "c", "flow leaves it");
}

#[test]
fn constrain_choice_lets_the_learner_go_next_door_only() {
    let module = |name: &str, names: &[&str]| flowing(name, scos(names));
    let b = module("m2", &["b1", "b2"]).with(|s| s.choice_constraints.constrain_choice = true);
    let modules = vec![module("m1", &["a"]), b, module("m3", &["c"]), module("m4", &["d"])];
    let mut learner = Learner::of(flowing("root", modules));
    learner.open();
    learner.ask("b1");
    assert_eq!(learner.ask("d"), "SB.2.9-8");
    learner.ask("b1");
    assert_eq!(learner.ask("c"), "c");
    learner.ask("b1");
    assert_eq!(learner.ask("a"), "a");
}

#[test]
fn prevent_activation_keeps_what_is_in_a_cluster_from_being_chosen_into() {
    let module =
        flowing("m", scos(&["b"])).with(|s| s.choice_constraints.prevent_activation = true);
    let mut learner = Learner::of(flowing("root", vec![sco("a"), module]));
    learner.open();
    assert_eq!(learner.ask("b"), "SB.2.9-6");
    assert_eq!(learner.ask("m"), "b", "the cluster itself can be chosen");
}

#[test]
fn without_choice_nothing_can_be_chosen() {
    let root = flowing("root", scos(&["a", "b"])).with(|s| s.control.choice = false);
    let mut learner = Learner::of(root);
    learner.open();
    assert_eq!(learner.ask("b"), "NB.2.1-10");
    assert!(!learner.tree.controls(&learner.state, None, learner.moment).offer_choice());
}

#[test]
fn an_invisible_activity_is_not_in_the_contents_but_content_may_choose_it() {
    let mut b = sco("b");
    b.visible = false;
    let mut learner = Learner::of(flowing("root", vec![sco("a"), b]));
    learner.open();
    assert_eq!(learner.choosable(), ["root", "a"]);
    assert_eq!(learner.ask("b"), "b");
}
