//! Replay: statements of another store come in as what they are, claims of that store.
//!
//! They are stored as any client's are, with our `stored` and our authority, so that what is read
//! keeps the standard's promises. What the other store said is kept beside them and bound by the
//! ledger's entry.

mod lines;

use crate::{
    App, AppError, Caller,
    statements::{account_authority, new_statement},
};
use blob::BlobReader;
use domain::{CredentialId, Scope, Sha256Digest};
use lines::{LINE_BYTES_MAX, Line, Lines};
use serde::Deserialize;
use serde_json::json;
use std::{collections::HashSet, sync::Arc};
use store::{Append, AppendError, Claim, EventOp, NewEvent, REPLAY_AUTHORITY};
use xapi::{
    Actor, Authority, Stamped, Statement, ValidationError, Version, multipart::check_without_parts,
};

/// Statements that are written in one commit.
const BATCH_STATEMENTS_MAX: usize = 500;
/// Bytes of statements that are written in one commit.
const BATCH_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Refusals that are told one by one; the others are counted.
const REFUSALS_MAX: usize = 1_000;

/// What happens to lines that are refused, and whether anything is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ReplayMode {
    /// A line that is refused stops no other.
    #[default]
    Lenient,
    /// Every line is checked first, and nothing is written when one is refused.
    Strict,
    /// Every line is checked and nothing is written.
    DryRun,
}

/// How to replay a file.
#[derive(Debug, Clone, Default)]
pub struct ReplayOptions {
    /// Why, for the trail.
    pub reason: String,
    /// What the file is called, for the trail.
    pub file_name: String,
    /// What happens to lines that are refused.
    pub mode: ReplayMode,
}

/// A line that was not stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Its number, from 1.
    pub line: u64,
    /// JSON pointer of what breaks the rule.
    pub pointer: String,
    /// The rule.
    pub rule: String,
    /// What is wrong, for the sender.
    pub problem: String,
}

/// What a replay did.
#[derive(Debug, Clone)]
pub struct ReplayReport {
    /// SHA-256 of the file.
    pub source: Sha256Digest,
    /// Its size in bytes.
    pub bytes: u64,
    /// How it was replayed.
    pub mode: ReplayMode,
    /// Lines with something on them.
    pub lines: u64,
    /// Statements that are stored now; in a dry run, that would be. A dry run compares with what
    /// is stored, not with earlier lines.
    pub stored: u64,
    /// Statements that were stored before.
    pub known: u64,
    /// Lines that were refused.
    pub refused: u64,
    /// The first of these, at most a thousand.
    pub refusals: Vec<Refusal>,
    /// Whether anything was to be written: not in a dry run, nor when strictness forbade it.
    pub is_written: bool,
}

/// Told how many bytes of how many are done.
pub type Progress<'a> = &'a (dyn Fn(u64, u64) + Send + Sync);

/// A statement that waits to be written.
struct Pending {
    stamped: Stamped,
    claim: Claim,
    bytes: usize,
}

/// One replay under way.
struct Run<'a> {
    caller: &'a Caller,
    authority: Authority,
    id: CredentialId,
    report: ReplayReport,
}

impl App {
    /// Replays statements, one a line, that `file` holds; its SHA-256 is `source`. Sending the
    /// same file again stores nothing twice. Administrators only.
    pub async fn replay_statements(
        &self,
        caller: &Caller,
        file: Arc<dyn BlobReader>,
        source: Sha256Digest,
        options: &ReplayOptions,
        progress: Progress<'_>,
    ) -> Result<ReplayReport, AppError> {
        caller.require(Scope::All, &[])?;
        if options.mode == ReplayMode::Lenient {
            return self.replay_pass(caller, file, source, options, true, progress).await;
        }
        let checked =
            self.replay_pass(caller, file.clone(), source, options, false, progress).await?;
        if options.mode == ReplayMode::DryRun || checked.refused > 0 {
            return Ok(checked);
        }
        self.replay_pass(caller, file, source, options, true, progress).await
    }

