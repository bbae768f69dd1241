//! Registrations, attempts, API calls.

use crate::{SqliteStore, error::failed, load};
use async_trait::async_trait;
use domain::{
    CourseId, CourseVersion, OrganizationId, RegistrationId, SessionId, Sha256Digest, Timestamp,
};
use sqlx::Connection;
use store::{
    Attempt, LoggedCall, Page, Registration, RegistrationCursor, RegistrationFilter,
    RegistrationRecord, Registrations, StoreError, rows,
};
use uuid::Uuid;

/// The hash under which an actor's registrations are looked up.
pub(crate) fn actor_hash(actor_key: &str) -> Vec<u8> {
    Sha256Digest::of(actor_key.as_bytes()).as_bytes().to_vec()
}

#[async_trait]
impl Registrations for SqliteStore {
    async fn registration(
        &self,
        organization: OrganizationId,
        id: RegistrationId,
    ) -> Result<Option<Registration>, StoreError> {
        let organization = self.number(organization).await?;
        let id = id.uuid();
        let row = sqlx::query_as!(
            rows::RegistrationRow,
            r#"SELECT id AS "id: Uuid", course AS "course: Uuid", version, actor, actor_key,
                   learner_id, learner_name, created_at, state, revision, record, active_at,
                   test AS "test: bool"
               FROM registration WHERE organization = $1 AND id = $2"#,
            organization,
            id,
        )
        .fetch_optional(&mut *self.read.acquire().await?)
        .await
        .map_err(failed)?;
        rows::one(row)
    }

    async fn registration_of(
        &self,
        organization: OrganizationId,
        actor_key: &str,
        course: CourseId,
        version: Option<CourseVersion>,
        test: bool,
    ) -> Result<Option<Registration>, StoreError> {
        let organization = self.number(organization).await?;
        let course = course.uuid();
        let version = version.map(|version| i64::from(version.number()));
        let actor = actor_hash(actor_key);
        let row = sqlx::query_as!(
            rows::RegistrationRow,
            r#"SELECT id AS "id: Uuid", course AS "course: Uuid", version, actor, actor_key,
                   learner_id, learner_name, created_at, state, revision, record, active_at,
                   test AS "test: bool"
               FROM registration
               WHERE organization = $1 AND actor_hash = $2 AND course = $3
                   AND ($4 IS NULL OR version = $4) AND test = $5
               ORDER BY created_at DESC, id DESC LIMIT 1"#,
            organization,
            actor,
            course,
            version,
            test,
        )
        .fetch_optional(&mut *self.read.acquire().await?)
        .await
        .map_err(failed)?;
        rows::one(row)
    }

    async fn registrations(
        &self,
        organization: OrganizationId,
        filter: &RegistrationFilter,
        limit: usize,
    ) -> Result<Page<Registration, RegistrationCursor>, StoreError> {
        let organization = self.number(organization).await?;
        let course = filter.course.map(CourseId::uuid);
        let version = filter.version.map(|version| i64::from(version.number()));
        let person = filter.person.as_deref().map(str::to_lowercase);
        let tests = filter.tests.wanted();
        let from = filter.from.map_or(i64::MIN, Timestamp::micros);
        let to = filter.to.map_or(i64::MAX, Timestamp::micros);
        let after_at = filter.after.map_or(i64::MAX, |cursor| cursor.active_at.micros());
        let after_id = filter.after.map_or(Uuid::max(), |cursor| cursor.id.uuid());
        let more = rows::column(limit.saturating_add(1));
        let rows = sqlx::query_as!(
            rows::RegistrationRow,
            r#"SELECT id AS "id: Uuid", course AS "course: Uuid", version, actor, actor_key,
                   learner_id, learner_name, created_at, state, revision, record, active_at,
                   test AS "test: bool"
               FROM registration
               WHERE organization = $1 AND ($2 IS NULL OR course = $2)
                   AND ($3 IS NULL OR version = $3)
                   AND ($4 IS NULL OR instr(search, $4) > 0)
                   AND active_at >= $5 AND active_at < $6 AND (active_at, id) < ($7, $8)
                   AND ($10 IS NULL OR test = $10)
               ORDER BY active_at DESC, id DESC LIMIT $9"#,
            organization,
            course,
            version,
            person,
            from,
            to,
            after_at,
            after_id,
            more,
            tests,
        )
        .fetch_all(&mut *self.read.acquire().await?)
        .await
        .map_err(failed)?;
        Ok(Page::cut(rows::all(rows)?, limit, |registration: &Registration| RegistrationCursor {
            active_at: registration.active_at,
            id: registration.fixed.id,
        }))
    }

