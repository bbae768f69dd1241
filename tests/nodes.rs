//! Several nodes on one PostgreSQL: one log, one clock, one registration.

use domain::{FixedClock, OrganizationId, SeededEntropy, Timestamp};
use harness::reqwest::{Client, StatusCode};
use harness::serde_json::{Value, json};
use harness::{Backend, Database, KEY, SECRET, Server, skip};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use store::{Events, Organizations, Position, Users};
use store_postgres::{PostgresOptions, PostgresStore};

const PROGRAM: &str = env!("CARGO_BIN_EXE_attestry");
const MASTER_KEY: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

/// Two nodes that were started at once, and a look at the store beside them.
struct Nodes {
    servers: [Server; 2],
    store: Arc<PostgresStore>,
    organization: OrganizationId,
    _database: Database,
}

impl Nodes {
    async fn start() -> Option<Self> {
        if let Some(why) = Backend::Postgres.missing() {
            skip(&why);
            return None;
        }
        let database = Database::fresh(Backend::Postgres).await;
        let url = database.url().expect("PostgreSQL has a URL");
        let settings =
            [("ATTESTRY_DATABASE_URL", url.as_str()), ("ATTESTRY_MASTER_KEY", MASTER_KEY)];
        let (one, two) = tokio::join!(
            Server::start(PROGRAM, Backend::Sqlite, &settings),
            Server::start(PROGRAM, Backend::Sqlite, &settings),
        );
        let clock = Arc::new(FixedClock::new(Timestamp::UNIX_EPOCH));
        let entropy = Arc::new(SeededEntropy::new(1));
        let store = PostgresStore::open(PostgresOptions::new(url), clock, entropy).await;
        let store = Arc::new(store.expect("the database is there"));
        let organization = store.organization_named("default").await.expect("it answers");
        let organization = organization.expect("the first start made it").id;
        Some(Self { servers: [one, two], store, organization, _database: database })
    }
}

/// Positions and instants of the log from its beginning: without gaps, in the order of `stored`.
async fn follow(store: &PostgresStore, organization: OrganizationId, log: &mut Vec<Timestamp>) {
    loop {
        let next = Position::new(log.len() as u64);
        let entries = store.entries(organization, next, 100).await.expect("it answers");
        if entries.is_empty() {
            return;
        }
        for entry in entries {
            let next = log.len() as u64;
            assert_eq!(entry.position.index(), next, "an entry appeared behind the follower");
            assert!(log.last() < Some(&entry.stored), "stored does not order as positions do");
            log.push(entry.stored);
        }
    }
}

/// Stores statements, some alone and some in batches, until told to stop; how many.
async fn write(client: Client, url: String, stop: Arc<AtomicBool>, writer: usize) -> u64 {
    let (mut stored, mut round) = (0, 0);
    while !stop.load(Ordering::SeqCst) {
        round += 1;
        let count = if round % 3 == 0 { 1 + (writer + round) % 9 } else { 1 };
        let statement = json!({
            "actor": {"mbox": format!("mailto:a{writer}@example.com")},
            "verb": {"id": "https://verbs.example/did"},
            "object": {"id": format!("https://activities.example/{}", round % 7)},
        });
        let request = client.post(format!("{url}/xapi/statements"));
        let request = request.basic_auth(KEY, Some(SECRET));
        let request = request.header("X-Experience-API-Version", "1.0.3");
        let answer = request.json(&vec![statement; count]).send().await.expect("it answers");
        assert_eq!(answer.status(), StatusCode::OK);
        stored += count as u64;
    }
    stored
}

