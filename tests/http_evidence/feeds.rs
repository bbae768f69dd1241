//! Feeds over HTTP and at the command line.

use crate::support::{answer, command, get, servers, succeeds};
use harness::Server;
use harness::reqwest::multipart::{Form, Part};
use harness::serde_json::{Value, json};
use std::fs;

const HEADER: &str = "person_id,name,email,access_scope,access_start,access_end\n";
const ADA: &str = "p-ada,Ada,ada@people.example,prod,2025-01-06,\n";
const BOB: &str = "p-bob,Bob,bob@people.example,prod,2024-01-08,\n";

async fn feed(server: &Server, parameters: &str, lines: &[&str]) -> Value {
    let path = format!("/api/v1/feeds/roster?source=hr&reason=nightly&{parameters}");
    let body = format!("{HEADER}{}", lines.concat());
    let request = server.post(&path).header("Content-Type", "text/csv").body(body);
    let (status, body) = answer(request).await;
    assert_eq!(status, 200, "{parameters}: {body}");
    body
}

fn counts(run: &Value) -> [u64; 6] {
    ["read", "changed", "unchanged", "rejected", "asserted", "retracted"]
        .map(|name| run["counts"][name].as_u64().expect("it is counted"))
}

#[tokio::test]
async fn a_roster_is_tried_taken_and_taken_again_without_effect() {
    for server in servers().await {
        let tried = feed(&server, "dry_run=true", &[ADA, BOB]).await;
        assert_eq!(counts(&tried), [2, 2, 0, 0, 6, 0]);
        assert!(tried["run"].is_null() && tried["changes"].as_array().map(Vec::len) == Some(6));
        assert_eq!(tried["changes"][0]["line"], 2);
        assert_eq!(get(&server, "/api/v1/people").await["items"], json!([]));
        let taken =
            feed(&server, "mode=full&taken_on=2025-02-01&file_name=roster.csv", &[ADA, BOB]).await;
        assert_eq!(counts(&taken), counts(&tried));
        assert_eq!(taken["file_sha256"], tried["file_sha256"]);
        let again = feed(&server, "mode=full&taken_on=2025-02-02", &[ADA, BOB]).await;
        assert_eq!(counts(&again), [2, 0, 2, 0, 0, 0]);
        let gone = feed(&server, "mode=full&taken_on=2025-03-10", &[BOB]).await;
        assert_eq!(counts(&gone), [1, 0, 1, 0, 2, 2]);
        let ada = get(&server, "/api/v1/people/p-ada").await;
        assert_eq!(ada["value"]["access"][0]["end"], "2025-03-09");
        let runs = get(&server, "/api/v1/feeds?kind=roster").await;
        let runs = runs["items"].as_array().expect("there are runs");
        assert_eq!(runs.len(), 3);
        assert_eq!(counts(&runs[2]), counts(&taken));
        assert_eq!((&runs[2]["file"], &runs[2]["run"]), (&json!("roster.csv"), &taken["run"]));
        let trail = get(&server, "/api/v1/audit/trail?entity=access&entity_id=&search=p-ada").await;
        let first = trail["items"].as_array().and_then(|all| all.last()).expect("it is there");
        assert_eq!(
            (&first["source"]["source"], &first["source"]["line"]),
            (&json!("hr"), &json!(2))
        );
        assert_eq!(first["source"]["file_sha256"], taken["file_sha256"]);
    }
}

#[tokio::test]
async fn a_line_that_is_wrong_is_told_with_its_number_and_the_others_are_taken() {
    for server in servers().await {
        let wrong = "p-eve,Eve,,prod,2025-02-30,\n";
        let run = feed(&server, "mode=partial", &[ADA, wrong, BOB]).await;
        assert_eq!(counts(&run), [3, 2, 0, 1, 6, 0]);
        let errors = run["errors"].as_array().expect("there are errors");
        assert!(errors.iter().all(|error| error["line"] == 3), "{errors:?}");
        let columns: Vec<_> = errors.iter().map(|error| error["column"].as_str()).collect();
        assert_eq!(columns, [Some("access_start")]);
        assert_eq!(get(&server, "/api/v1/feeds").await["items"][0]["errors"], run["errors"]);
    }
}

