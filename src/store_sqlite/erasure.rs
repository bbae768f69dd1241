//! Erasing a person: what is found, and what becomes of it.
//!
//! The queries are plain texts, checked by the contract suite: most of them are lists of one kind.

use crate::{SqliteStore, error::failed, facts, vocabulary};
use async_trait::async_trait;
use domain::{OrganizationId, Sha256Digest, StatementId, Timestamp};
use futures_util::TryStreamExt;
use ledger::{Salt, actor_prefix};
use sqlx::SqliteConnection;
use std::collections::BTreeSet;
use store::{
    Affected, AffectedStatement, Defined, ERASED_VALUE, ErasedStatement, Erasure, ErasureCounts,
    ErasurePlan, Erasures, Mentions, Position, StoreError, Term, TermKind,
    erasure::{ERASED_ACTOR, ERASED_KEY, PERSON, group_has_member},
    rows, unpack_keys,
};

/// Positions in one statement of SQL.
const CHUNK: usize = 1_000;

type Done = Result<(), StoreError>;

/// The person's registrations; `$1` is the organization, `$2` the agent.
macro_rules! of_registrations {
    ($head:literal) => {
        concat!(
            $head,
            " WHERE organization = $1 AND registration IN
                 (SELECT id FROM registration WHERE organization = $1 AND actor_key = $2)"
        )
    };
}

#[async_trait]
impl Erasures for SqliteStore {
    async fn erasure_counts(
        &self,
        organization: OrganizationId,
        erasure: &Erasure,
    ) -> Result<ErasureCounts, StoreError> {
        let number = self.number(organization).await?;
        let mut connection = self.read.acquire().await?;
        Ok(affected(&mut connection, number, erasure).await?.counts)
    }

    async fn erased_statement(
        &self,
        organization: OrganizationId,
        id: StatementId,
    ) -> Result<Option<ErasedStatement>, StoreError> {
        let number = self.number(organization).await?;
        let found = sqlx::query_as::<_, (i64, i64, i64, i64)>(
            "SELECT s.position, s.stored, s.erased_by, e.stored FROM statement s
             JOIN log_entry e ON e.organization = s.organization AND e.position = s.erased_by
             WHERE s.organization = $1 AND s.id = $2",
        )
        .bind(number)
        .bind(id.uuid())
        .fetch_optional(&mut *self.read.acquire().await?)
        .await
        .map_err(failed)?;
        let Some((position, stored, erased_by, erased_at)) = found else { return Ok(None) };
        Ok(Some(ErasedStatement {
            id,
            position: rows::position("statement", "position", position)?,
            stored: Timestamp::from_micros(stored),
            erased_by: rows::position("statement", "erased_by", erased_by)?,
            erased_at: Timestamp::from_micros(erased_at),
        }))
    }

    async fn compact(&self) -> Result<(), StoreError> {
        let mut connection = self.write.acquire().await?;
        // The new database is made in a temporary file: in memory it would need as much as it has.
        let execute = "PRAGMA temp_store = FILE";
        sqlx::query(execute).execute(&mut *connection).await.map_err(failed)?;
        let done = sqlx::query("VACUUM").execute(&mut *connection).await;
        let execute = "PRAGMA temp_store = MEMORY";
        sqlx::query(execute).execute(&mut *connection).await.map_err(failed)?;
        done.map_err(failed)?;
        // The log still holds the old pages until it is cut short.
        sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
            .execute(&mut *connection)
            .await
            .map_err(failed)?;
        Ok(())
    }
}

