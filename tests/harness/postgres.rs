//! A `PostgreSQL` server of a test's own, which it may stop, freeze and kill.

use crate::process::PAUSE;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const READY_WITHIN: Duration = Duration::from_mins(1);
const STOPPED_WITHIN: Duration = Duration::from_secs(30);
/// How long memory of killed processes may be held.
const FREED_WITHIN: Duration = Duration::from_secs(10);

/// A private server with its own data folder; ends when dropped.
#[derive(Debug)]
pub struct Postgres {
    folder: TempDir,
    programs: PathBuf,
    port: u16,
}

impl Postgres {
    /// Why none can be started here.
    pub fn missing() -> Option<String> {
        if programs().is_none() {
            return Some("PostgreSQL's initdb is not installed (Debian: postgresql)".into());
        }
        // PostgreSQL refuses to run as root.
        let stranded = is_root() && !run_quietly(as_postgres(Path::new("true")).arg("--version"));
        stranded.then(|| "root cannot become the user postgres here".into())
    }

    /// Makes an empty server and starts it.
    pub async fn start() -> Self {
        let programs = programs().expect("the test asked what is missing");
        let folder = open_folder();
        let data = folder.path().join("data");
        let made = run_quietly(
            as_postgres(&programs.join("initdb"))
                .args(["-U", "attestry", "-A", "trust", "-E", "UTF8", "--locale=C", "-D"])
                .arg(&data)
                .current_dir(folder.path()),
        );
        assert!(made, "initdb failed in {}", data.display());
        Self { folder, programs, port: 0 }.on_a_free_port().await
    }

    async fn on_a_free_port(mut self) -> Self {
        for attempt in 1.. {
            self.port = free_port();
            if self.try_start().await {
                break;
            }
            // Somebody else has taken the port meanwhile.
            assert!(attempt < 5, "PostgreSQL does not start:\n{}", self.log());
        }
        self
    }

    /// Copies it into a standby that follows it, and starts that: a server of its own.
    pub async fn start_standby(&self) -> Self {
        let folder = open_folder();
        let copied = run_quietly(
            as_postgres(&self.programs.join("pg_basebackup"))
                .args(["-R", "-X", "stream", "-c", "fast", "-d", &self.url(), "-D"])
                .arg(folder.path().join("data"))
                .current_dir(folder.path()),
        );
        assert!(copied, "pg_basebackup failed:\n{}", self.log());
        Self { folder, programs: self.programs.clone(), port: 0 }.on_a_free_port().await
    }

    /// What `ATTESTRY_DATABASE_URL` has to be to use its one database.
    pub fn url(&self) -> String {
        format!("postgres://attestry@127.0.0.1:{}/postgres", self.port)
    }

    /// Ends it in order, as an operator does for an upgrade; connections are cut.
    pub async fn stop(&mut self) {
        if let Some(postmaster) = self.postmaster() {
            signal("INT", &[postmaster]);
            self.gone().await;
        }
    }

    /// Ends it and all its processes without a warning (SIGKILL), as a power cut does.
    pub async fn kill(&mut self) {
        if let Some(postmaster) = self.postmaster() {
            // Stopped first, so that it starts no more while its processes are listed.
            signal("STOP", &[postmaster]);
            let mut all = children(postmaster);
            all.push(postmaster);
            signal("KILL", &all);
            self.gone().await;
        }
    }

    /// Ends one of its processes that serve connections without a warning; the server then ends the
    /// others and recovers. False when there is none.
    pub fn kill_backend(&self, choice: usize) -> bool {
        let Some(postmaster) = self.postmaster() else { return false };
        let serves = |id: &u32| {
            let line = fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
            String::from_utf8_lossy(&line).contains("attestry postgres")
        };
        let backends: Vec<u32> = children(postmaster).into_iter().filter(serves).collect();
        let chosen = backends.get(choice % backends.len().max(1));
        chosen.is_some_and(|id| signal("KILL", &[*id]))
    }

    /// Makes it answer nothing, without closing a connection, until [`Self::thaw`].
    pub fn freeze(&self) {
        let postmaster = self.postmaster().expect("it runs");
        signal("STOP", &children(postmaster));
        signal("STOP", &[postmaster]);
    }

    /// Lets it go on.
    pub fn thaw(&self) {
        let postmaster = self.postmaster().expect("it runs");
        signal("CONT", &[postmaster]);
        signal("CONT", &children(postmaster));
    }

