//! What a commit must know before it can decide: loaded under the organization's lock.

use crate::{
    Append, DocumentKey, DocumentWrite, Facts, Gathered, NewFact, NewestRegistration, Position,
    RegistrationRecord, Term, TermKind, Write, keys::Keys,
};
use domain::{
    CourseId, CourseVersion, OrganizationId, RegistrationId, Sha256Digest, StatementId, Timestamp,
};
use ledger::{Frontier, Salt};
use std::collections::{BTreeSet, HashMap, HashSet};

/// The head of an organization's log: the row that is locked while a commit goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The position of the next entry.
    pub next: Position,
    /// The `stored` of the last entry.
    pub stored: Timestamp,
    /// The number of the next term.
    pub next_term: i64,
    /// The right edge of the ledger's tree, so that each commit knows its root. Its size is
    /// `next`'s index.
    pub frontier: Frontier,
}

impl Head {
    /// The head of an empty log.
    pub const EMPTY: Self = Self {
        next: Position::FIRST,
        stored: Timestamp::UNIX_EPOCH,
        next_term: 1,
        frontier: Frontier::EMPTY,
    };
}

/// A statement that is stored already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Where.
    pub position: Position,
    /// When.
    pub stored: Timestamp,
    /// The digest of its compared form.
    pub digest: Sha256Digest,
    /// The statement that its object refers to.
    pub target: Option<StatementId>,
    /// Whether it voids that.
    pub voiding: bool,
    /// Whether it is voided itself.
    pub voided: bool,
    /// The keys it has of its own, without those copied from its target.
    pub keys: Keys,
    /// The registration whose record counts it.
    pub counted: Option<RegistrationId>,
}

/// A term that is stored already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownTerm {
    /// Its number.
    pub number: i64,
    /// The salt of an actor's pseudonym, once there is one.
    pub salt: Option<Salt>,
}

/// A statement that a record counts.
#[derive(Debug, Clone, PartialEq)]
pub struct Counted {
    /// Its id.
    pub id: StatementId,
    /// When it was stored.
    pub stored: Timestamp,
    /// What it says.
    pub facts: Facts,
    /// Whether it is voided, so that it does not count any more.
    pub voided: bool,
}

/// A registration that is stored already.
#[derive(Debug, Clone, PartialEq)]
pub struct KnownRegistration {
    /// Its revision.
    pub revision: u64,
    /// The activity ids of the course versions that it has been on.
    pub activities: Vec<String>,
    /// When it was created.
    pub created_at: Timestamp,
    /// Its record.
    pub record: RegistrationRecord,
    /// Its statements in the order of the log; loaded when one of them is to be voided.
    pub history: Option<Vec<Counted>>,
}

/// A published version that is stored already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownVersion {
    /// Its number.
    pub version: CourseVersion,
    /// Its package.
    pub package: Sha256Digest,
    /// Its activity id.
    pub activity: String,
}

/// The part of an organization's data that some units bear on.
#[derive(Debug, Clone)]
pub struct World {
    /// Which organization.
    pub organization: OrganizationId,
    /// What its own activity ids begin with.
    pub activity_base: String,
    /// The head of its log.
    pub head: Head,
    /// Terms by text.
    pub terms: HashMap<Term, KnownTerm>,
    /// Statements by id: those named, their chains of targets and of referrers.
    pub statements: HashMap<StatementId, Known>,
    /// The stored statements whose object refers to an id, whether that is stored or not.
    pub referrers: HashMap<StatementId, Vec<StatementId>>,
    /// Registrations by id.
    pub registrations: HashMap<RegistrationId, KnownRegistration>,
    /// The newest registrations that units depend on.
    pub newest: Vec<NewestRegistration>,
    /// The entity tags of documents that exist.
    pub documents: HashMap<DocumentKey, String>,
    /// What is known of the activities and agents that are defined.
    pub gathered: HashMap<Term, Gathered>,
    /// The versions of courses that exist.
    pub courses: HashMap<CourseId, Vec<KnownVersion>>,
}

impl World {
    /// A world that knows nothing but its log's head.
    pub fn new(organization: OrganizationId, activity_base: String, head: Head) -> Self {
        Self {
            organization,
            activity_base,
            head,
            terms: HashMap::new(),
            statements: HashMap::new(),
            referrers: HashMap::new(),
            registrations: HashMap::new(),
            newest: Vec::new(),
            documents: HashMap::new(),
            gathered: HashMap::new(),
            courses: HashMap::new(),
        }
    }

    /// The ids to be looked up next: targets and referrers of what is known that are not known
    /// themselves. An adapter asks until there are none left.
    pub fn statements_missing(&self, asked: &HashSet<StatementId>) -> HashSet<StatementId> {
        let targets = self.statements.values().filter_map(|known| known.target);
        let referrers = self.referrers.values().flatten().copied();
        targets.chain(referrers).filter(|id| !asked.contains(id)).collect()
    }

