//! Courses: the list with the upload, a course with its versions, contents and report.

use super::{
    Frame, render_with, see_other,
    session::{Visitor, check_origin},
    versions::may_move,
    view::{ReportView, Time, count, size},
};
use crate::{WebSettings, api, parameters::Parameters, problem::Problem, upload, upload::Upload};
use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{self, Data, Path, ServiceConfig},
};
use app::{App, ImportError, ImportOptions, Imported, play::wire::LaunchMode};
use askama::Template;
use domain::{CourseId, CourseVersion, Role};
use package::Report;
use scorm::{
    outline::{ActivityKind, OutlineEntry},
    tree::ActivityTree,
};
use store::{CourseSummary, VersionSummary};

/// Courses on a page.
const PAGE_COURSES: usize = 50;

/// The routes of courses.
pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/courses").route(web::get().to(list)).route(web::post().to(import)))
        .route("/courses/{course}", web::get().to(latest))
        .route("/courses/{course}/versions", web::post().to(publish))
        .route("/courses/{course}/versions/{version}", web::get().to(version))
        .route("/courses/{course}/versions/{version}/package", web::get().to(package))
        .route("/courses/{course}/versions/{version}/launch", web::post().to(launch));
}

fn may_author(visitor: &Visitor) -> bool {
    matches!(visitor.user.role, Role::Admin | Role::Author)
}

/// A package that was not imported.
pub(super) struct RefusedView {
    pub(super) file_name: String,
    pub(super) summary: String,
    pub(super) report: ReportView,
}

impl RefusedView {
    pub(super) fn of(file_name: &str, report: &Report) -> Self {
        let mut summary = upload::summary(report);
        if let Some(first) = summary.get_mut(0..1) {
            first.make_ascii_uppercase();
        }
        let file_name = if file_name.is_empty() { "The package" } else { file_name };
        let report = serde_json::to_value(report).unwrap_or_default();
        Self {
            file_name: file_name.to_owned(),
            summary: format!("{summary}."),
            report: ReportView::of(&report),
        }
    }
}

#[derive(Template)]
#[template(path = "courses.html")]
struct CoursesPage {
    frame: Frame,
    heading: String,
    refused: Option<RefusedView>,
    may_upload: bool,
    courses: Vec<CourseRow>,
    next: Option<String>,
}

struct CourseRow {
    id: CourseId,
    title: String,
    edition: String,
    version: String,
    published_at: Time,
    published_by: String,
    size: String,
}

impl CourseRow {
    fn of(summary: CourseSummary) -> Self {
        let CourseSummary { course, latest } = summary;
        let published_at = latest.as_ref().map_or(course.created_at, |one| one.published_at);
        let text =
            |get: fn(&VersionSummary) -> String| latest.as_ref().map(get).unwrap_or_default();
        Self {
            id: course.id,
            title: course.title,
            edition: text(|one| one.edition.clone()),
            version: text(|one| one.version.to_string()),
            published_at: Time::of(published_at),
            published_by: text(|one| one.published_by.clone()),
            size: text(|one| size(one.package_bytes)),
        }
    }
}

