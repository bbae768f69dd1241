//! What a commit must know before it decides, read inside its transaction.

use crate::{documents, error::failed, registrations::actor_hash, vocabulary};
use domain::{OrganizationId, RegistrationId, StatementId, Timestamp};
use sqlx::PgConnection;
use std::collections::{BTreeSet, HashMap, HashSet};
use store::{Append, Counted, Head, KnownTerm, StoreError, Term, TermNumbers, Wanted, World, rows};
use uuid::Uuid;

/// Loads the world of `units`, with the organization's log locked, once commits are kept out. `learn` says that the
/// transaction has written nothing of this organization yet, so that what is read stays.
pub(crate) async fn world(
    connection: &mut PgConnection,
    organization: OrganizationId,
    number: i64,
    units: &[Append],
    numbers: &TermNumbers,
    learn: bool,
) -> Result<World, StoreError> {
    let row = sqlx::query!(
        "SELECT h.next_position, h.stored, h.next_term, h.frontier, o.activity_base
         FROM log_head h JOIN organization o ON o.number = h.organization
         WHERE h.organization = $1 FOR UPDATE OF h",
        number,
    )
    .fetch_one(&mut *connection)
    .await
    .map_err(failed)?;
    let head = Head {
        next: rows::position("log_head", "next_position", row.next_position)?,
        stored: Timestamp::from_micros(row.stored),
        next_term: row.next_term,
        frontier: rows::frontier(row.next_position, &row.frontier)?,
    };
    let mut wanted = Wanted::of(units);
    let mut world = World::new(organization, row.activity_base, head);
    world.terms = numbers.take_known(number, &mut wanted.terms);
    let found = terms_by_text(connection, number, &wanted.terms).await?;
    if learn {
        numbers.learn(number, &found);
    }
    world.terms.extend(found);
    vocabulary::load(connection, number, &wanted, &mut world).await?;
    let ids = std::mem::take(&mut wanted.statements);
    statements(connection, number, ids, &mut world).await?;
    let histories = world.histories_wanted(units);
    wanted.registrations.extend(&histories);
    registrations(connection, number, &wanted.registrations, &mut world).await?;
    newest(connection, number, units, &mut world).await?;
    courses(connection, number, &wanted, &mut world).await?;
    for key in wanted.documents {
        if let Some(etag) = documents::etag(connection, number, &key).await? {
            world.documents.insert(key, etag);
        }
    }
    for id in histories {
        let history = history(connection, number, id).await?;
        if let Some(known) = world.registrations.get_mut(&id) {
            known.history = Some(history);
        }
    }
    Ok(world)
}

/// Keeps commits of the organization, of any node, out until the transaction ends.
pub(crate) async fn lock(connection: &mut PgConnection, number: i64) -> Result<(), StoreError> {
    sqlx::query!("SELECT stored FROM log_head WHERE organization = $1 FOR UPDATE", number)
        .fetch_one(connection)
        .await
        .map_err(failed)?;
    Ok(())
}

/// Takes the advisory lock that a commit holds, so that a reader can see whether one goes on; the
/// database's time once it is held. All nodes date commits by this one clock, whatever theirs say.
pub(crate) async fn lock_commits(
    connection: &mut PgConnection,
    organization: OrganizationId,
) -> Result<Timestamp, StoreError> {
    // The lock comes first: what is materialized is there before the time is asked for.
    let now: i64 = sqlx::query_scalar(
        "WITH locked AS MATERIALIZED (SELECT pg_advisory_xact_lock(hashtextextended($1, 0)))
         SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::BIGINT FROM locked",
    )
    .bind(organization.to_string())
    .fetch_one(connection)
    .await
    .map_err(failed)?;
    Ok(Timestamp::from_micros(now))
}

/// Those of these terms that are stored.
pub(crate) async fn terms_by_text(
    connection: &mut PgConnection,
    organization: i64,
    wanted: &BTreeSet<Term>,
) -> Result<HashMap<Term, KnownTerm>, StoreError> {
    if wanted.is_empty() {
        return Ok(HashMap::new());
    }
    let (kinds, hashes): (Vec<_>, Vec<_>) =
        wanted.iter().map(|term| (term.kind.number(), term.digest().as_bytes().to_vec())).unzip();
    let rows = sqlx::query_as!(
        rows::TermRow,
        r#"SELECT t.number AS "number!", t.kind AS "kind!", t.text AS "text!", t.salt
         FROM UNNEST($2::BIGINT[], $3::BYTEA[]) AS pair (kind, hash)
         JOIN term t ON t.organization = $1 AND t.kind = pair.kind AND t.hash = pair.hash"#,
        organization,
        &kinds,
        &hashes,
    )
    .fetch_all(&mut *connection)
    .await
    .map_err(failed)?;
    let known = rows.into_iter().map(|row| {
        let known = row.known()?;
        Ok((row.term()?.1, known))
    });
    known.collect()
}

