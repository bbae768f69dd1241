//! `attestry rerun`: a session file played again against a package.

use super::import::spool;
use super::{check, note, say};
use crate::failure::{Failure, could_not};
use crate::wiring;
use app::{Caller, Difference, ImportError, ImportOptions, RerunError, SessionFile};
use clap::Args;
use domain::FixedClock;
use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use tempfile::TempDir;

#[derive(Debug, Args)]
pub(super) struct Options {
    /// Session, as its registration's page or the API exports it
    #[arg(value_name = "FILE.ndjson")]
    file: PathBuf,
    /// Package to play it against: the same as then, or a newer one
    #[arg(long, value_name = "ZIP")]
    package: PathBuf,
}

/// 0 when all is as it was, 1 when a step differs or the package is refused, 2 when the file cannot
/// be read.
pub(super) async fn run(options: &Options) -> Result<ExitCode, Failure> {
    let doing = || format!("read {}", options.file.display());
    let file = File::open(&options.file).map_err(|error| Failure::usage(doing(), error))?;
    let mut file =
        SessionFile::open(BufReader::new(file)).map_err(|error| Failure::usage(doing(), error))?;
    let folder = TempDir::with_prefix("attestry-rerun-");
    let folder = folder.map_err(could_not("make a temporary folder"))?;
    let clock = Arc::new(FixedClock::new(file.head.created_at));
    let app = wiring::open_passing(folder.path(), clock.clone()).await?;
    let organization = app.create_organization("rerun", "https://rerun.invalid/xapi").await;
    let caller = Caller::operator(organization.map_err(could_not("begin"))?.id);
    let package = spool(&app, &caller, &options.package).await?;
    let digest = package.digest();
    let version = match app.import(&caller, package, ImportOptions::default()).await {
        Ok(imported) => imported.version,
        Err(ImportError::Refused(report)) => {
            say(&check::text(&options.package, &report));
            return Ok(ExitCode::from(1));
        }
        Err(ImportError::App(error)) => {
            let doing = format!("import {}", options.package.display());
            return Err(could_not(doing)(error));
        }
    };
    if digest != file.head.package_sha256 {
        let (was, is) = (check::short(&file.head.package_sha256), check::short(&digest));
        note(&format!("another package than then: SHA-256 {was}… was played, this is {is}…"));
    }
    let course = (version.course, version.version);
    let mut tell = |difference: &Difference| say(&difference.to_string());
    let report = app.rerun(&clock, &caller, course, &mut file, &mut tell).await;
    app.close().await;
    let report = report.map_err(|error| match error {
        RerunError::App(_) => could_not(format!("play {}", options.file.display()))(error),
        unreadable => Failure::usage(doing(), unreadable),
    })?;
    if !report.whole {
        note("the file is cut off: its last line is missing");
    }
    say(&format!("{} steps, {} differ", report.steps, report.differ));
    Ok(ExitCode::from(u8::from(report.differ > 0)))
}
