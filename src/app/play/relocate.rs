//! A registration is moved to another version of its course: by somebody's choice, with a reason,
//! never by itself.

use super::{
    PlayError, TRIES_MAX, is_stale,
    session::{Play, Taken},
    state::RegistrationState,
};
use crate::{App, AppError, Caller, courses::PlayableCourse};
use domain::{CourseId, CourseVersion, ItemId, RegistrationId, Role, Scope, Timestamp};
use scorm::{
    runtime::Preferences,
    settings::Choices,
    tree::{ActivityTree, Adjustments, Adopted},
};
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;
use store::{
    Append, EventOp, LaunchMode, NewEvent, Registration, RegistrationRecord, RegistrationRevision,
    Session, Write,
};

/// Characters of a reason.
const REASON_CHARACTERS_MAX: usize = 2_000;

/// How registrations are moved.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MoveTerms {
    /// Why: it is evidence.
    pub reason: String,
    /// Begin anew in the version instead of going on in the parts that are in both.
    #[serde(default)]
    pub restart: bool,
    /// Say what would be, and change nothing.
    #[serde(default)]
    pub dry_run: bool,
}

/// A registration that was moved, or would be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// Which.
    pub registration: RegistrationId,
    /// The version it was on.
    pub from: CourseVersion,
    /// The version it is on now.
    pub to: CourseVersion,
    /// Parts that the learner had begun and that do not go on.
    pub dropped: Vec<ItemId>,
}

/// Why a registration stays where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unmoved {
    /// The course was completed or passed in it, or left for good: that was the version it was of.
    #[error("the registration is over, and its evidence is of the version that it was taken in")]
    Over,
    /// It is on this version already.
    #[error("the registration is on this version already")]
    Same,
    /// The learner is at it: nothing shall be taken out of their hands.
    #[error(
        "the learner is in the course, heard of last at {seen_at}; move it when they have left"
    )]
    InUse {
        /// When the player was heard of last.
        seen_at: Timestamp,
    },
    /// What was done in SCORM 1.2 cannot go on in SCORM 2004, nor the other way round.
    #[error("one version is SCORM 1.2 and the other SCORM 2004: only a restart can move it")]
    OtherStandard,
}

impl Unmoved {
    /// The name used on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Over => "over",
            Self::Same => "same_version",
            Self::InUse { .. } => "in_use",
            Self::OtherStandard => "other_standard",
        }
    }
}

/// A registration cannot be moved.
#[derive(Debug, thiserror::Error)]
pub enum MoveError {
    /// It stays where it is.
    #[error(transparent)]
    Unmoved(Unmoved),
    /// It could not be done.
    #[error(transparent)]
    App(#[from] AppError),
}

impl From<PlayError> for MoveError {
    fn from(error: PlayError) -> Self {
        Self::App(match error {
            PlayError::App(error) => error,
            PlayError::UnknownSession => AppError::NotFound("registration"),
            // A request of the player is refused so; a move is none.
            _ => AppError::Contended,
        })
    }
}

impl From<store::StoreError> for MoveError {
    fn from(error: store::StoreError) -> Self {
        Self::App(error.into())
    }
}

/// A registration at rest in its version, and what it took to bring it there.
struct AtRest {
    registration: Registration,
    course: Arc<PlayableCourse>,
    state: RegistrationState,
    append: Append,
}

impl App {
    /// Moves one registration to another version of its course.
    pub async fn move_registration(
        &self,
        caller: &Caller,
        id: RegistrationId,
        to: CourseVersion,
        terms: &MoveTerms,
    ) -> Result<Moved, MoveError> {
        may_move(caller)?;
        check_reason(terms)?;
        self.relocate(caller, id, to, terms).await
    }

    /// As [`App::move_registration`], of terms that were checked.
    pub(crate) async fn relocate(
        &self,
        caller: &Caller,
        id: RegistrationId,
        to: CourseVersion,
        terms: &MoveTerms,
    ) -> Result<Moved, MoveError> {
        for _ in 0..TRIES_MAX {
            let (moved, append) = self.move_of(caller, id, to, terms).await?;
            if terms.dry_run {
                return Ok(moved);
            }
            match self.store.append(append).await {
                Ok(_) => return Ok(moved),
                // The learner has come back meanwhile.
                Err(error) if is_stale(&error) => {}
                Err(error) => return Err(AppError::from(error).into()),
            }
        }
        Err(AppError::Contended.into())
    }

