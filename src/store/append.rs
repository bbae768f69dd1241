//! The one way in: everything that writes a statement, and everything that must be true at the
//! same instant as a statement, is one [`Append`].

use crate::{
    Attempt, Call, Course, DocumentKey, DocumentWrite, Erased, Erasure, NewEvent, NewLaunch,
    NewRegistration, NewStatement, Position, PublishedVersion, SessionEnd, StoreError,
};
use async_trait::async_trait;
use domain::{
    CourseId, CourseVersion, OrganizationId, RegistrationId, SessionId, StatementId, Timestamp,
};

/// One all-or-nothing unit of one organization.
#[derive(Debug, Clone, PartialEq)]
pub struct Append {
    /// Whose log and rows.
    pub organization: OrganizationId,
    /// Statements, in the order in which they get their positions.
    pub statements: Vec<NewStatement>,
    /// Reference events; their positions follow those of the statements.
    pub events: Vec<NewEvent>,
    /// Documents written in the same commit.
    pub documents: Vec<DocumentWrite>,
    /// Other rows written in the same commit, in this order.
    pub writes: Vec<Write>,
    /// A person to be erased. Such a unit does nothing else, and is carried out by itself.
    pub erase: Option<Erasure>,
    /// The registration that this unit moves on from a known state, if it does.
    pub expect: Option<RegistrationRevision>,
    /// What this unit takes for a learner's newest registration, if it depends on that.
    pub newest: Option<NewestRegistration>,
}

impl Append {
    /// A unit that writes nothing yet.
    pub const fn new(organization: OrganizationId) -> Self {
        Self {
            organization,
            statements: Vec::new(),
            events: Vec::new(),
            documents: Vec::new(),
            writes: Vec::new(),
            erase: None,
            expect: None,
            newest: None,
        }
    }

    /// About how much memory it takes while it waits: what was sent, and a little for each part.
    pub fn bytes(&self) -> usize {
        const PART: usize = 512;
        let statements = self.statements.iter().map(|new| {
            let data = new.attachments.iter().map(|attachment| attachment.content.len());
            new.pieces.iter().map(Vec::len).chain(data).sum()
        });
        let documents = self.documents.iter().map(|write| match write {
            DocumentWrite::Set { document: Some(document), .. } => document.content.len(),
            DocumentWrite::Set { document: None, .. } | DocumentWrite::Clear(_) => 0,
        });
        let events = self.events.iter().map(|event| event.value.len());
        let writes = self.writes.iter().map(Write::bytes);
        let parts: usize = statements
            .chain(documents)
            .chain(events)
            .chain(writes)
            .map(|part: usize| part + PART)
            .sum();
        parts + PART
    }
}

/// A learner's newest registration for a course, or a version of it, as the writer last saw it. When another has
/// been made meanwhile, nothing is written: of two launches at once, one makes the registration.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NewestRegistration {
    /// The learner, by canonical identifier.
    pub actor_key: String,
    /// The course.
    pub course: CourseId,
    /// The course's version; `None` for any.
    pub version: Option<CourseVersion>,
    /// Whether it is about tests, or about learners' own.
    pub test: bool,
    /// The newest; `None` when there was none.
    pub registration: Option<RegistrationId>,
}

/// A registration as the writer last saw it. The commit raises the revision by one; when the
/// registration has moved on meanwhile, nothing is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RegistrationRevision {
    /// Which registration.
    pub registration: RegistrationId,
    /// Its revision when it was read.
    pub revision: u64,
}

