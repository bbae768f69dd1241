//! A session with everything that its requests decide on, read at once and written at once.

use super::{
    PlayError,
    attempt::{AttemptData, ExecutedCall},
    lasting::Known,
    state::{RegistrationState, SessionState},
    wire::{BrowserCall, LaunchMode},
};
use crate::{
    App, AppError, course_settings::read_in_force, courses::PlayableCourse, secret::hash_of,
};
use domain::{ItemId, SessionId, Timestamp};
use scorm::{
    profile::{Ending, Event},
    runtime::{CreditMode, RunTimeData, State},
    settings::{CutOff, Settings},
    tree::{ActivityIndex, Delivered},
};
use std::sync::Arc;
use store::{
    Append, Attempt, Call, Organization, Registration, RegistrationRevision, Session, SessionEnd,
    Write,
};

/// A session as one request finds it, and what the request changes.
pub(crate) struct Play {
    pub(super) organization: Organization,
    pub(super) session: Session,
    pub(super) registration: Registration,
    pub(super) course: Arc<PlayableCourse>,
    pub(super) state: RegistrationState,
    pub(super) frame: SessionState,
    /// By which it plays.
    pub(super) settings: Settings,
    pub(super) now: Timestamp,
    /// What other registrations of the learner know, where the course shares it with them.
    pub(super) lasting: Option<Known>,
    /// What the request writes.
    pub(super) append: Append,
}

/// How content is taken out of the frame that did not end its session itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Taken {
    /// It is suspended, unless it said how it exits or the settings have it otherwise: no work
    /// shall be lost.
    Away,
    /// The learner has ended the attempt expressly: it ends as the content said so far.
    ByExit,
}

/// The attempt that a delivery plays, as it is kept.
pub(super) struct OpenAttempt {
    pub(super) at: ActivityIndex,
    pub(super) row: Attempt,
    pub(super) data: AttemptData,
}

impl App {
    /// The session with this token, whatever became of it.
    pub(super) async fn find_session(&self, token: &str) -> Result<Play, PlayError> {
        let session = self.store.session_by_token(&hash_of(token)).await?;
        self.open_session(session.ok_or(PlayError::UnknownSession)?).await
    }

    /// The session with this token, if it goes on.
    pub(super) async fn live_session(&self, token: &str) -> Result<Play, PlayError> {
        let play = self.find_session(token).await?;
        self.goes_on(&play).await?;
        Ok(play)
    }

    /// Whether a session goes on. One that only timed out does, unless something newer has begun.
    pub(super) async fn goes_on(&self, play: &Play) -> Result<(), PlayError> {
        match play.session.ended {
            None => Ok(()),
            Some((_, SessionEnd::TimedOut)) if self.is_newest(&play.session).await? => Ok(()),
            Some((_, SessionEnd::TimedOut | SessionEnd::Superseded)) => Err(PlayError::Superseded),
            Some(_) => Err(PlayError::Ended),
        }
    }

    async fn is_newest(&self, session: &Session) -> Result<bool, AppError> {
        let all = self.store.sessions(session.organization, session.registration).await?;
        let newest = all.iter().rev().find(|one| one.mode == session.mode);
        Ok(newest.is_none_or(|newest| newest.id == session.id))
    }

    pub(super) async fn open_session(&self, session: Session) -> Result<Play, PlayError> {
        let id = session.organization;
        let registration = self.store.registration(id, session.registration).await?;
        let registration = registration.ok_or(PlayError::UnknownSession)?;
        let version = (registration.fixed.course, registration.fixed.version);
        let settings = read_in_force(&session.settings)?.settings;
        let mut play = Play {
            organization: self.organization(id).await?,
            course: self.playable(id, version, settings.adjustments()).await?,
            state: RegistrationState::parse(&registration.fixed.state)?,
            frame: SessionState::parse(&session.state)?,
            now: self.clock.now(),
            append: Append::new(id),
            lasting: None,
            settings,
            session,
            registration,
        };
        self.bring_in_lasting(&mut play).await?;
        Ok(play)
    }

