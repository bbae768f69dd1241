//! `attestry register` and `attestry report`: audit answers from the store.

use super::Tenant;
use super::asked::Asked;
use crate::config::Config;
use crate::failure::{Failure, could_not};
use crate::wiring;
use app::{AppError, AuditFormat, AuditQuestion};
use audit::TableName;
use clap::{Args, ValueEnum};
use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(super) struct Options {
    #[command(flatten)]
    tenant: Tenant,
    #[command(flatten)]
    asked: Asked,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Csv)]
    format: Format,
    /// File to write to [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct ReportOptions {
    /// Which: register, completion, compliance, gaps, coverage, summary, by-role, by-control, …
    #[arg(value_name = "NAME", value_parser = table)]
    name: TableName,
    #[command(flatten)]
    options: Options,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Csv,
    Json,
    Pdf,
}

fn table(name: &str) -> Result<TableName, String> {
    let names = TableName::ALL.map(TableName::as_str).join(", ");
    TableName::of(name).ok_or_else(|| format!("there are: {names}"))
}

/// The completion register.
pub(super) async fn register(config: &Config, options: &Options) -> Result<(), Failure> {
    let name =
        if options.format == Format::Json { TableName::Register } else { TableName::Completion };
    print(config, name, options).await
}

/// Any report.
pub(super) async fn run(config: &Config, options: &ReportOptions) -> Result<(), Failure> {
    print(config, options.name, &options.options).await
}

async fn print(config: &Config, name: TableName, options: &Options) -> Result<(), Failure> {
    let app = wiring::open_app(config).await?;
    let (_, caller) = wiring::organization(&app, &options.tenant.organization).await?;
    let signed_texts = name == TableName::Attestations;
    let question = AuditQuestion { signed_texts, ..options.asked.question() };
    let format = match options.format {
        Format::Csv => AuditFormat::Csv,
        Format::Json => AuditFormat::Json,
        Format::Pdf => AuditFormat::Pdf,
    };
    let doing = || format!("answer with the {}", name.as_str());
    let answer = app.audit(&caller, &question).await;
    let answer = answer.map_err(|error| failed(doing(), error))?;
    let printed = answer.printed(Some(name), format).map_err(|error| failed(doing(), error))?;
    let kept = app.note_reading(&caller, format, &printed).await;
    kept.map_err(|error| failed(doing(), error))?;
    match &options.output {
        Some(path) => fs::write(path, &printed.body)
            .map_err(could_not(format!("write {}", path.display())))?,
        None => io::stdout().write_all(&printed.body).map_err(could_not("print the answer"))?,
    }
    Ok(())
}

fn failed(doing: String, error: AppError) -> Failure {
    match error {
        AppError::Invalid { .. } => Failure::usage(doing, error),
        _ => could_not(doing)(error),
    }
}
