//! The making of a pack: the log is walked twice, so that nothing of it is held in memory but the
//! facts of its statements.

use super::documents::documents;
use super::files::Files;
use super::{
    ACTORS, ActorLine, CHECKPOINT, ErasedFact, EventLine, IN_TOTO, LogCounts, Logged, MANIFEST,
    Manifest, NOTE, PACK_TYPE, PackCheckpoint, PackOrganization, PackVariant, Predicate, REFERENCE,
    REPORT, STATEMENTS, StatementLine, add_erased, add_statement, anonymous, note_text, pages,
};
use crate::audit::{AuditAnswer, AuditQuestion, period};
use crate::facts::MadeFacts;
use crate::ledger::{base64, claim_proof, parse_stored};
use crate::reference::reference_event;
use crate::{App, AppError, Caller, LedgerError};
use ::ledger::{Tile, bundle};
use audit::reference::Trail;
use audit::world::WrittenInstant;
use audit::{ENGINE_VERSION, Question, TIME_ZONE_DATA_VERSION, Zone, canonical};
use domain::{OrganizationId, Role, Scope, Sha256Digest};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fs::File;
use std::io;
use store::{
    Append, Checkpoint, EventFilter, EventOp, FactAbout, FactActor, LogEntry, NewEvent,
    Organization, Position, StoreError,
};

/// Entries of a bundle read at a time: four bundles, some 1 MB.
const ENTRIES_AT_ONCE: u64 = 1_024;
/// Events read at a time.
const PAGE_EVENTS: usize = 1_000;
/// The kind of event that tells of packs.
const ENTITY: &str = "evidence_pack";

/// What is to be packed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PackRequest {
    /// The question that the pack answers.
    pub question: AuditQuestion,
    /// What it holds.
    pub variant: PackVariant,
    /// Why, for the trail.
    pub reason: String,
}

/// A pack that was made.
#[derive(Debug, Clone, PartialEq)]
pub struct BuiltPack {
    /// Its id, by which the trail names it.
    pub id: String,
    /// SHA-256 of its manifest, which is what was signed.
    pub manifest: Sha256Digest,
    /// The question as it was understood.
    pub question: Question,
    /// Entries of the log in it.
    pub entries: u64,
    /// The root over them.
    pub root: Sha256Digest,
    /// Rows of the register.
    pub rows: usize,
}

/// A pack could not be made.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// The store or the log stands in the way.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// It cannot be written.
    #[error("the pack cannot be written: {0}")]
    Written(#[from] io::Error),
}

impl From<AppError> for PackError {
    fn from(error: AppError) -> Self {
        Self::Ledger(error.into())
    }
}

impl From<StoreError> for PackError {
    fn from(error: StoreError) -> Self {
        Self::Ledger(error.into())
    }
}

/// The statements and events of a pack, as they are gathered.
struct Gathered {
    facts: MadeFacts,
    trail: Trail,
    /// Salts of actors that were asked for.
    actors: BTreeMap<String, String>,
    /// Erased statements and events, which an erasure's entry must name.
    erased: Vec<u64>,
    /// What erasures' entries name.
    erasures: Vec<(u64, u64)>,
}

