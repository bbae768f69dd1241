//! Random damage: never a panic, and never an accepted package with wrong bytes in it.

use package::{
    Limits, Listing, inspect,
    testkit::{MANIFEST, RawArchive, RawEntry, valid_entries},
};
use proptest::prelude::*;
use std::io::Read;

/// One byte changed, or a run removed, doubled or zeroed.
#[derive(Debug, Clone)]
enum Damage {
    Set(usize, u8),
    Remove(usize, usize),
    Repeat(usize, usize),
    Zero(usize, usize),
}

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        6 => (any::<usize>(), any::<u8>()).prop_map(|(at, byte)| Damage::Set(at, byte)),
        1 => (any::<usize>(), 1..40_usize).prop_map(|(at, count)| Damage::Remove(at, count)),
        1 => (any::<usize>(), 1..40_usize).prop_map(|(at, count)| Damage::Repeat(at, count)),
        1 => (any::<usize>(), 1..8_usize).prop_map(|(at, count)| Damage::Zero(at, count)),
    ]
}

fn apply(bytes: &mut Vec<u8>, damage: &Damage) {
    if bytes.is_empty() {
        return;
    }
    let length = bytes.len();
    let run = |at: usize, count: usize| (at % length)..(at % length + count).min(length);
    match *damage {
        Damage::Set(at, byte) => bytes[at % length] = byte,
        Damage::Remove(at, count) => drop(bytes.drain(run(at, count))),
        Damage::Zero(at, count) => bytes[run(at, count)].fill(0),
        Damage::Repeat(at, count) => {
            let copy = bytes[run(at, count)].to_vec();
            let at = at % length;
            bytes.splice(at..at, copy);
        }
    }
}

/// Whatever is accepted can be read whole, with the checksum it states, and again the same.
fn hold(bytes: &Vec<u8>) -> Result<(), TestCaseError> {
    let limits = Limits::default();
    let Some(accepted) = inspect(bytes, &limits).accepted else { return Ok(()) };
    let again =
        Listing::open(bytes, &limits).map_err(|error| TestCaseError::fail(error.to_string()))?;
    for entry in accepted.index.entries() {
        let listed = again.find(&entry.path).and_then(|(listed, _)| listed.locate(bytes).ok());
        prop_assert_eq!(listed.as_ref(), Some(entry));
        let mut unpacked = Vec::new();
        entry.unpack(bytes).read_to_end(&mut unpacked)?;
        prop_assert_eq!(unpacked.len() as u64, entry.length);
        let checksum = RawEntry::stored("", &unpacked).crc32;
        prop_assert_eq!(checksum, entry.crc32, "{}", &entry.path);
    }
    Ok(())
}

fn archives() -> [Vec<u8>; 3] {
    let wide = valid_entries().into_iter().map(|entry| RawEntry { zip64: true, ..entry });
    let stored = RawArchive::of([
        RawEntry::stored("imsmanifest.xml", MANIFEST.as_bytes()),
        RawEntry::stored("index.html", b"x"),
    ]);
    [
        RawArchive::of(valid_entries()).build(),
        RawArchive { zip64: true, ..RawArchive::of(wide) }.build(),
        stored.build(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn damaged_archives_never_panic_and_never_lie(
        which in 0..3_usize,
        damages in prop::collection::vec(damage(), 1..6),
    ) {
        let mut bytes = archives()[which].clone();
        for damage in &damages {
            apply(&mut bytes, damage);
        }
        hold(&bytes)?;
    }

    #[test]
    fn damaged_manifests_never_panic(damages in prop::collection::vec(damage(), 1..10)) {
        let mut manifest = MANIFEST.as_bytes().to_vec();
        for damage in &damages {
            apply(&mut manifest, damage);
        }
        let files: [(&str, &[u8]); 2] = [("imsmanifest.xml", &manifest), ("index.html", b"x")];
        hold(&package::zip_of(files))?;
    }

    #[test]
    fn arbitrary_bytes_are_no_package(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(inspect(&bytes, &Limits::default()).accepted.is_none());
    }
}
