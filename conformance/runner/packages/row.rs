//! The row of a package: what the import said, what the learner met, what the record holds then.

use crate::drive::Met;
use harness::{
    Server,
    serde_json::{Value, json},
};
use serde::Serialize;
use std::fmt::Write;

/// Calls in one page of the API log, and pages that are read.
const CALLS_PAGE: usize = 1000;
const CALL_PAGES_MAX: usize = 20;

/// All that is known of a package after its launch.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Row {
    pub(crate) package: String,
    pub(crate) passed: bool,
    /// Why it failed, or what is known of it.
    pub(crate) remark: String,
    pub(crate) edition: String,
    pub(crate) items: u64,
    /// Codes of the findings of the import, each once.
    pub(crate) findings: Vec<String>,
    pub(crate) met: Option<Met>,
    pub(crate) record: Option<Record>,
    /// Requests for files of the package that failed.
    pub(crate) missing: Vec<String>,
    /// Errors that the course left in the console.
    pub(crate) console: Vec<String>,
    /// Errors that the player left there.
    pub(crate) player: Vec<String>,
}

/// What the API tells of the registration.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Record {
    /// `LMSInitialize` or `Initialize` was answered with `true`.
    pub(crate) api_found: bool,
    pub(crate) ended_well: bool,
    pub(crate) calls: usize,
    /// Calls that left an error: function, arguments, code.
    pub(crate) errors: Vec<String>,
    pub(crate) status: String,
    pub(crate) score: Option<f64>,
    pub(crate) statements: usize,
    /// Activities that are completed or passed.
    pub(crate) done: usize,
}

impl Record {
    /// Reads the record of a registration.
    pub(crate) async fn read(server: &Server, registration: &str) -> Self {
        let one = json_of(server, &format!("/api/v1/registrations/{registration}")).await;
        let calls = calls_of(server, registration).await;
        let path = format!("statements?registration={registration}&limit=500");
        let statements = match server.xapi(&path).send().await {
            Ok(answer) => answer.json().await.unwrap_or_default(),
            Err(_) => Value::Null,
        };
        let ends = |call: &Value, names: &[&str]| {
            let function = call["function"].as_str().unwrap_or_default();
            call["result"] == "true" && names.contains(&function)
        };
        let activities = one["activities"].as_array().cloned().unwrap_or_default();
        let is_done = |one: &&Value| {
            one["kind"] != "cluster"
                && (one["success"] == "passed" || one["completion"] == "completed")
        };
        Self {
            api_found: calls.iter().any(|call| ends(call, &["LMSInitialize", "Initialize"])),
            ended_well: calls.iter().any(|call| ends(call, &["LMSFinish", "Terminate"])),
            errors: calls.iter().filter(|call| call["error"] != 0).map(told).collect(),
            calls: calls.len(),
            status: one["status"].as_str().unwrap_or("?").to_owned(),
            score: one["score"]["scaled"].as_f64(),
            statements: statements["statements"].as_array().map_or(0, Vec::len),
            done: activities.iter().filter(is_done).count(),
        }
    }
}

fn told(call: &Value) -> String {
    let arguments = call["arguments"].to_string();
    let arguments: String = arguments.chars().take(120).collect();
    format!("{} {arguments} {}", call["function"].as_str().unwrap_or_default(), call["error"])
}

async fn json_of(server: &Server, path: &str) -> Value {
    match server.get(path).send().await {
        Ok(answer) => answer.json().await.unwrap_or_default(),
        Err(error) => json!({"status": error.to_string()}),
    }
}

/// Calls of the content; lines of navigation are not theirs.
async fn calls_of(server: &Server, registration: &str) -> Vec<Value> {
    let mut calls = Vec::new();
    let mut cursor = String::new();
    for _ in 0..CALL_PAGES_MAX {
        let path = format!("/api/v1/registrations/{registration}/calls?limit={CALLS_PAGE}{cursor}");
        let mut page = json_of(server, &path).await;
        if let Value::Array(items) = page["items"].take() {
            calls.extend(items.into_iter().filter(|call| call["delivery"] != 0));
        }
        let Some(next) = page["next"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    calls
}

impl Row {
    /// The row for people.
    pub(crate) fn line(&self) -> String {
        let word = if self.passed { "pass" } else { "FAIL" };
        let mut line = format!("{word} {:<58} {:<16}", self.package, self.edition);
        if let Some(met) = &self.met {
            let _ = write!(line, " {} of {} parts, {} pages", met.parts, self.items, met.pages);
            let _ = write!(line, " in {} steps", met.steps.len());
        }
        if let Some(record) = &self.record {
            line.push_str(&told_record(record));
        }
        if let Some(met) = &self.met {
            let left = if met.word.is_some() { "left" } else { "NOT LEFT" };
            let _ = write!(line, "; {}, {left}", met.ended);
            for (number, what) in [
                (met.windows, "windows"),
                (met.dialogs.len(), "dialogs"),
                (met.notices.len(), "notices"),
                (self.missing.len(), "missing files"),
                (self.console.len(), "console errors"),
                (self.player.len(), "errors of the player"),
            ] {
                if number > 0 {
                    let _ = write!(line, ", {number} {what}");
                }
            }
        }
        if !self.findings.is_empty() {
            let _ = write!(line, "; findings: {}", self.findings.join(" "));
        }
        if !self.remark.is_empty() {
            let _ = write!(line, " -- {}", self.remark);
        }
        line
    }
}

fn told_record(record: &Record) -> String {
    let found = if record.api_found { "" } else { ", API not used" };
    let errors = match record.errors.len() {
        0 => String::new(),
        number => format!(" ({number} with errors)"),
    };
    let score = record.score.map(|score| format!(" {:.0} %", score * 100.0)).unwrap_or_default();
    let end = if record.api_found && !record.ended_well { ", never ended" } else { "" };
    format!(
        "{found}, {} calls{errors}{end}, {}{score}, {} done, {} statements",
        record.calls, record.status, record.done, record.statements
    )
}
