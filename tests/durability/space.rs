//! A disk that is full.

use super::{PROGRAM, assert_try_again, is_stored, put, readiness, ready_again, statement, store};
use harness::reqwest::StatusCode;
use harness::serde_json::Value;
use harness::{Backend, Postgres, Server, skip};
use std::fmt::Write;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

const LETTERS: usize = 40_000;
/// A full disk is met within so many statements.
const FULL_WITHIN: u64 = 400;

fn runs(program: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// A small file system of its own; gone when dropped.
struct SmallDisk {
    folder: TempDir,
}

impl SmallDisk {
    /// `None` where nobody may mount one.
    fn mount(mebibytes: u32) -> Option<Self> {
        let folder = TempDir::with_prefix("attestry-disk-").expect("a folder can be made");
        let options = format!("size={mebibytes}m,mode=777");
        let path = folder.path().to_str().expect("temporary folders have plain names");
        let mounted = runs("mount", &["-t", "tmpfs", "-o", &options, "attestry-test", path]);
        mounted.then_some(Self { folder })
    }

    fn path(&self) -> &str {
        self.folder.path().to_str().expect("temporary folders have plain names")
    }

    /// Takes what is left but for so many bytes; removed again, it is there again.
    fn fill(&self, but: usize) -> std::path::PathBuf {
        let ballast = self.folder.path().join("ballast");
        let mut file = fs::File::create(&ballast).expect("there is room for a name");
        let chunk = vec![0; 16 << 10];
        let mut written = 0;
        while std::io::Write::write_all(&mut file, &chunk).is_ok() {
            written += chunk.len();
        }
        file.set_len(written.saturating_sub(but) as u64).expect("a file can be cut short");
        ballast
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        runs("umount", &["-l", self.path()]);
    }
}

/// Stores statements until one is refused; its number.
async fn until_full(server: &Server) -> u64 {
    for number in 1..=FULL_WITHIN {
        let answer = store(server, number, LETTERS).await;
        if answer.status() != StatusCode::NO_CONTENT {
            assert_try_again(answer).await;
            return number;
        }
    }
    panic!("{FULL_WITHIN} statements of {LETTERS} letters fit");
}

/// Full from statement `refused` on; nothing of it is kept, and all before is.
async fn assert_full(server: &Server, refused: u64) {
    assert_eq!(readiness(server).await, StatusCode::SERVICE_UNAVAILABLE);
    let state = "/xapi/activities/state?activityId=https://a.example/1&stateId=s\
        &agent=%7B%22mbox%22:%22mailto:a@example.com%22%7D";
    let document = server.request(harness::reqwest::Method::PUT, state);
    let document = document.header("X-Experience-API-Version", "1.0.3").body("x".repeat(200_000));
    assert_try_again(document.send().await.expect("it answers")).await;
    let health = server.client().get(server.main("/healthz")).send().await.expect("it answers");
    assert_eq!(health.status(), StatusCode::OK);
    assert!(!is_stored(server, refused, LETTERS).await, "refused and kept");
    assert!(is_stored(server, refused - 1, LETTERS).await);
}

/// Room again: ready without a restart, what was refused is taken when it is sent again, once, and
/// all is there, after a restart, too.
async fn assert_recovers(server: &mut Server, refused: u64) {
    ready_again(server, Duration::from_secs(20)).await;
    for _ in 0..2 {
        let answer = store(server, refused, LETTERS).await;
        assert_eq!(answer.status(), StatusCode::NO_CONTENT);
    }
    let batch: Vec<_> = (refused + 1..refused + 20).map(|number| statement(number, 10)).collect();
    let posted = server.post("/xapi/statements").header("X-Experience-API-Version", "1.0.3");
    let posted = posted.json(&batch).send().await.expect("it answers");
    assert_eq!(posted.status(), StatusCode::OK);
    server.kill();
    server.start_again().await;
    for number in 1..=refused {
        assert!(is_stored(server, number, LETTERS).await, "statement {number} is lost");
    }
    for number in refused + 1..refused + 20 {
        assert!(is_stored(server, number, 10).await, "statement {number} is lost");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_refuses_writes_and_recovers_by_itself_on_sqlite() {
    let Some(disk) = SmallDisk::mount(12) else {
        return skip("no file system can be mounted here");
    };
    let data = [("ATTESTRY_DATA", disk.path())];
    let mut server = Server::start(PROGRAM, Backend::Sqlite, &data).await;
    assert_eq!(store(&server, 0, 10).await.status(), StatusCode::NO_CONTENT);
    let ballast = disk.fill(1 << 20);
    let refused = until_full(&server).await;
    assert_full(&server, refused).await;
    // A package finds no room, either.
    let package = server.post("/api/v1/packages").body(vec![0; 4 << 20]).send().await;
    assert_try_again(package.expect("it answers")).await;
    fs::remove_file(ballast).expect("the ballast is ours");
    assert_recovers(&mut server, refused).await;
}

/// `attestry` in a process whose files cannot grow beyond a limit that is set later, and that is
/// not ended by meeting it.
fn limited(folder: &Path) -> String {
    let path = folder.join("limited");
    let script = format!("#!/bin/sh\ntrap '' XFSZ\nexec '{PROGRAM}' \"$@\"\n");
    fs::write(&path, script).expect("the folder is ours");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("the file is ours");
    path.to_str().expect("temporary folders have plain names").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_cannot_grow_refuses_writes_and_recovers_by_itself_on_sqlite() {
    if !runs("prlimit", &["--version"]) {
        return skip("prlimit is not installed (Debian: util-linux)");
    }
    let folder = TempDir::new().expect("a folder can be made");
    let mut server = Server::start(&limited(folder.path()), Backend::Sqlite, &[]).await;
    let process = server.process_id().to_string();
    let limit = |bytes: &str| {
        let files = format!("--fsize={bytes}:unlimited");
        assert!(runs("prlimit", &["--pid", &process, &files]), "no limit could be set");
    };
    assert_eq!(store(&server, 0, 10).await.status(), StatusCode::NO_CONTENT);
    limit("3000000");
    let refused = until_full(&server).await;
    assert_full(&server, refused).await;
    limit("unlimited");
    assert_recovers(&mut server, refused).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_refuses_writes_and_recovers_by_itself_on_postgres() {
    if let Some(why) = Postgres::missing() {
        return skip(&why);
    }
    let Some(disk) = SmallDisk::mount(64) else {
        return skip("no file system can be mounted here");
    };
    let postgres = Postgres::start().await;
    // Tables on the small disk, the server's own files elsewhere: PostgreSQL survives this one.
    let place = format!("CREATE TABLESPACE small LOCATION '{}/tables'", disk.path());
    let tables = Path::new(disk.path()).join("tables");
    fs::create_dir(&tables).expect("there is room");
    fs::set_permissions(&tables, fs::Permissions::from_mode(0o777)).expect("the folder is ours");
    runs("chown", &["postgres", tables.to_str().expect("a plain name")]);
    postgres.execute(&place).await;
    postgres.execute("CREATE DATABASE small TABLESPACE small").await;
    let url = postgres.url().replace("/postgres", "/small");
    let url = url.replace("small://", "postgres://");
    let mut server =
        Server::start(PROGRAM, Backend::Sqlite, &[("ATTESTRY_DATABASE_URL", &url)]).await;
    assert_eq!(store(&server, 0, 10).await.status(), StatusCode::NO_CONTENT);
    let ballast = disk.fill(1 << 20);
    let mut refused = 0;
    for number in 1..=FULL_WITHIN {
        // Text that does not compress: PostgreSQL would keep any number of equal letters.
        let answer = put(&server, number, 0).json(&varied(number)).send().await;
        let answer = answer.expect("it answers");
        if answer.status() != StatusCode::NO_CONTENT {
            assert_try_again(answer).await;
            refused = number;
            break;
        }
    }
    assert!(refused > 0, "{FULL_WITHIN} statements of {LETTERS} letters fit");
    assert_eq!(readiness(&server).await, StatusCode::SERVICE_UNAVAILABLE);
    fs::remove_file(ballast).expect("the ballast is ours");
    ready_again(&server, Duration::from_secs(20)).await;
    let again = put(&server, refused, 0).json(&varied(refused)).send().await.expect("it answers");
    assert_eq!(again.status(), StatusCode::NO_CONTENT);
    server.kill();
    server.start_again().await;
    for number in 0..=refused {
        let path = format!("statements?statementId={}", super::id_of(number));
        let found = server.xapi(&path).send().await.expect("it answers");
        assert_eq!(found.status(), StatusCode::OK, "statement {number} is lost");
    }
}

/// A statement whose text is the digits of a simple generator.
fn varied(number: u64) -> Value {
    let mut state = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut text = String::with_capacity(LETTERS);
    while text.len() < LETTERS {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        write!(text, "{:x}", state >> 20).expect("a text takes anything");
    }
    let mut statement = statement(number, 0);
    statement["result"]["response"] = text.into();
    statement
}
