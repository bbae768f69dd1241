//! `POST /api/v1/launches`.

use crate::{WebSettings, auth::ApiCaller, body, problem::Problem};
use actix_web::{
    HttpRequest, HttpResponse,
    http::header,
    web::{self, Data},
};
use app::{App, CreatedLaunch, LaunchError};
use serde_json::json;

pub(super) async fn create(
    request: HttpRequest,
    payload: web::Payload,
    caller: ApiCaller,
    app: Data<App>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Problem> {
    let bytes = body::read(&request, payload, settings.request_bytes_max).await?;
    let launch = body::json(&bytes)?;
    let created = app.create_launch(&caller.0, &launch).await.map_err(refused)?;
    let body = json!({
        "url": address(&settings, &created),
        "registration": created.registration,
        "course": created.course,
        "version": created.version,
        "test": created.test,
        "expires_at": created.expires_at,
    });
    Ok(HttpResponse::Created()
        .insert_header((header::CONTENT_TYPE, "application/json"))
        .body(body.to_string()))
}

/// The link that is exchanged once for a session.
pub(crate) fn address(settings: &WebSettings, launch: &CreatedLaunch) -> String {
    let origin = settings.content_origin(launch.course, launch.version);
    format!("{origin}/launch/{}", launch.token.expose())
}

/// Why a launch is refused.
pub(crate) fn refused(error: LaunchError) -> Problem {
    match error {
        LaunchError::Actor(error) => {
            let pointer = format!("/actor{}", error.pointer);
            Problem::invalid_at(&pointer, format!("{} ({})", error.message, error.rule))
        }
        LaunchError::Used => crate::play::link_used(),
        LaunchError::Closed(closed) => crate::play::course_closed(closed),
        LaunchError::App(error) => error.into(),
    }
}
