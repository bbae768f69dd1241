//! A line for each case, and a last one with the counts.

use crate::case::{Case, read_cases};
use std::{collections::BTreeMap, io, io::Write, path::Path, process::ExitCode};

/// Prints a line.
pub fn say(line: &str) {
    // A closed pipe is the reader's wish.
    let _ = writeln!(io::stdout(), "{line}");
}

/// The cases of a folder; says why when there are none.
pub fn cases_or_say(folder: &str) -> Option<BTreeMap<String, Case>> {
    match read_cases(Path::new(folder)) {
        Ok(cases) if !cases.is_empty() => return Some(cases),
        Ok(_) => say(&format!("no cases in {folder}")),
        Err(error) => say(&format!("cannot read the cases: {error}")),
    }
    None
}

/// Runs cases by their ids, and tells of each.
pub fn run_and_tell<'c>(
    ids: impl Iterator<Item = &'c String>,
    mut run: impl FnMut(&str) -> Result<(), String>,
) -> ExitCode {
    let (mut passed, mut failed) = (0, 0);
    for id in ids {
        match run(id) {
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
