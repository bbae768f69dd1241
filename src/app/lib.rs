//! The use cases: each file carries one out, from a caller's wish to what is stored. No HTTP, no
//! SQL; the rules themselves are in the pure crates.

mod access;
mod acknowledgements;
mod activity;
mod attestations;
mod audit;
pub mod backup;
mod cache;
mod content;
mod course_settings;
mod courses;
mod credentials;
mod documents;
mod erasure;
mod error;
mod facts;
mod import;
mod launch;
mod learner;
mod ledger;
mod moves;
mod organizations;
mod pack;
pub mod password;
pub mod play;
mod provenance;
pub mod reference;
mod registrations;
mod replay;
mod report;
mod rerun;
mod results;
pub mod secret;
mod session_file;
mod sign_in;
mod statements;
mod tokens;
mod users;
mod versions;
mod vocabulary;

pub use self::ledger::{
    CONSISTENCY_FORMAT, ConsistencyEnd, ConsistencyProof, LedgerError, LedgerFault, LedgerKey,
    Mirror, RECORD_FORMAT, RecordProof, Refused, Verified, verify_consistency, verify_record,
    verify_text,
};
pub use access::{CREDENTIAL_KNOWN_FOR, Caller, Origin};
pub use acknowledgements::{
    AcknowledgeAnswer, AcknowledgeError, AcknowledgeRequest, AcknowledgementLink, PolicyPage,
};
pub use attestations::{
    AttestationBasis, AttestationQuery, AttestationRow, SignedFrom, may_know_origins,
};
pub use audit::{AuditAnswer, AuditFormat, AuditQuestion, Printed, Provenance};
pub use content::{ContentError, ContentFile, SeekableMedia};
pub use course_settings::{DecisionMade, SettingsOf, SettingsView};
pub use courses::{CourseDetail, CoursePage, VersionDetail};
pub use credentials::{IssuedCredential, NewCredential};
pub use documents::{DocumentChange, DocumentError};
pub use erasure::ErasureRequest;
pub use error::AppError;
pub use import::{Examined, ImportError, ImportOptions, Imported};
pub use launch::{CreatedLaunch, LaunchError, LaunchRequest};
pub use moves::{MoveMany, MovedMany};
pub use organizations::FirstStart;
pub use pack::{
    BuiltPack, PACK_TYPE, PackError, PackFault, PackRequest, PackVariant, PackVerdict, verify_pack,
};
pub use play::state::PARTS_KEPT;
pub use play::{AttestError, MoveError, MoveTerms, Moved, NAME_CHARACTERS_MAX, PlayError, Unmoved};
pub use provenance::{StatementDetail, TrustedAuthority};
pub use registrations::{
    RegistrationDetail, RegistrationExport, RegistrationMove, RegistrationQuery, RegistrationRow,
};
pub use replay::{Progress, Refusal, ReplayMode, ReplayOptions, ReplayReport};
pub use report::{AttemptReport, InteractionReport, ObjectiveReport, SessionReport};
pub use rerun::{Difference, RerunError, RerunReport, SessionFile};
pub use results::{Courier, CourierError, Letter, ResultHosts};
pub use session_file::{SESSION_FILE_FORMAT, SessionExport, SessionFileHead};
pub use sign_in::{SignInError, SignedIn};
pub use statements::{
    FoundStatement, Freshness, SentStatements, StatementError, StatementPage, StatementsFound,
};
pub use tokens::{BearerToken, IssuedToken, TokenError};
pub use users::Invitation;
pub use versions::VersionDifference;

use blob::BlobStore;
use cache::Cache;
use domain::{Clock, Entropy, OrganizationId};
use secret::MasterKey;
use std::{
    path::PathBuf,
    sync::{Arc, atomic::AtomicU64},
    time::Duration,
};
use store::{Organization, Store, StoreError, Turn};

/// How long the database may take to show that it works.
const READY_WITHIN: Duration = Duration::from_secs(4);

/// Organizations that are kept in memory.
const ORGANIZATIONS_KNOWN_MAX: usize = 1_024;

/// What the use cases are built from.
pub struct Parts {
    /// Everything that is kept but package bytes.
    pub store: Arc<dyn Store>,
    /// Package bytes.
    pub blobs: Arc<dyn BlobStore>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// What carries results to other systems; none where no host may have them.
    pub courier: Option<Arc<dyn Courier>>,
    /// What an operator may choose.
    pub settings: Settings,
}

/// What an operator may choose about the use cases.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Root of derived keys.
    pub master_key: MasterKey,
    /// Limits on packages.
    pub package_limits: package::Limits,
    /// Folder for inflated media, which can be rebuilt at any time.
    pub media_cache: PathBuf,
    /// Most bytes that folder takes.
    pub media_cache_bytes_max: u64,
    /// Whether everybody may read the ledger's entries, not auditors alone.
    pub ledger_entries_public: bool,
    /// Longest life of a bearer token, in seconds.
    pub token_seconds_max: u32,
    /// Hosts that results may be sent to.
    pub result_hosts: ResultHosts,
}

/// The use cases.
pub struct App {
    store: Arc<dyn Store>,
    blobs: Arc<dyn BlobStore>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    courier: Option<Arc<dyn Courier>>,
    settings: Settings,
    content: content::ContentCache,
    courses: courses::CourseCache,
    facts: facts::FactCache,
    organizations: Cache<OrganizationId, Organization>,
    credentials: access::KnownCredentials,
    hashing: Arc<tokio::sync::Semaphore>,
    /// Held while a version is published, so that the same bytes sent twice at once become one. Of
    /// several nodes each has its own.
    publishing: tokio::sync::Mutex<()>,
    /// Bytes of packages that were kept since the start.
    package_bytes_kept: AtomicU64,
    /// Held while a checkpoint is signed: one at a time is enough.
    signing: tokio::sync::Mutex<()>,
    /// What reference data says, by organization.
    trails: reference::Trails,
    /// Files that were tried and wait to be taken.
    tried: reference::Tried,
}

impl App {
    /// The use cases on these parts.
    pub fn new(parts: Parts) -> Self {
        let Parts { store, blobs, clock, entropy, courier, settings } = parts;
        Self {
            store,
            blobs,
            clock,
            entropy,
            courier,
            content: content::ContentCache::new(&settings),
            courses: courses::CourseCache::default(),
            facts: facts::FactCache::default(),
            organizations: Cache::new(ORGANIZATIONS_KNOWN_MAX),
            credentials: access::KnownCredentials::default(),
            hashing: Arc::new(tokio::sync::Semaphore::new(sign_in::PASSWORDS_AT_ONCE)),
            publishing: tokio::sync::Mutex::default(),
            package_bytes_kept: AtomicU64::new(0),
            signing: tokio::sync::Mutex::default(),
            trails: reference::Trails::default(),
            tried: reference::Tried::default(),
            settings,
        }
    }

    /// Whether the database answers and packages could be kept, for a readiness probe.
    pub async fn ready(&self) -> Result<(), AppError> {
        let ready = tokio::time::timeout(READY_WITHIN, self.store.ready()).await;
        ready.map_err(StoreError::unavailable)??;
        Ok(self.blobs.ready().await?)
    }

    /// Waits for the turn to make what an empty store lacks; of nodes that start at once, one has it.
    pub async fn turn_to_begin(&self) -> Result<Turn, AppError> {
        Ok(self.store.turn_to_begin().await?)
    }

    /// Ends the work of the store: what waits to be written is, and nothing more is taken.
    pub async fn close(&self) {
        self.store.close().await;
    }
}
