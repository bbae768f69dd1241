//! Attempts, navigation and course status.

use super::sample::{
    MOMENT, asset, at, cluster, deliver, end, leave, map, primary, sco, session, take, tree,
};
use super::{ActivityTree, Adjustments, Delivered, ObjectiveProgress, Scorm12Rollup, TreeState};
use crate::manifest::{Edition, Item, SharedDataMap};
use crate::runtime::{Completion, CreditMode, RunTimeData, Success, Timespan};
use domain::ItemId;

const FOURTH: Edition = Edition::Scorm2004Fourth;
const EVERY: Scorm12Rollup = Scorm12Rollup::EveryScoDone;

fn hidden(item: Item) -> Item {
    Item { visible: false, ..item }
}

#[test]
fn activities_lie_in_document_order_and_are_found_by_item() {
    let course = cluster("root", vec![cluster("m1", vec![sco("a"), asset("b")]), sco("c")]);
    let tree = tree(FOURTH, course);
    let names: Vec<_> = tree.activities().map(|activity| activity.id().as_str()).collect();
    assert_eq!(names, ["root", "m1", "a", "b", "c"]);
    assert_eq!(tree.root().children.len(), 2);
    assert_eq!(tree.depth(at(&tree, "b")), 2);
    assert!(tree[at(&tree, "a")].is_sco() && !tree[at(&tree, "b")].is_sco());
    assert!(!tree[at(&tree, "m1")].can_launch());
    assert_eq!(tree.find(&ItemId::new("nobody")), None);
}

#[test]
fn a_resource_on_a_cluster_or_without_a_start_is_not_launched() {
    let mut parent = cluster("m", vec![sco("a")]);
    parent.resource = Some("sco".to_owned());
    let mut dangling = sco("b");
    dangling.resource = Some("missing".to_owned());
    let tree = tree(FOURTH, cluster("root", vec![parent, dangling]));
    let launchable: Vec<_> = tree.launchable().map(|at| tree[at].id().as_str()).collect();
    assert_eq!(launchable, ["a"]);
}

#[test]
fn next_and_previous_follow_document_order_and_pass_by_what_nothing_leads_to() {
    let course = || cluster("root", vec![cluster("m", vec![sco("a"), hidden(sco("b"))]), sco("c")]);
    for (edition, reached) in [(FOURTH, vec!["a", "b", "c"]), (Edition::Scorm12, vec!["a", "c"])] {
        let tree = tree(edition, course());
        let steps = std::iter::successors(tree.first(), |&index| tree.next(index));
        let forward: Vec<_> = steps.map(|index| tree[index].id().as_str()).collect();
        assert_eq!(forward, reached);
        let last = tree.find(&ItemId::new("c"));
        let steps = std::iter::successors(last, |&index| tree.previous(index));
        let mut backward: Vec<_> = steps.map(|index| tree[index].id().as_str()).collect();
        backward.reverse();
        assert_eq!(backward, reached);
        assert!(!tree.can_choose(at(&tree, "b")), "hidden from the table of contents");
    }
}

#[test]
fn a_launch_of_scorm_12_resumes_what_was_suspended_else_what_is_not_completed() {
    let tree = tree(Edition::Scorm12, cluster("root", vec![sco("a"), sco("b"), sco("c")]));
    let mut state = TreeState::default();
    let opens_at = |state: &TreeState| {
        let mut state = state.clone();
        leave(&tree, &mut state, EVERY);
        let delivery = tree.open(&mut state, MOMENT).delivered.unwrap();
        tree[delivery.activity].id().to_string()
    };
    let done = [("cmi.core.lesson_status", "completed")];
    assert_eq!(opens_at(&state), "a");
    take(&tree, &mut state, "a", &done);
    assert_eq!(opens_at(&state), "b");
    take(&tree, &mut state, "c", &[("cmi.core.exit", "suspend")]);
    assert_eq!(opens_at(&state), "c");
    take(&tree, &mut state, "c", &done);
    assert_eq!(opens_at(&state), "b");
    take(&tree, &mut state, "b", &done);
    assert_eq!(opens_at(&state), "a", "all is completed");
}

