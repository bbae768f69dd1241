//! Objectives as rules see them: local information, objective maps and thresholds (SN 3.10, 4.2).

use super::state::ObjectiveProgress;
use super::{ActivityIndex, ActivityTree, TreeState};
use crate::manifest::Edition;
use crate::sequencing::{Objective, ObjectiveMap};
use serde::{Deserialize, Serialize};

impl ActivityTree {
    /// What rules and rollup see of an objective of an activity; `None` means the primary one,
    /// whose completion and progress are those of the activity. Of an untracked activity they see
    /// nothing.
    pub fn observe(
        &self,
        state: &TreeState,
        index: ActivityIndex,
        objective: Option<&str>,
    ) -> ObjectiveProgress {
        self.seen(state, index, objective, Attempts::OfParent)
    }

    /// What the activity's own rules see of an objective of it: also what is of an earlier attempt
    /// on the parent. The conformance cases (SX-07e) have it so, whatever SN 3.2.6 says of rules.
    pub(crate) fn observe_itself(
        &self,
        state: &TreeState,
        index: ActivityIndex,
        objective: Option<&str>,
    ) -> ObjectiveProgress {
        self.seen(state, index, objective, Attempts::All)
    }

    fn seen(
        &self,
        state: &TreeState,
        index: ActivityIndex,
        objective: Option<&str>,
        attempts: Attempts,
    ) -> ObjectiveProgress {
        let activity = &self[index];
        let mut seen = ObjectiveProgress::default();
        if activity.sequencing.delivery.tracked {
            seen = self.objective_in(state, index, objective, attempts);
            if let Some(definition) = activity.objective(objective) {
                self.complete_by_measure(index, definition, &mut seen);
            }
        }
        seen
    }

    /// What is known of an objective of an activity, as content is told.
    ///
    /// A value that a map reads comes from the global objective, as the conformance cases have it.
    /// Values of an earlier attempt on the parent do not count when the parent uses current information only (SN 3.2.6, 3.2.7). A
    /// measure decides satisfaction last; a completion that was read stands as it was written.
    pub(super) fn objective_of(
        &self,
        state: &TreeState,
        index: ActivityIndex,
        objective: Option<&str>,
    ) -> ObjectiveProgress {
        self.objective_in(state, index, objective, Attempts::OfParent)
    }

    fn objective_in(
        &self,
        state: &TreeState,
        index: ActivityIndex,
        objective: Option<&str>,
        attempts: Attempts,
    ) -> ObjectiveProgress {
        let activity = &self[index];
        let Some(definition) = activity.objective(objective) else {
            return ObjectiveProgress::default();
        };
        let mut seen = match attempts {
            Attempts::OfParent => self.local(state, index, definition),
            Attempts::All => state.of(activity.id()).objective(key(definition)),
        };
        self.complete_by_measure(index, definition, &mut seen);
        for map in &definition.maps {
            let global = state.globals.get(&map.target).copied().unwrap_or_default();
            read(map, &global, &mut seen);
        }
        self.satisfy_by_measure(state, index, definition, &mut seen);
        seen
    }

    /// What an activity knows of its primary objective itself, as rollup finds it.
    pub(crate) fn known(&self, state: &TreeState, index: ActivityIndex) -> ObjectiveProgress {
        self.local(state, index, &self[index].primary)
    }

    /// What the activity itself knows, as far as it is of the parent's current attempt.
    fn local(
        &self,
        state: &TreeState,
        index: ActivityIndex,
        definition: &Objective,
    ) -> ObjectiveProgress {
        let known = state.of(self[index].id());
        known.stale.filter(known.objective(key(definition)))
    }

    /// Lets the measure decide satisfaction (RB.1.2 a, for every objective).
    fn satisfy_by_measure(
        &self,
        state: &TreeState,
        index: ActivityIndex,
        definition: &Objective,
        seen: &mut ObjectiveProgress,
    ) {
        let activity = &self[index];
        if definition.satisfied_by_measure {
            let settled = !state.of(activity.id()).is_active
                || activity.sequencing.rollup_considerations.measure_satisfaction_if_active;
            let measure = seen.measure.filter(|_| settled);
            seen.satisfied = measure.map(|measure| measure >= definition.min_normalized_measure);
        }
    }

