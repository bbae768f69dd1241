//! The real binary, on free ports.

use crate::process::Process;
use crate::{Backend, Database};
use reqwest::{Client, Method, RequestBuilder, redirect};
use std::path::Path;
use std::process::{Command, ExitStatus, Output};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The seed credential's name, with all scopes (`ATTESTRY_API_KEY`).
pub const KEY: &str = "test-key";
/// Its secret (`ATTESTRY_API_SECRET`).
pub const SECRET: &str = "test-secret-of-the-harness";

const READY_WITHIN: Duration = Duration::from_secs(30);
const STOPPED_WITHIN: Duration = Duration::from_secs(15);

/// A running `attestry serve` with its own data folder and database.
#[derive(Debug)]
pub struct Server {
    process: Process,
    program: String,
    settings: Vec<(String, String)>,
    origins: [String; 2],
    ready_in: Duration,
    client: Client,
    data: TempDir,
    database: Database,
}

impl Server {
    /// Starts `program` (`env!("CARGO_BIN_EXE_attestry")`) on an empty store and waits until both
    /// origins listen. `settings` are environment variables on top of the harness's own.
    pub async fn start(program: &str, backend: Backend, settings: &[(&str, &str)]) -> Self {
        Self::start_after(program, backend, settings, |_| {}).await
    }

    /// As [`Self::start`], one on each database there is; says which there is not.
    pub async fn start_on_each(program: &str, settings: &[(&str, &str)]) -> Vec<Self> {
        let mut all = Vec::new();
        for backend in Backend::ALL {
            match backend.missing() {
                Some(why) => crate::skip(&why),
                None => all.push(Self::start(program, backend, settings).await),
            }
        }
        all
    }

    /// As [`Self::start`], after `prepare` has worked on the empty store with the environment that
    /// the server will have: a restore does.
    pub async fn start_after(
        program: &str,
        backend: Backend,
        settings: &[(&str, &str)],
        prepare: impl FnOnce(&[(String, String)]),
    ) -> Self {
        let data = TempDir::with_prefix("attestry-test-").expect("a temporary folder can be made");
        let database = Database::fresh(backend).await;
        let mut all = vec![
            ("ATTESTRY_DATA".to_owned(), path_text(data.path())),
            ("ATTESTRY_LISTEN".to_owned(), "127.0.0.1:0".to_owned()),
            ("ATTESTRY_CONTENT_LISTEN".to_owned(), "127.0.0.1:0".to_owned()),
            ("ATTESTRY_API_KEY".to_owned(), KEY.to_owned()),
            ("ATTESTRY_API_SECRET".to_owned(), SECRET.to_owned()),
        ];
        all.extend(database.url().map(|url| ("ATTESTRY_DATABASE_URL".to_owned(), url)));
        all.extend(settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        prepare(&all);
        let (process, origins, ready_in) = listen(program, &all, data.path()).await;
        let client = Client::builder().no_proxy().redirect(redirect::Policy::none()).build();
        Self {
            process,
            program: program.to_owned(),
            settings: all,
            origins,
            ready_in,
            client: client.expect("the client's settings are fixed"),
            data,
            database,
        }
    }

    /// The address of `path` on the main origin (console and APIs).
    pub fn main(&self, path: &str) -> String {
        format!("{}{path}", self.origins[0])
    }

    /// The address of `path` on the content origin (player and courses).
    pub fn content(&self, path: &str) -> String {
        format!("{}{path}", self.origins[1])
    }

    /// Changes the database behind the back of the server, which should stand still.
    pub async fn change(&self, sql: &str) {
        self.database.change(self.data.path(), sql).await;
    }

    /// Where it keeps everything.
    pub fn data(&self) -> &Path {
        self.data.path()
    }

    /// The environment it runs with: what a command needs to work on the same store.
    pub fn settings(&self) -> &[(String, String)] {
        &self.settings
    }

    /// From the start of the process until both origins listened.
    pub fn ready_in(&self) -> Duration {
        self.ready_in
    }

    /// A client without credentials that follows no redirect.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// A request to the main origin with the seed credential.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, self.main(path)).basic_auth(KEY, Some(SECRET))
    }

    /// A GET with the seed credential.
    pub fn get(&self, path: &str) -> RequestBuilder {
        self.request(Method::GET, path)
    }

    /// A POST with the seed credential.
    pub fn post(&self, path: &str) -> RequestBuilder {
        self.request(Method::POST, path)
    }

    /// A GET of the LRS with the seed credential and the version header.
    pub fn xapi(&self, path: &str) -> RequestBuilder {
        self.get(&format!("/xapi/{path}")).header("X-Experience-API-Version", "1.0.3")
    }

