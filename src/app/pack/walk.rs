//! The walk over a pack's log: every entry in its order, and beside it what it tells of.

use super::verify::{Archive, Faults, open, read};
use super::{
    ACTORS, ActorLine, ErasedFact, EventLine, LogCounts, Logged, MANIFEST, PackVariant, Predicate,
    REFERENCE, STATEMENTS, StatementLine, add_erased, add_statement,
};
use crate::facts::MadeFacts;
use crate::ledger::{LoggedStatement, Mirror, Refused, parse_stored, salt_of};
use ::ledger::{ReferenceEntry, Salt, Tile, TreeHead, VerifierKey, unbundle};
use audit::Facts;
use audit::reference::{ERASED, Op, ReferenceEvent, Trail};
use domain::{EvidenceVerb, StatementId, Timestamp};
use serde::de::DeserializeOwned;
use std::collections::{HashMap, HashSet};
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

/// The longest bundle: 256 entries of 64 KiB.
const BUNDLE_BYTES_MAX: u64 = 17 << 20;
/// The longest line: a statement in JSON, escaped, with what goes with it.
const LINE_BYTES_MAX: u64 = 64 << 20;

/// What the walk has found.
pub(super) struct Walked {
    pub(super) lines: Vec<String>,
    /// The sources of the report, when all of them are verified.
    pub(super) world: Option<(Trail, Facts)>,
    /// Of the anonymised variant: statements of the log with an audit's verbs.
    pub(super) ids: HashSet<StatementId>,
}

/// The lines of a file, one ahead.
struct Lines<'a> {
    file: &'static str,
    reader: Option<Box<dyn BufRead + 'a>>,
    number: u64,
}

/// A line with its number.
struct Read1<T> {
    number: u64,
    value: T,
}

