//! What is kept of the ledger beside the log's entries.

use crate::{
    SqliteStore,
    error::{failed, taken},
};
use ::ledger::{Frontier, Salt};
use async_trait::async_trait;
use domain::{OrganizationId, Sha256Digest};
use sqlx::{Connection, SqliteConnection};
use store::{
    Candidate, Checkpoint, CompleteTile, LedgerHead, Ledgers, Page, Position, SigningKey,
    StoreError, TermKind, reads, rows,
};

#[async_trait]
impl Ledgers for SqliteStore {
    async fn ledger_head(&self, organization: OrganizationId) -> Result<LedgerHead, StoreError> {
        let organization = self.number(organization).await?;
        let row = sqlx::query_as!(
            rows::HeadRow,
            "SELECT next_position, stored, frontier FROM log_head WHERE organization = $1",
            organization,
        )
        .fetch_one(&mut *self.read.acquire().await?)
        .await
        .map_err(failed)?;
        row.try_into()
    }

    async fn actor_salt(
        &self,
        organization: OrganizationId,
        actor: &str,
    ) -> Result<Option<Salt>, StoreError> {
        let organization = self.number(organization).await?;
        let kind = TermKind::Agent.number();
        let salt = sqlx::query_scalar!(
            "SELECT salt FROM term WHERE organization = $1 AND kind = $2 AND text = $3",
            organization,
            kind,
            actor,
        )
        .fetch_optional(&mut *self.read.acquire().await?)
        .await
        .map_err(failed)?;
        salt.flatten().as_deref().map(rows::salt).transpose()
    }

    async fn tiles_kept(&self, organization: OrganizationId, level: u8) -> Result<u64, StoreError> {
        let organization = self.number(organization).await?;
        let level = i64::from(level);
        let last = sqlx::query_scalar!(
            "SELECT tile_index FROM ledger_tile WHERE organization = $1 AND level = $2
             ORDER BY tile_index DESC LIMIT 1",
            organization,
            level,
        )
        .fetch_optional(&mut *self.read.acquire().await?)
        .await
        .map_err(failed)?;
        last.map_or(Ok(0), |last| {
            Ok(rows::position("ledger_tile", "tile_index", last)?.next().index())
        })
    }

    async fn keep_tiles(
        &self,
        organization: OrganizationId,
        tiles: &[CompleteTile],
    ) -> Result<(), StoreError> {
        self.write_tiles(organization, tiles, false).await
    }

    async fn correct_tiles(
        &self,
        organization: OrganizationId,
        tiles: &[CompleteTile],
    ) -> Result<(), StoreError> {
        self.write_tiles(organization, tiles, true).await
    }

    async fn statement_bodies(
        &self,
        organization: OrganizationId,
        from: Position,
        limit: usize,
    ) -> Result<Vec<(Position, Vec<u8>)>, StoreError> {
        let organization = self.number(organization).await?;
        let (from, limit) = (rows::column(from.index()), rows::column(limit));
        let found = sqlx::query!(
            r#"SELECT position, length(body) AS "bytes!: i64" FROM statement
               WHERE organization = $1 AND position >= $2 ORDER BY position LIMIT $3"#,
            organization,
            from,
            limit,
        )
        .fetch_all(&mut *self.read.acquire().await?)
        .await
        .map_err(failed)?;
        let found: Vec<Candidate> = found.iter().map(|row| (row.position, row.bytes)).collect();
        let Some(wanted) = reads(&found).next() else { return Ok(Vec::new()) };
        let (first, last) = (wanted.first().copied(), wanted.last().copied());
        let found = sqlx::query!(
            "SELECT position, body FROM statement
             WHERE organization = $1 AND position BETWEEN $2 AND $3 ORDER BY position",
            organization,
            first,
            last,
        )
        .fetch_all(&mut *self.read.acquire().await?)
        .await
        .map_err(failed)?;
        let place = |position| rows::position("statement", "position", position);
        found.into_iter().map(|row| Ok((place(row.position)?, row.body))).collect()
    }

    async fn tile(
        &self,
        organization: OrganizationId,
        level: u8,
        index: u64,
    ) -> Result<Option<CompleteTile>, StoreError> {
        let organization = self.number(organization).await?;
        let (level, index) = (i64::from(level), rows::column(index));
        let row = sqlx::query_as!(
            rows::TileRow,
            "SELECT level, tile_index, root, hashes FROM ledger_tile
             WHERE organization = $1 AND level = $2 AND tile_index = $3",
            organization,
            level,
            index,
        )
        .fetch_optional(&mut *self.read.acquire().await?)
        .await
        .map_err(failed)?;
        rows::one(row)
    }

