//! Two organizations on one server: whatever one tries with the other's ids, it neither sees nor
//! changes anything of the other's. A described endpoint without a case here fails the test.

use crate::console::{Console, PASSWORD};
use crate::{
    Key, VERSION, agent, by, described, encoded, is_of, printed_key, said, sent, servers, statement,
};
use harness::reqwest::Method;
use harness::serde_json::{Value, json};
use harness::{KEY, SECRET, Server};
use support::package_of;

/// Stands in everything that the first organization keeps.
const MARK: &str = "Xanadu";
const PASSED: [u16; 4] = [200, 201, 204, 303];

/// What the first organization has, by the ids that the second one has got hold of.
struct Theirs {
    course: String,
    registration: String,
    statement: String,
    more: String,
    user: String,
}

/// An attempt of the second organization.
struct Attempt {
    method: Method,
    path: String,
    body: String,
    kind: &'static str,
    /// How it may end; whatever it is, the answer tells nothing of the other's.
    statuses: &'static [u16],
}

const UNKNOWN: &[u16] = &[404];
/// It happens in the second organization's own data.
const OWN: &[u16] = &[200, 204];
/// Its own data have nothing of this name, or it is answered without them.
const NOTHING: &[u16] = &[200, 404];

fn attempt(method: Method, path: String, body: &dyn ToString, statuses: &'static [u16]) -> Attempt {
    Attempt { method, path, body: body.to_string(), kind: "application/json", statuses }
}

fn get(path: impl Into<String>, statuses: &'static [u16]) -> Attempt {
    attempt(Method::GET, path.into(), &"", statuses)
}

fn seed() -> Key {
    Key { id: KEY.to_owned(), secret: SECRET.to_owned() }
}

fn document_paths() -> [String; 3] {
    let who = encoded(&agent("kubla").to_string());
    let activity = encoded("https://example.com/a");
    [
        format!("/xapi/activities/state?activityId={activity}&agent={who}&stateId=one"),
        format!("/xapi/agents/profile?agent={who}&profileId=one"),
        format!("/xapi/activities/profile?activityId={activity}&profileId=one"),
    ]
}

fn marked_statement() -> Value {
    let mut one = statement("kubla");
    one["actor"]["name"] = json!(MARK);
    one["object"]["definition"] = json!({"name": {"en": MARK}});
    one
}

/// Fills the first organization.
async fn fill(server: &Server, console: &Console<'_>) -> Theirs {
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let post = async |path: &str, body: &Value| {
        sent(by(server, &seed(), &Method::POST, path).json(body)).await.json()
    };
    let zip = package_of("1.2", &[("start.html", "<!doctype html><title>One</title>")]);
    let path = format!("/api/v1/packages?title={MARK}");
    let course = word(&sent(server.post(&path).body(zip)).await.json()["course"]);
    let mut actor = agent("kubla");
    actor["name"] = json!(MARK);
    let launch = json!({"actor": actor, "course": course});
    let registration = word(&post("/api/v1/launches", &launch).await["registration"]);
    let statement = word(&post("/xapi/statements", &marked_statement()).await[0]);
    post("/xapi/statements", &marked_statement()).await;
    let page = sent(server.xapi("statements?limit=1")).await.json();
    for path in document_paths() {
        let put = by(server, &seed(), &Method::PUT, &path).header("Content-Type", "text/plain");
        let status = sent(put.header("If-None-Match", "*").body(MARK)).await.status;
        assert!([204, 404].contains(&status), "{path}: {status}");
    }
    let person = json!({"value": {"name": MARK, "identities": [
        {"kind": "mbox", "value": "kubla@people.example"}]}, "reason": MARK});
    let put = by(server, &seed(), &Method::PUT, "/api/v1/people/p-kubla").json(&person);
    assert_eq!(sent(put).await.status, 200);
    let fields = [("email", "kubla@example.com"), ("name", MARK), ("role", "author")];
    assert!(console.post("/users", &fields).await.text.contains("/welcome/"));
    let users = console.get("/users").await.text;
    let ids = users.split("/users/").skip(1).filter_map(|rest| rest.split('/').next());
    let user = ids.last().expect("there is a user").to_owned();
    let ids = [&course, &registration, &statement, &user];
    assert!(ids.iter().all(|id| id.len() == 36), "{ids:?}");
    Theirs { course, registration, statement, more: word(&page["more"]), user }
}

