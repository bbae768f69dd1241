//! The commands. Exit codes: 0 done, 1 the answer is no, 2 wrong usage or unreadable input, 3
//! could not.

mod asked;
mod authority;
mod backup;
mod bench;
mod check;
mod difference;
mod erase;
mod evaluate;
mod evidence;
mod feed;
mod import;
mod ledger;
mod people;
mod replay;
mod report;
mod rerun;
mod serve;
mod upkeep;
mod verify;

use crate::config::{Config, Given};
use crate::failure::{Failure, could_not};
use clap::{Args, Parser, Subcommand};
use std::ffi::OsString;
use std::future::Future;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

/// SCORM and cmi5 player, xAPI Learning Record Store and audit engine on a tamper-evident log.
#[derive(Debug, Parser)]
#[command(name = "attestry", version, about, disable_help_subcommand = true)]
struct Arguments {
    #[command(flatten)]
    settings: SettingFlags,
    #[command(subcommand)]
    command: Option<Command>,
}

/// Settings as flags; each is a setting of `attestry.toml` and of the environment too.
#[derive(Debug, Args)]
struct SettingFlags {
    /// Settings file [default: attestry.toml, if there is one]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Folder of everything that is kept locally [default: ./data]
    #[arg(long, global = true, value_name = "DIR")]
    data: Option<String>,
    /// The database [default: a file in the data folder]
    #[arg(long, global = true, value_name = "URL")]
    database_url: Option<String>,
    /// Address of the main origin [default: 127.0.0.1:8080]
    #[arg(long, global = true, value_name = "ADDRESS")]
    listen: Option<String>,
    /// Address of the content origin [default: 127.0.0.1:8081]
    #[arg(long, global = true, value_name = "ADDRESS")]
    content_listen: Option<String>,
    /// What browsers see of the main origin, behind a proxy
    #[arg(long, global = true, value_name = "URL")]
    public_url: Option<String>,
    /// What browsers see of the content origin; may begin with a wildcard label
    #[arg(long, global = true, value_name = "URL")]
    content_url: Option<String>,
    /// Log filter [default: info]
    #[arg(long, global = true, value_name = "FILTER")]
    log: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the service (also without a command)
    Serve,
    /// Validate packages without a server
    Check(check::Options),
    /// Import packages into the store that the settings name
    Import(import::Options),
    /// API credentials
    #[command(subcommand)]
    Key(people::KeyCommand),
    /// Console users
    #[command(subcommand)]
    User(people::UserCommand),
    /// Organizations: tenants, each with its own data and ledger
    #[command(subcommand)]
    Organization(people::OrganizationCommand),
    /// Copy everything into a folder, while a server may work on it
    Backup(backup::BackupArguments),
    /// Fill an empty store from a backup, of either database
    Restore(backup::RestoreArguments),
    /// Answer the audit questions of a file with a world, without a server
    Evaluate(evaluate::Options),
    /// The completion register of a period, from the store
    Register(report::Options),
    /// Any audit report: gaps, coverage, by-control, schedule, …
    Report(report::ReportOptions),
    /// An evidence pack of a period, which `attestry verify` verifies without a server
    Evidence(evidence::Options),
    /// Erase a person: every copy of what names them, while the log stays
    Erase(erase::Options),
    /// Take a file of another system into reference data: people, users, test mails, counts
    Feed(feed::Options),
    /// Store statements of another store, which keep what it said of them as a claim
    Replay(replay::Options),
    /// Play a session file against a package: exit 0 the same, 1 some steps differ
    Rerun(rerun::Options),
    /// Authorities whose statements count as evidence of grade B
    #[command(subcommand)]
    Authority(authority::AuthorityCommand),
    /// The tamper-evident log: its verifier key, its checkpoints, a new key
    #[command(subcommand)]
    Ledger(ledger::LedgerCommand),
    /// Verify an evidence pack, a proof or a mirrored log without a server: exit 0 verified, 1 not, 2 unreadable
    Verify(verify::Options),
    /// Bring the database's schema up to date
    Migrate,
    /// Compute what is derived from statements anew
    Rebuild(upkeep::RebuildOptions),
    /// Load an LRS and tell how it did: a server of its own on a temporary store, or others
    Bench(bench::Options),
    /// Print the settings in force, secrets hidden, and warn of what is unsafe
    CheckConfig,
}

/// Which organization a command is about.
#[derive(Debug, Args)]
struct Tenant {
    /// Organization by its name
    #[arg(long, default_value = "default", value_name = "NAME")]
    organization: String,
}

