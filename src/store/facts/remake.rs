//! Facts made again from the statements, to be compared with those that are stored.

use super::{CompletionFact, FactActor, NewFact, actor_key};
use crate::{FactRow, Position, StoreError, Term, TermKind};
use domain::{StatementId, Timestamp};
use std::collections::BTreeMap;
use xapi::{Statement, Version};

/// A stored statement whose bytes are there.
#[derive(Debug)]
pub struct FactSource {
    /// Where it is.
    pub position: Position,
    /// Its id.
    pub id: StatementId,
    /// When it was stored.
    pub recorded_at: Timestamp,
    /// The number of its authority's term.
    pub authority: i64,
    /// Its exact bytes.
    pub body: Vec<u8>,
}

/// A fact made again, its actor and activity still by their texts.
#[derive(Debug)]
pub struct RemadeFact {
    source: FactSource,
    actor: Term,
    said: NewFact,
}

impl FactSource {
    /// The fact of this statement, if it has one; an error when its bytes are no statement.
    pub fn remake(mut self) -> Result<Option<RemadeFact>, StoreError> {
        let body = std::mem::take(&mut self.body);
        // Which version it came by is not stored; what both read, they read alike.
        let statement = Statement::parse(&body, Version::V2_0)
            .or_else(|_| Statement::parse(&body, Version::V1_0))
            .map_err(|error| StoreError::inconsistent("statement", "body", self.id, error))?;
        let actor = Term::new(TermKind::Agent, actor_key(&statement));
        Ok(NewFact::of(&statement).map(|said| RemadeFact { source: self, actor, said }))
    }
}

impl RemadeFact {
    /// The terms that it needs the numbers of.
    pub fn terms(&self) -> impl Iterator<Item = Term> + '_ {
        let activity = self.said.activity().map(|iri| Term::new(TermKind::Activity, iri));
        std::iter::once(self.actor.clone()).chain(activity)
    }

    /// The fact, by the numbers of its terms; `None` when one is missing.
    fn numbered(&self, number: impl Fn(&Term) -> Option<i64>) -> Option<CompletionFact> {
        let actor = number(&self.actor)?;
        let activity = match self.said.activity() {
            Some(iri) => number(&Term::new(TermKind::Activity, iri))?,
            None => 0,
        };
        Some(CompletionFact {
            position: self.source.position,
            id: self.source.id,
            actor: FactActor::Term(actor),
            said: self.said.numbered(|_| activity),
            recorded_at: self.source.recorded_at,
            authority: self.source.authority,
            erased: false,
        })
    }
}

/// In what stored facts differ from those made again.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct FactDifferences {
    /// Where.
    pub positions: Vec<Position>,
    /// What should be there: rows to be written, in the place of others.
    pub put: Vec<FactRow>,
    /// Where nothing should be.
    pub remove: Vec<Position>,
}

impl FactDifferences {
    /// Compares facts of one run of positions. Rows at `kept` positions, where the statements'
    /// bytes are gone, cannot be made again and stay as they are.
    pub fn find(
        remade: &[RemadeFact],
        mut stored: BTreeMap<Position, FactRow>,
        kept: &[Position],
        number: impl Fn(&Term) -> Option<i64>,
    ) -> Self {
        for position in kept {
            stored.remove(position);
        }
        let mut found = Self::default();
        for fact in remade {
            let position = fact.source.position;
            let row = fact.numbered(&number).as_ref().map(FactRow::of);
            let there = stored.remove(&position);
            if row.is_none() || row != there {
                found.positions.push(position);
                found.put.extend(row);
            }
        }
        found.remove = stored.into_keys().collect();
        found.positions.extend(&found.remove);
        found.positions.sort_unstable();
        found
    }
}
