//! Data and trail: feeds with their runs, the upload that is tried before it is taken, and every
//! change that was ever made.

use super::{
    Frame,
    reference::{ChangeRow, faults, may_write, time, value_text},
    render_with,
    session::{Form, Visitor, check_origin},
    view::Time,
};
use crate::{
    api,
    parameters::{Parameters, push_parameter},
    problem::Problem,
    upload,
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{self, Data, ServiceConfig},
};
use app::App;
use app::reference::{FEED_BYTES_MAX, FeedFile, FeedRun};
use askama::Template;
use audit::feed::{Counts, Kind, LineFault, Mode};
use audit::reference::Entity;
use store::{Event, Position};

/// Runs that the page lists.
const RUNS_LISTED: usize = 20;
/// Changes of a file that the page shows.
const CHANGES_SHOWN: usize = 100;
/// Events on a page of the trail.
const PAGE_EVENTS: usize = 50;

/// The routes of data and trail.
pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/data", web::get().to(show))
        .route("/data/trail.csv", web::get().to(csv))
        .route("/data/feeds", web::post().to(try_file))
        .route("/data/feeds/take", web::post().to(take));
}

#[derive(Template)]
#[template(path = "data.html")]
struct DataPage {
    frame: Frame,
    heading: String,
    may_write: bool,
    faults: Vec<String>,
    outcome: Option<Outcome>,
    runs: Vec<RunRow>,
    runs_left_out: usize,
    kinds: [Kind; 4],
    entities: Vec<&'static str>,
    typed: Typed,
    events: Vec<EventRow>,
    next: Option<String>,
    csv: String,
}

/// What a file changed, or would.
struct Outcome {
    /// By which the tried file is taken; empty when it was.
    token: String,
    file: String,
    sha256: String,
    counts: Counts,
    errors: Vec<LineFault>,
    errors_left_out: usize,
    remarks: Vec<String>,
    changes: Vec<ChangeRow>,
    changes_left_out: usize,
}

impl Outcome {
    fn of(run: FeedRun, token: String) -> Self {
        let changes = run.changes.iter().take(CHANGES_SHOWN);
        Self {
            token,
            changes: changes.map(|(line, change)| ChangeRow::of(*line, change)).collect(),
            changes_left_out: run.changes.len().saturating_sub(CHANGES_SHOWN),
            file: run.value.file,
            sha256: run.value.file_sha256,
            counts: run.value.counts,
            errors: run.value.errors,
            errors_left_out: run.value.errors_left_out,
            remarks: run.value.remarks,
        }
    }
}

struct RunRow {
    at: Time,
    kind: Kind,
    source: String,
    file: String,
    sha256: String,
    counts: Counts,
    mark: &'static str,
}

impl RunRow {
    fn of(run: FeedRun) -> Self {
        let mark = if run.value.counts.rejected > 0 { "wait" } else { "good" };
        Self {
            at: time(run.at),
            kind: run.value.kind,
            source: run.value.source,
            file: run.value.file,
            sha256: run.value.file_sha256.chars().take(12).collect(),
            counts: run.value.counts,
            mark,
        }
    }
}

/// What was typed, in the form and in the search.
#[derive(Default)]
struct Typed {
    kind: String,
    source: String,
    mode: String,
    taken_on: String,
    reason: String,
    search: String,
    entity: String,
    from: String,
    to: String,
}

struct EventRow {
    at: Time,
    actor: String,
    did: &'static str,
    mark: &'static str,
    entity: String,
    id: String,
    days: String,
    value: String,
    reason: String,
}

impl EventRow {
    fn of(event: Event) -> Self {
        let Event { recorded_at, event, .. } = event;
        let (mark, did) = match event.op {
            store::EventOp::Assert => ("good", "said"),
            store::EventOp::Retract => ("bad", "taken back"),
        };
        let day = |day: &Option<String>| day.as_ref().and_then(|day| day.parse().ok());
        let days = super::reference::days(day(&event.valid_from), day(&event.valid_to));
        let value = serde_json::from_str(&event.value).unwrap_or_default();
        Self {
            at: Time::of(recorded_at),
            actor: event.actor,
            did,
            mark,
            entity: event.entity,
            id: event.entity_id,
            days,
            value: value_text(&value),
            reason: event.reason,
        }
    }
}

/// What the page shows besides feeds and trail.
#[derive(Default)]
struct Shown {
    faults: Vec<String>,
    outcome: Option<Outcome>,
    typed: Typed,
}

async fn show(
    parameters: Parameters,
    visitor: Visitor,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    page(&parameters, &visitor, &app, Shown::default()).await
}