/// A row written together with statements.
#[derive(Debug, Clone, PartialEq)]
pub enum Write {
    /// A new course.
    CreateCourse(Course),
    /// A course's new title.
    RenameCourse {
        /// Which course.
        course: CourseId,
        /// The title from now on.
        title: String,
    },
    /// A new version. Its number must be the one after the course's last, and its package's bytes
    /// not those of an earlier version of the course; else the unit is [`AppendError::Stale`].
    PublishVersion(PublishedVersion),
    /// A new registration, at revision 0 with an empty record. When there is one with its id, the
    /// unit is [`AppendError::Stale`].
    CreateRegistration(NewRegistration),
    /// A registration's opaque state. Raises no revision by itself: `Append::expect` does.
    UpdateRegistration {
        /// Which registration.
        registration: RegistrationId,
        /// The state from now on, as JSON text.
        state: String,
    },
    /// Another version of its course for a registration, with the state that it has there. The unit
    /// expects the registration. Its sessions that go on, or could wake up, end as superseded.
    MoveRegistration {
        /// Which registration.
        registration: RegistrationId,
        /// Its course.
        course: CourseId,
        /// The version from now on.
        version: CourseVersion,
        /// The state from now on, as JSON text.
        state: String,
        /// When.
        at: Timestamp,
    },
    /// A launch that waits for its learner.
    CreateLaunch(NewLaunch),
    /// The address that hears of a registration's status from now on.
    SendResults {
        /// Which registration.
        registration: RegistrationId,
        /// Where its status is sent to.
        url: String,
    },
    /// A session's opaque state, and that it was heard of. One that timed out goes on by this:
    /// its end is taken back; other ends stay.
    UpdateSession {
        /// Which session.
        session: SessionId,
        /// The state from now on, as JSON text.
        state: String,
        /// When it was heard of.
        seen_at: Timestamp,
    },
    /// A session's end; an ended one keeps its first end.
    EndSession {
        /// Which session.
        session: SessionId,
        /// Why.
        end: SessionEnd,
        /// When.
        at: Timestamp,
    },
    /// An attempt on one item, new or replaced.
    PutAttempt(Attempt),
    /// API calls of one session, appended to the log; a call (session, delivery, number) that is
    /// there already stays as it is.
    LogCalls(Vec<Call>),
}

impl Write {
    /// The bytes of its texts that may be long.
    fn bytes(&self) -> usize {
        match self {
            Self::PublishVersion(version) => version.manifest.len() + version.report.len(),
            Self::CreateRegistration(new) => new.actor.len() + new.state.len(),
            Self::UpdateRegistration { state, .. }
            | Self::MoveRegistration { state, .. }
            | Self::UpdateSession { state, .. } => state.len(),
            Self::SendResults { url, .. } => url.len(),
            Self::PutAttempt(attempt) => attempt.data.len(),
            Self::LogCalls(calls) => {
                calls.iter().map(|call| call.arguments.len() + call.result.len()).sum()
            }
            Self::CreateCourse(_)
            | Self::RenameCourse { .. }
            | Self::CreateLaunch(_)
            | Self::EndSession { .. } => 0,
        }
    }
}

/// What an [`Append`] became.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// One per statement given, in that order.
    pub statements: Vec<AppendedStatement>,
    /// The position of each event given, in that order.
    pub events: Vec<Position>,
    /// The expected registration's revision from now on.
    pub revision: Option<u64>,
    /// What was erased.
    pub erased: Option<Erased>,
}

/// Parts of `units` that are decided one after the other: an erasure by itself, so that it finds
/// what the units before it have stored.
pub fn segments(units: &[Append]) -> impl Iterator<Item = &[Append]> {
    units.chunk_by(|one, next| one.erase.is_none() && next.erase.is_none())
}

/// A statement that is in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AppendedStatement {
    /// Its id.
    pub id: StatementId,
    /// Where it is.
    pub position: Position,
    /// When it was stored.
    pub stored: Timestamp,
    /// Whether this unit stored it; an equal one with its id was there before, if not.
    pub new: bool,
}

/// Why a unit was not written. Nothing of it was.
#[derive(Debug, Clone, thiserror::Error)]
pub enum AppendError {
    /// More waits than the queue may hold.
    #[error("too many writes are waiting ({limit} is {most})")]
    Busy {
        /// Which limit, by the name of its setting.
        limit: &'static str,
        /// What it is.
        most: usize,
    },
    /// Another statement with this id is stored (xAPI 1.0.3 Communication 2.1.1: 409).
    #[error("a different statement with id {id} is stored already")]
    Conflict {
        /// The id.
        id: StatementId,
    },
    /// One unit names the same statement id twice.
    #[error("statement id {id} occurs twice in one request")]
    RepeatedId {
        /// The id.
        id: StatementId,
    },
    /// A voiding statement cannot be voided (xAPI 1.0.3 Data 2.3.2).
    #[error("statement {id} would void {target}, which is a voiding statement")]
    VoidsVoiding {
        /// The statement refused.
        id: StatementId,
        /// The voiding statement it names.
        target: StatementId,
    },
    /// A document is not as expected.
    #[error("document is not as expected")]
    Precondition {
        /// Which document.
        key: Box<DocumentKey>,
    },
    /// The registration or course moved on since it was read: read again and decide again.
    #[error("what this builds on has changed since it was read")]
    Stale,
    /// The registration, course or organization is not there.
    #[error("{what} does not exist")]
    Missing {
        /// What is missing.
        what: &'static str,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The write side of the log.
#[async_trait]
pub trait Appends {
    /// Commits the unit, together with whatever else waits, and answers after the commit.
    async fn append(&self, append: Append) -> Result<Appended, AppendError>;
}
