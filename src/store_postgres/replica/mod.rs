//! A replica that serves what may lag, and what happens when it cannot.

mod watch;

use crate::{
    OpenError, PostgresStore,
    error::failed,
    open::{SESSION, pool_options},
    statements::PROMISE,
};
use async_trait::async_trait;
use domain::{Causes, OrganizationId, RegistrationId, SessionId, Timestamp};
use sqlx::{AssertSqlSafe, Executor, postgres::PgConnectOptions};
use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};
use store::{
    Checkpoint, Events, LaggingReads, Ledgers, LogEntry, LoggedCall, Page, Position, Registration,
    RegistrationCursor, RegistrationFilter, Registrations, ReplicaActivity, Replicated,
    StatementFilter, Statements, StoreError, StoredStatement,
};
use tokio::{sync::watch::Receiver, task::AbortHandle};
use watch::{State, Watch};

/// What every connection to the replica sets for itself besides: nothing is written there, even if
/// it turns out to be no standby, and no read of a page takes this long.
const READ_ONLY: &str = "SET default_transaction_read_only = on; SET statement_timeout = '10s'";

/// How long a read waits for the replica before the database itself is asked.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// How long a read waits for a connection to the replica.
const CONNECTION_WITHIN: Duration = Duration::from_secs(2);

/// A replica: a physical standby of the database.
#[derive(Debug, Clone)]
pub struct ReplicaOptions {
    /// `postgres://user:password@host:port/database`: one server, not several behind one name.
    pub url: String,
    /// Further behind than this it is not read from.
    pub lag_max: Duration,
}

/// The replica of an open store.
pub(crate) struct Replica {
    /// A store that only [`Lagging`] reads from, never appended to.
    store: PostgresStore,
    states: Receiver<State>,
    watcher: AbortHandle,
    fallbacks: AtomicU64,
}

impl Replica {
    /// Looks at the replica once, and then every second; one that cannot be used now is no error.
    pub(crate) async fn open(
        options: ReplicaOptions,
        main: &PostgresStore,
        main_url: PgConnectOptions,
    ) -> Result<Self, OpenError> {
        let url: PgConnectOptions =
            options.url.parse().map_err(|source| OpenError::Replica { source })?;
        let pool = pool_options()
            .max_connections(main.pool.options().get_max_connections())
            .acquire_timeout(CONNECTION_WITHIN)
            .after_connect(|connection, _| {
                Box::pin(async move {
                    connection.execute(SESSION).await?;
                    connection.execute(READ_ONLY).await.map(|_| ())
                })
            })
            .connect_lazy_with(url.clone());
        let (states, watcher) = Watch::start(main_url, url, options.lag_max).await;
        let (numbers, writer) = (Arc::clone(&main.numbers), Arc::clone(&main.writer));
        let store = PostgresStore { pool, numbers, writer, replica: None };
        Ok(Self { store, states, watcher, fallbacks: AtomicU64::new(0) })
    }

    /// Its pool, for those who count or close connections.
    pub(crate) fn pool(&self) -> &sqlx::PgPool {
        &self.store.pool
    }

    /// What there is to tell of it.
    pub(crate) fn activity(&self) -> ReplicaActivity {
        let state = self.states.borrow();
        ReplicaActivity {
            serving: state.fault.is_none(),
            lag: state.lag,
            fallbacks: self.fallbacks.load(Ordering::Relaxed),
        }
    }

    /// What the replica answers; nothing when the database itself has to be asked. A read ends
    /// when the replica is found to be unusable meanwhile.
    async fn answer<T>(&self, read: impl Future<Output = Result<T, StoreError>>) -> Option<T> {
        let mut states = self.states.clone();
        let unusable = states.wait_for(|state| state.fault.is_some());
        let answer = tokio::select! {
            biased;
            _ = unusable => Err("it cannot be used".to_owned()),
            answer = read => answer.map_err(|error| Causes(&error).to_string()),
            () = tokio::time::sleep(ANSWER_WITHIN) => Err("it does not answer".to_owned()),
        };
        if let Err(why) = &answer {
            self.fallbacks.fetch_add(1, Ordering::Relaxed);
            tracing::debug!(why, "the database itself is read instead of the replica");
        }
        answer.ok()
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        self.watcher.abort();
    }
}

impl Replicated for PostgresStore {
    fn lagging(&self) -> Box<dyn LaggingReads + '_> {
        match &self.replica {
            Some(replica) => {
                Box::new(Lagging { main: self, replica, gave_up: AtomicBool::new(false) })
            }
            None => Box::new(self),
        }
    }
}

