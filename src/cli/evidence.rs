//! `attestry evidence`: an evidence pack from the store.

use super::asked::Asked;
use super::{Tenant, say};
use crate::config::Config;
use crate::failure::{Failure, could_not};
use crate::wiring;
use app::{AppError, LedgerError, PackError, PackRequest, PackVariant};
use clap::Args;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
pub(super) struct Options {
    #[command(flatten)]
    tenant: Tenant,
    #[command(flatten)]
    asked: Asked,
    /// Nobody's name and no statement: entries and counts alone can be proven
    #[arg(long)]
    anonymised: bool,
    /// Why, for the trail
    #[arg(long, default_value = "")]
    reason: String,
    /// File to write to
    #[arg(short, long, value_name = "PACK.zip")]
    output: PathBuf,
}

pub(super) async fn run(config: &Config, options: &Options) -> Result<(), Failure> {
    let app = wiring::open_app(config).await?;
    let (_, caller) = wiring::organization(&app, &options.tenant.organization).await?;
    let request = PackRequest {
        question: options.asked.question(),
        variant: if options.anonymised { PackVariant::Anonymised } else { PackVariant::Full },
        reason: options.reason.clone(),
    };
    let begun = beside(&options.output);
    let writing = || format!("write {}", begun.display());
    let file = File::create(&begun).map_err(could_not(writing()))?;
    let built = match app.build_pack(&caller, &request, file).await {
        Ok(built) => built,
        Err(error) => {
            // A part of a pack is of no use; that it cannot be removed is told by the error before.
            let _ = fs::remove_file(&begun);
            return Err(failed(error));
        }
    };
    let moving = could_not(format!("write {}", options.output.display()));
    fs::rename(&begun, &options.output).map_err(moving)?;
    say(&format!(
        "{}: {} rows of the register, {} entries of the log\nmanifest {}",
        options.output.display(),
        built.rows,
        built.entries,
        built.manifest
    ));
    Ok(())
}

/// Where a pack is written until it is whole.
fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    path.with_file_name(name)
}

fn failed(error: PackError) -> Failure {
    match error {
        PackError::Ledger(LedgerError::App(error @ AppError::Invalid { .. })) => {
            Failure::usage("make the pack", error)
        }
        other => could_not("make the pack")(other),
    }
}
