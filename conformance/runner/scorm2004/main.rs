//! Runs the cases in-process: the manifests through the package reader, the content's calls through
//! the run-time model, navigation through the sequencing engine.

use conformance_scorm2004::{InProcess, cases_or_say, run, run_and_tell, say};
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder] = arguments.as_slice() else {
        say("usage: conformance-scorm2004 DIR");
        return ExitCode::from(2);
    };
    let Some(cases) = cases_or_say(folder) else { return ExitCode::from(2) };
    run_and_tell(cases.keys(), |id| run(&mut InProcess::default(), &cases, id))
}