/// All that the first organization has, as it sees it.
async fn all_of(server: &Server, console: &Console<'_>, theirs: &Theirs) -> Vec<String> {
    let mut all = Vec::new();
    let mut paths = vec![
        "/xapi/statements?ascending=true".to_owned(),
        "/api/v1/courses".to_owned(),
        "/api/v1/registrations".to_owned(),
        "/api/v1/people".to_owned(),
        "/api/v1/audit/trail".to_owned(),
        format!("/api/v1/courses/{}", theirs.course),
        format!("/api/v1/registrations/{}", theirs.registration),
    ];
    paths.extend(document_paths());
    for path in &paths {
        all.push(sent(by(server, &seed(), &Method::GET, path)).await.text);
    }
    for page in ["/keys", "/users", "/courses", "/registrations", "/statements"] {
        let page = console.get(page).await;
        assert_eq!(page.status, 200, "{page:?}");
        all.push(page.text);
    }
    // Problem documents name their occurrence.
    all.retain(|text| !text.contains("urn:uuid:"));
    assert!(all.iter().filter(|text| text.contains(MARK)).count() > 5, "{all:#?}");
    all
}

fn lrs_attempts(theirs: &Theirs) -> Vec<Attempt> {
    let id = &theirs.statement;
    let voiding = json!({
        "actor": agent("mallory"),
        "verb": {"id": "http://adlnet.gov/expapi/verbs/voided"},
        "object": {"objectType": "StatementRef", "id": id},
    });
    let who = encoded(&agent("kubla").to_string());
    let activity = encoded("https://example.com/a");
    let mut all = vec![
        get("/xapi/statements", OWN),
        get(format!("/xapi/statements?statementId={id}"), UNKNOWN),
        get(format!("/xapi/statements?voidedStatementId={id}"), UNKNOWN),
        get(format!("/xapi/statements?registration={}", theirs.registration), OWN),
        get(format!("/xapi/statements?agent={who}"), OWN),
        get(format!("/xapi/statements?related_activities=true&activity={activity}"), OWN),
        get(theirs.more.clone(), &[400]),
        get(format!("/xapi/agents?agent={who}"), NOTHING),
        get(format!("/xapi/activities?activityId={activity}"), NOTHING),
        attempt(Method::POST, "/xapi/statements".to_owned(), &voiding, OWN),
        attempt(
            Method::PUT,
            format!("/xapi/statements?statementId={id}"),
            &statement("mallory"),
            OWN,
        ),
    ];
    for path in document_paths() {
        all.push(get(path.clone(), UNKNOWN));
        let (of, _) = path.rsplit_once('&').expect("it has parameters");
        all.push(get(of, OWN));
        for method in [Method::DELETE, Method::POST, Method::PUT, Method::DELETE] {
            all.push(attempt(method, path.clone(), &"{\"a\":1}", OWN));
        }
    }
    all
}

/// What was signed.
fn signed_attempts(Theirs { course, registration, .. }: &Theirs) -> Vec<Attempt> {
    let registration_path = format!("/api/v1/registrations/{registration}");
    vec![
        get(format!("{registration_path}/attestations"), UNKNOWN),
        get("/api/v1/attestations", OWN),
        get("/api/v1/acknowledgements?person=kubla@people.example", OWN),
        // No policy of either: it is the organization that is asked about.
        attempt(
            Method::POST,
            "/api/v1/policies/a@1/acknowledgement-links".to_owned(),
            &json!({"actor": agent("kubla")}),
            UNKNOWN,
        ),
        get(format!("/api/v1/attestations?course={course}&version=1"), OWN),
        get("/api/v1/attestations?person=kubla@people.example", OWN),
    ]
}

