//! The rules of a commit, pure: what is a duplicate, a conflict, stale or forbidden, and which
//! rows the rest becomes. Both adapters carry out the same plan.

mod check;
mod erasure;
mod statement;

pub use erasure::{ErasurePlan, plan_erasure};

use crate::{
    Append, AppendError, Appended, AttachmentLink, Claim, CompletionFact, DocumentWrite, NewEvent,
    Position, RegistrationRecord, Term, Write,
    world::{Head, KnownRegistration, KnownVersion, World},
};
use bytes::Bytes;
use domain::{Entropy, OrganizationId, RegistrationId, Sha256Digest, StatementId, Timestamp};
use ledger::{ReferenceEntry, Salt, leaf_hash};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

/// Rows of one organization to be written in one transaction.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Whose rows.
    pub organization: OrganizationId,
    /// The log's head afterwards.
    pub head: Head,
    /// New texts of the dictionary.
    pub terms: Vec<TermRow>,
    /// Salts for terms that are there already.
    pub salts: Vec<(i64, Salt)>,
    /// The log's new entries, without gaps.
    pub entries: Vec<EntryRow>,
    /// New statements.
    pub statements: Vec<StatementRow>,
    /// What an audit asks of them.
    pub facts: Vec<FactRow>,
    /// What other stores said of them.
    pub claims: Vec<ClaimRow>,
    /// Attachments' data by hash; what is there already stays.
    pub attachments: BTreeMap<String, Bytes>,
    /// Which new statement came with which of them.
    pub attachment_links: Vec<AttachmentLink>,
    /// New lookup rows; one that is there already stays.
    pub keys: BTreeSet<KeyRow>,
    /// Statements, stored or new, that are voided now: which, and by which.
    pub voided: Vec<(Position, Position)>,
    /// New reference events.
    pub events: Vec<EventRow>,
    /// New definitions of activities, by the numbers of their terms.
    pub definitions: BTreeMap<i64, String>,
    /// New names of agents, by the numbers of their terms.
    pub names: Vec<(i64, String)>,
    /// Documents to be written or deleted, in this order.
    pub documents: Vec<DocumentWrite>,
    /// Other rows, in this order.
    pub writes: Vec<Write>,
    /// Registrations whose revision or record changes, after `writes`.
    pub registrations: Vec<RegistrationRow>,
    /// The answer to each unit.
    pub outcomes: Vec<Result<Appended, AppendError>>,
}

impl Plan {
    /// Whether there is anything to write.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
            && self.documents.is_empty()
            && self.writes.is_empty()
            && self.registrations.is_empty()
    }
}

/// A text of the dictionary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TermRow {
    /// Its number.
    pub number: i64,
    /// The text.
    pub term: Term,
    /// An actor's salt.
    pub salt: Option<Salt>,
}

/// An entry of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryRow {
    /// Where.
    pub position: Position,
    /// When.
    pub stored: Timestamp,
    /// The leaf's bytes.
    pub entry: Vec<u8>,
    /// The salt of its body.
    pub salt: Salt,
}

/// A statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementRow {
    /// Where.
    pub position: Position,
    /// Its id.
    pub id: StatementId,
    /// When.
    pub stored: Timestamp,
    /// The digest of its compared form.
    pub digest: Sha256Digest,
    /// The number of its authority's term.
    pub authority: i64,
    /// The statement that its object refers to.
    pub target: Option<StatementId>,
    /// Whether it voids that.
    pub voiding: bool,
    /// Whether it defines activities and agents.
    pub defines: bool,
    /// Its own keys, packed.
    pub keys: Vec<u8>,
    /// The registration whose record counts it.
    pub counted: Option<RegistrationId>,
    /// Its facts as JSON text, when a record counts it.
    pub facts: Option<String>,
    /// The exact bytes.
    pub body: Vec<u8>,
}

/// What an audit asks of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactRow {
    /// Where the statement is.
    pub position: Position,
    /// The number of the actor's term, until it is erased.
    pub actor: Option<i64>,
    /// The fact, packed.
    pub fact: Vec<u8>,
}

impl FactRow {
    /// The row of a fact.
    pub fn of(fact: &CompletionFact) -> Self {
        Self { position: fact.position, actor: fact.actor_term(), fact: fact.pack() }
    }
}

/// What another store said of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimRow {
    /// Where the statement is.
    pub position: Position,
    /// What was said.
    pub claim: Claim,
}

/// A lookup row: the statement at `position` is found by `term`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyRow {
    /// The term's number.
    pub term: i64,
    /// [`DIRECT`](crate::DIRECT) or [`RELATED`](crate::RELATED).
    pub role: i64,
    /// The statement.
    pub position: Position,
}

/// A reference event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRow {
    /// Where.
    pub position: Position,
    /// When.
    pub recorded_at: Timestamp,
    /// What it says.
    pub event: NewEvent,
}

/// A registration's new revision and record.
#[derive(Debug, Clone, PartialEq)]
pub struct RegistrationRow {
    /// Which.
    pub id: RegistrationId,
    /// Its revision from now on.
    pub revision: u64,
    /// Its record from now on.
    pub record: RegistrationRecord,
    /// Its last activity.
    pub active_at: Timestamp,
}

/// Decides what becomes of `units`, all of `world.organization`, in their order. A unit that fails
/// leaves no trace and hurts no other. `now` is the clock's time; salts are drawn from `entropy`.
pub fn plan(world: World, units: &[Append], now: Timestamp, entropy: &dyn Entropy) -> Plan {
    let mut planner = Planner::new(world, now, entropy);
    for unit in units {
        let outcome = planner.check(unit).map(|()| planner.apply(unit));
        planner.plan.outcomes.push(outcome);
    }
    planner.finish()
}