#[tokio::test]
async fn a_feed_is_refused_whole_when_it_is_none() {
    for server in servers().await {
        let path = "/api/v1/feeds/roster?source=hr&reason=nightly";
        for (path, body, pointer) in [
            (path, "person_id;name\n", "file"),
            (path, "", "file"),
            ("/api/v1/feeds/roster?reason=nightly", "person_id,name\n", "source"),
            ("/api/v1/feeds/roster?source=hr", "person_id,name\n", "/reason"),
            ("/api/v1/feeds/idp?source=hr&reason=x&mode=full", "user\n", "mode"),
        ] {
            let (status, problem) = answer(server.post(path).body(body)).await;
            assert_eq!(
                (status, &problem["errors"][0]["pointer"]),
                (400, &json!(pointer)),
                "{problem}"
            );
        }
        assert_eq!(answer(server.post("/api/v1/feeds/other?source=hr&reason=x")).await.0, 404);
        let (status, problem) = answer(server.post(path).body(vec![b'a'; (32 << 20) + 1])).await;
        assert_eq!(status, 413, "{problem}");
        assert_eq!(get(&server, "/api/v1/feeds").await["items"], json!([]));
    }
}

#[tokio::test]
async fn other_feeds_take_users_test_mails_and_counts_also_as_a_form() {
    for server in servers().await {
        for (kind, file, asserted) in [
            ("idp", "user,name,active\nada@people.example,Ada,yes\n", 1),
            (
                "phishing",
                "campaign,sent_on,recipient,delivered,clicked,reported\nspring,2025-03-01,ada@people.example,yes,no,yes\n",
                1,
            ),
            ("effectiveness", "series,date,metric,count\nincidents,2025-03-01,reported,4\n", 1),
        ] {
            let path = format!("/api/v1/feeds/{kind}?source=it&reason=monthly");
            let part = Part::text(file).file_name(format!("{kind}.csv"));
            let (status, run) =
                answer(server.post(&path).multipart(Form::new().part("file", part))).await;
            assert_eq!((status, &run["counts"]["asserted"]), (200, &json!(asserted)), "{run}");
            assert_eq!(run["file"], json!(format!("{kind}.csv")));
        }
        let counted = get(&server, "/api/v1/effectiveness/incidents@2025-03-01").await;
        assert_eq!(counted["value"]["counts"]["reported"], 4);
    }
}

/// More events than one commit takes: the run is written in several, and is on the trail last.
#[tokio::test]
async fn a_roster_of_ten_thousand_people_is_taken() {
    for server in servers().await {
        let lines: Vec<String> = (0..10_000)
            .map(|n| format!("p-{n},Person {n},p{n}@people.example,prod,2025-01-06,\n"))
            .collect();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let run = feed(&server, "mode=full", &lines).await;
        assert_eq!((counts(&run), &run["commits"]), ([10_000, 10_000, 0, 0, 30_000, 0], &json!(2)));
        let again = feed(&server, "mode=full", &lines).await;
        assert_eq!(counts(&again), [10_000, 0, 10_000, 0, 0, 0]);
    }
}

#[tokio::test]
async fn the_command_line_takes_feeds() {
    for mut server in servers().await {
        server.stop().await;
        let folder = tempfile::tempdir().expect("there is room");
        let file = folder.path().join("roster.csv");
        fs::write(&file, format!("{HEADER}{ADA}")).expect("it is written");
        let file = file.to_str().expect("it is UTF-8");
        let arguments =
            ["feed", "roster", file, "--source", "hr", "--reason", "nightly", "--mode", "full"];
        let tried = succeeds(&command(&server, &[&arguments[..], &["--dry-run"]].concat()));
        assert!(tried.contains("line 2: assert person p-ada"), "{tried}");
        let taken = succeeds(&command(&server, &arguments));
        assert!(taken.contains("1 lines read: 1 changed, 0 unchanged, 0 rejected"), "{taken}");
        let again = succeeds(&command(&server, &arguments));
        assert!(again.contains("0 changed, 1 unchanged"), "{again}");
        fs::write(file, "person_id,name\n,Nobody\n").expect("it is written");
        let refused = command(&server, &arguments);
        assert_eq!(refused.status.code(), Some(1), "{refused:?}");
        fs::write(file, "person_id;name\n").expect("it is written");
        assert_eq!(command(&server, &arguments).status.code(), Some(2));
        server.start_again().await;
        assert_eq!(get(&server, "/api/v1/people/p-ada").await["value"]["name"], "Ada");
    }
}
