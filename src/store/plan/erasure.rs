//! The part of a plan that erases a person.

use super::{EntryRow, Plan, Planner};
use crate::{
    Affected, AffectedStatement, Appended, Erased, Erasure, EventOp, Mentions, NewEvent, Position,
    World,
};
use domain::{Entropy, Timestamp};
use ledger::{ErasureEntry, Salt};
use serde_json::json;

/// Runs of positions in one entry, so that it stays far below the 64 KiB of an entry bundle.
const RUNS_MAX: usize = 1_000;

/// Rows to be emptied or removed, in the same transaction as the plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErasurePlan {
    /// Statements with the position of the entry that names theirs.
    pub parts: Vec<(Position, Vec<AffectedStatement>)>,
    /// Reference events.
    pub events: Vec<Position>,
    /// The person's terms.
    pub terms: Vec<i64>,
    /// The terms of groups with the person.
    pub groups: Vec<i64>,
    /// When.
    pub at: Timestamp,
}

/// Decides what an erasure writes: entries that name the positions, and an event of the trail.
pub fn plan_erasure(
    world: World,
    erasure: &Erasure,
    affected: &Affected,
    now: Timestamp,
    entropy: &dyn Entropy,
) -> (Plan, ErasurePlan) {
    let mut planner = Planner::new(world, now, entropy);
    let statements = affected.to_erase(erasure.mentions);
    let mut parts = Vec::new();
    for (runs, part) in runs(&gone(&statements, &affected.events)) {
        let position = planner.apply_erasure(erasure, &runs);
        parts.push((position, part));
    }
    let entries: Vec<Position> = parts.iter().map(|(position, _)| *position).collect();
    let counts = affected.counts;
    let value = json!({
        "entries": entries,
        "mentions": erasure.mentions,
        "found": counts,
        "statements_erased": statements.len(),
    });
    let event = planner.apply_event(&NewEvent {
        actor: erasure.ordered_by.clone(),
        reason: erasure.reason.clone(),
        entity: "erasure".to_owned(),
        entity_id: entries.first().map(ToString::to_string).unwrap_or_default(),
        op: EventOp::Assert,
        valid_from: None,
        valid_to: None,
        value: value.to_string(),
        source: "null".to_owned(),
        about: None,
    });
    let first = planner.plan.entries.first();
    let at = first.map_or(planner.world.head.stored, |entry| entry.stored);
    let erased = Some(Erased { entries, event, at, counts });
    let (statements, events) = (Vec::new(), vec![event]);
    planner.plan.outcomes.push(Ok(Appended { statements, events, revision: None, erased }));
    // The person's own pseudonym ends in any case. A group's statements are mentions: when they are
    // kept, so is the salt without which they could not be proven any more.
    let terms = affected.terms.clone();
    let groups = match erasure.mentions {
        Mentions::Erase => affected.groups.clone(),
        Mentions::Keep => Vec::new(),
    };
    debug_assert!(erasure.mentions == Mentions::Keep || statements_are_all(affected, &parts));
    let events = affected.events.clone();
    (planner.finish(), ErasurePlan { parts, events, terms, groups, at })
}

fn statements_are_all(affected: &Affected, parts: &[(Position, Vec<AffectedStatement>)]) -> bool {
    parts.iter().map(|(_, part)| part.len()).sum::<usize>() == affected.statements.len()
}

type Run = (u64, u64);

/// A place whose body goes, and the statement if it has one.
type Gone<'a> = (Position, Option<&'a AffectedStatement>);

/// Statements and events in the order of the log.
fn gone<'a>(statements: &[&'a AffectedStatement], events: &[Position]) -> Vec<Gone<'a>> {
    let statements = statements.iter().map(|&one| (one.position, Some(one)));
    let mut gone: Vec<_> = statements.chain(events.iter().map(|&at| (at, None))).collect();
    gone.sort_unstable_by_key(|(position, _)| *position);
    gone
}

/// What goes, in parts whose positions are at most [`RUNS_MAX`] runs, with the statements of each;
/// one part at least.
fn runs(gone: &[Gone<'_>]) -> Vec<(Vec<Run>, Vec<AffectedStatement>)> {
    let mut parts: Vec<(Vec<Run>, Vec<AffectedStatement>)> = vec![(Vec::new(), Vec::new())];
    for (position, statement) in gone {
        let index = position.index();
        let is_next = |part: &(Vec<Run>, _)| part.0.last().is_some_and(|run| run.1 + 1 == index);
        if parts.last().is_some_and(|part| part.0.len() >= RUNS_MAX && !is_next(part)) {
            parts.push((Vec::new(), Vec::new()));
        }
        if let Some((runs, part)) = parts.last_mut() {
            match runs.last_mut().filter(|run| run.1 + 1 == index) {
                Some(run) => run.1 = index,
                None => runs.push((index, index)),
            }
            part.extend(statement.cloned());
        }
    }
    parts
}

impl Planner<'_> {
    fn apply_erasure(&mut self, erasure: &Erasure, positions: &[Run]) -> Position {
        let (position, stored) = self.next_place();
        let salt = Salt::draw(self.entropy);
        let entry = ErasureEntry {
            stored,
            positions,
            ordered_by: &erasure.ordered_by,
            reason: &erasure.reason,
        };
        let entry = entry.to_bytes(&salt);
        self.plan.entries.push(EntryRow { position, stored, entry, salt });
        position
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(index: u64) -> AffectedStatement {
        AffectedStatement { position: Position::new(index), keys: Vec::new(), is_actor: true }
    }

    #[test]
    fn positions_are_named_as_runs_in_entries_that_stay_small() {
        let few = [at(1), at(2), at(3), at(7)];
        let found = runs(&gone(&few.iter().collect::<Vec<_>>(), &[]));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].0, [(1, 3), (7, 7)]);
        let found = runs(&gone(&few.iter().collect::<Vec<_>>(), &[Position::new(4)]));
        assert_eq!((found[0].0.as_slice(), found[0].1.len()), ([(1, 4), (7, 7)].as_slice(), 4));
        let many: Vec<_> = (0..2_500).map(|index| at(index * 2)).collect();
        let found = runs(&gone(&many.iter().collect::<Vec<_>>(), &[]));
        assert_eq!(found.iter().map(|part| part.0.len()).collect::<Vec<_>>(), [1_000, 1_000, 500]);
        assert_eq!(found.iter().map(|part| part.1.len()).sum::<usize>(), 2_500);
        assert_eq!(runs(&[]).len(), 1);
    }
}
