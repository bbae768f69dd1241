//! Replay: statements of another store, their claims, their grade.

use crate::support::{answer, command, get, id, servers, statement, xapi};
use harness::reqwest::Method;
use harness::serde_json::{Value, json};
use harness::{Backend, Server};

const AUTHORITY: &str = r#"{"account":{"homePage":"https://lms.example","name":"lrs"}}"#;

/// A statement as another store keeps it.
fn foreign(number: u32, who: &str) -> Value {
    let mut one = statement(number, who, "passed", "course");
    one["stored"] = json!("2019-05-01T10:00:00.500Z");
    one["timestamp"] = json!("2019-05-01T09:59:00Z");
    one["authority"] = AUTHORITY.parse().expect("it is JSON");
    one["version"] = json!("1.0.0");
    one
}

fn lines(statements: &[Value]) -> String {
    let lines: Vec<String> = statements.iter().map(|one| one.to_string() + "\n").collect();
    lines.concat()
}

async fn replay(server: &Server, query: &str, body: String) -> (u16, Value) {
    answer(server.post(&format!("/api/v1/replay{query}")).body(body)).await
}

async fn entries(server: &Server) -> u64 {
    // The position of a statement stored now tells how long the log is.
    let (status, ids) = answer(xapi(server, Method::POST, "statements").json(&{
        let mut one = statement(0, "probe", "experienced", "probe");
        one.as_object_mut().expect("an object").remove("id");
        one
    }))
    .await;
    assert_eq!(status, 200, "{ids}");
    let path = format!("/api/v1/statements/{}", ids[0].as_str().expect("an id"));
    get(server, &path).await["position"].as_u64().expect("a position")
}

#[tokio::test]
async fn a_replayed_statement_is_ours_to_read_and_keeps_what_was_claimed() {
    for server in servers().await {
        let file = lines(&[foreign(1, "ada"), foreign(2, "bob")]);
        let (status, report) = replay(&server, "?reason=move&file_name=old.ndjson", file).await;
        assert_eq!(status, 200, "{report}");
        assert_eq!((&report["stored"], &report["refused"]), (&json!(2), &json!(0)));

        let path = format!("statements?statementId={}", id(1));
        let (status, stored) = answer(xapi(&server, Method::GET, &path)).await;
        assert_eq!(status, 200);
        assert_eq!(stored["timestamp"], "2019-05-01T09:59:00Z");
        assert!(stored["stored"].as_str().is_some_and(|at| at > "2026"), "{stored}");
        assert_eq!(stored["authority"]["account"]["name"], "attestry-replay");

        let detail = get(&server, &format!("/api/v1/statements/{}", id(2))).await;
        assert_eq!(detail["statement"]["actor"]["name"], "bob Person");
        assert_eq!((&detail["grade"], &detail["voided"]), (&json!("C"), &json!(false)));
        assert_eq!(detail["claim"]["stored"], "2019-05-01T10:00:00.500Z");
        assert_eq!(detail["claim"]["authority"].to_string(), AUTHORITY);
        assert_eq!(detail["claim"]["line"], 2);
        assert_eq!(detail["claim"]["file_sha256"], report["file_sha256"]);
    }
}

#[tokio::test]
async fn a_replay_done_again_stores_nothing_twice() {
    for server in servers().await {
        let file = lines(&[foreign(1, "ada"), foreign(2, "bob"), foreign(1, "ada")]);
        let (_, first) = replay(&server, "", file.clone()).await;
        assert_eq!((&first["stored"], &first["known"]), (&json!(2), &json!(1)), "{first}");
        let (_, again) = replay(&server, "", file).await;
        assert_eq!((&again["stored"], &again["known"]), (&json!(0), &json!(3)), "{again}");
    }
}

#[tokio::test]
async fn a_line_that_is_refused_names_its_rule_and_stops_no_other() {
    for server in servers().await {
        let mut no_verb = foreign(3, "eve");
        no_verb.as_object_mut().expect("an object").remove("verb");
        let mut no_id = foreign(4, "eve");
        no_id.as_object_mut().expect("an object").remove("id");
        let mut other = foreign(1, "ada");
        other["object"]["id"] = json!("https://example.com/other");
        let file = format!(
            "{}\n{{\n{}\n{}\n{}",
            lines(&[foreign(1, "ada"), no_verb]),
            no_id,
            other,
            foreign(5, "bob"),
        );
        let (status, report) = replay(&server, "", file).await;
        assert_eq!(status, 200, "{report}");
        let counts = ["lines", "stored", "known", "refused"].map(|name| report[name].as_u64());
        assert_eq!(counts, [Some(6), Some(2), Some(0), Some(4)], "{report}");
        let errors = report["errors"].as_array().expect("a list");
        let told = |index: usize| {
            (errors[index]["line"].as_u64(), errors[index]["pointer"].as_str().unwrap_or_default())
        };
        assert_eq!(told(0), (Some(2), ""), "{report}");
        assert_eq!(told(1).0, Some(4), "{report}");
        assert_eq!(told(2), (Some(5), "/id"), "{report}");
        assert_eq!(told(3), (Some(6), "/id"), "{report}");
        assert!(errors.iter().all(|one| one["rule"].as_str().is_some_and(|rule| !rule.is_empty())));
        get(&server, &format!("/api/v1/statements/{}", id(5))).await;
    }
}

