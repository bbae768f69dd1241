//! The log as a list in memory: what the rules say, the slow and simple way.

use crate::{CompletionFact, FactAbout, LookupKey, NewFact, NewStatement, Said, StatementFilter};
use domain::{StatementId, Timestamp};
use std::collections::{HashMap, HashSet};

/// A fact with the texts of its terms.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct SaidFact {
    id: StatementId,
    actor: Option<String>,
    said: NewFact,
    recorded_at: Timestamp,
    authority: String,
}

impl SaidFact {
    /// A stored fact, with the texts of its terms; a panic when one is missing.
    pub(super) fn of(fact: &CompletionFact, texts: &HashMap<i64, String>) -> Self {
        let said = fact.said.clone();
        let about = match said.about {
            FactAbout::Activity(number) => FactAbout::Activity(texts[&number].clone()),
            FactAbout::Statement(id) => FactAbout::Statement(id),
        };
        let Said { verb, is_group, registration, scaled, duration, waiver_reason, .. } = said;
        let timestamp = said.timestamp;
        Self {
            id: fact.id,
            actor: fact.actor_term().map(|number| texts[&number].clone()),
            said: Said {
                verb,
                about,
                is_group,
                registration,
                scaled,
                duration,
                waiver_reason,
                timestamp,
            },
            recorded_at: fact.recorded_at,
            authority: texts[&fact.authority].clone(),
        }
    }
}

/// A log's statements in the order of their positions, with when they were stored.
#[derive(Debug, Default)]
pub struct Model {
    statements: Vec<(NewStatement, Timestamp)>,
}

impl Model {
    /// Adds the next statement.
    pub fn push(&mut self, new: NewStatement, stored: Timestamp) {
        self.statements.push((new, stored));
    }

    /// The ids so far.
    pub fn ids(&self) -> Vec<StatementId> {
        self.statements.iter().map(|(new, _)| new.id).collect()
    }

    /// A statement by id.
    pub fn get(&self, id: StatementId) -> Option<&NewStatement> {
        self.statements.iter().map(|(new, _)| new).find(|new| new.id == id)
    }

    /// Whether a statement is voided.
    pub fn is_voided(&self, new: &NewStatement) -> bool {
        new.facts.voids.is_none()
            && self.statements.iter().any(|(other, _)| other.facts.voids == Some(new.id))
    }

    /// The facts, in the order of the log.
    pub(super) fn facts(&self) -> Vec<SaidFact> {
        let facts = self.statements.iter().filter_map(|(new, stored)| {
            let mut said = new.fact.clone()?;
            said.timestamp = said.timestamp.filter(|time| time != stored);
            Some(SaidFact {
                id: new.id,
                actor: Some(new.actor.clone()),
                said,
                recorded_at: *stored,
                authority: new.facts.authority.to_string(),
            })
        });
        facts.collect()
    }

    /// The ids that `filter` lets through.
    pub fn find(&self, filter: &StatementFilter) -> Vec<StatementId> {
        let meets = |(new, stored): &&(NewStatement, Timestamp)| {
            !self.is_voided(new)
                && filter.since.is_none_or(|since| *stored > since)
                && filter.until.is_none_or(|until| *stored <= until)
                && filter.authority.as_ref().is_none_or(|wanted| *wanted == new.facts.authority)
                && self.meets(new, filter)
        };
        let mut found: Vec<_> =
            self.statements.iter().filter(meets).map(|(new, _)| new.id).collect();
        if !filter.ascending {
            found.reverse();
        }
        found.truncate(filter.limit);
        found
    }

    /// Each condition is met by the statement or by one in the chain that it refers to.
    fn meets(&self, new: &NewStatement, filter: &StatementFilter) -> bool {
        let chain = self.chain(new);
        let among = |keys: &[LookupKey], text: &str, related: bool| {
            keys.iter().any(|key| key.text == text && (key.direct || related))
        };
        filter.agent.as_ref().is_none_or(|agent| {
            chain.iter().any(|one| among(&one.agents, agent, filter.related_agents))
        }) && filter.activity.as_ref().is_none_or(|activity| {
            chain.iter().any(|one| among(&one.activities, activity, filter.related_activities))
        }) && filter
            .verb
            .as_ref()
            .is_none_or(|verb| chain.iter().any(|one| one.facts.verb == *verb))
            && filter.registration.is_none_or(|registration| {
                chain.iter().any(|one| one.facts.registration == Some(registration))
            })
    }

    fn chain<'a>(&'a self, new: &'a NewStatement) -> Vec<&'a NewStatement> {
        let mut seen = HashSet::new();
        let mut chain = Vec::new();
        let mut next = Some(new);
        while let Some(one) = next.filter(|one| seen.insert(one.id)) {
            chain.push(one);
            next = one.facts.target.and_then(|target| self.get(target));
        }
        chain
    }
}
