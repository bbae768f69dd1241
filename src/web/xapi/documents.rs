//! Documents: `/xapi/activities/state`, `/xapi/activities/profile`, `/xapi/agents/profile`
//! (Communication 2.2, 2.3, 2.6, 2.7).

use super::{Client, http_date, invalid, preconditions, tagged, wrong_parameter};
use crate::{WebSettings, body, parameters::Parameters, problem::Problem};
use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web::{self, Data},
};
use app::{App, DocumentChange, DocumentError};
use xapi::{Content, DocumentMethod, DocumentQuery, DocumentResource, PreconditionError};

pub(super) async fn get(
    request: HttpRequest,
    resource: Data<DocumentResource>,
    parameters: Parameters,
    client: Client,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let query = query(**resource, &parameters, DocumentMethod::Get, &client)?;
    if query.id.is_none() {
        let ids = app.document_ids(&client.caller, &query).await?;
        let ids = serde_json::to_string(&ids).map_err(Problem::internal)?;
        return super::json_answer(&request, ids);
    }
    let document = app.document(&client.caller, &query).await?;
    let document = document.ok_or_else(|| {
        Problem::new(StatusCode::NOT_FOUND, "not-found", "there is no such document")
    })?;
    let mut response = HttpResponse::Ok();
    response.insert_header((header::LAST_MODIFIED, http_date(document.updated_at)));
    tagged(&request, response, &document.etag, &document.content_type, document.content)
}

pub(super) async fn put(
    request: HttpRequest,
    payload: web::Payload,
    resource: Data<DocumentResource>,
    parameters: Parameters,
    client: Client,
    app: Data<App>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Problem> {
    let query = query(**resource, &parameters, DocumentMethod::Put, &client)?;
    let content = body::read(&request, payload, settings.request_bytes_max).await?;
    change(&request, **resource, DocumentMethod::Put, &query, &content, &client, &app).await
}

pub(super) async fn post(
    request: HttpRequest,
    payload: web::Payload,
    resource: Data<DocumentResource>,
    parameters: Parameters,
    client: Client,
    app: Data<App>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Problem> {
    let query = query(**resource, &parameters, DocumentMethod::Post, &client)?;
    let content = body::read(&request, payload, settings.request_bytes_max).await?;
    change(&request, **resource, DocumentMethod::Post, &query, &content, &client, &app).await
}

pub(super) async fn delete(
    request: HttpRequest,
    resource: Data<DocumentResource>,
    parameters: Parameters,
    client: Client,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let query = query(**resource, &parameters, DocumentMethod::Delete, &client)?;
    change(&request, **resource, DocumentMethod::Delete, &query, &[], &client, &app).await
}

async fn change(
    request: &HttpRequest,
    resource: DocumentResource,
    method: DocumentMethod,
    query: &DocumentQuery,
    content: &[u8],
    client: &Client,
    app: &App,
) -> Result<HttpResponse, Problem> {
    // RFC 9110 8.3: content without a type may be taken for bytes.
    let media_type = request.headers().get(header::CONTENT_TYPE);
    let media_type = media_type.and_then(|value| value.to_str().ok());
    let change = DocumentChange {
        resource,
        method,
        query,
        preconditions: &preconditions(request),
        content: Content {
            media_type: media_type.unwrap_or("application/octet-stream"),
            bytes: content,
        },
        version: client.version,
    };
    app.change_document(&client.caller, &change).await.map_err(refused)?;
    Ok(HttpResponse::NoContent().finish())
}

fn query(
    resource: DocumentResource,
    parameters: &Parameters,
    method: DocumentMethod,
    client: &Client,
) -> Result<DocumentQuery, Problem> {
    DocumentQuery::parse(resource, method, parameters.pairs(), client.version)
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
