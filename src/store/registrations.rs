//! Registrations, their attempts and the log of API calls. They are written by
//! [`Append`](crate::Append), together with the statements they lead to.

use crate::{Page, RegistrationRecord, StoreError};
use async_trait::async_trait;
use domain::{
    CourseId, CourseVersion, ItemId, OrganizationId, RegistrationId, SessionId, Timestamp,
};
use std::{fmt, str::FromStr};

/// A learner's enrolment in a course version, as it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRegistration {
    /// Its id.
    pub id: RegistrationId,
    /// The course.
    pub course: CourseId,
    /// The course's version.
    pub version: CourseVersion,
    /// The learner as an xAPI agent, JSON text.
    pub actor: String,
    /// The agent's canonical identifier.
    pub actor_key: String,
    /// The id that content sees.
    pub learner_id: String,
    /// The name that content sees.
    pub learner_name: String,
    /// When it was created.
    pub created_at: Timestamp,
    /// The run-time's state of the whole course as JSON text, opaque here.
    pub state: String,
    /// Whether it is to try the course out: then it leaves no statement and counts nowhere.
    pub test: bool,
}

/// A registration.
#[derive(Debug, Clone, PartialEq)]
pub struct Registration {
    /// How it began; `state` is the present one.
    pub fixed: NewRegistration,
    /// How often it was moved on by an [`Append`](crate::Append) that expected it.
    pub revision: u64,
    /// What its statements say.
    pub record: RegistrationRecord,
    /// Its last activity: the record's, else when it was created.
    pub active_at: Timestamp,
}

/// A place in the list of registrations, newest activity first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RegistrationCursor {
    /// The last activity of the registration listed last.
    pub active_at: Timestamp,
    /// Its id.
    pub id: RegistrationId,
}

impl fmt::Display for RegistrationCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}", self.active_at.micros(), self.id)
    }
}

/// A text is not a cursor that was given out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a cursor: {0:?}")]
pub struct ParseCursorError(pub String);

impl FromStr for RegistrationCursor {
    type Err = ParseCursorError;

    fn from_str(text: &str) -> Result<Self, ParseCursorError> {
        let refuse = || ParseCursorError(text.to_owned());
        let (micros, id) = text.split_once('_').ok_or_else(refuse)?;
        Ok(Self {
            active_at: Timestamp::from_micros(micros.parse().map_err(|_| refuse())?),
            id: id.parse().map_err(|_| refuse())?,
        })
    }
}

/// Whether registrations that try a course out are meant.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Tests {
    /// Learners' alone.
    #[default]
    Without,
    /// Theirs alone.
    Only,
    /// All.
    With,
}

impl Tests {
    /// The value that a registration's mark must have; `None` when any will do.
    pub const fn wanted(self) -> Option<bool> {
        match self {
            Self::Without => Some(false),
            Self::Only => Some(true),
            Self::With => None,
        }
    }
}

/// Which registrations.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RegistrationFilter {
    /// Of this course.
    pub course: Option<CourseId>,
    /// Of this version of it.
    pub version: Option<CourseVersion>,
    /// Whose agent identifier, learner id or name holds this text, whatever the letter case.
    pub person: Option<String>,
    /// Last active at this instant or later.
    pub from: Option<Timestamp>,
    /// Last active before this instant.
    pub to: Option<Timestamp>,
    /// Whether tests are among them.
    pub tests: Tests,
    /// Go on behind this one.
    pub after: Option<RegistrationCursor>,
}

/// An attempt on one item of a registration's course.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Of which registration.
    pub registration: RegistrationId,
    /// On which item.
    pub item: ItemId,
    /// Counted from 1 per item.
    pub number: u32,
    /// The run-time's data as JSON text, opaque here.
    pub data: String,
    /// The session that delivered it last.
    pub session: SessionId,
    /// Which delivery of that session, from 1.
    pub delivery: u32,
    /// How many calls of that delivery are in `data`.
    pub calls_applied: u64,
    /// Whether it may go on.
    pub open: bool,
    /// When it was last written.
    pub updated_at: Timestamp,
}

/// One call of the SCORM API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Of which registration.
    pub registration: RegistrationId,
    /// In which session.
    pub session: SessionId,
    /// In which delivery of the session, from 1.
    pub delivery: u32,
    /// Which call of the delivery, from 1.
    pub number: u64,
    /// When the server took it in.
    pub received_at: Timestamp,
    /// When the browser says it was.
    pub claimed_at: Option<Timestamp>,
    /// The function's name.
    pub function: String,
    /// Its arguments as a JSON array.
    pub arguments: String,
    /// What it returned.
    pub result: String,
    /// The error code it left.
    pub error: u32,
    /// What the server has to say about it.
    pub note: Option<String>,
    /// Whether it reached the attempt; late calls of a superseded session do not.
    pub applied: bool,
    /// What a navigation request asked for and came to, as JSON text, opaque here.
    pub outcome: Option<String>,
}

/// A call with its place in its registration's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedCall {
    /// Rises in the order of storing; the cursor.
    pub sequence: u64,
    /// The call.
    pub call: Call,
}

/// Reads registrations.
#[async_trait]
pub trait Registrations {
    /// One registration.
    async fn registration(
        &self,
        organization: OrganizationId,
        id: RegistrationId,
    ) -> Result<Option<Registration>, StoreError>;

    /// The newest registration of an agent (by canonical identifier) for a course, or for a version
    /// of it, of those that are tests or of those that are not.
    async fn registration_of(
        &self,
        organization: OrganizationId,
        actor_key: &str,
        course: CourseId,
        version: Option<CourseVersion>,
        test: bool,
    ) -> Result<Option<Registration>, StoreError>;

    /// Registrations, newest activity first.
    async fn registrations(
        &self,
        organization: OrganizationId,
        filter: &RegistrationFilter,
        limit: usize,
    ) -> Result<Page<Registration, RegistrationCursor>, StoreError>;

    /// All attempts of a registration, by item and number.
    async fn attempts(
        &self,
        organization: OrganizationId,
        registration: RegistrationId,
    ) -> Result<Vec<Attempt>, StoreError>;

    /// The API calls of a registration, of one session if given, in the order of storing.
    async fn calls(
        &self,
        organization: OrganizationId,
        registration: RegistrationId,
        session: Option<SessionId>,
        after: Option<u64>,
        limit: usize,
    ) -> Result<Page<LoggedCall, u64>, StoreError>;

    /// Computes the records of an organization's registrations again from their statements.
    /// Returns the registrations whose stored record differs, byte for byte; with `repair` they
    /// are corrected.
    async fn rebuild_records(
        &self,
        organization: OrganizationId,
        repair: bool,
    ) -> Result<Vec<RegistrationId>, StoreError>;
}
