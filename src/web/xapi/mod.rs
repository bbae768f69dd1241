//! The LRS, `/xapi`: requests and answers of xAPI 1.0.3 and 2.0.0 (Communication).

mod documents;
mod statements;

use crate::{WebSettings, auth::api_caller, problem::Problem};
use actix_web::{
    FromRequest, HttpRequest, HttpResponse, Route,
    dev::Payload,
    guard,
    http::header::{self, HeaderName, HeaderValue},
    web::{self, Data, ServiceConfig},
};
use app::Caller;
use futures_util::future::LocalBoxFuture;
use xapi::{ParameterError, ValidationError, Version};

const VERSION: HeaderName = HeaderName::from_static("x-experience-api-version");
const CONSISTENT_THROUGH: HeaderName =
    HeaderName::from_static("x-experience-api-consistent-through");

/// The routes of the LRS.
pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .service(
            web::resource("/xapi/statements")
                .route(read().to(statements::get))
                .route(web::put().to(statements::put))
                .route(web::post().to(statements::post)),
        )
        .service(
            web::resource("/xapi/activities/state")
                .route(read().to(documents::get))
                .route(web::put().to(documents::put))
                .route(web::post().to(documents::post))
                .route(web::delete().to(documents::delete)),
        )
        .service(web::resource("/xapi/about").route(read().to(about)));
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
            let version = negotiate(&request)?;
            let caller = api_caller(&request).await.map_err(|problem| under(version, problem))?;
            Ok(Self { caller, version })
        })
    }
}

/// The version of a request (Communication 3.3). One that names none is refused in the name of
/// the version that the operator has chosen.
fn negotiate(request: &HttpRequest) -> Result<Version, Problem> {
    let settings = request.app_data::<Data<WebSettings>>();
    let fallback = settings.map_or(Version::V1_0, |settings| settings.xapi_default_version);
    let refuse = |detail: String| under(fallback, Problem::invalid(detail));
    let header = request.headers().get(&VERSION);
    let header = header
        .ok_or_else(|| refuse("the header X-Experience-API-Version is missing".to_owned()))?;
    let text = header.to_str().unwrap_or_default();
    Version::negotiate(text).map_err(|error| refuse(error.to_string()))
}

/// A refusal with the version header that every answer has (XAPI-00333).
fn under(version: Version, problem: Problem) -> Problem {
    problem.header(VERSION, HeaderValue::from_static(version.header()))
}

/// The resource that tells which versions are spoken (Communication 2.8); it asks for nothing.
async fn about(request: HttpRequest, settings: Data<WebSettings>) -> HttpResponse {
    let version = negotiate(&request).unwrap_or(settings.xapi_default_version);
    HttpResponse::Ok()
        .insert_header((VERSION, version.header()))
        .insert_header((header::CONTENT_TYPE, "application/json"))
        .body(xapi::about_json())
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