    /// A command of the same program with the same settings; one that opens an embedded store
    /// needs the server stopped.
    pub fn command(&self, arguments: &[&str]) -> Output {
        let mut command = command(&self.program, &self.settings, self.data.path());
        command.args(arguments).output().expect("the program starts")
    }

    /// What it has logged since its last start.
    pub fn log(&self) -> Vec<String> {
        self.process.lines()
    }

    /// The number of its process.
    pub fn process_id(&self) -> u32 {
        self.process.id()
    }

    /// Stops it as an operator does (SIGTERM), and says how it ended; panics when it does not end
    /// in time.
    pub async fn stop(&mut self) -> ExitStatus {
        let status = self.process.terminate(STOPPED_WITHIN).await;
        let log = || self.log().join("\n");
        status.unwrap_or_else(|| panic!("did not stop within {STOPPED_WITHIN:?}:\n{}", log()))
    }

    /// Ends it without a warning (SIGKILL), as a power cut does.
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// Starts it again on the same store and ports, after [`Self::stop`] or [`Self::kill`].
    pub async fn start_again(&mut self) {
        self.process.kill();
        for (name, origin) in
            ["ATTESTRY_LISTEN", "ATTESTRY_CONTENT_LISTEN"].iter().zip(&self.origins)
        {
            let (_, port) = origin.rsplit_once(':').expect("the origin has a port");
            self.settings.retain(|(setting, _)| setting != name);
            self.settings.push(((*name).to_owned(), format!("127.0.0.1:{port}")));
        }
        let before = self.origins.clone();
        let again = listen(&self.program, &self.settings, self.data.path()).await;
        (self.process, self.origins, self.ready_in) = again;
        assert_eq!(before, self.origins, "the same settings gave other origins");
    }
}

async fn listen(
    program: &str,
    settings: &[(String, String)],
    folder: &Path,
) -> (Process, [String; 2], Duration) {
    let begin = Instant::now();
    let mut process = Process::start(command(program, settings, folder).arg("serve"));
    let origins = process
        .wait_for("both origins listened", READY_WITHIN, |lines| {
            Some([origin(lines, "(main)")?, origin(lines, "(content)")?])
        })
        .await;
    (process, origins, begin.elapsed())
}

fn command(program: &str, settings: &[(String, String)], folder: &Path) -> Command {
    let mut command = Command::new(program);
    // The folder has no attestry.toml, and the caller's own settings must not reach the test.
    command.current_dir(folder).env("NO_COLOR", "1");
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(|name| name.starts_with("ATTESTRY_")) {
            command.env_remove(name);
        }
    }
    command.envs(settings.iter().map(|(name, value)| (name, value)));
    command
}

/// The address in `listening on http://127.0.0.1:8080 (main)`.
fn origin(lines: &[String], which: &str) -> Option<String> {
    let line = lines.iter().find(|line| line.contains("listening on ") && line.contains(which))?;
    let (_, address) = line.split_once("listening on ")?;
    let address = address.split_whitespace().next()?;
    Some(address.trim_end_matches('/').to_owned())
}

fn path_text(path: &Path) -> String {
    path.to_str().expect("temporary folders have plain names").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    /// A stand-in for the binary that prints what it was told and waits.
    fn stand_in(folder: &Path) -> String {
        let path = folder.join("stand-in");
        let script = "#!/bin/sh\n\
            echo \"INFO listening on http://127.0.0.1:4001/ (main)\"\n\
            echo \"INFO listening on http://127.0.0.1:4002 (content)\" >&2\n\
            echo \"data $ATTESTRY_DATA listen $ATTESTRY_LISTEN extra $ATTESTRY_EXTRA\"\n\
            trap 'exit 0' TERM\n\
            while :; do sleep 0.05; done\n";
        fs::write(&path, script).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path_text(&path)
    }

    #[tokio::test]
    async fn a_server_is_found_by_its_log_and_restarts_on_its_ports() {
        let folder = TempDir::new().unwrap();
        let program = stand_in(folder.path());
        let mut server = Server::start(&program, Backend::Sqlite, &[("ATTESTRY_EXTRA", "7")]).await;
        assert_eq!(server.main("/healthz"), "http://127.0.0.1:4001/healthz");
        assert_eq!(server.content("/play"), "http://127.0.0.1:4002/play");
        server.stop().await;
        server.start_again().await;
        let data = path_text(server.data());
        let said = format!("data {data} listen 127.0.0.1:4001 extra 7");
        server
            .process
            .wait_for("settings", READY_WITHIN, |lines| lines.contains(&said).then_some(()))
            .await;
    }

    #[tokio::test]
    #[should_panic(expected = "before both origins listened")]
    async fn a_server_that_ends_at_once_fails_the_test_with_its_log() {
        Server::start("false", Backend::Sqlite, &[]).await;
    }
}
