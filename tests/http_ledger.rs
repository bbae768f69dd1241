//! The ledger over HTTP and at the command line, on both databases: published, proved, verified
//! without the server, and found out when something was changed.

use harness::reqwest::header::HeaderMap;
use harness::reqwest::{Method, RequestBuilder};
use harness::serde_json::{Value, from_slice, json};
use harness::{Backend, Server};
use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;
use tokio::time::sleep;

const PROGRAM: &str = env!("CARGO_BIN_EXE_attestry");
const VERSION: &str = "X-Experience-API-Version";

/// A server on each database there is, with these settings.
async fn servers(settings: &[(&str, &str)]) -> Vec<Server> {
    Server::start_on_each(PROGRAM, settings).await
}

struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    fn json(&self) -> Value {
        from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

async fn sent(request: RequestBuilder) -> Answer {
    let answer = request.send().await.expect("it answers");
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    Answer { status, headers, body: answer.bytes().await.expect("the body is whole").to_vec() }
}

async fn get(server: &Server, path: &str) -> Answer {
    let answer = sent(server.get(path)).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    answer
}

/// A GET of what is for everybody.
async fn public(server: &Server, path: &str) -> Answer {
    sent(server.client().get(server.main(path))).await
}

/// Stores so many statements; their ids.
async fn store(server: &Server, count: usize) -> Vec<String> {
    let statements: Vec<Value> = (0..count)
        .map(|number| {
            json!({
                "actor": {"mbox": format!("mailto:ada{}@people.example", number % 7)},
                "verb": {"id": "http://adlnet.gov/expapi/verbs/passed"},
                "object": {"id": format!("https://example.com/{number}")},
                "result": {"score": {"scaled": 0.85}, "success": true},
            })
        })
        .collect();
    let request = server.request(Method::POST, "/xapi/statements").header(VERSION, "1.0.3");
    let answer = sent(request.json(&statements)).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let ids = answer.json();
    let ids = ids.as_array().expect("a list of ids").iter();
    ids.map(|id| id.as_str().expect("an id").to_owned()).collect()
}

/// The ledger's address and the key in force, once everything stored is under a checkpoint.
async fn about(server: &Server) -> (String, String) {
    // A checkpoint of this very second is not followed by another for whoever looks.
    sleep(Duration::from_millis(1_100)).await;
    let about = get(server, "/api/v1/ledger").await.json();
    let keys = about["keys"].as_array().expect("there are keys");
    let key = keys.last().expect("there is a key")["key"].as_str().expect("a key").to_owned();
    (about["address"].as_str().expect("an address").to_owned(), key)
}

/// Runs `attestry verify`, which knows no server and no settings.
fn verify(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(PROGRAM);
    command.arg("verify").args(arguments).current_dir(folder);
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(|name| name.starts_with("ATTESTRY_")) {
            command.env_remove(name);
        }
    }
    command.output().expect("the program runs")
}

fn said(output: &Output) -> String {
    let (out, err) = (&output.stdout, &output.stderr);
    format!("{}{}", String::from_utf8_lossy(out), String::from_utf8_lossy(err))
}

#[track_caller]
fn verdict(folder: &Path, arguments: &[&str], code: i32, about: &str) {
    let output = verify(folder, arguments);
    let said = said(&output);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
    assert!(said.contains(about), "{arguments:?}: {said}");
}

fn write(folder: &Path, name: &str, bytes: impl AsRef<[u8]>) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("it can be made");
    fs::write(path, bytes).expect("it can be written");
}

#[tokio::test]
async fn a_records_proof_is_verified_without_the_server() {
    for mut server in servers(&[]).await {
        let ids = store(&server, 300).await;
        let (_, key) = about(&server).await;
        let path = format!("/api/v1/statements/{}/proof", ids[123]);
        let proof = get(&server, &path).await;
        let text = sent(server.get(&path).header("Accept", "text/plain")).await;
        assert_eq!(text.header("content-type"), "text/plain; charset=utf-8");
        let refused = sent(server.get(&path).header("Accept", "image/png")).await;
        assert_eq!(refused.status, 406);
        let missing = "/api/v1/statements/00000000-0000-4000-8000-000000000000/proof";
        assert_eq!(sent(server.get(missing)).await.status, 404);
        server.stop().await;

        let folder = server.data();
        write(folder, "proof.json", &proof.body);
        write(folder, "proof.tlog-proof", &text.body);
        verdict(folder, &["proof.json", "--key", &key], 0, "verified: proof.json");
        verdict(folder, &["proof.json"], 0, "--key");
        let place = format!("entry {} is in the log", proof.json()["index"]);
        verdict(folder, &["proof.tlog-proof", "--key", &key], 0, &place);
        verdict(folder, &["proof.tlog-proof"], 2, "--key");
        let forged = proof.text().replace("0.85", "0.95");
        write(folder, "forged.json", forged);
        verdict(folder, &["forged.json", "--key", &key], 1, "not verified: the statement");
        let (name, rest) = key.split_once('+').expect("a key has parts");
        verdict(folder, &["proof.json", "--key", &format!("{name}x+{rest}")], 2, "--key");
        write(folder, "other.json", "{\"format\":\"x\"}");
        verdict(folder, &["other.json", "--key", &key], 2, "failed to verify other.json");
        verdict(folder, &["nothing.json", "--key", &key], 2, "failed to read nothing.json");
    }
}

