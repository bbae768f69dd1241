//! A streaming replica: what may lag is read from it, nothing else is, no promise goes beyond what
//! it has, and the service does not need it.

use harness::reqwest::{Method, StatusCode};
use harness::serde_json::{Value, from_str, json};
use harness::{Backend, Postgres, Server, skip};
use std::time::{Duration, Instant};
use support::package_of;

const PROGRAM: &str = env!("CARGO_BIN_EXE_attestry");
const WITHIN: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(100);
const THROUGH: &str = "X-Experience-API-Consistent-Through";

const SERVES: &str = "the replica serves the reads that may lag";
const UNUSABLE: &str = "the replica cannot be used";

/// A database, its standby, and a service on both.
struct Pair {
    main: Postgres,
    standby: Postgres,
    server: Server,
}

/// What `/readyz` may say, by its description.
fn described() -> Vec<String> {
    let document = include_str!("../content/api/openapi.json");
    let document: Value = from_str(document).expect("it is JSON");
    let content = &document["paths"]["/readyz"]["get"]["responses"]["200"]["content"];
    let examples = content["text/plain"]["examples"].as_object().expect("there are some");
    examples.values().map(|one| one["value"].as_str().unwrap_or_default().to_owned()).collect()
}

impl Pair {
    async fn start(settings: &[(&str, &str)]) -> Option<Self> {
        if let Some(why) = Postgres::missing() {
            skip(&why);
            return None;
        }
        let main = Postgres::start().await;
        let standby = main.start_standby().await;
        let (url, read_url) = (main.url(), standby.url());
        let all = [
            &[
                ("ATTESTRY_DATABASE_URL", url.as_str()),
                ("ATTESTRY_DATABASE_READ_URL", read_url.as_str()),
                ("ATTESTRY_XAPI_QUERIES_MAY_LAG", "true"),
            ],
            settings,
        ];
        let server = Server::start(PROGRAM, Backend::Sqlite, &all.concat()).await;
        let pair = Self { main, standby, server };
        pair.ready(SERVES).await;
        Some(pair)
    }