    async fn replay_pass(
        &self,
        caller: &Caller,
        file: Arc<dyn BlobReader>,
        source: Sha256Digest,
        options: &ReplayOptions,
        is_written: bool,
        progress: Progress<'_>,
    ) -> Result<ReplayReport, AppError> {
        let organization = self.organization(caller.organization).await?;
        let id = CredentialId::parse(REPLAY_AUTHORITY).expect("our own id is one");
        let bytes = file.size();
        let report = ReplayReport {
            source,
            bytes,
            mode: options.mode,
            lines: 0,
            stored: 0,
            known: 0,
            refused: 0,
            refusals: Vec::new(),
            is_written,
        };
        let authority = account_authority(&organization, &id);
        let mut run = Run { caller, authority, id, report };
        if is_written {
            self.tell_of_replay(&run, options, "begun").await?;
        }
        let mut lines = Lines::of(file);
        let mut batch: Vec<Pending> = Vec::new();
        let (mut batch_bytes, mut ids) = (0, HashSet::new());
        while let Some(line) = lines.next().await? {
            run.report.lines += 1;
            let Some(pending) = run.read(line, source) else { continue };
            let id = pending.stamped.id();
            let is_full = batch.len() >= BATCH_STATEMENTS_MAX || batch_bytes >= BATCH_BYTES_MAX;
            // One unit cannot hold an id twice; the second one meets the first in the store.
            if is_full || ids.contains(&id) {
                self.replay_batch(&mut run, std::mem::take(&mut batch)).await?;
                progress(lines.bytes_done(), bytes);
                (batch_bytes, ids) = (0, HashSet::new());
            }
            batch_bytes += pending.bytes;
            ids.insert(id);
            batch.push(pending);
        }
        self.replay_batch(&mut run, batch).await?;
        progress(bytes, bytes);
        if is_written {
            self.tell_of_replay(&run, options, "finished").await?;
        }
        Ok(run.report)
    }

    /// Writes a batch, or looks what would become of it. A statement that is refused is taken out
    /// and the others are tried again.
    async fn replay_batch(
        &self,
        run: &mut Run<'_>,
        mut batch: Vec<Pending>,
    ) -> Result<(), AppError> {
        if !run.report.is_written {
            for pending in &batch {
                self.check_replayed(run, pending).await?;
            }
            return Ok(());
        }
        while !batch.is_empty() {
            let mut append = Append::new(run.caller.organization);
            append.statements = batch
                .iter()
                .map(|pending| {
                    let mut new = new_statement(&pending.stamped, &run.id);
                    new.claim = Some(pending.claim.clone());
                    new
                })
                .collect();
            let refused = match self.store.append(append).await {
                Ok(appended) => {
                    let new = appended.statements.iter().filter(|one| one.new).count() as u64;
                    run.report.stored += new;
                    run.report.known += appended.statements.len() as u64 - new;
                    return Ok(());
                }
                Err(AppendError::Conflict { id } | AppendError::VoidsVoiding { id, .. }) => id,
                Err(error) => return Err(error.into()),
            };
            let found = batch.iter().position(|pending| pending.stamped.id() == refused);
            let Some(found) = found else { return Err(AppError::Contended) };
            let pending = batch.remove(found);
            self.check_replayed(run, &pending).await?;
        }
        Ok(())
    }

    /// Counts a statement as what the store, as it is, would make of it.
    async fn check_replayed(&self, run: &mut Run<'_>, pending: &Pending) -> Result<(), AppError> {
        let statement = pending.stamped.statement();
        let (line, id) = (pending.claim.line, pending.stamped.id());
        if let Some(stored) = self.store.statement(run.caller.organization, id).await? {
            let same = Statement::parse(&stored.body, statement.read_as())
                .is_ok_and(|stored| statement.same_as(&stored));
            if same {
                run.report.known += 1;
            } else {
                let problem = format!("a different statement with id {id} is stored already");
                run.refuse(line, "/id", "Communication 2.1.1", problem);
            }
            return Ok(());
        }
        if self.store.erased_statement(run.caller.organization, id).await?.is_some() {
            run.refuse(line, "/id", "erased", format!("statement {id} was erased"));
            return Ok(());
        }
        if let Some(target) = statement.voids()
            && let Some(voided) = self.store.statement(run.caller.organization, target).await?
            && Statement::parse(&voided.body, statement.read_as())
                .is_ok_and(|voided| voided.voids().is_some())
        {
            let problem = format!("statement {target} is a voiding statement, which stays");
            run.refuse(line, "/object/id", "XAPI-00022", problem);
            return Ok(());
        }
        run.report.stored += 1;
        Ok(())
    }

