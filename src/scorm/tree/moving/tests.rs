//! What a learner keeps in another version.

use super::Adopted;
use crate::manifest::{Edition, Item};
use crate::runtime::{Completion, Success};
use crate::sequencing::{Request, Timing};
use crate::tree::sample::{MOMENT, at, cluster, deliver, item, leave, sco, take, tree};
use crate::tree::{ActivityTree, Delivered, Reported, Scorm12Rollup, TreeState};
use Edition::{Scorm12, Scorm2004Fourth as Fourth};
use domain::ItemId;

const DONE: &[(&str, &str)] =
    &[("cmi.completion_status", "completed"), ("cmi.success_status", "passed")];
const SUSPENDED: &[(&str, &str)] =
    &[("cmi.completion_status", "incomplete"), ("cmi.exit", "suspend")];

fn course(children: Vec<Item>) -> ActivityTree {
    let flow = |item: Item| item.with(|one| one.control.flow = true);
    let children = children
        .into_iter()
        .map(|child| if child.children.is_empty() { child } else { flow(child) })
        .collect();
    tree(Fourth, flow(cluster("Course", children)))
}

fn id(item: &str) -> ItemId {
    ItemId::new(item)
}

/// The state of a learner who has done `done`, suspended `suspended`, and left.
fn learner(tree: &ActivityTree, done: &[&str], suspended: &str) -> TreeState {
    let mut state = TreeState::default();
    for item in done {
        take(tree, &mut state, item, DONE);
    }
    let index = at(tree, suspended);
    deliver(tree, &mut state, index);
    let start = crate::runtime::RunTimeData::start(Fourth, &tree.delivery(&state, index));
    let data = crate::tree::sample::session(Fourth, start, SUSPENDED);
    tree.finish(&mut state, index, &data);
    assert!(!leave(tree, &mut state, Scorm12Rollup::default()));
    assert_eq!(state.suspended(), Some(&id(suspended)));
    state
}

#[test]
fn the_same_structure_keeps_everything_but_what_was_told() {
    let old = course(vec![sco("A"), sco("B"), sco("C")]);
    let mut state = learner(&old, &["A"], "B");
    let before = state.clone();
    state.set_reported(&id("A"), Reported { completed: true, ..Reported::default() });
    let Adopted { state: new, dropped } = old.adopt(&old, state, MOMENT);
    assert_eq!(new, before);
    assert_eq!(dropped, []);
}

#[test]
fn what_was_suspended_is_resumed_and_what_was_done_counts() {
    let old = course(vec![sco("A"), sco("B"), sco("C")]);
    let new = course(vec![sco("New"), sco("A"), sco("B")]);
    let Adopted { mut state, dropped } = new.adopt(&old, learner(&old, &["A"], "B"), MOMENT);
    assert_eq!(dropped, []);
    let status = new.activity_status(&state, at(&new, "A"));
    assert_eq!((status.completion, status.success), (Completion::Completed, Success::Passed));
    let delivery = new.open(&mut state, MOMENT).delivered.expect("something is delivered");
    assert_eq!((new[delivery.activity].id(), delivery.began), (&id("B"), Delivered::Resumed));
    assert_eq!(state.of(&id("B")).attempts, 1);
}

#[test]
fn a_suspended_part_that_is_gone_is_not_resumed_and_its_attempts_are_counted_on() {
    let old = course(vec![sco("A"), sco("B")]);
    let new = course(vec![sco("A"), sco("C")]);
    let Adopted { mut state, dropped } = new.adopt(&old, learner(&old, &["A"], "B"), MOMENT);
    assert_eq!(dropped, [id("B")]);
    assert!(!new.is_over(&state), "the attempt on the course goes on");
    let attempts = state.of(new.root().id()).attempts;
    assert!(new.open(&mut state, MOMENT).delivered.is_some());
    assert_eq!(state.of(new.root().id()).attempts, attempts);
    new.request(&mut state, Request::SuspendAll, MOMENT);
    let Adopted { mut state, dropped } = old.adopt(&new, state, MOMENT);
    assert_eq!(dropped, []);
    deliver(&old, &mut state, at(&old, "B"));
    assert_eq!(state.of(&id("B")).attempts, 2, "its first attempt is history");
}

#[test]
fn a_leaf_that_became_a_group_is_another_part() {
    let old = course(vec![sco("A"), sco("B")]);
    let new = course(vec![sco("A"), cluster("B", vec![sco("B1")])]);
    let Adopted { state, dropped } = new.adopt(&old, learner(&old, &["A"], "B"), MOMENT);
    assert_eq!((dropped, state.suspended()), (vec![id("B")], None));
    assert!(state.of(&id("B")).primary.is_unknown());
    assert_eq!(new.lacks(&old).map(|was| old[was].id()).collect::<Vec<_>>(), [&id("B")]);
}

