//! Clients that write without a pause, and remember what they were told.

use crate::{Chance, course};
use harness::reqwest::{Client, RequestBuilder, StatusCode};
use harness::{KEY, SECRET, Server};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::task::JoinHandle;

/// What the clients were told. A statement is known by its number.
#[derive(Debug, Default)]
pub struct Claims {
    /// Requests that were acknowledged, by their statements.
    pub kept: Vec<Vec<u64>>,
    /// Requests that never got an answer, or a 503.
    pub unsure: Vec<Vec<u64>>,
    /// By client: the last content of its document that was acknowledged, and what it has sent
    /// since.
    pub documents: BTreeMap<u64, (Option<u64>, Vec<u64>)>,
    /// Calls of a registration that were acknowledged.
    pub calls: BTreeMap<String, u64>,
    /// Answers that nobody should get.
    pub wrong: Vec<String>,
}

/// What the clients share.
pub(crate) struct Shared {
    pub(crate) claims: Mutex<Claims>,
    pub(crate) stop: AtomicBool,
    pub(crate) main: String,
}

impl Shared {
    pub(crate) fn note(&self, change: impl FnOnce(&mut Claims)) {
        change(&mut self.claims.lock().unwrap_or_else(PoisonError::into_inner));
    }

    pub(crate) fn goes_on(&self) -> bool {
        !self.stop.load(Ordering::SeqCst)
    }

    pub(crate) fn main(&self, path: &str) -> String {
        format!("{}{path}", self.main)
    }
}

/// Clients at work.
pub struct Load {
    shared: Arc<Shared>,
    clients: Vec<JoinHandle<()>>,
}

/// The numbers of a client's statements begin at its own multiple of this.
const NUMBERS_EACH: u64 = 1 << 32;
const BATCH_MAX: u64 = 30;

pub(crate) fn client() -> Client {
    let client = Client::builder().no_proxy().timeout(Duration::from_secs(30));
    let client = client.redirect(harness::reqwest::redirect::Policy::none());
    client.build().expect("the settings are fixed")
}

impl Load {
    /// So many clients begin to write, one of them as a learner.
    pub fn begin(server: &Server, connections: usize, seed: u64) -> Self {
        let shared = Arc::new(Shared {
            claims: Mutex::default(),
            stop: AtomicBool::new(false),
            main: server.main(""),
        });
        let mut chance = Chance::new(seed);
        let mut clients = vec![tokio::spawn(course::learn(Arc::clone(&shared)))];
        for number in 1..u64::try_from(connections).unwrap_or(1) {
            let (shared, chance) = (Arc::clone(&shared), Chance::new(chance.next()));
            clients.push(tokio::spawn(write(shared, number, chance)));
        }
        Self { shared, clients }
    }

    /// The clients finish the request they are at; what they were told.
    pub async fn end(self) -> Claims {
        self.shared.stop.store(true, Ordering::SeqCst);
        for client in self.clients {
            client.await.expect("a client does not panic");
        }
        let mut claims = self.shared.claims.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut claims)
    }
}

/// The id of a statement.
pub(crate) fn id_of(number: u64) -> String {
    let (high, low) = (number >> 32, number & 0xffff_ffff);
    format!("{low:08x}-0000-4000-8000-{high:012x}")
}

/// The text of a statement: its bytes are known from its number. Some share verb, actor and
/// activity, and some bring new ones.
pub(crate) fn text_of(number: u64) -> String {
    let mut chance = Chance::new(number);
    let (verb, actor, activity) = (chance.below(9), chance.below(400), chance.below(3_000));
    let letters = usize::try_from(chance.below(800)).unwrap_or(0);
    format!(
        "{{ \"id\":\"{}\", \"actor\":{{\"mbox\":\"mailto:a{actor}@example.com\"}}, \
         \"verb\":{{\"id\":\"https://verbs.example/{verb}\"}}, \
         \"object\":{{\"id\":\"https://activities.example/{activity}\"}}, \
         \"result\":{{\"score\":{{\"raw\":{number}.0}},\"response\":\"{}\"}} }}",
        id_of(number),
        "x".repeat(letters),
    )
}

async fn write(shared: Arc<Shared>, client_number: u64, mut chance: Chance) {
    let client = client();
    let mut next = client_number * NUMBERS_EACH;
    while shared.goes_on() {
        let kind = chance.below(10);
        if kind == 0 {
            document(&shared, &client, client_number, &mut chance).await;
            continue;
        }
        let count = if kind < 4 { 2 + chance.below(BATCH_MAX - 1) } else { 1 };
        let unit: Vec<u64> = (next..next + count).collect();
        next += count;
        statements(&shared, &client, unit, &mut chance).await;
    }
}

fn xapi(request: RequestBuilder) -> RequestBuilder {
    request.basic_auth(KEY, Some(SECRET)).header("X-Experience-API-Version", "1.0.3")
}

/// Sends statements, and after a failure half the time again until they are taken.
async fn statements(shared: &Shared, client: &Client, unit: Vec<u64>, chance: &mut Chance) {
    let texts: Vec<String> = unit.iter().map(|number| text_of(*number)).collect();
    let single = unit.len() == 1;
    let body = if single { texts.concat() } else { format!("[{}]", texts.join(",")) };
    let again = chance.below(2) == 0;
    loop {
        let request = if single && unit.first().is_some_and(|number| number % 2 == 0) {
            let id = unit.first().copied().map(id_of).unwrap_or_default();
            client.put(shared.main(&format!("/xapi/statements?statementId={id}")))
        } else {
            client.post(shared.main("/xapi/statements"))
        };
        let request = xapi(request).header("Content-Type", "application/json").body(body.clone());
        match outcome(request).await {
            Told::Kept => return shared.note(|claims| claims.kept.push(unit)),
            Told::Unsure if again && shared.goes_on() => {
                tokio::time::sleep(Duration::from_millis(30)).await;
            }
            Told::Unsure => return shared.note(|claims| claims.unsure.push(unit)),
            Told::Wrong(what) => return shared.note(|claims| claims.wrong.push(what)),
        }
    }
}

async fn document(shared: &Shared, client: &Client, number: u64, chance: &mut Chance) {
    let content = chance.next();
    shared.note(|claims| claims.documents.entry(number).or_default().1.push(content));
    let path = format!(
        "/xapi/activities/state?activityId=https://activities.example/1&stateId=s{number}\
         &agent=%7B%22mbox%22:%22mailto:a@example.com%22%7D"
    );
    let request = xapi(client.put(shared.main(&path))).header("Content-Type", "text/plain");
    match outcome(request.body(content.to_string())).await {
        Told::Kept => shared.note(|claims| {
            claims.documents.insert(number, (Some(content), Vec::new()));
        }),
        Told::Unsure => {}
        Told::Wrong(what) => shared.note(|claims| claims.wrong.push(what)),
    }
}

/// What a client was told about a request.
enum Told {
    Kept,
    Unsure,
    Wrong(String),
}

async fn outcome(request: RequestBuilder) -> Told {
    let Ok(answer) = request.send().await else {
        tokio::time::sleep(Duration::from_millis(10)).await;
        return Told::Unsure;
    };
    let status = answer.status();
    if status.is_success() {
        // Acknowledged is what came through: the head of an answer is enough.
        return Told::Kept;
    }
    if status == StatusCode::SERVICE_UNAVAILABLE {
        tokio::time::sleep(Duration::from_millis(30)).await;
        return Told::Unsure;
    }
    let text = answer.text().await.unwrap_or_default();
    Told::Wrong(format!("answered with {status}: {text}"))
}
