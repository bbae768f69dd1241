//! What a server needs of a package that was accepted before.

use flate2::read::GzDecoder;
use package::{
    ArchiveError, Entry, Limits, Listing, Match, ReadAt, inspect,
    testkit::{MANIFEST, PAGE, RawArchive, RawEntry, valid_entries},
    zip_of,
};
use std::{io::Read, sync::Mutex};

#[test]
fn the_index_built_again_is_the_one_that_was_accepted() {
    let nested = [("course/imsmanifest.xml", MANIFEST), ("course/index.html", PAGE), ("x", "x")];
    let plain = RawArchive::of(valid_entries()).build();
    let code_page = RawArchive::of(
        valid_entries().into_iter().chain([RawEntry::stored(b"caf\x82.html", b"x")]),
    );
    for bytes in [zip_of(nested), plain, code_page.build()] {
        let accepted = inspect(&bytes, &Limits::default()).accepted.unwrap();
        let again = Listing::open(&bytes, &Limits::default()).unwrap();
        for entry in accepted.index.entries() {
            let (listed, how) = again.find(&entry.path).unwrap();
            assert_eq!((listed.located(), how), (None, Match::Exact));
            assert_eq!(listed.locate(&bytes).unwrap(), *entry);
            assert_eq!(listed.located().as_ref(), Some(entry));
        }
        assert!(again.find("index.html").is_some() && again.find("nothing").is_none());
    }
}

/// Bytes that tell which stretches of them were read.
struct Watched(Vec<u8>, Mutex<Vec<(u64, usize)>>);

impl ReadAt for Watched {
    fn size(&self) -> std::io::Result<u64> {
        self.0.size()
    }

    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> std::io::Result<()> {
        self.1.lock().expect("no reader panics").push((offset, buffer.len()));
        self.0.read_exact_at(buffer, offset)
    }
}

#[test]
fn a_package_is_opened_by_its_end_alone_and_a_file_by_one_read() {
    let noise: Vec<u8> =
        (0..2_000_u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    let files = (0..500).map(|n| RawEntry::stored(format!("media/{n}.bin"), &noise));
    let bytes = RawArchive::of(valid_entries().into_iter().chain(files)).build();
    let accepted = inspect(&bytes, &Limits::default()).accepted.unwrap();
    let directory = bytes.len() - 100_000;
    let watched = Watched(bytes, Mutex::default());
    let listing = Listing::open(&watched, &Limits::default()).unwrap();
    let reads = std::mem::take(&mut *watched.1.lock().unwrap());
    assert!(reads.len() < 10, "{} reads", reads.len());
    assert!(reads.iter().all(|(offset, _)| *offset >= directory as u64), "{reads:?}");
    for _ in 0..2 {
        let (listed, _) = listing.find("media/250.bin").unwrap();
        let entry = listed.locate(&watched).unwrap();
        assert_eq!(Some(&entry), accepted.index.get("media/250.bin"));
    }
    assert_eq!(watched.1.lock().unwrap().len(), 1);
}

#[test]
fn a_file_whose_header_is_gone_is_an_error() {
    let mut bytes = RawArchive::of(valid_entries()).build();
    let listing = Listing::open(&bytes, &Limits::default()).unwrap();
    bytes[..4].fill(0);
    let (manifest, _) = listing.find("imsmanifest.xml").unwrap();
    assert!(matches!(manifest.locate(&bytes), Err(ArchiveError::HeaderMismatch { .. })));
    assert!(matches!(manifest.locate(&Vec::new()), Err(ArchiveError::Truncated { .. })));
}

#[test]
fn a_deflated_entry_is_a_gzip_file_with_a_frame_around_it() {
    let bytes = RawArchive::of(valid_entries()).build();
    let index = inspect(&bytes, &Limits::default()).accepted.unwrap().index;
    let entry = index.get("index.html").unwrap();
    let mut gzip = Entry::GZIP_HEADER.to_vec();
    entry.raw(&bytes).read_to_end(&mut gzip).unwrap();
    gzip.extend(entry.gzip_trailer());
    assert_eq!(gzip.len() as u64, entry.gzip_length());
    let mut text = String::new();
    GzDecoder::new(&gzip[..]).read_to_string(&mut text).unwrap();
    assert_eq!(text, PAGE);
}

#[test]
fn ranges_of_stored_and_deflated_entries_are_the_same_bytes() {
    let text: Vec<u8> = (0..100_000_u32).flat_map(u32::to_le_bytes).collect();
    let entries = [
        valid_entries(),
        vec![RawEntry::stored("a.bin", &text), RawEntry::deflated("b.bin", &text)],
    ];
    let bytes = RawArchive::of(entries.concat()).build();
    let index = inspect(&bytes, &Limits::default()).accepted.unwrap().index;
    for (start, length) in [(0_usize, 10_usize), (70_001, 100_000), (399_990, 500), (400_000, 1)] {
        let end = (start + length).min(text.len());
        for name in ["a.bin", "b.bin"] {
            let entry = index.get(name).unwrap();
            let mut range = Vec::new();
            let reader = entry.unpack_range(&bytes, start as u64, length as u64).unwrap();
            { reader }.read_to_end(&mut range).unwrap();
            assert_eq!(range, text[start..end], "{name} {start}+{length}");
        }
    }
    let stored = index.get("a.bin").unwrap();
    assert_eq!(stored.stored_range(5, 10), Some((stored.offset + 5, 10)));
    assert_eq!(stored.stored_range(399_999, 2), None);
    assert_eq!(index.get("b.bin").unwrap().stored_range(0, 1), None);
}

#[test]
fn a_request_finds_its_file_as_browsers_and_authors_spell_it() {
    let files = [
        ("imsmanifest.xml", MANIFEST),
        ("index.html", PAGE),
        ("Images/Caf\u{e9} 1.png", "1"),
        ("100%25.txt", "2"),
    ];
    let index = inspect(&zip_of(files), &Limits::default()).accepted.unwrap().index;
    for (asked, found) in [
        ("index.html", Some(("index.html", Match::Exact))),
        ("/index.html", Some(("index.html", Match::Exact))),
        ("Images/Caf%C3%A9%201.png", Some(("Images/Caf\u{e9} 1.png", Match::Decoded))),
        ("images/cafe\u{301} 1.PNG", Some(("Images/Caf\u{e9} 1.png", Match::Folded))),
        ("images/caf%c3%a9%201.PNG", Some(("Images/Caf\u{e9} 1.png", Match::Folded))),
        ("100%25.txt", Some(("100%25.txt", Match::Exact))),
        ("100%2525.txt", Some(("100%25.txt", Match::Decoded))),
        ("nothing", None),
        ("", None),
        ("%ff", None),
        ("../index.html", None),
    ] {
        let entry = index.find(asked).map(|(entry, how)| (entry.path.as_str(), how));
        assert_eq!(entry, found, "{asked}");
    }
}
