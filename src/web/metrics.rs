//! `/metrics`: what the service does, as Prometheus reads it (text exposition format 0.0.4).
//!
//! Routes are told by their pattern, so no id, organization or person is in a label, and there are
//! no more series than the program has routes, methods and statuses.

use crate::{Site, WebSettings, network::is_from_here, problem::Problem};
use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        Method, StatusCode,
        header::{self, HeaderValue},
    },
    web::Data,
};
use app::App;
use domain::{Distribution, Histogram, Sha256Digest};
use std::{
    collections::BTreeMap,
    fmt::Write,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::Duration,
};

/// Microseconds.
const REQUEST_MICROS: &[u64] = &[
    1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000,
    10_000_000,
];

/// What is counted of requests, on both origins and all workers together.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    routes: Mutex<BTreeMap<Route, Requests>>,
    in_flight: AtomicI64,
    bytes: AtomicU64,
}

/// What requests are told apart by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Route {
    site: &'static str,
    method: &'static str,
    pattern: String,
}

#[derive(Debug)]
struct Requests {
    statuses: BTreeMap<u16, u64>,
    micros: Histogram,
}

/// Counts a request as under way while it lives.
pub(crate) struct Flight<'a>(&'a Metrics);

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Metrics {
    /// A request begins.
    pub(crate) fn begin(&self) -> Flight<'_> {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        Flight(self)
    }

    /// A request was answered with so many bytes, as far as they are known.
    pub(crate) fn answered(
        &self,
        site: Site,
        request: &HttpRequest,
        status: StatusCode,
        took: Duration,
        bytes: u64,
    ) {
        let pattern = request.match_pattern().unwrap_or_else(|| "none".to_owned());
        let route = Route { site: site.name(), method: method_name(request.method()), pattern };
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        let mut routes = self.routes.lock().unwrap_or_else(PoisonError::into_inner);
        let requests = routes.entry(route).or_insert_with(|| Requests {
            statuses: BTreeMap::new(),
            micros: Histogram::new(REQUEST_MICROS),
        });
        *requests.statuses.entry(status.as_u16()).or_default() += 1;
        requests.micros.observe(u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
    }
}

/// A sender may make up methods; labels may not grow with them.
fn method_name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

