//! `attestry serve`: the service.

use super::{note, say};
use crate::config::{Config, LogFormat};
use crate::failure::{Failure, could_not};
use crate::system::{SystemClock, SystemEntropy};
use crate::wiring;
use app::{App, Caller, FirstStart, ImportOptions};
use domain::Causes;
use std::io::IsTerminal;
use std::net::{SocketAddr, TcpListener};
use std::num::NonZero;
use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Duration;
use store::Organization;
use tracing_subscriber::EnvFilter;
use web::{Listeners, WebSettings};

/// The organization that the first start makes.
const FIRST_ORGANIZATION: &str = "default";
/// How long it may take to commit what waits at the end: a database that hangs must not hold the
/// process for ever.
const CLOSE_WITHIN: Duration = Duration::from_secs(30);
/// How often sessions that have fallen silent are looked for.
const SWEEP_EVERY: Duration = Duration::from_secs(30);
/// How often logs that have grown get a checkpoint.
const CHECKPOINT_EVERY: Duration = Duration::from_mins(1);
/// How often results that are due are looked for.
const SEND_EVERY: Duration = Duration::from_secs(2);

pub(super) async fn run(config: &Config, warnings: &[String]) -> Result<(), Failure> {
    start_log(config)?;
    for warning in warnings {
        tracing::warn!("{warning}");
    }
    // Ports first: whoever starts a second server by mistake learns it before anything is opened.
    let main = bind(&config.listen)?;
    let content = bind(&config.content_listen)?;
    let (main_address, content_address) = (local(&main)?, local(&content)?);
    let settings = web_settings(config, main_address, content_address);
    let app = Arc::new(wiring::open_app(config).await?);
    prepare(&app, config, &settings.public_url).await?;
    let sweeping = tokio::spawn(sweep(app.clone()));
    let signing = tokio::spawn(sign(app.clone()));
    let sending = tokio::spawn(send_results(app.clone()));
    let public_url = settings.public_url.clone();
    let serving = web::serve(Listeners { main, content }, app.clone(), settings, stop_signal());
    let announcing = async {
        say(&format!("listening on http://{main_address} (main)"));
        say(&format!("listening on http://{content_address} (content)"));
        if std::io::stdout().is_terminal() {
            say(&format!("console: {public_url}"));
        }
    };
    let (served, ()) = tokio::join!(serving, announcing);
    sweeping.abort();
    signing.abort();
    sending.abort();
    // What was taken in is committed before the process ends.
    let closed = tokio::time::timeout(CLOSE_WITHIN, app.close()).await;
    served.map_err(could_not("serve"))?;
    closed.map_err(could_not("commit what waited to be written"))
}

fn start_log(config: &Config) -> Result<(), Failure> {
    let filter = EnvFilter::try_new(&config.log);
    let filter = filter.map_err(|error| Failure::usage("read the setting log", error))?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match config.log_format {
        LogFormat::Text => log.with_ansi(std::io::stderr().is_terminal()).init(),
        LogFormat::Json => {
            log.json().flatten_event(true).with_current_span(false).with_span_list(false).init();
        }
    }
    Ok(())
}

fn bind(address: &str) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).map_err(could_not(format!("listen on {address}")))
}

fn local(listener: &TcpListener) -> Result<SocketAddr, Failure> {
    listener.local_addr().map_err(could_not("learn the port"))
}

fn web_settings(config: &Config, main: SocketAddr, content: SocketAddr) -> WebSettings {
    // Cookies ignore ports: on one machine, two names make two sites.
    let by_name = format!("http://localhost:{}", main.port());
    let seen = if main.ip().is_loopback() { by_name } else { format!("http://{main}") };
    let cores = available_parallelism().map_or(1, NonZero::get);
    WebSettings {
        public_url: config.public_url.clone().unwrap_or(seen),
        content_url: config.content_url.clone().unwrap_or_else(|| format!("http://{content}")),
        frame_ancestors: config.frame_ancestors.clone(),
        xapi_default_version: config.xapi_default_version,
        xapi_cors_origins: config.xapi_cors_origins.clone(),
        xapi_queries_may_lag: config.xapi_queries_may_lag,
        package_bytes_max: config.package_bytes_max,
        request_bytes_max: config.request_bytes_max,
        workers: config.workers.unwrap_or(cores),
        failed_sign_ins_per_minute: config.failed_sign_ins_per_minute,
        requests_per_minute: config.requests_per_minute,
        trusted_proxies: config.trusted_proxies.clone(),
        metrics_token: config.metrics_token.clone(),
        drain_seconds: config.drain_seconds,
        stop_seconds: config.stop_seconds,
        clock: Arc::new(SystemClock),
        entropy: Arc::new(SystemEntropy),
    }
}