    /// Writes what the request changed, if the registration has not moved on meanwhile.
    pub(super) async fn commit(&self, mut play: Play) -> Result<Play, store::AppendError> {
        self.keep_lasting(&mut play);
        let mut append = std::mem::replace(&mut play.append, Append::new(play.organization.id));
        if play.keeps_results() {
            append.expect = Some(RegistrationRevision {
                registration: play.registration.fixed.id,
                revision: play.registration.revision,
            });
            append.writes.push(Write::UpdateRegistration {
                registration: play.registration.fixed.id,
                state: play.state.to_json(),
            });
        }
        append.writes.push(Write::UpdateSession {
            session: play.session.id,
            state: play.frame.to_json(),
            seen_at: play.now,
        });
        // The end comes last: an update takes a timed-out session up again.
        let is_end = |write: &Write| matches!(write, Write::EndSession { .. });
        let (ends, others): (Vec<_>, Vec<_>) = append.writes.into_iter().partition(is_end);
        append.writes = [others, ends].concat();
        self.store.append(append).await?;
        Ok(play)
    }

    /// The attempts of the registration that are open, whichever session opened them.
    pub(super) async fn open_attempts(&self, play: &Play) -> Result<Vec<OpenAttempt>, PlayError> {
        let rows = self.store.attempts(play.organization.id, play.registration.fixed.id).await?;
        rows.into_iter().filter(|row| row.open).filter_map(|row| play.opened(row)).collect()
    }

    /// The attempt that a delivery of a session wrote to last.
    pub(super) async fn attempt_of(
        &self,
        play: &Play,
        session: SessionId,
        delivery: u32,
    ) -> Result<Option<OpenAttempt>, PlayError> {
        let rows = self.store.attempts(play.organization.id, play.registration.fixed.id).await?;
        let found = rows.into_iter().find(|row| row.session == session && row.delivery == delivery);
        found.and_then(|row| play.opened(row)).transpose()
    }

    /// The data from which another session of an attempt goes on: of attempt `number` on an item,
    /// or of its last one.
    pub(super) async fn prior_data(
        &self,
        play: &Play,
        item: &ItemId,
        number: Option<u32>,
    ) -> Result<Option<RunTimeData>, PlayError> {
        let rows = self.store.attempts(play.organization.id, play.registration.fixed.id).await?;
        let written = play.append.writes.iter().filter_map(|write| match write {
            Write::PutAttempt(row) => Some(row),
            _ => None,
        });
        let wanted =
            |row: &&Attempt| row.item == *item && number.is_none_or(|number| row.number == number);
        // Of equal ones the last is taken: what this request has written itself.
        let last = rows.iter().chain(written).filter(wanted).max_by_key(|row| row.number);
        let data = last.map(parse_data).transpose()?;
        Ok(data.and_then(AttemptData::left))
    }
}

impl Play {
    /// Whether this session leaves results: browsing and reviewing leave none.
    pub(super) fn keeps_results(&self) -> bool {
        self.session.mode == store::LaunchMode::Normal
    }

    /// Whether the course is tried out: all works, and nothing is told to anybody.
    pub(super) fn is_test(&self) -> bool {
        self.registration.fixed.test
    }

    pub(super) fn mode(&self) -> LaunchMode {
        LaunchMode::from_store(self.session.mode)
    }

    pub(super) fn credit_mode(&self) -> CreditMode {
        match self.mode() {
            LaunchMode::Normal => CreditMode::Normal,
            LaunchMode::Browse => CreditMode::Browse,
            LaunchMode::Review => CreditMode::Review,
        }
    }

    pub(super) fn opened(&self, row: Attempt) -> Option<Result<OpenAttempt, PlayError>> {
        // What this version lacks was begun in another, before the registration was moved.
        let at = self.course.tree.find(&row.item)?;
        Some(parse_data(&row).map(|data| OpenAttempt { at, row, data }).map_err(PlayError::from))
    }

    /// Puts calls into the API log.
    pub(super) fn log(
        &mut self,
        session: SessionId,
        delivery: u32,
        calls: Vec<ExecutedCall>,
        applied: bool,
    ) {
        if calls.is_empty() {
            return;
        }
        let (registration, received_at) = (self.registration.fixed.id, self.now);
        let is_test = self.is_test();
        let row = |one: ExecutedCall| Call {
            registration,
            session,
            delivery,
            number: one.call.number,
            received_at,
            claimed_at: Some(Timestamp::from_micros(one.call.claimed_millis.saturating_mul(1_000))),
            function: one.call.function,
            arguments: serde_json::to_string(&one.call.arguments).expect("texts are plain data"),
            result: one.result,
            error: one.error.parse().unwrap_or(0),
            // Only authors have one: what a learner's page says of itself is not believed.
            note: if is_test && one.call.by_inspector {
                Some(inspectors(one.note))
            } else {
                one.note
            },
            applied,
            outcome: None,
        };
        self.append.writes.push(Write::LogCalls(calls.into_iter().map(row).collect()));
    }

