//! What the access log may say about a request.

use std::borrow::Cow;

/// First segments of addresses whose next segment is a capability: whoever has it, has access.
const BEFORE_CAPABILITY: [&str; 5] = ["launch", "play", "c", "welcome", "sign-in"];

/// `path` with capabilities left out. The query is no part of a path and is never logged: it may
/// name people.
pub(crate) fn redact(path: &str) -> Cow<'_, str> {
    let mut parts = path.splitn(4, '/');
    let (Some(""), Some(first), Some(second)) = (parts.next(), parts.next(), parts.next()) else {
        return Cow::Borrowed(path);
    };
    let open = first == "play" && second == "assets";
    if second.is_empty() || open || !BEFORE_CAPABILITY.contains(&first) {
        return Cow::Borrowed(path);
    }
    match parts.next() {
        Some(rest) => Cow::Owned(format!("/{first}/…/{rest}")),
        None => Cow::Owned(format!("/{first}/…")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capabilities_never_reach_the_log() {
        for (path, logged) in [
            ("/launch/abc", "/launch/…"),
            ("/play/abc/rte/calls", "/play/…/rte/calls"),
            ("/c/abc/shared/a.js", "/c/…/shared/a.js"),
            ("/welcome/abc", "/welcome/…"),
            ("/play/assets/abc/player.js", "/play/assets/abc/player.js"),
            ("/api/v1/courses", "/api/v1/courses"),
            ("/", "/"),
            ("/c/", "/c/"),
            ("*", "*"),
        ] {
            assert_eq!(redact(path), logged);
        }
    }
}
