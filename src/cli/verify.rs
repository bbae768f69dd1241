//! `attestry verify`: proofs, mirrored logs and evidence packs, without a server or a store.

use super::{note, say};
use crate::failure::Failure;
use app::{
    CONSISTENCY_FORMAT, Mirror, PackVerdict, RECORD_FORMAT, Refused, Verified, verify_consistency,
    verify_pack, verify_record, verify_text,
};
use clap::Args;
use ledger::{NOTE_BYTES_MAX, Tile, TreeHead, VerifierKey};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// The longest proof that is read: a statement with its attachments stays far below.
const PROOF_BYTES_MAX: usize = 64 << 20;
/// The longest bundle: 256 entries of 64 KiB.
const BUNDLE_BYTES_MAX: usize = 17 << 20;

#[derive(Debug, Args)]
pub(super) struct Options {
    /// An evidence pack (zip), a record's or consistency proof (JSON), a C2SP tlog-proof, a
    /// checkpoint, or a folder with a mirrored log (`checkpoint` and `tile/…`)
    #[arg(value_name = "PACK|PROOF|FOLDER")]
    what: PathBuf,
    /// Verifier key of the log, from somewhere trustworthy; more than one may be given
    #[arg(long = "key", value_name = "VKEY", value_parser = read_key)]
    keys: Vec<VerifierKey>,
    /// A checkpoint that was kept from before: the log must still begin with what it vouches for
    #[arg(long, value_name = "FILE")]
    checkpoint: Option<PathBuf>,
}

fn read_key(text: &str) -> Result<VerifierKey, String> {
    text.parse().map_err(|error: ledger::NoteError| error.to_string())
}

/// 0 verified, 1 not, 2 when it cannot be read.
pub(super) fn run(options: &Options) -> Result<ExitCode, Failure> {
    let shown = options.what.display();
    let outcome = if begins_as_zip(&options.what) {
        pack(options)
    } else {
        verified(options).map(|verified| say_verified(options, &verified))
    };
    match outcome {
        Ok(code) => Ok(code),
        Err(Stop::Input(failure)) => Err(failure),
        Err(Stop::Refused(Refused::Unreadable(why))) => {
            Err(Failure::usage(format!("verify {shown}"), why))
        }
        Err(Stop::Refused(refused)) => {
            say(&format!("not verified: {refused}"));
            Ok(ExitCode::from(1))
        }
    }
}

fn say_verified(options: &Options, Verified { head, lines }: &Verified) -> ExitCode {
    for line in lines {
        say(line);
    }
    let (shown, hash) = (options.what.display(), head.root);
    say(&format!("verified: {shown}, under the root {hash} of {} entries", head.size));
    if options.keys.is_empty() {
        note(
            "the key came with the proof: give the log's own with --key, \
             from somewhere you trust, to know who signed",
        );
    }
    ExitCode::SUCCESS
}

fn begins_as_zip(path: &Path) -> bool {
    let mut begin = [0; 4];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut begin));
    read.is_ok() && begin == *b"PK\x03\x04"
}

/// An evidence pack: everything that is wrong with it is said.
fn pack(options: &Options) -> Result<ExitCode, Stop> {
    if options.checkpoint.is_some() {
        let problem =
            "a kept checkpoint goes with a mirror or a consistency proof, not with a pack";
        return Err(Failure::usage("verify a pack", problem).into());
    }
    let verdict = verify_pack(&options.what, &options.keys)?;
    let PackVerdict { head, lines, faults, .. } = verdict;
    if faults.is_empty() {
        return Ok(say_verified(options, &Verified { head, lines }));
    }
    for fault in &faults {
        say(&format!("wrong: {fault}"));
    }
    for line in lines {
        say(&line);
    }
    let count = faults.len();
    say(&format!("not verified: {} has {count} faults", options.what.display()));
    Ok(ExitCode::from(1))
}

/// Why there is no verdict, or a bad one.
enum Stop {
    Input(Failure),
    Refused(Refused),
}

impl From<Refused> for Stop {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Input(failure)
    }
}

