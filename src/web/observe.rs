//! The outermost layer of each origin: request ids, security headers, problems rendered for
//! whoever asked, and one access log line a request.

use crate::{
    Site, WebSettings, console,
    log::{is_request_id, redact},
    metrics::Metrics,
    play,
    problem::Problem,
};
use actix_web::{
    Error, HttpMessage, HttpRequest, HttpResponse,
    body::{BodySize, BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::header::{self, HeaderMap, HeaderName, HeaderValue},
    middleware::Next,
    web::Data,
};
use std::time::Instant;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");
const AGENT_CLUSTER: HeaderName = HeaderName::from_static("origin-agent-cluster");
const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// Who a request turned out to come from, for the access log.
pub(crate) struct KnownAs(pub(crate) String);

/// Wraps every request of the main origin.
pub(crate) async fn main_site(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    observe(Site::Main, request, next).await
}

/// Wraps every request of the content origin.
pub(crate) async fn content_site(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    observe(Site::Content, request, next).await
}

async fn observe(
    site: Site,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let began = Instant::now();
    let settings = request.app_data::<Data<WebSettings>>().cloned();
    let settings = settings.expect("every origin is built with its settings");
    let metrics = request.app_data::<Data<Metrics>>().cloned();
    let metrics = metrics.expect("every origin is built with its metrics");
    let under_way = metrics.begin();
    let id = request_id(&request, &settings);
    // The request cannot be held meanwhile: routing writes into it.
    let response = next.call(request).await?.map_into_boxed_body();
    drop(under_way);
    let mut response = render_problem(site, response, &id);
    let path = response.request().path().to_owned();
    let headers = response.headers_mut();
    protect(site, &settings, &path, headers);
    if let Ok(id) = HeaderValue::from_str(&id) {
        headers.insert(REQUEST_ID, id);
    }
    write_line(site, &response, &id, began);
    let (status, bytes) = (response.status(), size_of(&response));
    metrics.answered(site, response.request(), status, began.elapsed(), bytes);
    Ok(response)
}

/// The id by which a request is found in the log: the sender's own, or a new one.
fn request_id(request: &ServiceRequest, settings: &WebSettings) -> String {
    let given = request.headers().get(REQUEST_ID).and_then(|id| id.to_str().ok());
    match given.filter(|id| is_request_id(id)) {
        Some(id) => id.to_owned(),
        None => settings.entropy.uuid_v7(settings.clock.now()).hyphenated().to_string(),
    }
}

/// Bytes of an answer, as far as they are known before it is sent.
fn size_of(response: &ServiceResponse) -> u64 {
    match response.response().body().size() {
        BodySize::Sized(bytes) => bytes,
        BodySize::None | BodySize::Stream => 0,
    }
}

/// Replaces what a handler failed with by the text for whoever asked, and logs the cause.
fn render_problem(site: Site, response: ServiceResponse, id: &str) -> ServiceResponse {
    let request = response.request();
    let status = response.status();
    let known = response.response().error().and_then(|error| error.as_error::<Problem>());
    let (mut rendered, causes) = match known {
        Some(problem) => (page_or_document(site, request, problem, id), problem.causes()),
        None if status.is_client_error() || status.is_server_error() => {
            let foreign = response.response().error().map(ToString::to_string);
            let silent = response.response().body().size().is_eof();
            if foreign.is_none() && !silent {
                return response;
            }
            let problem = Problem::of_status(status);
            let rendered = page_or_document(site, request, &problem, id);
            (rendered, foreign.unwrap_or_default())
        }
        None => return response,
    };
    // What inner layers said of the answer holds of its rendering; what they said of the body does
    // not.
    let of_body = [header::CONTENT_TYPE, header::CONTENT_LENGTH, header::CONTENT_ENCODING];
    let known: Vec<HeaderName> = rendered.headers().keys().cloned().chain(of_body).collect();
    for (name, value) in response.headers().iter().filter(|(name, _)| !known.contains(name)) {
        rendered.headers_mut().append(name.clone(), value.clone());
    }
    if status.is_server_error() {
        tracing::error!(request = id, path = %redact(request.path()), "failed to answer: {causes}");
    } else if !causes.is_empty() {
        tracing::debug!(request = id, "refused: {causes}");
    }
    response.into_response(rendered)
}

fn page_or_document(
    site: Site,
    request: &HttpRequest,
    problem: &Problem,
    id: &str,
) -> HttpResponse {
    let path = request.path();
    match site {
        Site::Content if play::is_for_learners(path) => play::refusal_page(problem),
        Site::Content if path.starts_with("/c/") => {
            problem.respond("text/plain; charset=utf-8", problem.title().to_owned())
        }
        Site::Main if console::is_page(request) => console::problem_page(problem, id),
        _ => problem.document(&instance_of(id)),
    }
}

/// The URI of an occurrence: a sender's own id need not be a UUID.
fn instance_of(id: &str) -> String {
    let is_uuid = id.len() == 36
        && id.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        });
    if is_uuid { format!("urn:uuid:{id}") } else { format!("#{id}") }
}

