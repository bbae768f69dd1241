//! `attestry ledger`: the keys and checkpoints of an organization's log.

use super::{Tenant, say};
use crate::config::Config;
use crate::failure::{Failure, could_not};
use crate::wiring;
use app::LedgerKey;
use clap::Subcommand;
use domain::Timestamp;

#[derive(Debug, Subcommand)]
pub(super) enum LedgerCommand {
    /// Print the verifier key that `attestry verify` and other verifiers of C2SP logs take
    Key {
        /// Earlier keys, too, with the times at which each came into force and ended
        #[arg(long)]
        all: bool,
        #[command(flatten)]
        tenant: Tenant,
    },
    /// Print a checkpoint of the log as it is now
    Checkpoint {
        #[command(flatten)]
        tenant: Tenant,
    },
    /// Put a new signing key in force, with a checkpoint signed by the old one and the new one
    Rotate {
        /// Why, for the trail
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        tenant: Tenant,
    },
}

pub(super) async fn run(config: &Config, command: LedgerCommand) -> Result<(), Failure> {
    let app = wiring::open_app(config).await?;
    match command {
        LedgerCommand::Key { all, tenant } => {
            let (_, caller) = wiring::organization(&app, &tenant.organization).await?;
            let keys = app.ledger_keys(&caller).await.map_err(could_not("read the keys"))?;
            for key in keys.iter().filter(|key| all || key.retired_at.is_none()) {
                say(&if all { with_times(key) } else { key.verifier.to_string() });
            }
        }
        LedgerCommand::Checkpoint { tenant } => {
            let (organization, _) = wiring::organization(&app, &tenant.organization).await?;
            let newest = app.newest_checkpoint(organization.id).await;
            say(&newest.map_err(could_not("sign a checkpoint"))?.note);
        }
        LedgerCommand::Rotate { reason, tenant } => {
            let (_, caller) = wiring::organization(&app, &tenant.organization).await?;
            let rotated = app.rotate_ledger_key(&caller, &reason).await;
            let (key, checkpoint) = rotated.map_err(could_not("rotate the signing key"))?;
            say(&format!("{}\n\n{}", key.verifier, checkpoint.note));
        }
    }
    Ok(())
}

fn with_times(key: &LedgerKey) -> String {
    let end = key.retired_at.map_or_else(|| "in force".to_owned(), Timestamp::millis);
    format!("{}\t{}\t{end}", key.verifier, key.created_at.millis())
}