struct Planner<'a> {
    world: World,
    plan: Plan,
    /// Registrations whose row changes.
    changed: BTreeSet<RegistrationId>,
    now: Timestamp,
    entropy: &'a dyn Entropy,
}

impl<'a> Planner<'a> {
    fn new(world: World, now: Timestamp, entropy: &'a dyn Entropy) -> Self {
        let plan = Plan {
            organization: world.organization,
            head: world.head.clone(),
            terms: Vec::new(),
            salts: Vec::new(),
            entries: Vec::new(),
            statements: Vec::new(),
            facts: Vec::new(),
            claims: Vec::new(),
            attachments: BTreeMap::new(),
            attachment_links: Vec::new(),
            keys: BTreeSet::new(),
            voided: Vec::new(),
            events: Vec::new(),
            definitions: BTreeMap::new(),
            names: Vec::new(),
            documents: Vec::new(),
            writes: Vec::new(),
            registrations: Vec::new(),
            outcomes: Vec::new(),
        };
        Self { plan, world, changed: BTreeSet::new(), now, entropy }
    }
}

impl Planner<'_> {
    /// Writes a unit that was checked.
    fn apply(&mut self, unit: &Append) -> Appended {
        for write in &unit.writes {
            self.apply_write(write);
        }
        let statements = unit.statements.iter().map(|new| self.apply_statement(new)).collect();
        let events = unit.events.iter().map(|event| self.apply_event(event)).collect();
        for write in &unit.documents {
            self.apply_document(write);
        }
        let revision = unit.expect.and_then(|expected| {
            self.changed.insert(expected.registration);
            let known = self.world.registrations.get_mut(&expected.registration)?;
            known.revision += 1;
            Some(known.revision)
        });
        Appended { statements, events, revision, erased: None }
    }

    fn apply_document(&mut self, write: &DocumentWrite) {
        let known = &mut self.world.documents;
        match write {
            DocumentWrite::Set { key, document: Some(document), .. } => {
                known.insert(key.clone(), document.etag.clone());
            }
            DocumentWrite::Set { key, document: None, .. } => {
                known.remove(key);
            }
            DocumentWrite::Clear(owner) => known.retain(|key, _| !owner.includes(&key.owner)),
        }
        self.plan.documents.push(write.clone());
    }

    fn apply_write(&mut self, write: &Write) {
        match write {
            Write::CreateCourse(course) => {
                self.world.courses.entry(course.id).or_default();
            }
            Write::PublishVersion(version) => {
                self.world.courses.entry(version.course).or_default().push(KnownVersion {
                    version: version.version,
                    package: version.package,
                    activity: version.activity.clone(),
                });
            }
            Write::CreateRegistration(new) => {
                let versions = self.world.courses.get(&new.course);
                let activity = versions
                    .and_then(|versions| versions.iter().find(|known| known.version == new.version))
                    .map(|known| known.activity.clone());
                let known = KnownRegistration {
                    revision: 0,
                    activities: activity.into_iter().collect(),
                    created_at: new.created_at,
                    record: RegistrationRecord::default(),
                    history: Some(Vec::new()),
                };
                self.world.registrations.insert(new.id, known);
                for newest in &mut self.world.newest {
                    if (&newest.actor_key, newest.course, newest.test)
                        == (&new.actor_key, new.course, new.test)
                        && newest.version.is_none_or(|version| version == new.version)
                    {
                        newest.registration = Some(new.id);
                    }
                }
            }
            Write::MoveRegistration { registration, course, version, .. } => {
                let versions = self.world.courses.get(course).into_iter().flatten();
                let activity = versions
                    .filter(|known| known.version == *version)
                    .map(|known| known.activity.clone());
                if let Some(known) = self.world.registrations.get_mut(registration) {
                    known.activities.extend(activity);
                }
                // Which is the newest of a version now is read again.
                self.world
                    .newest
                    .retain(|known| known.course != *course || known.version.is_none());
            }
            _ => {}
        }
        self.plan.writes.push(write.clone());
    }

    fn apply_event(&mut self, event: &NewEvent) -> Position {
        let (position, recorded_at) = self.next_place();
        let salt = Salt::draw(self.entropy);
        let entry = ReferenceEntry {
            stored: recorded_at,
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
        let entry = entry.to_bytes(&salt);
        self.plan.entries.push(EntryRow { position, stored: recorded_at, entry, salt });
        self.plan.events.push(EventRow { position, recorded_at, event: event.clone() });
        position
    }

    /// The next position, and its instant: later than every earlier one, in the unit that is
    /// printed.
    fn next_place(&mut self) -> (Position, Timestamp) {
        let head = &mut self.world.head;
        let position = head.next;
        head.next = position.next();
        head.stored = self.now.max(head.stored.plus(Duration::from_micros(1)));
        (position, head.stored)
    }

    fn finish(mut self) -> Plan {
        for id in &self.changed {
            if let Some(known) = self.world.registrations.get(id) {
                self.plan.registrations.push(RegistrationRow {
                    id: *id,
                    revision: known.revision,
                    active_at: known.record.last_at.unwrap_or(known.created_at),
                    record: known.record.clone(),
                });
            }
        }
        // In the same commit: no statement is stored without its leaf.
        let leaves = self.plan.entries.iter().map(|row| leaf_hash(&row.entry));
        self.world.head.frontier.extend(leaves);
        self.plan.head = self.world.head;
        self.plan
    }
}

#[cfg(test)]
mod tests;
