//! ADL's SCORM 2004 4th edition LMS conformance cases as data, and how one is played in an LMS:
//! the one of this crate, which is the engine and the run-time model in-process, or another that
//! can do what [`Lms`] asks. Nothing here knows a case.

mod case;
mod compare;
mod course;
mod lms;
mod play;
mod report;
mod walk;

pub use case::{Case, read_cases};
pub use course::package_of;
pub use lms::InProcess;
pub use play::{Answer, Line, Lms, Shown, Step, Words, run};
pub use report::{cases_or_say, run_and_tell, say};
pub use walk::{Act, Said, Walk};

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::{Path, PathBuf};

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
            .filter_map(|id| {
                Some(format!("{id}: {}", run(&mut InProcess::default(), &cases, id).err()?))
            })
            .collect();
        println!("{} cases", cases.len());
        assert!(!cases.is_empty());
        assert!(failed.is_empty(), "{} failed:\n{}", failed.len(), failed.join("\n"));
    }
}
