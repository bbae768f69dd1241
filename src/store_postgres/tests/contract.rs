//! The contract of every store, on `PostgreSQL`: `ATTESTRY_TEST_POSTGRES` names a server where
//! databases may be made.

use async_trait::async_trait;
use domain::{Entropy, FixedClock};
use sqlx::{Connection, Executor, PgConnection};
use std::{collections::BTreeSet, sync::Arc};
use store::{
    Store,
    testkit::{Harness, contract, measure_facts, random_operations, seed},
};
use store_postgres::{PostgresOptions, PostgresStore};

/// A database of its own on the test server.
struct Database {
    server: String,
    name: String,
}

/// The test server's URL; a line says when there is none, and with `CI` that is a failure.
#[expect(clippy::print_stdout, reason = "a test that is skipped says so")]
fn server() -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "tests are configured by the environment")]
    let (server, ci) = (std::env::var("ATTESTRY_TEST_POSTGRES"), std::env::var("CI"));
    if server.is_err() {
        println!("skipped: ATTESTRY_TEST_POSTGRES names no PostgreSQL server");
        assert!(ci.as_deref() != Ok("true"), "PostgreSQL is required where CI=true");
    }
    server.ok()
}

impl Database {
    async fn make(server: String, name: &str) -> Self {
        let name = format!("attestry_{name}_{}", std::process::id());
        let mut connection = PgConnection::connect(&server).await.expect("the test server answers");
        let sql = sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"));
        connection.execute(sql).await.expect("the test server answers");
        Self { server, name }
    }

    /// The server's URL with this database in place of its own.
    fn url(&self) -> String {
        let (base, _) = self.server.rsplit_once('/').expect("the URL names a database");
        format!("{base}/{}", self.name)
    }

    async fn remove(self) {
        let mut connection =
            PgConnection::connect(&self.server).await.expect("the test server answers");
        let sql = sqlx::AssertSqlSafe(format!("DROP DATABASE {} WITH (FORCE)", self.name));
        connection.execute(sql).await.expect("the test server answers");
    }
}

#[async_trait]
impl Harness for Database {
    async fn open(&self, clock: Arc<FixedClock>, entropy: Arc<dyn Entropy>) -> Arc<dyn Store> {
        let options = PostgresOptions::new(self.url());
        Arc::new(
            PostgresStore::open(options, clock, entropy).await.expect("the test server answers"),
        )
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_keeps_the_contract() {
    let Some(server) = server() else { return };
    let database = Database::make(server, "contract").await;
    contract(&database, seed(None)).await;
    database.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_answers_as_the_model_does() {
    let Some(server) = server() else { return };
    let database = Database::make(server, "random").await;
    random_operations(&database, seed(None), 150).await;
    database.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "measures for minutes; docs/guide/measuring.md"]
async fn postgres_reads_many_facts() {
    let Some(server) = server() else { return };
    let database = Database::make(server, "facts").await;
    measure_facts(&database, 10_000, 1_000_000).await;
    database.remove().await;
}

/// The tables and columns that a migration makes, from its text.
fn columns(sql: &str) -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    let mut table = None;
    for line in sql.lines() {
        let words: Vec<_> = line.split_whitespace().collect();
        match (&table, words.as_slice()) {
            (_, ["CREATE", "TABLE", name, ..]) => table = Some((*name).to_owned()),
            (_, [first, ..]) if first.starts_with(')') => table = None,
            (Some(table), [column, ..])
                if line.starts_with("    ")
                    && column.starts_with(|c: char| c.is_ascii_lowercase()) =>
            {
                found.insert((table.clone(), (*column).to_owned()));
            }
            _ => {}
        }
    }
    found
}

#[test]
fn both_databases_have_the_same_tables_and_columns() {
    let sqlite = columns(include_str!("../../../migrations/sqlite/0001_store.sql"));
    let postgres = columns(include_str!("../../../migrations/postgres/0001_store.sql"));
    assert!(sqlite.len() > 100, "the migrations are not read any more");
    assert_eq!(sqlite, postgres);
}