    /// Lets the progress measure decide completion in the 4th edition (RB.1.3 a, for the primary
    /// objective). In the others the run-time applies a leaf's completion threshold.
    fn complete_by_measure(
        &self,
        index: ActivityIndex,
        definition: &Objective,
        seen: &mut ObjectiveProgress,
    ) {
        let threshold = self[index]
            .completed_by_measure()
            .filter(|_| self.progress_rolls_up() && definition.primary);
        if let Some(threshold) = threshold {
            seen.completion = seen.progress.map(|amount| amount >= threshold.min_progress_measure);
        }
    }

    /// Whether progress measures roll up: they do in the 4th edition only.
    pub(crate) fn progress_rolls_up(&self) -> bool {
        self.edition() == Edition::Scorm2004Fourth
    }

    /// Sets what is known of an objective and writes it through its maps to global objectives.
    ///
    /// What becomes unknown is cleared in a global objective only if it was known here, so that
    /// an activity that knows nothing does not wipe what another one wrote.
    pub(crate) fn record(
        &self,
        state: &mut TreeState,
        index: ActivityIndex,
        objective: Option<&str>,
        new: ObjectiveProgress,
    ) {
        self.keep(state, index, objective, new, Origin::Derived);
    }

    /// As [`Self::record`], but of what content says: that is written though it said so before,
    /// since another activity may have written something else in between.
    pub(super) fn record_said(
        &self,
        state: &mut TreeState,
        index: ActivityIndex,
        objective: Option<&str>,
        new: ObjectiveProgress,
    ) {
        self.keep(state, index, objective, new, Origin::Content);
    }

    fn keep(
        &self,
        state: &mut TreeState,
        index: ActivityIndex,
        objective: Option<&str>,
        mut new: ObjectiveProgress,
        origin: Origin,
    ) {
        let activity = &self[index];
        let Some(definition) = activity.objective(objective) else { return };
        self.satisfy_by_measure(state, index, definition, &mut new);
        self.complete_by_measure(index, definition, &mut new);
        let known = state.of_mut(activity.id());
        let old = known.stale.filter(known.objective(key(definition)));
        known.stale = Stale::default();
        match key(definition) {
            None => known.primary = new,
            Some(id) => {
                known.objectives.insert(id.to_owned(), new);
            }
        }
        for map in &definition.maps {
            write(map, (old, new), origin, state);
        }
    }

    /// Makes what content expressly called unknown unknown in the global objectives that the
    /// objective writes, whoever knew it before (RTE 4.2.17.1). Where a measure decides, what
    /// content says of the status does not count.
    pub(super) fn forget(
        &self,
        state: &mut TreeState,
        index: ActivityIndex,
        objective: Option<&str>,
        unsaid: Unsaid,
    ) {
        let activity = &self[index];
        let Some(definition) = activity.objective(objective) else { return };
        let success = unsaid.success && !definition.satisfied_by_measure;
        let by_measure = definition.primary && activity.completed_by_measure().is_some();
        for map in &definition.maps {
            let Some(global) = state.globals.get_mut(&map.target) else { continue };
            if success && map.write_satisfied_status {
                global.satisfied = None;
            }
            if unsaid.completion && !by_measure && map.write_completion_status {
                global.completion = None;
            }
        }
    }
}

/// Of which attempts values count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Attempts {
    /// Of the current one on the parent, where that asks for it.
    OfParent,
    /// Whenever they were recorded.
    All,
}

/// Where a value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    /// Content said it.
    Content,
    /// It follows from something else.
    Derived,
}

/// Statuses that content expressly set to `unknown`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Unsaid {
    pub(super) success: bool,
    pub(super) completion: bool,
}

impl Unsaid {
    /// Whether content left nothing unknown on purpose.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
    pub(super) fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// Which results of an activity are of an earlier attempt on the cluster that it is in, or on one
/// above, where that cluster uses what is of its current attempt only.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Stale {
    pub(super) objectives: bool,
    pub(super) progress: bool,
}

