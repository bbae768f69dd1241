//! The reference trail and the log's entries.

use crate::{SqliteStore, error::failed};
use async_trait::async_trait;
use domain::OrganizationId;
use store::{Event, EventFilter, Events, LogEntry, Page, Position, StoreError, rows};

#[async_trait]
impl Events for SqliteStore {
    async fn events(
        &self,
        organization: OrganizationId,
        filter: &EventFilter,
        limit: usize,
    ) -> Result<Page<Event, Position>, StoreError> {
        let organization = self.number(organization).await?;
        let after = filter.after.map_or(-1, |position| rows::column(position.index()));
        let more = rows::column(limit.saturating_add(1));
        let rows = sqlx::query_as!(
            rows::EventRow,
            "SELECT position, recorded_at, actor, reason, entity, entity_id, op, valid_from,
                 valid_to, value, source, about
             FROM event
             WHERE organization = $1 AND position > $2
                 AND (CAST($3 AS TEXT) IS NULL OR entity = $3)
                 AND (CAST($4 AS TEXT) IS NULL OR entity_id = $4)
             ORDER BY position LIMIT $5",
            organization,
            after,
            filter.entity,
            filter.entity_id,
            more,
        )
        .fetch_all(&mut *self.read.acquire().await?)
        .await
        .map_err(failed)?;
        Ok(Page::cut(rows::all(rows)?, limit, |event: &Event| event.position))
    }

    async fn latest_event(
        &self,
        organization: OrganizationId,
        entity: &str,
        entity_id: &str,
    ) -> Result<Option<Event>, StoreError> {
        let organization = self.number(organization).await?;
        let row = sqlx::query_as!(
            rows::EventRow,
            "SELECT position, recorded_at, actor, reason, entity, entity_id, op, valid_from,
                 valid_to, value, source, about
             FROM event
             WHERE organization = $1 AND entity = $2 AND entity_id = $3
             ORDER BY position DESC LIMIT 1",
            organization,
            entity,
            entity_id,
        )
        .fetch_optional(&mut *self.read.acquire().await?)
        .await
        .map_err(failed)?;
        rows::one(row)
    }

    async fn entries(
        &self,
        organization: OrganizationId,
        from: Position,
        limit: usize,
    ) -> Result<Vec<LogEntry>, StoreError> {
        let organization = self.number(organization).await?;
        let (from, limit) = (rows::column(from.index()), rows::column(limit));
        let rows = sqlx::query_as!(
            rows::LogRow,
            "SELECT position, stored, entry, salt FROM log_entry
             WHERE organization = $1 AND position >= $2 ORDER BY position LIMIT $3",
            organization,
            from,
            limit,
        )
        .fetch_all(&mut *self.read.acquire().await?)
        .await
        .map_err(failed)?;
        rows::all(rows)
    }
}