/// Runs the command that `arguments` name.
pub fn main(
    arguments: impl IntoIterator<Item = OsString>,
    variables: impl IntoIterator<Item = (OsString, OsString)>,
) -> ExitCode {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help goes to stdout with 0, wrong usage to stderr with 2.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    match run(arguments, variables) {
        Ok(code) => code,
        Err(failure) => {
            let _ = writeln!(io::stderr(), "{}", failure.line());
            failure.exit_code()
        }
    }
}

fn run(
    arguments: Arguments,
    variables: impl IntoIterator<Item = (OsString, OsString)>,
) -> Result<ExitCode, Failure> {
    let Arguments { settings, command } = arguments;
    // These need no settings.
    match &command {
        Some(Command::Check(options)) => return check::run(options),
        Some(Command::Evaluate(options)) => return evaluate::run(options),
        Some(Command::Verify(options)) => return verify::run(options),
        Some(Command::Rerun(options)) => return in_runtime(rerun::run(options))?,
        _ => {}
    }
    if let Some(Command::Bench(options)) = command {
        // Settings of a file or the environment are a real server's: they are not looked at.
        return bench::run(&options, settings.database_url);
    }
    let reading = |error| Failure::usage("read the settings", error);
    let given = given(settings, variables).map_err(reading)?;
    let config = Config::new(&given).map_err(reading)?;
    let done = |outcome: Result<(), Failure>| outcome.map(|()| ExitCode::SUCCESS);
    match command.unwrap_or(Command::Serve) {
        Command::Serve => done(in_runtime(serve::run(&config, &config.warnings(&given)))?),
        Command::Check(options) => check::run(&options),
        Command::Evaluate(options) => evaluate::run(&options),
        Command::Verify(options) => verify::run(&options),
        Command::Ledger(command) => done(in_runtime(ledger::run(&config, command))?),
        Command::Bench(options) => bench::run(&options, None),
        Command::Import(options) => in_runtime(import::run(&config, &options))?,
        Command::Key(command) => done(in_runtime(people::key(&config, command))?),
        Command::User(command) => done(in_runtime(people::user(&config, command))?),
        Command::Organization(command) => done(in_runtime(people::organization(&config, command))?),
        Command::Backup(arguments) => done(in_runtime(backup::backup(&config, &arguments))?),
        Command::Restore(arguments) => in_runtime(backup::restore(&config, &arguments))?,
        Command::Register(options) => done(in_runtime(report::register(&config, &options))?),
        Command::Report(options) => done(in_runtime(report::run(&config, &options))?),
        Command::Evidence(options) => done(in_runtime(evidence::run(&config, &options))?),
        Command::Erase(options) => done(in_runtime(erase::run(&config, &options))?),
        Command::Feed(options) => in_runtime(feed::run(&config, &options))?,
        Command::Replay(options) => in_runtime(replay::run(&config, &options))?,
        Command::Rerun(options) => in_runtime(rerun::run(&options))?,
        Command::Authority(command) => done(in_runtime(authority::run(&config, command))?),
        Command::Migrate => done(in_runtime(upkeep::migrate(&config))?),
        Command::Rebuild(options) => in_runtime(upkeep::rebuild(&config, &options))?,
        Command::CheckConfig => {
            say(&Config::print(&given));
            config.warnings(&given).iter().for_each(|warning| note(&format!("warning: {warning}")));
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn given(
    flags: SettingFlags,
    variables: impl IntoIterator<Item = (OsString, OsString)>,
) -> Result<Given, crate::config::ConfigError> {
    let mut given = Given::default();
    given.read_file(flags.config.as_deref())?;
    given.read_environment(variables);
    for (name, value) in [
        ("data", flags.data),
        ("database_url", flags.database_url),
        ("listen", flags.listen),
        ("content_listen", flags.content_listen),
        ("public_url", flags.public_url),
        ("content_url", flags.content_url),
        ("log", flags.log),
    ] {
        given.set_flag(name, value);
    }
    Ok(given)
}

fn in_runtime<T>(work: impl Future<Output = T>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    Ok(runtime.map_err(could_not("start threads"))?.block_on(work))
}

/// Writes `text` and a line end to stdout, where a reader may have gone away.
fn say(text: &str) {
    let _ = writeln!(io::stdout(), "{}", text.trim_end_matches('\n'));
}

/// Writes a line to stderr.
fn note(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_commands_are_well_formed() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn no_command_serves_and_flags_go_with_every_command() {
        let plain = Arguments::try_parse_from(["attestry"]).unwrap();
        assert!(plain.command.is_none());
        let flags = Arguments::try_parse_from(["attestry", "migrate", "--data", "d"]).unwrap();
        assert_eq!(flags.settings.data.as_deref(), Some("d"));
        assert!(Arguments::try_parse_from(["attestry", "nonsense"]).is_err());
    }
}
