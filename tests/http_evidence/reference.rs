//! Reference data over HTTP: said with a reason, kept for ever, asked for as of any instant.

use crate::support::{answer, get, servers, statement, xapi};
use harness::Server;
use harness::reqwest::Method;
use harness::serde_json::{Value, json};
use std::time::Duration;

/// Says something, and gives the events that it made.
async fn put(server: &Server, path: &str, value: &Value) -> Vec<Value> {
    let wish = json!({"value": value, "reason": "ticket 12"});
    let request = server.request(Method::PUT, &format!("/api/v1/{path}")).json(&wish);
    let (status, body) = answer(request).await;
    assert_eq!(status, 200, "{path}: {body}");
    body["events"].as_array().expect("there are events").clone()
}

/// The pointers of what is wrong with something.
async fn faults(server: &Server, path: &str, value: &Value) -> Vec<String> {
    let wish = json!({"value": value, "reason": "ticket 12"});
    let request = server.request(Method::PUT, &format!("/api/v1/{path}")).json(&wish);
    let (status, body) = answer(request).await;
    assert_eq!(status, 400, "{path}: {body}");
    let errors = body["errors"].as_array().expect("there are errors").iter();
    errors.map(|error| error["pointer"].as_str().unwrap_or_default().to_owned()).collect()
}

fn ada() -> Value {
    json!({
        "name": "Ada", "department": "Platform",
        "identities": [{"kind": "mbox", "value": "mailto:ada@people.example", "from": null, "to": null}],
        "employment": [{"type": "employee", "start": "2025-01-06", "end": null}],
        "access": [{"scope": "prod", "start": "2025-01-06", "end": null}],
        "roles": [],
    })
}

/// A moment later than everything so far, and earlier than everything to come.
async fn moment(server: &Server) -> String {
    tokio::time::sleep(Duration::from_millis(5)).await;
    let trail = get(server, "/api/v1/audit/trail?limit=1").await;
    trail["items"][0]["recorded_at"].as_str().expect("there is an event").to_owned()
}

#[tokio::test]
async fn a_person_is_said_whole_and_what_was_known_before_stays_to_be_asked_for() {
    for server in servers().await {
        let made = put(&server, "people/p-ada", &ada()).await;
        let entities: Vec<_> = made.iter().map(|event| event["entity"].as_str()).collect();
        let all = [Some("person"), Some("identity"), Some("employment"), Some("access")];
        assert_eq!(entities, all);
        assert!(put(&server, "people/p-ada", &ada()).await.is_empty(), "nothing is new");
        let before = moment(&server).await;
        let mut moved = ada();
        moved["department"] = json!("Sales");
        moved["access"][0]["end"] = json!("2025-06-30");
        let made = put(&server, "people/p-ada", &moved).await;
        let said: Vec<_> = made.iter().map(|event| (&event["entity"], &event["op"])).collect();
        let (person, access) = (json!("person"), json!("access"));
        let (assert, retract) = (json!("assert"), json!("retract"));
        let expected =
            [(&person, &retract), (&person, &assert), (&access, &retract), (&access, &assert)];
        assert_eq!(said, expected);
        let now = get(&server, "/api/v1/people/p-ada").await;
        assert_eq!(
            (&now["value"]["department"], &now["value"]["access"][0]["end"]),
            (&json!("Sales"), &json!("2025-06-30"))
        );
        let then = get(&server, &format!("/api/v1/people/p-ada?as_of={before}")).await;
        assert_eq!(
            (&then["value"]["department"], &then["value"]["access"][0]["end"]),
            (&json!("Platform"), &Value::Null)
        );
        let found = get(&server, "/api/v1/people?search=ADA@people").await;
        assert_eq!(found["items"].as_array().map(Vec::len), Some(1));
        let (status, body) = answer(server.get("/api/v1/people/p-ada?as_of=2020-01-01")).await;
        assert_eq!(status, 404, "nobody was known then: {body}");
    }
}

#[tokio::test]
async fn a_dry_run_says_what_would_be_and_says_nothing_to_the_trail() {
    for server in servers().await {
        let made = put(&server, "people/p-ada?dry_run=true", &ada()).await;
        assert!(made.len() == 4 && made.iter().all(|event| event["event"].is_null()), "{made:?}");
        assert_eq!(answer(server.get("/api/v1/people/p-ada")).await.0, 404);
    }
}

