//! Each scope opens what it says and nothing else (xAPI 1.0.3 Communication 4.2).

use crate::{Key, agent, by, described, encoded, is_of, keys, sent, servers, statement};
use harness::reqwest::{Method, RequestBuilder};
use harness::serde_json::{Value, json};
use harness::{KEY, SECRET, Server};
use support::package_of;

const SCOPES: [&str; 15] = [
    "all",
    "all/read",
    "statements/write",
    "statements/read/mine",
    "statements/read",
    "state",
    "profile",
    "define",
    "packages",
    "launches",
    "registrations/read",
    "ledger/read",
    "audit/read",
    "reference/read",
    "reference/write",
];

/// An endpoint, and which scopes open it.
struct Case {
    method: Method,
    path: String,
    body: Option<(&'static str, Vec<u8>)>,
    opened_by: &'static [&'static str],
    /// What it answers then.
    status: u16,
}

impl Case {
    fn get(path: impl Into<String>, opened_by: &'static [&'static str]) -> Self {
        Self { method: Method::GET, path: path.into(), body: None, opened_by, status: 200 }
    }

    fn write(
        method: Method,
        path: impl Into<String>,
        opened_by: &'static [&'static str],
        status: u16,
    ) -> Self {
        let body = Some(("application/json", b"{\"a\":1}".to_vec()));
        Self { method, path: path.into(), body, opened_by, status }
    }

    fn with(self, kind: &'static str, body: impl Into<Vec<u8>>) -> Self {
        Self { body: Some((kind, body.into())), ..self }
    }

    fn request(&self, server: &Server, key: &Key) -> RequestBuilder {
        let request = by(server, key, &self.method, &self.path);
        let request = match self.method {
            // A profile is not put without a condition.
            Method::PUT if self.path.contains("profileId") => request.header("If-None-Match", "*"),
            _ => request,
        };
        match &self.body {
            Some((kind, body)) => request.header("Content-Type", *kind).body(body.clone()),
            None => request,
        }
    }
}

const STATE: &[&str] = &["all", "state"];
const STATE_READ: &[&str] = &["all", "all/read", "state"];
const PROFILE: &[&str] = &["all", "profile"];
const PROFILE_READ: &[&str] = &["all", "all/read", "profile"];
const WRITE: &[&str] = &["all", "statements/write"];
const READ: &[&str] = &["all", "all/read", "statements/read", "statements/read/mine"];
/// Names come from everybody's statements.
const NAMES: &[&str] = &["all", "all/read", "statements/read", "profile"];
/// Whoever reads statements or writes about activities may learn what they are called.
const DEFINITIONS: &[&str] =
    &["all", "all/read", "statements/read", "statements/read/mine", "state", "profile", "define"];
const PACKAGES_READ: &[&str] = &["all", "all/read", "packages"];
const REGISTRATIONS: &[&str] = &["all", "all/read", "registrations/read"];
const AUDIT: &[&str] = &["all", "all/read", "audit/read"];
const LEDGER: &[&str] = &["all", "all/read", "ledger/read"];
const REFERENCE: &[&str] = &["all", "all/read", "reference/read", "reference/write"];
const REFERENCE_WRITE: &[&str] = &["all", "reference/write"];

fn xapi_cases() -> Vec<Case> {
    let who = encoded(&agent("ada").to_string());
    let activity = encoded("https://example.com/a");
    let one = statement("ada").to_string();
    let id = "fd41c918-b88b-4b20-a0a5-a4c32391aaa0";
    let mut cases = vec![
        Case::write(Method::POST, "/xapi/statements", WRITE, 200)
            .with("application/json", one.clone()),
        Case::write(Method::PUT, format!("/xapi/statements?statementId={id}"), WRITE, 204)
            .with("application/json", one),
        Case::get("/xapi/statements", READ),
    ];
    let state = format!("/xapi/activities/state?activityId={activity}&agent={who}");
    cases.extend(documents(&state, "stateId", STATE, STATE_READ));
    let profile = format!("/xapi/agents/profile?agent={who}");
    cases.extend(documents(&profile, "profileId", PROFILE, PROFILE_READ));
    let profile = format!("/xapi/activities/profile?activityId={activity}");
    cases.extend(documents(&profile, "profileId", PROFILE, PROFILE_READ));
    cases.push(Case::get(format!("/xapi/agents?agent={who}"), NAMES));
    cases.push(Case::get(format!("/xapi/activities?activityId={activity}"), DEFINITIONS));
    cases
}

