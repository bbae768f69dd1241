//! What is asked of a server, and how an answer is judged.

use crate::{
    corpus::{Corpus, Random},
    http::{Answer, Connection, HttpError},
};
use bytes::Bytes;
use domain::Causes;
use hyper::StatusCode;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

/// Statements in a page.
const PAGE_STATEMENTS: usize = 50;
/// Pages that are read from one starting point.
const PAGES_MAX: u32 = 20;

/// One kind of work, done over and over on each of some connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Work {
    /// Store this many statements in one request.
    Store(u64),
    /// Read a statement by its id.
    ById,
    /// The newest statements of an agent with a verb.
    AgentVerb,
    /// The newest statements that name an activity anywhere.
    RelatedActivity,
    /// Statements since an instant, oldest first, page after page.
    Ascending,
}

/// Some work on some connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Scenario {
    pub(crate) work: Work,
    pub(crate) connections: u32,
}

impl Scenario {
    /// All of them: single requests with each of these numbers of connections.
    pub(crate) fn all(connections: &[u32]) -> Vec<Self> {
        let each = |work| connections.iter().map(move |&connections| Self { work, connections });
        let batches = [(50, 16), (500, 4)]
            .map(|(size, connections)| Self { work: Work::Store(size), connections });
        let reads = [Work::ById, Work::AgentVerb, Work::RelatedActivity, Work::Ascending];
        each(Work::Store(1)).chain(batches).chain(reads.into_iter().flat_map(each)).collect()
    }

    /// What it is called in reports.
    pub(crate) fn name(self) -> String {
        match self.work {
            Work::Store(1) => "store 1".to_owned(),
            Work::Store(size) => format!("store {size}"),
            Work::ById => "get by id".to_owned(),
            Work::AgentVerb => format!("agent and verb, {PAGE_STATEMENTS}"),
            Work::RelatedActivity => format!("related activity, {PAGE_STATEMENTS}"),
            Work::Ascending => format!("since, ascending, {PAGE_STATEMENTS}"),
        }
    }
}

/// What there is to write and to read on one server.
#[derive(Debug)]
pub(crate) struct Stock {
    pub(crate) corpus: Corpus,
    /// Statements 0 to this one less are stored.
    pub(crate) prefilled: u64,
    /// The number of the next new statement.
    pub(crate) next: AtomicU64,
    /// Instants at which some of them were stored.
    pub(crate) instants: Vec<String>,
}

impl Stock {
    /// A body with the statements of these numbers.
    pub(crate) fn body(&self, first: u64, count: u64) -> Bytes {
        let mut text = String::with_capacity(usize::try_from(count).unwrap_or(0) * 1_400 + 2);
        if count == 1 {
            self.corpus.statement(first, &mut text);
            return text.into();
        }
        for number in first..first + count {
            text.push(if number == first { '[' } else { ',' });
            self.corpus.statement(number, &mut text);
        }
        text.push(']');
        text.into()
    }
}

/// An answer is not what was asked for.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WorkError {
    #[error(transparent)]
    Http(#[from] HttpError),
    #[error("status {status}: {beginning}")]
    Status { status: StatusCode, beginning: String },
    #[error("the answer is not JSON of the expected form: {0}")]
    Form(#[from] serde_json::Error),
    #[error("the answer has {found} statements, {PAGE_STATEMENTS} at most were asked for")]
    TooMany { found: usize },
    #[error("the answer is another statement")]
    Other,
}

impl WorkError {
    /// In words, with its cause.
    pub(crate) fn line(&self) -> String {
        Causes(self).to_string()
    }
}

#[derive(Deserialize)]
struct Page<'a> {
    #[serde(borrow)]
    statements: Vec<&'a RawValue>,
    more: Option<String>,
}

#[derive(Deserialize)]
struct Stored {
    stored: String,
}

/// One connection at work.
pub(crate) struct Worker {
    pub(crate) connection: Connection,
    pub(crate) stock: Arc<Stock>,
    pub(crate) random: Random,
    /// Where a walk through pages goes on.
    more: Option<String>,
    pages: u32,
}

/// A request that is ready to be sent.
pub(crate) enum Prepared {
    Post { body: Bytes, count: u64 },
    Get { path: String, expected: Option<String> },
}

impl Worker {
    pub(crate) fn new(connection: Connection, stock: Arc<Stock>, random: Random) -> Self {
        Self { connection, stock, random, more: None, pages: 0 }
    }

