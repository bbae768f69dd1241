//! A session file played again, and what differs.

use crate::{
    App, AppError, Caller, PlayError,
    launch::{LAUNCH_LASTS, LaunchError},
    play::{
        outcome::{Frame, LeftHow, NavigatedTo},
        state::RegistrationState,
        wire::{BrowserCall, CALLS_MAX, CallsRequest, LaunchMode, NavigateRequest, ReplayRequest},
    },
    secret::Token,
    session_file::{CallStep, SESSION_FILE_FORMAT, SessionFileHead, Step},
};
use domain::{Clock, CourseId, CourseVersion, FixedClock, RegistrationId, SessionId, Timestamp};
use scorm::settings::{InForce, Settings};
use std::{
    collections::HashMap,
    fmt,
    io::{self, BufRead, Read},
};
use store::{Append, Call, NewLaunch, NewRegistration, Write};
use xapi::Actor;

/// Most bytes of a line of a session file: a call's value, and a little more.
const LINE_BYTES_MAX: u64 = 8 << 20;
/// Calls read at once from the API log.
const PAGE_CALLS: usize = 1_000;
/// Who learns in a rerun; what content sees of a learner comes from the file.
const RERUNNER: &str =
    r#"{"objectType":"Agent","account":{"homePage":"https://w3id.org/attestry","name":"rerun"}}"#;
/// What content asks which requests would be carried out.
const VALIDITY: &str = "adl.nav.request_valid.";

/// A session file cannot be played again.
#[derive(Debug, thiserror::Error)]
pub enum RerunError {
    /// The file cannot be read.
    #[error("cannot read on after line {after}")]
    Read {
        /// The last line that could be read.
        after: u64,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A line is longer than any of a session file.
    #[error("line {line} is longer than line_bytes_max = {LINE_BYTES_MAX}")]
    TooLong {
        /// Which line.
        line: u64,
    },
    /// A line is none of a session file.
    #[error("line {line} is none of a session file")]
    Line {
        /// Which line.
        line: u64,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// The file has a format that is not known here.
    #[error("format {0} of the file is newer than {SESSION_FILE_FORMAT}")]
    Format(u32),
    /// A step names a session that did not begin.
    #[error("line {line} names session {session}, which did not begin")]
    Session {
        /// Which line.
        line: u64,
        /// The session.
        session: u32,
    },
    /// It could not be done.
    #[error(transparent)]
    App(#[from] AppError),
}

impl From<store::StoreError> for RerunError {
    fn from(error: store::StoreError) -> Self {
        Self::App(error.into())
    }
}

/// A session file whose head was read.
pub struct SessionFile<R> {
    /// Its first line.
    pub head: SessionFileHead,
    reader: R,
    line: u64,
    /// A step that was read too early.
    next: Option<(u64, Step)>,
}

impl<R: BufRead> SessionFile<R> {
    /// Reads the head.
    pub fn open(mut reader: R) -> Result<Self, RerunError> {
        let text = read_line(&mut reader, 0)?.unwrap_or_default();
        let head: SessionFileHead =
            serde_json::from_slice(&text).map_err(|source| RerunError::Line { line: 1, source })?;
        if head.attestry_session > SESSION_FILE_FORMAT {
            return Err(RerunError::Format(head.attestry_session));
        }
        Ok(Self { head, reader, line: 1, next: None })
    }

    fn step(&mut self) -> Result<Option<(u64, Step)>, RerunError> {
        if let Some(next) = self.next.take() {
            return Ok(Some(next));
        }
        loop {
            let Some(text) = read_line(&mut self.reader, self.line)? else { return Ok(None) };
            self.line += 1;
            if text.is_empty() {
                continue;
            }
            let line = self.line;
            let step = serde_json::from_slice(&text);
            return Ok(Some((line, step.map_err(|source| RerunError::Line { line, source })?)));
        }
    }

    /// The calls that the page sent together with `first`, that one included.
    fn batch(&mut self, first: (u64, CallStep)) -> Result<Vec<(u64, CallStep)>, RerunError> {
        let mut batch = vec![first];
        while batch.len() < CALLS_MAX {
            match self.step()? {
                Some((line, Step::Call(call))) if together(&batch[0].1, &call) => {
                    batch.push((line, call));
                }
                other => {
                    self.next = other;
                    break;
                }
            }
        }
        Ok(batch)
    }
}

fn together(one: &CallStep, other: &CallStep) -> bool {
    let key = |call: &CallStep| (call.session, call.delivery, call.at, call.applied);
    key(one) == key(other)
}

fn read_line(reader: &mut impl BufRead, after: u64) -> Result<Option<Vec<u8>>, RerunError> {
    let mut text = Vec::new();
    let read = reader.take(LINE_BYTES_MAX + 1).read_until(b'\n', &mut text);
    let read = read.map_err(|source| RerunError::Read { after, source })?;
    if text.len() as u64 > LINE_BYTES_MAX {
        return Err(RerunError::TooLong { line: after + 1 });
    }
    while text.last().is_some_and(u8::is_ascii_whitespace) {
        text.pop();
    }
    Ok((read > 0).then_some(text))
}

/// A step that came to something else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Its line in the file.
    pub line: u64,
    /// What was done.
    pub step: String,
    /// What the file says of it.
    pub expected: String,
    /// What it came to now.
    pub got: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, step, expected, got } = self;
        write!(f, "line {line}: {step}: expected {expected}, got {got}")
    }
}

