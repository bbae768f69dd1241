//! Import: an uploaded package becomes a course version.

use crate::{App, AppError, Caller, versions::VersionDifference};
use blob::{BlobReader, Spool, Spooled};
use domain::{CourseId, CourseVersion, OrganizationId, Role, Scope, Sha256Digest};
use package::{Accepted, Inspection, ReadAt, Report};
use scorm::profile::CourseIris;
use serde_json::json;
use std::{
    io,
    sync::{Arc, atomic::Ordering},
};
use store::{
    Append, AppendError, Course, EventOp, NewEvent, Organization, PublishedVersion, VersionSummary,
    Write,
};

/// Characters of a change note.
const CHANGE_NOTE_CHARACTERS_MAX: usize = 2_000;
/// Tries before a course that others keep publishing to is given up.
const TRIES_MAX: usize = 8;

/// What an importer may say about a package.
#[derive(Debug, Clone, Default)]
pub struct ImportOptions {
    /// The course it is a new version of; a new course when absent.
    pub course: Option<CourseId>,
    /// Title of the course; the manifest's when absent.
    pub title: Option<String>,
    /// Name of the uploaded file.
    pub file_name: String,
    /// Why this version is published. A version that is added to a course needs it.
    pub change_note: String,
}

/// A package that is a course version now, or was before.
#[derive(Debug)]
pub struct Imported {
    /// The version.
    pub version: VersionSummary,
    /// Whether this import made it; the same bytes make no second one.
    pub is_new: bool,
    /// What was found in the package.
    pub report: Report,
    /// The activity ids of all items that can be launched.
    pub activities: Vec<String>,
    /// What it has otherwise than the newest version before it, if this import made it so.
    pub difference: Option<VersionDifference>,
}

/// A package that was looked at and not kept.
#[derive(Debug)]
pub struct Examined {
    /// What was found in the package.
    pub report: Report,
    /// The version that these very bytes are already.
    pub known: Option<VersionSummary>,
    /// What it has otherwise than the newest version of the course it is meant for.
    pub difference: Option<VersionDifference>,
}

/// A package cannot be imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// It cannot be played; the report says why.
    #[error("package cannot be played")]
    Refused(Box<Report>),
    /// It could not be tried.
    #[error(transparent)]
    App(#[from] AppError),
}

/// Kept bytes as the package crate reads them.
pub(crate) struct PackageBytes(pub(crate) Arc<dyn BlobReader>);

impl ReadAt for PackageBytes {
    fn size(&self) -> io::Result<u64> {
        Ok(self.0.size())
    }

    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        self.0.read_exact_at(buffer, offset)
    }
}

impl App {
    /// Begins to take in a package's bytes; they are hashed on the way and never held in memory.
    pub async fn spool(&self, caller: &Caller) -> Result<Box<dyn Spool>, AppError> {
        caller.require(Scope::Packages, &[Role::Author])?;
        Ok(self.blobs.spool().await?)
    }

    /// Imports the bytes taken in. Nothing is kept of a package that is refused.
    pub async fn import(
        &self,
        caller: &Caller,
        spooled: Box<dyn Spooled>,
        options: ImportOptions,
    ) -> Result<Imported, ImportError> {
        caller.require(Scope::Packages, &[Role::Author])?;
        self.check_course(caller.organization, options.course).await?;
        self.check_note(caller.organization, &spooled.digest(), &options).await?;
        let (report, accepted) = self.inspect(&*spooled).await?;
        let difference = match options.course {
            Some(course) => self.against_newest(caller.organization, course, &accepted).await?,
            None => None,
        };
        let organization = self.organization(caller.organization).await?;
        let draft = Draft {
            package: spooled.digest(),
            package_bytes: spooled.reader().size(),
            manifest: serde_json::to_string(&accepted.manifest).expect("a manifest is plain data"),
            report: serde_json::to_string(&report).expect("a report is plain data"),
            edition: accepted.manifest.edition.title().to_owned(),
            title: chosen_title(&options, &accepted.manifest.organization().root.title),
            options: ImportOptions {
                change_note: options.change_note.trim().to_owned(),
                ..options
            },
        };
        // Bytes first: a version whose package is missing could not be played.
        let bytes = spooled.reader().size();
        spooled.keep(caller.organization).await.map_err(AppError::from)?;
        self.package_bytes_kept.fetch_add(bytes, Ordering::Relaxed);
        let (version, is_new) = self.publish(caller, &organization, &draft).await?;
        let tree = scorm::tree::ActivityTree::of(&accepted.manifest);
        let iris = CourseIris::new(&organization.activity_base, version.course, version.version);
        let activities = tree.launchable().map(|at| iris.sco(tree[at].id())).collect();
        let difference = difference
            .filter(|_| is_new)
            .map(|difference| VersionDifference { to: Some(version.version), ..difference });
        Ok(Imported { version, is_new, report, activities, difference })
    }

