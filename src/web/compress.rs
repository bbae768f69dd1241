//! Answers of the APIs in gzip, for clients that take it.

use crate::accept::takes_gzip;
use actix_web::{
    Error,
    body::{BodySize, BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::header::{self, HeaderMap, HeaderValue},
    middleware::Next,
};
use flate2::{Compression, write::GzEncoder};
use std::io::{self, Write};
use tokio::task::spawn_blocking;

/// Smaller answers fit a packet or two either way, and compressing them only costs time.
const WORTH_IT_BYTES: u64 = 1_024;
/// More than this takes long enough (about a millisecond) to keep other requests waiting.
const OFF_THREAD_BYTES: usize = 64 * 1_024;
/// JSON shrinks to about a tenth at the lowest level; higher ones cost more than they save.
const LEVEL: u32 = 1;

/// Compresses whole answers of `/xapi/` and `/api/` that are worth it. Streamed ones (packages,
/// attachments) go as they are, and so do those with an entity tag: it names exact bytes.
pub(crate) async fn compress(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let is_api = ["/xapi/", "/api/"].iter().any(|prefix| request.path().starts_with(prefix));
    let accepted = request.headers().get(header::ACCEPT_ENCODING);
    let takes_it = takes_gzip(accepted.and_then(|value| value.to_str().ok()));
    let mut response = next.call(request).await?.map_into_boxed_body();
    if !is_api || !is_worth_it(&response) {
        return Ok(response);
    }
    response.headers_mut().append(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    if !takes_it {
        return Ok(response);
    }
    let (request, response) = response.into_parts();
    let (mut response, body) = response.into_parts();
    let plain = match body.try_into_bytes() {
        Ok(plain) => plain,
        Err(streamed) => return Ok(ServiceResponse::new(request, response.set_body(streamed))),
    };
    let squeezed = if plain.len() > OFF_THREAD_BYTES {
        spawn_blocking(move || gzip(&plain)).await.map_err(io::Error::other)??
    } else {
        gzip(&plain)?
    };
    response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    Ok(ServiceResponse::new(request, response.set_body(squeezed).map_into_boxed_body()))
}

fn is_worth_it(response: &ServiceResponse) -> bool {
    let whole = matches!(response.response().body().size(),
        BodySize::Sized(size) if size >= WORTH_IT_BYTES);
    let plain = [header::CONTENT_ENCODING, header::ETAG, header::CONTENT_RANGE]
        .iter()
        .all(|name| !response.headers().contains_key(name));
    whole && plain && is_text(response.headers())
}

/// Types that shrink: JSON of any kind, and text.
fn is_text(headers: &HeaderMap) -> bool {
    let media_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media_type = media_type.unwrap_or_default();
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    essence.starts_with("text/") || essence.ends_with("/json") || essence.ends_with("+json")
}

fn gzip(plain: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(plain.len() / 4), Compression::new(LEVEL));
    encoder.write_all(plain)?;
    encoder.finish()
}
