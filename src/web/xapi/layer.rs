//! What every request to the LRS and every answer of it have in common, refusals included.

use super::{
    CONSISTENT_THROUGH, VERSION, alternate,
    cors::{self, Sharing},
    requested_version,
};
use crate::WebSettings;
use actix_web::{
    Error, HttpMessage,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{Method, header::HeaderValue},
    middleware::Next,
    web::Data,
};
use app::{App, Caller};

/// Takes a request out of its form, answers those of browsers that ask first, and sets the headers
/// that all answers have.
pub(super) async fn layer(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let settings = request.app_data::<Data<WebSettings>>().cloned();
    let settings = settings.expect("every origin is built with its settings");
    let sharing = Sharing::of(request.headers(), &settings.xapi_cors_origins);
    if let Some(answer) = cors::preflight(&request, sharing.as_ref()) {
        return Ok(request.into_response(answer));
    }
    let unwrapped = alternate::unwrap(&mut request, &settings).await;
    let version = requested_version(request.request()).unwrap_or(settings.xapi_default_version);
    let mut response = match unwrapped {
        Ok(()) => next.call(request).await?.map_into_boxed_body(),
        Err(problem) => request.error_response(problem),
    };
    let through = consistent_through(&response).await;
    let headers = response.headers_mut();
    headers.insert(VERSION, HeaderValue::from_static(version.header()));
    if let Some(through) = through {
        headers.insert(CONSISTENT_THROUGH, through);
    }
    if let Some(sharing) = sharing {
        sharing.allow(headers);
    }
    Ok(response)
}

/// The header of every answer to a GET of statements, whatever its status (XAPI-00153), unless it
/// has it. Who is not known is told nothing of any organization's log.
async fn consistent_through(response: &ServiceResponse) -> Option<HeaderValue> {
    let request = response.request();
    let asked = matches!(*request.method(), Method::GET | Method::HEAD)
        && request.path() == "/xapi/statements"
        && !response.headers().contains_key(CONSISTENT_THROUGH);
    if !asked {
        return None;
    }
    let caller = request.extensions().get::<Caller>().cloned();
    let through = match (request.app_data::<Data<App>>(), caller) {
        (Some(app), Some(caller)) => app.consistent_through(&caller).await.ok(),
        _ => None,
    };
    let settings = request.app_data::<Data<WebSettings>>()?;
    let through = through.unwrap_or_else(|| settings.clock.now());
    HeaderValue::from_str(&through.to_string()).ok()
}
