//! The API of one communication session: functions, states, order of checks.

use super::fault::{Fault, error_text};
use super::finish::Ending;
use super::format::{Format, Note, Verdict};
use super::response::Role;
use super::table::{Access, Found, NotFound, fill};
use super::{NavigationValidity, RunTimeData, Strictness};
use serde::{Deserialize, Serialize};

/// Most entries that a collection takes. The specifications name smallest maxima (250
/// interactions, 100 objectives); hostile content must not fill a database.
pub const ENTRIES_MAX: usize = 5_000;

/// Most UTF-16 code units that the names and values of one attempt's data take together.
pub const DATA_CHARS_MAX: usize = 8 << 20;

/// One function of either API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Function {
    Initialize,
    Terminate,
    GetValue,
    SetValue,
    Commit,
    GetLastError,
    GetErrorString,
    GetDiagnostic,
}

/// Where a communication session stands (SCORM 2004 RTE 3.1.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// The SCO was launched and has not called Initialize.
    NotInitialized,
    /// Between Initialize and Terminate.
    Running,
    /// After Terminate; nothing starts it again.
    Terminated,
}

/// The answer to one call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reply {
    /// What the function returns.
    pub result: String,
    /// What `GetLastError` answers after the call.
    pub error: u16,
    /// What was accepted leniently, for the author.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<Note>,
}

/// The API of one communication session on one SCO.
///
/// Serialises as `{data, state, fault, strictness}`, which the browser's `createApi` takes.
///
/// The browser answers content from its own copy and logs every call; executing the log here gives
/// the record. The same calls on the same state always give the same answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiSession {
    data: RunTimeData,
    state: State,
    /// Why the last call failed; `None` after one that did not.
    fault: Option<Fault>,
    strictness: Strictness,
}

impl ApiSession {
    /// A session on `data`, before Initialize.
    pub const fn new(data: RunTimeData, strictness: Strictness) -> Self {
        Self { data, state: State::NotInitialized, fault: None, strictness }
    }

    /// The data as it stands.
    pub const fn data(&self) -> &RunTimeData {
        &self.data
    }

    /// Renews what `adl.nav.request_valid` answers: what content sets changes it.
    pub fn set_navigation(&mut self, navigation: &NavigationValidity) {
        self.data.give_navigation(navigation);
    }

    /// Where the session stands.
    pub const fn state(&self) -> State {
        self.state
    }

    /// Why the last call failed; `None` after one that did not.
    pub const fn fault(&self) -> Option<Fault> {
        self.fault
    }

    /// How strictly values are judged.
    pub const fn strictness(&self) -> Strictness {
        self.strictness
    }

    /// Executes one call as content made it: `name` of the edition's API, missing arguments empty.
    pub fn call(&mut self, name: &str, args: &[&str]) -> Reply {
        let first = args.first().copied().unwrap_or("");
        let second = args.get(1).copied().unwrap_or("");
        let Some(function) = self.function(name) else {
            return self.settle("false", Err(Fault::NoFunction));
        };
        match function {
            Function::Initialize => {
                let done = self.initialize(first);
                self.settle("false", done)
            }
            Function::Terminate => {
                let done = self.terminate(first);
                self.settle("false", done)
            }
            Function::Commit => {
                let done = self.commit(first);
                self.settle("false", done)
            }
            Function::GetValue => {
                let value = self.get_value(first).map(|value| (value, None));
                self.settle("", value)
            }
            Function::SetValue => {
                let done = self.set_value(first, second);
                self.settle("false", done.map(|note| ("true".to_owned(), note)))
            }
            Function::GetLastError => self.inform(self.error().to_string()),
            Function::GetErrorString => {
                let text = error_text(self.data.edition(), first).unwrap_or("");
                self.inform(text.to_owned())
            }
            Function::GetDiagnostic => self.inform(self.diagnostic(first)),
        }
    }

    /// Ends a session whose content never called Terminate: the browser closed, or a newer launch
    /// superseded it. Does nothing unless the session runs.
    pub fn expire(&mut self) {
        if self.state == State::Running {
            self.data.finish(Ending::Expired);
            self.state = State::Terminated;
        }
    }