impl<'a> Lines<'a> {
    fn open(archive: &'a mut Archive, file: &'static str) -> Self {
        let reader = archive.by_name(file).ok();
        let reader = reader.map(|file| Box::new(BufReader::new(file)) as Box<dyn BufRead + 'a>);
        Self { file, reader, number: 0 }
    }

    /// The next line that can be read; those that cannot are told.
    fn next<T: DeserializeOwned>(&mut self, faults: &mut Faults) -> Option<Read1<T>> {
        loop {
            let reader = self.reader.as_mut()?;
            let mut line = Vec::new();
            let read = reader.take(LINE_BYTES_MAX).read_until(b'\n', &mut line);
            self.number += 1;
            match read {
                Ok(0) => return None,
                Ok(_) => {}
                Err(error) => {
                    faults.add(self.file, Some(self.number), format!("cannot be read: {error}"));
                    return None;
                }
            }
            match serde_json::from_slice(&line) {
                Ok(value) => return Some(Read1 { number: self.number, value }),
                Err(error) => {
                    faults.add(self.file, Some(self.number), format!("cannot be read: {error}"));
                }
            }
        }
    }
}

struct Walk<'a> {
    faults: &'a mut Faults,
    keys: &'a [VerifierKey],
    actors: HashMap<String, Salt>,
    statements: Lines<'a>,
    statement: Option<Read1<StatementLine>>,
    events: Lines<'a>,
    event: Option<Read1<EventLine>>,
    facts: MadeFacts,
    trail: Trail,
    /// Erased things with their file and line.
    erased: Vec<(u64, &'static str, u64)>,
    erasures: Vec<(u64, u64)>,
    claims_erased: u64,
    unproven: u64,
    counts: LogCounts,
    /// When the last entry was stored.
    last: Option<Timestamp>,
}

/// Walks over the log.
pub(super) fn walk(
    path: &Path,
    predicate: &Predicate,
    head: &TreeHead,
    keys: &[VerifierKey],
    faults: &mut Faults,
) -> Result<Walked, Refused> {
    let (mut bundles, mut one, mut two) = (open(path)?, open(path)?, open(path)?);
    let before = faults.0.len();
    let actors = actors(&mut bundles, predicate.variant, faults);
    let mut walk = Walk {
        keys,
        actors,
        statements: Lines::open(&mut one, STATEMENTS),
        statement: None,
        events: Lines::open(&mut two, REFERENCE),
        event: None,
        facts: MadeFacts::new(&predicate.organization.activity_base),
        trail: Trail::default(),
        erased: Vec::new(),
        erasures: Vec::new(),
        claims_erased: 0,
        unproven: 0,
        counts: LogCounts::default(),
        last: None,
        faults,
    };
    let mut ids = HashSet::new();
    let is_full = predicate.variant == PackVariant::Full;
    if is_full {
        walk.statement = walk.statements.next(walk.faults);
        walk.event = walk.events.next(walk.faults);
    }
    let mut mirror = Mirror::new(vec![head.clone()]);
    for index in 0.. {
        let Some(tile) = Tile::of_tree(0, index, head.size) else { break };
        let name = format!("log/{}", tile.bundle_path());
        let bytes = match read(&mut bundles, &name, BUNDLE_BYTES_MAX) {
            Ok(bytes) => bytes,
            Err(problem) => {
                walk.faults.add(&name, None, problem);
                break;
            }
        };
        if let Err(error) = mirror.push(&bytes, None) {
            walk.faults.add(&name, None, error.to_string());
        }
        for (entry, at) in unbundle(&bytes).unwrap_or_default().into_iter().zip(tile.first()..) {
            walk.entry(&name, at, entry, is_full, &mut ids);
        }
    }
    walk.end(is_full);
    let root = match mirror.finish() {
        Ok(lines) => lines,
        Err(error) => {
            walk.faults.add("log", None, error.to_string());
            Vec::new()
        }
    };
    walk.compare(predicate);
    let is_clean = walk.faults.0.len() == before;
    let mut lines = root;
    lines.extend(walk.told(is_full, is_clean));
    let world = (is_full && is_clean).then(|| (walk.trail, walk.facts.facts()));
    Ok(Walked { lines, world, ids })
}

/// The salts of actors.
fn actors(
    archive: &mut Archive,
    variant: PackVariant,
    faults: &mut Faults,
) -> HashMap<String, Salt> {
    let mut found = HashMap::new();
    if variant == PackVariant::Anonymised {
        return found;
    }
    let mut lines = Lines::open(archive, ACTORS);
    while let Some(Read1 { number, value }) = lines.next::<ActorLine>(faults) {
        match salt_of(&value.salt) {
            Ok(salt) => {
                found.insert(value.actor, salt);
            }
            Err(error) => faults.add(ACTORS, Some(number), error.to_string()),
        }
    }
    found
}

impl Walk<'_> {
    fn entry(
        &mut self,
        bundle: &str,
        at: u64,
        entry: &[u8],
        is_full: bool,
        ids: &mut HashSet<StatementId>,
    ) {
        let Some(logged) = Logged::read(entry) else {
            self.faults.add(bundle, None, format!("the entry at {at} cannot be read"));
            return;
        };
        self.counts.count(&logged);
        self.last = Some(logged.stored);
        self.erasures.extend(&logged.positions);
        if !is_full {
            ids.extend(logged.id.filter(|_| logged.is_evidence()));
        } else if logged.is_evidence() {
            self.statement_at(at, entry, &logged);
        } else if logged.kind.as_deref() == Some("reference") {
            self.event_at(at, entry, &logged);
        }
    }

    /// The line of the statement at `at`, past those that have no place.
    fn statement_at(&mut self, at: u64, entry: &[u8], logged: &Logged) {
        while let Some(line) = self.statement.take_if(|line| line.value.position < at) {
            self.strange_statement(&line);
            self.statement = self.statements.next(self.faults);
        }
        let Some(line) = self.statement.take_if(|line| line.value.position == at) else {
            let id = logged.id.map(|id| id.to_string()).unwrap_or_default();
            let what = match (logged.voids, logged.verb.as_deref()) {
                (Some(voids), _) => format!("which voids {voids}"),
                (None, verb) => format!("which says {}", verb.unwrap_or_default()),
            };
            let problem = format!("the statement {id} of the entry at {at}, {what}, is missing");
            return self.faults.add(STATEMENTS, None, problem);
        };
        self.statement = self.statements.next(self.faults);
        if let Err(problem) = self.check_statement(&line, entry, logged) {
            let id = logged.id.map(|id| id.to_string()).unwrap_or_default();
            let problem = format!("statement {id} of the entry at {at}: {problem}");
            self.faults.add(STATEMENTS, Some(line.number), problem);
        }
    }

    fn strange_statement(&mut self, line: &Read1<StatementLine>) {
        let at = line.value.position;
        let problem = format!("the entry at {at} is none of a statement that belongs here");
        self.faults.add(STATEMENTS, Some(line.number), problem);
    }

