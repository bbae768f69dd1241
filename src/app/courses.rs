//! The catalogue: courses and their versions.

use crate::{App, AppError, Caller, cache::Cache};
use blob::BlobReader;
use domain::{CourseId, CourseVersion, OrganizationId, Role, Scope};
use scorm::{
    manifest::Manifest,
    tree::{ActivityTree, Adjustments},
};
use serde_json::Value;
use std::sync::Arc;
use store::{Course, CourseSummary, Page, PublishedVersion, VersionSummary};

/// Courses in one page of the catalogue.
const PAGE_COURSES_MAX: usize = 100;
/// Course versions whose activity trees are kept ready.
const TREES_MAX: usize = 256;

/// A page of the catalogue.
pub type CoursePage = Page<CourseSummary, CourseId>;

/// A course with its versions, newest first.
#[derive(Debug)]
pub struct CourseDetail {
    /// The course.
    pub course: Course,
    /// Its versions, newest first.
    pub versions: Vec<VersionSummary>,
}

/// A version with what is in it.
#[derive(Debug)]
pub struct VersionDetail {
    /// The version as published.
    pub version: PublishedVersion,
    /// Its manifest.
    pub manifest: Manifest,
    /// The validation report of its import.
    pub report: Value,
}

/// A version ready to be played.
#[derive(Debug)]
pub(crate) struct PlayableCourse {
    pub(crate) version: PublishedVersion,
    pub(crate) tree: ActivityTree,
    pub(crate) language: Option<String>,
}

type VersionKey = (OrganizationId, CourseId, CourseVersion, Adjustments);

/// Versions never change, so what was read once stays right.
pub(crate) struct CourseCache(Cache<VersionKey, Arc<PlayableCourse>>);

impl Default for CourseCache {
    fn default() -> Self {
        Self(Cache::new(TREES_MAX))
    }
}

/// Who may look at the catalogue.
pub(crate) const READERS: [Role; 3] = [Role::Author, Role::ComplianceLead, Role::Auditor];

impl App {
    /// A page of courses, newest first, after the one that ended the last page.
    pub async fn courses(
        &self,
        caller: &Caller,
        after: Option<CourseId>,
        limit: usize,
    ) -> Result<CoursePage, AppError> {
        caller.require_read(Scope::Packages, &READERS)?;
        let limit = limit.clamp(1, PAGE_COURSES_MAX);
        Ok(self.store.courses(caller.organization, after, limit).await?)
    }

    /// A course and its versions.
    pub async fn course(&self, caller: &Caller, id: CourseId) -> Result<CourseDetail, AppError> {
        caller.require_read(Scope::Packages, &READERS)?;
        let course = self.store.course(caller.organization, id).await?;
        let course = course.ok_or(AppError::NotFound("course"))?;
        let mut versions = self.store.versions(caller.organization, id).await?;
        versions.sort_by_key(|version| std::cmp::Reverse(version.version));
        Ok(CourseDetail { course, versions })
    }

    /// One version.
    pub async fn version(
        &self,
        caller: &Caller,
        course: CourseId,
        version: CourseVersion,
    ) -> Result<VersionDetail, AppError> {
        caller.require_read(Scope::Packages, &READERS)?;
        let version = self.published(caller.organization, course, version).await?;
        let manifest = serde_json::from_str(&version.manifest);
        let report = serde_json::from_str(&version.report);
        Ok(VersionDetail {
            manifest: manifest.map_err(AppError::unreadable("manifest"))?,
            report: report.map_err(AppError::unreadable("report"))?,
            version,
        })
    }

    /// The package of a version, exactly as it was uploaded.
    pub async fn package(
        &self,
        caller: &Caller,
        course: CourseId,
        version: CourseVersion,
    ) -> Result<(PublishedVersion, Arc<dyn BlobReader>), AppError> {
        caller.require_read(Scope::Packages, &READERS)?;
        let version = self.published(caller.organization, course, version).await?;
        let bytes = self.blobs.open(caller.organization, version.package).await?;
        Ok((version, bytes.ok_or(AppError::NotFound("package"))?))
    }

    pub(crate) async fn published(
        &self,
        organization: OrganizationId,
        course: CourseId,
        version: CourseVersion,
    ) -> Result<PublishedVersion, AppError> {
        let found = self.store.version(organization, course, version).await?;
        found.ok_or(AppError::NotFound("course version"))
    }

    /// The newest version of a course.
    pub(crate) async fn latest_version(
        &self,
        organization: OrganizationId,
        course: CourseId,
    ) -> Result<CourseVersion, AppError> {
        let versions = self.store.versions(organization, course).await?;
        let latest = versions.iter().map(|version| version.version).max();
        latest.ok_or(AppError::NotFound("course"))
    }

    /// A version ready to be played, as the settings have it.
    pub(crate) async fn playable(
        &self,
        organization: OrganizationId,
        (course, version): (CourseId, CourseVersion),
        adjustments: Adjustments,
    ) -> Result<Arc<PlayableCourse>, AppError> {
        let key = (organization, course, version, adjustments);
        if let Some(ready) = self.courses.0.get(&key) {
            return Ok(ready);
        }
        let version = self.published(organization, course, version).await?;
        let manifest: Manifest =
            serde_json::from_str(&version.manifest).map_err(AppError::unreadable("manifest"))?;
        let ready = Arc::new(PlayableCourse {
            tree: ActivityTree::of(&manifest).adjusted(adjustments),
            language: manifest.metadata.language,
            version,
        });
        self.courses.0.put(key, ready.clone());
        Ok(ready)
    }
}
