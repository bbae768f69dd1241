//! Attestations over HTTP: signed in a learner's session, listed, proven, and gone with the person.

use crate::{
    erasure::{holds, rows_of},
    support::{PROGRAM, answer, command, get, succeeds},
};
use harness::Server;
use harness::serde_json::{Value, json};
use std::fs;
use support::{csv, package_of};

/// Proxies that are believed: the test itself.
const PROXY: [(&str, &str); 1] = [("ATTESTRY_TRUSTED_PROXIES", "127.0.0.1")];
const BROWSER: &str = "Mozilla/5.0 (X11; Vergissmeinnicht)";
const TRACES: [&str; 4] = ["Erna Muster", "203.0.113.7", "Vergissmeinnicht", "erna@people.example"];

/// A learner's session without a browser, behind a proxy.
struct Session<'s> {
    server: &'s Server,
    address: String,
    registration: String,
}

impl<'s> Session<'s> {
    async fn open(server: &'s Server, course: &str, more: Value) -> Self {
        let mut launch = json!({
            "actor": {"mbox": "mailto:erna@people.example", "name": "Erna Muster"},
            "course": course,
        });
        let (Value::Object(all), Value::Object(more)) = (&mut launch, more) else {
            panic!("a launch is asked for with an object");
        };
        all.extend(more);
        let (status, made) = answer(server.post("/api/v1/launches").json(&launch)).await;
        assert_eq!(status, 201, "{made}");
        let url = made["url"].as_str().expect("an address");
        let exchanged = server.client().get(url).send().await.expect("it answers");
        let path = exchanged.headers()["location"].to_str().expect("an address").to_owned();
        let registration = made["registration"].as_str().expect("an id").to_owned();
        Self { server, address: server.content(&path), registration }
    }

    async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        let request = self.server.client().post(format!("{}rte/{path}", self.address)).json(&body);
        let request = request.header("User-Agent", BROWSER);
        answer(request.header("X-Forwarded-For", "198.51.100.9, 203.0.113.7")).await
    }

    /// The course is passed and left; what is to be signed.
    async fn pass(&self) -> Value {
        self.post("navigate", json!({"number": 1, "request": "open"})).await;
        let call = |at: usize, name: &str, arguments: Value| {
            json!([at, name, arguments, "true", "0", 1_760_000_000_000_i64])
        };
        let calls = json!([
            call(1, "LMSInitialize", json!([""])),
            call(2, "LMSSetValue", json!(["cmi.core.lesson_status", "passed"])),
            call(3, "LMSFinish", json!([""])),
        ]);
        let (status, done) = self.post("calls", json!({"delivery": 1, "calls": calls})).await;
        assert_eq!((status, &done["course"]["success"]), (200, &json!("passed")), "{done}");
        let (status, left) = self.post("exit", json!({})).await;
        assert_eq!(status, 200, "{left}");
        left["attestation"].clone()
    }
}

fn signing(view: &Value, name: &str) -> Value {
    json!({
        "name": name,
        "consent": true,
        "version": view["version"],
        "text_sha256": view["text_sha256"],
    })
}

async fn course_on(server: &Server) -> String {
    let zip = package_of("1.2", &[("start.html", "<!doctype html><title>One</title>")]);
    let (status, made) = answer(server.post("/api/v1/packages").body(zip)).await;
    assert_eq!(status, 201, "{made}");
    made["course"].as_str().expect("a course has an id").to_owned()
}

fn asking() -> Value {
    json!({"settings": {"attestation": "after_pass"}})
}

#[tokio::test]
async fn an_attestation_is_signed_listed_proven_and_erased() {
    for mut server in Server::start_on_each(PROGRAM, &PROXY).await {
        let course = course_on(&server).await;
        let session = Session::open(&server, &course, asking()).await;
        let view = session.pass().await;
        let text = view["text"][0].as_str().expect("the text is one piece").to_owned();
        assert!(text.contains(" v1, I understand it"), "{view}");

        let (status, problem) = session
            .post(
                "attest",
                json!({"name": " ", "consent": false, "version": 1,
                "text_sha256": view["text_sha256"]}),
            )
            .await;
        assert_eq!(status, 400, "{problem}");
        let pointers: Vec<&Value> = problem["errors"]
            .as_array()
            .expect("errors")
            .iter()
            .map(|one| &one["pointer"])
            .collect();
        assert_eq!(pointers, [&json!("/name"), &json!("/consent")], "{problem}");
        let (status, signed) = session.post("attest", signing(&view, "Erna Muster")).await;
        assert_eq!((status, &signed["already"]), (200, &json!(false)), "{signed}");
        let (status, again) = session.post("attest", signing(&view, "Mallory")).await;
        assert_eq!((status, &again["name"]), (200, &json!("Erna Muster")), "{again}");
        assert_eq!(again["statement"], signed["statement"]);

        assert_listed(&server, &session, &signed, &text).await;
        assert_proven(&server, &signed).await;
        let registration = session.registration.clone();
        assert_erased(&mut server, &registration).await;
    }
}