    /// Keeps an attempt.
    pub(super) fn put(&mut self, open: OpenAttempt) {
        let data = serde_json::to_string(&open.data).expect("an attempt is plain data");
        let attempt = Attempt { data, updated_at: self.now, ..open.row };
        self.append.writes.push(Write::PutAttempt(attempt));
    }

    /// Whether calls still count in an attempt. One that was closed before its content ended, as
    /// its window had fallen silent or its last words came late, is taken up again by new calls,
    /// unless something newer has been done in the course.
    pub(super) fn take_up(
        &mut self,
        app: &App,
        open: &mut OpenAttempt,
        calls: &[BrowserCall],
    ) -> bool {
        let state = open.data.api.state();
        let brings_new = calls.last().is_some_and(|call| call.number > open.row.calls_applied);
        if open.row.open || state == State::Terminated || !brings_new {
            return true;
        }
        let (tree, now) = (&self.course.tree, app.moment());
        if !tree.take_up(&mut self.state.tree, open.at, open.row.number, now) {
            return false;
        }
        open.row.open = true;
        if state == State::Running {
            let event = Event { begins: Some(Delivered::Resumed), ..Event::default() };
            self.tell(app, (open.at, open.row.session), &event, None);
        }
        true
    }

    /// Ends the session of an attempt whose content is gone from the frame. Does nothing to an
    /// attempt that is closed.
    pub(super) fn close(&mut self, app: &App, mut open: OpenAttempt, taken: Taken) {
        if !open.row.open {
            return;
        }
        open.row.open = false;
        let ended = match (taken, self.settings.cut_off) {
            (Taken::Away, CutOff::Suspend) => open.data.expired(),
            (Taken::ByExit, _) | (Taken::Away, CutOff::End) => open.data.ended_by_learner(),
        };
        if ended.state() == State::NotInitialized {
            self.close_silent(app, &open);
        } else {
            let data = ended.data();
            self.course.tree.finish(&mut self.state.tree, open.at, data);
            self.course.tree.settle(&mut self.state.tree, open.at, app.moment());
            self.state.preferences = data.preferences();
            let event = Event {
                before: Some(&open.data.recorded),
                after: Some(data),
                ends: Some(Ending::Expired),
                time_told: open.data.time_told,
                ..Event::default()
            };
            self.tell(app, (open.at, open.row.session), &event, None);
        }
        let time = ended.data().session_time().unwrap_or_default();
        open.data.time_told = open.data.time_told.max(time);
        open.data.recorded = ended.data().clone();
        self.put(open);
    }

    /// Content is gone that never called Initialize: an asset is over. A SCO may not have been seen
    /// at all, so nothing is told, and nothing assumed of it as of one that was silent (UP.4).
    fn close_silent(&mut self, app: &App, open: &OpenAttempt) {
        let course = self.course.clone();
        if course.tree[open.at].is_sco() {
            course.tree.interrupt(&mut self.state.tree, open.at, app.moment());
        } else {
            course.tree.settle(&mut self.state.tree, open.at, app.moment());
            let event = Event { ends: Some(Ending::Terminated), ..Event::default() };
            self.tell(app, (open.at, open.row.session), &event, None);
        }
    }

    pub(super) fn end(&mut self, end: SessionEnd) {
        let at = self.now;
        self.append.writes.push(Write::EndSession { session: self.session.id, end, at });
    }
}

/// The note of a call that the author made in the inspector, and not the content.
fn inspectors(note: Option<String>) -> String {
    const BY: &str = "by the inspector";
    note.map_or_else(|| BY.to_owned(), |note| format!("{BY}; {note}"))
}

fn parse_data(row: &Attempt) -> Result<AttemptData, AppError> {
    serde_json::from_str(&row.data).map_err(AppError::unreadable("attempt"))
}
