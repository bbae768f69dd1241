//! Random courses and random learners.

use super::{FOURTH, Learner};
use crate::manifest::{Edition, Item};
use crate::runtime::RunTimeData;
use crate::sequencing::{
    Combination, Condition, Outcome, Randomization, Request, Rule, RuleAction, RuleCondition,
    Sequencing, Timing,
};
use crate::tree::sample::{cluster, map, primary, sco, session};
use crate::tree::{ActivityIndex, ActivityTree, Moment, TreeState};
use domain::{ItemId, Timestamp};
use proptest::prelude::*;

fn any_condition() -> impl Strategy<Value = Condition> {
    proptest::sample::select(vec![
        Condition::Satisfied,
        Condition::ObjectiveStatusKnown,
        Condition::ObjectiveMeasureKnown,
        Condition::ObjectiveMeasureGreaterThan,
        Condition::Completed,
        Condition::ActivityProgressKnown,
        Condition::Attempted,
        Condition::AttemptLimitExceeded,
        Condition::TimeLimitExceeded,
        Condition::OutsideAvailableTimeRange,
        Condition::Always,
        Condition::Never,
    ])
}

fn any_rule(actions: &'static [RuleAction]) -> impl Strategy<Value = Rule> {
    let conditions = prop::collection::vec((any_condition(), any::<bool>()), 1..3);
    (conditions, any::<bool>(), proptest::sample::select(actions)).prop_map(
        |(conditions, all, action)| Rule {
            combination: if all { Combination::All } else { Combination::Any },
            conditions: conditions
                .into_iter()
                .map(|(condition, negated)| RuleCondition {
                    condition,
                    objective: None,
                    measure_threshold: Some(0.3),
                    negated,
                })
                .collect(),
            action,
        },
    )
}

fn any_sequencing(with_maps: bool) -> impl Strategy<Value = Sequencing> {
    use RuleAction::{
        Continue, Disabled, Exit, ExitAll, ExitParent, HiddenFromChoice, Previous, Retry, RetryAll,
        Skip, StopForwardTraversal,
    };
    const PRE: &[RuleAction] = &[Skip, Disabled, HiddenFromChoice, StopForwardTraversal];
    const POST: &[RuleAction] = &[ExitParent, ExitAll, Retry, RetryAll, Continue, Previous];
    const TIMINGS: [Timing; 3] = [Timing::Never, Timing::Once, Timing::OnEachNewAttempt];
    let control = (any::<[bool; 4]>(), prop::bool::weighted(0.8), prop::bool::weighted(0.2));
    let rules = (
        prop::collection::vec(any_rule(PRE), 0..2),
        prop::collection::vec(any_rule(&[Exit]), 0..2),
        prop::collection::vec(any_rule(POST), 0..2),
    );
    let draws = (0..3_usize, 0..3_usize, any::<bool>(), prop::option::of(1..3_u32));
    let rest = (prop::option::weighted(0.2, 0..3_u32), 0..3_u8, prop::bool::weighted(0.9), draws);
    (control, rules, rest).prop_map(move |((flags, flow, forward_only), rules, rest)| {
        let (limit, global, tracked, (select, shuffle, reorder_children, select_count)) = rest;
        let mut sequencing = Sequencing::default();
        sequencing.control.choice = flags[0] || flags[1];
        sequencing.control.choice_exit = flags[1] || flags[2];
        sequencing.choice_constraints.constrain_choice = flags[2] && flags[3];
        sequencing.choice_constraints.prevent_activation = flags[0] && flags[3];
        (sequencing.control.flow, sequencing.control.forward_only) = (flow, forward_only);
        (sequencing.pre_conditions, sequencing.exit_conditions, sequencing.post_conditions) = rules;
        sequencing.limits.attempt_limit = limit;
        sequencing.delivery.tracked = tracked;
        let mut objective = primary("goal");
        objective.satisfied_by_measure = flags[3];
        objective.min_normalized_measure = 0.4;
        if with_maps {
            objective.maps = vec![map(&format!("global{global}"), flags[0], flags[1])];
        }
        sequencing.objectives = vec![objective];
        sequencing.randomization = Randomization {
            selection_timing: TIMINGS[select],
            randomization_timing: TIMINGS[shuffle],
            reorder_children,
            select_count,
        };
        sequencing
    })
}

