//! Registrations: the list with its filters and CSV, and one registration with everything behind
//! it.

use super::{
    Frame, attestations, render, render_with, report, see_other,
    session::Visitor,
    statements::sentence,
    versions::may_move,
    view::{Time, count, percent, second, status},
};
use crate::{
    WebSettings, api,
    parameters::{Parameters, push_parameter},
    problem::Problem,
    when,
};
use actix_web::{
    HttpResponse,
    http::StatusCode,
    web::{self, Data, Path, ServiceConfig},
};
use app::{
    App, Caller, Freshness, RegistrationMove, RegistrationRow, StatementsFound,
    play::wire::{ActivityView, StatusView},
};
use askama::Template;
use domain::{CourseId, CourseVersion, RegistrationId, Role, SessionId};
use store::{LoggedCall, Notice};
use xapi::Version;

/// Registrations on a page.
const PAGE_REGISTRATIONS: usize = 100;
/// Calls on a page of the API log.
const PAGE_CALLS: usize = 500;
/// Statements shown with a registration.
const STATEMENTS_SHOWN: &str = "200";
/// Courses offered in the filter.
const COURSES_OFFERED: usize = 100;

const FILTERS: [&str; 5] = ["person", "course", "from", "to", "test"];

/// The routes of registrations.
pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/registrations", web::get().to(list))
        .route("/registrations.csv", web::get().to(csv))
        .route("/registrations/{registration}", web::get().to(one))
        .route("/registrations/{registration}/{list}.csv", web::get().to(report::csv))
        .route("/registrations/{registration}/review", web::post().to(review))
        .route("/registrations/{registration}/sessions/{session}/export", web::get().to(export));
}

#[derive(Template)]
#[template(path = "registrations.html")]
struct RegistrationsPage {
    frame: Frame,
    heading: String,
    csv: String,
    fault: Option<String>,
    person: String,
    from: String,
    to: String,
    test: String,
    courses: Vec<CourseChoice>,
    rows: Vec<Row>,
    next: Option<String>,
}

struct CourseChoice {
    id: CourseId,
    title: String,
    chosen: bool,
}

struct Row {
    id: RegistrationId,
    learner: String,
    learner_id: String,
    course: String,
    version: u32,
    test: bool,
    mark: &'static str,
    status: &'static str,
    score: String,
    time: String,
    attempts: String,
    active_at: Time,
}

impl Row {
    fn of(row: &RegistrationRow) -> Self {
        let (mark, status) = status(row.status());
        let learner = Some(&row.learner_name).filter(|name| !name.is_empty());
        let told = |text: String| if row.test { String::new() } else { text };
        Self {
            id: row.id,
            learner: learner.unwrap_or(&row.learner_id).clone(),
            learner_id: row.learner_id.clone(),
            course: row.course_title.clone(),
            version: row.version.number(),
            test: row.test,
            mark,
            status,
            score: percent(match &row.tried {
                Some(tried) => tried.score,
                None => row.record.score.and_then(|score| score.scaled),
            }),
            time: told(when::clock_duration(row.record.total_time)),
            // What only statements tell of is not known of a test.
            attempts: told(row.record.attempts.len().to_string()),
            active_at: Time::of(row.last_at().unwrap_or(row.created_at)),
        }
    }
}

/// `address` with the filters of a page.
fn with_filters(address: &str, parameters: &Parameters) -> String {
    let mut address = address.to_owned();
    for name in FILTERS {
        if let Some(value) = parameters.get(name) {
            push_parameter(&mut address, name, value);
        }
    }
    address
}

async fn list(
    visitor: Visitor,
    parameters: Parameters,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let caller = &visitor.caller;
    let (query, fault) = match api::registration_query(&parameters) {
        Ok(query) => (Some(query), None),
        Err(problem) => (None, Some(problem.detail().to_owned())),
    };
    let page = match &query {
        Some(query) => Some(app.registrations(caller, query, PAGE_REGISTRATIONS).await?),
        None => None,
    };
    let (items, next) = page.map(|page| (page.items, page.next)).unwrap_or_default();
    let next_address = |cursor: store::RegistrationCursor| {
        let mut address = with_filters("/registrations", &parameters);
        push_parameter(&mut address, "cursor", &cursor.to_string());
        address
    };
    let heading = match (&next, query.as_ref().and_then(|query| query.after)) {
        (None, None) if parameters.get("test") == Some("true") => {
            count(items.len(), "test", "tests")
        }
        (None, None) => count(items.len(), "registration", "registrations"),
        _ => "Registrations, the latest activity first".to_owned(),
    };
    let status = if fault.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let page = RegistrationsPage {
        frame: Frame::of(&visitor, "/registrations"),
        heading,
        csv: with_filters("/registrations.csv", &parameters),
        fault,
        person: parameters.raw("person").to_owned(),
        from: parameters.raw("from").to_owned(),
        to: parameters.raw("to").to_owned(),
        test: parameters.raw("test").to_owned(),
        courses: course_choices(&app, caller, parameters.raw("course")).await?,
        rows: items.iter().map(Row::of).collect(),
        next: next.map(next_address),
    };
    Ok(render_with(status, &page))
}

