//! `/api/v1/courses`.

use super::{PAGE_ITEMS, answer, list_answer};
use crate::{
    auth::ApiCaller,
    parameters::Parameters,
    problem::Problem,
    range::{Wanted, wanted},
    stream::Stretch,
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web::{Data, Path},
};
use app::{App, Caller, VersionDifference};
use domain::{CourseId, CourseVersion};
use serde_json::{Value, json};
use store::{CourseSummary, VersionSummary};

pub(super) async fn list(
    parameters: Parameters,
    caller: ApiCaller,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    parameters.only(&["cursor", "limit"])?;
    let limit = parameters.parsed("limit")?.unwrap_or(PAGE_ITEMS);
    let page = app.courses(&caller.0, parameters.parsed("cursor")?, limit).await?;
    let items = page.items.iter().map(course_json).collect();
    Ok(list_answer(items, page.next.map(|next| next.to_string())))
}

fn course_json(summary: &CourseSummary) -> Value {
    let course = &summary.course;
    json!({
        "id": course.id,
        "title": course.title,
        "created_at": course.created_at,
        "latest": summary.latest.as_ref().map(version_json),
    })
}

fn version_json(version: &VersionSummary) -> Value {
    json!({
        "course": version.course,
        "version": version.version,
        "title": version.title,
        "edition": version.edition,
        "activity": version.activity,
        "package_sha256": version.package,
        "package_bytes": version.package_bytes,
        "file_name": version.file_name,
        "published_at": version.published_at,
        "published_by": version.published_by,
        "change_note": version.change_note,
    })
}

pub(super) async fn one(
    id: Path<CourseId>,
    caller: ApiCaller,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let detail = app.course(&caller.0, *id).await?;
    Ok(answer(&json!({
        "id": detail.course.id,
        "title": detail.course.title,
        "created_at": detail.course.created_at,
        "versions": detail.versions.iter().map(version_json).collect::<Vec<_>>(),
    })))
}

pub(super) async fn version(
    path: Path<(CourseId, CourseVersion)>,
    caller: ApiCaller,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let (course, number) = path.into_inner();
    let detail = app.version(&caller.0, course, number).await?;
    let version = detail.version;
    Ok(answer(&json!({
        "course": version.course,
        "version": version.version,
        "title": version.title,
        "edition": version.edition,
        "activity": version.activity,
        "package_sha256": version.package,
        "package_bytes": version.package_bytes,
        "file_name": version.file_name,
        "published_at": version.published_at,
        "published_by": version.published_by,
        "change_note": version.change_note,
        "manifest": detail.manifest,
        "report": detail.report,
    })))
}

pub(super) async fn difference(
    path: Path<(CourseId, CourseVersion)>,
    parameters: Parameters,
    caller: ApiCaller,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    parameters.only(&["from"])?;
    let (course, number) = path.into_inner();
    let from = parameters.parsed("from")?;
    let difference = app.version_difference(&caller.0, course, number, from).await?;
    Ok(answer(&difference_json(&difference)))
}

/// What a version, or a package that is none yet, has otherwise than another version.
pub(super) fn difference_json(compared: &VersionDifference) -> Value {
    let VersionDifference { from, to, difference } = compared;
    json!({
        "from": from,
        "to": to,
        "is_empty": difference.is_empty(),
        "summary": difference.summary(),
        "structure": difference.structure,
        "files": difference.files,
    })
}

pub(super) async fn package(
    request: HttpRequest,
    path: Path<(CourseId, CourseVersion)>,
    caller: ApiCaller,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let (course, number) = path.into_inner();
    send_package(&request, &app, &caller.0, course, number).await
}

/// A version's package, exactly as it was uploaded; part of it if a range is asked for.
pub(crate) async fn send_package(
    request: &HttpRequest,
    app: &App,
    caller: &Caller,
    course: CourseId,
    number: CourseVersion,
) -> Result<HttpResponse, Problem> {
    let (version, reader) = app.package(caller, course, number).await?;
    let size = reader.size();
    let asked = request.headers().get(header::RANGE).and_then(|value| value.to_str().ok());
    let (status, range) = match wanted(asked, size) {
        Wanted::All => (StatusCode::OK, 0..size),
        Wanted::Part(range) => (StatusCode::PARTIAL_CONTENT, range),
        Wanted::Unsatisfiable => return Err(Problem::unsatisfiable(size)),
    };
    let mut response = HttpResponse::build(status);
    if status == StatusCode::PARTIAL_CONTENT {
        let value = format!("bytes {}-{}/{size}", range.start, range.end.saturating_sub(1));
        response.insert_header((header::CONTENT_RANGE, value));
    }
    let body = Stretch::new(reader, range).body().await.map_err(Problem::internal)?;
    Ok(response
        .insert_header((header::CONTENT_TYPE, "application/zip"))
        .insert_header((header::ETAG, format!("\"{}\"", version.package)))
        .insert_header((header::ACCEPT_RANGES, "bytes"))
        .insert_header((header::CONTENT_DISPOSITION, attachment(&version.file_name, course)))
        .body(body))
}

/// `Content-Disposition` (RFC 6266) with the name the file was uploaded under.
fn attachment(file_name: &str, course: CourseId) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    let name = file_name.rsplit(['/', '\\']).next().filter(|name| !name.is_empty());
    let name = name.map_or_else(|| format!("{course}.zip"), ToOwned::to_owned);
    let ascii: String = name.chars().map(|c| if plain(c) { c } else { '_' }).collect();
    let encoded = percent_encoding::utf8_percent_encode(&name, percent_encoding::NON_ALPHANUMERIC);
    format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{encoded}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{SeededEntropy, Timestamp};

    #[test]
    fn a_file_name_cannot_break_out_of_its_header() {
        let course = CourseId::generate(Timestamp::UNIX_EPOCH, &SeededEntropy::new(1));
        let header = attachment("C:\\a\"b\r\nü.zip", course);
        assert_eq!(
            header,
            "attachment; filename=\"a_b___.zip\"; filename*=UTF-8''a%22b%0D%0A%C3%BC%2Ezip"
        );
        assert!(attachment("", course).contains(&format!("{course}.zip")));
    }
}
