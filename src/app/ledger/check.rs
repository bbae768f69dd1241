//! The whole ledger computed anew: what does not hang together.

use super::{LedgerError, tiles::complete_tile};
use crate::App;
use ::ledger::{
    ErasureEntry, Frontier, ReferenceEntry, Salt, TILE_WIDTH, TreeHead, VerifierKey, leaf_hash,
    logged_body,
};
use domain::{OrganizationId, Sha256Digest, Timestamp};
use serde_json::Value;
use store::{Checkpoint, EventFilter, LogEntry, NewEvent, Position};

/// Entries read at a time: some 1 MB. What they tell of is read in smaller parts when it is long.
const ENTRIES_AT_ONCE: usize = 1_000;

/// Something about a ledger that is not as it was committed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LedgerFault {
    /// An entry is missing.
    #[error("the entry at {0} is missing")]
    Gap(Position),
    /// What an entry tells of is not what was logged.
    #[error("what the entry at {0} tells of has been changed")]
    Body(Position),
    /// What an entry tells of is gone, and was not erased.
    #[error("what the entry at {0} tells of is missing")]
    Missing(Position),
    /// The right edge is not that of the entries.
    #[error("the tree's right edge is not that of the {0} entries")]
    Frontier(u64),
    /// A tile is not that of the entries.
    #[error("tile {index} of level {level} is not that of the entries")]
    Tile {
        /// Its level.
        level: u8,
        /// Which of its level.
        index: u64,
    },
    /// A checkpoint vouches for another tree.
    #[error("the checkpoint of {0} entries does not vouch for the entries that are there")]
    Checkpoint(u64),
}

/// The walk over a log.
struct Walk<'a> {
    app: &'a App,
    organization: OrganizationId,
    frontier: Frontier,
    /// Hashes of each level that do not make a tile yet, and the number of tiles before them.
    levels: Vec<(u64, Vec<Sha256Digest>)>,
    keys: Vec<VerifierKey>,
    repair: bool,
    faults: Vec<LedgerFault>,
}

impl App {
    /// Computes an organization's tree anew from its entries, and compares: the entries with what
    /// they tell of, tiles, the right edge and every checkpoint with the entries. With `repair`,
    /// tiles and the edge are written anew, the edge only if no checkpoint speaks against it.
    pub async fn check_ledger(
        &self,
        organization: OrganizationId,
        repair: bool,
    ) -> Result<Vec<LedgerFault>, LedgerError> {
        let head = self.store.ledger_head(organization).await?;
        let keys = self.store.signing_keys(organization).await?;
        let keys = keys.iter().filter_map(|key| VerifierKey::new(&key.origin, &key.public));
        let mut walk = Walk {
            app: self,
            organization,
            frontier: Frontier::EMPTY,
            levels: Vec::new(),
            keys: keys.collect(),
            repair,
            faults: Vec::new(),
        };
        let size = head.frontier.size();
        if walk.run(size).await? && walk.frontier != head.frontier {
            let vouched =
                !walk.faults.iter().any(|fault| matches!(fault, LedgerFault::Checkpoint(_)));
            walk.faults.push(LedgerFault::Frontier(size));
            if repair && vouched {
                self.store.correct_frontier(organization, &walk.frontier).await?;
            }
        }
        Ok(walk.faults)
    }
}

