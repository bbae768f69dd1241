//! Completion facts: what an audit asks of statements, kept so that a million of them are read in
//! a moment. Derived from the statements, in the same commit.

mod packed;
mod remake;

pub use remake::{FactDifferences, FactSource, RemadeFact};

use crate::{Position, StoreError};
use async_trait::async_trait;
use domain::{
    DURATION_BYTES_MAX, EvidenceVerb, OrganizationId, RegistrationId, STANDARD_REASONS,
    StatementId, Timestamp, WAIVER_REASON, waiver_reason,
};
use std::collections::{BTreeSet, HashMap};
use xapi::{ActorKind, Object, Statement, json::Value};

/// Most facts of one page; they take about 100 bytes each, and none more than 2 KiB.
pub const FACTS_PAGE_MAX: usize = 10_000;

/// What a statement says, with activities as `Activity` has them.
#[derive(Debug, Clone, PartialEq)]
pub struct Said<Activity> {
    /// Did what.
    pub verb: EvidenceVerb,
    /// With what.
    pub about: FactAbout<Activity>,
    /// Whether the actor is a group, so that it is nobody's.
    pub is_group: bool,
    /// `context.registration`.
    pub registration: Option<RegistrationId>,
    /// `result.score.scaled`.
    pub scaled: Option<f64>,
    /// `result.duration` as it stands there, unless it is longer than any that is meant.
    pub duration: Option<String>,
    /// Why it was waived; of an erased statement a standard reason alone.
    pub waiver_reason: Option<String>,
    /// `timestamp`; `None` when that is the time of storing.
    pub timestamp: Option<Timestamp>,
}

/// What a statement is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FactAbout<Activity> {
    /// An activity.
    Activity(Activity),
    /// The statement that it voids.
    Statement(StatementId),
}

/// What a new statement says, its activity by IRI.
pub type NewFact = Said<String>;

/// Who a stored statement is by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FactActor {
    /// The number of a term, which [`CompletionFacts::fact_terms`] gives the text of.
    Term(i64),
    /// Somebody who was erased, by the pseudonym in the log's entry.
    Pseudonym(String),
}

/// A fact as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct CompletionFact {
    /// The statement's place in the log.
    pub position: Position,
    /// Its id.
    pub id: StatementId,
    /// Who.
    pub actor: FactActor,
    /// What it says, its activity by the number of a term.
    pub said: Said<i64>,
    /// When it was stored here.
    pub recorded_at: Timestamp,
    /// The number of the term of the credential that vouches for it.
    pub authority: i64,
    /// Whether an erasure has removed its bytes.
    pub erased: bool,
}

/// What another store said of a statement that was replayed from it, as far as an audit asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactClaim {
    /// Of the statement at this position.
    pub position: Position,
    /// When it was stored there, as it stood there.
    pub stored: Option<String>,
    /// The canonical identifier of its authority there.
    pub authority_key: Option<String>,
}

/// Facts in the order of the log.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FactPage {
    /// The facts.
    pub facts: Vec<CompletionFact>,
    /// What other stores claimed of those of them that were replayed, in the same order. An erasure
    /// may have removed a claim.
    pub claims: Vec<FactClaim>,
}

/// Reads completion facts.
#[async_trait]
pub trait CompletionFacts {
    /// The facts at `from` and later, at most `limit` and at most [`FACTS_PAGE_MAX`]. The page is
    /// the last one when it is empty.
    async fn facts(
        &self,
        organization: OrganizationId,
        from: Position,
        limit: usize,
    ) -> Result<FactPage, StoreError>;

    /// The facts whose actor has one of these canonical identifiers, and of those that void one of
    /// them the first; at most `limit` and at most [`FACTS_PAGE_MAX`] of either.
    async fn facts_of(
        &self,
        organization: OrganizationId,
        actors: &BTreeSet<String>,
        limit: usize,
    ) -> Result<FactPage, StoreError>;

    /// How many facts there are.
    async fn fact_count(&self, organization: OrganizationId) -> Result<u64, StoreError>;

