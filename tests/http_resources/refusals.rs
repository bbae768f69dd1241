//! Statements that break a rule: refused with its place, and nothing stored; and what strictness
//! must not lose.

use crate::client::{Answer, VERSION, VERSIONS, get, sent, servers, unversioned};
use harness::Server;
use harness::reqwest::Method;
use harness::serde_json::{Value, json};

/// Where the error must be: a JSON pointer, or its beginning with a star at the end.
type Case = (&'static str, &'static [u8], &'static str);

const HEAD: &str = r#""actor":{"mbox":"mailto:a@b.example"},"verb":{"id":"https://v.example/did"}"#;
const OBJECT: &str = r#""object":{"id":"https://o.example/1"}"#;

async fn post(server: &Server, version: &str, body: Vec<u8>) -> Answer {
    let post = unversioned(server, Method::POST, "statements", &[]).header(VERSION, version);
    sent(post.header("Content-Type", "application/json").body(body)).await
}

/// A statement with more members, as text.
fn with(more: &str) -> String {
    format!("{{{HEAD},{OBJECT},{more}}}")
}

/// Bytes that are no strict JSON.
const TEXTS: [Case; 10] = [
    ("nothing", b"", ""),
    ("cut off", b"{\"actor\":{\"mbox\":", "/actor*"),
    ("a repeated key", b"{\"actor\":1,\"act\\u006fr\":2}", "/actor"),
    (
        "a deep repeated key",
        b"{\"context\":{\"extensions\":{\"https://e.example/\":{\"a\":1,\"a\":2}}}}",
        "/context/extensions/https:~1~1e.example~1/a",
    ),
    ("no UTF-8", b"{\"actor\":\"\xff\"}", ""),
    ("half a surrogate", b"{\"actor\":\"\\ud800\"}", "*"),
    ("a byte order mark", b"\xef\xbb\xbf{}", ""),
    ("two values", b"{} {}", ""),
    ("no number", b"{\"result\":{\"score\":{\"raw\":01}}}", "/result/score/raw"),
    ("a list of no statements", b"[1]", "/0"),
];

#[tokio::test]
async fn xapi_00014_text_that_is_not_strict_json_is_refused_at_its_place() {
    for server in servers().await {
        for version in VERSIONS {
            for (what, body, place) in TEXTS {
                refused(&post(&server, version, body.to_vec()).await, what, place);
            }
            let deep = format!("{}{}", "[".repeat(5_000), "]".repeat(5_000));
            let deep =
                with(&format!(r#""context":{{"extensions":{{"https://e.example/":{deep}}}}}"#));
            let answer = post(&server, version, deep.into_bytes()).await;
            refused(&answer, "depth", "/context/extensions/*");
            assert!(answer.text().contains("depth_max"), "the limit is named: {answer:?}");
        }
        nothing_is_stored(&server).await;
    }
}

fn refused(answer: &Answer, what: &str, place: &str) {
    assert_eq!(answer.status, 400, "{what}: {answer:?}");
    assert_eq!(answer.header("content-type"), "application/problem+json", "{what}");
    let problem = answer.json();
    let pointer = answer.pointer();
    let fits = match place.strip_suffix('*') {
        Some(begin) => pointer.starts_with(begin),
        None => pointer == place,
    };
    assert!(fits, "{what}: {pointer} is not {place}: {answer:?}");
    let rule = problem["rule"].as_str().unwrap_or_default();
    let named = ["XAPI-", "RFC ", "Data ", "Communication ", "IEEE "];
    assert!(named.iter().any(|start| rule.starts_with(start)), "{what}: rule {rule:?}");
    assert!(problem["line"].is_u64() && problem["column"].is_u64(), "{what}: {problem}");
}

async fn nothing_is_stored(server: &Server) {
    let all = get(server, "statements", &[]).await.json();
    assert_eq!(all["statements"], json!([]), "a refusal stored something");
}

/// Members that no statement may have, with the rule's place.
const MEMBERS: [(&str, &str); 38] = [
    (r#""id":"FD41C918B88B4B20A0A5A4C32391AAA0""#, "/id"),
    (r#""id":"{fd41c918-b88b-4b20-a0a5-a4c32391aaa0}""#, "/id"),
    (r#""id":"urn:uuid:fd41c918-b88b-4b20-a0a5-a4c32391aaa0""#, "/id"),
    (r#""id":null"#, "/id"),
    (r#""Timestamp":"2026-01-01T00:00:00Z""#, "/Timestamp"),
    (r#""timestamp":"2026-02-30T00:00:00Z""#, "/timestamp"),
    (r#""timestamp":"2026-01-01T00:00:00-00:00""#, "/timestamp"),
    (r#""timestamp":1767225600"#, "/timestamp"),
    (r#""stored":"yesterday""#, "/stored"),
    (r#""version":"1.1.0""#, "/version"),
    (r#""version":"3.0.0""#, "/version"),
    (r#""version":1.0"#, "/version"),
    (r#""extra":{}"#, "/extra"),
    (r#""result":{}"#, "/result"),
    (r#""result":null"#, "/result"),
    (r#""result":{"duration":"P1Y2W"}"#, "/result/duration"),
    (r#""result":{"duration":"PT1.5H1M"}"#, "/result/duration"),
    (r#""result":{"score":{"scaled":1.0000000000000000000000001}}"#, "/result/score/scaled"),
    (r#""result":{"score":{"scaled":"1"}}"#, "/result/score/scaled"),
    (r#""result":{"score":{"raw":9007199254740993,"max":9007199254740992}}"#, "/result/score/raw"),
    (r#""result":{"score":{"raw":1,"min":1.0000000000000000000001}}"#, "/result/score/raw"),
    (r#""result":{"success":"true"}"#, "/result/success"),
    (r#""result":{"extensions":{"not an IRI":1}}"#, "/result/extensions/not an IRI"),
    (r#""context":{"language":"en_US"}"#, "/context/language"),
    (r#""context":{"registration":"1"}"#, "/context/registration"),
    (r#""context":{"contextActivities":{"parents":[]}}"#, "/context/contextActivities/parents"),
    (
        r#""context":{"contextActivities":{"parent":[{"id":"a b"}]}}"#,
        "/context/contextActivities/parent/0/id",
    ),
    (r#""context":{"team":{"mbox":"mailto:a@b.example"}}"#, "/context/team"),
    (
        r#""context":{"instructor":{"mbox":"mailto:a@b.example","openid":"https://o.example/"}}"#,
        "/context/instructor/openid",
    ),
    (
        r#""context":{"instructor":{"account":{"homePage":"h","name":"n"}}}"#,
        "/context/instructor/account/homePage",
    ),
    (r#""context":{"instructor":{"mbox":"a@b.example"}}"#, "/context/instructor/mbox"),
    (r#""context":{"instructor":{"mbox_sha1sum":"abc"}}"#, "/context/instructor/mbox_sha1sum"),
    (r#""context":{"statement":{"objectType":"StatementRef","id":"x"}}"#, "/context/statement/id"),
    (r#""attachments":{}"#, "/attachments"),
    (r#""attachments":[{}]"#, "/attachments/0"),
    (r#""authority":{"objectType":"Group","member":[]}"#, "/authority*"),
    (r#""authority":{"name":"nobody"}"#, "/authority"),
    (r#""context":{"extensions":[]}"#, "/context/extensions"),
];

#[tokio::test]
async fn a_broken_rule_is_named_with_its_place_alone_and_in_a_batch() {
    for server in servers().await {
        for version in VERSIONS {
            for (member, place) in MEMBERS {
                let statement = with(member);
                refused(
                    &post(&server, version, statement.clone().into_bytes()).await,
                    member,
                    place,
                );
                let batch = format!("[{{{HEAD},{OBJECT}}},{statement}]");
                let place = format!("/1{place}");
                refused(&post(&server, version, batch.into_bytes()).await, member, &place);
            }
        }
        nothing_is_stored(&server).await;
    }
}

#[tokio::test]
async fn ieee_9274_1_1_what_2_0_adds_and_forbids() {
    let agent = r#"{"mbox":"mailto:a@b.example"}"#;
    let group = r#"{"objectType":"Group","mbox":"mailto:g@b.example"}"#;
    let agents = |agents: &str| with(&format!(r#""context":{{"contextAgents":[{agents}]}}"#));
    let groups = |groups: &str| with(&format!(r#""context":{{"contextGroups":[{groups}]}}"#));
    for server in servers().await {
        for (statement, by_1_0, by_2_0) in [
            (
                agents(&format!(
                    r#"{{"objectType":"contextAgent","agent":{agent},"relevantTypes":["https://t.example/"]}}"#
                )),
                "/context/contextAgents",
                None,
            ),
            (
                groups(&format!(r#"{{"objectType":"contextGroup","group":{group}}}"#)),
                "/context/contextGroups",
                None,
            ),
            (
                agents(&format!(r#"{{"objectType":"contextAgent","agent":{group}}}"#)),
                "/context/contextAgents",
                Some("/context/contextAgents/0/agent"),
            ),
            (
                agents(&format!(
                    r#"{{"objectType":"contextAgent","agent":{agent},"relevantTypes":["t"]}}"#
                )),
                "/context/contextAgents",
                Some("/context/contextAgents/0/relevantTypes/0"),
            ),
            (
                groups(r#"{"objectType":"contextGroup"}"#),
                "/context/contextGroups",
                Some("/context/contextGroups/0"),
            ),
        ] {
            let old = post(&server, "1.0.3", statement.clone().into_bytes()).await;
            refused(&old, &statement, by_1_0);
            let new = post(&server, "2.0.0", statement.clone().into_bytes()).await;
            match by_2_0 {
                Some(place) => refused(&new, &statement, place),
                None => assert_eq!(new.status, 200, "{statement}: {new:?}"),
            }
        }
        for time in ["20260101T000000Z", "2026-01-01T00:00:00", "2026-01-01T00:00Z"] {
            let statement = with(&format!(r#""timestamp":"{time}""#)).into_bytes();
            assert_eq!(post(&server, "1.0.3", statement.clone()).await.status, 200, "{time}");
            refused(&post(&server, "2.0.0", statement).await, time, "/timestamp");
        }
        let newer = with(r#""version":"2.0.0""#).into_bytes();
        refused(&post(&server, "1.0.3", newer.clone()).await, "2.0.0 under 1.0", "/version");
        assert_eq!(post(&server, "2.0.0", newer).await.status, 200);
    }
}

#[tokio::test]
async fn what_is_kept_is_exact_whatever_its_numbers_keys_and_letters() {
    for server in servers().await {
        let kept = [
            r#""raw":9007199254740993"#,
            r#""min":-0.0"#,
            r#""max":1e400"#,
            r#""https://e.example/n":123456789012345678901234567890.10"#,
            r#""https://e.example/null":null"#,
            r#""https://e.example/deep":[[[{"":{"a":[]}}]]]"#,
            r#""\u00e4\u0000\ud83d\ude00""#,
            "\u{1f600} \u{e4} a\u{308} \u{202e}",
        ];
        let [raw, min, max, number, null, deep, escapes, letters] = kept;
        let statement = with(&format!(
            r#""result":{{"score":{{{raw},{min},{max}}},"response":"{letters}","extensions":{{{number},{null},{deep},"https://e.example/e":{escapes}}}}}"#
        ));
        let id = post(&server, "2.0.0", statement.into_bytes()).await;
        assert_eq!(id.status, 200, "{id:?}");
        let id = id.json()[0].as_str().expect("an id").to_owned();
        let back = get(&server, "statements", &[("statementId", &id)]).await.text();
        for piece in kept {
            assert!(back.contains(piece), "{piece} was rewritten: {back}");
        }
        let canonical = [("statementId", &*id), ("format", "canonical")];
        let back = get(&server, "statements", &canonical).await.text();
        for piece in kept {
            assert!(back.contains(piece), "{piece} was rewritten in canonical form: {back}");
        }
    }
}

#[tokio::test]
async fn an_agent_is_the_same_however_its_address_is_written() {
    for server in servers().await {
        for mbox in ["mailto:Ada@People.EXAMPLE", "mailto:Ada@people.example"] {
            let statement: Value = json!({
                "actor": {"objectType": "Agent", "mbox": mbox, "name": mbox},
                "verb": {"id": "https://v.example/did"},
                "object": {"id": "https://o.example/1"},
            });
            let answer = post(&server, "1.0.3", statement.to_string().into_bytes()).await;
            assert_eq!(answer.status, 200, "{answer:?}");
        }
        for mbox in ["mailto:Ada@people.example", "mailto:Ada@PEOPLE.example"] {
            let agent = json!({ "mbox": mbox }).to_string();
            let found = get(&server, "statements", &[("agent", &agent)]).await.json();
            assert_eq!(found["statements"].as_array().map(Vec::len), Some(2), "{mbox}");
            let person = get(&server, "agents", &[("agent", &agent)]).await.json();
            assert_eq!(person["name"].as_array().map(Vec::len), Some(2), "{person}");
        }
        let other = json!({"mbox": "mailto:ada@people.example"}).to_string();
        let found = get(&server, "statements", &[("agent", &other)]).await.json();
        assert_eq!(found["statements"], json!([]), "the local part may differ by case");
    }
}