impl Stale {
    /// Whether all counts.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
    pub(super) fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    /// What counts of results.
    fn filter(self, known: ObjectiveProgress) -> ObjectiveProgress {
        let mut seen = known;
        if self.objectives {
            let (completion, progress) = (seen.completion, seen.progress);
            seen = ObjectiveProgress { completion, progress, ..ObjectiveProgress::default() };
        }
        if self.progress {
            (seen.completion, seen.progress) = (None, None);
        }
        seen
    }
}

impl ActivityTree {
    /// A new attempt on a cluster begins: the results of what it holds are of an earlier one.
    pub(super) fn age(&self, state: &mut TreeState, cluster: ActivityIndex) {
        // A stack instead of recursion: the manifest decides how deep it is.
        let mut waiting = vec![(cluster, Stale { objectives: true, progress: true })];
        while let Some((at, above)) = waiting.pop() {
            let control = self[at].sequencing.control;
            let old = Stale {
                objectives: above.objectives && control.use_current_attempt_objective_info,
                progress: above.progress && control.use_current_attempt_progress_info,
            };
            if old.is_nothing() {
                continue;
            }
            for &child in &self[at].children {
                if let Some(known) = state.activities.get_mut(self[child].id()) {
                    known.stale.objectives |= old.objectives;
                    known.stale.progress |= old.progress;
                }
                waiting.push((child, old));
            }
        }
    }

    /// Records what rollup makes of a cluster, if that is something new: what is of an earlier
    /// attempt stays, for the cluster's own rules, until then.
    pub(crate) fn amend(&self, state: &mut TreeState, at: ActivityIndex, new: ObjectiveProgress) {
        let mut settled = new;
        let definition = &self[at].primary;
        self.satisfy_by_measure(state, at, definition, &mut settled);
        self.complete_by_measure(at, definition, &mut settled);
        if settled != self.known(state, at) {
            self.record(state, at, None, new);
        }
    }
}

/// Under which name an activity keeps an objective; the primary one has none.
fn key(definition: &Objective) -> Option<&str> {
    definition.identifier.as_deref().filter(|_| !definition.primary)
}

/// What a map reads. A satisfaction or measure is the global objective's, known or not (OB-03b);
/// of what ADL's 4th edition added, the local value counts until the global one is known (CO-09).
fn read(map: &ObjectiveMap, global: &ObjectiveProgress, seen: &mut ObjectiveProgress) {
    if map.read_satisfied_status {
        seen.satisfied = global.satisfied;
    }
    if map.read_normalized_measure {
        seen.measure = global.measure;
    }
    if map.read_completion_status {
        seen.completion = global.completion.or(seen.completion);
    }
    for (reads, from, to) in [
        (map.read_raw_score, global.raw, &mut seen.raw),
        (map.read_min_score, global.min, &mut seen.min),
        (map.read_max_score, global.max, &mut seen.max),
        (map.read_progress_measure, global.progress, &mut seen.progress),
    ] {
        if reads {
            *to = from.or(*to);
        }
    }
}

fn write(
    map: &ObjectiveMap,
    (old, new): (ObjectiveProgress, ObjectiveProgress),
    origin: Origin,
    state: &mut TreeState,
) {
    let mut global = state.globals.get(&map.target).copied().unwrap_or_default();
    if map.write_satisfied_status {
        put(&mut global.satisfied, old.satisfied, new.satisfied, origin);
    }
    if map.write_completion_status {
        put(&mut global.completion, old.completion, new.completion, origin);
    }
    for (writes, old, new, to) in [
        (map.write_normalized_measure, old.measure, new.measure, &mut global.measure),
        (map.write_raw_score, old.raw, new.raw, &mut global.raw),
        (map.write_min_score, old.min, new.min, &mut global.min),
        (map.write_max_score, old.max, new.max, &mut global.max),
        (map.write_progress_measure, old.progress, new.progress, &mut global.progress),
    ] {
        if writes {
            put(to, old, new, origin);
        }
    }
    if !global.is_unknown() || state.globals.contains_key(&map.target) {
        state.globals.insert(map.target.clone(), global);
    }
}

fn put<T: PartialEq + Copy>(to: &mut Option<T>, old: Option<T>, new: Option<T>, origin: Origin) {
    if old != new || (new.is_some() && origin == Origin::Content) {
        *to = new;
    }
}
