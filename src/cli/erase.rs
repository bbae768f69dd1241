//! `attestry erase`: a person's data goes, the log stays.

use super::{Tenant, note, say};
use crate::config::Config;
use crate::failure::{Failure, could_not};
use crate::wiring;
use app::{AppError, ErasureRequest};
use clap::{Args, ValueEnum};
use store::{ErasureCounts, Mentions};

#[derive(Debug, Clone, Copy, ValueEnum)]
enum MentionsArgument {
    /// Their bytes go, too
    Erase,
    /// They stay as they are
    Keep,
}

#[derive(Debug, Args)]
pub(super) struct Options {
    /// An identity of the person, as JSON of an xAPI agent; may be given several times
    #[arg(long = "actor", required = true, value_name = "AGENT")]
    actors: Vec<String>,
    /// Why, for the trail: without the person's name
    #[arg(long)]
    reason: String,
    /// Statements of others that mention the person
    #[arg(long, value_enum, default_value = "erase")]
    mentions: MentionsArgument,
    /// Erase; without it the counts alone are shown
    #[arg(long)]
    yes: bool,
    /// Leave free pages as they are; `attestry erase` of anybody cleans them later
    #[arg(long)]
    no_compact: bool,
    #[command(flatten)]
    tenant: Tenant,
}

pub(super) async fn run(config: &Config, options: &Options) -> Result<(), Failure> {
    let app = wiring::open_app(config).await?;
    let (_, caller) = wiring::organization(&app, &options.tenant.organization).await?;
    let request = ErasureRequest {
        actors: options.actors.clone(),
        mentions: match options.mentions {
            MentionsArgument::Erase => Mentions::Erase,
            MentionsArgument::Keep => Mentions::Keep,
        },
        reason: options.reason.clone(),
    };
    let failed = |error| match error {
        AppError::Invalid { .. } => Failure::usage("erase", error),
        error => could_not("erase")(error),
    };
    if !options.yes {
        tell(&app.erasure_counts(&caller, &request).await.map_err(failed)?);
        note("nothing was erased: say --yes to erase, which cannot be undone");
        return Ok(());
    }
    let erased = app.erase(&caller, &request).await.map_err(failed)?;
    tell(&erased.counts);
    let entries: Vec<String> = erased.entries.iter().map(ToString::to_string).collect();
    say(&format!("erased on {}, ledger entry {}", erased.at, entries.join(", ")));
    if !options.no_compact {
        app.compact(&caller).await.map_err(could_not("clean the database's free pages"))?;
        say("no page of the database holds it any more; backups keep what they hold");
    }
    Ok(())
}

fn tell(counts: &ErasureCounts) {
    for (count, what) in [
        (counts.statements, "statements by the person"),
        (counts.mentions, "statements that mention the person"),
        (counts.attachments, "attachments of these"),
        (counts.documents, "documents"),
        (counts.registrations, "registrations"),
        (counts.attempts, "attempts"),
        (counts.calls, "run-time calls"),
        (counts.names, "names"),
        (counts.claims, "claims"),
        (counts.users, "console users"),
        (counts.events, "events of the trail that tell of the person"),
    ] {
        say(&format!("{count:>8}  {what}"));
    }
}
