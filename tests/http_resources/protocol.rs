//! Versions, methods, the alternate syntax, other origins, compression.

use crate::client::{Parameter, VERSION, get, query, request, sent, servers, unversioned};
use harness::reqwest::Method;
use harness::serde_json::json;
use harness::{KEY, SECRET, Server};

const THROUGH: &str = "x-experience-api-consistent-through";
const AGENT: &str = r#"{"mbox":"mailto:ada@people.example"}"#;
const ID: &str = "fd41c918-b88b-4b20-a0a5-a4c32391aaa0";

/// Every resource with parameters that a GET of it takes, and the methods it has.
const RESOURCES: [(&str, &[Parameter<'_>], &str); 7] = [
    ("statements", &[], "GET HEAD POST PUT"),
    (
        "activities/state",
        &[("activityId", "https://example.com/a"), ("agent", AGENT)],
        "DELETE GET HEAD POST PUT",
    ),
    ("activities/profile", &[("activityId", "https://example.com/a")], "DELETE GET HEAD POST PUT"),
    ("agents/profile", &[("agent", AGENT)], "DELETE GET HEAD POST PUT"),
    ("activities", &[("activityId", "https://example.com/a")], "GET HEAD"),
    ("agents", &[("agent", AGENT)], "GET HEAD"),
    ("about", &[], "GET HEAD"),
];

/// XAPI-00321, XAPI-00331, XAPI-00333.
#[tokio::test]
async fn xapi_00333_every_answer_names_the_version_it_was_made_by() {
    for server in servers().await {
        for (path, parameters, _) in RESOURCES {
            for (sent_version, status, answered) in [
                (Some("1.0"), 200, "1.0.3"),
                (Some("1.0.0"), 200, "1.0.3"),
                (Some("1.0.9"), 200, "1.0.3"),
                (Some("2.0.0"), 200, "2.0.0"),
                (Some("2.0.1"), 200, "2.0.0"),
                (Some("1.1.0"), 400, "1.0.3"),
                (Some("0.95"), 400, "1.0.3"),
                (Some("3.0.0"), 400, "1.0.3"),
                (Some(""), 400, "1.0.3"),
                (None, 400, "1.0.3"),
            ] {
                let mut request = unversioned(&server, Method::GET, path, parameters);
                if let Some(version) = sent_version {
                    request = request.header(VERSION, version);
                }
                let answer = sent(request).await;
                let status = if path == "about" { 200 } else { status };
                assert_eq!(answer.status, status, "{path} {sent_version:?}: {answer:?}");
                assert_eq!(answer.header(VERSION), answered, "{path} {sent_version:?}");
            }
        }
        for (path, status) in [("nothing", 404), ("", 404), ("statements/1", 404)] {
            let answer = get(&server, path, &[]).await;
            assert_eq!((answer.status, answer.header(VERSION)), (status, "1.0.3"), "{path}");
        }
        let stranger = server.client().get(server.main("/xapi/statements"));
        let answer = sent(stranger.header(VERSION, "2.0.0")).await;
        assert_eq!((answer.status, answer.header(VERSION)), (401, "2.0.0"));
    }
}

#[tokio::test]
async fn xapi_00153_every_answer_to_a_get_of_statements_says_how_far_it_sees() {
    for server in servers().await {
        for (parameters, status) in [
            (&[][..], 200),
            (&[("statementId", ID)], 404),
            (&[("nothing", "1")], 400),
            (&[("statementId", "1")], 400),
        ] {
            for method in [Method::GET, Method::HEAD] {
                let answer = sent(request(&server, method, "statements", parameters)).await;
                assert_eq!(answer.status, status);
                assert!(answer.header(THROUGH).ends_with('Z'), "{answer:?}");
            }
        }
        let unversioned = sent(unversioned(&server, Method::GET, "statements", &[])).await;
        assert!(unversioned.header(THROUGH).ends_with('Z'));
        let other = get(&server, "agents/profile", &[("agent", AGENT)]).await;
        assert!(!other.headers.contains_key(THROUGH), "{other:?}");
    }
}

#[tokio::test]
async fn a_method_that_a_resource_lacks_is_answered_with_those_it_has() {
    for server in servers().await {
        for (path, parameters, methods) in RESOURCES {
            for method in ["PATCH", "OPTIONS", "DELETE", "POST"] {
                if methods.contains(method) {
                    continue;
                }
                let method = Method::from_bytes(method.as_bytes()).expect("it is a method");
                let answer = sent(request(&server, method, path, parameters)).await;
                assert_eq!(answer.status, 405, "{path}");
                let mut allowed: Vec<_> = answer.header("allow").split(", ").collect();
                allowed.sort_unstable();
                assert_eq!(allowed.join(" "), methods, "{path}");
            }
        }
    }
}

/// XAPI-00140, XAPI-00324.
#[tokio::test]
async fn unknown_and_broken_parameters_are_refused_by_every_resource() {
    for server in servers().await {
        for (path, parameters, _) in RESOURCES {
            let mut more = parameters.to_vec();
            more.push(("nothing", "1"));
            let answer = get(&server, path, &more).await;
            assert_eq!((answer.status, answer.pointer().as_str()), (400, "nothing"), "{path}");
            for broken in ["x=%FF", "x=%zz", "x=%4"] {
                let known = query(parameters);
                let answer = get(&server, &format!("{path}?{known}&{broken}"), &[]).await;
                assert_eq!(answer.status, 400, "{path} {broken}");
                assert!(answer.text().contains("percent"), "{path} {broken}: {answer:?}");
            }
        }
        // Doubled slashes and percent-encoded paths name the same resources.
        let answer = get(&server, "/statements", &[]).await;
        assert_eq!(answer.status, 200);
        let answer = get(&server, "st%61tements", &[]).await;
        assert_eq!(answer.status, 200);
    }
}

/// Sends a form to `/xapi/PATH?method=METHOD` with nothing in the header but its type.
async fn alternate(
    server: &Server,
    path: &str,
    method: &str,
    fields: &[(&str, &str)],
) -> crate::client::Answer {
    let login = basic();
    let mut all = vec![("Authorization", login.as_str()), (VERSION, "1.0.3")];
    all.retain(|(name, _)| !fields.iter().any(|(given, _)| given == name));
    all.extend(fields);
    let address = server.main(&format!("/xapi/{path}?method={method}"));
    let request = server.client().post(address).body(query(&all));
    sent(request.header("Content-Type", "application/x-www-form-urlencoded")).await
}

fn basic() -> String {
    let request =
        harness::reqwest::Client::new().get("http://x.example").basic_auth(KEY, Some(SECRET));
    let request = request.build().expect("the request is fixed");
    request.headers()["authorization"].to_str().expect("it is ASCII").to_owned()
}

/// XAPI-00148, XAPI-00336.
#[tokio::test]
async fn xapi_00336_a_form_reaches_every_resource_as_the_request_it_holds() {
    for server in servers().await {
        let statement = json!({
            "actor": {"mbox": "mailto:ada@people.example", "name": "\u{c4}da + Co"},
            "verb": {"id": "https://example.com/did"},
            "object": {"id": "https://example.com/a"},
        });
        let statement = statement.to_string();
        let json = ("Content-Type", "application/json");
        let fields = [("statementId", ID), json, ("content", &statement)];
        assert_eq!(alternate(&server, "statements", "PUT", &fields).await.status, 204);
        let found = alternate(&server, "statements", "GET", &[("statementId", ID)]).await;
        assert_eq!(found.status, 200, "{found:?}");
        assert_eq!(found.json()["actor"]["name"], "\u{c4}da + Co");
        assert_eq!(found.header(VERSION), "1.0.3");
        let head = alternate(&server, "statements", "HEAD", &[("statementId", ID)]).await;
        assert_eq!((head.status, head.header("content-type")), (200, "application/json"));
        let fields = [json, ("content", &*statement)];
        assert_eq!(alternate(&server, "statements", "POST", &fields).await.status, 200);

        let state = [
            ("activityId", "https://example.com/a"),
            ("agent", AGENT),
            ("stateId", "s"),
            ("Content-Type", "text/plain"),
            ("content", "a=b&c"),
        ];
        let path = "activities/state";
        assert_eq!(alternate(&server, path, "PUT", &state).await.status, 204);
        let found = alternate(&server, path, "GET", &state[..3]).await;
        assert_eq!((found.text().as_str(), found.header("content-type")), ("a=b&c", "text/plain"));
        let outdated = [state[0], state[1], state[2], ("If-Match", "\"stale\"")];
        assert_eq!(alternate(&server, path, "DELETE", &outdated).await.status, 412);
        assert_eq!(alternate(&server, path, "DELETE", &state[..3]).await.status, 204);
        assert_eq!(get(&server, path, &state[..3]).await.status, 404);
        let profile =
            [state[1], ("profileId", "p"), ("If-None-Match", "*"), json, ("content", "{}")];
        assert_eq!(alternate(&server, "agents/profile", "PUT", &profile).await.status, 204);
        let profile = [state[0], ("profileId", "p"), json, ("content", "{}")];
        assert_eq!(alternate(&server, "activities/profile", "POST", &profile).await.status, 204);
        assert_eq!(alternate(&server, "about", "GET", &[]).await.status, 200);
    }
}

#[tokio::test]
async fn communication_1_3_what_is_no_alternate_request_is_refused() {
    for server in servers().await {
        let fields = [("activityId", "https://example.com/a"), ("agent", AGENT), ("stateId", "s")];
        let path = "activities/state";
        let mut two = fields.to_vec();
        two.push((VERSION, "2.0.0"));
        let answer = alternate(&server, path, "GET", &two).await;
        assert_eq!(answer.status, 400, "{answer:?}");
        assert!(answer.text().contains("2.0"), "{answer:?}");
        for (method, fields, status) in [
            ("PATCH", &fields[..], 400),
            ("get", &fields, 400),
            ("PUT", &fields, 400),
            ("GET&stateId=s", &fields[..2], 400),
            ("GET", &[("Authorization", "Basic x")], 401),
            ("GET", &[("Authorization", "a\nb")], 400),
            ("GET", &[(VERSION, "0.9")], 400),
            ("GET", &fields[1..], 400),
        ] {
            let answer = alternate(&server, path, method, fields).await;
            assert_eq!(answer.status, status, "{method} {fields:?}: {answer:?}");
            assert_eq!(answer.header("content-type"), "application/problem+json");
        }
        let path = format!("/xapi/{path}?method=GET");
        for (kind, body, status) in [
            ("application/json", "{}", 400),
            ("application/x-www-form-urlencoded", "agent=%FF", 400),
            ("application/x-www-form-urlencoded", "agent", 400),
            ("application/x-www-form-urlencoded", "stateId=1&stateId=2", 400),
        ] {
            let request = server.post(&path).header(VERSION, "1.0.3").header("Content-Type", kind);
            assert_eq!(sent(request.body(body)).await.status, status, "{kind} {body}");
        }
    }
}

#[tokio::test]
async fn scripts_of_other_origins_may_use_the_lrs_where_the_operator_lets_them() {
    let origin = "https://course.example";
    for server in servers().await {
        let preflight = |path: &str| {
            server
                .client()
                .request(Method::OPTIONS, server.main(path))
                .header("Origin", origin)
                .header("Access-Control-Request-Method", "PUT")
                .header("Access-Control-Request-Headers", "authorization,x-experience-api-version")
        };
        let answer = sent(preflight("/xapi/activities/state?stateId=1")).await;
        assert_eq!((answer.status, answer.header("access-control-allow-origin")), (204, "*"));
        for method in ["PUT", "POST", "GET", "DELETE", "HEAD"] {
            assert!(answer.header("access-control-allow-methods").contains(method));
        }
        let allowed = answer.header("access-control-allow-headers").to_ascii_lowercase();
        for name in ["authorization", "content-type", "if-match", "if-none-match", VERSION] {
            assert!(allowed.contains(&name.to_ascii_lowercase()), "{name}");
        }
        assert!(!answer.headers.contains_key("access-control-allow-credentials"));
        // Refusals can be read too, or a script could not tell why.
        for (path, status) in [("statements", 200), ("statements?x=1", 400), ("nothing", 404)] {
            let answer = sent(request(&server, Method::GET, path, &[]).header("Origin", origin));
            let answer = answer.await;
            assert_eq!(
                (answer.status, answer.header("access-control-allow-origin")),
                (status, "*")
            );
            let exposed = answer.header("access-control-expose-headers").to_ascii_lowercase();
            assert!(exposed.contains(THROUGH) && exposed.contains("etag"), "{exposed}");
        }
        let plain = get(&server, "statements", &[]).await;
        assert!(!plain.headers.contains_key("access-control-allow-origin"), "{plain:?}");
        let console = sent(preflight("/api/v1/courses")).await;
        assert!(!console.headers.contains_key("access-control-allow-origin"), "the LRS alone");
    }
    let settings = [("ATTESTRY_XAPI_CORS_ORIGINS", "https://course.example https://b.example")];
    let server = Server::start(crate::client::PROGRAM, harness::Backend::Sqlite, &settings).await;
    for (origin, let_in) in [(origin, true), ("https://evil.example", false), ("null", false)] {
        let answer = request(&server, Method::GET, "statements", &[]).header("Origin", origin);
        let answer = sent(answer).await;
        let told = answer.headers.get("access-control-allow-origin");
        assert_eq!(told.map(|told| told.as_bytes() == origin.as_bytes()), let_in.then_some(true));
    }
}

#[tokio::test]
async fn large_answers_are_compressed_for_those_who_take_it() {
    for server in servers().await {
        let statement = |number: usize| {
            json!({
                "actor": {"mbox": "mailto:ada@people.example"},
                "verb": {"id": "https://example.com/did"},
                "object": {"id": format!("https://example.com/{number}")},
            })
        };
        let batch: Vec<_> = (0..20).map(statement).collect();
        let post = request(&server, Method::POST, "statements", &[]).json(&batch);
        assert_eq!(sent(post).await.status, 200);
        let ask = |parameters: &[(&str, &str)], coding: &str| {
            request(&server, Method::GET, "statements", parameters)
                .header("Accept-Encoding", coding.to_owned())
        };
        let plain = sent(ask(&[], "identity")).await;
        assert!(!plain.headers.contains_key("content-encoding"), "{plain:?}");
        assert!(plain.header("vary").contains("Accept-Encoding"));
        let squeezed = sent(ask(&[], "br, gzip")).await;
        assert_eq!(squeezed.header("content-encoding"), "gzip");
        assert!(squeezed.body.len() * 4 < plain.body.len(), "{}", squeezed.body.len());
        let mut back = Vec::new();
        let mut decoder = flate2::read::GzDecoder::new(squeezed.body.as_slice());
        std::io::Read::read_to_end(&mut decoder, &mut back).expect("it is gzip");
        assert_eq!(back, plain.body);
        let small = sent(ask(&[("limit", "1")], "gzip")).await;
        assert!(!small.headers.contains_key("content-encoding"), "{small:?}");
        let none = sent(ask(&[("activity", "https://example.com/none")], "gzip")).await;
        assert!(!none.headers.contains_key("content-encoding"));
        let description = server.get("/api/openapi.json").header("Accept-Encoding", "gzip");
        assert_eq!(sent(description).await.header("content-encoding"), "gzip");
    }
}
