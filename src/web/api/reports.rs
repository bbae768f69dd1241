//! `/api/v1/registrations/{registration}/…`: interactions, objectives and sessions of a
//! registration, as JSON and as CSV.

use super::{
    list_answer,
    registrations::{CSV, score_json, wants_csv},
    settings::decided_json,
};
use crate::{auth::ApiCaller, parameters::Parameters, problem::Problem, when};
use actix_web::{
    FromRequest, HttpRequest, HttpResponse,
    dev::Payload,
    http::header,
    web::{Data, Path},
};
use app::{
    App, AttemptReport, InteractionReport, ObjectiveReport, RegistrationDetail, SessionReport,
};
use domain::{RegistrationId, csv::push_row};
use futures_util::future::LocalBoxFuture;
use serde_json::{Value, json};

const INTERACTION_HEADER: [&str; 14] = [
    "registration",
    "activity",
    "activity_title",
    "attempt",
    "interaction",
    "type",
    "description",
    "learner_response",
    "correct_responses",
    "result",
    "weighting",
    "latency",
    "timestamp",
    "objectives",
];

const OBJECTIVE_HEADER: [&str; 13] = [
    "registration",
    "activity",
    "activity_title",
    "attempt",
    "objective",
    "description",
    "completion",
    "success",
    "score_scaled",
    "score_raw",
    "score_min",
    "score_max",
    "progress_measure",
];

const SESSION_HEADER: [&str; 10] = [
    "registration",
    "session",
    "mode",
    "language",
    "began_at",
    "last_seen_at",
    "ended_at",
    "ended",
    "duration",
    "activities",
];

/// A list of a registration's, in JSON or as CSV.
struct List {
    header: &'static [&'static str],
    rows: Vec<Vec<String>>,
    items: Vec<Value>,
}

impl List {
    fn answer(self, name: &str, as_csv: bool) -> HttpResponse {
        if !as_csv {
            return list_answer(self.items, None);
        }
        let mut csv = String::new();
        push_row(&mut csv, self.header.iter().copied());
        for row in &self.rows {
            push_row(&mut csv, row.iter().map(String::as_str));
        }
        let disposition = format!("attachment; filename=\"{name}.csv\"");
        HttpResponse::Ok()
            .insert_header((header::CONTENT_TYPE, CSV))
            .insert_header((header::CONTENT_DISPOSITION, disposition))
            .body(csv)
    }
}

/// What a request for one of the lists asks for.
pub(super) struct Wanted {
    detail: RegistrationDetail,
    as_csv: bool,
}

impl FromRequest for Wanted {
    type Error = actix_web::Error;
    type Future = LocalBoxFuture<'static, Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let caller = ApiCaller::from_request(&request, payload);
        Box::pin(async move {
            let caller = caller.await?;
            let id = Path::<RegistrationId>::extract(&request).await?;
            let app = Data::<App>::extract(&request).await?;
            let parameters = Parameters::extract(&request).await?;
            parameters.only(&["format"])?;
            let as_csv = wants_csv(&request, &parameters)?;
            let detail = app.registration(&caller.0, *id).await.map_err(Problem::from)?;
            Ok(Self { detail, as_csv })
        })
    }
}

pub(super) async fn interactions(Wanted { detail, as_csv }: Wanted) -> HttpResponse {
    interaction_list(detail.row.id, &detail.reports).answer("interactions", as_csv)
}

pub(super) async fn objectives(Wanted { detail, as_csv }: Wanted) -> HttpResponse {
    objective_list(detail.row.id, &detail.reports).answer("objectives", as_csv)
}

pub(super) async fn sessions(Wanted { detail, as_csv }: Wanted) -> HttpResponse {
    session_list(detail.row.id, &detail.sessions).answer("sessions", as_csv)
}

/// The CSV of a registration's interactions; a page of the console has the same.
pub(crate) fn interactions_csv(id: RegistrationId, reports: &[AttemptReport]) -> HttpResponse {
    interaction_list(id, reports).answer("interactions", true)
}

/// The CSV of a registration's objectives.
pub(crate) fn objectives_csv(id: RegistrationId, reports: &[AttemptReport]) -> HttpResponse {
    objective_list(id, reports).answer("objectives", true)
}

/// The CSV of a registration's launches.
pub(crate) fn sessions_csv(id: RegistrationId, sessions: &[SessionReport]) -> HttpResponse {
    session_list(id, sessions).answer("sessions", true)
}