/// How a rerun went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RerunReport {
    /// Navigation requests, and calls that counted.
    pub steps: u64,
    /// Those that came to something else.
    pub differ: u64,
    /// Whether the file had its last line: one without was cut off.
    pub whole: bool,
}

impl App {
    /// Plays a session file against a version of a course, as a test, in a registration of its own.
    /// `clock` must be this app's: it is moved to the instant of each step. `tell` hears of every
    /// step that came to something else.
    pub async fn rerun<R: BufRead>(
        &self,
        clock: &FixedClock,
        caller: &Caller,
        (course, version): (CourseId, CourseVersion),
        file: &mut SessionFile<R>,
        tell: &mut dyn FnMut(&Difference),
    ) -> Result<RerunReport, RerunError> {
        let registration = self.register_rerun(caller, (course, version), &file.head).await?;
        let mut rerun = Rerun {
            app: self,
            clock,
            caller,
            registration,
            seen: None,
            sessions: HashMap::new(),
            newest: 0,
            report: RerunReport::default(),
            tell,
        };
        while let Some((line, step)) = file.step()? {
            match step {
                Step::Call(call) => {
                    let batch = file.batch((line, call))?;
                    rerun.calls(&batch).await?;
                }
                other => rerun.step(line, other).await?,
            }
        }
        Ok(rerun.report)
    }

    async fn register_rerun(
        &self,
        caller: &Caller,
        (course, version): (CourseId, CourseVersion),
        head: &SessionFileHead,
    ) -> Result<RegistrationId, AppError> {
        let actor = Actor::parse(RERUNNER.as_bytes()).expect("our own agent is one");
        let seed = head.seed.as_ref().and_then(|digits| digits.parse().ok());
        let id = RegistrationId::new(self.entropy.uuid_v4());
        let mut append = Append::new(caller.organization);
        append.writes.push(Write::CreateRegistration(NewRegistration {
            id,
            course,
            version,
            actor: RERUNNER.to_owned(),
            actor_key: actor.id.map(|id| id.to_string()).unwrap_or_default(),
            learner_id: head.learner.id.clone(),
            learner_name: head.learner.name.clone(),
            created_at: head.created_at,
            state: RegistrationState { seed, ..RegistrationState::default() }.to_json(),
            test: true,
        }));
        self.store.append(append).await?;
        Ok(id)
    }
}

