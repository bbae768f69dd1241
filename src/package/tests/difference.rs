//! What one package has otherwise than another, by the directories of both.

use package::{
    Difference, FilesDifference, Limits, Listing, Side, inspect, testkit::MANIFEST, zip_of,
};

fn package(files: &[(&str, &str)]) -> Vec<u8> {
    zip_of([("imsmanifest.xml", MANIFEST)].into_iter().chain(files.iter().copied()))
}

#[test]
fn files_are_compared_by_path_length_and_checksum_without_being_read() {
    let before = package(&[("index.html", "one"), ("a.js", "same"), ("gone.css", "gone")]);
    let after = package(&[("index.html", "two"), ("a.js", "same"), ("b.js", "longer than it was")]);
    let [before, after] =
        [before, after].map(|zip| Listing::open(&zip, &Limits::default()).unwrap());
    let difference = FilesDifference::between(before.entries(), after.entries());
    let texts = |changes: &scorm::difference::Listed<package::FileChange>| -> Vec<String> {
        changes.listed.iter().map(package::FileChange::text).collect()
    };
    assert_eq!(texts(&difference.changed), ["index.html, 3 B to 3 B"]);
    assert_eq!(texts(&difference.added), ["b.js, 18 B"]);
    assert_eq!(texts(&difference.removed), ["gone.css, 4 B"]);
    assert_eq!(difference.unchanged, 2);
    assert_eq!(difference.bytes_after - difference.bytes_before, 14);
    assert!(difference.summary().starts_with("1 file added, 1 removed, 1 changed, "));
}

#[test]
fn many_files_are_counted_and_the_first_by_path_listed() {
    let names: Vec<String> = (0..1_000).map(|n| format!("f{n:04}.js")).collect();
    let files: Vec<(&str, &str)> = names.iter().rev().map(|name| (name.as_str(), "x")).collect();
    let (before, after) =
        (package(&[("index.html", "x")]), package(&[&[("index.html", "x")], &files[..]].concat()));
    let [before, after] =
        [before, after].map(|zip| inspect(&zip, &Limits::default()).accepted.unwrap());
    let [old, new] =
        [&before, &after].map(|one| Side { manifest: &one.manifest, files: one.index.entries() });
    let difference = Difference::between(old, new);
    let added = &difference.files.added;
    assert_eq!((added.total, added.listed.len(), added.more()), (1_000, 200, 800));
    assert_eq!(added.listed[0].path, "f0000.js");
    assert!(difference.structure.is_empty() && !difference.is_empty());
    assert!(Difference::between(old, old).is_empty());
}