/// The requests of one document resource; reads come before the deletion.
fn documents(
    of: &str,
    name: &str,
    writers: &'static [&'static str],
    readers: &'static [&'static str],
) -> Vec<Case> {
    let one = format!("{of}&{name}=one");
    let put = Case::write(Method::PUT, &one, writers, 204);
    vec![
        put,
        Case::write(Method::POST, &one, writers, 204),
        Case::get(&one, readers),
        Case::get(of, readers),
        Case::write(Method::DELETE, format!("{of}&{name}=other"), writers, 204),
    ]
}

async fn api_cases(server: &Server) -> Vec<Case> {
    let zip = package_of("1.2", &[("start.html", "<!doctype html><title>One</title>")]);
    let made = sent(server.post("/api/v1/packages").body(zip.clone())).await.json();
    let course = made["course"].as_str().expect("a course has an id").to_owned();
    let launch = json!({"actor": agent("ada"), "course": course, "new_registration": true});
    let launched = sent(server.post("/api/v1/launches").json(&launch)).await.json();
    let registration = launched["registration"].as_str().expect("it has an id").to_owned();
    let stored = sent(server.xapi("statements")).await.json();
    let statement_id = stored["statements"][0]["id"].as_str().unwrap_or(&registration).to_owned();
    let trust = json!({"authority": agent("lms"), "trusted": true, "reason": "Contract 12"});
    let erase = json!({"actors": [agent("nobody")], "reason": "Request 12", "dry_run": true});
    let mut cases = settings_cases(&course);
    let of_course = format!("/api/v1/courses/{course}");
    let of_registration = format!("/api/v1/registrations/{registration}");
    cases.extend([
        Case::write(Method::POST, "/api/v1/packages", &["all", "packages"], 200)
            .with("application/zip", zip),
        Case::get("/api/v1/courses", PACKAGES_READ),
        Case::get(format!("{of_course}/versions/1"), PACKAGES_READ),
        Case::get(format!("{of_course}/versions/1/package"), PACKAGES_READ),
        Case::get(format!("{of_course}/versions/1/difference?from=1"), PACKAGES_READ),
        Case::write(
            Method::POST,
            format!("{of_course}/versions/1/move"),
            &["all", "launches"],
            200,
        )
        .with("application/json", "{\"reason\":\"test\"}"),
        Case::get(of_course, PACKAGES_READ),
        Case::write(Method::POST, "/api/v1/launches", &["all", "launches"], 201)
            .with("application/json", launch.to_string()),
        Case::get("/api/v1/registrations", REGISTRATIONS),
        Case::get(format!("{of_registration}/calls"), REGISTRATIONS),
        Case::get(format!("{of_registration}/attestations"), REGISTRATIONS),
        Case::get("/api/v1/attestations", REGISTRATIONS),
        Case::get("/api/v1/acknowledgements", REGISTRATIONS),
        // There is no such policy: it is the scope that is asked about.
        Case::write(
            Method::POST,
            "/api/v1/policies/a@1/acknowledgement-links",
            &["all", "launches"],
            404,
        )
        .with("application/json", json!({"actor": agent("ada")}).to_string()),
        Case::get("/api/v1/audit/gaps", AUDIT),
        Case::get(format!("{of_registration}/interactions"), REGISTRATIONS),
        Case::get(format!("{of_registration}/objectives"), REGISTRATIONS),
        Case::get(format!("{of_registration}/sessions"), REGISTRATIONS),
        // No session has this id: it is the scope that is asked about.
        Case::get(format!("{of_registration}/sessions/{registration}/export"), REGISTRATIONS),
        Case::write(Method::POST, format!("{of_registration}/move"), &["all", "launches"], 409)
            .with("application/json", "{\"version\":1,\"reason\":\"test\"}"),
        Case::get(of_registration, REGISTRATIONS),
        Case::write(Method::POST, "/api/v1/tokens", &SCOPES, 200).with("application/json", "{}"),
        Case::write(Method::POST, "/api/v1/replay", &["all"], 200)
            .with("application/x-ndjson", statement("ada").to_string()),
        Case::get(format!("/api/v1/statements/{statement_id}"), READ),
        Case::get("/api/v1/result-secret", &["all"]),
        Case::get("/api/v1/erasures", &["all", "all/read"]),
        Case::write(Method::POST, "/api/v1/erasures", &["all"], 200)
            .with("application/json", erase.to_string()),
        Case::get("/api/v1/trusted-authorities", &["all", "all/read", "statements/read"]),
        Case::write(Method::POST, "/api/v1/trusted-authorities", &["all"], 200)
            .with("application/json", trust.to_string()),
    ]);
    cases
}

