//! A fresh database for one test.

use crate::setting;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, SqliteConnection};
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::{process, thread};
use tokio::runtime;

/// Which database a server stores in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// The embedded one, under the data folder.
    Sqlite,
    /// The server that `ATTESTRY_TEST_POSTGRES` names.
    Postgres,
}

impl Backend {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Sqlite, Self::Postgres];

    /// Why tests with this database cannot run here.
    pub fn missing(self) -> Option<String> {
        let absent = self == Self::Postgres && setting("ATTESTRY_TEST_POSTGRES").is_none();
        absent
            .then(|| "ATTESTRY_TEST_POSTGRES names no PostgreSQL (scripts/test starts one)".into())
    }
}

/// An empty database that goes when it is dropped.
#[derive(Debug)]
pub struct Database {
    postgres: Option<Postgres>,
}

#[derive(Debug)]
struct Postgres {
    server: String,
    name: String,
}

impl Database {
    /// A new one of this kind; the embedded one is made by the server in its data folder.
    pub async fn fresh(backend: Backend) -> Self {
        let postgres = match backend {
            Backend::Sqlite => None,
            Backend::Postgres => Some(Postgres::create().await),
        };
        Self { postgres }
    }

    /// What `ATTESTRY_DATABASE_URL` has to be; `None` leaves the embedded default.
    pub fn url(&self) -> Option<String> {
        self.postgres.as_ref().map(|postgres| {
            let (server, _) = postgres.server.rsplit_once('/').expect("the URL names a database");
            format!("{server}/{}", postgres.name)
        })
    }
}

impl Database {
    /// Runs one statement; the embedded database is in the data folder.
    pub(crate) async fn change(&self, data: &Path, sql: &str) {
        if let Some(url) = self.url() {
            return execute(&url, sql.to_owned()).await;
        }
        let file = SqliteConnectOptions::new().filename(data.join("attestry.db"));
        let mut connection = SqliteConnection::connect_with(&file).await.expect("it is there");
        let done = connection.execute(AssertSqlSafe(sql.to_owned())).await;
        done.unwrap_or_else(|error| panic!("{sql}: {error}"));
        let _ = connection.close().await;
    }
}

impl Postgres {
    async fn create() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let server = setting("ATTESTRY_TEST_POSTGRES").expect("the test asked what is missing");
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("attestry_test_{}_{number}", process::id());
        execute(&server, format!("CREATE DATABASE {name}")).await;
        Self { server, name }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let (server, drop) =
            (self.server.clone(), format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name));
        // A runtime cannot be entered from inside another one: this one has its own thread.
        let thread = thread::spawn(move || {
            let runtime = runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime can be made").block_on(execute(&server, drop));
        });
        let _ = thread.join();
    }
}

async fn execute(server: &str, sql: String) {
    let mut connection = PgConnection::connect(server)
        .await
        .unwrap_or_else(|error| panic!("PostgreSQL at {server}: {error}"));
    // Safe: the only part that is not a literal is the name made above.
    if let Err(error) = connection.execute(AssertSqlSafe(sql.clone())).await {
        panic!("{sql}: {error}");
    }
    let _ = connection.close().await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_fresh_postgres_database_is_empty_and_goes_away() {
        if let Some(why) = Backend::Postgres.missing() {
            return crate::skip(&why);
        }
        let database = Database::fresh(Backend::Postgres).await;
        let url = database.url().unwrap();
        let mut connection = PgConnection::connect(&url).await.unwrap();
        let tables: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'",
        )
        .fetch_one(&mut connection)
        .await
        .unwrap();
        assert_eq!(tables, 0);
        drop(database);
        assert!(PgConnection::connect(&url).await.is_err());
    }
}
