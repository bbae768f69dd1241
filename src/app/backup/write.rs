//! Writes a backup.

use super::{
    BackupError, BackupProgress, FORMAT, Manifest, ManifestPackage, ManifestTable,
    chain::{Chain, FIRST},
    failed,
    file::TableWriter,
};
use blob::{BlobReader, BlobStore};
use domain::{OrganizationId, Sha256Digest, Timestamp};
use sha2::{Digest, Sha256};
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use store::archive::{ArchiveRow, ArchiveSource, ArchiveTable, RowSink};

/// Bytes of a package that are copied at a time.
const CHUNK_BYTES: usize = 1024 * 1024;

/// What to write besides the store.
#[derive(Debug, Clone)]
pub struct BackupOptions {
    /// The folder; made when it is not there, else it must be empty.
    pub folder: PathBuf,
    /// The master key; without it the backup holds no secret that opens signing keys.
    pub master_key: Option<[u8; 32]>,
    /// The instant of the snapshot.
    pub created_at: Timestamp,
    /// The version of the program.
    pub program: String,
}

/// Writes everything that `source` holds, and its packages, into a folder. Files are written as they
/// are read: memory does not grow with the store. Blocks while it writes.
pub async fn backup(
    source: &mut dyn ArchiveSource,
    blobs: &dyn BlobStore,
    options: &BackupOptions,
    progress: BackupProgress<'_>,
) -> Result<Manifest, BackupError> {
    let folder = &options.folder;
    make_empty(folder)?;
    make_folder(&folder.join("tables"))?;
    let mut chain = Chain::default();
    let all = source.tables().to_vec();
    for table in FIRST.into_iter().filter_map(|name| all.iter().find(|one| one.name == name)) {
        let mut sink = Expected { table, chain: &mut chain, error: None };
        source.read(table, &mut sink).await?;
        sink.error.map_or(Ok(()), Err)?;
    }
    let mut tables = Vec::with_capacity(all.len());
    for table in &all {
        progress(&table.name, 0);
        let path = folder.join("tables").join(format!("{}.rows.gz", table.name));
        let mut sink =
            Rows { table, chain: &mut chain, file: TableWriter::create(path)?, error: None };
        source.read(table, &mut sink).await?;
        let Rows { file, error, .. } = sink;
        error.map_or(Ok(()), Err)?;
        let written = file.finish()?;
        progress(&table.name, written.bytes);
        tables.push(ManifestTable {
            name: table.name.clone(),
            columns: table.columns.clone(),
            rows: written.rows,
            bytes: written.bytes,
            sha256: written.sha256,
        });
    }
    let mut packages = Vec::new();
    for (organization, digest) in chain.packages() {
        let package = copy_package(blobs, folder, organization, digest).await?;
        progress("packages", package.bytes);
        packages.push(package);
    }
    if let Some(key) = options.master_key {
        // A digest prints as the hexadecimal digits that are read back.
        write_file(&folder.join("master.key"), format!("{}\n", Sha256Digest::new(key)).as_bytes())?;
    }
    let manifest = Manifest {
        format: FORMAT,
        program: options.program.clone(),
        created_at: options.created_at.to_string(),
        organizations: chain.finish()?,
        tables,
        packages,
        master_key: options.master_key.is_some(),
    };
    write_manifest(folder, &manifest)?;
    Ok(manifest)
}

/// Last, and at once: a folder without a manifest is no backup.
fn write_manifest(folder: &Path, manifest: &Manifest) -> Result<(), BackupError> {
    let text = serde_json::to_string_pretty(manifest).expect("a manifest is plain data");
    let (part, path) = (folder.join("manifest.json.part"), folder.join("manifest.json"));
    write_file(&part, text.as_bytes())?;
    fs::rename(&part, &path).map_err(failed("write", &path))?;
    let synced = File::open(folder).and_then(|folder| folder.sync_all());
    synced.map_err(failed("write", folder))
}

struct Rows<'a> {
    table: &'a ArchiveTable,
    chain: &'a mut Chain,
    file: TableWriter,
    error: Option<BackupError>,
}

impl RowSink for Rows<'_> {
    fn take(&mut self, row: ArchiveRow) -> bool {
        let taken = self.chain.watch(self.table, &row).and_then(|()| self.file.push(&row));
        self.error = taken.err();
        self.error.is_none()
    }
}

struct Expected<'a> {
    table: &'a ArchiveTable,
    chain: &'a mut Chain,
    error: Option<BackupError>,
}

impl RowSink for Expected<'_> {
    fn take(&mut self, row: ArchiveRow) -> bool {
        self.error = self.chain.expect(self.table, &row).err();
        self.error.is_none()
    }
}

fn make_empty(folder: &Path) -> Result<(), BackupError> {
    if !folder.exists() {
        return make_folder(folder);
    }
    let mut entries = fs::read_dir(folder).map_err(failed("list", folder))?;
    match entries.next() {
        None => Ok(()),
        Some(_) => Err(BackupError::Occupied { path: folder.to_owned() }),
    }
}

/// Only its owner may look into it: it holds people's records and secrets.
fn make_folder(folder: &Path) -> Result<(), BackupError> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(failed("create", folder))
}

/// A new file that only its owner may read.
pub(super) fn create(path: &Path) -> Result<File, BackupError> {
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    file.map_err(failed("create", path))
}

fn write_file(path: &Path, bytes: &[u8]) -> Result<(), BackupError> {
    let mut file = create(path)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    written.map_err(failed("write", path))
}

/// Copies a package, whose bytes must be those of its name.
async fn copy_package(
    blobs: &dyn BlobStore,
    folder: &Path,
    organization: OrganizationId,
    digest: Sha256Digest,
) -> Result<ManifestPackage, BackupError> {
    let bytes = blobs.open(organization, digest).await?;
    let Some(bytes) = bytes else {
        let problem = format!("package {digest} of organization {organization} is gone");
        return Err(BackupError::damaged(problem));
    };
    let folder = folder.join("packages").join(organization.to_string());
    make_folder(&folder)?;
    let path = folder.join(digest.to_string());
    let size = bytes.size();
    let copied = tokio::task::spawn_blocking(move || copy(&*bytes, &path)).await;
    let copied = copied.map_err(|error| BackupError::damaged(error.to_string()))??;
    if copied != digest {
        let problem = format!("package {digest} of organization {organization} was changed");
        return Err(BackupError::damaged(problem));
    }
    Ok(ManifestPackage { organization, sha256: digest, bytes: size })
}

fn copy(from: &dyn BlobReader, path: &Path) -> Result<Sha256Digest, BackupError> {
    let mut file = create(path)?;
    let (mut sha256, mut offset) = (Sha256::new(), 0_u64);
    let mut chunk = vec![0; CHUNK_BYTES];
    while offset < from.size() {
        let left = usize::try_from(from.size() - offset).unwrap_or(CHUNK_BYTES);
        let part = &mut chunk[..left.min(CHUNK_BYTES)];
        from.read_exact_at(part, offset).map_err(failed("read", path))?;
        sha256.update(&*part);
        file.write_all(part).map_err(failed("write", path))?;
        offset += part.len() as u64;
    }
    file.sync_all().map_err(failed("write", path))?;
    Ok(Sha256Digest::new(sha256.finalize().into()))
}
