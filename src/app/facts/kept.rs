//! What is kept of the facts that were read, and for how long.

use super::{
    Kept,
    reading::{NotRead, Words},
};
use audit::{Fact, Facts};
use domain::{OrganizationId, Timestamp};
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};
use store::{FactPage, Position};

/// Most bytes that kept facts take, of all organizations: some three million facts. Those of an
/// organization with more are read from the store each time.
const FACTS_BYTES_MAX: usize = 512 << 20;
/// Facts that nobody has asked for so long are not kept any more.
const KEPT_FOR: Duration = Duration::from_mins(15);
/// Facts of one part: what was read last is copied as often as somebody asks, until it is one.
const PART_FACTS: usize = 8_192;

/// Facts as far as the log has been followed.
pub(super) struct Follower {
    parts: Facts,
    parts_count: usize,
    /// Behind the parts.
    tail: Vec<Fact>,
    /// Where the log has to be read on.
    pub(super) next: Position,
    /// The last erasure that is in what was read.
    pub(super) erasure: Option<Position>,
    /// The texts of terms, each once.
    pub(super) words: Words,
}

impl Default for Follower {
    fn default() -> Self {
        Self::new(None)
    }
}

impl Follower {
    /// Nothing yet; `erasure` is the last one there was.
    pub(super) fn new(erasure: Option<Position>) -> Self {
        Self {
            parts: Facts::default(),
            parts_count: 0,
            tail: Vec::new(),
            next: Position::FIRST,
            erasure,
            words: Words::default(),
        }
    }

    /// Adds a page whose words are known.
    pub(super) fn add(&mut self, page: &FactPage) -> Result<(), NotRead> {
        let mut claims = page.claims.iter().peekable();
        let before = self.tail.len();
        for fact in &page.facts {
            while claims.next_if(|claim| claim.position < fact.position).is_some() {}
            let claim = claims.next_if(|claim| claim.position == fact.position);
            match self.words.read(fact, claim) {
                Ok(fact) => self.tail.push(fact),
                Err(error) => {
                    self.tail.truncate(before);
                    return Err(error);
                }
            }
        }
        if self.tail.len() >= PART_FACTS {
            self.parts_count += self.tail.len();
            self.parts.push(std::mem::take(&mut self.tail).into());
        }
        Ok(())
    }

    /// All of them.
    pub(super) fn facts(&self) -> Facts {
        let mut all = self.parts.clone();
        all.push(self.tail.clone().into());
        all
    }

    /// How many bytes they take.
    pub(super) fn bytes(&self) -> usize {
        (self.parts_count + self.tail.capacity()) * size_of::<Fact>() + self.words.bytes()
    }
}

/// The facts of the organizations that somebody has asked for lately.
#[derive(Default)]
pub(crate) struct FactCache(Mutex<HashMap<OrganizationId, Entry>>);

struct Entry {
    facts: Kept,
    bytes: usize,
    used_at: Timestamp,
}

impl FactCache {
    /// What is kept of an organization; of those that nobody has asked for, nothing any more.
    pub(super) fn of(&self, organization: OrganizationId, now: Timestamp) -> Kept {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.retain(|id, entry| *id == organization || now.since(entry.used_at) < KEPT_FOR);
        let fresh = || Entry { facts: Kept::default(), bytes: 0, used_at: now };
        let entry = held.entry(organization).or_insert_with(fresh);
        entry.used_at = now;
        entry.facts.clone()
    }

    /// Notes how much an organization's facts take, and keeps those used last as far as they fit.
    pub(super) fn weigh(&self, organization: OrganizationId, bytes: usize) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = held.get_mut(&organization) {
            entry.bytes = bytes;
        }
        let mut total: usize = held.values().map(|entry| entry.bytes).sum();
        while total > FACTS_BYTES_MAX {
            // Of two used at one instant, the one in hand stays.
            let oldest =
                held.iter().min_by_key(|(id, entry)| (entry.used_at, **id == organization));
            let Some(id) = oldest.map(|(id, _)| *id) else { return };
            total -= held.remove(&id).map_or(0, |entry| entry.bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn what_nobody_asks_for_and_what_does_not_fit_is_not_kept() {
        let cache = FactCache::default();
        let id = |number| OrganizationId::new(Uuid::from_u128(number));
        let at = |minutes| Timestamp::UNIX_EPOCH.plus(Duration::from_mins(minutes));
        let held = |number| {
            cache.0.lock().unwrap_or_else(PoisonError::into_inner).contains_key(&id(number))
        };
        let ask = |number, minutes, bytes| {
            let _ = cache.of(id(number), at(minutes));
            cache.weigh(id(number), bytes);
        };
        ask(1, 0, FACTS_BYTES_MAX / 2);
        ask(2, 1, FACTS_BYTES_MAX / 2);
        assert!(held(1) && held(2));
        ask(3, 1, FACTS_BYTES_MAX / 2);
        assert!(!held(1) && held(2) && held(3), "the one used longest ago goes");
        ask(4, 1, FACTS_BYTES_MAX + 1);
        assert!(!held(2) && !held(3) && !held(4), "one that never fits is not kept");
        ask(5, 2, 1);
        ask(6, 16, 1);
        assert!(held(5));
        ask(6, 17, 1);
        assert!(!held(5) && held(6));
    }
}
