//! What every package store must do, run on each of them.

use crate::{BlobStore, DiskBlobs, MemoryBlobs, S3Blobs, S3Options, Spooled};
use domain::{OrganizationId, SeededEntropy, Sha256Digest, Timestamp};
use harness::Objects;
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

fn options(objects: &Objects, prefix: &str) -> S3Options {
    let setting = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    S3Options {
        bucket: objects.bucket().to_owned(),
        prefix: prefix.to_owned(),
        settings: vec![
            setting("AWS_ENDPOINT_URL_S3", &objects.endpoint()),
            setting("AWS_ACCESS_KEY_ID", "key"),
            setting("AWS_SECRET_ACCESS_KEY", "secret"),
            setting("AWS_PAGER", "says nothing here"),
        ],
        cache_bytes_max: 0,
    }
}

/// A store, its server and the folder of its uploads; nothing where there is no such server.
async fn s3() -> Option<(TempDir, Objects, S3Blobs)> {
    if let Some(why) = Objects::missing() {
        harness::skip(&why);
        return None;
    }
    let (folder, objects) = (TempDir::new().unwrap(), Objects::start().await);
    let options = options(&objects, "here");
    let store = S3Blobs::open(&options, folder.path(), Timestamp::UNIX_EPOCH).await.unwrap();
    Some((folder, objects, store))
}

fn noise(length: u32) -> Vec<u8> {
    (0..length).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
}

#[tokio::test]
async fn bytes_in_a_bucket_keep_the_contract_and_leave_no_spool_behind() {
    let Some((folder, objects, store)) = s3().await else { return };
    contract(&store).await;
    assert_eq!(files_in(&folder.path().join("spool")), 0);
    assert_eq!(objects.names().await, ["here/ready"]);
}

#[tokio::test]
async fn objects_are_named_by_organization_and_digest_and_uploaded_once() {
    let Some((_folder, objects, store)) = s3().await else { return };
    let [ours, _] = organizations();
    spooled(&store, b"zip", 1).await.keep(ours).await.unwrap();
    let digest = Sha256Digest::of(b"zip").to_string();
    let name = format!("here/{ours}/{}/{digest}", &digest[..2]);
    assert_eq!(objects.names().await, [name, "here/ready".to_owned()]);
    let written = objects.requests("PUT");
    spooled(&store, b"zip", 3).await.keep(ours).await.unwrap();
    assert_eq!(objects.requests("PUT"), written, "what is there is not sent again");
}

#[tokio::test]
async fn large_bytes_go_up_in_parts_and_come_back_in_blocks() {
    let Some((_folder, objects, store)) = s3().await else { return };
    let [ours, _] = organizations();
    let bytes = noise(19 * 1024 * 1024 + 7);
    let digest = Sha256Digest::of(&bytes);
    spooled(&store, &bytes, 1 << 20).await.keep(ours).await.unwrap();
    assert_eq!(objects.requests("POST"), 2, "an upload in parts has a begin and an end");
    let reader = store.open(ours, digest).await.unwrap().expect("kept");
    assert_eq!(reader.size(), bytes.len() as u64);
    let asked = objects.requests("GET");
    let mut small = [0; 100];
    for at in (0..1_000_000).step_by(50_000) {
        reader.read_exact_at(&mut small, at as u64).unwrap();
        assert_eq!(small, bytes[at..at + 100]);
    }
    assert_eq!(objects.requests("GET"), asked + 1, "reads close together are one request");
    let mut across = vec![0; 3 << 20];
    reader.read_exact_at(&mut across, 500_000).unwrap();
    assert!(across == bytes[500_000..500_000 + (3 << 20)], "a read over four blocks");
    let mut end = [0; 9];
    reader.read_exact_at(&mut end, reader.size() - 9).unwrap();
    assert_eq!(end, bytes[bytes.len() - 9..]);
}

#[tokio::test]
async fn a_bucket_that_cannot_be_reached_is_unavailable_and_named() {
    let Some((folder, mut objects, store)) = s3().await else { return };
    let [ours, _] = organizations();
    spooled(&store, b"zip", 1).await.keep(ours).await.unwrap();
    store.ready().await.unwrap();
    objects.stop();
    let error = store.open(ours, Sha256Digest::of(b"zip")).await.unwrap_err();
    assert!(error.is_unavailable() && !error.is_full(), "{error:?}");
    assert!(error.to_string().starts_with("look for s3://packages/here/"), "{error}");
    assert!(store.ready().await.is_err());
    objects.start_again().await;
    store.ready().await.expect("the probe is written again");
    assert_eq!(objects.names().await, ["here/ready"]);

    let mut elsewhere = options(&objects, "here");
    elsewhere.bucket = "nobodys".to_owned();
    let refused = S3Blobs::open(&elsewhere, folder.path(), Timestamp::UNIX_EPOCH).await;
    let error = refused.expect_err("there is no such bucket");
    assert_eq!(error.path.to_string_lossy(), "s3://nobodys/here/ready");
    assert!(error.source.to_string().contains("NoSuchBucket"), "{:?}", error.source);
}
