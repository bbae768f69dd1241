//! Reads that may be a little behind: what reports, exports, lists and mirrors read.

use crate::{
    Checkpoint, Events, Ledgers, LogEntry, LoggedCall, Page, Position, Registration,
    RegistrationCursor, RegistrationFilter, Registrations, StatementFilter, Statements, StoreError,
    StoredStatement,
};
use async_trait::async_trait;
use domain::{OrganizationId, RegistrationId, SessionId, Timestamp};

/// A store that may have a replica.
///
/// The operations of the other traits are *fresh*: whoever has written reads it back. Those of
/// [`Self::lagging`] may be served by a replica, and then lack what was written in the last
/// moments. So it is for what nobody expects to see at once: lists, reports, exports, the log as
/// mirrors copy it. It is never for what a decision or a write builds on, for what is read by the
/// id that a write has given, for documents, for launches and sessions, or for signing.
pub trait Replicated {
    /// Reads for one request. They are served by the replica as long as it can be used; from the
    /// first one on that it does not answer, by the store itself.
    fn lagging(&self) -> Box<dyn LaggingReads + '_>;
}

/// Operations of other traits, on what may be a replica.
#[async_trait]
pub trait LaggingReads: Send + Sync {
    /// An instant up to which everything that was stored is found by reads that come after this
    /// one, and nothing will be added: never later than what the replica has.
    async fn consistent_through(
        &self,
        organization: OrganizationId,
    ) -> Result<Timestamp, StoreError>;

    /// [`Statements::statements`]. What was erased is found until the replica knows of it.
    async fn statements(
        &self,
        organization: OrganizationId,
        filter: &StatementFilter,
    ) -> Result<Page<StoredStatement, Position>, StoreError>;

    /// [`Registrations::registrations`].
    async fn registrations(
        &self,
        organization: OrganizationId,
        filter: &RegistrationFilter,
        limit: usize,
    ) -> Result<Page<Registration, RegistrationCursor>, StoreError>;

    /// [`Registrations::calls`].
    async fn calls(
        &self,
        organization: OrganizationId,
        registration: RegistrationId,
        session: Option<SessionId>,
        after: Option<u64>,
        limit: usize,
    ) -> Result<Page<LoggedCall, u64>, StoreError>;

    /// [`Events::entries`]: those that the replica has, without gaps. An entry's bytes never
    /// change; its salt may be one that is erased since.
    async fn entries(
        &self,
        organization: OrganizationId,
        from: Position,
        limit: usize,
    ) -> Result<Vec<LogEntry>, StoreError>;

    /// [`Ledgers::checkpoints`].
    async fn checkpoints(
        &self,
        organization: OrganizationId,
        after: Option<u64>,
        limit: usize,
    ) -> Result<Page<Checkpoint, u64>, StoreError>;
}

/// A store without a replica is its own.
#[async_trait]
impl<T: Statements + Registrations + Events + Ledgers + Send + Sync> LaggingReads for &T {
    async fn consistent_through(
        &self,
        organization: OrganizationId,
    ) -> Result<Timestamp, StoreError> {
        Statements::consistent_through(*self, organization).await
    }

    async fn statements(
        &self,
        organization: OrganizationId,
        filter: &StatementFilter,
    ) -> Result<Page<StoredStatement, Position>, StoreError> {
        Statements::statements(*self, organization, filter).await
    }

    async fn registrations(
        &self,
        organization: OrganizationId,
        filter: &RegistrationFilter,
        limit: usize,
    ) -> Result<Page<Registration, RegistrationCursor>, StoreError> {
        Registrations::registrations(*self, organization, filter, limit).await
    }

    async fn calls(
        &self,
        organization: OrganizationId,
        registration: RegistrationId,
        session: Option<SessionId>,
        after: Option<u64>,
        limit: usize,
    ) -> Result<Page<LoggedCall, u64>, StoreError> {
        Registrations::calls(*self, organization, registration, session, after, limit).await
    }

    async fn entries(
        &self,
        organization: OrganizationId,
        from: Position,
        limit: usize,
    ) -> Result<Vec<LogEntry>, StoreError> {
        Events::entries(*self, organization, from, limit).await
    }

    async fn checkpoints(
        &self,
        organization: OrganizationId,
        after: Option<u64>,
        limit: usize,
    ) -> Result<Page<Checkpoint, u64>, StoreError> {
        Ledgers::checkpoints(*self, organization, after, limit).await
    }
}
