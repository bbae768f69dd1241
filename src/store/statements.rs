//! Statements: what is written, what is found.

use crate::{
    Claim, DIRECT, Defined, NewAttachment, NewFact, Position, RELATED, StoreError, Term, TermKind,
};
use async_trait::async_trait;
use domain::{CredentialId, OrganizationId, RegistrationId, Sha256Digest, StatementId, Timestamp};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The authority of what Attestry's own run-time writes; no API key has this id. Registration
/// records count its statements alone.
pub const RUNTIME_AUTHORITY: &str = "attestry-runtime";

/// The authority under which statements of other stores are replayed; no API key has this id.
pub const REPLAY_AUTHORITY: &str = "attestry-replay";

/// A statement that was parsed, validated and stamped, but for `stored`.
#[derive(Debug, Clone, PartialEq)]
pub struct NewStatement {
    /// The statement's id.
    pub id: StatementId,
    /// The stored bytes around the time of storing: at least two, the time going between each
    /// (`stored`, and `timestamp` when the client sent none). The quotes are in the pieces.
    pub pieces: Vec<Vec<u8>>,
    /// SHA-256 of the canonical form in which two statements are compared (xAPI 1.0.3 Data 2.3.1):
    /// equal digests with one id mean a harmless repetition.
    pub digest: Sha256Digest,
    /// The canonical text of the actor's identifier, for its pseudonym in the ledger. An anonymous
    /// group's is any text that stands for its members.
    pub actor: String,
    /// What the log and the projections need to know of it.
    pub facts: Facts,
    /// The agents it can be found by.
    pub agents: Vec<LookupKey>,
    /// The activities it can be found by.
    pub activities: Vec<LookupKey>,
    /// What it defines, when its authority may define.
    pub defined: Option<Defined>,
    /// What an audit asks of it, if it asks.
    pub fact: Option<NewFact>,
    /// What the store that it is replayed from said of it.
    pub claim: Option<Claim>,
    /// The data of its attachments that came with it, each hash once.
    pub attachments: Vec<NewAttachment>,
}

impl NewStatement {
    /// The bytes to store when the time of storing is `stored`.
    pub fn body(&self, stored: Timestamp) -> Vec<u8> {
        self.pieces.join(stored.to_string().as_bytes())
    }
}

/// A text under which a statement is found: an agent's canonical identifier or an activity's IRI.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LookupKey {
    /// The text.
    pub text: String,
    /// Whether the plain filter finds it too (actor or object), not the `related_` one alone.
    pub direct: bool,
}

/// What a statement says, without a person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    /// The verb's IRI.
    pub verb: String,
    /// What it is about.
    pub object: ObjectFact,
    /// `context.registration`.
    pub registration: Option<RegistrationId>,
    /// `timestamp` as it was sent; `None` when it becomes the time of storing.
    pub timestamp: Option<String>,
    /// `result.success`.
    pub success: Option<bool>,
    /// `result.completion`.
    pub completion: Option<bool>,
    /// `result.score`.
    pub score: Option<Score>,
    /// `result.duration`.
    pub duration: Option<Duration>,
    /// The statement that it voids.
    pub voids: Option<StatementId>,
    /// The statement that its object refers to, voiding or not (xAPI 1.0.3 Data 2.4.4.3).
    pub target: Option<StatementId>,
    /// The credential that vouches for it.
    pub authority: CredentialId,
    /// The IRI of the attempt activity in `context.contextActivities.grouping`, in statements of
    /// the run-time.
    pub attempt: Option<String>,
    /// The `sha2` of each attachment.
    pub attachments: Vec<String>,
}

impl Facts {
    /// Whether Attestry's own run-time wrote it.
    pub fn is_runtime(&self) -> bool {
        self.authority.as_str() == RUNTIME_AUTHORITY
    }
}

/// What a statement is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ObjectFact {
    /// An activity, by IRI.
    Activity(String),
    /// Another statement.
    Statement(StatementId),
    /// An agent or group; the log does not say whom.
    Agent,
    /// A statement inside the statement.
    SubStatement,
}

/// `result.score` (xAPI 1.0.3 Data 2.4.5.1).
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Score {
    /// From -1 to 1.
    pub scaled: Option<f64>,
    /// In the content's own unit.
    pub raw: Option<f64>,
    /// The lowest `raw` possible.
    pub min: Option<f64>,
    /// The highest `raw` possible.
    pub max: Option<f64>,
}

