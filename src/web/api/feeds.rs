//! Feeds: `/api/v1/feeds`.

use super::reference::{change_json, is_trial};
use super::{answer, list_answer};
use crate::{auth::ApiCaller, parameters::Parameters, problem::Problem, upload};
use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Path, Payload},
};
use app::App;
use app::reference::{FEED_BYTES_MAX, FeedFile, FeedRun};
use audit::feed::{Kind, Mode};
use serde_json::{Value, json};

/// Changes that an answer shows; all of them are on the trail.
const CHANGES_SHOWN: usize = 200;

pub(super) async fn list(
    parameters: Parameters,
    caller: ApiCaller,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    parameters.only(&["kind"])?;
    let runs = app.feed_runs(&caller.0, parameters.parsed("kind")?).await?;
    Ok(list_answer(runs.iter().map(run_json).collect(), None))
}

pub(super) async fn create(
    kind: Path<String>,
    parameters: Parameters,
    request: HttpRequest,
    payload: Payload,
    caller: ApiCaller,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    parameters.only(&["source", "reason", "mode", "taken_on", "file_name", "dry_run"])?;
    app.may_feed(&caller.0)?;
    let kind: Kind = kind.parse().map_err(|_| Problem::not_found())?;
    let is_trial = is_trial(&parameters)?;
    let taken_on = parameters.parsed("taken_on")?;
    let mode: Mode = parameters.parsed("mode")?.unwrap_or_default();
    let upload = upload::receive_bytes(&request, payload.into_inner(), FEED_BYTES_MAX).await?;
    let text = |name: &str| parameters.get(name).unwrap_or_default().to_owned();
    let file = FeedFile {
        kind,
        source: text("source"),
        mode,
        taken_on,
        file_name: upload.file_name,
        reason: text("reason"),
        bytes: upload.bytes,
    };
    let run = app.run_feed(&caller.0, file, is_trial).await?;
    let shown = run.changes.iter().take(CHANGES_SHOWN).map(|(line, change)| {
        let mut event = change_json(change);
        event["line"] = json!(line);
        event
    });
    let mut answered = run_json(&run);
    answered["dry_run"] = json!(is_trial);
    answered["changes"] = shown.collect();
    answered["changes_left_out"] = json!(run.changes.len().saturating_sub(CHANGES_SHOWN));
    Ok(answer(&answered))
}

fn run_json(run: &FeedRun) -> Value {
    let mut all = json!({
        "run": Some(&run.id).filter(|id| !id.is_empty()),
        "at": run.at,
    });
    if let (Some(all), Value::Object(value)) = (all.as_object_mut(), json!(run.value)) {
        all.extend(value);
    }
    all
}
