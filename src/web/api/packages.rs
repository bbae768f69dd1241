//! `POST /api/v1/packages`.

use crate::{
    WebSettings, auth::ApiCaller, parameters::Parameters, problem::Problem, upload, upload::Upload,
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web::{self, Data},
};
use app::{App, ImportOptions, Imported};
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
    parameters.only(&["course", "title", "note", "file_name"])?;
    let course: Option<CourseId> = parameters.parsed("course")?;
    let payload = payload.into_inner();
    let upload = upload::receive(&request, payload, &app, &caller.0, &settings).await?;
    let said = |name: &str| match parameters.get(name) {
        Some(value) => value.to_owned(),
        None => upload.field(name).to_owned(),
    };
    let options = ImportOptions {
        course,
        title: Some(said("title")).filter(|title| !title.is_empty()),
        change_note: said("note"),
        file_name: upload.file_name.clone(),
    };
    let Upload { spooled, .. } = upload;
    let imported = app.import(&caller.0, spooled, options).await.map_err(upload::refused)?;
    Ok(created(&imported))
}

fn created(imported: &Imported) -> HttpResponse {
    let Imported { version, is_new, report, activities } = imported;
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
    });
    HttpResponse::build(status)
        .insert_header((header::LOCATION, location))
        .insert_header((header::CONTENT_TYPE, "application/json"))
        .body(body.to_string())
}