    /// The texts of those of these terms that are there. An erasure removes an actor's.
    async fn fact_terms(
        &self,
        organization: OrganizationId,
        numbers: &BTreeSet<i64>,
    ) -> Result<HashMap<i64, String>, StoreError>;

    /// Makes all facts again from the statements whose bytes are there, and gives the positions at
    /// which something else is stored. With `repair`, what is stored is corrected.
    async fn rebuild_facts(
        &self,
        organization: OrganizationId,
        repair: bool,
    ) -> Result<Vec<Position>, StoreError>;
}

impl NewFact {
    /// What a statement says, if an audit asks: about an activity, or what it voids.
    pub fn of(statement: &Statement) -> Option<Self> {
        let verb = EvidenceVerb::of(statement.verb())?;
        let about = match (verb, statement.object()) {
            (EvidenceVerb::Voided, _) => FactAbout::Statement(statement.voids()?),
            (_, Object::Activity(iri)) => FactAbout::Activity(iri.clone()),
            _ => return None,
        };
        let result = statement.root().get("result");
        let scaled = result.and_then(|result| result.get("score")?.get("scaled"));
        let reason = result.and_then(|result| result.get("extensions")?.get(WAIVER_REASON));
        let reason = reason.and_then(Value::as_str);
        // No database keeps U+0000.
        let reason = reason.filter(|reason| !reason.contains('\0'));
        let duration = statement.outcome().duration.clone();
        Some(Self {
            verb,
            about,
            is_group: statement.actor().kind == ActorKind::Group,
            registration: statement.registration().map(RegistrationId::new),
            scaled: scaled.and_then(|scaled| scaled.text().parse().ok()),
            duration: duration.filter(|text| text.len() <= DURATION_BYTES_MAX),
            waiver_reason: reason.map(|reason| waiver_reason(&reason).to_owned()),
            timestamp: statement.timestamp(),
        })
    }

    /// The same with the activity by the number that `number` gives its IRI.
    pub fn numbered(&self, number: impl FnOnce(&str) -> i64) -> Said<i64> {
        Said {
            verb: self.verb,
            about: match &self.about {
                FactAbout::Activity(iri) => FactAbout::Activity(number(iri)),
                FactAbout::Statement(id) => FactAbout::Statement(*id),
            },
            is_group: self.is_group,
            registration: self.registration,
            scaled: self.scaled,
            duration: self.duration.clone(),
            waiver_reason: self.waiver_reason.clone(),
            timestamp: self.timestamp,
        }
    }

    /// The IRI of its activity.
    pub fn activity(&self) -> Option<&str> {
        match &self.about {
            FactAbout::Activity(iri) => Some(iri),
            FactAbout::Statement(_) => None,
        }
    }
}

impl CompletionFact {
    /// The number of the actor's term.
    pub const fn actor_term(&self) -> Option<i64> {
        match &self.actor {
            FactActor::Term(number) => Some(*number),
            FactActor::Pseudonym(_) => None,
        }
    }

    /// Removes what an erasure of the statement removes: a reason in words of its own.
    pub fn erase(&mut self) {
        self.erased = true;
        let reason = self.said.waiver_reason.take();
        let standard = reason.filter(|reason| STANDARD_REASONS.contains(&reason.as_str()));
        self.said.waiver_reason = standard;
    }

    /// Forgets the actor, of whom `entry`, the log's, has the pseudonym; false when it has none.
    #[must_use]
    pub fn forget_actor(&mut self, entry: &[u8]) -> bool {
        let Some(pseudonym) = ledger::logged_actor(entry) else { return false };
        self.actor = FactActor::Pseudonym(pseudonym);
        true
    }
}

/// The canonical text of a statement's actor; an anonymous group is all its members.
pub fn actor_key(statement: &Statement) -> String {
    let actor = statement.actor();
    actor.id.as_ref().map_or_else(
        || {
            let members: BTreeSet<String> = actor
                .members
                .iter()
                .filter_map(|member| member.id.as_ref())
                .map(ToString::to_string)
                .collect();
            format!("group:{}", members.into_iter().collect::<Vec<_>>().join(" "))
        },
        ToString::to_string,
    )
}