async fn course_choices(
    app: &App,
    caller: &Caller,
    chosen: &str,
) -> Result<Vec<CourseChoice>, Problem> {
    let courses = app.courses(caller, None, COURSES_OFFERED).await?.items.into_iter();
    let choice = |course: store::Course| CourseChoice {
        chosen: course.id.to_string() == chosen,
        id: course.id,
        title: course.title,
    };
    Ok(courses.map(|summary| choice(summary.course)).collect())
}

/// All registrations that the filters leave.
async fn csv(
    visitor: Visitor,
    parameters: Parameters,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    api::registrations_csv(app, visitor.caller, api::registration_query(&parameters)?).await
}

#[derive(Template)]
#[template(path = "registration.html")]
struct RegistrationPage {
    frame: Frame,
    heading: String,
    id: RegistrationId,
    learner: String,
    learner_key: String,
    course: String,
    course_id: CourseId,
    version: u32,
    mark: &'static str,
    status: &'static str,
    score: String,
    time: String,
    attempts: String,
    first: String,
    last: String,
    results: Option<ResultsView>,
    sha256: String,
    test: bool,
    activities: Vec<ActivityRow>,
    questions: Vec<report::Question>,
    objectives: Vec<report::Objective>,
    launches: Vec<report::Launch>,
    attestations: attestations::OfRegistration,
    statements: Vec<StatementRow>,
    may_see_log: bool,
    errors_only: bool,
    calls: Vec<CallRow>,
    next_calls: Option<String>,
    moves: Vec<MoveRow>,
    /// Versions that it may be moved to.
    versions: Vec<CourseVersion>,
}

struct MoveRow {
    at: Time,
    from: u32,
    to: u32,
    reason: String,
    by: String,
    restart: bool,
    dropped: String,
}

impl MoveRow {
    fn of(one: RegistrationMove) -> Self {
        let RegistrationMove { at, by, reason, from, to, restart, dropped } = one;
        Self { at: Time::of(at), from, to, reason, by, restart, dropped: dropped.join(", ") }
    }
}

struct ActivityRow {
    id: String,
    title: String,
    completion: &'static str,
    success: &'static str,
    score: String,
}

/// Where the status of a registration is sent to.
struct ResultsView {
    url: String,
    mark: &'static str,
    state: String,
}

impl ResultsView {
    fn of(notice: &Notice) -> Self {
        let (mark, state) = match (&notice.error, notice.told_at, notice.due_at) {
            (Some(error), _, due) => {
                let next = if due.is_some() { "it is tried again" } else { "given up" };
                ("bad", format!("not taken ({error}); {next}"))
            }
            (None, _, Some(_)) => ("wait", "to be sent".to_owned()),
            (None, Some(at), None) => ("good", format!("told at {} UTC", second(at))),
            (None, None, None) => ("", "nothing to tell yet".to_owned()),
        };
        Self { url: notice.url.clone(), mark, state }
    }
}

struct StatementRow {
    id: String,
    stored: String,
    sentence: String,
}

struct CallRow {
    place: String,
    time: String,
    call: String,
    result: String,
    error: u32,
    note: String,
    applied: bool,
}

impl ActivityRow {
    fn of(view: &ActivityView) -> Self {
        let StatusView { completion, success, score } = view.status;
        Self {
            id: view.id.to_string(),
            title: view.title.clone(),
            completion,
            success,
            score: percent(score),
        }
    }
}

impl CallRow {
    fn of(logged: LoggedCall) -> Self {
        let call = logged.call;
        let arguments: Vec<String> = serde_json::from_str(&call.arguments).unwrap_or_default();
        let arguments: Vec<String> = arguments.iter().map(|one| format!("{one:?}")).collect();
        let at = call.claimed_at.unwrap_or(call.received_at);
        Self {
            // Delivery 0 is the course itself: navigation requests.
            place: match call.delivery {
                0 => String::new(),
                delivery => format!("{delivery}.{}", call.number),
            },
            time: at.to_datetime().format("%Y-%m-%d %H:%M:%S%.3f").to_string(),
            call: format!("{}({})", call.function, arguments.join(", ")),
            result: call.result,
            error: call.error,
            note: call.note.unwrap_or_default(),
            applied: call.applied,
        }
    }
}

