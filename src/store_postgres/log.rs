//! What nearly every commit writes: terms, entries, statements, their lookup rows and the head.

use crate::error::failed;
use domain::{RegistrationId, StatementId};
use sqlx::PgConnection;
use store::{Plan, StoreError, rows};
use uuid::Uuid;

type Done = Result<(), StoreError>;

/// The columns of terms, a list each.
#[derive(Default)]
struct Terms {
    numbers: Vec<i64>,
    kinds: Vec<i64>,
    texts: Vec<String>,
    hashes: Vec<Vec<u8>>,
    salts: Vec<Option<Vec<u8>>>,
}

impl Terms {
    fn of(plan: &Plan) -> Self {
        let mut all = Self::default();
        for row in &plan.terms {
            all.numbers.push(row.number);
            all.kinds.push(row.term.kind.number());
            all.texts.push(row.term.text.clone());
            all.hashes.push(row.term.digest().as_bytes().to_vec());
            all.salts.push(row.salt.map(|salt| salt.as_bytes().to_vec()));
        }
        all
    }
}

/// The columns of entries.
#[derive(Default)]
struct Entries {
    positions: Vec<i64>,
    stored: Vec<i64>,
    bytes: Vec<Vec<u8>>,
    salts: Vec<Vec<u8>>,
}

impl Entries {
    fn of(plan: &Plan) -> Self {
        let mut all = Self::default();
        for row in &plan.entries {
            all.positions.push(rows::column(row.position.index()));
            all.stored.push(row.stored.micros());
            all.bytes.push(row.entry.clone());
            all.salts.push(row.salt.as_bytes().to_vec());
        }
        all
    }
}

/// The columns of statements.
#[derive(Default)]
struct Statements {
    positions: Vec<i64>,
    ids: Vec<Uuid>,
    stored: Vec<i64>,
    digests: Vec<Vec<u8>>,
    authorities: Vec<i64>,
    targets: Vec<Option<Uuid>>,
    voiding: Vec<bool>,
    defines: Vec<bool>,
    keys: Vec<Vec<u8>>,
    counted: Vec<Option<Uuid>>,
    facts: Vec<Option<String>>,
    bodies: Vec<Vec<u8>>,
}

impl Statements {
    fn of(plan: &Plan) -> Self {
        let mut all = Self::default();
        for row in &plan.statements {
            all.positions.push(rows::column(row.position.index()));
            all.ids.push(row.id.uuid());
            all.stored.push(row.stored.micros());
            all.digests.push(row.digest.as_bytes().to_vec());
            all.authorities.push(row.authority);
            all.targets.push(row.target.map(StatementId::uuid));
            all.voiding.push(row.voiding);
            all.defines.push(row.defines);
            all.keys.push(row.keys.clone());
            all.counted.push(row.counted.map(RegistrationId::uuid));
            all.facts.push(row.facts.clone());
            all.bodies.push(row.body.clone());
        }
        all
    }
}

/// The columns of facts.
#[derive(Default)]
struct Facts {
    positions: Vec<i64>,
    actors: Vec<Option<i64>>,
    bytes: Vec<Vec<u8>>,
}

impl Facts {
    fn of(plan: &Plan) -> Self {
        let mut all = Self::default();
        for row in &plan.facts {
            all.positions.push(rows::column(row.position.index()));
            all.actors.push(row.actor);
            all.bytes.push(row.fact.clone());
        }
        all
    }
}

/// The columns of lookup rows.
struct Keys {
    terms: Vec<i64>,
    roles: Vec<i64>,
    positions: Vec<i64>,
}

impl Keys {
    fn of(plan: &Plan) -> Self {
        Self {
            terms: plan.keys.iter().map(|key| key.term).collect(),
            roles: plan.keys.iter().map(|key| key.role).collect(),
            positions: plan.keys.iter().map(|key| rows::column(key.position.index())).collect(),
        }
    }
}

/// Writes them by one round trip.
pub(crate) async fn write(connection: &mut PgConnection, number: i64, plan: &Plan) -> Done {
    let (terms, entries, statements) = (Terms::of(plan), Entries::of(plan), Statements::of(plan));
    let (facts, keys) = (Facts::of(plan), Keys::of(plan));
    let frontier = plan.head.frontier.to_bytes();
    sqlx::query!(
        "WITH new_terms AS (
             INSERT INTO term (organization, number, kind, text, hash, salt)
             SELECT $1, * FROM UNNEST($2::BIGINT[], $3::BIGINT[], $4::TEXT[], $5::BYTEA[],
                 $6::BYTEA[])
         ), new_entries AS (
             INSERT INTO log_entry (organization, position, stored, entry, salt)
             SELECT $1, * FROM UNNEST($7::BIGINT[], $8::BIGINT[], $9::BYTEA[], $10::BYTEA[])
         ), new_statements AS (
             INSERT INTO statement (organization, position, id, stored, digest, authority, target,
                 voiding, defines, keys, counted, facts, body)
             SELECT $1, * FROM UNNEST($11::BIGINT[], $12::UUID[], $13::BIGINT[], $14::BYTEA[],
                 $15::BIGINT[], $16::UUID[], $17::BOOLEAN[], $18::BOOLEAN[], $19::BYTEA[],
                 $20::UUID[], $21::TEXT[], $22::BYTEA[])
         ), new_keys AS (
             INSERT INTO statement_key (organization, term, role, position)
             SELECT $1, * FROM UNNEST($23::BIGINT[], $24::BIGINT[], $25::BIGINT[])
             ON CONFLICT DO NOTHING
         ), new_facts AS (
             INSERT INTO completion_fact (organization, position, actor, fact)
             SELECT $1, * FROM UNNEST($30::BIGINT[], $31::BIGINT[], $32::BYTEA[])
         )
         UPDATE log_head SET next_position = $26, stored = $27, next_term = $28, frontier = $29
         WHERE organization = $1",
        number,
        &terms.numbers,
        &terms.kinds,
        &terms.texts,
        &terms.hashes,
        &terms.salts as &[Option<Vec<u8>>],
        &entries.positions,
        &entries.stored,
        &entries.bytes,
        &entries.salts,
        &statements.positions,
        &statements.ids,
        &statements.stored,
        &statements.digests,
        &statements.authorities,
        &statements.targets as &[Option<Uuid>],
        &statements.voiding,
        &statements.defines,
        &statements.keys,
        &statements.counted as &[Option<Uuid>],
        &statements.facts as &[Option<String>],
        &statements.bodies,
        &keys.terms,
        &keys.roles,
        &keys.positions,
        rows::column(plan.head.next.index()),
        plan.head.stored.micros(),
        plan.head.next_term,
        frontier,
        &facts.positions,
        &facts.actors as &[Option<i64>],
        &facts.bytes,
    )
    .execute(connection)
    .await
    .map(drop)
    .map_err(failed)
}
