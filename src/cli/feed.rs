//! `attestry feed`: files of other systems into reference data.

use super::{Tenant, note, say};
use crate::config::Config;
use crate::failure::{Failure, could_not};
use crate::wiring;
use app::AppError;
use app::reference::{FEED_BYTES_MAX, FeedFile, FeedRun, FeedRunValue};
use audit::Day;
use audit::feed::{Kind, Mode};
use audit::reference::Op;
use clap::Args;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

/// Changes that a dry run shows.
const CHANGES_SHOWN: usize = 50;

#[derive(Debug, Args)]
pub(super) struct Options {
    /// roster, idp, phishing or effectiveness
    #[arg(value_parser = |text: &str| text.parse::<Kind>())]
    kind: Kind,
    /// The file: CSV in UTF-8, with the columns that docs/guide/feeds.md lists
    #[arg(value_name = "FILE.csv")]
    file: PathBuf,
    /// The system that the file comes from, always by the same name
    #[arg(long)]
    source: String,
    /// Why, for the trail
    #[arg(long)]
    reason: String,
    /// Of a roster: full (what is not in the file has ended) or partial
    #[arg(long, default_value = "partial", value_parser = |text: &str| text.parse::<Mode>())]
    mode: Mode,
    /// The day on which the file was taken [default: today]
    #[arg(long, value_name = "DAY", value_parser = |text: &str| text.parse::<Day>())]
    taken_on: Option<Day>,
    /// Say what would change, and change nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    tenant: Tenant,
}

/// 1 when a line is rejected.
pub(super) async fn run(config: &Config, options: &Options) -> Result<ExitCode, Failure> {
    let name = options.file.display();
    let length = fs::metadata(&options.file)
        .map_err(|error| Failure::usage(format!("read {name}"), error))?
        .len();
    if length > FEED_BYTES_MAX as u64 {
        let problem = format!("the file may hold at most {FEED_BYTES_MAX} bytes");
        return Err(Failure::usage(format!("read {name}"), problem));
    }
    let bytes =
        fs::read(&options.file).map_err(|error| Failure::usage(format!("read {name}"), error))?;
    let app = wiring::open_app(config).await?;
    let (_, caller) = wiring::organization(&app, &options.tenant.organization).await?;
    let file_name = options.file.file_name().map(|name| name.to_string_lossy().into_owned());
    let file = FeedFile {
        kind: options.kind,
        source: options.source.clone(),
        mode: options.mode,
        taken_on: options.taken_on,
        file_name: file_name.unwrap_or_default(),
        reason: options.reason.clone(),
        bytes,
    };
    let outcome = app.run_feed(&caller, file, options.dry_run).await;
    let run = outcome.map_err(|error| match error {
        AppError::Invalid { .. } => Failure::usage(format!("read {name}"), error),
        error => could_not(format!("take in {name}"))(error),
    })?;
    tell(&run, options.dry_run);
    Ok(ExitCode::from(u8::from(run.value.counts.rejected > 0)))
}

fn tell(run: &FeedRun, is_trial: bool) {
    let FeedRunValue { counts, errors, errors_left_out, remarks, file_sha256, .. } = &run.value;
    if is_trial {
        for (line, change) in run.changes.iter().take(CHANGES_SHOWN) {
            let line = line.map_or_else(|| "absent".to_owned(), |line| format!("line {line}"));
            let did = if change.op == Op::Assert { "assert" } else { "retract" };
            let day = |day: Option<Day>| day.map(|day| day.to_string()).unwrap_or_default();
            let (from, to) = (day(change.from), day(change.to));
            let (entity, id, value) = (change.entity, &change.id, &change.value);
            say(&format!("{line}: {did} {entity} {id} {from}..{to} {value}"));
        }
        if run.changes.len() > CHANGES_SHOWN {
            say(&format!("and {} more", run.changes.len() - CHANGES_SHOWN));
        }
    }
    for error in errors {
        say(&format!("line {} {}: {}", error.line, error.column, error.problem));
    }
    if *errors_left_out > 0 {
        say(&format!("and {errors_left_out} more errors"));
    }
    for remark in remarks {
        note(remark);
    }
    say(&format!(
        "{} lines read: {} changed, {} unchanged, {} rejected; {} events assert, {} retract",
        counts.read,
        counts.changed,
        counts.unchanged,
        counts.rejected,
        counts.asserted,
        counts.retracted
    ));
    say(&format!("SHA-256 of the file {file_sha256}"));
    if is_trial {
        note("nothing was changed: this was a dry run");
    }
}
