//! Attempts: their beginning (DB.2), what a SCO's run-time data says of them (SN 4.2, RTE 4.2),
//! and their end (UP.4).

use super::objective::Unsaid;
use super::score::scaled_of_raw;
use super::state::{ActivityState, ObjectiveProgress};
use super::{ActivityIndex, ActivityTree, Scorm12Rollup, TreeState};
use crate::manifest::SharedDataMap;
use crate::runtime::{self, Completion, Delivery, RunTimeData, Score, Success};

/// How a delivery began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivered {
    /// A new attempt on the activity.
    NewAttempt,
    /// The suspended attempt goes on.
    Resumed,
}

/// How a learner leaves the course.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leaving {
    /// The attempt on the course stays open and is resumed at the next launch.
    Suspended,
    /// The attempt on the course is over; the next launch begins another one.
    Ended,
}

impl ActivityTree {
    /// Delivers a leaf (Content Delivery Environment Process, DB.2): begins or resumes the
    /// attempts on it and on its ancestors, and makes it the Current Activity.
    ///
    /// A leaf that is still active, because its session broke off, is resumed or, when another
    /// leaf is delivered, suspended.
    pub fn deliver(&self, state: &mut TreeState, index: ActivityIndex) -> Delivered {
        let interrupted = state.current.clone().and_then(|item| self.find(&item));
        if let Some(other) = interrupted.filter(|&other| other != index) {
            let known = state.of(self[other].id());
            if known.is_active {
                let known = state.of_mut(self[other].id());
                (known.is_active, known.is_suspended) = (false, true);
            }
        }
        let mut path: Vec<_> = self.path(index).collect();
        path.reverse();
        let mut delivered = Delivered::Resumed;
        let mut parent_attempt = 0;
        for at in path {
            let is_kept = self.keeps_done(state.of(self[at].id()), at, parent_attempt);
            let known = state.of_mut(self[at].id());
            if !known.is_active && !known.is_suspended && !is_kept {
                known.begin_attempt();
                delivered = Delivered::NewAttempt;
            } else {
                delivered = Delivered::Resumed;
            }
            known.is_active = true;
            known.is_suspended = false;
            known.parent_attempt = parent_attempt;
            parent_attempt = known.attempts;
        }
        state.current = Some(self[index].id().clone());
        delivered
    }

    /// Whether a leaf that is done goes on with its attempt: in SCORM 1.2 a learner who looks back
    /// into a chapter within the same attempt on the course must not lose that it is completed.
    fn keeps_done(&self, known: &ActivityState, at: ActivityIndex, parent_attempt: u32) -> bool {
        !self.edition().is_2004()
            && self[at].is_leaf()
            && known.attempts > 0
            && known.parent_attempt == parent_attempt
            && known.primary.completion == Some(true)
    }

    /// What a SCO is given besides learner, mode and navigation: launch data and limits of the
    /// manifest, objectives with what is known of them (RTE 4.2.17.1), thresholds.
    pub fn delivery(&self, state: &TreeState, index: ActivityIndex) -> Delivery {
        let activity = &self[index];
        let item = &activity.item;
        let is_2004 = self.edition().is_2004();
        let primary = &activity.primary;
        let objectives = activity.objectives.iter().chain([primary]);
        let max_time = if is_2004 {
            &activity.sequencing.limits.attempt_absolute_duration
        } else {
            &item.scorm12.max_time_allowed
        };
        Delivery {
            launch_data: item.data_from_lms.clone(),
            max_time_allowed: max_time.clone(),
            time_limit_action: item.time_limit_action.clone(),
            mastery_score: item.scorm12.mastery_score.clone(),
            scaled_passing_score: primary
                .satisfied_by_measure
                .then_some(primary.min_normalized_measure),
            completion_threshold: activity
                .completed_by_measure()
                .map(|threshold| threshold.min_progress_measure),
            objectives: objectives
                .filter_map(|objective| objective.identifier.as_deref())
                .map(|id| objective_state(id, &self.objective_of(state, index, Some(id))))
                .collect(),
            shared_data: item.shared_data.iter().map(|map| shared(state, map)).collect(),
            ..Delivery::default()
        }
    }

    /// Takes what a SCO has reported so far into the tracking model and rolls it up.
    ///
    /// An attempt that keeps no results (browse, review) and an untracked activity change
    /// nothing.
    pub fn track(&self, state: &mut TreeState, index: ActivityIndex, data: &RunTimeData) {
        if data.credit_mode().keeps_results() {
            let session = data.session_time().unwrap_or_default();
            state.of_mut(self[index].id()).attempt_time = data.total_time() + session;
            self.transfer(state, index, data);
            self.roll_up(state, index);
        }
    }

