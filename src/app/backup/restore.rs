//! Reads a backup back, and believes nothing of it.

use super::{
    BackupError, BackupProgress, FORMAT, Manifest, ManifestPackage, ManifestTable,
    chain::{Chain, FIRST},
    failed,
    file::TableReader,
};
use blob::BlobStore;
use domain::Sha256Digest;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use store::archive::{ArchiveRow, ArchiveTable, ArchiveTarget, ArchiveValue};

/// Rows that are inserted at a time.
const BATCH_ROWS_MAX: usize = 2_000;
/// Bytes of rows that are inserted at a time.
const BATCH_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Bytes of a package that are read at a time.
const CHUNK_BYTES: usize = 1024 * 1024;

/// Where rows go: into a store, or nowhere when the backup is only to be checked.
type Target<'a> = Option<&'a mut (dyn ArchiveTarget + 'a)>;

/// Reads `manifest.json`.
pub fn read_manifest(folder: &Path) -> Result<Manifest, BackupError> {
    let path = folder.join("manifest.json");
    let text = fs::read(&path).map_err(failed("read", &path))?;
    let manifest: Manifest = serde_json::from_slice(&text)
        .map_err(|error| BackupError::damaged(format!("{}: {error}", path.display())))?;
    if manifest.format != FORMAT {
        let problem = format!("its form is {}, not {FORMAT}", manifest.format);
        return Err(BackupError::Unfit { problem });
    }
    Ok(manifest)
}

/// Fills an empty store and its packages from a backup, and makes that stay only when every file
/// has its hash, every log has no gap, every checkpoint is signed by a key of its organization, and
/// every ledger, computed again from its entries, has the root that the manifest and each of its
/// checkpoints say.
pub async fn restore(
    mut target: Box<dyn ArchiveTarget>,
    blobs: &dyn BlobStore,
    folder: &Path,
    progress: BackupProgress<'_>,
) -> Result<Manifest, BackupError> {
    let manifest = read_manifest(folder)?;
    fits(&manifest, target.tables())?;
    if !target.is_empty().await? {
        return Err(BackupError::NotEmpty);
    }
    // Packages first: those of a restore that goes wrong later are in nobody's way.
    for package in &manifest.packages {
        keep_package(blobs, folder, package).await?;
        progress("packages", package.bytes);
    }
    rows(&manifest, folder, Some(&mut *target), progress).await?;
    target.commit().await?;
    Ok(manifest)
}

/// Checks a backup without a store, as [`restore`] does.
pub async fn check(folder: &Path, progress: BackupProgress<'_>) -> Result<Manifest, BackupError> {
    let manifest = read_manifest(folder)?;
    for package in &manifest.packages {
        let path = package_path(folder, package);
        let found = digest_of(&path)?;
        if found != package.sha256 {
            return Err(BackupError::damaged(format!("{} was changed", path.display())));
        }
        progress("packages", package.bytes);
    }
    rows(&manifest, folder, None, progress).await?;
    Ok(manifest)
}

/// The store must have the tables and columns of the backup, no more and no fewer.
fn fits(manifest: &Manifest, tables: &[ArchiveTable]) -> Result<(), BackupError> {
    let ours: BTreeMap<_, _> = tables.iter().map(|one| (&one.name, &one.columns)).collect();
    let theirs: BTreeMap<_, _> =
        manifest.tables.iter().map(|one| (&one.name, &one.columns)).collect();
    let differs =
        ours.keys().chain(theirs.keys()).find(|name| ours.get(*name) != theirs.get(*name));
    let Some(name) = differs else { return Ok(()) };
    let problem = format!("table {name} differs; the backup was written by {}", manifest.program);
    Err(BackupError::Unfit { problem })
}

async fn rows(
    manifest: &Manifest,
    folder: &Path,
    mut target: Target<'_>,
    progress: BackupProgress<'_>,
) -> Result<(), BackupError> {
    let mut chain = Chain::default();
    let named = |name: &str| manifest.tables.iter().find(|table| table.name == name);
    for table in FIRST.into_iter().filter_map(named) {
        let shape = shape(table);
        let mut file = TableReader::open(&table_path(folder, table), table.columns.len())?;
        while let Some(row) = file.next()? {
            chain.expect(&shape, &row)?;
        }
    }
    let order: Vec<String> = match &target {
        Some(target) => target.tables().iter().map(|table| table.name.clone()).collect(),
        None => manifest.tables.iter().map(|table| table.name.clone()).collect(),
    };
    for name in order {
        let Some(table) = named(&name) else { continue };
        fill(table, folder, &mut target, &mut chain).await?;
        progress(&table.name, table.bytes);
    }
    if chain.finish()? != manifest.organizations {
        return Err(BackupError::damaged("its ledgers are not those that its manifest names"));
    }
    Ok(())
}

async fn fill(
    table: &ManifestTable,
    folder: &Path,
    target: &mut Target<'_>,
    chain: &mut Chain,
) -> Result<(), BackupError> {
    let (shape, path) = (shape(table), table_path(folder, table));
    let mut file = TableReader::open(&path, table.columns.len())?;
    let (mut count, mut bytes) = (0, 0);
    let mut batch: Vec<ArchiveRow> = Vec::new();
    while let Some(row) = file.next()? {
        chain.watch(&shape, &row)?;
        count += 1;
        bytes += row.iter().map(size_of_value).sum::<usize>();
        let Some(target) = target else { continue };
        batch.push(row);
        if batch.len() >= BATCH_ROWS_MAX || bytes >= BATCH_BYTES_MAX {
            target.insert(&shape, std::mem::take(&mut batch)).await?;
            bytes = 0;
        }
    }
    if let Some(target) = target.as_mut().filter(|_| !batch.is_empty()) {
        target.insert(&shape, batch).await?;
    }
    if file.finish()? != table.sha256 || count != table.rows {
        return Err(BackupError::damaged(format!("{} was changed", path.display())));
    }
    Ok(())
}

fn size_of_value(value: &ArchiveValue) -> usize {
    match value {
        ArchiveValue::Null | ArchiveValue::Int(_) => 8,
        ArchiveValue::Text(text) => text.len(),
        ArchiveValue::Bytes(bytes) => bytes.len(),
    }
}

fn shape(table: &ManifestTable) -> ArchiveTable {
    ArchiveTable { name: table.name.clone(), columns: table.columns.clone() }
}

fn table_path(folder: &Path, table: &ManifestTable) -> PathBuf {
    // The name may not lead out of the folder: `fits` has compared it with the schema's, and what
    // is only checked is only read.
    folder.join("tables").join(format!("{}.rows.gz", table.name))
}

fn package_path(folder: &Path, package: &ManifestPackage) -> PathBuf {
    let ManifestPackage { organization, sha256, .. } = package;
    folder.join("packages").join(organization.to_string()).join(sha256.to_string())
}

async fn keep_package(
    blobs: &dyn BlobStore,
    folder: &Path,
    package: &ManifestPackage,
) -> Result<(), BackupError> {
    let path = package_path(folder, package);
    let mut file = File::open(&path).map_err(failed("read", &path))?;
    let mut spool = blobs.spool().await?;
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        let read = file.read(&mut chunk).map_err(failed("read", &path))?;
        let Some(part) = chunk.get(..read).filter(|part| !part.is_empty()) else { break };
        spool.write(part).await?;
    }
    let spooled = spool.finish().await?;
    if spooled.digest() != package.sha256 {
        return Err(BackupError::damaged(format!("{} was changed", path.display())));
    }
    Ok(spooled.keep(package.organization).await?)
}

fn digest_of(path: &Path) -> Result<Sha256Digest, BackupError> {
    use sha2::{Digest, Sha256};
    let mut file = File::open(path).map_err(failed("read", path))?;
    let (mut sha256, mut chunk) = (Sha256::new(), vec![0; CHUNK_BYTES]);
    loop {
        let read = file.read(&mut chunk).map_err(failed("read", path))?;
        let Some(part) = chunk.get(..read).filter(|part| !part.is_empty()) else { break };
        sha256.update(part);
    }
    Ok(Sha256Digest::new(sha256.finalize().into()))
}
