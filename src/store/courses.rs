//! Courses and their versions. They are written by [`Append`](crate::Append), together with their
//! reference events.

use crate::{Page, StoreError};
use async_trait::async_trait;
use domain::{CourseId, CourseVersion, OrganizationId, Sha256Digest, Timestamp};

/// A course, across its versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Course {
    /// Its id; later ones sort later.
    pub id: CourseId,
    /// Its title, which a version's publication may change.
    pub title: String,
    /// When it was created.
    pub created_at: Timestamp,
}

/// A version of a course, as it was published: never changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedVersion {
    /// Of which course.
    pub course: CourseId,
    /// Its number.
    pub version: CourseVersion,
    /// Its title.
    pub title: String,
    /// The SHA-256 of the package as uploaded, under which the blob store has it.
    pub package: Sha256Digest,
    /// The package's length in bytes.
    pub package_bytes: u64,
    /// The name of the file that was uploaded.
    pub file_name: String,
    /// The standard's edition, as the package crate names it.
    pub edition: String,
    /// The manifest as JSON text.
    pub manifest: String,
    /// The import's report as JSON text.
    pub report: String,
    /// The activity id (an IRI) of statements about this version as a whole.
    pub activity: String,
    /// When it was published.
    pub published_at: Timestamp,
    /// Who published it.
    pub published_by: String,
    /// What changed, in the author's words.
    pub change_note: String,
}

/// A version without its manifest and report, for lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionSummary {
    /// Of which course.
    pub course: CourseId,
    /// Its number.
    pub version: CourseVersion,
    /// Its title.
    pub title: String,
    /// The SHA-256 of the package as uploaded.
    pub package: Sha256Digest,
    /// The package's length in bytes.
    pub package_bytes: u64,
    /// The name of the file that was uploaded.
    pub file_name: String,
    /// The standard's edition.
    pub edition: String,
    /// Its activity id.
    pub activity: String,
    /// When it was published.
    pub published_at: Timestamp,
    /// Who published it.
    pub published_by: String,
    /// What changed.
    pub change_note: String,
}

/// A course with its newest version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CourseSummary {
    /// The course.
    pub course: Course,
    /// Its newest version; `None` before the first.
    pub latest: Option<VersionSummary>,
}

/// Reads courses.
#[async_trait]
pub trait Courses {
    /// One course.
    async fn course(
        &self,
        organization: OrganizationId,
        id: CourseId,
    ) -> Result<Option<Course>, StoreError>;

    /// Courses in the order of their ids, from behind `after`.
    async fn courses(
        &self,
        organization: OrganizationId,
        after: Option<CourseId>,
        limit: usize,
    ) -> Result<Page<CourseSummary, CourseId>, StoreError>;

    /// One version.
    async fn version(
        &self,
        organization: OrganizationId,
        course: CourseId,
        version: CourseVersion,
    ) -> Result<Option<PublishedVersion>, StoreError>;

    /// A course's versions, newest first.
    async fn versions(
        &self,
        organization: OrganizationId,
        course: CourseId,
    ) -> Result<Vec<VersionSummary>, StoreError>;

    /// The versions with this package, oldest first, of whichever course of the organization.
    async fn versions_of_package(
        &self,
        organization: OrganizationId,
        package: &Sha256Digest,
    ) -> Result<Vec<VersionSummary>, StoreError>;
}
