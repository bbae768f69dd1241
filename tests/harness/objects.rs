//! An S3-compatible store: `moto_server` (of `PyPI`, with its extra `server`), which keeps everything in memory.

use crate::process::Process;
use crate::setting;
use reqwest::{Client, Method, Response};
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

/// Names the program when it is not found by its usual name; `no` leaves it out.
const PROGRAM: &str = "ATTESTRY_TEST_S3_SERVER";
const USUAL: &str = "moto_server";
/// The one bucket.
const BUCKET: &str = "packages";
const READY_WITHIN: Duration = Duration::from_mins(1);

/// A running store with one empty bucket.
#[derive(Debug)]
pub struct Objects {
    process: Process,
    port: u16,
    client: Client,
}

impl Objects {
    /// Why tests with such a store cannot run here.
    pub fn missing() -> Option<String> {
        let why = "no moto_server to be an S3-compatible store (scripts/test installs one)";
        program().is_none().then(|| why.to_owned())
    }

    /// Starts one on a free port.
    pub async fn start() -> Self {
        let client = Client::builder().no_proxy().build().expect("the settings are fixed");
        let (process, port) = listen(0).await;
        let store = Self { process, port, client };
        store.make_bucket().await;
        store
    }

    /// `http://127.0.0.1:PORT`.
    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The name of the bucket.
    pub fn bucket(&self) -> &'static str {
        BUCKET
    }

    /// Settings of a server that keeps its packages below `prefix` here.
    pub fn settings(&self, prefix: &str) -> Vec<(&'static str, String)> {
        vec![
            ("ATTESTRY_BLOB_URL", format!("s3://{BUCKET}/{prefix}")),
            ("ATTESTRY_S3_ENDPOINT", self.endpoint()),
            ("ATTESTRY_S3_ACCESS_KEY_ID", "key-of-the-harness".to_owned()),
            ("ATTESTRY_S3_SECRET_ACCESS_KEY", "secret-of-the-harness".to_owned()),
        ]
    }

    /// The names of all objects.
    pub async fn names(&self) -> Vec<String> {
        let listed = self.send(Method::GET, "?list-type=2").await;
        let text = listed.text().await.expect("the list is a text");
        let after = text.split("<Key>").skip(1);
        let names = after.map(|rest| rest.split("</Key>").next().unwrap_or_default().to_owned());
        names.collect()
    }

    /// How many requests of this method it has answered since its last start.
    pub fn requests(&self, method: &str) -> usize {
        let asked = format!("\"{method} /{BUCKET}");
        self.process.lines().iter().filter(|line| line.contains(&asked)).count()
    }

    /// Ends it, and with it all objects.
    pub fn stop(&mut self) {
        self.process.kill();
    }

    /// Starts it again where it was, empty.
    pub async fn start_again(&mut self) {
        self.process.kill();
        (self.process, _) = listen(self.port).await;
        self.make_bucket().await;
    }

    async fn make_bucket(&self) {
        let made = self.send(Method::PUT, "").await;
        assert!(made.status().is_success(), "the bucket was not made: {made:?}");
    }

    async fn send(&self, method: Method, query: &str) -> Response {
        let address = format!("{}/{BUCKET}{query}", self.endpoint());
        self.client.request(method, address).send().await.expect("the store answers")
    }
}

fn program() -> Option<PathBuf> {
    if let Some(named) = setting(PROGRAM) {
        return (named != "no").then(|| named.into());
    }
    let folders = setting("PATH").unwrap_or_default();
    std::env::split_paths(&folders).map(|folder| folder.join(USUAL)).find(|path| path.is_file())
}

async fn listen(port: u16) -> (Process, u16) {
    let program = program().expect("the test asked what is missing");
    let mut command = Command::new(program);
    // Without a buffer, its lines come as it writes them.
    command.args(["-H", "127.0.0.1", "-p", &port.to_string()]).env("PYTHONUNBUFFERED", "1");
    let mut process = Process::start(&mut command);
    let address = process.wait_for("the store listens", READY_WITHIN, |lines| {
        let line = lines.iter().find(|line| line.contains("Running on http://127.0.0.1:"))?;
        line.trim_end().rsplit_once(':')?.1.parse().ok()
    });
    let port = address.await;
    (process, port)
}