fn interaction_list(id: RegistrationId, reports: &[AttemptReport]) -> List {
    let all = || reports.iter().flat_map(|of| of.interactions.iter().map(move |one| (of, one)));
    List {
        header: &INTERACTION_HEADER,
        rows: all().map(|(of, one)| interaction_row(id, of, one)).collect(),
        items: all().map(|(of, one)| interaction_json(of, one)).collect(),
    }
}

fn objective_list(id: RegistrationId, reports: &[AttemptReport]) -> List {
    let all = || reports.iter().flat_map(|of| of.objectives.iter().map(move |one| (of, one)));
    List {
        header: &OBJECTIVE_HEADER,
        rows: all().map(|(of, one)| objective_row(id, of, one)).collect(),
        items: all().map(|(of, one)| objective_json(of, one)).collect(),
    }
}

fn session_list(id: RegistrationId, sessions: &[SessionReport]) -> List {
    List {
        header: &SESSION_HEADER,
        rows: sessions.iter().map(|one| session_row(id, one)).collect(),
        items: sessions.iter().map(session_json).collect(),
    }
}

/// The first cells of every row: where it belongs.
fn place(id: RegistrationId, of: &AttemptReport) -> Vec<String> {
    vec![id.to_string(), of.activity.to_string(), of.title.clone(), of.attempt.to_string()]
}

fn number(value: Option<f64>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

fn interaction_row(id: RegistrationId, of: &AttemptReport, one: &InteractionReport) -> Vec<String> {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let mut row = place(id, of);
    row.extend([
        one.id.clone(),
        text(&one.kind),
        text(&one.description),
        text(&one.learner_response),
        one.correct_responses.join("\n"),
        text(&one.result),
        number(one.weighting),
        one.latency.map(when::iso_duration).unwrap_or_default(),
        text(&one.timestamp),
        one.objectives.join("\n"),
    ]);
    row
}

fn interaction_json(of: &AttemptReport, one: &InteractionReport) -> Value {
    json!({
        "activity": of.activity,
        "activity_title": of.title,
        "attempt": of.attempt,
        "id": one.id,
        "type": one.kind,
        "description": one.description,
        "learner_response": one.learner_response,
        "correct_responses": one.correct_responses,
        "result": one.result,
        "weighting": one.weighting,
        "latency": one.latency.map(when::iso_duration),
        "timestamp": one.timestamp,
        "objectives": one.objectives,
    })
}

fn objective_row(id: RegistrationId, of: &AttemptReport, one: &ObjectiveReport) -> Vec<String> {
    let mut row = place(id, of);
    let score = one.score.unwrap_or_default();
    row.extend([
        one.id.clone(),
        one.description.clone().unwrap_or_default(),
        one.completion.to_owned(),
        one.success.to_owned(),
        number(score.scaled),
        number(score.raw),
        number(score.min),
        number(score.max),
        number(one.progress_measure),
    ]);
    row
}

fn objective_json(of: &AttemptReport, one: &ObjectiveReport) -> Value {
    json!({
        "activity": of.activity,
        "activity_title": of.title,
        "attempt": of.attempt,
        "id": one.id,
        "description": one.description,
        "completion": one.completion,
        "success": one.success,
        "score": one.score.as_ref().map(score_json),
        "progress_measure": one.progress_measure,
    })
}

fn session_row(id: RegistrationId, one: &SessionReport) -> Vec<String> {
    let parts: Vec<&str> = one.parts.iter().map(|(part, _)| part.as_str()).collect();
    vec![
        id.to_string(),
        one.id.to_string(),
        one.mode.as_str().to_owned(),
        one.language.clone().unwrap_or_default(),
        one.began_at.millis(),
        one.seen_at.millis(),
        one.ended.map(|(at, _)| at.millis()).unwrap_or_default(),
        one.ended.map(|(_, how)| how.as_str().to_owned()).unwrap_or_default(),
        when::iso_duration(one.lasted()),
        parts.join("\n"),
    ]
}

fn session_json(one: &SessionReport) -> Value {
    let parts = one.parts.iter().map(|(part, title)| json!({"id": part, "title": title}));
    json!({
        "id": one.id,
        "mode": one.mode,
        "language": one.language,
        "began_at": one.began_at,
        "last_seen_at": one.seen_at,
        "ended_at": one.ended.map(|(at, _)| at),
        "ended": one.ended.map(|(_, how)| how.as_str()),
        "duration": when::iso_duration(one.lasted()),
        "activities": parts.collect::<Vec<_>>(),
        "settings": decided_json(&one.settings),
    })
}