async fn one(
    visitor: Visitor,
    id: Path<RegistrationId>,
    parameters: Parameters,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let (id, caller) = (*id, &visitor.caller);
    let detail = app.registration(caller, id).await?;
    let row = Row::of(&detail.row);
    let may_see_log = matches!(visitor.user.role, Role::Admin | Role::Author);
    let errors_only = parameters.get("errors").is_some();
    let after: Option<u64> = parameters.parsed("after")?;
    let (calls, next) = if may_see_log {
        let page = app.api_log(caller, id, None, after, PAGE_CALLS).await?;
        (page.items, page.next)
    } else {
        (Vec::new(), None)
    };
    let calls = calls.into_iter().map(CallRow::of).filter(|call| !errors_only || call.error != 0);
    let errors = if errors_only { "&errors=true" } else { "" };
    let record = &detail.row.record;
    let instant = |at: Option<domain::Timestamp>| at.map_or_else(|| "never".to_owned(), second);
    let heading = format!("{} on {}: {}", row.learner, row.course, row.status);
    let versions = other_versions(&app, &visitor, &detail.row).await?;
    Ok(render(&RegistrationPage {
        frame: Frame::of(&visitor, "/registrations"),
        heading,
        id,
        learner_key: row.learner_id,
        learner: row.learner,
        course: row.course,
        course_id: detail.row.course,
        version: row.version,
        mark: row.mark,
        status: row.status,
        score: if row.score.is_empty() { "none".to_owned() } else { row.score },
        time: row.time,
        attempts: row.attempts,
        first: instant(record.first_at),
        last: instant(detail.row.last_at()),
        results: detail.notice.as_ref().map(ResultsView::of),
        sha256: detail.row.package.to_string(),
        test: row.test,
        activities: detail.activities.iter().map(ActivityRow::of).collect(),
        questions: report::questions(&detail.reports),
        objectives: report::objectives(&detail.reports),
        launches: report::launches(&detail.sessions),
        attestations: attestations::of_registration(&app, caller, id).await?,
        statements: statements_of(&app, caller, id).await?,
        moves: detail.moves.into_iter().map(MoveRow::of).collect(),
        versions,
        may_see_log,
        errors_only,
        calls: calls.collect(),
        next_calls: next.map(|next| format!("/registrations/{id}?after={next}{errors}#calls")),
    }))
}

/// A look back at what was done, in a window of its own.
async fn review(
    form: super::session::Form,
    id: Path<RegistrationId>,
    app: Data<App>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Problem> {
    let launch = app.create_review_launch(&form.visitor.caller, *id).await;
    let launch = launch.map_err(api::launch_refused)?;
    Ok(see_other(&api::launch_address(&settings, &launch)))
}

/// A session as a file that can be played again.
async fn export(
    visitor: Visitor,
    path: Path<(RegistrationId, SessionId)>,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let (registration, session) = path.into_inner();
    api::session_file(app, visitor.caller, registration, session).await
}

/// The versions that a registration may be moved to by this visitor.
async fn other_versions(
    app: &App,
    visitor: &Visitor,
    row: &RegistrationRow,
) -> Result<Vec<CourseVersion>, Problem> {
    if !may_move(visitor) || matches!(row.status(), "passed" | "completed") {
        return Ok(Vec::new());
    }
    let versions = app.course(&visitor.caller, row.course).await?.versions;
    Ok(versions.iter().map(|one| one.version).filter(|one| *one != row.version).collect())
}

async fn statements_of(
    app: &App,
    caller: &Caller,
    id: RegistrationId,
) -> Result<Vec<StatementRow>, Problem> {
    let parameters = [
        ("registration".to_owned(), id.to_string()),
        ("ascending".to_owned(), "true".to_owned()),
        ("limit".to_owned(), STATEMENTS_SHOWN.to_owned()),
    ];
    let found = app.find_statements(caller, &parameters, Version::V1_0, Freshness::Fresh).await;
    let StatementsFound::Page(page) = found.map_err(|error| super::statements::refused(&error))?
    else {
        return Ok(Vec::new());
    };
    let row = |one: &store::StoredStatement| StatementRow {
        id: one.id.to_string(),
        stored: second(one.stored),
        sentence: sentence(&one.body),
    };
    Ok(page.statements.iter().map(row).collect())
}