/// A statement as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredStatement {
    /// Its place in the log.
    pub position: Position,
    /// Its id.
    pub id: StatementId,
    /// When it was stored.
    pub stored: Timestamp,
    /// Whether another statement voids it.
    pub voided: bool,
    /// The credential that vouches for it.
    pub authority: CredentialId,
    /// The exact bytes.
    pub body: Vec<u8>,
}

/// Which statements, and how many. A statement whose object refers to another one meets a
/// condition when the other one does (xAPI 1.0.3 Communication 2.1.3), but for `since`, `until`
/// and `authority`. Voided statements are never found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementFilter {
    /// An agent's canonical identifier.
    pub agent: Option<String>,
    /// Whether `agent` may stand anywhere in the statement.
    pub related_agents: bool,
    /// A verb's IRI.
    pub verb: Option<String>,
    /// An activity's IRI.
    pub activity: Option<String>,
    /// Whether `activity` may stand anywhere in the statement.
    pub related_activities: bool,
    /// `context.registration`.
    pub registration: Option<RegistrationId>,
    /// Stored later than this.
    pub since: Option<Timestamp>,
    /// Stored at this instant or earlier.
    pub until: Option<Timestamp>,
    /// Oldest first, not newest first.
    pub ascending: bool,
    /// How many at most.
    pub limit: usize,
    /// Go on behind this position, in the direction asked for.
    pub after: Option<Position>,
    /// Only what this credential vouches for (`statements/read/mine`).
    pub authority: Option<CredentialId>,
}

impl StatementFilter {
    /// Every statement, newest first, at most `limit`.
    pub const fn newest(limit: usize) -> Self {
        Self {
            agent: None,
            related_agents: false,
            verb: None,
            activity: None,
            related_activities: false,
            registration: None,
            since: None,
            until: None,
            ascending: false,
            limit,
            after: None,
            authority: None,
        }
    }

    /// The terms by which it finds, each with the roles in which it counts; those that find least
    /// first, as far as their kind tells.
    pub fn terms(&self) -> Vec<(Term, &'static [i64])> {
        let roles = |related| if related { ANYHOW } else { DIRECTLY };
        let registration = self.registration.map(|id| id.to_string());
        let texts = [
            (TermKind::Registration, registration, DIRECTLY),
            (TermKind::Agent, self.agent.clone(), roles(self.related_agents)),
            (TermKind::Activity, self.activity.clone(), roles(self.related_activities)),
            (TermKind::Verb, self.verb.clone(), DIRECTLY),
            (TermKind::Authority, self.authority.as_ref().map(ToString::to_string), DIRECTLY),
        ];
        let given = texts.into_iter();
        given.filter_map(|(kind, text, roles)| Some((Term::new(kind, text?), roles))).collect()
    }
}

const DIRECTLY: &[i64] = &[DIRECT];
const ANYHOW: &[i64] = &[DIRECT, RELATED];

/// A part of a list, and where it goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<Item, Cursor> {
    /// The part.
    pub items: Vec<Item>,
    /// Pass this as `after` for the next part; `None` at the end.
    pub next: Option<Cursor>,
}

impl<Item, Cursor> Page<Item, Cursor> {
    /// A page of at most `limit` out of `items`, of which one more than `limit` was asked for to
    /// learn whether the list goes on.
    pub fn cut(mut items: Vec<Item>, limit: usize, cursor: impl Fn(&Item) -> Cursor) -> Self {
        let more = items.len() > limit;
        items.truncate(limit);
        let next = if more { items.last().map(cursor) } else { None };
        Self { items, next }
    }
}

/// Most bytes of statements in one page: a reader holds no more at once, however long statements
/// are. A page has one statement at least.
pub const PAGE_BYTES_MAX: usize = 8 << 20;

/// Statements that a page's bodies are read at a time: a page of the usual size takes one read.
pub const PAGE_ROWS_AT_ONCE: usize = 101;

/// A statement that a page may hold: its position and the bytes of its body.
pub type Candidate = (i64, i64);

/// Cuts what a page may hold into reads: none is of more than [`PAGE_ROWS_AT_ONCE`] statements, nor,
/// unless it is of one alone, of more than [`PAGE_BYTES_MAX`] bytes.
pub fn reads(mut candidates: &[Candidate]) -> impl Iterator<Item = Vec<i64>> {
    std::iter::from_fn(move || {
        let (mut count, mut bytes) = (0, 0);
        for (_, length) in candidates.iter().take(PAGE_ROWS_AT_ONCE) {
            bytes += usize::try_from(*length).unwrap_or(0);
            if count > 0 && bytes > PAGE_BYTES_MAX {
                break;
            }
            count += 1;
        }
        let (next, later) = candidates.split_at(count);
        candidates = later;
        (count > 0).then(|| next.iter().map(|(position, _)| *position).collect())
    })
}

