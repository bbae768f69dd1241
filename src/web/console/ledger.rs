//! The ledger: what an auditor needs to verify the log without trusting this service.

use super::{Frame, render, session::Visitor, view::Time};
use crate::{ledger::refused, problem::Problem};
use actix_web::{
    HttpResponse,
    web::{self, Data, ServiceConfig},
};
use app::{App, LedgerKey};
use askama::Template;
use base64::{Engine, prelude::BASE64_STANDARD};
use domain::{Role, Scope};

/// The routes of the ledger's page.
pub(super) fn routes(config: &mut ServiceConfig) {
    config.route("/ledger", web::get().to(page));
}

#[derive(Template)]
#[template(path = "ledger.html")]
struct LedgerPage {
    frame: Frame,
    entries: u64,
    root: String,
    signed_at: Time,
    /// Where checkpoints and tiles are published.
    address: String,
    /// The signed note.
    note: String,
    /// The key in force.
    key: String,
    earlier: Vec<Key>,
}

/// A key that signs no more.
struct Key {
    verifier: String,
    from: Time,
    until: Option<Time>,
}

impl Key {
    fn of(key: &LedgerKey) -> Self {
        let (from, until) = (Time::of(key.created_at), key.retired_at.map(Time::of));
        Self { verifier: key.verifier.to_string(), from, until }
    }
}

async fn page(visitor: Visitor, app: Data<App>) -> Result<HttpResponse, Problem> {
    visitor.caller.require(Scope::LedgerRead, &[Role::Auditor, Role::ComplianceLead])?;
    let organization = visitor.caller.organization;
    let keys = app.ledger_keys(&visitor.caller).await.map_err(refused)?;
    let newest = app.newest_checkpoint(organization).await.map_err(refused)?;
    let (retired, in_force): (Vec<_>, Vec<_>) =
        keys.iter().partition(|key| key.retired_at.is_some());
    Ok(render(&LedgerPage {
        frame: Frame::of(&visitor, "/ledger"),
        entries: newest.size,
        root: BASE64_STANDARD.encode(newest.root.as_bytes()),
        signed_at: Time::of(newest.signed_at),
        address: format!("/ledger/{organization}"),
        note: newest.note,
        key: in_force.first().map(|key| key.verifier.to_string()).unwrap_or_default(),
        earlier: retired.into_iter().map(Key::of).collect(),
    }))
}
