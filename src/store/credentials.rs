//! API credentials.

use crate::StoreError;
use async_trait::async_trait;
use domain::{CredentialId, OrganizationId, Scopes, Sha256Digest, Timestamp};

/// An API key pair; of the secret only its hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// The public half, unique in the store.
    pub id: CredentialId,
    /// Whose data it opens.
    pub organization: OrganizationId,
    /// What people call it.
    pub label: String,
    /// SHA-256 of the secret, which is long and random: a slow hash would buy nothing.
    pub secret_hash: Sha256Digest,
    /// What it may do.
    pub scopes: Scopes,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was withdrawn.
    pub revoked_at: Option<Timestamp>,
}

/// API credentials.
#[async_trait]
pub trait Credentials {
    /// Adds one; [`StoreError::Taken`] when the id is.
    async fn create_credential(&self, credential: &Credential) -> Result<(), StoreError>;

    /// One by id, of whichever organization: who asks is not known before.
    async fn credential(&self, id: &CredentialId) -> Result<Option<Credential>, StoreError>;

    /// An organization's, oldest first, revoked ones included.
    async fn credentials(
        &self,
        organization: OrganizationId,
    ) -> Result<Vec<Credential>, StoreError>;

    /// Withdraws one; false when the organization has none such in force.
    async fn revoke_credential(
        &self,
        organization: OrganizationId,
        id: &CredentialId,
        at: Timestamp,
    ) -> Result<bool, StoreError>;
}
