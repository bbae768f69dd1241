//! What one version of a course has otherwise than another.

use crate::{App, AppError, Caller, courses::READERS};
use domain::{CourseId, CourseVersion, OrganizationId, Scope};
use package::{Accepted, Difference, Entry, Side};
use scorm::manifest::Manifest;

/// The difference of two versions of a course.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionDifference {
    /// The version it is compared with.
    pub from: CourseVersion,
    /// The version that is compared; `None` for a package that is none yet.
    pub to: Option<CourseVersion>,
    /// What is otherwise.
    pub difference: Difference,
}

/// A version as it is compared.
struct Compared {
    manifest: Manifest,
    files: Vec<Entry>,
}

impl Compared {
    const fn side(&self) -> Side<'_> {
        Side { manifest: &self.manifest, files: self.files.as_slice() }
    }
}

impl App {
    /// What a version has otherwise than `from`, or than the version before it.
    pub async fn version_difference(
        &self,
        caller: &Caller,
        course: CourseId,
        to: CourseVersion,
        from: Option<CourseVersion>,
    ) -> Result<VersionDifference, AppError> {
        caller.require_read(Scope::Packages, &READERS)?;
        let before = || CourseVersion::new(to.number().saturating_sub(1));
        let from = from.or_else(before).ok_or_else(|| {
            AppError::invalid("from", "the first version has none before it; name another")
        })?;
        let organization = caller.organization;
        let after = self.compared(organization, course, to).await?;
        let before = self.compared(organization, course, from).await?;
        let difference = compare(before, after).await?;
        Ok(VersionDifference { from, to: Some(to), difference })
    }

    /// What a package has otherwise than the newest version of a course.
    pub(crate) async fn against_newest(
        &self,
        organization: OrganizationId,
        course: CourseId,
        accepted: &Accepted,
    ) -> Result<Option<VersionDifference>, AppError> {
        let versions = self.store.versions(organization, course).await?;
        let Some(from) = versions.iter().map(|version| version.version).max() else {
            return Ok(None);
        };
        let before = self.compared(organization, course, from).await?;
        let manifest = accepted.manifest.clone();
        let after = Compared { manifest, files: accepted.index.entries().to_vec() };
        let difference = compare(before, after).await?;
        Ok(Some(VersionDifference { from, to: None, difference }))
    }

    async fn compared(
        &self,
        organization: OrganizationId,
        course: CourseId,
        version: CourseVersion,
    ) -> Result<Compared, AppError> {
        let version = self.published(organization, course, version).await?;
        let manifest =
            serde_json::from_str(&version.manifest).map_err(AppError::unreadable("manifest"))?;
        let package = self.open_package(organization, version.package).await?;
        Ok(Compared { manifest, files: package.listing.entries().to_vec() })
    }
}

/// Thousands of parts and files take a while.
async fn compare(before: Compared, after: Compared) -> Result<Difference, AppError> {
    let comparing =
        tokio::task::spawn_blocking(move || Difference::between(before.side(), after.side()));
    Ok(comparing.await?)
}
