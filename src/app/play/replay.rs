//! Calls that a browser kept when it could not send them.

use super::{
    PlayError, TRIES_MAX,
    attempt::unapplied,
    calls::check_size,
    is_stale,
    wire::{ReplayAnswer, ReplayOutcome, ReplayRequest},
};
use crate::{App, AppError};
use scorm::runtime::State;

impl App {
    /// Takes in calls of an earlier session of the same registration. They count when nothing
    /// newer has written to that attempt; else they go to the API log alone.
    pub async fn replay(
        &self,
        token: &str,
        request: &ReplayRequest,
    ) -> Result<ReplayAnswer, PlayError> {
        check_size(&request.calls)?;
        for _ in 0..TRIES_MAX {
            let mut play = self.live_session(token).await?;
            let earlier = self.store.session(play.organization.id, request.session).await?;
            let is_ours = earlier.is_some_and(|one| {
                one.registration == play.registration.fixed.id && one.mode == play.session.mode
            });
            if !is_ours || !play.keeps_results() {
                return Ok(ReplayAnswer { outcome: ReplayOutcome::Unknown, applied: 0 });
            }
            let last = request.calls.last().map_or(0, |call| call.number);
            let found = self.attempt_of(&play, request.session, request.delivery).await?;
            let is_newest = found.as_ref().is_some_and(|open| {
                play.state.tree.current() == Some(&open.row.item)
                    && play.state.tree.of(&open.row.item).attempts == open.row.number
            });
            let mut found = found.filter(|_| is_newest);
            let answer = if let Some(open) = &mut found {
                // A window that the server gave up on goes on where it was.
                let is_running =
                    open.data.as_ref().is_some_and(|data| data.api.state() != State::Terminated);
                if is_running && !open.row.open {
                    let course = play.course.clone();
                    course.tree.deliver(&mut play.state.tree, open.at);
                    open.row.open = true;
                }
                let open = found.take().expect("it was there a moment ago");
                let (applied, _) =
                    play.advance(self, open, request.session, &request.calls, true)?;
                ReplayAnswer { outcome: ReplayOutcome::Applied, applied }
            } else {
                let late = unapplied(&request.calls, "came after newer work on the course");
                play.log(request.session, request.delivery, late, false);
                ReplayAnswer { outcome: ReplayOutcome::Logged, applied: last }
            };
            match self.commit(play).await {
                Ok(_) => return Ok(answer),
                Err(error) if is_stale(&error) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(AppError::Contended.into())
    }
}