    fn strange_event(&mut self, line: &Read1<EventLine>) {
        let at = line.value.position;
        let problem = format!("the entry at {at} is none of a reference event");
        self.faults.add(REFERENCE, Some(line.number), problem);
    }

    fn check_statement(
        &mut self,
        line: &Read1<StatementLine>,
        entry: &[u8],
        logged: &Logged,
    ) -> Result<(), String> {
        let value = &line.value;
        let Some(text) = &value.statement else {
            return self.check_erased(line, logged);
        };
        let statement = parse_stored(text).ok_or("its text is no statement")?;
        let actor = store::actor_key(&statement);
        let actor_salt = self.actors.get(&actor);
        let actor_salt = actor_salt.ok_or_else(|| format!("{ACTORS} lacks the salt of {actor}"))?;
        let salt = value.salt.as_deref().ok_or("its salt is missing")?;
        LoggedStatement {
            statement: &statement,
            text,
            salt: salt_of(salt).map_err(|error| error.to_string())?,
            actor_salt: *actor_salt,
            claim: value.claim.as_ref(),
            claim_erased: value.claim_erased,
            entry,
        }
        .check(self.keys)
        .map_err(|error| error.to_string())?;
        self.claims_erased += u64::from(value.claim_erased);
        add_statement(&mut self.facts, value, &statement).ok_or("what it says makes no sense")?;
        Ok(())
    }

    /// What is left of an erased statement must be what its entry says, as far as that is in clear.
    fn check_erased(&mut self, line: &Read1<StatementLine>, logged: &Logged) -> Result<(), String> {
        if !line.value.erased {
            return Err("its text is missing".to_owned());
        }
        self.erased.push((line.value.position, STATEMENTS, line.number));
        let Some(left) = &line.value.fact else {
            let is_of_activity =
                logged.object.as_deref().is_some_and(|object| object.contains(':'));
            if logged.voids.is_some() || is_of_activity {
                return Err("what is left of it is missing".to_owned());
            }
            return Ok(());
        };
        self.compare_erased(left, logged)?;
        add_erased(&mut self.facts, line.value.position, left)
            .ok_or("what is left of it makes no sense")?;
        Ok(())
    }

    fn compare_erased(&mut self, left: &ErasedFact, logged: &Logged) -> Result<(), String> {
        let hidden =
            |text: &Option<String>| text.as_deref().is_some_and(|text| text.starts_with("sha256:"));
        let about = left.activity.clone().or(left.voids.map(|id| id.to_string()));
        let is_hidden = hidden(&logged.object);
        self.unproven += u64::from(is_hidden);
        let actor = match (&left.pseudonym, &left.actor) {
            (Some(pseudonym), _) => logged.actor.as_ref() == Some(pseudonym),
            (None, Some(actor)) => self.actors.get(actor).is_some_and(|salt| {
                let begin = ::ledger::actor_prefix(salt, actor);
                let told = logged.actor.as_deref().map(|told| format!("{{\"actor\":\"{told}\""));
                told.is_some_and(|told| told.as_bytes() == begin)
            }),
            (None, None) => false,
        };
        let instant = |text: &str| text.parse::<Timestamp>().ok();
        let timestamp = hidden(&logged.timestamp)
            || instant(left.timestamp.as_ref().unwrap_or(&left.stored))
                == logged.timestamp.as_deref().and_then(instant);
        for (name, is_same) in [
            ("id", Some(left.id) == logged.id),
            ("actor", actor),
            ("verb", logged.verb.as_deref().and_then(EvidenceVerb::of) == Some(left.verb)),
            ("object", is_hidden || about == logged.object),
            ("voids", left.voids == logged.voids),
            ("registration", left.registration == logged.registration),
            ("scaled", left.scaled == logged.scaled),
            ("timestamp", timestamp),
            ("stored", instant(&left.stored) == Some(logged.stored)),
            ("authority", Some(&left.authority) == logged.authority.as_ref()),
        ] {
            if !is_same {
                return Err(format!("what is left of it differs from its entry in {name:?}"));
            }
        }
        Ok(())
    }

    fn event_at(&mut self, at: u64, entry: &[u8], logged: &Logged) {
        while let Some(line) = self.event.take_if(|line| line.value.position < at) {
            self.strange_event(&line);
            self.event = self.events.next(self.faults);
        }
        let Some(line) = self.event.take_if(|line| line.value.position == at) else {
            let problem =
                format!("the event of the entry at {at}, stored {}, is missing", logged.stored);
            return self.faults.add(REFERENCE, None, problem);
        };
        self.event = self.events.next(self.faults);
        if let Err(problem) = self.check_event(&line, entry, logged) {
            let EventLine { entity, entity_id, .. } = &line.value;
            let problem = format!("event at {at} about {entity} {entity_id}: {problem}");
            self.faults.add(REFERENCE, Some(line.number), problem);
        }
    }

