//! Packages on their way in: streamed into the package store's spool, never held in memory.

use crate::{
    WebSettings,
    body::{self, cut_off, media_type},
    parameters::Parameters,
    problem::Problem,
};
use actix_multipart::{Field, Multipart, MultipartError};
use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    http::StatusCode,
    web::{self, Bytes},
};
use app::{App, Caller, ImportError};
use blob::{Spool, Spooled};
use futures_util::{Stream, StreamExt, TryStreamExt};
use package::{Report, Severity};
use std::fmt::Write;

/// Bytes of a form field beside the file.
const FIELD_BYTES_MAX: usize = 8 * 1024;
/// Form fields beside the file.
const FIELDS_MAX: usize = 16;

/// An upload that has come in completely.
pub(crate) struct Upload {
    /// The file's bytes.
    pub(crate) spooled: Box<dyn Spooled>,
    /// What the file is called; empty when that was not said.
    pub(crate) file_name: String,
    /// The form's other fields.
    pub(crate) fields: Vec<(String, String)>,
}

impl Upload {
    /// The value of a field; empty when it was not sent.
    pub(crate) fn field(&self, name: &str) -> &str {
        self.fields.iter().find(|(given, _)| given == name).map_or("", |(_, value)| value)
    }
}

/// Takes in the file of a request: the raw body, or the part `file` of a multipart form.
pub(crate) async fn receive(
    request: &HttpRequest,
    payload: Payload,
    app: &App,
    caller: &Caller,
    settings: &WebSettings,
) -> Result<Upload, Problem> {
    let spool = app.spool(caller).await?;
    if media_type(request) == "multipart/form-data" {
        return receive_form(request, payload, spool, settings.package_bytes_max).await;
    }
    let mut payload = payload;
    let body = web::Payload::from_request(request, &mut payload).await;
    let body = body.map_err(|error| Problem::invalid(error.to_string()))?;
    let body = body.map_err(|error| cut_off(&error));
    let spooled = fill(spool, body, settings.package_bytes_max).await?;
    let file_name = Parameters::parse(request.query_string())?.raw("file_name").to_owned();
    Ok(Upload { spooled, file_name, fields: Vec::new() })
}

/// A small file that has come in completely.
pub(crate) struct SmallUpload {
    /// The file's bytes.
    pub(crate) bytes: Vec<u8>,
    /// What the file is called; empty when that was not said.
    pub(crate) file_name: String,
    /// The form's other fields.
    pub(crate) fields: Vec<(String, String)>,
}

impl SmallUpload {
    /// The value of a field; empty when it was not sent.
    pub(crate) fn field(&self, name: &str) -> &str {
        self.fields.iter().find(|(given, _)| given == name).map_or("", |(_, value)| value.trim())
    }
}

/// Takes in a file of at most `limit` bytes: the raw body, or the part `file` of a multipart form.
pub(crate) async fn receive_bytes(
    request: &HttpRequest,
    payload: Payload,
    limit: usize,
) -> Result<SmallUpload, Problem> {
    let mut payload = payload;
    if media_type(request) != "multipart/form-data" {
        let body = web::Payload::from_request(request, &mut payload).await;
        let body = body.map_err(|error| Problem::invalid(error.to_string()))?;
        let bytes = body::read(request, body, limit).await?;
        let file_name = Parameters::parse(request.query_string())?.raw("file_name").to_owned();
        return Ok(SmallUpload { bytes, file_name, fields: Vec::new() });
    }
    let (mut fields, mut file) = (Vec::new(), None);
    let mut form = Multipart::new(request.headers(), payload);
    while let Some(mut part) = form.try_next().await.map_err(|error| broken(&error))? {
        let name = part.name().unwrap_or_default().to_owned();
        if name == "file" && file.is_none() {
            let file_name = part.content_disposition().and_then(|about| about.get_filename());
            let file_name = file_name.unwrap_or_default().to_owned();
            let bytes = part.bytes(limit).await;
            let bytes = bytes.map_err(|_| Problem::too_large("the file", limit as u64))?;
            file = Some((bytes.map_err(|error| broken(&error))?.to_vec(), file_name));
        } else if name == "file" {
            return Err(Problem::invalid("the form holds two files"));
        } else if fields.len() < FIELDS_MAX {
            fields.push((name, read_field(&mut part).await?));
        } else {
            return Err(Problem::invalid("the form has too many fields"));
        }
    }
    let (bytes, file_name) =
        file.ok_or_else(|| Problem::invalid("the form has no part called \"file\""))?;
    Ok(SmallUpload { bytes, file_name, fields })
}

