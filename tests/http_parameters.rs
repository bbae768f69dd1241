//! Which parameters the document resources demand, and that statements show when they were stored:
//! requirements row by row, over HTTP on both databases.

use harness::Server;
use harness::reqwest::{Method, RequestBuilder};
use harness::serde_json::{Value, from_str, json};
use std::fmt::Write;

const PROGRAM: &str = env!("CARGO_BIN_EXE_attestry");
const ACTIVITY: Parameter = ("activityId", "https://example.com/a");
const AGENT: Parameter = ("agent", r#"{"mbox":"mailto:ada@people.example"}"#);
const STATE: Parameter = ("stateId", "s");
const PROFILE: Parameter = ("profileId", "p");
const GROUP: &str = r#"{"objectType":"Group","mbox":"mailto:group@people.example"}"#;

type Parameter = (&'static str, &'static str);

/// A requirement, a method, the parameter that is wrong, and its value; left out without one.
type Row = (&'static str, Method, &'static str, Option<&'static str>);

async fn servers() -> Vec<Server> {
    Server::start_on_each(PROGRAM, &[]).await
}

fn request(server: &Server, method: &Method, path: &str, all: &[Parameter]) -> RequestBuilder {
    let mut query = String::new();
    for (name, value) in all {
        write!(query, "&{name}=").expect("a text takes it");
        value.bytes().for_each(|byte| write!(query, "%{byte:02X}").expect("a text takes it"));
    }
    let query = query.trim_start_matches('&');
    let request = server.request(method.clone(), &format!("/xapi/{path}?{query}"));
    let request = request.header("X-Experience-API-Version", "1.0.3");
    if [Method::PUT, Method::POST].contains(method) {
        return request.header("Content-Type", "application/json").body("{}");
    }
    request
}

/// With all parameters as they should be nothing is wrong; with one that is wrong the answer is
/// 400 and names it, and nothing is there afterwards.
async fn assert_refused(path: &str, right: &[Parameter], rows: &[Row]) {
    for server in servers().await {
        for (rule, method, name, value) in rows {
            let mut wrong: Vec<_> = right.iter().copied().filter(|one| one.0 != *name).collect();
            wrong.extend(value.map(|value| (*name, value)));
            let answer = request(&server, method, path, &wrong).send().await;
            let answer = answer.expect("it answers");
            assert_eq!(answer.status().as_u16(), 400, "{rule} {method} {wrong:?}");
            let problem: Value = answer.json().await.expect("a problem is JSON");
            assert_eq!(problem["errors"][0]["pointer"], *name, "{rule} {method}: {problem}");
        }
        let none = request(&server, &Method::GET, path, right).send().await.expect("it answers");
        assert_eq!(none.status().as_u16(), 404, "nothing was kept of what was refused");
        let stored = request(&server, &Method::POST, path, right).send().await;
        assert_eq!(stored.expect("it answers").status().as_u16(), 204);
        let one = request(&server, &Method::GET, path, right).send().await.expect("it answers");
        assert_eq!(one.status().as_u16(), 200);
    }
}

#[tokio::test]
async fn a_state_needs_its_activity_agent_and_id() {
    let (no_json, no_uuid, no_time) = (Some("ada"), Some("1"), Some("yesterday"));
    let rows = [
        ("XAPI-00196", Method::DELETE, "agent", no_json),
        ("XAPI-00197", Method::GET, "agent", no_json),
        ("XAPI-00198", Method::POST, "agent", no_json),
        ("XAPI-00199", Method::PUT, "agent", no_json),
        ("XAPI-00200", Method::DELETE, "registration", no_uuid),
        ("XAPI-00201", Method::GET, "registration", no_uuid),
        ("XAPI-00202", Method::POST, "registration", no_uuid),
        ("XAPI-00203", Method::PUT, "registration", no_uuid),
        ("XAPI-00204", Method::GET, "since", no_time),
        ("XAPI-00205", Method::DELETE, "since", no_time),
        ("XAPI-00206", Method::PUT, "stateId", None),
        ("XAPI-00207", Method::DELETE, "activityId", None),
        ("XAPI-00208", Method::GET, "activityId", None),
        ("XAPI-00209", Method::POST, "activityId", None),
        ("XAPI-00210", Method::PUT, "activityId", None),
        ("XAPI-00211", Method::POST, "stateId", None),
        ("XAPI-00212", Method::DELETE, "agent", None),
        ("XAPI-00213", Method::GET, "agent", None),
        ("XAPI-00214", Method::POST, "agent", None),
        ("XAPI-00215", Method::PUT, "agent", None),
    ];
    assert_refused("activities/state", &[ACTIVITY, AGENT, STATE], &rows).await;
}

#[tokio::test]
async fn an_agent_profile_needs_its_agent_and_id() {
    let rows = [
        ("XAPI-00255", Method::DELETE, "agent", Some(GROUP)),
        ("XAPI-00256", Method::POST, "agent", Some(GROUP)),
        ("XAPI-00257", Method::PUT, "agent", Some("{}")),
        ("XAPI-00258", Method::GET, "agent", Some("ada")),
        ("XAPI-00260", Method::GET, "since", Some("yesterday")),
        ("XAPI-00261", Method::GET, "agent", None),
        ("XAPI-00262", Method::DELETE, "agent", None),
        ("XAPI-00263", Method::POST, "agent", None),
        ("XAPI-00264", Method::PUT, "agent", None),
        ("XAPI-00265", Method::DELETE, "profileId", None),
        ("XAPI-00266", Method::POST, "profileId", None),
        ("XAPI-00267", Method::PUT, "profileId", None),
    ];
    assert_refused("agents/profile", &[AGENT, PROFILE], &rows).await;
}

#[tokio::test]
async fn an_activity_profile_needs_its_activity_and_id() {
    let rows = [
        ("XAPI-00295", Method::GET, "since", Some("yesterday")),
        ("XAPI-00296", Method::GET, "activityId", None),
        ("XAPI-00297", Method::DELETE, "activityId", None),
        ("XAPI-00298", Method::POST, "activityId", None),
        ("XAPI-00299", Method::PUT, "activityId", None),
        ("XAPI-00300", Method::DELETE, "profileId", None),
        ("XAPI-00301", Method::POST, "profileId", None),
        ("XAPI-00302", Method::PUT, "profileId", None),
        ("XAPI-00304", Method::GET, "agent", Some("ada")),
    ];
    assert_refused("activities/profile", &[ACTIVITY, PROFILE], &rows).await;
}

/// Communication 2.1 to 2.8: no value is passed over, in whichever resource and syntax.
#[tokio::test]
async fn a_parameter_that_occurs_twice_is_refused_and_named() {
    let (state, agent) = ([ACTIVITY, AGENT, STATE], [AGENT, PROFILE]);
    let id = ("statementId", "7d4e3a9e-22dd-4d8c-9b57-6e3f5a3d9b10");
    let other = ("statementId", "0f8d4b0a-1111-4222-8333-444455556666");
    let rows: [(&str, Method, &[Parameter], Parameter); 9] = [
        ("statements", Method::PUT, &[id], id),
        ("statements", Method::PUT, &[id], other),
        ("statements", Method::GET, &[id], other),
        ("statements", Method::GET, &[("more", "a")], ("more", "b")),
        ("activities/state", Method::PUT, &state, STATE),
        ("activities/profile", Method::GET, &[ACTIVITY, PROFILE], ACTIVITY),
        ("agents/profile", Method::DELETE, &agent, PROFILE),
        ("agents", Method::GET, &[AGENT], AGENT),
        ("activities", Method::GET, &[ACTIVITY], ACTIVITY),
    ];
    for server in servers().await {
        for (path, method, right, again) in &rows {
            let all: Vec<_> = right.iter().chain([again]).copied().collect();
            let answer = request(&server, method, path, &all).send().await.expect("it answers");
            assert_eq!(answer.status().as_u16(), 400, "{method} {path} {all:?}");
            let problem: Value = answer.json().await.expect("a problem is JSON");
            assert_eq!(problem["errors"][0]["pointer"], again.0, "{method} {path}: {problem}");
        }
        let form = server.post("/xapi/statements?method=GET").body("limit=1&limit=2");
        let form = form.header("X-Experience-API-Version", "1.0.3");
        let form = form.header("Content-Type", "application/x-www-form-urlencoded");
        let answer = form.send().await.expect("it answers");
        assert_eq!(answer.status().as_u16(), 400);
        let problem: Value = answer.json().await.expect("a problem is JSON");
        assert_eq!(problem["errors"][0]["pointer"], "limit", "{problem}");
    }
}

/// XAPI-00218 to 00220, XAPI-00227: a registration parts states of the same name.
#[tokio::test]
async fn a_state_may_belong_to_a_registration() {
    for server in servers().await {
        let registration = ("registration", "ec531277-b57b-4c15-8d91-d292c5b2b8f7");
        let (plain, ours) = ([ACTIVITY, AGENT, STATE], [ACTIVITY, AGENT, STATE, registration]);
        let status = async |method, all: &[Parameter]| {
            let answer = request(&server, &method, "activities/state", all).send().await;
            answer.expect("it answers").status().as_u16()
        };
        assert_eq!(status(Method::PUT, &ours).await, 204);
        assert_eq!(status(Method::POST, &ours).await, 204);
        assert_eq!(
            (status(Method::GET, &ours).await, status(Method::GET, &plain).await),
            (200, 404)
        );
        assert_eq!(status(Method::POST, &plain).await, 204);
        assert_eq!(status(Method::DELETE, &ours).await, 204);
        assert_eq!(
            (status(Method::GET, &ours).await, status(Method::GET, &plain).await),
            (404, 200)
        );
    }
}

/// XAPI-00122, XAPI-00152, XAPI-00160: what is shown was stored no later than the header says, and
/// times have milliseconds.
#[tokio::test]
async fn no_statement_is_newer_than_the_header_says() {
    for server in servers().await {
        let precise = "2026-03-10T08:22:45.123456789Z";
        for _ in 0..3 {
            let statement = json!({
                "actor": from_str::<Value>(AGENT.1).expect("it is JSON"),
                "verb": {"id": "https://example.com/did"},
                "object": {"id": ACTIVITY.1},
                "timestamp": precise,
            });
            let post = server.post("/xapi/statements").header("X-Experience-API-Version", "1.0.3");
            let stored = post.json(&statement).send().await.expect("it answers");
            assert_eq!(stored.status().as_u16(), 200);
            let page = server.xapi("statements").send().await.expect("it answers");
            let through = page.headers()["X-Experience-API-Consistent-Through"].clone();
            let through = through.to_str().expect("it is ASCII").to_owned();
            let page: Value = page.json().await.expect("a page is JSON");
            let millis = |text: &str| text.get(..23).expect("it has milliseconds").to_owned();
            for one in page["statements"].as_array().expect("a page has statements") {
                let stored = one["stored"].as_str().expect("it is a text");
                assert!(millis(stored) <= millis(&through), "{stored} after {through}");
                let kept = one["timestamp"].as_str().expect("it is a text");
                assert!(kept.starts_with("2026-03-10T08:22:45.123"), "{kept}");
            }
        }
    }
}
