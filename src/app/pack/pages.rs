//! The pack for people: a page with links to its files, and a PDF. They are made from the report and
//! are hashed and signed like everything else, but evidence is in the other files.

use super::{PackVariant, Predicate};
use crate::AppError;
use crate::audit::{AuditAnswer, AuditFormat, title};
use audit::{GapKind, Report, TableName};
use std::fmt::Write;

/// Most rows of the register that are printed; of longer ones the PDF has the figures alone.
const PDF_ROWS_MAX: usize = 5_000;

/// The register as PDF, or its figures when it is long.
pub(super) fn pdf(answer: &AuditAnswer) -> Result<Vec<u8>, AppError> {
    let is_short = answer.report.register.len() <= PDF_ROWS_MAX;
    let table = if is_short { TableName::Completion } else { TableName::Summary };
    match answer.printed(Some(table), AuditFormat::Pdf) {
        // Names in a script that no font at hand has.
        Err(AppError::Invalid { .. }) => {
            Ok(answer.printed(Some(TableName::Summary), AuditFormat::Pdf)?.body)
        }
        printed => Ok(printed?.body),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;\
padding:0 1rem;color:#1a1a1a;background:#fff}th{text-align:left;font-weight:600;padding-right:1rem;\
vertical-align:top}code,pre{font-size:.9em;overflow-wrap:anywhere}pre{white-space:pre-wrap;\
background:#f2f2f2;padding:.75rem}";

/// The page that a reader opens first.
pub(super) fn index(predicate: &Predicate, report: &Report) -> String {
    let question = &predicate.question;
    let period = format!("{} to {}", question.period.start, question.period.end);
    let name = escaped(&predicate.organization.name);
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\">\
         <title>Evidence pack: {name}, {period}</title><style>{STYLE}</style></head><body>\n\
         <h1>Evidence of training</h1>\n"
    );
    frame(&mut page, predicate, report);
    figures(&mut page, report);
    links(&mut page, predicate.variant);
    verifying(&mut page, predicate);
    page.push_str("</body></html>\n");
    page
}

fn row(page: &mut String, name: &str, value: &str) {
    let value = escaped(value);
    let _ = writeln!(page, "<tr><th scope=\"row\">{name}</th><td>{value}</td></tr>");
}

fn frame(page: &mut String, predicate: &Predicate, report: &Report) {
    let head = &report.head;
    page.push_str("<table>\n");
    row(page, "Organization", &predicate.organization.name);
    row(page, "Period", &format!("{} to {}", head.period.start, head.period.end));
    row(page, "As of", &head.timezone.wall_clock(head.as_of));
    row(page, "Time zone", &format!("{} (data {})", head.timezone, predicate.time_zone_data));
    row(page, "Rules", &format!("engine {}", predicate.engine));
    row(page, "Log", &predicate.origin);
    row(page, "Entries", &predicate.checkpoint.size.to_string());
    row(page, "Root (SHA-256)", &predicate.checkpoint.root.to_string());
    page.push_str("</table>\n");
}

fn figures(page: &mut String, report: &Report) {
    let summary = &report.summary;
    let open = report.gaps.iter().filter(|gap| gap.gap == GapKind::Open).count();
    let uncovered: i64 = report.coverage.iter().map(|row| row.uncovered_days).sum();
    let of = |(part, whole): (usize, usize)| format!("{part} of {whole}");
    page.push_str("<h2>Figures</h2>\n<table>\n");
    row(page, "People in scope", &summary.population.to_string());
    row(page, "Obligations completed", &of(summary.completion_rate));
    row(page, "Completed on time", &of(summary.on_time_rate));
    row(page, "Open gaps", &open.to_string());
    row(page, "Days of access without valid training", &uncovered.to_string());
    page.push_str("</table>\n");
}

fn links(page: &mut String, variant: PackVariant) {
    page.push_str("<h2>Files</h2>\n<ul>\n");
    let mut link = |name: &str, what: &str| {
        let _ = writeln!(page, "<li><a href=\"{name}\">{name}</a>: {what}</li>");
    };
    link("manifest.json", "every file with its SHA-256, the question, the log");
    link("manifest.note", "the log's signature under the manifest");
    link("checkpoint.txt", "the log's signed root");
    if variant == PackVariant::Anonymised {
        link("register.csv", "the register, people as numbers");
        link("summary.json", "the figures");
        page.push_str("</ul>\n");
        return;
    }
    link("report.pdf", "the register to print");
    link("report.json", "the whole report");
    link("program.md", "the training program");
    link("policies.json", "versions of policies");
    link("requirements.json", "requirements with the controls that they answer");
    link("courses.json", "courses and their versions with hashes of packages");
    link("exceptions.json", "leave and exemptions with reasons and approvers");
    link("reviews.json", "management reviews");
    link("feeds.json", "where reference data came from");
    link("statements.ndjson", "the statements behind every row");
    link("actors.ndjson", "the salts of their actors");
    link("reference.ndjson", "every change of reference data");
    for table in TableName::ALL {
        link(&format!("tables/{}.csv", table.as_str()), title(table));
    }
    page.push_str("</ul>\n");
}

fn verifying(page: &mut String, predicate: &Predicate) {
    let key = predicate.keys.last().map(|key| escaped(key)).unwrap_or_default();
    page.push_str("<h2>How to verify</h2>\n");
    let _ = writeln!(
        page,
        "<p>Nothing here has to be believed. With the program, and without a network:</p>\n\
         <pre>attestry verify PACK.zip --key '{key}'</pre>\n\
         <p>Take the key from the organization's log itself, or from an earlier audit, and compare: a \
         key that came with the pack shows only that the pack agrees with itself.</p>"
    );
    page.push_str(match predicate.variant {
        PackVariant::Full => {
            "<p>It checks every hash and signature, computes the log's root from its entries, holds \
             every statement and event against its entry, fails when one is left out, and computes \
             the report and the tables again.</p>\n"
        }
        PackVariant::Anonymised => {
            "<p>This variant names nobody: entries, counts and the existence of the statements named \
             can be proven, the register itself cannot be computed again.</p>\n"
        }
    });
}