    /// Looks at the bytes taken in, and compares them with the newest version of `course`. Nothing
    /// is kept.
    pub async fn examine(
        &self,
        caller: &Caller,
        spooled: Box<dyn Spooled>,
        course: Option<CourseId>,
    ) -> Result<Examined, ImportError> {
        caller.require(Scope::Packages, &[Role::Author])?;
        let organization = caller.organization;
        self.check_course(organization, course).await?;
        let same = self.store.versions_of_package(organization, &spooled.digest()).await;
        let known = same
            .map_err(AppError::from)?
            .into_iter()
            .find(|one| course.is_none_or(|course| course == one.course));
        let (report, accepted) = self.inspect(&*spooled).await?;
        let difference = match course {
            Some(course) => self.against_newest(organization, course, &accepted).await?,
            None => None,
        };
        Ok(Examined { report, known, difference })
    }

    async fn check_course(
        &self,
        organization: OrganizationId,
        course: Option<CourseId>,
    ) -> Result<(), AppError> {
        if let Some(course) = course {
            let known = self.store.course(organization, course).await?;
            known.ok_or(AppError::NotFound("course"))?;
        }
        Ok(())
    }

    /// Whoever adds a version to a course says why. The same bytes again add none.
    async fn check_note(
        &self,
        organization: OrganizationId,
        package: &Sha256Digest,
        options: &ImportOptions,
    ) -> Result<(), AppError> {
        if options.change_note.trim().chars().count() > CHANGE_NOTE_CHARACTERS_MAX {
            let most = format!("has more than {CHANGE_NOTE_CHARACTERS_MAX} characters");
            return Err(AppError::invalid("/change_note", most));
        }
        let Some(course) = options.course else { return Ok(()) };
        if !options.change_note.trim().is_empty() {
            return Ok(());
        }
        let same = self.store.versions_of_package(organization, package).await?;
        if same.iter().any(|one| one.course == course) {
            return Ok(());
        }
        let missing = "a new version of a course needs a change note: what is different, and why";
        Err(AppError::invalid("/change_note", missing))
    }

    async fn inspect(&self, spooled: &dyn Spooled) -> Result<(Report, Accepted), ImportError> {
        let (reader, limits) = (spooled.reader(), self.settings.package_limits);
        let inspecting =
            tokio::task::spawn_blocking(move || package::inspect(&PackageBytes(reader), &limits));
        let Inspection { report, accepted } = inspecting.await.map_err(AppError::from)?;
        match accepted {
            Some(accepted) => Ok((report, accepted)),
            None => Err(ImportError::Refused(Box::new(report))),
        }
    }

    /// Publishes a draft, unless the same bytes are a version already.
    async fn publish(
        &self,
        caller: &Caller,
        organization: &Organization,
        draft: &Draft,
    ) -> Result<(VersionSummary, bool), AppError> {
        let _turn = self.publishing.lock().await;
        for _ in 0..TRIES_MAX {
            let same = self.store.versions_of_package(organization.id, &draft.package).await?;
            let wanted = draft.options.course;
            if let Some(known) =
                same.into_iter().find(|one| wanted.is_none_or(|course| course == one.course))
            {
                return Ok((known, false));
            }
            let append = self.publication(caller, organization, draft).await?;
            let Some(Write::PublishVersion(version)) = append.writes.last().cloned() else {
                unreachable!("a publication ends with its version");
            };
            match self.store.append(append).await {
                Ok(_) => return Ok((summary_of(version), true)),
                // Another version was published meanwhile: number this one anew.
                Err(AppendError::Stale) => {}
                Err(other) => return Err(other.into()),
            }
        }
        Err(AppError::Contended)
    }

