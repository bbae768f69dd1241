//! A session as a file: what was asked, called and answered, step by step, so that it can be played
//! again. docs/guide/session-file.md describes the format.

use crate::{
    App, AppError, Caller,
    course_settings::read_in_force,
    play::{
        outcome::{Frame, LeftHow, LoggedOutcome},
        state::RegistrationState,
        wire::Wish,
    },
    registrations::READERS,
};
use domain::{
    CourseId, CourseVersion, OrganizationId, RegistrationId, Scope, SessionId, Sha256Digest,
    Timestamp,
};
use scorm::{manifest::Edition, settings::Settings, tree::Adjustments};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::HashMap;
use store::{Call, LaunchMode, LoggedCall, Session};

/// The version of the format that is written, and the newest that is read.
pub const SESSION_FILE_FORMAT: u32 = 1;
/// Calls of the API log that are read at once.
const PAGE_CALLS: usize = 500;
/// Elements that hold the learner's name.
const NAMES: [&str; 2] = ["cmi.core.student_name", "cmi.learner_name"];

/// The first line of a session file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SessionFileHead {
    /// Says that this is a session file, and of which format.
    pub attestry_session: u32,
    /// The course.
    pub course: CourseHead,
    /// SHA-256 of the package that was played.
    pub package_sha256: Sha256Digest,
    /// Its standard.
    pub edition: Edition,
    /// The registration.
    pub registration: RegistrationId,
    /// When that was made.
    pub created_at: Timestamp,
    /// Whether it tried the course out.
    pub test: bool,
    /// The session that was exported: the last one in the file.
    pub session: SessionId,
    /// Who the content took for its learner.
    pub learner: LearnerHead,
    /// What selection and randomization drew from, in decimal digits.
    pub seed: Option<String>,
}

/// The course of a session file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CourseHead {
    /// Its id.
    pub id: CourseId,
    /// Its title in this version.
    pub title: String,
    /// The version.
    pub version: CourseVersion,
}

/// Who the content took for its learner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LearnerHead {
    /// `cmi.learner_id`.
    pub id: String,
    /// `cmi.learner_name`: the id again, except in tests.
    pub name: String,
}

/// A line of a session file behind the first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub(crate) enum Step {
    /// A session begins, by these settings.
    Session {
        session: u32,
        at: Timestamp,
        id: SessionId,
        mode: String,
        #[serde(default)]
        settings: Settings,
    },
    /// The page asked for something.
    Navigate {
        session: u32,
        at: Timestamp,
        request: Wish,
        refused: Option<String>,
        ended: bool,
        delivered: Option<Frame>,
        sentence: String,
        trace: Option<String>,
    },
    /// The engine acted on the way to what the next step asks for, or to the end.
    Engine { session: u32, at: Timestamp, request: Value, sentence: String, trace: Option<String> },
    /// Content called the API.
    Call(CallStep),
    /// The page took the content out of the frame.
    Close { session: u32, at: Timestamp, delivery: u32 },
    /// The file is whole.
    End {
        /// Lines between the head and this one.
        steps: u64,
    },
    /// The session was left.
    Left { session: u32, at: Timestamp, how: LeftHow, sentence: Option<String> },
}

/// A call of the API.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct CallStep {
    pub(crate) session: u32,
    pub(crate) delivery: u32,
    pub(crate) number: u64,
    /// When the server took it in; calls that came together have the same.
    pub(crate) at: Timestamp,
    /// When the browser says it was.
    pub(crate) claimed_at: Option<Timestamp>,
    pub(crate) function: String,
    pub(crate) arguments: Vec<String>,
    pub(crate) result: String,
    pub(crate) error: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) note: Option<String>,
    /// Whether it counted; calls that came too late do not.
    pub(crate) applied: bool,
}

