//! Hostile and odd archives: each refusal has its name, each oddity its warning.

use package::{
    Inspection, Limits, ReadAt, Severity, inspect,
    testkit::{MANIFEST, PAGE, RawArchive, RawEntry, valid_entries},
    zip_of,
};
use std::io::{self, Read, Write};

fn look(bytes: &[u8]) -> Inspection {
    inspect(&bytes, &Limits::default())
}

/// The code of the one error of a refused package.
fn refusal(bytes: &[u8], limits: &Limits) -> &'static str {
    let inspection = inspect(&bytes, limits);
    assert!(inspection.accepted.is_none(), "accepted: {:?}", inspection.report);
    let mut errors =
        inspection.report.findings.iter().filter(|one| one.severity == Severity::Error);
    let code = errors.next().expect("a refusal has an error").code;
    assert!(errors.next().is_none(), "more than one error: {:?}", inspection.report);
    code
}

/// The valid package with one more entry.
fn with(entry: RawEntry) -> RawArchive {
    let mut entries = valid_entries();
    entries.push(entry);
    RawArchive::of(entries)
}

/// The valid package with its page changed.
fn page(change: impl FnOnce(&mut RawEntry)) -> RawArchive {
    let mut archive = RawArchive::of(valid_entries());
    change(&mut archive.entries[1]);
    archive
}

#[test]
fn the_smallest_package_is_accepted_without_a_finding() {
    let inspection = look(&RawArchive::of(valid_entries()).build());
    assert!(inspection.accepted.is_some(), "{:?}", inspection.report);
    assert!(inspection.report.findings.is_empty(), "{:?}", inspection.report.findings);
}

#[test]
fn every_dangerous_name_is_refused() {
    let file = |name: &str| RawEntry::stored(name, b"x");
    for (entry, code) in [
        (file("../../evil.txt"), "path-traversal"),
        (file("a/../../b"), "path-traversal"),
        (file("a\\..\\..\\b"), "path-traversal"),
        (file(".. /b"), "path-traversal"),
        (file("/etc/passwd"), "absolute-path"),
        (file("C:\\evil.txt"), "absolute-path"),
        (file("c:evil.txt"), "absolute-path"),
        (file("\\\\server\\share\\x"), "absolute-path"),
        (file("a\0b"), "invalid-name"),
        (file("a\nb"), "invalid-name"),
        (file(""), "invalid-name"),
        (file(&"a".repeat(1025)), "name-too-long"),
        (file("index.html"), "duplicate-name"),
        (file("./index.html"), "duplicate-name"),
        (file("INDEX.html"), "case-collision"),
        (RawEntry { mode: 0o120_777, ..file("link") }, "special-file"),
        (RawEntry { mode: 0o120_777, host: 0, ..file("link") }, "special-file"),
        (RawEntry { mode: 0o020_644, ..file("tty") }, "special-file"),
        (RawEntry { mode: 0o010_644, ..file("pipe") }, "special-file"),
        (RawEntry { mode: 0o140_644, ..file("socket") }, "special-file"),
    ] {
        let name = String::from_utf8_lossy(&entry.name).into_owned();
        assert_eq!(refusal(&with(entry).build(), &Limits::default()), code, "{name:?}");
    }
}

#[test]
fn a_composed_and_a_decomposed_name_collide() {
    let entries = [
        valid_entries(),
        vec![
            RawEntry { flags: 1 << 11, ..RawEntry::stored("caf\u{e9}.html", b"x") },
            RawEntry { flags: 1 << 11, ..RawEntry::stored("cafe\u{301}.html", b"x") },
        ],
    ];
    let bytes = RawArchive::of(entries.concat()).build();
    assert_eq!(refusal(&bytes, &Limits::default()), "case-collision");
}

#[test]
fn every_lie_about_an_entry_is_refused() {
    let cases: [(&str, RawArchive); 18] = [
        ("encrypted", page(|one| one.flags = 1)),
        ("encrypted", page(|one| one.flags = 1 << 6)),
        ("encrypted", page(|one| one.method = 99)),
        ("unsupported-method", page(|one| one.method = 9)),
        ("unsupported-method", page(|one| one.method = 14)),
        ("unsupported-method", page(|one| one.flags = 1 << 5)),
        ("header-mismatch", page(|one| one.local_name = b"other.html".to_vec())),
        ("header-mismatch", page(|one| one.local_name = b"index.htm".to_vec())),
        ("header-mismatch", page(|one| one.local_method = 0)),
        ("header-mismatch", page(|one| one.local_crc32 = 1)),
        ("header-mismatch", page(|one| one.local_sizes = Some((1, 1)))),
        ("size-mismatch", page(|one| one.unpacked += 1)),
        ("size-mismatch", page(|one| one.unpacked -= 1)),
        ("overlapping-entries", page(|one| one.offset = Some(0))),
        ("crc-mismatch", page(|one| (one.crc32, one.local_crc32) = (7, 7))),
        ("data-invalid", page(|one| one.data.fill(0xff))),
        ("size-mismatch", page(|one| one.data.push(0))),
        ("multi-disk", page(|one| one.disk = 1)),
    ];
    for (at, (code, archive)) in cases.into_iter().enumerate() {
        let found = refusal(&archive.build(), &Limits::default());
        // An entry moved onto another one has that one's name, which is told first.
        let code = if code == "overlapping-entries" { "header-mismatch" } else { code };
        assert_eq!(found, code, "case {at}");
    }
}