    /// The next request, made before the clock runs.
    pub(crate) fn prepare(&mut self, work: Work) -> Prepared {
        let random = &mut self.random;
        let corpus = self.stock.corpus;
        let get = |query: String| {
            let path = self.connection.endpoint().statements(&query);
            Prepared::Get { path, expected: None }
        };
        match work {
            Work::Store(count) => {
                let first = self.stock.next.fetch_add(count, Ordering::Relaxed);
                Prepared::Post { body: self.stock.body(first, count), count }
            }
            Work::ById => {
                let id = corpus.id(random.below(self.stock.prefilled));
                let path = self.connection.endpoint().statements(&format!("statementId={id}"));
                Prepared::Get { path, expected: Some(id) }
            }
            Work::AgentVerb => {
                let agent = encoded(&corpus.agent(random));
                let verb = encoded(Corpus::verb(random));
                get(format!("agent={agent}&verb={verb}&limit={PAGE_STATEMENTS}"))
            }
            Work::RelatedActivity => {
                let activity = encoded(&corpus.course(random));
                get(format!("activity={activity}&related_activities=true&limit={PAGE_STATEMENTS}"))
            }
            Work::Ascending => {
                if let Some(path) = self.more.take() {
                    return Prepared::Get { path, expected: None };
                }
                let which = random.below(self.stock.instants.len() as u64);
                let since = &self.stock.instants[usize::try_from(which).unwrap_or(0)];
                let since = encoded(since);
                get(format!("since={since}&ascending=true&limit={PAGE_STATEMENTS}"))
            }
        }
    }

    /// Sends it and judges the answer; how many statements were stored or read.
    pub(crate) async fn carry_out(&mut self, prepared: Prepared) -> Result<u64, WorkError> {
        match prepared {
            Prepared::Post { body, count } => {
                accepted(self.connection.post(body).await?)?;
                Ok(count)
            }
            Prepared::Get { path, expected: Some(id) } => {
                let body = accepted(self.connection.get(&path).await?)?;
                let found = std::str::from_utf8(&body).is_ok_and(|text| text.contains(&id));
                if found { Ok(1) } else { Err(WorkError::Other) }
            }
            Prepared::Get { path, expected: None } => {
                let body = accepted(self.connection.get(&path).await?)?;
                let page: Page<'_> = serde_json::from_slice(&body)?;
                let found = page.statements.len();
                if found > PAGE_STATEMENTS {
                    return Err(WorkError::TooMany { found });
                }
                self.pages = if self.pages < PAGES_MAX { self.pages + 1 } else { 0 };
                self.more = page.more.filter(|more| self.pages > 0 && !more.is_empty());
                Ok(found as u64)
            }
        }
    }

    /// Whether the server holds any statement.
    pub(crate) async fn any(&mut self) -> Result<bool, WorkError> {
        let path = self.connection.endpoint().statements("limit=1");
        let body = accepted(self.connection.get(&path).await?)?;
        Ok(!serde_json::from_slice::<Page<'_>>(&body)?.statements.is_empty())
    }

    /// When the statement with this number was stored.
    pub(crate) async fn stored(&mut self, number: u64) -> Result<String, WorkError> {
        let id = self.stock.corpus.id(number);
        let path = self.connection.endpoint().statements(&format!("statementId={id}"));
        let body = accepted(self.connection.get(&path).await?)?;
        Ok(serde_json::from_slice::<Stored>(&body)?.stored)
    }
}

fn accepted(answer: Answer) -> Result<Bytes, WorkError> {
    let Answer { status, body, .. } = answer;
    if status == StatusCode::OK || status == StatusCode::NO_CONTENT {
        return Ok(body);
    }
    let text = String::from_utf8_lossy(&body);
    let beginning = text.chars().take(200).collect();
    Err(WorkError::Status { status, beginning })
}

/// A value in a query string.
fn encoded(value: &str) -> String {
    let mut text = String::with_capacity(value.len() * 2);
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.extend(['%', hex(byte >> 4), hex(byte & 15)]);
        }
    }
    text
}

const fn hex(digit: u8) -> char {
    b"0123456789ABCDEF"[digit as usize & 15] as char
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_in_queries_keep_only_unreserved_bytes() {
        assert_eq!(encoded("a-Z_0.~"), "a-Z_0.~");
        assert_eq!(encoded("{\"é\": +"), "%7B%22%C3%A9%22%3A%20%2B");
    }

    #[test]
    fn every_kind_of_work_is_a_scenario() {
        let names: Vec<String> = Scenario::all(&[1]).into_iter().map(Scenario::name).collect();
        assert_eq!(
            names,
            [
                "store 1",
                "store 50",
                "store 500",
                "get by id",
                "agent and verb, 50",
                "related activity, 50",
                "since, ascending, 50"
            ]
        );
        assert_eq!(Scenario::all(&[1, 16]).len(), 12);
    }

    #[test]
    fn a_batch_is_one_array() {
        let stock = Stock {
            corpus: Corpus::new(3, 10),
            prefilled: 0,
            next: AtomicU64::new(0),
            instants: Vec::new(),
        };
        let one: serde_json::Value = serde_json::from_slice(&stock.body(4, 1)).unwrap();
        let many: Vec<serde_json::Value> = serde_json::from_slice(&stock.body(3, 5)).unwrap();
        assert_eq!((many.len(), &many[1]), (5, &one));
    }
}
