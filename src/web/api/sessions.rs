//! `/api/v1/registrations/{registration}/sessions/{session}/export`: a session as a file.

use crate::{auth::ApiCaller, problem::Problem};
use actix_web::{
    HttpResponse,
    http::header,
    web::{Bytes, Data, Path},
};
use app::{App, AppError, Caller};
use domain::{RegistrationId, SessionId};
use futures_util::stream;

pub(super) async fn export(
    path: Path<(RegistrationId, SessionId)>,
    caller: ApiCaller,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let (registration, session) = path.into_inner();
    session_file(app, caller.0, registration, session).await
}

/// The file, read and sent a page of the API log at a time.
pub(crate) async fn session_file(
    app: Data<App>,
    caller: Caller,
    registration: RegistrationId,
    session: SessionId,
) -> Result<HttpResponse, Problem> {
    // Before the answer begins: a refusal is a problem document.
    let export = app.export_session(&caller, registration, session).await?;
    let lines = stream::try_unfold((app, export), |(app, mut export)| async {
        let lines = app.next_steps(&mut export).await?;
        Ok::<_, AppError>(lines.map(|lines| (Bytes::from(lines), (app, export))))
    });
    let disposition = format!("attachment; filename=\"session-{session}.ndjson\"");
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "application/x-ndjson"))
        .insert_header((header::CONTENT_DISPOSITION, disposition))
        .streaming(lines))
}
