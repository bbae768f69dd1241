//! Documents.

use crate::{SqliteStore, error::failed};
use async_trait::async_trait;
use domain::{OrganizationId, Timestamp};
use sqlx::SqliteConnection;
use store::{Document, DocumentKey, DocumentOwner, DocumentWrite, Documents, StoreError, rows};

/// A registration as a part of a key: empty for none.
fn registration(owner: &DocumentOwner) -> String {
    owner.registration.map(|id| id.to_string()).unwrap_or_default()
}

/// The hashes of a document's owner and id.
fn hashes(key: &DocumentKey) -> (Vec<u8>, Vec<u8>) {
    (key.owner.digest().as_bytes().to_vec(), key.id_digest().as_bytes().to_vec())
}

#[async_trait]
impl Documents for SqliteStore {
    async fn document(
        &self,
        organization: OrganizationId,
        key: &DocumentKey,
    ) -> Result<Option<Document>, StoreError> {
        let organization = self.number(organization).await?;
        let ((owner, id), registration) = (hashes(key), registration(&key.owner));
        let row = sqlx::query_as!(
            rows::DocumentRow,
            "SELECT content_type, content, etag, updated_at FROM document
             WHERE organization = $1 AND owner = $2 AND registration = $3 AND id_hash = $4",
            organization,
            owner,
            registration,
            id,
        )
        .fetch_optional(&mut *self.read.acquire().await?)
        .await
        .map_err(failed)?;
        rows::one(row)
    }

    async fn document_ids(
        &self,
        organization: OrganizationId,
        owner: &DocumentOwner,
        since: Option<Timestamp>,
    ) -> Result<Vec<String>, StoreError> {
        let organization = self.number(organization).await?;
        let hash = owner.digest().as_bytes().to_vec();
        let registration = owner.registration.map(|id| id.to_string());
        let since = since.map_or(i64::MIN, Timestamp::micros);
        sqlx::query_scalar!(
            "SELECT DISTINCT id FROM document
             WHERE organization = $1 AND owner = $2
                 AND (CAST($3 AS TEXT) IS NULL OR registration = $3) AND updated_at > $4
             ORDER BY id",
            organization,
            hash,
            registration,
            since,
        )
        .fetch_all(&mut *self.read.acquire().await?)
        .await
        .map_err(failed)
    }
}

/// Carries out one write of a plan.
pub(crate) async fn write(
    connection: &mut SqliteConnection,
    number: i64,
    write: &DocumentWrite,
) -> Result<(), StoreError> {
    match write {
        DocumentWrite::Set { key, document: Some(document), .. } => {
            put(connection, number, key, document).await
        }
        DocumentWrite::Set { key, document: None, .. } => delete(connection, number, key).await,
        DocumentWrite::Clear(owner) => clear(connection, number, owner).await,
    }
}

async fn put(
    connection: &mut SqliteConnection,
    number: i64,
    key: &DocumentKey,
    document: &Document,
) -> Result<(), StoreError> {
    let DocumentKey { owner, id } = key;
    let (owner_hash, id_hash) = hashes(key);
    let (kind, registration) = (owner.kind.as_str(), registration(owner));
    let updated_at = document.updated_at.micros();
    sqlx::query!(
        "INSERT INTO document (organization, owner, id_hash, kind, activity, agent, registration,
             id, content_type, content, etag, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
         ON CONFLICT (organization, owner, registration, id_hash) DO UPDATE
         SET content_type = excluded.content_type, content = excluded.content,
             etag = excluded.etag, updated_at = excluded.updated_at",
        number,
        owner_hash,
        id_hash,
        kind,
        owner.activity,
        owner.agent,
        registration,
        id,
        document.content_type,
        document.content,
        document.etag,
        updated_at,
    )
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(())
}

async fn delete(
    connection: &mut SqliteConnection,
    number: i64,
    key: &DocumentKey,
) -> Result<(), StoreError> {
    let ((owner, id), registration) = (hashes(key), registration(&key.owner));
    sqlx::query!(
        "DELETE FROM document
         WHERE organization = $1 AND owner = $2 AND registration = $3 AND id_hash = $4",
        number,
        owner,
        registration,
        id,
    )
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(())
}

async fn clear(
    connection: &mut SqliteConnection,
    number: i64,
    owner: &DocumentOwner,
) -> Result<(), StoreError> {
    let (owner, registration) =
        (owner.digest().as_bytes().to_vec(), owner.registration.map(|id| id.to_string()));
    sqlx::query!(
        "DELETE FROM document
         WHERE organization = $1 AND owner = $2
             AND (CAST($3 AS TEXT) IS NULL OR registration = $3)",
        number,
        owner,
        registration,
    )
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(())
}

/// The entity tag of a document, if there is one.
pub(crate) async fn etag(
    connection: &mut SqliteConnection,
    number: i64,
    key: &DocumentKey,
) -> Result<Option<String>, StoreError> {
    let ((owner, id), registration) = (hashes(key), registration(&key.owner));
    sqlx::query_scalar!(
        "SELECT etag FROM document
         WHERE organization = $1 AND owner = $2 AND registration = $3 AND id_hash = $4",
        number,
        owner,
        registration,
        id,
    )
    .fetch_optional(connection)
    .await
    .map_err(failed)
}
