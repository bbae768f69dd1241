//! What the access log may say about a request.

use std::borrow::Cow;

/// First segments of addresses whose next segment is a capability: whoever has it, has access.
const BEFORE_CAPABILITY: [&str; 6] = ["launch", "play", "policy", "c", "welcome", "sign-in"];
/// Characters of the tokens that this service makes: 32 bytes in base64url.
const TOKEN_CHARACTERS: usize = 43;
/// Longest id of a request that is taken from its sender.
const REQUEST_ID_BYTES_MAX: usize = 64;

/// `path` with capabilities left out, also where they came to by mistake. The query is no part of
/// a path and is never logged: it may name people.
pub(crate) fn redact(path: &str) -> Cow<'_, str> {
    let mut first = None;
    let mut second_is_hidden = false;
    let mut changed = false;
    let mut shown: Vec<&str> = Vec::new();
    for part in path.split('/') {
        let hidden = match first {
            _ if part.is_empty() => false,
            None => {
                first = Some(part);
                second_is_hidden = BEFORE_CAPABILITY.contains(&part);
                is_like_a_token(part)
            }
            Some(first) => {
                let is_open = first == "play" && part == "assets";
                let hidden = (second_is_hidden && !is_open) || is_like_a_token(part);
                second_is_hidden = false;
                hidden
            }
        };
        changed |= hidden;
        shown.push(if hidden { "…" } else { part });
    }
    if changed { Cow::Owned(shown.join("/")) } else { Cow::Borrowed(path) }
}

fn is_like_a_token(part: &str) -> bool {
    let fits = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    part.len() == TOKEN_CHARACTERS && part.bytes().all(fits)
}

/// Whether the sender's own id of a request can be taken over: nothing in it could break a line of
/// the log or be mistaken for another field.
pub(crate) fn is_request_id(text: &str) -> bool {
    let fits = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b':');
    (1..=REQUEST_ID_BYTES_MAX).contains(&text.len()) && text.bytes().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capabilities_never_reach_the_log() {
        let token = "NPb9agB2Ko-PKWTokq76gGpRZwHQRaB1QALWK07tpWc";
        let by_mistake = format!("/courses/{token}/x");
        for (path, logged) in [
            ("/launch/abc", "/launch/…"),
            ("/policy/abc.def/rte/acknowledge", "/policy/…/rte/acknowledge"),
            ("/play/abc/rte/calls", "/play/…/rte/calls"),
            ("/c/abc/shared/a.js", "/c/…/shared/a.js"),
            ("//c/abc/shared/a.js", "//c/…/shared/a.js"),
            ("/c//abc/shared/a.js", "/c//…/shared/a.js"),
            ("/welcome/abc", "/welcome/…"),
            ("/play/assets/abc/player.js", "/play/assets/abc/player.js"),
            ("/api/v1/courses", "/api/v1/courses"),
            (&by_mistake, "/courses/…/x"),
            (token, "…"),
            ("/", "/"),
            ("/c/", "/c/"),
            ("*", "*"),
        ] {
            assert_eq!(redact(path), logged);
        }
    }

    #[test]
    fn an_id_of_the_senders_is_taken_over_when_it_is_one() {
        for (text, taken) in [
            ("0190b2a4-0000-7000-8000-000000000000", true),
            ("req_1.2:3", true),
            ("", false),
            ("two words", false),
            ("a\nb", false),
            ("a\"b", false),
            ("a=b", false),
            (&"a".repeat(65), false),
        ] {
            assert_eq!(is_request_id(text), taken, "{text:?}");
        }
    }
}
