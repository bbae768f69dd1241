//! HTTP: two origins on actix-web, which no other crate names. Handlers translate: extract, call
//! `app`, answer. No rule of a standard lives here.
//!
//! The main origin has the console, the API and the LRS. The content origin has the player and
//! course files: other people's code, so it has no cookies and nothing else.

mod accept;
mod api;
mod assets;
mod auth;
mod body;
mod compress;
mod console;
mod content;
mod ledger;
mod limits;
mod log;
mod metrics;
mod network;
mod observe;
mod parameters;
mod play;
mod problem;
mod range;
mod server;
mod settings;
mod stream;
mod upload;
mod when;
mod xapi;

pub use network::{Network, ParseNetworkError};
pub use server::{Listeners, serve};
pub use settings::{CorsOrigins, ParseCorsOriginsError, WebSettings};

/// One of the two origins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Site {
    Main,
    Content,
}

impl Site {
    const fn name(self) -> &'static str {
        match self {
            Self::Main => "main",
            Self::Content => "content",
        }
    }
}
