//! Both origins on their sockets.

use crate::{
    WebSettings, api,
    compress::compress,
    console, content, ledger,
    limits::Limits,
    metrics::{self, Metrics},
    observe, play,
    problem::Problem,
    xapi,
};
use actix_web::{
    App as Service, HttpResponse, HttpServer,
    dev::{Server, ServerHandle},
    http::{KeepAlive, StatusCode},
    middleware::{NormalizePath, TrailingSlash, from_fn},
    web::{self, Data, PathConfig, ServiceConfig},
};
use app::App;
use std::{
    future::Future,
    io,
    net::TcpListener,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

/// How long an idle connection is kept: longer than proxies keep theirs, so that they never send
/// into one that is being closed.
const KEEP_ALIVE: Duration = Duration::from_secs(75);
/// How long a request's head may take to arrive.
const HEAD_WITHIN: Duration = Duration::from_secs(15);
/// Whether the service is about to stop.
#[derive(Debug, Default)]
struct Stopping(AtomicBool);

/// The sockets of the two origins, bound and listening.
#[derive(Debug)]
pub struct Listeners {
    /// Console and APIs.
    pub main: TcpListener,
    /// Player and courses.
    pub content: TcpListener,
}

/// Serves both origins until `stop` is done, then lets the requests under way finish.
pub async fn serve(
    listeners: Listeners,
    app: Arc<App>,
    settings: WebSettings,
    stop: impl Future<Output = ()>,
) -> io::Result<()> {
    let (workers, stop_within) = (settings.workers, settings.stop_seconds.into());
    let drain = Duration::from_secs(settings.drain_seconds.into());
    let (metrics, stopping) = (Data::new(Metrics::default()), Data::new(Stopping::default()));
    let (content_metrics, is_stopping) = (metrics.clone(), stopping.clone());
    let (app, settings) = (Data::from(app), Data::new(settings));
    let (main_app, main_settings) = (app.clone(), settings.clone());
    // One for all workers: each would otherwise count for itself.
    let limits =
        Data::new(Limits::new(settings.failed_sign_ins_per_minute, settings.requests_per_minute));
    let main = HttpServer::new(move || {
        Service::new()
            .app_data(main_app.clone())
            .app_data(main_settings.clone())
            .app_data(limits.clone())
            .app_data(metrics.clone())
            .app_data(stopping.clone())
            .app_data(path_config())
            .configure(main_routes)
            .default_service(web::to(nothing_here))
            // Clients join addresses carelessly: `//xapi//statements` is `/xapi/statements`.
            .wrap(from_fn(compress))
            .wrap(NormalizePath::new(TrailingSlash::MergeOnly))
            .wrap(from_fn(observe::main_site))
    });
    let main = main
        .workers(workers)
        .keep_alive(KeepAlive::Timeout(KEEP_ALIVE))
        .client_request_timeout(HEAD_WITHIN)
        .shutdown_timeout(stop_within)
        .tcp_nodelay(true)
        .disable_signals()
        .listen(listeners.main)?
        .run();
    let content = HttpServer::new(move || {
        Service::new()
            .app_data(app.clone())
            .app_data(settings.clone())
            .app_data(content_metrics.clone())
            .app_data(path_config())
            .configure(content_routes)
            .default_service(web::to(nothing_here))
            .wrap(from_fn(observe::content_site))
    });
    let content = content
        .workers(workers)
        .keep_alive(KeepAlive::Timeout(KEEP_ALIVE))
        .client_request_timeout(HEAD_WITHIN)
        .shutdown_timeout(stop_within)
        .tcp_nodelay(true)
        .disable_signals()
        .listen(listeners.content)?
        .run();
    let stop = async {
        stop.await;
        is_stopping.0.store(true, Ordering::SeqCst);
        // Whoever shares the load out learns by /readyz to send nothing more.
        tokio::time::sleep(drain).await;
    };
    run(main, content, stop).await
}

async fn run(main: Server, content: Server, stop: impl Future<Output = ()>) -> io::Result<()> {
    let handles: [ServerHandle; 2] = [main.handle(), content.handle()];
    let stopping = async {
        stop.await;
        for handle in &handles {
            // Not waited for here: both stop side by side.
            drop(handle.stop(true));
        }
        std::future::pending::<()>().await;
    };
    tokio::select! {
        ended = async { tokio::try_join!(main, content) } => ended.map(|_| ()),
        () = stopping => Ok(()),
    }
}

fn main_routes(config: &mut ServiceConfig) {
    config
        .route("/healthz", web::get().to(healthz))
        .route("/readyz", web::get().to(readyz))
        .route("/metrics", web::get().to(metrics::page))
        .configure(xapi::routes)
        .configure(api::routes)
        .configure(ledger::routes)
        .configure(console::routes);
}

fn content_routes(config: &mut ServiceConfig) {
    config
        .route("/healthz", web::get().to(healthz))
        .configure(play::routes)
        .configure(content::routes);
}

/// The process runs.
async fn healthz() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("ok")
}

/// Requests can be carried out: the database answers and packages could be kept.
async fn readyz(app: Data<App>, stopping: Data<Stopping>) -> Result<HttpResponse, Problem> {
    if stopping.0.load(Ordering::SeqCst) {
        let detail = "the service is about to stop; requests under way are finished";
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", detail));
    }
    app.ready().await.map_err(Problem::unavailable)?;
    let mut text = "ready".to_owned();
    if let Some(replica) = app.store_activity().replica {
        text.push_str(match (replica.serving, replica.lag) {
            (true, _) => "\nthe replica serves the reads that may lag",
            (false, Some(_)) => "\nthe replica is too far behind: the database serves all reads",
            (false, None) => "\nthe replica cannot be used: the database serves all reads",
        });
    }
    Ok(HttpResponse::Ok().content_type("text/plain; charset=utf-8").body(text))
}

async fn nothing_here() -> Result<HttpResponse, Problem> {
    Err(Problem::not_found())
}

/// An id in a path that is none names nothing.
fn path_config() -> PathConfig {
    PathConfig::default().error_handler(|_, _| Problem::not_found().into())
}
