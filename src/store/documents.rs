//! State, agent profile and activity profile documents (xAPI 1.0.3 Communication 2.3, 2.6, 2.7).

use crate::StoreError;
use async_trait::async_trait;
use domain::{OrganizationId, RegistrationId, Sha256Digest, Timestamp};

/// Which of the three document resources.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DocumentKind {
    /// Of an activity, an agent and perhaps a registration.
    State,
    /// Of an agent.
    AgentProfile,
    /// Of an activity.
    ActivityProfile,
}

impl DocumentKind {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::State, Self::AgentProfile, Self::ActivityProfile];

    /// The name used in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::State => "state",
            Self::AgentProfile => "agent_profile",
            Self::ActivityProfile => "activity_profile",
        }
    }
}

/// What a document belongs to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DocumentOwner {
    /// Which resource.
    pub kind: DocumentKind,
    /// The activity's IRI; empty for agent profiles.
    pub activity: String,
    /// The agent's canonical identifier; empty for activity profiles.
    pub agent: String,
    /// State only. In a key: the registration, or none. In a list or a deletion of many: `None`
    /// means with any registration and without.
    pub registration: Option<RegistrationId>,
}

impl DocumentOwner {
    /// The hash of kind, activity and agent, under which documents are looked up. None of them
    /// holds U+0000.
    pub fn digest(&self) -> Sha256Digest {
        let text = [self.kind.as_str(), &self.activity, &self.agent].join("\0");
        Sha256Digest::of(text.as_bytes())
    }

    /// Whether a document of `other` is among those that this names as the owner of many.
    pub fn includes(&self, other: &Self) -> bool {
        let any = self.registration.is_none() || self.registration == other.registration;
        any && (self.kind, &self.activity, &self.agent)
            == (other.kind, &other.activity, &other.agent)
    }
}

/// One document's key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DocumentKey {
    /// What it belongs to.
    pub owner: DocumentOwner,
    /// `stateId` or `profileId`.
    pub id: String,
}

impl DocumentKey {
    /// The hash of the id, under which the document is looked up among its owner's.
    pub fn id_digest(&self) -> Sha256Digest {
        Sha256Digest::of(self.id.as_bytes())
    }
}

/// A document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Its media type.
    pub content_type: String,
    /// Its bytes.
    pub content: Vec<u8>,
    /// Its entity tag without quotes, made by the caller from the bytes.
    pub etag: String,
    /// When it was last written.
    pub updated_at: Timestamp,
}

/// What must be true of a document for a write to it to happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expectation {
    /// Nothing.
    Any,
    /// It does not exist (`If-None-Match: *`).
    Absent,
    /// It exists (`If-Match: *`).
    Present,
    /// It exists with this entity tag.
    Etag(String),
}

impl Expectation {
    /// Whether a document with the entity tag `etag`, or none, is as expected.
    pub fn is_met_by(&self, etag: Option<&str>) -> bool {
        match self {
            Self::Any => true,
            Self::Absent => etag.is_none(),
            Self::Present => etag.is_some(),
            Self::Etag(wanted) => etag == Some(wanted),
        }
    }
}

/// A change to documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DocumentWrite {
    /// One document is written or, without content, deleted.
    Set {
        /// Which document.
        key: DocumentKey,
        /// What must be true of it before.
        expect: Expectation,
        /// What it becomes; `None` deletes it.
        document: Option<Document>,
    },
    /// All documents of an owner are deleted.
    Clear(DocumentOwner),
}

/// Reads documents; they are written by [`Append`](crate::Append).
#[async_trait]
pub trait Documents {
    /// One document.
    async fn document(
        &self,
        organization: OrganizationId,
        key: &DocumentKey,
    ) -> Result<Option<Document>, StoreError>;

    /// The ids of an owner's documents, in order, each once; those written later than `since`.
    async fn document_ids(
        &self,
        organization: OrganizationId,
        owner: &DocumentOwner,
        since: Option<Timestamp>,
    ) -> Result<Vec<String>, StoreError>;
}
