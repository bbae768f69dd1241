//! Organizations, and the numbers that stand for them in every key.

use crate::{
    SqliteStore,
    error::{failed, taken},
};
use async_trait::async_trait;
use domain::OrganizationId;
use sqlx::{Connection, SqliteConnection};
use std::{
    collections::HashMap,
    sync::{PoisonError, RwLock},
};
use store::{Head, Organization, Organizations, StoreError, rows};
use uuid::Uuid;

/// The numbers of organizations seen so far; they never change.
#[derive(Debug, Default)]
pub(crate) struct Numbers(RwLock<HashMap<OrganizationId, i64>>);

impl Numbers {
    /// An organization's number, when it is known already.
    pub(crate) fn known(&self, organization: OrganizationId) -> Option<i64> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(&organization).copied()
    }

    /// An organization's number, looked up on `connection` when it is not known yet.
    pub(crate) async fn get(
        &self,
        connection: &mut SqliteConnection,
        organization: OrganizationId,
    ) -> Result<i64, StoreError> {
        if let Some(number) = self.known(organization) {
            return Ok(number);
        }
        let id = organization.uuid();
        let number = sqlx::query_scalar!("SELECT number FROM organization WHERE id = $1", id)
            .fetch_optional(connection)
            .await
            .map_err(failed)?
            .ok_or(StoreError::Missing { what: "organization" })?;
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(organization, number);
        Ok(number)
    }
}

#[async_trait]
impl Organizations for SqliteStore {
    async fn create_organization(&self, organization: &Organization) -> Result<(), StoreError> {
        let mut connection = self.write.acquire().await?;
        let mut transaction = connection.begin().await.map_err(failed)?;
        let (id, created_at) = (organization.id.uuid(), organization.created_at.micros());
        let number = sqlx::query_scalar!(
            r#"INSERT INTO organization (id, name, activity_base, created_at)
               VALUES ($1, $2, $3, $4) RETURNING number AS "number!""#,
            id,
            organization.name,
            organization.activity_base,
            created_at,
        )
        .fetch_one(&mut *transaction)
        .await
        .map_err(taken("organization"))?;
        let head = Head::EMPTY;
        let (next, stored) = (rows::column(head.next.index()), head.stored.micros());
        let frontier = head.frontier.to_bytes();
        sqlx::query!(
            "INSERT INTO log_head (organization, next_position, stored, next_term, frontier)
             VALUES ($1, $2, $3, $4, $5)",
            number,
            next,
            stored,
            head.next_term,
            frontier,
        )
        .execute(&mut *transaction)
        .await
        .map_err(failed)?;
        transaction.commit().await.map_err(failed)
    }

    async fn organization(&self, id: OrganizationId) -> Result<Option<Organization>, StoreError> {
        let id = id.uuid();
        let row = sqlx::query_as!(
            rows::OrganizationRow,
            r#"SELECT id AS "id: Uuid", name, activity_base, created_at
               FROM organization WHERE id = $1"#,
            id,
        )
        .fetch_optional(&mut *self.read.acquire().await?)
        .await
        .map_err(failed)?;
        rows::one(row)
    }

    async fn organization_named(&self, name: &str) -> Result<Option<Organization>, StoreError> {
        let row = sqlx::query_as!(
            rows::OrganizationRow,
            r#"SELECT id AS "id: Uuid", name, activity_base, created_at
               FROM organization WHERE name = $1"#,
            name,
        )
        .fetch_optional(&mut *self.read.acquire().await?)
        .await
        .map_err(failed)?;
        rows::one(row)
    }

    async fn organizations(&self) -> Result<Vec<Organization>, StoreError> {
        let rows = sqlx::query_as!(
            rows::OrganizationRow,
            r#"SELECT id AS "id: Uuid", name, activity_base, created_at
               FROM organization ORDER BY name"#,
        )
        .fetch_all(&mut *self.read.acquire().await?)
        .await
        .map_err(failed)?;
        rows::all(rows)
    }
}

impl SqliteStore {
    /// An organization's number.
    pub(crate) async fn number(&self, organization: OrganizationId) -> Result<i64, StoreError> {
        if let Some(number) = self.numbers.known(organization) {
            return Ok(number);
        }
        let mut connection = self.read.acquire().await?;
        self.numbers.get(&mut connection, organization).await
    }
}