fn verified(options: &Options) -> Result<Verified, Stop> {
    let keys = &options.keys;
    let kept = match &options.checkpoint {
        None => None,
        Some(path) => Some(signed(&read_text(path, NOTE_BYTES_MAX)?, keys)?),
    };
    if options.what.is_dir() {
        return mirror(&options.what, keys, kept);
    }
    let text = read_text(&options.what, PROOF_BYTES_MAX)?;
    if text.starts_with("c2sp.org/tlog-proof@") {
        need_keys(keys)?;
        return Ok(verify_text(&text, keys)?);
    }
    if text.trim_start().starts_with('{') {
        let format = serde_json::from_str::<serde_json::Value>(&text);
        let format = format.map_err(|error| Refused::Unreadable(error.to_string()))?;
        return match format["format"].as_str() {
            Some(RECORD_FORMAT) => Ok(verify_record(&text, keys)?),
            Some(CONSISTENCY_FORMAT) => Ok(verify_consistency(&text, keys, kept.as_ref())?),
            _ => Err(Refused::Unreadable(format!(
                "its \"format\" is neither {RECORD_FORMAT} nor {CONSISTENCY_FORMAT}"
            ))
            .into()),
        };
    }
    let head = signed(&text, keys)?;
    let line = format!("the log {} had {} entries", head.origin, head.size);
    Ok(Verified { head, lines: vec![line] })
}

fn need_keys(keys: &[VerifierKey]) -> Result<(), Stop> {
    if keys.is_empty() {
        let problem = "it carries no key: give the log's with --key";
        return Err(Refused::Unreadable(problem.to_owned()).into());
    }
    Ok(())
}

fn signed(checkpoint: &str, keys: &[VerifierKey]) -> Result<TreeHead, Stop> {
    need_keys(keys)?;
    Ok(TreeHead::verify(checkpoint, keys).map_err(Refused::from)?)
}

/// Reads a mirrored log from its first entry to the last one of its checkpoint.
fn mirror(folder: &Path, keys: &[VerifierKey], kept: Option<TreeHead>) -> Result<Verified, Stop> {
    let head = signed(&read_text(&folder.join("checkpoint"), NOTE_BYTES_MAX)?, keys)?;
    if let Some(kept) = kept.as_ref().filter(|kept| kept.origin != head.origin) {
        let (one, other) = (&kept.origin, &head.origin);
        return Err(
            Refused::Wrong(format!("the checkpoint kept is of {one}, not of {other}")).into()
        );
    }
    if let Some(kept) = kept.as_ref().filter(|kept| kept.size > head.size) {
        let (was, is) = (kept.size, head.size);
        let problem = format!("the log had {was} entries and has {is} now");
        return Err(Refused::Wrong(problem).into());
    }
    let wanted: Vec<_> = kept.into_iter().chain([head.clone()]).collect();
    let mut mirror = Mirror::new(wanted);
    for index in 0.. {
        let Some(whole) = Tile::of_tree(0, index, head.size) else { break };
        let bundle = read_tile(folder, whole, Tile::bundle_path)?;
        let Some(bundle) = bundle else {
            let missing = whole.bundle_path();
            return Err(Refused::Wrong(format!("the mirror lacks {missing}")).into());
        };
        let hashes = read_tile(folder, whole, Tile::path)?;
        mirror.push(&bundle, hashes.as_deref())?;
    }
    let lines = mirror.finish()?;
    Ok(Verified { head, lines })
}

/// A tile's file, if the mirror has it.
fn read_tile(
    folder: &Path,
    tile: Tile,
    path: impl Fn(Tile) -> String,
) -> Result<Option<Vec<u8>>, Failure> {
    let path = folder.join(path(tile));
    match read(&path, BUNDLE_BYTES_MAX) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        bytes => bytes.map(Some).map_err(unreadable(&path)),
    }
}

fn unreadable(path: &Path) -> impl Fn(io::Error) -> Failure {
    let doing = format!("read {}", path.display());
    move |error| Failure::usage(doing.clone(), error)
}

fn read(path: &Path, bytes_max: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(bytes_max as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > bytes_max {
        return Err(io::Error::other(format!("it is longer than {bytes_max} bytes")));
    }
    Ok(bytes)
}

fn read_text(path: &Path, bytes_max: usize) -> Result<String, Failure> {
    let bytes = read(path, bytes_max).map_err(unreadable(path))?;
    String::from_utf8(bytes)
        .map_err(|_| Failure::usage(format!("read {}", path.display()), "it is not text"))
}
