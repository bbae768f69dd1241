//! Erasure: the person goes from every copy, the log stays.

use crate::support::{answer, command, get, id, servers, statement, succeeds, xapi};
use flate2::read::GzDecoder;
use harness::Server;
use harness::reqwest::Method;
use harness::serde_json::{Value, from_slice, json};
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;
use std::process::Output;
use tempfile::TempDir;

/// What no file may hold afterwards.
const TRACES: [&str; 3] = ["erna@people.example", "erna Person", "Vergissmeinnicht"];
const ERNA: &str = "agent=%7B%22mbox%22%3A%22mailto%3Aerna%40people.example%22%7D";

fn erna() -> Value {
    json!({"mbox": "mailto:erna@people.example"})
}

async fn post(server: &Server, statements: &Value) {
    let (status, ids) = answer(xapi(server, Method::POST, "statements").json(statements)).await;
    assert_eq!(status, 200, "{ids}");
}

/// A statement of bob's that mentions erna.
fn mention(number: u32) -> Value {
    let mut one = statement(number, "bob", "attempted", "course");
    one["context"] =
        json!({"instructor": {"name": "erna Person", "mbox": "mailto:erna@people.example"}});
    one
}

/// A statement of a group without a name of its own, with erna in it.
fn group(number: u32) -> Value {
    json!({
        "id": id(number),
        "actor": {"objectType": "Group", "member": [erna(), {"mbox": "mailto:bob@people.example"}]},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/attended"},
        "object": {"id": "https://example.com/course"},
    })
}

/// Everything that a store may hold of erna, and something of bob.
async fn furnish(server: &Server) {
    let mut said = statement(2, "erna", "commented", "course");
    said["result"] = json!({"response": "Vergissmeinnicht", "success": true});
    let refers = json!({
        "id": id(5),
        "actor": {"mbox": "mailto:bob@people.example"},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/commented"},
        "object": {"objectType": "StatementRef", "id": id(1)},
    });
    let all = [
        statement(1, "erna", "attempted", "course"),
        said,
        statement(3, "bob", "attempted", "course"),
        mention(4),
        refers,
        group(6),
    ];
    post(server, &json!(all)).await;
    let mut claimed = statement(7, "bob", "passed", "course");
    claimed["authority"] = erna();
    assert_eq!(answer(server.post("/api/v1/replay").body(claimed.to_string())).await.0, 200);
    let hashed = json!({
        "id": id(8),
        "actor": {"mbox_sha1sum": "7c988bb3181ea7e5ab09bc682301267e013155c0"},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/attended"},
        "object": {"id": "https://example.com/course"},
    });
    post(server, &hashed).await;
    for path in [
        format!("activities/state?activityId=https%3A%2F%2Fexample.com%2Fcourse&stateId=a&{ERNA}"),
        format!("agents/profile?profileId=a&{ERNA}"),
    ] {
        let put = xapi(server, Method::PUT, &path).header("If-None-Match", "*");
        let put = put.header("Content-Type", "text/plain").body("Vergissmeinnicht");
        assert_eq!(answer(put).await.0, 204, "{path}");
    }
    let zip = samples::named("phishing-basics").expect("there is a sample of this name").zip();
    let (_, course) = answer(server.post("/api/v1/packages").body(zip)).await;
    let actor = json!({"mbox": "mailto:erna@people.example", "name": "erna Person"});
    let launch = json!({"course": course["course"], "actor": actor,
        "return_url": "https://lms.example/?who=erna@people.example"});
    assert_eq!(answer(server.post("/api/v1/launches").json(&launch)).await.0, 201);
}

/// Tables of a backup of the store as they are, unpacked.
pub(crate) fn rows_of(server: &Server) -> (Value, Vec<(String, Vec<u8>)>) {
    let folder = TempDir::new().expect("a folder can be made");
    let backup = folder.path().join("backup");
    let path = backup.to_str().expect("temporary folders have plain names");
    succeeds(&command(server, &["backup", path]));
    let manifest = fs::read(backup.join("manifest.json")).expect("it is there");
    let mut tables = Vec::new();
    for file in fs::read_dir(backup.join("tables")).expect("it is there") {
        let path = file.expect("a readable entry").path();
        let mut rows = Vec::new();
        let mut gzip = GzDecoder::new(File::open(&path).expect("it is there"));
        gzip.read_to_end(&mut rows).expect("it unpacks");
        tables.push((path.display().to_string(), rows));
    }
    (from_slice(&manifest).expect("it is JSON"), tables)
}

pub(crate) fn holds(bytes: &[u8], trace: &str) -> bool {
    bytes.windows(trace.len()).any(|part| part == trace.as_bytes())
}