/// The numbers of now, for whoever may read them.
pub(crate) async fn page(
    request: HttpRequest,
    app: Data<App>,
    metrics: Data<Metrics>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Problem> {
    check_reader(&request, &settings)?;
    let mut text = Text::default();
    requests(&mut text, &metrics);
    store(&mut text, &app);
    if let Ok(entries) = app.log_entries().await {
        let help = "Entries in the logs of all organizations together.";
        text.one("attestry_ledger_entries", "gauge", help, entries);
    }
    process(&mut text);
    let kind = "text/plain; version=0.0.4; charset=utf-8";
    Ok(HttpResponse::Ok().insert_header((header::CONTENT_TYPE, kind)).body(text.0))
}

/// With a token in the settings, whoever shows it; without one, whoever asks on this machine, not
/// through a proxy.
fn check_reader(request: &HttpRequest, settings: &WebSettings) -> Result<(), Problem> {
    let Some(token) = &settings.metrics_token else {
        if is_from_here(request) {
            return Ok(());
        }
        let detail = "metrics are read on this machine, or from elsewhere with the token that the \
                      setting metrics_token holds";
        return Err(Problem::new(StatusCode::FORBIDDEN, "forbidden", detail));
    };
    let shown = request.headers().get(header::AUTHORIZATION);
    let shown = shown.and_then(|header| header.to_str().ok()?.split_once(' '));
    let shown = shown.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    let given = Sha256Digest::of(shown.map_or("", |(_, token)| token.trim()).as_bytes());
    if app::secret::digests_match(&given, &Sha256Digest::of(token.as_bytes())) {
        return Ok(());
    }
    let challenge = HeaderValue::from_static("Bearer realm=\"attestry metrics\"");
    let detail = "show the token that the setting metrics_token holds, as a bearer token";
    Err(Problem::new(StatusCode::UNAUTHORIZED, "unauthorized", detail)
        .header(header::WWW_AUTHENTICATE, challenge))
}

/// The text as it grows.
#[derive(Default)]
struct Text(String);

impl Text {
    fn head(&mut self, name: &str, kind: &str, help: &str) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn line(&mut self, name: &str, labels: &str, value: impl std::fmt::Display) {
        let _ = if labels.is_empty() {
            writeln!(self.0, "{name} {value}")
        } else {
            writeln!(self.0, "{name}{{{labels}}} {value}")
        };
    }

    fn one(&mut self, name: &str, kind: &str, help: &str, value: impl std::fmt::Display) {
        self.head(name, kind, help);
        self.line(name, "", value);
    }

    /// The lines of a histogram; `unit` is how many of the counted units make one of the printed.
    fn histogram(&mut self, name: &str, labels: &str, values: &Distribution, unit: u32) {
        let gap = if labels.is_empty() { "" } else { "," };
        let bucket = format!("{name}_bucket");
        for (bound, count) in &values.up_to {
            let bound = in_units(*bound, unit);
            self.line(&bucket, &format!("{labels}{gap}le=\"{bound}\""), count);
        }
        self.line(&bucket, &format!("{labels}{gap}le=\"+Inf\""), values.count);
        self.line(&format!("{name}_sum"), labels, in_units(values.sum, unit));
        self.line(&format!("{name}_count"), labels, values.count);
    }
}

/// Exactly, as a decimal number without needless zeros.
fn in_units(value: u64, unit: u32) -> String {
    let unit = u64::from(unit.max(1));
    let digits = unit.ilog10() as usize;
    if digits == 0 {
        return value.to_string();
    }
    let text = format!("{}.{:0digits$}", value / unit, value % unit);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

const MICROS: u32 = 1_000_000;

/// A label's value (backslash, quote and line end are escaped).
fn quoted(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

fn requests(text: &mut Text, metrics: &Metrics) {
    let routes = metrics.routes.lock().unwrap_or_else(PoisonError::into_inner);
    let label = |route: &Route| {
        let Route { site, method, pattern } = route;
        format!("site=\"{site}\",method=\"{method}\",route=\"{}\"", quoted(pattern))
    };
    let name = "attestry_http_requests_total";
    text.head(name, "counter", "Requests answered.");
    for (route, requests) in routes.iter() {
        for (status, count) in &requests.statuses {
            text.line(name, &format!("{},status=\"{status}\"", label(route)), count);
        }
    }
    let name = "attestry_http_request_seconds";
    text.head(name, "histogram", "Time from a request's head to the head of its answer.");
    for (route, requests) in routes.iter() {
        text.histogram(name, &label(route), &requests.micros.distribution(), MICROS);
    }
    drop(routes);
    let in_flight = metrics.in_flight.load(Ordering::Relaxed);
    let help = "Requests whose answer has not begun.";
    text.one("attestry_http_requests_in_flight", "gauge", help, in_flight);
    let bytes = metrics.bytes.load(Ordering::Relaxed);
    let help = "Bytes of answers whose size was known when they began.";
    text.one("attestry_http_answer_bytes_total", "counter", help, bytes);
}

fn store(text: &mut Text, app: &App) {
    let store = app.store_activity();
    let help = "Statements stored by this process.";
    text.one("attestry_statements_stored_total", "counter", help, store.statements);
    let help = "Writes that wait or are being committed.";
    text.one("attestry_queue_requests", "gauge", help, store.queued);
    let help = "Writes that may wait; more are refused.";
    text.one("attestry_queue_requests_max", "gauge", help, store.queue_requests_max);
    let help = "Transactions of the writer that failed, so that nothing was written.";
    text.one("attestry_commit_failures_total", "counter", help, store.failures);
    let name = "attestry_commit_seconds";
    text.head(name, "histogram", "Time that a transaction of the writer took.");
    text.histogram(name, "", &store.commit_micros, MICROS);
    let name = "attestry_commit_requests";
    text.head(name, "histogram", "Writes that shared one transaction.");
    text.histogram(name, "", &store.commit_units, 1);
    let name = "attestry_database_connections";
    text.head(name, "gauge", "Connections to the database.");
    for pool in &store.pools {
        let open = usize::try_from(pool.open).unwrap_or(usize::MAX);
        let used = open.saturating_sub(pool.idle);
        for (state, count) in [("idle", pool.idle), ("used", used)] {
            text.line(name, &format!("pool=\"{}\",state=\"{state}\"", pool.name), count);
        }
    }
    let name = "attestry_database_connections_max";
    text.head(name, "gauge", "Connections that there may be.");
    for pool in &store.pools {
        text.line(name, &format!("pool=\"{}\"", pool.name), pool.most);
    }
    if let Some(replica) = store.replica {
        let help = "Whether the replica serves the reads that may lag: 1 or 0.";
        text.one("attestry_replica_serving", "gauge", help, u8::from(replica.serving));
        if let Some(lag) = replica.lag {
            let lag = in_units(u64::try_from(lag.as_micros()).unwrap_or(u64::MAX), MICROS);
            let help = "How far the replica is behind at most.";
            text.one("attestry_replica_lag_seconds", "gauge", help, lag);
        }
        let help = "Reads that the replica should have served and the database had to.";
        text.one("attestry_replica_fallbacks_total", "counter", help, replica.fallbacks);
    }
    let help = "Package bytes taken into the package store by this process.";
    text.one("attestry_package_bytes_total", "counter", help, app.package_bytes_kept());
}

/// What the system tells of this process, where there is procfs.
fn process(text: &mut Text) {
    let Ok(status) = std::fs::read_to_string("/proc/self/status") else { return };
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()?.parse::<u64>().ok()
    };
    if let Some(kib) = field("VmRSS:") {
        let help = "Memory of this process.";
        text.one("process_resident_memory_bytes", "gauge", help, kib * 1024);
    }
    if let Some(kib) = field("VmHWM:") {
        let help = "Most memory that this process has had.";
        text.one("process_resident_memory_max_bytes", "gauge", help, kib * 1024);
    }
    if let Some(threads) = field("Threads:") {
        text.one("process_threads", "gauge", "Threads of this process.", threads);
    }
    if let Ok(files) = std::fs::read_dir("/proc/self/fd") {
        text.one("process_open_fds", "gauge", "Open files of this process.", files.count());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn numbers_are_printed_exactly() {
        for (micros, seconds) in
            [(0, "0"), (1, "0.000001"), (2_500, "0.0025"), (1_000_000, "1"), (12_340_000, "12.34")]
        {
            assert_eq!(in_units(micros, MICROS), seconds);
        }
        assert_eq!(in_units(17, 1), "17");
    }

    #[test]
    fn a_histogram_has_its_buckets_sum_and_count() {
        let histogram = Histogram::new(&[1_000, 2_000]);
        histogram.observe(1_500);
        histogram.observe(9_000);
        let mut text = Text::default();
        text.histogram("h", "a=\"b\"", &histogram.distribution(), MICROS);
        let expected = "h_bucket{a=\"b\",le=\"0.001\"} 0\nh_bucket{a=\"b\",le=\"0.002\"} 1\n\
                        h_bucket{a=\"b\",le=\"+Inf\"} 2\nh_sum{a=\"b\"} 0.0105\nh_count{a=\"b\"} 2\n";
        assert_eq!(text.0, expected);
    }

    #[test]
    fn what_a_sender_makes_up_adds_no_series() {
        let metrics = Metrics::default();
        for (method, path) in [("GET", "/a"), ("GET", "/b"), ("BREW", "/c"), ("FETCH", "/d")] {
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            let request = TestRequest::default().method(method).uri(path).to_http_request();
            metrics.answered(Site::Main, &request, StatusCode::OK, Duration::ZERO, 1);
        }
        assert_eq!(metrics.routes.lock().unwrap().len(), 2, "one for GET, one for the others");
    }

    #[test]
    fn the_page_is_for_this_machine_or_for_who_has_the_token() {
        let mut settings = crate::settings::tests::settings();
        let from = |peer: &str| TestRequest::default().peer_addr(peer.parse().unwrap());
        let status = |request: TestRequest, settings: &WebSettings| {
            let checked = check_reader(&request.to_http_request(), settings);
            checked.map_or_else(|problem| problem.status().as_u16(), |()| 200)
        };
        assert_eq!(status(from("127.0.0.1:1"), &settings), 200);
        assert_eq!(status(from("192.0.2.1:1"), &settings), 403);
        settings.metrics_token = Some("sixteen characters".replace(' ', "-"));
        assert_eq!(status(from("127.0.0.1:1"), &settings), 401);
        for (header, expected) in [
            ("Bearer sixteen-characters", 200),
            ("bearer  sixteen-characters", 200),
            ("Bearer sixteen-character", 401),
            ("Basic sixteen-characters", 401),
            ("Bearer", 401),
        ] {
            let request = from("192.0.2.1:1").insert_header((header::AUTHORIZATION, header));
            assert_eq!(status(request, &settings), expected, "{header}");
        }
    }
}
