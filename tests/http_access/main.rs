//! Nobody in, and what operators see, over HTTP: scopes, tokens, limits, organizations, secrets,
//! metrics, readiness, and stopping.

mod console;
mod erasing;
mod isolation;
mod limits;
mod operating;
mod scopes;
mod secrets;
mod tokens;

use harness::Server;
use harness::reqwest::{Method, RequestBuilder, header::HeaderMap};
use harness::serde_json::{Value, from_str, json};

const PROGRAM: &str = env!("CARGO_BIN_EXE_attestry");
const VERSION: &str = "X-Experience-API-Version";

/// A key pair.
#[derive(Debug, Clone)]
struct Key {
    id: String,
    secret: String,
}

/// What came back.
#[derive(Debug)]
struct Answer {
    status: u16,
    headers: HeaderMap,
    text: String,
}

impl Answer {
    fn json(&self) -> Value {
        from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

async fn sent(request: RequestBuilder) -> Answer {
    let answer = request.send().await.expect("it answers");
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    let bytes = answer.bytes().await.expect("the body is whole");
    Answer { status, headers, text: String::from_utf8_lossy(&bytes).into_owned() }
}

/// A server on each database there is, with these settings.
async fn servers(settings: &[(&str, &str)]) -> Vec<Server> {
    Server::start_on_each(PROGRAM, settings).await
}

/// What the command line says, which must succeed.
fn said(server: &Server, arguments: &[&str]) -> String {
    let output = server.command(arguments);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    text
}

/// The key pair among what a command printed.
fn printed_key(said: &str) -> Key {
    let word = |name: &str| {
        let line = said.lines().find_map(|line| line.trim().strip_prefix(name));
        line.unwrap_or_else(|| panic!("no {name}: {said}")).trim().to_owned()
    };
    Key { id: word("key "), secret: word("secret ") }
}

/// Key pairs with these scopes, made at the command line while the server stands still.
async fn keys(server: &mut Server, scopes: &[&str]) -> Vec<Key> {
    server.stop().await;
    let pair = |scopes: &&str| printed_key(&said(server, &["key", "create", "--scopes", scopes]));
    let pairs = scopes.iter().map(pair).collect();
    server.start_again().await;
    pairs
}

/// A request with a key pair and the version header, which only the LRS reads.
fn by(server: &Server, key: &Key, method: &Method, path: &str) -> RequestBuilder {
    let request = server.client().request(method.clone(), server.main(path));
    request.basic_auth(&key.id, Some(&key.secret)).header(VERSION, "1.0.3")
}

/// What the `OpenAPI` description knows, as methods and paths, without what asks for nobody.
async fn described(server: &Server) -> Vec<(Method, String)> {
    let document = sent(server.client().get(server.main("/api/openapi.json"))).await.json();
    let paths = document["paths"].as_object().expect("there are paths");
    let mut all = Vec::new();
    for (path, methods) in paths {
        let methods = methods.as_object().expect("a path has methods").iter();
        let asks = methods.filter(|(_, about)| about["security"] != json!([]));
        all.extend(asks.map(|(method, _)| {
            let method = method.to_uppercase().parse().expect("it is a method");
            (method, path.clone())
        }));
    }
    assert!(all.len() > 10, "{all:?}");
    all
}

/// Whether an address is one of a described path, where `{…}` stands for any part.
fn is_of(address: &str, path: &str) -> bool {
    let address = address.split('?').next().unwrap_or_default();
    let (ours, theirs): (Vec<_>, Vec<_>) =
        (address.split('/').collect(), path.split('/').collect());
    let fits = |(our, their): (&&str, &&str)| our == their || their.starts_with('{');
    ours.len() == theirs.len() && ours.iter().zip(&theirs).all(fits)
}

/// Percent-encodes every byte.
fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect::<Vec<_>>().concat()
}

fn agent(name: &str) -> Value {
    json!({"objectType": "Agent", "mbox": format!("mailto:{name}@people.example")})
}

fn statement(who: &str) -> Value {
    json!({
        "actor": agent(who),
        "verb": {"id": "http://adlnet.gov/expapi/verbs/experienced"},
        "object": {"id": "https://example.com/a"}
    })
}
