//! Going on after the server or the browser was killed: what was kept is all that there is.

use super::{Learner, flowing, post, pre, scos};
use crate::manifest::{Edition, Item};
use crate::runtime::{Exit, RunTimeData};
use crate::sequencing::{Condition, LimitConditions, Randomization, RuleAction, Timing};
use crate::tree::sample::{cluster, sco, session};
use domain::ItemId;

const PASSED: &[(&str, &str)] = &[("cmi.success_status", "passed")];

impl Learner {
    /// All that was not written is gone; what was written is read back.
    fn killed(&mut self) {
        let kept = serde_json::to_string(&self.state).expect("a state can be written");
        self.state = serde_json::from_str(&kept).expect("what was written can be read");
        self.last = None;
        self.wait(3_600);
        self.moment.random = self.moment.random.wrapping_add(1_000_003);
    }

    /// Content commits without ending its session.
    fn commits(&mut self, sets: &[(&str, &str)]) {
        let current = self.state.current().expect("an activity is current").clone();
        let at = self.tree.find(&current).expect("it is in the tree");
        let start = RunTimeData::start(self.tree.edition(), &self.tree.delivery(&self.state, at));
        let data = session(self.tree.edition(), start, sets);
        self.tree.track(&mut self.state, at, &data);
    }

    fn attempts(&self, item: &str) -> u32 {
        self.state.of(&ItemId::new(item)).attempts
    }
}

/// A course of two modules, and a rule of each kind that must not come into play by a kill.
fn course() -> Item {
    let a = post(sco("a"), Condition::Completed, RuleAction::ExitAll);
    let second = pre(flowing("n", scos(&["c", "d"])), Condition::Satisfied, RuleAction::Skip);
    flowing("root", vec![flowing("m", vec![a, sco("b")]), second])
}

#[test]
fn a_kill_at_any_moment_brings_the_learner_back_into_the_same_attempt() {
    type Before = fn(&mut Learner);
    let cases: [(&str, Before, &str); 6] = [
        ("as soon as it was delivered", |_| {}, "a"),
        ("after a commit", |learner| learner.commits(&[("cmi.score.scaled", "0.5")]), "a"),
        ("after content has ended, before its request", |learner| learner.says(PASSED), "a"),
        (
            "after content asked to be suspended",
            |learner| {
                learner.says(&[("cmi.exit", "suspend")]);
            },
            "a",
        ),
        (
            "in the next part",
            |learner| {
                assert_eq!(
                    learner.after(&[("cmi.completion_status", "incomplete")], "continue"),
                    "b"
                );
            },
            "b",
        ),
        (
            "in the next module",
            |learner| {
                assert_eq!(learner.after(&[("cmi.completion_status", "incomplete")], "d"), "d");
            },
            "d",
        ),
    ];
    for (told, before, expected) in cases {
        let mut learner = Learner::of(course());
        assert_eq!(learner.open(), "a");
        before(&mut learner);
        let known = learner.tree.observe(&learner.state, learner.at(expected), None);
        learner.killed();
        assert_eq!(learner.open(), expected, "{told}");
        assert_eq!((learner.attempts(expected), learner.attempts("root")), (1, 1), "{told}");
        let still = learner.tree.observe(&learner.state, learner.at(expected), None);
        assert_eq!(still, known, "{told}: nothing is lost and nothing assumed");
    }
}

#[test]
fn a_kill_where_no_content_is_shown_begins_with_the_course_again_and_keeps_its_results() {
    for (request, attempts) in [("exit", 1), ("abandon", 1)] {
        let mut learner = Learner::of(flowing("root", scos(&["a", "b"])));
        learner.open();
        assert_eq!(learner.after(PASSED, request), "nothing");
        learner.killed();
        assert_eq!(learner.open(), "a", "{request}");
        assert_eq!(
            learner.attempts("root"),
            attempts,
            "{request}: the attempt on the course goes on"
        );
    }
}

#[test]
fn a_kill_after_the_end_begins_a_new_attempt() {
    for request in ["exitAll", "abandonAll"] {
        let mut learner = Learner::of(flowing("root", scos(&["a", "b"])));
        learner.open();
        assert_eq!(learner.after(PASSED, request), "end");
        learner.killed();
        assert_eq!(learner.open(), "a", "{request}");
        assert_eq!(learner.attempts("root"), 2, "{request}");
    }
}

#[test]
fn what_may_not_be_begun_any_more_may_still_be_gone_on_with() {
    let once = LimitConditions { attempt_limit: Some(1), ..LimitConditions::default() };
    let closing = LimitConditions {
        end_time: Some("2026-03-10T08:30:00Z".to_owned()),
        ..LimitConditions::default()
    };
    for limits in [once, closing] {
        let mut learner =
            Learner::of(flowing("root", vec![sco("a").with(|s| s.limits = limits.clone())]));
        learner.open();
        learner.commits(PASSED);
        learner.killed();
        assert_eq!(learner.open(), "a", "{limits:?}");
        assert_eq!(learner.attempts("a"), 1, "{limits:?}");
        assert_eq!(learner.ask("exitAll"), "end");
        learner.killed();
        assert_eq!(learner.open(), "SB.2.2-2", "{limits:?}: a new attempt is refused");
    }
}

#[test]
fn children_that_were_drawn_stay_drawn() {
    let draws = Randomization {
        randomization_timing: Timing::OnEachNewAttempt,
        reorder_children: true,
        selection_timing: Timing::OnEachNewAttempt,
        select_count: Some(3),
    };
    for random in 0..20 {
        let module = flowing("m", scos(&["a", "b", "c", "d", "e"]));
        let mut learner =
            Learner::of(flowing("root", vec![module.with(|s| s.randomization = draws)]));
        learner.moment.random = random;
        let first = learner.open();
        let shown = learner.choosable();
        learner.killed();
        assert_eq!(learner.open(), first);
        assert_eq!(learner.choosable(), shown);
        let next = learner.ask("continue");
        learner.killed();
        assert_eq!(learner.open(), next);
        assert_eq!(learner.choosable(), shown);
        assert_eq!(learner.ask("previous"), first);
    }
}

#[test]
fn a_part_that_was_suspended_before_the_kill_waits_for_its_learner() {
    let mut learner = Learner::of(cluster("root", scos(&["a", "b"])));
    learner.open();
    learner.ask("a");
    let suspended = [("cmi.exit", "suspend"), ("cmi.completion_status", "incomplete")];
    assert_eq!(learner.after(&suspended, "b"), "b");
    learner.killed();
    assert_eq!(learner.open(), "b");
    assert_eq!(learner.ask("a"), "a");
    assert_eq!(learner.attempts("a"), 1);
    let a = learner.at("a");
    assert_eq!(learner.tree.observe(&learner.state, a, None).completion, Some(false));
}

#[test]
fn scorm_12_goes_on_with_the_chapter_that_was_open() {
    for exit in [None, Some(Exit::Suspend)] {
        let mut learner = Learner::of_edition(Edition::Scorm12, cluster("root", scos(&["a", "b"])));
        learner.open();
        assert_eq!(learner.after(&[("cmi.core.lesson_status", "completed")], "continue"), "b");
        let exit = exit.map_or("", |_| "suspend");
        learner.commits(&[("cmi.core.lesson_status", "incomplete"), ("cmi.core.exit", exit)]);
        learner.killed();
        assert_eq!(learner.open(), "b", "exit {exit:?}");
        assert_eq!(learner.attempts("b"), 1, "exit {exit:?}");
        assert_eq!(learner.attempts("a"), 1);
    }
}