    fn function(&self, name: &str) -> Option<Function> {
        let name = match (self.data.edition().is_2004(), name) {
            (true, "Terminate") | (false, "LMSFinish") => return Some(Function::Terminate),
            (true, name) => name,
            (false, name) => name.strip_prefix("LMS")?,
        };
        Some(match name {
            "Initialize" => Function::Initialize,
            "GetValue" => Function::GetValue,
            "SetValue" => Function::SetValue,
            "Commit" => Function::Commit,
            "GetLastError" => Function::GetLastError,
            "GetErrorString" => Function::GetErrorString,
            "GetDiagnostic" => Function::GetDiagnostic,
            _ => return None,
        })
    }

    /// The reply to a session or data function, which also sets the error that it leaves behind.
    fn settle(&mut self, failed: &str, done: Result<(String, Option<Note>), Fault>) -> Reply {
        let (result, note) = match done {
            Ok((result, note)) => {
                self.fault = None;
                (result, note)
            }
            Err(fault) => {
                self.fault = Some(fault);
                (failed.to_owned(), None)
            }
        };
        Reply { result, error: self.error(), note }
    }

    /// The reply to a support function, which leaves the error as it is.
    fn inform(&self, result: String) -> Reply {
        Reply { result, error: self.error(), note: None }
    }

    fn error(&self) -> u16 {
        self.fault.map_or(0, |fault| fault.code(self.data.edition()))
    }

    fn diagnostic(&self, code: &str) -> String {
        match (code, self.fault) {
            ("", Some(fault)) => fault.diagnostic().to_owned(),
            ("", None) => String::new(),
            (code, _) => error_text(self.data.edition(), code).unwrap_or("").to_owned(),
        }
    }

    fn initialize(&mut self, argument: &str) -> Result<(String, Option<Note>), Fault> {
        self.require(State::NotInitialized, Fault::AlreadyInitialized, Fault::AlreadyTerminated)?;
        empty(argument)?;
        self.state = State::Running;
        Ok(("true".to_owned(), None))
    }

    fn terminate(&mut self, argument: &str) -> Result<(String, Option<Note>), Fault> {
        self.require(State::Running, Fault::TerminateBefore, Fault::TerminateAfter)?;
        empty(argument)?;
        self.data.finish(Ending::Terminated);
        self.state = State::Terminated;
        Ok(("true".to_owned(), None))
    }

    fn commit(&self, argument: &str) -> Result<(String, Option<Note>), Fault> {
        self.require(State::Running, Fault::CommitBefore, Fault::CommitAfter)?;
        empty(argument)?;
        Ok(("true".to_owned(), None))
    }

    /// Fails with `earlier` when the session stands before `wanted` (or still runs, when nothing
    /// is before it), with `later` after it.
    fn require(&self, wanted: State, earlier: Fault, later: Fault) -> Result<(), Fault> {
        match self.state {
            state if state == wanted => Ok(()),
            State::Terminated => Err(later),
            State::NotInitialized | State::Running => Err(earlier),
        }
    }

    fn get_value(&self, name: &str) -> Result<String, Fault> {
        self.require(State::Running, Fault::GetBefore, Fault::GetAfter)?;
        if name.is_empty() {
            return Err(Fault::GetNothing);
        }
        let table = self.data.table();
        let Found { element, indices } = table.resolve(name).map_err(|why| match why {
            NotFound::Undefined => Fault::Undefined,
            NotFound::NoChildren => Fault::NoChildren,
            NotFound::NoCount => Fault::NoCount,
        })?;
        if !self.access(name, element.access).can_read() {
            return Err(Fault::WriteOnly);
        }
        for (collection, index) in collections(element.name, &indices) {
            if index >= self.data.count(&collection) {
                return Err(Fault::GetIndex);
            }
        }
        if element.format == Format::Children {
            let record = element.name.strip_suffix("._children").unwrap_or(element.name);
            return Ok(table.children(record));
        }
        let stored = self.data.get(name).filter(|v| !(v.is_empty() && element.empty_is_unset));
        let value = element.evaluate(&self.data).or(stored).or(element.default);
        match value {
            Some(value) => Ok(value.to_owned()),
            None if self.data.edition().is_2004() => Err(Fault::Unset),
            None => Ok(String::new()),
        }
    }

