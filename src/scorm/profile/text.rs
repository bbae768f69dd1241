//! Texts with a language.

use serde_json::{Value, json};

/// The tag of a language that is not known (RFC 5646, 4.1).
pub(super) const UNDETERMINED: &str = "und";

/// The tag if it is one that every reader takes: language, script, region and variants of
/// RFC 5646 section 2.1, without extensions; `und` otherwise.
pub(super) fn language(tag: &str) -> &str {
    if is_plain_tag(tag) { tag } else { UNDETERMINED }
}

fn is_plain_tag(tag: &str) -> bool {
    let mut subtags = tag.split('-').peekable();
    let alpha = |s: &str| s.bytes().all(|b| b.is_ascii_alphabetic());
    let alphanumeric = |s: &str| s.bytes().all(|b| b.is_ascii_alphanumeric());
    let is_language = subtags.next().is_some_and(|s| matches!(s.len(), 2 | 3) && alpha(s));
    subtags.next_if(|s| s.len() == 4 && alpha(s));
    let is_region = |s: &&str| match s.len() {
        2 => alpha(s),
        3 => s.bytes().all(|b| b.is_ascii_digit()),
        _ => false,
    };
    subtags.next_if(is_region);
    let mut seen: Vec<String> = Vec::new();
    is_language
        && subtags.all(|s| {
            let starts_with_digit = s.starts_with(|c: char| c.is_ascii_digit());
            let fits = (5..=8).contains(&s.len()) || (s.len() == 4 && starts_with_digit);
            let lower = s.to_ascii_lowercase();
            let is_new = !seen.contains(&lower);
            seen.push(lower);
            fits && alphanumeric(s) && is_new
        })
}

/// A language map with one entry.
pub(super) fn language_map(tag: &str, text: &str) -> Value {
    json!({ language(tag): text })
}

/// A language map of a `localized_string_type` (`{lang=fr}texte`, SCORM 2004 RTE 4.1.1.3);
/// without a prefix the language is not known.
pub(super) fn localized_map(text: &str) -> Value {
    let parted = text.strip_prefix("{lang=").and_then(|rest| rest.split_once('}'));
    let (tag, text) = parted.unwrap_or((UNDETERMINED, text));
    language_map(tag, text)
}

#[cfg(test)]
mod tests {
    use super::{language, localized_map};
    use serde_json::json;

    #[test]
    fn a_tag_that_a_reader_might_refuse_becomes_und() {
        for tag in ["en", "de-CH", "zh-Hant-TW", "sl-rozaj", "es-419", "de-1996"] {
            assert_eq!(language(tag), tag);
        }
        for tag in ["", "e", "english", "en_US", "en-", "-en", "en-US-US", "x-klingon", "d\u{e9}"] {
            assert_eq!(language(tag), "und", "{tag}");
        }
        for tag in ["sl-rozaj-rozaj", "en-a-bbb", "en US", "i-klingon"] {
            assert_eq!(language(tag), "und", "{tag}");
        }
    }

    #[test]
    fn a_localized_text_is_parted_from_its_language() {
        assert_eq!(localized_map("{lang=fr}oui"), json!({"fr": "oui"}));
        assert_eq!(localized_map("yes"), json!({"und": "yes"}));
        assert_eq!(localized_map("{lang=??}yes"), json!({"und": "yes"}));
        assert_eq!(localized_map("{lang=fr"), json!({"und": "{lang=fr"}));
    }
}
