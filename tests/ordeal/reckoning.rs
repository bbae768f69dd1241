//! What is in the store, against what the clients were told.

use crate::Claims;
use crate::load::{id_of, text_of};
use base64::{Engine, prelude::BASE64_STANDARD};
use domain::{OrganizationId, Timestamp};
use harness::serde_json::{self, Value};
use ledger::{Frontier, Salt, leaf_hash};
use std::collections::{HashMap, HashSet};
use store::{
    DocumentKey, DocumentKind, DocumentOwner, LogEntry, Position, StatementFilter, Store,
    StoredStatement,
};

const PAGE: usize = 1_000;
/// Faults that are told one by one; more say nothing new.
const FAULTS_MAX: usize = 20;

/// What was found.
#[derive(Debug, Default)]
pub struct Reckoning {
    /// Entries of the log.
    pub entries: u64,
    /// Statements.
    pub statements: u64,
    /// Requests that were never answered, and kept all the same.
    pub unanswered_kept: u64,
    /// What is not as it must be.
    pub faults: Vec<String>,
}

impl Reckoning {
    fn fault(&mut self, what: String) {
        if self.faults.len() < FAULTS_MAX {
            self.faults.push(what);
        }
    }
}

/// Goes through the whole store of the first organization.
pub async fn reckon(store: &dyn Store, claims: &Claims) -> Reckoning {
    let mut found = Reckoning::default();
    let organization = store.organization_named("default").await.expect("the store answers");
    let organization = organization.expect("the first start made it").id;
    let ids = follow(store, organization, claims, &mut found).await;
    for unit in &claims.kept {
        for number in unit.iter().filter(|number| !ids.contains(&id_of(**number))) {
            found.fault(format!("statement {} was acknowledged and is lost", id_of(*number)));
        }
    }
    for unit in &claims.unsure {
        match unit.iter().filter(|number| ids.contains(&id_of(**number))).count() {
            0 => {}
            all if all == unit.len() => found.unanswered_kept += 1,
            some => found.fault(format!("{some} of a batch of {} were kept", unit.len())),
        }
    }
    documents(store, organization, claims, &mut found).await;
    calls(store, organization, claims, &mut found).await;
    let differing = store.rebuild_records(organization, false).await.expect("the store answers");
    for id in &differing {
        let before = store.registration(organization, *id).await.expect("the store answers");
        let before = before.map(|known| (known.record, known.active_at));
        store.rebuild_records(organization, true).await.expect("the store answers");
        let after = store.registration(organization, *id).await.expect("the store answers");
        let after = after.map(|known| (known.record, known.active_at));
        found.fault(format!("the record of {id} is {before:?}, its statements say {after:?}"));
    }
    found
}

/// Follows the log from its first entry, each with its statement; the ids of all statements.
async fn follow(
    store: &dyn Store,
    organization: OrganizationId,
    claims: &Claims,
    found: &mut Reckoning,
) -> HashSet<String> {
    let sent = claims.kept.iter().chain(&claims.unsure).flatten();
    let sent: HashMap<String, u64> = sent.map(|number| (id_of(*number), *number)).collect();
    let (mut ids, mut frontier) = (HashSet::new(), Frontier::EMPTY);
    let mut last = Timestamp::UNIX_EPOCH;
    loop {
        let next = Position::new(frontier.size());
        let entries = store.entries(organization, next, PAGE).await.expect("the store answers");
        let Some(end) = entries.last().map(|entry| entry.position) else { break };
        let mut statements = statements(store, organization, next, end).await;
        for entry in entries {
            if entry.position.index() != frontier.size() {
                found.fault(format!("position {} is not {}", entry.position, frontier.size()));
            }
            if entry.stored <= last {
                found.fault(format!("stored does not rise at {}", entry.position));
            }
            last = entry.stored;
            frontier.push(leaf_hash(&entry.entry));
            let statement = statements.remove(&entry.position);
            if let Some(id) = check(&entry, statement, &sent, found)
                && !ids.insert(id.clone())
            {
                found.fault(format!("statement {id} is there twice"));
            }
        }
        for position in statements.keys() {
            found.fault(format!("the statement at {position} has no entry"));
        }
    }
    found.entries = frontier.size();
    found.statements = ids.len() as u64;
    let head = store.ledger_head(organization).await.expect("the store answers");
    if head.frontier != frontier || head.frontier.root() != frontier.root() {
        found.fault("the ledger's edge is not that of its entries".to_owned());
    }
    ids
}