/// What an erasure bears on now.
pub(crate) async fn affected(
    connection: &mut SqliteConnection,
    number: i64,
    erasure: &Erasure,
) -> Result<Affected, StoreError> {
    let mut affected = Affected::default();
    for identity in &erasure.identities {
        let hash = Sha256Digest::of(identity.as_bytes());
        let term = sqlx::query_as::<_, (i64, Option<Vec<u8>>)>(
            "SELECT number, salt FROM term WHERE organization = $1 AND kind = $2 AND hash = $3",
        )
        .bind(number)
        .bind(PERSON.number())
        .bind(hash.as_bytes().to_vec())
        .fetch_optional(&mut *connection)
        .await
        .map_err(failed)?;
        if let Some((term, salt)) = term {
            let salt = salt.as_deref().and_then(Salt::from_bytes);
            let prefix = salt.map(|salt| actor_prefix(&salt, identity));
            affected.terms.push(term);
            statements(connection, number, term, prefix.as_deref(), &mut affected).await?;
        }
        events(connection, number, &hash, &mut affected).await?;
        let counts = &mut affected.counts;
        for (count, query) in [
            (
                &mut counts.documents,
                "SELECT count(*) FROM document WHERE organization = $1 AND agent = $2",
            ),
            (
                &mut counts.registrations,
                "SELECT count(*) FROM registration WHERE organization = $1 AND actor_key = $2",
            ),
            (&mut counts.attempts, of_registrations!("SELECT count(*) FROM attempt")),
            (&mut counts.calls, of_registrations!("SELECT count(*) FROM api_call")),
            (
                &mut counts.claims,
                "SELECT count(*) FROM claim WHERE organization = $1 AND authority_key = $2",
            ),
        ] {
            let found = sqlx::query_scalar::<_, i64>(query).bind(number).bind(identity);
            let found = found.fetch_one(&mut *connection).await.map_err(failed)?;
            *count += found.unsigned_abs();
        }
    }
    groups(connection, number, erasure, &mut affected).await?;
    affected.join_statements();
    affected.join_events();
    for term in &affected.terms {
        let query = "SELECT count(*) FROM agent_name WHERE organization = $1 AND agent = $2";
        let found = sqlx::query_scalar::<_, i64>(query).bind(number).bind(term);
        let found = found.fetch_one(&mut *connection).await.map_err(failed)?;
        affected.counts.names += found.unsigned_abs();
    }
    let gone: Vec<Position> =
        affected.to_erase(erasure.mentions).iter().map(|one| one.position).collect();
    for part in gone.chunks(CHUNK) {
        let query = "SELECT count(*) FROM statement_attachment
                     WHERE organization = $1 AND position IN (SELECT value FROM json_each($2))";
        let found = sqlx::query_scalar::<_, i64>(query).bind(number).bind(list(part)?);
        let found = found.fetch_one(&mut *connection).await.map_err(failed)?;
        affected.counts.attachments += found.unsigned_abs();
    }
    affected.counts.users = users(connection, number, erasure).await?;
    Ok(affected)
}

async fn users(
    connection: &mut SqliteConnection,
    number: i64,
    erasure: &Erasure,
) -> Result<u64, StoreError> {
    let mut users = 0;
    for email in &erasure.emails {
        let query = "SELECT count(*) FROM console_user WHERE organization = $1 AND email = $2";
        let found = sqlx::query_scalar::<_, i64>(query).bind(number).bind(email);
        users += found.fetch_one(&mut *connection).await.map_err(failed)?.unsigned_abs();
    }
    Ok(users)
}

/// The reference events that tell of the person.
async fn events(
    connection: &mut SqliteConnection,
    number: i64,
    person: &Sha256Digest,
    affected: &mut Affected,
) -> Done {
    let query = "SELECT position FROM event WHERE organization = $1 AND about = $2";
    let found = sqlx::query_scalar::<_, i64>(query).bind(number).bind(person.as_bytes().to_vec());
    for position in found.fetch_all(connection).await.map_err(failed)? {
        affected.events.push(rows::position("event", "position", position)?);
    }
    Ok(())
}