    async fn attempts(
        &self,
        organization: OrganizationId,
        registration: RegistrationId,
    ) -> Result<Vec<Attempt>, StoreError> {
        let organization = self.number(organization).await?;
        let registration = registration.uuid();
        let rows = sqlx::query_as!(
            rows::AttemptRow,
            r#"SELECT registration AS "registration: Uuid", item, number, data,
                   session AS "session: Uuid", delivery, calls_applied, open AS "open: bool",
                   updated_at
               FROM attempt WHERE organization = $1 AND registration = $2
               ORDER BY item, number"#,
            organization,
            registration,
        )
        .fetch_all(&mut *self.read.acquire().await?)
        .await
        .map_err(failed)?;
        rows::all(rows)
    }

    async fn calls(
        &self,
        organization: OrganizationId,
        registration: RegistrationId,
        session: Option<SessionId>,
        after: Option<u64>,
        limit: usize,
    ) -> Result<Page<LoggedCall, u64>, StoreError> {
        let organization = self.number(organization).await?;
        let (registration, session) = (registration.uuid(), session.map(SessionId::uuid));
        let after = after.map_or(0, rows::column);
        let more = rows::column(limit.saturating_add(1));
        let rows = sqlx::query_as!(
            rows::CallRow,
            r#"SELECT registration AS "registration: Uuid", sequence, session AS "session: Uuid",
                   delivery, number, received_at, claimed_at, function, arguments, result, error,
                   note, applied AS "applied: bool", outcome
               FROM api_call
               WHERE organization = $1 AND registration = $2 AND ($3 IS NULL OR session = $3)
                   AND sequence > $4
               ORDER BY sequence LIMIT $5"#,
            organization,
            registration,
            session,
            after,
            more,
        )
        .fetch_all(&mut *self.read.acquire().await?)
        .await
        .map_err(failed)?;
        Ok(Page::cut(rows::all(rows)?, limit, |logged: &LoggedCall| logged.sequence))
    }

    async fn rebuild_records(
        &self,
        organization: OrganizationId,
        repair: bool,
    ) -> Result<Vec<RegistrationId>, StoreError> {
        let number = self.number(organization).await?;
        let ids = sqlx::query_scalar!(
            r#"SELECT id AS "id: Uuid" FROM registration WHERE organization = $1 ORDER BY id"#,
            number,
        )
        .fetch_all(&mut *self.read.acquire().await?)
        .await
        .map_err(failed)?;
        let mut differing = Vec::new();
        for id in ids {
            if self.rebuild(number, RegistrationId::new(id), repair).await? {
                differing.push(RegistrationId::new(id));
            }
        }
        Ok(differing)
    }
}

impl SqliteStore {
    /// Computes one record again, in a transaction of its own; says whether it differs.
    async fn rebuild(
        &self,
        organization: i64,
        id: RegistrationId,
        repair: bool,
    ) -> Result<bool, StoreError> {
        let mut connection = self.write.acquire().await?;
        let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
        let uuid = id.uuid();
        let stored = sqlx::query!(
            "SELECT record, created_at, active_at, activities FROM registration
             WHERE organization = $1 AND id = $2",
            organization,
            uuid,
        )
        .fetch_one(&mut *transaction)
        .await
        .map_err(failed)?;
        let history = load::history(&mut transaction, organization, id).await?;
        let counting = history.iter().filter(|counted| !counted.voided);
        let record = RegistrationRecord::of(
            &rows::activities(&uuid, &stored.activities)?,
            counting.map(|counted| (counted.id, counted.stored, &counted.facts)),
        );
        let text = rows::record_text(&record)?;
        let active_at = record.last_at.map_or(stored.created_at, Timestamp::micros);
        let differs = text != stored.record || active_at != stored.active_at;
        if differs && repair {
            sqlx::query!(
                "UPDATE registration SET record = $3, active_at = $4
                 WHERE organization = $1 AND id = $2",
                organization,
                uuid,
                text,
                active_at,
            )
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
            transaction.commit().await.map_err(failed)?;
        }
        Ok(differs)
    }
}
