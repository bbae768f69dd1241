//! Objectives and the global ones that they read and write (SN 3.10) in plain words.

use super::course::{Course, listed, quoted, tell_some};
use crate::sequencing::{Objective, ObjectiveMap};
use crate::tree::ActivityIndex;

pub(super) fn objectives(course: &Course<'_>, at: ActivityIndex, told: &mut Vec<String>) {
    let activity = course.activity(at);
    let mut all = Vec::new();
    for objective in [&activity.primary].into_iter().chain(&activity.objectives) {
        of_one(course, at, objective, &mut all);
    }
    tell_some(all.into_iter(), |one| one, "sentences about objectives", told);
    let tree = course.tree;
    if activity.parent.is_none() && !tree.objectives_global_to_system() && tree.maps_objectives() {
        told.push("Global objectives belong to one registration of a learner.".to_owned());
    }
    for map in &activity.item.shared_data {
        let verb = match (map.read, map.write) {
            (true, true) => "Reads and writes",
            (true, false) => "Reads",
            (false, true) => "Writes",
            (false, false) => continue,
        };
        told.push(format!("{verb} the shared data {}.", quoted(&map.target)));
    }
}

fn of_one(course: &Course<'_>, at: ActivityIndex, objective: &Objective, told: &mut Vec<String>) {
    let named = objective.identifier.as_deref().filter(|_| !objective.primary);
    let named = named.map(|named| format!("its objective {}", quoted(named)));
    if objective.satisfied_by_measure {
        let bound = objective.min_normalized_measure;
        told.push(match &named {
            None => format!("Satisfied when its score is {bound} or more, failed when below."),
            Some(named) => {
                format!("{} is satisfied when its score is {bound} or more.", capital(named))
            }
        });
    }
    let suffix = named.as_ref().map(|named| format!(" for {named}")).unwrap_or_default();
    for map in &objective.maps {
        let map = course.effective(map);
        let target = quoted(&map.target);
        let (reads, writes) = (parts(&map, Way::Read), parts(&map, Way::Write));
        if !writes.is_empty() {
            let suffix = suffix.replace(" for ", " of ");
            told.push(format!(
                "Writes {}{suffix} to the global objective {target}.",
                listed(&writes)
            ));
        }
        // A map reads by default: beside writing, that tells nothing unless others write too.
        let by = course.written_by(&map.target, at);
        if !reads.is_empty() && (writes.is_empty() || !by.is_empty()) {
            told.push(format!(
                "Reads {}{suffix} from the global objective {target}{by}.",
                listed(&reads)
            ));
        }
    }
    if let (Some(named), true, false) =
        (named, objective.maps.is_empty(), objective.satisfied_by_measure)
    {
        told.push(format!("Has {}.", named.replacen("its", "the", 1)));
    }
}

fn capital(text: &str) -> String {
    text.replacen("its", "Its", 1)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Read,
    Write,
}

/// What a map carries one way.
fn parts(map: &ObjectiveMap, way: Way) -> Vec<&'static str> {
    let read = way == Way::Read;
    let pick = |reads: bool, writes: bool| if read { reads } else { writes };
    let has_raw = pick(map.read_raw_score, map.write_raw_score);
    let has_range = pick(map.read_min_score, map.write_min_score)
        || pick(map.read_max_score, map.write_max_score);
    [
        ("success", pick(map.read_satisfied_status, map.write_satisfied_status)),
        ("score", pick(map.read_normalized_measure, map.write_normalized_measure)),
        ("raw score", has_raw),
        ("score range", has_range),
        ("completion", pick(map.read_completion_status, map.write_completion_status)),
        ("progress", pick(map.read_progress_measure, map.write_progress_measure)),
    ]
    .into_iter()
    .filter_map(|(name, is_there)| is_there.then_some(name))
    .collect()
}
