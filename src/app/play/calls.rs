//! The content's calls, executed again where it counts.

use super::{
    PlayError, TRIES_MAX,
    attempt::{Executed, Gap, execute, is_end, unapplied},
    is_stale,
    offer::News,
    session::{OpenAttempt, Play, Taken},
    wire::{BrowserCall, CALLS_MAX, CallsAnswer, CallsRequest, ValidityView},
};
use crate::{App, AppError};
use domain::Timestamp;
use scorm::{
    profile::{Ending, Event},
    runtime::NavigationValidity,
    sequencing::Request,
    tree::Delivered,
};

impl From<Gap> for PlayError {
    fn from(gap: Gap) -> Self {
        Self::Gap { applied: gap.applied }
    }
}

impl App {
    /// Executes the content's calls and answers after the commit.
    pub async fn calls(
        &self,
        token: &str,
        request: &CallsRequest,
    ) -> Result<CallsAnswer, PlayError> {
        check_size(&request.calls)?;
        for _ in 0..TRIES_MAX {
            let mut play = match self.live_session(token).await {
                Err(PlayError::Superseded) => {
                    return Err(self.log_superseded(token, request).await);
                }
                other => other?,
            };
            if request.delivery == 0 || request.delivery > play.frame.deliveries {
                let message = format!("delivery {} was never made", request.delivery);
                return Err(PlayError::Invalid(message));
            }
            let answer = if play.keeps_results() {
                self.take_calls(&mut play, request).await?
            } else {
                play.take_preview(self, request)?
            };
            match self.commit(play).await {
                Ok(_) => return Ok(answer),
                Err(error) if is_stale(&error) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(AppError::Contended.into())
    }

    async fn take_calls(
        &self,
        play: &mut Play,
        request: &CallsRequest,
    ) -> Result<CallsAnswer, PlayError> {
        let found = self.attempt_of(play, play.session.id, request.delivery).await?;
        if let Some(mut open) = found
            && play.take_up(self, &mut open, &request.calls)
        {
            let is_gone = request.closing || request.delivery != play.frame.deliveries;
            let advanced = play.advance(self, open, &request.calls, is_gone, request.validity)?;
            return Ok(play.answer(self, advanced));
        }
        // A later delivery of the same attempt has taken its place, or newer work on the course.
        Ok(play.log_late(self, request))
    }

    /// Puts calls of an older window into the API log, and refuses them.
    async fn log_superseded(&self, token: &str, request: &CallsRequest) -> PlayError {
        match self.try_log_superseded(token, request).await {
            Ok(()) => PlayError::Superseded,
            Err(error) => error,
        }
    }

    async fn try_log_superseded(
        &self,
        token: &str,
        request: &CallsRequest,
    ) -> Result<(), PlayError> {
        let mut play = self.find_session(token).await?;
        let late = unapplied(&request.calls, "came after a newer launch had taken over");
        play.log(play.session.id, request.delivery, late, false);
        // The log alone: an attempt that a newer window plays is not moved on by this.
        if !play.append.writes.is_empty() {
            self.store.append(play.append).await?;
        }
        Ok(())
    }
}

/// What a batch of calls came to.
#[derive(Debug, Default)]
pub(super) struct Advanced {
    /// Number of the last call executed.
    pub(super) applied: u64,
    /// What the content asked for when it ended by one of the calls.
    asked: Option<Request>,
    /// Which requests would be carried out, if the content waits to know.
    validity: Option<NavigationValidity>,
    /// Whether what the player shows can have changed.
    has_moved: bool,
    /// Whether all of the calls were there already: their answer may have been lost.
    is_repeated: bool,
}

impl Play {
    /// Executes calls on an attempt and takes what follows from them into tree, statements and
    /// documents.
    pub(super) fn advance(
        &mut self,
        app: &App,
        mut open: OpenAttempt,
        calls: &[BrowserCall],
        closing: bool,
        validity: bool,
    ) -> Result<Advanced, PlayError> {
        let kept = &mut open.data;
        let executed = execute(&mut kept.api, open.row.calls_applied, calls)?;
        if let Some(last) = executed.calls.last() {
            open.row.calls_applied = last.call.number;
        }
        let validity = validity.then(|| {
            let (tree, data) = (&self.course.tree, kept.api.data());
            let valid = tree.validity(&self.state.tree, Some(data), app.moment());
            kept.api.set_navigation(&valid);
            valid
        });
        if executed.initialized {
            kept.prior = None;
        }
        let tells = executed.committed || executed.terminated;
        let mut advanced = Advanced {
            applied: open.row.calls_applied,
            asked: None,
            validity,
            has_moved: tells || closing,
            is_repeated: executed.calls.is_empty() && !calls.is_empty(),
        };
        if open.row.open && (executed.initialized || tells) {
            open.row.open = !executed.terminated;
            self.take_in(app, &open, &executed);
        }
        // The same when calls are sent again, since the first answer may not have arrived.
        if calls.iter().any(is_end) {
            advanced.asked = self.onward(app, open.at, &open.data);
        }
        if tells {
            open.data.recorded = open.data.api.data().clone();
        }
        self.log(open.row.session, open.row.delivery, executed.calls, true);
        if closing && open.row.open {
            self.close(app, open, Taken::Away);
        } else {
            self.put(open);
        }
        Ok(advanced)
    }

    /// A point at which content began, asked for its data to be kept, or ended.
    fn take_in(&mut self, app: &App, open: &OpenAttempt, executed: &Executed) {
        let kept = &open.data;
        // What was set and not committed yet is not told.
        let is_due = executed.committed || executed.terminated;
        let data = if is_due { kept.api.data() } else { &kept.recorded };
        let course = self.course.clone();
        if executed.terminated {
            course.tree.finish(&mut self.state.tree, open.at, data);
            course.tree.settle(&mut self.state.tree, open.at, app.moment());
        } else {
            course.tree.track(&mut self.state.tree, open.at, data);
        }
        self.state.preferences = data.preferences();
        // An asset was told to have begun when it was delivered.
        let is_told = executed.initialized && course.tree[open.at].is_sco();
        let begins = is_told.then(|| {
            if data.entry() == "ab-initio" { Delivered::NewAttempt } else { Delivered::Resumed }
        });
        let event = Event {
            begins,
            before: Some(&kept.recorded),
            after: Some(data),
            ends: executed.terminated.then_some(Ending::Terminated),
            time_told: kept.time_told,
        };
        self.tell(app, (open.at, open.row.session), &event, claimed_of(executed));
    }

    /// Calls that came too late to count: into the API log alone.
    fn log_late(&mut self, app: &App, request: &CallsRequest) -> CallsAnswer {
        let late = unapplied(&request.calls, "came after the activity was left");
        let applied = request.calls.last().map_or(0, |call| call.number);
        self.log(self.session.id, request.delivery, late, false);
        let answer = self.answer(app, Advanced { applied, ..Advanced::default() });
        CallsAnswer { counted: request.calls.is_empty(), ..answer }
    }

    /// Calls of a browsing or reviewing learner: answered and logged, and nothing else.
    fn take_preview(
        &mut self,
        app: &App,
        request: &CallsRequest,
    ) -> Result<CallsAnswer, PlayError> {
        let is_current = request.delivery == self.frame.deliveries;
        let shown = self.shown();
        let preview = self.frame.preview.as_mut().filter(|_| is_current);
        let Some((preview, at)) = preview.zip(shown) else {
            return Ok(self.log_late(app, request));
        };
        let attempt = &mut preview.attempt;
        let executed = execute(&mut attempt.api, preview.calls_applied, &request.calls)?;
        if let Some(last) = executed.calls.last() {
            preview.calls_applied = last.call.number;
        }
        let advanced = Advanced {
            applied: preview.calls_applied,
            asked: request.calls.iter().any(is_end).then(|| attempt.asked()).flatten(),
            ..Advanced::default()
        };
        self.log(self.session.id, request.delivery, executed.calls, true);
        let validity = request.validity.then(|| self.roam_validity(at));
        Ok(self.answer(app, Advanced { validity, ..advanced }))
    }

    fn answer(&mut self, app: &App, advanced: Advanced) -> CallsAnswer {
        let is_news = advanced.has_moved || advanced.is_repeated;
        let mut news = News::default();
        if is_news {
            news = self.news(advanced.is_repeated, app.moment());
        }
        let tree = &self.course.tree;
        if let Some(at) = self.shown() {
            let (id, status) = self.state.status(tree, at);
            news.activities.insert(id, status);
        }
        CallsAnswer {
            applied: advanced.applied,
            counted: true,
            course: self.state.course_view(tree, self.settings.rollup),
            activities: news.activities,
            navigation: news.navigation,
            asked: advanced.asked,
            validity: advanced.validity.map(ValidityView::from),
        }
    }
}

impl From<NavigationValidity> for ValidityView {
    fn from(valid: NavigationValidity) -> Self {
        let NavigationValidity { forward, previous, choice, jump } = valid;
        Self { forward, previous, choice, jump }
    }
}

pub(super) fn check_size(calls: &[BrowserCall]) -> Result<(), PlayError> {
    if calls.len() > CALLS_MAX {
        let message = format!("{} calls are more than calls_max = {CALLS_MAX}", calls.len());
        return Err(PlayError::Invalid(message));
    }
    Ok(())
}

/// The browser's time of the last call, for statements about offline work.
fn claimed_of(executed: &Executed) -> Option<Timestamp> {
    let last = executed.calls.last()?;
    Some(Timestamp::from_micros(last.call.claimed_millis.saturating_mul(1_000)))
}
