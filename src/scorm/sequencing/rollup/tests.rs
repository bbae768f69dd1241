//! The rollup processes on small trees, by table and at random.

use crate::manifest::{Edition, Item};
use crate::sequencing::{
    ChildActivitySet, Combination, Condition, RequiredFor, RollupAction, RollupRule, RuleCondition,
};
use crate::sequencing::{Rule, RuleAction};
use crate::tree::sample::{
    asset, at, cluster, deliver, end, item, leave, map, primary, sco, take, tree,
};
use crate::tree::{ActivityTree, ObjectiveProgress, TreeState};
use proptest::prelude::*;

const FOURTH: Edition = Edition::Scorm2004Fourth;
const PASSED: (&str, &str) = ("cmi.success_status", "passed");
const FAILED: (&str, &str) = ("cmi.success_status", "failed");
const COMPLETED: (&str, &str) = ("cmi.completion_status", "completed");
const INCOMPLETE: (&str, &str) = ("cmi.completion_status", "incomplete");
const UNSAID: [(&str, &str); 2] =
    [("cmi.success_status", "unknown"), ("cmi.completion_status", "unknown")];

fn root(tree: &ActivityTree, state: &TreeState) -> ObjectiveProgress {
    tree.observe(state, ActivityTree::ROOT, None)
}

/// Takes the items in turn and returns what the root knows then.
fn after(tree: &ActivityTree, takes: &[(&str, &[(&str, &str)])]) -> ObjectiveProgress {
    let mut state = TreeState::default();
    for (item, sets) in takes {
        take(tree, &mut state, item, sets);
    }
    root(tree, &state)
}

fn rule(
    children: ChildActivitySet,
    conditions: &[(Condition, bool)],
    action: RollupAction,
) -> RollupRule {
    RollupRule { children, combination: Combination::Any, conditions: conditions.to_vec(), action }
}

#[test]
fn by_default_all_children_must_be_satisfied_and_completed() {
    let tree = tree(FOURTH, cluster("root", vec![sco("a"), sco("b")]));
    for (a, b, satisfied, completion) in [
        (vec![PASSED, COMPLETED], vec![PASSED, COMPLETED], Some(true), Some(true)),
        (vec![FAILED, COMPLETED], vec![PASSED, COMPLETED], Some(false), Some(true)),
        (vec![FAILED, INCOMPLETE], vec![FAILED, COMPLETED], Some(false), Some(false)),
        (UNSAID.to_vec(), vec![PASSED, COMPLETED], None, None),
        // UP.4: what content does not say is assumed
        (vec![], vec![], Some(true), Some(true)),
        (vec![], vec![FAILED], Some(false), Some(true)),
    ] {
        let seen = after(&tree, &[("a", &a), ("b", &b)]);
        assert_eq!((seen.satisfied, seen.completion), (satisfied, completion), "{a:?} {b:?}");
    }
    let first = after(&tree, &[("a", &[PASSED, COMPLETED])]);
    assert_eq!((first.satisfied, first.completion), (None, None), "b is still to come");
}

#[test]
fn measures_roll_up_weighted_and_an_unknown_one_counts_with_zero() {
    let weighted = |identifier, weight| {
        sco(identifier).with(|s| s.rollup_controls.objective_measure_weight = weight)
    };
    for (weights, scores, mean) in [
        ([1.0, 1.0], [Some("0.5"), Some("1")], Some(0.75)),
        ([1.0, 0.5], [Some("0.9"), Some("0.3")], Some(0.7)),
        ([1.0, 0.0], [Some("0.9"), Some("0.3")], Some(0.9)),
        ([1.0, 1.0], [Some("0.5"), None], Some(0.25)),
        ([0.0, 0.0], [Some("0.5"), Some("1")], None),
        ([1.0, 1.0], [None, None], None),
        ([1.0, 1.0], [Some("-1"), Some("0.5")], Some(-0.25)),
    ] {
        let course = cluster("root", vec![weighted("a", weights[0]), weighted("b", weights[1])]);
        let tree = tree(FOURTH, course);
        let sets = scores.map(|score| score.map(|score| ("cmi.score.scaled", score)));
        let seen = after(&tree, &[("a", sets[0].as_slice()), ("b", sets[1].as_slice())]);
        let close = match (seen.measure, mean) {
            (Some(seen), Some(mean)) => (seen - mean).abs() < 1e-9,
            (seen, mean) => seen == mean,
        };
        assert!(close, "{weights:?} {scores:?}: {:?}", seen.measure);
    }
}

