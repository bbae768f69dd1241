//! The string formats of xAPI: IRIs, language tags, timestamps, durations, mail addresses, hashes.

mod duration;
mod iri;
mod language;
mod mail;
mod media;
mod time;

pub(crate) use duration::{duration_in_hundredths, is_duration};
pub use iri::is_iri;
pub use language::is_language_tag;
pub(crate) use mail::mail_address;
pub use media::is_media_type;
pub use time::parse_time;

/// Whether `text` is the SHA-1 of something in hexadecimal (`mbox_sha1sum`, XAPI-00039).
pub(crate) fn is_sha1(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// Whether `text` is a hash of the SHA-2 family in hexadecimal (`sha2`, XAPI-00103).
pub(crate) fn is_sha2(text: &str) -> bool {
    matches!(text.len(), 56 | 64 | 96 | 128) && text.bytes().all(|b| b.is_ascii_hexdigit())
}
