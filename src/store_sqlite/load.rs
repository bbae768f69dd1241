//! What a commit must know before it decides, read inside its transaction.

use crate::{documents, error::failed, registrations::actor_hash, vocabulary};
use domain::{OrganizationId, RegistrationId, StatementId, Timestamp};
use sqlx::SqliteConnection;
use std::collections::{BTreeSet, HashMap, HashSet};
use store::{Append, Counted, Head, KnownTerm, StoreError, Term, TermNumbers, Wanted, World, rows};
use uuid::Uuid;

/// Loads the world of `units`, with the organization's log locked. `learn` says that the
/// transaction has written nothing of this organization yet, so that what is read stays.
pub(crate) async fn world(
    connection: &mut SqliteConnection,
    organization: OrganizationId,
    number: i64,
    units: &[Append],
    numbers: &TermNumbers,
    learn: bool,
) -> Result<World, StoreError> {
    let row = sqlx::query!(
        "SELECT h.next_position, h.stored, h.next_term, h.frontier, o.activity_base
         FROM log_head h JOIN organization o ON o.number = h.organization
         WHERE h.organization = $1",
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

/// Ids as a JSON array of hexadecimal texts, for `json_each` and `unhex`.
fn hex_list(ids: impl Iterator<Item = Uuid>) -> String {
    let ids: Vec<_> = ids.map(|id| format!("\"{}\"", id.simple())).collect();
    format!("[{}]", ids.join(","))
}

/// Those of these terms that are stored.
pub(crate) async fn terms_by_text(
    connection: &mut SqliteConnection,
    organization: i64,
    wanted: &BTreeSet<Term>,
) -> Result<HashMap<Term, KnownTerm>, StoreError> {
    if wanted.is_empty() {
        return Ok(HashMap::new());
    }
    let pairs: Vec<_> =
        wanted.iter().map(|term| (term.kind.number(), term.digest().to_string())).collect();
    let pairs = serde_json::to_string(&pairs).map_err(StoreError::refused)?;
    let rows = sqlx::query_as!(
        rows::TermRow,
        r#"SELECT t.number AS "number!", t.kind AS "kind!", t.text AS "text!", t.salt
         FROM jsonb_each($2) pair
         CROSS JOIN term t ON t.organization = $1 AND t.kind = pair.value ->> 0
             AND t.hash = unhex(pair.value ->> 1)"#,
        organization,
        pairs,
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
    connection: &mut SqliteConnection,
    organization: i64,
    wanted: HashSet<StatementId>,
    world: &mut World,
) -> Result<(), StoreError> {
    let mut asked = HashSet::new();
    let mut next = wanted;
    while !next.is_empty() {
        let list = hex_list(next.iter().map(|id| id.uuid()));
        // Found by its id, by its target, or by both: once.
        let found = sqlx::query_as!(
            rows::KnownRow,
            r#"SELECT s.id AS "id!: Uuid", s.position AS "position!", s.stored AS "stored!",
                   s.digest AS "digest!", s.target AS "target: Uuid",
                   s.voiding AS "voiding!: bool", s.voided_by IS NOT NULL AS "voided!: bool",
                   s.keys AS "keys!", s.counted AS "counted: Uuid"
               FROM json_each($2) wanted
               CROSS JOIN statement s ON s.organization = $1 AND s.id = unhex(wanted.value)
               UNION
               SELECT s.id, s.position, s.stored, s.digest, s.target, s.voiding,
                   s.voided_by IS NOT NULL, s.keys, s.counted
               FROM json_each($2) wanted
               CROSS JOIN statement s ON s.organization = $1 AND s.target = unhex(wanted.value)
               ORDER BY 2"#,
            organization,
            list,
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
    connection: &mut SqliteConnection,
    organization: i64,
    wanted: &BTreeSet<RegistrationId>,
    world: &mut World,
) -> Result<(), StoreError> {
    if wanted.is_empty() {
        return Ok(());
    }
    let list = hex_list(wanted.iter().map(|id| id.uuid()));
    let found = sqlx::query_as!(
        rows::KnownRegistrationRow,
        r#"SELECT r.id AS "id!: Uuid", r.revision AS "revision!", r.activities AS "activities!",
               r.created_at AS "created_at!", r.record AS "record!"
           FROM json_each($2) wanted
           CROSS JOIN registration r ON r.organization = $1 AND r.id = unhex(wanted.value)"#,
        organization,
        list,
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
    connection: &mut SqliteConnection,
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
                 AND ($4 IS NULL OR version = $4) AND test = $5
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
    connection: &mut SqliteConnection,
    organization: i64,
    wanted: &Wanted,
    world: &mut World,
) -> Result<(), StoreError> {
    if wanted.courses.is_empty() {
        return Ok(());
    }
    let list = hex_list(wanted.courses.iter().map(|id| id.uuid()));
    let found = sqlx::query_as!(
        rows::KnownVersionRow,
        r#"SELECT c.id AS "course!: Uuid", v.version AS "version?", v.package AS "package?",
               v.activity AS "activity?"
           FROM json_each($2) wanted
           CROSS JOIN course c ON c.organization = $1 AND c.id = unhex(wanted.value)
           LEFT JOIN course_version v ON v.organization = c.organization AND v.course = c.id
           ORDER BY c.id, v.version"#,
        organization,
        list,
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
    connection: &mut SqliteConnection,
    organization: i64,
    registration: RegistrationId,
) -> Result<Vec<Counted>, StoreError> {
    let registration = registration.uuid();
    let found = sqlx::query_as!(
        rows::CountedRow,
        r#"SELECT id AS "id: Uuid", stored, facts, voided_by IS NOT NULL AS "voided!: bool"
           FROM statement WHERE organization = $1 AND counted = $2 ORDER BY position"#,
        organization,
        registration,
    )
    .fetch_all(connection)
    .await
    .map_err(failed)?;
    rows::all(found)
}
