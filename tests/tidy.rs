//! The house rules as a test: which crate may name which, who owns the heavy packages, how long
//! files and functions may be, and what never stands in the repository.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use toml::{Table, Value};

/// Which of our crates each of our crates may depend on. A new edge is a decision: change it here.
const LAYERS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("xapi", &["domain"]),
    ("scorm", &["domain"]),
    ("ledger", &["domain"]),
    ("package", &["domain", "scorm"]),
    ("audit", &["domain"]),
    ("blob", &["domain"]),
    ("store", &["domain", "ledger", "xapi"]),
    ("store_sqlite", &["domain", "ledger", "store"]),
    ("store_postgres", &["domain", "ledger", "store"]),
    ("app", &["audit", "blob", "domain", "ledger", "package", "paper", "scorm", "store", "xapi"]),
    // Carries what `app` wants to tell other systems.
    ("courier", &["app", "domain"]),
    // A model in, bytes out: knows nothing of what it shows.
    ("paper", &[]),
    // What `app` answers is made of the store's rows and of readers of kept bytes.
    ("web", &["app", "audit", "blob", "domain", "package", "scorm", "store", "xapi"]),
    ("samples", &["package"]),
    // Knows an LRS by its HTTP alone, so that it measures any.
    ("bench", &["domain"]),
    ("harness", &[]),
    // Reckons with the store itself, beside the server.
    ("ordeal", &["domain", "harness", "ledger", "store", "store_postgres", "store_sqlite"]),
    // Plays the SCORM cases in any LMS, and in one made of the engine itself, without a server.
    ("conformance-scorm2004", &["domain", "package", "scorm"]),
    ("conformance", &["conformance-scorm2004", "harness", "ordeal", "scorm"]),
    ("benches", &[]),
    ("support", &["harness", "package", "samples"]),
];

/// Heavy packages, and the only crates that may name them (tests of theirs, too).
const OWNERS: &[(&str, &[&str])] = &[
    ("actix-web", &["web"]),
    ("actix-multipart", &["web"]),
    ("askama", &["web"]),
    ("sqlx", &["store_sqlite", "store_postgres", "harness"]),
    ("zip", &["app", "attestry", "package"]),
    ("quick-xml", &["package"]),
    ("object_store", &["blob"]),
    ("hyper-rustls", &["blob", "courier"]),
    ("fantoccini", &["harness"]),
    ("clap", &["attestry"]),
    ("ring", &["xapi", "ledger", "app"]),
    ("x509-cert", &["xapi"]),
    ("krilla", &["paper"]),
    ("lopdf", &["paper"]),
    ("criterion", &["benches"]),
];

const FILE_LINES_MAX: usize = 800;
const FUNCTION_LINES_MAX: usize = 70;

/// Files that are longer for a reason, with their present length: it may only shrink.
const LONG_FILES: &[(&str, usize)] = &[];

/// Functions that are longer for a reason, as `file: name`: the list may only shrink.
const LONG_FUNCTIONS: &[&str] = &[
    // one object with a function for each of the API's, which share what they close over
    "content/player/api/api.js: createApi",
    // a table of cases
    "src/xapi/tests/refusals.rs: a_wrong_value_is_refused_by_its_requirement_at_its_place",
];

/// What would tie the repository to the machine it was written on.
const MACHINE_PATHS: &[&str] =
    &[concat!("/", "work/"), concat!("/", "root/"), concat!("/", "tmp/")];

/// Texts where such a path is part of a rule, not of a machine.
const MAY_NAME_PATHS: &[&str] = &[];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Our own files below `folder`, by their path from the root.
fn files(folder: &str) -> Vec<(String, PathBuf)> {
    let mut found = Vec::new();
    collect(&root().join(folder), &mut found);
    let from_root = |path: &PathBuf| path.strip_prefix(root()).ok()?.to_str().map(str::to_owned);
    found.into_iter().filter_map(|path| Some((from_root(&path)?, path))).collect()
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if path.is_dir() {
            if !["target", "data", "proptest-regressions"].contains(&name) {
                collect(&path, found);
            }
        } else if !name.ends_with('~') {
            found.push(path);
        }
    }
}

