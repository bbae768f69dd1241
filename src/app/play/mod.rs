//! Playing a course: what the player asks for, carried out on the server's own data model and
//! written in one commit. docs/runtime-protocol.md describes the requests.

pub(crate) mod attempt;
mod attest;
mod calls;
mod deliver;
mod error;
mod lasting;
mod navigate;
mod offer;
mod onward;
pub(crate) mod outcome;
mod record;
mod relaunch;
pub(crate) mod relocate;
mod replay;
mod roam;
mod session;
pub(crate) mod state;
pub mod wire;

pub(crate) use attest::checked_name;
pub use attest::{AttestError, NAME_CHARACTERS_MAX};
pub use error::PlayError;
pub use relocate::{MoveError, MoveTerms, Moved, Unmoved};

use crate::App;
use base64::{Engine, engine::general_purpose::STANDARD};
use domain::{Causes, RegistrationId};
use outcome::LoggedOutcome;
use session::{Play, Taken};
use std::time::Duration;
use store::{AppendError, SessionEnd};
use wire::{CourseHead, ExitAnswer, JournalKey, LaunchPage, LearnerHead, WindowView};

/// How often a player shows that it is alive.
const HEARTBEAT: Duration = Duration::from_secs(30);
/// How long changed values may wait in the browser before they are sent.
const FLUSH: Duration = Duration::from_millis(1_500);
/// A session silent for this long is ended as if its window had been closed.
pub const SESSION_SILENT_MAX: Duration = Duration::from_mins(5);
/// A heartbeat is written down at most this often.
const TOUCH_EVERY: Duration = Duration::from_mins(1);
/// Sessions ended in one sweep.
const SWEEP_SESSIONS_MAX: usize = 100;
/// Tries before a registration that others keep changing is given up.
const TRIES_MAX: usize = 8;

/// Whether a refused commit shall be tried again on fresh data.
fn is_stale(error: &AppendError) -> bool {
    matches!(error, AppendError::Stale | AppendError::Precondition { .. })
}

impl App {
    /// What the player page starts from.
    pub async fn play_page(&self, token: &str) -> Result<LaunchPage, PlayError> {
        let play = self.live_session(token).await?;
        let fixed = &play.registration.fixed;
        let version = &play.course.version;
        let tree = &play.course.tree;
        let language = play.session.language.clone().or_else(|| play.course.language.clone());
        let due = self.attestation_due(&play).await?;
        let subject = fixed.id.to_string();
        let journal = self.settings.master_key.derive("journal", subject.as_bytes());
        Ok(LaunchPage {
            session: play.session.id,
            registration: fixed.id,
            mode: play.mode(),
            course: CourseHead {
                title: version.title.clone(),
                version: version.version.number(),
                edition: tree.edition(),
                language: language.unwrap_or_else(|| "en".to_owned()),
            },
            learner: LearnerHead { name: fixed.learner_name.clone() },
            activities: play.state.activity_views(tree),
            pages: deliver::pages(tree),
            navigations: play.frame.navigations,
            navigation: play.navigation_view(self.moment()),
            journal: JournalKey { key: STANDARD.encode(journal) },
            heartbeat_seconds: HEARTBEAT.as_secs(),
            flush_milliseconds: u64::try_from(FLUSH.as_millis()).unwrap_or(u64::MAX),
            window: WindowView::of(&play.settings),
            test: fixed.test,
            return_url: play.session.return_url.clone(),
            attestation: due.map(|due| due.view(&play)),
        })
    }

    /// The data-model table of the session's course.
    pub async fn data_model_table(&self, token: &str) -> Result<serde_json::Value, PlayError> {
        let play = self.live_session(token).await?;
        Ok(scorm::runtime::table_json(play.course.tree.edition()))
    }

    /// The player shows that it is alive.
    pub async fn heartbeat(&self, token: &str) -> Result<(), PlayError> {
        let play = self.live_session(token).await?;
        if play.session.ended.is_some() {
            // The commit takes a timed-out session up again.
            match self.commit(play).await {
                Err(error) if !is_stale(&error) => return Err(error.into()),
                // Whoever moved the registration on has woken it, or will.
                _ => {}
            }
        } else if play.now.since(play.session.seen_at) >= TOUCH_EVERY {
            self.store.touch_session(play.organization.id, play.session.id, play.now).await?;
        }
        Ok(())
    }

    /// The learner leaves the player.
    pub async fn exit(&self, token: &str) -> Result<ExitAnswer, PlayError> {
        for _ in 0..TRIES_MAX {
            let play = self.live_session(token).await?;
            let registration = play.registration.fixed.id;
            let redirect = play.session.return_url.as_deref();
            let redirect = redirect.map(|url| with_registration(url, registration));
            match self.end_session(play, SessionEnd::Exited).await {
                Ok(()) => {
                    let attestation = self.due_at_exit(token).await;
                    return Ok(ExitAnswer { redirect, attestation });
                }
                Err(PlayError::App(crate::AppError::Contended)) => {}
                Err(error) => return Err(error),
            }
        }
        Err(crate::AppError::Contended.into())
    }

    /// What the learner is to sign on leaving. They have left, whatever becomes of this: it is asked
    /// for again when they come back.
    async fn due_at_exit(&self, token: &str) -> Option<wire::AttestationView> {
        let due = async {
            let play = self.find_session(token).await?;
            let due = self.attestation_due(&play).await?;
            Ok::<_, PlayError>(due.map(|due| due.view(&play)))
        };
        due.await.unwrap_or_else(|error| {
            tracing::warn!(error = %Causes(&error), "failed to see what is to be signed");
            None
        })
    }

    async fn end_session(&self, mut play: Play, end: SessionEnd) -> Result<(), PlayError> {
        if play.keeps_results() {
            let last = self.attempt_of(&play, play.session.id, play.frame.deliveries).await?;
            let asked = last.and_then(|open| open.data.asked());
            self.close_all(&mut play, Taken::Away).await?;
            play.leave(self, asked);
            play.note_outcome(&LoggedOutcome::Left(end.into()));
        }
        play.end(end);
        self.commit(play).await?;
        Ok(())
    }

    /// The window of a session has fallen silent for too long.
    pub(crate) async fn time_out(&self, token: &str) -> Result<(), PlayError> {
        let play = self.live_session(token).await?;
        self.end_session(play, SessionEnd::TimedOut).await
    }

    /// Ends sessions that have been silent for too long; how many. Called by a timer.
    pub async fn sweep(&self) -> Result<usize, PlayError> {
        let silent_since = self.clock.now().minus(SESSION_SILENT_MAX);
        let idle = self.store.idle_sessions(silent_since, SWEEP_SESSIONS_MAX).await?;
        let mut ended = 0;
        for session in idle {
            let id = session.id;
            let ending = async {
                let play = self.open_session(session).await?;
                self.end_session(play, SessionEnd::TimedOut).await
            };
            match ending.await {
                Ok(()) => ended += 1,
                // It was heard of just now; the next sweep looks again.
                Err(PlayError::App(crate::AppError::Contended)) => {}
                Err(error) => {
                    tracing::warn!(session = %id, error = %Causes(&error), "failed to end a session");
                }
            }
        }
        Ok(ended)
    }
}

/// `url` with the registration in its query, which stands before its fragment.
fn with_registration(url: &str, registration: RegistrationId) -> String {
    let (url, fragment) = url.split_at(url.find('#').unwrap_or(url.len()));
    let joint = if url.contains('?') { '&' } else { '?' };
    format!("{url}{joint}registration={registration}{fragment}")
}
