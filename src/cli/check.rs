//! `attestry check`: what would happen to a package?

use super::{difference, note, say};
use crate::failure::Failure;
use clap::Args;
use domain::Sha256Digest;
use package::{
    Accepted, Difference, Finding, Limits, Report, Severity, Side, Weight, inspect, size_text,
};
use scorm::{
    manifest::Edition,
    outline::{ActivityKind, OutlineEntry},
};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Debug, Args)]
pub(super) struct Options {
    /// Packages (zip files)
    #[arg(required = true, value_name = "PACKAGE")]
    packages: Vec<PathBuf>,
    /// Say what is otherwise than in this package, the version before
    #[arg(long, value_name = "PACKAGE")]
    against: Option<PathBuf>,
    /// Print one JSON report a line
    #[arg(long)]
    json: bool,
}

/// 0 when all are clean, 1 when one has errors, 2 when one cannot be read.
pub(super) fn run(options: &Options) -> Result<ExitCode, Failure> {
    let against = options.against.as_deref().map(before).transpose()?;
    let mut worst = 0;
    for path in &options.packages {
        let inspection = match File::open(path) {
            Ok(file) => inspect(&file, &Limits::default()),
            Err(error) => {
                let doing = format!("read {}", path.display());
                note(&Failure::usage(doing, error).line());
                worst = 2;
                continue;
            }
        };
        let difference = against.as_ref().zip(inspection.accepted.as_ref());
        let difference =
            difference.map(|(before, after)| Difference::between(side(before), side(after)));
        let report = &inspection.report;
        worst = worst.max(u8::from(!report.accepted));
        if options.json {
            say(&json(path, report, options.against.as_deref(), difference.as_ref())?);
            continue;
        }
        say(&whole(path, report));
        if let Some((against, difference)) = options.against.as_deref().zip(difference) {
            say(&difference::text(against, &difference));
        }
    }
    Ok(ExitCode::from(worst))
}

/// The package that others are compared with: one that can be played.
fn before(path: &Path) -> Result<Accepted, Failure> {
    let doing = || format!("read {}", path.display());
    let file = File::open(path).map_err(|error| Failure::usage(doing(), error))?;
    let refused = || io::Error::other("it cannot be imported, so that nothing can be compared");
    let inspection = inspect(&file, &Limits::default());
    inspection.accepted.ok_or_else(|| Failure::usage(doing(), refused()))
}

const fn side(accepted: &Accepted) -> Side<'_> {
    Side { manifest: &accepted.manifest, files: accepted.index.entries() }
}

fn json(
    path: &Path,
    report: &Report,
    against: Option<&Path>,
    difference: Option<&Difference>,
) -> Result<String, Failure> {
    let mut value = serde_json::json!({ "package": path.display().to_string(), "report": report });
    if let (Some(against), Some(members)) = (against, value.as_object_mut()) {
        members.insert("against".to_owned(), against.display().to_string().into());
        members.insert("difference".to_owned(), serde_json::json!(difference));
    }
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
        "{}: {verdict}{what}: {}, {}, {}",
        path.display(),
        counted(report.count(Severity::Error), "error", "errors"),
        counted(report.count(Severity::Warning), "warning", "warnings"),
        counted(report.count(Severity::Note), "note", "notes"),
    )];
    lines.extend(report.findings.iter().map(|finding| format!("  {}", line(finding))));
    lines.join("\n")
}

/// The report with the structure of the course and the sizes of its files behind the findings.
fn whole(path: &Path, report: &Report) -> String {
    let mut lines = vec![text(path, report)];
    if report.accepted {
        lines.push(format!(
            "  {}, {} of them launching something:",
            counted(report.items, "activity", "activities"),
            report.launchable_items
        ));
        report.structure.iter().for_each(|entry| outline(entry, &mut lines));
        lines.push(format!(
            "  {}, {} unpacked:",
            counted(report.files, "file", "files"),
            size_text(report.unpacked_bytes)
        ));
        lines.push(format!("    by kind: {}", weights(&report.sizes.kinds, "no ending")));
        lines.push(format!("    by folder: {}", weights(&report.sizes.folders, "top")));
        lines.push(format!("    largest: {}", weights(&report.sizes.largest, "")));
    }
    lines.join("\n")
}