/// The statements that have a term of their own: those that only refer to such a one do not.
async fn statements(
    connection: &mut SqliteConnection,
    number: i64,
    term: i64,
    prefix: Option<&[u8]>,
    affected: &mut Affected,
) -> Done {
    let found = sqlx::query_as::<_, (i64, Vec<u8>, Vec<u8>)>(
        "SELECT s.position, s.keys, substr(e.entry, 1, 64)
         FROM (SELECT DISTINCT position FROM statement_key
               WHERE organization = $1 AND term = $2) k
         JOIN statement s ON s.organization = $1 AND s.position = k.position
         JOIN log_entry e ON e.organization = $1 AND e.position = k.position
         WHERE s.erased_by IS NULL",
    )
    .bind(number)
    .bind(term)
    .fetch_all(connection)
    .await
    .map_err(failed)?;
    for (position, keys, begin) in found {
        let keys =
            unpack_keys(&keys).ok_or_else(|| StoreError::wrong("statement", "keys", position))?;
        if keys.iter().any(|(own, _)| *own == term) {
            let position = rows::position("statement", "position", position)?;
            let is_actor = prefix.is_some_and(|prefix| begin.starts_with(prefix));
            affected.statements.push(AffectedStatement { position, keys, is_actor });
        }
    }
    Ok(())
}

/// The anonymous groups that the person is a member of.
async fn groups(
    connection: &mut SqliteConnection,
    number: i64,
    erasure: &Erasure,
    affected: &mut Affected,
) -> Done {
    let found = sqlx::query_as::<_, (i64, String)>(
        "SELECT number, text FROM term
         WHERE organization = $1 AND kind = $2 AND text LIKE 'group:%'",
    )
    .bind(number)
    .bind(PERSON.number())
    .fetch_all(connection)
    .await
    .map_err(failed)?;
    let of_person =
        found.into_iter().filter(|(_, text)| group_has_member(text, &erasure.identities));
    affected.groups.extend(of_person.map(|(group, _)| group));
    Ok(())
}

/// Empties and removes rows.
pub(crate) async fn apply(
    connection: &mut SqliteConnection,
    number: i64,
    erasure: &Erasure,
    plan: &ErasurePlan,
) -> Done {
    let said = said(connection, number, plan).await?;
    for (by, part) in &plan.parts {
        for part in part.chunks(CHUNK) {
            erase_statements(connection, number, *by, part).await?;
        }
    }
    for part in plan.events.chunks(CHUNK) {
        erase_events(connection, number, part).await?;
    }
    for term in &plan.terms {
        forget_term(connection, number, *term, erasure.mentions).await?;
    }
    for group in &plan.groups {
        forget_term(connection, number, *group, erasure.mentions).await?;
    }
    for identity in &erasure.identities {
        run(
            connection,
            "DELETE FROM document WHERE organization = $1 AND agent = $2",
            number,
            identity,
        )
        .await?;
        if erasure.mentions == Mentions::Erase {
            let query = "DELETE FROM claim WHERE organization = $1 AND authority_key = $2";
            run(connection, query, number, identity).await?;
        }
        erase_registrations(connection, number, identity, plan.at).await?;
    }
    // What the erased statements had said of activities and agents is not said any more. Of most
    // that they name they said nothing, and some of those are in every statement: the authority.
    let spoken: BTreeSet<i64> = plan
        .parts
        .iter()
        .flat_map(|(_, part)| part.iter().flat_map(|one| one.keys.iter().map(|(term, _)| *term)))
        .collect();
    for number_of_term in spoken {
        let term = term(connection, number, number_of_term).await?;
        if let Some(term) = term.filter(|term| said.contains(term)) {
            vocabulary::regather(connection, number, number_of_term, &term, true).await?;
        }
    }
    for email in &erasure.emails {
        erase_user(connection, number, email, plan.at).await?;
    }
    Ok(())
}

/// Of what the statements say something, read before their bytes go.
async fn said(
    connection: &mut SqliteConnection,
    number: i64,
    plan: &ErasurePlan,
) -> Result<BTreeSet<Term>, StoreError> {
    let mut said = BTreeSet::new();
    for part in plan.parts.iter().flat_map(|(_, part)| part.chunks(CHUNK)) {
        let positions: Vec<Position> = part.iter().map(|one| one.position).collect();
        // One after the other: each may be long.
        let mut rows = sqlx::query_as::<_, (i64, Vec<u8>)>(
            "SELECT position, body FROM statement
             WHERE organization = $1 AND position IN (SELECT value FROM json_each($2)) AND defines",
        )
        .bind(number)
        .bind(list(&positions)?)
        .fetch(&mut *connection);
        while let Some((position, body)) = rows.try_next().await.map_err(failed)? {
            let wrong = || StoreError::wrong("statement", "body", position);
            let defined = Defined::read(&body).ok_or_else(wrong)?;
            said.extend(defined.said().map(|(term, _)| term));
        }
    }
    Ok(said)
}

