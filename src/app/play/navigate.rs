//! Navigation requests: the sequencing engine decides what the learner sees next.

use super::{
    PlayError, TRIES_MAX, is_stale,
    outcome::LoggedOutcome,
    session::{OpenAttempt, Play, Taken},
    state::Navigated,
    wire::{Delivered, NavigateAnswer, NavigateRequest, PlayerWish, RefusedView, Wish},
};
use crate::{App, AppError};
use domain::ItemId;
use scorm::{
    profile::Event,
    runtime::State,
    sequencing::{Outcome, Request},
    tree::{ActivityIndex, Moment},
};
use serde_json::json;
use store::{Call, Write};

impl App {
    /// Ends what is in the frame and carries out a navigation request, once: sent again, it is
    /// answered with where the learner is now.
    pub async fn navigate(
        &self,
        token: &str,
        request: &NavigateRequest,
    ) -> Result<NavigateAnswer, PlayError> {
        for _ in 0..TRIES_MAX {
            let mut play = self.live_session(token).await?;
            let known = play.frame.navigations;
            if request.number == 0 || request.number > known + 1 {
                let message = format!("navigation {} cannot follow {known}", request.number);
                return Err(PlayError::Invalid(message));
            }
            if request.number <= known
                && let Some(answer) = self.navigated_before(&play, token).await?
            {
                return Ok(answer);
            }
            let is_repeated = request.number <= known;
            let wish = if is_repeated { &Wish::Player(PlayerWish::Open) } else { &request.request };
            let answer = if play.keeps_results() {
                self.carry_out(&mut play, token, wish).await?
            } else {
                self.roam(&mut play, token, wish).await?
            };
            match self.commit(play).await {
                Ok(_) => return Ok(answer),
                Err(error) if is_stale(&error) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(AppError::Contended.into())
    }

    async fn carry_out(
        &self,
        play: &mut Play,
        token: &str,
        wish: &Wish,
    ) -> Result<NavigateAnswer, PlayError> {
        let request = match wish {
            Wish::Player(PlayerWish::Open) => None,
            Wish::Force(item) => return self.force(play, token, item).await,
            Wish::Player(PlayerWish::Content) => Some(self.asked_by_content(play).await?),
            Wish::Request(request) => Some(learners(request)?),
        };
        let how = match &request {
            Some(Request::Exit | Request::ExitAll) => Taken::ByExit,
            _ => Taken::Away,
        };
        self.close_all(play, how).await?;
        if request.is_some() {
            self.take_up_course(play).await?;
        }
        let outcome = match request {
            None => play.open_course(self),
            Some(request) => play.sequence(self, |play, moment| {
                Some(play.course.tree.request(&mut play.state.tree, request, moment))
            }),
        };
        let Some(outcome) = outcome else {
            return Err(PlayError::Invalid("the session is over".to_owned()));
        };
        self.carried_out(play, token, wish, &outcome).await
    }

    /// Brings what a request led to into the frame, and notes what it came to.
    async fn carried_out(
        &self,
        play: &mut Play,
        token: &str,
        wish: &Wish,
        outcome: &Outcome,
    ) -> Result<NavigateAnswer, PlayError> {
        play.frame.navigations += 1;
        let delivered = match &outcome.delivered {
            Some(delivery) => Some(self.deliver(play, token, delivery).await?),
            None => None,
        };
        let answer = play.navigated(outcome, delivered, self.moment());
        play.note_outcome(&LoggedOutcome::of(wish, &answer));
        Ok(answer)
    }

    /// Whoever tries a course out goes where they want to.
    async fn force(
        &self,
        play: &mut Play,
        token: &str,
        item: &ItemId,
    ) -> Result<NavigateAnswer, PlayError> {
        let target = play.course.tree.find(item).filter(|_| play.is_test());
        let nowhere = || PlayError::Invalid(format!("activity {item} cannot be forced here"));
        let target = target.ok_or_else(nowhere)?;
        self.close_all(play, Taken::Away).await?;
        self.take_up_course(play).await?;
        let outcome = play.sequence(self, |play, moment| {
            play.course.tree.force(&mut play.state.tree, target, moment)
        });
        let outcome = outcome.ok_or_else(nowhere)?;
        self.carried_out(play, token, &Wish::Force(item.clone()), &outcome).await
    }

    /// Ends the sessions of all content that is still running in the registration.
    pub(super) async fn close_all(&self, play: &mut Play, taken: Taken) -> Result<(), PlayError> {
        for open in self.open_attempts(play).await? {
            play.close(self, open, taken);
        }
        Ok(())
    }

    /// A window that had fallen silent was taken for closed, and its course left. The learner, who
    /// had not left it, goes on from there.
    async fn take_up_course(&self, play: &mut Play) -> Result<(), PlayError> {
        let tree = &play.state.tree;
        let was_left = tree.current().is_none() && tree.suspended().is_some();
        if !was_left || play.frame.navigated.as_ref().is_none_or(|last| last.ended) {
            return Ok(());
        }
        play.sequence(self, |play, moment| {
            Some(play.course.tree.open(&mut play.state.tree, moment))
        });
        let last = self.attempt_of(play, play.session.id, play.frame.deliveries).await?;
        if let Some(open) = last {
            play.resume_silently(self, &open);
        }
        Ok(())
    }

    /// Where the content in the frame leads, now that it has terminated.
    async fn asked_by_content(&self, play: &Play) -> Result<Request, PlayError> {
        let last = self.attempt_of(play, play.session.id, play.frame.deliveries).await?;
        let asked = last.and_then(|open| play.onward(self, open.at, &open.data));
        asked.ok_or_else(|| PlayError::Invalid("the content asked for nothing".to_owned()))
    }

    /// The answer to a navigation request whose answer was lost: where the learner is now. `None`
    /// when the content that was delivered has been running since, in another tab.
    async fn navigated_before(
        &self,
        play: &Play,
        token: &str,
    ) -> Result<Option<NavigateAnswer>, PlayError> {
        let last = play.frame.navigated.clone().unwrap_or_default();
        let mut delivered = None;
        if last.delivered {
            let found = self.attempt_of(play, play.session.id, play.frame.deliveries).await?;
            let Some(open) = found.filter(|open| open.row.open && open.row.calls_applied == 0)
            else {
                return Ok(None);
            };
            delivered = Some(play.delivered(token, open.at, open.data.api.data()));
        }
        Ok(Some(play.answer_to(last, delivered, Vec::new(), self.moment())))
    }

    /// The world as an operation finds it.
    pub(super) fn moment(&self) -> Moment {
        let mut random = [0; 8];
        self.entropy.fill(&mut random);
        Moment { now: self.clock.now(), random: u64::from_le_bytes(random) }
    }
}

impl Play {
    /// Lets the engine act, and tells what follows for the course: statements, and a line of the
    /// API log. `None` when there was nothing to act on.
    pub(super) fn sequence(
        &mut self,
        app: &App,
        act: impl FnOnce(&mut Self, Moment) -> Option<Outcome>,
    ) -> Option<Outcome> {
        let left = self.state.tree.current().and_then(|item| self.course.tree.find(item));
        let moment = app.moment();
        let random = self.state.draw(moment.random);
        let outcome = act(self, Moment { random, ..moment })?;
        if let Some(left) = left {
            self.tell(app, (left, self.session.id), &Event::default(), None);
        }
        self.log_outcome(&outcome);
        Some(outcome)
    }

    /// Begins a session. A course without any sequencing does not start by itself, as its activities
    /// do not follow each other: it begins with its first part.
    fn open_course(&mut self, app: &App) -> Option<Outcome> {
        let opened = self.sequence(app, |play, moment| {
            Some(play.course.tree.open(&mut play.state.tree, moment))
        })?;
        let course = self.course.clone();
        let first = course.tree.first().filter(|_| !course.tree.is_sequenced());
        match first {
            Some(first) if opened.refused.is_some() => self.sequence(app, |play, moment| {
                let request = Request::Choice(course.tree[first].id().clone());
                Some(course.tree.request(&mut play.state.tree, request, moment))
            }),
            _ => Some(opened),
        }
    }

    /// Content that is resumed for a request to be carried out, and not to run: its attempt stands as
    /// it was left.
    fn resume_silently(&mut self, app: &App, open: &OpenAttempt) {
        let tree = &self.course.tree;
        let is_current = self.state.tree.current() == Some(tree[open.at].id());
        if !is_current || !tree[open.at].is_sco() {
            return;
        }
        if open.data.api.state() == State::NotInitialized {
            tree.interrupt(&mut self.state.tree, open.at, app.moment());
        } else {
            tree.finish(&mut self.state.tree, open.at, &open.data.recorded);
        }
    }

    /// The learner leaves the course. What content asked for that leads out of it and was not
    /// carried out yet, because the window closed, goes first.
    pub(super) fn leave(&mut self, app: &App, asked: Option<Request>) {
        let leads_out = |request: &Request| {
            use Request::{Abandon, AbandonAll, Exit, ExitAll, SuspendAll};
            matches!(request, Abandon | AbandonAll | Exit | ExitAll | SuspendAll)
        };
        let is_pending =
            self.state.tree.current().is_some_and(|item| self.state.tree.of(item).is_active);
        if let Some(asked) = asked.filter(|asked| is_pending && leads_out(asked)) {
            self.sequence(app, |play, moment| {
                Some(play.course.tree.request(&mut play.state.tree, asked, moment))
            });
        }
        self.sequence(app, |play, moment| {
            let tree = &play.course.tree;
            tree.leave(&mut play.state.tree, play.settings.rollup, moment)
        });
    }

    fn log_outcome(&mut self, outcome: &Outcome) {
        let tree = &self.course.tree;
        let trace: Vec<String> = outcome.trace.iter().map(|step| step.sentence(tree)).collect();
        let sentence = outcome.sentence(tree);
        self.log_navigation(&outcome.request.words(), sentence, &trace.join(" "));
    }

    /// The line of a navigation request in the API log: of delivery 0, under a number of its own.
    pub(super) fn log_navigation(&mut self, words: &[&str], sentence: String, trace: &str) {
        self.frame.navigation_lines = self.frame.navigation_lines.max(self.frame.navigations) + 1;
        let line = Call {
            registration: self.registration.fixed.id,
            session: self.session.id,
            delivery: 0,
            number: self.frame.navigation_lines.into(),
            received_at: self.now,
            claimed_at: None,
            function: "navigate".to_owned(),
            arguments: json!(words).to_string(),
            result: sentence,
            error: 0,
            note: Some(trace.to_owned()).filter(|note| !note.is_empty()),
            applied: true,
            outcome: None,
        };
        self.append.writes.push(Write::LogCalls(vec![line]));
    }

    fn navigated(
        &mut self,
        outcome: &Outcome,
        delivered: Option<Delivered>,
        moment: Moment,
    ) -> NavigateAnswer {
        let tree = self.course.tree.clone();
        let refused = outcome.refused.as_ref().map(|refused| RefusedView {
            code: refused.exception.code().to_owned(),
            text: refused.for_learner(&tree),
        });
        let navigated = Navigated {
            sentence: outcome.sentence(&tree),
            refused,
            ended: outcome.ended,
            delivered: delivered.is_some(),
        };
        self.frame.navigated = Some(navigated.clone());
        // The answer tells all.
        self.frame.told = None;
        let trace = outcome.trace.iter().map(|step| step.sentence(&tree)).collect();
        self.answer_to(navigated, delivered, trace, moment)
    }

    pub(super) fn answer_to(
        &self,
        navigated: Navigated,
        delivered: Option<Delivered>,
        trace: Vec<String>,
        moment: Moment,
    ) -> NavigateAnswer {
        let Navigated { sentence, refused, ended, .. } = navigated;
        NavigateAnswer {
            number: self.frame.navigations,
            sentence,
            refused,
            ended,
            delivered,
            navigation: self.navigation_view(moment),
            course: self.state.course_view(&self.course.tree, self.settings.rollup),
            activities: self.state.statuses(&self.course.tree),
            trace,
        }
    }

    /// The activity that this session shows, if it shows one.
    pub(super) fn shown(&self) -> Option<ActivityIndex> {
        let item = match &self.frame.preview {
            Some(preview) => Some(&preview.item),
            None => self.state.tree.current(),
        };
        item.and_then(|item| self.course.tree.find(item))
    }
}

/// A request that a learner may make: sessions begin by `open` alone.
fn learners(request: &Request) -> Result<Request, PlayError> {
    match request {
        Request::Start | Request::ResumeAll => {
            Err(PlayError::Invalid(format!("{request} is the server's to ask for")))
        }
        other => Ok(other.clone()),
    }
}
