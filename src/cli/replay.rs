//! `attestry replay`: statements of another store, from a file.

use super::import::{Progress, spool};
use super::{Tenant, say};
use crate::config::Config;
use crate::failure::{Failure, could_not};
use crate::wiring;
use app::{ReplayMode, ReplayOptions, ReplayReport};
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Mutex;

#[derive(Debug, Args)]
pub(super) struct Options {
    /// Statements as JSON, one a line, as another store keeps them
    #[arg(value_name = "FILE.ndjson")]
    file: PathBuf,
    /// Why, for the trail
    #[arg(long, default_value = "replay")]
    reason: String,
    /// Check every line and store nothing
    #[arg(long)]
    dry_run: bool,
    /// Store nothing when a line is refused
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    tenant: Tenant,
}

/// 1 when a line is refused.
pub(super) async fn run(config: &Config, options: &Options) -> Result<ExitCode, Failure> {
    let app = wiring::open_app(config).await?;
    let (_, caller) = wiring::organization(&app, &options.tenant.organization).await?;
    let spooled = spool(&app, &caller, &options.file).await?;
    let file_name = options.file.file_name().map(|name| name.to_string_lossy().into_owned());
    let mode = match (options.dry_run, options.strict) {
        (true, _) => ReplayMode::DryRun,
        (false, true) => ReplayMode::Strict,
        (false, false) => ReplayMode::Lenient,
    };
    let about = ReplayOptions {
        reason: options.reason.clone(),
        file_name: file_name.unwrap_or_default(),
        mode,
    };
    let (file, source) = (spooled.reader(), spooled.digest());
    let progress = Mutex::new(Progress::new(&options.file, "replayed", file.size()));
    let show = |done, _| {
        if let Ok(mut progress) = progress.lock() {
            progress.reach(done);
        }
    };
    let report = app.replay_statements(&caller, file, source, &about, &show).await;
    let report = report.map_err(could_not(format!("replay {}", options.file.display())))?;
    if let Ok(progress) = progress.lock() {
        progress.end("replayed");
    }
    tell(&report);
    Ok(ExitCode::from(u8::from(report.refused > 0)))
}

fn tell(report: &ReplayReport) {
    for refusal in &report.refusals {
        let (line, pointer) = (refusal.line, &refusal.pointer);
        say(&format!("line {line} {pointer}: {} ({})", refusal.problem, refusal.rule));
    }
    let left_out = report.refused.saturating_sub(report.refusals.len() as u64);
    if left_out > 0 {
        say(&format!("and {left_out} more lines"));
    }
    let ReplayReport { lines, stored, known, refused, .. } = report;
    let did = if report.is_written { "stored" } else { "could be stored, nothing was" };
    say(&format!("{lines} lines: {stored} {did}, {known} known already, {refused} refused"));
    say(&format!("SHA-256 of the file {}", report.source));
}
