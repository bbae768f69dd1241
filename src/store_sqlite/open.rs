//! Opening the file, and what an open store holds.

use crate::{
    checkpoint, commit::Committer, connections::Connections, error::failed, organizations::Numbers,
};
use async_trait::async_trait;
use domain::{Clock, Entropy};
use sqlx::{
    Connection,
    migrate::Migrator,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use std::{
    fs::{File, OpenOptions, TryLockError},
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use store::{
    Append, AppendError, Appended, Appends, Health, QueueLimits, StoreError, TermNumbers, Turn,
    Writer,
};
use tokio::sync::Mutex;

/// Writes a mebibyte and leaves nothing: room for a few pages alone is no room.
const TRIAL: &str = "CREATE TABLE trial (bytes BLOB NOT NULL);
    INSERT INTO trial VALUES (zeroblob(1048576));
    DROP TABLE trial";

/// Memory for pages of the connection that writes. Small: `SQLite` looks through all of it at the
/// end of a transaction in which pages changed places (`balance_nonroot` numbers them for a while
/// beyond the file's end), which are most. What is not in it, the system's cache holds.
const WRITER_CACHE_KIB: u32 = 4 * 1024;

/// Memory for pages of each connection that reads; it is forgotten with each commit.
const READER_CACHE_KIB: u32 = 8 * 1024;

/// How to open a store.
#[derive(Debug, Clone)]
pub struct SqliteOptions {
    /// The database file; made when it is not there.
    pub path: PathBuf,
    /// Connections that read.
    pub readers: usize,
    /// The queue in front of the writer.
    pub limits: QueueLimits,
}

impl SqliteOptions {
    /// The usual settings for the file at `path`.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), readers: 4, limits: QueueLimits::default() }
    }
}

/// Why a store could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The file or its lock could not be opened.
    #[error("cannot open {path:?}")]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Another process has the store open.
    #[error("another process has {path:?} open")]
    InUse {
        /// Which file.
        path: PathBuf,
    },
    /// The file is not a database, or cannot be used as one.
    #[error("cannot use {path:?} as a database")]
    Database {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: sqlx::Error,
    },
    /// The schema could not be brought up to date.
    #[error("cannot migrate {path:?}")]
    Migrate {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: sqlx::migrate::MigrateError,
    },
}

/// An open store. Its background task ends when it is dropped.
pub struct SqliteStore {
    pub(crate) read: Connections,
    pub(crate) write: Connections,
    pub(crate) numbers: Arc<Numbers>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) writer: Writer,
    turn: Arc<Mutex<()>>,
    /// Held while the store is open, so that no second server writes to the file.
    _lock: File,
}

impl std::fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SqliteStore").finish_non_exhaustive()
    }
}

impl SqliteStore {
    /// Opens the file, locks it against other processes and brings its schema up to date.
    pub async fn open(
        options: SqliteOptions,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, OpenError> {
        let path = options.path.clone();
        let lock = lock(&path)?;
        let connect = connect_options(&options);
        migrate(&path, connect.clone()).await?;
        let write = Connections::new(page_cache(&connect, WRITER_CACHE_KIB), 1);
        let readers = page_cache(&connect, READER_CACHE_KIB).read_only(true);
        let read = Connections::new(readers, options.readers);
        let numbers = Arc::new(Numbers::default());
        checkpoint::start(connect, &path, write.clone(), Arc::downgrade(&numbers));
        let committer = Committer {
            write: write.clone(),
            numbers: Arc::clone(&numbers),
            terms: TermNumbers::default(),
            clock: Arc::clone(&clock),
            entropy,
        };
        let writer = Writer::start(committer, options.limits);
        let turn = Arc::default();
        Ok(Self { read, write, numbers, clock, writer, turn, _lock: lock })
    }
}

#[async_trait]
impl Appends for SqliteStore {
    async fn append(&self, append: Append) -> Result<Appended, AppendError> {
        self.writer.append(append).await
    }
}

#[async_trait]
impl Health for SqliteStore {
    /// The file's lock keeps other processes out: only those in this one wait for each other.
    async fn turn_to_begin(&self) -> Result<Turn, StoreError> {
        Ok(Turn::new(Arc::clone(&self.turn).lock_owned().await))
    }

    async fn ready(&self) -> Result<(), StoreError> {
        sqlx::query_scalar!("SELECT count(*) FROM organization")
            .fetch_one(&mut *self.read.acquire().await?)
            .await
            .map_err(failed)?;
        if self.writer.in_trouble() {
            let mut connection = self.write.acquire().await?;
            let mut transaction = connection.begin().await.map_err(failed)?;
            sqlx::raw_sql(TRIAL).execute(&mut *transaction).await.map_err(failed)?;
            transaction.commit().await.map_err(failed)?;
            self.writer.recovered();
        }
        Ok(())
    }

    async fn close(&self) {
        self.writer.close().await;
        self.read.close().await;
        self.write.close().await;
    }
}

/// The schema.
pub(crate) static MIGRATIONS: Migrator = sqlx::migrate!("../../migrations/sqlite");

pub(crate) fn connect_options(options: &SqliteOptions) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(&options.path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(10))
        .pragma("secure_delete", "ON")
        .pragma("wal_autocheckpoint", "0")
        .pragma("temp_store", "MEMORY")
}

async fn migrate(path: &Path, options: SqliteConnectOptions) -> Result<(), OpenError> {
    let database = |source| OpenError::Database { path: path.to_owned(), source };
    let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await;
    let pool = pool.map_err(database)?;
    let done = MIGRATIONS.run(&pool).await;
    pool.close().await;
    done.map_err(|source| OpenError::Migrate { path: path.to_owned(), source })
}

fn page_cache(options: &SqliteConnectOptions, kib: u32) -> SqliteConnectOptions {
    options.clone().pragma("cache_size", format!("-{kib}"))
}

pub(crate) fn lock(path: &Path) -> Result<File, OpenError> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let lock_path = PathBuf::from(name);
    let failed = |source| OpenError::File { path: lock_path.clone(), source };
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&lock_path)
        .map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse { path: path.to_owned() }),
        Err(TryLockError::Error(source)) => Err(failed(source)),
    }
}