#[test]
fn an_untracked_child_does_not_count() {
    let mut children = vec![sco("a"), sco("b").with(|s| s.delivery.tracked = false)];
    let tree = tree(FOURTH, cluster("root", std::mem::take(&mut children)));
    let seen = after(&tree, &[("b", &[FAILED]), ("a", &[PASSED, ("cmi.score.scaled", "0.8")])]);
    assert_eq!((seen.satisfied, seen.measure), (Some(true), Some(0.8)));
}

#[test]
fn a_root_satisfied_by_measure_is_decided_by_its_threshold() {
    let by_measure = |if_active| {
        cluster("root", vec![sco("a"), sco("b")]).with(|s| {
            let mut objective = primary("goal");
            (objective.satisfied_by_measure, objective.min_normalized_measure) = (true, 0.6);
            s.objectives = vec![objective];
            s.rollup_considerations.measure_satisfaction_if_active = if_active;
        })
    };
    let course = tree(FOURTH, by_measure(true));
    for (a, b, satisfied) in
        [("0.7", "0.5", Some(true)), ("0.5", "0.5", Some(false)), ("0.2", "1", Some(true))]
    {
        let seen = after(
            &course,
            &[("a", &[FAILED, ("cmi.score.scaled", a)]), ("b", &[FAILED, ("cmi.score.scaled", b)])],
        );
        assert_eq!(seen.satisfied, satisfied, "{a} {b}");
    }
    assert_eq!(after(&course, &[("a", &[PASSED])]).satisfied, None, "no measure");

    let waiting = tree(FOURTH, by_measure(false));
    let mut state = TreeState::default();
    take(&waiting, &mut state, "a", &[("cmi.score.scaled", "1")]);
    take(&waiting, &mut state, "b", &[("cmi.score.scaled", "1")]);
    assert_eq!(root(&waiting, &state).satisfied, None, "the root is active");
    leave(&waiting, &mut state, crate::tree::Scorm12Rollup::default());
    assert_eq!(root(&waiting, &state).satisfied, Some(true));
}

#[test]
fn progress_measures_roll_up_in_the_fourth_edition_only() {
    let course = || {
        let children = vec![sco("a").threshold(0.5, 1.0), sco("b").threshold(0.5, 3.0)];
        cluster("root", children).threshold(0.75, 1.0)
    };
    let takes: [(&str, &[(&str, &str)]); 2] =
        [("a", &[("cmi.progress_measure", "1")]), ("b", &[("cmi.progress_measure", "0.6")])];
    let fourth = after(&tree(FOURTH, course()), &takes);
    assert!((fourth.progress.unwrap() - 0.7).abs() < 1e-9);
    assert_eq!(fourth.completion, Some(false), "0.7 is below 0.75");
    let third = after(&tree(Edition::Scorm2004Third, course()), &takes);
    assert_eq!((third.progress, third.completion), (None, Some(true)), "by rules");
}

#[test]
fn rules_look_at_the_set_of_children_they_name() {
    let completed = [(Condition::Completed, false)];
    let satisfied = [(Condition::Satisfied, false)];
    let children = || vec![sco("a"), sco("b"), sco("c"), sco("d")];
    let done: &[(&str, &str)] = &[PASSED, COMPLETED];
    let not_done: &[(&str, &str)] = &[FAILED, INCOMPLETE];
    for (set, conditions, takes, completion) in [
        (ChildActivitySet::Any, completed, vec![done], Some(true)),
        (ChildActivitySet::Any, completed, vec![not_done], None),
        (ChildActivitySet::All, satisfied, vec![done; 4], Some(true)),
        (ChildActivitySet::All, satisfied, vec![done; 3], None),
        (ChildActivitySet::None, satisfied, vec![not_done; 4], Some(true)),
        (ChildActivitySet::None, satisfied, vec![not_done; 3], None),
        (ChildActivitySet::AtLeastCount(2), completed, vec![done; 2], Some(true)),
        (ChildActivitySet::AtLeastCount(2), completed, vec![done], None),
        (ChildActivitySet::AtLeastCount(0), completed, vec![not_done], Some(true)),
        (ChildActivitySet::AtLeastPercent(0.5), completed, vec![done; 2], Some(true)),
        (ChildActivitySet::AtLeastPercent(0.51), completed, vec![done; 2], None),
    ] {
        let course = cluster("root", children())
            .with(|s| s.rollup_rules = vec![rule(set, &conditions, RollupAction::Completed)]);
        let takes: Vec<_> = ["a", "b", "c", "d"].into_iter().zip(takes).collect();
        let seen = after(&tree(FOURTH, course), &takes);
        assert_eq!(seen.completion, completion, "{set:?} {conditions:?} {}", takes.len());
    }
}

