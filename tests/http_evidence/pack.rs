//! Evidence packs: made of a real store, verified without it, and every change of them is found.

use crate::support::{PROGRAM, answer, command, id, servers, statement, succeeds, xapi};
use harness::Server;
use harness::reqwest::Method;
use harness::serde_json::{Value, from_slice, json};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{Cursor, Read, Write};
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

/// The files of a pack, by their names.
type Files = BTreeMap<String, Vec<u8>>;

async fn put(server: &Server, path: &str, value: &Value) {
    let wish = json!({"value": value, "reason": "audit"});
    let request = server.request(Method::PUT, &format!("/api/v1/{path}")).json(&wish);
    let (status, body) = answer(request).await;
    assert_eq!(status, 200, "{path}: {body}");
}

fn person(name: &str) -> Value {
    json!({
        "name": name, "department": "Platform",
        "identities": [{"kind": "mbox", "value": format!("mailto:{name}@people.example"), "from": null, "to": null}],
        "employment": [{"type": "employee", "start": "2025-01-06", "end": null}],
        "access": [{"scope": "prod", "start": "2025-01-06", "end": null}],
        "roles": [],
    })
}

/// People with a requirement; of what they did some is voided, replayed, or erased with its person.
async fn furnish(server: &Server) {
    let course = json!({"title": "Safety", "versions": [{"version": "1", "activity": "https://example.com/course"}]});
    put(server, "foreign-courses/safety", &course).await;
    let rules = json!({"title": "All", "courses": ["safety"], "effective_from": "2025-01-01", "due_within": "P30D"});
    put(server, "requirements/R-1", &rules).await;
    for name in ["ada", "bob", "erna", "eve"] {
        put(server, &format!("people/p-{name}"), &person(name)).await;
    }
    let voiding = json!({
        "id": id(6),
        "actor": {"mbox": "mailto:boss@people.example"},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/voided"},
        "object": {"objectType": "StatementRef", "id": id(3)},
    });
    let all = [
        statement(1, "ada", "passed", "course"),
        statement(2, "bob", "failed", "course"),
        statement(3, "bob", "passed", "course"),
        statement(4, "erna", "passed", "course"),
        statement(5, "ada", "attempted", "course"),
        voiding,
    ];
    let (status, ids) = answer(xapi(server, Method::POST, "statements").json(&all)).await;
    assert_eq!(status, 200, "{ids}");
    let mut foreign = statement(7, "eve", "passed", "course");
    foreign["stored"] = json!("2025-02-01T10:00:00.500Z");
    foreign["timestamp"] = json!("2025-02-01T09:59:00Z");
    foreign["authority"] = json!({"account": {"homePage": "https://lms.example", "name": "lrs"}});
    let replay = server.post("/api/v1/replay?reason=move").body(format!("{foreign}\n"));
    let (status, report) = answer(replay).await;
    assert_eq!((status, &report["stored"]), (200, &json!(1)), "{report}");
    let order = json!({"actors": [{"mbox": "mailto:erna@people.example"}], "reason": "request 12", "compact": false});
    let (status, erased) = answer(server.post("/api/v1/erasures").json(&order)).await;
    assert!([200, 201].contains(&status), "{erased}");
}

/// The output of a command that must succeed. The file of a store has one user at a time.
async fn offline(server: &mut Server, arguments: &[&str]) -> String {
    server.stop().await;
    let output = command(server, arguments);
    server.start_again().await;
    succeeds(&output)
}

/// A pack of the year in `folder`.
async fn pack(server: &mut Server, folder: &Path, more: &[&str]) -> Files {
    let path = folder.join("pack.zip");
    let path = path.to_str().expect("a plain path");
    let given = ["evidence", "--from", "2025-01-01", "--to", "2026-12-31", "-o", path];
    offline(server, &[&given[..], more].concat()).await;
    let mut archive = ZipArchive::new(File::open(path).expect("it is there")).expect("a zip");
    let mut files = Files::new();
    for index in 0..archive.len() {
        let mut file = archive.by_index(index).expect("a file");
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).expect("it is whole");
        files.insert(file.name().expect("a name").into_owned(), bytes);
    }
    files
}

fn zipped(files: &Files) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(name, SimpleFileOptions::default()).expect("a file begins");
        zip.write_all(bytes).expect("memory takes it");
    }
    zip.finish().expect("a zip").into_inner()
}