fn has_ending(path: &str, endings: &[&str]) -> bool {
    Path::new(path).extension().is_some_and(|end| endings.iter().any(|ending| end == *ending))
}

/// Source files of ours: what is compiled, and what a browser runs.
fn sources() -> Vec<(String, String)> {
    ["src", "tests", "benches", "conformance", "content"]
        .iter()
        .flat_map(|folder| files(folder))
        .filter(|(name, _)| has_ending(name, &["rs", "js"]))
        .map(|(name, path)| (name, read(&path)))
        .collect()
}

/// Every crate of the workspace: its name and its manifest.
fn crates() -> Vec<(String, Table)> {
    let workspace: Table = read(&root().join("Cargo.toml")).parse().expect("the manifest is TOML");
    let members = workspace["workspace"]["members"].as_array().expect("members are a list").clone();
    let mut found = vec![("attestry".to_owned(), workspace)];
    for member in members.iter().filter_map(Value::as_str) {
        let manifest = read(&root().join(member).join("Cargo.toml"));
        let manifest: Table = manifest.parse().expect("the manifest is TOML");
        let name = manifest["package"]["name"].as_str().expect("a crate has a name").to_owned();
        found.push((name, manifest));
    }
    found
}

fn dependencies(manifest: &Table, kind: &str) -> BTreeSet<String> {
    let table = manifest.get(kind).and_then(Value::as_table);
    table.map(|table| table.keys().cloned().collect()).unwrap_or_default()
}

fn violations(rule: &str, found: &[String]) {
    assert!(found.is_empty(), "{rule}:\n{}", found.join("\n"));
}

#[test]
fn every_edge_between_our_crates_is_an_allowed_one() {
    let crates = crates();
    let ours: BTreeSet<&str> = crates.iter().map(|(name, _)| name.as_str()).collect();
    let mut found = Vec::new();
    for (name, manifest) in crates.iter().filter(|(name, _)| name != "attestry") {
        let Some((_, allowed)) = LAYERS.iter().find(|(layer, _)| layer == name) else {
            found.push(format!("{name} has no place in LAYERS"));
            continue;
        };
        for dependency in dependencies(manifest, "dependencies") {
            if ours.contains(dependency.as_str()) && !allowed.contains(&dependency.as_str()) {
                found.push(format!("{name} -> {dependency}"));
            }
        }
    }
    violations("edges that LAYERS does not allow", &found);
}

#[test]
fn heavy_packages_are_named_by_their_owners_alone() {
    let mut found = Vec::new();
    for (name, manifest) in crates() {
        for kind in ["dependencies", "dev-dependencies"] {
            for dependency in dependencies(&manifest, kind) {
                let owners = OWNERS.iter().find(|(package, _)| *package == dependency);
                if owners.is_some_and(|(_, owners)| !owners.contains(&name.as_str())) {
                    found.push(format!("{name} names {dependency}"));
                }
            }
        }
    }
    violations("packages named by others than their owners", &found);
}

#[test]
fn no_file_is_longer_than_the_limit() {
    let mut found = Vec::new();
    for (name, text) in sources() {
        let lines = text.lines().count();
        let known = LONG_FILES.iter().find(|(file, _)| *file == name);
        let most = known.map_or(FILE_LINES_MAX, |(_, most)| *most);
        if lines > most {
            found.push(format!("{name}: {lines} lines, at most {most}"));
        }
        if known.is_some() && lines <= FILE_LINES_MAX {
            found.push(format!("{name}: short enough now, take it from LONG_FILES"));
        }
    }
    violations("files that are too long", &found);
}

