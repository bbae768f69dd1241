//! Schema and projections.

use super::say;
use crate::config::Config;
use crate::failure::{Failure, could_not};
use crate::wiring;
use clap::Args;
use std::process::ExitCode;

/// Opening a store brings its schema up to date.
pub(super) async fn migrate(config: &Config) -> Result<(), Failure> {
    wiring::open_app(config).await?;
    say("the schema is up to date");
    Ok(())
}

#[derive(Debug, Args)]
pub(super) struct RebuildOptions {
    /// Only compare with what is stored, and change nothing
    #[arg(long)]
    check: bool,
}

/// 1 when a check finds a difference, or a ledger does not hang together: tiles are computed anew,
/// but what was signed and is gone cannot be.
pub(super) async fn rebuild(
    config: &Config,
    options: &RebuildOptions,
) -> Result<ExitCode, Failure> {
    let app = wiring::open_app(config).await?;
    let (mut records, mut words, mut facts, mut broken) = (0, 0, 0, 0);
    let organizations = app.organizations().await.map_err(could_not("list organizations"))?;
    for organization in organizations {
        let found = app.rebuild_records(organization.id, !options.check).await;
        let found = found.map_err(could_not(format!("rebuild {}", organization.name)))?;
        records += found.len();
        for id in found {
            say(&format!("{}\tregistration {id}", organization.name));
        }
        let found = app.rebuild_vocabulary(organization.id, !options.check).await;
        let found = found.map_err(could_not(format!("rebuild {}", organization.name)))?;
        words += found.len();
        for text in found {
            say(&format!("{}\tdefinition or names of {text}", organization.name));
        }
        let found = app.rebuild_facts(organization.id, !options.check).await;
        let found = found.map_err(could_not(format!("rebuild {}", organization.name)))?;
        facts += found.len();
        for position in found {
            say(&format!("{}\tcompletion fact of the statement at {position}", organization.name));
        }
        let faults = app.check_ledger(organization.id, !options.check).await;
        let faults =
            faults.map_err(could_not(format!("check the ledger of {}", organization.name)))?;
        broken += faults.len();
        for fault in faults {
            say(&format!("{}\tledger: {fault}", organization.name));
        }
    }
    let did = if options.check { "differ" } else { "were corrected" };
    say(&format!("{records} registrations, {words} definitions and names of agents {did}"));
    say(&format!("{facts} completion facts {did}"));
    say(&format!("{broken} faults in the ledgers"));
    let differs = options.check && records + words + facts > 0;
    Ok(ExitCode::from(u8::from(broken > 0 || differs)))
}
