//! Launches and the sessions they become.

use crate::{SqliteStore, error::failed};
use async_trait::async_trait;
use domain::{OrganizationId, RegistrationId, SessionId, Sha256Digest, Timestamp};
use sqlx::{Connection, SqliteConnection};
use store::{Launch, LaunchMode, Launches, NewSession, Session, SessionEnd, StoreError, rows};
use uuid::Uuid;

#[async_trait]
impl Launches for SqliteStore {
    async fn launch(
        &self,
        hash: &Sha256Digest,
        now: Timestamp,
    ) -> Result<Option<Launch>, StoreError> {
        let (hash, now) = (hash.as_bytes().as_slice(), now.micros());
        let row = sqlx::query_as!(
            rows::LaunchRow,
            r#"SELECT o.id AS "organization: Uuid", l.hash, l.registration AS "registration: Uuid",
                   l.mode, l.return_url, l.language, l.settings, l.expires_at
               FROM launch l JOIN organization o ON o.number = l.organization
               WHERE l.hash = $1 AND l.expires_at > $2"#,
            hash,
            now,
        )
        .fetch_optional(&mut *self.read.acquire().await?)
        .await
        .map_err(failed)?;
        rows::one(row)
    }

    async fn exchange_launch(
        &self,
        hash: &Sha256Digest,
        session: &NewSession,
        now: Timestamp,
    ) -> Result<Option<Session>, StoreError> {
        let mut connection = self.write.acquire().await?;
        let mut transaction = connection.begin().await.map_err(failed)?;
        let (hash, at) = (hash.as_bytes().as_slice(), now.micros());
        let row = sqlx::query_as!(
            rows::LaunchRow,
            r#"DELETE FROM launch WHERE hash = $1 AND expires_at > $2
               RETURNING hash, registration AS "registration: Uuid", mode, return_url, language, settings,
                   expires_at, (SELECT o.id FROM organization o
                                WHERE o.number = launch.organization) AS "organization!: Uuid""#,
            hash,
            at,
        )
        .fetch_optional(&mut *transaction)
        .await
        .map_err(failed)?;
        let Some(launch) = rows::one::<_, Launch>(row)? else { return Ok(None) };
        let organization = self.numbers.get(&mut transaction, launch.organization).await?;
        let session = Session {
            id: session.id,
            organization: launch.organization,
            hash: session.hash,
            registration: launch.launch.registration,
            mode: launch.launch.mode,
            return_url: launch.launch.return_url,
            language: launch.launch.language,
            settings: launch.launch.settings,
            created_at: now,
            seen_at: now,
            ended: None,
            state: session.state.clone(),
        };
        if session.mode == LaunchMode::Normal {
            supersede(&mut transaction, organization, session.registration, now).await?;
        }
        insert(&mut transaction, organization, &session).await?;
        transaction.commit().await.map_err(failed)?;
        Ok(Some(session))
    }

    async fn session_by_token(&self, hash: &Sha256Digest) -> Result<Option<Session>, StoreError> {
        let hash = hash.as_bytes().as_slice();
        let row = sqlx::query_as!(
            rows::SessionRow,
            r#"SELECT o.id AS "organization: Uuid", s.id AS "id: Uuid", s.hash,
                   s.registration AS "registration: Uuid", s.mode, s.return_url, s.language, s.settings,
                   s.created_at, s.seen_at, s.ended_at, s.ended_how, s.state
               FROM session s JOIN organization o ON o.number = s.organization
               WHERE s.hash = $1"#,
            hash,
        )
        .fetch_optional(&mut *self.read.acquire().await?)
        .await
        .map_err(failed)?;
        rows::one(row)
    }

    async fn session(
        &self,
        organization: OrganizationId,
        id: SessionId,
    ) -> Result<Option<Session>, StoreError> {
        let organization = self.number(organization).await?;
        let id = id.uuid();
        let row = sqlx::query_as!(
            rows::SessionRow,
            r#"SELECT o.id AS "organization: Uuid", s.id AS "id: Uuid", s.hash,
                   s.registration AS "registration: Uuid", s.mode, s.return_url, s.language, s.settings,
                   s.created_at, s.seen_at, s.ended_at, s.ended_how, s.state
               FROM session s JOIN organization o ON o.number = s.organization
               WHERE s.organization = $1 AND s.id = $2"#,
            organization,
            id,
        )
        .fetch_optional(&mut *self.read.acquire().await?)
        .await
        .map_err(failed)?;
        rows::one(row)
    }