#[test]
fn a_suspended_attempt_goes_on_and_an_ended_one_does_not() {
    let tree = tree(FOURTH, cluster("root", vec![sco("a"), sco("b")]));
    let a = at(&tree, "a");
    let mut state = TreeState::default();
    assert_eq!(deliver(&tree, &mut state, a), Delivered::NewAttempt);
    let suspends = [("cmi.exit", "suspend"), ("cmi.session_time", "PT1M")];
    let start = RunTimeData::start(FOURTH, &tree.delivery(&state, a));
    let data = session(FOURTH, start, &suspends);
    end(&tree, &mut state, a, Some(&data));
    assert!(!leave(&tree, &mut state, EVERY));
    assert_eq!(deliver(&tree, &mut state, a), Delivered::Resumed);
    assert_eq!(state.of(tree[a].id()).attempts, 1);
    let mut delivery = tree.delivery(&state, a);
    delivery.prior = Some(data);
    let resumed = session(
        FOURTH,
        RunTimeData::start(FOURTH, &delivery),
        &[("cmi.exit", "normal"), ("cmi.session_time", "PT2M")],
    );
    end(&tree, &mut state, a, Some(&resumed));
    let status = tree.activity_status(&state, a);
    assert_eq!(status.total_time, Timespan::from_centiseconds(18_000));
    assert_eq!(deliver(&tree, &mut state, a), Delivered::NewAttempt);
    assert_eq!(state.of(tree[a].id()).attempts, 2);
    let total = tree.course_status(&state, EVERY).total_time;
    assert_eq!(total, Timespan::from_centiseconds(18_000), "earlier attempts count");
}

#[test]
fn a_completed_course_is_over_and_a_retake_counts_for_itself() {
    for edition in [FOURTH, Edition::Scorm12] {
        let tree = tree(edition, cluster("root", vec![sco("a"), sco("b")]));
        let mut state = TreeState::default();
        take(&tree, &mut state, "a", &[]);
        assert!(!leave(&tree, &mut state, EVERY), "{edition:?}");
        take(&tree, &mut state, "b", &[]);
        let course = tree.course_status(&state, EVERY);
        assert_eq!((course.completion, course.attempt), (Completion::Completed, 1), "{edition:?}");
        assert!(!tree.is_over(&state), "{edition:?}: it was not left yet");
        assert!(leave(&tree, &mut state, EVERY), "{edition:?}");
        assert!(tree.is_over(&state), "{edition:?}");
        take(&tree, &mut state, "a", &[]);
        let course = tree.course_status(&state, EVERY);
        assert_ne!(course.completion, Completion::Completed, "{edition:?}: b is of attempt 1");
        assert_eq!(course.attempt, 2);
        let b = tree.activity_status(&state, at(&tree, "b"));
        assert_eq!(b.completion, Completion::Completed, "a page still shows it");
    }
}

#[test]
fn a_retake_begins_new_attempts() {
    let tree = tree(FOURTH, cluster("root", vec![sco("a"), sco("b")]));
    let mut state = TreeState::default();
    assert_eq!(deliver(&tree, &mut state, at(&tree, "a")), Delivered::NewAttempt);
    leave(&tree, &mut state, EVERY);
    assert!(state.of(&ItemId::new("a")).is_suspended);
    tree.abandon(&mut state);
    assert_eq!(deliver(&tree, &mut state, at(&tree, "a")), Delivered::NewAttempt);
}

#[test]
fn what_was_only_looked_at_leaves_no_results() {
    let tree = tree(FOURTH, cluster("root", vec![sco("a")]));
    let a = at(&tree, "a");
    for mode in [CreditMode::Browse, CreditMode::Review] {
        let mut state = TreeState::default();
        deliver(&tree, &mut state, a);
        let mut delivery = tree.delivery(&state, a);
        delivery.credit_mode = mode;
        let start = RunTimeData::start(FOURTH, &delivery);
        let data = session(FOURTH, start, &[("cmi.success_status", "passed")]);
        tree.track(&mut state, a, &data);
        tree.finish(&mut state, a, &data);
        let course = tree.course_status(&state, EVERY);
        assert_eq!((course.completion, course.success), (Completion::Unknown, Success::Unknown));
    }
}