async fn assert_listed(server: &Server, session: &Session<'_>, signed: &Value, text: &str) {
    let of_registration = format!("/api/v1/registrations/{}/attestations", session.registration);
    for path in [&*of_registration, "/api/v1/attestations?person=erna@people.example"] {
        let list = get(server, path).await;
        let one = &list["items"][0];
        assert_eq!(list["items"].as_array().map(Vec::len), Some(1), "{path}: {list}");
        assert_eq!(one["statement"], signed["statement"]);
        assert_eq!((&one["name"], &one["text"]), (&json!("Erna Muster"), &json!(text)));
        // What the proxy says, and not what stands before it, which anybody may claim.
        assert_eq!((&one["ip"], &one["user_agent"]), (&json!("203.0.113.7"), &json!(BROWSER)));
        assert_eq!(one["basis"]["result"], "passed");
    }
    let nobody = get(server, "/api/v1/attestations?person=bob@people.example").await;
    assert_eq!(nobody["items"], json!([]));
    let csv_of = server.get("/api/v1/attestations?format=csv").send().await.expect("it answers");
    let body = csv_of.text().await.expect("a text");
    let header = "name,course_and_version,date,statement,ip_address,user_agent,record_id\r\n";
    assert!(body.starts_with(header), "{body}");
    let row = &csv::records(&body)[0];
    assert_eq!(row["name"], "Erna Muster");
    assert_eq!(row["statement"], text);
    assert_eq!((&row["ip_address"], &row["user_agent"]), (&json!("203.0.113.7"), &json!(BROWSER)));
    assert_eq!(row["record_id"], signed["statement"]);
    for refused in ["course=0198f0e0-0000-7000-8000-000000000007", "person=a&person=b", "from=soon"]
    {
        let (status, problem) =
            answer(server.get(&format!("/api/v1/attestations?{refused}"))).await;
        assert_eq!(status, 400, "{refused}: {problem}");
    }
}

/// The proof of the record shows the server's signature, offline.
async fn assert_proven(server: &Server, signed: &Value) {
    let id = signed["statement"].as_str().expect("an id");
    let mut proof = get(server, &format!("/api/v1/statements/{id}/proof")).await;
    let file = server.data().join("proof.json");
    let path = file.to_str().expect("temporary folders have plain names");
    fs::write(&file, proof.to_string()).expect("the file can be written");
    let said = succeeds(&command(server, &["verify", path]));
    assert!(said.contains("the server has signed that \"Erna Muster\" signed this text"), "{said}");
    // The text is bound by the entry, and by the signature besides.
    let text = proof["statement"].as_str().expect("a statement").replace("understand", "doubt");
    proof["statement"] = json!(text);
    fs::write(&file, proof.to_string()).expect("the file can be written");
    let output = command(server, &["verify", path]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    fs::remove_file(&file).expect("the file is there");
}

async fn assert_erased(server: &mut Server, registration: &str) {
    let (_, rows) = rows_of(server);
    for trace in TRACES {
        assert!(rows.iter().any(|(_, rows)| holds(rows, trace)), "{trace} was never there");
    }
    let order = json!({
        "actors": [{"mbox": "mailto:erna@people.example"}],
        "reason": "request 12",
    });
    let (status, erased) = answer(server.post("/api/v1/erasures").json(&order)).await;
    assert_eq!((status, &erased["found"]["events"]), (200, &json!(1)), "{erased}");
    let (_, rows) = rows_of(server);
    for trace in TRACES {
        let kept: Vec<_> = rows.iter().filter(|(_, rows)| holds(rows, trace)).collect();
        assert!(kept.is_empty(), "{trace} is in {:?}", kept.iter().map(|(name, _)| name));
    }
    let path = format!("/api/v1/registrations/{registration}/attestations");
    assert_eq!(get(server, &path).await["items"], json!([]));
    server.stop().await;
    succeeds(&command(server, &["rebuild", "--check"]));
    server.start_again().await;
}

#[tokio::test]
async fn nobody_signs_without_a_session_of_their_own() {
    let server = Server::start(PROGRAM, harness::Backend::Sqlite, &PROXY).await;
    let course = course_on(&server).await;
    let session = Session::open(&server, &course, json!({})).await;
    let view = session.pass().await;
    assert_eq!(view, Value::Null, "the course does not ask");
    let digest = "0".repeat(64);
    let body = json!({"name": "Erna", "consent": true, "version": 1, "text_sha256": digest});
    let (status, problem) = session.post("attest", body.clone()).await;
    assert_eq!(status, 409, "{problem}");
    let unknown = server.content("/play/nothing/rte/attest");
    let (status, problem) = answer(server.client().post(unknown).json(&body)).await;
    assert_eq!(status, 403, "{problem}");
    // On behalf of a learner there is no way: neither with a key nor on the main site.
    let path = format!("/api/v1/registrations/{}/attestations", session.registration);
    assert_eq!(answer(server.post(&path).json(&body)).await.0, 405);
    let path = session.address.replace(&server.content(""), &server.main(""));
    assert_eq!(answer(server.client().post(format!("{path}rte/attest")).json(&body)).await.0, 404);
    for wrong in [json!({}), json!({"name": 1}), json!({"name": "a", "consent": true, "x": 1})] {
        assert_eq!(session.post("attest", wrong).await.0, 400);
    }
}
