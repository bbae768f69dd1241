//! `/xapi/statements` (Communication 2.1).

use super::{CONSISTENT_THROUGH, Client, VERSION, invalid, under, wrong_parameter};
use crate::{WebSettings, body, parameters::Parameters, problem::Problem};
use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    http::{StatusCode, header},
    web::{self, Data},
};
use app::{App, StatementError, StatementPage, StatementsFound};
use domain::StatementId;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use std::borrow::Cow;
use store::StoredStatement;
use xapi::{Format, Languages, StatementQuery, format_statement};

pub(super) async fn put(
    request: HttpRequest,
    payload: web::Payload,
    parameters: Parameters,
    client: Client,
    app: Data<App>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Problem> {
    let version = client.version;
    let work = async {
        let id: StatementId = match parameters.get("statementId") {
            Some(_) => parameters.parsed("statementId")?,
            None => None,
        }
        .ok_or_else(|| Problem::invalid_at("statementId", "is missing (XAPI-00144)"))?;
        parameters.only(&["statementId"])?;
        let body = json_body(&request, payload, &settings).await?;
        app.put_statement(&client.caller, id, &body, version).await.map_err(refused)?;
        Ok(HttpResponse::NoContent().insert_header((VERSION, version.header())).finish())
    };
    work.await.map_err(|problem| under(version, problem))
}

pub(super) async fn post(
    request: HttpRequest,
    payload: web::Payload,
    parameters: Parameters,
    client: Client,
    app: Data<App>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Problem> {
    let version = client.version;
    let work = async {
        parameters.only(&[])?;
        let body = json_body(&request, payload, &settings).await?;
        let ids = app.post_statements(&client.caller, &body, version).await.map_err(refused)?;
        let ids = serde_json::to_string(&ids).map_err(Problem::internal)?;
        Ok(HttpResponse::Ok()
            .insert_header((VERSION, version.header()))
            .insert_header((header::CONTENT_TYPE, "application/json"))
            .body(ids))
    };
    work.await.map_err(|problem| under(version, problem))
}

async fn json_body(
    request: &HttpRequest,
    payload: web::Payload,
    settings: &WebSettings,
) -> Result<Vec<u8>, Problem> {
    match body::media_type(request).as_str() {
        "application/json" => body::read(request, payload, settings.request_bytes_max).await,
        other => Err(Problem::invalid(format!(
            "statements are sent as application/json, not {other:?} (attachments are not taken yet)"
        ))),
    }
}

pub(super) async fn get(
    request: HttpRequest,
    parameters: Parameters,
    client: Client,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let version = client.version;
    let work = async {
        let through = app.consistent_through(&client.caller).await?;
        let mut response = HttpResponse::Ok();
        response
            .insert_header((VERSION, version.header()))
            .insert_header((CONSISTENT_THROUGH, through.to_string()));
        let languages = request.headers().get(header::ACCEPT_LANGUAGE);
        let languages = languages.and_then(|value| value.to_str().ok()).unwrap_or("*");
        let languages = Languages::parse(languages);
        if let Some(more) = parameters.get("more") {
            let page = app.more_statements(&client.caller, more).await.map_err(refused)?;
            return page_answer(response, &page, &languages);
        }
        let pairs: Vec<(String, String)> =
            parameters.pairs().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let found = app.find_statements(&client.caller, &pairs, version).await.map_err(refused)?;
        match found {
            StatementsFound::Page(page) => page_answer(response, &page, &languages),
            StatementsFound::One(Some(statement)) => {
                let query = StatementQuery::parse(parameters.pairs(), version)
                    .map_err(|error| wrong_parameter(&error))?;
                one_answer(response, &statement, query.format, &languages)
            }
            StatementsFound::One(None) => {
                let detail = "there is no such statement, or it is voided";
                Err(Problem::new(StatusCode::NOT_FOUND, "not-found", detail))
            }
        }
    };
    work.await.map_err(|problem| under(version, problem))
}

fn one_answer(
    mut response: HttpResponseBuilder,
    statement: &StoredStatement,
    format: Format,
    languages: &Languages,
) -> Result<HttpResponse, Problem> {
    let body = formatted(statement, format, languages)?.into_owned();
    // HTTP dates have seconds: 2.1.3 asks for the time of storing.
    let modified = statement.stored.to_datetime().format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    Ok(response
        .insert_header((header::LAST_MODIFIED, modified))
        .insert_header((header::CONTENT_TYPE, "application/json"))
        .body(body))
}

fn page_answer(
    mut response: HttpResponseBuilder,
    page: &StatementPage,
    languages: &Languages,
) -> Result<HttpResponse, Problem> {
    let size: usize = page.statements.iter().map(|statement| statement.body.len() + 1).sum();
    let mut body = String::with_capacity(size + 512);
    body.push_str("{\"statements\":[");
    for (index, statement) in page.statements.iter().enumerate() {
        if index > 0 {
            body.push(',');
        }
        body.push_str(&formatted(statement, page.query.format, languages)?);
    }
    body.push_str("],\"more\":\"");
    if let Some(more) = &page.more {
        body.push_str("/xapi/statements?more=");
        body.extend(utf8_percent_encode(more, NON_ALPHANUMERIC));
    }
    body.push_str("\"}");
    Ok(response.insert_header((header::CONTENT_TYPE, "application/json")).body(body))
}

fn formatted<'a>(
    statement: &'a StoredStatement,
    format: Format,
    languages: &Languages,
) -> Result<Cow<'a, str>, Problem> {
    let text = str::from_utf8(&statement.body).map_err(Problem::internal)?;
    format_statement(text, format, languages, &|_| None).map_err(Problem::internal)
}

fn refused(error: StatementError) -> Problem {
    let detail = error.to_string();
    match error {
        StatementError::Invalid(error) => invalid(&error),
        StatementError::Parameter(error) => wrong_parameter(&error),
        StatementError::IdsDiffer { .. } => Problem::invalid_at("statementId", detail),
        StatementError::Conflict(_) => Problem::new(StatusCode::CONFLICT, "conflict", detail),
        StatementError::Attachment(_) | StatementError::VoidsVoiding { .. } => {
            Problem::invalid(detail)
        }
        StatementError::BadMore => Problem::invalid_at("more", detail),
        StatementError::App(error) => error.into(),
    }
}