fn settings_cases(course: &str) -> Vec<Case> {
    let of_course = format!("/api/v1/courses/{course}/settings");
    let of_version = format!("/api/v1/courses/{course}/versions/1/settings");
    let put = |path: &str, opened_by: &'static [&'static str]| {
        Case::write(Method::PUT, path, opened_by, 200)
            .with("application/json", "{\"settings\":{},\"reason\":\"test\"}")
    };
    vec![
        Case::get("/api/v1/settings", PACKAGES_READ),
        put("/api/v1/settings", &["all"]),
        put(&of_course, &["all", "packages"]),
        put(&of_version, &["all", "packages"]),
        Case::get(of_course, PACKAGES_READ),
        Case::get(of_version, PACKAGES_READ),
    ]
}

fn ledger_cases() -> Vec<Case> {
    let id = "fd41c918-b88b-4b20-a0a5-a4c32391aaa0";
    vec![
        // Whoever has a key may know the root and who signs it, as everybody does.
        Case::get("/api/v1/ledger", &SCOPES),
        Case::get("/api/v1/ledger/checkpoints", LEDGER),
        Case::get("/api/v1/ledger/consistency?from=0", LEDGER),
        Case::write(Method::POST, "/api/v1/ledger/keys", &["all"], 201)
            .with("application/json", "{\"reason\":\"test\"}"),
        Case::get(format!("/api/v1/statements/{id}/proof"), READ),
    ]
}

/// Kinds of reference data that are asked for and changed alike, each with a thing that may be said.
fn kinds() -> Vec<(&'static str, &'static str, Value)> {
    let version = json!([{"version": "1", "activity": "https://lms.example/x"}]);
    let counts = json!({
        "series": "phish", "date": "2025-03-01", "counts": {"delivered": 9}, "source": "mail",
    });
    vec![
        ("foreign-courses", "owasp", json!({"title": "Owasp", "versions": version})),
        (
            "requirements",
            "R-1",
            json!({"title": "All", "courses": ["owasp"], "effective_from": "2025-01-01"}),
        ),
        (
            "policies",
            "t@1",
            json!({"title": "T", "version": "1", "effective_on": "2025-01-01", "owner": "CISO"}),
        ),
        ("frameworks", "OURS", json!({"title": "Ours"})),
        ("controls", "OURS:1", json!({"title": "Training"})),
        ("control-relations", "OURS:1%20SOC2:CC1.4", json!({"relation": "related"})),
        ("awareness", "A-1", json!({"title": "T", "kind": "email", "held_on": "2025-03-01"})),
        ("effectiveness", "phish@2025-03-01", counts),
        (
            "reviews",
            "2025-Q1",
            json!({"quarter": "2025-Q1", "reviewed_on": "2025-04-01", "by": "Bob"}),
        ),
    ]
}

