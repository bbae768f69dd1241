//! `/xapi/activities/state` (Communication 2.3).

use super::{Client, VERSION, invalid, under, wrong_parameter};
use crate::{WebSettings, body, parameters::Parameters, problem::Problem};
use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{self, HeaderName},
    },
    web::{self, Data},
};
use app::{App, DocumentChange, DocumentError};
use xapi::{
    Content, DocumentMethod, DocumentQuery, DocumentResource, PreconditionError, Preconditions,
};

pub(super) async fn get(
    parameters: Parameters,
    client: Client,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let version = client.version;
    let work = async {
        let query = query(&parameters, DocumentMethod::Get, &client)?;
        let mut response = HttpResponse::Ok();
        response.insert_header((VERSION, version.header()));
        if query.id.is_none() {
            let ids = app.document_ids(&client.caller, &query).await?;
            let ids = serde_json::to_string(&ids).map_err(Problem::internal)?;
            response.insert_header((header::CONTENT_TYPE, "application/json"));
            return Ok(response.body(ids));
        }
        let document = app.document(&client.caller, &query).await?;
        let document = document.ok_or_else(|| {
            Problem::new(StatusCode::NOT_FOUND, "not-found", "there is no such document")
        })?;
        let updated = document.updated_at.to_datetime();
        Ok(response
            .insert_header((header::CONTENT_TYPE, document.content_type))
            .insert_header((header::ETAG, document.etag))
            .insert_header((
                header::LAST_MODIFIED,
                updated.format("%a, %d %b %Y %H:%M:%S GMT").to_string(),
            ))
            .body(document.content))
    };
    work.await.map_err(|problem| under(version, problem))
}

pub(super) async fn put(
    request: HttpRequest,
    payload: web::Payload,
    parameters: Parameters,
    client: Client,
    app: Data<App>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Problem> {
    let content = body::read(&request, payload, settings.request_bytes_max).await?;
    change(&request, &parameters, &client, &app, DocumentMethod::Put, &content).await
}

pub(super) async fn post(
    request: HttpRequest,
    payload: web::Payload,
    parameters: Parameters,
    client: Client,
    app: Data<App>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Problem> {
    let content = body::read(&request, payload, settings.request_bytes_max).await?;
    change(&request, &parameters, &client, &app, DocumentMethod::Post, &content).await
}

pub(super) async fn delete(
    request: HttpRequest,
    parameters: Parameters,
    client: Client,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    change(&request, &parameters, &client, &app, DocumentMethod::Delete, &[]).await
}

async fn change(
    request: &HttpRequest,
    parameters: &Parameters,
    client: &Client,
    app: &App,
    method: DocumentMethod,
    content: &[u8],
) -> Result<HttpResponse, Problem> {
    let version = client.version;
    let header =
        |name: HeaderName| request.headers().get(name).and_then(|value| value.to_str().ok());
    let work = async {
        let query = query(parameters, method, client)?;
        let preconditions =
            Preconditions::parse(header(header::IF_MATCH), header(header::IF_NONE_MATCH));
        // RFC 9110 8.3: content without a type may be taken for bytes.
        let media_type = header(header::CONTENT_TYPE).unwrap_or("application/octet-stream");
        let change = DocumentChange {
            resource: DocumentResource::State,
            method,
            query: &query,
            preconditions: &preconditions,
            content: Content { media_type, bytes: content },
            version,
        };
        app.change_document(&client.caller, &change).await.map_err(refused)?;
        Ok(HttpResponse::NoContent().insert_header((VERSION, version.header())).finish())
    };
    work.await.map_err(|problem| under(version, problem))
}

fn query(
    parameters: &Parameters,
    method: DocumentMethod,
    client: &Client,
) -> Result<DocumentQuery, Problem> {
    DocumentQuery::parse(DocumentResource::State, method, parameters.pairs(), client.version)
        .map_err(|error| wrong_parameter(&error))
}

fn refused(error: DocumentError) -> Problem {
    let detail = error.to_string();
    match error {
        DocumentError::Precondition(PreconditionError::Failed) => {
            Problem::new(StatusCode::PRECONDITION_FAILED, "precondition-failed", detail)
        }
        DocumentError::Precondition(PreconditionError::Conflict) => {
            Problem::new(StatusCode::CONFLICT, "conflict", detail)
        }
        DocumentError::Precondition(PreconditionError::Missing) | DocumentError::Merge(_) => {
            Problem::invalid(detail)
        }
        DocumentError::Json(error) => invalid(&error),
        DocumentError::App(error) => error.into(),
    }
}