#[test]
fn entries_that_share_bytes_are_refused() {
    // The inner entry's header and data lie inside the data of the outer one.
    let inner = RawArchive::of([RawEntry::stored("inner.txt", b"inside")]).build();
    let mut archive = RawArchive::of(valid_entries());
    archive.entries.insert(0, RawEntry::stored("outer.bin", &inner));
    let offset = 30 + "outer.bin".len() as u64;
    let mut entry = RawEntry::stored("inner.txt", b"inside");
    entry.offset = Some(offset);
    archive.entries.push(entry);
    assert_eq!(refusal(&archive.build(), &Limits::default()), "overlapping-entries");
}

#[test]
fn a_lying_end_record_is_refused() {
    let valid = || RawArchive::of(valid_entries());
    let cases = [
        ("directory-invalid", RawArchive { stated_entries: Some(1), ..valid() }),
        ("directory-invalid", RawArchive { stated_entries: Some(3), ..valid() }),
        ("directory-invalid", RawArchive { stated_bytes: Some(u32::MAX - 1), ..valid() }),
        ("multi-disk", RawArchive { disk: 2, ..valid() }),
    ];
    for (at, (code, archive)) in cases.into_iter().enumerate() {
        let limits = Limits { directory_bytes_max: u64::MAX, ..Limits::default() };
        assert_eq!(refusal(&archive.build(), &limits), code, "case {at}");
    }
}

#[test]
fn what_is_no_whole_zip_is_refused() {
    let valid = RawArchive::of(valid_entries()).build();
    let cut = &valid[..valid.len() / 2];
    for (bytes, code) in [
        (&b""[..], "not-a-zip"),
        (b"PK", "not-a-zip"),
        (b"<html>no zip</html>", "not-a-zip"),
        (cut, "archive-truncated"),
        (&valid[..valid.len() - 1], "archive-truncated"),
        (&zip_of::<&str, &[u8]>([]), "no-manifest"),
    ] {
        assert_eq!(refusal(bytes, &Limits::default()), code, "{} bytes", bytes.len());
    }
}

#[test]
fn bombs_are_refused_by_what_they_state_and_by_what_they_do() {
    let zeros = vec![0; 20 << 20];
    let bomb = with(RawEntry::deflated("zeros.bin", &zeros)).build();
    assert_eq!(refusal(&bomb, &Limits::default()), "ratio-too-high");
    let total = Limits { unpacked_bytes_max: 500, ..Limits::default() };
    let many = Limits { entries_max: 1, ..Limits::default() };
    let list = Limits { directory_bytes_max: 50, ..Limits::default() };
    let valid = RawArchive::of(valid_entries()).build();
    assert_eq!(refusal(&valid, &total), "too-many-bytes");
    assert_eq!(refusal(&valid, &many), "too-many-entries");
    assert_eq!(refusal(&valid, &list), "too-many-entries");
    // It says that it is small and is not: inflating stops at the stated size.
    let mut liar = RawEntry::deflated("zeros.bin", &zeros);
    liar.unpacked = 100;
    assert_eq!(refusal(&with(liar).build(), &Limits::default()), "size-mismatch");
}

#[test]
fn a_limit_is_named_with_its_value_in_the_refusal() {
    let limits = Limits { entries_max: 1, ..Limits::default() };
    let report = inspect(&RawArchive::of(valid_entries()).build(), &limits).report;
    let message = &report.findings[0].message;
    assert!(message.contains("entries_max") && message.contains("limit of 1"), "{message}");
}

#[test]
fn zip64_is_read_in_every_place_it_can_stand() {
    let wide = |entries: Vec<RawEntry>| {
        entries.into_iter().map(|entry| RawEntry { zip64: true, ..entry }).collect::<Vec<_>>()
    };
    for (name, archive) in [
        ("end record", RawArchive { zip64: true, ..RawArchive::of(valid_entries()) }),
        ("entries", RawArchive::of(wide(valid_entries()))),
        ("both", RawArchive { zip64: true, ..RawArchive::of(wide(valid_entries())) }),
        (
            "with a prefix",
            RawArchive {
                zip64: true,
                prefix: vec![7; 50],
                ..RawArchive::of(wide(valid_entries()))
            },
        ),
    ] {
        let inspection = look(&archive.build());
        assert!(inspection.accepted.is_some(), "{name}: {:?}", inspection.report);
    }
    let mut entries = wide(valid_entries());
    entries[1].zip64 = false;
    entries[1].packed = Some(u64::from(u32::MAX));
    let bytes = RawArchive::of(entries).build();
    assert_eq!(refusal(&bytes, &Limits::default()), "directory-invalid");
}

