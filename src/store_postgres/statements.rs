//! Statements: by id and by filter.

use crate::{PostgresStore, error::failed, load};
use async_trait::async_trait;
use domain::{OrganizationId, StatementId, Timestamp};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use store::{
    Candidate, GrowingPage, Page, Position, StatementFilter, Statements, StoreError,
    StoredStatement, reads, rows,
};

/// What may be promised to readers of the database. While the shared lock is held no node commits,
/// and whichever commits next takes a later time from the same clock; what waits in a node, here or
/// elsewhere, does not matter.
pub(crate) const PROMISE: &str = "SELECT CASE
         WHEN pg_try_advisory_xact_lock_shared(hashtextextended($2, 0))
         THEN greatest(h.stored, (extract(epoch FROM clock_timestamp()) * 1000000)::BIGINT - 1)
         ELSE h.stored
     END AS through
     FROM log_head h WHERE h.organization = $1";

#[async_trait]
impl Statements for PostgresStore {
    async fn statement(
        &self,
        organization: OrganizationId,
        id: StatementId,
    ) -> Result<Option<StoredStatement>, StoreError> {
        let organization = self.number(organization).await?;
        let id = id.uuid();
        let row = sqlx::query_as!(
            rows::StatementRow,
            r#"SELECT s.position, s.id, s.stored,
                   s.voided_by IS NOT NULL AS "voided!", t.text AS authority, s.body
               FROM statement s
               JOIN term t ON t.organization = s.organization AND t.number = s.authority
               WHERE s.organization = $1 AND s.id = $2"#,
            organization,
            id,
        )
        .fetch_optional(&self.pool)
        .await
        .map_err(failed)?;
        // An erased one has no bytes.
        Ok(rows::one(row)?.filter(|found: &StoredStatement| !found.body.is_empty()))
    }

    async fn statements(
        &self,
        organization: OrganizationId,
        filter: &StatementFilter,
    ) -> Result<Page<StoredStatement, Position>, StoreError> {
        let organization = self.number(organization).await?;
        let mut connection = self.pool.acquire().await.map_err(failed)?;
        let conditions = conditions(&mut connection, organization, filter).await?;
        let Some(conditions) = conditions else {
            return Ok(Page { items: Vec::new(), next: None });
        };
        let mut query = positions(organization, filter, &conditions);
        let found: Vec<Candidate> =
            query.build_query_as().fetch_all(&mut *connection).await.map_err(failed)?;
        let mut page = GrowingPage::default();
        for wanted in reads(&found) {
            let mut next = at_positions(&mut connection, organization, &wanted).await?;
            next.sort_unstable_by_key(|statement| statement.position);
            if !filter.ascending {
                next.reverse();
            }
            if !page.push(next) {
                break;
            }
        }
        Ok(page.cut(filter.limit))
    }

    async fn consistent_through(
        &self,
        organization: OrganizationId,
    ) -> Result<Timestamp, StoreError> {
        let number = self.number(organization).await?;
        let through: i64 = sqlx::query_scalar(PROMISE)
            .bind(number)
            .bind(organization.to_string())
            .fetch_one(&self.pool)
            .await
            .map_err(failed)?;
        Ok(Timestamp::from_micros(through))
    }
}

/// A condition on lookup rows: this term, in one of these roles.
struct Condition {
    term: i64,
    roles: &'static [i64],
}

/// The filter's conditions on lookup rows; `None` when a text of the filter occurs nowhere.
async fn conditions(
    connection: &mut PgConnection,
    organization: i64,
    filter: &StatementFilter,
) -> Result<Option<Vec<Condition>>, StoreError> {
    let wanted = filter.terms();
    let terms = wanted.iter().map(|(term, _)| term.clone()).collect();
    let known = load::terms_by_text(connection, organization, &terms).await?;
    let conditions = wanted.iter().map(|(term, roles)| {
        let number = known.get(term)?.number;
        Some(Condition { term: number, roles })
    });
    Ok(conditions.collect())
}

async fn at_positions(
    connection: &mut PgConnection,
    organization: i64,
    positions: &[i64],
) -> Result<Vec<StoredStatement>, StoreError> {
    // A subquery is a look at the key whatever the statistics say; a join might read the table.
    let rows = sqlx::query_as!(
        rows::StatementRow,
        r#"SELECT s.position AS "position!", s.id AS "id!", s.stored AS "stored!",
               s.voided_by IS NOT NULL AS "voided!",
               (SELECT t.text FROM term t
                WHERE t.organization = s.organization AND t.number = s.authority) AS "authority!",
               s.body AS "body!"
           FROM statement s
           WHERE s.organization = $1 AND s.position = ANY($2)"#,
        organization,
        positions,
    )
    .fetch_all(connection)
    .await
    .map_err(failed)?;
    rows::all(rows)
}

