//! Every IRI that statements and documents carry, in one place.

use domain::{CourseId, CourseVersion, ItemId, RegistrationId};
use std::fmt::Write as _;

/// The profile's own activity, in the category of every statement.
pub const PROFILE: &str = "https://w3id.org/xapi/scorm";

/// Under which all extensions of our own lie.
pub const EXTENSIONS: &str = "https://w3id.org/attestry/xapi/";

/// Progress in percent, as cmi5 9.5.5.1 names it.
pub(super) const CMI5_PROGRESS: &str = "https://w3id.org/xapi/cmi5/result/extensions/progress";

/// An extension of our own.
pub fn extension(name: &str) -> String {
    format!("{EXTENSIONS}{name}")
}

/// A verb of the profile.
pub fn verb(name: &str) -> String {
    format!("http://adlnet.gov/expapi/verbs/{name}")
}

/// An activity type of the profile.
pub fn activity_type(name: &str) -> String {
    format!("http://adlnet.gov/expapi/activities/{name}")
}

/// A state or profile id of the profile's documents.
pub fn document_id(name: &str) -> String {
    format!("{PROFILE}/{name}")
}

/// The activity ids of one course version: `<base>/courses/{course}/{version}` and below.
///
/// Identifiers of the manifest and of content are one path segment each: the UTF-8 bytes of
/// every character but the unreserved ones of RFC 3986 (letters, digits, `-`, `.`, `_`, `~`) are
/// percent-encoded with upper-case digits, and a segment of dots alone has its dots encoded, so
/// that no reader folds it away. What has no identifier is `!` and its index, which no encoded
/// identifier can be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CourseIris {
    course: String,
}

impl CourseIris {
    /// The ids below an absolute IRI, with or without a slash at its end.
    pub fn new(base: &str, course: CourseId, version: CourseVersion) -> Self {
        Self { course: format!("{}/courses/{course}/{version}", base.trim_end_matches('/')) }
    }

    /// The course and version that an activity id of a course version names, whatever its base.
    pub fn parse(activity: &str) -> Option<(CourseId, CourseVersion)> {
        let (rest, version) = activity.rsplit_once('/')?;
        let course = rest.rsplit_once('/')?.1;
        Some((course.parse().ok()?, CourseVersion::new(version.parse().ok()?)?))
    }

    /// The course version: the activity that evidence is about.
    pub fn course(&self) -> &str {
        &self.course
    }

    /// An attempt on the course, counted from 1 within the registration.
    pub fn course_attempt(&self, registration: RegistrationId, attempt: u32) -> String {
        format!("{}/attempts/{registration}/{attempt}", self.course)
    }

    /// An item of the manifest: a SCO or an asset.
    pub fn sco(&self, item: &ItemId) -> String {
        format!("{}/sco/{}", self.course, segment(item.as_str()))
    }

    /// An attempt on a SCO, counted from 1 within the registration.
    pub fn attempt(&self, item: &ItemId, registration: RegistrationId, attempt: u32) -> String {
        format!("{}/attempts/{registration}/{attempt}", self.sco(item))
    }

    /// An interaction of a SCO.
    pub fn interaction(&self, item: &ItemId, id: &str, index: usize) -> String {
        format!("{}/interactions/{}", self.sco(item), named(id, index))
    }

    /// An objective of a SCO.
    pub fn objective(&self, item: &ItemId, id: &str, index: usize) -> String {
        format!("{}/objectives/{}", self.sco(item), named(id, index))
    }
}

fn named(id: &str, index: usize) -> String {
    if id.is_empty() { format!("!{index}") } else { segment(id) }
}

/// One path segment that stands for `text`.
pub(super) fn segment(text: &str) -> String {
    let only_dots = text.bytes().all(|byte| byte == b'.');
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        let is_plain = byte.is_ascii_alphanumeric()
            || matches!(byte, b'-' | b'_' | b'~')
            || (byte == b'.' && !only_dots);
        if is_plain {
            out.push(char::from(byte));
        } else {
            write!(out, "%{byte:02X}").expect("writing to a string does not fail");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{CourseIris, segment};
    use domain::{CourseId, CourseVersion, ItemId};

    #[test]
    fn a_version_is_read_from_its_activity() {
        let course = "0198f0e0-0000-7000-8000-000000000007".parse::<CourseId>().unwrap();
        let iris = CourseIris::new("https://a.example/x/", course, CourseVersion::FIRST);
        assert_eq!(CourseIris::parse(iris.course()), Some((course, CourseVersion::FIRST)));
        assert_eq!(CourseIris::parse(&iris.sco(&ItemId::new("one"))), None);
        assert_eq!(CourseIris::parse("https://a.example/x"), None);
    }

    #[test]
    fn an_identifier_becomes_one_path_segment() {
        for (text, expected) in [
            ("SCO_1-a.b~", "SCO_1-a.b~"),
            ("a b/c?d#e", "a%20b%2Fc%3Fd%23e"),
            ("urn:x:1", "urn%3Ax%3A1"),
            ("é", "%C3%A9"),
            ("100%", "100%25"),
            ("!0", "%210"),
            (".", "%2E"),
            ("..", "%2E%2E"),
            ("..a", "..a"),
        ] {
            assert_eq!(segment(text), expected);
        }
    }
}
