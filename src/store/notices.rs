//! Where the status of a registration is sent to whenever it changes. The rows are written by
//! [`Append`](crate::Append): by [`Write::SendResults`](crate::Write::SendResults), and due with every
//! commit that moves the registration on.

use crate::StoreError;
use async_trait::async_trait;
use domain::{OrganizationId, RegistrationId, Timestamp};

/// A notice of a registration's status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Whose.
    pub organization: OrganizationId,
    /// Of which registration.
    pub registration: RegistrationId,
    /// Where it goes.
    pub url: String,
    /// When it is sent next; `None` when the newest is known there.
    pub due_at: Option<Timestamp>,
    /// How often it was tried since it was last taken.
    pub tries: u32,
    /// Since when it is not taken.
    pub failing_since: Option<Timestamp>,
    /// Why it was not taken last.
    pub error: Option<String>,
    /// What was taken last, opaque here.
    pub told: Option<String>,
    /// When that was.
    pub told_at: Option<Timestamp>,
}

/// What came of a notice that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sent {
    /// It was taken, or the same was taken before.
    Taken {
        /// What it said.
        told: String,
    },
    /// It was not taken.
    Failed {
        /// Why.
        error: String,
        /// When to try again; `None` gives up until the registration moves on.
        again_at: Option<Timestamp>,
    },
}

/// Reads and settles notices.
#[async_trait]
pub trait Notices {
    /// Notices of all organizations that are due, the one due longest first.
    async fn due_notices(&self, now: Timestamp, limit: usize) -> Result<Vec<Notice>, StoreError>;

    /// Takes a notice as it was read, until `until`: of several who send notices, one gets it. When
    /// the registration moves on meanwhile, the notice is due at once again.
    async fn take_notice(&self, notice: &Notice, until: Timestamp) -> Result<bool, StoreError>;

    /// Says what came of a notice that was taken until `until`.
    async fn settle_notice(
        &self,
        notice: &Notice,
        until: Timestamp,
        sent: &Sent,
        now: Timestamp,
    ) -> Result<(), StoreError>;

    /// The notice of a registration.
    async fn notice(
        &self,
        organization: OrganizationId,
        registration: RegistrationId,
    ) -> Result<Option<Notice>, StoreError>;
}
