//! Puts the parts together as the settings say: the one place that knows both stores.

use crate::config::{Config, Database, Packages, read_master_key};
use crate::failure::{Failure, could_not};
use crate::system::{SystemClock, SystemEntropy};
use app::secret::MasterKey;
use app::{App, Caller, Courier, Parts, ResultHosts, Settings};
use blob::{BlobStore, DiskBlobs, S3Blobs};
use courier::HttpCourier;
use domain::{Clock, Entropy, FixedClock};
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use store::archive::{ArchiveSource, ArchiveTarget};
use store::{Organization, QueueLimits, Store};
use store_postgres::{
    PostgresArchive, PostgresArchiveTarget, PostgresOptions, PostgresStore, ReplicaOptions,
};
use store_sqlite::{SqliteArchive, SqliteArchiveTarget, SqliteOptions, SqliteStore};

/// The use cases on the store and the packages that the settings name; what is missing is made.
pub async fn open_app(config: &Config) -> Result<App, Failure> {
    let folder = &config.data;
    fs::create_dir_all(folder)
        .map_err(could_not(format!("create the data folder {}", folder.display())))?;
    let (clock, entropy): (Arc<dyn Clock>, Arc<dyn Entropy>) =
        (Arc::new(SystemClock), Arc::new(SystemEntropy));
    let blobs = open_blobs(config).await?;
    let master_key = match config.master_key {
        Some(key) => key,
        None => master_key_in(folder, &*entropy)
            .map_err(could_not(format!("keep the master key in {}", folder.display())))?,
    };
    let store = open_store(config, clock.clone(), entropy.clone()).await?;
    let settings = Settings {
        master_key: MasterKey::new(master_key),
        package_limits: package::Limits {
            unpacked_bytes_max: config.unpacked_bytes_max,
            ..package::Limits::default()
        },
        media_cache: folder.join("media"),
        media_cache_bytes_max: config.media_cache_bytes_max,
        ledger_entries_public: config.ledger_entries_public,
        token_seconds_max: config.token_seconds_max,
        result_hosts: config.result_hosts.clone(),
    };
    // Whoever sends nothing needs no root certificates.
    let courier: Option<Arc<dyn Courier>> = if config.result_hosts.is_empty() {
        None
    } else {
        Some(Arc::new(HttpCourier::new().map_err(could_not("send results"))?))
    };
    Ok(App::new(Parts { store, blobs, clock, entropy, courier, settings }))
}

/// The use cases on a store of their own below `folder`, which has nothing in it yet, at the time
/// that `clock` shows.
pub async fn open_passing(folder: &Path, clock: Arc<FixedClock>) -> Result<App, Failure> {
    let entropy = Arc::new(SystemEntropy);
    let mut master_key = [0; 32];
    entropy.fill(&mut master_key);
    let store = SqliteOptions::new(folder.join("store.db"));
    let store = SqliteStore::open(store, clock.clone(), entropy.clone()).await;
    let blobs = DiskBlobs::open(folder.join("packages"), clock.now());
    Ok(App::new(Parts {
        store: Arc::new(store.map_err(could_not("open a temporary database"))?),
        blobs: Arc::new(blobs.map_err(could_not("open a temporary package store"))?),
        clock,
        entropy,
        courier: None,
        settings: Settings {
            master_key: MasterKey::new(master_key),
            package_limits: package::Limits::default(),
            media_cache: folder.join("media"),
            media_cache_bytes_max: 0,
            ledger_entries_public: false,
            token_seconds_max: 0,
            result_hosts: ResultHosts::default(),
        },
    }))
}

async fn open_store(
    config: &Config,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
) -> Result<Arc<dyn Store>, Failure> {
    let limits = QueueLimits {
        queue_requests_max: config.queue_requests_max,
        queue_bytes_max: config.queue_bytes_max,
        ..QueueLimits::default()
    };
    match &config.database {
        Database::Sqlite(path) => {
            let options = SqliteOptions { limits, ..SqliteOptions::new(path) };
            let store = SqliteStore::open(options, clock, entropy).await;
            Ok(Arc::new(store.map_err(could_not("open the database"))?))
        }
        Database::Postgres(url) => {
            let replica = config.replica.as_ref().map(|replica| ReplicaOptions {
                url: replica.url.clone(),
                lag_max: Duration::from_secs(replica.lag_seconds_max.into()),
            });
            let options = PostgresOptions { limits, replica, ..PostgresOptions::new(url) };
            let store = PostgresStore::open(options, clock, entropy).await;
            Ok(Arc::new(store.map_err(could_not("open the database"))?))
        }
    }
}

