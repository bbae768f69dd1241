//! Attachments' data.

use crate::{SqliteStore, error::failed};
use async_trait::async_trait;
use domain::OrganizationId;
use sqlx::SqliteConnection;
use store::{AttachmentLink, Attachments, Plan, Position, StoreError, rows};

/// Writes the data that is not there yet, and which statement came with it.
pub(crate) async fn write(
    connection: &mut SqliteConnection,
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
impl Attachments for SqliteStore {
    async fn attachment_links(
        &self,
        organization: OrganizationId,
        positions: &[Position],
    ) -> Result<Vec<AttachmentLink>, StoreError> {
        let organization = self.number(organization).await?;
        let wanted: Vec<i64> =
            positions.iter().map(|position| rows::column(position.index())).collect();
        let wanted = serde_json::to_string(&wanted).map_err(StoreError::refused)?;
        let found = sqlx::query_as!(
            rows::AttachmentLinkRow,
            r#"SELECT a.position AS "position!", a.sha2 AS "sha2!", a.media_type AS "media_type!"
               FROM json_each($2) wanted
               CROSS JOIN statement_attachment a
                   ON a.organization = $1 AND a.position = wanted.value
               ORDER BY a.position, a.sha2"#,
            organization,
            wanted,
        )
        .fetch_all(&mut *self.read.acquire().await?)
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
        .fetch_optional(&mut *self.read.acquire().await?)
        .await
        .map_err(failed)
    }
}