    async fn tile_roots(
        &self,
        organization: OrganizationId,
        level: u8,
        first: u64,
        limit: usize,
    ) -> Result<Vec<Sha256Digest>, StoreError> {
        let organization = self.number(organization).await?;
        let (level, first, limit) = (i64::from(level), rows::column(first), rows::column(limit));
        let roots = sqlx::query_scalar!(
            "SELECT root FROM ledger_tile
             WHERE organization = $1 AND level = $2 AND tile_index >= $3
             ORDER BY tile_index LIMIT $4",
            organization,
            level,
            first,
            limit,
        )
        .fetch_all(&mut *self.read.acquire().await?)
        .await
        .map_err(failed)?;
        rows::tile_roots(first, &roots)
    }

    async fn correct_frontier(
        &self,
        organization: OrganizationId,
        frontier: &Frontier,
    ) -> Result<bool, StoreError> {
        let organization = self.number(organization).await?;
        let (size, hashes) = (rows::column(frontier.size()), frontier.to_bytes());
        let done = sqlx::query!(
            "UPDATE log_head SET frontier = $3 WHERE organization = $1 AND next_position = $2",
            organization,
            size,
            hashes,
        )
        .execute(&mut *self.write.acquire().await?)
        .await
        .map_err(failed)?;
        Ok(done.rows_affected() == 1)
    }

    async fn signing_keys(
        &self,
        organization: OrganizationId,
    ) -> Result<Vec<SigningKey>, StoreError> {
        let organization = self.number(organization).await?;
        let keys = sqlx::query_as!(
            rows::SigningKeyRow,
            "SELECT number, origin, public_key, secret, created_at, retired_at FROM signing_key
             WHERE organization = $1 ORDER BY number",
            organization,
        )
        .fetch_all(&mut *self.read.acquire().await?)
        .await
        .map_err(failed)?;
        rows::all(keys)
    }

    async fn create_signing_key(
        &self,
        organization: OrganizationId,
        key: &SigningKey,
    ) -> Result<(), StoreError> {
        let organization = self.number(organization).await?;
        let mut connection = self.write.acquire().await?;
        insert_key(&mut connection, organization, key).await
    }

    async fn rotate_signing_key(
        &self,
        organization: OrganizationId,
        key: &SigningKey,
        checkpoint: &Checkpoint,
    ) -> Result<(), StoreError> {
        let organization = self.number(organization).await?;
        let mut connection = self.write.acquire().await?;
        let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
        let (retired, at) = (i64::from(key.number) - 1, key.created_at.micros());
        let done = sqlx::query!(
            "UPDATE signing_key SET retired_at = $3
             WHERE organization = $1 AND number = $2 AND retired_at IS NULL",
            organization,
            retired,
            at,
        )
        .execute(&mut *transaction)
        .await
        .map_err(failed)?;
        if done.rows_affected() == 0 {
            return Err(StoreError::Taken { what: "signing key" });
        }
        insert_key(&mut transaction, organization, key).await?;
        let kept = find(&mut transaction, organization, checkpoint.size).await?;
        rows::fits(checkpoint, size(&mut transaction, organization).await?, kept.as_ref())?;
        insert_checkpoint(&mut transaction, organization, checkpoint).await?;
        transaction.commit().await.map_err(failed)
    }

    async fn keep_checkpoint(
        &self,
        organization: OrganizationId,
        checkpoint: &Checkpoint,
        key: u32,
    ) -> Result<Checkpoint, StoreError> {
        let organization = self.number(organization).await?;
        let mut connection = self.write.acquire().await?;
        let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
        let kept = find(&mut transaction, organization, checkpoint.size).await?;
        rows::fits(checkpoint, size(&mut transaction, organization).await?, kept.as_ref())?;
        if let Some(kept) = kept {
            return Ok(kept);
        }
        let key = i64::from(key);
        let in_force = sqlx::query_scalar!(
            "SELECT number FROM signing_key
             WHERE organization = $1 AND number = $2 AND retired_at IS NULL",
            organization,
            key,
        )
        .fetch_optional(&mut *transaction)
        .await
        .map_err(failed)?;
        if in_force.is_none() {
            return Err(StoreError::Missing { what: "signing key" });
        }
        insert_checkpoint(&mut transaction, organization, checkpoint).await?;
        transaction.commit().await.map_err(failed)?;
        Ok(checkpoint.clone())
    }