impl App {
    /// Makes a pack into `file`. It works on the thread that it is called on: not for those that
    /// answer requests. Administrators and compliance leads. The trail tells that it was begun, and
    /// what was signed; the log's entry of the beginning also shows that the log reaches to the
    /// as-of.
    pub async fn build_pack(
        &self,
        caller: &Caller,
        request: &PackRequest,
        file: File,
    ) -> Result<BuiltPack, PackError> {
        caller.require(Scope::All, &[Role::ComplianceLead])?;
        let organization = self.organization(caller.organization).await?;
        let as_of = self.pack_as_of(organization.id, &request.question).await?;
        let id = self.new_statement_id().to_string();
        self.tell_of_pack(caller, request, &id, &json!({ "state": "begun" })).await?;
        let size = self.store.ledger_head(organization.id).await?.frontier.size();
        let checkpoint = self.checkpoint_over(organization.id, size).await?;
        let mut files = Files::new(file);
        files.add(CHECKPOINT, checkpoint.note.as_bytes())?;
        let counts = self.pack_entries(organization.id, checkpoint.size, &mut files).await?;
        let is_full = request.variant == PackVariant::Full;
        let out = is_full.then_some(&mut files);
        let gathered = self.gather(&organization, checkpoint.size, out).await?;
        let (mut world, _) = gathered.trail.world(as_of.at());
        world.statements = gathered.facts.facts();
        let question = asked(&request.question, as_of, world.organization.timezone)?;
        let report = audit::evaluate(&world, &question);
        let answer = AuditAnswer {
            organization,
            question,
            filter: audit::Filter::default(),
            report,
            is_anonymous: false,
        };
        let unreadable = || AppError::unreadable("report");
        if is_full {
            let text = canonical::text(&answer.report).map_err(unreadable())?;
            files.add(REPORT, text.as_bytes())?;
            let at = answer.question.as_of.at();
            let all = documents(&answer.report, &gathered.trail, at).map_err(unreadable())?;
            for (name, bytes) in all {
                files.add(&name, &bytes)?;
            }
            files.add("report.pdf", &pages::pdf(&answer)?)?;
        } else {
            for (name, bytes) in anonymous::files(&answer.report).map_err(unreadable())? {
                files.add(&name, &bytes)?;
            }
        }
        let predicate = self.predicate(&answer, &checkpoint, counts, request.variant).await?;
        files.add("index.html", pages::index(&predicate, &answer.report).as_bytes())?;
        let manifest = self.sign_pack(answer.organization.id, predicate, files).await?;
        let told =
            json!({ "state": "ready", "manifest_sha256": manifest, "entries": checkpoint.size });
        self.tell_of_pack(caller, request, &id, &told).await?;
        Ok(BuiltPack {
            id,
            manifest,
            entries: checkpoint.size,
            root: checkpoint.root,
            rows: answer.report.register.len(),
            question: answer.question,
        })
    }

    async fn pack_as_of(
        &self,
        organization: OrganizationId,
        question: &AuditQuestion,
    ) -> Result<WrittenInstant, PackError> {
        let known = self.store.consistent_through(organization).await?;
        let as_of = question.as_of.clone().unwrap_or_else(|| WrittenInstant::new(known));
        if as_of.at() > known {
            let problem = "is not over: what is recorded until then would change the answer";
            return Err(AppError::invalid("as_of", problem).into());
        }
        Ok(as_of)
    }

    /// Keeps in the trail what becomes of a pack.
    async fn tell_of_pack(
        &self,
        caller: &Caller,
        request: &PackRequest,
        id: &str,
        what: &serde_json::Value,
    ) -> Result<(), AppError> {
        let mut value = what.clone();
        value["variant"] = json!(request.variant);
        value["from"] = json!(request.question.from);
        value["to"] = json!(request.question.to);
        let reason = request.reason.trim();
        let mut append = Append::new(caller.organization);
        append.events.push(NewEvent {
            actor: caller.name(),
            reason: if reason.is_empty() { "an evidence pack" } else { reason }.to_owned(),
            entity: ENTITY.to_owned(),
            entity_id: id.to_owned(),
            op: EventOp::Assert,
            valid_from: None,
            valid_to: None,
            value: value.to_string(),
            source: "null".to_owned(),
            about: None,
        });
        self.store.append(append).await?;
        Ok(())
    }

    /// All entries of the tree, in bundles as the log publishes them.
    async fn pack_entries(
        &self,
        organization: OrganizationId,
        size: u64,
        files: &mut Files,
    ) -> Result<LogCounts, PackError> {
        let mut counts = LogCounts::default();
        for index in 0.. {
            let Some(tile) = Tile::of_tree(0, index, size) else { break };
            let from = Position::new(tile.first());
            let width = usize::from(tile.width());
            let entries = self.store.entries(organization, from, width).await?;
            let broken = || LedgerError::Broken { size: tile.first() };
            for entry in &entries {
                counts.count(&Logged::read(&entry.entry).ok_or_else(broken)?);
            }
            let bytes = bundle(entries.iter().map(|entry| entry.entry.as_slice()));
            let bytes = bytes.filter(|_| entries.len() == width).ok_or_else(broken)?;
            files.add(&format!("log/{}", tile.bundle_path()), &bytes)?;
        }
        Ok(counts)
    }