/// The functions of a formatted file with their lengths: from the line that names one to the
/// closing brace at the same indent.
fn functions(text: &str) -> Vec<(String, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (begin, line) in lines.iter().enumerate() {
        let Some(name) = function_name(line) else { continue };
        let indent = line.len() - line.trim_start().len();
        let closing = format!("{}}}", " ".repeat(indent));
        let one_line = line.trim_end().ends_with('}') || line.trim_end().ends_with(';');
        let end = lines[begin..]
            .iter()
            .position(|line| line.trim_end_matches([';', ',', ')']) == closing);
        if let (false, Some(length)) = (one_line, end) {
            found.push((name, length + 1));
        }
    }
    found
}

fn function_name(line: &str) -> Option<String> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let at = words.iter().position(|word| ["fn", "function"].contains(word))?;
    let plain = words[..at].iter().all(|word| {
        ["pub", "const", "async", "export", "default", "static"].contains(word)
            || word.starts_with("pub(")
    });
    let name = words.get(at + 1)?.split(['(', '<']).next()?;
    (plain && !name.is_empty()).then(|| name.to_owned())
}

#[test]
fn no_function_is_longer_than_the_limit() {
    let mut found = Vec::new();
    for (file, text) in sources() {
        for (name, lines) in functions(&text) {
            let place = format!("{file}: {name}");
            if lines > FUNCTION_LINES_MAX && !LONG_FUNCTIONS.contains(&place.as_str()) {
                found.push(format!("{place}: {lines} lines, at most {FUNCTION_LINES_MAX}"));
            }
        }
    }
    violations("functions that are too long", &found);
}

#[test]
fn the_length_of_a_function_is_counted_to_its_closing_brace() {
    let text = "impl A {\n    pub fn b(&self) -> u8 {\n        if c {\n        }\n    }\n    fn d() {}\n}\n";
    assert_eq!(functions(text), [("b".to_owned(), 4)]);
    assert_eq!(functions("async function e(f) {\n  g();\n}\n"), [("e".to_owned(), 3)]);
}

#[test]
fn both_databases_have_the_same_migrations() {
    let names = |folder: &str| -> BTreeSet<String> {
        let files = files(folder).into_iter().filter(|(name, _)| has_ending(name, &["sql"]));
        files.filter_map(|(name, _)| Some(name.rsplit_once('/')?.1.to_owned())).collect()
    };
    assert_eq!(names("migrations/sqlite"), names("migrations/postgres"));
}

#[test]
fn nothing_names_the_machine_it_was_written_on() {
    let mut found = Vec::new();
    for folder in
        ["src", "tests", "content", "conformance", "docs", "migrations", "scripts", "benches"]
    {
        for (name, path) in files(folder) {
            let Ok(text) = fs::read_to_string(&path) else { continue };
            for (number, line) in (1..).zip(text.lines()) {
                let named = MACHINE_PATHS.iter().any(|machine| line.contains(machine));
                if named && !MAY_NAME_PATHS.contains(&name.as_str()) {
                    found.push(format!("{name}:{number}: {}", line.trim()));
                }
            }
        }
    }
    violations("paths of one machine", &found);
}

#[test]
fn scripts_in_pages_evaluate_no_text_and_fetch_from_nobody_else() {
    let mut found = Vec::new();
    for (name, path) in files("content") {
        if !has_ending(&name, &["js", "html", "css"]) {
            continue;
        }
        for (number, line) in (1..).zip(read(&path).lines()) {
            let evaluates = ["eval(", "new Function(", "document.write("]
                .iter()
                .any(|call| line.contains(call) && has_ending(&name, &["js", "html"]));
            let fetches = [
                "src=\"http",
                "src=\"//",
                "url(http",
                "url(//",
                "@import",
                "import(\"http",
                "from \"http",
                "fetch(\"http",
            ]
            .iter()
            .any(|form| line.contains(form));
            let styles = line.contains("<link") && line.contains("href=\"http");
            if evaluates || fetches || styles {
                found.push(format!("{name}:{number}: {}", line.trim()));
            }
        }
    }
    violations("scripts that evaluate or fetch", &found);
}