/// Files below a folder that hold a trace.
fn files_with_traces(folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).expect("it is there").map(|entry| entry.expect("readable")) {
        let path = entry.path();
        if path.is_dir() {
            files_with_traces(&path, found);
            continue;
        }
        let Ok(bytes) = fs::read(&path) else { continue };
        let traces = TRACES.iter().filter(|trace| holds(&bytes, trace));
        found.extend(traces.map(|trace| format!("{}: {trace}", path.display())));
    }
}

async fn erase(server: &Server, more: Value) -> (u16, Value) {
    let mut order = json!({"actors": [erna()], "reason": "request 12"});
    let (Value::Object(all), Value::Object(more)) = (&mut order, more) else {
        panic!("an erasure is ordered with an object");
    };
    all.extend(more);
    answer(server.post("/api/v1/erasures").json(&order)).await
}

async fn by_id(server: &Server, number: u32) -> (u16, Value) {
    let path = format!("statements?statementId={}", id(number));
    answer(xapi(server, Method::GET, &path)).await
}

#[tokio::test]
async fn an_erased_person_is_in_no_copy_and_the_log_still_verifies() {
    for mut server in servers().await {
        furnish(&server).await;
        let (before, rows) = rows_of(&server);
        for trace in TRACES {
            assert!(rows.iter().any(|(_, rows)| holds(rows, trace)), "{trace} was never there");
        }
        let (status, dry) = erase(&server, json!({"dry_run": true})).await;
        assert_eq!(status, 200, "{dry}");
        let counts = ["statements", "mentions", "documents", "registrations", "claims"]
            .map(|name| dry["found"][name].as_u64());
        assert_eq!(counts, [Some(3), Some(2), Some(2), Some(1), Some(1)], "{dry}");
        assert_eq!(by_id(&server, 1).await.0, 200, "a dry run changes nothing");

        let (status, erased) = erase(&server, json!({})).await;
        assert_eq!((status, &erased["found"]), (200, &dry["found"]), "{erased}");
        for number in [1, 2, 4, 6, 8] {
            let (status, problem) = by_id(&server, number).await;
            assert_eq!((status, &problem["type"]), (404, &json!("/api/docs#erased")), "{number}");
            assert_eq!(problem["erased_by"], erased["entries"][0]);
        }
        for number in [3, 5, 7] {
            assert_eq!(by_id(&server, number).await.0, 200, "{number}");
        }
        let claim = get(&server, &format!("/api/v1/statements/{}", id(7))).await;
        assert_eq!(claim["claim"], Value::Null);
        erased_claim_is_told(&server).await;
        let query = format!("statements?{ERNA}&related_agents=true");
        assert_eq!(answer(xapi(&server, Method::GET, &query)).await.1["statements"], json!([]));
        let (_, all) = answer(xapi(&server, Method::GET, "statements?limit=100")).await;
        let left = all["statements"].as_array().expect("a list").len();
        assert_eq!(left, 3, "{all}");

        // The id does not come back; a reference to it and a void of it do as before.
        let again = statement(1, "erna", "attempted", "course");
        let (status, problem) =
            answer(xapi(&server, Method::POST, "statements").json(&again)).await;
        assert_eq!((status, &problem["type"]), (409, &json!("/api/docs#erased")));
        let (_, report) = answer(server.post("/api/v1/replay").body(again.to_string())).await;
        assert_eq!(report["errors"][0]["rule"], "erased", "{report}");
        let void = json!({
            "actor": {"mbox": "mailto:bob@people.example"},
            "verb": {"id": "http://adlnet.gov/expapi/verbs/voided"},
            "object": {"objectType": "StatementRef", "id": id(2)},
        });
        post(&server, &void).await;
        let listed = get(&server, "/api/v1/erasures").await;
        assert_eq!(listed["items"][0]["reason"], "request 12");
        assert_eq!(listed["items"][0]["found"], erased["found"]);

        // The copy verifies: every position has its entry, every ledger its root.
        let (after, rows) = rows_of(&server);
        let size =
            |manifest: &Value| manifest["organizations"][0]["size"].as_u64().expect("a size");
        assert!(size(&after) > size(&before));
        for (name, rows) in rows {
            let found: Vec<_> = TRACES.iter().filter(|trace| holds(&rows, trace)).collect();
            assert!(found.is_empty(), "{name} holds {found:?}");
        }
        server.stop().await;
        succeeds(&command(&server, &["rebuild", "--check"]));
        let mut found = Vec::new();
        files_with_traces(server.data(), &mut found);
        assert_eq!(found, Vec::<String>::new());
    }
}