    /// Who replayed what, and what came of it, for the trail.
    async fn tell_of_replay(
        &self,
        run: &Run<'_>,
        options: &ReplayOptions,
        state: &str,
    ) -> Result<(), AppError> {
        let report = &run.report;
        let value = json!({
            "state": state,
            "file_sha256": report.source,
            "file_name": options.file_name,
            "bytes": report.bytes,
            "strict": report.mode == ReplayMode::Strict,
            "lines": report.lines,
            "stored": report.stored,
            "known": report.known,
            "refused": report.refused,
        });
        let mut append = Append::new(run.caller.organization);
        append.events = vec![NewEvent {
            actor: run.caller.name(),
            reason: options.reason.clone(),
            entity: "replay".to_owned(),
            entity_id: report.source.to_string(),
            op: EventOp::Assert,
            valid_from: None,
            valid_to: None,
            value: value.to_string(),
            source: json!({ "file_sha256": report.source }).to_string(),
            about: None,
        }];
        self.store.append(append).await?;
        Ok(())
    }
}

/// The part of a statement that says by whose rules to read it.
#[derive(Deserialize)]
struct Versioned {
    version: Option<String>,
}

impl Run<'_> {
    /// The statement of a line; `None` when it is refused.
    fn read(&mut self, line: Line, source: Sha256Digest) -> Option<Pending> {
        let number = line.number;
        let Some(bytes) = line.bytes else {
            let problem = format!("the line holds more than line_bytes_max = {LINE_BYTES_MAX}");
            self.refuse(number, "", "replay", problem);
            return None;
        };
        let version = serde_json::from_slice::<Versioned>(&bytes).ok().and_then(|one| one.version);
        let is_two = version.is_some_and(|text| text.starts_with("2."));
        let version = if is_two { Version::V2_0 } else { Version::V1_0 };
        let statement = match Statement::parse(&bytes, version) {
            Ok(statement) => statement,
            Err(ValidationError { pointer, rule, message, .. }) => {
                self.refuse(number, &pointer, rule, message);
                return None;
            }
        };
        if let Err(error) = check_without_parts(std::slice::from_ref(&statement)) {
            self.refuse(number, "/attachments", "Data 2.4.11", error.to_string());
            return None;
        }
        let Some(id) = statement.id() else {
            let problem = "a replayed statement has its id, so that it is never stored twice";
            self.refuse(number, "/id", "replay", problem.to_owned());
            return None;
        };
        let claim = claim_of(&statement, source, number);
        let stamped = statement.stamp(id, &self.authority);
        Some(Pending { stamped, claim, bytes: bytes.len() })
    }

    fn refuse(&mut self, line: u64, pointer: &str, rule: &str, problem: String) {
        self.report.refused += 1;
        if self.report.refusals.len() < REFUSALS_MAX {
            let (pointer, rule) = (pointer.to_owned(), rule.to_owned());
            self.report.refusals.push(Refusal { line, pointer, rule, problem });
        }
    }
}

fn claim_of(statement: &Statement, source: Sha256Digest, line: u64) -> Claim {
    let root = statement.root();
    let stored = root.get("stored").and_then(xapi::json::Value::as_str);
    Claim {
        stored: stored.map(std::borrow::Cow::into_owned),
        authority: root.get("authority").map(|value| value.text().to_owned()),
        authority_key: statement.authority().map(authority_key),
        source,
        line,
    }
}

/// The canonical text of an authority; an anonymous group, as OAuth has it (Data 2.4.9), is all its
/// members.
pub(crate) fn authority_key(actor: &Actor) -> String {
    actor.id.as_ref().map_or_else(
        || {
            let members = actor.members.iter().filter_map(|member| member.id.as_ref());
            let members: std::collections::BTreeSet<_> = members.map(ToString::to_string).collect();
            format!("group:{}", members.into_iter().collect::<Vec<_>>().join(" "))
        },
        ToString::to_string,
    )
}