fn counted(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

fn outline(entry: &OutlineEntry, lines: &mut Vec<String>) {
    let space = " ".repeat(4 + 2 * entry.level);
    let kind = match entry.kind {
        ActivityKind::Group => "",
        ActivityKind::Sco => ": SCO ",
        ActivityKind::Asset => ": asset ",
        ActivityKind::Empty => ": launches nothing",
    };
    let hidden = if entry.visible { "" } else { " (not shown in the contents)" };
    let launches = entry.launches.as_deref().unwrap_or_default();
    lines.push(format!("{space}{}{hidden}{kind}{launches}", entry.title));
    lines.extend(entry.rules.iter().map(|rule| format!("{space}  - {rule}")));
}

fn weights(weights: &[Weight], unnamed: &str) -> String {
    const SHOWN: usize = 5;
    let one = |one: &Weight| {
        let name = if one.name.is_empty() { unnamed } else { one.name.as_str() };
        format!("{name} {}", size_text(one.bytes))
    };
    let shown: Vec<String> = weights.iter().take(SHOWN).map(one).collect();
    if shown.is_empty() { "nothing".to_owned() } else { shown.join(", ") }
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
    let (code, place) = (finding.code, place.unwrap_or_default());
    format!("{severity} {code}{place} {}{rule}", finding.message)
}

/// The digest of a file, for messages.
pub(super) fn short(digest: &Sha256Digest) -> String {
    digest.to_string().chars().take(12).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = r#"<manifest identifier="M" xmlns="http://www.imsproject.org/xsd/imscp_rootv1p1p2"
  xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_rootv1p2">
 <metadata><schema>ADL SCORM</schema><schemaversion>1.2</schemaversion></metadata>
 <organizations default="O"><organization identifier="O"><title>Course</title>
  <item identifier="A" identifierref="R"><title>One</title></item>
  <item identifier="B" identifierref="R"><title>Two</title>
   <adlcp:prerequisites>A</adlcp:prerequisites></item></organization></organizations>
 <resources><resource identifier="R" adlcp:scormtype="sco" href="a/index.html">
  <file href="a/index.html"/></resource></resources></manifest>"#;

    #[test]
    fn a_report_tells_findings_structure_and_sizes() {
        let page = "<p>Nothing</p>";
        let zip = package::zip_of([("imsmanifest.xml", MANIFEST), ("a/index.html", page)]);
        let report = inspect(&zip, &Limits::default()).report;
        let text = whole(Path::new("course.zip"), &report);
        let bytes = MANIFEST.len();
        let expected = [
            "course.zip: can be imported (Course, SCORM 1.2): 0 errors, 1 warning, 0 notes".to_owned(),
            "  warning api-never-called imsmanifest.xml:5:3: 2 SCOs should call LMSInitialize, and no \
             page or script names it [RTE 2.1: SCO]"
                .to_owned(),
            "  2 activities, 2 of them launching something:".to_owned(),
            "    Course".to_owned(),
            "      One: SCO a/index.html".to_owned(),
            "      Two: SCO a/index.html".to_owned(),
            "        - Open once 'One' is done.".to_owned(),
            format!("  2 files, {} unpacked:", size_text(bytes as u64 + 14)),
            format!("    by kind: xml {bytes} B, html 14 B"),
            format!("    by folder: top {bytes} B, a 14 B"),
            format!("    largest: imsmanifest.xml {bytes} B, a/index.html 14 B"),
        ];
        assert_eq!(text.lines().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_refused_package_has_findings_alone() {
        let report = inspect(&b"no zip".as_slice(), &Limits::default()).report;
        let text = whole(Path::new("x.zip"), &report);
        assert!(text.starts_with("x.zip: is refused: 1 error, 0 warnings, 0 notes\n"), "{text}");
        assert_eq!(text.lines().count(), 2, "{text}");
    }
}
