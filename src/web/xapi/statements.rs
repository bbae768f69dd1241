//! `/xapi/statements` (Communication 2.1).

use super::{CONSISTENT_THROUGH, Client, http_date, invalid, view::View, wrong_parameter};
use crate::{
    WebSettings, api::statement_not_there, body, parameters::Parameters, problem::Problem,
};
use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    http::{StatusCode, header},
    web::{self, Data},
};
use app::{
    App, AppError, Caller, FoundStatement, Freshness, SentStatements, StatementError,
    StatementPage, StatementsFound,
};
use bytes::Bytes;
use domain::StatementId;
use futures_util::stream;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use store::AttachmentLink;
use xapi::{Languages, multipart};

pub(super) async fn put(
    request: HttpRequest,
    payload: web::Payload,
    parameters: Parameters,
    client: Client,
    app: Data<App>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Problem> {
    parameters.only(&["statementId"])?;
    let id: Option<StatementId> = parameters.parsed("statementId")?;
    let id = id.ok_or_else(|| Problem::invalid_at("statementId", "is missing (XAPI-00144)"))?;
    let sent = sent(&request, payload, &settings).await?;
    app.put_statement(&client.caller, id, &sent, client.version).await.map_err(refused)?;
    Ok(HttpResponse::NoContent().finish())
}

pub(super) async fn post(
    request: HttpRequest,
    payload: web::Payload,
    parameters: Parameters,
    client: Client,
    app: Data<App>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Problem> {
    parameters.only(&[])?;
    let sent = sent(&request, payload, &settings).await?;
    let ids = app.post_statements(&client.caller, &sent, client.version).await.map_err(refused)?;
    let ids = serde_json::to_string(&ids).map_err(Problem::internal)?;
    Ok(HttpResponse::Ok().insert_header((header::CONTENT_TYPE, "application/json")).body(ids))
}

/// The body with its type, at most `request_bytes_max` of it, attachments included.
async fn sent(
    request: &HttpRequest,
    payload: web::Payload,
    settings: &WebSettings,
) -> Result<SentStatements, Problem> {
    let content_type = request.headers().get(header::CONTENT_TYPE);
    let content_type = content_type.and_then(|value| value.to_str().ok()).unwrap_or_default();
    let body = body::read(request, payload, settings.request_bytes_max).await?;
    Ok(SentStatements { content_type: content_type.to_owned(), body: body.into() })
}

pub(super) async fn get(
    request: HttpRequest,
    parameters: Parameters,
    client: Client,
    app: Data<App>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Problem> {
    let by_id = ["statementId", "voidedStatementId"].iter().any(|id| parameters.get(id).is_some());
    let mut response = HttpResponse::Ok();
    let freshness = if settings.xapi_queries_may_lag && !by_id {
        Freshness::MayLag
    } else {
        // Before anything is looked up: what is stored meanwhile may be missing. Refusals get the
        // header where all answers pass.
        let through = app.consistent_through(&client.caller).await?.to_string();
        response.insert_header((CONSISTENT_THROUGH, through));
        Freshness::Fresh
    };
    let languages = request.headers().get(header::ACCEPT_LANGUAGE);
    let languages = languages.and_then(|value| value.to_str().ok()).unwrap_or("*");
    let languages = Languages::parse(languages);
    let page = if let Some(more) = parameters.get("more") {
        // It stands for all that the first request asked.
        parameters.only(&["more"])?;
        app.more_statements(&client.caller, more, freshness).await.map_err(refused)?
    } else {
        let own = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        let pairs: Vec<(String, String)> = parameters.pairs().map(own).collect();
        let found = app.find_statements(&client.caller, &pairs, client.version, freshness).await;
        match found.map_err(refused)? {
            StatementsFound::Page(page) => page,
            StatementsFound::One(Some(found)) => {
                let FoundStatement { statement, query, attachments } = found;
                let shown = std::slice::from_ref(&statement);
                let view = View::of(shown, query.format, languages, &client, &app).await?;
                let body = view.show(&statement)?.into_owned();
                response.insert_header((header::LAST_MODIFIED, http_date(statement.stored)));
                return Ok(answer(response, body, attachments, &app, &client, &settings));
            }
            StatementsFound::One(None) => {
                let id = match parameters.parsed("statementId")? {
                    None => parameters.parsed("voidedStatementId")?,
                    id => id,
                };
                let id: StatementId = id.ok_or_else(Problem::not_found)?;
                return Err(statement_not_there(&app, &client.caller, id).await);
            }
        }
    };
    if let Some(through) = page.through {
        response.insert_header((CONSISTENT_THROUGH, through.to_string()));
    }
    let format = page.query.format;
    let view = View::of(&page.statements, format, languages, &client, &app).await?;
    let body = page_body(&page, &view)?;
    Ok(answer(response, body, page.attachments, &app, &client, &settings))
}

/// Statements as JSON or, when their attachments are wanted too, in several parts
/// (Communication 1.5.2).
fn answer(
    mut response: HttpResponseBuilder,
    json: String,
    attachments: Option<Vec<AttachmentLink>>,
    app: &Data<App>,
    client: &Client,
    settings: &WebSettings,
) -> HttpResponse {
    let Some(links) = attachments else {
        return response.insert_header((header::CONTENT_TYPE, "application/json")).body(json);
    };
    let boundary = multipart::new_boundary(&*settings.entropy);
    let mut first = multipart::first_head(&boundary);
    first.push_str(&json);
    response.insert_header((header::CONTENT_TYPE, multipart::content_type(&boundary)));
    let parts = Parts {
        app: app.clone(),
        caller: client.caller.clone(),
        boundary,
        first: Some(first),
        links: links.into_iter(),
        ended: false,
    };
    response.streaming(stream::try_unfold(parts, |mut parts| async move {
        let chunk = parts.next().await?;
        Ok::<_, AppError>(chunk.map(|chunk| (chunk, parts)))
    }))
}

/// The parts of an answer; one attachment at a time is in memory.
struct Parts {
    app: Data<App>,
    caller: Caller,
    boundary: String,
    /// Statements, with what stands before them.
    first: Option<String>,
    links: std::vec::IntoIter<AttachmentLink>,
    ended: bool,
}

impl Parts {
    async fn next(&mut self) -> Result<Option<Bytes>, AppError> {
        if let Some(first) = self.first.take() {
            return Ok(Some(first.into()));
        }
        for link in self.links.by_ref() {
            // One that was erased since the statements were found is left out.
            if let Some(content) = self.app.attachment(&self.caller, &link).await? {
                let head = multipart::part_head(&self.boundary, &link.sha2, &link.media_type);
                let mut part = head.into_bytes();
                part.extend_from_slice(&content);
                return Ok(Some(part.into()));
            }
        }
        if std::mem::replace(&mut self.ended, true) {
            return Ok(None);
        }
        Ok(Some(multipart::end(&self.boundary).into()))
    }
}

fn page_body(page: &StatementPage, view: &View) -> Result<String, Problem> {
    let size: usize = page.statements.iter().map(|statement| statement.body.len() + 1).sum();
    let mut body = String::with_capacity(size + 512);
    body.push_str("{\"statements\":[");
    for (index, statement) in page.statements.iter().enumerate() {
        if index > 0 {
            body.push(',');
        }
        body.push_str(&view.show(statement)?);
    }
    body.push_str("],\"more\":\"");
    if let Some(more) = &page.more {
        body.push_str("/xapi/statements?more=");
        body.extend(utf8_percent_encode(more, NON_ALPHANUMERIC));
    }
    body.push_str("\"}");
    Ok(body)
}

fn refused(error: StatementError) -> Problem {
    let detail = error.to_string();
    match error {
        StatementError::Invalid(error) => invalid(&error),
        StatementError::Parameter(error) => wrong_parameter(&error),
        StatementError::IdsDiffer { .. } => Problem::invalid_at("statementId", detail),
        StatementError::Conflict(_) => Problem::new(StatusCode::CONFLICT, "conflict", detail),
        StatementError::Erased(_) => Problem::new(StatusCode::CONFLICT, "erased", detail),
        StatementError::ContentType(_)
        | StatementError::Attachment(_)
        | StatementError::Signature { .. }
        | StatementError::VoidsVoiding { .. } => Problem::invalid(detail),
        StatementError::BadMore => Problem::invalid_at("more", detail),
        StatementError::App(error) => error.into(),
    }
}