    async fn move_of(
        &self,
        caller: &Caller,
        id: RegistrationId,
        to: CourseVersion,
        terms: &MoveTerms,
    ) -> Result<(Moved, Append), MoveError> {
        let AtRest { registration, course: old, state, mut append } =
            self.at_rest(caller, id).await?;
        let fixed = &registration.fixed;
        let (course, from) = (fixed.course, fixed.version);
        // It plays by what is decided for the version, until a launch decides otherwise.
        let none = Choices::default();
        let settings = self.settings_in_force(caller.organization, course, to, &none).await?;
        let adjustments = settings.settings.adjustments();
        let new = self.playable(caller.organization, (course, to), adjustments).await?;
        if from == to {
            return Err(MoveError::Unmoved(Unmoved::Same));
        }
        if old.tree.is_over(&state.tree) || is_done(&registration.record) {
            return Err(MoveError::Unmoved(Unmoved::Over));
        }
        let continues = new.tree.continues(&old.tree);
        let is_begun = state.tree.of(old.tree.root().id()).attempts > 0;
        if is_begun && !continues && !terms.restart {
            return Err(MoveError::Unmoved(Unmoved::OtherStandard));
        }
        let adopt = if terms.restart { ActivityTree::adopt_anew } else { ActivityTree::adopt };
        let Adopted { state: tree, dropped } =
            adopt(&new.tree, &old.tree, state.tree, self.moment());
        // Preferences are texts of the standard.
        let preferences = if continues { state.preferences } else { Preferences::default() };
        append.writes.push(Write::MoveRegistration {
            registration: id,
            course,
            version: to,
            state: RegistrationState { tree, preferences, seed: state.seed, acts: state.acts }
                .to_json(),
            at: self.clock.now(),
        });
        let revision = registration.revision;
        append.expect = Some(RegistrationRevision { registration: id, revision });
        let moved = Moved { registration: id, from, to, dropped };
        append.events.push(self.move_event(caller, course, &moved, terms));
        Ok((moved, append))
    }

    /// The registration with nothing under way: what a window has left open that never came back is
    /// told of the version it was of.
    async fn at_rest(&self, caller: &Caller, id: RegistrationId) -> Result<AtRest, MoveError> {
        let organization = caller.organization;
        let registration = self.store.registration(organization, id).await?;
        let registration = registration.ok_or(AppError::NotFound("registration"))?;
        let mut sessions = self.store.sessions(organization, id).await?;
        sessions.retain(|session| session.mode == LaunchMode::Normal);
        let is_live = |session: &&Session| session.ended.is_none();
        if let Some(live) = sessions.iter().find(is_live) {
            return Err(MoveError::Unmoved(Unmoved::InUse { seen_at: live.seen_at }));
        }
        let Some(last) = sessions.pop() else {
            let fixed = &registration.fixed;
            return Ok(AtRest {
                course: self
                    .playable(organization, (fixed.course, fixed.version), Adjustments::default())
                    .await?,
                state: RegistrationState::parse(&fixed.state)?,
                append: Append::new(organization),
                registration,
            });
        };
        let mut play = self.open_session(last).await?;
        if play.state.tree.current().is_some() {
            let last = self.attempt_of(&play, play.session.id, play.frame.deliveries).await?;
            let asked = last.and_then(|open| open.data.asked());
            self.close_all(&mut play, Taken::Away).await?;
            play.leave(self, asked);
            self.keep_lasting(&mut play);
        }
        let Play { registration, course, state, append, .. } = play;
        Ok(AtRest { registration, course, state, append })
    }

    fn move_event(
        &self,
        caller: &Caller,
        course: CourseId,
        moved: &Moved,
        terms: &MoveTerms,
    ) -> NewEvent {
        let value = json!({
            "course": course,
            "from": moved.from,
            "to": moved.to,
            "restart": terms.restart,
            "dropped": moved.dropped,
        });
        NewEvent {
            actor: caller.name(),
            reason: terms.reason.trim().to_owned(),
            entity: "registration".to_owned(),
            entity_id: moved.registration.to_string(),
            op: EventOp::Assert,
            valid_from: Some(self.clock.now().to_datetime().date_naive().to_string()),
            valid_to: None,
            value: value.to_string(),
            source: "null".to_owned(),
            about: None,
        }
    }
}

/// Who decides which version learners are on: whoever launches them.
pub(crate) fn may_move(caller: &Caller) -> Result<(), AppError> {
    caller.require(Scope::Launches, &[Role::Author, Role::ComplianceLead])
}

pub(crate) fn check_reason(terms: &MoveTerms) -> Result<(), AppError> {
    let characters = terms.reason.trim().chars().count();
    if characters == 0 && !terms.dry_run {
        return Err(AppError::invalid("/reason", "must say why: it is evidence"));
    }
    if characters > REASON_CHARACTERS_MAX {
        let most = format!("has more than {REASON_CHARACTERS_MAX} characters");
        return Err(AppError::invalid("/reason", most));
    }
    Ok(())
}

/// Whether statements say that the learner is through: who failed may go on in a better version.
pub(crate) fn is_done(record: &RegistrationRecord) -> bool {
    match record.success {
        Some(success) => success,
        None => record.completion == Some(true),
    }
}
