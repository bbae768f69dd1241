//! The record handed over: who took which version of what, with which result, and the statements
//! behind it.

use crate::{
    App, AppError, Caller,
    course_settings::read_in_force,
    courses::PlayableCourse,
    play::{
        state::RegistrationState,
        wire::{ActivityView, StatusView},
    },
    report::{AttemptReport, SessionReport},
};
use domain::{
    CourseId, CourseVersion, OrganizationId, RegistrationId, Role, Scope, SessionId, Timestamp,
};
use scorm::{
    settings::{Choices, Settings},
    tree::{Adjustments, Scorm12Rollup},
};
use serde::Deserialize;
use std::{collections::HashSet, sync::Arc, time::Duration};
use store::{
    Attempt, Event, EventFilter, LoggedCall, NewEvent, Notice, Page, Position, Registration,
    RegistrationCursor, RegistrationFilter, RegistrationRecord, Tests,
};

/// Registrations in one page.
const PAGE_REGISTRATIONS_MAX: usize = 500;
/// A statement's time is at most so much older than its commit.
const COMMIT_LASTS_MAX: Duration = Duration::from_mins(1);
/// Moves that are shown with a registration.
const MOVES_SHOWN_MAX: usize = 100;
/// Calls in one page of the API log.
const PAGE_CALLS_MAX: usize = 1_000;

/// Who may read the record.
pub(crate) const READERS: [Role; 3] = [Role::ComplianceLead, Role::Auditor, Role::Author];

/// Which registrations.
#[derive(Debug, Clone, Default)]
pub struct RegistrationQuery {
    /// Of this course.
    pub course: Option<CourseId>,
    /// Of this person: canonical identifier, or part of name, id or address.
    pub person: Option<String>,
    /// Last active at this or later.
    pub from: Option<Timestamp>,
    /// Last active before this.
    pub to: Option<Timestamp>,
    /// Whether those are among them that try a course out.
    pub tests: Tests,
    /// After the one that ended the last page.
    pub after: Option<RegistrationCursor>,
}

/// One registration as lists and CSV show it.
#[derive(Debug)]
pub struct RegistrationRow {
    /// Its id.
    pub id: RegistrationId,
    /// The learner's id in the run time.
    pub learner_id: String,
    /// The learner's name; may be empty.
    pub learner_name: String,
    /// The learner as an xAPI agent, JSON text.
    pub actor: String,
    /// The course.
    pub course: CourseId,
    /// Its title in this version.
    pub course_title: String,
    /// The version.
    pub version: CourseVersion,
    /// SHA-256 of the package.
    pub package: domain::Sha256Digest,
    /// When it was made.
    pub created_at: Timestamp,
    /// Whether it tries the course out: then it has no statements.
    pub test: bool,
    /// How far a test is by the run time, as it has no statements; `None` for a learner's own.
    pub tried: Option<StatusView>,
    /// What its statements say.
    pub record: RegistrationRecord,
}

impl RegistrationRow {
    /// The status in one word: `passed`, `failed`, `completed`, `incomplete` or `not_started`.
    pub fn status(&self) -> &'static str {
        if let Some(tried) = &self.tried {
            return match (tried.success, tried.completion) {
                ("passed" | "failed", _) => tried.success,
                (_, "completed" | "incomplete") => tried.completion,
                _ => "not_started",
            };
        }
        status_word(&self.record)
    }

    /// When it was last active, if it ever was.
    pub const fn last_at(&self) -> Option<Timestamp> {
        self.record.last_at
    }
}

/// A list of registrations that is handed over whole, in pages.
///
/// The list is ordered by last activity, so a registration that is active meanwhile moves to its
/// front, past the page being read. At the end the front is read once more; none comes twice.
#[derive(Debug)]
pub struct RegistrationExport {
    query: RegistrationQuery,
    began_at: Timestamp,
    given: HashSet<RegistrationId>,
    stage: ExportStage,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ExportStage {
    /// The list as the query has it.
    Listing,
    /// What was active since the export began.
    CatchingUp,
    /// There is nothing more.
    Done,
}

/// One registration with all that is known of it.
#[derive(Debug)]
pub struct RegistrationDetail {
    /// As in lists.
    pub row: RegistrationRow,
    /// The activity tree with the run time's state of each activity.
    pub activities: Vec<ActivityView>,
    /// The course by the run time's rollup: what the next statement would say.
    pub course: StatusView,
    /// Attempts on the SCOs.
    pub attempts: Vec<Attempt>,
    /// What the attempts hold of questions and objectives, by activity and attempt.
    pub reports: Vec<AttemptReport>,
    /// Launches that were taken up, oldest first.
    pub sessions: Vec<SessionReport>,
    /// Moves from version to version, oldest first; the first hundred.
    pub moves: Vec<RegistrationMove>,
    /// Where its status is sent to.
    pub notice: Option<Notice>,
}

/// A registration was moved to another version of its course.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistrationMove {
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: String,
    /// Why.
    pub reason: String,
    /// The version it was on.
    pub from: u32,
    /// The version it went to.
    pub to: u32,
    /// Whether it began anew there.
    pub restart: bool,
    /// Parts that the learner had begun and that did not go on.
    pub dropped: Vec<String>,
}

