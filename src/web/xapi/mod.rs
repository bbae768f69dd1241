//! The LRS, `/xapi`: requests and answers of xAPI 1.0.3 and 2.0.0 (Communication).

mod alternate;
mod cors;
mod documents;
mod known;
mod layer;
mod statements;
mod view;

use crate::{WebSettings, auth::api_caller, parameters::Parameters, problem::Problem};
use actix_web::{
    FromRequest, HttpMessage, HttpRequest, HttpResponse, HttpResponseBuilder, Route,
    dev::Payload,
    guard,
    http::{
        StatusCode,
        header::{self, HeaderName},
    },
    middleware::from_fn,
    web::{self, Data, ServiceConfig},
};
use app::Caller;
use domain::Timestamp;
use futures_util::future::LocalBoxFuture;
use xapi::{DocumentResource, ParameterError, Preconditions, Reading, ValidationError, Version};

const VERSION: HeaderName = HeaderName::from_static("x-experience-api-version");
pub(crate) const CONSISTENT_THROUGH: HeaderName =
    HeaderName::from_static("x-experience-api-consistent-through");

/// The routes of the LRS.
pub(crate) fn routes(config: &mut ServiceConfig) {
    let documents = |path: &'static str, resource: DocumentResource| {
        web::resource(path)
            .app_data(Data::new(resource))
            .route(read().to(documents::get))
            .route(web::put().to(documents::put))
            .route(web::post().to(documents::post))
            .route(web::delete().to(documents::delete))
    };
    let lrs = web::scope("/xapi")
        .service(
            web::resource("/statements")
                .route(read().to(statements::get))
                .route(web::put().to(statements::put))
                .route(web::post().to(statements::post)),
        )
        .service(documents("/activities/state", DocumentResource::State))
        .service(documents("/activities/profile", DocumentResource::ActivityProfile))
        .service(documents("/agents/profile", DocumentResource::AgentProfile))
        .service(web::resource("/activities").route(read().to(known::activity)))
        .service(web::resource("/agents").route(read().to(known::agent)))
        .service(web::resource("/about").route(read().to(about)))
        .wrap(from_fn(layer::layer));
    config.service(lrs);
}

/// GET and HEAD: the second answers like the first without a body (Communication 1.2).
fn read() -> Route {
    web::route().guard(guard::Any(guard::Get()).or(guard::Head()))
}

/// What every xAPI request brings: who asks, and by which version's rules.
struct Client {
    caller: Caller,
    version: Version,
}

impl FromRequest for Client {
    type Error = actix_web::Error;
    type Future = LocalBoxFuture<'static, Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let version = requested_version(&request)?;
            let caller = api_caller(&request).await?;
            request.extensions_mut().insert(caller.clone());
            Ok(Self { caller, version })
        })
    }
}

/// The version that a request names (Communication 3.3); one that names none is refused.
fn requested_version(request: &HttpRequest) -> Result<Version, Problem> {
    let header = request.headers().get(&VERSION).ok_or_else(|| {
        Problem::invalid("the header X-Experience-API-Version is missing (XAPI-00332)")
    })?;
    let text = header.to_str().unwrap_or_default();
    Version::negotiate(text).map_err(|error| Problem::invalid(error.to_string()))
}

/// The resource that tells which versions are spoken, and in extensions how large a request may be
/// (Communication 2.8); it asks for no credential.
async fn about(
    request: HttpRequest,
    parameters: Parameters,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Problem> {
    parameters.only(&[])?;
    let bytes = settings.request_bytes_max as u64;
    json_answer(
        &request,
        xapi::about_json(&[("https://w3id.org/attestry/xapi/request_bytes_max", bytes)]),
    )
}

/// An answer of JSON under an entity tag of its own.
fn json_answer(request: &HttpRequest, body: String) -> Result<HttpResponse, Problem> {
    let tag = xapi::etag(body.as_bytes());
    tagged(request, HttpResponse::Ok(), &tag, "application/json", body.into())
}

/// Ends the answer to a GET of content with the entity tag `tag`: with it, or with 304 when the
/// client has it.
fn tagged(
    request: &HttpRequest,
    mut response: HttpResponseBuilder,
    tag: &str,
    media_type: &str,
    content: Vec<u8>,
) -> Result<HttpResponse, Problem> {
    response.insert_header((header::ETAG, tag));
    match preconditions(request).for_reading(tag) {
        Reading::Whole => {
            Ok(response.insert_header((header::CONTENT_TYPE, media_type)).body(content))
        }
        Reading::NotModified => Ok(response.status(StatusCode::NOT_MODIFIED).finish()),
        Reading::Refused(error) => {
            let kind = "precondition-failed";
            Err(Problem::new(StatusCode::PRECONDITION_FAILED, kind, error.to_string()))
        }
    }
}

fn preconditions(request: &HttpRequest) -> Preconditions {
    let header = |name: HeaderName| {
        let values: Vec<_> =
            request.headers().get_all(name).filter_map(|value| value.to_str().ok()).collect();
        (!values.is_empty()).then(|| values.join(", "))
    };
    let (wanted, unwanted) = (header(header::IF_MATCH), header(header::IF_NONE_MATCH));
    Preconditions::parse(wanted.as_deref(), unwanted.as_deref())
}

/// The value of `Last-Modified`; HTTP dates have seconds.
fn http_date(at: Timestamp) -> String {
    at.to_datetime().format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

fn invalid(error: &ValidationError) -> Problem {
    Problem::invalid_at(&error.pointer, error.to_string())
        .member("rule", error.rule.into())
        .member("line", error.line.into())
        .member("column", error.column.into())
}

fn wrong_parameter(error: &ParameterError) -> Problem {
    Problem::invalid_at(&error.name, error.to_string()).member("rule", error.rule.into())
}