    /// The statements and events up to `size`, written as lines when there is a file for them.
    async fn gather(
        &self,
        organization: &Organization,
        size: u64,
        mut files: Option<&mut Files>,
    ) -> Result<Gathered, PackError> {
        let mut gathered = Gathered {
            facts: MadeFacts::new(&organization.activity_base),
            trail: Trail::default(),
            actors: BTreeMap::new(),
            erased: Vec::new(),
            erasures: Vec::new(),
        };
        if let Some(files) = &mut files {
            files.begin(STATEMENTS)?;
        }
        let mut from = 0;
        while from < size {
            let count = ENTRIES_AT_ONCE.min(size - from);
            let entries = self.store.entries(
                organization.id,
                Position::new(from),
                usize::try_from(count).unwrap_or(usize::MAX),
            );
            let lines = self.lines_of(organization.id, entries.await?, &mut gathered).await?;
            if let Some(files) = &mut files {
                lines.iter().try_for_each(|line| files.line(line))?;
            }
            from += count;
        }
        if let Some(files) = &mut files {
            files.begin(ACTORS)?;
            for (actor, salt) in &gathered.actors {
                files.line(&ActorLine { actor: actor.clone(), salt: salt.clone() })?;
            }
            files.begin(REFERENCE)?;
        }
        self.gather_events(organization.id, size, &mut gathered, files).await?;
        let is_named =
            |at: &u64| gathered.erasures.iter().any(|(first, last)| (*first..=*last).contains(at));
        if !gathered.erased.iter().all(is_named) {
            // Somebody was erased meanwhile, behind the checkpoint.
            return Err(AppError::Contended.into());
        }
        Ok(gathered)
    }

    /// The lines of statements that an audit asks for, and what they say.
    async fn lines_of(
        &self,
        organization: OrganizationId,
        entries: Vec<LogEntry>,
        gathered: &mut Gathered,
    ) -> Result<Vec<StatementLine>, PackError> {
        let (Some(first), Some(last)) = (entries.first(), entries.last()) else {
            return Ok(Vec::new());
        };
        let (mut from, last) = (first.position, last.position);
        let mut wanted = Vec::new();
        let mut there = HashSet::new();
        for entry in &entries {
            let broken = || LedgerError::Broken { size: entry.position.index() };
            let logged = Logged::read(&entry.entry).ok_or_else(broken)?;
            gathered.erasures.extend(&logged.positions);
            if logged.is_evidence() {
                if entry.salt.is_some() {
                    there.insert(entry.position);
                }
                wanted.push((entry, logged));
            }
        }
        let mut bodies = HashMap::new();
        while bodies.len() < there.len() && from <= last {
            let left = usize::try_from(last.index() - from.index() + 1).unwrap_or(usize::MAX);
            let found = self.store.statement_bodies(organization, from, left).await?;
            let Some((end, _)) = found.last() else { break };
            from = end.next();
            bodies.extend(found.into_iter().filter(|(position, _)| there.contains(position)));
        }
        let mut lines = Vec::with_capacity(wanted.len());
        for (entry, logged) in wanted {
            let line = match (&entry.salt, bodies.remove(&entry.position)) {
                (Some(salt), Some(body)) => {
                    self.statement_line(organization, entry.position, salt, body, &logged, gathered)
                        .await?
                }
                (None, _) => self.erased_line(organization, entry.position, gathered).await?,
                // Erased since its entry was read.
                (Some(_), None) => return Err(AppError::Contended.into()),
            };
            lines.push(line);
        }
        Ok(lines)
    }

