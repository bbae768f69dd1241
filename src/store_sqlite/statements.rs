//! Statements: by id and by filter.

use crate::{SqliteStore, error::failed, load};
use async_trait::async_trait;
use domain::{OrganizationId, StatementId, Timestamp};
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};
use store::{
    Candidate, GrowingPage, Page, Position, StatementFilter, Statements, StoreError,
    StoredStatement, reads, rows,
};
use uuid::Uuid;

#[async_trait]
impl Statements for SqliteStore {
    async fn statement(
        &self,
        organization: OrganizationId,
        id: StatementId,
    ) -> Result<Option<StoredStatement>, StoreError> {
        let organization = self.number(organization).await?;
        let id = id.uuid();
        let row = sqlx::query_as!(
            rows::StatementRow,
            r#"SELECT s.position, s.id AS "id: Uuid", s.stored,
                   s.voided_by IS NOT NULL AS "voided!: bool", t.text AS authority, s.body
               FROM statement s
               JOIN term t ON t.organization = s.organization AND t.number = s.authority
               WHERE s.organization = $1 AND s.id = $2"#,
            organization,
            id,
        )
        .fetch_optional(&mut *self.read.acquire().await?)
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
        let mut connection = self.read.acquire().await?;
        let conditions = conditions(&mut connection, organization, filter).await?;
        let Some(conditions) = conditions else {
            return Ok(Page { items: Vec::new(), next: None });
        };
        let mut query = positions(organization, filter, &conditions);
        let found: String =
            query.build_query_scalar().fetch_one(&mut *connection).await.map_err(failed)?;
        let found: Vec<Candidate> = serde_json::from_str(&found).map_err(StoreError::refused)?;
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
        let now = self.clock.now();
        if self.writer.promise(now) {
            return Ok(now);
        }
        let stored =
            sqlx::query_scalar!("SELECT stored FROM log_head WHERE organization = $1", number)
                .fetch_one(&mut *self.read.acquire().await?)
                .await
                .map_err(failed)?;
        Ok(Timestamp::from_micros(stored))
    }
}

/// A condition on lookup rows: this term, in one of these roles.
struct Condition {
    term: i64,
    roles: &'static [i64],
}

/// The filter's conditions on lookup rows; `None` when a text of the filter occurs nowhere.
async fn conditions(
    connection: &mut SqliteConnection,
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

/// The statements at these positions, as one row: each row of an answer wakes who waits for it in
/// another thread, which costs more than the row. The bodies stand one after the other.
async fn at_positions(
    connection: &mut SqliteConnection,
    organization: i64,
    positions: &[i64],
) -> Result<Vec<StoredStatement>, StoreError> {
    let wanted = serde_json::to_string(positions).map_err(StoreError::refused)?;
    let found = sqlx::query!(
        r#"SELECT json_group_array(json_array(s.position, hex(s.id), s.stored,
                   json(iif(s.voided_by IS NULL, 'false', 'true')), t.text, length(s.body)))
                   AS "heads!: String",
               CAST(group_concat(CAST(s.body AS TEXT), '') AS BLOB) AS "bodies: Vec<u8>"
           FROM json_each($2) wanted
           CROSS JOIN statement s ON s.organization = $1 AND s.position = wanted.value
           JOIN term t ON t.organization = s.organization AND t.number = s.authority"#,
        organization,
        wanted,
    )
    .fetch_one(connection)
    .await
    .map_err(failed)?;
    let heads: Vec<(i64, Uuid, i64, bool, String, usize)> =
        serde_json::from_str(&found.heads).map_err(StoreError::refused)?;
    let bodies = found.bodies.unwrap_or_default();
    let mut rest = bodies.as_slice();
    let rows = heads.into_iter().map(|(position, id, stored, voided, authority, length)| {
        let wrong = || StoreError::wrong("statement", "body", position);
        let (body, later) = rest.split_at_checked(length).ok_or_else(wrong)?;
        rest = later;
        let body = body.to_vec();
        rows::StatementRow { position, id, stored, voided, authority, body }.try_into()
    });
    rows.collect()
}

/// The query for the candidates of a page and one more, as a JSON array. The first condition drives
/// it, once per role, each along its own key range, so that a page costs a page; the others are
/// probed.
fn positions(
    organization: i64,
    filter: &StatementFilter,
    conditions: &[Condition],
) -> QueryBuilder<Sqlite> {
    let mut query =
        QueryBuilder::new("SELECT json_group_array(json_array(position, bytes)) FROM (");
    let Some((driver, probed)) = conditions.split_first() else {
        query.push("SELECT s.position, length(s.body) AS bytes FROM statement s");
        query.push(" WHERE s.organization = ");
        query.push_bind(organization);
        restrict(&mut query, "s.position", organization, filter, &[]);
        query.push(")");
        return query;
    };
    // What can match but once is joined, for half of what a subquery costs.
    let (joined, probed): (Vec<_>, Vec<_>) =
        probed.iter().partition(|condition| condition.roles.len() == 1);
    query.push("SELECT position, bytes FROM (");
    for (index, role) in driver.roles.iter().enumerate() {
        if index > 0 {
            // The same statement may be found in both roles, by references: once is enough.
            query.push(" UNION ");
        }
        query.push("SELECT position, bytes FROM (SELECT k.position, length(s.body) AS bytes");
        query.push(" FROM statement_key k");
        // A cross join is carried out in this order, whatever the planner thinks of it.
        for (index, condition) in joined.iter().enumerate() {
            query.push(format!(" CROSS JOIN statement_key j{index} ON j{index}.organization = "));
            query.push_bind(organization);
            query.push(format!(" AND j{index}.term = ")).push_bind(condition.term);
            query.push(format!(" AND j{index}.role = ")).push_bind(condition.roles[0]);
            query.push(format!(" AND j{index}.position = k.position"));
        }
        query.push(" CROSS JOIN statement s");
        query.push(" ON s.organization = k.organization AND s.position = k.position");
        query.push(" WHERE k.organization = ").push_bind(organization);
        query.push(" AND k.term = ").push_bind(driver.term);
        query.push(" AND k.role = ").push_bind(*role);
        restrict(&mut query, "k.position", organization, filter, &probed);
        query.push(") AS found");
    }
    query.push(") AS merged");
    order(&mut query, "position", filter);
    query.push(")");
    query
}

fn restrict(
    query: &mut QueryBuilder<Sqlite>,
    position: &str,
    organization: i64,
    filter: &StatementFilter,
    probed: &[&Condition],
) {
    query.push(" AND s.voided_by IS NULL AND s.erased_by IS NULL");
    for condition in probed {
        query.push(" AND EXISTS (SELECT 1 FROM statement_key p WHERE p.organization = ");
        query.push_bind(organization);
        query.push(" AND p.term = ").push_bind(condition.term);
        query.push(" AND p.role IN (");
        let mut roles = query.separated(", ");
        for role in condition.roles {
            roles.push_bind(*role);
        }
        query.push(format!(") AND p.position = {position})"));
    }
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
    query: &mut QueryBuilder<Sqlite>,
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

fn order(query: &mut QueryBuilder<Sqlite>, position: &str, filter: &StatementFilter) {
    let direction = if filter.ascending { "ASC" } else { "DESC" };
    query.push(format!(" ORDER BY {position} {direction} LIMIT "));
    query.push_bind(rows::column(filter.limit.saturating_add(1)));
}
