//! Verification of a pack: nothing here reads a store, a clock or a network.

use super::walk::walk;
use super::{
    CHECKPOINT, IN_TOTO, MANIFEST, Manifest, NOTE, PACK_TYPE, PackVariant, Predicate, note_text,
    recompute,
};
use crate::ledger::Refused;
use ::ledger::{NOTE_BYTES_MAX, Note, TreeHead, VerifierKey};
use domain::Sha256Digest;
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;
use zip::ZipArchive;
use zip::result::ZipError;

/// The longest manifest: a line for each of 256 entries takes some 150 bytes.
const MANIFEST_BYTES_MAX: u64 = 256 << 20;
/// Most faults that are told; there may be more.
pub(super) const FAULTS_MAX: usize = 100;

/// Something in a pack that is not as it was signed, or does not hang together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackFault {
    /// In which file.
    pub file: String,
    /// On which line, from 1.
    pub line: Option<u64>,
    /// What is wrong, in words that name the statement, the event or the row.
    pub problem: String,
}

impl fmt::Display for PackFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{} line {line}: {}", self.file, self.problem),
            None => write!(f, "{}: {}", self.file, self.problem),
        }
    }
}

/// What the verification of a pack comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackVerdict {
    /// The tree that was signed.
    pub head: TreeHead,
    /// What has been shown, one sentence each.
    pub lines: Vec<String>,
    /// What is wrong; nothing, when it is verified.
    pub faults: Vec<PackFault>,
    /// SHA-256 of the manifest.
    pub manifest: Sha256Digest,
}

/// A pack that is open for reading.
pub(super) type Archive = ZipArchive<BufReader<File>>;

/// Faults as they are found.
#[derive(Debug, Default)]
pub(super) struct Faults(pub(super) Vec<PackFault>);

impl Faults {
    pub(super) fn add(&mut self, file: &str, line: Option<u64>, problem: impl Into<String>) {
        if self.0.len() < FAULTS_MAX {
            self.0.push(PackFault { file: file.to_owned(), line, problem: problem.into() });
        }
    }
}

pub(super) fn open(path: &Path) -> Result<Archive, Refused> {
    let unreadable = |why: String| Refused::Unreadable(format!("the pack cannot be read: {why}"));
    let file = File::open(path).map_err(|error| unreadable(error.to_string()))?;
    ZipArchive::new(BufReader::new(file)).map_err(|error| unreadable(error.to_string()))
}

/// A whole file of at most `bytes_max`.
pub(super) fn read(archive: &mut Archive, name: &str, bytes_max: u64) -> Result<Vec<u8>, String> {
    let file = archive.by_name(name).map_err(|error| match error {
        ZipError::FileNotFound => "it is missing".to_owned(),
        other => format!("it cannot be read: {other}"),
    })?;
    let mut bytes = Vec::new();
    let read = file.take(bytes_max + 1).read_to_end(&mut bytes);
    read.map_err(|error| format!("it cannot be read: {error}"))?;
    if bytes.len() as u64 > bytes_max {
        return Err(format!("it is longer than {bytes_max} bytes"));
    }
    Ok(bytes)
}

fn text(archive: &mut Archive, name: &str, bytes_max: u64) -> Result<String, Refused> {
    let wrong = |why: String| Refused::Wrong(format!("{name}: {why}"));
    let bytes = read(archive, name, bytes_max).map_err(wrong)?;
    String::from_utf8(bytes).map_err(|_| wrong("it is not text".to_owned()))
}