/// A session that is being handed over, in pieces.
#[derive(Debug)]
pub struct SessionExport {
    organization: OrganizationId,
    head: SessionFileHead,
    /// What stands for the learner's name, unless it may be told.
    replaces_name: bool,
    /// The sessions in the file, in order.
    sessions: Vec<Session>,
    /// By which each played.
    settings: Vec<Settings>,
    /// Those that were begun in what was given.
    begun: usize,
    /// What is in the frame of each, as far as it was given.
    frames: HashMap<SessionId, Frame>,
    /// Those whose end was given.
    left: Vec<SessionId>,
    after: Option<u64>,
    /// Steps that were given.
    given: u64,
    stage: Stage,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Head,
    Steps,
    Done,
}

impl SessionExport {
    /// The head of the file.
    pub const fn head(&self) -> &SessionFileHead {
        &self.head
    }
}

impl App {
    /// Begins to hand a session over. It holds the sessions before it, too: the state that it began
    /// from is what they left.
    pub async fn export_session(
        &self,
        caller: &Caller,
        registration: RegistrationId,
        session: SessionId,
    ) -> Result<SessionExport, AppError> {
        caller.require_read(Scope::RegistrationsRead, &READERS)?;
        let organization = caller.organization;
        let found = self.store.registration(organization, registration).await?;
        let fixed = found.ok_or(AppError::NotFound("registration"))?.fixed;
        let mut sessions = self.store.sessions(organization, registration).await?;
        let at = sessions.iter().position(|one| one.id == session);
        sessions.truncate(at.ok_or(AppError::NotFound("session"))? + 1);
        // Those that looked at the course left nothing that the exported one could find.
        sessions.retain(|one| one.mode == LaunchMode::Normal || one.id == session);
        let version = (fixed.course, fixed.version);
        let course = self.playable(organization, version, Adjustments::default()).await?;
        let seed = RegistrationState::parse(&fixed.state)?.seed;
        let name = if fixed.test { fixed.learner_name } else { fixed.learner_id.clone() };
        let head = SessionFileHead {
            attestry_session: SESSION_FILE_FORMAT,
            course: CourseHead {
                id: fixed.course,
                title: course.version.title.clone(),
                version: fixed.version,
            },
            package_sha256: course.version.package,
            edition: course.tree.edition(),
            registration,
            created_at: fixed.created_at,
            test: fixed.test,
            session,
            learner: LearnerHead { id: fixed.learner_id, name },
            seed: seed.map(|seed| seed.to_string()),
        };
        let settings = sessions.iter().map(|one| Ok(read_in_force(&one.settings)?.settings));
        let settings: Result<Vec<Settings>, AppError> = settings.collect();
        Ok(SessionExport {
            organization,
            replaces_name: !head.test,
            settings: settings?,
            head,
            sessions,
            begun: 0,
            frames: HashMap::new(),
            left: Vec::new(),
            after: None,
            given: 0,
            stage: Stage::Head,
        })
    }

    /// The next lines of the file; `None` at its end.
    pub async fn next_steps(&self, export: &mut SessionExport) -> Result<Option<String>, AppError> {
        let mut lines = String::new();
        match export.stage {
            Stage::Head => {
                push_line(&mut lines, &export.head);
                export.stage = Stage::Steps;
            }
            Stage::Steps => {
                let (id, after) = (export.head.registration, export.after);
                let lagging = self.store.lagging();
                let page = lagging.calls(export.organization, id, None, after, PAGE_CALLS).await?;
                let mut steps = Vec::new();
                for logged in page.items {
                    export.take(logged, &mut steps);
                }
                export.after = page.next;
                if page.next.is_none() {
                    export.stage = Stage::Done;
                    export.finish(&mut steps);
                    steps.push(Step::End { steps: export.given + steps.len() as u64 });
                }
                export.given += steps.len() as u64;
                for step in &steps {
                    push_line(&mut lines, step);
                }
            }
            Stage::Done => return Ok(None),
        }
        Ok(Some(lines))
    }
}

fn push_line(lines: &mut String, value: &impl Serialize) {
    lines.push_str(&serde_json::to_string(value).expect("texts and numbers are plain data"));
    lines.push('\n');
}