fn api_attempts(theirs: &Theirs) -> Vec<Attempt> {
    let Theirs { course, registration, statement, .. } = theirs;
    let course_path = format!("/api/v1/courses/{course}");
    let registration_path = format!("/api/v1/registrations/{registration}");
    let launches = || "/api/v1/launches".to_owned();
    let zip = format!("/api/v1/packages?course={course}&change_note=Other");
    let launch = json!({"actor": agent("mallory"), "course": course});
    let trust = json!({"authority": agent("kubla"), "trusted": true, "reason": "None"});
    let erase = json!({"actors": [agent("kubla")], "reason": "None", "compact": false});
    let mut replayed = crate::statement("mallory");
    replayed["id"] = json!(statement);
    let decide = json!({"settings": {}, "reason": "None"});
    let shift = json!({"reason": "None"});
    let shift_one = json!({"version": 1, "reason": "None"});
    let mut again = launch.clone();
    again["registration"] = json!(registration);
    let upload = Attempt { kind: "application/zip", ..attempt(Method::POST, zip, &"", UNKNOWN) };
    vec![
        upload,
        get("/api/v1/courses", OWN),
        get(format!("{course_path}/versions/1"), UNKNOWN),
        get(format!("{course_path}/versions/1/package"), UNKNOWN),
        get(format!("{course_path}/versions/1/difference?from=1"), UNKNOWN),
        get("/api/v1/settings", OWN),
        attempt(Method::PUT, "/api/v1/settings".to_owned(), &decide, OWN),
        get(format!("{course_path}/settings"), UNKNOWN),
        attempt(Method::PUT, format!("{course_path}/settings"), &decide, UNKNOWN),
        get(format!("{course_path}/versions/1/settings"), UNKNOWN),
        attempt(Method::PUT, format!("{course_path}/versions/1/settings"), &decide, UNKNOWN),
        attempt(Method::POST, format!("{course_path}/versions/1/move"), &shift, UNKNOWN),
        attempt(Method::POST, format!("{registration_path}/move"), &shift_one, UNKNOWN),
        get(course_path, UNKNOWN),
        attempt(Method::POST, launches(), &launch, UNKNOWN),
        attempt(Method::POST, launches(), &again, UNKNOWN),
        attempt(Method::POST, "/api/v1/tokens".to_owned(), &"{}", OWN),
        get("/api/v1/registrations", OWN),
        get(format!("/api/v1/registrations?course={course}"), OWN),
        get("/api/v1/registrations?person=kubla", OWN),
        get(format!("{registration_path}/calls"), UNKNOWN),
        get("/api/v1/audit/report", OWN),
        get("/api/v1/audit/attempts?format=csv", OWN),
        get(format!("{registration_path}/interactions"), UNKNOWN),
        get(format!("{registration_path}/objectives"), UNKNOWN),
        get(format!("{registration_path}/sessions"), UNKNOWN),
        get(format!("{registration_path}/sessions/{registration}/export"), UNKNOWN),
        get(registration_path, UNKNOWN),
        get("/api/v1/result-secret", OWN),
        // One of its own has this id by now: it sees that one.
        get(format!("/api/v1/statements/{statement}"), NOTHING),
        get("/api/v1/trusted-authorities", OWN),
        get("/api/v1/erasures", OWN),
        attempt(Method::POST, "/api/v1/erasures".to_owned(), &erase, OWN),
        attempt(Method::POST, "/api/v1/trusted-authorities".to_owned(), &trust, OWN),
        Attempt {
            kind: "application/x-ndjson",
            ..attempt(Method::POST, "/api/v1/replay".to_owned(), &replayed, OWN)
        },
        get(format!("/api/v1/statements/{statement}/proof"), NOTHING),
        get("/api/v1/ledger", OWN),
        get("/api/v1/ledger/checkpoints", OWN),
        get("/api/v1/ledger/consistency?from=1&to=2", &[200, 400, 404, 409]),
        attempt(Method::POST, "/api/v1/ledger/keys".to_owned(), &"{\"reason\":\"x\"}", &[201]),
    ]
}