#[test]
fn success_that_is_only_assumed_is_not_shown_as_passed() {
    let tree = tree(FOURTH, cluster("root", vec![sco("a"), sco("b")]));
    let mut state = TreeState::default();
    take(&tree, &mut state, "a", &[]);
    take(&tree, &mut state, "b", &[]);
    let course = tree.course_status(&state, EVERY);
    assert_eq!(tree.observe(&state, ActivityTree::ROOT, None).satisfied, Some(true), "UP.4");
    assert_eq!((course.completion, course.success), (Completion::Completed, Success::Unknown));
    take(&tree, &mut state, "b", &[("cmi.success_status", "passed")]);
    assert_eq!(tree.course_status(&state, EVERY).success, Success::Passed);
}

#[test]
fn content_may_keep_its_results_to_itself() {
    let silent = sco("a").with(|s| {
        s.delivery.completion_set_by_content = true;
        s.delivery.objective_set_by_content = true;
    });
    let tree = tree(FOURTH, cluster("root", vec![silent]));
    let mut state = TreeState::default();
    take(&tree, &mut state, "a", &[]);
    let seen = tree.observe(&state, at(&tree, "a"), None);
    assert_eq!((seen.completion, seen.satisfied), (None, None));
}

fn mapped(item: Item, min_progress: f64) -> Item {
    let item = item.threshold(min_progress, 1.0);
    item.with(|s| {
        let mut goal = primary("goal");
        goal.maps = vec![map("global", true, true)];
        s.objectives = vec![goal];
    })
}

#[test]
fn content_is_told_the_completion_that_was_written_and_rules_see_the_readers_threshold() {
    let course = cluster("root", vec![mapped(sco("a"), 0.4), mapped(sco("b"), 0.15)]);
    let tree = tree(FOURTH, course);
    let mut state = TreeState::default();
    take(&tree, &mut state, "a", &[("cmi.progress_measure", "0.2")]);
    let b = at(&tree, "b");
    let told = &tree.delivery(&state, b).objectives[0];
    assert_eq!(told.completion, Some(Completion::Incomplete), "0.2 is below 0.4");
    assert_eq!(tree.observe(&state, b, None).completion, Some(true), "but not below 0.15");
}

#[test]
fn what_content_says_of_itself_goes_before_what_it_says_of_its_primary_objective() {
    let goal = |item: Item| item.with(|s| s.objectives = vec![primary("goal")]);
    let tree = tree(FOURTH, cluster("root", vec![goal(sco("a"))]));
    for (sets, completion) in [
        (vec![("cmi.objectives.0.completion_status", "incomplete")], Some(false)),
        (
            vec![
                ("cmi.completion_status", "unknown"),
                ("cmi.objectives.0.completion_status", "completed"),
            ],
            None,
        ),
        (vec![("cmi.objectives.0.completion_status", "unknown")], None),
        (vec![], Some(true)),
    ] {
        let mut state = TreeState::default();
        take(&tree, &mut state, "a", &sets);
        assert_eq!(tree.observe(&state, at(&tree, "a"), None).completion, completion, "{sets:?}");
    }
}

#[test]
fn rules_see_nothing_of_an_untracked_activity_but_content_is_told_its_objectives() {
    let untracked = sco("b").with(|s| {
        s.delivery.tracked = false;
        let mut goal = primary("goal");
        goal.maps = vec![map("global", true, false)];
        s.objectives = vec![goal];
    });
    let tree = tree(FOURTH, cluster("root", vec![untracked]));
    let mut state = TreeState::default();
    let known = ObjectiveProgress { satisfied: Some(true), ..ObjectiveProgress::default() };
    state.set_global("global", known);
    let b = at(&tree, "b");
    assert!(tree.observe(&state, b, None).is_unknown());
    assert_eq!(tree.delivery(&state, b).objectives[0].success, Some(Success::Passed));
}