impl SessionExport {
    /// Adds what a line of the API log tells.
    fn take(&mut self, logged: LoggedCall, steps: &mut Vec<Step>) {
        let call = logged.call;
        let Some(at) = self.sessions.iter().position(|one| one.id == call.session) else { return };
        self.begin(at + 1, steps);
        let session = number(at);
        if call.delivery > 0 {
            steps.push(Step::Call(self.call(session, call)));
            return;
        }
        let outcome = call.outcome.as_deref().and_then(|text| serde_json::from_str(text).ok());
        let (received, sentence, trace) = (call.received_at, call.result, call.note);
        match outcome {
            Some(LoggedOutcome::Navigated(to)) => {
                self.close(at, received, steps);
                if let Some(frame) = &to.delivered {
                    self.frames.insert(call.session, frame.clone());
                }
                steps.push(Step::Navigate {
                    session,
                    at: received,
                    request: to.request,
                    refused: to.refused,
                    ended: to.ended,
                    delivered: to.delivered,
                    sentence,
                    trace,
                });
            }
            Some(LoggedOutcome::Left(how)) => {
                if how == LeftHow::Exited {
                    self.close(at, received, steps);
                    self.left.push(call.session);
                }
                steps.push(Step::Left { session, at: received, how, sentence: Some(sentence) });
            }
            None => {
                let request = serde_json::from_str(&call.arguments).unwrap_or_default();
                steps.push(Step::Engine { session, at: received, request, sentence, trace });
            }
        }
    }

    fn call(&self, session: u32, call: Call) -> CallStep {
        let arguments: Vec<String> = serde_json::from_str(&call.arguments).unwrap_or_default();
        let names = call.function.ends_with("GetValue")
            && arguments.first().is_some_and(|element| NAMES.contains(&element.as_str()));
        let hides = names && self.replaces_name && call.error == 0;
        CallStep {
            session,
            delivery: call.delivery,
            number: call.number,
            at: call.received_at,
            claimed_at: call.claimed_at,
            function: call.function,
            arguments,
            result: if hides { self.head.learner.name.clone() } else { call.result },
            error: call.error,
            note: call.note,
            applied: call.applied,
        }
    }

    /// The player empties the frame, and says so, before it asks for anything else.
    fn close(&mut self, session: usize, at: Timestamp, steps: &mut Vec<Step>) {
        let Some(one) = self.sessions.get(session) else { return };
        if let Some(Frame { delivery, .. }) = self.frames.remove(&one.id) {
            steps.push(Step::Close { session: number(session), at, delivery });
        }
    }

    /// Adds the begins of sessions until so many have begun, and before each the ends of others.
    fn begin(&mut self, count: usize, steps: &mut Vec<Step>) {
        while self.begun < count {
            let Some(next) = self.sessions.get(self.begun) else { return };
            let (id, at, mode) = (next.id, next.created_at, next.mode.as_str().to_owned());
            let settings = self.settings.get(self.begun).cloned().unwrap_or_default();
            self.end(self.begun, steps);
            let session = number(self.begun);
            steps.push(Step::Session { session, at, id, mode, settings });
            self.begun += 1;
        }
    }

    /// Adds the ends, by the player's own Exit, of the first `count` sessions where no line tells of
    /// them: nothing was left to leave.
    fn end(&mut self, count: usize, steps: &mut Vec<Step>) {
        let silent: Vec<(usize, Timestamp)> = self
            .sessions
            .iter()
            .take(count)
            .enumerate()
            .filter(|(_, one)| !self.left.contains(&one.id))
            .filter_map(|(at, one)| match one.ended {
                Some((ended, store::SessionEnd::Exited)) => Some((at, ended)),
                _ => None,
            })
            .collect();
        for (at, ended) in silent {
            self.close(at, ended, steps);
            let (session, how) = (number(at), LeftHow::Exited);
            steps.push(Step::Left { session, at: ended, how, sentence: None });
            self.left.extend(self.sessions.get(at).map(|one| one.id));
        }
    }

    fn finish(&mut self, steps: &mut Vec<Step>) {
        self.begin(self.sessions.len(), steps);
        self.end(self.sessions.len(), steps);
    }
}

/// Sessions are counted from 1.
fn number(at: usize) -> u32 {
    u32::try_from(at + 1).unwrap_or(u32::MAX)
}
