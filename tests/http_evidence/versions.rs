//! Versions of a course over HTTP and at the command line: the difference, the note, the moves, and
//! old versions as they were.

use crate::support::{PROGRAM, answer, command, get, servers, succeeds};
use harness::Server;
use harness::serde_json::{Value, from_str, json};
use std::fs;
use std::process::Command;

/// A course of these SCOs.
fn package(items: &[&str], page: &str) -> Vec<u8> {
    let item = |id: &&str| {
        format!(r#"<item identifier="{id}" identifierref="R"><title>Part {id}</title></item>"#)
    };
    let items: String = items.iter().map(item).collect();
    let manifest = format!(
        r#"<manifest identifier="M" xmlns="http://www.imsproject.org/xsd/imscp_rootv1p1p2"
  xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_rootv1p2">
 <metadata><schema>ADL SCORM</schema><schemaversion>1.2</schemaversion></metadata>
 <organizations default="O"><organization identifier="O"><title>Fire</title>{items}</organization></organizations>
 <resources><resource identifier="R" adlcp:scormtype="sco" href="index.html">
  <file href="index.html"/></resource></resources></manifest>"#
    );
    package::zip_of([("imsmanifest.xml", manifest.as_str()), ("index.html", page)])
}

async fn uploaded(server: &Server, query: &str, zip: &[u8]) -> (u16, Value) {
    answer(server.post(&format!("/api/v1/packages{query}")).body(zip.to_vec())).await
}

async fn launched(server: &Server, who: &str, course: &Value) -> Value {
    let account = json!({"homePage": "https://people.example", "name": who});
    let body = json!({"actor": {"account": account}, "course": course});
    let (status, launch) = answer(server.post("/api/v1/launches").json(&body)).await;
    assert_eq!(status, 201, "{launch}");
    launch
}

#[tokio::test]
async fn registrations_stay_until_they_are_moved_and_old_versions_stay_as_they_were() {
    for server in servers().await {
        let (one, two) = (package(&["A", "B"], "<p>one"), package(&["A", "C"], "<p>three"));
        let (_, made) = uploaded(&server, "", &one).await;
        let course = &made["course"];
        let id = course.as_str().expect("a course has an id");
        let begun = launched(&server, "ada", course).await;
        let (status, second) =
            uploaded(&server, &format!("?course={id}&change_note=C%20for%20B"), &two).await;
        assert_eq!((status, &second["version"]), (201, &json!(2)), "{second}");
        let structure = &second["difference"]["structure"];
        assert_eq!(structure["added"]["listed"][0]["id"], "C");
        assert_eq!(structure["removed"]["listed"][0]["id"], "B");
        let again = launched(&server, "ada", course).await;
        assert_eq!(
            (&again["registration"], &again["version"]),
            (&begun["registration"], &json!(1))
        );
        assert_eq!(launched(&server, "bob", course).await["version"], 2);

        let path = format!(
            "/api/v1/registrations/{}/move",
            begun["registration"].as_str().unwrap_or_default()
        );
        let shift = |body: Value| answer(server.post(&path).json(&body));
        let (status, unsaid) = shift(json!({"version": 2})).await;
        assert_eq!((status, &unsaid["errors"][0]["pointer"]), (400, &json!("/reason")), "{unsaid}");
        let (status, same) = shift(json!({"version": 1, "reason": "x"})).await;
        assert_eq!((status, &same["why"]), (409, &json!("same_version")), "{same}");
        assert_eq!(same["type"], "/api/docs#registration-stays");
        let many = format!("/api/v1/courses/{id}/versions/2/move");
        let dry = answer(server.post(&many).json(&json!({"dry_run": true}))).await;
        assert_eq!((dry.0, &dry.1["moved"], &dry.1["next"]), (200, &json!(1), &Value::Null));
        let (status, moved) = shift(json!({"version": 2, "reason": "B was wrong"})).await;
        assert_eq!((status, &moved["from"], &moved["to"]), (200, &json!(1), &json!(2)), "{moved}");
        let told = get(&server, path.trim_end_matches("/move")).await;
        assert_eq!(
            (&told["version"], &told["moves"][0]["reason"]),
            (&json!(2), &json!("B was wrong"))
        );
        let done = answer(server.post(&many).json(&json!({"reason": "all"}))).await;
        assert_eq!((done.0, &done.1["moved"]), (200, &json!(0)), "{}", done.1);

        let old = get(&server, &format!("/api/v1/courses/{id}/versions/1")).await;
        assert_eq!(
            (&old["package_sha256"], &old["report"]),
            (&made["package_sha256"], &made["report"])
        );
        let bytes = server.get(&format!("/api/v1/courses/{id}/versions/1/package")).send().await;
        assert_eq!(bytes.expect("it answers").bytes().await.expect("it is whole"), one.as_slice());
        let browse = json!({
            "actor": {"mbox": "mailto:author@example.com"},
            "course": course, "version": 1, "mode": "browse",
        });
        let (status, launch) = answer(server.post("/api/v1/launches").json(&browse)).await;
        assert_eq!((status, &launch["version"]), (201, &json!(1)), "{launch}");
        let link = launch["url"].as_str().unwrap_or_default();
        let answer = server.client().get(link).send().await.expect("it answers");
        let session = answer.headers().get("location").and_then(|place| place.to_str().ok());
        let session = session.unwrap_or_default().replace("/play/", "/c/");
        let origin = link.split("/launch/").next().unwrap_or_default();
        let page = server.client().get(format!("{origin}{session}index.html")).send().await;
        let page = page.expect("it answers").text().await.expect("it is a text");
        assert_eq!(page, "<p>one", "{session}");
    }
}

#[tokio::test]
async fn a_package_is_compared_and_imported_at_the_command_line() {
    for mut server in servers().await {
        let folder = tempfile::TempDir::new().expect("a folder can be made");
        let file = |name: &str, zip: &[u8]| {
            let path = folder.path().join(name);
            fs::write(&path, zip).expect("a file can be written");
            path.to_str().expect("plain names").to_owned()
        };
        let old = file("old.zip", &package(&["A", "B"], "<p>one"));
        let new = file("new.zip", &package(&["A", "C"], "<p>three"));
        let check = |more: &[&str]| {
            let made = Command::new(PROGRAM).args(["check", &new]).args(more).env_clear().output();
            made.expect("the program runs")
        };
        let told = succeeds(&check(&["--against", &old]));
        for line in
            ["added Part C (C)", "removed Part B (B)", "file changed: index.html, 6 B to 8 B"]
        {
            assert!(told.contains(line), "{line:?} is not in {told}");
        }
        let told = succeeds(&check(&["--against", &old, "--json"]));
        let told: Value = from_str(&told).expect("it is JSON");
        assert_eq!(told["difference"]["structure"]["added"]["listed"][0]["id"], "C", "{told}");
        let nothing = check(&["--against", "nothing.zip"]);
        assert_eq!(nothing.status.code(), Some(2), "{nothing:?}");

        let (_, made) = uploaded(&server, "", &package(&["A", "B"], "<p>one")).await;
        let course = made["course"].as_str().expect("a course has an id");
        server.stop().await;
        let import = ["import", &new, "--course", course];
        let refused = command(&server, &import);
        let said = String::from_utf8_lossy(&refused.stderr);
        assert!(!refused.status.success() && said.contains("change note"), "{refused:?}");
        let note = [&import[..], &["--change-note", "C for B"]].concat();
        let told = succeeds(&command(&server, &note));
        let line = "otherwise than in version 1: 1 part added, 1 removed; 2 files changed";
        assert!(told.contains("is version 2 of course") && told.contains(line), "{told}");
        server.start_again().await;
        let detail = get(&server, &format!("/api/v1/courses/{course}/versions/2")).await;
        assert_eq!(detail["change_note"], "C for B");
    }
}