async fn list_page(
    app: &App,
    visitor: &Visitor,
    after: Option<CourseId>,
    refused: Option<RefusedView>,
) -> Result<HttpResponse, Problem> {
    let page = app.courses(&visitor.caller, after, PAGE_COURSES).await?;
    let status = match refused {
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    let more = page.next.is_some() || after.is_some();
    let heading = match (more, page.items.len()) {
        (true, _) => "Courses".to_owned(),
        (false, number) => count(number, "course", "courses"),
    };
    let page = CoursesPage {
        frame: Frame::of(visitor, "/courses"),
        heading,
        refused,
        may_upload: may_author(visitor),
        courses: page.items.into_iter().map(CourseRow::of).collect(),
        next: page.next.map(|next| format!("/courses?after={next}")),
    };
    Ok(render_with(status, &page))
}

async fn list(
    visitor: Visitor,
    parameters: Parameters,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    list_page(&app, &visitor, parameters.parsed("after")?, None).await
}

async fn import(
    request: HttpRequest,
    payload: web::Payload,
    visitor: Visitor,
    app: Data<App>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Problem> {
    match take_in(&request, payload, &visitor, &app, &settings, None).await? {
        Ok(imported) => Ok(see_other(&news_address(&imported))),
        Err(refused) => list_page(&app, &visitor, None, Some(refused)).await,
    }
}

async fn publish(
    request: HttpRequest,
    payload: web::Payload,
    visitor: Visitor,
    course: Path<CourseId>,
    app: Data<App>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Problem> {
    let course = *course;
    match take_in(&request, payload, &visitor, &app, &settings, Some(course)).await? {
        Ok(imported) => Ok(see_other(&news_address(&imported))),
        Err(refused) => course_page(&app, &visitor, course, None, None, Some(refused)).await,
    }
}

async fn take_in(
    request: &HttpRequest,
    payload: web::Payload,
    visitor: &Visitor,
    app: &App,
    settings: &WebSettings,
    course: Option<CourseId>,
) -> Result<Result<Imported, RefusedView>, Problem> {
    check_origin(request)?;
    let payload = payload.into_inner();
    let upload = upload::receive(request, payload, app, &visitor.caller, settings).await?;
    visitor.check(upload.field("csrf"))?;
    let options = ImportOptions {
        course,
        title: None,
        file_name: upload.file_name.clone(),
        change_note: upload.field("change_note").trim().to_owned(),
    };
    let Upload { spooled, file_name, .. } = upload;
    match app.import(&visitor.caller, spooled, options).await {
        Ok(imported) => Ok(Ok(imported)),
        Err(ImportError::Refused(report)) => Ok(Err(RefusedView::of(&file_name, &report))),
        Err(other) => Err(upload::refused(other)),
    }
}

fn news_address(imported: &Imported) -> String {
    let version = &imported.version;
    if imported.difference.is_some() {
        let (course, number) = (version.course, version.version);
        return format!("/courses/{course}/versions/{number}/difference?news=published");
    }
    let news = if imported.is_new { "imported" } else { "known" };
    format!("/courses/{}/versions/{}?news={news}", version.course, version.version)
}

#[derive(Template)]
#[template(path = "course.html")]
struct CoursePage {
    frame: Frame,
    id: CourseId,
    title: String,
    news: Option<&'static str>,
    refused: Option<RefusedView>,
    may_upload: bool,
    may_launch: bool,
    version: u32,
    published_at: Time,
    published_by: String,
    change_note: String,
    edition: String,
    file_name: String,
    size: String,
    sha256: String,
    activity: String,
    /// What sequencing does with the course as a whole.
    course_rules: Vec<String>,
    items: Vec<ItemRow>,
    report: ReportView,
    versions: Vec<VersionRow>,
    /// The newest version, when another is shown.
    newest: Option<u32>,
    may_move: bool,
}

struct VersionRow {
    number: u32,
    published_at: Time,
    published_by: String,
    change_note: String,
    file_name: String,
}

struct ItemRow {
    id: String,
    title: String,
    level: usize,
    /// What it does: opens a page, groups others.
    does: &'static str,
    launches: String,
    visible: bool,
    rules: Vec<String>,
}

/// Deepest level that is shown further to the right than the one above it.
const LEVEL_MAX: usize = 5;

impl ItemRow {
    fn of(entry: OutlineEntry) -> Self {
        Self {
            id: entry.id.to_string(),
            title: entry.title,
            // The course itself has no line but its rules; what is in it begins at the left.
            level: entry.level.saturating_sub(1).min(LEVEL_MAX),
            does: match entry.kind {
                ActivityKind::Group => "groups",
                ActivityKind::Sco => "SCO",
                ActivityKind::Asset => "asset",
                ActivityKind::Empty => "opens nothing",
            },
            launches: entry.launches.unwrap_or_default(),
            visible: entry.visible,
            rules: entry.rules,
        }
    }
}

async fn latest(
    visitor: Visitor,
    course: Path<CourseId>,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    course_page(&app, &visitor, *course, None, None, None).await
}

async fn version(
    visitor: Visitor,
    path: Path<(CourseId, CourseVersion)>,
    parameters: Parameters,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let (course, number) = path.into_inner();
    let news = match parameters.get("news") {
        Some("imported") => {
            Some("The package is imported. What was noticed is in the report below.")
        }
        Some("known") => Some("This very package was imported before: this is its version."),
        _ => None,
    };
    course_page(&app, &visitor, course, Some(number), news, None).await
}

async fn course_page(
    app: &App,
    visitor: &Visitor,
    id: CourseId,
    number: Option<CourseVersion>,
    news: Option<&'static str>,
    refused: Option<RefusedView>,
) -> Result<HttpResponse, Problem> {
    let course = app.course(&visitor.caller, id).await?;
    let latest = course.versions.first().map(|one| one.version);
    let number = number.or(latest).ok_or_else(Problem::not_found)?;
    let detail = app.version(&visitor.caller, id, number).await?;
    let version = detail.version;
    let mut outline = ActivityTree::of(&detail.manifest).outline().into_iter();
    let course_rules = outline.next().map(|root| root.rules).unwrap_or_default();
    let items = outline.map(ItemRow::of).collect();
    let status = match refused {
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    let page = CoursePage {
        frame: Frame::of(visitor, "/courses"),
        id,
        title: version.title,
        news,
        refused,
        may_upload: may_author(visitor),
        may_launch: may_author(visitor),
        version: number.number(),
        published_at: Time::of(version.published_at),
        published_by: version.published_by,
        change_note: version.change_note,
        edition: version.edition,
        file_name: version.file_name,
        size: size(version.package_bytes),
        sha256: version.package.to_string(),
        activity: version.activity,
        course_rules,
        items,
        report: ReportView::of(&detail.report),
        versions: course.versions.into_iter().map(VersionRow::of).collect(),
        newest: latest.filter(|latest| *latest != number).map(CourseVersion::number),
        may_move: may_move(visitor) && number != CourseVersion::FIRST,
    };
    Ok(render_with(status, &page))
}

impl VersionRow {
    fn of(version: VersionSummary) -> Self {
        Self {
            number: version.version.number(),
            published_at: Time::of(version.published_at),
            published_by: version.published_by,
            change_note: version.change_note,
            file_name: version.file_name,
        }
    }
}

async fn package(
    request: HttpRequest,
    visitor: Visitor,
    path: Path<(CourseId, CourseVersion)>,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let (course, number) = path.into_inner();
    api::send_package(&request, &app, &visitor.caller, course, number).await
}

async fn launch(
    form: super::session::Form,
    path: Path<(CourseId, CourseVersion)>,
    app: Data<App>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Problem> {
    let (course, number) = path.into_inner();
    let mode = match form.fields.get("mode") {
        Some("browse") => LaunchMode::Browse,
        _ => LaunchMode::Normal,
    };
    let fresh = form.fields.get("fresh").is_some();
    let caller = &form.visitor.caller;
    let launch = app.create_test_launch(caller, course, number, mode, fresh).await;
    let launch = launch.map_err(api::launch_refused)?;
    Ok(see_other(&api::launch_address(&settings, &launch)))
}