/// Makes what an empty store lacks, and the credential that the operator has chosen. Nodes that
/// start at once do it one after the other: the first one furnishes, the others find it done.
async fn prepare(app: &App, config: &Config, public_url: &str) -> Result<(), Failure> {
    let _turn = app.turn_to_begin().await.map_err(could_not("wait for nodes that start, too"))?;
    let organizations = app.organizations().await.map_err(could_not("read the organizations"))?;
    let organization = if organizations.is_empty() {
        let base = config.activity_base.as_deref().unwrap_or(public_url);
        let made = app.create_organization(FIRST_ORGANIZATION, base).await;
        made.map_err(could_not("create the first organization"))?
    } else {
        let mut all = organizations.into_iter();
        let Some(first) = all.find(|one| one.name == FIRST_ORGANIZATION) else { return Ok(()) };
        first
    };
    let furnished = app.is_furnished(&organization).await;
    if !furnished.map_err(could_not("read the first organization"))? {
        furnish(app, config, &organization, public_url).await?;
    }
    if let Some((id, secret)) = &config.credential {
        let operator = Caller::operator(organization.id);
        let seeded = app.seed_credential(&operator, id.clone(), secret).await;
        seeded.map_err(could_not(format!("make the credential {id} that the settings name")))?;
    }
    Ok(())
}

/// What a first start does with its organization, in an order that can be cut off anywhere: by the
/// sample course at the end the next start knows that the administrator's link was told.
async fn furnish(
    app: &App,
    config: &Config,
    organization: &Organization,
    public_url: &str,
) -> Result<(), Failure> {
    let password = config.admin_password.as_deref();
    let first = app.furnish_organization(organization, password, config.credential.is_none()).await;
    let first = first.map_err(could_not("create the first administrator"))?;
    say(&first_start(public_url, &first));
    import_sample(app, organization).await
}

async fn import_sample(app: &App, organization: &Organization) -> Result<(), Failure> {
    let operator = Caller::operator(organization.id);
    let mut spool = app.spool(&operator).await.map_err(could_not("import the sample course"))?;
    let zip = package::zip_of(samples::FIRST.files.iter().copied());
    spool.write(&zip).await.map_err(could_not("import the sample course"))?;
    let spooled = spool.finish().await.map_err(could_not("import the sample course"))?;
    let options = ImportOptions {
        file_name: format!("{}.zip", samples::FIRST.name),
        change_note: "comes with Attestry".to_owned(),
        ..ImportOptions::default()
    };
    app.import(&operator, spooled, options).await.map_err(could_not("import the sample course"))?;
    Ok(())
}

/// What the first start tells, once.
pub(super) fn first_start(public_url: &str, first: &FirstStart) -> String {
    let link = format!("{public_url}/sign-in/{}", first.sign_in.token.expose());
    let until = first.sign_in.expires_at.millis();
    let sign_in = format!("Sign in once, until {until}:\n  {link}\n");
    let Some(issued) = &first.credential else { return sign_in };
    let (key, secret) = (&issued.id, issued.secret.expose());
    format!(
        "{sign_in}API key pair with all scopes, shown only now:\n  key    {key}\n  secret {secret}\n"
    )
}

/// Ends sessions whose players have fallen silent.
async fn sweep(app: Arc<App>) {
    let mut timer = tokio::time::interval(SWEEP_EVERY);
    loop {
        timer.tick().await;
        match app.sweep().await {
            Ok(0) => {}
            Ok(ended) => tracing::info!(ended, "ended silent sessions"),
            Err(error) => tracing::error!(error = %Causes(&error), "failed to end silent sessions"),
        }
    }
}

/// Signs a checkpoint of every log that has grown.
async fn sign(app: Arc<App>) {
    let mut timer = tokio::time::interval(CHECKPOINT_EVERY);
    loop {
        timer.tick().await;
        match app.sign_checkpoints().await {
            Ok(0) => {}
            Ok(signed) => tracing::debug!(signed, "signed checkpoints"),
            Err(error) => tracing::error!(error = %Causes(&error), "failed to sign checkpoints"),
        }
    }
}

/// Sends the results that are due to those who launched.
async fn send_results(app: Arc<App>) {
    let mut timer = tokio::time::interval(SEND_EVERY);
    loop {
        timer.tick().await;
        match app.send_results().await {
            Ok(0) => {}
            Ok(taken) => tracing::debug!(taken, "results were taken"),
            Err(error) => tracing::error!(error = %Causes(&error), "failed to send results"),
        }
    }
}

/// Done when the operator wants the service to stop.
async fn stop_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = match signal(SignalKind::terminate()) {
        Ok(terminate) => terminate,
        Err(error) => return note(&format!("attestry: failed to wait for SIGTERM: {error}")),
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
    tracing::info!("stopping: requests under way are finished");
}