#[test]
fn a_positive_rule_beats_a_negative_one_and_a_negated_condition_is_negated() {
    let attempted = [(Condition::Attempted, false)];
    let not_satisfied = [(Condition::Satisfied, true)];
    let course = cluster("root", vec![sco("a"), sco("b")]).with(|s| {
        s.rollup_rules = vec![
            rule(ChildActivitySet::Any, &attempted, RollupAction::Completed),
            rule(ChildActivitySet::Any, &attempted, RollupAction::Incomplete),
            rule(ChildActivitySet::Any, &not_satisfied, RollupAction::NotSatisfied),
        ];
    });
    let seen = after(&tree(FOURTH, course), &[("a", &[FAILED])]);
    assert_eq!((seen.completion, seen.satisfied), (Some(true), Some(false)));
}

#[test]
fn considerations_say_when_a_child_counts() {
    let b = |required| sco("b").with(|s| s.rollup_considerations.satisfied = required);
    let suspended: &[(&str, &str)] = &[("cmi.exit", "suspend"), PASSED];
    let failed: &[(&str, &str)] = &[FAILED];
    for (required, take_b, satisfied) in [
        (RequiredFor::Always, None, None),
        (RequiredFor::IfAttempted, None, Some(true)),
        (RequiredFor::IfAttempted, Some(failed), Some(false)),
        (RequiredFor::IfNotSuspended, None, Some(true)),
        (RequiredFor::IfNotSuspended, Some(suspended), Some(true)),
        (RequiredFor::IfNotSuspended, Some(failed), Some(false)),
        (RequiredFor::IfNotSkipped, None, None),
    ] {
        let tree = tree(FOURTH, cluster("root", vec![sco("a"), b(required)]));
        let passed: &[(&str, &str)] = &[PASSED];
        let takes: Vec<_> =
            take_b.map(|sets| ("b", sets)).into_iter().chain([("a", passed)]).collect();
        let seen = after(&tree, &takes);
        assert_eq!(seen.satisfied, satisfied, "{required:?} {take_b:?}");
    }
    let skipped = b(RequiredFor::IfNotSkipped).with(|s| {
        s.pre_conditions = vec![Rule {
            combination: Combination::All,
            conditions: vec![RuleCondition {
                condition: Condition::Attempted,
                objective: None,
                measure_threshold: None,
                negated: true,
            }],
            action: RuleAction::Skip,
        }];
    });
    let tree = tree(FOURTH, cluster("root", vec![sco("a"), skipped]));
    assert_eq!(after(&tree, &[("a", &[PASSED])]).satisfied, Some(true));
}

#[test]
fn a_child_that_does_not_contribute_is_left_out() {
    let quiet = sco("b").with(|s| {
        s.rollup_controls.objective_satisfied = false;
        s.rollup_controls.progress_completion = false;
    });
    let tree = tree(FOURTH, cluster("root", vec![sco("a"), quiet]));
    let seen = after(&tree, &[("a", &[PASSED, COMPLETED])]);
    assert_eq!((seen.satisfied, seen.completion), (Some(true), Some(true)));
}

#[test]
fn a_global_objective_carries_a_result_to_another_branch() {
    let mapped = |item: Item, read, write| {
        item.with(|s| {
            let mut objective = primary("local");
            objective.maps = vec![map("global", read, write)];
            s.objectives = vec![objective];
        })
    };
    let course = cluster(
        "root",
        vec![
            cluster("tests", vec![mapped(sco("pretest"), false, true)]),
            cluster("lessons", vec![mapped(sco("lesson"), true, false)]),
        ],
    );
    let tree = tree(FOURTH, course);
    let mut state = TreeState::default();
    take(&tree, &mut state, "pretest", &[PASSED, COMPLETED, ("cmi.score.scaled", "0.9")]);
    for item in ["lesson", "lessons", "root"] {
        let seen = tree.observe(&state, at(&tree, item), None);
        assert_eq!(
            (seen.satisfied, seen.completion, seen.measure.is_some()),
            (Some(true), Some(true), true),
            "{item}"
        );
    }
    // What the lesson itself says does not count against what its map reads …
    take(&tree, &mut state, "lesson", &[FAILED]);
    assert_eq!(tree.observe(&state, at(&tree, "lesson"), None).satisfied, Some(true));
    // … and an activity that knows nothing does not wipe what another one wrote.
    take(&tree, &mut state, "lesson", &UNSAID);
    assert_eq!(state.globals().next().unwrap().1.satisfied, Some(true));
    // The one that writes it may take it back.
    take(&tree, &mut state, "pretest", &UNSAID);
    assert_eq!(state.globals().next().unwrap().1.satisfied, None);
}

