//! Whether a replica can be read from, and how far it is behind.

use crate::error::failed;
use domain::Causes;
use sqlx::{ConnectOptions, PgConnection, postgres::PgConnectOptions};
use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};
use tokio::{
    sync::watch::{self, Receiver, Sender},
    task::AbortHandle,
};

/// How often both servers are looked at.
const EVERY: Duration = Duration::from_secs(1);
/// How long a server may take to answer.
const WITHIN: Duration = Duration::from_secs(2);
/// Marks that are kept: ten minutes of them.
const MARKS_MAX: usize = 600;

/// Where the database's log is, its time in microseconds, and which database it is.
const LOOK_AT_MAIN: &str = "SELECT (pg_current_wal_flush_lsn() - '0/0')::BIGINT,
    (extract(epoch FROM clock_timestamp()) * 1000000)::BIGINT,
    (SELECT system_identifier FROM pg_control_system()),
    (SELECT oid::BIGINT FROM pg_database WHERE datname = current_database())";

/// Whether it is a standby, how much of the log it has replayed, when the last transaction of that
/// was committed, in microseconds, and which database it is.
const LOOK_AT_REPLICA: &str = "SELECT pg_is_in_recovery(),
    (pg_last_wal_replay_lsn() - '0/0')::BIGINT,
    (extract(epoch FROM pg_last_xact_replay_timestamp()) * 1000000)::BIGINT,
    (SELECT system_identifier FROM pg_control_system()),
    (SELECT oid::BIGINT FROM pg_database WHERE datname = current_database())";
/// Its row: whether it is a standby, how far it has replayed, when the last commit was that it has,
/// the cluster and the database.
type OfReplica = (bool, Option<i64>, Option<i64>, i64, i64);

/// What is known of a replica.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct State {
    /// Why it is not read from, if it is not.
    pub(super) fault: Option<Fault>,
    /// How far it is behind at most.
    pub(super) lag: Option<Duration>,
}

/// Why a replica is not read from.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Fault {
    /// It does not answer.
    #[error("it does not answer: {0}")]
    Silent(String),
    /// It is a server of its own, perhaps since it was promoted.
    #[error("it is no standby")]
    NoStandby,
    /// It replays another database.
    #[error("it is not a standby of this database")]
    Foreign,
    /// It is too far behind.
    #[error("it is {0} s behind, and {1} s are allowed")]
    Behind(u64, u64),
    /// It is behind, and nothing tells how far.
    #[error("it is not known how far it is behind")]
    Unknown,
}

impl Fault {
    /// Whether the other is of the same kind, so that it is no news.
    fn is_like(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }
}

/// Which database a server holds: the cluster and the database in it.
type Identity = (i64, i64);

/// Where the database's log was at which instants of this node, oldest first.
#[derive(Debug, Default)]
struct Marks {
    waiting: VecDeque<(Instant, i64)>,
    /// When the log was where the replica has come to.
    reached: Option<Instant>,
}

impl Marks {
    fn add(&mut self, at: Instant, log: i64) {
        if self.waiting.len() == MARKS_MAX {
            self.waiting.pop_front();
        }
        self.waiting.push_back((at, log));
    }

    /// How old the state is at most that a replica shows which has replayed this much; `None` when
    /// no mark tells.
    fn lag(&mut self, now: Instant, replayed: i64) -> Option<Duration> {
        while let Some((at, _)) = self.waiting.pop_front_if(|(_, log)| *log <= replayed) {
            self.reached = Some(at);
        }
        if self.waiting.is_empty() {
            return self.reached.map(|_| Duration::ZERO);
        }
        self.reached.map(|at| now.saturating_duration_since(at))
    }
}

/// Looks at both servers from time to time, on connections of its own.
pub(super) struct Watch {
    main: Server,
    replica: Server,
    lag_max: Duration,
    marks: Marks,
    /// Which database it is, and its time at an instant of this node, once it has answered.
    known: Option<(Identity, i64, Instant)>,
}

impl Watch {
    /// Looks once, and goes on in the background until the handle is aborted.
    pub(super) async fn start(
        main: PgConnectOptions,
        replica: PgConnectOptions,
        lag_max: Duration,
    ) -> (Receiver<State>, AbortHandle) {
        let mut watch = Self {
            main: Server::new(main),
            replica: Server::new(replica),
            lag_max,
            marks: Marks::default(),
            known: None,
        };
        let first = watch.look().await;
        tell(None, &first);
        let (states, receiver) = watch::channel(first);
        let task = tokio::spawn(async move { watch.go_on(&states).await });
        (receiver, task.abort_handle())
    }