    async fn sessions(
        &self,
        organization: OrganizationId,
        registration: RegistrationId,
    ) -> Result<Vec<Session>, StoreError> {
        let organization = self.number(organization).await?;
        let registration = registration.uuid();
        let rows = sqlx::query_as!(
            rows::SessionRow,
            r#"SELECT o.id AS "organization: Uuid", s.id AS "id: Uuid", s.hash,
                   s.registration AS "registration: Uuid", s.mode, s.return_url, s.language, s.settings,
                   s.created_at, s.seen_at, s.ended_at, s.ended_how, s.state
               FROM session s JOIN organization o ON o.number = s.organization
               WHERE s.organization = $1 AND s.registration = $2 ORDER BY s.created_at, s.id"#,
            organization,
            registration,
        )
        .fetch_all(&mut *self.read.acquire().await?)
        .await
        .map_err(failed)?;
        rows::all(rows)
    }

    async fn touch_session(
        &self,
        organization: OrganizationId,
        id: SessionId,
        seen_at: Timestamp,
    ) -> Result<bool, StoreError> {
        let organization = self.number(organization).await?;
        let (id, seen_at) = (id.uuid(), seen_at.micros());
        let done = sqlx::query!(
            "UPDATE session SET seen_at = $3
             WHERE organization = $1 AND id = $2 AND ended_at IS NULL",
            organization,
            id,
            seen_at,
        )
        .execute(&mut *self.write.acquire().await?)
        .await
        .map_err(failed)?;
        Ok(done.rows_affected() > 0)
    }

    async fn idle_sessions(
        &self,
        idle_since: Timestamp,
        limit: usize,
    ) -> Result<Vec<Session>, StoreError> {
        let (idle_since, limit) = (idle_since.micros(), rows::column(limit));
        let rows = sqlx::query_as!(
            rows::SessionRow,
            r#"SELECT o.id AS "organization: Uuid", s.id AS "id: Uuid", s.hash,
                   s.registration AS "registration: Uuid", s.mode, s.return_url, s.language, s.settings,
                   s.created_at, s.seen_at, s.ended_at, s.ended_how, s.state
               FROM session s JOIN organization o ON o.number = s.organization
               WHERE s.ended_at IS NULL AND s.seen_at < $1 ORDER BY s.seen_at, s.id LIMIT $2"#,
            idle_since,
            limit,
        )
        .fetch_all(&mut *self.read.acquire().await?)
        .await
        .map_err(failed)?;
        rows::all(rows)
    }
}

/// Ends what goes on, and what timed out for good: it could go on otherwise.
async fn supersede(
    connection: &mut SqliteConnection,
    organization: i64,
    registration: RegistrationId,
    at: Timestamp,
) -> Result<(), StoreError> {
    let (registration, at) = (registration.uuid(), at.micros());
    let (how, mode) = (SessionEnd::Superseded.as_str(), LaunchMode::Normal.as_str());
    sqlx::query!(
        "UPDATE session SET ended_at = $3, ended_how = $4
         WHERE organization = $1 AND registration = $2 AND mode = $5
             AND (ended_at IS NULL OR ended_how = 'timed_out')",
        organization,
        registration,
        at,
        how,
        mode,
    )
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(())
}

async fn insert(
    connection: &mut SqliteConnection,
    organization: i64,
    session: &Session,
) -> Result<(), StoreError> {
    let (id, hash) = (session.id.uuid(), session.hash.as_bytes().as_slice());
    let (registration, mode) = (session.registration.uuid(), session.mode.as_str());
    let (created_at, seen_at) = (session.created_at.micros(), session.seen_at.micros());
    sqlx::query!(
        "INSERT INTO session (organization, id, hash, registration, mode, return_url, language,
             settings, created_at, seen_at, state)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        organization,
        id,
        hash,
        registration,
        mode,
        session.return_url,
        session.language,
        session.settings,
        created_at,
        seen_at,
        session.state,
    )
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(())
}