impl Walk<'_> {
    /// Walks to the end; whether there is one without a gap before it.
    async fn run(&mut self, size: u64) -> Result<bool, LedgerError> {
        let mut checkpoints = self.app.store.checkpoints(self.organization, None, 500).await?;
        let mut next = std::mem::take(&mut checkpoints.items).into_iter().peekable();
        loop {
            while let Some(checkpoint) = next.next_if(|one| one.size == self.frontier.size()) {
                self.check_checkpoint(&checkpoint);
                if let (None, Some(after)) = (next.peek(), checkpoints.next) {
                    checkpoints =
                        self.app.store.checkpoints(self.organization, Some(after), 500).await?;
                    next = std::mem::take(&mut checkpoints.items).into_iter().peekable();
                }
            }
            let done = self.frontier.size();
            if done >= size {
                break;
            }
            let stop = next.peek().map_or(size, |one| one.size.min(size));
            let count = usize::try_from(stop - done).unwrap_or(usize::MAX).min(ENTRIES_AT_ONCE);
            let from = Position::new(done);
            let entries = self.app.store.entries(self.organization, from, count).await?;
            let expected = (done..).map(Position::new);
            let gap = expected.zip(&entries).find(|(at, entry)| *at != entry.position);
            let gap = gap.map(|(at, _)| at).or_else(|| entries.is_empty().then_some(from));
            if let Some(at) = gap {
                self.faults.push(LedgerFault::Gap(at));
                return Ok(false);
            }
            self.check_bodies(&entries).await?;
            for entry in &entries {
                self.push(leaf_hash(&entry.entry)).await?;
            }
        }
        // The log may have grown meanwhile, and what was signed since is not looked at; but no
        // checkpoint may speak of more than there is.
        let there = self.app.store.ledger_head(self.organization).await?.frontier.size();
        let beyond = next.filter(|one| one.size > there);
        self.faults.extend(beyond.map(|one| LedgerFault::Checkpoint(one.size)));
        Ok(true)
    }

    fn check_checkpoint(&mut self, checkpoint: &Checkpoint) {
        let vouches = TreeHead::verify(&checkpoint.note, &self.keys).is_ok_and(|head| {
            head.size == checkpoint.size
                && head.root == checkpoint.root
                && head.root == self.frontier.root()
        });
        if !vouches {
            self.faults.push(LedgerFault::Checkpoint(checkpoint.size));
        }
    }

    async fn push(&mut self, leaf: Sha256Digest) -> Result<(), LedgerError> {
        self.frontier.push(leaf);
        let mut hash = leaf;
        for level in 0_u8.. {
            if self.levels.len() <= usize::from(level) {
                self.levels.push((0, Vec::new()));
            }
            let (index, hashes) = &mut self.levels[usize::from(level)];
            hashes.push(hash);
            if hashes.len() < usize::from(TILE_WIDTH) {
                break;
            }
            let tile = complete_tile(level, *index, hashes);
            hashes.clear();
            *index += 1;
            hash = tile.root;
            let kept = self.app.store.tile(self.organization, level, tile.index).await?;
            if kept.is_some_and(|kept| kept != tile) {
                self.faults.push(LedgerFault::Tile { level, index: tile.index });
                if self.repair {
                    self.app.store.correct_tiles(self.organization, &[tile]).await?;
                }
            }
        }
        Ok(())
    }

    /// Entries that have their salt tell of something that must be there unchanged; what was
    /// erased has lost its salt.
    async fn check_bodies(&mut self, entries: &[LogEntry]) -> Result<(), LedgerError> {
        let (Some(first), Some(last)) = (entries.first(), entries.last()) else { return Ok(()) };
        let mut told = Told { first: first.position, entries, fits: vec![None; entries.len()] };
        let (store, organization) = (&self.app.store, self.organization);
        let (mut from, mut left) = (first.position, entries.len());
        while left > 0 && from <= last.position {
            // A few at a time: statements may be long.
            let found = store.statement_bodies(organization, from, left).await?;
            let Some((end, _)) = found.last() else { break };
            (from, left) = (end.next(), left.saturating_sub(found.len()));
            for (position, body) in &found {
                told.by(*position, body);
            }
        }
        if told.fits.contains(&None) {
            let after = first.position.index().checked_sub(1).map(Position::new);
            let filter = EventFilter { after, ..EventFilter::default() };
            let events = store.events(organization, &filter, entries.len()).await?;
            for found in events.items {
                let event = &found.event;
                // An erasure's event follows its entries, perhaps behind the last one read.
                for (position, body) in erasures(event) {
                    told.by(position, &body);
                }
                let body = ReferenceEntry {
                    stored: found.recorded_at,
                    actor: &event.actor,
                    reason: &event.reason,
                    entity: &event.entity,
                    entity_id: &event.entity_id,
                    op: event.op.as_str(),
                    valid_from: event.valid_from.as_deref(),
                    valid_to: event.valid_to.as_deref(),
                    value: &event.value,
                    source: &event.source,
                };
                told.by(found.position, &body.body());
            }
        }
        for (entry, fits) in entries.iter().zip(told.fits) {
            match fits {
                _ if salt(entry).is_none() => {}
                None => self.faults.push(LedgerFault::Missing(entry.position)),
                Some(false) => self.faults.push(LedgerFault::Body(entry.position)),
                Some(true) => {}
            }
        }
        Ok(())
    }
}

/// Entries that follow each other from `first` on, and whether what they tell of fits them; `None` as
/// long as it was not found.
struct Told<'a> {
    first: Position,
    entries: &'a [LogEntry],
    fits: Vec<Option<bool>>,
}

impl Told<'_> {
    /// What an entry tells of has been found; one elsewhere is of no interest.
    fn by(&mut self, position: Position, body: &[u8]) {
        let index = position.index().checked_sub(self.first.index());
        let Some(index) = index.and_then(|index| usize::try_from(index).ok()) else { return };
        if let (Some(entry), Some(fits)) = (self.entries.get(index), self.fits.get_mut(index)) {
            let logged = salt(entry).map(|salt| salt.hash(body));
            *fits = Some(logged.is_some() && logged_body(&entry.entry) == logged);
        }
    }
}

fn salt(entry: &LogEntry) -> Option<Salt> {
    entry.salt.as_deref().and_then(Salt::from_bytes)
}

/// What the entries of an erasure commit to, by the event that says the same in clear.
fn erasures(event: &NewEvent) -> Vec<(Position, Vec<u8>)> {
    if event.entity != "erasure" {
        return Vec::new();
    }
    let value: Value = serde_json::from_str(&event.value).unwrap_or_default();
    let entry = ErasureEntry {
        stored: Timestamp::UNIX_EPOCH,
        positions: &[],
        ordered_by: &event.actor,
        reason: &event.reason,
    };
    let entries = value["entries"].as_array().into_iter().flatten();
    let positions = entries.filter_map(|one| one.as_u64().map(Position::new));
    positions.map(|position| (position, entry.body())).collect()
}
