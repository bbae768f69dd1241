//! Counts of a day: a line for each series, day and metric.

use super::Work;
use super::table::Line;
use crate::reference::{EffectivenessCount, Entity, Part};
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(super) const COLUMNS: &[(&str, bool)] =
    &[("series", true), ("date", true), ("metric", true), ("count", true)];

pub(super) fn read(work: &mut Work<'_>, lines: &[Line]) {
    let mut days: BTreeMap<(&str, &str), Vec<&Line>> = BTreeMap::new();
    for line in lines {
        days.entry((line.cell("series"), line.cell("date"))).or_default().push(line);
    }
    for ((series, date), lines) in days {
        day(work, series, date, &lines);
    }
}

fn day(work: &mut Work<'_>, series: &str, date: &str, lines: &[&Line]) {
    let id = format!("{series}@{date}");
    let known = work.trail.now(Entity::EffectivenessCount, &id);
    let known = known.and_then(|known| known.read::<EffectivenessCount>().ok());
    let before = known.as_ref().map(|known| known.counts.clone()).unwrap_or_default();
    let (mut counts, mut said, mut new) = (before.clone(), BTreeMap::new(), Vec::new());
    for line in lines {
        let metric = line.cell("metric");
        let Ok(count) = line.cell("count").parse::<u64>() else {
            work.fault(line.number, "count", "must be a whole number that is not negative");
            continue;
        };
        if metric.is_empty() {
            work.fault(line.number, "metric", "must not be empty");
        } else if said.insert(metric.to_owned(), count).is_some() {
            work.fault(line.number, "metric", "is in the file twice for this day");
        } else {
            if before.get(metric) != Some(&count) {
                new.push(line.number);
            }
            counts.insert(metric.to_owned(), count);
        }
    }
    let Some(first) = lines.first().filter(|_| !new.is_empty()) else { return };
    let value: Value =
        json!({ "series": series, "date": date, "counts": counts, "source": work.reading.source });
    let part = Part { entity: Entity::EffectivenessCount, value, from: None, to: None };
    if work.sound(first, &id, &part, &|_, _| false) {
        let changes = work.trail.set(&id, &part);
        work.changes.extend(changes.into_iter().map(|change| (Some(new[0]), change)));
        work.newer.extend(new);
    } else {
        for line in lines.iter().skip(1) {
            work.fault(line.number, "", format!("the day is refused: see line {}", first.number));
        }
    }
}
