//! Objectives of an activity (SN 3.10): those of IMS, and what ADL's 4th edition adds to their
//! maps.

use super::context::{Context, collapse};
use crate::{
    codes,
    xml::{Element, Vocabulary},
};
use scorm::sequencing::{Objective, ObjectiveMap};

/// Objectives from the children of a `sequencing` element.
pub(super) fn read(context: &mut Context<'_, '_>, children: &[&Element<'_>]) -> Vec<Objective> {
    let groups: Vec<&Element<'_>> =
        children.iter().copied().filter(|child| child.is("objectives")).collect();
    let mut objectives = Vec::new();
    for element in groups.iter().filter(|group| group.vocabulary != Vocabulary::Adlseq) {
        for child in &element.children {
            if child.is("primaryObjective") || child.is("objective") {
                objectives.push(objective(context, child));
            }
        }
    }
    for element in groups.iter().filter(|group| group.vocabulary == Vocabulary::Adlseq) {
        for child in element.all("objective") {
            extend(context, child, &mut objectives);
        }
    }
    objectives
}

fn objective(context: &mut Context<'_, '_>, element: &Element<'_>) -> Objective {
    let written = element.child_content("minNormalizedMeasure");
    let measure = written.and_then(|text| text.parse::<f64>().ok());
    let measure = measure.filter(|number| (-1.0..=1.0).contains(number));
    if let (Some(text), None) = (written, measure) {
        let message = format!("minNormalizedMeasure is {text:?}, not a number from -1 to 1");
        context.tell(&codes::SEQUENCING_VALUE, element.offset, message);
    }
    let mut maps = Vec::new();
    for map in element.all("mapInfo") {
        let Some(target) = target(context, map) else { continue };
        maps.push(ObjectiveMap {
            read_satisfied_status: context.flag(map, "readSatisfiedStatus", true),
            read_normalized_measure: context.flag(map, "readNormalizedMeasure", true),
            write_satisfied_status: context.flag(map, "writeSatisfiedStatus", false),
            write_normalized_measure: context.flag(map, "writeNormalizedMeasure", false),
            ..by_default(target)
        });
    }
    Objective {
        identifier: element.value("objectiveID").map(collapse).filter(|id| !id.is_empty()),
        primary: element.is("primaryObjective"),
        satisfied_by_measure: context.flag(element, "satisfiedByMeasure", false),
        min_normalized_measure: measure.unwrap_or(1.0),
        maps,
    }
}

/// Merges an `adlseq:objective` into the objective of the same identifier.
fn extend(context: &mut Context<'_, '_>, element: &Element<'_>, objectives: &mut Vec<Objective>) {
    let identifier = element.value("objectiveID").map(collapse).filter(|id| !id.is_empty());
    let same = |one: &Objective| one.identifier == identifier;
    let at = objectives.iter().position(same).unwrap_or_else(|| {
        objectives.push(Objective {
            identifier,
            primary: false,
            satisfied_by_measure: false,
            min_normalized_measure: 1.0,
            maps: Vec::new(),
        });
        objectives.len() - 1
    });
    for info in element.all("mapInfo") {
        let Some(target) = target(context, info) else { continue };
        let Some(maps) = objectives.get_mut(at).map(|objective| &mut objective.maps) else {
            return;
        };
        let at = maps.iter().position(|map| map.target == target).unwrap_or_else(|| {
            // A map of ADL's alone says nothing of what IMS maps.
            let (read_satisfied_status, read_normalized_measure) = (false, false);
            maps.push(ObjectiveMap {
                read_satisfied_status,
                read_normalized_measure,
                ..by_default(target)
            });
            maps.len() - 1
        });
        let Some(map) = maps.get_mut(at) else { return };
        map.read_raw_score = context.flag(info, "readRawScore", true);
        map.read_min_score = context.flag(info, "readMinScore", true);
        map.read_max_score = context.flag(info, "readMaxScore", true);
        map.read_completion_status = context.flag(info, "readCompletionStatus", true);
        map.read_progress_measure = context.flag(info, "readProgressMeasure", true);
        map.write_raw_score = context.flag(info, "writeRawScore", false);
        map.write_min_score = context.flag(info, "writeMinScore", false);
        map.write_max_score = context.flag(info, "writeMaxScore", false);
        map.write_completion_status = context.flag(info, "writeCompletionStatus", false);
        map.write_progress_measure = context.flag(info, "writeProgressMeasure", false);
    }
}

fn target(context: &mut Context<'_, '_>, map: &Element<'_>) -> Option<String> {
    let target = map.value("targetObjectiveID").map(collapse).filter(|id| !id.is_empty());
    if target.is_none() {
        let message = "an objective's mapInfo has no targetObjectiveID and was ignored";
        context.tell(&codes::SEQUENCING_VALUE, map.offset, message);
    }
    target
}

/// A map with the defaults of the objective map model (SN 3.10.3): it reads all and writes nothing.
/// What is of the 4th edition only counts for courses of that edition.
fn by_default(target: String) -> ObjectiveMap {
    ObjectiveMap {
        target,
        read_satisfied_status: true,
        read_normalized_measure: true,
        write_satisfied_status: false,
        write_normalized_measure: false,
        read_raw_score: true,
        read_min_score: true,
        read_max_score: true,
        read_completion_status: true,
        read_progress_measure: true,
        write_raw_score: false,
        write_min_score: false,
        write_max_score: false,
        write_completion_status: false,
        write_progress_measure: false,
    }
}
