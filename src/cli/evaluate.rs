//! `attestry evaluate`: the audit engine on a file.

use crate::failure::{Failure, could_not};
use audit::{Scenario, canonical};
use clap::Args;
use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, Args)]
pub(super) struct Options {
    /// World with its questions (`evaluations`)
    #[arg(value_name = "WORLD.json")]
    file: PathBuf,
}

/// 0 when it is answered, 2 when the file cannot be read.
pub(super) fn run(options: &Options) -> Result<ExitCode, Failure> {
    let doing = || format!("read {}", options.file.display());
    let text = fs::read(&options.file).map_err(|error| Failure::usage(doing(), error))?;
    let scenario = Scenario::read(&text).map_err(|error| Failure::usage(doing(), error))?;
    let mut out = io::stdout().lock();
    let print = could_not("print the report");
    (|| {
        write!(out, "[")?;
        for (place, answer) in scenario.answers().enumerate() {
            write!(out, "{}", if place == 0 { "" } else { "," })?;
            canonical::write(&answer, &mut out)?;
        }
        writeln!(out, "]")
    })()
    .map_err(print)?;
    Ok(ExitCode::SUCCESS)
}
