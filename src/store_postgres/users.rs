//! Console users, their one-time tokens and their sessions.

use crate::{
    PostgresStore,
    error::{failed, taken},
};
use async_trait::async_trait;
use domain::{OrganizationId, Sha256Digest, Timestamp, UserId};
use store::{
    ConsoleSession, OneTimeToken, StoreError, TokenPurpose, User, UserChange, Users, rows,
};

#[async_trait]
impl Users for PostgresStore {
    async fn create_user(&self, user: &User) -> Result<(), StoreError> {
        let organization = self.number(user.organization).await?;
        let (id, role) = (user.id.uuid(), user.role.as_str());
        let created_at = user.created_at.micros();
        let disabled_at = user.disabled_at.map(Timestamp::micros);
        sqlx::query!(
            "INSERT INTO console_user
                 (organization, id, email, display_name, role, password, created_at, disabled_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            organization,
            id,
            user.email,
            user.display_name,
            role,
            user.password,
            created_at,
            disabled_at,
        )
        .execute(&self.pool)
        .await
        .map_err(taken("e-mail address"))?;
        Ok(())
    }

    async fn change_user(
        &self,
        organization: OrganizationId,
        id: UserId,
        change: UserChange<'_>,
    ) -> Result<bool, StoreError> {
        let organization = self.number(organization).await?;
        let id = id.uuid();
        let done = match change {
            UserChange::Role(role) => {
                let role = role.as_str();
                sqlx::query!(
                    "UPDATE console_user SET role = $3 WHERE organization = $1 AND id = $2",
                    organization,
                    id,
                    role,
                )
                .execute(&self.pool)
                .await
            }
            UserChange::Password(password) => {
                sqlx::query!(
                    "UPDATE console_user SET password = $3 WHERE organization = $1 AND id = $2",
                    organization,
                    id,
                    password,
                )
                .execute(&self.pool)
                .await
            }
            UserChange::Disable(at) => {
                let at = at.micros();
                sqlx::query!(
                    "UPDATE console_user SET disabled_at = coalesce(disabled_at, $3)
                     WHERE organization = $1 AND id = $2",
                    organization,
                    id,
                    at,
                )
                .execute(&self.pool)
                .await
            }
            UserChange::Enable => {
                sqlx::query!(
                    "UPDATE console_user SET disabled_at = NULL
                     WHERE organization = $1 AND id = $2",
                    organization,
                    id,
                )
                .execute(&self.pool)
                .await
            }
        };
        Ok(done.map_err(failed)?.rows_affected() > 0)
    }

    async fn user(
        &self,
        organization: OrganizationId,
        id: UserId,
    ) -> Result<Option<User>, StoreError> {
        let organization = self.number(organization).await?;
        let id = id.uuid();
        let row = sqlx::query_as!(
            rows::UserRow,
            r#"SELECT u.id, o.id AS organization, u.email, u.display_name,
                   u.role, u.password, u.created_at, u.disabled_at
               FROM console_user u JOIN organization o ON o.number = u.organization
               WHERE u.organization = $1 AND u.id = $2"#,
            organization,
            id,
        )
        .fetch_optional(&self.pool)
        .await
        .map_err(failed)?;
        rows::one(row)
    }

    async fn users_by_email(&self, email: &str) -> Result<Vec<User>, StoreError> {
        let rows = sqlx::query_as!(
            rows::UserRow,
            r#"SELECT u.id, o.id AS organization, u.email, u.display_name,
                   u.role, u.password, u.created_at, u.disabled_at
               FROM console_user u JOIN organization o ON o.number = u.organization
               WHERE u.email = $1 ORDER BY u.created_at, u.id"#,
            email,
        )
        .fetch_all(&self.pool)
        .await
        .map_err(failed)?;
        rows::all(rows)
    }

    async fn users(&self, organization: OrganizationId) -> Result<Vec<User>, StoreError> {
        let organization = self.number(organization).await?;
        let rows = sqlx::query_as!(
            rows::UserRow,
            r#"SELECT u.id, o.id AS organization, u.email, u.display_name,
                   u.role, u.password, u.created_at, u.disabled_at
               FROM console_user u JOIN organization o ON o.number = u.organization
               WHERE u.organization = $1 ORDER BY u.email"#,
            organization,
        )
        .fetch_all(&self.pool)
        .await
        .map_err(failed)?;
        rows::all(rows)
    }

    async fn create_token(&self, token: &OneTimeToken) -> Result<(), StoreError> {
        let organization = self.number(token.organization).await?;
        let (hash, user) = (token.hash.as_bytes().as_slice(), token.user.uuid());
        let (purpose, expires_at) = (token.purpose.as_str(), token.expires_at.micros());
        sqlx::query!(
            "INSERT INTO one_time_token (hash, organization, console_user, purpose, expires_at)
             VALUES ($1, $2, $3, $4, $5)",
            hash,
            organization,
            user,
            purpose,
            expires_at,
        )
        .execute(&self.pool)
        .await
        .map_err(taken("token"))?;
        Ok(())
    }

    async fn token(
        &self,
        hash: &Sha256Digest,
        purpose: TokenPurpose,
        now: Timestamp,
    ) -> Result<Option<OneTimeToken>, StoreError> {
        let (hash, purpose, now) = (hash.as_bytes().as_slice(), purpose.as_str(), now.micros());
        let row = sqlx::query_as!(
            rows::TokenRow,
            r#"SELECT t.hash, o.id AS organization, t.console_user,
                   t.purpose, t.expires_at
               FROM one_time_token t JOIN organization o ON o.number = t.organization
               WHERE t.hash = $1 AND t.purpose = $2 AND t.expires_at > $3"#,
            hash,
            purpose,
            now,
        )
        .fetch_optional(&self.pool)
        .await
        .map_err(failed)?;
        rows::one(row)
    }

    async fn consume_token(
        &self,
        hash: &Sha256Digest,
        purpose: TokenPurpose,
        now: Timestamp,
    ) -> Result<Option<OneTimeToken>, StoreError> {
        let (hash, purpose, now) = (hash.as_bytes().as_slice(), purpose.as_str(), now.micros());
        let row = sqlx::query_as!(
            rows::TokenRow,
            r#"DELETE FROM one_time_token
               WHERE hash = $1 AND purpose = $2 AND expires_at > $3
               RETURNING hash, console_user, purpose, expires_at,
                   (SELECT o.id FROM organization o WHERE o.number = one_time_token.organization)
                       AS "organization!""#,
            hash,
            purpose,
            now,
        )
        .fetch_optional(&self.pool)
        .await
        .map_err(failed)?;
        rows::one(row)
    }

    async fn create_console_session(&self, session: &ConsoleSession) -> Result<(), StoreError> {
        let organization = self.number(session.organization).await?;
        let (hash, user) = (session.hash.as_bytes().as_slice(), session.user.uuid());
        let (created_at, seen_at) = (session.created_at.micros(), session.seen_at.micros());
        let expires_at = session.expires_at.micros();
        sqlx::query!(
            "INSERT INTO console_session
                 (hash, organization, console_user, created_at, seen_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6)",
            hash,
            organization,
            user,
            created_at,
            seen_at,
            expires_at,
        )
        .execute(&self.pool)
        .await
        .map_err(taken("session"))?;
        Ok(())
    }

    async fn console_session(
        &self,
        hash: &Sha256Digest,
        now: Timestamp,
    ) -> Result<Option<ConsoleSession>, StoreError> {
        let (hash, now) = (hash.as_bytes().as_slice(), now.micros());
        let row = sqlx::query_as!(
            rows::ConsoleSessionRow,
            r#"SELECT s.hash, o.id AS organization, s.console_user,
                   s.created_at, s.seen_at, s.expires_at
               FROM console_session s
               JOIN organization o ON o.number = s.organization
               JOIN console_user u
                   ON u.organization = s.organization AND u.id = s.console_user
               WHERE s.hash = $1 AND s.expires_at > $2 AND u.disabled_at IS NULL"#,
            hash,
            now,
        )
        .fetch_optional(&self.pool)
        .await
        .map_err(failed)?;
        rows::one(row)
    }

    async fn touch_console_session(
        &self,
        hash: &Sha256Digest,
        seen_at: Timestamp,
        expires_at: Timestamp,
    ) -> Result<(), StoreError> {
        let hash = hash.as_bytes().as_slice();
        let (seen_at, expires_at) = (seen_at.micros(), expires_at.micros());
        sqlx::query!(
            "UPDATE console_session SET seen_at = $2, expires_at = $3 WHERE hash = $1",
            hash,
            seen_at,
            expires_at,
        )
        .execute(&self.pool)
        .await
        .map_err(failed)?;
        Ok(())
    }

    async fn delete_console_session(&self, hash: &Sha256Digest) -> Result<(), StoreError> {
        let hash = hash.as_bytes().as_slice();
        sqlx::query!("DELETE FROM console_session WHERE hash = $1", hash)
            .execute(&self.pool)
            .await
            .map_err(failed)?;
        Ok(())
    }

    async fn delete_console_sessions(
        &self,
        organization: OrganizationId,
        user: UserId,
    ) -> Result<(), StoreError> {
        let organization = self.number(organization).await?;
        let user = user.uuid();
        sqlx::query!(
            "DELETE FROM console_session WHERE organization = $1 AND console_user = $2",
            organization,
            user,
        )
        .execute(&self.pool)
        .await
        .map_err(failed)?;
        Ok(())
    }

    async fn delete_expired(&self, now: Timestamp) -> Result<u64, StoreError> {
        let now = now.micros();
        let tokens = sqlx::query!("DELETE FROM one_time_token WHERE expires_at <= $1", now)
            .execute(&self.pool)
            .await
            .map_err(failed)?;
        let sessions = sqlx::query!("DELETE FROM console_session WHERE expires_at <= $1", now)
            .execute(&self.pool)
            .await
            .map_err(failed)?;
        Ok(tokens.rows_affected() + sessions.rows_affected())
    }
}