fn reference_cases() -> Vec<Case> {
    let put = |path: &str, value: &Value| {
        Case::write(Method::PUT, path, REFERENCE_WRITE, 200)
            .with("application/json", json!({"value": value, "reason": "test"}).to_string())
    };
    // Tried only, so that the next key finds it there.
    let retract = |path: &str| {
        Case::write(Method::POST, format!("{path}/retract?dry_run=true"), REFERENCE_WRITE, 200)
            .with("application/json", "{\"reason\":\"test\"}")
    };
    let kinds = kinds();
    let mut cases = Vec::new();
    for (kind, id, value) in &kinds {
        let path = format!("/api/v1/{kind}/{id}");
        cases.extend([
            put(&path, value),
            Case::get(format!("/api/v1/{kind}"), REFERENCE),
            Case::get(&path, REFERENCE),
            retract(&path),
        ]);
    }
    let person = "/api/v1/people/p-1";
    let exempt = json!({
        "person": "p-1", "requirement": "R-1", "kind": "exempt", "from": "2025-01-01",
        "reason": "left", "approved_by": "Bob",
    });
    let link = json!({"kind": "mbox", "value": "p1@people.example", "reason": "test"}).to_string();
    cases.extend([
        put(person, &json!({"name": "One"})),
        Case::get(person, REFERENCE),
        Case::get("/api/v1/people", REFERENCE),
        Case::write(Method::POST, format!("{person}/identities"), REFERENCE_WRITE, 200)
            .with("application/json", link),
        retract(person),
        put("/api/v1/exceptions/EX-1", &exempt),
        Case::get("/api/v1/exceptions", REFERENCE),
        Case::get("/api/v1/exceptions/EX-1", REFERENCE),
        retract("/api/v1/exceptions/EX-1"),
        put("/api/v1/audit-policy", &json!({"timezone": "Europe/Berlin"})),
        Case::get("/api/v1/audit-policy", REFERENCE),
        Case::get("/api/v1/accepted-versions", REFERENCE),
        Case::get("/api/v1/accepted-versions/x%2F1", REFERENCE),
        // No course has this version: it is the scope that is asked about.
        Case { status: 400, ..put("/api/v1/accepted-versions/x%2F1", &json!({})) },
        Case { status: 404, ..retract("/api/v1/accepted-versions/x%2F1") },
        Case::get("/api/v1/feeds", REFERENCE),
        Case::write(
            Method::POST,
            "/api/v1/feeds/roster?source=hr&reason=test",
            REFERENCE_WRITE,
            200,
        )
        .with("text/csv", "person_id,name\np-2,Two\n"),
        Case::get("/api/v1/audit/trail", REFERENCE),
    ]);
    cases
}

/// XAPI-00327.
#[tokio::test]
async fn each_endpoint_opens_to_its_scopes_and_to_no_other() {
    for mut server in servers(&[]).await {
        let keys = keys(&mut server, &SCOPES).await;
        let mut cases = xapi_cases();
        cases.extend(api_cases(&server).await);
        cases.extend(ledger_cases());
        cases.extend(reference_cases());
        let described = described(&server).await;
        for (method, path) in &described {
            let has_case =
                cases.iter().any(|case| case.method == method && is_of(&case.path, path));
            assert!(has_case, "{method} {path}: which scopes open it? Add a case.");
        }
        for case in &cases {
            for (scope, key) in SCOPES.iter().zip(&keys) {
                let answer = sent(case.request(&server, key)).await;
                let opens = case.opened_by.contains(scope);
                let what = format!("{scope}: {} {}: {answer:?}", case.method, case.path);
                if !opens {
                    assert_eq!(answer.status, 403, "{what}");
                    assert_eq!(answer.json()["type"], "/api/docs#forbidden", "{what}");
                } else if case.status == 200 && case.method == Method::GET {
                    assert!([200, 404].contains(&answer.status), "{what}");
                } else if case.path.contains("profileId") && case.method == Method::PUT {
                    // 412: another key has put it before.
                    assert!([204, 412].contains(&answer.status), "{what}");
                } else {
                    assert_eq!(answer.status, case.status, "{what}");
                }
            }
        }
    }
}

/// The ids on a page of statements.
async fn listed(server: &Server, key: &Key, path: &str) -> (Vec<String>, String) {
    let answer = sent(by(server, key, &Method::GET, path)).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let page = answer.json();
    let statements = page["statements"].as_array().expect("it is a page");
    let ids = statements.iter().map(|one| one["id"].as_str().expect("it has an id").to_owned());
    (ids.collect(), page["more"].as_str().unwrap_or_default().to_owned())
}

async fn store(server: &Server, key: &Key, statement: &Value) -> String {
    let answer = sent(by(server, key, &Method::POST, "/xapi/statements").json(statement)).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()[0].as_str().expect("it has an id").to_owned()
}