#[tokio::test]
async fn what_is_wrong_has_its_place_and_nothing_of_it_is_kept() {
    for server in servers().await {
        let mut wrong = ada();
        wrong["manager"] = json!("p-nobody");
        wrong["access"][0]["end"] = json!("2024-12-31");
        wrong["identities"][0]["value"] = json!("ada");
        let found = faults(&server, "people/p-ada", &wrong).await;
        assert_eq!(found, ["/value/manager", "/value/identities/0/value", "/value/access/0/end"]);
        assert_eq!(answer(server.get("/api/v1/people/p-ada")).await.0, 404);
        assert_eq!(faults(&server, "people/ada@people.example", &ada()).await[0], "/value/id");
        let rules = json!({"title": "All", "courses": ["nothing"], "effective_from": "2025-01-01"});
        assert_eq!(faults(&server, "requirements/R-1", &rules).await, ["/value/courses/0"]);
        let exception = json!({
            "person": "p-ada", "requirement": "R-1", "kind": "leave", "from": "2025-01-01",
            "reason": "", "approved_by": "Bob",
        });
        let found = faults(&server, "exceptions/EX-1", &exception).await;
        assert_eq!(
            found,
            ["/value/person", "/value/requirement", "/value/extended_due", "/value/reason"]
        );
        let request = server.request(Method::PUT, "/api/v1/people/p-ada");
        let (status, body) = answer(request.json(&json!({"value": ada(), "reason": " "}))).await;
        assert_eq!((status, &body["errors"][0]["pointer"]), (400, &json!("/reason")));
        let request =
            server.request(Method::PUT, "/api/v1/people/p-ada").json(&json!({"value": ada()}));
        assert_eq!(answer(request).await.0, 400, "every change has a reason");
    }
}

#[tokio::test]
async fn a_requirement_has_a_history_and_can_be_taken_back() {
    for server in servers().await {
        let course = json!({"title": "Owasp", "versions": [{"version": "1", "activity": "https://lms.example/x"}]});
        put(&server, "foreign-courses/owasp", &course).await;
        let mut rules = json!({"title": "All", "courses": ["owasp"], "effective_from": "2025-01-01", "due_within": "P30D"});
        put(&server, "requirements/R-1", &rules).await;
        let before = moment(&server).await;
        rules["due_within"] = json!("P14D");
        let made = put(&server, "requirements/R-1", &rules).await;
        assert_eq!(made.len(), 2, "a correction retracts and asserts");
        assert_eq!(made[1]["valid_from"], "2025-01-01");
        let now = get(&server, "/api/v1/requirements/R-1").await;
        assert_eq!(
            (&now["value"]["due_within"], &now["value"]["rule"]),
            (&json!("P14D"), &json!("passed"))
        );
        assert_eq!(now["history"].as_array().map(Vec::len), Some(2));
        assert!(
            now["history"][0]["retracted_at"].is_string()
                && now["history"][1]["retracted_at"].is_null()
        );
        let then = get(&server, &format!("/api/v1/requirements/R-1?as_of={before}")).await;
        assert_eq!(then["value"]["due_within"], "P30D");
        let retract =
            || server.post("/api/v1/requirements/R-1/retract").json(&json!({"reason": "twice"}));
        assert_eq!(answer(retract()).await.0, 200);
        assert_eq!(answer(retract()).await.0, 404, "nothing is asserted any more");
        let gone = get(&server, "/api/v1/requirements/R-1").await;
        assert_eq!(
            (&gone["value"], gone["history"].as_array().map(Vec::len)),
            (&Value::Null, Some(2))
        );
        assert_eq!(get(&server, "/api/v1/requirements").await["items"], json!([]));
        let list = get(&server, &format!("/api/v1/requirements?as_of={before}")).await;
        assert_eq!(list["items"].as_array().map(Vec::len), Some(1));
    }
}

#[tokio::test]
async fn a_shipped_control_can_be_hidden_and_a_version_ended() {
    for server in servers().await {
        let hide = server.post("/api/v1/controls/SOC2%3ACC1.4/retract");
        let (status, body) = answer(hide.json(&json!({"reason": "not in scope"}))).await;
        assert_eq!((status, &body["events"][0]["op"]), (200, &json!("retract")), "{body}");
        put(&server, "control-relations/OURS:1%20SOC2:CC1.4", &json!({"relation": "related"}))
            .await;
        let courses = get(&server, "/api/v1/courses").await;
        let course = courses["items"][0]["id"].as_str().expect("the sample is there").to_owned();
        let path = format!("accepted-versions/{course}%2F1");
        put(&server, &path, &json!({"accepted_until": "2025-12-31"})).await;
        let one = get(&server, &format!("/api/v1/{path}")).await;
        assert_eq!(one["id"], json!(format!("{course}/1")));
        assert_eq!(one["valid_to"], "2025-12-31");
        let other = format!("accepted-versions/{course}%2F2");
        assert_eq!(faults(&server, &other, &json!({})).await, ["/value/id"]);
    }
}

