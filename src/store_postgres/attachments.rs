//! Attachments' data.

use crate::{PostgresStore, error::failed};
use async_trait::async_trait;
use domain::OrganizationId;
use sqlx::PgConnection;
use store::{AttachmentLink, Attachments, Plan, Position, StoreError, rows};

/// Writes the data that is not there yet, and which statement came with it.
pub(crate) async fn write(
    connection: &mut PgConnection,
    number: i64,
    plan: &Plan,
) -> Result<(), StoreError> {
    for (sha2, content) in &plan.attachments {
        let content = content.as_ref();
        sqlx::query!(
            "INSERT INTO attachment (organization, sha2, content) VALUES ($1, $2, $3)
             ON CONFLICT DO NOTHING",
            number,
            sha2,
            content,
        )
        .execute(&mut *connection)
        .await
        .map_err(failed)?;
    }
    for link in &plan.attachment_links {
        let position = rows::column(link.position.index());
        sqlx::query!(
            "INSERT INTO statement_attachment (organization, position, sha2, media_type)
             VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
            number,
            position,
            link.sha2,
            link.media_type,
        )
        .execute(&mut *connection)
        .await
        .map_err(failed)?;
    }
    Ok(())
}

#[async_trait]
impl Attachments for PostgresStore {
    async fn attachment_links(
        &self,
        organization: OrganizationId,
        positions: &[Position],
    ) -> Result<Vec<AttachmentLink>, StoreError> {
        let organization = self.number(organization).await?;
        let wanted: Vec<i64> =
            positions.iter().map(|position| rows::column(position.index())).collect();
        let found = sqlx::query_as!(
            rows::AttachmentLinkRow,
            "SELECT position, sha2, media_type FROM statement_attachment
             WHERE organization = $1 AND position = ANY($2) ORDER BY position, sha2",
            organization,
            &wanted,
        )
        .fetch_all(&self.pool)
        .await
        .map_err(failed)?;
        rows::all(found)
    }

    async fn attachment(
        &self,
        organization: OrganizationId,
        sha2: &str,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let organization = self.number(organization).await?;
        sqlx::query_scalar!(
            "SELECT content FROM attachment WHERE organization = $1 AND sha2 = $2",
            organization,
            sha2,
        )
        .fetch_optional(&self.pool)
        .await
        .map_err(failed)
    }
}