/// The term, if it is an agent or an activity and still there.
async fn term(
    connection: &mut SqliteConnection,
    organization: i64,
    number: i64,
) -> Result<Option<Term>, StoreError> {
    let found = sqlx::query_as::<_, (i64, String)>(
        "SELECT kind, text FROM term
         WHERE organization = $1 AND number = $2 AND kind IN (1, 3)",
    )
    .bind(organization)
    .bind(number)
    .fetch_optional(connection)
    .await
    .map_err(failed)?;
    Ok(found.and_then(|(kind, text)| Some(Term::new(TermKind::from_number(kind)?, text))))
}

async fn run(
    connection: &mut SqliteConnection,
    query: &'static str,
    number: i64,
    text: &str,
) -> Done {
    let done = sqlx::query(query).bind(number).bind(text).execute(connection).await;
    done.map(drop).map_err(failed)
}

async fn erase_statements(
    connection: &mut SqliteConnection,
    number: i64,
    by: Position,
    part: &[AffectedStatement],
) -> Done {
    let positions: Vec<Position> = part.iter().map(|one| one.position).collect();
    facts::erase(connection, number, &positions).await?;
    let positions = list(&positions)?;
    sqlx::query(
        "UPDATE statement SET body = x'', digest = zeroblob(32), keys = x'', defines = 0,
             erased_by = $3
         WHERE organization = $1 AND position IN (SELECT value FROM json_each($2))",
    )
    .bind(number)
    .bind(&positions)
    .bind(rows::column(by.index()))
    .execute(&mut *connection)
    .await
    .map_err(failed)?;
    let keys: Vec<(i64, i64, u64)> = part
        .iter()
        .flat_map(|one| one.keys.iter().map(|(term, role)| (*term, *role, one.position.index())))
        .collect();
    let keys = serde_json::to_string(&keys).map_err(StoreError::refused)?;
    sqlx::query(
        "DELETE FROM statement_key WHERE organization = $1 AND (term, role, position) IN
             (SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'),
                  json_extract(value, '$[2]') FROM json_each($2))",
    )
    .bind(number)
    .bind(keys)
    .execute(&mut *connection)
    .await
    .map_err(failed)?;
    for query in [
        "UPDATE log_entry SET salt = NULL WHERE organization = $1 AND position IN (SELECT value FROM json_each($2))",
        "DELETE FROM claim WHERE organization = $1 AND position IN (SELECT value FROM json_each($2))",
    ] {
        let done = sqlx::query(query).bind(number).bind(&positions);
        done.execute(&mut *connection).await.map_err(failed)?;
    }
    let attached = sqlx::query_scalar::<_, String>(
        "SELECT DISTINCT sha2 FROM statement_attachment
         WHERE organization = $1 AND position IN (SELECT value FROM json_each($2))",
    )
    .bind(number)
    .bind(&positions)
    .fetch_all(&mut *connection)
    .await
    .map_err(failed)?;
    let query = "DELETE FROM statement_attachment WHERE organization = $1 AND position IN (SELECT value FROM json_each($2))";
    let done = sqlx::query(query).bind(number).bind(&positions);
    done.execute(&mut *connection).await.map_err(failed)?;
    for sha2 in attached {
        let query = "DELETE FROM attachment WHERE organization = $1 AND sha2 = $2 AND NOT EXISTS
             (SELECT 1 FROM statement_attachment l WHERE l.organization = $1 AND l.sha2 = $2)";
        run(connection, query, number, &sha2).await?;
    }
    Ok(())
}