async fn page(
    parameters: &Parameters,
    visitor: &Visitor,
    app: &App,
    shown: Shown,
) -> Result<HttpResponse, Problem> {
    let mut runs = app.feed_runs(&visitor.caller, None).await?;
    let heading = heading(&runs);
    let runs_left_out = runs.len().saturating_sub(RUNS_LISTED);
    runs.truncate(RUNS_LISTED);
    let filter = api::history_filter(parameters)?;
    let before: Option<Position> = parameters.parsed("cursor")?;
    let history = app.history(&visitor.caller, &filter, before, PAGE_EVENTS).await?;
    let text = |name: &str| parameters.get(name).unwrap_or_default().to_owned();
    let typed = Typed {
        search: text("search"),
        entity: text("entity"),
        from: text("from"),
        to: text("to"),
        ..shown.typed
    };
    let address = |base: &str, cursor: Option<Position>| {
        let mut address = base.to_owned();
        let cursor = cursor.map(|cursor| cursor.to_string()).unwrap_or_default();
        for (name, value) in [
            ("search", &typed.search),
            ("entity", &typed.entity),
            ("from", &typed.from),
            ("to", &typed.to),
            ("cursor", &cursor),
        ] {
            if !value.is_empty() {
                push_parameter(&mut address, name, value);
            }
        }
        address
    };
    let status = if shown.faults.is_empty() { StatusCode::OK } else { StatusCode::BAD_REQUEST };
    let page = DataPage {
        frame: Frame::of(visitor, "/data"),
        heading,
        may_write: may_write(visitor.user.role),
        faults: shown.faults,
        outcome: shown.outcome,
        runs: runs.into_iter().map(RunRow::of).collect(),
        runs_left_out,
        kinds: Kind::ALL,
        entities: Entity::ALL.iter().map(|entity| entity.as_str()).collect(),
        next: history.next.map(|next| format!("{}#trail", address("/data", Some(next)))),
        csv: address("/data/trail.csv", None),
        events: history.events.into_iter().map(EventRow::of).collect(),
        typed,
    };
    Ok(render_with(status, &page))
}

fn heading(runs: &[FeedRun]) -> String {
    let Some(last) = runs.first() else { return "No feed has run yet".to_owned() };
    let day = time(last.at).day;
    let counts = last.value.counts;
    let rejected = match counts.rejected {
        0 => String::new(),
        1 => ", one was rejected".to_owned(),
        more => format!(", {more} were rejected"),
    };
    let (kind, source) = (last.value.kind, &last.value.source);
    format!(
        "The last feed, {kind} of {source} on {day}, changed {} of {} lines{rejected}",
        counts.changed, counts.read
    )
}

async fn try_file(
    request: HttpRequest,
    payload: web::Payload,
    visitor: Visitor,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    check_origin(&request)?;
    app.may_feed(&visitor.caller)?;
    let sent = upload::receive_bytes(&request, payload.into_inner(), FEED_BYTES_MAX).await?;
    visitor.check(sent.field("csrf"))?;
    let text = |name: &str| sent.field(name).to_owned();
    let typed = Typed {
        kind: text("kind"),
        source: text("source"),
        mode: text("mode"),
        taken_on: text("taken_on"),
        reason: text("reason"),
        ..Typed::default()
    };
    let mut shown = Shown { typed, ..Shown::default() };
    let taken_on = match sent.field("taken_on") {
        "" => Ok(None),
        day => day.parse().map(Some),
    };
    match (sent.field("kind").parse::<Kind>(), sent.field("mode").parse::<Mode>(), taken_on) {
        (Ok(kind), Ok(mode), Ok(taken_on)) => {
            let file = FeedFile {
                kind,
                source: text("source"),
                mode,
                taken_on,
                file_name: sent.file_name.clone(),
                reason: text("reason"),
                bytes: sent.bytes,
            };
            match app.try_feed(&visitor.caller, file).await {
                Ok((run, token)) => shown.outcome = Some(Outcome::of(run, token)),
                Err(error) => shown.faults = faults(error)?,
            }
        }
        (Err(error), ..) => shown.faults = vec![error.to_string()],
        (_, Err(error), _) => shown.faults = vec![error.to_string()],
        (.., Err(error)) => shown.faults = vec![error.to_string()],
    }
    page(&Parameters::default(), &visitor, &app, shown).await
}

async fn take(form: Form, app: Data<App>) -> Result<HttpResponse, Problem> {
    let Form { visitor, fields } = form;
    app.may_feed(&visitor.caller)?;
    let mut shown = Shown::default();
    if let Some(file) = app.tried_feed(&visitor.caller, fields.raw("token")) {
        match app.run_feed(&visitor.caller, file, false).await {
            Ok(run) => shown.outcome = Some(Outcome::of(run, String::new())),
            Err(error) => shown.faults = faults(error)?,
        }
    } else {
        shown.faults = vec!["The file is not at hand any more: choose it again".to_owned()];
    }
    page(&Parameters::default(), &visitor, &app, shown).await
}

async fn csv(
    parameters: Parameters,
    visitor: Visitor,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let filter = api::history_filter(&parameters)?;
    api::trail_csv(app, visitor.caller, filter).await
}
