//! Versions of a course beside each other: what is otherwise, and who moves from one to another.

use super::{
    Frame,
    courses::RefusedView,
    render_with, see_other,
    session::{Form, Visitor, check_origin},
    view::{ReportView, count, size},
};
use crate::{WebSettings, api, parameters::Parameters, problem::Problem, upload, upload::Upload};
use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{self, Data, Path, ServiceConfig},
};
use app::{
    App, AppError, Examined, ImportError, MoveMany, MoveTerms, MovedMany, VersionDifference,
};
use askama::Template;
use domain::{CourseId, CourseVersion, RegistrationId, Role};
use package::{Difference, FileChange};
use scorm::difference::{Change, Listed, Part};

/// The routes of differences and moves.
pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/courses/{course}/check", web::post().to(check))
        .route("/courses/{course}/versions/{version}/difference", web::get().to(difference))
        .service(
            web::resource("/courses/{course}/versions/{version}/move")
                .route(web::get().to(before_moving))
                .route(web::post().to(move_many)),
        )
        .route("/registrations/{registration}/move", web::post().to(move_one));
}

/// Who may decide which version learners are on.
pub(super) fn may_move(visitor: &Visitor) -> bool {
    matches!(visitor.user.role, Role::Admin | Role::Author | Role::ComplianceLead)
}

#[derive(Template)]
#[template(path = "difference.html")]
struct DifferencePage {
    frame: Frame,
    heading: String,
    course: CourseId,
    title: String,
    /// The version whose page the path leads to.
    back: CourseVersion,
    news: Option<String>,
    refused: Option<RefusedView>,
    change_note: String,
    /// Versions that it can be compared with.
    others: Vec<VersionChoice>,
    difference: Option<DifferenceView>,
    report: Option<ReportView>,
    may_move_to: Option<CourseVersion>,
}

struct VersionChoice {
    number: CourseVersion,
    is_chosen: bool,
}

struct DifferenceView {
    summary: String,
    /// Whether parts are gone that launched something.
    is_lossy: bool,
    course: Vec<String>,
    parts: Vec<PartRow>,
    more_parts: Vec<String>,
    files: Vec<FileRow>,
    more_files: Vec<String>,
}

struct PartRow {
    word: &'static str,
    mark: &'static str,
    title: String,
    id: String,
    changes: Vec<String>,
}

struct FileRow {
    word: &'static str,
    mark: &'static str,
    path: String,
    before: String,
    after: String,
}

/// What became of a part or a file, and its colour.
const ADDED: (&str, &str) = ("added", "good");
const REMOVED: (&str, &str) = ("removed", "bad");
const CHANGED: (&str, &str) = ("changed", "wait");

impl DifferenceView {
    fn of(difference: &Difference) -> Self {
        let structure = &difference.structure;
        let files = &difference.files;
        let whole = structure.course.iter().chain(&structure.metadata);
        let changed = structure.changed.listed.iter().map(|part| PartRow {
            word: CHANGED.0,
            mark: CHANGED.1,
            title: part.title.clone(),
            id: part.id.to_string(),
            changes: part.changes.iter().map(Change::sentence).collect(),
        });
        let mut parts: Vec<PartRow> = part_rows(&structure.removed, REMOVED).collect();
        parts.extend(part_rows(&structure.added, ADDED));
        parts.extend(changed);
        let more = [
            (structure.removed.more(), "parts removed"),
            (structure.added.more(), "parts added"),
            (structure.changed.more(), "parts changed"),
        ];
        let all = [(&files.removed, REMOVED), (&files.added, ADDED), (&files.changed, CHANGED)];
        Self {
            summary: sentence(&difference.summary()),
            is_lossy: !structure.removed.is_empty(),
            course: whole.map(Change::sentence).collect(),
            parts,
            more_parts: and_more(more),
            files: all.iter().flat_map(|(list, word)| file_rows(list, *word)).collect(),
            more_files: and_more(all.map(|(list, word)| (list.more(), word.0))),
        }
    }
}

fn part_rows<'p>(
    parts: &'p Listed<Part>,
    (word, mark): (&'static str, &'static str),
) -> impl Iterator<Item = PartRow> + 'p {
    parts.listed.iter().map(move |part| PartRow {
        word,
        mark,
        title: part.title.clone(),
        id: part.id.to_string(),
        changes: Vec::new(),
    })
}