/// A session as it is played again.
struct Live {
    token: String,
    id: SessionId,
    navigations: u32,
    /// Deliveries of the file and their numbers here, of those that brought the same activity.
    deliveries: HashMap<u32, u32>,
    /// Something was set since content last asked which requests are valid.
    is_stale: bool,
}

struct Rerun<'a> {
    app: &'a App,
    clock: &'a FixedClock,
    caller: &'a Caller,
    registration: RegistrationId,
    /// The last line of the API log that was compared.
    seen: Option<u64>,
    sessions: HashMap<u32, Live>,
    /// The session that began last.
    newest: u32,
    report: RerunReport,
    tell: &'a mut dyn FnMut(&Difference),
}

impl Rerun<'_> {
    fn live(&mut self, line: u64, session: u32) -> Result<&mut Live, RerunError> {
        self.sessions.get_mut(&session).ok_or(RerunError::Session { line, session })
    }

    fn wait_until(&self, at: Timestamp) {
        self.clock.advance(at.since(self.clock.now()));
    }

    fn differs(&mut self, line: u64, step: String, expected: String, got: String) {
        self.report.differ += 1;
        (self.tell)(&Difference { line, step, expected, got });
    }

    async fn step(&mut self, line: u64, step: Step) -> Result<(), RerunError> {
        match step {
            Step::Session { session, at, mode, settings, .. } => {
                self.wait_until(at);
                self.begin(session, &mode, settings).await
            }
            Step::Navigate { session, at, request, refused, ended, delivered, .. } => {
                self.wait_until(at);
                let expected = NavigatedTo { request, refused, ended, delivered };
                self.navigate(line, session, expected).await
            }
            Step::Close { session, at, delivery } => {
                self.wait_until(at);
                self.close(line, session, delivery).await
            }
            Step::Left { session, at, how, .. } => {
                self.wait_until(at);
                let token = self.live(line, session)?.token.clone();
                match how {
                    LeftHow::Exited => ignored(self.app.exit(&token).await.map(drop)),
                    LeftHow::TimedOut => ignored(self.app.time_out(&token).await),
                    LeftHow::Superseded => Ok(()),
                }
            }
            Step::End { .. } => {
                self.report.whole = true;
                Ok(())
            }
            Step::Engine { .. } | Step::Call(_) => Ok(()),
        }
    }

    async fn begin(
        &mut self,
        session: u32,
        mode: &str,
        settings: Settings,
    ) -> Result<(), RerunError> {
        let mode = match mode {
            "browse" => LaunchMode::Browse,
            "review" => LaunchMode::Review,
            _ => LaunchMode::Normal,
        };
        let in_force = InForce { settings, ..InForce::default() };
        let settings = serde_json::to_string(&in_force).expect("settings are plain data");
        let secret = Token::generate(&*self.app.entropy);
        let mut append = Append::new(self.caller.organization);
        append.writes.push(Write::CreateLaunch(NewLaunch {
            hash: secret.hash(),
            registration: self.registration,
            mode: mode.to_store(),
            return_url: None,
            language: None,
            settings,
            expires_at: self.clock.now().plus(LAUNCH_LASTS),
        }));
        self.app.store.append(append).await.map_err(AppError::from)?;
        let token =
            self.app.exchange_launch(secret.expose()).await.map_err(|error| match error {
                LaunchError::App(error) => error,
                _ => AppError::NotFound("launch"),
            })?;
        let page = self.app.play_page(token.expose()).await.map_err(broken)?;
        let playing = Live {
            token: token.expose().to_owned(),
            id: page.session,
            navigations: 0,
            deliveries: HashMap::new(),
            is_stale: false,
        };
        self.sessions.insert(session, playing);
        self.newest = session;
        Ok(())
    }

    async fn navigate(
        &mut self,
        line: u64,
        session: u32,
        expected: NavigatedTo,
    ) -> Result<(), RerunError> {
        self.report.steps += 1;
        let playing = self.live(line, session)?;
        let request =
            NavigateRequest { number: playing.navigations + 1, request: expected.request.clone() };
        let token = playing.token.clone();
        let step = format!("navigate {}", serde_json::json!(expected.request));
        let answer = match self.app.navigate(&token, &request).await {
            Ok(answer) => answer,
            Err(error) => {
                let error = of_step(error)?;
                self.differs(line, step, came_to(&expected), error);
                return Ok(());
            }
        };
        let got = NavigatedTo {
            request: expected.request.clone(),
            refused: answer.refused.map(|refused| refused.code),
            ended: answer.ended,
            delivered: answer.delivered.map(|delivered| Frame {
                delivery: delivered.delivery,
                activity: delivered.activity,
            }),
        };
        let playing = self.live(line, session)?;
        playing.navigations = answer.number;
        playing.is_stale = false;
        if let (Some(theirs), Some(ours)) = (&expected.delivered, &got.delivered)
            && theirs.activity == ours.activity
        {
            playing.deliveries.insert(theirs.delivery, ours.delivery);
        }
        if came_to(&got) != came_to(&expected) {
            self.differs(line, step, came_to(&expected), came_to(&got));
        }
        Ok(())
    }

    async fn close(&mut self, line: u64, session: u32, delivery: u32) -> Result<(), RerunError> {
        let playing = self.live(line, session)?;
        let Some(&delivery) = playing.deliveries.get(&delivery) else { return Ok(()) };
        let token = playing.token.clone();
        let request = CallsRequest { delivery, calls: Vec::new(), closing: true, validity: false };
        ignored(self.app.calls(&token, &request).await.map(drop))
    }

    /// Calls that came together.
    async fn calls(&mut self, batch: &[(u64, CallStep)]) -> Result<(), RerunError> {
        let Some((line, first)) = batch.first() else { return Ok(()) };
        if !first.applied {
            // They came too late to count, and do so here.
            return Ok(());
        }
        self.report.steps += batch.len() as u64;
        self.wait_until(first.at);
        let (line, session) = (*line, first.session);
        let playing = self.live(line, session)?;
        let Some(&delivery) = playing.deliveries.get(&first.delivery) else {
            for (line, call) in batch {
                let got = "nothing: another activity is in the frame".to_owned();
                self.differs(*line, text_of(call), answer_of(&call.result, call.error), got);
            }
            return Ok(());
        };
        let id = playing.id;
        let refused = if session == self.newest {
            self.send(session, delivery, batch).await?
        } else {
            self.send_late(line, id, delivery, batch).await?
        };
        let logged = self.logged(id, delivery).await?;
        for (line, call) in batch {
            let expected = answer_of(&call.result, call.error);
            let got = match logged.get(&call.number) {
                Some(row) if row.applied => answer_of(&row.result, row.error),
                Some(_) => "nothing: it came too late to count".to_owned(),
                None => refused.clone().unwrap_or_else(|| "nothing".to_owned()),
            };
            if got != expected {
                self.differs(*line, text_of(call), expected, got);
            }
        }
        Ok(())
    }

    /// Sends calls as the page did: where content asks which requests are valid and something was
    /// set before, the server is asked with all that came so far. Why they were refused, if so.
    async fn send(
        &mut self,
        session: u32,
        delivery: u32,
        batch: &[(u64, CallStep)],
    ) -> Result<Option<String>, RerunError> {
        let mut calls = Vec::new();
        for (line, call) in batch {
            let first = call.arguments.first().map(String::as_str).unwrap_or_default();
            let playing = self.live(*line, session)?;
            let token = playing.token.clone();
            let asks = call.function == "GetValue" && first.starts_with(VALIDITY);
            if asks && std::mem::take(&mut playing.is_stale) {
                let calls = std::mem::take(&mut calls);
                let request = CallsRequest { delivery, calls, closing: false, validity: true };
                if let Err(error) = self.app.calls(&token, &request).await {
                    return of_step(error).map(Some);
                }
            }
            let playing = self.live(*line, session)?;
            playing.is_stale |= call.function == "SetValue" && call.result == "true";
            calls.push(browser_call(call));
        }
        let Some((line, _)) = batch.first() else { return Ok(None) };
        let token = self.live(*line, session)?.token.clone();
        let request = CallsRequest { delivery, calls, closing: false, validity: false };
        match self.app.calls(&token, &request).await {
            Ok(_) => Ok(None),
            Err(error) => of_step(error).map(Some),
        }
    }

    /// Sends calls of an earlier session, which its browser had kept.
    async fn send_late(
        &mut self,
        line: u64,
        session: SessionId,
        delivery: u32,
        batch: &[(u64, CallStep)],
    ) -> Result<Option<String>, RerunError> {
        let newest = self.newest;
        let token = self.live(line, newest)?.token.clone();
        let calls = batch.iter().map(|(_, call)| browser_call(call)).collect();
        match self.app.replay(&token, &ReplayRequest { session, delivery, calls }).await {
            Ok(_) => Ok(None),
            Err(error) => of_step(error).map(Some),
        }
    }

    /// What the API log has got of a delivery since it was last looked at, by number.
    async fn logged(
        &mut self,
        session: SessionId,
        delivery: u32,
    ) -> Result<HashMap<u64, Call>, RerunError> {
        let mut found = HashMap::new();
        loop {
            let (organization, registration) = (self.caller.organization, self.registration);
            let store = &self.app.store;
            let page = store.calls(organization, registration, None, self.seen, PAGE_CALLS).await?;
            for logged in page.items {
                self.seen = Some(logged.sequence);
                if logged.call.session == session && logged.call.delivery == delivery {
                    found.insert(logged.call.number, logged.call);
                }
            }
            if page.next.is_none() {
                return Ok(found);
            }
        }
    }
}

