//! Erasure of a person: what names them goes, the log stays.

use crate::{Position, StoreError, TermKind};
use async_trait::async_trait;
use domain::{OrganizationId, StatementId, Timestamp};
use serde::{Deserialize, Serialize};

/// What becomes of statements that mention the person elsewhere than as their actor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mentions {
    /// Their bytes go, too: bytes are kept whole or not at all.
    #[default]
    Erase,
    /// They stay as they are, and can be found by the person.
    Keep,
}

/// An order to erase a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erasure {
    /// The canonical identifiers of the person.
    pub identities: Vec<String>,
    /// The mail addresses among them, in lower case: of users of the console.
    pub emails: Vec<String>,
    /// What becomes of statements that only mention the person.
    pub mentions: Mentions,
    /// Who orders it.
    pub ordered_by: String,
    /// Why.
    pub reason: String,
}

/// How much there is of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ErasureCounts {
    /// Statements whose actor the person is.
    pub statements: u64,
    /// Statements that mention the person otherwise.
    pub mentions: u64,
    /// Attachments of the statements to be erased.
    pub attachments: u64,
    /// State and agent profile documents.
    pub documents: u64,
    /// Registrations, which keep their record.
    pub registrations: u64,
    /// Attempts, which keep when they were.
    pub attempts: u64,
    /// Run-time calls, which keep function and time.
    pub calls: u64,
    /// Names that statements gave the person.
    pub names: u64,
    /// Claims of other stores that name the person as authority.
    pub claims: u64,
    /// Users of the console.
    pub users: u64,
    /// Reference events that tell of the person, which keep who recorded them and when.
    #[serde(default)]
    pub events: u64,
}

/// An erasure that was carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erased {
    /// The log's entries that name the positions, one or more.
    pub entries: Vec<Position>,
    /// The event of the trail.
    pub event: Position,
    /// When.
    pub at: Timestamp,
    /// What was erased.
    pub counts: ErasureCounts,
}

/// A statement that was erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErasedStatement {
    /// Its id.
    pub id: StatementId,
    /// Where it was, and its entry is.
    pub position: Position,
    /// When it was stored.
    pub stored: Timestamp,
    /// The position of the erasure.
    pub erased_by: Position,
    /// When it was erased.
    pub erased_at: Timestamp,
}

/// Looks for people and what is left of them. They are erased by [`Append`](crate::Append).
#[async_trait]
pub trait Erasures {
    /// What an erasure would find now.
    async fn erasure_counts(
        &self,
        organization: OrganizationId,
        erasure: &Erasure,
    ) -> Result<ErasureCounts, StoreError>;

    /// The statement with this id, if it was erased.
    async fn erased_statement(
        &self,
        organization: OrganizationId,
        id: StatementId,
    ) -> Result<Option<ErasedStatement>, StoreError>;

    /// Writes the database anew, so that no page holds what was erased. Writers wait for it, and
    /// on `PostgreSQL` readers, too.
    async fn compact(&self) -> Result<(), StoreError>;
}

/// What an erasure bears on, read under the log's lock.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Affected {
    /// The person's terms.
    pub terms: Vec<i64>,
    /// The terms of anonymous groups that the person is a member of.
    pub groups: Vec<i64>,
    /// Statements that name the person.
    pub statements: Vec<AffectedStatement>,
    /// Reference events that tell of the person.
    pub events: Vec<Position>,
    /// How much there is.
    pub counts: ErasureCounts,
}

/// A statement that names the person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AffectedStatement {
    /// Where.
    pub position: Position,
    /// Its own keys.
    pub keys: Vec<(i64, i64)>,
    /// Whether the person is its actor.
    pub is_actor: bool,
}

impl Affected {
    /// The statements whose bytes go, in the order of the log.
    pub fn to_erase(&self, mentions: Mentions) -> Vec<&AffectedStatement> {
        let goes = |one: &&AffectedStatement| one.is_actor || mentions == Mentions::Erase;
        self.statements.iter().filter(goes).collect()
    }

    /// Makes one of events that several identifiers have found, and counts them.
    pub fn join_events(&mut self) {
        self.events.sort_unstable();
        self.events.dedup();
        self.counts.events = self.events.len() as u64;
    }

    /// Makes one of statements that several terms have found, and counts them.
    pub fn join_statements(&mut self) {
        self.statements.sort_unstable_by_key(|one| (one.position, !one.is_actor));
        self.statements.dedup_by_key(|one| one.position);
        let actor = self.statements.iter().filter(|one| one.is_actor).count() as u64;
        self.counts.statements = actor;
        self.counts.mentions = self.statements.len() as u64 - actor;
    }
}

/// Whether the text of an anonymous group's term has one of `identities` among its members, which
/// stand in it one after the other with a space between.
pub fn group_has_member(text: &str, identities: &[String]) -> bool {
    let Some(members) = text.strip_prefix("group:") else { return false };
    let members = format!(" {members} ");
    identities.iter().any(|identity| members.contains(&format!(" {identity} ")))
}

/// The kind of the terms that name people.
pub const PERSON: TermKind = TermKind::Agent;

/// What registrations of an erased person hold in the place of the agent.
pub const ERASED_ACTOR: &str =
    r#"{"objectType":"Agent","account":{"homePage":"urn:attestry:erased","name":"erased"}}"#;
/// The canonical identifier of that.
pub const ERASED_KEY: &str = "account:urn:attestry:erased|erased";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_is_found_whole_and_not_in_part() {
        let ids = |id: &str| vec![id.to_owned()];
        let text = "group:account:https://x.example|John Smith mbox:a@b.c";
        assert!(group_has_member(text, &ids("mbox:a@b.c")));
        assert!(group_has_member(text, &ids("account:https://x.example|John Smith")));
        assert!(!group_has_member(text, &ids("mbox:a@b.co")));
        assert!(!group_has_member("group:mbox:aa@b.c", &ids("mbox:a@b.c")));
        assert!(!group_has_member("mbox:a@b.c", &ids("mbox:a@b.c")));
    }
}