/// Copies a published log as a mirror does.
async fn mirror(server: &Server, address: &str, folder: &Path) -> u64 {
    let checkpoint = public(server, &format!("{address}/checkpoint")).await;
    assert_eq!(checkpoint.header("content-type"), "text/plain; charset=utf-8");
    let text = checkpoint.text();
    let size: u64 = text.lines().nth(1).and_then(|size| size.parse().ok()).expect("a size");
    write(folder, "checkpoint", &checkpoint.body);
    for index in 0..size.div_ceil(256) {
        let width = (size - index * 256).min(256);
        let part = if width < 256 { format!(".p/{width}") } else { String::new() };
        for (kind, is_public) in [("0", true), ("entries", false)] {
            let name = format!("tile/{kind}/{index:03}{part}");
            let path = format!("{address}/{name}");
            let file =
                if is_public { public(server, &path).await } else { get(server, &path).await };
            assert_eq!(file.status, 200, "{path}");
            assert_eq!(file.header("content-type"), "application/octet-stream");
            assert!(file.header("cache-control").contains("immutable"), "{path}");
            write(folder, &name, &file.body);
        }
    }
    size
}

#[tokio::test]
async fn a_mirror_gives_the_signed_root_and_no_changed_one_does() {
    for server in servers(&[]).await {
        store(&server, 250).await;
        let (address, key) = about(&server).await;
        let folder = server.data();
        let old = folder.join("old");
        assert!(mirror(&server, &address, &old).await >= 250);
        store(&server, 400).await;
        about(&server).await;
        let new = folder.join("new");
        let size = mirror(&server, &address, &new).await;
        assert!(size > 600, "{size}");
        verdict(folder, &["new", "--key", &key], 0, "give the root");
        verdict(folder, &["new", "--key", &key, "--checkpoint", "old/checkpoint"], 0, "verified");
        verdict(folder, &["old", "--key", &key, "--checkpoint", "new/checkpoint"], 1, "had");
        verdict(folder, &["new/checkpoint", "--key", &key], 0, "verified");
        verdict(folder, &["new"], 2, "--key");

        let bundle = "new/tile/entries/001";
        let good = fs::read(folder.join(bundle)).expect("it was mirrored");
        let mut changed = good.clone();
        changed[100] ^= 1;
        write(folder, bundle, &changed);
        verdict(folder, &["new", "--key", &key], 1, "not those of their hash tile");
        fs::remove_file(folder.join("new/tile/0/001")).expect("it was mirrored");
        verdict(folder, &["new", "--key", &key], 1, "not those that the checkpoint");
        fs::remove_file(folder.join(bundle)).expect("it was mirrored");
        verdict(folder, &["new", "--key", &key], 1, "lacks tile/entries/001");
    }
}

