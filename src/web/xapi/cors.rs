//! Cross-origin requests of scripts in browsers (Fetch standard, "CORS protocol"). Credentials are
//! sent in a header by the script itself, never by the browser, so any origin may be let in.

use crate::settings::CorsOrigins;
use actix_web::{
    HttpResponse,
    dev::ServiceRequest,
    http::{
        Method,
        header::{self, HeaderMap, HeaderValue},
    },
};

const METHODS: &str = "GET, HEAD, PUT, POST, DELETE";
/// What xAPI clients send (Communication 1.4) and is not sent freely.
const HEADERS: &str = "Authorization, Content-Type, Content-Length, If-Match, If-None-Match, \
                       Accept, Accept-Language, X-Experience-API-Version, X-Request-Id";
/// What scripts may read of an answer.
const EXPOSED: &str = "ETag, Last-Modified, Content-Length, Allow, Retry-After, WWW-Authenticate, \
                       X-Experience-API-Version, X-Experience-API-Consistent-Through, \
                       X-Request-Id";
/// How long a browser may remember the answer to a preflight: two hours, the longest any does.
const REMEMBERED_SECONDS: u32 = 7_200;

/// That an origin may read answers.
pub(super) struct Sharing {
    origin: HeaderValue,
    any: bool,
}

impl Sharing {
    /// What a request's origin may, if it has one that is let in.
    pub(super) fn of(headers: &HeaderMap, allowed: &CorsOrigins) -> Option<Self> {
        let origin = headers.get(header::ORIGIN)?;
        match allowed {
            CorsOrigins::Any => Some(Self { origin: HeaderValue::from_static("*"), any: true }),
            CorsOrigins::These(origins) => {
                let known = origins.iter().any(|known| known.as_bytes() == origin.as_bytes());
                known.then(|| Self { origin: origin.clone(), any: false })
            }
        }
    }

    /// Sets the headers of an answer.
    pub(super) fn allow(&self, headers: &mut HeaderMap) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, self.origin.clone());
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED));
        if !self.any {
            headers.append(header::VARY, HeaderValue::from_static("Origin"));
        }
    }
}

/// The answer to a browser that asks before it sends; `None` for every other request.
pub(super) fn preflight(
    request: &ServiceRequest,
    sharing: Option<&Sharing>,
) -> Option<HttpResponse> {
    let asks = request.method() == Method::OPTIONS
        && request.headers().contains_key(header::ORIGIN)
        && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    if !asks {
        return None;
    }
    let mut answer = HttpResponse::NoContent().finish();
    if let Some(sharing) = sharing {
        let headers = answer.headers_mut();
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(METHODS));
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static(HEADERS));
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, REMEMBERED_SECONDS.into());
        sharing.allow(headers);
    }
    Some(answer)
}