    /// The registrations whose whole history is needed, since one of their statements is about to
    /// be voided.
    pub fn histories_wanted(&self, units: &[Append]) -> BTreeSet<RegistrationId> {
        let voided: HashSet<_> = units
            .iter()
            .flat_map(|unit| &unit.statements)
            .filter_map(|statement| statement.facts.voids)
            .collect();
        let stored = voided.iter().filter_map(|id| self.statements.get(id)?.counted);
        let new = units.iter().flat_map(|unit| &unit.statements).filter_map(|statement| {
            let awaited = || {
                let referrers = self.referrers.get(&statement.id).into_iter().flatten();
                referrers.filter_map(|id| self.statements.get(id)).any(|known| known.voiding)
            };
            let ends = voided.contains(&statement.id) || awaited();
            ends.then_some(statement.facts.registration)?
        });
        stored.chain(new).collect()
    }
}

/// What some units bear on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Statement ids: their own, and those they refer to.
    pub statements: HashSet<StatementId>,
    /// Terms of the statements.
    pub terms: BTreeSet<Term>,
    /// Those of them that are defined.
    pub defined: BTreeSet<Term>,
    /// Registrations expected, written or spoken of.
    pub registrations: BTreeSet<RegistrationId>,
    /// Documents that are expected to be something.
    pub documents: BTreeSet<DocumentKey>,
    /// Courses written to, or of new registrations.
    pub courses: BTreeSet<CourseId>,
}

impl Wanted {
    /// What these units bear on.
    pub fn of(units: &[Append]) -> Self {
        let mut wanted = Self::default();
        for unit in units {
            wanted.add(unit);
        }
        wanted
    }

    fn add(&mut self, unit: &Append) {
        for statement in &unit.statements {
            self.statements.insert(statement.id);
            self.statements.extend(statement.facts.target);
            self.terms.extend(terms(statement).map(|(term, _)| term));
            self.terms.insert(Term::new(TermKind::Agent, &statement.actor));
            self.terms.insert(authority(&statement.facts));
            if let Some(defined) = &statement.defined {
                self.defined.extend(defined.said().map(|(term, _)| term));
            }
            let activity = statement.fact.as_ref().and_then(NewFact::activity);
            self.terms.extend(activity.map(|iri| Term::new(TermKind::Activity, iri)));
            if statement.facts.is_runtime() {
                self.registrations.extend(statement.facts.registration);
            }
        }
        self.registrations.extend(unit.expect.map(|expected| expected.registration));
        self.registrations.extend(unit.writes.iter().filter_map(Write::registration));
        self.courses.extend(unit.writes.iter().filter_map(Write::course));
        self.documents.extend(unit.documents.iter().filter_map(|write| match write {
            DocumentWrite::Set { key, .. } => Some(key.clone()),
            DocumentWrite::Clear(_) => None,
        }));
    }
}

/// The terms under which a statement is found, its authority aside, and whether directly.
pub(crate) fn terms(statement: &crate::NewStatement) -> impl Iterator<Item = (Term, bool)> {
    let facts = &statement.facts;
    let agents =
        statement.agents.iter().map(|key| (Term::new(TermKind::Agent, &key.text), key.direct));
    let activities = statement
        .activities
        .iter()
        .map(|key| (Term::new(TermKind::Activity, &key.text), key.direct));
    let registration = facts
        .registration
        .map(|registration| (Term::new(TermKind::Registration, registration.to_string()), true));
    std::iter::once((Term::new(TermKind::Verb, &facts.verb), true))
        .chain(agents)
        .chain(activities)
        .chain(registration)
}

/// The term of the credential that vouches for a statement.
pub(crate) fn authority(facts: &Facts) -> Term {
    Term::new(TermKind::Authority, facts.authority.as_str())
}

impl Write {
    /// The registration that must exist, or that this creates.
    pub fn registration(&self) -> Option<RegistrationId> {
        match self {
            Self::CreateRegistration(new) => Some(new.id),
            Self::UpdateRegistration { registration, .. }
            | Self::MoveRegistration { registration, .. }
            | Self::SendResults { registration, .. } => Some(*registration),
            Self::CreateLaunch(launch) => Some(launch.registration),
            Self::PutAttempt(attempt) => Some(attempt.registration),
            Self::LogCalls(calls) => calls.first().map(|call| call.registration),
            Self::CreateCourse(_)
            | Self::RenameCourse { .. }
            | Self::PublishVersion(_)
            | Self::UpdateSession { .. }
            | Self::EndSession { .. } => None,
        }
    }

    /// The course that must exist, or that this creates.
    pub fn course(&self) -> Option<CourseId> {
        match self {
            Self::CreateCourse(course) => Some(course.id),
            Self::RenameCourse { course, .. } | Self::MoveRegistration { course, .. } => {
                Some(*course)
            }
            Self::PublishVersion(version) => Some(version.course),
            Self::CreateRegistration(new) => Some(new.course),
            _ => None,
        }
    }
}