#[test]
fn the_course_is_rolled_up_anew_when_it_has_other_parts() {
    let completion = |tree: &ActivityTree, state: &TreeState| {
        tree.course_status(state, Scorm12Rollup::default()).completion
    };
    let old = course(vec![sco("A"), sco("B")]);
    let less = course(vec![sco("A")]);
    let adopted = less.adopt(&old, learner(&old, &["A"], "B"), MOMENT);
    assert_eq!(completion(&less, &adopted.state), Completion::Completed);
    // All is done, but one part of it may be resumed: the attempt on the course goes on.
    let mut state = learner(&old, &["A"], "B");
    take(&old, &mut state, "B", DONE);
    state.of_mut(old.root().id()).is_suspended = true;
    assert_eq!(completion(&old, &state), Completion::Completed);
    let more = course(vec![sco("A"), sco("B"), sco("C")]);
    let adopted = more.adopt(&old, state, MOMENT);
    assert_ne!(completion(&more, &adopted.state), Completion::Completed);
    assert!(!more.is_over(&adopted.state));
}

#[test]
fn parts_that_move_into_a_new_group_keep_counting() {
    let old = course(vec![sco("A"), sco("B"), sco("C")]);
    let new = course(vec![cluster("G", vec![sco("A"), sco("B")]), sco("C")]);
    let Adopted { mut state, .. } = new.adopt(&old, learner(&old, &["A"], "B"), MOMENT);
    assert_eq!(new.observe(&state, at(&new, "A"), None).completion, Some(true));
    let delivery = new.open(&mut state, MOMENT).delivered.expect("something is delivered");
    assert_eq!(new[delivery.activity].id(), &id("B"));
    assert_eq!(state.of(&id("G")).attempts, 1, "the group was under way");
    take(&new, &mut state, "B", DONE);
    let group = new.activity_status(&state, at(&new, "G"));
    assert_eq!(group.completion, Completion::Completed);
}

#[test]
fn drawn_children_stay_drawn_and_new_ones_join() {
    let select = |count: Option<u64>, ids: &[&str]| {
        let children = ids.iter().map(|id| sco(id)).collect();
        let group = cluster("G", children).with(|one| {
            one.randomization.select_count = count.map(|count| count.try_into().unwrap());
            one.randomization.selection_timing =
                if count.is_some() { Timing::Once } else { Timing::Never };
            one.randomization.randomization_timing = Timing::Once;
            one.randomization.reorder_children = true;
        });
        course(vec![group])
    };
    let drawn =
        |state: &TreeState| state.of(&id("G")).available.clone().expect("children were drawn");
    let old = select(Some(2), &["A", "B", "C", "D"]);
    let mut state = TreeState::default();
    old.open(&mut state, MOMENT);
    old.request(&mut state, Request::SuspendAll, MOMENT);
    let before = drawn(&state);
    assert_eq!(before.len(), 2);
    let gone = before[0].as_str();
    let rest: Vec<&str> = ["A", "B", "C", "D", "E"].into_iter().filter(|id| *id != gone).collect();
    let adopted = select(Some(2), &rest).adopt(&old, state, MOMENT);
    assert_eq!(drawn(&adopted.state), [before[1].clone(), id("E")]);

    let old = select(None, &["A", "B", "C"]);
    let mut state = TreeState::default();
    old.open(&mut state, MOMENT);
    old.request(&mut state, Request::SuspendAll, MOMENT);
    let mut expected = drawn(&state);
    expected.push(id("D"));
    let adopted = select(None, &["A", "B", "C", "D"]).adopt(&old, state, MOMENT);
    assert_eq!(drawn(&adopted.state), expected, "the order stays, what is new comes last");
}

#[test]
fn a_session_that_broke_off_is_suspended_first() {
    let old = course(vec![sco("A"), sco("B")]);
    let mut state = TreeState::default();
    deliver(&old, &mut state, at(&old, "B"));
    let Adopted { mut state, .. } = old.adopt(&old, state, MOMENT);
    assert_eq!((state.current(), state.suspended()), (None, Some(&id("B"))));
    assert!(old.activities().all(|activity| !state.of(activity.id()).is_active));
    let delivery = old.open(&mut state, MOMENT).delivered.expect("something is delivered");
    assert_eq!(old[delivery.activity].id(), &id("B"));
}

#[test]
fn who_begins_anew_keeps_nothing_but_the_numbers_of_attempts() {
    let old = course(vec![sco("A"), sco("B")]);
    let new = tree(Scorm12, cluster("Other", vec![sco("A"), item("B"), sco("C")]));
    assert!(!new.continues(&old) && old.continues(&old));
    let Adopted { mut state, dropped } = new.adopt_anew(&old, learner(&old, &["A"], "B"), MOMENT);
    assert_eq!(dropped, [id("A"), id("B")]);
    assert!(!new.is_over(&state));
    let status = new.activity_status(&state, at(&new, "A"));
    assert_ne!(status.completion, Completion::Completed);
    let delivery = new.open(&mut state, MOMENT).delivered.expect("something is delivered");
    assert_eq!((new[delivery.activity].id(), delivery.began), (&id("A"), Delivered::NewAttempt));
    assert_eq!(state.of(&id("A")).attempts, 2);
}

#[test]
fn nothing_begun_is_nothing_kept() {
    let (old, new) = (course(vec![sco("A")]), course(vec![sco("B")]));
    for adopted in [
        new.adopt(&old, TreeState::default(), MOMENT),
        new.adopt_anew(&old, TreeState::default(), MOMENT),
    ] {
        assert_eq!(adopted, Adopted { state: TreeState::default(), dropped: Vec::new() });
    }
}