    async fn statement_line(
        &self,
        organization: OrganizationId,
        position: Position,
        salt: &[u8],
        body: Vec<u8>,
        logged: &Logged,
        gathered: &mut Gathered,
    ) -> Result<StatementLine, PackError> {
        let broken = || LedgerError::Broken { size: position.index() };
        let text = String::from_utf8(body).map_err(|_| broken())?;
        let statement = parse_stored(&text).ok_or_else(broken)?;
        let actor = store::actor_key(&statement);
        self.add_actor(organization, &actor, gathered).await?;
        let claim = match logged.claim {
            Some(_) => self.store.claim(organization, position).await?,
            None => None,
        };
        let line = StatementLine {
            position: position.index(),
            salt: Some(base64(salt)),
            claim_erased: claim.is_none() && logged.claim.is_some(),
            claim: claim.map(claim_proof),
            statement: Some(text),
            ..StatementLine::default()
        };
        add_statement(&mut gathered.facts, &line, &statement).ok_or_else(broken)?;
        Ok(line)
    }

    /// The salt of an actor, once.
    async fn add_actor(
        &self,
        organization: OrganizationId,
        actor: &str,
        gathered: &mut Gathered,
    ) -> Result<(), PackError> {
        if gathered.actors.contains_key(actor) {
            return Ok(());
        }
        let salt = self.store.actor_salt(organization, actor).await?;
        let salt = salt.ok_or(AppError::Contended)?;
        gathered.actors.insert(actor.to_owned(), base64(salt.as_bytes()));
        Ok(())
    }

    /// The line of an erased statement: what its fact still says, if it made one.
    async fn erased_line(
        &self,
        organization: OrganizationId,
        position: Position,
        gathered: &mut Gathered,
    ) -> Result<StatementLine, PackError> {
        gathered.erased.push(position.index());
        let index = position.index();
        let mut line = StatementLine { position: index, erased: true, ..StatementLine::default() };
        let page = self.store.facts(organization, position, 1).await?;
        let Some(fact) = page.facts.into_iter().next().filter(|one| one.position == position)
        else {
            return Ok(line);
        };
        let claim = page.claims.into_iter().find(|claim| claim.position == position);
        let (activity, voids) = match fact.said.about {
            FactAbout::Activity(term) => (Some(term), None),
            FactAbout::Statement(id) => (None, Some(id)),
        };
        let numbers: BTreeSet<i64> =
            activity.into_iter().chain(fact.actor_term()).chain([fact.authority]).collect();
        let texts = self.store.fact_terms(organization, &numbers).await?;
        let mut text = |term: i64| texts.get(&term).cloned().ok_or(AppError::Contended);
        let (pseudonym, actor) = match &fact.actor {
            FactActor::Pseudonym(pseudonym) => (Some(pseudonym.clone()), None),
            FactActor::Term(term) => (None, Some(text(*term)?)),
        };
        if let Some(actor) = &actor {
            self.add_actor(organization, actor, gathered).await?;
        }
        let left = ErasedFact {
            id: fact.id,
            pseudonym,
            actor,
            verb: fact.said.verb,
            activity: activity.map(&mut text).transpose()?,
            voids,
            is_group: fact.said.is_group,
            registration: fact.said.registration,
            scaled: fact.said.scaled,
            duration: fact.said.duration,
            waiver_reason: fact.said.waiver_reason,
            timestamp: fact.said.timestamp.map(|at| at.to_string()),
            stored: fact.recorded_at.to_string(),
            authority: text(fact.authority)?,
            claimed_stored: claim.as_ref().and_then(|claim| claim.stored.clone()),
            claimed_authority: claim.and_then(|claim| claim.authority_key),
        };
        let broken = || LedgerError::Broken { size: index };
        add_erased(&mut gathered.facts, index, &left).ok_or_else(broken)?;
        line.fact = Some(left);
        Ok(line)
    }

