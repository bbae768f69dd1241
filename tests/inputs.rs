//! Whatever comes in is read or refused: what the fuzz targets check, on their seeds with damage that
//! is the same in every run. `fuzz/run` looks longer, and where no run has been yet.

#[path = "../fuzz/checks/alternate.rs"]
mod alternate;
#[path = "../fuzz/checks/archive.rs"]
mod archive;
#[path = "../fuzz/checks/manifest.rs"]
mod manifest;
#[path = "../fuzz/checks/multipart.rs"]
mod multipart;
#[path = "../fuzz/checks/note.rs"]
mod note;
#[path = "../fuzz/checks/parameters.rs"]
mod parameters;
#[path = "../fuzz/checks/statement.rs"]
mod statement;

use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::{RngSeed, TestRunner};
use std::fs;
use std::path::Path;

/// Where the damage comes from: a failure is found again by the same run.
const SEED: u64 = 0x0a77_e574;

/// A change at a place: bytes are taken out there, and others put in.
#[derive(Debug, Clone)]
struct Damage {
    at: Index,
    removed: usize,
    with: With,
}

#[derive(Debug, Clone)]
enum With {
    Nothing,
    Bytes(Vec<u8>),
    /// Something that means something there.
    Word(&'static str),
    /// A piece of the input itself.
    Piece(Index, usize),
}

fn damage(words: &'static [&'static str]) -> impl Strategy<Value = Damage> {
    let with = prop_oneof![
        Just(With::Nothing),
        prop::collection::vec(any::<u8>(), 1..4).prop_map(With::Bytes),
        select(words).prop_map(With::Word),
        (any::<Index>(), 1..80_usize).prop_map(|(at, count)| With::Piece(at, count)),
    ];
    let removed = prop_oneof![3 => 0..4_usize, 1 => 0..80_usize];
    (any::<Index>(), removed, with).prop_map(|(at, removed, with)| Damage { at, removed, with })
}

fn damaged(seed: &[u8], all: &[Damage]) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for Damage { at, removed, with } in all {
        let from = at.index(bytes.len() + 1);
        let to = (from + removed).min(bytes.len());
        let with = match with {
            With::Nothing => Vec::new(),
            With::Bytes(with) => with.clone(),
            With::Word(word) => word.as_bytes().to_vec(),
            With::Piece(at, count) => {
                let from = at.index(bytes.len() + 1);
                bytes[from..(from + count).min(bytes.len())].to_vec()
            }
        };
        bytes.splice(from..to, with);
    }
    bytes
}

/// The seeds of a fuzz target, in the order of their names.
fn seeds(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds").join(target);
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{target}: {error}"));
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("readable").path()).collect();
    paths.sort();
    assert!(!paths.is_empty(), "{target} has no seeds");
    paths.iter().map(|path| fs::read(path).expect("a seed can be read")).collect()
}

/// Runs a target's check on its seeds as they are, and on `cases` damaged ones.
fn run(target: &str, cases: u32, words: &'static [&'static str], check: fn(&[u8])) {
    let seeds = seeds(target);
    for seed in &seeds {
        check(seed);
    }
    let config = ProptestConfig {
        cases,
        rng_seed: RngSeed::Fixed(SEED),
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let damage = prop::collection::vec(damage(words), 1..5);
    let input = (select(seeds), damage).prop_map(|(seed, all)| damaged(&seed, &all));
    let found = TestRunner::new(config).run(&input, |bytes| {
        check(&bytes);
        Ok(())
    });
    found.unwrap_or_else(|error| panic!("{target}: {error}"));
}

#[test]
fn any_statement_is_refused_or_kept_as_it_came() {
    let words =
        &["null", "{}", "[", "\"", "\\u0000", "1e999", "\"id\":", ",", "mailto:", "PT", "http://"];
    run("statement", 400, words, statement::check);
}

#[test]
fn any_body_of_parts_is_read_or_refused() {
    let words = &["\r\n", "--", "\r\n\r\n", "boundary=", "Content-Type:", "\"", ";", "[", "binary"];
    run("multipart", 600, words, multipart::check);
}

#[test]
fn any_parameters_are_read_or_refused() {
    let words =
        &["\nagent=", "\nsince=", "\nlimit=", "{}", "[]", "=", "\n", "true", "-", "T24:00Z", ";q="];
    run("parameters", 800, words, parameters::check);
}

#[test]
fn any_form_is_read_or_refused() {
    let words =
        &["method=", "&", "=", "%", "%00", "+", "%C3", "&content=", "&If-Match=", "PUT", "\n"];
    run("alternate", 1_500, words, alternate::check);
}

#[test]
fn any_archive_is_refused_with_a_reason_or_has_an_index() {
    let words = &["PK\x03\x04", "PK\x01\x02", "PK\x05\x06", "PK\x06\x06", "../", "\0\0\0\0", "/"];
    run("archive", 400, words, archive::check);
}

#[test]
fn any_manifest_is_refused_with_a_reason_or_accepted() {
    let words =
        &["<", ">", "</item>", "<item>", "<!DOCTYPE a [", "&lt;", "&#0;", "]]>", "\"", "xmlns="];
    run("manifest", 300, words, manifest::check);
}

#[test]
fn any_note_and_proof_is_refused_or_written_again_the_same() {
    let words = &["\n", "\n\n", "\u{2014} ", "=", "0", "18446744073709551616", "x001/", ".p/", "A"];
    run("note", 1_500, words, note::check);
}
