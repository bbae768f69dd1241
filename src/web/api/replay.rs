//! `POST /api/v1/replay`: statements of another store.

use super::answer;
use crate::{
    WebSettings, auth::ApiCaller, parameters::Parameters, problem::Problem, upload, upload::Upload,
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{self, Data},
};
use app::{App, Refusal, ReplayMode, ReplayOptions, ReplayReport};
use domain::Scope;
use serde_json::{Value, json};

pub(super) async fn create(
    request: HttpRequest,
    payload: web::Payload,
    parameters: Parameters,
    caller: ApiCaller,
    app: Data<App>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Problem> {
    parameters.only(&["reason", "file_name", "dry_run", "strict"])?;
    // Before the body is taken in.
    caller.0.require(Scope::All, &[])?;
    let is_set = |name| Ok::<_, Problem>(parameters.parsed(name)?.unwrap_or(false));
    let mode = match (is_set("dry_run")?, is_set("strict")?) {
        (true, _) => ReplayMode::DryRun,
        (false, true) => ReplayMode::Strict,
        (false, false) => ReplayMode::Lenient,
    };
    let payload = payload.into_inner();
    let upload = upload::receive(&request, payload, &app, &caller.0, &settings).await?;
    let Upload { spooled, file_name, .. } = upload;
    let reason = parameters.get("reason").unwrap_or("replay").to_owned();
    let options = ReplayOptions { reason, file_name, mode };
    let (file, source) = (spooled.reader(), spooled.digest());
    let report = app.replay_statements(&caller.0, file, source, &options, &|_, _| {}).await?;
    if mode == ReplayMode::Strict && !report.is_written {
        let detail = format!("{} lines are refused, so nothing was stored", report.refused);
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "replay-refused", detail)
            .member("report", report_json(&report)));
    }
    Ok(answer(&report_json(&report)))
}

fn report_json(report: &ReplayReport) -> Value {
    let told = report.refusals.len() as u64;
    json!({
        "file_sha256": report.source,
        "bytes": report.bytes,
        "dry_run": report.mode == ReplayMode::DryRun,
        "written": report.is_written,
        "lines": report.lines,
        "stored": report.stored,
        "known": report.known,
        "refused": report.refused,
        "errors": report.refusals.iter().map(refusal_json).collect::<Vec<_>>(),
        "errors_left_out": report.refused.saturating_sub(told),
    })
}

fn refusal_json(refusal: &Refusal) -> Value {
    json!({
        "line": refusal.line,
        "pointer": refusal.pointer,
        "rule": refusal.rule,
        "detail": refusal.problem,
    })
}