    /// Waits until `/readyz`, which is always 200, says this.
    async fn ready(&self, text: &str) {
        let begin = Instant::now();
        loop {
            let answer = self.server.client().get(self.server.main("/readyz")).send().await;
            let answer = answer.expect("it answers");
            assert_eq!(answer.status(), StatusCode::OK, "the service does not need the replica");
            let body = answer.text().await.expect("it is a text");
            assert!(described().contains(&body), "OpenAPI does not know {body:?}");
            if body.contains(text) {
                return;
            }
            assert!(begin.elapsed() < WITHIN, "{body:?} and not {text:?}: {:#?}", self.log());
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// The server's lines about the replica.
    fn log(&self) -> Vec<String> {
        self.server.log().into_iter().filter(|line| line.contains("replica")).collect()
    }

    /// Stores a statement, and says when it was stored: what is read by its id is never behind.
    async fn store(&self, number: u64) -> String {
        let path = format!("statements?statementId=00000000-0000-4000-8000-{number:012}");
        let statement = json!({
            "actor": {"mbox": "mailto:ada@example.com"},
            "verb": {"id": "https://verbs.example/did"},
            "object": {"id": format!("https://activities.example/{number}")},
        });
        let put = self.server.request(Method::PUT, &format!("/xapi/{path}"));
        let put = put.header("X-Experience-API-Version", "1.0.3").json(&statement);
        let stored = put.send().await.expect("it answers").status();
        assert_eq!(stored, StatusCode::NO_CONTENT, "no write goes to a standby");
        let found = self.server.xapi(&path).send().await.expect("it answers");
        assert_eq!(found.status(), StatusCode::OK, "what was stored is there by its id");
        let found: Value = found.json().await.expect("it is JSON");
        found["stored"].as_str().expect("it has one").to_owned()
    }

    /// How many statements a query finds, and until when it promises to have found all.
    async fn list(&self) -> (usize, String) {
        let found = self.server.xapi("statements?ascending=true").send().await;
        let found = found.expect("it answers");
        assert_eq!(found.status(), StatusCode::OK);
        let through = found.headers()[THROUGH].to_str().expect("it is ASCII").to_owned();
        let found: Value = found.json().await.expect("it is JSON");
        (found["statements"].as_array().expect("it has some").len(), through)
    }

    /// Waits until a query promises to have found what was stored by then; how many it found.
    async fn list_through(&self, stored: &str) -> usize {
        let begin = Instant::now();
        loop {
            let (count, through) = self.list().await;
            if *through >= *stored {
                return count;
            }
            assert!(begin.elapsed() < WITHIN, "it stays at {through}: {:#?}", self.log());
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Keeps the standby as it is, until its replay is resumed.
    async fn pause(&self) {
        self.standby.execute("SELECT pg_wal_replay_pause()").await;
        let begin = Instant::now();
        while self.standby.query("SELECT pg_get_wal_replay_pause_state()").await != "paused" {
            assert!(begin.elapsed() < WITHIN, "it does not pause");
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn resume(&self) {
        self.standby.execute("SELECT pg_wal_replay_resume()").await;
    }

    async fn json(&self, path: &str) -> Value {
        let answer = self.server.get(path).send().await.expect("it answers");
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        answer.json().await.expect("it is JSON")
    }

    async fn metric(&self, name: &str) -> f64 {
        let page = self.server.client().get(self.server.main("/metrics")).send().await;
        let page = page.expect("it answers").text().await.expect("it is a text");
        let value = page.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        let value = value.unwrap_or_else(|| panic!("no {name} in {page}"));
        value.parse().expect("it is a number")
    }
}

#[tokio::test]
async fn lists_come_from_the_replica_and_promise_no_more_than_it_has() {
    let Some(pair) = Pair::start(&[]).await else { return };
    let first = pair.store(1).await;
    assert_eq!(pair.list_through(&first).await, 1, "what is promised is found");

    pair.pause().await;
    let second = pair.store(2).await;
    let (count, through) = pair.list().await;
    assert_eq!(count, 1, "the list is the standby's");
    assert!(*first <= *through && *through < *second, "{first} {through} {second}");
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(pair.metric("attestry_replica_lag_seconds").await > 0.5);
    assert!(pair.list().await.1 < second, "time alone makes no promise");
    let serving = pair.metric("attestry_replica_serving").await;
    assert!((serving - 1.0).abs() < f64::EPSILON, "it may be a minute behind");

    pair.resume().await;
    assert_eq!(pair.list_through(&second).await, 2);
}

#[tokio::test]
async fn what_must_be_fresh_does_not_come_from_the_replica() {
    let Some(pair) = Pair::start(&[]).await else { return };
    let zip = package_of("1.2", &[("start.html", "<!doctype html><title>One</title>")]);
    let made = pair.server.post("/api/v1/packages").body(zip).send().await.expect("it answers");
    let made: Value = made.json().await.expect("it is JSON");
    let before = pair.store(1).await;
    pair.list_through(&before).await;
    pair.pause().await;
    let launch = json!({"course": made["course"], "actor": {"mbox": "mailto:ada@example.com"}});
    let launch = pair.server.post("/api/v1/launches").json(&launch).send().await;
    let launch: Value = launch.expect("it answers").json().await.expect("it is JSON");
    let id = launch["registration"].as_str().expect("it has one").to_owned();
    assert_eq!(pair.json(&format!("/api/v1/registrations/{id}")).await["id"], id);
    let listed = pair.json("/api/v1/registrations").await;
    assert_eq!(listed["items"], json!([]), "lists may lag");

    // A bundle that a checkpoint vouches for is there, though the standby has less of it.
    pair.store(2).await;
    let ledger = pair.json("/api/v1/ledger").await;
    let address = ledger["address"].as_str().expect("it has an address").to_owned();
    tokio::time::sleep(Duration::from_secs(1)).await;
    let checkpoint = pair.server.get(&format!("{address}/checkpoint")).send().await;
    let checkpoint = checkpoint.expect("it answers").text().await.expect("it is a text");
    let size: u64 = checkpoint.lines().nth(1).and_then(|size| size.parse().ok()).expect("a size");
    let bundle = format!("{address}/tile/entries/000.p/{size}");
    let bundle = pair.server.get(&bundle).send().await.expect("it answers");
    assert_eq!(bundle.status(), StatusCode::OK);
    assert!(!bundle.bytes().await.expect("it has a body").is_empty());
}

#[tokio::test]
async fn without_the_replica_the_database_serves_all_and_the_log_says_so_once() {
    let Some(mut pair) = Pair::start(&[]).await else { return };
    let said = |pair: &Pair| pair.log().iter().filter(|line| line.contains(UNUSABLE)).count();
    let before = said(&pair);
    pair.standby.kill().await;
    for number in 1..=20 {
        let stored = pair.store(number).await;
        let (count, through) = pair.list().await;
        assert_eq!(count, usize::try_from(number).expect("it is small"));
        assert!(through > stored, "the database's own promise");
    }
    pair.ready(UNUSABLE).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    pair.list().await;
    assert_eq!(said(&pair), before + 1, "{:#?}", pair.log());
    assert!(pair.metric("attestry_replica_fallbacks_total").await > 0.0);

    pair.standby.start_again().await;
    pair.ready(SERVES).await;
    let stored = pair.store(21).await;
    assert_eq!(pair.list_through(&stored).await, 21);

    pair.standby.freeze();
    let begin = Instant::now();
    assert_eq!(pair.list().await.0, 21, "a read does not wait for a standby that hangs");
    assert!(begin.elapsed() < Duration::from_secs(8), "{:?}", begin.elapsed());
    pair.ready(UNUSABLE).await;
    pair.standby.thaw();
    pair.ready(SERVES).await;
    assert_eq!(said(&pair), before + 2, "{:#?}", pair.log());
}

#[tokio::test]
async fn a_replica_that_is_far_behind_or_follows_no_more_is_not_read_from() {
    let Some(pair) = Pair::start(&[("ATTESTRY_DATABASE_READ_LAG_SECONDS_MAX", "2")]).await else {
        return;
    };
    pair.pause().await;
    let stored = pair.store(1).await;
    pair.ready("too far behind").await;
    let (count, through) = pair.list().await;
    assert!(count == 1 && through > stored);
    pair.resume().await;
    pair.ready(SERVES).await;

    pair.standby.execute("SELECT pg_promote()").await;
    pair.ready(UNUSABLE).await;
    assert!(pair.log().iter().any(|line| line.contains("it is no standby")), "{:#?}", pair.log());
    let stored = pair.store(2).await;
    assert_eq!(pair.list_through(&stored).await, 2);
}

#[tokio::test]
async fn a_standby_of_another_database_is_not_read_from() {
    if let Some(why) = Postgres::missing() {
        return skip(&why);
    }
    let main = Postgres::start().await;
    let standby = main.start_standby().await;
    let (url, other) = (main.url(), standby.url().replace("/postgres", "/template1"));
    let settings =
        [("ATTESTRY_DATABASE_URL", url.as_str()), ("ATTESTRY_DATABASE_READ_URL", &other)];
    let pair =
        Pair { server: Server::start(PROGRAM, Backend::Sqlite, &settings).await, main, standby };
    pair.ready(UNUSABLE).await;
    let said = pair.log();
    assert!(said.iter().any(|line| line.contains("not a standby of this database")), "{said:#?}");
    pair.main.execute("SELECT 1").await;
}
