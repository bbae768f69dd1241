//! Completion facts. A page is one value: each row that crosses to the driver's thread and back
//! costs more than reading it.

use crate::{SqliteStore, erasure::list, error::failed, load};
use async_trait::async_trait;
use domain::{OrganizationId, StatementId, Timestamp};
use futures_util::TryStreamExt;
use sqlx::{Connection, SqliteConnection};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use store::{
    CompletionFact, CompletionFacts, FACTS_PAGE_MAX, FactClaim, FactDifferences, FactPage, FactRow,
    FactSource, Position, RemadeFact, StoreError, Term, TermKind, rows,
};
use uuid::Uuid;

/// Statements of which facts are made again at a time, while commits wait.
const PAGE_STATEMENTS: i64 = 200;
/// Facts that an erasure changes at a time.
const CHUNK: i64 = 1_000;

type Done = Result<(), StoreError>;

#[async_trait]
impl CompletionFacts for SqliteStore {
    async fn facts(
        &self,
        organization: OrganizationId,
        from: Position,
        limit: usize,
    ) -> Result<FactPage, StoreError> {
        let number = self.number(organization).await?;
        let (from, limit) = (rows::column(from.index()), rows::column(limit.min(FACTS_PAGE_MAX)));
        let mut connection = self.read.acquire().await?;
        let mut snapshot = connection.begin().await.map_err(failed)?;
        let joined = sqlx::query_scalar!(
            r#"SELECT group_concat(hex(fact), '') AS "facts: String"
               FROM (SELECT fact FROM completion_fact
                     WHERE organization = $1 AND position >= $2 ORDER BY position LIMIT $3)"#,
            number,
            from,
            limit,
        )
        .fetch_one(&mut *snapshot)
        .await
        .map_err(failed)?;
        let facts = unpack(joined.as_deref())?;
        let (Some(first), Some(last)) = (facts.first(), facts.last()) else {
            return Ok(FactPage::default());
        };
        let first = rows::column(first.position.index());
        let last = rows::column(last.position.index());
        let claims = sqlx::query_as!(
            rows::FactClaimRow,
            "SELECT position, stored, authority_key FROM claim
             WHERE organization = $1 AND position BETWEEN $2 AND $3 ORDER BY position",
            number,
            first,
            last,
        )
        .fetch_all(&mut *snapshot)
        .await
        .map_err(failed)?;
        Ok(FactPage { facts, claims: rows::all(claims)? })
    }

    async fn facts_of(
        &self,
        organization: OrganizationId,
        actors: &BTreeSet<String>,
        limit: usize,
    ) -> Result<FactPage, StoreError> {
        let number = self.number(organization).await?;
        let limit = rows::column(limit.min(FACTS_PAGE_MAX));
        let wanted = actors.iter().map(|actor| Term::new(TermKind::Agent, actor)).collect();
        let mut connection = self.read.acquire().await?;
        let mut snapshot = connection.begin().await.map_err(failed)?;
        let terms = load::terms_by_text(&mut snapshot, number, &wanted).await?;
        let terms: Vec<i64> = terms.values().map(|term| term.number).collect();
        let terms = serde_json::to_string(&terms).map_err(StoreError::refused)?;
        let joined = sqlx::query_scalar!(
            r#"SELECT group_concat(hex(fact), '') AS "facts: String"
               FROM (SELECT f.fact FROM json_each($2) wanted
                     CROSS JOIN completion_fact f
                         ON f.organization = $1 AND f.actor = wanted.value
                     ORDER BY f.position LIMIT $3)"#,
            number,
            terms,
            limit,
        )
        .fetch_one(&mut *snapshot)
        .await
        .map_err(failed)?;
        let mut facts = unpack(joined.as_deref())?;
        facts.extend(voiding(&mut snapshot, number, &facts).await?);
        facts.sort_by_key(|fact| fact.position);
        facts.dedup_by_key(|fact| fact.position);
        let claims = claims_at(&mut snapshot, number, &facts).await?;
        Ok(FactPage { facts, claims })
    }

    async fn fact_count(&self, organization: OrganizationId) -> Result<u64, StoreError> {
        let number = self.number(organization).await?;
        let count = sqlx::query_scalar!(
            "SELECT count(*) FROM completion_fact WHERE organization = $1",
            number,
        )
        .fetch_one(&mut *self.read.acquire().await?)
        .await
        .map_err(failed)?;
        Ok(count.unsigned_abs())
    }