#[tokio::test]
async fn a_name_is_linked_with_its_days() {
    for server in servers().await {
        put(&server, "people/p-ada", &ada()).await;
        let link = json!({"kind": "account", "value": "https://lms.example|ada", "from": "2025-03-01", "reason": "statement 7"});
        let path = "/api/v1/people/p-ada/identities";
        let (status, body) = answer(server.post(path).json(&link)).await;
        assert_eq!((status, body["events"].as_array().map(Vec::len)), (200, Some(1)), "{body}");
        let ada = get(&server, "/api/v1/people/p-ada").await;
        assert_eq!(ada["value"]["identities"].as_array().map(Vec::len), Some(2));
        let odd = json!({"kind": "account", "value": "ada", "to": "2025-03-01", "reason": "x"});
        let (status, body) = answer(server.post(path).json(&odd)).await;
        assert_eq!((status, &body["errors"][0]["pointer"]), (400, &json!("/value/value")));
        assert_eq!(answer(server.post("/api/v1/people/p-eve/identities").json(&link)).await.0, 404);
    }
}

#[tokio::test]
async fn the_trail_says_who_what_when_and_why() {
    for server in servers().await {
        put(&server, "people/p-ada", &ada()).await;
        put(&server, "people/p-bob", &json!({"name": "Bob"})).await;
        let all = get(&server, "/api/v1/audit/trail?search=TICKET%2012&limit=2").await;
        assert_eq!(all["items"][0]["entity_id"], "p-bob", "the newest is first");
        assert_eq!(all["items"][0]["reason"], "ticket 12");
        assert!(all["items"][0]["actor"].as_str().is_some_and(|actor| actor.starts_with("key ")));
        let next = all["next"].as_str().expect("there is more");
        let rest =
            get(&server, &format!("/api/v1/audit/trail?search=ticket%2012&cursor={next}")).await;
        assert_eq!(
            (rest["items"].as_array().map(Vec::len), &rest["next"]),
            (Some(3), &Value::Null)
        );
        let of = get(&server, "/api/v1/audit/trail?entity=person&entity_id=p-ada").await;
        assert_eq!(of["items"].as_array().map(Vec::len), Some(1));
        let none = get(&server, "/api/v1/audit/trail?to=2020-01-01").await;
        assert_eq!(none["items"], json!([]));
        let csv = server.get("/api/v1/audit/trail?entity=person&format=csv").send().await;
        let csv = csv.expect("it answers").text().await.expect("it is text");
        let lines: Vec<&str> = csv.lines().collect();
        assert!(
            lines.len() == 3 && lines[0].starts_with("position,recorded_at,actor,reason"),
            "{csv}"
        );
        assert!(lines[1].contains("p-ada") && lines[2].contains("p-bob"), "oldest first: {csv}");
    }
}

/// Name and addresses go with the person; that there was access, and when, stays.
#[tokio::test]
async fn an_erased_person_keeps_access_and_loses_the_name() {
    for server in servers().await {
        put(&server, "people/p-ada", &ada()).await;
        put(&server, "people/p-bob", &json!({"name": "Bob"})).await;
        let one = statement(1, "ada", "attempted", "course");
        assert_eq!(answer(xapi(&server, Method::POST, "statements").json(&one)).await.0, 200);
        let actors = json!([{"mbox": "mailto:Ada@people.example"}]);
        let order = json!({"actors": actors, "reason": "request 12", "compact": false});
        let (status, body) = answer(server.post("/api/v1/erasures").json(&order)).await;
        assert_eq!((status, &body["found"]["events"]), (200, &json!(2)), "{body}");
        let ada = get(&server, "/api/v1/people/p-ada").await;
        assert_eq!((&ada["erased"], &ada["value"]["name"]), (&json!(true), &json!("")));
        assert_eq!(ada["value"]["identities"], json!([]));
        assert_eq!(ada["value"]["access"][0]["scope"], "prod");
        let trail = get(&server, "/api/v1/audit/trail?entity=person&entity_id=p-ada").await;
        assert_eq!(trail["items"][0]["value"], json!({"erased": true}));
        assert_eq!(get(&server, "/api/v1/people/p-bob").await["value"]["name"], "Bob");
    }
}
