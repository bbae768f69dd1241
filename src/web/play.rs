//! The player: a launch link becomes a session, whose path holds the only capability.
//! docs/runtime-protocol.md describes the requests below `rte/`.

mod policy;

use crate::{
    WebSettings, api, assets::PLAYER, body, network::client_address, observe::frame_ancestors,
    problem::Problem,
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{self, HeaderValue},
    },
    web::{self, Data, Path, ServiceConfig},
};
use app::{App, AttestError, PlayError, SignedFrom, play::wire};
use domain::{Sha256Digest, Timestamp};
use scorm::settings::Closed;
use serde::{Serialize, de::DeserializeOwned};

/// Most bytes of one request of the player.
const REQUEST_BYTES_MAX: usize = 4 << 20;

/// The routes of the player.
pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .route("/launch/{token}", web::get().to(launch))
        .route("/play/assets/{version}/{path:.*}", web::get().to(asset))
        .route("/play/{token}/", web::get().to(page))
        .route("/play/{token}/rte/table.json", web::get().to(table))
        .route("/play/{token}/rte/navigate", web::post().to(navigate))
        .route("/play/{token}/rte/calls", web::post().to(calls))
        .route("/play/{token}/rte/replay", web::post().to(replay))
        .route("/play/{token}/rte/heartbeat", web::post().to(heartbeat))
        .route("/play/{token}/rte/exit", web::post().to(exit))
        .route("/play/{token}/rte/attest", web::post().to(attest))
        .route("/play/{token}/rte/relaunch", web::post().to(relaunch))
        .configure(policy::routes);
}

/// Whether what is at `path` is read by learners and not by scripts.
pub(crate) fn is_for_learners(path: &str) -> bool {
    path.starts_with("/launch/")
        || (path.starts_with("/policy/") && !path.contains("/rte/"))
        || (path.starts_with("/play/") && !path.contains("/rte/") && !path.contains("/assets/"))
}

async fn launch(token: Path<String>, app: Data<App>) -> Result<HttpResponse, Problem> {
    let session = app.exchange_launch(&token).await.map_err(api::launch_refused)?;
    Ok(HttpResponse::SeeOther()
        .insert_header((header::LOCATION, format!("/play/{}/", session.expose())))
        .finish())
}

async fn asset(path: Path<(String, String)>) -> Result<HttpResponse, Problem> {
    PLAYER.respond(&path.0, &path.1)
}

async fn page(
    token: Path<String>,
    app: Data<App>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Problem> {
    let page = app.play_page(&token).await.map_err(refused)?;
    let launch = serde_json::to_string(&page).map_err(Problem::internal)?;
    // Inside a script element only the end tag could end it, or a comment begin.
    let launch = launch.replace('<', "\\u003c");
    let assets = format!("/play/assets/{}", PLAYER.version);
    let body = fill(
        PLAYER.text("player.html"),
        &[
            ("language", &escape(&page.course.language)),
            ("title", &escape(&page.course.title)),
            ("assets", &assets),
            ("launch", &launch),
        ],
    );
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((header::CONTENT_SECURITY_POLICY, page_policy(&settings)))
        .body(body))
}

/// Our own scripts alone; the frame may show what the manifest names, elsewhere too.
fn page_policy(settings: &WebSettings) -> String {
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
         connect-src 'self'; frame-src *; base-uri 'none'; form-action 'none'; frame-ancestors {}",
        frame_ancestors(settings)
    )
}

async fn table(
    request: HttpRequest,
    token: Path<String>,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let table = app.data_model_table(&token).await.map_err(refused)?.to_string();
    let tag = format!("\"{}\"", Sha256Digest::of(table.as_bytes()));
    let known = request.headers().get(header::IF_NONE_MATCH);
    let is_known = known.is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let status = if is_known { StatusCode::NOT_MODIFIED } else { StatusCode::OK };
    let mut response = HttpResponse::build(status);
    response
        .insert_header((header::CONTENT_TYPE, "application/json"))
        .insert_header((header::CACHE_CONTROL, "private, no-cache"))
        .insert_header((header::ETAG, tag));
    Ok(if is_known { response.finish() } else { response.body(table) })
}