#[test]
fn a_new_attempt_on_the_course_starts_from_nothing_unless_it_may_use_earlier_ones() {
    for (uses_current_only, completion) in [(true, None), (false, Some(true))] {
        let course = cluster("root", vec![sco("a"), sco("b")]).with(|s| {
            s.control.use_current_attempt_progress_info = uses_current_only;
            s.control.use_current_attempt_objective_info = uses_current_only;
        });
        let tree = tree(FOURTH, course);
        let mut state = TreeState::default();
        take(&tree, &mut state, "a", &[COMPLETED]);
        take(&tree, &mut state, "b", &[COMPLETED]);
        leave(&tree, &mut state, crate::tree::Scorm12Rollup::default());
        take(&tree, &mut state, "a", &[COMPLETED]);
        assert_eq!(root(&tree, &state).completion, completion, "{uses_current_only}");
    }
}

fn any_set() -> impl Strategy<Value = ChildActivitySet> {
    prop_oneof![
        Just(ChildActivitySet::All),
        Just(ChildActivitySet::Any),
        Just(ChildActivitySet::None),
        (0u32..4).prop_map(ChildActivitySet::AtLeastCount),
        (0.0f64..=1.0).prop_map(ChildActivitySet::AtLeastPercent),
    ]
}

fn any_rule() -> impl Strategy<Value = RollupRule> {
    let conditions = prop::sample::select(vec![
        Condition::Satisfied,
        Condition::ObjectiveStatusKnown,
        Condition::ObjectiveMeasureKnown,
        Condition::Completed,
        Condition::ActivityProgressKnown,
        Condition::Attempted,
        Condition::AttemptLimitExceeded,
        Condition::Never,
    ]);
    let actions = prop::sample::select(vec![
        RollupAction::Satisfied,
        RollupAction::NotSatisfied,
        RollupAction::Completed,
        RollupAction::Incomplete,
    ]);
    let conditions = prop::collection::vec((conditions, any::<bool>()), 0..3);
    (any_set(), conditions, actions, any::<bool>()).prop_map(
        |(children, conditions, action, all)| {
            let combination = if all { Combination::All } else { Combination::Any };
            RollupRule { children, combination, conditions, action }
        },
    )
}

/// Random trees whose items are numbered in an order of their own; `with_maps` adds global
/// objectives.
fn any_tree(with_maps: bool) -> impl Strategy<Value = ActivityTree> {
    let maps = if with_maps { 0..3usize } else { 0..1usize };
    let settings = (
        prop::collection::vec(any_rule(), 0..3),
        (0.0f64..=1.0, 0.0f64..=1.0, any::<bool>(), prop::bool::weighted(0.9)),
        (any::<bool>(), -1.0f64..=1.0),
        prop::collection::vec(("[xy]", any::<bool>(), any::<bool>()), maps),
    );
    let node = settings
        .prop_map(|(rules, (weight, amount, by_measure, tracked), objective, maps)| {
            let mut item = item("?").with(|s| {
                s.rollup_rules = rules;
                s.rollup_controls.objective_measure_weight = weight;
                s.delivery.tracked = tracked;
                let mut goal = primary("goal");
                (goal.satisfied_by_measure, goal.min_normalized_measure) = objective;
                goal.maps = maps.iter().map(|(to, read, write)| map(to, *read, *write)).collect();
                s.objectives = vec![goal];
            });
            if by_measure {
                item = item.threshold(amount, weight);
            }
            item
        })
        .boxed();
    let leaf = node.clone().prop_map(|item| Item { resource: Some("sco".to_owned()), ..item });
    let nodes = leaf.prop_recursive(4, 24, 4, move |inner| {
        (node.clone(), prop::collection::vec(inner, 1..4)).prop_map(|(item, children)| Item {
            resource: None,
            children,
            ..item
        })
    });
    nodes.prop_map(|mut root| {
        let mut count = 0;
        number(&mut root, &mut count);
        tree(FOURTH, root)
    })
}

fn number(item: &mut Item, count: &mut usize) {
    item.identifier = domain::ItemId::new(format!("i{count}"));
    *count += 1;
    item.children.iter_mut().for_each(|child| number(child, count));
}

