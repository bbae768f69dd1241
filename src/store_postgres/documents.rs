//! Documents.

use crate::{PostgresStore, error::failed};
use async_trait::async_trait;
use domain::{OrganizationId, Timestamp};
use store::{Document, DocumentKey, DocumentOwner, Documents, StoreError, rows};

/// A registration as a part of a key: empty for none.
pub(crate) fn registration(owner: &DocumentOwner) -> String {
    owner.registration.map(|id| id.to_string()).unwrap_or_default()
}

#[async_trait]
impl Documents for PostgresStore {
    async fn document(
        &self,
        organization: OrganizationId,
        key: &DocumentKey,
    ) -> Result<Option<Document>, StoreError> {
        let organization = self.number(organization).await?;
        let (kind, registration) = (key.owner.kind.as_str(), registration(&key.owner));
        let row = sqlx::query_as!(
            rows::DocumentRow,
            "SELECT content_type, content, etag, updated_at FROM document
             WHERE organization = $1 AND kind = $2 AND activity = $3 AND agent = $4
                 AND registration = $5 AND id = $6",
            organization,
            kind,
            key.owner.activity,
            key.owner.agent,
            registration,
            key.id,
        )
        .fetch_optional(&self.pool)
        .await
        .map_err(failed)?;
        rows::one(row)
    }

    async fn document_ids(
        &self,
        organization: OrganizationId,
        owner: &DocumentOwner,
        since: Option<Timestamp>,
    ) -> Result<Vec<String>, StoreError> {
        let organization = self.number(organization).await?;
        let kind = owner.kind.as_str();
        let registration = owner.registration.map(|id| id.to_string());
        let since = since.map_or(i64::MIN, Timestamp::micros);
        sqlx::query_scalar!(
            "SELECT DISTINCT id FROM document
             WHERE organization = $1 AND kind = $2 AND activity = $3 AND agent = $4
                 AND ($5::TEXT IS NULL OR registration = $5) AND updated_at > $6
             ORDER BY id",
            organization,
            kind,
            owner.activity,
            owner.agent,
            registration,
            since,
        )
        .fetch_all(&self.pool)
        .await
        .map_err(failed)
    }

    async fn delete_documents(
        &self,
        organization: OrganizationId,
        owner: &DocumentOwner,
    ) -> Result<u64, StoreError> {
        let organization = self.number(organization).await?;
        let kind = owner.kind.as_str();
        let registration = owner.registration.map(|id| id.to_string());
        let done = sqlx::query!(
            "DELETE FROM document
             WHERE organization = $1 AND kind = $2 AND activity = $3 AND agent = $4
                 AND ($5::TEXT IS NULL OR registration = $5)",
            organization,
            kind,
            owner.activity,
            owner.agent,
            registration,
        )
        .execute(&self.pool)
        .await
        .map_err(failed)?;
        Ok(done.rows_affected())
    }
}