fn any_item(with_maps: bool) -> impl Strategy<Value = Item> {
    let leaf = any_sequencing(with_maps).prop_map(|sequencing| sco("x").with(|s| *s = sequencing));
    leaf.prop_recursive(3, 20, 4, move |inner| {
        (prop::collection::vec(inner, 1..4), any_sequencing(with_maps))
            .prop_map(|(children, sequencing)| cluster("x", children).with(|s| *s = sequencing))
    })
}

fn any_course(with_maps: bool) -> impl Strategy<Value = Learner> {
    const EDITIONS: [Edition; 3] = [Edition::Scorm2004Second, Edition::Scorm2004Third, FOURTH];
    (prop::collection::vec(any_item(with_maps), 1..4), any_sequencing(with_maps), 0..3_usize)
        .prop_map(|(children, sequencing, edition)| {
            let mut root = cluster("x", children).with(|s| *s = sequencing);
            number(&mut root, &mut 0);
            Learner::of_edition(EDITIONS[edition], root)
        })
}

fn number(item: &mut Item, count: &mut usize) {
    item.identifier = ItemId::new(format!("i{count}"));
    *count += 1;
    item.children.iter_mut().for_each(|child| number(child, count));
}

impl std::fmt::Debug for Learner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.tree.fmt(f)
    }
}

/// One act: which request, which target, what content says before it.
type Act = (u8, u8, u8);

fn any_acts() -> impl Strategy<Value = Vec<Act>> {
    prop::collection::vec(any::<Act>(), 1..25)
}

fn request(tree: &ActivityTree, (kind, target, _): Act) -> Option<Request> {
    let items: Vec<_> = tree.activities().map(|activity| activity.id().clone()).collect();
    let item = || items[usize::from(target) % items.len()].clone();
    Some(match kind % 16 {
        0..=4 => Request::Continue,
        5 => Request::Previous,
        6..=8 => Request::Choice(item()),
        9 => Request::Jump(item()),
        10 => Request::Exit,
        11 => Request::ExitAll,
        12 => Request::Abandon,
        13 => Request::SuspendAll,
        14 => Request::AbandonAll,
        _ => return None,
    })
}

const SAID: [&[(&str, &str)]; 6] = [
    &[],
    &[("cmi.success_status", "passed"), ("cmi.score.scaled", "0.9")],
    &[("cmi.success_status", "failed"), ("cmi.score.scaled", "-0.2")],
    &[("cmi.completion_status", "incomplete")],
    &[("cmi.exit", "suspend"), ("cmi.progress_measure", "0.5")],
    &[("cmi.completion_status", "unknown"), ("cmi.success_status", "unknown")],
];

