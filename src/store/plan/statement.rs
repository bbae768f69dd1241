//! The part of a plan that turns a statement into rows.

use super::{ClaimRow, EntryRow, FactRow, KeyRow, Planner, StatementRow, TermRow};
use crate::{
    AppendedStatement, AttachmentLink, Claim, CompletionFact, DIRECT, Defined, FactActor,
    NewStatement, ObjectFact, Position, RELATED, RegistrationRecord, Term, TermKind,
    keys::{self, Keys},
    world::{Counted, Known, KnownTerm, authority, terms},
};
use domain::{RegistrationId, StatementId, Timestamp};
use ledger::{ClearText, EntryObject, Salt, StatementEntry};
use std::collections::HashSet;

impl Planner<'_> {
    /// Writes a statement that was checked, unless an equal one is stored.
    pub(super) fn apply_statement(&mut self, new: &NewStatement) -> AppendedStatement {
        if let Some(known) = self.world.statements.get(&new.id) {
            let (position, stored) = (known.position, known.stored);
            return AppendedStatement { id: new.id, position, stored, new: false };
        }
        let (position, stored) = self.next_place();
        let body = new.body(stored);
        self.log(new, position, stored, &body);

        let mut own = Keys::new();
        for (term, direct) in terms(new) {
            let number = self.number(term);
            keys::merge(&mut own, [(number, if direct { DIRECT } else { RELATED })]);
        }
        let authority = self.number(authority(&new.facts));
        self.plan.keys.insert(KeyRow { term: authority, role: DIRECT, position });

        let counted = new
            .facts
            .registration
            .filter(|id| new.facts.is_runtime() && self.world.registrations.contains_key(id));
        let facts = counted.and_then(|_| serde_json::to_string(&new.facts).ok());
        self.plan.statements.push(StatementRow {
            position,
            id: new.id,
            stored,
            digest: new.digest,
            authority,
            target: new.facts.target,
            voiding: new.facts.voids.is_some(),
            defines: new.defined.is_some(),
            keys: keys::pack(&own),
            counted,
            facts,
            body,
        });
        self.fact(new, position, stored, authority);
        if let Some(claim) = new.claim.clone() {
            self.plan.claims.push(ClaimRow { position, claim });
        }
        for attachment in &new.attachments {
            let (sha2, media_type) = (attachment.sha2.clone(), attachment.media_type.clone());
            self.plan.attachments.insert(sha2.clone(), attachment.content.clone());
            self.plan.attachment_links.push(AttachmentLink { position, sha2, media_type });
        }
        self.world.statements.insert(
            new.id,
            Known {
                position,
                stored,
                digest: new.digest,
                target: new.facts.target,
                voiding: new.facts.voids.is_some(),
                voided: false,
                keys: own,
                counted,
            },
        );
        self.refer(new.id, position);
        self.define(new);
        if let Some(registration) = counted {
            self.count(registration, new, stored);
        }
        self.void(new, position);
        AppendedStatement { id: new.id, position, stored, new: true }
    }

    /// Adds what the statement says of activities and agents; what changes nothing writes nothing.
    fn define(&mut self, new: &NewStatement) {
        for (term, said) in new.defined.iter().flat_map(Defined::said) {
            let known = self.world.gathered.entry(term.clone()).or_default();
            if term.kind == TermKind::Activity {
                let Some(definition) = known.define(said).cloned() else { continue };
                let number = self.number(term);
                self.plan.definitions.insert(number, definition);
            } else if known.name(said) {
                let number = self.number(term);
                self.plan.names.push((number, said.to_owned()));
            }
        }
    }

    /// The completion fact, if an audit asks for one.
    fn fact(&mut self, new: &NewStatement, position: Position, stored: Timestamp, authority: i64) {
        let Some(said) = &new.fact else { return };
        let actor = self.number(Term::new(TermKind::Agent, &new.actor));
        let said = said.numbered(|iri| self.number(Term::new(TermKind::Activity, iri)));
        self.plan.facts.push(FactRow::of(&CompletionFact {
            position,
            id: new.id,
            actor: FactActor::Term(actor),
            said,
            recorded_at: stored,
            authority,
            erased: false,
        }));
    }

    /// The ledger's entry, in the same commit as what it commits to.
    fn log(&mut self, new: &NewStatement, position: Position, stored: Timestamp, body: &[u8]) {
        let actor = self.actor_salt(&new.actor);
        let salt = Salt::draw(self.entropy);
        let time = stored.to_string();
        let entry = StatementEntry {
            id: new.id,
            stored,
            timestamp: new.facts.timestamp.as_deref().unwrap_or(&time),
            verb: &new.facts.verb,
            object: match &new.facts.object {
                ObjectFact::Activity(iri) => EntryObject::Activity(iri),
                ObjectFact::Statement(id) => EntryObject::Statement(*id),
                ObjectFact::Agent | ObjectFact::SubStatement => EntryObject::Unsaid,
            },
            registration: new.facts.registration,
            success: new.facts.success,
            completion: new.facts.completion,
            scaled: new.facts.score.and_then(|score| score.scaled),
            voids: new.facts.voids,
            authority: &new.facts.authority,
            actor: &new.actor,
            attachments: &new.facts.attachments,
            body,
            claim: new.claim.as_ref().map(Claim::text),
        };
        let clear = ClearText { activity_base: &self.world.activity_base };
        let entry = entry.to_bytes(clear, &salt, &actor);
        self.plan.entries.push(EntryRow { position, stored, entry, salt });
    }

    /// A term's number; a new term gets the next one.
    fn number(&mut self, term: Term) -> i64 {
        if let Some(known) = self.world.terms.get(&term) {
            return known.number;
        }
        let number = self.world.head.next_term;
        self.world.head.next_term += 1;
        self.world.terms.insert(term.clone(), KnownTerm { number, salt: None });
        self.plan.terms.push(TermRow { number, term, salt: None });
        number
    }

    /// An actor's salt, drawn when the actor is first seen.
    fn actor_salt(&mut self, actor: &str) -> Salt {
        let term = Term::new(TermKind::Agent, actor);
        let number = self.number(term.clone());
        if let Some(salt) = self.world.terms.get(&term).and_then(|known| known.salt) {
            return salt;
        }
        let salt = Salt::draw(self.entropy);
        self.world.terms.insert(term, KnownTerm { number, salt: Some(salt) });
        match self.plan.terms.iter_mut().find(|row| row.number == number) {
            Some(row) => row.salt = Some(salt),
            None => self.plan.salts.push((number, salt)),
        }
        salt
    }

    /// Lookup rows: a statement has its own keys and those of the chain of statements that it
    /// refers to, and whatever refers to it, now or already, gets them too (xAPI 1.0.3
    /// Communication 2.1.3, "filter conditions for `StatementRefs`").
    fn refer(&mut self, id: StatementId, position: Position) {
        let mut keys = Keys::new();
        let mut seen = HashSet::new();
        let mut next = Some(id);
        while let Some(known) = next.and_then(|id| self.world.statements.get(&id)) {
            keys::merge(&mut keys, known.keys.iter().copied());
            next = known.target.filter(|target| seen.insert(*target));
        }
        let mut found = vec![position];
        let mut seen = HashSet::from([id]);
        let mut open = vec![id];
        while let Some(id) = open.pop() {
            for referrer in self.world.referrers.get(&id).into_iter().flatten() {
                if seen.insert(*referrer) {
                    open.push(*referrer);
                    found.extend(self.world.statements.get(referrer).map(|known| known.position));
                }
            }
        }
        for position in found {
            let rows = keys.iter().map(|&(term, role)| KeyRow { term, role, position });
            self.plan.keys.extend(rows);
        }
        if let Some(target) = self.world.statements.get(&id).and_then(|known| known.target) {
            self.world.referrers.entry(target).or_default().push(id);
        }
    }

    /// Adds a statement to its registration's record.
    fn count(&mut self, registration: RegistrationId, new: &NewStatement, stored: Timestamp) {
        if let Some(known) = self.world.registrations.get_mut(&registration) {
            known.record.fold(&known.activities, new.id, stored, &new.facts);
            if let Some(history) = &mut known.history {
                let facts = new.facts.clone();
                history.push(Counted { id: new.id, stored, facts, voided: false });
            }
            self.changed.insert(registration);
        }
    }

    /// Voids what the statement voids, or the statement itself when one that voids it came first
    /// (xAPI 1.0.3 Data 2.3.2). A voiding statement is never voided.
    fn void(&mut self, new: &NewStatement, position: Position) {
        if let Some(target) = new.facts.voids {
            self.mark_voided(target, position);
        } else {
            let referrers = self.world.referrers.get(&new.id).into_iter().flatten();
            let by = referrers
                .filter_map(|id| self.world.statements.get(id))
                .find(|known| known.voiding)
                .map(|known| known.position);
            if let Some(by) = by {
                self.mark_voided(new.id, by);
            }
        }
    }

    fn mark_voided(&mut self, target: StatementId, by: Position) {
        let Some(known) = self.world.statements.get_mut(&target) else { return };
        if known.voided || known.voiding {
            return;
        }
        known.voided = true;
        self.plan.voided.push((known.position, by));
        let Some(registration) = known.counted else { return };
        let Some(known) = self.world.registrations.get_mut(&registration) else { return };
        // Loaded because the statement is about to be voided: `World::histories_wanted`.
        let Some(history) = &mut known.history else { return };
        for counted in history.iter_mut().filter(|counted| counted.id == target) {
            counted.voided = true;
        }
        let counting = history.iter().filter(|counted| !counted.voided);
        known.record = RegistrationRecord::of(
            &known.activities,
            counting.map(|counted| (counted.id, counted.stored, &counted.facts)),
        );
        self.changed.insert(registration);
    }
}