fn browser_call(call: &CallStep) -> BrowserCall {
    let claimed = call.claimed_at.unwrap_or(call.at);
    BrowserCall {
        number: call.number,
        function: call.function.clone(),
        arguments: call.arguments.clone(),
        result: call.result.clone(),
        error: call.error.to_string(),
        claimed_millis: claimed.micros() / 1_000,
        by_inspector: false,
    }
}

fn text_of(call: &CallStep) -> String {
    let arguments: Vec<String> = call.arguments.iter().map(|one| format!("{one:?}")).collect();
    format!("{}({})", call.function, arguments.join(", "))
}

fn answer_of(result: &str, error: u32) -> String {
    if error == 0 { format!("{result:?}") } else { format!("{result:?} with error {error}") }
}

/// What a navigation request came to, without what is this rerun's own.
fn came_to(to: &NavigatedTo) -> String {
    match (&to.delivered, &to.refused) {
        (Some(frame), _) => format!("'{}'", frame.activity),
        (None, Some(code)) => format!("a refusal ({code})"),
        (None, None) if to.ended => "the end of the session".to_owned(),
        (None, None) => "nothing in the frame".to_owned(),
    }
}

/// A refusal is what a step can come to; that the work could not be done is not.
fn of_step(error: PlayError) -> Result<String, RerunError> {
    match error {
        PlayError::App(error) => Err(error.into()),
        refusal => Ok(format!("a refusal ({refusal})")),
    }
}

/// The end of a session that is over in the rerun already.
fn ignored(done: Result<(), PlayError>) -> Result<(), RerunError> {
    done.or_else(|error| of_step(error).map(drop))
}

/// A session that has just begun goes on.
fn broken(error: PlayError) -> AppError {
    match error {
        PlayError::App(error) => error,
        _ => AppError::NotFound("session"),
    }
}