#[tokio::test]
async fn hashes_are_for_everybody_and_entries_for_auditors() {
    for server in servers(&[]).await {
        store(&server, 300).await;
        let (address, _) = about(&server).await;
        public(&server, &format!("{address}/checkpoint")).await;
        let tile = public(&server, &format!("{address}/tile/0/000")).await;
        assert_eq!((tile.status, tile.body.len()), (200, 8_192));
        assert_eq!(tile.header("access-control-allow-origin"), "*");
        assert_eq!(tile.header("cache-control"), "public, max-age=31536000, immutable");
        let head = server.client().head(server.main(&format!("{address}/tile/0/000")));
        let head = sent(head).await;
        assert_eq!((head.status, head.header("content-length")), (200, "8192"));
        let entries = format!("{address}/tile/entries/000");
        let refused = public(&server, &entries).await;
        assert_eq!(refused.status, 401);
        let plain = get(&server, &entries).await;
        assert!(plain.header("cache-control").starts_with("private"));
        let packed = sent(server.get(&entries).header("Accept-Encoding", "gzip")).await;
        assert_eq!(packed.header("content-encoding"), "gzip");
        assert!(packed.body.len() < plain.body.len() / 2);
        for wrong in [
            "tile/0/001".to_owned(),
            "tile/0/000.p/0".to_owned(),
            "tile/0/0".to_owned(),
            "tile/9/000".to_owned(),
            "tile/x".to_owned(),
        ] {
            assert_eq!(public(&server, &format!("{address}/{wrong}")).await.status, 404, "{wrong}");
        }
        let nobody = "/ledger/00000000-0000-4000-8000-000000000000/checkpoint";
        assert_eq!(public(&server, nobody).await.status, 404);
    }
    let open =
        Server::start(PROGRAM, Backend::Sqlite, &[("ATTESTRY_LEDGER_ENTRIES_PUBLIC", "true")])
            .await;
    store(&open, 1).await;
    let (address, _) = about(&open).await;
    let size = get(&open, "/api/v1/ledger").await.json()["size"].as_u64().expect("a size");
    let bundle = public(&open, &format!("{address}/tile/entries/000.p/{size}")).await;
    assert_eq!(bundle.status, 200);
    assert!(bundle.header("cache-control").starts_with("public"));
}

#[tokio::test]
async fn a_later_log_is_proved_to_begin_with_an_earlier_one_across_a_new_key() {
    for mut server in servers(&[]).await {
        store(&server, 30).await;
        let (_, old_key) = about(&server).await;
        let before = get(&server, "/api/v1/ledger").await.json();
        let from = before["size"].as_u64().expect("a size");
        let rotate =
            |reason: &str| server.post("/api/v1/ledger/keys").json(&json!({"reason": reason}));
        assert_eq!(sent(rotate("")).await.status, 400);
        let rotated = sent(rotate("yearly")).await;
        assert_eq!(rotated.status, 201, "{}", rotated.text());
        let rotated = rotated.json();
        store(&server, 30).await;
        let (_, new_key) = about(&server).await;
        assert_eq!(rotated["key"], json!(new_key));
        assert_ne!(old_key, new_key);
        let proof = get(&server, &format!("/api/v1/ledger/consistency?from={from}")).await;
        for wrong in ["", "?from=x", "?from=100000", "?from=1&to=100000", "?from=1&x=2"] {
            let refused = sent(server.get(&format!("/api/v1/ledger/consistency{wrong}"))).await;
            assert_eq!(refused.status, 400, "{wrong}");
        }
        server.stop().await;

        let folder = server.data();
        write(folder, "proof.json", &proof.body);
        write(folder, "both", rotated["checkpoint"].as_str().expect("a checkpoint"));
        write(folder, "before", before["checkpoint"].as_str().expect("a checkpoint"));
        let keys = ["--key", old_key.as_str(), "--key", new_key.as_str()];
        verdict(folder, &[&["proof.json"][..], &keys].concat(), 0, "is the beginning of its log");
        let kept = ["proof.json", "--checkpoint", "before"];
        verdict(folder, &[&kept[..], &keys].concat(), 0, "verified");
        // The old key leads to the new one: it signed the checkpoint that the new one signed.
        verdict(folder, &["both", keys[0], keys[1]], 0, "verified");
        verdict(folder, &["both", keys[2], keys[3]], 0, "verified");
        verdict(folder, &["before", keys[2], keys[3]], 1, "none of its signatures");
        let key = said(&server.command(&["ledger", "key"]));
        assert_eq!(key.trim(), new_key);
        let all = said(&server.command(&["ledger", "key", "--all"]));
        assert!(all.contains(&old_key) && all.contains("in force"), "{all}");
        let check = server.command(&["rebuild", "--check"]);
        assert!(check.status.success(), "{}", said(&check));
        assert!(said(&check).contains("0 faults in the ledgers"), "{}", said(&check));
        let rotated = server.command(&["ledger", "rotate", "--reason", "test"]);
        assert!(rotated.status.success(), "{}", said(&rotated));
    }
}

#[tokio::test]
async fn a_statement_that_is_changed_in_the_database_is_found() {
    for mut server in servers(&[]).await {
        store(&server, 20).await;
        server.stop().await;
        server.change("UPDATE log_entry SET entry = substr(entry, 1, 99) WHERE position = 5").await;
        let check = server.command(&["rebuild", "--check"]);
        assert_eq!(check.status.code(), Some(1), "{}", said(&check));
        let said = said(&check);
        assert!(said.contains("what the entry at 5 tells of has been changed"), "{said}");
        assert!(said.contains("right edge"), "{said}");
    }
}
