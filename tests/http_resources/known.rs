//! What is gathered of agents and activities, and statements shown with it.

use crate::client::{Answer, PROGRAM, get, request, sent, servers};
use harness::Server;
use harness::reqwest::Method;
use harness::serde_json::{Value, json};
use std::process::Command;

const A: &str = "https://example.com/a";

fn statement(name: Option<&str>, definition: Option<&Value>) -> Value {
    let mut statement = json!({
        "actor": {"mbox": "mailto:ada@people.example"},
        "verb": {"id": "https://example.com/did"},
        "object": {"id": A},
    });
    if let Some(name) = name {
        statement["actor"]["name"] = json!(name);
    }
    if let Some(definition) = definition {
        statement["object"]["definition"] = definition.clone();
    }
    statement
}

async fn store(server: &Server, statements: &Value) {
    let post = request(server, Method::POST, "statements", &[]).json(statements);
    let answer = sent(post).await;
    assert_eq!(answer.status, 200, "{answer:?}");
}

async fn activity(server: &Server, id: &str) -> Answer {
    get(server, "activities", &[("activityId", id)]).await
}

async fn person(server: &Server) -> Answer {
    get(server, "agents", &[("agent", r#"{"mbox":"mailto:ada@people.example"}"#)]).await
}

/// XAPI-00251 to 00254.
#[tokio::test]
async fn xapi_00254_an_activity_has_the_definition_that_all_statements_made() {
    for server in servers().await {
        let unknown = activity(&server, A).await;
        let bare = json!({"objectType": "Activity", "id": A});
        assert_eq!((unknown.status, unknown.json()), (200, bare));
        store(
            &server,
            &json!([
                statement(None, Some(&json!({"name": {"en": "A"}, "type": "https://t.example/1"}))),
                statement(None, None),
                statement(
                    None,
                    Some(&json!({"name": {"de": "B"}, "moreInfo": "https://m.example/"}))
                ),
            ]),
        )
        .await;
        let mut one = statement(None, Some(&json!({"name": {"en": "C"}})));
        one["context"] = json!({"contextActivities": {"parent": [
            {"id": "https://example.com/p", "definition": {"description": {"en": "P"}}}
        ]}});
        store(&server, &one).await;
        let known = activity(&server, A).await;
        let definition = json!({
            "name": {"en": "C", "de": "B"},
            "type": "https://t.example/1",
            "moreInfo": "https://m.example/",
        });
        assert_eq!(known.json()["definition"], definition);
        let parent = activity(&server, "https://example.com/p").await;
        assert_eq!(parent.json()["definition"], json!({"description": {"en": "P"}}));

        let tag = known.header("etag").to_owned();
        let again = request(&server, Method::GET, "activities", &[("activityId", A)]);
        assert_eq!(sent(again.header("If-None-Match", tag)).await.status, 304);
        let head = sent(request(&server, Method::HEAD, "activities", &[("activityId", A)])).await;
        assert_eq!((head.status, head.body.len()), (200, 0));
        assert_eq!(head.header("content-length"), known.header("content-length"));
    }
}

#[tokio::test]
async fn xapi_00169_canonical_statements_have_that_definition_in_the_readers_language() {
    for server in servers().await {
        let first = json!({"name": {"en": "A page", "de": "Eine Seite"}});
        store(&server, &json!([statement(None, Some(&first)), statement(None, None)])).await;
        let shown = async |language: &str| {
            let ask = request(&server, Method::GET, "statements", &[("format", "canonical")]);
            let found = sent(ask.header("Accept-Language", language.to_owned())).await.json();
            let names = found["statements"].as_array().expect("it is a list").iter();
            names.map(|one| one["object"]["definition"]["name"].clone()).collect::<Vec<_>>()
        };
        assert_eq!(shown("de-CH, en;q=0.5").await, vec![json!({"de": "Eine Seite"}); 2]);
        let newer = json!({"name": {"fr": "Une page"}});
        store(&server, &statement(None, Some(&newer))).await;
        assert_eq!(shown("fr").await, vec![json!({"fr": "Une page"}); 3]);
        let exact = get(&server, "statements", &[("ascending", "true")]).await.json();
        assert_eq!(exact["statements"][0]["object"]["definition"], first);
        assert!(exact["statements"][1]["object"]["definition"].is_null(), "exact is exact");
    }
}

/// XAPI-00236 to 00239, XAPI-00244 to 00248.
#[tokio::test]
async fn xapi_00236_a_person_has_every_name_of_the_agent() {
    for server in servers().await {
        let mbox = json!(["mailto:ada@people.example"]);
        let nobody = person(&server).await;
        assert_eq!(
            (nobody.status, nobody.json()),
            (200, json!({"objectType": "Person", "mbox": mbox}))
        );
        let mut grouped = statement(None, None);
        grouped["actor"] = json!({
            "objectType": "Group",
            "name": "The group",
            "member": [{"mbox": "mailto:ada@people.example", "name": "A. Lovelace"}],
        });
        store(&server, &json!([statement(Some("Ada"), None), grouped])).await;
        store(&server, &statement(Some("Ada"), None)).await;
        let known = person(&server).await.json();
        assert_eq!(
            known,
            json!({"objectType": "Person", "name": ["A. Lovelace", "Ada"], "mbox": mbox})
        );
    }
}

/// XAPI-00243, XAPI-00249, XAPI-00250.
#[tokio::test]
async fn wrong_parameters_of_agents_and_activities_are_named() {
    for server in servers().await {
        for (path, parameters, pointer) in [
            ("agents", &[][..], "agent"),
            ("agents", &[("agent", "{}")], "agent"),
            ("agents", &[("agent", "ada")], "agent"),
            ("agents", &[("agent", r#"{"objectType":"Group","mbox":"mailto:g@b.c"}"#)], "agent"),
            ("agents", &[("agent", r#"{"mbox":"mailto:g@b.c"}"#), ("x", "1")], "x"),
            ("activities", &[], "activityId"),
            ("activities", &[("activityId", "not an IRI")], "activityId"),
            ("activities", &[("activityId", A), ("agent", "{}")], "agent"),
            ("activities", &[("activityId", A), ("activityId", A)], "activityId"),
        ] {
            let answer = get(&server, path, parameters).await;
            assert_eq!(answer.status, 400, "{path} {parameters:?}: {answer:?}");
            assert_eq!(answer.pointer(), pointer, "{path} {parameters:?}");
        }
    }
}

/// Runs a command of the program on the data of a server that has stopped.
fn run(server: &Server, arguments: &[&str]) -> (i32, String) {
    let mut command = Command::new(PROGRAM);
    command.args(arguments).current_dir(server.data()).env("ATTESTRY_DATA", server.data());
    let output = command.output().expect("it runs");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    (output.status.code().expect("it ends by itself"), text)
}

#[tokio::test]
async fn a_credential_that_may_not_define_changes_no_definition_and_a_rebuild_knows() {
    let mut server = Server::start(PROGRAM, harness::Backend::Sqlite, &[]).await;
    store(&server, &statement(Some("Ada"), Some(&json!({"name": {"en": "first"}})))).await;
    server.stop().await;
    let (status, text) = run(&server, &["key", "create", "--scopes", "statements/write"]);
    assert_eq!(status, 0, "{text}");
    let told = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        line.expect("it is printed").trim().to_owned()
    };
    let (key, secret) = (told("key "), told("secret "));
    server.start_again().await;
    let later = statement(Some("Eve"), Some(&json!({"name": {"en": "second"}})));
    let post = server.client().post(server.main("/xapi/statements")).json(&later);
    let post = post.basic_auth(key, Some(secret)).header("X-Experience-API-Version", "1.0.3");
    assert_eq!(sent(post).await.status, 200);
    assert_eq!(activity(&server, A).await.json()["definition"]["name"]["en"], "first");
    assert_eq!(person(&server).await.json()["name"], json!(["Ada"]));
    server.stop().await;
    let (status, text) = run(&server, &["rebuild", "--check"]);
    assert_eq!(status, 0, "{text}");
}
