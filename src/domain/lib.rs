//! The words every other crate shares: ids, time, randomness, digests, roles and scopes.
//!
//! No I/O lives here. Time and randomness are traits; the binary supplies the real ones.

mod causes;
mod clock;
pub mod csv;
mod digest;
mod evidence;
mod grade;
mod histogram;
mod id;
mod permission;
mod time;

pub use causes::Causes;
pub use clock::{Clock, Entropy, FixedClock, SeededEntropy};
pub use digest::{ParseDigestError, Sha256Digest};
pub use evidence::{
    DURATION_BYTES_MAX, EvidenceVerb, REASON_BYTES_MAX, STANDARD_REASONS, WAIVER_REASON,
    waiver_reason,
};
pub use grade::{Grade, Vouching};
pub use histogram::{Distribution, Histogram};
pub use id::{
    CourseId, CourseVersion, CredentialId, ItemId, OrganizationId, ParseIdError, RegistrationId,
    SessionId, StatementId, UserId,
};
pub use permission::{ParsePermissionError, Role, Scope, Scopes};
pub use time::{ParseTimestampError, Timestamp};
