//! Launches and the sessions they become.

use crate::StoreError;
use async_trait::async_trait;
use domain::{OrganizationId, RegistrationId, SessionId, Sha256Digest, Timestamp};

/// How content is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LaunchMode {
    /// For the record.
    Normal,
    /// To look at; nothing is recorded.
    Browse,
    /// To look at again; nothing is recorded.
    Review,
}

impl LaunchMode {
    /// All modes.
    pub const ALL: [Self; 3] = [Self::Normal, Self::Browse, Self::Review];

    /// The name used on the wire, in `cmi.mode` and in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Browse => "browse",
            Self::Review => "review",
        }
    }
}

/// A launch URL that waits for its learner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLaunch {
    /// SHA-256 of the URL's token.
    pub hash: Sha256Digest,
    /// Of which registration.
    pub registration: RegistrationId,
    /// How.
    pub mode: LaunchMode,
    /// Where the learner goes afterwards.
    pub return_url: Option<String>,
    /// The language asked for (RFC 5646).
    pub language: Option<String>,
    /// The settings in force as JSON text, opaque here.
    pub settings: String,
    /// Until when, this instant excluded.
    pub expires_at: Timestamp,
}

/// A launch, with whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Launch {
    /// Whose.
    pub organization: OrganizationId,
    /// The launch.
    pub launch: NewLaunch,
}

/// How a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SessionEnd {
    /// The learner left the player.
    Exited,
    /// It was silent for too long.
    TimedOut,
    /// The same registration was launched again.
    Superseded,
}

impl SessionEnd {
    /// All ends.
    pub const ALL: [Self; 3] = [Self::Exited, Self::TimedOut, Self::Superseded];

    /// The name used on the wire and in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Exited => "exited",
            Self::TimedOut => "timed_out",
            Self::Superseded => "superseded",
        }
    }
}

/// What a launch is exchanged for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSession {
    /// Its id.
    pub id: SessionId,
    /// SHA-256 of the token in its URL.
    pub hash: Sha256Digest,
    /// The run-time's state as JSON text, opaque here.
    pub state: String,
}

/// A launch in a browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// Whose.
    pub organization: OrganizationId,
    /// SHA-256 of the token in its URL.
    pub hash: Sha256Digest,
    /// Of which registration.
    pub registration: RegistrationId,
    /// How.
    pub mode: LaunchMode,
    /// Where the learner goes afterwards.
    pub return_url: Option<String>,
    /// The language asked for.
    pub language: Option<String>,
    /// The settings in force as JSON text, opaque here.
    pub settings: String,
    /// When the launch was exchanged.
    pub created_at: Timestamp,
    /// When it was last heard of.
    pub seen_at: Timestamp,
    /// When and how it ended.
    pub ended: Option<(Timestamp, SessionEnd)>,
    /// The run-time's state as JSON text, opaque here.
    pub state: String,
}

/// Launches and sessions. Launches are created, and sessions written, by
/// [`Append`](crate::Append).
#[async_trait]
pub trait Launches {
    /// The launch, when it is unused and in force; it stays usable.
    async fn launch(
        &self,
        hash: &Sha256Digest,
        now: Timestamp,
    ) -> Result<Option<Launch>, StoreError>;

    /// Uses a launch up and makes it `session`; of two who ask at once one gets it. A `normal`
    /// session ends the registration's other normal ones as superseded, those that timed out
    /// included, in the same commit.
    async fn exchange_launch(
        &self,
        hash: &Sha256Digest,
        session: &NewSession,
        now: Timestamp,
    ) -> Result<Option<Session>, StoreError>;

    /// A session by the token in its URL, of whichever organization, ended or not.
    async fn session_by_token(&self, hash: &Sha256Digest) -> Result<Option<Session>, StoreError>;

    /// One session.
    async fn session(
        &self,
        organization: OrganizationId,
        id: SessionId,
    ) -> Result<Option<Session>, StoreError>;

    /// A registration's sessions, oldest first.
    async fn sessions(
        &self,
        organization: OrganizationId,
        registration: RegistrationId,
    ) -> Result<Vec<Session>, StoreError>;

    /// Notes that a session was heard of; false when it has ended.
    async fn touch_session(
        &self,
        organization: OrganizationId,
        id: SessionId,
        seen_at: Timestamp,
    ) -> Result<bool, StoreError>;

    /// Sessions of all organizations that go on and were not heard of since `idle_since`, the
    /// longest silent first.
    async fn idle_sessions(
        &self,
        idle_since: Timestamp,
        limit: usize,
    ) -> Result<Vec<Session>, StoreError>;
}