impl App {
    /// A page of registrations, the one active last first.
    pub async fn registrations(
        &self,
        caller: &Caller,
        query: &RegistrationQuery,
        limit: usize,
    ) -> Result<Page<RegistrationRow, RegistrationCursor>, AppError> {
        caller.require_read(Scope::RegistrationsRead, &READERS)?;
        let filter = RegistrationFilter {
            course: query.course,
            version: None,
            person: query.person.clone(),
            from: query.from,
            to: query.to,
            tests: query.tests,
            after: query.after,
        };
        let limit = limit.clamp(1, PAGE_REGISTRATIONS_MAX);
        let lagging = self.store.lagging();
        let page = lagging.registrations(caller.organization, &filter, limit).await?;
        let mut items = Vec::with_capacity(page.items.len());
        for registration in page.items {
            let course = self.course_of(caller.organization, &registration).await?;
            items.push(row_of(registration, &course, Scorm12Rollup::default())?);
        }
        Ok(Page { items, next: page.next })
    }

    /// Begins to hand over all registrations that `query` finds.
    pub fn export_registrations(&self, query: RegistrationQuery) -> RegistrationExport {
        RegistrationExport {
            query,
            began_at: self.clock.now(),
            given: HashSet::new(),
            stage: ExportStage::Listing,
        }
    }

    /// The next page of an export, perhaps an empty one; `None` at its end.
    pub async fn next_registrations(
        &self,
        caller: &Caller,
        export: &mut RegistrationExport,
    ) -> Result<Option<Vec<RegistrationRow>>, AppError> {
        if export.stage == ExportStage::Done {
            return Ok(None);
        }
        let page = self.registrations(caller, &export.query, PAGE_REGISTRATIONS_MAX).await?;
        let mut rows = page.items;
        rows.retain(|row| export.given.insert(row.id));
        export.query.after = page.next;
        if page.next.is_none() && export.stage == ExportStage::Listing {
            let since = export.began_at.minus(COMMIT_LASTS_MAX);
            export.query.from = Some(export.query.from.map_or(since, |from| from.max(since)));
            export.stage = ExportStage::CatchingUp;
        } else if page.next.is_none() {
            export.stage = ExportStage::Done;
        }
        Ok(Some(rows))
    }

    /// One registration.
    pub async fn registration(
        &self,
        caller: &Caller,
        id: RegistrationId,
    ) -> Result<RegistrationDetail, AppError> {
        caller.require_read(Scope::RegistrationsRead, &READERS)?;
        let organization = caller.organization;
        let registration = self.store.registration(organization, id).await?;
        let registration = registration.ok_or(AppError::NotFound("registration"))?;
        let sessions = self.store.sessions(organization, id).await?;
        let settings = match sessions.last() {
            Some(last) => read_in_force(&last.settings)?.settings,
            None => self.settings_of(organization, &registration).await?,
        };
        let version = (registration.fixed.course, registration.fixed.version);
        let course = self.playable(organization, version, settings.adjustments()).await?;
        let state = RegistrationState::parse(&registration.fixed.state)?;
        let attempts = self.store.attempts(organization, id).await?;
        let reports = attempts.iter().map(|one| AttemptReport::of(one, &course.tree));
        let sessions = sessions.iter().map(|one| SessionReport::of(one, &course.tree));
        Ok(RegistrationDetail {
            activities: state.activity_views(&course.tree).split_off(1),
            course: state.course_view(&course.tree, settings.rollup),
            reports: reports.collect::<Result<_, _>>()?,
            sessions: sessions.collect::<Result<_, _>>()?,
            attempts,
            moves: self.moves_of(organization, id).await?,
            notice: self.store.notice(organization, id).await?,
            row: row_of(registration, &course, settings.rollup)?,
        })
    }

