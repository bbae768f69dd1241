//! Feeds: files of other systems, each run of which is itself on the trail.

use super::{READERS, WRITERS, event_of, things::sound_reason};
use crate::{App, AppError, Caller};
use audit::Day;
use audit::feed::{self, Counts, Kind, LineFault, Mode, Outcome, Reading};
use audit::reference::{Change, Entity, Op, Trail};
use domain::{Scope, Sha256Digest, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::VecDeque;
use std::sync::{Arc, PoisonError};
use store::{Append, NewEvent};

/// The most bytes of a file.
pub const FEED_BYTES_MAX: usize = 32 << 20;
/// The most events of a run that are committed at once. A run of more is several commits, the last
/// of which has the event of the run; when one fails, the same file again goes on from there.
pub const EVENTS_IN_ONE_COMMIT_MAX: usize = 20_000;
/// The most errors that are kept of a run.
pub const ERRORS_KEPT_MAX: usize = 100;
/// The most characters of a source's name.
const SOURCE_CHARACTERS_MAX: usize = 100;

/// A file, and what it is.
#[derive(Debug, Clone)]
pub struct FeedFile {
    /// What it is.
    pub kind: Kind,
    /// The system that it comes from, by a name that stays the same.
    pub source: String,
    /// What a roster leaves out.
    pub mode: Mode,
    /// The day on which it was taken; today when it is not said.
    pub taken_on: Option<Day>,
    /// What it is called.
    pub file_name: String,
    /// Why it is read.
    pub reason: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Bytes of files that were tried and wait to be taken.
const TRIED_BYTES_MAX: usize = 2 * FEED_BYTES_MAX;

/// Files that people have tried in the console and may now take, the newest last. Those that do not
/// fit any more are forgotten, and chosen again.
#[derive(Default)]
pub(crate) struct Tried(std::sync::Mutex<VecDeque<(String, Caller, FeedFile)>>);

impl Tried {
    fn keep(&self, token: String, caller: Caller, file: FeedFile) {
        let mut files = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        files.push_back((token, caller, file));
        let bytes = |files: &VecDeque<(String, Caller, FeedFile)>| -> usize {
            files.iter().map(|(_, _, file)| file.bytes.len()).sum()
        };
        while bytes(&files) > TRIED_BYTES_MAX {
            files.pop_front();
        }
    }

    fn take(&self, token: &str, caller: &Caller) -> Option<FeedFile> {
        let mut files = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = files.iter().position(|(kept, by, _)| {
            kept == token && by.organization == caller.organization && by.name() == caller.name()
        })?;
        files.remove(at).map(|(_, _, file)| file)
    }
}

/// What is kept of a run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FeedRunValue {
    /// What the file is.
    pub kind: Kind,
    /// The system that it comes from.
    pub source: String,
    /// What the file is called.
    pub file: String,
    /// The SHA-256 of the file as it was sent.
    pub file_sha256: String,
    /// Its length in bytes.
    pub bytes: u64,
    /// What a roster leaves out.
    pub mode: Mode,
    /// The day on which the file was taken.
    pub taken_on: Day,
    /// How many of what.
    pub counts: Counts,
    /// In how many commits it was written.
    pub commits: usize,
    /// What is wrong with lines, the first of them.
    pub errors: Vec<LineFault>,
    /// How many more there are.
    pub errors_left_out: usize,
    /// What people should know of the reading.
    pub remarks: Vec<String>,
}

/// A run.
#[derive(Debug, Clone)]
pub struct FeedRun {
    /// Which one; empty of one that was only tried.
    pub id: String,
    /// When it was recorded; `None` of one that was only tried.
    pub at: Option<Timestamp>,
    /// What is kept of it.
    pub value: FeedRunValue,
    /// What it says, with the line that says it; empty of runs of the past.
    pub changes: Vec<(Option<u64>, Change)>,
}

impl App {
    /// Fails unless the caller may send feeds, before a file is taken in.
    pub fn may_feed(&self, caller: &Caller) -> Result<(), AppError> {
        caller.require(Scope::ReferenceWrite, &WRITERS)
    }

    /// Reads a file and says what is new in it; `is_trial` only tells what would be said.
    pub async fn run_feed(
        &self,
        caller: &Caller,
        file: FeedFile,
        is_trial: bool,
    ) -> Result<FeedRun, AppError> {
        self.may_feed(caller)?;
        let reason = sound_reason(&file.reason)?.to_owned();
        let source = file.source.trim();
        if source.is_empty() || source.chars().count() > SOURCE_CHARACTERS_MAX {
            let problem = format!(
                "names the system that the file comes from, in 1 to {SOURCE_CHARACTERS_MAX} \
                 characters, always by the same name"
            );
            return Err(AppError::invalid("source", problem));
        }
        if file.kind != Kind::Roster && file.mode == Mode::Full {
            return Err(AppError::invalid("mode", "full is for rosters"));
        }
        let file = FeedFile { source: source.to_owned(), ..file };
        let _turn = self.trails.writing.lock().await;
        let trail = self.trail(caller.organization).await?;
        let now = self.clock.now();
        let taken_on = file.taken_on.unwrap_or_else(|| Self::zone_of(&trail).day(now));
        let (file, outcome, digest) = self.compare(trail, file, taken_on).await?;
        let mut value = kept(&file, taken_on, digest, &outcome);
        let id = if is_trial { String::new() } else { self.entropy.uuid_v7(now).to_string() };
        let mut run = FeedRun { id, at: None, value: value.clone(), changes: outcome.changes };
        if is_trial {
            return Ok(run);
        }
        value.commits = (run.changes.len() + 1).div_ceil(EVENTS_IN_ONE_COMMIT_MAX);
        self.record_run(caller, &run, &value, &reason).await?;
        run.at = Some(now);
        run.value = value;
        Ok(run)
    }

    /// Reads a file without effect, and keeps it to be taken by the same caller at this node; the
    /// token by which.
    pub async fn try_feed(
        &self,
        caller: &Caller,
        file: FeedFile,
    ) -> Result<(FeedRun, String), AppError> {
        let run = self.run_feed(caller, file.clone(), true).await?;
        let token = self.entropy.uuid_v4().to_string();
        self.tried.keep(token.clone(), caller.clone(), file);
        Ok((run, token))
    }

    /// The file that was tried, once.
    pub fn tried_feed(&self, caller: &Caller, token: &str) -> Option<FeedFile> {
        self.tried.take(token, caller)
    }

    /// Reads the file where it holds up nobody else.
    async fn compare(
        &self,
        trail: Arc<Trail>,
        file: FeedFile,
        taken_on: Day,
    ) -> Result<(FeedFile, Outcome, Sha256Digest), AppError> {
        let entropy = Arc::clone(&self.entropy);
        let comparing = tokio::task::spawn_blocking(move || {
            let reading =
                Reading { kind: file.kind, source: &file.source, mode: file.mode, taken_on };
            let mut fresh = || {
                let mut bytes = [0; 8];
                entropy.fill(&mut bytes);
                format!("{:016x}", u64::from_be_bytes(bytes))
            };
            let outcome = feed::read(&file.bytes, &trail, &reading, &mut fresh);
            let digest = Sha256Digest::of(&file.bytes);
            (file, outcome, digest)
        });
        let (file, outcome, digest) = comparing.await?;
        let outcome = outcome.map_err(|fault| AppError::invalid("file", fault.to_string()))?;
        Ok((file, outcome, digest))
    }

    async fn record_run(
        &self,
        caller: &Caller,
        run: &FeedRun,
        value: &FeedRunValue,
        reason: &str,
    ) -> Result<(), AppError> {
        let actor = caller.name();
        let mut events: Vec<NewEvent> = Vec::new();
        for (line, change) in &run.changes {
            let source = json!({
                "feed": value.kind,
                "source": value.source,
                "run": run.id,
                "file_sha256": value.file_sha256,
                "line": line,
            });
            events.push(event_of(change, &actor, reason, &source.to_string()));
        }
        let last = Change {
            entity: Entity::FeedRun,
            id: run.id.clone(),
            op: Op::Assert,
            from: None,
            to: None,
            value: json!(value),
            named: None,
        };
        events.push(event_of(&last, &actor, reason, "null"));
        while !events.is_empty() {
            let rest = events.split_off(events.len().min(EVENTS_IN_ONE_COMMIT_MAX));
            let mut append = Append::new(caller.organization);
            append.events = std::mem::replace(&mut events, rest);
            self.store.append(append).await?;
        }
        Ok(())
    }

    /// The runs so far, newest first; those of one kind when it is named.
    pub async fn feed_runs(
        &self,
        caller: &Caller,
        kind: Option<Kind>,
    ) -> Result<Vec<FeedRun>, AppError> {
        caller.require(Scope::ReferenceRead, &READERS)?;
        let trail = self.trail(caller.organization).await?;
        let mut found: Vec<_> = trail
            .all_at(Entity::FeedRun, None)
            .filter_map(|stated| {
                let value: FeedRunValue = stated.asserted.read().ok()?;
                let run = FeedRun {
                    id: stated.id.to_owned(),
                    at: stated.visibility.recorded_at,
                    value,
                    changes: Vec::new(),
                };
                Some((stated.asserted.position, run))
            })
            .filter(|(_, run)| kind.is_none_or(|kind| kind == run.value.kind))
            .collect();
        found.sort_by_key(|(position, _)| std::cmp::Reverse(*position));
        Ok(found.into_iter().map(|(_, run)| run).collect())
    }
}

fn kept(file: &FeedFile, taken_on: Day, digest: Sha256Digest, outcome: &Outcome) -> FeedRunValue {
    FeedRunValue {
        kind: file.kind,
        source: file.source.clone(),
        file: file.file_name.clone(),
        file_sha256: digest.to_string(),
        bytes: file.bytes.len() as u64,
        mode: file.mode,
        taken_on,
        counts: outcome.counts,
        commits: 0,
        errors: outcome.faults.iter().take(ERRORS_KEPT_MAX).cloned().collect(),
        errors_left_out: outcome.faults.len().saturating_sub(ERRORS_KEPT_MAX),
        remarks: outcome.remarks.clone(),
    }
}
