//! `attestry check`: what would happen to a package?

use super::{note, say};
use crate::failure::Failure;
use clap::Args;
use domain::Sha256Digest;
use package::{Finding, Limits, Report, Severity, inspect};
use scorm::manifest::Edition;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Debug, Args)]
pub(super) struct Options {
    /// Packages (zip files)
    #[arg(required = true, value_name = "PACKAGE")]
    packages: Vec<PathBuf>,
    /// Print one JSON report a line
    #[arg(long)]
    json: bool,
}

/// 0 when all are clean, 1 when one has errors, 2 when one cannot be read.
pub(super) fn run(options: &Options) -> Result<ExitCode, Failure> {
    let mut worst = 0;
    for path in &options.packages {
        let report = match File::open(path) {
            Ok(file) => inspect(&file, &Limits::default()).report,
            Err(error) => {
                let doing = format!("read {}", path.display());
                note(&Failure::usage(doing, error).line());
                worst = 2;
                continue;
            }
        };
        worst = worst.max(u8::from(!report.accepted));
        say(&if options.json { json(path, &report)? } else { text(path, &report) });
    }
    Ok(ExitCode::from(worst))
}

fn json(path: &Path, report: &Report) -> Result<String, Failure> {
    let value = serde_json::json!({ "package": path.display().to_string(), "report": report });
    serde_json::to_string(&value).map_err(|error| Failure::usage("print the report", error))
}

/// The report for people: a headline, then a line for each finding.
pub(super) fn text(path: &Path, report: &Report) -> String {
    let verdict = if report.accepted { "can be imported" } else { "is refused" };
    let title = report.title.as_deref().unwrap_or_default();
    let edition = report.edition.map(Edition::title).unwrap_or_default();
    let what: Vec<&str> = [title, edition].into_iter().filter(|text| !text.is_empty()).collect();
    let what = if what.is_empty() { String::new() } else { format!(" ({})", what.join(", ")) };
    let mut lines = vec![format!(
        "{}: {verdict}{what}: {} errors, {} warnings, {} notes",
        path.display(),
        report.count(Severity::Error),
        report.count(Severity::Warning),
        report.count(Severity::Note),
    )];
    lines.extend(report.findings.iter().map(|finding| format!("  {}", line(finding))));
    lines.join("\n")
}

fn line(finding: &Finding) -> String {
    let severity = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    };
    let place = finding.file.as_deref().map(|file| match (finding.line, finding.column) {
        (Some(line), Some(column)) => format!(" {file}:{line}:{column}:"),
        (Some(line), None) => format!(" {file}:{line}:"),
        _ => format!(" {file}:"),
    });
    let rule = finding.rule.map(|rule| format!(" [{rule}]")).unwrap_or_default();
    format!("{severity}{} {}{rule}", place.unwrap_or_default(), finding.message)
}

/// The digest of a file, for messages.
pub(super) fn short(digest: &Sha256Digest) -> String {
    digest.to_string().chars().take(12).collect()
}
