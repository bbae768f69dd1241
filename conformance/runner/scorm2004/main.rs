//! Runs ADL's SCORM 2004 4th edition LMS conformance cases in-process: the manifests through the
//! package reader, the content's calls through the run-time model, navigation through the
//! sequencing engine. Nothing here knows a case.

mod case;
mod compare;
mod course;
mod lms;
mod play;

use case::Case;
use std::{
    collections::BTreeMap,
    fs, io,
    io::Write,
    path::{Path, PathBuf},
    process::ExitCode,
};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder] = arguments.as_slice() else {
        say("usage: conformance-scorm2004 DIR");
        return ExitCode::from(2);
    };
    let cases = match read_cases(Path::new(folder)) {
        Ok(cases) if !cases.is_empty() => cases,
        Ok(_) => {
            say(&format!("no cases in {folder}"));
            return ExitCode::from(2);
        }
        Err(error) => {
            say(&format!("cannot read the cases: {error}"));
            return ExitCode::from(2);
        }
    };
    let (mut passed, mut failed) = (0, 0);
    for id in cases.keys() {
        match run(&cases, id) {
            Ok(()) => {
                passed += 1;
                say(&format!("{id} pass"));
            }
            Err(reason) => {
                failed += 1;
                say(&format!("{id} fail {reason}"));
            }
        }
    }
    say(&format!("{passed} passed, {failed} failed"));
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn say(line: &str) {
    // A closed pipe is the reader's wish.
    let _ = writeln!(io::stdout(), "{line}");
}

/// The cases of a folder by their ids; each knows where it lies.
fn read_cases(folder: &Path) -> io::Result<BTreeMap<String, Case>> {
    let cases = folder.join("cases");
    let folder = if cases.is_dir() { cases } else { folder.to_owned() };
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder)? {
        let path: PathBuf = entry?.path();
        if path.extension().is_some_and(|ending| ending == "json") {
            let case = Case::read(&path)?;
            found.insert(case.id.clone(), case);
        }
    }
    Ok(found)
}

/// Runs a case in a fresh LMS, after those that it builds on.
fn run(cases: &BTreeMap<String, Case>, id: &str) -> Result<(), String> {
    let case = &cases[id];
    let mut lms = lms::Lms::default();
    for before in case.requires_before.iter().flat_map(|before| &before.cases) {
        let before = cases.get(before).ok_or_else(|| format!("needs {before}, which is absent"))?;
        play::play(&mut lms, before).map_err(|reason| format!("after {}: {reason}", before.id))?;
    }
    play::play(&mut lms, case)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shared() -> Option<PathBuf> {
        let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../../shared");
        #[expect(
            clippy::disallowed_methods,
            reason = "a test finds material outside the repository"
        )]
        let named = std::env::var("ATTESTRY_SHARED").map(PathBuf::from);
        let cts = named.unwrap_or(beside).join("cts");
        if cts.join("cases").is_dir() {
            return Some(cts);
        }
        println!("skipped: no conformance cases in {}", cts.display());
        None
    }

    #[test]
    fn every_case_of_the_conformance_suite_passes() {
        let Some(folder) = shared() else { return };
        let cases = read_cases(&folder).expect("the cases can be read");
        let failed: Vec<String> = cases
            .keys()
            .filter_map(|id| Some(format!("{id}: {}", run(&cases, id).err()?)))
            .collect();
        println!("{} cases", cases.len());
        assert!(!cases.is_empty());
        assert!(failed.is_empty(), "{} failed:\n{}", failed.len(), failed.join("\n"));
    }
}