/// The exit code and the output of a verification.
fn verified(folder: &Path, files: &Files, more: &[&str]) -> (Option<i32>, String) {
    let path = folder.join("changed.zip");
    fs::write(&path, zipped(files)).expect("the folder can be written");
    let output = Command::new(PROGRAM).arg("verify").arg(&path).args(more).output();
    let output = output.expect("the program runs");
    let text = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8_lossy(&text).into_owned())
}

/// A change that must be found: what was done, the file, and what the verdict must say.
fn must_find(folder: &Path, files: &Files, said: &[&str]) {
    let (code, text) = verified(folder, files, &[]);
    assert_eq!(code, Some(1), "{said:?}\n{text}");
    for said in said {
        assert!(text.contains(said), "{said} is not in\n{text}");
    }
}

fn lines(files: &Files, name: &str) -> Vec<String> {
    let text = String::from_utf8(files[name].clone()).expect("text");
    text.split_terminator('\n').map(str::to_owned).collect()
}

/// The files without the lines of one that hold `what`; there was one at least.
fn without(files: &Files, name: &str, what: &str) -> Files {
    let all = lines(files, name);
    let kept: Vec<String> = all.iter().filter(|line| !line.contains(what)).cloned().collect();
    assert!(kept.len() < all.len(), "{what} is in {name}");
    let mut changed = files.clone();
    changed.insert(name.to_owned(), (kept.join("\n") + "\n").into_bytes());
    changed
}

#[tokio::test]
async fn a_pack_verifies_and_its_report_is_computed_again() {
    for mut server in servers().await {
        furnish(&server).await;
        let folder = TempDir::new().expect("a folder");
        let files = pack(&mut server, folder.path(), &["--reason", "the year's audit"]).await;
        let key = offline(&mut server, &["ledger", "key"]).await;
        let (code, text) = verified(folder.path(), &files, &["--key", key.trim()]);
        assert_eq!(code, Some(0), "{text}");
        for said in ["computed again", "byte for byte", "all 6 statements", "signed the manifest"] {
            assert!(text.contains(said), "{said} is not in\n{text}");
        }
        assert!(!text.contains("the key came with"), "{text}");
        let (_, text) = verified(folder.path(), &files, &[]);
        assert!(text.contains("the key came with"), "{text}");
        let report: Value = from_slice(&files["report.json"]).expect("JSON");
        // The answer of the server to the same question is the same report.
        let head = &report["head"];
        let path = format!(
            "/api/v1/audit/report?from=2025-01-01&to=2026-12-31&as_of={}&tz=UTC",
            head["as_of"].as_str().expect("an instant")
        );
        let (code, asked) = answer(server.get(&path)).await;
        assert_eq!((code, &asked["data"]), (200, &report));
        let flags = report["flags"].as_array().expect("flags");
        let voided = json!({"type": "voided_evidence", "statement": id(3)});
        assert!(flags.contains(&voided), "{report:#}");
        assert_eq!(report["register"].as_array().map(Vec::len), Some(4));
        let texts: Vec<u8> = files.values().flatten().copied().collect();
        let texts = String::from_utf8_lossy(&texts);
        assert!(!texts.contains("erna@people"), "who was erased is in no pack");
    }
}

#[tokio::test]
async fn another_logs_key_and_a_foreign_signature_are_refused() {
    let mut server = servers().await.remove(0);
    furnish(&server).await;
    let folder = TempDir::new().expect("a folder");
    let files = pack(&mut server, folder.path(), &[]).await;
    let mut other = servers().await.remove(0);
    let key = offline(&mut other, &["ledger", "key"]).await;
    let (code, text) = verified(folder.path(), &files, &["--key", key.trim()]);
    assert_eq!(code, Some(1), "{text}");
    let theirs = pack(&mut other, folder.path(), &[]).await;
    let mut mixed = files.clone();
    mixed.insert("manifest.note".to_owned(), theirs["manifest.note"].clone());
    must_find(folder.path(), &mixed, &["manifest.note"]);
}

