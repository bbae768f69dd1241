//! Whoever tries a course out ends a session as a learner's might end, and begins another.

use super::{
    PlayError, TRIES_MAX,
    wire::{Relaunch, RelaunchAnswer},
};
use crate::{App, AppError, launch::LAUNCH_LASTS, secret::Token};
use domain::RegistrationId;
use store::{Append, NewLaunch, NewRegistration, Session, SessionEnd, Write};

impl App {
    /// Ends the session of a test and makes a launch link for the next one.
    pub async fn relaunch(&self, token: &str, how: Relaunch) -> Result<RelaunchAnswer, PlayError> {
        let (registration, session) = self.end_test(token, how).await?;
        let now = self.clock.now();
        let mut append = Append::new(session.organization);
        let registration = if how == Relaunch::Restart {
            let id = RegistrationId::new(self.entropy.uuid_v4());
            let state = "{}".to_owned();
            let fresh = NewRegistration { id, created_at: now, state, ..registration };
            append.writes.push(Write::CreateRegistration(fresh));
            id
        } else {
            registration.id
        };
        let secret = Token::generate(&*self.entropy);
        append.writes.push(Write::CreateLaunch(NewLaunch {
            hash: secret.hash(),
            registration,
            mode: session.mode,
            return_url: session.return_url,
            language: session.language,
            settings: session.settings,
            expires_at: now.plus(LAUNCH_LASTS),
        }));
        self.store.append(append).await?;
        Ok(RelaunchAnswer { launch: format!("/launch/{}", secret.expose()) })
    }

    /// Ends the session, unless its author has left the course already.
    async fn end_test(
        &self,
        token: &str,
        how: Relaunch,
    ) -> Result<(NewRegistration, Session), PlayError> {
        let end = match how {
            Relaunch::Lost => SessionEnd::TimedOut,
            Relaunch::Resume | Relaunch::Restart => SessionEnd::Exited,
        };
        for _ in 0..TRIES_MAX {
            let play = self.find_session(token).await?;
            if !play.is_test() {
                return Err(PlayError::Invalid("only a test can be launched again".to_owned()));
            }
            let found = (play.registration.fixed.clone(), play.session.clone());
            if matches!(found.1.ended, Some((_, SessionEnd::Exited))) {
                return Ok(found);
            }
            let play = self.live_session(token).await?;
            match self.end_session(play, end).await {
                Ok(()) => return Ok(found),
                Err(PlayError::App(AppError::Contended)) => {}
                Err(error) => return Err(error),
            }
        }
        Err(AppError::Contended.into())
    }
}
