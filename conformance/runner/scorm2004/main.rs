//! Runs the cases in-process: the manifests through the package reader, the content's calls through
//! the run-time model, navigation through the sequencing engine.

use conformance_scorm2004::{InProcess, read_cases, run};
use std::{io, io::Write, path::Path, process::ExitCode};

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
        match run(&mut InProcess::default(), &cases, id) {
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
