//! `attestry backup` and `attestry restore`.

use super::{note, say};
use crate::config::{Config, read_master_key};
use crate::failure::{Failure, could_not};
use crate::system::SystemClock;
use crate::wiring;
use app::backup::{self, BackupError, BackupOptions, Manifest};
use clap::Args;
use domain::Clock;
use std::fs;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

#[derive(Debug, Args)]
pub(super) struct BackupArguments {
    /// Folder to write; new or empty
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Leave the master key out, since it is kept elsewhere
    #[arg(long)]
    without_master_key: bool,
}

#[derive(Debug, Args)]
pub(super) struct RestoreArguments {
    /// Folder that `attestry backup` wrote
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Only check the backup, as a restore does, and write nothing
    #[arg(long)]
    check: bool,
}

/// Everything that the settings name, while a server works on it.
pub(super) async fn backup(config: &Config, arguments: &BackupArguments) -> Result<(), Failure> {
    let begin = Instant::now();
    let left_out = arguments.without_master_key;
    let master_key = if left_out { None } else { wiring::known_master_key(config)? };
    let blobs = wiring::open_blobs(config).await?;
    // The clock first: what is stored later may be in the snapshot, what is older is.
    let created_at = SystemClock.now();
    let mut source = wiring::open_archive(config).await?;
    let options = BackupOptions {
        folder: arguments.folder.clone(),
        master_key,
        created_at,
        program: format!("attestry {}", env!("CARGO_PKG_VERSION")),
    };
    let written = backup::backup(&mut *source, &*blobs, &options, &show).await;
    let manifest = written.map_err(failure("back up into", &arguments.folder))?;
    tell(&manifest, "backed up", begin);
    if manifest.master_key {
        note("the backup holds the master key: keep it where only those may read who may read all");
    }
    Ok(())
}

/// 1 when the backup is not what it says.
pub(super) async fn restore(
    config: &Config,
    arguments: &RestoreArguments,
) -> Result<ExitCode, Failure> {
    let (begin, folder) = (Instant::now(), &arguments.folder);
    if arguments.check {
        return match backup::check(folder, &show).await {
            Ok(manifest) => {
                tell(&manifest, "checked", begin);
                Ok(ExitCode::SUCCESS)
            }
            Err(error @ BackupError::Damaged { .. }) => {
                say(&error.to_string());
                Ok(ExitCode::from(1))
            }
            Err(error) => Err(failure("check", folder)(error)),
        };
    }
    let manifest = backup::read_manifest(folder).map_err(failure("restore", folder))?;
    let put = master_key_to_put(config, &manifest, folder)?;
    let blobs = wiring::open_blobs(config).await?;
    let target = wiring::open_archive_target(config).await?;
    if let Some(key) = put {
        wiring::put_master_key(config, key)?;
    }
    let restored = backup::restore(target, &*blobs, folder, &show).await;
    let manifest = restored.map_err(failure("restore", folder))?;
    tell(&manifest, "restored", begin);
    if !manifest.master_key {
        note("the backup holds no master key: set ATTESTRY_MASTER_KEY to the old one");
    }
    Ok(ExitCode::SUCCESS)
}

/// The backup's master key, when it is to be put into the data folder. Another one that is in force
/// would leave signing keys that nobody can open.
fn master_key_to_put(
    config: &Config,
    manifest: &Manifest,
    folder: &Path,
) -> Result<Option<[u8; 32]>, Failure> {
    if !manifest.master_key {
        return Ok(None);
    }
    let path = folder.join("master.key");
    let reading = || format!("read {}", path.display());
    let text = fs::read_to_string(&path).map_err(could_not(reading()))?;
    let theirs = read_master_key(&text).map_err(could_not(reading()))?;
    match wiring::known_master_key(config)? {
        None => Ok(Some(theirs)),
        Some(ours) if ours == theirs => Ok(None),
        Some(_) => {
            let problem = "another master key is in force than that of the backup";
            Err(Failure::usage(format!("restore {}", folder.display()), problem))
        }
    }
}

fn failure(doing: &str, folder: &Path) -> impl FnOnce(BackupError) -> Failure {
    let doing = format!("{doing} {}", folder.display());
    move |error| {
        let code = match &error {
            BackupError::Damaged { .. } => 1,
            BackupError::Occupied { .. } | BackupError::NotEmpty | BackupError::Unfit { .. } => 2,
            _ => 3,
        };
        Failure { code, doing, cause: Box::new(error) }
    }
}

/// A line on the terminal; nothing in a pipe.
fn show(what: &str, bytes: u64) {
    if io::stderr().is_terminal() {
        let _ = write!(io::stderr(), "\r\x1b[K{what}: {} kB", bytes / 1000);
    }
}

fn tell(manifest: &Manifest, did: &str, begin: Instant) {
    if io::stderr().is_terminal() {
        let _ = write!(io::stderr(), "\r\x1b[K");
    }
    for one in &manifest.organizations {
        say(&format!("{}: {} entries, root {}", one.name, one.size, one.root));
    }
    let rows: u64 = manifest.tables.iter().map(|table| table.rows).sum();
    let packed: u64 = manifest.tables.iter().map(|table| table.bytes).sum();
    let packages: u64 = manifest.packages.iter().map(|package| package.bytes).sum();
    say(&format!(
        "{did} {rows} rows of {} tables ({packed} bytes packed) and {} packages ({packages} bytes) \
         in {:.1} s",
        manifest.tables.len(),
        manifest.packages.len(),
        begin.elapsed().as_secs_f64()
    ));
}
