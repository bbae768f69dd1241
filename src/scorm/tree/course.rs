//! The status of activities and of the whole course, in one form for every edition.

use super::state::ObjectiveProgress;
use super::{ActivityIndex, ActivityTree, TreeState};
use crate::runtime::{Completion, Score, Success, Timespan};
use crate::sequencing::RollupAction;
use serde::{Deserialize, Serialize};

/// How the status of a SCORM 1.2 course follows from its SCOs, which the standard leaves open; a
/// setting of each course version, recorded in the statement.
///
/// A SCO is done when it is completed or passed. Assets count only in a course without SCOs,
/// invisible SCOs never: nothing leads to them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scorm12Rollup {
    /// Completed when every SCO is done; failed as soon as one failed; passed when the course is
    /// completed and every SCO that said `passed` or `failed` said `passed`; the score is the
    /// mean of the scored ones.
    #[default]
    EveryScoDone,
    /// Completed when one SCO is done; passed when one passed; failed when all that said anything
    /// failed; the score is the best one.
    AnyScoDone,
    /// The last SCO in document order is the course.
    LastScoDone,
}

impl Scorm12Rollup {
    /// The name used in settings and statements.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EveryScoDone => "every-sco-done",
            Self::AnyScoDone => "any-sco-done",
            Self::LastScoDone => "last-sco-done",
        }
    }
}

/// The status of one activity, as pages and statements show it.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct ActivityStatus {
    /// Completion; `NotAttempted` before the first attempt.
    pub completion: Completion,
    /// Success that content decided; what UP.4 assumes of silent content is not shown.
    pub success: Success,
    /// The score; `scaled` is computed for SCORM 1.2.
    pub score: Score,
    /// 0 to 1; SCORM 2004 only.
    pub progress_measure: Option<f64>,
    /// Time in all attempts.
    pub total_time: Timespan,
    /// How many attempts there were, the current one included.
    pub attempts: u32,
    /// Whether the current attempt can be resumed.
    pub is_suspended: bool,
}

/// The status of the course: that of the root activity, by the edition's rollup.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct CourseStatus {
    /// Completion of the course.
    pub completion: Completion,
    /// Success of the course; unknown while nothing in it was assessed.
    pub success: Success,
    /// The score; raw, min and max only where they are one SCO's.
    pub score: Score,
    /// 0 to 1; SCORM 2004 4th edition only.
    pub progress_measure: Option<f64>,
    /// Time in all SCOs and attempts.
    pub total_time: Timespan,
    /// Which attempt on the course this is, from 1.
    pub attempt: u32,
    /// The rule that was applied, for SCORM 1.2.
    pub scorm12_rollup: Option<Scorm12Rollup>,
}

impl ActivityTree {
    /// The status of one activity.
    pub fn activity_status(&self, state: &TreeState, index: ActivityIndex) -> ActivityStatus {
        let activity = &self[index];
        let known = state.of(activity.id());
        // What a page shows of an activity does not fade with a new attempt on its parent.
        let seen = if activity.is_leaf() {
            self.latest(state, index)
        } else {
            self.observe(state, index, None)
        };
        let is_assessed =
            if activity.is_leaf() { known.is_assessed } else { self.is_assessed(state, index) };
        ActivityStatus {
            completion: match seen.completion {
                None if known.attempts == 0 => Completion::NotAttempted,
                completion => completion_of(completion),
            },
            success: success_of(seen.satisfied.filter(|_| is_assessed)),
            score: seen.score(),
            progress_measure: seen.progress,
            total_time: self.total_time(state, index),
            attempts: known.attempts,
            is_suspended: known.is_suspended,
        }
    }

    fn latest(&self, state: &TreeState, index: ActivityIndex) -> ObjectiveProgress {
        let activity = &self[index];
        let seen = self.observe(state, index, None);
        if seen.is_unknown() { state.of(activity.id()).primary } else { seen }
    }

    /// The status of the course; `scorm12` matters to SCORM 1.2 only.
    pub fn course_status(&self, state: &TreeState, scorm12: Scorm12Rollup) -> CourseStatus {
        if self.edition().is_2004() {
            self.course_status_2004(state)
        } else {
            self.course_status_12(state, scorm12)
        }
    }

    /// SCORM 2004: the root's rollup.
    fn course_status_2004(&self, state: &TreeState) -> CourseStatus {
        let root = self.activity_status(state, Self::ROOT);
        let mut score = root.score;
        let mut tracked = self.launchable().filter(|&at| self[at].sequencing.delivery.tracked);
        if let (Some(only), None) = (tracked.next(), tracked.next()) {
            let known = self.observe(state, only, None);
            if known.measure == score.scaled {
                score = known.score();
            }
        }
        CourseStatus {
            completion: root.completion,
            success: root.success,
            score,
            progress_measure: root.progress_measure,
            total_time: root.total_time,
            attempt: root.attempts,
            scorm12_rollup: None,
        }
    }