    /// Ends or suspends the attempt on a leaf (End Attempt Process, UP.4) and rolls it up.
    ///
    /// `data` is the run-time data after its session was finished; an asset has none. Content
    /// that is not suspended and said nothing is completed and, in SCORM 2004, satisfied, unless
    /// the manifest leaves that to the content. SCORM 1.2 SCOs have had their status settled by
    /// the run-time.
    pub fn end_attempt(
        &self,
        state: &mut TreeState,
        index: ActivityIndex,
        data: Option<&RunTimeData>,
    ) {
        let activity = &self[index];
        let suspends = data.is_some_and(RunTimeData::goes_on);
        let keeps_results = data.is_none_or(|data| data.credit_mode().keeps_results());
        if let Some(data) = data.filter(|_| keeps_results) {
            state.of_mut(activity.id()).attempt_time = data.total_time();
            self.transfer(state, index, data);
        }
        let known = state.of_mut(activity.id());
        (known.is_active, known.is_suspended) = (false, suspends);
        if keeps_results && !suspends && activity.sequencing.delivery.tracked {
            self.assume_results(state, index, data);
        }
        // Satisfaction by measure may have waited for the activity to become inactive.
        let settled = state.of(activity.id()).primary;
        self.record(state, index, None, settled);
        self.roll_up(state, index);
    }

    /// UP.4, 1.1.1: completion and satisfaction of content that did not say.
    fn assume_results(
        &self,
        state: &mut TreeState,
        index: ActivityIndex,
        data: Option<&RunTimeData>,
    ) {
        let activity = &self[index];
        let controls = activity.sequencing.delivery;
        let unsaid = data.map(|data| self.primary_unsaid(index, data)).unwrap_or_default();
        let is_2004 = self.edition().is_2004();
        let mut known = state.of(activity.id()).primary;
        let may_complete = !controls.completion_set_by_content && (is_2004 || data.is_none());
        if may_complete && !unsaid.completion {
            known.completion = known.completion.or(Some(true));
        }
        if is_2004 && !controls.objective_set_by_content && !unsaid.success {
            known.satisfied = known.satisfied.or(Some(true));
        }
        self.record(state, index, None, known);
    }

    /// Puts run-time data into the tracking model of a tracked activity, and what it shares with
    /// other SCOs into the shared data stores.
    fn transfer(&self, state: &mut TreeState, index: ActivityIndex, data: &RunTimeData) {
        let activity = &self[index];
        share(state, data);
        if !activity.sequencing.delivery.tracked {
            return;
        }
        let mut primary = primary_of(data);
        if self.edition().is_2004() {
            for objective in data.objectives() {
                let said = progress_of(&objective);
                let id = Some(objective.id);
                match activity.objective(id) {
                    Some(definition) if definition.primary => primary = primary.or(said),
                    Some(_) => {
                        let entry = format!("cmi.objectives.{}", objective.index);
                        self.forget(state, index, id, unsaid(data, &entry));
                        self.record_said(state, index, id, said);
                    }
                    None => {}
                }
            }
            // What content says of itself goes before what it says of its primary objective.
            let of_sco = unsaid(data, "cmi");
            primary.satisfied = primary.satisfied.filter(|_| !of_sco.success);
            primary.completion = primary.completion.filter(|_| !of_sco.completion);
            self.forget(state, index, None, self.primary_unsaid(index, data));
        }
        self.record_said(state, index, None, primary);
        let is_assessed = self.observe(state, index, None).satisfied.is_some();
        state.of_mut(activity.id()).is_assessed = is_assessed;
    }

    /// Which statuses content expressly left unknown, of the SCO or of its primary objective.
    fn primary_unsaid(&self, index: ActivityIndex, data: &RunTimeData) -> Unsaid {
        let of_sco = unsaid(data, "cmi");
        let id = self[index].primary.identifier.as_deref();
        let entry = data.objectives().find(|objective| Some(objective.id) == id);
        let of_entry = entry
            .map(|objective| unsaid(data, &format!("cmi.objectives.{}", objective.index)))
            .unwrap_or_default();
        let silent = |element: &str| data.get(element).is_none();
        Unsaid {
            success: of_sco.success || (of_entry.success && silent("cmi.success_status")),
            completion: of_sco.completion
                || (of_entry.completion && silent("cmi.completion_status")),
        }
    }

