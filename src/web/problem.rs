//! Refusals as problem documents (RFC 9457), and the one map from errors to status codes.
//!
//! A handler fails with a [`Problem`]; the outermost layer renders it for whoever asked, as JSON
//! or as a page, and logs its cause. What the sender reads and what the log says are two texts.

use actix_web::{
    HttpResponse, ResponseError,
    body::BoxBody,
    http::{
        StatusCode,
        header::{self, HeaderName, HeaderValue},
    },
};
use app::AppError;
use audit::reference::Fault;
use domain::Causes;
use scorm::settings::ChoiceError;
use serde_json::{Map, Value, json};
use std::{error::Error, fmt, io};
use store::StoreError;

/// Seconds after which a request that came at a bad moment may be sent again.
const RETRY_SECONDS: u32 = 2;

/// A request is refused or could not be carried out.
#[derive(Debug)]
pub(crate) struct Problem(Box<Inner>);

#[derive(Debug)]
struct Inner {
    status: StatusCode,
    kind: &'static str,
    detail: String,
    /// `errors[]` and other members of this kind of problem.
    members: Map<String, Value>,
    headers: Vec<(HeaderName, HeaderValue)>,
    /// For the log alone.
    cause: Option<Box<dyn Error>>,
}

impl Problem {
    /// A refusal of a `kind`, which names it for programs, with a `detail` for people.
    pub(crate) fn new(status: StatusCode, kind: &'static str, detail: impl Into<String>) -> Self {
        let (detail, members, headers) = (detail.into(), Map::new(), Vec::new());
        Self(Box::new(Inner { status, kind, detail, members, headers, cause: None }))
    }

    /// 400: the request is not what it must be.
    pub(crate) fn invalid(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid", detail)
    }

    /// 400: the value at `pointer` (a JSON pointer or the name of a parameter) is not what it
    /// must be.
    pub(crate) fn invalid_at(pointer: &str, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        let errors = json!([{"pointer": pointer, "detail": detail}]);
        Self::invalid(detail).member("errors", errors)
    }

    /// 404: nothing here.
    pub(crate) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", "there is nothing at this address")
    }

    /// 413: more than `limit` bytes.
    pub(crate) fn too_large(what: &str, limit: u64) -> Self {
        let detail = format!("{what} may hold at most {limit} bytes");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", detail).member("limit", limit.into())
    }

    /// The same, naming the setting by which an operator changes the limit.
    pub(crate) fn by_setting(self, setting: &str) -> Self {
        self.member("setting", setting.into())
    }

    /// 416: nothing of the range that was asked for is in content of `size` bytes.
    pub(crate) fn unsatisfiable(size: u64) -> Self {
        let detail = format!("the range lies beyond the {size} bytes there are");
        let whole = HeaderValue::try_from(format!("bytes */{size}"));
        Self::new(StatusCode::RANGE_NOT_SATISFIABLE, "unsatisfiable-range", detail)
            .header(header::CONTENT_RANGE, whole.expect("digits are fit for a header"))
    }

    /// 503: try again soon. A connection that broke in a commit leaves open whether it was kept.
    pub(crate) fn unavailable(cause: impl Error + 'static) -> Self {
        let detail = "the service cannot do this at the moment; send the same request again";
        Self::not_now(detail).because(cause)
    }

    /// 503: too much is waiting.
    fn busy(limit: &str, most: usize) -> Self {
        let detail = format!(
            "too many writes are waiting ({limit} is {most}); nothing was changed, try again"
        );
        Self::not_now(detail).member("limit", json!({"name": limit, "value": most}))
    }

    fn not_now(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", detail)
            .header(header::RETRY_AFTER, RETRY_SECONDS.into())
    }

    /// 500: a mistake of this program.
    pub(crate) fn internal(cause: impl Error + 'static) -> Self {
        let detail = "the service made a mistake; it has been logged under this request's id";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", detail).because(cause)
    }

    /// Bytes of a package could not be read: 503 when their store cannot be reached, else 500.
    pub(crate) fn unreadable(cause: io::Error) -> Self {
        match cause.kind() {
            io::ErrorKind::NotConnected | io::ErrorKind::TimedOut => Self::unavailable(cause),
            _ => Self::internal(cause),
        }
    }

    /// 503: no room is left for packages.
    fn full(cause: impl Error + 'static) -> Self {
        let detail = "the package store is full; nothing was kept";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "storage-full", detail)
            .header(header::RETRY_AFTER, RETRY_SECONDS.into())
            .because(cause)
    }

    /// The same with one more member.
    pub(crate) fn member(mut self, name: &str, value: Value) -> Self {
        self.0.members.insert(name.to_owned(), value);
        self
    }

    /// The same with one more header.
    pub(crate) fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.headers.push((name, value));
        self
    }

    /// The same with a cause for the log.
    pub(crate) fn because(mut self, cause: impl Error + 'static) -> Self {
        self.0.cause = Some(Box::new(cause));
        self
    }

    /// What a status that carries no text says.
    pub(crate) fn of_status(status: StatusCode) -> Self {
        let (kind, detail) = match status {
            StatusCode::NOT_FOUND => return Self::not_found(),
            StatusCode::METHOD_NOT_ALLOWED => {
                ("method-not-allowed", "this address does not take this method")
            }
            StatusCode::PAYLOAD_TOO_LARGE => ("too-large", "the request is too large"),
            _ if status.is_client_error() => ("invalid", "the request cannot be understood"),
            _ => ("internal", "the service could not answer"),
        };
        Self::new(status, kind, detail)
    }

    /// The status it is answered with.
    pub(crate) fn status(&self) -> StatusCode {
        self.0.status
    }

    /// The word that programs know it by.
    pub(crate) fn kind(&self) -> &str {
        self.0.kind
    }

    /// What it is called, in a few words.
    pub(crate) fn title(&self) -> &'static str {
        if self.0.kind == "erased" { "Erased" } else { title(self.0.status) }
    }

    /// What to tell people.
    pub(crate) fn detail(&self) -> &str {
        &self.0.detail
    }

    /// The causes for the log, outermost first; empty for a plain refusal.
    pub(crate) fn causes(&self) -> String {
        self.0.cause.as_deref().map(|cause| Causes(cause).to_string()).unwrap_or_default()
    }

    /// The answer with `body`; the headers of the problem are in it.
    pub(crate) fn respond(&self, media_type: &'static str, body: String) -> HttpResponse {
        let mut response = HttpResponse::build(self.0.status);
        response.insert_header((header::CONTENT_TYPE, media_type));
        response.insert_header((header::CACHE_CONTROL, "no-store"));
        for header in &self.0.headers {
            response.append_header(header.clone());
        }
        response.body(body)
    }

    /// The problem document; `instance` names this occurrence.
    pub(crate) fn document(&self, instance: &str) -> HttpResponse {
        let mut document = json!({
            "type": format!("/api/docs#{}", self.0.kind),
            "title": self.title(),
            "status": self.0.status.as_u16(),
            "detail": self.0.detail,
            "instance": instance,
        });
        if let Some(members) = document.as_object_mut() {
            members.extend(self.0.members.clone());
        }
        self.respond("application/problem+json", document.to_string())
    }
}

