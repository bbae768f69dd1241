//! Where the statuses of registrations are sent to.

use crate::{PostgresStore, error::failed};
use async_trait::async_trait;
use domain::{OrganizationId, RegistrationId, Timestamp};
use store::{Notice, Notices, Sent, StoreError, rows};

#[async_trait]
impl Notices for PostgresStore {
    async fn due_notices(&self, now: Timestamp, limit: usize) -> Result<Vec<Notice>, StoreError> {
        let (now, limit) = (now.micros(), rows::column(limit));
        let rows = sqlx::query_as!(
            rows::NoticeRow,
            r#"SELECT o.id AS organization, n.registration, n.url, n.due_at,
                   n.tries, n.failing_since, n.error, n.told, n.told_at
               FROM result_notice n JOIN organization o ON o.number = n.organization
               WHERE n.due_at <= $1 ORDER BY n.due_at, n.registration LIMIT $2"#,
            now,
            limit,
        )
        .fetch_all(&self.pool)
        .await
        .map_err(failed)?;
        rows::all(rows)
    }

    async fn take_notice(&self, notice: &Notice, until: Timestamp) -> Result<bool, StoreError> {
        let organization = self.number(notice.organization).await?;
        let (registration, until) = (notice.registration.uuid(), until.micros());
        let due_at = notice.due_at.map(Timestamp::micros);
        let done = sqlx::query!(
            "UPDATE result_notice SET due_at = $4, tries = tries + 1
             WHERE organization = $1 AND registration = $2 AND due_at = $3",
            organization,
            registration,
            due_at,
            until,
        )
        .execute(&self.pool)
        .await
        .map_err(failed)?;
        Ok(done.rows_affected() > 0)
    }

    async fn settle_notice(
        &self,
        notice: &Notice,
        until: Timestamp,
        sent: &Sent,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let organization = self.number(notice.organization).await?;
        let (registration, until) = (notice.registration.uuid(), until.micros());
        let now = now.micros();
        let settled = match sent {
            Sent::Taken { told } => {
                sqlx::query!(
                "UPDATE result_notice SET tries = 0, failing_since = NULL, error = NULL, told = $3,
                     told_at = $4, due_at = CASE WHEN due_at = $5 THEN NULL ELSE due_at END
                 WHERE organization = $1 AND registration = $2",
                organization,
                registration,
                told,
                now,
                until,
            )
                .execute(&self.pool)
                .await
            }
            Sent::Failed { error, again_at } => {
                let again_at = again_at.map(Timestamp::micros);
                sqlx::query!(
                    "UPDATE result_notice SET error = $3,
                         failing_since = coalesce(failing_since, $4),
                         due_at = CASE WHEN due_at = $5 THEN $6 ELSE due_at END
                     WHERE organization = $1 AND registration = $2",
                    organization,
                    registration,
                    error,
                    now,
                    until,
                    again_at,
                )
                .execute(&self.pool)
                .await
            }
        };
        settled.map_err(failed)?;
        Ok(())
    }

    async fn notice(
        &self,
        organization: OrganizationId,
        registration: RegistrationId,
    ) -> Result<Option<Notice>, StoreError> {
        let number = self.number(organization).await?;
        let registration = registration.uuid();
        let row = sqlx::query_as!(
            rows::NoticeRow,
            r#"SELECT o.id AS organization, n.registration, n.url, n.due_at,
                   n.tries, n.failing_since, n.error, n.told, n.told_at
               FROM result_notice n JOIN organization o ON o.number = n.organization
               WHERE n.organization = $1 AND n.registration = $2"#,
            number,
            registration,
        )
        .fetch_optional(&self.pool)
        .await
        .map_err(failed)?;
        rows::one(row)
    }
}
