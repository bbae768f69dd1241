//! The LRS over HTTP, on both databases: statements in and out, with attachments and
//! signatures, by every filter; State documents, versions.

mod attachments;
mod related;
mod signed;

use harness::reqwest::header::{self, HeaderMap};
use harness::reqwest::{Method, RequestBuilder, Response, StatusCode};
use harness::serde_json::{Value, from_slice, json};
use harness::{Backend, Server};
use std::collections::BTreeSet;

const PROGRAM: &str = env!("CARGO_BIN_EXE_attestry");
const THROUGH: &str = "X-Experience-API-Consistent-Through";
const VERSION: &str = "X-Experience-API-Version";
const REGISTRATION: &str = "ec531277-b57b-4c15-8d91-d292c5b2b8f7";
const VERB: &str = "http://adlnet.gov/expapi/verbs/experienced";

/// A server on each database there is.
async fn servers() -> Vec<Server> {
    Server::start_on_each(PROGRAM, &[]).await
}

/// A parameter's name and value.
type Parameter<'a> = (&'a str, &'a str);

/// What came back.
struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    fn json(&self) -> Value {
        from_slice(&self.body).unwrap_or_else(|error| panic!("{}: {error}", self.text()))
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name).unwrap_or_else(|| panic!("no {name}: {self:?}"));
        value.to_str().expect("the header is ASCII")
    }
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {:#?} {}", self.status, self.headers, self.text())
    }
}

async fn sent(request: RequestBuilder) -> Answer {
    let answer: Response = request.send().await.expect("it answers");
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    Answer { status, headers, body: answer.bytes().await.expect("the body is whole").to_vec() }
}

