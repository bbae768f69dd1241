//! A policy that a person reads and signs, by a link that was made for them: `/policy/{token}/`.

use super::{escape, fill, link_used, not_signed, page_policy, read, signed_from};
use crate::{WebSettings, assets::PLAYER, problem::Problem};
use actix_web::{
    HttpRequest, HttpResponse,
    http::header,
    web::{self, Data, Path, ServiceConfig},
};
use app::{AcknowledgeError, AcknowledgeRequest, App};

/// The routes of policies.
pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/policy/{token}/", web::get().to(page))
        .route("/policy/{token}/rte/acknowledge", web::post().to(acknowledge));
}

async fn page(
    token: Path<String>,
    app: Data<App>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Problem> {
    let shown = app.policy_page(&token).await.map_err(refused)?;
    let launch = serde_json::to_string(&shown).map_err(Problem::internal)?;
    // Inside a script element only the end tag could end it, or a comment begin.
    let launch = launch.replace('<', "\\u003c");
    let assets = format!("/play/assets/{}", PLAYER.version);
    let holes =
        [("title", &*escape(&shown.title)), ("assets", &assets), ("launch", launch.as_str())];
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((header::CONTENT_SECURITY_POLICY, page_policy(&settings)))
        .body(fill(PLAYER.text("policy.html"), &holes)))
}

async fn acknowledge(
    request: HttpRequest,
    payload: web::Payload,
    token: Path<String>,
    app: Data<App>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Problem> {
    let wanted: AcknowledgeRequest = read(&request, payload).await?;
    let from = signed_from(&request, &settings);
    let signed = app.acknowledge(&token, &wanted, &from).await.map_err(refused)?;
    let body = serde_json::to_string(&signed).map_err(Problem::internal)?;
    Ok(HttpResponse::Ok().insert_header((header::CONTENT_TYPE, "application/json")).body(body))
}

fn refused(error: AcknowledgeError) -> Problem {
    match error {
        AcknowledgeError::Link => link_used(),
        AcknowledgeError::Form(error) => not_signed(&error),
        AcknowledgeError::Ledger(error) => crate::ledger::refused(error),
        AcknowledgeError::App(error) => error.into(),
    }
}
