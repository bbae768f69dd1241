//! Request bodies with a limit.

use crate::{WebSettings, problem::Problem};
use actix_web::{
    HttpRequest,
    http::header,
    web::{Data, Payload},
};
use futures_util::StreamExt;
use serde::de::DeserializeOwned;

/// The whole body, at most `limit` bytes of it.
pub(crate) async fn read(
    request: &HttpRequest,
    mut payload: Payload,
    limit: usize,
) -> Result<Vec<u8>, Problem> {
    let too_large = || {
        let problem = Problem::too_large("the request", limit as u64);
        let settings = request.app_data::<Data<WebSettings>>();
        let by_setting = settings.is_some_and(|settings| settings.request_bytes_max == limit);
        if by_setting { problem.by_setting("request_bytes_max") } else { problem }
    };
    let announced = request.headers().get(header::CONTENT_LENGTH);
    let announced = announced.and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|size| size > limit) {
        return Err(too_large());
    }
    let mut body = Vec::with_capacity(announced.unwrap_or(0));
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|error| cut_off(&error))?;
        if chunk.len() > limit - body.len() {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// The body broke off or was not what its headers announced.
pub(crate) fn cut_off(error: &dyn std::error::Error) -> Problem {
    Problem::invalid(format!("the request's body broke off: {error}"))
}

/// The body as JSON, whatever its content type says: a beacon cannot set it.
pub(crate) fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(body).map_err(|error| {
        Problem::invalid(format!("the body is not the JSON that is expected here: {error}"))
    })
}

/// The media type of the body without parameters, lower case.
pub(crate) fn media_type(request: &HttpRequest) -> String {
    let value = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let value = value.unwrap_or_default().split(';').next().unwrap_or_default();
    value.trim().to_ascii_lowercase()
}
