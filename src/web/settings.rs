//! What an operator may choose about the wire.

use domain::{Clock, CourseId, CourseVersion, Entropy, Sha256Digest};
use std::{fmt, str::FromStr, sync::Arc};

/// Whose scripts may use the LRS from other origins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CorsOrigins {
    /// Everybody's: each request brings its credentials itself.
    Any,
    /// Those of these origins, `https://host[:port]` each; nobody's when there are none.
    These(Vec<String>),
}

/// A text names no origins.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no origin; give *, none, or origins such as https://course.example")]
pub struct ParseCorsOriginsError(pub String);

impl FromStr for CorsOrigins {
    type Err = ParseCorsOriginsError;

    /// Reads `*`, `none`, or origins parted by spaces or commas.
    fn from_str(text: &str) -> Result<Self, ParseCorsOriginsError> {
        match text.trim() {
            "*" => return Ok(Self::Any),
            "none" => return Ok(Self::These(Vec::new())),
            _ => {}
        }
        let parts = text.split([' ', ',']).filter(|part| !part.is_empty());
        let origins = parts.map(|part| {
            let host = part.strip_prefix("https://").or_else(|| part.strip_prefix("http://"));
            let fits = host.is_some_and(|host| !host.is_empty() && !host.contains(['/', '*']));
            fits.then(|| part.to_ascii_lowercase())
                .ok_or_else(|| ParseCorsOriginsError(part.to_owned()))
        });
        origins.collect::<Result<_, _>>().map(Self::These)
    }
}

/// What an operator may choose about the wire, and what the wire needs from outside.
#[derive(Clone)]
pub struct WebSettings {
    /// What browsers see of the main origin, without a slash at the end.
    pub public_url: String,
    /// What browsers see of the content origin; may hold a wildcard: one host a course version.
    pub content_url: String,
    /// Who may show the player in a frame: the sources of a CSP `frame-ancestors`.
    pub frame_ancestors: String,
    /// The version assumed for xAPI requests that name none.
    pub xapi_default_version: xapi::Version,
    /// Whose scripts may use the LRS from other origins.
    pub xapi_cors_origins: CorsOrigins,
    /// Whether a replica may serve queries for statements.
    pub xapi_queries_may_lag: bool,
    /// Most bytes of an uploaded package.
    pub package_bytes_max: u64,
    /// Most bytes of any other request.
    pub request_bytes_max: usize,
    /// Threads that serve requests, of each origin.
    pub workers: usize,
    /// Failed sign-ins that one address or account may have in a minute; 0 for no limit.
    pub failed_sign_ins_per_minute: u32,
    /// Requests that one API key may send in a minute; 0 for no limit.
    pub requests_per_minute: u32,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<crate::Network>,
    /// What a reader of `/metrics` must show; without it, only this machine may read it.
    pub metrics_token: Option<String>,
    /// How long `/readyz` says that the service is about to stop before it does, in seconds.
    pub drain_seconds: u32,
    /// How long requests under way may take once the service is to stop, in seconds.
    pub stop_seconds: u32,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness, for request ids.
    pub entropy: Arc<dyn Entropy>,
}

impl WebSettings {
    /// Whether browsers reach the console over TLS alone, so that its cookie may say so.
    pub(crate) fn is_secure(&self) -> bool {
        self.public_url.starts_with("https://")
    }

    /// The content origin of one course version.
    pub(crate) fn content_origin(&self, course: CourseId, version: CourseVersion) -> String {
        let label = || {
            let digest = Sha256Digest::of(format!("{course} {version}").as_bytes()).to_string();
            format!("c{}", digest.get(..24).unwrap_or_default())
        };
        match self.content_url.split_once('*') {
            Some((before, after)) => format!("{before}{}{after}", label()),
            None => self.content_url.clone(),
        }
    }
}

impl fmt::Debug for WebSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebSettings")
            .field("public_url", &self.public_url)
            .field("content_url", &self.content_url)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use domain::{FixedClock, SeededEntropy, Timestamp};

    pub(crate) fn settings() -> WebSettings {
        WebSettings {
            public_url: "http://localhost:8080".to_owned(),
            content_url: "http://127.0.0.1:8081".to_owned(),
            frame_ancestors: "*".to_owned(),
            xapi_default_version: xapi::Version::V1_0,
            xapi_cors_origins: CorsOrigins::Any,
            xapi_queries_may_lag: false,
            package_bytes_max: 1 << 30,
            request_bytes_max: 1 << 20,
            workers: 1,
            failed_sign_ins_per_minute: 30,
            requests_per_minute: 0,
            trusted_proxies: Vec::new(),
            metrics_token: None,
            drain_seconds: 0,
            stop_seconds: 1,
            clock: Arc::new(FixedClock::new(Timestamp::UNIX_EPOCH)),
            entropy: Arc::new(SeededEntropy::new(1)),
        }
    }

    #[test]
    fn origins_are_a_star_or_a_list() {
        assert_eq!("*".parse(), Ok(CorsOrigins::Any));
        assert_eq!("none".parse(), Ok(CorsOrigins::These(Vec::new())));
        let two = vec!["https://a.example".to_owned(), "http://localhost:3000".to_owned()];
        assert_eq!("https://A.example, http://localhost:3000".parse(), Ok(CorsOrigins::These(two)));
        for wrong in ["a.example", "https://", "https://a.example/", "https://*.example", "* *"] {
            assert!(wrong.parse::<CorsOrigins>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_wildcard_gives_each_course_version_its_own_host() {
        let mut settings = settings();
        let course = CourseId::generate(Timestamp::UNIX_EPOCH, &SeededEntropy::new(1));
        let first = CourseVersion::FIRST;
        assert_eq!(settings.content_origin(course, first), "http://127.0.0.1:8081");
        settings.content_url = "https://*.content.example".to_owned();
        let one = settings.content_origin(course, first);
        assert!(one.starts_with("https://c") && one.ends_with(".content.example"), "{one}");
        assert_eq!(one, settings.content_origin(course, first));
        assert_ne!(one, settings.content_origin(course, first.next()));
    }
}
