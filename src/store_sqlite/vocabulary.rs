//! Definitions of activities and names of agents.

use crate::{SqliteStore, error::failed, load, pack::Pack};
use async_trait::async_trait;
use domain::{OrganizationId, Sha256Digest};
use futures_util::TryStreamExt;
use sqlx::{Connection, SqliteConnection};
use std::collections::{BTreeSet, HashMap};
use store::{Defined, Gathered, Plan, StoreError, Term, TermKind, Vocabulary, Wanted, World, rows};

/// Statements read at a time when everything is gathered again.
const PAGE_STATEMENTS: i64 = 200;
/// Terms looked at in turn when everything is gathered again.
const PAGE_TERMS: i64 = 1_000;

/// Loads what is known of the terms that some units define; their numbers are in `world` already.
pub(crate) async fn load(
    connection: &mut SqliteConnection,
    organization: i64,
    wanted: &Wanted,
    world: &mut World,
) -> Result<(), StoreError> {
    let numbers: HashMap<i64, &Term> = wanted
        .defined
        .iter()
        .filter_map(|term| Some((world.terms.get(term)?.number, term)))
        .collect();
    if numbers.is_empty() {
        return Ok(());
    }
    let list: Vec<i64> = numbers.keys().copied().collect();
    for (number, defines, text) in known(connection, organization, &list).await? {
        let Some(term) = numbers.get(&number) else { continue };
        let gathered = world.gathered.entry((*term).clone()).or_default();
        if defines {
            gathered.definition = Some(text);
        } else {
            gathered.names.insert(text);
        }
    }
    Ok(())
}

/// Definitions (true) and names (false) of terms by their numbers, by one call.
async fn known(
    connection: &mut SqliteConnection,
    organization: i64,
    terms: &[i64],
) -> Result<Vec<(i64, bool, String)>, StoreError> {
    let list = serde_json::to_string(terms).map_err(StoreError::refused)?;
    let found = sqlx::query!(
        r#"SELECT d.activity AS "number!", 1 AS "defines!: bool", d.definition AS "text!"
           FROM json_each($2) wanted
           CROSS JOIN activity_definition d
               ON d.organization = $1 AND d.activity = wanted.value
           UNION ALL
           SELECT n.agent, 0, n.name
           FROM json_each($2) wanted
           CROSS JOIN agent_name n ON n.organization = $1 AND n.agent = wanted.value"#,
        organization,
        list,
    )
    .fetch_all(connection)
    .await
    .map_err(failed)?;
    Ok(found.into_iter().map(|row| (row.number, row.defines, row.text)).collect())
}

async fn definitions(
    connection: &mut SqliteConnection,
    organization: i64,
    activities: &[i64],
) -> Result<Vec<(i64, String)>, StoreError> {
    let list = serde_json::to_string(activities).map_err(StoreError::refused)?;
    let found = sqlx::query!(
        r#"SELECT d.activity AS "activity!", d.definition AS "definition!"
           FROM json_each($2) wanted
           CROSS JOIN activity_definition d
               ON d.organization = $1 AND d.activity = wanted.value"#,
        organization,
        list,
    )
    .fetch_all(connection)
    .await
    .map_err(failed)?;
    Ok(found.into_iter().map(|row| (row.activity, row.definition)).collect())
}

async fn names(
    connection: &mut SqliteConnection,
    organization: i64,
    agents: &[i64],
) -> Result<Vec<(i64, String)>, StoreError> {
    let list = serde_json::to_string(agents).map_err(StoreError::refused)?;
    let found = sqlx::query!(
        r#"SELECT n.agent AS "agent!", n.name AS "name!"
           FROM json_each($2) wanted
           CROSS JOIN agent_name n ON n.organization = $1 AND n.agent = wanted.value"#,
        organization,
        list,
    )
    .fetch_all(connection)
    .await
    .map_err(failed)?;
    Ok(found.into_iter().map(|row| (row.agent, row.name)).collect())
}

/// Writes what a plan changes, by one call unless there are very many bytes.
pub(crate) async fn apply(
    connection: &mut SqliteConnection,
    organization: i64,
    plan: &Plan,
) -> Result<(), StoreError> {
    let mut packs = Packs::default();
    for (activity, definition) in &plan.definitions {
        packs.definitions.row().number(*activity).bytes(definition.as_bytes());
        if packs.definitions.is_full() {
            packs.write(connection, organization).await?;
        }
    }
    for (agent, name) in &plan.names {
        let hash = Sha256Digest::of(name.as_bytes());
        let hash = hash.as_bytes().as_slice();
        packs.names.row().number(*agent).bytes(hash).bytes(name.as_bytes());
        if packs.names.is_full() {
            packs.write(connection, organization).await?;
        }
    }
    packs.write(connection, organization).await
}