fn file_rows<'f>(
    files: &'f Listed<FileChange>,
    (word, mark): (&'static str, &'static str),
) -> impl Iterator<Item = FileRow> + 'f {
    let bytes = |bytes: Option<u64>| bytes.map(size).unwrap_or_default();
    files.listed.iter().map(move |file| FileRow {
        word,
        mark,
        path: file.path.clone(),
        before: bytes(file.bytes_before),
        after: bytes(file.bytes_after),
    })
}

fn and_more(counts: [(usize, &str); 3]) -> Vec<String> {
    let some = counts.into_iter().filter(|(count, _)| *count > 0);
    some.map(|(count, what)| format!("And {count} more {what}.")).collect()
}

/// A text with a large first letter and a full stop.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().collect::<String>());
    format!("{}{}.", first.unwrap_or_default(), letters.as_str())
}

async fn difference(
    visitor: Visitor,
    path: Path<(CourseId, CourseVersion)>,
    parameters: Parameters,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let (course, number) = path.into_inner();
    let from = parameters.parsed("from")?;
    let compared = app.version_difference(&visitor.caller, course, number, from).await?;
    let detail = app.course(&visitor.caller, course).await?;
    let version = detail.versions.iter().find(|one| one.version == number);
    let version = version.ok_or_else(Problem::not_found)?;
    let others = detail.versions.iter().map(|one| one.version).filter(|one| *one != number);
    let chosen = compared.from;
    let is_published = parameters.get("news") == Some("published");
    let VersionDifference { from, difference, .. } = compared;
    let page = DifferencePage {
        frame: Frame::of(&visitor, "/courses"),
        heading: format!("Version {number} against version {from}"),
        course,
        title: version.title.clone(),
        back: number,
        news: is_published.then(|| {
            format!(
                "Version {number} is published: who begins now takes it. Who has begun stays on \
                 their version until you move them."
            )
        }),
        refused: None,
        change_note: version.change_note.clone(),
        others: others
            .map(|number| VersionChoice { number, is_chosen: number == chosen })
            .collect(),
        difference: Some(DifferenceView::of(&difference)),
        report: None,
        may_move_to: Some(number).filter(|_| may_move(&visitor) && from < number),
    };
    Ok(render_with(StatusCode::OK, &page))
}