/// Verifies the pack at `path`. Without `keys` those that it names are taken, which shows only that
/// it agrees with itself.
///
/// # Errors
/// When it is no pack, or nobody's signature is under its manifest: then nothing in it can be told
/// from anything else. What is wrong behind the signature is in [`PackVerdict::faults`].
pub fn verify_pack(path: &Path, keys: &[VerifierKey]) -> Result<PackVerdict, Refused> {
    let mut archive = open(path)?;
    let manifest_text = text(&mut archive, MANIFEST, MANIFEST_BYTES_MAX)?;
    let note = text(&mut archive, NOTE, NOTE_BYTES_MAX as u64)?;
    let wrong = |why: &str| Refused::Wrong(format!("{MANIFEST}: {why}"));
    let manifest: Manifest =
        serde_json::from_str(&manifest_text).map_err(|error| wrong(&error.to_string()))?;
    if manifest.kind != IN_TOTO || manifest.predicate_type != PACK_TYPE {
        return Err(wrong("it is not that of an evidence pack"));
    }
    let predicate = &manifest.predicate;
    let named: Vec<VerifierKey> =
        predicate.keys.iter().filter_map(|key| key.parse().ok()).collect();
    let trusted: Vec<VerifierKey> = if keys.is_empty() { &named } else { keys }
        .iter()
        .filter(|key| key.name() == predicate.origin)
        .cloned()
        .collect();
    if trusted.is_empty() {
        return Err(wrong(&format!(
            "it is of the log {}, whose key is not given",
            predicate.origin
        )));
    }
    let hash = Sha256Digest::of(manifest_text.as_bytes());
    check_note(&note, &note_text(&predicate.origin, hash), &trusted)?;
    let mut faults = Faults::default();
    hashes(&mut archive, &manifest, &mut faults);
    let mut lines = vec![format!("the log {} has signed the manifest {hash}", predicate.origin)];
    let head = checkpoint(&mut archive, predicate, &trusted)?;
    if faults.0.is_empty() {
        lines.push(format!("all {} files are the ones that it names", manifest.subject.len()));
    }
    // What a trusted key has signed names the keys from before it.
    let walked = walk(path, predicate, &head, &named, &mut faults)?;
    lines.extend(walked.lines);
    let files: BTreeMap<&str, Sha256Digest> =
        manifest.subject.iter().map(|one| (one.name.as_str(), one.digest.sha256)).collect();
    match (predicate.variant, walked.world) {
        (PackVariant::Full, Some((trail, facts))) => {
            let made = recompute::Pack { archive: &mut archive, predicate, files: &files };
            lines.extend(made.recompute(&trail, facts, &mut faults));
        }
        (PackVariant::Full, None) => {
            lines
                .push("the report was not computed again: its sources are not verified".to_owned());
        }
        (PackVariant::Anonymised, _) => {
            let told = recompute::anonymised(&mut archive, predicate, &walked.ids, &mut faults);
            lines.extend(told);
        }
    }
    Ok(PackVerdict { head, lines, faults: faults.0, manifest: hash })
}

fn check_note(note: &str, text: &str, keys: &[VerifierKey]) -> Result<(), Refused> {
    let wrong = |why: String| Refused::Wrong(format!("{NOTE}: {why}"));
    let note = Note::parse(note).map_err(|error| wrong(error.to_string()))?;
    if note.text() != text {
        return Err(wrong(format!("what is signed is not {MANIFEST} as it is here")));
    }
    note.verify(keys).map_err(|error| wrong(error.to_string()))
}

fn checkpoint(
    archive: &mut Archive,
    predicate: &Predicate,
    keys: &[VerifierKey],
) -> Result<TreeHead, Refused> {
    let wrong = |why: String| Refused::Wrong(format!("{CHECKPOINT}: {why}"));
    let text = text(archive, CHECKPOINT, NOTE_BYTES_MAX as u64)?;
    let head = TreeHead::verify(&text, keys).map_err(|error| wrong(error.to_string()))?;
    let named = &predicate.checkpoint;
    if (head.size, head.root, &head.origin) != (named.size, named.root, &predicate.origin) {
        return Err(wrong(format!("it is not the one that {MANIFEST} names")));
    }
    Ok(head)
}

/// Every file is the one that was signed, and there is none besides.
fn hashes(archive: &mut Archive, manifest: &Manifest, faults: &mut Faults) {
    let mut named: BTreeMap<&str, Sha256Digest> = BTreeMap::new();
    for one in &manifest.subject {
        named.insert(&one.name, one.digest.sha256);
        match hash(archive, &one.name) {
            Ok(found) if found == one.digest.sha256 => {}
            Ok(found) => {
                let signed = one.digest.sha256;
                faults.add(&one.name, None, format!("its SHA-256 is {found}, {signed} was signed"));
            }
            Err(problem) => faults.add(&one.name, None, problem),
        }
    }
    let there: Vec<String> = archive
        .file_names()
        .map(|name| name.map_or_else(|error| error.to_string(), Cow::into_owned))
        .collect();
    for name in there {
        if !named.contains_key(name.as_str()) && name != MANIFEST && name != NOTE {
            faults.add(&name, None, format!("{MANIFEST} does not name it"));
        }
    }
}

fn hash(archive: &mut Archive, name: &str) -> Result<Sha256Digest, String> {
    let mut file = archive.by_name(name).map_err(|error| match error {
        ZipError::FileNotFound => "it is missing".to_owned(),
        other => format!("it cannot be read: {other}"),
    })?;
    let mut hash = Hashing(Sha256::new());
    io::copy(&mut file, &mut hash).map_err(|error| format!("it cannot be read: {error}"))?;
    Ok(Sha256Digest::new(hash.0.finalize().into()))
}

struct Hashing(Sha256);

impl io::Write for Hashing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
