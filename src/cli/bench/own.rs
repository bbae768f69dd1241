//! A server of this very program, on a store that goes with it.

use crate::failure::{Failure, could_not};
use crate::system::SystemEntropy;
use bench::{Endpoint, EndpointError, Site};
use domain::Entropy;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

const READY_WITHIN: Duration = Duration::from_mins(1);
const STOPPED_WITHIN: Duration = Duration::from_secs(30);

/// A running server; killed when dropped.
pub(super) struct OwnServer {
    child: Child,
    origin: String,
    key: String,
    secret: String,
    _data: TempDir,
    _output: Lines<BufReader<ChildStdout>>,
}

impl OwnServer {
    /// Starts it on free ports, with its files below `folder`.
    pub(super) async fn start(
        folder: Option<&Path>,
        database_url: Option<String>,
    ) -> Result<Self, Failure> {
        let folder = folder.map_or_else(std::env::temp_dir, Path::to_owned);
        let data = TempDir::with_prefix_in("attestry-bench-", folder);
        let data = data.map_err(could_not("make a temporary folder"))?;
        let (key, secret) = (format!("bench-{}", random_text(6)), random_text(16));
        let program = std::env::current_exe().map_err(could_not("find this program"))?;
        let mut command = Command::new(program);
        command.arg("serve").current_dir(data.path());
        for (name, _) in std::env::vars_os() {
            if name.to_str().is_some_and(|name| name.starts_with("ATTESTRY_")) {
                command.env_remove(name);
            }
        }
        command
            .env("ATTESTRY_DATA", data.path())
            .env("ATTESTRY_LISTEN", "127.0.0.1:0")
            .env("ATTESTRY_CONTENT_LISTEN", "127.0.0.1:0")
            .env("ATTESTRY_API_KEY", &key)
            .env("ATTESTRY_API_SECRET", &secret)
            .env("ATTESTRY_LOG", "warn")
            .env("ATTESTRY_REQUESTS_PER_MINUTE", "0")
            .envs(database_url.map(|url| ("ATTESTRY_DATABASE_URL", url)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        let mut child = command.spawn().map_err(could_not("start a server"))?;
        let output = child.stdout.take().expect("stdout is piped");
        let mut output = BufReader::new(output).lines();
        let origin = tokio::time::timeout(READY_WITHIN, main_origin(&mut output)).await;
        let origin = origin.ok().flatten().ok_or_else(|| {
            could_not("start a server")(format!("it does not listen within {READY_WITHIN:?}"))
        })?;
        Ok(Self { child, origin, key, secret, _data: data, _output: output })
    }

    pub(super) fn endpoint(&self, version: &str) -> Result<Endpoint, EndpointError> {
        Endpoint::parse(&format!("{}/xapi", self.origin), &self.key, &self.secret, version)
    }

    pub(super) fn site(&self) -> Site {
        let Self { origin, key, secret, .. } = self;
        Site { origin: origin.clone(), key: key.clone(), secret: secret.clone() }
    }

    /// Stops it as an operator does, so that a database that stays is left in order.
    pub(super) async fn stop(mut self) -> Result<(), Failure> {
        let id = self.child.id().map(|id| id.to_string()).unwrap_or_default();
        // Sending a signal needs unsafe code or a crate; every shell can do it.
        let sent = Command::new("sh").args(["-c", "kill -s TERM \"$0\"", &id]).status().await;
        sent.map_err(could_not("stop the server"))?;
        let ended = tokio::time::timeout(STOPPED_WITHIN, self.child.wait()).await;
        ended.map_err(could_not("stop the server"))?.map_err(could_not("stop the server"))?;
        Ok(())
    }
}

/// The address in `listening on http://127.0.0.1:8080 (main)`.
async fn main_origin(output: &mut Lines<BufReader<ChildStdout>>) -> Option<String> {
    while let Ok(Some(line)) = output.next_line().await {
        let address =
            line.strip_prefix("listening on ").and_then(|line| line.strip_suffix(" (main)"));
        if let Some(address) = address {
            return Some(address.to_owned());
        }
    }
    None
}

fn random_text(bytes: usize) -> String {
    let mut random = vec![0; bytes];
    SystemEntropy.fill(&mut random);
    random.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
