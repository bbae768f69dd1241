//! The reference trail (audit.md 2.2): what is known of people, courses and rules, as assertions
//! and retractions that are never changed. And the log's entries themselves.

use crate::{Page, Position, StoreError};
use async_trait::async_trait;
use domain::{OrganizationId, Sha256Digest, Timestamp};

/// Whether something is said or taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EventOp {
    /// It is so.
    Assert,
    /// It was never so.
    Retract,
}

impl EventOp {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Assert, Self::Retract];

    /// The name used in the ledger and the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Assert => "assert",
            Self::Retract => "retract",
        }
    }
}

/// A reference event to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvent {
    /// Who says so: a user, a credential, an import.
    pub actor: String,
    /// Why, in words.
    pub reason: String,
    /// What kind of thing it is about: `course`, `course_version`.
    pub entity: String,
    /// Which one.
    pub entity_id: String,
    /// Said or taken back.
    pub op: EventOp,
    /// The first day (RFC 3339 full-date) of which it is true; `None` is always.
    pub valid_from: Option<String>,
    /// The last day of which it is true; `None` is for ever.
    pub valid_to: Option<String>,
    /// What is so, as JSON text.
    pub value: String,
    /// Where it comes from (system, batch, row hash), as JSON text.
    pub source: String,
    /// The person with whom its value and source are erased: SHA-256 of an identifier that an
    /// [`Erasure`](crate::Erasure) names. `None` for what tells of nobody, and when it is erased.
    pub about: Option<Sha256Digest>,
}

impl NewEvent {
    /// What `about` is for the person with this canonical identifier.
    pub fn person(identifier: &str) -> Option<Sha256Digest> {
        Some(Sha256Digest::of(identifier.as_bytes()))
    }
}

/// What an erased event has in the place of its value.
pub const ERASED_VALUE: &str = r#"{"erased":true}"#;

/// A reference event that is in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Where.
    pub position: Position,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// What it says.
    pub event: NewEvent,
}

/// Which events.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// About things of this kind.
    pub entity: Option<String>,
    /// About this one of them.
    pub entity_id: Option<String>,
    /// Go on behind this position.
    pub after: Option<Position>,
}

/// An entry of the log: the bytes of a leaf of the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry {
    /// Where.
    pub position: Position,
    /// When it was stored.
    pub stored: Timestamp,
    /// The entry: canonical JSON that names no person (`ledger::Entry`).
    pub entry: Vec<u8>,
    /// The salt of its body's hash; gone when the body was erased.
    pub salt: Option<Vec<u8>>,
}

/// Reads the trail and the log.
#[async_trait]
pub trait Events {
    /// Reference events, oldest first.
    async fn events(
        &self,
        organization: OrganizationId,
        filter: &EventFilter,
        limit: usize,
    ) -> Result<Page<Event, Position>, StoreError>;

    /// What was said last of one thing.
    async fn latest_event(
        &self,
        organization: OrganizationId,
        entity: &str,
        entity_id: &str,
    ) -> Result<Option<Event>, StoreError>;

    /// The log's entries from `from` on, without gaps: who follows them misses none.
    async fn entries(
        &self,
        organization: OrganizationId,
        from: Position,
        limit: usize,
    ) -> Result<Vec<LogEntry>, StoreError>;
}