    async fn checkpoint(
        &self,
        organization: OrganizationId,
        size: Option<u64>,
    ) -> Result<Option<Checkpoint>, StoreError> {
        let organization = self.number(organization).await?;
        let mut connection = self.read.acquire().await?;
        if let Some(size) = size {
            return find(&mut connection, organization, size).await;
        }
        let row = sqlx::query_as!(
            rows::CheckpointRow,
            "SELECT size, root, note, signed_at FROM checkpoint
             WHERE organization = $1 ORDER BY size DESC LIMIT 1",
            organization,
        )
        .fetch_optional(&mut *connection)
        .await
        .map_err(failed)?;
        rows::one(row)
    }

    async fn checkpoints(
        &self,
        organization: OrganizationId,
        after: Option<u64>,
        limit: usize,
    ) -> Result<Page<Checkpoint, u64>, StoreError> {
        let organization = self.number(organization).await?;
        let after = after.map_or(-1, rows::column);
        let more = rows::column(limit.saturating_add(1));
        let found = sqlx::query_as!(
            rows::CheckpointRow,
            "SELECT size, root, note, signed_at FROM checkpoint
             WHERE organization = $1 AND size > $2 ORDER BY size LIMIT $3",
            organization,
            after,
            more,
        )
        .fetch_all(&mut *self.read.acquire().await?)
        .await
        .map_err(failed)?;
        Ok(Page::cut(rows::all(found)?, limit, |one: &Checkpoint| one.size))
    }
}

impl SqliteStore {
    /// Adds tiles; those that are there stay, unless they are to be replaced.
    async fn write_tiles(
        &self,
        organization: OrganizationId,
        tiles: &[CompleteTile],
        replace: bool,
    ) -> Result<(), StoreError> {
        let organization = self.number(organization).await?;
        let mut connection = self.write.acquire().await?;
        let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
        for tile in tiles {
            let (level, index) = (i64::from(tile.level), rows::column(tile.index));
            let root = tile.root.as_bytes().as_slice();
            sqlx::query!(
                "INSERT INTO ledger_tile (organization, level, tile_index, root, hashes)
                 VALUES ($1, $2, $3, $4, $5)
                 ON CONFLICT (organization, level, tile_index)
                 DO UPDATE SET root = excluded.root, hashes = excluded.hashes WHERE $6",
                organization,
                level,
                index,
                root,
                tile.hashes,
                replace,
            )
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
        }
        transaction.commit().await.map_err(failed)
    }
}

/// The number of entries, in a transaction that holds the log.
async fn size(connection: &mut SqliteConnection, organization: i64) -> Result<i64, StoreError> {
    sqlx::query_scalar!("SELECT next_position FROM log_head WHERE organization = $1", organization,)
        .fetch_one(connection)
        .await
        .map_err(failed)
}

async fn find(
    connection: &mut SqliteConnection,
    organization: i64,
    size: u64,
) -> Result<Option<Checkpoint>, StoreError> {
    let size = rows::column(size);
    let row = sqlx::query_as!(
        rows::CheckpointRow,
        "SELECT size, root, note, signed_at FROM checkpoint
         WHERE organization = $1 AND size = $2",
        organization,
        size,
    )
    .fetch_optional(connection)
    .await
    .map_err(failed)?;
    rows::one(row)
}

async fn insert_checkpoint(
    connection: &mut SqliteConnection,
    organization: i64,
    checkpoint: &Checkpoint,
) -> Result<(), StoreError> {
    let (size, signed_at) = (rows::column(checkpoint.size), checkpoint.signed_at.micros());
    let root = checkpoint.root.as_bytes().as_slice();
    sqlx::query!(
        "INSERT INTO checkpoint (organization, size, root, note, signed_at)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (organization, size) DO UPDATE
         SET note = excluded.note, signed_at = excluded.signed_at",
        organization,
        size,
        root,
        checkpoint.note,
        signed_at,
    )
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(())
}

async fn insert_key(
    connection: &mut SqliteConnection,
    organization: i64,
    key: &SigningKey,
) -> Result<(), StoreError> {
    let (number, created_at) = (i64::from(key.number), key.created_at.micros());
    let public = key.public.as_slice();
    sqlx::query!(
        "INSERT INTO signing_key (organization, number, origin, public_key, secret, created_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
        organization,
        number,
        key.origin,
        public,
        key.sealed_secret,
        created_at,
    )
    .execute(connection)
    .await
    .map_err(taken("signing key"))?;
    Ok(())
}
