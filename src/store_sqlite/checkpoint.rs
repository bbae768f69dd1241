//! Moves committed pages from the write-ahead log into the database, beside the commits.

use crate::{connections::Connections, organizations::Numbers};
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
/// How long writers are kept out for readers, as a backup that may take long; then the log goes on
/// as it is for this time.
const WAIT_MAX: Duration = Duration::from_millis(20);
/// Frames that may be left to move while writers wait: 16 MiB.
const FRAMES_LEFT_MAX: i64 = 4_096;
/// How often what came meanwhile is moved too, to get below that.
const PASSES_MAX: usize = 4;

/// Starts the task; it ends when the store is gone.
pub(crate) fn start(
    options: SqliteConnectOptions,
    path: &Path,
    write: Connections,
    store: Weak<Numbers>,
) {
    let mut wal = path.as_os_str().to_owned();
    wal.push("-wal");
    tokio::spawn(run(options.busy_timeout(WAIT_MAX), PathBuf::from(wal), write, store));
}

async fn run(
    options: SqliteConnectOptions,
    wal: PathBuf,
    write: Connections,
    store: Weak<Numbers>,
) {
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
        let done = async {
            let open = match &mut connection {
                Some(open) => open,
                none => none.insert(options.connect().await?),
            };
            checkpoint(open, &write, bytes).await
        };
        if let Err(error) = done.await {
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
/// appending to a file costs more. Writers are kept out by taking their connection, in turn with
/// them: waiting for `SQLite`'s lock would never end beside commits that follow each other.
async fn checkpoint(
    connection: &mut SqliteConnection,
    write: &Connections,
    bytes: u64,
) -> Result<(), sqlx::Error> {
    for _ in 0..PASSES_MAX {
        if passive(connection).await? <= FRAMES_LEFT_MAX {
            break;
        }
    }
    let pragma = if bytes > WAL_BYTES_MAX {
        "PRAGMA wal_checkpoint(TRUNCATE)"
    } else {
        "PRAGMA wal_checkpoint(RESTART)"
    };
    let Ok(_held) = write.acquire().await else { return Ok(()) };
    sqlx::query(pragma).execute(connection).await?;
    Ok(())
}

/// Moves what there is; how many frames came meanwhile or had to stay for a reader.
async fn passive(connection: &mut SqliteConnection) -> Result<i64, sqlx::Error> {
    let pragma = "PRAGMA wal_checkpoint(PASSIVE)";
    let (_, frames, moved) =
        sqlx::query_as::<_, (i64, i64, i64)>(pragma).fetch_one(connection).await?;
    Ok(frames - moved)
}
