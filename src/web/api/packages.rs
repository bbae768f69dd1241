//! `POST /api/v1/packages`.

use super::{answer, courses::difference_json};
use crate::{
    WebSettings, auth::ApiCaller, parameters::Parameters, problem::Problem, upload, upload::Upload,
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web::{self, Data},
};
use app::{App, Examined, ImportOptions, Imported};
use domain::CourseId;
use serde_json::json;

pub(super) async fn create(
    request: HttpRequest,
    payload: web::Payload,
    parameters: Parameters,
    caller: ApiCaller,
    app: Data<App>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Problem> {
    parameters.only(&["course", "title", "change_note", "note", "file_name", "dry_run"])?;
    let course: Option<CourseId> = parameters.parsed("course")?;
    let is_dry_run = parameters.parsed("dry_run")?.unwrap_or(false);
    let payload = payload.into_inner();
    let upload = upload::receive(&request, payload, &app, &caller.0, &settings).await?;
    let said = |name: &str| match parameters.get(name) {
        Some(value) => value.to_owned(),
        None => upload.field(name).to_owned(),
    };
    if is_dry_run {
        let examined = app.examine(&caller.0, upload.spooled, course).await;
        return Ok(looked_at(&examined.map_err(upload::refused)?, course));
    }
    // `note` is what the field was called once.
    let change_note = Some(said("change_note")).filter(|note| !note.is_empty());
    let options = ImportOptions {
        course,
        title: Some(said("title")).filter(|title| !title.is_empty()),
        change_note: change_note.unwrap_or_else(|| said("note")),
        file_name: upload.file_name.clone(),
    };
    let Upload { spooled, .. } = upload;
    let imported = app.import(&caller.0, spooled, options).await.map_err(upload::refused)?;
    Ok(created(&imported))
}

/// The answer to a dry run: what would be, and nothing is.
fn looked_at(examined: &Examined, course: Option<CourseId>) -> HttpResponse {
    let Examined { report, known, difference } = examined;
    let known =
        known.as_ref().map(|known| json!({"course": known.course, "version": known.version}));
    answer(&json!({
        "dry_run": true,
        "course": course,
        "known_as": known,
        "report": report,
        "difference": difference.as_ref().map(difference_json),
    }))
}

fn created(imported: &Imported) -> HttpResponse {
    let Imported { version, is_new, report, activities, difference } = imported;
    let status = if *is_new { StatusCode::CREATED } else { StatusCode::OK };
    let location = format!("/api/v1/courses/{}/versions/{}", version.course, version.version);
    let body = json!({
        "course": version.course,
        "version": version.version,
        "title": version.title,
        "edition": version.edition,
        "package_sha256": version.package,
        "package_bytes": version.package_bytes,
        "activity": version.activity,
        "activities": activities,
        "is_new": is_new,
        "report": report,
        "difference": difference.as_ref().map(difference_json),
    });
    HttpResponse::build(status)
        .insert_header((header::LOCATION, location))
        .insert_header((header::CONTENT_TYPE, "application/json"))
        .body(body.to_string())
}
