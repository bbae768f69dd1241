//! Courses and their versions.

use crate::{SqliteStore, error::failed};
use async_trait::async_trait;
use domain::{CourseId, CourseVersion, OrganizationId, Sha256Digest};
use std::collections::HashMap;
use store::{
    Course, CourseSummary, Courses, Page, PublishedVersion, StoreError, VersionSummary, rows,
};
use uuid::Uuid;

#[async_trait]
impl Courses for SqliteStore {
    async fn course(
        &self,
        organization: OrganizationId,
        id: CourseId,
    ) -> Result<Option<Course>, StoreError> {
        let organization = self.number(organization).await?;
        let id = id.uuid();
        let row = sqlx::query_as!(
            rows::CourseRow,
            r#"SELECT id AS "id: Uuid", title, created_at FROM course
               WHERE organization = $1 AND id = $2"#,
            organization,
            id,
        )
        .fetch_optional(&mut *self.read.acquire().await?)
        .await
        .map_err(failed)?;
        rows::one(row)
    }

    async fn courses(
        &self,
        organization: OrganizationId,
        after: Option<CourseId>,
        limit: usize,
    ) -> Result<Page<CourseSummary, CourseId>, StoreError> {
        let organization = self.number(organization).await?;
        let after = after.map_or(Uuid::nil(), CourseId::uuid);
        let more = rows::column(limit.saturating_add(1));
        let rows = sqlx::query_as!(
            rows::CourseRow,
            r#"SELECT id AS "id: Uuid", title, created_at FROM course
               WHERE organization = $1 AND id > $2 ORDER BY id LIMIT $3"#,
            organization,
            after,
            more,
        )
        .fetch_all(&mut *self.read.acquire().await?)
        .await
        .map_err(failed)?;
        let latest = sqlx::query_as!(
            rows::SummaryRow,
            r#"SELECT v.course AS "course: Uuid", v.version, v.title, v.package, v.package_bytes,
                   v.file_name, v.edition, v.activity, v.published_at, v.published_by,
                   v.change_note
               FROM (SELECT id FROM course WHERE organization = $1 AND id > $2
                     ORDER BY id LIMIT $3) c
               JOIN course_version v ON v.organization = $1 AND v.course = c.id
               WHERE v.version = (SELECT max(m.version) FROM course_version m
                                  WHERE m.organization = $1 AND m.course = v.course)"#,
            organization,
            after,
            more,
        )
        .fetch_all(&mut *self.read.acquire().await?)
        .await
        .map_err(failed)?;
        let latest: Vec<VersionSummary> = rows::all(latest)?;
        let mut latest: HashMap<_, _> =
            latest.into_iter().map(|version| (version.course, version)).collect();
        let items = rows
            .into_iter()
            .map(Course::from)
            .map(|course| CourseSummary { latest: latest.remove(&course.id), course })
            .collect();
        Ok(Page::cut(items, limit, |summary: &CourseSummary| summary.course.id))
    }

    async fn version(
        &self,
        organization: OrganizationId,
        course: CourseId,
        version: CourseVersion,
    ) -> Result<Option<PublishedVersion>, StoreError> {
        let organization = self.number(organization).await?;
        let (course, version) = (course.uuid(), i64::from(version.number()));
        let row = sqlx::query_as!(
            rows::VersionRow,
            r#"SELECT course AS "course: Uuid", version, title, package, package_bytes, file_name,
                   edition, manifest, report, activity, published_at, published_by, change_note
               FROM course_version
               WHERE organization = $1 AND course = $2 AND version = $3"#,
            organization,
            course,
            version,
        )
        .fetch_optional(&mut *self.read.acquire().await?)
        .await
        .map_err(failed)?;
        rows::one(row)
    }

    async fn versions(
        &self,
        organization: OrganizationId,
        course: CourseId,
    ) -> Result<Vec<VersionSummary>, StoreError> {
        let organization = self.number(organization).await?;
        let course = course.uuid();
        let rows = sqlx::query_as!(
            rows::SummaryRow,
            r#"SELECT course AS "course: Uuid", version, title, package, package_bytes, file_name,
                   edition, activity, published_at, published_by, change_note
               FROM course_version
               WHERE organization = $1 AND course = $2 ORDER BY version DESC"#,
            organization,
            course,
        )
        .fetch_all(&mut *self.read.acquire().await?)
        .await
        .map_err(failed)?;
        rows::all(rows)
    }

    async fn versions_of_package(
        &self,
        organization: OrganizationId,
        package: &Sha256Digest,
    ) -> Result<Vec<VersionSummary>, StoreError> {
        let organization = self.number(organization).await?;
        let package = package.as_bytes().as_slice();
        let rows = sqlx::query_as!(
            rows::SummaryRow,
            r#"SELECT course AS "course: Uuid", version, title, package, package_bytes, file_name,
                   edition, activity, published_at, published_by, change_note
               FROM course_version
               WHERE organization = $1 AND package = $2 ORDER BY published_at, course, version"#,
            organization,
            package,
        )
        .fetch_all(&mut *self.read.acquire().await?)
        .await
        .map_err(failed)?;
        rows::all(rows)
    }
}