    /// Ends the session: the learner leaves the course.
    ///
    /// The course stays open while it is not completed or a SCO in it is suspended, so that the
    /// next launch goes on with it. A completed course is over: what a learner does in it later
    /// is a new attempt, and nothing of the old one counts in it.
    pub fn leave(&self, state: &mut TreeState, scorm12: Scorm12Rollup) -> Leaving {
        let Some(current) = state.current.as_ref().and_then(|item| self.find(item)) else {
            return Leaving::Suspended;
        };
        let completion = self.course_status(state, scorm12).completion;
        let is_over =
            completion == Completion::Completed && !state.of(self[current].id()).is_suspended;
        for at in self.path(current).filter(|&at| !self[at].is_leaf()) {
            let known = state.of_mut(self[at].id());
            (known.is_active, known.is_suspended) = (false, !is_over);
        }
        if is_over { Leaving::Ended } else { Leaving::Suspended }
    }

    /// Whether the attempt on the course is over ([`Leaving::Ended`]): what comes is a new one.
    pub fn is_over(&self, state: &TreeState) -> bool {
        let root = state.of(self.root().id());
        root.attempts > 0 && !root.is_active && !root.is_suspended
    }

    /// Ends the attempt on the course, suspended parts of it included: the next delivery begins
    /// a new one (a retake).
    pub fn abandon(&self, state: &mut TreeState) {
        for known in state.activities.values_mut() {
            (known.is_active, known.is_suspended) = (false, false);
        }
        state.current = None;
    }
}

impl ObjectiveProgress {
    /// This, and where it knows nothing, `other`.
    fn or(self, other: Self) -> Self {
        Self {
            satisfied: self.satisfied.or(other.satisfied),
            measure: self.measure.or(other.measure),
            raw: self.raw.or(other.raw),
            min: self.min.or(other.min),
            max: self.max.or(other.max),
            completion: self.completion.or(other.completion),
            progress: self.progress.or(other.progress),
        }
    }

    /// A success, a completion, a score and a progress measure as the tracking model keeps them;
    /// numbers outside their range are unknown.
    fn new(success: Success, completion: Completion, score: Score, progress: Option<f64>) -> Self {
        let within =
            |value: Option<f64>, low: f64| value.filter(|value| (low..=1.0).contains(value));
        let finite = |value: Option<f64>| value.filter(|value| value.is_finite());
        Self {
            satisfied: match success {
                Success::Passed => Some(true),
                Success::Failed => Some(false),
                Success::Unknown => None,
            },
            measure: within(score.scaled, -1.0),
            raw: finite(score.raw),
            min: finite(score.min),
            max: finite(score.max),
            completion: match completion {
                Completion::Completed => Some(true),
                Completion::Incomplete | Completion::NotAttempted => Some(false),
                Completion::Unknown => None,
            },
            progress: within(progress, 0.0),
        }
    }
}

/// What the SCO says of itself.
fn primary_of(data: &RunTimeData) -> ObjectiveProgress {
    let mut score = data.score();
    if !data.edition().is_2004() {
        score.scaled = scaled_of_raw(score.raw, score.min, score.max);
    }
    ObjectiveProgress::new(
        data.success_status(),
        data.completion_status(),
        score,
        data.progress_measure(),
    )
}

/// Which statuses of the SCO or of an objective content expressly set to `unknown`.
fn unsaid(data: &RunTimeData, entry: &str) -> Unsaid {
    let is = |status: &str| data.get(&format!("{entry}.{status}")) == Some("unknown");
    Unsaid { success: is("success_status"), completion: is("completion_status") }
}

/// Keeps the shared data stores that the SCO may write (`adl.data`, 4th edition).
fn share(state: &mut TreeState, data: &RunTimeData) {
    for shared in data.shared_data().filter(|shared| shared.writable) {
        if let Some(store) = shared.store {
            state.set_shared(shared.id, store);
        }
    }
}

fn progress_of(objective: &runtime::Objective<'_>) -> ObjectiveProgress {
    ObjectiveProgress::new(
        objective.success,
        objective.completion,
        objective.score,
        objective.progress_measure,
    )
}

fn shared(state: &TreeState, map: &SharedDataMap) -> runtime::SharedDataState {
    runtime::SharedDataState {
        id: map.target.clone(),
        store: state.shared.get(&map.target).cloned(),
        read: map.read,
        write: map.write,
    }
}

fn objective_state(id: &str, known: &ObjectiveProgress) -> runtime::ObjectiveState {
    runtime::ObjectiveState {
        id: id.to_owned(),
        success: known.satisfied.map(|is| if is { Success::Passed } else { Success::Failed }),
        completion: known
            .completion
            .map(|is| if is { Completion::Completed } else { Completion::Incomplete }),
        score: known.score(),
        progress_measure: known.progress,
    }
}