/// The query for the candidates of a page and one more. The first condition drives it, once per
/// role, each along its own key range, so that a page costs a page; the others are probed.
/// `OFFSET 0` keeps the planner from turning a probe into a join: without fresh statistics, as
/// after a large import, it would read a whole table for a page.
fn positions(
    organization: i64,
    filter: &StatementFilter,
    conditions: &[Condition],
) -> QueryBuilder<Postgres> {
    let mut query = QueryBuilder::new("");
    let Some((driver, probed)) = conditions.split_first() else {
        query.push("SELECT s.position, octet_length(s.body)::BIGINT AS bytes FROM statement s");
        query.push(" WHERE s.organization = ");
        query.push_bind(organization);
        query.push(" AND s.voided_by IS NULL AND s.erased_by IS NULL");
        restrict(&mut query, "s.position", organization, filter);
        return query;
    };
    query.push("SELECT position, (SELECT octet_length(b.body)::BIGINT FROM statement b");
    query.push(" WHERE b.organization = ").push_bind(organization);
    query.push(" AND b.position = merged.position) AS bytes FROM (");
    for (index, role) in driver.roles.iter().enumerate() {
        if index > 0 {
            // The same statement may be found in both roles, by references: once is enough.
            query.push(" UNION ");
        }
        query.push("SELECT position FROM (SELECT k.position FROM statement_key k");
        query.push(" WHERE k.organization = ").push_bind(organization);
        query.push(" AND k.term = ").push_bind(driver.term);
        query.push(" AND k.role = ").push_bind(*role);
        // The probes of the lookup rows first: a statement's row costs more to look at.
        probe(&mut query, organization, probed);
        query.push(" AND EXISTS (SELECT 1 FROM statement s WHERE s.organization = k.organization");
        query.push(" AND s.position = k.position");
        query.push(" AND s.voided_by IS NULL AND s.erased_by IS NULL OFFSET 0)");
        restrict(&mut query, "k.position", organization, filter);
        query.push(") AS found");
    }
    query.push(") AS merged");
    order(&mut query, "position", filter);
    query
}

fn probe(query: &mut QueryBuilder<Postgres>, organization: i64, probed: &[Condition]) {
    for condition in probed {
        query.push(" AND EXISTS (SELECT 1 FROM statement_key p WHERE p.organization = ");
        query.push_bind(organization);
        query.push(" AND p.term = ").push_bind(condition.term);
        query.push(" AND p.role IN (");
        let mut roles = query.separated(", ");
        for role in condition.roles {
            roles.push_bind(*role);
        }
        query.push(") AND p.position = k.position OFFSET 0)");
    }
}

fn restrict(
    query: &mut QueryBuilder<Postgres>,
    position: &str,
    organization: i64,
    filter: &StatementFilter,
) {
    // Times become positions, which every key range ends with.
    if let Some(since) = filter.since {
        bound(query, position, organization, true, since);
    }
    if let Some(until) = filter.until {
        bound(query, position, organization, false, until);
    }
    if let Some(after) = filter.after {
        let direction = if filter.ascending { ">" } else { "<" };
        query.push(format!(" AND {position} {direction} ")).push_bind(rows::column(after.index()));
    }
    order(query, position, filter);
}

/// Position on one side of the first (or last) statement stored after (or until) an instant; no
/// such statement means no row.
fn bound(
    query: &mut QueryBuilder<Postgres>,
    position: &str,
    organization: i64,
    later: bool,
    instant: Timestamp,
) {
    let (side, than, direction) = if later { (">=", ">", "ASC") } else { ("<=", "<=", "DESC") };
    query.push(format!(" AND {position} {side} (SELECT b.position FROM statement b"));
    query.push(" WHERE b.organization = ").push_bind(organization);
    query.push(format!(" AND b.stored {than} ")).push_bind(instant.micros());
    query.push(format!(" ORDER BY b.stored {direction} LIMIT 1)"));
}

fn order(query: &mut QueryBuilder<Postgres>, position: &str, filter: &StatementFilter) {
    let direction = if filter.ascending { "ASC" } else { "DESC" };
    query.push(format!(" ORDER BY {position} {direction} LIMIT "));
    query.push_bind(rows::column(filter.limit.saturating_add(1)));
}
