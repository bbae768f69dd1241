//! Packages in an S3-compatible store: nodes that share nothing but it and the database.

use harness::reqwest::{StatusCode, header};
use harness::serde_json::{Value, json};
use harness::{Backend, Database, Objects, Server};

const PROGRAM: &str = env!("CARGO_BIN_EXE_attestry");
const MASTER_KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

/// Settings as the harness takes them.
fn borrowed<'a>(settings: &'a [(&'static str, String)]) -> Vec<(&'static str, &'a str)> {
    settings.iter().map(|(name, value)| (*name, value.as_str())).collect()
}

async fn import(server: &Server, zip: &[u8]) -> Value {
    let answer = server.post("/api/v1/packages").body(zip.to_vec()).send().await;
    let answer = answer.expect("it answers");
    let status = answer.status();
    let body: Value = answer.json().await.expect("the answer is JSON");
    assert!(status.is_success(), "{status} {body}");
    body
}

/// Starts a course; the address of its files.
async fn play(server: &Server, course: &Value) -> String {
    let actor = json!({"mbox": "mailto:ada@people.example"});
    let asked = json!({"actor": actor, "course": course["course"]});
    let answer = server.post("/api/v1/launches").json(&asked).send().await.expect("it answers");
    let body: Value = answer.json().await.expect("the answer is JSON");
    let url = body["url"].as_str().unwrap_or_else(|| panic!("no link: {body}"));
    let answer = server.client().get(url).send().await.expect("it answers");
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    let location = answer.headers()[header::LOCATION].to_str().expect("it is ASCII");
    let session = location.trim_start_matches("/play/").trim_end_matches('/');
    server.content(&format!("/c/{session}"))
}

async fn file(server: &Server, address: &str) -> (u16, Vec<u8>) {
    let answer = server.client().get(address).send().await.expect("it answers");
    (answer.status().as_u16(), answer.bytes().await.expect("the body is whole").to_vec())
}

#[tokio::test]
async fn a_package_uploaded_through_one_node_plays_on_another() {
    if let Some(missing) = Objects::missing().or_else(|| Backend::Postgres.missing()) {
        return harness::skip(&missing);
    }
    let (objects, database) = (Objects::start().await, Database::fresh(Backend::Postgres).await);
    let mut settings = objects.settings("packages/of/tests");
    settings.push(("ATTESTRY_DATABASE_URL", database.url().expect("it is a server")));
    settings.push(("ATTESTRY_MASTER_KEY", MASTER_KEY.to_owned()));
    let one = Server::start(PROGRAM, Backend::Sqlite, &borrowed(&settings)).await;
    let two = Server::start(PROGRAM, Backend::Sqlite, &borrowed(&settings)).await;
    let sample = samples::named("api-probe-12").expect("the probe is a sample");
    let zip = sample.zip();
    let course = import(&one, &zip).await;
    let address = play(&two, &course).await;
    let mut asked = 0;
    for (path, bytes) in sample.files {
        assert_eq!(file(&two, &format!("{address}/{path}")).await, (200, bytes.to_vec()), "{path}");
        asked = asked.max(objects.requests("GET"));
    }
    assert!(asked <= 2, "{asked} requests for the files of a small package");
    let version = format!("/api/v1/courses/{}/versions/1/package", word(&course["course"]));
    let back = two.get(&version).send().await.expect("it answers");
    assert_eq!(back.bytes().await.expect("the body is whole"), zip, "the original bytes");
    let uploads = objects.requests("PUT");
    assert_eq!(import(&two, &zip).await["course"], course["course"], "the same bytes again");
    assert_eq!(objects.requests("PUT"), uploads, "are not sent again");
    for name in objects.names().await {
        assert!(name.starts_with("packages/of/tests/"), "{name}");
    }
}

#[tokio::test]
async fn a_store_that_is_gone_is_told_and_found_again() {
    if let Some(missing) = Objects::missing() {
        return harness::skip(&missing);
    }
    let mut objects = Objects::start().await;
    let settings = objects.settings("here");
    let server = Server::start(PROGRAM, Backend::Sqlite, &borrowed(&settings)).await;
    let sample = samples::named("api-probe-12").expect("the probe is a sample");
    let course = import(&server, &sample.zip()).await;
    let address = play(&server, &course).await;
    let page = format!("{address}/{}", sample.files[0].0);
    assert_eq!(file(&server, &page).await.0, 200);
    objects.stop();
    let ready = server.client().get(server.main("/readyz")).send().await.expect("it answers");
    assert_eq!(ready.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(ready.headers().contains_key(header::RETRY_AFTER), "{ready:?}");
    assert_eq!(file(&server, &page).await.0, 200, "what was read lately is still served");
    let other = samples::named("api-probe-2004").expect("the probe is a sample").zip();
    let upload = || server.post("/api/v1/packages").body(other.clone()).send();
    let refused = upload().await.expect("it answers");
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(refused.headers().contains_key(header::RETRY_AFTER), "{refused:?}");
    objects.start_again().await;
    let ready = server.client().get(server.main("/readyz")).send().await.expect("it answers");
    assert_eq!(ready.status(), StatusCode::OK);
    assert!(upload().await.expect("it answers").status().is_success());
}

fn word(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}