    async fn gather_events(
        &self,
        organization: OrganizationId,
        size: u64,
        gathered: &mut Gathered,
        mut files: Option<&mut Files>,
    ) -> Result<(), PackError> {
        let mut filter = EventFilter::default();
        let mut entries: std::collections::VecDeque<LogEntry> = [].into();
        loop {
            let page = self.store.events(organization, &filter, PAGE_EVENTS).await?;
            for event in &page.items {
                if event.position.index() >= size {
                    return Ok(());
                }
                gathered.trail.apply(&reference_event(event));
                while entries.pop_front_if(|entry| entry.position < event.position).is_some() {}
                if entries.is_empty() {
                    // Events often follow each other.
                    let found = self.store.entries(organization, event.position, 64).await?;
                    entries = found.into();
                }
                let broken = || LedgerError::Broken { size: event.position.index() };
                let salt = entries.pop_front().ok_or_else(broken)?.salt;
                if salt.is_none() {
                    gathered.erased.push(event.position.index());
                }
                if let Some(files) = &mut files {
                    files.line(&event_line(event, salt.as_deref()))?;
                }
            }
            match page.next {
                Some(next) => filter.after = Some(next),
                None => return Ok(()),
            }
        }
    }

    async fn predicate(
        &self,
        answer: &AuditAnswer,
        checkpoint: &Checkpoint,
        log: LogCounts,
        variant: PackVariant,
    ) -> Result<Predicate, PackError> {
        let keys = self.verifier_keys(answer.organization.id).await?;
        let origin = keys.last().map(|key| key.origin().to_owned()).unwrap_or_default();
        let report = &answer.report;
        let of = |name: &str, count: usize| (name.to_owned(), count);
        Ok(Predicate {
            variant,
            organization: PackOrganization {
                id: answer.organization.id.to_string(),
                name: answer.organization.name.clone(),
                activity_base: answer.organization.activity_base.clone(),
            },
            origin,
            keys: keys.iter().map(|key| key.verifier.to_string()).collect(),
            question: answer.question.clone(),
            engine: ENGINE_VERSION.to_owned(),
            time_zone_data: TIME_ZONE_DATA_VERSION.to_owned(),
            software: concat!("Attestry ", env!("CARGO_PKG_VERSION")).to_owned(),
            checkpoint: PackCheckpoint { size: checkpoint.size, root: checkpoint.root },
            log,
            report: [
                of("population", report.summary.population),
                of("register", report.register.len()),
                of("gaps", report.gaps.len()),
            ]
            .into(),
        })
    }

    async fn sign_pack(
        &self,
        organization: OrganizationId,
        predicate: Predicate,
        mut files: Files,
    ) -> Result<Sha256Digest, PackError> {
        let origin = predicate.origin.clone();
        let manifest = Manifest {
            kind: IN_TOTO.to_owned(),
            predicate_type: PACK_TYPE.to_owned(),
            subject: files.subjects(),
            predicate,
        };
        let text = canonical::text(&manifest).map_err(AppError::unreadable("manifest"))?;
        let hash = Sha256Digest::of(text.as_bytes());
        let note = self.signed_note(organization, &note_text(&origin, hash)).await?;
        files.add(MANIFEST, text.as_bytes())?;
        files.add(NOTE, note.as_bytes())?;
        files.finish()?;
        Ok(hash)
    }
}

/// The question with every default filled in, as a verifier reads it.
fn asked(
    question: &AuditQuestion,
    as_of: WrittenInstant,
    default: Zone,
) -> Result<Question, AppError> {
    let timezone = question.timezone.unwrap_or(default);
    let question = Question {
        period: period(question, timezone.day(as_of.at()))?,
        as_of,
        timezone: Some(timezone),
        sample: question.sample.clone(),
        search: question.search.clone(),
    };
    let read = serde_json::to_value(&question).and_then(serde_json::from_value);
    read.map_err(AppError::unreadable("question"))
}

fn event_line(event: &store::Event, salt: Option<&[u8]>) -> EventLine {
    let store::Event { position, recorded_at, event } = event;
    EventLine {
        position: position.index(),
        salt: salt.map(base64),
        erased: salt.is_none(),
        recorded_at: recorded_at.to_string(),
        actor: event.actor.clone(),
        reason: event.reason.clone(),
        entity: event.entity.clone(),
        entity_id: event.entity_id.clone(),
        op: event.op.as_str().to_owned(),
        valid_from: event.valid_from.clone(),
        valid_to: event.valid_to.clone(),
        value: event.value.clone(),
        source: event.source.clone(),
    }
}