async fn receive_form(
    request: &HttpRequest,
    payload: Payload,
    spool: Box<dyn Spool>,
    limit: u64,
) -> Result<Upload, Problem> {
    let mut spool = Some(spool);
    let (mut fields, mut file) = (Vec::new(), None);
    let mut form = Multipart::new(request.headers(), payload);
    while let Some(mut part) = form.try_next().await.map_err(|error| broken(&error))? {
        let name = part.name().unwrap_or_default().to_owned();
        if name == "file" {
            let spool = spool.take();
            let spool = spool.ok_or_else(|| Problem::invalid("the form holds two files"))?;
            let file_name = part.content_disposition().and_then(|about| about.get_filename());
            let file_name = file_name.unwrap_or_default().to_owned();
            let body = part.map_err(|error| broken(&error));
            file = Some((fill(spool, body, limit).await?, file_name));
        } else if fields.len() < FIELDS_MAX {
            let value = read_field(&mut part).await?;
            fields.push((name, value));
        } else {
            return Err(Problem::invalid("the form has too many fields"));
        }
    }
    let (spooled, file_name) =
        file.ok_or_else(|| Problem::invalid("the form has no part called \"file\""))?;
    Ok(Upload { spooled, file_name, fields })
}

async fn read_field(part: &mut Field) -> Result<String, Problem> {
    let bytes = part.bytes(FIELD_BYTES_MAX).await;
    let bytes = bytes.map_err(|_| Problem::too_large("a form field", FIELD_BYTES_MAX as u64))?;
    let bytes = bytes.map_err(|error| broken(&error))?;
    String::from_utf8(bytes.to_vec()).map_err(|_| Problem::invalid("a form field is not UTF-8"))
}

async fn fill(
    mut spool: Box<dyn Spool>,
    body: impl Stream<Item = Result<Bytes, Problem>>,
    limit: u64,
) -> Result<Box<dyn Spooled>, Problem> {
    let mut body = std::pin::pin!(body);
    let mut size = 0_u64;
    while let Some(chunk) = body.next().await {
        let chunk = chunk?;
        size = size.saturating_add(chunk.len() as u64);
        if size > limit {
            return Err(Problem::too_large("a package", limit).by_setting("package_bytes_max"));
        }
        spool.write(&chunk).await.map_err(app::AppError::from)?;
    }
    Ok(spool.finish().await.map_err(app::AppError::from)?)
}

fn broken(error: &MultipartError) -> Problem {
    cut_off(error)
}

/// Why an import did not happen.
pub(crate) fn refused(error: ImportError) -> Problem {
    match error {
        ImportError::App(error) => error.into(),
        ImportError::Refused(report) => {
            let detail = summary(&report);
            let report = serde_json::to_value(&report).unwrap_or_default();
            Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "package-refused", detail)
                .member("report", report)
        }
    }
}

/// What is wrong with a package, in a sentence or two.
pub(crate) fn summary(report: &Report) -> String {
    let errors = report.findings.iter().filter(|finding| finding.severity == Severity::Error);
    let mut text = String::from("the package cannot be played");
    for (index, finding) in errors.take(3).enumerate() {
        let gap = if index == 0 { ": " } else { "; " };
        // Writing to a string does not fail.
        let _ = write!(text, "{gap}{}", finding.message.trim_end_matches('.'));
    }
    text
}