    async fn fact_terms(
        &self,
        organization: OrganizationId,
        numbers: &BTreeSet<i64>,
    ) -> Result<HashMap<i64, String>, StoreError> {
        let number = self.number(organization).await?;
        let wanted = serde_json::to_string(numbers).map_err(StoreError::refused)?;
        let found = sqlx::query!(
            r#"SELECT t.number AS "number!", t.text AS "text!" FROM json_each($2) wanted
               CROSS JOIN term t ON t.organization = $1 AND t.number = wanted.value"#,
            number,
            wanted,
        )
        .fetch_all(&mut *self.read.acquire().await?)
        .await
        .map_err(failed)?;
        Ok(found.into_iter().map(|row| (row.number, row.text)).collect())
    }

    async fn rebuild_facts(
        &self,
        organization: OrganizationId,
        repair: bool,
    ) -> Result<Vec<Position>, StoreError> {
        let number = self.number(organization).await?;
        let (mut last, mut differing) = (-1, Vec::new());
        loop {
            let mut connection = self.write.acquire().await?;
            let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
            let (end, found) = differences(&mut transaction, number, last).await?;
            if repair && !found.positions.is_empty() {
                correct(&mut transaction, number, &found).await?;
                transaction.commit().await.map_err(failed)?;
            }
            differing.extend(found.positions);
            let Some(end) = end else { return Ok(differing) };
            last = end;
        }
    }
}

