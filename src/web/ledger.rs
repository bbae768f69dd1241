//! `/ledger`: each organization's log as static files (C2SP tlog-tiles). Checkpoints and hash tiles
//! are for everybody, entry bundles for auditors.

use crate::{accept::takes_gzip, auth::api_caller, problem::Problem};
use actix_web::{
    HttpRequest, HttpResponse, Route, guard,
    http::header::{self, HeaderName, HeaderValue},
    web::{self, Data, Path, ServiceConfig},
};
use app::{App, LedgerError};
use domain::OrganizationId;
use flate2::{Compression, write::GzEncoder};
use std::io::Write;

/// Tiles never change; whoever has one need not ask again.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// As above, for one reader alone.
const FOR_EVER_PRIVATE: &str = "private, max-age=31536000, immutable";
/// A checkpoint is followed by others.
const FOR_A_MOMENT: &str = "public, max-age=1";
const BYTES: &str = "application/octet-stream";
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// The routes of the published logs.
pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/ledger/{organization}/checkpoint").route(read().to(checkpoint)))
        .service(web::resource("/ledger/{organization}/tile/{file:.+}").route(read().to(tile)));
}

fn read() -> Route {
    web::route().guard(guard::Any(guard::Get()).or(guard::Head()))
}

async fn checkpoint(
    organization: Path<OrganizationId>,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let checkpoint = app.newest_checkpoint(*organization).await.map_err(refused)?;
    Ok(public(FOR_A_MOMENT, "text/plain; charset=utf-8", checkpoint.note.into_bytes()))
}

async fn tile(
    request: HttpRequest,
    path: Path<(OrganizationId, String)>,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let (organization, file) = path.into_inner();
    if !file.starts_with("entries/") {
        let hashes = app.tile_file(organization, &file).await.map_err(refused)?;
        return Ok(public(FOR_EVER, BYTES, hashes.ok_or_else(Problem::not_found)?));
    }
    let is_public = app.are_entries_public();
    let caller = if is_public { None } else { Some(api_caller(&request).await?) };
    let bundle = app.entry_bundle(organization, caller.as_ref(), &file).await.map_err(refused)?;
    let bundle = bundle.ok_or_else(Problem::not_found)?;
    let accepted = request.headers().get(header::ACCEPT_ENCODING);
    let mut response = HttpResponse::Ok();
    response
        .insert_header((header::CONTENT_TYPE, BYTES))
        .insert_header((header::VARY, "Accept-Encoding"))
        .insert_header((
            header::CACHE_CONTROL,
            if is_public { FOR_EVER } else { FOR_EVER_PRIVATE },
        ));
    if !takes_gzip(accepted.and_then(|value| value.to_str().ok())) {
        return Ok(response.body(bundle));
    }
    let packed = gzip(&bundle).map_err(Problem::internal)?;
    Ok(response.insert_header((header::CONTENT_ENCODING, "gzip")).body(packed))
}

fn gzip(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes)?;
    encoder.finish()
}

/// For everybody: pages of other sites may verify a log, too.
fn public(cache: &'static str, kind: &'static str, body: Vec<u8>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, kind))
        .insert_header((header::CACHE_CONTROL, cache))
        .insert_header((header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"))
        .insert_header((RESOURCE_POLICY, HeaderValue::from_static("cross-origin")))
        .body(body)
}

/// What a client is told of an error of the ledger.
pub(crate) fn refused(error: LedgerError) -> Problem {
    match error {
        LedgerError::App(error) => error.into(),
        LedgerError::Beyond { field, problem } => Problem::invalid_at(field, problem),
        LedgerError::Broken { .. } | LedgerError::Sealed => Problem::internal(error),
    }
}
