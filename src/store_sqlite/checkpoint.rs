//! Moves committed pages from the write-ahead log into the database, beside the commits.

use crate::organizations::Numbers;
use sqlx::{ConnectOptions, Connection, SqliteConnection, sqlite::SqliteConnectOptions};
use std::{
    path::{Path, PathBuf},
    sync::Weak,
    time::Duration,
};

/// How often the log is looked at.
const EVERY: Duration = Duration::from_secs(1);
/// Below this a log is left alone.
const WAL_BYTES_MIN: u64 = 8 << 20;
/// Above this the log is cut short rather than begun again.
const WAL_BYTES_MAX: u64 = 256 << 20;
/// How long a checkpoint keeps writers out while it waits for readers, as a backup that may take
/// long; then it is given up for this time.
const WAIT_MAX: Duration = Duration::from_millis(20);

/// Starts the task; it ends when the store is gone.
pub(crate) fn start(options: SqliteConnectOptions, path: &Path, store: Weak<Numbers>) {
    let mut wal = path.as_os_str().to_owned();
    wal.push("-wal");
    tokio::spawn(run(options, PathBuf::from(wal), store));
}

async fn run(options: SqliteConnectOptions, wal: PathBuf, store: Weak<Numbers>) {
    let mut connection = None;
    loop {
        tokio::time::sleep(EVERY).await;
        if store.strong_count() == 0 {
            break;
        }
        let bytes = tokio::fs::metadata(&wal).await.map_or(0, |data| data.len());
        if bytes < WAL_BYTES_MIN {
            continue;
        }
        if let Err(error) = checkpoint(&mut connection, &options, bytes).await {
            tracing::warn!(%error, bytes, "could not checkpoint the write-ahead log");
            connection = None;
        }
    }
    if let Some(connection) = connection {
        // Nothing is left to lose when closing fails.
        let _ = connection.close().await;
    }
}

/// First moves what there is while writers go on; then the little that came meanwhile, while they
/// wait, so that the next commit begins the log again. Written over, it stays as long as it is:
/// appending to a file costs more.
async fn checkpoint(
    connection: &mut Option<SqliteConnection>,
    options: &SqliteConnectOptions,
    bytes: u64,
) -> Result<(), sqlx::Error> {
    let connection = match connection {
        Some(connection) => connection,
        none => none.insert(options.clone().busy_timeout(WAIT_MAX).connect().await?),
    };
    sqlx::query("PRAGMA wal_checkpoint(PASSIVE)").execute(&mut *connection).await?;
    let pragma = if bytes > WAL_BYTES_MAX {
        "PRAGMA wal_checkpoint(TRUNCATE)"
    } else {
        "PRAGMA wal_checkpoint(RESTART)"
    };
    sqlx::query(pragma).execute(connection).await?;
    Ok(())
}
