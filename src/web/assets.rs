//! Files of our own that browsers fetch: the player's and the console's scripts and styles.
//!
//! Each set is served below an address that holds the hash of the whole set, so that a browser
//! may keep the files for ever and a new release is fetched at once.

use crate::problem::Problem;
use actix_web::{HttpResponse, http::header};
use domain::Sha256Digest;
use std::{collections::HashMap, sync::LazyLock};

mod embedded {
    include!(concat!(env!("OUT_DIR"), "/assets.rs"));
}

/// A set of files and where it is found.
pub(crate) struct Assets {
    /// Hash of all names and bytes: the part of the address that changes with them.
    pub(crate) version: String,
    files: HashMap<&'static str, &'static [u8]>,
}

/// What the player page loads.
pub(crate) static PLAYER: LazyLock<Assets> = LazyLock::new(|| Assets::new(embedded::PLAYER));
/// What console pages load.
pub(crate) static CONSOLE: LazyLock<Assets> = LazyLock::new(|| Assets::new(embedded::CONSOLE));

impl Assets {
    fn new(files: &[(&'static str, &'static [u8])]) -> Self {
        let mut all = Vec::new();
        for (name, bytes) in files {
            all.extend_from_slice(name.as_bytes());
            all.extend_from_slice(Sha256Digest::of(bytes).as_bytes());
        }
        let version = Sha256Digest::of(&all).to_string().chars().take(16).collect();
        Self { version, files: files.iter().copied().collect() }
    }

    /// The bytes of one file.
    pub(crate) fn get(&self, name: &str) -> Option<&'static [u8]> {
        self.files.get(name).copied()
    }

    /// A text file of the set; empty when there is none.
    pub(crate) fn text(&self, name: &str) -> &'static str {
        self.get(name).and_then(|bytes| str::from_utf8(bytes).ok()).unwrap_or_default()
    }

    /// Answers a request for a file. An old version in the address gets today's file, uncached: a
    /// page from before an update still works.
    pub(crate) fn respond(&self, version: &str, name: &str) -> Result<HttpResponse, Problem> {
        let bytes = self.get(name).filter(|_| media_type(name) != HTML);
        let bytes = bytes.ok_or_else(Problem::not_found)?;
        let current = version == self.version;
        let cache = if current { "public, max-age=31536000, immutable" } else { "no-store" };
        Ok(HttpResponse::Ok()
            .insert_header((header::CONTENT_TYPE, media_type(name)))
            .insert_header((header::CACHE_CONTROL, cache))
            .body(bytes))
    }
}

/// Templates, which are no files to fetch.
const HTML: &str = "text/html";

fn media_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("html") => HTML,
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_not_served_as_files() {
        assert!(PLAYER.get("player.html").is_some());
        assert!(PLAYER.respond(&PLAYER.version, "player.html").is_err());
        assert!(PLAYER.respond(&PLAYER.version, "../player.js").is_err());
        assert!(PLAYER.respond(&PLAYER.version, "player.js").is_ok());
    }

    #[test]
    fn a_current_address_is_kept_for_ever_and_an_old_one_is_not() {
        let cache = |version: &str| {
            let response = CONSOLE.respond(version, "console.css").unwrap();
            response.headers().get(header::CACHE_CONTROL).unwrap().to_str().unwrap().to_owned()
        };
        assert!(cache(&CONSOLE.version).contains("immutable"));
        assert_eq!(cache("old"), "no-store");
    }
}