#[test]
fn shared_data_goes_from_the_sco_that_writes_to_the_one_that_reads() {
    let shares = |item: Item, read, write| Item {
        shared_data: vec![SharedDataMap { target: "store".to_owned(), read, write }],
        ..item
    };
    let course =
        cluster("root", vec![shares(sco("a"), false, true), shares(sco("b"), true, false)]);
    let tree = tree(FOURTH, course);
    let mut state = TreeState::default();
    take(&tree, &mut state, "a", &[("adl.data.0.store", "x")]);
    let delivery = tree.delivery(&state, at(&tree, "b"));
    assert_eq!(delivery.shared_data[0].store.as_deref(), Some("x"));
    assert_eq!(state.shared().collect::<Vec<_>>(), [("store", "x")]);
}

#[test]
fn one_sco_gives_the_course_its_raw_score() {
    let tree = tree(FOURTH, cluster("root", vec![sco("a")]));
    let mut state = TreeState::default();
    let sets = [("cmi.score.scaled", "0.8"), ("cmi.score.raw", "8"), ("cmi.score.max", "10")];
    take(&tree, &mut state, "a", &sets);
    let score = tree.course_status(&state, EVERY).score;
    assert_eq!((score.scaled, score.raw, score.max), (Some(0.8), Some(8.0), Some(10.0)));
}

/// A SCORM 1.2 status and, if any, a raw score.
type Said<'a> = Option<(&'a str, Option<&'a str>)>;