#[test]
fn oddities_are_warnings() {
    let valid = || RawArchive::of(valid_entries());
    let junk = with(RawEntry::stored("__MACOSX/._index.html", b"x"));
    let clash = with(RawEntry::stored("index.html/more.txt", b"x"));
    let backslash = with(RawEntry::stored("a\\b.txt", b"x"));
    let page = with(RawEntry::stored(b"caf\x82.txt", b"x"));
    let mut trailing = valid().build();
    trailing.extend([0; 10]);
    for (code, bytes) in [
        ("leading-bytes", RawArchive { prefix: b"MZ program".to_vec(), ..valid() }.build()),
        ("trailing-bytes", trailing),
        ("system-junk", junk.build()),
        ("file-and-folder", clash.build()),
        ("backslash-name", backslash.build()),
        ("code-page-name", page.build()),
    ] {
        let inspection = look(&bytes);
        assert!(inspection.accepted.is_some(), "{code}: {:?}", inspection.report);
        let found = inspection.report.findings.iter().any(|finding| finding.code == code);
        assert!(found, "{code}: {:?}", inspection.report.findings);
    }
}

#[test]
fn names_in_code_pages_match_the_manifest() {
    for (raw, text) in [
        (&b"caf\x82.html"[..], "caf\u{e9}.html"),
        (b"\x93\xe0\xae\xaa.html", "\u{423}\u{440}\u{43e}\u{43a}.html"),
        (b"\xd3\xf0\xee\xea.html", "\u{423}\u{440}\u{43e}\u{43a}.html"),
        ("\u{423}\u{440}\u{43e}\u{43a}.html".as_bytes(), "\u{423}\u{440}\u{43e}\u{43a}.html"),
    ] {
        let manifest = MANIFEST.replace("index.html", text);
        let entries = [
            RawEntry::deflated("imsmanifest.xml", manifest.as_bytes()),
            RawEntry::deflated(raw, PAGE.as_bytes()),
        ];
        let inspection = look(&RawArchive::of(entries).build());
        let accepted = inspection.accepted.unwrap_or_else(|| panic!("{:?}", inspection.report));
        assert!(accepted.index.get(text).is_some(), "{text}");
    }
}

#[test]
fn the_unicode_path_field_names_an_entry() {
    let raw = b"file1.html";
    let mut extra = vec![0x75, 0x70];
    let name = "\u{8bfe}.html";
    extra.extend(u16::try_from(5 + name.len()).unwrap().to_le_bytes());
    extra.push(1);
    extra.extend(crc32fast_of(raw).to_le_bytes());
    extra.extend(name.as_bytes());
    let inspection = look(&with(RawEntry { extra, ..RawEntry::stored(raw, b"x") }).build());
    assert!(inspection.accepted.unwrap().index.get(name).is_some());
}

/// The checksum as an honest entry states it.
fn crc32fast_of(bytes: &[u8]) -> u32 {
    RawEntry::stored("", bytes).crc32
}

#[test]
fn what_another_implementation_writes_is_read() {
    let mut writer = zip::ZipWriter::new(io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    writer.start_file("imsmanifest.xml", options).unwrap();
    writer.write_all(MANIFEST.as_bytes()).unwrap();
    writer.add_directory("folder", options).unwrap();
    writer.start_file("index.html", options.large_file(true)).unwrap();
    writer.write_all(PAGE.as_bytes()).unwrap();
    let bytes = writer.finish().unwrap().into_inner();
    let accepted = look(&bytes).accepted.unwrap();
    let mut text = String::new();
    accepted.index.get("index.html").unwrap().unpack(&bytes).read_to_string(&mut text).unwrap();
    assert_eq!(text, PAGE);
}

#[test]
fn another_implementation_reads_what_is_written_here() {
    let files = [("imsmanifest.xml", MANIFEST), ("index.html", PAGE), ("\u{e4}/\u{f6}.txt", "x")];
    let bytes = zip_of(files);
    assert_eq!(bytes, zip_of(files), "the same files give the same bytes");
    let mut archive = zip::ZipArchive::new(io::Cursor::new(bytes)).unwrap();
    for (path, text) in files {
        let mut read = String::new();
        archive.by_name(path).unwrap().read_to_string(&mut read).unwrap();
        assert_eq!(read, text);
    }
}

/// A package whose storage fails behind its first bytes.
struct Failing(Vec<u8>);

impl ReadAt for Failing {
    fn size(&self) -> io::Result<u64> {
        self.0.size()
    }

    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        if offset < 100 {
            return Err(io::Error::other("the disk is gone"));
        }
        self.0.read_exact_at(buffer, offset)
    }
}

#[test]
fn a_package_that_cannot_be_read_is_refused_and_nothing_is_said_of_its_content() {
    let report = inspect(&Failing(page(|_| {}).build()), &Limits::default()).report;
    assert_eq!(report.findings[0].code, "read-failed");
    assert!(!report.accepted);
}