    async fn moves_of(
        &self,
        organization: OrganizationId,
        id: RegistrationId,
    ) -> Result<Vec<RegistrationMove>, AppError> {
        let filter = EventFilter {
            entity: Some("registration".to_owned()),
            entity_id: Some(id.to_string()),
            after: None,
        };
        let page = self.store.events(organization, &filter, MOVES_SHOWN_MAX).await?;
        page.items.into_iter().map(told).collect()
    }

    /// The API log of a registration, or of one of its sessions, in order.
    pub async fn api_log(
        &self,
        caller: &Caller,
        registration: RegistrationId,
        session: Option<SessionId>,
        after: Option<u64>,
        limit: usize,
    ) -> Result<Page<LoggedCall, u64>, AppError> {
        caller.require_read(Scope::RegistrationsRead, &READERS)?;
        let limit = limit.clamp(1, PAGE_CALLS_MAX);
        let found = self.store.registration(caller.organization, registration).await?;
        found.ok_or(AppError::NotFound("registration"))?;
        let lagging = self.store.lagging();
        Ok(lagging.calls(caller.organization, registration, session, after, limit).await?)
    }

    /// Computes every registration's record anew from its statements; those that differed from
    /// what was kept. Keeps what was computed if `repair`.
    pub async fn rebuild_records(
        &self,
        organization: OrganizationId,
        repair: bool,
    ) -> Result<Vec<RegistrationId>, AppError> {
        Ok(self.store.rebuild_records(organization, repair).await?)
    }

    /// Makes completion facts anew from their statements; the positions of those that differed
    /// from what was kept. Keeps what was made if `repair`.
    pub async fn rebuild_facts(
        &self,
        organization: OrganizationId,
        repair: bool,
    ) -> Result<Vec<Position>, AppError> {
        Ok(self.store.rebuild_facts(organization, repair).await?)
    }

    async fn course_of(
        &self,
        organization: OrganizationId,
        registration: &Registration,
    ) -> Result<Arc<PlayableCourse>, AppError> {
        let version = (registration.fixed.course, registration.fixed.version);
        self.playable(organization, version, Adjustments::default()).await
    }

    /// By what a registration would play that has not been launched yet.
    async fn settings_of(
        &self,
        organization: OrganizationId,
        registration: &Registration,
    ) -> Result<Settings, AppError> {
        let (course, version) = (registration.fixed.course, registration.fixed.version);
        let none = Choices::default();
        Ok(self.settings_in_force(organization, course, version, &none).await?.settings)
    }
}

/// The status of a record in one word.
pub(crate) const fn status_word(record: &RegistrationRecord) -> &'static str {
    match (record.success, record.completion) {
        (Some(true), _) => "passed",
        (Some(false), _) => "failed",
        (None, Some(true)) => "completed",
        (None, _) if record.first_at.is_some() => "incomplete",
        (None, _) => "not_started",
    }
}

/// A move as its reference event tells it.
fn told(event: Event) -> Result<RegistrationMove, AppError> {
    #[derive(Deserialize)]
    struct Said {
        from: u32,
        to: u32,
        restart: bool,
        dropped: Vec<String>,
    }
    let said: Said =
        serde_json::from_str(&event.event.value).map_err(AppError::unreadable("move"))?;
    let Said { from, to, restart, dropped } = said;
    let NewEvent { actor: by, reason, .. } = event.event;
    Ok(RegistrationMove { at: event.recorded_at, by, reason, from, to, restart, dropped })
}

fn row_of(
    registration: Registration,
    course: &PlayableCourse,
    rollup: Scorm12Rollup,
) -> Result<RegistrationRow, AppError> {
    let Registration { fixed, record, .. } = registration;
    let tried = if fixed.test {
        Some(RegistrationState::parse(&fixed.state)?.course_view(&course.tree, rollup))
    } else {
        None
    };
    Ok(RegistrationRow {
        tried,
        id: fixed.id,
        learner_id: fixed.learner_id,
        learner_name: fixed.learner_name,
        actor: fixed.actor,
        course: fixed.course,
        course_title: course.version.title.clone(),
        version: fixed.version,
        package: course.version.package,
        created_at: fixed.created_at,
        test: fixed.test,
        record,
    })
}
