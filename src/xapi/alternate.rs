//! The alternate request syntax of 1.0.x (Communication 1.3, XAPI-00336): any request as a POST
//! with its method in the query and everything else in a form.

use crate::Version;
use percent_encoding::percent_decode;
use std::{borrow::Cow, collections::BTreeSet};

/// The request that a form stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlternateRequest {
    /// `GET`, `HEAD`, `PUT`, `POST` or `DELETE`.
    pub method: &'static str,
    /// Headers that the form sets, named as in [`FORM_HEADERS`].
    pub headers: Vec<(&'static str, String)>,
    /// Query parameters.
    pub parameters: Vec<(String, String)>,
    /// The body.
    pub content: Option<String>,
}

/// A form is no request; 400 Bad Request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AlternateError {
    /// 2.0 has no such syntax.
    #[error("xAPI 2.0 has no alternate request syntax")]
    Version,
    /// The query has more than the method.
    #[error("only \"method\" may be in the query of an alternate request (Communication 1.3)")]
    Query,
    /// The method is none of xAPI's.
    #[error("{0:?} is no method of xAPI (Communication 1.3)")]
    Method(String),
    /// The form is not what it should be.
    #[error("the form is not URL-encoded UTF-8 (Communication 1.3)")]
    Encoding,
    /// A field is there twice.
    #[error("the form field {0:?} occurs twice (Communication 1.3)")]
    Repeated(String),
    /// A PUT or POST has nothing to store.
    #[error("the form has no field \"content\" (Communication 1.3)")]
    NoContent,
}

/// The headers that a form may set (Communication 1.3).
pub const FORM_HEADERS: [&str; 6] = [
    "Authorization",
    "X-Experience-API-Version",
    "Content-Type",
    "Content-Length",
    "If-Match",
    "If-None-Match",
];

const METHODS: [&str; 5] = ["GET", "HEAD", "PUT", "POST", "DELETE"];

/// Whether a POST with this raw query is in the alternate syntax.
pub fn is_alternate(query: &str) -> bool {
    query.split('&').any(|pair| pair.split('=').next() == Some("method"))
}

/// Reads a POST with this raw query and body as the request that it stands for. `version` is that
/// of the form's `X-Experience-API-Version` if it has one.
pub fn parse_alternate(
    query: &str,
    body: &[u8],
    version: Version,
) -> Result<AlternateRequest, AlternateError> {
    let method = query.strip_prefix("method=").ok_or(AlternateError::Query)?;
    if method.contains('&') {
        return Err(AlternateError::Query);
    }
    let method = METHODS
        .into_iter()
        .find(|known| *known == method)
        .ok_or_else(|| AlternateError::Method(method.to_owned()))?;
    let mut request =
        AlternateRequest { method, headers: Vec::new(), parameters: Vec::new(), content: None };
    let mut seen = BTreeSet::new();
    for pair in body.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
        let equals = pair.iter().position(|byte| *byte == b'=').ok_or(AlternateError::Encoding)?;
        let (name, value) = (field(&pair[..equals])?, field(&pair[equals + 1..])?);
        if !seen.insert(name.clone()) {
            return Err(AlternateError::Repeated(name));
        }
        let header = FORM_HEADERS.into_iter().find(|known| known.eq_ignore_ascii_case(&name));
        match header {
            Some(header) => request.headers.push((header, value)),
            None if name == "content" => request.content = Some(value),
            None => request.parameters.push((name, value)),
        }
    }
    let stated = request.headers.iter().find(|(name, _)| *name == "X-Experience-API-Version");
    let version = stated.map_or(Ok(version), |(_, text)| Version::negotiate(text));
    if version == Ok(Version::V2_0) {
        return Err(AlternateError::Version);
    }
    if matches!(method, "PUT" | "POST") && request.content.is_none() {
        return Err(AlternateError::NoContent);
    }
    Ok(request)
}

/// Decodes a name or value. Characters that every URL encoding escapes show that it was not done.
fn field(raw: &[u8]) -> Result<String, AlternateError> {
    let encoded = raw.iter().all(|byte| byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(byte));
    let escapes = raw.iter().enumerate().filter(|(_, byte)| **byte == b'%').all(|(at, _)| {
        raw.get(at + 1..at + 3).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    });
    if !encoded || !escapes {
        return Err(AlternateError::Encoding);
    }
    let spaced: Cow<'_, [u8]> =
        raw.iter().map(|&byte| if byte == b'+' { b' ' } else { byte }).collect::<Vec<_>>().into();
    let decoded = percent_decode(&spaced).decode_utf8().map_err(|_| AlternateError::Encoding)?;
    Ok(decoded.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xapi_00336_a_form_is_headers_parameters_and_content() {
        let body = b"statementId=fd41&Content-Type=application%2Fjson&authorization=Basic+abc%3D&content=%7B%22a%22%3A%22%C3%BC+%2B%22%7D";
        let request = parse_alternate("method=PUT", body, Version::V1_0).unwrap();
        assert_eq!(
            request,
            AlternateRequest {
                method: "PUT",
                headers: vec![
                    ("Content-Type", "application/json".to_owned()),
                    ("Authorization", "Basic abc=".to_owned()),
                ],
                parameters: vec![("statementId".to_owned(), "fd41".to_owned())],
                content: Some("{\"a\":\"ü +\"}".to_owned()),
            }
        );
        assert!(parse_alternate("method=GET", b"", Version::V1_0).is_ok());
    }

    #[test]
    fn communication_1_3_what_is_no_such_request_is_refused() {
        for (query, body, version) in [
            ("method=PUT&statementId=1", "content=a", Version::V1_0),
            ("method=TRACE", "", Version::V1_0),
            ("method=put", "content=a", Version::V1_0),
            ("statementId=1", "", Version::V1_0),
            ("method=PUT", "statementId=1", Version::V1_0),
            ("method=PUT", "content={\"a\":1}", Version::V1_0),
            ("method=PUT", "content=%ff", Version::V1_0),
            ("method=PUT", "content=%4", Version::V1_0),
            ("method=PUT", "content", Version::V1_0),
            ("method=PUT", "content=a&content=b", Version::V1_0),
            ("method=PUT", "content=a", Version::V2_0),
            ("method=PUT", "content=a&X-Experience-API-Version=2.0.0", Version::V1_0),
        ] {
            assert!(parse_alternate(query, body.as_bytes(), version).is_err(), "{query} {body}");
        }
    }
}