    /// The writes and reference events (audit.md 2.2) of a new version, its course before it when
    /// that is new too.
    async fn publication(
        &self,
        caller: &Caller,
        organization: &Organization,
        draft: &Draft,
    ) -> Result<Append, AppError> {
        let now = self.clock.now();
        let mut append = Append::new(organization.id);
        let (course, number) = if let Some(id) = draft.options.course {
            let versions = self.store.versions(organization.id, id).await?;
            let last = versions.iter().map(|version| version.version).max();
            (id, last.map_or(CourseVersion::FIRST, CourseVersion::next))
        } else {
            let id = CourseId::generate(now, &*self.entropy);
            let course = Course { id, title: draft.title.clone(), created_at: now };
            let value = json!({ "title": course.title });
            append.events.push(self.event(caller, draft, "course", id.to_string(), &value));
            append.writes.push(Write::CreateCourse(course));
            (id, CourseVersion::FIRST)
        };
        let iris = CourseIris::new(&organization.activity_base, course, number);
        let activity = iris.course().to_owned();
        let value = json!({
            "course": course.to_string(),
            "version": number.number(),
            "title": draft.title,
            "activity": activity,
            "edition": draft.edition,
            "package_sha256": draft.package.to_string(),
            "package_bytes": draft.package_bytes,
            "change_note": draft.options.change_note,
        });
        let entity_id = format!("{course}/{number}");
        append.events.push(self.event(caller, draft, "course_version", entity_id, &value));
        append.writes.push(Write::PublishVersion(PublishedVersion {
            course,
            version: number,
            title: draft.title.clone(),
            package: draft.package,
            package_bytes: draft.package_bytes,
            file_name: draft.options.file_name.clone(),
            edition: draft.edition.clone(),
            manifest: draft.manifest.clone(),
            report: draft.report.clone(),
            activity,
            published_at: now,
            published_by: caller.name(),
            change_note: draft.options.change_note.clone(),
        }));
        Ok(append)
    }

    fn event(
        &self,
        caller: &Caller,
        draft: &Draft,
        entity: &str,
        entity_id: String,
        value: &serde_json::Value,
    ) -> NewEvent {
        let note = draft.options.change_note.as_str();
        let today = self.clock.now().to_datetime().date_naive().to_string();
        NewEvent {
            actor: caller.name(),
            reason: if note.is_empty() { "package imported".to_owned() } else { note.to_owned() },
            entity: entity.to_owned(),
            entity_id,
            op: EventOp::Assert,
            valid_from: Some(today),
            valid_to: None,
            value: value.to_string(),
            source: json!({ "file": draft.options.file_name, "sha256": draft.package.to_string() })
                .to_string(),
            about: None,
        }
    }
}

/// What is about to be published.
struct Draft {
    package: Sha256Digest,
    package_bytes: u64,
    manifest: String,
    report: String,
    edition: String,
    title: String,
    options: ImportOptions,
}

fn chosen_title(options: &ImportOptions, manifest: &str) -> String {
    let chosen = options.title.as_deref().map(str::trim).filter(|title| !title.is_empty());
    chosen.unwrap_or(manifest).to_owned()
}

fn summary_of(version: PublishedVersion) -> VersionSummary {
    VersionSummary {
        course: version.course,
        version: version.version,
        title: version.title,
        package: version.package,
        package_bytes: version.package_bytes,
        file_name: version.file_name,
        edition: version.edition,
        activity: version.activity,
        published_at: version.published_at,
        published_by: version.published_by,
        change_note: version.change_note,
    }
}