async fn navigate(
    request: HttpRequest,
    payload: web::Payload,
    token: Path<String>,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let wanted: wire::NavigateRequest = read(&request, payload).await?;
    answer(app.navigate(&token, &wanted).await)
}

async fn calls(
    request: HttpRequest,
    payload: web::Payload,
    token: Path<String>,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let calls: wire::CallsRequest = read(&request, payload).await?;
    answer(app.calls(&token, &calls).await)
}

async fn replay(
    request: HttpRequest,
    payload: web::Payload,
    token: Path<String>,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let calls: wire::ReplayRequest = read(&request, payload).await?;
    answer(app.replay(&token, &calls).await)
}

async fn heartbeat(token: Path<String>, app: Data<App>) -> Result<HttpResponse, Problem> {
    answer(app.heartbeat(&token).await.map(|()| serde_json::json!({})))
}

async fn exit(token: Path<String>, app: Data<App>) -> Result<HttpResponse, Problem> {
    answer(app.exit(&token).await)
}

/// The address is the client's as the settings for proxies have it, whatever it says itself.
async fn attest(
    request: HttpRequest,
    payload: web::Payload,
    token: Path<String>,
    app: Data<App>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Problem> {
    let wanted: wire::AttestRequest = read(&request, payload).await?;
    answer(app.attest(&token, &wanted, &signed_from(&request, &settings)).await)
}

/// From where a request came.
fn signed_from(request: &HttpRequest, settings: &WebSettings) -> SignedFrom {
    let ip = client_address(request, &settings.trusted_proxies).map(|ip| ip.to_string());
    let agent = request.headers().get(header::USER_AGENT);
    let user_agent = agent.map(|agent| String::from_utf8_lossy(agent.as_bytes()).into_owned());
    SignedFrom { ip, user_agent }
}

async fn relaunch(
    request: HttpRequest,
    payload: web::Payload,
    token: Path<String>,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let wanted: wire::RelaunchRequest = read(&request, payload).await?;
    answer(app.relaunch(&token, wanted.how).await)
}

async fn read<T: DeserializeOwned>(
    request: &HttpRequest,
    payload: web::Payload,
) -> Result<T, Problem> {
    body::json(&body::read(request, payload, REQUEST_BYTES_MAX).await?)
}

fn answer(outcome: Result<impl Serialize, PlayError>) -> Result<HttpResponse, Problem> {
    let body = serde_json::to_string(&outcome.map_err(refused)?).map_err(Problem::internal)?;
    Ok(HttpResponse::Ok().insert_header((header::CONTENT_TYPE, "application/json")).body(body))
}

fn refused(error: PlayError) -> Problem {
    let with = |status, kind, detail: &str| Problem::new(status, kind, detail);
    match error {
        PlayError::UnknownSession => with(
            StatusCode::FORBIDDEN,
            "unknown-session",
            "This course session is not known here. Start the course again from where you began.",
        ),
        PlayError::Superseded => with(
            StatusCode::CONFLICT,
            "superseded",
            "The course has been opened in another window, which goes on from here.",
        ),
        PlayError::Ended => with(
            StatusCode::GONE,
            "ended",
            "This course session is over and your results are kept. Start the course again to go \
             on.",
        ),
        PlayError::Gap { applied } => {
            let detail = format!("calls are missing after number {applied}");
            with(StatusCode::CONFLICT, "gap", &detail).member("applied", applied.into())
        }
        PlayError::Invalid(detail) => Problem::invalid(detail),
        PlayError::Attest(error) => not_signed(&error),
        PlayError::Ledger(error) => crate::ledger::refused(error),
        PlayError::App(error) => error.into(),
    }
}

fn not_signed(error: &AttestError) -> Problem {
    let detail = error.to_string();
    let conflict = |kind| Problem::new(StatusCode::CONFLICT, kind, detail.clone());
    match error {
        AttestError::Fields(faults) => {
            let errors = faults
                .iter()
                .map(|(pointer, fault)| serde_json::json!({ "pointer": pointer, "detail": fault }));
            Problem::invalid(detail.clone()).member("errors", errors.collect())
        }
        AttestError::Unrecorded => conflict("unrecorded"),
        AttestError::NotAsked => conflict("not-asked"),
        AttestError::NotCompleted => conflict("not-completed"),
        AttestError::Changed => conflict("changed"),
    }
}

/// A launch link that was used before, has expired or never was.
pub(crate) fn link_used() -> Problem {
    Problem::new(
        StatusCode::FORBIDDEN,
        "link-used",
        "This link has been used or is too old. Go back to where you found the course and start \
         it from there; what you have done is kept.",
    )
}

/// A course that its settings keep closed now.
pub(crate) fn course_closed(closed: Closed) -> Problem {
    let day = |at: Timestamp| at.to_datetime().format("%e %B %Y, %H:%M UTC").to_string();
    let detail = match closed {
        Closed::Until(opens) => format!("It opens on {}.", day(opens).trim()),
        Closed::Since(closed) => format!("It was closed on {}.", day(closed).trim()),
    };
    Problem::new(StatusCode::FORBIDDEN, "not-open", detail)
}

/// A refusal that a learner understands.
pub(crate) fn refusal_page(problem: &Problem) -> HttpResponse {
    let title = match problem.status() {
        status if status.is_server_error() => "The course cannot be opened at the moment",
        _ if problem.kind() == "not-open" => "The course is not open",
        StatusCode::NOT_FOUND => "There is nothing at this address",
        _ => "This course window cannot go on",
    };
    let text = match problem.status() {
        status if status.is_server_error() => "What you have done is kept. Try again in a minute.",
        _ => problem.detail(),
    };
    let holes = [("title", escape(title)), ("text", escape(text))];
    let holes: Vec<(&str, &str)> =
        holes.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let body = fill(PLAYER.text("refused.html"), &holes);
    let mut response = problem.respond("text/html; charset=utf-8", body);
    let policy =
        HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; img-src data:");
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    response
}

/// `template` with its holes (`{{ name }}`) filled, each text in one pass: what is filled in is
/// not looked at again.
fn fill(template: &str, holes: &[(&str, &str)]) -> String {
    let mut parts = template.split("{{ ");
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_once(" }}").unwrap_or((part, ""));
        let text = holes.iter().find(|(hole, _)| *hole == name).map_or("", |(_, text)| text);
        filled.push_str(text);
        filled.push_str(rest);
    }
    filled
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holes_are_filled_once_and_unknown_ones_are_empty() {
        let filled =
            fill("a {{ one }} b {{ two }} {{ three }}.", &[("one", "{{ two }}"), ("two", "2")]);
        assert_eq!(filled, "a {{ two }} b 2 .");
    }

    #[test]
    fn every_hole_of_the_players_pages_is_known() {
        for (page, known) in [
            ("player.html", &["language", "title", "assets", "launch"][..]),
            ("policy.html", &["title", "assets", "launch"]),
            ("refused.html", &["title", "text"]),
        ] {
            for hole in PLAYER.text(page).split("{{ ").skip(1) {
                let name = hole.split(" }}").next().unwrap();
                assert!(known.contains(&name), "{page}: {name}");
            }
        }
    }

    #[test]
    fn learners_see_pages_and_scripts_see_documents() {
        assert!(is_for_learners("/launch/abc") && is_for_learners("/play/abc/"));
        assert!(!is_for_learners("/play/abc/rte/calls") && !is_for_learners("/c/abc/x.html"));
    }

    #[test]
    fn titles_cannot_break_out_of_their_place() {
        assert_eq!(escape("<a href=\"'&"), "&lt;a href=&quot;&#39;&amp;");
    }
}
