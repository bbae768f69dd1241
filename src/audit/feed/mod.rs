//! Feeds: files of other systems, in CSV, and what they change of what is known.
//!
//! A feed is a difference: what the file says against what the trail knows. So the same file again
//! changes nothing.

mod counts;
mod idp;
mod phishing;
mod roster;
mod table;
#[cfg(test)]
mod tests;

pub use table::{CELL_CHARS_MAX, FileFault, LINES_MAX, LineFault};

use crate::Day;
use crate::reference::{Change, Claim, Entity, Op, Part, Trail, checked};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;
use table::{Line, Table};

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// People with their periods.
    Roster,
    /// The users that an identity provider knows.
    Idp,
    /// What recipients did with test mails.
    Phishing,
    /// Counts of a day.
    Effectiveness,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Roster, Self::Idp, Self::Phishing, Self::Effectiveness];

    /// Its name in addresses and on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Roster => "roster",
            Self::Idp => "idp",
            Self::Phishing => "phishing",
            Self::Effectiveness => "effectiveness",
        }
    }

    /// Its columns, and whether a file must have each.
    pub const fn columns(self) -> &'static [(&'static str, bool)] {
        match self {
            Self::Roster => roster::COLUMNS,
            Self::Idp => idp::COLUMNS,
            Self::Phishing => phishing::COLUMNS,
            Self::Effectiveness => counts::COLUMNS,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// There is no such feed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no such feed: {0:?}; there are roster, idp, phishing and effectiveness")]
pub struct ParseKindError(pub String);

impl FromStr for Kind {
    type Err = ParseKindError;

    fn from_str(text: &str) -> Result<Self, ParseKindError> {
        let found = Self::ALL.into_iter().find(|kind| kind.as_str() == text);
        found.ok_or_else(|| ParseKindError(text.to_owned()))
    }
}

/// What a roster leaves out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Is not spoken of.
    #[default]
    Partial,
    /// Has ended: the file is everything that its source knows.
    Full,
}

/// No mode has this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a mode is full or partial, not {0:?}")]
pub struct ParseModeError(pub String);

impl FromStr for Mode {
    type Err = ParseModeError;

    fn from_str(text: &str) -> Result<Self, ParseModeError> {
        match text {
            "full" => Ok(Self::Full),
            "partial" => Ok(Self::Partial),
            _ => Err(ParseModeError(text.to_owned())),
        }
    }
}

/// What is read, and how.
#[derive(Debug, Clone, Copy)]
pub struct Reading<'a> {
    /// What the file is.
    pub kind: Kind,
    /// The system that it comes from, by a name that stays the same.
    pub source: &'a str,
    /// What a roster leaves out.
    pub mode: Mode,
    /// The day on which the file was taken.
    pub taken_on: Day,
}

/// How many of what. Lines: `read` is `changed`, `unchanged` and `rejected` together. Events:
/// `asserted` and `retracted`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counts {
    /// Lines of the file, without the header.
    pub read: u64,
    /// Lines that said something new.
    pub changed: u64,
    /// Lines that said what is known.
    pub unchanged: u64,
    /// Lines that say nothing that could be taken.
    pub rejected: u64,
    /// Events that assert something.
    pub asserted: u64,
    /// Events that take something back.
    pub retracted: u64,
}

/// What a file changes.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// How many of what.
    pub counts: Counts,
    /// What is said, with the line of the file that says it, if one does.
    pub changes: Vec<(Option<u64>, Change)>,
    /// What is wrong with lines.
    pub faults: Vec<LineFault>,
    /// What people should know of the reading.
    pub remarks: Vec<String>,
}

/// Compares a file with what is known now. `fresh` makes names that were never used.
pub fn read(
    bytes: &[u8],
    trail: &Trail,
    reading: &Reading<'_>,
    fresh: &mut dyn FnMut() -> String,
) -> Result<Outcome, FileFault> {
    let table = Table::read(bytes, reading.kind.columns())?;
    let mut work = Work::new(trail, reading, fresh, table.faults, table.count);
    match reading.kind {
        Kind::Roster => roster::read(&mut work, &table.lines),
        Kind::Idp => idp::read(&mut work, &table.lines),
        Kind::Phishing => phishing::read(&mut work, &table.lines),
        Kind::Effectiveness => counts::read(&mut work, &table.lines),
    }
    Ok(work.outcome())
}

/// A file being compared.
struct Work<'a> {
    trail: &'a Trail,
    reading: &'a Reading<'a>,
    fresh: &'a mut dyn FnMut() -> String,
    faults: Vec<LineFault>,
    count: u64,
    changes: Vec<(Option<u64>, Change)>,
    /// Lines that said something new and are not named by a change.
    newer: BTreeSet<u64>,
    remarks: Vec<String>,
}

impl<'a> Work<'a> {
    fn new(
        trail: &'a Trail,
        reading: &'a Reading<'a>,
        fresh: &'a mut dyn FnMut() -> String,
        faults: Vec<LineFault>,
        count: u64,
    ) -> Self {
        let (changes, newer, remarks) = (Vec::new(), BTreeSet::new(), Vec::new());
        Self { trail, reading, fresh, faults, count, changes, newer, remarks }
    }

    fn fault(&mut self, line: u64, column: &str, problem: impl Into<String>) {
        self.faults.push(LineFault { line, column: column.to_owned(), problem: problem.into() });
    }

    /// Whether something may be asserted; what is wrong is told of the line.
    fn sound(
        &mut self,
        line: &Line,
        id: &str,
        part: &Part,
        also: &dyn Fn(Entity, &str) -> bool,
    ) -> bool {
        let Part { entity, value, from, to } = part;
        let claim = Claim { entity: *entity, id, from: *from, to: *to, value };
        let faults = checked(claim, self.trail, also).err().unwrap_or_default();
        for fault in &faults {
            let column = fault.pointer.trim_start_matches('/').to_owned();
            self.faults.push(LineFault {
                line: line.number,
                column,
                problem: fault.problem.clone(),
            });
        }
        faults.is_empty()
    }

    fn outcome(mut self) -> Outcome {
        self.faults.sort();
        let rejected: BTreeSet<u64> = self.faults.iter().map(|fault| fault.line).collect();
        let mut changed = std::mem::take(&mut self.newer);
        changed.extend(self.changes.iter().filter_map(|(line, _)| *line));
        changed.retain(|line| !rejected.contains(line));
        let (rejected, changed) = (rejected.len() as u64, changed.len() as u64);
        let events =
            |op: Op| self.changes.iter().filter(|(_, change)| change.op == op).count() as u64;
        let counts = Counts {
            read: self.count,
            changed,
            unchanged: self.count.saturating_sub(changed + rejected),
            rejected,
            asserted: events(Op::Assert),
            retracted: events(Op::Retract),
        };
        let Self { changes, faults, remarks, .. } = self;
        Outcome { counts, changes, faults, remarks }
    }
}
