//! `attestry authority`: whose statements count as grade B.

use super::{Tenant, say};
use crate::config::Config;
use crate::failure::{Failure, could_not};
use crate::wiring;
use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub(super) enum AuthorityCommand {
    /// List an authority as trusted
    Trust(Change),
    /// Take an authority off the list
    Distrust(Change),
    /// List those that are trusted
    List {
        #[command(flatten)]
        tenant: Tenant,
    },
}

#[derive(Debug, Args)]
pub(super) struct Change {
    /// The authority, as JSON of an xAPI agent or group
    #[arg(value_name = "AGENT")]
    authority: String,
    /// Why, for the trail
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    tenant: Tenant,
}

pub(super) async fn run(config: &Config, command: AuthorityCommand) -> Result<(), Failure> {
    let app = wiring::open_app(config).await?;
    let (change, is_trusted) = match command {
        AuthorityCommand::Trust(change) => (change, true),
        AuthorityCommand::Distrust(change) => (change, false),
        AuthorityCommand::List { tenant } => {
            let (_, caller) = wiring::organization(&app, &tenant.organization).await?;
            let listed = app.trusted_authorities(&caller).await;
            for one in listed.map_err(could_not("list trusted authorities"))? {
                let since = one.since.millis();
                say(&format!("{}\tsince {since}\t{}\t{}", one.authority, one.by, one.reason));
            }
            return Ok(());
        }
    };
    let (_, caller) = wiring::organization(&app, &change.tenant.organization).await?;
    let key = app.set_trust(&caller, &change.authority, is_trusted, &change.reason).await;
    let key = key.map_err(|error| match error {
        app::AppError::Invalid { .. } => Failure::usage("read the authority", error),
        error => could_not("change the list of trusted authorities")(error),
    })?;
    let state = if is_trusted { "is trusted" } else { "is not trusted" };
    say(&format!("{key} {state}"));
    Ok(())
}
