//! `attestry bench`: how much does an LRS carry on this machine?

mod own;

use super::{note, say};
use crate::failure::{Failure, could_not};
use crate::system::SystemEntropy;
use bench::{Endpoint, EndpointError, Learners, Plan, Target};
use clap::{Args, Subcommand};
use domain::Entropy;
use own::OwnServer;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Options {
    #[command(subcommand)]
    what: Option<What>,
    /// An LRS by the address before /statements, as <http://127.0.0.1:8080/xapi>; may be repeated
    /// [default: a server of its own on a temporary store, or on the database of --database-url]
    #[arg(long, value_name = "URL", requires_all = ["key", "secret"])]
    endpoint: Vec<String>,
    /// Key of the endpoint at the same place in the order
    #[arg(long, value_name = "KEY", requires = "endpoint")]
    key: Vec<String>,
    /// Secret of the endpoint at the same place in the order
    #[arg(long, value_name = "SECRET", requires = "endpoint")]
    secret: Vec<String>,
    /// Load an endpoint that is not on this machine
    #[arg(long)]
    allow_remote: bool,
    /// Version of xAPI that is spoken
    #[arg(long, default_value = "1.0.3", value_name = "VERSION")]
    xapi_version: String,
    /// Statements stored before anything is measured
    #[arg(long, default_value_t = 100_000, value_name = "COUNT")]
    prefill: u64,
    /// Those statements are stored already, by an earlier run with the same seed
    #[arg(long)]
    prefilled: bool,
    /// Seconds for each scenario
    #[arg(long, default_value_t = 5.0, value_name = "SECONDS")]
    seconds: f64,
    /// Connections of single requests; one scenario for each number
    #[arg(long, default_value = "1,16", value_delimiter = ',', value_name = "COUNTS")]
    connections: Vec<u32>,
    /// What the statements are made from
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Folder in which the temporary store is made [default: the system's]
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Let many learners take a SCORM course at once, on a server of its own
    Scorm(ScormOptions),
}

#[derive(Debug, Args)]
struct ScormOptions {
    /// Learners in the course at once
    #[arg(long, default_value_t = 200, value_name = "COUNT")]
    learners: u32,
    /// Seconds for which they learn
    #[arg(long, default_value_t = 10.0, value_name = "SECONDS")]
    seconds: f64,
    /// Seconds that each waits from one commit of 20 elements to the next
    #[arg(long, default_value_t = 1.0, value_name = "SECONDS")]
    pause: f64,
    /// Folder in which the temporary store is made [default: the system's]
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// 1 when a request was not answered as it should be.
pub(super) fn run(options: &Options, database_url: Option<String>) -> Result<ExitCode, Failure> {
    // One thread is enough for the client, and takes the least from the server beside it.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(could_not("start a thread"))?;
    runtime.block_on(async {
        tokio::select! {
            done = measure(options, database_url) => done,
            _ = tokio::signal::ctrl_c() => Err(could_not("finish")("interrupted")),
        }
    })
}

async fn measure(options: &Options, database_url: Option<String>) -> Result<ExitCode, Failure> {
    match &options.what {
        Some(What::Scorm(learners)) => teach(learners, database_url).await,
        None => load(options, database_url).await,
    }
}

async fn teach(options: &ScormOptions, database_url: Option<String>) -> Result<ExitCode, Failure> {
    let server = OwnServer::start(options.folder.as_deref(), database_url).await?;
    let plan = Learners {
        site: server.site(),
        count: options.learners,
        each: seconds("--seconds", options.seconds)?,
        pause: seconds("--pause", options.pause)?,
        nonce: nonce(),
    };
    let mut tell = |text: &str| note(text);
    let report = bench::teach(&plan, &mut tell).await.map_err(could_not("load"))?;
    server.stop().await?;
    say(&if options.json { report.json().to_string() } else { report.table() });
    Ok(ExitCode::from(u8::from(!report.is_clean())))
}

fn seconds(option: &'static str, seconds: f64) -> Result<Duration, Failure> {
    let read = Duration::try_from_secs_f64(seconds);
    read.map_err(|error| Failure::usage(format!("use {option}"), error))
}

fn nonce() -> u32 {
    let mut nonce = [0; 4];
    SystemEntropy.fill(&mut nonce);
    u32::from_le_bytes(nonce)
}

async fn load(options: &Options, database_url: Option<String>) -> Result<ExitCode, Failure> {
    let plan = plan(options)?;
    let mut own = None;
    let targets = if options.endpoint.is_empty() {
        let server = OwnServer::start(options.folder.as_deref(), database_url).await?;
        let endpoint = server.endpoint(&options.xapi_version).map_err(unusable)?;
        own = Some(server);
        vec![Target { name: "attestry".to_owned(), endpoint }]
    } else {
        if database_url.is_some() {
            let why = "an endpoint has a database already";
            return Err(Failure::usage("use --database-url with --endpoint", why));
        }
        endpoints(options).await?
    };
    let mut tell = |text: &str| note(text);
    let report = bench::run(&plan, targets, &mut tell).await.map_err(could_not("load"))?;
    if let Some(own) = own {
        own.stop().await?;
    }
    say(&if options.json { report.json().to_string() } else { report.table() });
    Ok(ExitCode::from(u8::from(!report.is_clean())))
}

fn plan(options: &Options) -> Result<Plan, Failure> {
    Ok(Plan {
        prefill: options.prefill,
        prefilled: options.prefilled,
        // An own store's database may be a named one: it must not be somebody's real one.
        empty_first: options.endpoint.is_empty() && !options.prefilled,
        each: seconds("--seconds", options.seconds)?,
        connections: options.connections.clone(),
        seed: options.seed,
        nonce: nonce(),
    })
}

async fn endpoints(options: &Options) -> Result<Vec<Target>, Failure> {
    let Options { endpoint, key, secret, .. } = options;
    if endpoint.len() != key.len() || endpoint.len() != secret.len() {
        let why = "each --endpoint needs one --key and one --secret";
        return Err(Failure::usage("match the endpoints", why));
    }
    let mut targets = Vec::with_capacity(endpoint.len());
    for ((url, key), secret) in endpoint.iter().zip(key).zip(secret) {
        let parsed = Endpoint::parse(url, key, secret, &options.xapi_version).map_err(unusable)?;
        let own = parsed.loopback_port().await.map_err(unusable)?.is_some();
        if !own && !options.allow_remote {
            let why = "it is not on this machine; --allow-remote loads it all the same";
            return Err(Failure::usage(format!("load {url}"), why));
        }
        let name = url.strip_prefix("http://").unwrap_or(url).to_owned();
        targets.push(Target { name, endpoint: parsed });
    }
    Ok(targets)
}

fn unusable(error: EndpointError) -> Failure {
    Failure::usage("use the endpoint", error)
}
