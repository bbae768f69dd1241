//! What tests of the whole service stand on: the real binary on free ports ([`Server`]), a fresh
//! database of either kind ([`Database`]) and a real headless Chromium ([`Browser`]).
//!
//! A test asks first whether its part is there:
//!
//! ```no_run
//! # async fn test() {
//! if let Some(why) = harness::Browser::missing() {
//!     return harness::skip(&why);
//! }
//! let browser = harness::Browser::open().await;
//! # }
//! ```
//!
//! Everything panics with a reason instead of returning errors: a test has nobody to hand them to.
#![expect(clippy::missing_panics_doc, reason = "the crate's own doc says it once")]

mod browser;
mod database;
mod objects;
mod postgres;
mod process;
mod server;

pub use browser::{Browser, Choice, Device};
pub use database::{Backend, Database};
pub use objects::Objects;
pub use postgres::Postgres;
pub use server::{KEY, SECRET, Server};

pub use fantoccini;
pub use reqwest;
pub use serde_json;

use std::io::Write;

/// Says in one line, past the capturing of test output, that this test was skipped; with `CI=true`
/// a part that is missing fails it instead.
pub fn skip(why: &str) {
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    assert!(setting("CI").as_deref() != Some("true"), "could not run {test}: {why}");
    let _ = writeln!(std::io::stderr(), "skipped: {test}: {why}");
}

#[expect(clippy::disallowed_methods, reason = "tests are told by the environment what they have")]
fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