/// Bob's statement was replayed with erna's claim: it is proven as before, and the proof says what
/// is gone. Nobody else may leave a claim out, or say that one is erased.
async fn erased_claim_is_told(server: &Server) {
    let proof = get(server, &format!("/api/v1/statements/{}/proof", id(7))).await;
    assert_eq!((&proof["claim"], &proof["claim_erased"]), (&Value::Null, &json!(true)), "{proof}");
    let told = succeeds(&verify(server, &proof));
    assert!(told.contains("has been erased"), "{told}");
    let mut silent = proof.clone();
    silent.as_object_mut().expect("an object").remove("claim_erased");
    let refused = verify(server, &silent);
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    let mut false_one = get(server, &format!("/api/v1/statements/{}/proof", id(3))).await;
    false_one["claim_erased"] = json!(true);
    let refused = verify(server, &false_one);
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
}

fn verify(server: &Server, proof: &Value) -> Output {
    let folder = TempDir::new().expect("a folder can be made");
    let path = folder.path().join("proof.json");
    fs::write(&path, proof.to_string()).expect("written");
    let path = path.to_str().expect("temporary folders have plain names");
    command(server, &["verify", path])
}

/// XAPI allows groups without a name: theirs are mentions, whose proofs go on when they are kept.
#[tokio::test]
async fn a_group_keeps_its_pseudonym_with_the_statements_that_are_kept() {
    for server in servers().await {
        post(&server, &json!([statement(1, "erna", "attempted", "course"), group(6)])).await;
        let (status, erased) = erase(&server, json!({"mentions": "keep", "compact": false})).await;
        assert_eq!(status, 200, "{erased}");
        assert_eq!(by_id(&server, 1).await.0, 404);
        let proof = get(&server, &format!("/api/v1/statements/{}/proof", id(6))).await;
        succeeds(&verify(&server, &proof));
        // The group that speaks again is the same to the log.
        post(&server, &group(7)).await;
        let again = get(&server, &format!("/api/v1/statements/{}/proof", id(7))).await;
        assert_eq!(again["actor_salt"], proof["actor_salt"]);
    }
}

#[tokio::test]
async fn statements_that_only_mention_a_person_can_be_kept() {
    for server in servers().await {
        post(&server, &json!([statement(1, "erna", "attempted", "course"), mention(4)])).await;
        let (status, erased) = erase(&server, json!({"mentions": "keep", "compact": false})).await;
        assert_eq!((status, &erased["compacted"]), (200, &json!(false)), "{erased}");
        assert_eq!(by_id(&server, 1).await.0, 404);
        assert_eq!(by_id(&server, 4).await.1["context"]["instructor"]["name"], "erna Person");
        let query = format!("statements?{ERNA}&related_agents=true");
        let (_, found) = answer(xapi(&server, Method::GET, &query)).await;
        assert_eq!(found["statements"][0]["id"], id(4), "{found}");
        // Whoever comes again is somebody new to the log, under a pseudonym of their own.
        post(&server, &statement(9, "erna", "attempted", "course")).await;
        let (_, again) = erase(&server, json!({"dry_run": true})).await;
        assert_eq!(
            (&again["found"]["statements"], &again["found"]["mentions"]),
            (&json!(1), &json!(1))
        );
    }
}

#[tokio::test]
async fn an_erasure_needs_a_person_a_reason_and_an_administrator() {
    for server in servers().await {
        let pointer = |problem: &Value| problem["errors"][0]["pointer"].clone();
        let (status, problem) = erase(&server, json!({"reason": " "})).await;
        assert_eq!((status, pointer(&problem)), (400, json!("/reason")));
        let (status, problem) = erase(&server, json!({"actors": []})).await;
        assert_eq!((status, pointer(&problem)), (400, json!("/actors")));
        let nobody = json!({"objectType": "Group", "member": [erna()]});
        let (status, problem) = erase(&server, json!({"actors": [erna(), nobody]})).await;
        assert_eq!((status, pointer(&problem)), (400, json!("/actors/1")));
        let (status, problem) = erase(&server, json!({"actors": [{"mbox": "erna"}]})).await;
        assert_eq!((status, pointer(&problem)), (400, json!("/actors/0/mbox")));
        let anonymous = server.client().post(server.main("/api/v1/erasures")).body("{}");
        assert_eq!(answer(anonymous).await.0, 401);
        assert_eq!(get(&server, "/api/v1/erasures").await["items"], json!([]));
    }
}

#[tokio::test]
async fn the_command_counts_first_and_erases_when_told() {
    for mut server in servers().await {
        post(&server, &statement(1, "erna", "attempted", "course")).await;
        server.stop().await;
        let actor = erna().to_string();
        let order = ["erase", "--actor", &actor, "--reason", "request 12"];
        assert!(succeeds(&command(&server, &order)).contains("       1  statements by the person"));
        let told = succeeds(&command(&server, &[&order[..], &["--yes"]].concat()));
        assert!(told.contains(", ledger entry "), "{told}");
        assert!(succeeds(&command(&server, &order)).contains("       0  statements by the person"));
        server.start_again().await;
        assert_eq!(by_id(&server, 1).await.0, 404);
    }
}
