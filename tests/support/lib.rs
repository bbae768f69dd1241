//! What the browser tests share: a server with courses on it ([`Service`]), a learner in the player
//! ([`Player`]), and pages of another site ([`serve`]).
#![expect(clippy::missing_panics_doc, reason = "tests panic instead of returning errors")]

pub mod csv;
mod package_of;
mod player;
mod service;
mod site;

pub use package_of::package_of;
pub use player::Player;
pub use service::{Course, Launch, Service, learner};
pub use site::{File, serve};

use harness::Browser;

/// Whether there is no browser here; says so.
pub fn no_browser() -> bool {
    let missing = Browser::missing();
    if let Some(why) = &missing {
        harness::skip(why);
    }
    missing.is_some()
}
