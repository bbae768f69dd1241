//! Organizations.

use crate::StoreError;
use async_trait::async_trait;
use domain::{OrganizationId, Timestamp};

/// The unit of isolation and of the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organization {
    /// Its id.
    pub id: OrganizationId,
    /// Its name, unique in the store.
    pub name: String,
    /// What its activity ids begin with: fixed for ever, ends with `/`.
    pub activity_base: String,
    /// When it was created.
    pub created_at: Timestamp,
}

/// Organizations, across all of them.
#[async_trait]
pub trait Organizations {
    /// Adds an organization with an empty log; [`StoreError::Taken`] when the name or id is.
    async fn create_organization(&self, organization: &Organization) -> Result<(), StoreError>;

    /// One by id.
    async fn organization(&self, id: OrganizationId) -> Result<Option<Organization>, StoreError>;

    /// One by name.
    async fn organization_named(&self, name: &str) -> Result<Option<Organization>, StoreError>;

    /// All, by name.
    async fn organizations(&self) -> Result<Vec<Organization>, StoreError>;
}
