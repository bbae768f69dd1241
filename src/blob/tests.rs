//! What every package store must do, run on each of them.

use crate::{BlobStore, DiskBlobs, MemoryBlobs, Spooled};
use domain::{OrganizationId, SeededEntropy, Sha256Digest, Timestamp};
use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use tempfile::TempDir;

fn organizations() -> [OrganizationId; 2] {
    let entropy = SeededEntropy::new(11);
    [1, 2].map(|_| OrganizationId::generate(Timestamp::UNIX_EPOCH, &entropy))
}

fn disk() -> (TempDir, DiskBlobs) {
    let folder = TempDir::new().unwrap();
    let store = DiskBlobs::open(folder.path(), Timestamp::UNIX_EPOCH).unwrap();
    (folder, store)
}

async fn spooled(store: &dyn BlobStore, bytes: &[u8], chunk: usize) -> Box<dyn Spooled> {
    let mut spool = store.spool().await.unwrap();
    for part in bytes.chunks(chunk) {
        spool.write(part).await.unwrap();
    }
    spool.finish().await.unwrap()
}

fn files_in(folder: &Path) -> usize {
    fs::read_dir(folder).unwrap().count()
}

async fn contract(store: &dyn BlobStore) {
    let [ours, theirs] = organizations();
    // Larger than the buffer and no multiple of it.
    let bytes: Vec<u8> =
        (0..700_001_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let digest = Sha256Digest::of(&bytes);
    assert!(!store.exists(ours, digest).await.unwrap());

    let dropped = spooled(store, &bytes, 65_536).await;
    drop(dropped);
    assert!(!store.exists(ours, digest).await.unwrap(), "only kept bytes are kept");

    let coming = spooled(store, &bytes, 1_000).await;
    assert_eq!(coming.digest(), digest);
    let mut some = [0; 3];
    coming.reader().read_exact_at(&mut some, 700_000 - 2).unwrap();
    assert_eq!(some, bytes[699_998..], "what has come in can be read before it is kept");
    coming.keep(ours).await.unwrap();
    spooled(store, &bytes, 700_001).await.keep(ours).await.unwrap();

    let reader = store.open(ours, digest).await.unwrap().expect("kept");
    assert_eq!(reader.size(), 700_001);
    let mut all = vec![0; 700_001];
    reader.read_exact_at(&mut all, 0).unwrap();
    assert_eq!(all, bytes);
    for beyond in [699_999, 700_001, u64::MAX] {
        let error = reader.read_exact_at(&mut some, beyond).unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::UnexpectedEof | ErrorKind::InvalidInput),
            "{error}"
        );
    }

    assert!(!store.exists(theirs, digest).await.unwrap(), "another organization sees nothing");
    assert!(!store.delete(theirs, digest).await.unwrap());
    assert!(store.delete(ours, digest).await.unwrap());
    assert!(!store.delete(ours, digest).await.unwrap());
    assert!(store.open(ours, digest).await.unwrap().is_none());

    let nothing = spooled(store, b"", 1).await;
    assert_eq!((nothing.digest(), nothing.reader().size()), (Sha256Digest::of(b""), 0));
    store.ready().await.unwrap();
}

#[tokio::test]
async fn bytes_in_memory_keep_the_contract() {
    contract(&MemoryBlobs::default()).await;
}

#[tokio::test]
async fn bytes_on_disk_keep_the_contract_and_leave_no_spool_behind() {
    let (folder, store) = disk();
    contract(&store).await;
    let unfinished = store.spool().await.unwrap();
    drop(unfinished);
    assert_eq!(files_in(&folder.path().join("spool")), 0);
}

#[tokio::test]
async fn kept_files_are_named_by_organization_and_digest() {
    let (folder, store) = disk();
    let [ours, _] = organizations();
    spooled(&store, b"zip", 1).await.keep(ours).await.unwrap();
    let digest = Sha256Digest::of(b"zip").to_string();
    let path = folder.path().join(ours.to_string()).join(&digest[..2]).join(&digest);
    assert_eq!(fs::read(path).unwrap(), b"zip");
}

#[test]
fn only_abandoned_uploads_are_cleared_away() {
    let (folder, _) = disk();
    let file = folder.path().join("spool").join("1-1");
    fs::write(&file, "half a zip").unwrap();
    let modified = fs::metadata(&file).unwrap().modified().unwrap();
    let age = modified.duration_since(std::time::SystemTime::UNIX_EPOCH).unwrap();
    let written = Timestamp::UNIX_EPOCH.plus(age);
    let day = std::time::Duration::from_hours(24);
    DiskBlobs::open(folder.path(), written.plus(day / 2)).unwrap();
    assert!(file.exists());
    DiskBlobs::open(folder.path(), written.plus(day * 2)).unwrap();
    assert!(!file.exists());
}

#[test]
fn a_folder_that_cannot_be_made_is_named_in_the_error() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("in-the-way");
    fs::write(&file, "").unwrap();
    let error = DiskBlobs::open(&file, Timestamp::UNIX_EPOCH).unwrap_err();
    assert!(error.to_string().contains("in-the-way"), "{error}");
    assert!(!error.is_full());
}