/// The packages that the settings name.
pub async fn open_blobs(config: &Config) -> Result<Arc<dyn BlobStore>, Failure> {
    let now = SystemClock.now();
    let opened: Result<Arc<dyn BlobStore>, _> = match &config.packages {
        Packages::Folder(folder) => DiskBlobs::open(folder, now).map(|disk| Arc::new(disk) as _),
        // Uploads gather where they would lie without a bucket.
        Packages::S3(options) => {
            let s3 = S3Blobs::open(options, config.data.join("packages"), now).await;
            s3.map(|s3| Arc::new(s3) as _)
        }
    };
    opened.map_err(could_not("open the package store"))
}

/// A snapshot of the store that the settings name, beside a server that has it open.
pub async fn open_archive(config: &Config) -> Result<Box<dyn ArchiveSource>, Failure> {
    let opening = "open the database";
    match &config.database {
        Database::Sqlite(path) => {
            Ok(Box::new(SqliteArchive::open(path).await.map_err(could_not(opening))?))
        }
        Database::Postgres(url) => {
            Ok(Box::new(PostgresArchive::open(url).await.map_err(could_not(opening))?))
        }
    }
}

/// The store that the settings name, to be filled; its schema is made.
pub async fn open_archive_target(config: &Config) -> Result<Box<dyn ArchiveTarget>, Failure> {
    let opening = "open the database";
    match &config.database {
        Database::Sqlite(path) => {
            Ok(Box::new(SqliteArchiveTarget::open(path).await.map_err(could_not(opening))?))
        }
        Database::Postgres(url) => {
            Ok(Box::new(PostgresArchiveTarget::open(url).await.map_err(could_not(opening))?))
        }
    }
}

/// The master key that is in force; `None` when none was made yet.
pub fn known_master_key(config: &Config) -> Result<Option<[u8; 32]>, Failure> {
    if let Some(key) = config.master_key {
        return Ok(Some(key));
    }
    let path = config.data.join(MASTER_KEY_FILE);
    let reading = || format!("read the master key {}", path.display());
    match fs::read_to_string(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        text => {
            let text = text.map_err(could_not(reading()))?;
            read_master_key(&text).map(Some).map_err(could_not(reading()))
        }
    }
}

/// Puts a master key into the data folder, where there is none; only its owner may read it.
pub fn put_master_key(config: &Config, key: [u8; 32]) -> Result<(), Failure> {
    let put = fs::create_dir_all(&config.data)
        .and_then(|()| write_master_key(&config.data.join(MASTER_KEY_FILE), key));
    put.map_err(could_not(format!("keep the master key in {}", config.data.display())))
}

const MASTER_KEY_FILE: &str = "master.key";

fn write_master_key(path: &Path, key: [u8; 32]) -> io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    // A digest prints as the hexadecimal digits that are read back.
    writeln!(file, "{}", domain::Sha256Digest::new(key))?;
    file.sync_all()
}

/// The key in the data folder, made at the first start; only its owner may read it.
fn master_key_in(folder: &Path, entropy: &dyn Entropy) -> io::Result<[u8; 32]> {
    let path = folder.join(MASTER_KEY_FILE);
    match fs::read_to_string(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        text => return read_master_key(&text?).map_err(io::Error::other),
    }
    let mut key = [0; 32];
    entropy.fill(&mut key);
    write_master_key(&path, key)?;
    Ok(key)
}

/// The organization called `name`, and the operator in it.
pub async fn organization(app: &App, name: &str) -> Result<(Organization, Caller), Failure> {
    let found = app.organization_named(name).await;
    let found = found.map_err(could_not("look for the organization"))?;
    let organization = found.ok_or_else(|| {
        Failure::usage(format!("find the organization {name:?}"), "there is none of this name")
    })?;
    let caller = Caller::operator(organization.id);
    Ok((organization, caller))
}