/// The kinds of reference data that are asked for and changed alike.
const KINDS: [&str; 11] = [
    "requirements",
    "exceptions",
    "policies",
    "frameworks",
    "controls",
    "control-relations",
    "awareness",
    "effectiveness",
    "reviews",
    "foreign-courses",
    "accepted-versions",
];

fn reference_attempts() -> Vec<Attempt> {
    let because = json!({"reason": "None"});
    let mut all = Vec::new();
    for kind in KINDS {
        let one = format!("/api/v1/{kind}/kubla");
        // What can be hidden though it is not there is shipped, not another's.
        all.extend([
            get(format!("/api/v1/{kind}"), OWN),
            get(one.clone(), UNKNOWN),
            attempt(Method::POST, format!("{one}/retract?dry_run=true"), &because, NOTHING),
            attempt(Method::PUT, one, &json!({"value": {}, "reason": "None"}), &[400]),
        ]);
    }
    let person = "/api/v1/people/p-kubla".to_owned();
    let link = json!({"kind": "mbox", "value": "kubla@people.example", "reason": "None"});
    let named = json!({"value": {"name": "Own"}, "reason": "None"});
    all.extend([
        get("/api/v1/people", OWN),
        get("/api/v1/people?search=kubla", OWN),
        get(person.clone(), UNKNOWN),
        attempt(Method::POST, format!("{person}/identities"), &link, UNKNOWN),
        attempt(Method::POST, format!("{person}/retract"), &because, UNKNOWN),
        attempt(Method::PUT, person, &named, OWN),
        get("/api/v1/audit-policy", UNKNOWN),
        attempt(
            Method::PUT,
            "/api/v1/audit-policy".to_owned(),
            &json!({"value": {}, "reason": "None"}),
            OWN,
        ),
        get("/api/v1/feeds", OWN),
        Attempt {
            kind: "text/csv",
            ..attempt(
                Method::POST,
                "/api/v1/feeds/roster?source=hr&reason=None&mode=full".to_owned(),
                &"person_id,name\np-own,Own\n",
                OWN,
            )
        },
        get("/api/v1/audit/trail", OWN),
        get("/api/v1/audit/trail?entity=person&entity_id=p-kubla", OWN),
        get("/api/v1/audit/trail?format=csv", OWN),
    ]);
    all
}

async fn by_api(server: &Server, stranger: &Key, theirs: &Theirs) {
    let mut attempts = lrs_attempts(theirs);
    attempts.extend(api_attempts(theirs));
    attempts.extend(signed_attempts(theirs));
    attempts.extend(reference_attempts());
    let described = described(server).await;
    for (method, path) in &described {
        let tried = |one: &Attempt| one.method == method && is_of(&one.path, path);
        assert!(attempts.iter().any(tried), "{method} {path}: can another organization? Add it.");
    }
    // What is not described is not there yet.
    let is_there = |one: &&Attempt| {
        described.iter().any(|(method, path)| one.method == method && is_of(&one.path, path))
    };
    let zip = package_of("1.2", &[("start.html", "<!doctype html><title>Two</title>")]);
    for one in attempts.iter().filter(is_there) {
        let body = match one.kind {
            "application/zip" => zip.clone(),
            _ => one.body.clone().into_bytes(),
        };
        let request = by(server, stranger, &one.method, &one.path);
        let request = request.header("Content-Type", one.kind);
        // A profile that is not there is put without a condition, or on this one.
        let guarded = one.method == Method::PUT && one.path.contains("profileId");
        let request = if guarded { request.header("If-Match", "*") } else { request };
        let request = if guarded { request.header("If-None-Match", "\"x\"") } else { request };
        let request = if one.method == Method::GET { request } else { request.body(body) };
        let answer = sent(request).await;
        let what = format!("{} {}: {answer:?}", one.method, one.path);
        let refused_by_condition = guarded && [400, 412].contains(&answer.status);
        assert!(one.statuses.contains(&answer.status) || refused_by_condition, "{what}");
        assert!(!answer.text.contains(MARK), "{what}");
        for id in [&theirs.course, &theirs.registration, &theirs.user] {
            assert!(!answer.text.contains(id.as_str()), "{what}");
        }
    }
}

