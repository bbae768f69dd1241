//! What the tests here share.

use harness::Server;
use harness::reqwest::{Method, RequestBuilder};
use harness::serde_json::{Value, from_slice, json};
use std::process::{Command, Output};

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_attestry");

/// A server on each database there is.
pub(crate) async fn servers() -> Vec<Server> {
    Server::start_on_each(PROGRAM, &[]).await
}

/// The status and the body, JSON or null, of an answer.
pub(crate) async fn answer(request: RequestBuilder) -> (u16, Value) {
    let answer = request.send().await.expect("it answers");
    let status = answer.status().as_u16();
    let body = answer.bytes().await.expect("the body is whole");
    (status, from_slice(&body).unwrap_or_default())
}

/// A GET of the JSON API that succeeds.
pub(crate) async fn get(server: &Server, path: &str) -> Value {
    let (status, body) = answer(server.get(path)).await;
    assert_eq!(status, 200, "{path}: {body}");
    body
}

/// A request to the LRS by xAPI 1.0.3.
pub(crate) fn xapi(server: &Server, method: Method, path: &str) -> RequestBuilder {
    server.request(method, &format!("/xapi/{path}")).header("X-Experience-API-Version", "1.0.3")
}

/// A statement by `who` with an id made of `number`.
pub(crate) fn statement(number: u32, who: &str, verb: &str, what: &str) -> Value {
    json!({
        "id": id(number),
        "actor": {"name": format!("{who} Person"), "mbox": format!("mailto:{who}@people.example")},
        "verb": {"id": format!("http://adlnet.gov/expapi/verbs/{verb}")},
        "object": {"id": format!("https://example.com/{what}")},
    })
}

/// The id of the statement made with `number`.
pub(crate) fn id(number: u32) -> String {
    format!("0f000000-0000-4000-8000-{number:012x}")
}

/// A command of the program on the store that `settings` name.
pub(crate) fn command_with(settings: &[(String, String)], arguments: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    command.args(arguments).current_dir(std::env::temp_dir()).env("NO_COLOR", "1");
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(|name| name.starts_with("ATTESTRY_")) {
            command.env_remove(name);
        }
    }
    command.envs(settings.iter().map(|(name, value)| (name, value)));
    command
}

/// Runs a command of the program on the store of a server.
pub(crate) fn command(server: &Server, arguments: &[&str]) -> Output {
    command_with(server.settings(), arguments).output().expect("the program runs")
}

/// The output of a command that must succeed.
pub(crate) fn succeeds(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{:?}\n{text}\n{errors}", output.status);
    text
}