    /// Starts it again on its port. After a kill it refuses for as long as one of its old processes
    /// still holds the shared memory.
    pub async fn start_again(&mut self) {
        let begin = Instant::now();
        while !self.try_start().await {
            let log = self.log();
            assert!(begin.elapsed() < FREED_WITHIN, "PostgreSQL does not start again:\n{log}");
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Runs a command as its owner.
    pub async fn execute(&self, sql: &str) {
        let mut connection = PgConnection::connect(&self.url()).await.expect("it answers");
        let done = connection.execute(AssertSqlSafe(sql.to_owned())).await;
        done.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    /// The text that a query answers with, in its first column.
    pub async fn query(&self, sql: &str) -> String {
        let mut connection = PgConnection::connect(&self.url()).await.expect("it answers");
        let found = sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_one(&mut connection);
        found.await.unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// Runs a command that takes locks, in a transaction that keeps them until the connection is
    /// dropped; they are taken when this returns.
    pub async fn hold(&self, sql: &str) -> PgConnection {
        let mut connection = PgConnection::connect(&self.url()).await.expect("it answers");
        let done = connection.execute(AssertSqlSafe(format!("BEGIN; {sql}"))).await;
        done.unwrap_or_else(|error| panic!("{sql}: {error}"));
        connection
    }

    async fn try_start(&mut self) -> bool {
        let log = fs::OpenOptions::new().create(true).append(true).open(self.log_path());
        let log = log.expect("the log can be written");
        let mut child = as_postgres(&self.programs.join("postgres"))
            .arg("-D")
            .arg(self.folder.path().join("data"))
            .args(["-h", "127.0.0.1", "-p", &self.port.to_string(), "-k"])
            .arg(self.folder.path())
            .args(["-c", "max_connections=100"])
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a file has another handle"))
            .stderr(log)
            .spawn()
            .expect("the program was found");
        let begin = Instant::now();
        let started = loop {
            if PgConnection::connect(&self.url()).await.is_ok() {
                break true;
            }
            let ended = child.try_wait().expect("the process is ours").is_some();
            if ended || begin.elapsed() > READY_WITHIN {
                break false;
            }
            tokio::time::sleep(PAUSE).await;
        };
        // Collected when it ends, whoever ends it.
        std::thread::spawn(move || child.wait());
        started
    }

    /// Waits until no process is left.
    async fn gone(&self) {
        let begin = Instant::now();
        while self.postmaster().is_some() {
            assert!(begin.elapsed() < STOPPED_WITHIN, "PostgreSQL does not end:\n{}", self.log());
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// The number of its first process, while that is there.
    fn postmaster(&self) -> Option<u32> {
        let file = fs::read_to_string(self.folder.path().join("data/postmaster.pid")).ok()?;
        let id: u32 = file.lines().next()?.trim().parse().ok()?;
        parent_of(id).map(|_| id)
    }

    fn log_path(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    fn log(&self) -> String {
        fs::read_to_string(self.log_path()).unwrap_or_default()
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if let Some(postmaster) = self.postmaster() {
            let mut all = children(postmaster);
            all.push(postmaster);
            signal("KILL", &all);
        }
    }
}

/// A folder in which the server's user may write.
fn open_folder() -> TempDir {
    let folder = TempDir::with_prefix("attestry-postgres-").expect("a folder can be made");
    let open = fs::Permissions::from_mode(0o777);
    fs::set_permissions(folder.path(), open).expect("the folder is ours");
    folder
}

/// The folder of `PostgreSQL`'s programs: the newest of Debian's, or of the path.
fn programs() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").ok().into_iter().flatten();
    let number = |path: &PathBuf| -> u32 {
        let name = path.file_name().and_then(|name| name.to_str());
        name.and_then(|name| name.parse().ok()).unwrap_or(0)
    };
    let newest = versions.filter_map(|entry| Some(entry.ok()?.path())).max_by_key(number);
    let debian = newest.map(|folder| folder.join("bin"));
    let path = std::env::var_os("PATH")?;
    let known = debian.into_iter().chain(std::env::split_paths(&path));
    known.into_iter().find(|folder| folder.join("initdb").is_file())
}

fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output();
    output.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

/// The program, as a user that may run it.
fn as_postgres(program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    // Becomes the program; runuser would wait beside it, and stop when it is stopped.
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups", "--"]).arg(program);
    command
}

fn run_quietly(command: &mut Command) -> bool {
    let command = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Sends a signal to processes, each by its number.
fn signal(name: &str, ids: &[u32]) -> bool {
    // Sending a signal needs unsafe code or a crate; every shell can do it.
    let ids = ids.iter().map(ToString::to_string);
    let mut command = Command::new("sh");
    command.args(["-c", "kill -s \"$0\" \"$@\"", name]).args(ids);
    run_quietly(&mut command)
}

/// The processes that this one has started.
fn children(of: u32) -> Vec<u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    ids.filter(|id| parent_of(*id) == Some(of)).collect()
}

/// From `/proc/ID/stat`: behind the program's name in brackets, the state and the parent.
fn parent_of(id: u32) -> Option<u32> {
    let line = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    let (_, rest) = line.rsplit_once(')')?;
    rest.split_whitespace().nth(1)?.parse().ok()
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("this machine has free ports");
    listener.local_addr().expect("it is bound").port()
}
