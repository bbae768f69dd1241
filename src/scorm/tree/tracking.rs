//! Attempts: their beginning (DB.2), what a SCO's run-time data says of them (SN 4.2, RTE 4.2),
//! and their end (UP.4).

use super::objective::{Stale, Unsaid};
use super::score::scaled_of_raw;
use super::state::{ActivityState, ObjectiveProgress};
use super::{ActivityIndex, ActivityTree, Moment, TreeState};
use crate::manifest::SharedDataMap;
use crate::runtime::{self, Completion, Delivery, Exit, RunTimeData, Score, Success};

/// How a delivery began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivered {
    /// A new attempt on the activity.
    NewAttempt,
    /// The suspended attempt goes on.
    Resumed,
}

impl ActivityTree {
    /// Begins or resumes the attempts on a leaf and its ancestors (DB.2, 4 to 6), and makes it the
    /// Current Activity. A new attempt on the root forgets what was global to the last one only.
    pub(crate) fn begin(&self, state: &mut TreeState, index: ActivityIndex) -> Delivered {
        let mut path: Vec<_> = self.path(index).collect();
        path.reverse();
        let now = state.now();
        let mut delivered = Delivered::Resumed;
        let mut parent_attempt = 0;
        for at in path {
            let is_kept = self.keeps_done(state.of(self[at].id()), at, parent_attempt);
            let known = state.of_mut(self[at].id());
            let is_new = !known.is_active && !known.is_suspended && !is_kept;
            if is_new {
                known.begin_attempt(now);
            }
            delivered = if is_new { Delivered::NewAttempt } else { Delivered::Resumed };
            known.is_active = true;
            known.is_suspended = false;
            known.ended = None;
            known.parent_attempt = parent_attempt;
            known.stale = Stale::default();
            parent_attempt = known.attempts;
            if is_new && at == Self::ROOT {
                self.forget_attempt(state);
            }
            // DB.2, 5.1.1: of an untracked activity no attempts are counted.
            if is_new && self[at].sequencing.delivery.tracked {
                self.age(state, at);
            }
        }
        state.current = Some(self[index].id().clone());
        state.suspended = None;
        delivered
    }

    /// Whether an attempt goes on though nothing says so: in SCORM 1.2, which has no sequencing, a
    /// learner who looks back into a chapter within the same attempt on the course must not lose
    /// that it is completed.
    fn keeps_done(&self, known: &ActivityState, at: ActivityIndex, parent_attempt: u32) -> bool {
        let activity = &self[at];
        let is_kept = !activity.is_leaf() || known.primary.completion == Some(true);
        !self.edition().is_2004()
            && activity.parent.is_some()
            && known.attempts > 0
            && known.parent_attempt == parent_attempt
            && is_kept
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

    /// Takes in what a SCO has left when its communication session ended. Its attempt goes on until
    /// a request ends it ([`Self::request`]), suspended if the SCO asked for that.
    pub fn finish(&self, state: &mut TreeState, index: ActivityIndex, data: &RunTimeData) {
        let item = self[index].id();
        if data.credit_mode().keeps_results() {
            state.of_mut(item).attempt_time = data.total_time();
            self.transfer(state, index, data);
            self.roll_up(state, index);
        }
        let goes_on = if self.edition().is_2004() {
            // A request to suspend all is carried out as one, if nothing overrules it.
            data.exit() == Some(Exit::Suspend)
        } else {
            data.goes_on()
        };
        state.of_mut(item).is_suspended = goes_on;
    }

    /// Forgets what the tracking model knows of an abandoned attempt (SN 4.3): what its content
    /// said of itself does not count.
    pub(crate) fn disown(&self, state: &mut TreeState, index: ActivityIndex) {
        self.record(state, index, None, ObjectiveProgress::default());
        self.roll_up(state, index);
    }

    /// Forgets what is known for one attempt on the course only.
    pub(crate) fn forget_attempt(&self, state: &mut TreeState) {
        let objectives = !self.objectives_global_to_system();
        state.forget_shared(objectives, !self.shared_data_global_to_system());
    }

    /// Takes in that the content of a leaf is over: what UP.4 assumes of content that said nothing
    /// holds from now on, though the attempt goes on until a request ends it, since the learner may
    /// stay on the last page for long. In SCORM 1.2, which has no such requests, the attempt ends.
    pub fn settle(&self, state: &mut TreeState, index: ActivityIndex, moment: Moment) {
        state.moment = Some(moment);
        let activity = &self[index];
        if !self.edition().is_2004() {
            self.end(state, index);
        } else if activity.sequencing.delivery.tracked && !state.of(activity.id()).is_suspended {
            self.assume_results(state, index);
            self.roll_up(state, index);
        }
        state.moment = None;
    }

    /// Takes in that content which never said a word is gone: nothing is assumed of it, and its
    /// attempt is suspended.
    pub fn interrupt(&self, state: &mut TreeState, index: ActivityIndex, moment: Moment) {
        state.of_mut(self[index].id()).is_suspended = true;
        self.settle(state, index, moment);
    }

    /// End Attempt Process (UP.4). Content that is not suspended and said nothing is completed and,
    /// in SCORM 2004, satisfied, unless the manifest leaves that to the content. SCORM 1.2 SCOs have
    /// had their status settled by the run-time. A cluster is suspended if one of its children is.
    pub(crate) fn end(&self, state: &mut TreeState, index: ActivityIndex) {
        let activity = &self[index];
        let is_suspended = if activity.is_leaf() {
            state.of(activity.id()).is_suspended
        } else {
            let children = self.available(state, index);
            children.iter().any(|&child| state.of(self[child].id()).is_suspended)
        };
        let now = state.now();
        let known = state.of_mut(activity.id());
        (known.is_active, known.is_suspended) = (false, is_suspended);
        known.ended = now.filter(|_| !is_suspended);
        if activity.is_leaf() && !is_suspended && activity.sequencing.delivery.tracked {
            self.assume_results(state, index);
        }
        // Satisfaction by measure may have waited for the activity to become inactive.
        let settled = state.of(activity.id()).primary;
        self.record(state, index, None, settled);
        self.roll_up(state, index);
        if !activity.is_leaf() && !is_suspended {
            self.prepare_again(state, index);
        }
    }

    /// UP.4, 1.1.1: completion and satisfaction of content that did not say.
    fn assume_results(&self, state: &mut TreeState, index: ActivityIndex) {
        let activity = &self[index];
        let controls = activity.sequencing.delivery;
        let unsaid = state.of(activity.id()).unsaid;
        let is_2004 = self.edition().is_2004();
        let mut known = state.of(activity.id()).primary;
        let may_complete = !controls.completion_set_by_content && (is_2004 || !activity.is_sco());
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
            let unsaid = self.primary_unsaid(index, data);
            self.forget(state, index, None, unsaid);
            state.of_mut(activity.id()).unsaid = unsaid;
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

    /// Whether the attempt on the course is over: what comes is a new one.
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
        (state.current, state.suspended) = (None, None);
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
