//! The alternate request syntax (Communication 1.3): a POST whose form holds another request,
//! which the resources then see as if it had come plainly.

use super::requested_version;
use crate::{WebSettings, body, problem::Problem};
use actix_web::{
    dev::{Payload, ServiceRequest},
    http::{
        Method, Uri,
        header::{self, HeaderName, HeaderValue},
        uri::PathAndQuery,
    },
    web,
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use xapi::alternate::{AlternateError, AlternateRequest, is_alternate, parse_alternate};

const FORM: &str = "application/x-www-form-urlencoded";

/// Puts the request in a form in the place of the form's; others stay as they are.
pub(super) async fn unwrap(
    request: &mut ServiceRequest,
    settings: &WebSettings,
) -> Result<(), Problem> {
    if request.method() != Method::POST || !is_alternate(request.query_string()) {
        return Ok(());
    }
    let media_type = body::media_type(request.request());
    // The header is only asked for, and the browsers that need this syntax cannot set it.
    if !["", "text/plain", FORM].contains(&media_type.as_str()) {
        let detail = format!("a request with \"method\" in its query is sent as {FORM}");
        return Err(Problem::invalid(detail));
    }
    let version = requested_version(request.request()).unwrap_or(settings.xapi_default_version);
    let payload = request.extract::<web::Payload>().await;
    let payload = payload.expect("a payload can always be taken");
    let form = body::read(request.request(), payload, settings.request_bytes_max).await?;
    let inner = parse_alternate(request.query_string(), &form, version).map_err(refused)?;
    replace(request, inner)
}

fn refused(error: AlternateError) -> Problem {
    let detail = error.to_string();
    match error {
        AlternateError::Repeated(name) => Problem::invalid_at(&name, detail),
        _ => Problem::invalid(detail),
    }
}

fn replace(request: &mut ServiceRequest, inner: AlternateRequest) -> Result<(), Problem> {
    let AlternateRequest { method, headers, parameters, content } = inner;
    let media_type = content.is_some().then(|| HeaderValue::from_static("application/json"));
    let content = content.unwrap_or_default().into_bytes();
    let uri = with_query(request.uri(), &parameters)?;
    let head = request.head_mut();
    head.method = Method::from_bytes(method.as_bytes())
        .expect("the methods of the syntax are methods of HTTP");
    head.uri = uri;
    // A form may leave out the content's type; it is text, which is JSON unless it says so.
    head.headers.remove(header::CONTENT_TYPE);
    if let Some(media_type) = media_type {
        head.headers.insert(header::CONTENT_TYPE, media_type);
    }
    for (name, value) in headers {
        let known = HeaderName::from_bytes(name.as_bytes()).expect("the syntax lists its headers");
        let value = HeaderValue::from_str(&value).map_err(|_| {
            Problem::invalid_at(name, "holds characters that no header may (Communication 1.3)")
        })?;
        head.headers.insert(known, value);
    }
    // The form's own length is that of the form, and what it says of the content may be wrong.
    head.headers.remove(header::TRANSFER_ENCODING);
    head.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(content.len()));
    request.set_payload(Payload::from(content));
    Ok(())
}

/// `uri` with these parameters instead of its query.
fn with_query(uri: &Uri, parameters: &[(String, String)]) -> Result<Uri, Problem> {
    let mut target = uri.path().to_owned();
    for (index, (name, value)) in parameters.iter().enumerate() {
        target.push(if index == 0 { '?' } else { '&' });
        target.extend(utf8_percent_encode(name, NON_ALPHANUMERIC));
        target.push('=');
        target.extend(utf8_percent_encode(value, NON_ALPHANUMERIC));
    }
    let mut parts = uri.clone().into_parts();
    let target = PathAndQuery::try_from(target)
        .map_err(|_| Problem::invalid("the form's parameters are longer than an address may be"))?;
    parts.path_and_query = Some(target);
    Uri::from_parts(parts).map_err(Problem::internal)
}