async fn by_console(console: &Console<'_>, theirs: &Theirs) {
    let Theirs { course, registration, statement, user, .. } = theirs;
    for (path, status) in [
        ("/courses".to_owned(), 200),
        (format!("/courses/{course}"), 404),
        (format!("/courses/{course}/versions/1"), 404),
        (format!("/courses/{course}/versions/1/package"), 404),
        ("/registrations".to_owned(), 200),
        (format!("/registrations?course={course}"), 200),
        ("/registrations.csv".to_owned(), 200),
        ("/attestations".to_owned(), 200),
        ("/attestations.csv".to_owned(), 200),
        (format!("/registrations/{registration}"), 404),
        ("/statements".to_owned(), 200),
        ("/users".to_owned(), 200),
        ("/keys".to_owned(), 200),
    ] {
        let page = console.get(&path).await;
        assert_eq!(page.status, status, "{path}: {page:?}");
        assert!(!page.text.contains(MARK) && !page.text.contains(user), "{path}: {page:?}");
    }
    // One of its own has this id by now: it sees that one.
    for path in [format!("/statements/{statement}"), format!("/statements/{statement}/exact")] {
        let page = console.get(&path).await;
        assert!(PASSED.contains(&page.status) && !page.text.contains(MARK), "{path}: {page:?}");
    }
    for (path, fields) in [
        (format!("/courses/{course}/versions/1/launch"), &[][..]),
        (format!("/keys/{KEY}/revoke"), &[]),
        (format!("/users/{user}/role"), &[("role", "learner")]),
        (format!("/users/{user}/link"), &[]),
        (format!("/users/{user}/disable"), &[]),
        (format!("/users/{user}/enable"), &[]),
    ] {
        let answer = console.post(&path, fields).await;
        assert_eq!(answer.status, 404, "{path}: {answer:?}");
        assert!(!answer.text.contains(MARK), "{path}: {answer:?}");
    }
}

#[tokio::test]
async fn an_organization_neither_sees_nor_changes_anything_of_another() {
    for mut server in servers(&[("ATTESTRY_ADMIN_PASSWORD", PASSWORD)]).await {
        server.stop().await;
        let created = said(&server, &["organization", "create", "other"]);
        server.start_again().await;
        let stranger = printed_key(&created);
        let link = created.split_whitespace().find(|word| word.contains("/sign-in/"));
        let (_, token) =
            link.expect("there is a link").split_once("/sign-in/").expect("it has one");
        let console = Console::sign_in(&server).await;
        let theirs = fill(&server, &console).await;
        let before = all_of(&server, &console, &theirs).await;

        by_api(&server, &stranger, &theirs).await;
        let intruder = Console::by_link(&server, &format!("/sign-in/{token}")).await;
        by_console(&intruder, &theirs).await;

        assert_eq!(all_of(&server, &console, &theirs).await, before);
        let own = sent(by(&server, &seed(), &Method::GET, "/xapi/statements")).await;
        assert_eq!((own.status, own.header(VERSION)), (200, "1.0.3"), "the key still holds");
    }
}