/// Looks at an uploaded package, and keeps nothing of it.
async fn check(
    request: HttpRequest,
    payload: web::Payload,
    visitor: Visitor,
    course: Path<CourseId>,
    app: Data<App>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Problem> {
    check_origin(&request)?;
    let payload = payload.into_inner();
    let upload = upload::receive(&request, payload, &app, &visitor.caller, &settings).await?;
    visitor.check(upload.field("csrf"))?;
    let detail = app.course(&visitor.caller, *course).await?;
    let latest = detail.versions.first().ok_or_else(Problem::not_found)?;
    let Upload { spooled, file_name, .. } = upload;
    let mut page = DifferencePage {
        frame: Frame::of(&visitor, "/courses"),
        heading: format!("{file_name} against version {}", latest.version),
        course: *course,
        title: latest.title.clone(),
        back: latest.version,
        news: Some(
            "Nothing is published and nothing is kept yet. Close this page to go on.".into(),
        ),
        refused: None,
        change_note: String::new(),
        others: Vec::new(),
        difference: None,
        report: None,
        may_move_to: None,
    };
    match app.examine(&visitor.caller, spooled, Some(*course)).await {
        Ok(Examined { report, known, difference }) => {
            if let Some(known) = known {
                page.news =
                    Some(format!("This very package is version {} already.", known.version));
            }
            page.difference = difference.map(|compared| DifferenceView::of(&compared.difference));
            let report = serde_json::to_value(&report).unwrap_or_default();
            page.report = Some(ReportView::of(&report));
        }
        Err(ImportError::Refused(report)) => {
            page.refused = Some(RefusedView::of(&file_name, &report));
            return Ok(render_with(StatusCode::UNPROCESSABLE_ENTITY, &page));
        }
        Err(other) => return Err(upload::refused(other)),
    }
    Ok(render_with(StatusCode::OK, &page))
}

#[derive(Template)]
#[template(path = "move.html")]
struct MovePage {
    frame: Frame,
    heading: String,
    course: CourseId,
    version: CourseVersion,
    title: String,
    fault: Option<String>,
    done: Option<String>,
    facts: Vec<(String, String)>,
    /// Parts that are gone, with how many learners had begun each.
    dropped: Vec<(String, String)>,
    may_move: bool,
    form_heading: String,
    button: String,
    reason: String,
    restart: bool,
    next: Option<String>,
}

/// What a page of moves begins from.
#[derive(Default)]
struct Typed {
    fault: Option<String>,
    done: Option<String>,
    reason: String,
    restart: bool,
    cursor: Option<String>,
}

async fn before_moving(
    visitor: Visitor,
    path: Path<(CourseId, CourseVersion)>,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    move_page(&app, &visitor, path.into_inner(), Typed::default()).await
}

/// What would be, with the form that makes it so.
async fn move_page(
    app: &App,
    visitor: &Visitor,
    (course, version): (CourseId, CourseVersion),
    typed: Typed,
) -> Result<HttpResponse, Problem> {
    let dry = MoveMany {
        dry_run: true,
        restart: typed.restart,
        cursor: typed.cursor.clone(),
        ..MoveMany::default()
    };
    let would = app.move_registrations(&visitor.caller, course, version, &dry).await?;
    let title = app.version(&visitor.caller, course, version).await?.version.title;
    let heading = match would.moved {
        0 => format!("No learner would move to version {version}"),
        moved => format!("{} would move to version {version}", count(moved, "learner", "learners")),
    };
    let status = if typed.fault.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let page = MovePage {
        frame: Frame::of(visitor, "/courses"),
        heading,
        course,
        version,
        title,
        facts: facts(&would),
        dropped: dropped(&would),
        may_move: may_move(visitor) && (would.moved > 0 || would.other_standard > 0),
        form_heading: format!("Move them to version {version}"),
        button: match would.moved {
            0 => "Move".to_owned(),
            moved => format!("Move {}", count(moved, "learner", "learners")),
        },
        fault: typed.fault,
        done: typed.done,
        reason: typed.reason,
        restart: typed.restart,
        next: typed.cursor,
    };
    Ok(render_with(status, &page))
}

/// Who moves and who stays, without what there is none of.
fn facts(found: &MovedMany) -> Vec<(String, String)> {
    let mut facts = vec![("Go on in the new version".to_owned(), found.moved.to_string())];
    for (count, what) in [
        (found.with_dropped, "Of these, had begun parts that are gone"),
        (found.in_use, "Stay, as they are in the course now"),
        (found.over, "Stay, as they are through"),
        (found.other_standard, "Stay, as only a new beginning leads to the other standard"),
    ] {
        if count > 0 {
            facts.push((what.to_owned(), count.to_string()));
        }
    }
    if found.next.is_some() {
        facts.push(("More".to_owned(), "are looked at once these are moved".to_owned()));
    }
    facts
}

fn dropped(found: &MovedMany) -> Vec<(String, String)> {
    let told = found.dropped.iter();
    told.map(|(item, learners)| (item.to_string(), count(*learners, "learner", "learners")))
        .collect()
}

async fn move_many(
    form: Form,
    path: Path<(CourseId, CourseVersion)>,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let (course, version) = path.into_inner();
    let Form { visitor, fields } = form;
    let reason = fields.raw("reason").trim().to_owned();
    let restart = fields.raw("restart") == "yes";
    let cursor = fields.get("cursor").map(ToOwned::to_owned);
    let many =
        MoveMany { reason: reason.clone(), restart, cursor: cursor.clone(), ..MoveMany::default() };
    let mut typed = Typed { reason, restart, cursor, ..Typed::default() };
    match app.move_registrations(&visitor.caller, course, version, &many).await {
        Ok(done) => {
            let moved = count(done.moved, "learner", "learners");
            let was = if done.moved == 1 { "was" } else { "were" };
            let told = format!("{moved} {was} moved to version {version}.");
            typed = Typed { done: Some(told), cursor: done.next, ..Typed::default() };
        }
        Err(AppError::Invalid { problem, .. }) => typed.fault = Some(sentence(&problem)),
        Err(error) => return Err(error.into()),
    }
    move_page(&app, &visitor, (course, version), typed).await
}

async fn move_one(
    form: Form,
    id: Path<RegistrationId>,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let version: Option<CourseVersion> = form.fields.parsed("version")?;
    let version = version.ok_or_else(|| Problem::invalid_at("version", "is missing"))?;
    let terms = MoveTerms {
        reason: form.fields.raw("reason").to_owned(),
        restart: form.fields.raw("restart") == "yes",
        dry_run: false,
    };
    let moved = app.move_registration(&form.visitor.caller, *id, version, &terms).await;
    moved.map_err(api::move_refused)?;
    Ok(see_other(&format!("/registrations/{id}")))
}
