//! Evidence packs: everything behind an answer in one zip, and its verification without a server.
//! The form is described in docs/guide/evidence.md.

mod anonymous;
mod build;
mod documents;
mod files;
mod pages;
mod recompute;
mod verify;
mod walk;

pub use build::{BuiltPack, PackError, PackRequest};
pub use verify::{PackFault, PackVerdict, verify_pack};

use crate::facts::{Made, MadeActor, MadeFacts};
use crate::ledger::{ClaimProof, credential_of};
use audit::Question;
use domain::{EvidenceVerb, RegistrationId, Sha256Digest, StatementId, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use store::{FactAbout, FactClaim, NewFact, Position};
use xapi::{Actor, Statement};

/// The predicate type of a pack's manifest, which is an in-toto statement.
pub const PACK_TYPE: &str = "https://w3id.org/attestry/evidence-pack/v1";
const IN_TOTO: &str = "https://in-toto.io/Statement/v1";
/// The first line of what is signed. No checkpoint begins with it.
const NOTE_FORMAT: &str = "attestry/evidence-pack@1";

const MANIFEST: &str = "manifest.json";
const NOTE: &str = "manifest.note";
const CHECKPOINT: &str = "checkpoint.txt";
const STATEMENTS: &str = "statements.ndjson";
const ACTORS: &str = "actors.ndjson";
const REFERENCE: &str = "reference.ndjson";
const REPORT: &str = "report.json";
const REGISTER: &str = "register.csv";
const SUMMARY: &str = "summary.json";

/// What a pack holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PackVariant {
    /// Everything, so that the report can be computed again.
    #[default]
    Full,
    /// Nobody's name and no statement: entries and counts alone can be proven.
    Anonymised,
}

#[derive(Debug, Serialize, Deserialize)]
struct Manifest {
    #[serde(rename = "_type")]
    kind: String,
    #[serde(rename = "predicateType")]
    predicate_type: String,
    subject: Vec<Subject>,
    predicate: Predicate,
}

/// A file.
#[derive(Debug, Serialize, Deserialize)]
struct Subject {
    name: String,
    digest: Digests,
}

#[derive(Debug, Serialize, Deserialize)]
struct Digests {
    sha256: Sha256Digest,
}