/// A request to the LRS with parameters; `path` is what stands behind `/xapi/`.
fn request(
    server: &Server,
    method: Method,
    path: &str,
    parameters: &[Parameter<'_>],
) -> RequestBuilder {
    let pairs = parameters.iter().map(|(name, value)| {
        let encoded = value.bytes().map(|byte| format!("%{byte:02X}")).collect::<Vec<_>>().concat();
        format!("{name}={encoded}")
    });
    let query = pairs.collect::<Vec<_>>().join("&");
    let mark = if query.is_empty() { "" } else { "?" };
    server.request(method, &format!("/xapi/{path}{mark}{query}")).header(VERSION, "1.0.3")
}

async fn get(server: &Server, path: &str, parameters: &[Parameter<'_>]) -> Answer {
    sent(request(server, Method::GET, path, parameters)).await
}

async fn post(server: &Server, statements: &Value) -> Answer {
    sent(request(server, Method::POST, "statements", &[]).json(statements)).await
}

async fn put(server: &Server, id: &str, statement: &str) -> Answer {
    let request = request(server, Method::PUT, "statements", &[("statementId", id)]);
    sent(request.header("Content-Type", "application/json").body(statement.to_owned())).await
}

fn agent(name: &str) -> Value {
    json!({"objectType": "Agent", "mbox": format!("mailto:{name}@people.example")})
}

fn statement(who: &str, what: &str) -> Value {
    let name = json!({"en": "A page", "de": "Eine Seite"});
    json!({
        "actor": agent(who),
        "verb": {"id": VERB, "display": {"en": "experienced"}},
        "object": {"id": format!("https://example.com/{what}"), "definition": {"name": name}}
    })
}

fn ids(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, 200, "{answer:?}");
    let body = answer.json();
    let list = if body.is_array() { &body } else { &body["statements"] };
    let list = list.as_array().unwrap_or_else(|| panic!("no list: {body}")).iter();
    let id = |one: &Value| one.as_str().or(one["id"].as_str()).map(ToOwned::to_owned);
    list.map(|one| id(one).expect("a statement has an id")).collect()
}

/// XAPI-00143, XAPI-00144, XAPI-00146, XAPI-00147, XAPI-00156.
/// XAPI-00125, XAPI-00126, XAPI-00139, XAPI-00142.
#[tokio::test]
async fn a_statement_is_stored_once_and_comes_back_as_it_was_sent() {
    for server in servers().await {
        let id = "fd41c918-b88b-4b20-a0a5-a4c32391aaa0";
        let exact = r#"{ "verb":{"id":"http://adlnet.gov/expapi/verbs/experienced"},
            "object":{"id":"https://example.com/a"}, "actor":{"mbox":"mailto:ada@people.example"},
            "result":{"score":{"scaled":0.50}, "extensions":{"https://example.com/n":1.10e2}}}"#;
        for _ in 0..2 {
            assert_eq!(put(&server, id, exact).await.status, 204, "the same again is no conflict");
        }
        let one = get(&server, "statements", &[("statementId", id)]).await;
        assert_eq!((one.status, one.header("content-type")), (200, "application/json"));
        assert!(one.headers.contains_key(header::LAST_MODIFIED), "{one:?}");
        assert_eq!(one.header(VERSION), "1.0.3");
        let text = one.text();
        for piece in ["0.50", "1.10e2"] {
            assert!(text.contains(piece), "{piece} was rewritten: {text}");
        }
        assert!(text.contains(r#""actor":{"mbox":"mailto:ada@people.example"}"#), "{text}");
        let back = one.json();
        assert_eq!(back["id"], id);
        for name in ["stored", "timestamp", "authority", "version"] {
            assert!(!back[name].is_null(), "no {name}: {back}");
        }
        let other = exact.replace("/a\"", "/b\"");
        assert_eq!(put(&server, id, &other).await.status, 409);
        let mut other = statement("ada", "b");
        other["id"] = json!(id);
        let batch = json!([statement("ada", "c"), other]);
        let conflict = post(&server, &batch).await;
        assert_eq!(conflict.status, 409, "{conflict:?}");
        assert_eq!(conflict.header("content-type"), "application/problem+json");
        assert_eq!(ids(&get(&server, "statements", &[]).await), [id], "all of a batch or none");
        let unchanged = get(&server, "statements", &[("statementId", id)]).await;
        assert_eq!(unchanged.body, one.body);

        let made = ids(&post(&server, &statement("ada", "d")).await);
        assert_eq!(made.len(), 1);
        let batch = json!([statement("ada", "e"), statement("ada", "f")]);
        let more = ids(&post(&server, &batch).await);
        assert_eq!(more.len(), 2);
        let second = get(&server, "statements", &[("statementId", &more[1])]).await.json();
        assert_eq!(second["object"]["id"], "https://example.com/f", "ids are in order");
        let none = get(&server, "statements", &[("statementId", REGISTRATION)]).await;
        assert_eq!(none.status, 404);
        let head = sent(request(&server, Method::HEAD, "statements", &[("statementId", id)])).await;
        assert_eq!((head.status, head.body.len()), (200, 0));
    }
}

/// Seven statements that differ in who, what, verb and registration; their ids, oldest first.
async fn seven(server: &Server) -> Vec<String> {
    let mut all = Vec::new();
    for number in 0..7 {
        let who = if number % 2 == 0 { "ada" } else { "bob" };
        let mut one = statement(who, if number < 4 { "a" } else { "b" });
        if number == 5 {
            one["verb"] = json!({"id": "https://example.com/verbs/other"});
        }
        if number > 2 {
            one["context"] = json!({"registration": REGISTRATION});
        }
        all.extend(ids(&post(server, &one).await));
        // Times of storing have milliseconds, and some of what follows tells them apart.
        tokio::time::sleep(std::time::Duration::from_millis(3)).await;
    }
    all
}

/// XAPI-00149, XAPI-00153, XAPI-00154, XAPI-00164, XAPI-00166, XAPI-00174, XAPI-00175, XAPI-00178 to 00181.
/// XAPI-00112.
#[tokio::test]
async fn each_filter_finds_its_statements() {
    for server in servers().await {
        let all = seven(&server).await;
        let ada = agent("ada").to_string();
        let b = "https://example.com/b";
        let third = get(&server, "statements", &[("statementId", &all[3])]).await.json();
        let stored = third["stored"].as_str().expect("stored is a text").to_owned();
        let cases: [(&[Parameter<'_>], &[usize]); 11] = [
            (&[], &[0, 1, 2, 3, 4, 5, 6]),
            (&[("agent", &ada)], &[0, 2, 4, 6]),
            (&[("verb", VERB)], &[0, 1, 2, 3, 4, 6]),
            (&[("activity", b)], &[4, 5, 6]),
            (&[("registration", REGISTRATION)], &[3, 4, 5, 6]),
            (&[("since", &stored)], &[4, 5, 6]),
            (&[("until", &stored)], &[0, 1, 2, 3]),
            (&[("agent", &ada), ("activity", b), ("verb", VERB)], &[4, 6]),
            (&[("activity", "https://example.com/none")], &[]),
            (&[("verb", "https://example.com/verbs/other"), ("registration", REGISTRATION)], &[5]),
            (&[("since", "2999-01-01T00:00:00Z")], &[]),
        ];
        for (parameters, expected) in cases {
            let expected: Vec<&String> = expected.iter().map(|index| &all[*index]).collect();
            let mut ascending = parameters.to_vec();
            ascending.push(("ascending", "true"));
            let found = get(&server, "statements", &ascending).await;
            assert_eq!(ids(&found).iter().collect::<Vec<_>>(), expected, "{parameters:?}");
            let found = get(&server, "statements", parameters).await;
            let newest_first: Vec<&String> = expected.into_iter().rev().collect();
            assert_eq!(ids(&found).iter().collect::<Vec<_>>(), newest_first, "{parameters:?}");
            assert!(!found.header(THROUGH).is_empty());
        }
    }
}

/// XAPI-00108, XAPI-00109, XAPI-00173.
/// XAPI-00110, XAPI-00111, XAPI-00113, XAPI-00114.
#[tokio::test]
async fn a_chain_of_more_covers_every_statement_once() {
    for server in servers().await {
        let all = seven(&server).await;
        for ascending in ["true", "false"] {
            for limit in ["1", "2", "3", "7", "100"] {
                let parameters = [("limit", limit), ("ascending", ascending)];
                let mut page = get(&server, "statements", &parameters).await;
                let mut seen = Vec::new();
                loop {
                    let found = ids(&page);
                    assert!(found.len() <= limit.parse().expect("it is a number"));
                    seen.extend(found);
                    let body = page.json();
                    let more = body["more"].as_str().unwrap_or_default().to_owned();
                    if more.is_empty() {
                        break;
                    }
                    let path = more.strip_prefix("/xapi/").expect("more is a path of the LRS");
                    page = get(&server, path, &[]).await;
                    assert!(seen.len() <= all.len(), "it goes round: {seen:?}");
                }
                let mut expected = all.clone();
                if ascending == "false" {
                    expected.reverse();
                }
                assert_eq!(seen, expected, "limit {limit}, ascending {ascending}");
            }
        }
        let forged = get(&server, "statements?more=forged", &[]).await;
        assert_eq!(forged.status, 400, "{forged:?}");
    }
}

/// XAPI-00018, XAPI-00155, XAPI-00157, XAPI-00163; XAPI-00016: a voiding statement is not voided.
/// XAPI-00019, XAPI-00020.
#[tokio::test]
async fn a_voided_statement_is_found_as_voided_alone() {
    for server in servers().await {
        let id = ids(&post(&server, &statement("ada", "a")).await).remove(0);
        let voiding = json!({
            "actor": agent("ada"),
            "verb": {"id": "http://adlnet.gov/expapi/verbs/voided"},
            "object": {"objectType": "StatementRef", "id": id},
        });
        let voider = ids(&post(&server, &voiding).await).remove(0);
        assert_eq!(get(&server, "statements", &[("statementId", &id)]).await.status, 404);
        let found = get(&server, "statements", &[("voidedStatementId", &id)]).await;
        assert_eq!((found.status, found.json()["id"].as_str()), (200, Some(id.as_str())));
        assert_eq!(get(&server, "statements", &[("voidedStatementId", &voider)]).await.status, 404);
        assert_eq!(ids(&get(&server, "statements", &[]).await), [voider.as_str()]);
        let mut again = voiding.clone();
        again["object"]["id"] = json!(voider);
        assert_eq!(post(&server, &again).await.status, 400, "a voiding statement is not voided");
    }
}

/// XAPI-00145, XAPI-00150, XAPI-00151; XAPI-00182, XAPI-00326: a refused request changes nothing.
/// XAPI-00323 to 00325.
#[tokio::test]
async fn what_is_wrong_with_a_request_is_named() {
    for server in servers().await {
        let id = "fd41c918-b88b-4b20-a0a5-a4c32391aaa0";
        for (parameters, name) in [
            (&[("limit", "1"), ("frm", "x")][..], "frm"),
            (&[("Agent", "{}")], "Agent"),
            (&[("limit", "-1")], "limit"),
            (&[("ascending", "yes")], "ascending"),
            (&[("since", "yesterday")], "since"),
            (&[("format", "long")], "format"),
            (&[("agent", "{")], "agent"),
            (&[("statementId", "1")], "statementId"),
            (&[("registration", "1")], "registration"),
            (&[("verb", "not an IRI")], "verb"),
        ] {
            let answer = get(&server, "statements", parameters).await;
            assert_eq!(answer.status, 400, "{parameters:?}: {answer:?}");
            let problem = answer.json();
            assert_eq!(problem["errors"][0]["pointer"], name, "{parameters:?}: {problem}");
            assert_eq!(answer.header(VERSION), "1.0.3", "{parameters:?}");
        }
        let both = [("statementId", id), ("voidedStatementId", id)];
        assert_eq!(get(&server, "statements", &both).await.status, 400);
        let mixed = [("statementId", id), ("limit", "1")];
        assert_eq!(get(&server, "statements", &mixed).await.status, 400);

        let mut no_verb = statement("ada", "a");
        no_verb.as_object_mut().expect("it is an object").remove("verb");
        let mut bad_box = statement("ada", "a");
        bad_box["actor"]["mbox"] = json!("ada@people.example");
        let batch = json!([statement("ada", "a"), bad_box]);
        for (body, pointer) in
            [(&no_verb, ""), (&bad_box, "/actor/mbox"), (&batch, "/1/actor/mbox")]
        {
            let answer = post(&server, body).await;
            assert_eq!(answer.status, 400, "{answer:?}");
            assert_eq!(answer.header("content-type"), "application/problem+json");
            let told = answer.json()["errors"][0]["pointer"].clone();
            assert!(told.as_str().is_some_and(|told| told.starts_with(pointer)), "{answer:?}");
        }
        for body in ["", "{", "[1]", "nul", "{\"actor\":1,\"actor\":2}"] {
            let request = request(&server, Method::POST, "statements", &[]);
            let request = request.header("Content-Type", "application/json").body(body);
            assert_eq!(sent(request).await.status, 400, "{body}");
        }
        assert_eq!(put(&server, "no-uuid", "{}").await.status, 400);
        let nameless =
            request(&server, Method::PUT, "statements", &[]).json(&statement("ada", "a"));
        assert_eq!(sent(nameless).await.status, 400, "a PUT names its statement");
        let text = request(&server, Method::POST, "statements", &[]);
        let text = text.header("Content-Type", "text/plain").body("{}");
        assert_eq!(sent(text).await.status, 400);
        assert!(ids(&get(&server, "statements", &[]).await).is_empty(), "nothing was stored");
    }
}

/// XAPI-00168 to 00172.
#[tokio::test]
async fn each_format_shows_what_it_is_for() {
    for server in servers().await {
        let mut one = statement("ada", "a");
        one["actor"]["name"] = json!("Ada Lovelace");
        let id = ids(&post(&server, &one).await).remove(0);
        let by_ids = get(&server, "statements", &[("format", "ids")]).await.json();
        let by_ids = &by_ids["statements"][0];
        assert_eq!(by_ids["actor"], agent("ada"), "only what identifies the agent");
        assert_eq!(by_ids["object"]["id"], "https://example.com/a");
        assert!(by_ids["object"]["definition"].is_null(), "{by_ids}");
        let exact = get(&server, "statements", &[("statementId", &id), ("format", "exact")]).await;
        assert_eq!(exact.json()["actor"]["name"], "Ada Lovelace");
        let canonical = request(&server, Method::GET, "statements", &[("format", "canonical")]);
        let canonical = sent(canonical.header("Accept-Language", "de")).await.json();
        let name = &canonical["statements"][0]["object"]["definition"]["name"];
        assert_eq!(name, &json!({"de": "Eine Seite"}));
    }
}

/// XAPI-00315 to 00319, XAPI-00321, XAPI-00334, XAPI-00335.
#[tokio::test]
async fn every_request_but_about_names_a_version_that_is_spoken() {
    for server in servers().await {
        for (version, status, answered) in [
            (None, 400, "1.0.3"),
            (Some("1.0"), 200, "1.0.3"),
            (Some("1.0.0"), 200, "1.0.3"),
            (Some("1.0.3"), 200, "1.0.3"),
            (Some("2.0.0"), 200, "2.0.0"),
            (Some("0.95"), 400, "1.0.3"),
            (Some("1.1"), 400, "1.0.3"),
            (Some("3.0.0"), 400, "1.0.3"),
            (Some("one"), 400, "1.0.3"),
        ] {
            let plain = server.get("/xapi/statements");
            let request = match version {
                Some(version) => plain.header(VERSION, version),
                None => plain,
            };
            let answer = sent(request).await;
            assert_eq!((answer.status, answer.header(VERSION)), (status, answered), "{version:?}");
        }
        let about = sent(server.client().get(server.main("/xapi/about"))).await;
        assert_eq!(about.status, 200, "about asks neither who nor by which version");
        let versions = about.json()["version"].clone();
        let versions: BTreeSet<&str> =
            versions.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        assert!(versions.contains("1.0.3") && versions.contains("2.0.0"), "{versions:?}");
        let doubled = sent(server.get("//xapi//statements").header(VERSION, "1.0.3")).await;
        assert_eq!(doubled.status, 200);
        let nobody = server.client().get(server.main("/xapi/statements"));
        let nobody = sent(nobody.header(VERSION, "1.0.3")).await;
        assert_eq!(nobody.status, 401);
        assert!(nobody.header("www-authenticate").starts_with("Basic "));
    }
    let settings = [("ATTESTRY_XAPI_DEFAULT_VERSION", "2.0.0")];
    let server = Server::start(PROGRAM, Backend::Sqlite, &settings).await;
    let answer = sent(server.get("/xapi/statements")).await;
    assert_eq!((answer.status, answer.header(VERSION)), (400, "2.0.0"));
}

const STATE: &str = "activities/state";

#[tokio::test]
async fn state_documents_are_put_merged_read_and_deleted() {
    for server in servers().await {
        let ada = agent("ada").to_string();
        let all = [("activityId", "https://example.com/a"), ("agent", ada.as_str())];
        let one = [all[0], all[1], ("stateId", "bookmark")];
        assert_eq!(get(&server, STATE, &one).await.status, 404);
        let write = |method: Method, kind: &str, body: &str| {
            let request = request(&server, method, STATE, &one);
            sent(request.header("Content-Type", kind).body(body.to_owned()))
        };
        let exact = "{ \"page\": 1.0,\n \"seen\": [1, 2] }";
        assert_eq!(write(Method::PUT, "application/json", exact).await.status, 204);
        let back = get(&server, STATE, &one).await;
        assert_eq!((back.status, back.text().as_str()), (200, exact), "not a byte is changed");
        assert_eq!(back.header("content-type"), "application/json");
        let tag = back.header("etag").to_owned();
        assert!(back.headers.contains_key(header::LAST_MODIFIED));

        let merged = write(Method::POST, "application/json", r#"{"page":2,"more":true}"#).await;
        assert_eq!(merged.status, 204);
        let now = get(&server, STATE, &one).await;
        assert_eq!(now.json(), json!({"page": 2, "seen": [1, 2], "more": true}));
        let newer = now.header("etag").to_owned();
        assert_ne!(newer, tag);
        assert_eq!(write(Method::POST, "text/plain", "x").await.status, 400);
        assert_eq!(write(Method::POST, "application/json", "[1]").await.status, 400);

        let change = |name: &str, value: &str| {
            let put = request(&server, Method::PUT, STATE, &one);
            sent(put.header("Content-Type", "text/plain").header(name, value).body("plain"))
        };
        assert_eq!(change("If-Match", &tag).await.status, 412, "it has changed since");
        assert_eq!(change("If-None-Match", "*").await.status, 412, "there is one");
        assert_eq!(change("If-Match", &newer).await.status, 204);
        let now = get(&server, STATE, &one).await;
        assert_eq!((now.text().as_str(), now.header("content-type")), ("plain", "text/plain"));

        let second = [all[0], all[1], ("stateId", "notes"), ("registration", REGISTRATION)];
        let put = request(&server, Method::PUT, STATE, &second).header("Content-Type", "a/b");
        assert_eq!(sent(put.body(vec![0_u8, 255, 7])).await.status, 204);
        assert_eq!(get(&server, STATE, &second).await.body, [0, 255, 7]);
        let listed = get(&server, STATE, &all).await.json();
        let listed: BTreeSet<&str> =
            listed.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        assert!(listed.contains("bookmark"), "{listed:?}");

        let delete = request(&server, Method::DELETE, STATE, &one).header("If-Match", &tag);
        assert_eq!(sent(delete).await.status, 412);
        assert_eq!(sent(request(&server, Method::DELETE, STATE, &one)).await.status, 204);
        assert_eq!(get(&server, STATE, &one).await.status, 404);
        assert_eq!(get(&server, STATE, &second).await.status, 200, "another document stays");
        assert_eq!(sent(request(&server, Method::DELETE, STATE, &all)).await.status, 204);
        for (parameters, name) in [(&all[1..], "activityId"), (&all[..1], "agent")] {
            let answer = get(&server, STATE, parameters).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST.as_u16(), "{name}");
            assert_eq!(answer.json()["errors"][0]["pointer"], name, "{answer:?}");
        }
    }
}
