//! Calls that a browser kept when it could not send them.

use super::{
    PlayError, TRIES_MAX,
    attempt::unapplied,
    calls::check_size,
    is_stale,
    wire::{ReplayAnswer, ReplayOutcome, ReplayRequest},
};
use crate::{App, AppError};

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
            let found = self.attempt_of(&play, request.session, request.delivery).await?;
            let answer = if let Some(mut open) = found
                && play.take_up(self, &mut open, &request.calls)
            {
                let advanced = play.advance(self, open, &request.calls, true, false)?;
                ReplayAnswer { outcome: ReplayOutcome::Applied, applied: advanced.applied }
            } else {
                let late = unapplied(&request.calls, "came after newer work on the course");
                play.log(request.session, request.delivery, late, false);
                let applied = request.calls.last().map_or(0, |call| call.number);
                ReplayAnswer { outcome: ReplayOutcome::Logged, applied }
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
