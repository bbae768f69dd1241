//! What statements say of activities and agents beside their ids: definitions and names, gathered
//! in the order of the log.

use crate::{StoreError, Term, TermKind};
use async_trait::async_trait;
use domain::OrganizationId;
use std::collections::{BTreeSet, HashMap};
use xapi::{Statement, Version};

/// Most bytes of a gathered definition. One that would grow beyond stays as it was: extensions add
/// up, and every reader of the activity loads it.
pub const DEFINITION_BYTES_MAX: usize = 256 * 1024;
/// Most names kept of one agent, the first ones; the Person object lists them all.
pub const AGENT_NAMES_MAX: usize = 64;
/// Most bytes of a name that is kept.
pub const NAME_BYTES_MAX: usize = 1_024;

/// What a statement defines, when its authority may (xAPI 1.0.3 Communication 4.2, `define`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Defined {
    /// Activities, by IRI, with their definitions as JSON texts.
    pub definitions: Vec<(String, String)>,
    /// Agents, by canonical identifier, with their names.
    pub names: Vec<(String, String)>,
}

impl Defined {
    /// What `statement` defines. Names that no database keeps (U+0000), empty ones and very long
    /// ones are left out.
    pub fn of(statement: &Statement) -> Self {
        let definitions = statement.activities().iter().filter_map(|activity| {
            let definition = statement.definition(activity)?;
            Some((activity.id.clone(), definition.to_owned()))
        });
        let fits =
            |name: &str| !name.is_empty() && name.len() <= NAME_BYTES_MAX && !name.contains('\0');
        let names = statement.names().iter().filter(|(_, name)| fits(name));
        Self {
            definitions: definitions.collect(),
            names: names.map(|(id, name)| (id.to_string(), name.clone())).collect(),
        }
    }

    /// Each activity and agent with what is said of it, in order.
    pub fn said(&self) -> impl Iterator<Item = (Term, &str)> {
        let definitions = self.definitions.iter().map(|pair| (TermKind::Activity, pair));
        let names = self.names.iter().map(|pair| (TermKind::Agent, pair));
        let all = definitions.chain(names);
        all.map(|(kind, (text, said))| (Term::new(kind, text), said.as_str()))
    }

    /// What a stored statement with these bytes defines; `None` when they are no statement.
    pub fn read(body: &[u8]) -> Option<Self> {
        // Which version it came by is not stored; what both read, they read alike.
        let statement = Statement::parse(body, Version::V2_0)
            .or_else(|_| Statement::parse(body, Version::V1_0));
        statement.ok().as_ref().map(Self::of)
    }
}

/// The definition known of an activity after one more statement; `None` when it stays.
pub(crate) fn merged(known: Option<&str>, new: &str) -> Option<String> {
    if known == Some(new) {
        return None;
    }
    let merged = xapi::merge_definition(known, new).ok().flatten();
    merged.filter(|merged| merged.len() <= DEFINITION_BYTES_MAX)
}

/// What is known of one term, as far as the log has been read: an activity's definition or an
/// agent's names. Statements are added in the order of the log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Gathered {
    /// The definition.
    pub definition: Option<String>,
    /// The names.
    pub names: BTreeSet<String>,
}

impl Gathered {
    /// Adds what a statement says of `term`.
    pub fn add(&mut self, term: &Term, defined: &Defined) {
        let said = match term.kind {
            TermKind::Activity => &defined.definitions,
            TermKind::Agent => &defined.names,
            TermKind::Verb | TermKind::Registration | TermKind::Authority => return,
        };
        for (_, new) in said.iter().filter(|(text, _)| *text == term.text) {
            if term.kind == TermKind::Activity {
                self.define(new);
            } else {
                self.name(new);
            }
        }
    }

    /// Adds a definition; gives the new one if it changed.
    pub(crate) fn define(&mut self, new: &str) -> Option<&String> {
        let merged = merged(self.definition.as_deref(), new)?;
        Some(self.definition.insert(merged))
    }

    /// Adds a name; says whether anything changed.
    pub(crate) fn name(&mut self, name: &str) -> bool {
        self.names.len() < AGENT_NAMES_MAX && self.names.insert(name.to_owned())
    }
}

/// Reads what statements have said of activities and agents.
#[async_trait]
pub trait Vocabulary {
    /// The definitions of those of these activities that have one, by IRI.
    async fn definitions(
        &self,
        organization: OrganizationId,
        activities: &BTreeSet<String>,
    ) -> Result<HashMap<String, String>, StoreError>;

    /// The names of an agent, by its canonical identifier.
    async fn agent_names(
        &self,
        organization: OrganizationId,
        agent: &str,
    ) -> Result<BTreeSet<String>, StoreError>;

    /// Gathers everything again from the statements, and gives the texts (IRIs and identifiers) of
    /// which something else is stored. With `repair`, what is stored is corrected.
    async fn rebuild_vocabulary(
        &self,
        organization: OrganizationId,
        repair: bool,
    ) -> Result<Vec<String>, StoreError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_gathered_is_bounded_and_the_first_stays() {
        let mut gathered = Gathered::default();
        for number in 0..AGENT_NAMES_MAX + 5 {
            let fits = number < AGENT_NAMES_MAX;
            assert_eq!(gathered.name(&format!("name {number}")), fits, "{number}");
        }
        assert!(!gathered.name("name 1"));
        let big = format!(r#"{{"extensions":{{"http://x.example/1":"{}"}}}}"#, "x".repeat(200_000));
        assert!(gathered.define(&big).is_some());
        assert!(gathered.define(&big).is_none(), "nothing new");
        let known = gathered.definition.clone();
        assert!(gathered.define(&big.replace("/1", "/2")).is_none(), "together they are too big");
        assert_eq!(gathered.definition, known);
        assert!(gathered.define(r#"{"name":{"en":"A"}}"#).is_some());
        assert_ne!(gathered.definition, known);
    }

    #[test]
    fn a_statement_defines_every_activity_and_agent_it_names() {
        let body = br#"{"actor":{"objectType":"Group","name":"G","mbox":"mailto:g@b.c","member":[
            {"mbox":"mailto:a@b.c","name":"A"},{"mbox":"mailto:e@b.c","name":""}]},
            "verb":{"id":"http://v.example/"},
            "object":{"id":"http://o.example/","definition":{"name":{"en":"O"}}},
            "context":{"instructor":{"mbox":"mailto:i@b.c","name":"I\u0000"},
              "contextActivities":{"parent":{"id":"http://p.example/","definition":{"type":"http://t.example/"}},
              "other":[{"id":"http://q.example/"}]}},
            "authority":{"mbox":"mailto:x@b.c","name":"X"}}"#;
        let defined = Defined::read(body).unwrap();
        let text = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
        };
        assert_eq!(defined.names, text(&[("mbox:a@b.c", "A")]));
        assert_eq!(
            defined.definitions,
            text(&[
                ("http://o.example/", r#"{"name":{"en":"O"}}"#),
                ("http://p.example/", r#"{"type":"http://t.example/"}"#),
            ])
        );
        assert_eq!(Defined::read(b"{}"), None);
    }
}