/// A page of statements that grows until it is long enough.
#[derive(Debug, Default)]
pub struct GrowingPage {
    items: Vec<StoredStatement>,
    bytes: usize,
    full: bool,
}

impl GrowingPage {
    /// Adds the next statements, in the order of the page; says whether more fit.
    pub fn push(&mut self, next: Vec<StoredStatement>) -> bool {
        for statement in next {
            self.bytes += statement.body.len();
            if self.bytes > PAGE_BYTES_MAX && !self.items.is_empty() {
                self.full = true;
                return false;
            }
            self.items.push(statement);
        }
        true
    }

    /// The page of at most `limit`.
    pub fn cut(self, limit: usize) -> Page<StoredStatement, Position> {
        let last = self.items.last().map(|statement| statement.position);
        let page = Page::cut(self.items, limit, |statement| statement.position);
        // What did not fit comes next.
        Page { next: page.next.or(last.filter(|_| self.full)), ..page }
    }
}

/// The read side of the statements.
#[async_trait]
pub trait Statements {
    /// One statement by id, voided or not.
    async fn statement(
        &self,
        organization: OrganizationId,
        id: StatementId,
    ) -> Result<Option<StoredStatement>, StoreError>;

    /// The statements that `filter` lets through.
    async fn statements(
        &self,
        organization: OrganizationId,
        filter: &StatementFilter,
    ) -> Result<Page<StoredStatement, Position>, StoreError>;

    /// The instant up to which everything that was stored can be read and nothing will be added
    /// (`X-Experience-API-Consistent-Through`): now, when no commit is in flight, else the `stored`
    /// of the last commit.
    async fn consistent_through(
        &self,
        organization: OrganizationId,
    ) -> Result<Timestamp, StoreError>;
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{Entropy, SeededEntropy};

    const MAX: i64 = 8 << 20;

    fn sizes(lengths: &[i64]) -> Vec<usize> {
        let candidates: Vec<Candidate> = (0..).zip(lengths.iter().copied()).collect();
        reads(&candidates).map(|read| read.len()).collect()
    }

    #[test]
    fn a_read_is_of_few_rows_and_of_few_bytes() {
        assert_eq!(usize::try_from(MAX), Ok(PAGE_BYTES_MAX));
        assert!(sizes(&[]).is_empty());
        assert_eq!(sizes(&[1; 51]), [51]);
        assert_eq!(sizes(&[0; PAGE_ROWS_AT_ONCE + 1]), [PAGE_ROWS_AT_ONCE, 1]);
        assert_eq!(sizes(&[MAX / 2, MAX / 2, 1]), [2, 1]);
        assert_eq!(sizes(&[2 * MAX, 2 * MAX, 1, 1]), [1, 1, 2], "a long one is read alone");
        assert_eq!(sizes(&[1, MAX, 1]), [1, 1, 1]);
    }

    #[test]
    fn all_is_read_once_in_its_order_and_no_read_is_large() {
        for seed in 0..200 {
            let mut bytes = [0; 512];
            SeededEntropy::new(seed).fill(&mut bytes);
            let candidates: Vec<Candidate> = bytes
                .chunks(2)
                .zip(1_000..)
                .map(|(pair, position)| (position, i64::from(pair[0]) << (pair[1] % 18)))
                .collect();
            let reads: Vec<_> = reads(&candidates).collect();
            let read: Vec<_> = reads.concat();
            let wanted: Vec<_> = candidates.iter().map(|(position, _)| *position).collect();
            assert_eq!(read, wanted, "seed {seed}");
            let mut rest = candidates.as_slice();
            for read in reads {
                let (these, later) = rest.split_at(read.len());
                let bytes: i64 = these.iter().map(|(_, bytes)| bytes).sum();
                assert!(read.len() == 1 || bytes <= MAX, "seed {seed}: {bytes} bytes at once");
                assert!(read.len() <= PAGE_ROWS_AT_ONCE, "seed {seed}");
                // No read is smaller than it has to be.
                let more = later.first().map_or(MAX + 1, |(_, bytes)| *bytes);
                assert!(read.len() == PAGE_ROWS_AT_ONCE || bytes + more > MAX, "seed {seed}");
                rest = later;
            }
        }
    }
}