#[tokio::test]
async fn a_dry_run_and_a_strict_replay_with_a_bad_line_write_nothing() {
    for server in servers().await {
        let before = entries(&server).await;
        let (status, report) = replay(&server, "?dry_run=true", lines(&[foreign(1, "ada")])).await;
        assert_eq!((status, &report["stored"]), (200, &json!(1)), "{report}");
        assert_eq!(report["written"], false);
        let bad = format!("{}[]\n", lines(&[foreign(1, "ada")]));
        let (status, problem) = replay(&server, "?strict=true", bad).await;
        assert_eq!((status, &problem["report"]["refused"]), (422, &json!(1)), "{problem}");
        assert_eq!(entries(&server).await, before + 1);
        let (status, report) = replay(&server, "?strict=true", lines(&[foreign(1, "ada")])).await;
        assert_eq!((status, &report["stored"]), (200, &json!(1)), "{report}");
        // Two events, before and after, and the statement.
        assert_eq!(entries(&server).await, before + 5);
    }
}

#[tokio::test]
async fn only_the_authorities_that_are_listed_make_a_replayed_statement_a_b() {
    for server in servers().await {
        replay(&server, "", lines(&[foreign(1, "ada")])).await;
        let grade = async || get(&server, &format!("/api/v1/statements/{}", id(1))).await;
        assert_eq!(grade().await["grade"], "C");
        let change = |trusted: bool, reason: &str| {
            let authority: Value = AUTHORITY.parse().expect("it is JSON");
            let body = json!({"authority": authority, "trusted": trusted, "reason": reason});
            server.post("/api/v1/trusted-authorities").json(&body)
        };
        let (status, problem) = answer(change(true, " ")).await;
        assert_eq!((status, &problem["errors"][0]["pointer"]), (400, &json!("/reason")));
        let (status, listed) = answer(change(true, "contract 12")).await;
        assert_eq!(
            (status, &listed["authority"]),
            (200, &json!("account:https://lms.example|lrs"))
        );
        assert_eq!(grade().await["grade"], "B");
        let list = get(&server, "/api/v1/trusted-authorities").await;
        assert_eq!(list["items"][0]["reason"], "contract 12");
        assert_eq!(answer(change(false, "contract ended")).await.0, 200);
        assert_eq!(grade().await["grade"], "C");
        assert_eq!(get(&server, "/api/v1/trusted-authorities").await["items"], json!([]));
    }
}

#[tokio::test]
async fn replay_and_trust_are_for_administrators() {
    for mut server in servers().await {
        let anonymous = server.client().post(server.main("/api/v1/replay")).body("{}");
        assert_eq!(answer(anonymous).await.0, 401);
        let (status, problem) = replay(&server, "?strickt=true", String::new()).await;
        assert_eq!((status, &problem["errors"][0]["pointer"]), (400, &json!("strickt")));
        server.stop().await;
        let made = command(&server, &["key", "create", "--scopes", "statements/write all/read"]);
        let text = String::from_utf8_lossy(&made.stdout).into_owned();
        let word = |name: &str| {
            let line = text.lines().find(|line| line.starts_with(name));
            line.and_then(|line| line.split_whitespace().nth(1)).expect("it is printed").to_owned()
        };
        let (key, secret) = (word("key"), word("secret"));
        server.start_again().await;
        for path in ["/api/v1/replay", "/api/v1/trusted-authorities"] {
            let body =
                json!({"authority": {"mbox": "mailto:a@b.c"}, "trusted": true, "reason": "r"});
            let request = server.client().post(server.main(path)).basic_auth(&key, Some(&secret));
            let (status, problem) = answer(request.json(&body)).await;
            assert_eq!((status, &problem["status"]), (403, &json!(403)), "{path}: {problem}");
        }
    }
}

#[tokio::test]
async fn the_command_replays_and_says_what_it_refused() {
    if let Some(why) = Backend::Sqlite.missing() {
        return harness::skip(&why);
    }
    let mut server = Server::start(crate::support::PROGRAM, Backend::Sqlite, &[]).await;
    server.stop().await;
    let folder = server.data().to_owned();
    let file = folder.join("old.ndjson");
    std::fs::write(&file, format!("{}nonsense\n", lines(&[foreign(1, "ada")]))).expect("written");
    let file = file.to_str().expect("a plain name");
    let output = command(&server, &["replay", file, "--reason", "the move"]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(1), "{text}{output:?}");
    assert!(text.contains("line 2 "), "{text}");
    assert!(text.contains("2 lines: 1 stored, 0 known already, 1 refused"), "{text}");
    let again = command(&server, &["replay", file, "--dry-run"]);
    let text = String::from_utf8_lossy(&again.stdout).into_owned();
    assert!(text.contains("0 could be stored, nothing was, 1 known already"), "{text}");
    server.start_again().await;
    let detail = get(&server, &format!("/api/v1/statements/{}", id(1))).await;
    assert_eq!(detail["claim"]["line"], 1);
}
