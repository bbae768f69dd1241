//! Backup and restore: from either database into either, under load, whole or not at all.

use crate::support::{
    PROGRAM, answer, command, command_with, get, id, servers, statement, succeeds, xapi,
};
use domain::Sha256Digest;
use flate2::{Compression, read::MultiGzDecoder, write::GzEncoder};
use harness::reqwest::Method;
use harness::serde_json::{Value, from_slice, json};
use harness::{Backend, Server};
use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use tempfile::TempDir;

/// A little of everything: a course, a launch, statements, documents, a replayed one, trust.
async fn furnish(server: &Server) {
    let zip = samples::named("phishing-basics").expect("there is a sample of this name").zip();
    let (status, course) = answer(server.post("/api/v1/packages").body(zip)).await;
    assert!(status == 200 || status == 201, "{course}");
    let launch =
        json!({"course": course["course"], "actor": {"mbox": "mailto:ada@people.example"}});
    assert_eq!(answer(server.post("/api/v1/launches").json(&launch)).await.0, 201);
    let many: Vec<Value> =
        (1..=300).map(|number| statement(number, "ada", "attempted", "course")).collect();
    let (status, ids) = answer(xapi(server, Method::POST, "statements").json(&many)).await;
    assert_eq!(status, 200, "{ids}");
    let void = json!({
        "actor": {"mbox": "mailto:bob@people.example"},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/voided"},
        "object": {"objectType": "StatementRef", "id": id(7)},
    });
    assert_eq!(answer(xapi(server, Method::POST, "statements").json(&void)).await.0, 200);
    let state = "activities/state?activityId=https%3A%2F%2Fexample.com%2Fcourse&stateId=place\
                 &agent=%7B%22mbox%22%3A%22mailto%3Aada%40people.example%22%7D";
    let put = xapi(server, Method::PUT, state).header("Content-Type", "application/octet-stream");
    assert_eq!(answer(put.body(vec![0_u8, 255, 7])).await.0, 204);
    let foreign = statement(1_000, "eve", "passed", "course").to_string();
    assert_eq!(answer(server.post("/api/v1/replay").body(foreign)).await.0, 200);
}

fn manifest(folder: &Path) -> Value {
    from_slice(&fs::read(folder.join("manifest.json")).expect("it is there")).expect("it is JSON")
}

/// Rows and hash of each table of a backup.
fn tables(manifest: &Value) -> BTreeMap<String, (u64, String)> {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let all = manifest["tables"].as_array().expect("a list").iter();
    all.map(|one| {
        (text(&one["name"]), (one["rows"].as_u64().expect("a count"), text(&one["sha256"])))
    })
    .collect()
}

fn path_text(path: &Path) -> &str {
    path.to_str().expect("temporary folders have plain names")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_under_load_restores_into_either_database_with_the_same_rows() {
    for mut source in servers().await {
        furnish(&source).await;
        let folder = TempDir::new().expect("a folder can be made");
        let backup = folder.path().join("backup");
        let (is_over, stored) = (AtomicBool::new(false), AtomicU32::new(0));
        let load = async {
            while !is_over.load(Ordering::SeqCst) {
                let number = 10_000 + stored.fetch_add(1, Ordering::SeqCst);
                let one = statement(number, "ada", "progressed", "course");
                assert_eq!(
                    answer(xapi(&source, Method::POST, "statements").json(&one)).await.0,
                    200
                );
            }
        };
        let settings = source.settings().to_owned();
        let taken = backup.clone();
        let copy = async {
            let before = stored.load(Ordering::SeqCst);
            let ran = harness_blocking(move || {
                command_with(&settings, &["backup", path_text(&taken)]).output().expect("it runs")
            });
            succeeds(&ran.await);
            let after = stored.load(Ordering::SeqCst);
            is_over.store(true, Ordering::SeqCst);
            assert!(after > before, "nothing was stored while the backup was taken");
        };
        tokio::join!(load, copy);
        let first = manifest(&backup);
        source.stop().await;

        for backend in Backend::ALL.into_iter().filter(|backend| backend.missing().is_none()) {
            let again = folder.path().join(format!("{backend:?}"));
            let target = Server::start_after(PROGRAM, backend, &[], |settings| {
                let restore = command_with(settings, &["restore", path_text(&backup)]).output();
                succeeds(&restore.expect("it runs"));
                let copied = command_with(settings, &["backup", path_text(&again)]).output();
                succeeds(&copied.expect("it runs"));
            })
            .await;
            let second = manifest(&again);
            assert_eq!(tables(&first), tables(&second), "into {backend:?}");
            assert_eq!(first["organizations"], second["organizations"]);
            assert_eq!(first["packages"], second["packages"]);
            // It serves, and goes on where the log ended.
            let detail = get(&target, &format!("/api/v1/statements/{}", id(1_000))).await;
            assert_eq!(detail["grade"], "C");
            assert_eq!(
                get(&target, &format!("/api/v1/statements/{}", id(7))).await["voided"],
                true
            );
            let one = statement(9_999, "zoe", "attempted", "course");
            assert_eq!(answer(xapi(&target, Method::POST, "statements").json(&one)).await.0, 200);
            let position = get(&target, &format!("/api/v1/statements/{}", id(9_999))).await;
            assert_eq!(position["position"], first["organizations"][0]["size"]);
            let courses = get(&target, "/api/v1/courses").await;
            for course in courses["items"].as_array().expect("a list") {
                let course = course["id"].as_str().expect("an id");
                let zip = format!("/api/v1/courses/{course}/versions/1/package");
                let zip = target.get(&zip).send().await.expect("it answers");
                assert_eq!(zip.status().as_u16(), 200);
            }
        }
    }
}

async fn harness_blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.expect("it does not panic")
}