/// Which leaf to take, and what it says.
type Take = (prop::sample::Index, Option<bool>, Option<bool>, Option<i32>, Option<u32>, bool);

fn any_takes() -> impl Strategy<Value = Vec<Take>> {
    let status = || prop::option::of(any::<bool>());
    let take = (
        any::<prop::sample::Index>(),
        status(),
        status(),
        prop::option::of(-100i32..=100),
        prop::option::of(0u32..=100),
        any::<bool>(),
    );
    prop::collection::vec(take, 0..8)
}

fn play(tree: &ActivityTree, takes: &[Take]) -> TreeState {
    let mut state = TreeState::default();
    let leaves: Vec<_> = tree.launchable().map(|at| tree[at].id().clone()).collect();
    for (leaf, success, completion, score, progress, suspends) in takes {
        let word = |value: Option<bool>, yes: &str, no: &str| {
            value.map(|value| if value { yes.to_owned() } else { no.to_owned() })
        };
        let sets: Vec<(&str, String)> = [
            ("cmi.success_status", word(*success, "passed", "failed")),
            ("cmi.completion_status", word(*completion, "completed", "incomplete")),
            ("cmi.score.scaled", score.map(|n| (f64::from(n) / 100.0).to_string())),
            ("cmi.progress_measure", progress.map(|n| (f64::from(n) / 100.0).to_string())),
            ("cmi.exit", suspends.then(|| "suspend".to_owned())),
        ]
        .into_iter()
        .filter_map(|(element, value)| Some((element, value?)))
        .collect();
        let sets: Vec<_> = sets.iter().map(|(element, value)| (*element, value.as_str())).collect();
        take(tree, &mut state, leaf.get(&leaves).as_str(), &sets);
    }
    state
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn rollup_keeps_every_value_in_range(tree in any_tree(true), takes in any_takes()) {
        let state = play(&tree, &takes);
        for index in tree.indices() {
            let seen = tree.observe(&state, index, None);
            prop_assert!(seen.measure.is_none_or(|m| (-1.0..=1.0).contains(&m)));
            prop_assert!(seen.progress.is_none_or(|p| (0.0..=1.0).contains(&p)));
        }
        for (_, global) in state.globals() {
            prop_assert!(global.measure.is_none_or(|m| (-1.0..=1.0).contains(&m)));
        }
    }

    #[test]
    fn rollup_done_again_changes_nothing(tree in any_tree(false), takes in any_takes()) {
        let mut state = play(&tree, &takes);
        for leaf in tree.launchable().collect::<Vec<_>>() {
            tree.roll_up(&mut state, leaf);
        }
        let once = state.clone();
        for leaf in tree.launchable().collect::<Vec<_>>() {
            tree.roll_up(&mut state, leaf);
        }
        prop_assert_eq!(once, state);
    }

    #[test]
    fn a_measure_lies_between_those_of_the_tracked_children(
        tree in any_tree(false),
        takes in any_takes(),
    ) {
        let state = play(&tree, &takes);
        for index in tree.indices().filter(|&at| !tree[at].is_leaf()) {
            let Some(measure) = state.of(tree[index].id()).primary.measure else { continue };
            // an unknown measure counts with zero
            let children = tree[index].children.iter();
            let measures: Vec<f64> = children
                .filter(|&&child| tree[child].sequencing.delivery.tracked)
                .map(|&child| tree.observe(&state, child, None).measure.unwrap_or(0.0))
                .collect();
            let low = measures.iter().copied().fold(f64::INFINITY, f64::min);
            let high = measures.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            prop_assert!((low - 1e-9..=high + 1e-9).contains(&measure), "{measure} {measures:?}");
        }
    }

    #[test]
    fn a_state_reads_back_from_its_bytes(tree in any_tree(true), takes in any_takes()) {
        let state = play(&tree, &takes);
        let bytes = serde_json::to_vec(&state).unwrap();
        let back: TreeState = serde_json::from_slice(&bytes).unwrap();
        prop_assert_eq!(serde_json::to_vec(&back).unwrap(), bytes);
    }
}

#[test]
fn an_asset_is_completed_when_it_is_left() {
    let tree = tree(FOURTH, cluster("root", vec![asset("a")]));
    let mut state = TreeState::default();
    deliver(&tree, &mut state, at(&tree, "a"));
    assert_eq!(root(&tree, &state).completion, None);
    end(&tree, &mut state, at(&tree, "a"), None);
    assert_eq!(root(&tree, &state).completion, Some(true));
}