/// `X-Experience-API-Consistent-Through` of a node.
async fn through(server: &Server) -> Timestamp {
    let answer = server.xapi("statements?limit=1").send().await.expect("it answers");
    let header = answer.headers().get("X-Experience-API-Consistent-Through");
    let text = header.and_then(|value| value.to_str().ok()).expect("the header is there");
    text.parse().expect("it is an instant")
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_write_one_log_that_a_follower_reads_without_a_miss() {
    let Some(nodes) = Nodes::start().await else { return };
    let stop = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> = (0..8)
        .map(|writer| {
            let server = &nodes.servers[writer % 2];
            let (client, url) = (server.client().clone(), server.main(""));
            tokio::spawn(write(client, url, Arc::clone(&stop), writer))
        })
        .collect();
    // Each promise with how much of the log could be read after it.
    let (mut log, mut promises) = (Vec::new(), Vec::new());
    for round in 0..60 {
        let promise = through(&nodes.servers[round % 2]).await;
        follow(&nodes.store, nodes.organization, &mut log).await;
        promises.push((promise, log.len()));
    }
    stop.store(true, Ordering::SeqCst);
    let mut written = 0;
    for writer in writers {
        written += writer.await.expect("a writer does not panic");
    }
    let before = log.len();
    follow(&nodes.store, nodes.organization, &mut log).await;
    assert!(before > 20, "nothing was written while the follower read");
    for (promise, readable) in &promises {
        let due = log.iter().filter(|stored| *stored <= promise).count();
        assert!(due <= *readable, "{due} were stored until {promise}, {readable} seen");
    }
    let events = log.len() as u64 - written;
    assert!(events < 20, "{written} statements, {} entries", log.len());
    // When nothing is written, the promise goes on: nobody waits for a write to see the last one.
    let last = *log.last().expect("something was written");
    tokio::time::sleep(Duration::from_millis(20)).await;
    for server in &nodes.servers {
        assert!(through(server).await > last);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn launches_at_once_on_two_nodes_make_one_registration() {
    let Some(nodes) = Nodes::start().await else { return };
    let courses = nodes.servers[0].get("/api/v1/courses").send().await.expect("it answers");
    let courses: Value = courses.json().await.expect("the answer is JSON");
    let course = courses["items"][0]["id"].as_str().expect("the sample is there").to_owned();
    for learner in 0..5 {
        let account = json!({"homePage": "https://people.example", "name": format!("l{learner}")});
        let wanted = json!({"actor": {"account": account}, "course": course});
        let launches: Vec<_> = (0..8)
            .map(|number| {
                let request = nodes.servers[number % 2].post("/api/v1/launches").json(&wanted);
                tokio::spawn(request.send())
            })
            .collect();
        let mut registrations = BTreeSet::new();
        for launch in launches {
            let answer = launch.await.expect("the task ends").expect("it answers");
            assert_eq!(answer.status(), StatusCode::CREATED);
            let body: Value = answer.json().await.expect("the answer is JSON");
            registrations.insert(body["registration"].as_str().expect("an id").to_owned());
        }
        assert_eq!(registrations.len(), 1, "learner {learner} has {registrations:?}");
    }
}

/// The link that a first start tells is not taken back by another node, nor is the sample imported
/// twice.
#[tokio::test(flavor = "multi_thread")]
async fn of_nodes_that_start_at_once_one_furnishes() {
    for _ in 0..3 {
        let Some(nodes) = Nodes::start().await else { return };
        let told: Vec<_> = nodes.servers.iter().flat_map(Server::log).collect();
        let links: Vec<_> = told.iter().filter_map(|line| line.split_once("/sign-in/")).collect();
        assert_eq!(links.len(), 1, "{told:#?}");
        for server in &nodes.servers {
            let courses = server.get("/api/v1/courses").send().await.expect("it answers");
            let courses: Value = courses.json().await.expect("the answer is JSON");
            assert_eq!(courses["items"].as_array().map(Vec::len), Some(1), "{courses}");
            let users = nodes.store.users(nodes.organization).await.expect("it answers");
            assert_eq!(users.len(), 1, "{users:#?}");
        }
        let page = nodes.servers[0].main(&format!("/sign-in/{}", links[0].1.trim()));
        let page = nodes.servers[0].client().get(page).send().await.expect("it answers");
        assert_eq!(page.status(), StatusCode::OK, "the link was taken back");
    }
}