    /// Whether the success of a cluster means anything: content below it was assessed, or its own
    /// rules define success. Without either it only follows from UP.4 satisfying silent content.
    fn is_assessed(&self, state: &TreeState, index: ActivityIndex) -> bool {
        let defines =
            |action| matches!(action, RollupAction::Satisfied | RollupAction::NotSatisfied);
        let rules = &self[index].sequencing.rollup_rules;
        rules.iter().any(|rule| defines(rule.action))
            || self.below(index).any(|at| state.of(self[at].id()).is_assessed)
    }

    /// An activity and all below it.
    fn below(&self, index: ActivityIndex) -> impl Iterator<Item = ActivityIndex> + '_ {
        // Descendants follow an activity in document order.
        self.indices_from(index)
            .take_while(move |&at| at == index || self.path(at).any(|above| above == index))
    }

    fn total_time(&self, state: &TreeState, index: ActivityIndex) -> Timespan {
        let times = self.below(index).map(|at| state.of(self[at].id()).total_time());
        times.fold(Timespan::ZERO, |sum, time| sum + time)
    }

    /// The leaves that decide a SCORM 1.2 course.
    fn deciding_12(&self) -> Vec<ActivityIndex> {
        let visible: Vec<_> = self.launchable().filter(|&at| self.can_choose(at)).collect();
        let leaves = if visible.is_empty() { self.launchable().collect() } else { visible };
        let scos: Vec<_> = leaves.iter().copied().filter(|&at| self[at].is_sco()).collect();
        if scos.is_empty() { leaves } else { scos }
    }

    fn course_status_12(&self, state: &TreeState, rollup: Scorm12Rollup) -> CourseStatus {
        let deciding = self.deciding_12();
        let seen = |at: &ActivityIndex| self.observe(state, *at, None);
        let parts: Vec<ObjectiveProgress> = match rollup {
            Scorm12Rollup::LastScoDone => deciding.last().map(seen).into_iter().collect(),
            _ => deciding.iter().map(seen).collect(),
        };
        let attempt = state.of(self.root().id()).attempts;
        let (completion, success) = match rollup {
            Scorm12Rollup::AnyScoDone => any_done(&parts),
            _ => every_done(&parts),
        };
        CourseStatus {
            completion: if attempt == 0 { Completion::NotAttempted } else { completion },
            success,
            score: match rollup {
                Scorm12Rollup::AnyScoDone => best_score(&parts),
                _ => mean_score(&parts),
            },
            progress_measure: None,
            total_time: self.total_time(state, Self::ROOT),
            attempt,
            scorm12_rollup: Some(rollup),
        }
    }
}

const fn completion_of(completion: Option<bool>) -> Completion {
    match completion {
        Some(true) => Completion::Completed,
        Some(false) => Completion::Incomplete,
        None => Completion::Unknown,
    }
}

const fn success_of(satisfied: Option<bool>) -> Success {
    match satisfied {
        Some(true) => Success::Passed,
        Some(false) => Success::Failed,
        None => Success::Unknown,
    }
}

fn every_done(parts: &[ObjectiveProgress]) -> (Completion, Success) {
    let is_completed = !parts.is_empty() && parts.iter().all(|part| part.completion == Some(true));
    let any_failed = parts.iter().any(|part| part.satisfied == Some(false));
    let any_passed = parts.iter().any(|part| part.satisfied == Some(true));
    // What is still to be taken may yet be assessed, so `passed` waits for completion.
    let passed = (is_completed && any_passed).then_some(true);
    (completion_of(Some(is_completed)), success_of(if any_failed { Some(false) } else { passed }))
}

fn any_done(parts: &[ObjectiveProgress]) -> (Completion, Success) {
    let is_completed = parts.iter().any(|part| part.completion == Some(true));
    let satisfied = parts.iter().filter_map(|part| part.satisfied).reduce(|a, b| a || b);
    (completion_of(Some(is_completed)), success_of(satisfied))
}

/// The mean of the scaled scores; one SCO's score as it is.
fn mean_score(parts: &[ObjectiveProgress]) -> Score {
    let scored: Vec<_> = parts.iter().filter(|part| !part.score().is_empty()).collect();
    if let [only] = scored.as_slice() {
        return only.score();
    }
    let (sum, count) = scored
        .iter()
        .filter_map(|part| part.measure)
        .fold((0.0, 0.0), |(sum, count), scaled| (sum + scaled, count + 1.0));
    Score { scaled: (count > 0.0).then(|| sum / count), ..Score::default() }
}

fn best_score(parts: &[ObjectiveProgress]) -> Score {
    let better = |a: &&ObjectiveProgress, b: &&ObjectiveProgress| {
        let of = |part: &ObjectiveProgress| part.measure.unwrap_or(f64::NEG_INFINITY);
        of(a).total_cmp(&of(b))
    };
    parts.iter().max_by(better).map_or_else(Score::default, ObjectiveProgress::score)
}
