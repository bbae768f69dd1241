//! `attestry import`: packages into the store, without a server.

use super::{Tenant, check, note, say};
use crate::config::Config;
use crate::failure::{Failure, could_not};
use crate::wiring;
use app::{App, Caller, ImportError, ImportOptions};
use blob::Spooled;
use clap::Args;
use domain::CourseId;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tokio::fs::File;
use tokio::io::AsyncReadExt;

/// Bytes read from the file at a time.
const CHUNK_BYTES: usize = 256 * 1024;

#[derive(Debug, Args)]
pub(super) struct Options {
    /// Packages (zip files)
    #[arg(required = true, value_name = "PACKAGE")]
    packages: Vec<PathBuf>,
    /// Publish as a new version of this course
    #[arg(long, value_name = "ID")]
    course: Option<CourseId>,
    /// Title of the course, instead of the manifest's
    #[arg(long)]
    title: Option<String>,
    /// What is different in this version, and why; a new version of a course needs it
    #[arg(long, default_value = "", alias = "note", value_name = "TEXT")]
    change_note: String,
    #[command(flatten)]
    tenant: Tenant,
}

/// 0 when all are imported, 1 when one is refused.
pub(super) async fn run(config: &Config, options: &Options) -> Result<ExitCode, Failure> {
    let app = wiring::open_app(config).await?;
    let (_, caller) = wiring::organization(&app, &options.tenant.organization).await?;
    let mut code = ExitCode::SUCCESS;
    for path in &options.packages {
        let spooled = spool(&app, &caller, path).await?;
        let digest = check::short(&spooled.digest());
        let file_name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        let about = ImportOptions {
            course: options.course,
            title: options.title.clone(),
            file_name: file_name.unwrap_or_default(),
            change_note: options.change_note.clone(),
        };
        match app.import(&caller, spooled, about).await {
            Ok(imported) => {
                say(&check::text(path, &imported.report));
                let version = &imported.version;
                let was = if imported.is_new { "is" } else { "was already" };
                let (course, number) = (version.course, version.version);
                say(&format!("  {was} version {number} of course {course} (SHA-256 {digest}…)"));
                if let Some(compared) = &imported.difference {
                    let (from, summary) = (compared.from, compared.difference.summary());
                    say(&format!("  otherwise than in version {from}: {summary}"));
                }
            }
            Err(ImportError::Refused(report)) => {
                say(&check::text(path, &report));
                code = ExitCode::from(1);
            }
            Err(ImportError::App(error)) => {
                return Err(could_not(format!("import {}", path.display()))(error));
            }
        }
    }
    Ok(code)
}

pub(super) async fn spool(
    app: &App,
    caller: &Caller,
    path: &Path,
) -> Result<Box<dyn Spooled>, Failure> {
    let reading = |error: io::Error| Failure::usage(format!("read {}", path.display()), error);
    let mut file = File::open(path).await.map_err(reading)?;
    let size = file.metadata().await.map_err(reading)?.len();
    let mut spool = app.spool(caller).await.map_err(could_not("take the file in"))?;
    let mut progress = Progress::new(path, "read", size);
    let mut buffer = vec![0; CHUNK_BYTES];
    loop {
        let read = file.read(&mut buffer).await.map_err(reading)?;
        let Some(bytes) = buffer.get(..read).filter(|bytes| !bytes.is_empty()) else { break };
        spool.write(bytes).await.map_err(could_not("take the file in"))?;
        progress.add(bytes.len());
    }
    progress.end("read");
    spool.finish().await.map_err(could_not("take the file in"))
}

/// A line on the terminal that says how far it is; nothing in a pipe.
pub(super) struct Progress {
    name: String,
    doing: &'static str,
    size: u64,
    done: u64,
    shown: Option<u64>,
}

impl Progress {
    pub(super) fn new(path: &Path, doing: &'static str, size: u64) -> Self {
        let shown = io::stderr().is_terminal().then_some(u64::MAX);
        Self { name: path.display().to_string(), doing, size, done: 0, shown }
    }

    fn add(&mut self, bytes: usize) {
        self.reach(self.done.saturating_add(bytes as u64));
    }

    /// `done` of the bytes are done.
    pub(super) fn reach(&mut self, done: u64) {
        self.done = done;
        let percent = self.done.saturating_mul(100) / self.size.max(1);
        if self.shown.is_some_and(|shown| shown != percent) {
            self.shown = Some(percent);
            let _ = write!(io::stderr(), "\r{}: {} {percent} %", self.name, self.doing);
        }
    }

    /// All is done.
    pub(super) fn end(&self, did: &str) {
        if self.shown.is_some() {
            note(&format!("\r{}: {did}        ", self.name));
        }
    }
}