/// Reads facts that were joined as hexadecimal digits, in the order of the log.
fn unpack(joined: Option<&str>) -> Result<Vec<CompletionFact>, StoreError> {
    let wrong = || StoreError::wrong("completion_fact", "fact", "joined");
    let digits = joined.unwrap_or_default().as_bytes();
    let bytes: Option<Vec<u8>> = digits
        .chunks(2)
        .map(|pair| match pair {
            [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
            _ => None,
        })
        .collect();
    let mut facts = CompletionFact::unpack_all(&bytes.ok_or_else(wrong)?)?;
    // How they are joined has an order only as far as it happens to be read in one.
    facts.sort_by_key(|fact| fact.position);
    Ok(facts)
}

/// The value of a digit as `hex()` writes it.
const fn digit(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

/// The facts of the statements that void these.
async fn voiding(
    connection: &mut SqliteConnection,
    number: i64,
    facts: &[CompletionFact],
) -> Result<Vec<CompletionFact>, StoreError> {
    let positions = list(&positions(facts))?;
    let joined = sqlx::query_scalar!(
        r#"SELECT group_concat(hex(f.fact), '') AS "facts: String"
           FROM json_each($2) wanted
           CROSS JOIN statement s ON s.organization = $1 AND s.position = wanted.value
           CROSS JOIN completion_fact f ON f.organization = $1 AND f.position = s.voided_by"#,
        number,
        positions,
    )
    .fetch_one(connection)
    .await
    .map_err(failed)?;
    unpack(joined.as_deref())
}

async fn claims_at(
    connection: &mut SqliteConnection,
    number: i64,
    facts: &[CompletionFact],
) -> Result<Vec<FactClaim>, StoreError> {
    let positions = list(&positions(facts))?;
    let claims = sqlx::query_as!(
        rows::FactClaimRow,
        r#"SELECT c.position AS "position!", c.stored, c.authority_key
           FROM json_each($2) wanted
           CROSS JOIN claim c ON c.organization = $1 AND c.position = wanted.value
           ORDER BY c.position"#,
        number,
        positions,
    )
    .fetch_all(connection)
    .await
    .map_err(failed)?;
    rows::all(claims)
}

fn positions(facts: &[CompletionFact]) -> Vec<Position> {
    facts.iter().map(|fact| fact.position).collect()
}

/// Compares the facts of the statements behind `last` with what these say; where the page ended,
/// unless it was the last one.
async fn differences(
    connection: &mut SqliteConnection,
    number: i64,
    last: i64,
) -> Result<(Option<i64>, FactDifferences), StoreError> {
    let (mut remade, mut kept) = (Vec::new(), Vec::new());
    let (mut count, mut end) = (0, last);
    {
        // One after the other: each may be long.
        let mut page = sqlx::query!(
            r#"SELECT position, id AS "id: Uuid", stored, authority,
                   erased_by IS NOT NULL AS "erased!: bool", body
               FROM statement WHERE organization = $1 AND position > $2
               ORDER BY position LIMIT $3"#,
            number,
            last,
            PAGE_STATEMENTS,
        )
        .fetch(&mut *connection);
        while let Some(row) = page.try_next().await.map_err(failed)? {
            (count, end) = (count + 1, row.position);
            let position = rows::position("statement", "position", row.position)?;
            if row.erased {
                kept.push(position);
                continue;
            }
            let source = FactSource {
                position,
                id: StatementId::new(row.id),
                recorded_at: Timestamp::from_micros(row.stored),
                authority: row.authority,
                body: row.body,
            };
            remade.extend(source.remake()?);
        }
    }
    let more = (count == PAGE_STATEMENTS).then_some(end);
    let end = more.unwrap_or(i64::MAX);
    let stored = sqlx::query_as!(
        rows::FactRow,
        "SELECT position, actor, fact FROM completion_fact
         WHERE organization = $1 AND position > $2 AND position <= $3",
        number,
        last,
        end,
    )
    .fetch_all(&mut *connection)
    .await
    .map_err(failed)?;
    let stored: BTreeMap<_, _> =
        rows::all::<_, FactRow>(stored)?.into_iter().map(|row| (row.position, row)).collect();
    let terms: BTreeSet<Term> = remade.iter().flat_map(RemadeFact::terms).collect();
    let terms = load::terms_by_text(connection, number, &terms).await?;
    let known = |term: &Term| terms.get(term).map(|known| known.number);
    Ok((more, FactDifferences::find(&remade, stored, &kept, known)))
}

async fn correct(connection: &mut SqliteConnection, number: i64, found: &FactDifferences) -> Done {
    for position in &found.remove {
        let position = rows::column(position.index());
        sqlx::query!(
            "DELETE FROM completion_fact WHERE organization = $1 AND position = $2",
            number,
            position,
        )
        .execute(&mut *connection)
        .await
        .map_err(failed)?;
    }
    for row in &found.put {
        put(connection, number, row).await?;
    }
    Ok(())
}

async fn put(connection: &mut SqliteConnection, number: i64, row: &FactRow) -> Done {
    let position = rows::column(row.position.index());
    sqlx::query!(
        "INSERT INTO completion_fact (organization, position, actor, fact) VALUES ($1, $2, $3, $4)
         ON CONFLICT (organization, position) DO UPDATE
         SET actor = excluded.actor, fact = excluded.fact",
        number,
        position,
        row.actor,
        row.fact,
    )
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(())
}

/// Removes from facts what the erasure of their statements removes.
pub(crate) async fn erase(
    connection: &mut SqliteConnection,
    number: i64,
    positions: &[Position],
) -> Done {
    let positions = list(positions)?;
    let found = sqlx::query_scalar!(
        "SELECT fact FROM completion_fact
         WHERE organization = $1 AND position IN (SELECT value FROM json_each($2))",
        number,
        positions,
    )
    .fetch_all(&mut *connection)
    .await
    .map_err(failed)?;
    for mut fact in CompletionFact::unpack_all(&found.concat())? {
        fact.erase();
        put(connection, number, &FactRow::of(&fact)).await?;
    }
    Ok(())
}

/// Puts pseudonyms in the place of an actor.
pub(crate) async fn forget_actor(
    connection: &mut SqliteConnection,
    number: i64,
    term: i64,
) -> Done {
    loop {
        let found = sqlx::query!(
            "SELECT f.fact, e.entry FROM completion_fact f
             JOIN log_entry e ON e.organization = f.organization AND e.position = f.position
             WHERE f.organization = $1 AND f.actor = $2 LIMIT $3",
            number,
            term,
            CHUNK,
        )
        .fetch_all(&mut *connection)
        .await
        .map_err(failed)?;
        if found.is_empty() {
            return Ok(());
        }
        for row in found {
            for mut fact in CompletionFact::unpack_all(&row.fact)? {
                if !fact.forget_actor(&row.entry) {
                    return Err(StoreError::wrong("log_entry", "entry", fact.position));
                }
                put(connection, number, &FactRow::of(&fact)).await?;
            }
        }
    }
}