/// What a pack is of.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Predicate {
    variant: PackVariant,
    organization: PackOrganization,
    origin: String,
    /// All verifier keys that the log has had.
    keys: Vec<String>,
    question: Question,
    engine: String,
    time_zone_data: String,
    software: String,
    checkpoint: PackCheckpoint,
    /// What the log's entries say of themselves.
    log: LogCounts,
    /// Of the report: `population`, `register`, `gaps`.
    report: BTreeMap<String, usize>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct PackOrganization {
    id: String,
    name: String,
    activity_base: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct PackCheckpoint {
    size: u64,
    root: Sha256Digest,
}

/// How many entries of which kind a log has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
struct LogCounts {
    entries: u64,
    statements: u64,
    /// Statements that an audit asks for: with its verbs, or that void something.
    evidence: u64,
    events: u64,
    erasures: u64,
}

/// An entry of the log, as far as it stands there in clear.
#[derive(Debug, Deserialize)]
struct Logged {
    #[serde(default, rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    id: Option<StatementId>,
    #[serde(default)]
    verb: Option<String>,
    #[serde(default)]
    object: Option<String>,
    #[serde(default)]
    voids: Option<StatementId>,
    #[serde(default)]
    registration: Option<RegistrationId>,
    #[serde(default)]
    scaled: Option<f64>,
    #[serde(default)]
    timestamp: Option<String>,
    #[serde(default)]
    authority: Option<String>,
    #[serde(default)]
    actor: Option<String>,
    #[serde(default)]
    claim: Option<String>,
    stored: Timestamp,
    #[serde(default)]
    positions: Vec<(u64, u64)>,
}

impl Logged {
    fn read(entry: &[u8]) -> Option<Self> {
        serde_json::from_slice(entry).ok()
    }

    fn is_statement(&self) -> bool {
        self.kind.is_none()
    }

    /// Whether a pack must hold what it tells of: its verb is one of an audit's, which always
    /// stand in clear, or it voids something.
    fn is_evidence(&self) -> bool {
        let has_verb = self.verb.as_deref().is_some_and(|verb| EvidenceVerb::of(verb).is_some());
        self.is_statement() && (has_verb || self.voids.is_some())
    }
}

impl LogCounts {
    fn count(&mut self, entry: &Logged) {
        self.entries += 1;
        match entry.kind.as_deref() {
            None => self.statements += 1,
            Some("erasure") => self.erasures += 1,
            Some(_) => self.events += 1,
        }
        self.evidence += u64::from(entry.is_evidence());
    }
}

/// A line of `statements.ndjson`.
#[derive(Debug, Default, Serialize, Deserialize)]
struct StatementLine {
    position: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    salt: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    claim: Option<ClaimProof>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    claim_erased: bool,
    /// The exact text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    statement: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    erased: bool,
    /// Of an erased statement: what is left of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fact: Option<ErasedFact>,
}

/// What is left of an erased statement.
#[derive(Debug, Serialize, Deserialize)]
struct ErasedFact {
    id: StatementId,
    /// The pseudonym in its entry; or who it is by, when the statement went with another person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pseudonym: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    actor: Option<String>,
    verb: EvidenceVerb,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    activity: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    voids: Option<StatementId>,
    is_group: bool,
    registration: Option<RegistrationId>,
    scaled: Option<f64>,
    duration: Option<String>,
    waiver_reason: Option<String>,
    timestamp: Option<String>,
    /// As the entry has it, to the microsecond.
    stored: String,
    authority: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    claimed_stored: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    claimed_authority: Option<String>,
}

/// A line of `actors.ndjson`.
#[derive(Debug, Serialize, Deserialize)]
struct ActorLine {
    actor: String,
    salt: String,
}

/// A line of `reference.ndjson`.
#[derive(Debug, Serialize, Deserialize)]
struct EventLine {
    position: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    salt: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    erased: bool,
    /// As the entry has it, to the microsecond.
    recorded_at: String,
    actor: String,
    reason: String,
    entity: String,
    entity_id: String,
    op: String,
    valid_from: Option<String>,
    valid_to: Option<String>,
    value: String,
    source: String,
}

/// Adds the fact of a statement that is there.
fn add_statement(facts: &mut MadeFacts, line: &StatementLine, statement: &Statement) -> Option<()> {
    let Some(said) = NewFact::of(statement) else { return Some(()) };
    let position = Position::new(line.position);
    let stored = statement.root().get("stored").and_then(xapi::json::Value::as_str)?;
    let authority = credential_of(statement)?;
    let actor = store::actor_key(statement);
    let claim = line.claim.as_ref().map(|claim| FactClaim {
        position,
        stored: claim.stored.clone(),
        authority_key: claim.authority.as_deref().and_then(|text| {
            Actor::parse(text.as_bytes()).ok().map(|actor| crate::replay::authority_key(&actor))
        }),
    });
    facts.add(Made {
        position,
        id: statement.id()?,
        said,
        actor: MadeActor::Known(&actor),
        authority: authority.as_str(),
        recorded_at: stored.parse().ok()?,
        erased: false,
        claim,
    });
    Some(())
}

/// Adds what is left of an erased one; `None` when it makes no sense.
fn add_erased(facts: &mut MadeFacts, position: u64, left: &ErasedFact) -> Option<()> {
    let position = Position::new(position);
    let about = match (&left.activity, left.voids) {
        (Some(activity), None) => FactAbout::Activity(activity.clone()),
        (None, Some(id)) => FactAbout::Statement(id),
        _ => return None,
    };
    let actor = match (&left.pseudonym, &left.actor) {
        (Some(pseudonym), None) => MadeActor::Erased(pseudonym),
        (None, Some(actor)) => MadeActor::Known(actor),
        _ => return None,
    };
    let is_claimed = left.claimed_stored.is_some() || left.claimed_authority.is_some();
    facts.add(Made {
        position,
        id: left.id,
        said: NewFact {
            verb: left.verb,
            about,
            is_group: left.is_group,
            registration: left.registration,
            scaled: left.scaled,
            duration: left.duration.clone(),
            waiver_reason: left.waiver_reason.clone(),
            timestamp: match &left.timestamp {
                Some(at) => Some(at.parse().ok()?),
                None => None,
            },
        },
        actor,
        authority: &left.authority,
        recorded_at: left.stored.parse().ok()?,
        erased: true,
        claim: is_claimed.then(|| FactClaim {
            position,
            stored: left.claimed_stored.clone(),
            authority_key: left.claimed_authority.clone(),
        }),
    });
    Some(())
}

/// The text that the signature of a pack is over.
fn note_text(origin: &str, manifest: Sha256Digest) -> String {
    format!("{NOTE_FORMAT}\n{origin}\n{manifest}\n")
}
