//! The seam between use cases and databases: traits whose operations are whole use cases, the
//! types they speak, and the rules that every adapter shares.
//!
//! No transaction crosses a trait, and every operation names its organization. What is written
//! together is one [`Append`]: all or nothing, one commit, many of them to a transaction.

mod activity;
mod append;
pub mod archive;
mod attachments;
mod claims;
mod courses;
mod credentials;
mod documents;
pub mod erasure;
mod error;
mod events;
mod facts;
mod health;
mod keys;
mod lagging;
mod launches;
mod ledger;
mod notices;
mod organizations;
mod plan;
mod position;
mod record;
mod registrations;
pub mod rows;
mod statements;
mod term_numbers;
#[cfg(feature = "testkit")]
pub mod testkit;
mod users;
mod vocabulary;
mod world;
mod writer;

pub use self::ledger::{Checkpoint, CompleteTile, LedgerHead, Ledgers, SigningKey};
pub use activity::{Activity, PoolActivity, ReplicaActivity, StoreActivity};
pub use append::{
    Append, AppendError, Appended, AppendedStatement, Appends, NewestRegistration,
    RegistrationRevision, Write, segments,
};
pub use attachments::{AttachmentLink, Attachments, NewAttachment};
pub use claims::{Claim, Claims};
pub use courses::{Course, CourseSummary, Courses, PublishedVersion, VersionSummary};
pub use credentials::{Credential, Credentials};
pub use documents::{
    Document, DocumentKey, DocumentKind, DocumentOwner, DocumentWrite, Documents, Expectation,
};
pub use erasure::{
    Affected, AffectedStatement, Erased, ErasedStatement, Erasure, ErasureCounts, Erasures,
    Mentions,
};
pub use error::{Source, StoreError};
pub use events::{ERASED_VALUE, Event, EventFilter, EventOp, Events, LogEntry, NewEvent};
pub use facts::{
    CompletionFact, CompletionFacts, FACTS_PAGE_MAX, FactAbout, FactActor, FactClaim,
    FactDifferences, FactPage, FactSource, NewFact, RemadeFact, Said, actor_key,
};
pub use health::{Health, Turn};
pub use keys::{DIRECT, Keys, RELATED, Term, TermKind, unpack as unpack_keys};
pub use lagging::{LaggingReads, Replicated};
pub use launches::{Launch, LaunchMode, Launches, NewLaunch, NewSession, Session, SessionEnd};
pub use notices::{Notice, Notices, Sent};
pub use organizations::{Organization, Organizations};
pub use plan::{
    ClaimRow, EntryRow, ErasurePlan, EventRow, FactRow, KeyRow, Plan, RegistrationRow,
    StatementRow, TermRow, plan, plan_erasure,
};
pub use position::Position;
pub use record::RegistrationRecord;
pub use registrations::{
    Attempt, Call, LoggedCall, NewRegistration, ParseCursorError, Registration, RegistrationCursor,
    RegistrationFilter, Registrations, Tests,
};
pub use statements::{
    Candidate, Facts, GrowingPage, LookupKey, NewStatement, ObjectFact, PAGE_BYTES_MAX,
    PAGE_ROWS_AT_ONCE, Page, REPLAY_AUTHORITY, RUNTIME_AUTHORITY, Score, StatementFilter,
    Statements, StoredStatement, reads,
};
pub use term_numbers::TermNumbers;
pub use users::{ConsoleSession, OneTimeToken, TokenPurpose, User, UserChange, Users};
pub use vocabulary::{
    AGENT_NAMES_MAX, DEFINITION_BYTES_MAX, Defined, Gathered, NAME_BYTES_MAX, Vocabulary,
};
pub use world::{Counted, Head, Known, KnownRegistration, KnownTerm, KnownVersion, Wanted, World};
pub use writer::{Commit, QueueLimits, Writer};

/// Everything an adapter offers.
pub trait Store:
    Appends
    + Statements
    + Claims
    + CompletionFacts
    + Erasures
    + Attachments
    + Documents
    + Vocabulary
    + Organizations
    + Credentials
    + Users
    + Courses
    + Registrations
    + Launches
    + Notices
    + Events
    + Activity
    + Ledgers
    + Replicated
    + Health
    + Send
    + Sync
{
}

impl<T> Store for T where
    T: Appends
        + Statements
        + Claims
        + CompletionFacts
        + Erasures
        + Attachments
        + Documents
        + Vocabulary
        + Organizations
        + Credentials
        + Users
        + Courses
        + Registrations
        + Launches
        + Notices
        + Events
        + Activity
        + Ledgers
        + Replicated
        + Health
        + Send
        + Sync
{
}
