//! The record handed over: who took which version of what, with which result, and the statements
//! behind it.

use crate::{
    App, AppError, Caller,
    courses::PlayableCourse,
    play::{
        state::RegistrationState,
        wire::{ActivityView, StatusView},
    },
};
use domain::{
    CourseId, CourseVersion, OrganizationId, RegistrationId, Role, Scope, SessionId, Timestamp,
};
use std::sync::Arc;
use store::{
    Attempt, LoggedCall, Page, Registration, RegistrationCursor, RegistrationFilter,
    RegistrationRecord, Session,
};

/// Registrations in one page.
const PAGE_REGISTRATIONS_MAX: usize = 500;
/// Calls in one page of the API log.
const PAGE_CALLS_MAX: usize = 1_000;

/// Who may read the record.
const READERS: [Role; 3] = [Role::ComplianceLead, Role::Auditor, Role::Author];

/// Which registrations.
#[derive(Debug, Clone, Default)]
pub struct RegistrationQuery {
    /// Of this course.
    pub course: Option<CourseId>,
    /// Of this person: canonical identifier, or part of name, id or address.
    pub person: Option<String>,
    /// Last active at this or later.
    pub from: Option<Timestamp>,
    /// Last active before or at this.
    pub to: Option<Timestamp>,
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
    /// What its statements say.
    pub record: RegistrationRecord,
}

impl RegistrationRow {
    /// The status in one word: `passed`, `failed`, `completed`, `incomplete` or `not_started`.
    pub fn status(&self) -> &'static str {
        match (self.record.success, self.record.completion) {
            (Some(true), _) => "passed",
            (Some(false), _) => "failed",
            (None, Some(true)) => "completed",
            (None, _) if self.record.first_at.is_some() => "incomplete",
            (None, _) => "not_started",
        }
    }

    /// When it was last active, if it ever was.
    pub const fn last_at(&self) -> Option<Timestamp> {
        self.record.last_at
    }
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
    /// Launches that were taken up, newest first.
    pub sessions: Vec<Session>,
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
            after: query.after,
        };
        let limit = limit.clamp(1, PAGE_REGISTRATIONS_MAX);
        let page = self.store.registrations(caller.organization, &filter, limit).await?;
        let mut items = Vec::with_capacity(page.items.len());
        for registration in page.items {
            let course = self.course_of(caller.organization, &registration).await?;
            items.push(row_of(registration, &course));
        }
        Ok(Page { items, next: page.next })
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
        let course = self.course_of(organization, &registration).await?;
        let state = RegistrationState::parse(&registration.fixed.state)?;
        Ok(RegistrationDetail {
            activities: state.activity_views(&course.tree),
            course: state.course_view(&course.tree),
            attempts: self.store.attempts(organization, id).await?,
            sessions: self.store.sessions(organization, id).await?,
            row: row_of(registration, &course),
        })
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
        Ok(self.store.calls(caller.organization, registration, session, after, limit).await?)
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

    async fn course_of(
        &self,
        organization: OrganizationId,
        registration: &Registration,
    ) -> Result<Arc<PlayableCourse>, AppError> {
        let fixed = &registration.fixed;
        self.playable(organization, fixed.course, fixed.version).await
    }
}

fn row_of(registration: Registration, course: &PlayableCourse) -> RegistrationRow {
    let Registration { fixed, record, .. } = registration;
    RegistrationRow {
        id: fixed.id,
        learner_id: fixed.learner_id,
        learner_name: fixed.learner_name,
        actor: fixed.actor,
        course: fixed.course,
        course_title: course.version.title.clone(),
        version: fixed.version,
        package: course.version.package,
        created_at: fixed.created_at,
        record,
    }
}