#[derive(Default)]
struct Packs {
    definitions: Pack,
    names: Pack,
}

impl Packs {
    async fn write(
        &mut self,
        connection: &mut SqliteConnection,
        organization: i64,
    ) -> Result<(), StoreError> {
        if self.definitions.is_empty() && self.names.is_empty() {
            return Ok(());
        }
        let (definitions, definition_bytes) = self.definitions.take();
        let (names, name_bytes) = self.names.take();
        sqlx::query!(
            "INSERT INTO activity_definition (organization, activity, definition)
             SELECT $1, value ->> 0, CAST(substr($3, value ->> 1, value ->> 2) AS TEXT)
             FROM jsonb_each($2) WHERE true
             ON CONFLICT (organization, activity) DO UPDATE SET definition = excluded.definition;
             INSERT INTO agent_name (organization, agent, hash, name)
             SELECT $4, value ->> 0, substr($6, value ->> 1, value ->> 2),
                 CAST(substr($6, value ->> 3, value ->> 4) AS TEXT)
             FROM jsonb_each($5) WHERE true
             ON CONFLICT (organization, agent, hash) DO NOTHING",
            organization,
            definitions,
            definition_bytes,
            organization,
            names,
            name_bytes,
        )
        .execute(connection)
        .await
        .map_err(failed)?;
        Ok(())
    }
}

async fn define(
    connection: &mut SqliteConnection,
    organization: i64,
    activity: i64,
    definition: &str,
) -> Result<(), StoreError> {
    sqlx::query!(
        "INSERT INTO activity_definition (organization, activity, definition)
         VALUES ($1, $2, $3)
         ON CONFLICT (organization, activity) DO UPDATE SET definition = excluded.definition",
        organization,
        activity,
        definition,
    )
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(())
}

async fn add_name(
    connection: &mut SqliteConnection,
    organization: i64,
    agent: i64,
    name: &str,
) -> Result<(), StoreError> {
    let hash = Sha256Digest::of(name.as_bytes()).as_bytes().to_vec();
    sqlx::query!(
        "INSERT INTO agent_name (organization, agent, hash, name) VALUES ($1, $2, $3, $4)
         ON CONFLICT (organization, agent, hash) DO NOTHING",
        organization,
        agent,
        hash,
        name,
    )
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(())
}

#[async_trait]
impl Vocabulary for SqliteStore {
    async fn definitions(
        &self,
        organization: OrganizationId,
        activities: &BTreeSet<String>,
    ) -> Result<HashMap<String, String>, StoreError> {
        let organization = self.number(organization).await?;
        let wanted: BTreeSet<Term> =
            activities.iter().map(|iri| Term::new(TermKind::Activity, iri)).collect();
        let mut connection = self.read.acquire().await?;
        let terms = load::terms_by_text(&mut connection, organization, &wanted).await?;
        let texts: HashMap<i64, String> =
            terms.into_iter().map(|(term, known)| (known.number, term.text)).collect();
        let numbers: Vec<i64> = texts.keys().copied().collect();
        let found = definitions(&mut connection, organization, &numbers).await?;
        Ok(found
            .into_iter()
            .filter_map(|(number, definition)| Some((texts.get(&number)?.clone(), definition)))
            .collect())
    }

    async fn agent_names(
        &self,
        organization: OrganizationId,
        agent: &str,
    ) -> Result<BTreeSet<String>, StoreError> {
        let organization = self.number(organization).await?;
        let wanted = BTreeSet::from([Term::new(TermKind::Agent, agent)]);
        let mut connection = self.read.acquire().await?;
        let known = load::terms_by_text(&mut connection, organization, &wanted).await?;
        let numbers: Vec<i64> = known.values().map(|term| term.number).collect();
        let found = names(&mut connection, organization, &numbers).await?;
        Ok(found.into_iter().map(|(_, name)| name).collect())
    }

