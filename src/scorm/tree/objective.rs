//! Objectives as rules see them: local information, objective maps and thresholds (SN 3.10, 4.2).

use super::state::ObjectiveProgress;
use super::{ActivityIndex, ActivityTree, TreeState};
use crate::manifest::Edition;
use crate::sequencing::{Objective, ObjectiveMap};

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
        let activity = &self[index];
        let mut seen = ObjectiveProgress::default();
        if activity.sequencing.delivery.tracked {
            seen = self.objective_of(state, index, objective);
            if let Some(definition) = activity.objective(objective) {
                self.complete_by_measure(index, definition, &mut seen);
            }
        }
        seen
    }

    /// What is known of an objective of an activity, as content is told.
    ///
    /// A value that a map reads comes from the global objective when that has one, as in ADL's
    /// reference run-time; the local value counts otherwise. Values of an earlier attempt on the
    /// parent do not count when the parent uses current information only (SN 3.2.6, 3.2.7). A
    /// measure decides satisfaction last; a completion that was read stands as it was written.
    pub(super) fn objective_of(
        &self,
        state: &TreeState,
        index: ActivityIndex,
        objective: Option<&str>,
    ) -> ObjectiveProgress {
        let activity = &self[index];
        let Some(definition) = activity.objective(objective) else {
            return ObjectiveProgress::default();
        };
        let mut seen = self.local(state, index, definition);
        self.complete_by_measure(index, definition, &mut seen);
        for map in &definition.maps {
            if let Some(global) = state.globals.get(&map.target) {
                read(map, global, &mut seen);
            }
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
        let activity = &self[index];
        let known = state.of(activity.id());
        let mut seen = known.objective(key(definition));
        if let Some(parent) = activity.parent.map(|parent| &self[parent]) {
            let is_current = known.parent_attempt == state.of(parent.id()).attempts;
            let control = parent.sequencing.control;
            if !is_current && control.use_current_attempt_objective_info {
                seen = ObjectiveProgress {
                    completion: seen.completion,
                    progress: seen.progress,
                    ..ObjectiveProgress::default()
                };
            }
            if !is_current && control.use_current_attempt_progress_info {
                (seen.completion, seen.progress) = (None, None);
            }
        }
        seen
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
        let parent_attempt =
            activity.parent.map_or(0, |parent| state.of(self[parent].id()).attempts);
        let known = state.of_mut(activity.id());
        known.parent_attempt = parent_attempt;
        let old = known.objective(key(definition));
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

/// Where a value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    /// Content said it.
    Content,
    /// It follows from something else.
    Derived,
}

/// Statuses that content expressly set to `unknown`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Unsaid {
    pub(super) success: bool,
    pub(super) completion: bool,
}

/// Under which name an activity keeps an objective; the primary one has none.
fn key(definition: &Objective) -> Option<&str> {
    definition.identifier.as_deref().filter(|_| !definition.primary)
}

fn read(map: &ObjectiveMap, global: &ObjectiveProgress, seen: &mut ObjectiveProgress) {
    if map.read_satisfied_status {
        seen.satisfied = global.satisfied.or(seen.satisfied);
    }
    if map.read_completion_status {
        seen.completion = global.completion.or(seen.completion);
    }
    for (reads, from, to) in [
        (map.read_normalized_measure, global.measure, &mut seen.measure),
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
