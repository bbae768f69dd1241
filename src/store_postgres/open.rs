//! Opening the database, and what an open store holds.

use crate::{
    ReplicaOptions, commit::Committer, error::failed, organizations::Numbers, replica::Replica,
};
use async_trait::async_trait;
use domain::{Clock, Entropy};
use sqlx::{
    Connection, Executor, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use std::{sync::Arc, time::Duration};
use store::{
    Append, AppendError, Appended, Appends, Health, QueueLimits, StoreError, TermNumbers, Turn,
    Writer,
};

/// What every connection sets for itself. Who waits for a lock waits for another node's commit: a
/// request should rather be refused than wait for a node that hangs, and the server ends that
/// node's transaction, so that the others can go on.
pub(crate) const SESSION: &str =
    "SET lock_timeout = '10s'; SET idle_in_transaction_session_timeout = '30s'";

/// Writes a mebibyte, and a transaction to the server's log, and leaves nothing: what a full disk,
/// a standby or a read-only server refuses.
const TRIAL: &str = "CREATE TEMPORARY TABLE trial ON COMMIT DROP AS
    SELECT repeat('x', 1000) AS bytes FROM generate_series(1, 1000)";

/// Takes the turn to begin; the number is arbitrary, and the locks of commits have others (hashes).
const TURN: &str = "SELECT pg_advisory_xact_lock(hashtextextended('the turn to begin', 0))";

/// A difference of clocks that is not worth a warning.
const CLOCKS_APART_SECONDS_MAX: u64 = 2;

/// A connection that was idle for longer is asked whether it is still there before it is used: until
/// then it was asked when it was given back.
const IDLE_MAX: Duration = Duration::from_secs(1);

/// How to open a store.
#[derive(Debug, Clone)]
pub struct PostgresOptions {
    /// `postgres://user:password@host:port/database`.
    pub url: String,
    /// Connections, the writer's one included.
    pub connections_max: u32,
    /// How long a request waits for a connection before the database counts as not available.
    pub connection_wait_max: Duration,
    /// The queue in front of the writer.
    pub limits: QueueLimits,
    /// A standby that serves what may lag.
    pub replica: Option<ReplicaOptions>,
}

impl PostgresOptions {
    /// The usual settings for the database at `url`.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            connections_max: 8,
            connection_wait_max: Duration::from_secs(5),
            limits: QueueLimits::default(),
            replica: None,
        }
    }
}

/// Why a store could not be opened. The URL holds a password, so it is not named.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The URL is not one, or the database does not answer.
    #[error("cannot connect to the database")]
    Connect {
        /// Why.
        #[source]
        source: sqlx::Error,
    },
    /// The replica's URL is not one.
    #[error("cannot read the URL of the replica")]
    Replica {
        /// Why.
        #[source]
        source: sqlx::Error,
    },
    /// The schema could not be brought up to date.
    #[error("cannot migrate the database")]
    Migrate {
        /// Why.
        #[source]
        source: sqlx::migrate::MigrateError,
    },
}

/// An open store: one node of perhaps several.
pub struct PostgresStore {
    pub(crate) pool: PgPool,
    pub(crate) numbers: Arc<Numbers>,
    pub(crate) writer: Arc<Writer>,
    pub(crate) replica: Option<Box<Replica>>,
}

impl std::fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PostgresStore").finish_non_exhaustive()
    }
}

impl PostgresStore {
    /// Connects and brings the schema up to date; of several nodes that start at once one does.
    /// Commits are dated by the database's clock, which all nodes share; `clock` is only compared
    /// with it.
    pub async fn open(
        options: PostgresOptions,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, OpenError> {
        let connect: PgConnectOptions =
            options.url.parse().map_err(|source| OpenError::Connect { source })?;
        let pool = pool_options()
            .max_connections(options.connections_max.max(2))
            .acquire_timeout(options.connection_wait_max)
            .after_connect(|connection, _| {
                Box::pin(async move { connection.execute(SESSION).await.map(|_| ()) })
            })
            .connect_with(connect.clone())
            .await
            .map_err(|source| OpenError::Connect { source })?;
        sqlx::migrate!("../../migrations/postgres")
            .run(&pool)
            .await
            .map_err(|source| OpenError::Migrate { source })?;
        let numbers = Arc::new(Numbers::default());
        let committer = Committer {
            pool: pool.clone(),
            numbers: Arc::clone(&numbers),
            terms: TermNumbers::default(),
            entropy,
        };
        let writer = Arc::new(Writer::start(committer, options.limits));
        compare_clocks(&pool, &*clock).await;
        let mut store = Self { pool, numbers, writer, replica: None };
        if let Some(replica) = options.replica {
            store.replica = Some(Box::new(Replica::open(replica, &store, connect).await?));
        }
        Ok(store)
    }
}

/// What all pools share: a question before each use would cost as much as most answers.
pub(crate) fn pool_options() -> PgPoolOptions {
    PgPoolOptions::new().test_before_acquire(false).before_acquire(|connection, used| {
        Box::pin(async move {
            // One that is gone is replaced, and that is not worth a warning.
            Ok(used.idle_for <= IDLE_MAX || connection.ping().await.is_ok())
        })
    })
}

/// Says when the clock of this node, by which links and sessions end, is not the database's.
async fn compare_clocks(pool: &PgPool, clock: &dyn Clock) {
    let asked: Result<i64, _> =
        sqlx::query_scalar("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::BIGINT")
            .fetch_one(pool)
            .await;
    if let Ok(theirs) = asked {
        let apart = clock.now().micros().abs_diff(theirs) / 1_000_000;
        if apart > CLOCKS_APART_SECONDS_MAX {
            tracing::warn!(seconds = apart, "this node's clock is not the database's");
        }
    }
}

#[async_trait]
impl Appends for PostgresStore {
    async fn append(&self, append: Append) -> Result<Appended, AppendError> {
        self.writer.append(append).await
    }
}

#[async_trait]
impl Health for PostgresStore {
    /// A lock of a transaction: it ends with the node's connection, and when the transaction has
    /// been idle for too long (`SESSION`).
    async fn turn_to_begin(&self) -> Result<Turn, StoreError> {
        let mut transaction = self.pool.begin().await.map_err(failed)?;
        transaction.execute(TURN).await.map_err(failed)?;
        Ok(Turn::new(transaction))
    }

    async fn ready(&self) -> Result<(), StoreError> {
        sqlx::query_scalar!("SELECT count(*) FROM organization")
            .fetch_one(&self.pool)
            .await
            .map_err(failed)?;
        if self.writer.in_trouble() {
            sqlx::query(TRIAL).execute(&self.pool).await.map_err(failed)?;
            self.writer.recovered();
        }
        Ok(())
    }

    async fn close(&self) {
        self.writer.close().await;
        if let Some(replica) = &self.replica {
            replica.pool().close().await;
        }
        self.pool.close().await;
    }
}