#[tokio::test]
async fn a_backup_holds_every_table_of_the_schema() {
    let migrations = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    for server in servers().await {
        let folder = TempDir::new().expect("a folder can be made");
        let backup = folder.path().join("backup");
        succeeds(&command(&server, &["backup", path_text(&backup)]));
        let is_sqlite = !server.settings().iter().any(|(name, _)| name == "ATTESTRY_DATABASE_URL");
        let mut named = Vec::new();
        let files = migrations.join(if is_sqlite { "sqlite" } else { "postgres" });
        for file in fs::read_dir(files).expect("it is there") {
            let text = fs::read_to_string(file.expect("a readable entry").path()).expect("text");
            let tables = text.lines().filter_map(|line| line.strip_prefix("CREATE TABLE "));
            named.extend(
                tables.map(|rest| rest.split([' ', '(']).next().unwrap_or_default().to_owned()),
            );
        }
        named.sort();
        assert!(named.len() > 20, "{named:?}");
        assert_eq!(tables(&manifest(&backup)).into_keys().collect::<Vec<_>>(), named);
        let mode =
            |path: &Path| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
        assert_eq!(mode(&backup.join("master.key")), 0o600);
        assert_eq!(mode(&backup), 0o700);
    }
}

#[tokio::test]
async fn a_restore_goes_into_an_empty_store_alone() {
    for server in servers().await {
        let folder = TempDir::new().expect("a folder can be made");
        let backup = folder.path().join("backup");
        succeeds(&command(&server, &["backup", path_text(&backup)]));
        let again = command(&server, &["backup", path_text(&backup)]);
        assert_eq!(again.status.code(), Some(2), "{again:?}");
        let mut server = server;
        server.stop().await;
        let into = command(&server, &["restore", path_text(&backup)]);
        assert_eq!(into.status.code(), Some(2), "{into:?}");
        let said = String::from_utf8_lossy(&into.stderr).into_owned();
        assert!(said.contains("the store is not empty"), "{said}");
    }
}

/// What makes a backup worthless, each on a copy of its own.
fn damages(backup: &Path) -> Vec<(&'static str, TempDir)> {
    let damage = |name: &'static str, how: &dyn Fn(&Path)| {
        let copy = TempDir::new().expect("a folder can be made");
        copy_folder(backup, copy.path());
        how(copy.path());
        (name, copy)
    };
    let entries = |folder: &Path| folder.join("tables/log_entry.rows.gz");
    vec![
        (
            "no manifest",
            &(|folder: &Path| {
                fs::remove_file(folder.join("manifest.json")).expect("it was there");
            }) as &dyn Fn(&Path),
        ),
        ("a flipped bit", &|folder| {
            let mut bytes = fs::read(entries(folder)).expect("it is there");
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            fs::write(entries(folder), bytes).expect("written");
        }),
        ("a file cut short", &|folder| {
            let bytes = fs::read(entries(folder)).expect("it is there");
            fs::write(entries(folder), &bytes[..bytes.len() / 2]).expect("written");
        }),
        ("another root", &|folder| {
            let mut manifest = manifest(folder);
            manifest["organizations"][0]["root"] = json!("00".repeat(32));
            fs::write(folder.join("manifest.json"), manifest.to_string()).expect("written");
        }),
        ("a row less", &|folder| {
            let mut manifest = manifest(folder);
            let rows = manifest["tables"].as_array_mut().expect("a list");
            let event = rows.iter_mut().find(|one| one["name"] == "event").expect("it is there");
            event["rows"] = json!(event["rows"].as_u64().expect("a count") - 1);
            fs::write(folder.join("manifest.json"), manifest.to_string()).expect("written");
        }),
        ("another package", &|folder| {
            let package = manifest(folder)["packages"][0].clone();
            let word = |name: &str| package[name].as_str().expect("a text").to_owned();
            let path = folder.join("packages").join(word("organization")).join(word("sha256"));
            fs::write(path, b"not the same").expect("written");
        }),
    ]
    .into_iter()
    .map(|(name, how)| damage(name, how))
    .collect()
}

/// Where `what` stands in `rows`, and ends.
fn end_of(rows: &[u8], what: &[u8]) -> usize {
    let found = rows.windows(what.len()).position(|part| part == what);
    found.expect("it is there") + what.len()
}