/// The event keeps who recorded it when, of what kind of thing, and why.
async fn erase_events(connection: &mut SqliteConnection, number: i64, part: &[Position]) -> Done {
    let positions = list(part)?;
    sqlx::query(
        "UPDATE event SET value = $3, source = 'null', about = NULL
         WHERE organization = $1 AND position IN (SELECT value FROM json_each($2))",
    )
    .bind(number)
    .bind(&positions)
    .bind(ERASED_VALUE)
    .execute(&mut *connection)
    .await
    .map_err(failed)?;
    let query = "UPDATE log_entry SET salt = NULL WHERE organization = $1 AND position IN (SELECT value FROM json_each($2))";
    let done = sqlx::query(query).bind(number).bind(&positions);
    done.execute(connection).await.map(drop).map_err(failed)
}

/// What is kept of mentions keeps its term, under which it is found; the pseudonym ends anyhow.
async fn forget_term(
    connection: &mut SqliteConnection,
    number: i64,
    term: i64,
    mentions: Mentions,
) -> Done {
    facts::forget_actor(connection, number, term).await?;
    let queries: &[&'static str] = match mentions {
        Mentions::Keep => &["UPDATE term SET salt = NULL WHERE organization = $1 AND number = $2"],
        Mentions::Erase => &[
            "DELETE FROM statement_key WHERE organization = $1 AND term = $2",
            "DELETE FROM agent_name WHERE organization = $1 AND agent = $2",
            "DELETE FROM term WHERE organization = $1 AND number = $2",
        ],
    };
    for query in queries {
        let done = sqlx::query(*query).bind(number).bind(term);
        done.execute(&mut *connection).await.map_err(failed)?;
    }
    Ok(())
}

/// The registration, its record, and when attempts and calls were stay.
async fn erase_registrations(
    connection: &mut SqliteConnection,
    number: i64,
    identity: &str,
    at: Timestamp,
) -> Done {
    for query in [
        of_registrations!("UPDATE api_call SET arguments = '[]', result = '', note = NULL"),
        of_registrations!("UPDATE attempt SET data = 'null', open = 0"),
        of_registrations!("DELETE FROM launch"),
        of_registrations!("DELETE FROM result_notice"),
    ] {
        run(connection, query, number, identity).await?;
    }
    let query = of_registrations!(
        "UPDATE session SET state = '{}', return_url = NULL, ended_at = coalesce(ended_at, $3),
             ended_how = coalesce(ended_how, 'superseded')"
    );
    let done = sqlx::query(query).bind(number).bind(identity).bind(at.micros());
    done.execute(&mut *connection).await.map_err(failed)?;
    sqlx::query(
        "UPDATE registration SET actor = $3, actor_key = $4, actor_hash = $5, learner_id = '', learner_name = '',
             search = '', state = '{}', revision = revision + 1
         WHERE organization = $1 AND actor_key = $2",
    )
    .bind(number)
    .bind(identity)
    .bind(ERASED_ACTOR)
    .bind(ERASED_KEY)
    .bind(Sha256Digest::of(ERASED_KEY.as_bytes()).as_bytes().to_vec())
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(())
}

/// A user of the console is locked out and loses name and address; what they did stays in the
/// trail.
async fn erase_user(
    connection: &mut SqliteConnection,
    number: i64,
    email: &str,
    at: Timestamp,
) -> Done {
    for query in [
        "DELETE FROM console_session WHERE organization = $1 AND console_user IN
             (SELECT id FROM console_user WHERE organization = $1 AND email = $2)",
        "DELETE FROM one_time_token WHERE organization = $1 AND console_user IN
             (SELECT id FROM console_user WHERE organization = $1 AND email = $2)",
    ] {
        run(connection, query, number, email).await?;
    }
    sqlx::query(
        "UPDATE console_user SET email = 'erased-' || lower(hex(id)) || '@invalid', display_name = '',
             password = NULL, disabled_at = coalesce(disabled_at, $3)
         WHERE organization = $1 AND email = $2",
    )
    .bind(number)
    .bind(email)
    .bind(at.micros())
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(())
}

/// Positions as a JSON array, for `json_each`.
pub(crate) fn list(positions: &[Position]) -> Result<String, StoreError> {
    serde_json::to_string(positions).map_err(StoreError::refused)
}
