//! Connections to the file that are used again and again.
//!
//! The driver's own pool asks a connection whether it is alive before and after every use. Here a
//! connection is a thread of this process, and the question costs more than most answers.

use crate::error::failed;
use deadpool::managed::{Manager, Metrics, Object, Pool, PoolError, RecycleError, RecycleResult};
use sqlx::{ConnectOptions, Connection, SqliteConnection, sqlite::SqliteConnectOptions};
use store::{PoolActivity, StoreError};

/// A number of connections, each opened when it is first needed.
#[derive(Clone)]
pub(crate) struct Connections(Pool<Opener>);

/// A connection that goes back when it is dropped.
pub(crate) type Lent = Object<Opener>;

/// Opens connections.
pub(crate) struct Opener(SqliteConnectOptions);

impl Manager for Opener {
    type Type = SqliteConnection;
    type Error = sqlx::Error;

    async fn create(&self) -> Result<SqliteConnection, sqlx::Error> {
        self.0.connect().await
    }

    /// When the disk is full or fails, `SQLite` ends a transaction by itself; the driver then fails
    /// to, and would never begin another one on this connection.
    async fn recycle(
        &self,
        connection: &mut SqliteConnection,
        _: &Metrics,
    ) -> RecycleResult<sqlx::Error> {
        if connection.is_in_transaction() {
            // A transaction that was dropped is rolled back before this is answered.
            connection.ping().await?;
        }
        if connection.is_in_transaction() {
            return Err(RecycleError::message("a transaction was left open"));
        }
        Ok(())
    }
}

impl Connections {
    /// At most `most` connections.
    pub(crate) fn new(options: SqliteConnectOptions, most: usize) -> Self {
        let pool = Pool::builder(Opener(options)).max_size(most.max(1)).build();
        Self(pool.expect("it names no time limit, for which it would need a runtime"))
    }

    /// A connection, once one is free.
    pub(crate) async fn acquire(&self) -> Result<Lent, StoreError> {
        self.0.get().await.map_err(|error| match error {
            PoolError::Backend(error) => failed(error),
            other => StoreError::unavailable(other),
        })
    }

    /// Waits for each connection and closes it; none is opened any more.
    pub(crate) async fn close(&self) {
        for _ in 0..self.0.status().size {
            if let Ok(lent) = self.0.get().await {
                // What was committed is safe whatever closing says.
                let _ = Object::take(lent).close().await;
            }
        }
        self.0.close();
    }

    /// What they are doing.
    pub(crate) fn activity(&self, name: &'static str) -> PoolActivity {
        let status = self.0.status();
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let (open, most) = (number(status.size), number(status.max_size));
        PoolActivity { name, open, idle: status.available, most }
    }
}