/// Every hash of the backup goes with its files: the signatures alone tell.
#[tokio::test]
async fn a_backup_whose_checkpoints_its_own_keys_did_not_sign_is_refused() {
    for server in servers().await {
        let one = statement(1, "ada", "attempted", "course");
        assert_eq!(answer(xapi(&server, Method::POST, "statements").json(&one)).await.0, 200);
        // A proof has a checkpoint signed.
        get(&server, &format!("/api/v1/statements/{}/proof", id(1))).await;
        let folder = TempDir::new().expect("a folder can be made");
        let backup = folder.path().join("backup");
        succeeds(&command(&server, &["backup", path_text(&backup)]));
        let [signature, key] = ["signature", "key"].map(|name| folder.path().join(name));
        copy_folder(&backup, &signature);
        rewrite(&signature, "checkpoint", |rows| {
            // Behind the dash: the key's name, its number and the signature in base64.
            let name = end_of(rows, "\n\u{2014} ".as_bytes());
            let at = name + end_of(&rows[name..], b" ") + 20;
            rows[at] = if rows[at] == b'A' { b'B' } else { b'A' };
        });
        copy_folder(&backup, &key);
        rewrite(&key, "signing_key", |rows| {
            // Behind the origin, which ends with a UUID: a tag, a length and the key.
            let at = end_of(rows, b"/ledger/") + 36 + 20;
            rows[at] ^= 1;
        });
        for damaged in [signature, key] {
            let checked = command(&server, &["restore", path_text(&damaged), "--check"]);
            assert!(!checked.status.success(), "{damaged:?}");
            let said = [checked.stdout, checked.stderr].concat();
            let said = String::from_utf8_lossy(&said);
            assert!(said.contains("is not verified"), "{damaged:?}: {said}");
        }
        succeeds(&command(&server, &["restore", path_text(&backup), "--check"]));
    }
}

/// Changes the rows of a table so that all hashes of the backup go with them.
fn rewrite(folder: &Path, table: &str, change: impl FnOnce(&mut Vec<u8>)) {
    let path = folder.join(format!("tables/{table}.rows.gz"));
    let mut rows = Vec::new();
    let mut packed = MultiGzDecoder::new(fs::File::open(&path).expect("it is there"));
    packed.read_to_end(&mut rows).expect("it unpacks");
    change(&mut rows);
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(&rows).expect("memory takes it");
    let packed = packed.finish().expect("memory takes it");
    fs::write(&path, &packed).expect("written");
    let mut manifest = manifest(folder);
    let tables = manifest["tables"].as_array_mut().expect("a list");
    let one = tables.iter_mut().find(|one| one["name"] == table).expect("it is there");
    one["bytes"] = json!(packed.len());
    one["sha256"] = json!(Sha256Digest::of(&packed).to_string());
    fs::write(folder.join("manifest.json"), manifest.to_string()).expect("written");
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder can be made");
    for entry in fs::read_dir(from).expect("it is there").map(|entry| entry.expect("readable")) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("copied");
        }
    }
}

#[tokio::test]
async fn a_damaged_backup_leaves_nothing_and_a_whole_one_can_follow() {
    for server in servers().await {
        furnish(&server).await;
        let folder = TempDir::new().expect("a folder can be made");
        let backup = folder.path().join("backup");
        succeeds(&command(&server, &["backup", path_text(&backup)]));
        let damaged = damages(&backup);
        for backend in Backend::ALL.into_iter().filter(|backend| backend.missing().is_none()) {
            let target = Server::start_after(PROGRAM, backend, &[], |settings| {
                for (name, folder) in &damaged {
                    let path = path_text(folder.path());
                    let tried = command_with(settings, &["restore", path]).output().expect("runs");
                    assert!([Some(1), Some(3)].contains(&tried.status.code()), "{name}: {tried:?}");
                    let checked = command_with(settings, &["restore", path, "--check"]).output();
                    assert!(!checked.expect("it runs").status.success(), "{name}");
                }
                // One that is cut off in the middle.
                let mut cut = command_with(settings, &["restore", path_text(&backup)]);
                let cut = cut.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
                let mut cut = cut.expect("it runs");
                std::thread::sleep(std::time::Duration::from_millis(60));
                let _ = cut.kill();
                let ended = cut.wait().expect("it is ours");
                if !ended.success() {
                    // Nothing of it is there; or, cut off after its commit, all of it.
                    let whole = command_with(settings, &["restore", path_text(&backup)]).output();
                    let code = whole.expect("it runs").status.code();
                    assert!([Some(0), Some(2)].contains(&code), "{code:?}");
                }
                let whole = command_with(settings, &["restore", path_text(&backup), "--check"]);
                let mut whole = whole;
                assert!(succeeds(&whole.output().expect("it runs")).contains("checked"));
            })
            .await;
            get(&target, &format!("/api/v1/statements/{}", id(300))).await;
        }
    }
}