    async fn go_on(&mut self, states: &Sender<State>) {
        loop {
            tokio::time::sleep(EVERY).await;
            let next = self.look().await;
            tell(Some(&states.borrow()), &next);
            states.send_replace(next);
        }
    }

    async fn look(&mut self) -> State {
        // A database that does not answer leaves its replica as it was.
        if let Ok(found) = self.main.ask::<(i64, i64, i64, i64)>(LOOK_AT_MAIN).await {
            let (log, time, cluster, database) = found;
            let now = Instant::now();
            self.marks.add(now, log);
            self.known = Some(((cluster, database), time, now));
        }
        let found = match self.replica.ask::<OfReplica>(LOOK_AT_REPLICA).await {
            Ok(found) => found,
            Err(why) => return State { fault: Some(Fault::Silent(why)), lag: None },
        };
        let (standby, replayed, committed, cluster, database) = found;
        let fault = |fault| State { fault: Some(fault), lag: None };
        let Some(replayed) = replayed.filter(|_| standby) else { return fault(Fault::NoStandby) };
        let now = Instant::now();
        let Some((identity, time, at)) = self.known else { return fault(Fault::Unknown) };
        if identity != (cluster, database) {
            return fault(Fault::Foreign);
        }
        let since_commit = committed.map(|committed| {
            let micros = u64::try_from(time.saturating_sub(committed)).unwrap_or(0);
            Duration::from_micros(micros) + now.saturating_duration_since(at)
        });
        // Both are bounds from above.
        let lag = [self.marks.lag(now, replayed), since_commit].into_iter().flatten().min();
        let Some(lag) = lag else { return fault(Fault::Unknown) };
        let behind = Fault::Behind(lag.as_secs(), self.lag_max.as_secs());
        State { fault: (lag > self.lag_max).then_some(behind), lag: Some(lag) }
    }
}

/// Says what is news to whoever runs the node.
fn tell(before: Option<&State>, now: &State) {
    match (before.map(|state| &state.fault), &now.fault) {
        (Some(Some(before)), Some(fault)) if before.is_like(fault) => {}
        (_, Some(fault)) => tracing::warn!(
            why = %fault,
            "the replica cannot be used; the database itself serves all reads"
        ),
        (None | Some(Some(_)), None) => {
            tracing::info!("the replica serves the reads that may lag");
        }
        (Some(None), None) => {}
    }
}

/// A server and the connection on which it is looked at.
struct Server {
    options: PgConnectOptions,
    connection: Option<PgConnection>,
}

impl Server {
    fn new(options: PgConnectOptions) -> Self {
        Self { options, connection: None }
    }

    /// The one row of a query; or why there is none, for people.
    async fn ask<Row>(&mut self, query: &'static str) -> Result<Row, String>
    where
        Row: for<'row> sqlx::FromRow<'row, sqlx::postgres::PgRow> + Send + Unpin,
    {
        // Taken out, so that one that has failed or was left waiting is not used again.
        let connection = self.connection.take();
        let asked = async {
            let mut connection = match connection {
                Some(connection) => connection,
                None => self.options.connect().await?,
            };
            let row = sqlx::query_as(query).fetch_one(&mut connection).await?;
            Ok((connection, row))
        };
        match tokio::time::timeout(WITHIN, asked).await {
            Ok(Ok((connection, row))) => {
                self.connection = Some(connection);
                Ok(row)
            }
            Ok(Err(error)) => Err(Causes(&failed(error)).to_string()),
            Err(_) => Err(format!("nothing within {} s", WITHIN.as_secs())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replica_is_as_old_as_the_last_mark_that_it_reached() {
        let begin = Instant::now();
        let after = |seconds| begin + Duration::from_secs(seconds);
        let mut marks = Marks::default();
        assert_eq!(marks.lag(begin, 100), None, "nothing is known");
        marks.add(begin, 100);
        assert_eq!(marks.lag(begin, 99), None, "it may be behind for long");
        assert_eq!(marks.lag(begin, 100), Some(Duration::ZERO));
        for second in 1..=5 {
            marks.add(after(second), 100 + 10 * i64::try_from(second).unwrap());
        }
        assert_eq!(marks.lag(after(5), 119), Some(Duration::from_secs(4)));
        assert_eq!(marks.lag(after(6), 149), Some(Duration::from_secs(2)));
        assert_eq!(marks.lag(after(60), 150), Some(Duration::ZERO), "nothing more was written");
    }

    #[test]
    fn marks_do_not_pile_up() {
        let now = Instant::now();
        let mut marks = Marks::default();
        (0..5_000).for_each(|log| marks.add(now, log));
        assert_eq!(marks.waiting.len(), MARKS_MAX);
    }
}