    async fn rebuild_vocabulary(
        &self,
        organization: OrganizationId,
        repair: bool,
    ) -> Result<Vec<String>, StoreError> {
        let organization = self.number(organization).await?;
        let (mut last, mut differing) = (0, Vec::new());
        loop {
            let page = sqlx::query_as!(
                rows::TermRow,
                "SELECT number, kind, text, salt FROM term
                 WHERE organization = $1 AND number > $2 AND kind IN (1, 3)
                 ORDER BY number LIMIT $3",
                organization,
                last,
                PAGE_TERMS,
            )
            .fetch_all(&mut *self.read.acquire().await?)
            .await
            .map_err(failed)?;
            let Some(end) = page.last() else { return Ok(differing) };
            last = end.number;
            for row in page {
                let (number, term) = row.term()?;
                if self.regather(organization, number, &term, repair).await? {
                    differing.push(term.text);
                }
            }
        }
    }
}

impl SqliteStore {
    /// Gathers one term again, in a transaction of its own that keeps commits out; says whether
    /// something else is stored.
    async fn regather(
        &self,
        organization: i64,
        number: i64,
        term: &Term,
        repair: bool,
    ) -> Result<bool, StoreError> {
        let mut connection = self.write.acquire().await?;
        let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
        let differs = regather(&mut transaction, organization, number, term, repair).await?;
        if differs && repair {
            transaction.commit().await.map_err(failed)?;
        }
        Ok(differs)
    }
}

/// Gathers one term again; says whether something else was stored. With `repair`, it is corrected.
pub(crate) async fn regather(
    connection: &mut SqliteConnection,
    organization: i64,
    number: i64,
    term: &Term,
    repair: bool,
) -> Result<bool, StoreError> {
    let gathered = gather(&mut *connection, organization, number, term).await?;
    let mut stored = Gathered::default();
    let found = definitions(&mut *connection, organization, &[number]).await?;
    stored.definition = found.into_iter().map(|(_, definition)| definition).next();
    let found = names(&mut *connection, organization, &[number]).await?;
    stored.names = found.into_iter().map(|(_, name)| name).collect();
    let differs = stored != gathered;
    if differs && repair {
        forget(&mut *connection, organization, number).await?;
        if let Some(definition) = &gathered.definition {
            define(&mut *connection, organization, number, definition).await?;
        }
        for name in &gathered.names {
            add_name(&mut *connection, organization, number, name).await?;
        }
    }
    Ok(differs)
}

/// What the log says of a term, a page of statements at a time.
async fn gather(
    connection: &mut SqliteConnection,
    organization: i64,
    number: i64,
    term: &Term,
) -> Result<Gathered, StoreError> {
    let (mut gathered, mut last) = (Gathered::default(), -1);
    loop {
        // Each role is read in its own order from where the last page ended: a list of all that are
        // left, made again for every page, would take time as the square of their number.
        let mut page = sqlx::query!(
            r#"SELECT k.position AS "position!: i64", s.body AS "body?: Vec<u8>"
             FROM (SELECT position FROM (
                       SELECT position FROM statement_key
                       WHERE organization = $1 AND term = $2 AND role = 0 AND position > $3
                       ORDER BY position LIMIT $4) direct
                   UNION
                   SELECT position FROM (
                       SELECT position FROM statement_key
                       WHERE organization = $1 AND term = $2 AND role = 1 AND position > $3
                       ORDER BY position LIMIT $4) related
                   ORDER BY position LIMIT $4) k
             LEFT JOIN statement s
                 ON s.organization = $1 AND s.position = k.position AND s.defines
             ORDER BY k.position"#,
            organization,
            number,
            last,
            PAGE_STATEMENTS,
        )
        .fetch(&mut *connection);
        let mut is_empty = true;
        while let Some(row) = page.try_next().await.map_err(failed)? {
            (is_empty, last) = (false, row.position);
            let Some(body) = row.body else { continue };
            let defined = Defined::read(&body)
                .ok_or_else(|| StoreError::wrong("statement", "body", row.position))?;
            gathered.add(term, &defined);
        }
        if is_empty {
            return Ok(gathered);
        }
    }
}

async fn forget(
    connection: &mut SqliteConnection,
    organization: i64,
    number: i64,
) -> Result<(), StoreError> {
    sqlx::query!(
        "DELETE FROM activity_definition WHERE organization = $1 AND activity = $2",
        organization,
        number,
    )
    .execute(&mut *connection)
    .await
    .map_err(failed)?;
    sqlx::query!(
        "DELETE FROM agent_name WHERE organization = $1 AND agent = $2",
        organization,
        number,
    )
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(())
}
