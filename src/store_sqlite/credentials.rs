//! API credentials.

use crate::{
    SqliteStore,
    error::{failed, taken},
};
use async_trait::async_trait;
use domain::{CredentialId, OrganizationId, Timestamp};
use store::{Credential, Credentials, StoreError, rows};
use uuid::Uuid;

#[async_trait]
impl Credentials for SqliteStore {
    async fn create_credential(&self, credential: &Credential) -> Result<(), StoreError> {
        let organization = self.number(credential.organization).await?;
        let (id, scopes) = (credential.id.as_str(), credential.scopes.to_string());
        let secret_hash = credential.secret_hash.as_bytes().as_slice();
        let created_at = credential.created_at.micros();
        let revoked_at = credential.revoked_at.map(Timestamp::micros);
        sqlx::query!(
            "INSERT INTO credential
                 (id, organization, label, secret_hash, scopes, created_at, revoked_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
            id,
            organization,
            credential.label,
            secret_hash,
            scopes,
            created_at,
            revoked_at,
        )
        .execute(&mut *self.write.acquire().await?)
        .await
        .map_err(taken("credential id"))?;
        Ok(())
    }

    async fn credential(&self, id: &CredentialId) -> Result<Option<Credential>, StoreError> {
        let id = id.as_str();
        let row = sqlx::query_as!(
            rows::CredentialRow,
            r#"SELECT c.id, o.id AS "organization: Uuid", c.label, c.secret_hash, c.scopes,
                   c.created_at, c.revoked_at
               FROM credential c JOIN organization o ON o.number = c.organization
               WHERE c.id = $1"#,
            id,
        )
        .fetch_optional(&mut *self.read.acquire().await?)
        .await
        .map_err(failed)?;
        rows::one(row)
    }

    async fn credentials(
        &self,
        organization: OrganizationId,
    ) -> Result<Vec<Credential>, StoreError> {
        let organization = self.number(organization).await?;
        let rows = sqlx::query_as!(
            rows::CredentialRow,
            r#"SELECT c.id, o.id AS "organization: Uuid", c.label, c.secret_hash, c.scopes,
                   c.created_at, c.revoked_at
               FROM credential c JOIN organization o ON o.number = c.organization
               WHERE c.organization = $1 ORDER BY c.created_at, c.id"#,
            organization,
        )
        .fetch_all(&mut *self.read.acquire().await?)
        .await
        .map_err(failed)?;
        rows::all(rows)
    }

    async fn revoke_credential(
        &self,
        organization: OrganizationId,
        id: &CredentialId,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let organization = self.number(organization).await?;
        let (id, at) = (id.as_str(), at.micros());
        let done = sqlx::query!(
            "UPDATE credential SET revoked_at = $3
             WHERE organization = $1 AND id = $2 AND revoked_at IS NULL",
            organization,
            id,
            at,
        )
        .execute(&mut *self.write.acquire().await?)
        .await
        .map_err(failed)?;
        Ok(done.rows_affected() > 0)
    }
}