fn course_12(rollup: Scorm12Rollup, said: &[Said<'_>]) -> (Completion, Success, Option<f64>) {
    let names = ["a", "b", "c"];
    let children = names.iter().take(said.len()).map(|name| sco(name)).collect();
    let tree = tree(Edition::Scorm12, cluster("root", children));
    let mut state = TreeState::default();
    for (name, said) in names.iter().zip(said) {
        let Some((status, raw)) = said else { continue };
        let mut sets = vec![("cmi.core.lesson_status", *status)];
        sets.extend(raw.map(|raw| ("cmi.core.score.raw", raw)));
        take(&tree, &mut state, name, &sets);
    }
    let course = tree.course_status(&state, rollup);
    assert_eq!(course.scorm12_rollup, Some(rollup));
    (course.completion, course.success, course.score.scaled)
}

#[test]
fn a_scorm_12_course_follows_the_rule_of_its_version() {
    use Completion::{Completed, Incomplete, NotAttempted};
    use Scorm12Rollup::{AnyScoDone, EveryScoDone, LastScoDone};
    use Success::{Failed, Passed, Unknown};
    let done: Said<'_> = Some(("completed", None));
    let passed: Said<'_> = Some(("passed", Some("80")));
    let failed: Said<'_> = Some(("failed", Some("40")));
    let begun: Said<'_> = Some(("incomplete", None));
    let browsed: Said<'_> = Some(("browsed", None));
    for (rollup, said, expected) in [
        (EveryScoDone, vec![None], (NotAttempted, Unknown, None)),
        (EveryScoDone, vec![done], (Completed, Unknown, None)),
        (EveryScoDone, vec![passed], (Completed, Passed, Some(0.8))),
        (EveryScoDone, vec![failed], (Incomplete, Failed, Some(0.4))),
        (EveryScoDone, vec![done, done], (Completed, Unknown, None)),
        (EveryScoDone, vec![done, passed], (Completed, Passed, Some(0.8))),
        (EveryScoDone, vec![passed, None], (Incomplete, Unknown, Some(0.8))),
        (EveryScoDone, vec![passed, begun], (Incomplete, Unknown, Some(0.8))),
        (EveryScoDone, vec![done, browsed], (Incomplete, Unknown, None)),
        (EveryScoDone, vec![passed, failed, None], (Incomplete, Failed, Some(0.6))),
        (AnyScoDone, vec![None, done], (Completed, Unknown, None)),
        (AnyScoDone, vec![failed, passed], (Completed, Passed, Some(0.8))),
        (AnyScoDone, vec![failed, begun], (Incomplete, Failed, Some(0.4))),
        (LastScoDone, vec![passed, None], (Incomplete, Unknown, None)),
        (LastScoDone, vec![None, passed], (Completed, Passed, Some(0.8))),
        (LastScoDone, vec![passed, failed], (Incomplete, Failed, Some(0.4))),
    ] {
        let (completion, success, scaled) = course_12(rollup, &said);
        assert_eq!((completion, success), (expected.0, expected.1), "{rollup:?} {said:?}");
        let close = |a: f64, b: f64| (a - b).abs() < 1e-9;
        let same = scaled.zip(expected.2).map_or(scaled == expected.2, |(a, b)| close(a, b));
        assert!(same, "{rollup:?} {said:?}: {scaled:?}");
    }
}

#[test]
fn a_hidden_sco_and_assets_beside_scos_do_not_hold_a_scorm_12_course_open() {
    let children = vec![sco("a"), hidden(sco("b")), asset("c")];
    let tree = tree(Edition::Scorm12, cluster("root", children));
    let mut state = TreeState::default();
    take(&tree, &mut state, "a", &[("cmi.core.lesson_status", "passed")]);
    assert_eq!(tree.course_status(&state, EVERY).completion, Completion::Completed);
}

#[test]
fn a_course_of_a_thousand_activities_is_completed() {
    let modules = (0..100).map(|m| {
        let scos = (0..9).map(|n| sco(&format!("s{m}-{n}"))).collect();
        cluster(&format!("m{m}"), scos)
    });
    let tree = tree(FOURTH, cluster("root", modules.collect()));
    assert_eq!(tree.len(), 1001);
    let mut state = TreeState::default();
    for index in tree.launchable().collect::<Vec<_>>() {
        deliver(&tree, &mut state, index);
        end(&tree, &mut state, index, None);
    }
    assert_eq!(tree.course_status(&state, EVERY).completion, Completion::Completed);
}

#[test]
fn settings_limit_attempts_where_the_package_does_not() {
    let limited = sco("a").with(|sequencing| sequencing.limits.attempt_limit = Some(7));
    let course = tree(FOURTH, cluster("root", vec![limited, sco("b")]));
    let adjusted = course.adjusted(Adjustments { attempts_max: Some(2), ..Adjustments::default() });
    let limit = |id: &str| adjusted[at(&adjusted, id)].sequencing.limits.attempt_limit;
    assert_eq!((limit("a"), limit("b"), limit("root")), (Some(7), Some(2), None));
}

#[test]
fn a_mastery_score_from_the_settings_goes_to_the_parts_that_are_judged() {
    let scored = |id: &str| {
        let mut item = sco(id);
        item.scorm12.mastery_score = Some("70".to_owned());
        item
    };
    let by_measure = |id: &str| {
        sco(id).with(|sequencing| {
            let mut objective = primary("o");
            objective.satisfied_by_measure = true;
            sequencing.objectives.push(objective);
        })
    };
    let eighty = Adjustments { mastery_score: Some(80), ..Adjustments::default() };
    for (edition, children, judged) in [
        (Edition::Scorm12, vec![sco("a"), scored("b"), asset("c")], vec!["b"]),
        (Edition::Scorm12, vec![sco("a"), sco("b"), asset("c")], vec!["a", "b"]),
        (FOURTH, vec![sco("a"), by_measure("b")], vec!["b"]),
        (FOURTH, vec![sco("a"), asset("b")], vec!["a"]),
        (FOURTH, vec![sco("a"), sco("b")], vec![]),
    ] {
        let course = tree(edition, cluster("root", children)).adjusted(eighty);
        let state = TreeState::default();
        let told = course.launchable().filter(|&part| {
            let given = course.delivery(&state, part);
            given.mastery_score.as_deref() == Some("80") || given.scaled_passing_score == Some(0.8)
        });
        let told: Vec<_> = told.map(|part| course[part].id().as_str()).collect();
        assert_eq!(told, judged, "{edition:?}");
    }
}