    fn set_value(&mut self, name: &str, value: &str) -> Verdict {
        self.require(State::Running, Fault::SetBefore, Fault::SetAfter)?;
        if name.is_empty() {
            return Err(Fault::SetNothing);
        }
        let found = self.data.table().resolve(name).map_err(|_| Fault::Undefined)?;
        if found.element.format.is_keyword() {
            return Err(Fault::Keyword);
        }
        if !self.access(name, found.element.access).can_write() {
            return Err(Fault::ReadOnly);
        }
        let grown = self.indices_fit(&found)?;
        for needed in found.element.needs {
            let needed = fill(needed, &found.indices);
            if needed != name && self.data.get(&needed).is_none() {
                return Err(Fault::Dependency);
            }
        }
        let value = match self.data.get(name).filter(|_| found.element.appends) {
            Some(before) => &[before, value].concat(),
            None => value,
        };
        let note = self.check(&found, value)?;
        self.check_identity(&found, name, value)?;
        let value = found.element.format.kept(value);
        if self.data.size_with(name, value) > DATA_CHARS_MAX {
            return Err(Fault::Full);
        }
        for (collection, count) in grown {
            self.data.set(format!("{collection}._count"), count.to_string());
        }
        self.data.set(name, value);
        Ok(note)
    }

    fn access(&self, name: &str, by_table: Access) -> Access {
        self.data.access_override(name).unwrap_or(by_table)
    }

    /// Whether every index is that of an entry or of the next one; the collections that grow with
    /// their new counts.
    fn indices_fit(&self, found: &Found<'_>) -> Result<Vec<(String, usize)>, Fault> {
        let mut grown = Vec::new();
        for (collection, index) in collections(found.element.name, &found.indices) {
            let count = self.data.count(&collection);
            if index < count {
                continue;
            }
            if index > count || !self.data.table().grows(&collection) {
                return Err(Fault::SetIndex);
            }
            if count >= ENTRIES_MAX {
                return Err(Fault::Full);
            }
            grown.push((collection, count + 1));
        }
        Ok(grown)
    }

    fn check(&self, found: &Found<'_>, value: &str) -> Verdict {
        let Format::Response { role, kind } = found.element.format else {
            return found.element.format.check(value, self.strictness);
        };
        let kind = self.data.get(&fill(kind, &found.indices));
        let known = self.data.table().responses.iter().find(|row| Some(row.kind) == kind);
        let Some(row) = known else {
            return found.element.format.check(value, self.strictness);
        };
        match role {
            Role::Learner => row.learner.check(value, self.strictness),
            Role::Pattern => {
                let at = found.indices.get(1).copied().unwrap_or(0);
                if row.patterns_max.is_some_and(|max| at >= max) {
                    return Err(Fault::TooManyPatterns);
                }
                let note = row.pattern.check(value, self.strictness)?;
                if row.patterns_differ && self.another_holds(found, value) {
                    return Err(Fault::NotUnique);
                }
                Ok(note)
            }
        }
    }

    fn check_identity(&self, found: &Found<'_>, name: &str, value: &str) -> Result<(), Fault> {
        if found.element.once && self.data.get(name).is_some_and(|old| old != value) {
            return Err(Fault::Once);
        }
        if found.element.unique && self.another_holds(found, value) {
            return Err(Fault::NotUnique);
        }
        Ok(())
    }

    /// Whether another entry of the innermost collection holds `value` in the same element.
    fn another_holds(&self, found: &Found<'_>, value: &str) -> bool {
        let Some((last, outer)) = found.indices.split_last() else { return false };
        let Some((collection, leaf)) = found.element.name.rsplit_once(".n.") else { return false };
        let entries = format!("{}.", fill(collection, outer));
        self.data.below(&entries).any(|(rest, held)| {
            held == value
                && rest
                    .split_once('.')
                    .is_some_and(|(at, part)| part == leaf && at.parse() != Ok(*last))
        })
    }
}

fn empty(argument: &str) -> Result<(), Fault> {
    if argument.is_empty() { Ok(()) } else { Err(Fault::Argument) }
}

/// The collections that a name walks through, outermost first, each with the index into it.
fn collections(name: &str, indices: &[usize]) -> Vec<(String, usize)> {
    let ends = name.match_indices(".n.").map(|(at, _)| name.get(..at).unwrap_or(name));
    ends.zip(indices).map(|(collection, index)| (fill(collection, indices), *index)).collect()
}