/// Plays the acts from `state` on; every outcome, and the state after each.
fn play(learner: &Learner, acts: &[Act]) -> Vec<(Outcome, TreeState)> {
    let (tree, mut state) = (&learner.tree, TreeState::default());
    let mut seconds = 0;
    let mut moment = || {
        seconds += 30;
        Moment { now: Timestamp::from_micros(seconds * 1_000_000), random: 3 }
    };
    let opened = tree.open(&mut state, moment());
    let mut told = vec![(opened, state.clone())];
    for act in acts {
        let current = state.current().and_then(|item| tree.find(item));
        if let Some(at) =
            current.filter(|&at| state.of(tree[at].id()).is_active && tree[at].is_leaf())
        {
            let start = RunTimeData::start(tree.edition(), &tree.delivery(&state, at));
            let data = session(tree.edition(), start, SAID[usize::from(act.2) % SAID.len()]);
            tree.finish(&mut state, at, &data);
        }
        let outcome = match request(tree, *act).filter(|_| state.current().is_some()) {
            Some(request) => tree.request(&mut state, request, moment()),
            None => tree.open(&mut state, moment()),
        };
        told.push((outcome, state.clone()));
    }
    told
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn only_activities_that_nothing_forbids_are_delivered(
        learner in any_course(true),
        acts in any_acts(),
    ) {
        let told = play(&learner, &acts);
        let tree = &learner.tree;
        for (before, (outcome, after)) in
            std::iter::once(None).chain(told.iter().map(Some)).zip(&told)
        {
            let Some(delivery) = &outcome.delivered else { continue };
            let at = delivery.activity;
            prop_assert!(tree[at].can_launch());
            prop_assert!(tree.is_available(after, at));
            for at in tree.path(at) {
                let known = after.of(tree[at].id());
                prop_assert!(known.is_active && !known.is_suspended);
                let limit = tree[at].sequencing.limits.attempt_limit;
                let is_tracked = tree[at].sequencing.delivery.tracked;
                let began = before.is_none_or(|(_, before)| {
                    before.of(tree[at].id()).attempts < known.attempts
                });
                let is_over = is_tracked && began && limit.is_some_and(|max| known.attempts > max);
                prop_assert!(!is_over, "{} attempts of {limit:?}", known.attempts);
                let disables = |rule: &Rule| {
                    rule.action == RuleAction::Disabled
                        && rule.conditions.iter().all(|one| {
                            (one.condition == Condition::Always && !one.negated)
                                || (one.condition == Condition::Never && one.negated)
                        })
                };
                prop_assert!(!tree[at].sequencing.pre_conditions.iter().any(disables));
            }
        }
    }

    #[test]
    fn what_is_chosen_is_not_hidden_and_what_is_offered_is_delivered(
        learner in any_course(true),
        acts in any_acts(),
    ) {
        let told = play(&learner, &acts);
        let tree = &learner.tree;
        let (_, state) = told.last().expect("the course was opened");
        let moment = Moment { now: Timestamp::from_micros(1), random: 3 };
        let valid = tree.validity(state, None, moment);
        let current = state.current().and_then(|item| tree.find(item));
        let has_rules = current.is_some_and(|at| {
            tree.path(at).any(|at| {
                let sequencing = &tree[at].sequencing;
                !sequencing.post_conditions.is_empty() || !sequencing.exit_conditions.is_empty()
            })
        });
        for entry in tree.controls(state, None, moment).contents {
            let item = tree[entry.activity].id().clone();
            prop_assert_eq!(valid.choice.get(item.as_str()), Some(&entry.refused.is_none()));
            if has_rules {
                // Rules may well lead elsewhere.
                continue;
            }
            let outcome = tree.request(&mut state.clone(), Request::Choice(item), moment);
            prop_assert_eq!(outcome.delivered.is_some(), entry.refused.is_none());
        }
    }

    #[test]
    fn tracking_stays_in_range_and_one_activity_at_most_is_active(
        learner in any_course(true),
        acts in any_acts(),
    ) {
        let tree = &learner.tree;
        for (outcome, state) in play(&learner, &acts) {
            let active = tree.indices().filter(|&at| {
                tree[at].is_leaf() && state.of(tree[at].id()).is_active
            });
            prop_assert!(active.count() <= 1);
            for at in tree.indices() {
                let seen = tree.observe(&state, at, None);
                prop_assert!(seen.measure.is_none_or(|m| (-1.0..=1.0).contains(&m)));
                prop_assert!(seen.progress.is_none_or(|p| (0.0..=1.0).contains(&p)));
            }
            prop_assert_eq!(outcome.ended, outcome.ended && state.current().is_none());
            prop_assert!(outcome.refused.is_none() || outcome.delivered.is_none());
            prop_assert!(!outcome.sentence(tree).is_empty());
        }
    }

    #[test]
    fn suspend_all_and_resume_all_change_nothing(learner in any_course(false), acts in any_acts()) {
        let tree = &learner.tree;
        let moment = Moment { now: Timestamp::from_micros(1), random: 3 };
        for (_, before) in play(&learner, &acts) {
            let current = before.current().and_then(|item| tree.find(item));
            // Content that asked to be suspended and was not left is suspended already.
            let is_playing = |&at: &ActivityIndex| {
                let known = before.of(tree[at].id());
                tree[at].is_leaf() && known.is_active && !known.is_suspended
            };
            let Some(at) = current.filter(is_playing) else { continue };
            if !tree.path(at).all(|at| tree.check_activity(&before, at).is_none()) {
                // What may no longer be taken is not resumed either.
                continue;
            }
            // TB.2.3, 5.1.1 rolls up once more; with maps that changes what they feed back.
            let mut before = before;
            tree.roll_up(&mut before, at);
            let mut state = before.clone();
            let suspended = tree.request(&mut state, Request::SuspendAll, moment);
            prop_assert!(suspended.ended);
            let resumed = tree.request(&mut state, Request::ResumeAll, moment);
            if let Some(delivery) = resumed.delivered {
                prop_assert_eq!(delivery.activity, at);
                prop_assert_eq!(statuses(tree, &state), statuses(tree, &before));
            } else {
                // A rule that suspension itself made true forbids it.
                prop_assert!(resumed.refused.is_some());
            }
        }
    }

    #[test]
    fn a_learner_goes_on_in_another_version_whatever_it_is(
        old in any_course(true),
        new in any_course(true),
        acts in any_acts(),
    ) {
        let moment = Moment { now: Timestamp::from_micros(1), random: 5 };
        let (old_tree, tree) = (&old.tree, &new.tree);
        for (_, before) in play(&old, &acts) {
            if old_tree.is_over(&before) {
                continue;
            }
            for adopted in [
                tree.adopt(old_tree, before.clone(), moment),
                tree.adopt_anew(old_tree, before.clone(), moment),
            ] {
                let mut state = adopted.state;
                let is_begun = before.of(old_tree.root().id()).attempts > 0;
                prop_assert!(!tree.is_over(&state));
                prop_assert_eq!(state.of(tree.root().id()).attempts > 0, is_begun);
                prop_assert!(state.current().is_none());
                prop_assert!(state.suspended().is_none_or(|item| tree.find(item).is_some()));
                for at in old_tree.indices() {
                    let item = old_tree[at].id();
                    prop_assert!(state.of(item).attempts >= before.of(item).attempts);
                    prop_assert!(!state.of(item).is_active);
                }
                for at in tree.indices() {
                    let seen = tree.observe(&state, at, None);
                    prop_assert!(seen.measure.is_none_or(|m| (-1.0..=1.0).contains(&m)));
                    prop_assert!(seen.progress.is_none_or(|p| (0.0..=1.0).contains(&p)));
                }
                tree.open(&mut state, moment);
            }
        }
    }

    #[test]
    fn the_same_acts_have_the_same_outcomes_and_traces(
        learner in any_course(true),
        acts in any_acts(),
    ) {
        prop_assert_eq!(play(&learner, &acts), play(&learner, &acts));
    }

    #[test]
    fn a_state_that_was_kept_goes_on_as_if_it_had_not_been(
        learner in any_course(true),
        acts in any_acts(),
    ) {
        let told = play(&learner, &acts);
        let (_, state) = told.last().expect("the course was opened");
        let text = serde_json::to_string(state).expect("serialises");
        let read: TreeState = serde_json::from_str(&text).expect("reads back");
        prop_assert_eq!(&read, state);
    }
}

/// What activities are and know, without the times.
fn statuses(tree: &ActivityTree, state: &TreeState) -> Vec<(u32, bool, bool, String)> {
    tree.indices()
        .map(|at| {
            let known = state.of(tree[at].id());
            let seen = format!("{:?}", tree.observe(state, at, None));
            (known.attempts, known.is_active, known.is_suspended, seen)
        })
        .collect()
}

#[test]
fn a_course_of_a_thousand_activities_answers_with_all_controls() {
    let modules = (0..100).map(|m| {
        let scos = (0..9).map(|n| sco(&format!("s{m}-{n}"))).collect();
        super::flowing(&format!("m{m}"), scos)
    });
    let mut learner = Learner::of(super::flowing("root", modules.collect()));
    assert_eq!(learner.open(), "s0-0");
    assert_eq!(learner.ask("s50-4"), "s50-4");
    let valid = learner.tree.validity(&learner.state, None, learner.moment);
    assert_eq!(valid.choice.len(), 1001);
    assert!(valid.choice.values().all(|valid| *valid));
    assert_eq!((valid.forward, valid.previous), (Some(true), Some(true)));
}