/// Sets the security headers that a handler has not set itself.
fn protect(site: Site, settings: &WebSettings, path: &str, headers: &mut HeaderMap) {
    let mut set = |name: HeaderName, value: &str| {
        if let (false, Ok(value)) = (headers.contains_key(&name), HeaderValue::from_str(value)) {
            headers.insert(name, value);
        }
    };
    match site {
        Site::Main => {
            set(header::CONTENT_SECURITY_POLICY, &main_policy(settings));
            set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
            set(header::REFERRER_POLICY, "same-origin");
            set(OPENER_POLICY, "same-origin");
            set(RESOURCE_POLICY, "same-origin");
            set(header::CACHE_CONTROL, "no-store");
            if settings.is_secure() {
                set(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
            }
        }
        Site::Content => {
            let ancestors = format!("frame-ancestors {}", frame_ancestors(settings));
            set(header::CONTENT_SECURITY_POLICY, &ancestors);
            // The path holds the session's capability: it must not travel to other sites.
            set(header::REFERRER_POLICY, "same-origin");
            // Most courses save when they unload, which browsers are about to switch off.
            set(PERMISSIONS_POLICY, "unload=(self)");
            // Content that sets `document.domain`, as old examples do, would lose its API by it.
            set(AGENT_CLUSTER, "?1");
            // Packages name their files as they like, and everything below a session path comes
            // from one package: guessing a type there crosses no border and saves old courses.
            if !path.starts_with("/c/") {
                set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
                set(header::CACHE_CONTROL, "no-store");
            }
        }
    }
}

/// Only our own files; forms may lead to the content origin, since a launch does.
fn main_policy(settings: &WebSettings) -> String {
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
         connect-src 'self'; form-action 'self' {}; frame-ancestors 'none'; base-uri 'none'",
        settings.content_url
    )
}

/// The player frames course files, so its own origin is always among the ancestors.
pub(crate) fn frame_ancestors(settings: &WebSettings) -> String {
    match settings.frame_ancestors.trim() {
        "*" => "*".to_owned(),
        "" | "'none'" => "'self'".to_owned(),
        sources => format!("'self' {sources}"),
    }
}

fn write_line(site: Site, response: &ServiceResponse, id: &str, began: Instant) {
    let request = response.request();
    let bytes = size_of(response);
    let extensions = request.extensions();
    tracing::info!(
        target: "access",
        site = site.name(),
        request = id,
        by = extensions.get::<KnownAs>().map_or("-", |known| known.0.as_str()),
        status = response.status().as_u16(),
        bytes,
        millis = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
        "{} {}", request.method(), redact(request.path()),
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::tests::settings;

    fn protected(site: Site, path: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        protect(site, &settings(), path, &mut headers);
        headers
    }

    #[test]
    fn the_console_can_be_framed_by_nobody_and_runs_only_its_own_scripts() {
        let headers = protected(Site::Main, "/");
        let policy = headers.get(header::CONTENT_SECURITY_POLICY).unwrap().to_str().unwrap();
        assert!(policy.contains("frame-ancestors 'none'") && policy.contains("script-src 'self';"));
        assert!(headers.contains_key(header::X_CONTENT_TYPE_OPTIONS));
    }

    #[test]
    fn courses_may_unload_and_their_types_may_be_guessed() {
        let headers = protected(Site::Content, "/c/token/a.js");
        assert_eq!(headers.get(PERMISSIONS_POLICY).unwrap(), "unload=(self)");
        assert!(!headers.contains_key(header::X_CONTENT_TYPE_OPTIONS));
        assert!(protected(Site::Content, "/play/x/").contains_key(header::X_CONTENT_TYPE_OPTIONS));
    }

    #[test]
    fn the_player_may_always_frame_its_course() {
        let mut settings = settings();
        settings.frame_ancestors = "https://lms.example".to_owned();
        assert_eq!(frame_ancestors(&settings), "'self' https://lms.example");
        settings.frame_ancestors = "*".to_owned();
        assert_eq!(frame_ancestors(&settings), "*");
    }
}
