//! The catalogue of findings: the guide explains each, and a test makes each.

use package::{
    Severity,
    codes::{Code, codes},
};
use std::{fs, path::Path};

const GUIDE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/guide/findings.md");
const INTRODUCTION: &str = r#"# What a validation report says

`attestry check course.zip` prints it without a server; an import gives it too, in the console and as the
member `report` of `POST /api/v1/packages`. It holds:

- **the verdict**: imported or refused, the edition, and how many findings there are;
- **the structure**: every activity in order, what it launches, and in plain words what the manifest asks of
  sequencing (`structure`, with `rules`). What keeps to the defaults of the standard is not told;
- **the sizes**: the kinds of files, folders and single files that weigh most, unpacked (`sizes`);
- **the findings**: what was noticed, with file, line and column where there is one.

A finding has a `code` that keeps its name from release to release, so that scripts can rely on it, and a
severity:

| severity | means |
| --- | --- |
| error | the package is refused |
| warning | imported, and against a rule of the standard or likely not as it was meant |
| note | good to know; nothing has to change |

`attestry check` ends with 0 when all packages can be imported, 1 when one is refused and 2 when one cannot
be read. `attestry check --json` prints one report a line: `{"package": "…", "report": {…}}`.

Of one code at most 20 findings are listed, and a last one counts the rest.
"#;

fn guide() -> String {
    let mut lines = vec![INTRODUCTION.to_owned()];
    let mut area = "";
    for code in codes() {
        if code.area != area {
            area = code.area;
            let head = "| code | severity | what it means | what to do | the rule |";
            lines.push(format!("\n## {area}\n\n{head}\n| --- | --- | --- | --- | --- |\n"));
        }
        lines.push(format!("{}\n", row(code)));
    }
    lines.concat()
}

fn row(code: &Code) -> String {
    let severity = match code.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    };
    let Code { id, meaning, advice, rule, .. } = code;
    let rule = rule.unwrap_or_default();
    // A bar would end the cell, and a tag would be taken for HTML.
    let cell = |text: &str| text.replace('|', "\\|").replace('<', "&lt;");
    format!("| `{id}` | {severity} | {} | {} | {rule} |", cell(meaning), cell(advice))
}

#[test]
fn the_guide_explains_every_finding() {
    let written = fs::read_to_string(GUIDE).expect("the guide has a page on findings");
    for (at, (written, expected)) in written.lines().zip(guide().lines()).enumerate() {
        let line = at + 1;
        assert_eq!(
            written, expected,
            "docs/guide/findings.md:{line} is out of date; \
             cargo test -p package --test catalogue -- --ignored writes it anew"
        );
    }
    assert_eq!(written, guide(), "docs/guide/findings.md is longer or shorter than the catalogue");
}

#[test]
#[ignore = "writes docs/guide/findings.md anew"]
fn write_the_guide() {
    fs::write(GUIDE, guide()).unwrap();
}

/// The text of the tests in this folder and below, but for the catalogue's own.
fn tests(folder: &Path) -> String {
    let mut texts = Vec::new();
    for entry in fs::read_dir(folder).expect("the crate has sources") {
        let path = entry.expect("the folder can be listed").path();
        let is_source = path.extension().is_some_and(|ending| ending == "rs");
        if path.is_dir() {
            texts.push(tests(&path));
        } else if is_source && !path.ends_with("catalogue.rs") && !path.ends_with("codes.rs") {
            let source = fs::read_to_string(&path).expect("sources are text");
            let is_test = path.parent().is_some_and(|parent| parent.ends_with("tests"));
            let from = if is_test { Some(0) } else { source.find("#[cfg(test)]") };
            texts.extend(from.and_then(|from| source.get(from..)).map(str::to_owned));
        }
    }
    texts.concat()
}

#[test]
fn every_finding_has_a_test_that_names_it() {
    let tests = tests(Path::new(env!("CARGO_MANIFEST_DIR")));
    let named = |code: &&&Code| !tests.contains(&format!("\"{}\"", code.id));
    let missing: Vec<&str> = codes().iter().filter(named).map(|code| code.id).collect();
    assert!(missing.is_empty(), "no test names {missing:?}");
}
