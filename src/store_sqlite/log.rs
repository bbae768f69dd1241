//! What nearly every commit writes: terms, entries, statements, their lookup rows and the head.

use crate::{error::failed, pack::Pack};
use domain::{RegistrationId, StatementId};
use sqlx::SqliteConnection;
use store::{EntryRow, FactRow, KeyRow, Plan, StatementRow, StoreError, TermRow, rows};

#[derive(Default)]
struct Packs {
    terms: Pack,
    entries: Pack,
    statements: Pack,
    facts: Pack,
    keys: Pack,
}

/// Writes them, by one call unless there are very many bytes.
pub(crate) async fn write(
    connection: &mut SqliteConnection,
    number: i64,
    plan: &Plan,
) -> Result<(), StoreError> {
    let mut packs = Packs::default();
    for row in &plan.terms {
        packs.term(row);
        if packs.terms.is_full() {
            packs.write(connection, number, plan).await?;
        }
    }
    for row in &plan.entries {
        packs.entry(row);
        if packs.entries.is_full() {
            packs.write(connection, number, plan).await?;
        }
    }
    for row in &plan.statements {
        packs.statement(row);
        if packs.statements.is_full() {
            packs.write(connection, number, plan).await?;
        }
    }
    for row in &plan.facts {
        packs.fact(row);
        if packs.facts.is_full() {
            packs.write(connection, number, plan).await?;
        }
    }
    for row in &plan.keys {
        packs.key(*row);
        if packs.keys.is_full() {
            packs.write(connection, number, plan).await?;
        }
    }
    packs.write(connection, number, plan).await
}

impl Packs {
    fn term(&mut self, row: &TermRow) {
        self.terms
            .row()
            .number(row.number)
            .number(row.term.kind.number())
            .bytes(row.term.text.as_bytes())
            .bytes(row.term.digest().as_bytes().as_slice())
            .bytes(row.salt.as_ref().map(|salt| salt.as_bytes().as_slice()));
    }

    fn entry(&mut self, row: &EntryRow) {
        self.entries
            .row()
            .number(rows::column(row.position.index()))
            .number(row.stored.micros())
            .bytes(row.entry.as_slice())
            .bytes(row.salt.as_bytes().as_slice());
    }

    fn statement(&mut self, row: &StatementRow) {
        let (id, target) = (row.id.uuid(), row.target.map(StatementId::uuid));
        let counted = row.counted.map(RegistrationId::uuid);
        self.statements
            .row()
            .number(rows::column(row.position.index()))
            .number(row.stored.micros())
            .number(row.authority)
            .number(i64::from(row.voiding))
            .number(i64::from(row.defines))
            .bytes(id.as_bytes().as_slice())
            .bytes(row.digest.as_bytes().as_slice())
            .bytes(target.as_ref().map(|id| id.as_bytes().as_slice()))
            .bytes(row.keys.as_slice())
            .bytes(counted.as_ref().map(|id| id.as_bytes().as_slice()))
            .bytes(row.facts.as_deref().map(str::as_bytes))
            .bytes(row.body.as_slice());
    }

    fn fact(&mut self, row: &FactRow) {
        // No term has the number 0.
        self.facts
            .row()
            .number(rows::column(row.position.index()))
            .number(row.actor.unwrap_or(0))
            .bytes(row.fact.as_slice());
    }

    fn key(&mut self, row: KeyRow) {
        let position = rows::column(row.position.index());
        self.keys.row().number(row.term).number(row.role).number(position);
    }

    /// Writes what was collected, and the head as it is after the whole plan.
    async fn write(
        &mut self,
        connection: &mut SqliteConnection,
        number: i64,
        plan: &Plan,
    ) -> Result<(), StoreError> {
        let (terms, term_bytes) = self.terms.take();
        let (entries, entry_bytes) = self.entries.take();
        let (statements, statement_bytes) = self.statements.take();
        let (facts, fact_bytes) = self.facts.take();
        let (keys, _) = self.keys.take();
        let (next, stored) = (rows::column(plan.head.next.index()), plan.head.stored.micros());
        let frontier = plan.head.frontier.to_bytes();
        sqlx::query!(
            "INSERT INTO term (organization, number, kind, text, hash, salt)
             SELECT $1, value ->> 0, value ->> 1,
                 CAST(substr($3, value ->> 2, value ->> 3) AS TEXT),
                 substr($3, value ->> 4, value ->> 5), substr($3, value ->> 6, value ->> 7)
             FROM jsonb_each($2);
             INSERT INTO log_entry (organization, position, stored, entry, salt)
             SELECT $4, value ->> 0, value ->> 1, substr($6, value ->> 2, value ->> 3),
                 substr($6, value ->> 4, value ->> 5)
             FROM jsonb_each($5);
             INSERT INTO statement (organization, position, stored, authority, voiding, defines,
                 id, digest, target, keys, counted, facts, body)
             SELECT $7, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4,
                 substr($9, value ->> 5, value ->> 6), substr($9, value ->> 7, value ->> 8),
                 substr($9, value ->> 9, value ->> 10), substr($9, value ->> 11, value ->> 12),
                 substr($9, value ->> 13, value ->> 14),
                 CAST(substr($9, value ->> 15, value ->> 16) AS TEXT),
                 substr($9, value ->> 17, value ->> 18)
             FROM jsonb_each($8);
             INSERT INTO completion_fact (organization, position, actor, fact)
             SELECT $10, value ->> 0, nullif(value ->> 1, 0),
                 substr($12, value ->> 2, value ->> 3)
             FROM jsonb_each($11);
             INSERT INTO statement_key (organization, term, role, position)
             SELECT $13, value ->> 0, value ->> 1, value ->> 2 FROM jsonb_each($14) WHERE true
             ON CONFLICT DO NOTHING;
             UPDATE log_head
             SET next_position = $16, stored = $17, next_term = $18, frontier = $19
             WHERE organization = $15",
            number,
            terms,
            term_bytes,
            number,
            entries,
            entry_bytes,
            number,
            statements,
            statement_bytes,
            number,
            facts,
            fact_bytes,
            number,
            keys,
            number,
            next,
            stored,
            plan.head.next_term,
            frontier,
        )
        .execute(connection)
        .await
        .map_err(failed)?;
        Ok(())
    }
}