/// The reads of one request. Once the replica has failed it, it stays with the database itself:
/// what [`LaggingReads::consistent_through`] has promised must be in what is read afterwards.
struct Lagging<'a> {
    main: &'a PostgresStore,
    replica: &'a Replica,
    gave_up: AtomicBool,
}

impl<'a> Lagging<'a> {
    /// What the replica answers, unless it failed before.
    async fn answer<T>(&self, read: impl Future<Output = Result<T, StoreError>>) -> Option<T> {
        if self.gave_up.load(Ordering::Relaxed) {
            return None;
        }
        let answer = self.replica.answer(read).await;
        self.gave_up.store(answer.is_none(), Ordering::Relaxed);
        answer
    }

    async fn read<T, F>(&self, ask: impl Fn(&'a PostgresStore) -> F) -> Result<T, StoreError>
    where
        F: Future<Output = Result<T, StoreError>>,
    {
        match self.answer(ask(&self.replica.store)).await {
            Some(answer) => Ok(answer),
            None => ask(self.main).await,
        }
    }
}

impl PostgresStore {
    /// What the database promises, and how far its write-ahead log has come by then, in bytes:
    /// everything that was stored up to that instant is in it.
    async fn promised(&self, organization: OrganizationId) -> Result<(i64, i64), StoreError> {
        let number = self.number(organization).await?;
        let query = format!(
            "WITH promise AS MATERIALIZED ({PROMISE})
             SELECT through, (pg_current_wal_insert_lsn() - '0/0')::BIGINT FROM promise"
        );
        sqlx::query_as(AssertSqlSafe(query))
            .bind(number)
            .bind(organization.to_string())
            .fetch_one(&self.pool)
            .await
            .map_err(failed)
    }

    /// On a standby: when the last commit that it has was stored, and how much of the write-ahead
    /// log is in what it shows.
    async fn replayed(&self, organization: OrganizationId) -> Result<(i64, i64), StoreError> {
        let number = self.number(organization).await?;
        sqlx::query_as(
            "SELECT stored, (pg_last_wal_replay_lsn() - '0/0')::BIGINT
             FROM log_head WHERE organization = $1",
        )
        .bind(number)
        .fetch_one(&self.pool)
        .await
        .map_err(failed)
    }
}

#[async_trait]
impl LaggingReads for Lagging<'_> {
    async fn consistent_through(
        &self,
        organization: OrganizationId,
    ) -> Result<Timestamp, StoreError> {
        let promised = self.main.promised(organization).await;
        let replayed = self.answer(self.replica.store.replayed(organization)).await;
        let through = match (replayed, promised) {
            (Some((stored, has)), Ok((through, needed))) if has >= needed => through.max(stored),
            // It lacks something: what it has up to its last commit, it has without gaps.
            (Some((stored, _)), _) => stored,
            (None, promised) => promised?.0,
        };
        Ok(Timestamp::from_micros(through))
    }

    async fn statements(
        &self,
        organization: OrganizationId,
        filter: &StatementFilter,
    ) -> Result<Page<StoredStatement, Position>, StoreError> {
        self.read(|store| Statements::statements(store, organization, filter)).await
    }

    async fn registrations(
        &self,
        organization: OrganizationId,
        filter: &RegistrationFilter,
        limit: usize,
    ) -> Result<Page<Registration, RegistrationCursor>, StoreError> {
        self.read(|store| Registrations::registrations(store, organization, filter, limit)).await
    }

    async fn calls(
        &self,
        organization: OrganizationId,
        registration: RegistrationId,
        session: Option<SessionId>,
        after: Option<u64>,
        limit: usize,
    ) -> Result<Page<LoggedCall, u64>, StoreError> {
        self.read(|store| {
            Registrations::calls(store, organization, registration, session, after, limit)
        })
        .await
    }

    async fn entries(
        &self,
        organization: OrganizationId,
        from: Position,
        limit: usize,
    ) -> Result<Vec<LogEntry>, StoreError> {
        self.read(|store| Events::entries(store, organization, from, limit)).await
    }

    async fn checkpoints(
        &self,
        organization: OrganizationId,
        after: Option<u64>,
        limit: usize,
    ) -> Result<Page<Checkpoint, u64>, StoreError> {
        self.read(|store| Ledgers::checkpoints(store, organization, after, limit)).await
    }
}