/// The statements from `first` to `last`, by position.
async fn statements(
    store: &dyn Store,
    organization: OrganizationId,
    first: Position,
    last: Position,
) -> HashMap<Position, StoredStatement> {
    let mut after = first.index().checked_sub(1).map(Position::new);
    let mut found = HashMap::new();
    // A page may end early, when its statements are large.
    loop {
        let filter = StatementFilter { ascending: true, after, ..StatementFilter::newest(PAGE) };
        let page = store.statements(organization, &filter).await.expect("the store answers");
        after = page.next;
        let inside = page.items.into_iter().filter(|statement| statement.position <= last);
        found.extend(inside.map(|statement| (statement.position, statement)));
        if after.is_none_or(|after| after >= last) {
            return found;
        }
    }
}

/// One entry against its statement, and that against what was sent; its id.
fn check(
    entry: &LogEntry,
    statement: Option<StoredStatement>,
    sent: &HashMap<String, u64>,
    found: &mut Reckoning,
) -> Option<String> {
    let position = entry.position;
    let said: Value = serde_json::from_slice(&entry.entry).unwrap_or_default();
    let Some(statement) = statement else {
        if said["type"] != "reference" {
            found.fault(format!("the entry at {position} has no statement"));
        }
        return None;
    };
    let id = statement.id.to_string();
    let salt = entry.salt.as_deref().and_then(Salt::from_bytes);
    let hash = salt.map(|salt| BASE64_STANDARD.encode(salt.hash(&statement.body).as_bytes()));
    if said["id"] != *id || said["body"].as_str() != hash.as_deref() {
        found.fault(format!("the entry at {position} is not that of statement {id}"));
    }
    if said["stored"] != statement.stored.to_string() {
        found.fault(format!("the entry at {position} was stored at another time"));
    }
    if let Some(number) = sent.get(&id) {
        // The server adds what it sets behind what came, before the closing brace.
        let text = text_of(*number);
        let kept = text.as_bytes().get(..text.len() - 1).unwrap_or_default();
        if !statement.body.starts_with(kept) {
            found.fault(format!("statement {id} has other bytes than were sent"));
        }
    }
    Some(id)
}

async fn documents(
    store: &dyn Store,
    organization: OrganizationId,
    claims: &Claims,
    found: &mut Reckoning,
) {
    for (client, (kept, since)) in &claims.documents {
        let key = DocumentKey {
            owner: DocumentOwner {
                kind: DocumentKind::State,
                activity: "https://activities.example/1".to_owned(),
                agent: "mbox:a@example.com".to_owned(),
                registration: None,
            },
            id: format!("s{client}"),
        };
        let document = store.document(organization, &key).await.expect("the store answers");
        let content = document.map(|document| String::from_utf8_lossy(&document.content).into());
        let content: Option<String> = content;
        let allowed = |number: &u64| content.as_deref() == Some(number.to_string().as_str());
        let nothing = kept.is_none() && content.is_none();
        if !nothing && !kept.iter().chain(since).any(allowed) {
            found.fault(format!("the document of client {client} is {content:?}"));
        }
    }
}

/// Every acknowledged call of a learner is in the log of calls, once.
async fn calls(
    store: &dyn Store,
    organization: OrganizationId,
    claims: &Claims,
    found: &mut Reckoning,
) {
    for (registration, applied) in &claims.calls {
        let id = registration.parse().expect("the server gives ids");
        let page = store.calls(organization, id, None, None, PAGE).await;
        let page = page.expect("the store answers");
        // Delivery 0 is the course's own: navigation requests, which nobody here counts.
        let of_content = page.items.iter().filter(|logged| logged.call.delivery > 0);
        let numbers: Vec<u64> = of_content.map(|logged| logged.call.number).collect();
        let distinct: HashSet<u64> = numbers.iter().copied().collect();
        let missing = (1..=*applied).any(|number| !distinct.contains(&number));
        if missing || distinct.len() != numbers.len() {
            found.fault(format!("{applied} calls of {registration} were kept, not {numbers:?}"));
        }
    }
}
