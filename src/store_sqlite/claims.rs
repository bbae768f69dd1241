//! What other stores said of replayed statements.

use crate::{SqliteStore, error::failed};
use async_trait::async_trait;
use domain::OrganizationId;
use store::{Claim, Claims, Position, StoreError, rows};

#[async_trait]
impl Claims for SqliteStore {
    async fn claim(
        &self,
        organization: OrganizationId,
        position: Position,
    ) -> Result<Option<Claim>, StoreError> {
        let organization = self.number(organization).await?;
        let position = rows::column(position.index());
        let row = sqlx::query_as!(
            rows::ClaimRow,
            "SELECT stored, authority, authority_key, source, line FROM claim
             WHERE organization = $1 AND position = $2",
            organization,
            position,
        )
        .fetch_optional(&mut *self.read.acquire().await?)
        .await
        .map_err(failed)?;
        rows::one(row)
    }
}