/// The statements asked for, their chains of targets, and all that refer to them.
async fn statements(
    connection: &mut PgConnection,
    organization: i64,
    wanted: HashSet<StatementId>,
    world: &mut World,
) -> Result<(), StoreError> {
    let mut asked = HashSet::new();
    let mut next = wanted;
    while !next.is_empty() {
        let list = next.iter().map(|id| id.uuid()).collect::<Vec<_>>();
        // Found by its id, by its target, or by both: once.
        let found = sqlx::query_as!(
            rows::KnownRow,
            r#"SELECT s.id AS "id!", s.position AS "position!", s.stored AS "stored!",
                   s.digest AS "digest!", s.target, s.voiding AS "voiding!",
                   s.voided_by IS NOT NULL AS "voided!", s.keys AS "keys!", s.counted
               FROM statement s WHERE s.organization = $1 AND s.id = ANY($2)
               UNION
               SELECT s.id, s.position, s.stored, s.digest, s.target, s.voiding,
                   s.voided_by IS NOT NULL, s.keys, s.counted
               FROM statement s WHERE s.organization = $1 AND s.target = ANY($2)
               ORDER BY 2"#,
            organization,
            &list,
        )
        .fetch_all(&mut *connection)
        .await
        .map_err(failed)?;
        for row in found {
            let (id, known) = row.known()?;
            if let Some(target) = known.target.filter(|target| next.contains(target)) {
                world.referrers.entry(target).or_default().push(id);
            }
            world.statements.insert(id, known);
        }
        asked.extend(next);
        next = world.statements_missing(&asked);
    }
    Ok(())
}

async fn registrations(
    connection: &mut PgConnection,
    organization: i64,
    wanted: &BTreeSet<RegistrationId>,
    world: &mut World,
) -> Result<(), StoreError> {
    if wanted.is_empty() {
        return Ok(());
    }
    let list = wanted.iter().map(|id| id.uuid()).collect::<Vec<_>>();
    let found = sqlx::query_as!(
        rows::KnownRegistrationRow,
        "SELECT id, revision, activities, created_at, record FROM registration
         WHERE organization = $1 AND id = ANY($2)",
        organization,
        &list,
    )
    .fetch_all(&mut *connection)
    .await
    .map_err(failed)?;
    for row in found {
        let (id, known) = row.known()?;
        world.registrations.insert(id, known);
    }
    Ok(())
}

/// The newest registrations that units depend on, each once, as they are now.
async fn newest(
    connection: &mut PgConnection,
    organization: i64,
    units: &[Append],
    world: &mut World,
) -> Result<(), StoreError> {
    let asked: BTreeSet<_> = units.iter().filter_map(|unit| unit.newest.clone()).collect();
    for mut known in asked {
        let course = known.course.uuid();
        let version = known.version.map(|version| i64::from(version.number()));
        known.registration = sqlx::query_scalar::<_, Uuid>(
            "SELECT id FROM registration
             WHERE organization = $1 AND actor_hash = $2 AND course = $3
                 AND ($4::bigint IS NULL OR version = $4) AND test = $5
             ORDER BY created_at DESC, id DESC LIMIT 1",
        )
        .bind(organization)
        .bind(actor_hash(&known.actor_key))
        .bind(course)
        .bind(version)
        .bind(known.test)
        .fetch_optional(&mut *connection)
        .await
        .map_err(failed)?
        .map(RegistrationId::new);
        if !world.newest.contains(&known) {
            world.newest.push(known);
        }
    }
    Ok(())
}

async fn courses(
    connection: &mut PgConnection,
    organization: i64,
    wanted: &Wanted,
    world: &mut World,
) -> Result<(), StoreError> {
    if wanted.courses.is_empty() {
        return Ok(());
    }
    let list = wanted.courses.iter().map(|id| id.uuid()).collect::<Vec<_>>();
    let found = sqlx::query_as!(
        rows::KnownVersionRow,
        r#"SELECT c.id AS "course!", v.version AS "version?", v.package AS "package?",
               v.activity AS "activity?"
           FROM course c
           LEFT JOIN course_version v ON v.organization = c.organization AND v.course = c.id
           WHERE c.organization = $1 AND c.id = ANY($2) ORDER BY c.id, v.version"#,
        organization,
        &list,
    )
    .fetch_all(&mut *connection)
    .await
    .map_err(failed)?;
    for row in found {
        let (course, known) = row.known()?;
        world.courses.entry(course).or_default().extend(known);
    }
    Ok(())
}

/// The statements that a registration's record counts, in the order of the log.
pub(crate) async fn history(
    connection: &mut PgConnection,
    organization: i64,
    registration: RegistrationId,
) -> Result<Vec<Counted>, StoreError> {
    let registration = registration.uuid();
    let found = sqlx::query_as!(
        rows::CountedRow,
        r#"SELECT id, stored, facts, voided_by IS NOT NULL AS "voided!"
           FROM statement WHERE organization = $1 AND counted = $2 ORDER BY position"#,
        organization,
        registration,
    )
    .fetch_all(connection)
    .await
    .map_err(failed)?;
    rows::all(found)
}