#[tokio::test]
async fn any_changed_byte_is_found_and_the_file_line_or_statement_is_named() {
    let mut server = servers().await.remove(0);
    furnish(&server).await;
    let folder = TempDir::new().expect("a folder");
    let files = pack(&mut server, folder.path(), &[]).await;
    for (name, bytes) in &files {
        if bytes.is_empty() {
            continue;
        }
        // Somewhere, the same in every run.
        let at = bytes.iter().fold(7_usize, |sum, byte| sum * 31 % 65_521 + usize::from(*byte));
        let mut changed = files.clone();
        changed.get_mut(name).expect("it is there")[at % bytes.len()] ^= 1;
        must_find(folder.path(), &changed, &[name]);
    }
    for (name, line, said) in [
        ("statements.ndjson", 2, id(2)),
        ("reference.ndjson", 3, "event".to_owned()),
        ("tables/completion.csv", 2, "computed again".to_owned()),
    ] {
        let mut all = lines(&files, name);
        let place = all[line - 1].find("p-").or_else(|| all[line - 1].find("bob")).unwrap_or(3);
        let changed: String =
            all[line - 1].char_indices().map(|(at, c)| if at == place { 'Q' } else { c }).collect();
        all[line - 1] = changed;
        let mut changed = files.clone();
        changed.insert(name.to_owned(), all.join("\n").into_bytes());
        must_find(folder.path(), &changed, &[&format!("{name} line {line}"), &said]);
    }
    let mut more = files.clone();
    more.insert("more.txt".to_owned(), b"x".to_vec());
    must_find(folder.path(), &more, &["more.txt", "does not name it"]);
    let mut less = files.clone();
    less.remove("exceptions.json");
    must_find(folder.path(), &less, &["exceptions.json", "missing"]);
}

#[tokio::test]
async fn what_is_left_out_is_named_be_it_a_statement_a_voiding_an_erased_one_or_an_event() {
    let mut server = servers().await.remove(0);
    furnish(&server).await;
    let folder = TempDir::new().expect("a folder");
    let files = pack(&mut server, folder.path(), &[]).await;
    let folder = folder.path();
    let gone = without(&files, "statements.ndjson", &id(1));
    must_find(folder, &gone, &[&format!("the statement {}", id(1)), "is missing"]);
    let gone = without(&files, "statements.ndjson", "verbs/voided");
    must_find(folder, &gone, &[&format!("which voids {}", id(3)), "is missing"]);
    let gone = without(&files, "statements.ndjson", "\"erased\":true");
    must_find(folder, &gone, &[&format!("the statement {}", id(4)), "is missing"]);
    let gone = without(&files, "reference.ndjson", "\"entity\":\"requirement\"");
    must_find(folder, &gone, &["reference.ndjson: the event of the entry at", "is missing"]);
    let gone = without(&files, "actors.ndjson", "ada@people");
    must_find(folder, &gone, &["lacks the salt of mbox:ada@people.example"]);
    // Something that is there cannot be passed off as erased.
    let said: Vec<String> = lines(&files, "statements.ndjson")
        .into_iter()
        .map(|line| {
            if !line.contains("verbs/voided") {
                return line;
            }
            let line: Value = line.parse().expect("JSON");
            json!({"position": line["position"], "erased": true}).to_string()
        })
        .collect();
    let mut hidden = files.clone();
    hidden.insert("statements.ndjson".to_owned(), said.join("\n").into_bytes());
    must_find(folder, &hidden, &["no erasure in the log names the entry"]);
}

#[tokio::test]
async fn the_anonymised_variant_names_nobody_and_says_what_it_proves() {
    for mut server in servers().await {
        furnish(&server).await;
        let folder = TempDir::new().expect("a folder");
        let files = pack(&mut server, folder.path(), &["--anonymised"]).await;
        let texts: Vec<u8> = files.values().flatten().copied().collect();
        let texts = String::from_utf8_lossy(&texts);
        for name in ["people.example", "p-ada", "ada Person"] {
            assert!(!texts.contains(name), "{name}");
        }
        let (code, text) = verified(folder.path(), &files, &[]);
        assert_eq!(code, Some(0), "{text}");
        assert!(text.contains("entries and counts are proven"), "{text}");
        let gone = without(&files, "register.csv", "P000001");
        must_find(folder.path(), &gone, &["register.csv"]);
    }
}

#[tokio::test]
async fn a_pack_whose_as_of_is_not_over_is_refused() {
    let mut server = servers().await.remove(0);
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("pack.zip");
    let path = path.to_str().expect("a plain path");
    server.stop().await;
    let refused = command(&server, &["evidence", "--as-of", "2999-01-01T00:00:00Z", "-o", path]);
    assert_eq!(refused.status.code(), Some(2));
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 0, "nothing is left");
}