    fn check_event(
        &mut self,
        line: &Read1<EventLine>,
        entry: &[u8],
        logged: &Logged,
    ) -> Result<(), String> {
        let event = &line.value;
        let recorded_at = event.recorded_at.parse::<Timestamp>();
        let recorded_at = recorded_at.map_err(|_| "its time is none")?;
        if event.erased {
            self.erased.push((event.position, REFERENCE, line.number));
            if event.value != ERASED || recorded_at != logged.stored {
                return Err("what is left of it is not what an erasure leaves".to_owned());
            }
        } else {
            let salt = event.salt.as_deref().ok_or("its salt is missing")?;
            let salt = salt_of(salt).map_err(|error| error.to_string())?;
            let said = ReferenceEntry {
                stored: recorded_at,
                actor: &event.actor,
                reason: &event.reason,
                entity: &event.entity,
                entity_id: &event.entity_id,
                op: &event.op,
                valid_from: event.valid_from.as_deref(),
                valid_to: event.valid_to.as_deref(),
                value: &event.value,
                source: &event.source,
            };
            if said.to_bytes(&salt) != entry {
                return Err("it is not the one that was logged".to_owned());
            }
        }
        self.trail.apply(&ReferenceEvent {
            position: event.position,
            recorded_at,
            entity: &event.entity,
            entity_id: &event.entity_id,
            op: match event.op.as_str() {
                "assert" => Op::Assert,
                "retract" => Op::Retract,
                other => return Err(format!("{other:?} is nothing that an event does")),
            },
            valid_from: event.valid_from.as_deref(),
            valid_to: event.valid_to.as_deref(),
            value: &event.value,
            source: &event.source,
        });
        Ok(())
    }

    /// What is behind the last entry has no place, and what is said to be erased was.
    fn end(&mut self, is_full: bool) {
        if !is_full {
            return;
        }
        while let Some(line) = self.statement.take() {
            self.strange_statement(&line);
            self.statement = self.statements.next(self.faults);
        }
        while let Some(line) = self.event.take() {
            self.strange_event(&line);
            self.event = self.events.next(self.faults);
        }
        for (at, file, line) in std::mem::take(&mut self.erased) {
            if !self.erasures.iter().any(|(first, last)| (*first..=*last).contains(&at)) {
                let problem = format!("no erasure in the log names the entry at {at}");
                self.faults.add(file, Some(line), problem);
            }
        }
        if self.claims_erased > 0 && self.erasures.is_empty() && self.counts.erasures == 0 {
            let problem = "claims are said to be erased, and the log has no erasure";
            self.faults.add(STATEMENTS, None, problem);
        }
    }

    /// The manifest's counts are those of the log, which reaches to the as-of.
    fn compare(&mut self, predicate: &Predicate) {
        if self.counts != predicate.log {
            let (log, said) = (&self.counts, &predicate.log);
            let problem = format!("the log has {log:?}, it says {said:?}");
            self.faults.add(MANIFEST, None, problem);
        }
        let as_of = predicate.question.as_of.at();
        if self.last.is_none_or(|last| last < as_of) {
            let problem = format!("the log ends before the as-of, {as_of}");
            self.faults.add(MANIFEST, None, problem);
        }
    }

    fn told(&self, is_full: bool, is_clean: bool) -> Vec<String> {
        let LogCounts { entries, statements, evidence, events, .. } = self.counts;
        let mut lines = vec![format!(
            "the log has {entries} entries: {statements} statements, {evidence} of them evidence, \
             and {events} reference events"
        )];
        if !(is_full && is_clean) {
            return lines;
        }
        lines.push(format!(
            "all {evidence} statements and {events} events are there, and are the ones that were \
             logged"
        ));
        if self.claims_erased > 0 {
            lines.push(format!(
                "of {} replayed statements the claim was erased: nothing is left to compare",
                self.claims_erased
            ));
        }
        if self.unproven > 0 {
            lines.push(format!(
                "of {} erased statements the entry hides the activity: the pack's word is taken",
                self.unproven
            ));
        }
        lines
    }
}