fn voiding(id: &str) -> Value {
    json!({
        "actor": agent("ada"),
        "verb": {"id": "http://adlnet.gov/expapi/verbs/voided"},
        "object": {"objectType": "StatementRef", "id": id},
    })
}

#[tokio::test]
async fn who_may_read_only_their_own_sees_no_other_statement_by_any_way() {
    for mut server in servers(&[]).await {
        let scopes = "statements/write statements/read/mine";
        let both = keys(&mut server, &[scopes, scopes]).await;
        let (own, other) = (&both[0], &both[1]);
        let mut mine = Vec::new();
        let mut theirs = Vec::new();
        for number in 0..4 {
            mine.push(store(&server, own, &statement(&format!("own{number}"))).await);
            theirs.push(store(&server, other, &statement(&format!("other{number}"))).await);
        }
        // By page and by `more`.
        let mut path = "/xapi/statements?limit=1&ascending=true".to_owned();
        let mut seen = Vec::new();
        while !path.is_empty() {
            let (ids, more) = listed(&server, own, &path).await;
            seen.extend(ids);
            path = more;
            assert!(seen.len() <= mine.len(), "{seen:?}");
        }
        assert_eq!(seen, mine);
        // By another's continuation: it goes on for who asks, not for who began.
        let everybody = Key { id: KEY.to_owned(), secret: SECRET.to_owned() };
        let (_, more) =
            listed(&server, &everybody, "/xapi/statements?limit=1&ascending=true").await;
        let (ids, _) = listed(&server, own, &more).await;
        assert!(ids.iter().all(|id| mine.contains(id)), "{ids:?}");
        // By id, and as voided.
        let get = |key: &Key, name: &str, id: &str| {
            let path = format!("/xapi/statements?{name}={id}");
            sent(by(&server, key, &Method::GET, &path))
        };
        assert_eq!(get(own, "statementId", &mine[0]).await.status, 200);
        assert_eq!(get(own, "statementId", &theirs[0]).await.status, 404);
        store(&server, other, &voiding(&theirs[1])).await;
        assert_eq!(get(other, "voidedStatementId", &theirs[1]).await.status, 200);
        assert_eq!(get(own, "voidedStatementId", &theirs[1]).await.status, 404);
        // By a filter that matches everybody's.
        let filter = format!("/xapi/statements?activity={}", encoded("https://example.com/a"));
        let (ids, _) = listed(&server, own, &filter).await;
        assert!(ids.iter().all(|id| mine.contains(id)), "{ids:?}");
    }
}

#[tokio::test]
async fn the_authority_is_the_credentials_whatever_the_client_says() {
    for mut server in servers(&[]).await {
        let key = keys(&mut server, &["statements/write statements/read"]).await.remove(0);
        let mut one = statement("ada");
        one["authority"] = agent("mallory");
        let id = store(&server, &key, &one).await;
        let path = format!("/xapi/statements?statementId={id}");
        let stored = sent(by(&server, &key, &Method::GET, &path)).await.json();
        let authority = &stored["authority"];
        assert_eq!(authority["objectType"], "Agent", "{stored}");
        assert_eq!(authority["account"]["name"], key.id, "{stored}");
        let base = authority["account"]["homePage"].as_str().unwrap_or_default();
        assert!(base.starts_with("http"), "{stored}");
        let identifiers = ["mbox", "mbox_sha1sum", "openid"];
        assert!(identifiers.iter().all(|name| authority[name].is_null()), "exactly one: {stored}");
    }
}

#[tokio::test]
async fn secrets_are_kept_hashed() {
    let mut server = Server::start(crate::PROGRAM, harness::Backend::Sqlite, &[]).await;
    let key = keys(&mut server, &["state"]).await.remove(0);
    server.stop().await;
    for secret in [key.secret.as_str(), SECRET] {
        for file in std::fs::read_dir(server.data()).expect("the folder is there").flatten() {
            let Ok(bytes) = std::fs::read(file.path()) else { continue };
            let found = bytes.windows(secret.len()).any(|part| part == secret.as_bytes());
            assert!(!found, "{} holds a secret", file.path().display());
        }
    }
}