fn title(status: StatusCode) -> &'static str {
    match status {
        StatusCode::UNAUTHORIZED => "Who are you?",
        StatusCode::FORBIDDEN => "Not allowed",
        StatusCode::NOT_FOUND => "Not found",
        StatusCode::UNPROCESSABLE_ENTITY => "Package refused",
        StatusCode::INTERNAL_SERVER_ERROR => "Something went wrong",
        other => other.canonical_reason().unwrap_or("Refused"),
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.kind, self.0.detail)
    }
}

impl Error for Problem {}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.0.status
    }

    /// Rendered again by the outermost layer, which knows who asked.
    fn error_response(&self) -> HttpResponse<BoxBody> {
        self.document("")
    }
}

impl From<AppError> for Problem {
    fn from(error: AppError) -> Self {
        let detail = error.to_string();
        match error {
            AppError::NotFound(_) => Self::new(StatusCode::NOT_FOUND, "not-found", detail),
            AppError::ScopeMissing(_) | AppError::RoleForbids(_) => {
                Self::new(StatusCode::FORBIDDEN, "forbidden", detail)
            }
            AppError::Invalid { field, problem } => {
                let detail = format!("{field}: {problem}");
                let errors = json!([{"pointer": field, "detail": problem}]);
                Self::invalid(detail).member("errors", errors)
            }
            AppError::Choices(errors) => {
                let place = |error: &ChoiceError| {
                    let pointer = format!("/settings/{}", error.name);
                    json!({"pointer": pointer, "detail": error.fault})
                };
                let errors: Vec<Value> = errors.iter().map(place).collect();
                Self::invalid(detail).member("errors", errors.into())
            }
            AppError::Faults(faults) => {
                let place = |fault: &Fault| {
                    let pointer = format!("/value{}", fault.pointer);
                    json!({"pointer": pointer, "detail": fault.problem})
                };
                let errors: Vec<Value> = faults.iter().map(place).collect();
                Self::invalid(detail).member("errors", errors.into())
            }
            AppError::Taken(_) => Self::new(StatusCode::CONFLICT, "taken", detail),
            AppError::Busy { limit, most } => Self::busy(limit, most).because(error),
            AppError::Contended | AppError::Store(StoreError::Unavailable { .. }) => {
                Self::unavailable(error)
            }
            AppError::Blob(blob) if blob.is_full() => Self::full(blob),
            AppError::Blob(blob) if blob.is_unavailable() => Self::unavailable(blob),
            AppError::Store(_)
            | AppError::Blob(_)
            | AppError::Task(_)
            | AppError::Unreadable { .. } => Self::internal(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::body::to_bytes;
    use domain::Scope;

    #[actix_web::test]
    async fn a_problem_names_its_kind_and_where_it_lies() {
        let problem = Problem::invalid_at("/actor", "is missing");
        let body = to_bytes(problem.document("urn:uuid:1").into_body()).await.unwrap();
        let document: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(document["type"], "/api/docs#invalid");
        assert_eq!(document["status"], 400);
        assert_eq!(document["errors"][0]["pointer"], "/actor");
        assert_eq!(document["instance"], "urn:uuid:1");
    }

    #[test]
    fn causes_are_for_the_log_and_not_for_the_sender() {
        let cause = io::Error::other("disk 7 is on fire");
        let problem = Problem::internal(cause);
        assert!(problem.causes().contains("disk 7"));
        assert!(!problem.detail().contains("disk 7"));
    }

    #[test]
    fn errors_of_use_cases_have_their_status() {
        for (error, status) in [
            (AppError::NotFound("course"), 404),
            (AppError::ScopeMissing(Scope::All), 403),
            (AppError::Taken("e-mail address"), 409),
            (AppError::Busy { limit: "queue_requests_max", most: 7 }, 503),
        ] {
            assert_eq!(Problem::from(error).status().as_u16(), status);
        }
        let busy = AppError::Busy { limit: "queue_requests_max", most: 7 };
        let answer = Problem::from(busy).document("urn:uuid:1");
        assert!(answer.headers().contains_key(header::RETRY_AFTER));
    }
}
