//! Objectives as rules see them: local information, objective maps and thresholds (SN 3.10, 4.2).

use super::state::ObjectiveProgress;
use super::{ActivityIndex, ActivityTree, TreeState};
use crate::manifest::Edition;
use crate::sequencing::{Objective, ObjectiveMap};

impl ActivityTree {
    /// What is known of an objective of an activity; `None` means the primary one, whose
    /// completion and progress are those of the activity.
    ///
    /// A value that a map reads comes from the global objective when that has one, as in ADL's
    /// reference run-time; the local value counts otherwise. Values of an earlier attempt on the
    /// parent do not count when the parent uses current information only (SN 3.2.6, 3.2.7).
    /// Thresholds decide last.
    pub fn observe(
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
        for map in &definition.maps {
            if let Some(global) = state.globals.get(&map.target) {
                read(map, global, &mut seen);
            }
        }
        self.decide_by_measure(state, index, definition, &mut seen);
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

    /// Lets thresholds decide: satisfied by measure (RB.1.2 a, for every objective) and, for
    /// clusters of the 4th edition, completed by measure (RB.1.3 a). A leaf's completion
    /// threshold has been applied by the run-time (RTE 4.2.4.1).
    fn decide_by_measure(
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
        let by_measure = activity
            .completed_by_measure()
            .filter(|_| self.progress_rolls_up() && definition.primary && !activity.is_leaf());
        if let Some(threshold) = by_measure {
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
        mut new: ObjectiveProgress,
    ) {
        let activity = &self[index];
        let Some(definition) = activity.objective(objective) else { return };
        self.decide_by_measure(state, index, definition, &mut new);
        let parent_attempt =
            activity.parent.map_or(0, |parent| state.of(self[parent].id()).attempts);
        let known = state.of_mut(activity.id());
        known.parent_attempt = parent_attempt;
        let old = known.objective(key(definition));
        if old == new {
            return;
        }
        match key(definition) {
            None => known.primary = new,
            Some(id) => {
                known.objectives.insert(id.to_owned(), new);
            }
        }
        for map in &definition.maps {
            write(map, old, new, state);
        }
    }
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
    old: ObjectiveProgress,
    new: ObjectiveProgress,
    state: &mut TreeState,
) {
    let mut global = state.globals.get(&map.target).copied().unwrap_or_default();
    if map.write_satisfied_status && (old.satisfied, new.satisfied) != (None, None) {
        global.satisfied = new.satisfied;
    }
    if map.write_completion_status && (old.completion, new.completion) != (None, None) {
        global.completion = new.completion;
    }
    for (writes, old, new, to) in [
        (map.write_normalized_measure, old.measure, new.measure, &mut global.measure),
        (map.write_raw_score, old.raw, new.raw, &mut global.raw),
        (map.write_min_score, old.min, new.min, &mut global.min),
        (map.write_max_score, old.max, new.max, &mut global.max),
        (map.write_progress_measure, old.progress, new.progress, &mut global.progress),
    ] {
        if writes && (old, new) != (None, None) {
            *to = new;
        }
    }
    if !global.is_unknown() || state.globals.contains_key(&map.target) {
        state.globals.insert(map.target.clone(), global);
    }
}
