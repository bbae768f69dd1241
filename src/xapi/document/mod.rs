//! Document resources: state, agent profiles, activity profiles (Communication 2.2, 2.3, 2.6, 2.7).

mod precondition;
mod query;

pub use precondition::{EntityTags, PreconditionError, Preconditions, Reading, etag};
pub use query::{DocumentQuery, DocumentScope};

use crate::{
    ValidationError,
    json::{Document, Kind, Limits, write_string},
};

/// Which document resource a request is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DocumentResource {
    /// `activities/state`
    State,
    /// `agents/profile`
    AgentProfile,
    /// `activities/profile`
    ActivityProfile,
}

/// What a request does to a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DocumentMethod {
    /// Reads one, or lists the ids of many.
    Get,
    /// Stores one in place of what was there.
    Put,
    /// Stores one, or merges it into what was there.
    Post,
    /// Deletes one, or all of a state's context.
    Delete,
}

/// A document's bytes and their media type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Content<'a> {
    /// `Content-Type`, parameters included.
    pub media_type: &'a str,
    /// The bytes.
    pub bytes: &'a [u8],
}

/// A posted document cannot be stored; 400 Bad Request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MergeError {
    /// One of the two is not JSON (XAPI-00232, XAPI-00278, XAPI-00309).
    #[error(
        "{which} document is {media_type:?}; only application/json is merged (Communication 2.2)"
    )]
    NotJson {
        /// `the stored` or `the posted`.
        which: &'static str,
        /// Its media type.
        media_type: String,
    },
    /// One of the two cannot be read (XAPI-00235, XAPI-00284, XAPI-00314).
    #[error("{which} document: {error}")]
    Malformed {
        /// `the stored` or `the posted`.
        which: &'static str,
        /// What is wrong.
        error: ValidationError,
    },
    /// One of the two is JSON, but not an object (XAPI-00229, XAPI-00281, XAPI-00313).
    #[error("{which} document is not a JSON object (Communication 2.2)")]
    NotObject {
        /// `the stored` or `the posted`.
        which: &'static str,
    },
}

impl Content<'_> {
    fn is_json(&self) -> bool {
        let essence = self.media_type.split(';').next().unwrap_or_default().trim();
        essence.eq_ignore_ascii_case("application/json")
    }

    fn read(&self, which: &'static str) -> Result<Document, MergeError> {
        Document::parse(self.bytes, Limits::default())
            .map_err(|error| MergeError::Malformed { which, error: error.into() })
    }

    fn read_object(&self, which: &'static str) -> Result<Document, MergeError> {
        if !self.is_json() {
            let media_type = self.media_type.to_owned();
            return Err(MergeError::NotJson { which, media_type });
        }
        let document = self.read(which)?;
        match document.root().kind() {
            Kind::Object => Ok(document),
            _ => Err(MergeError::NotObject { which }),
        }
    }
}

/// What a POST leaves stored: the posted document if there is none yet (XAPI-00233), else the
/// merge of both, one level deep (XAPI-00183 to 00186). Values keep their exact texts.
pub fn merge_document(
    stored: Option<Content<'_>>,
    posted: Content<'_>,
) -> Result<Vec<u8>, MergeError> {
    const POSTED: &str = "the posted";
    let Some(stored) = stored else {
        if posted.is_json() {
            posted.read(POSTED)?;
        }
        return Ok(posted.bytes.to_vec());
    };
    let new = posted.read_object(POSTED)?;
    let old = stored.read_object("the stored")?;
    let mut out = String::with_capacity(old.text().len() + new.text().len());
    let (known, posted) = (old.root().to_map(), new.root().to_map());
    let kept = old.root().members().map(|(key, value)| {
        let name = key.text();
        let value = posted.get(&name).copied().unwrap_or(value);
        (name, value)
    });
    let added = new
        .root()
        .members()
        .map(|(key, value)| (key.text(), value))
        .filter(|(name, _)| !known.contains_key(name));
    for (name, value) in kept.chain(added) {
        out.push(if out.is_empty() { '{' } else { ',' });
        write_string(&mut out, &name);
        out.push(':');
        out.push_str(value.text());
    }
    if out.is_empty() {
        out.push('{');
    }
    out.push('}');
    Ok(out.into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: &str = "application/json; charset=utf-8";

    fn merged(old: (&str, &str), new: (&str, &str)) -> Result<String, MergeError> {
        let content = |(media_type, text): (&'static str, &'static str)| Content {
            media_type,
            bytes: text.as_bytes(),
        };
        let leak = |(a, b): (&str, &str)| -> (&'static str, &'static str) {
            (a.to_owned().leak(), b.to_owned().leak())
        };
        merge_document(Some(content(leak(old))), content(leak(new)))
            .map(|bytes| String::from_utf8(bytes).unwrap())
    }

    #[test]
    fn xapi_00183_a_merge_replaces_top_level_properties_alone() {
        for (old, new, expected) in [
            (
                r#"{"x":"foo","y":"bar"}"#,
                r#"{"x":"bash","z":"faz"}"#,
                r#"{"x":"bash","y":"bar","z":"faz"}"#,
            ),
            (r#"{"a":{"b":1,"c":2}}"#, r#"{"a":{"b":1.50}}"#, r#"{"a":{"b":1.50}}"#),
            ("{}", "{}", "{}"),
            (r#"{"n":null}"#, "{}", r#"{"n":null}"#),
        ] {
            assert_eq!(merged((JSON, old), (JSON, new)).as_deref(), Ok(expected));
        }
    }

    #[test]
    fn xapi_00232_xapi_00229_only_json_objects_are_merged() {
        let object = (JSON, "{}");
        for other in [("text/plain", "{}"), (JSON, "[]"), (JSON, "{"), (JSON, r#"{"a":1,"a":2}"#)] {
            assert!(merged(object, other).is_err(), "{other:?}");
            assert!(merged(other, object).is_err(), "{other:?}");
        }
    }

    #[test]
    fn xapi_00233_xapi_00235_a_first_post_is_stored_unless_it_is_broken_json() {
        let post = |media_type, bytes| merge_document(None, Content { media_type, bytes });
        assert_eq!(post("text/plain", b"\xff{").as_deref(), Ok(&b"\xff{"[..]));
        assert_eq!(post(JSON, b" { } ").as_deref(), Ok(&b" { } "[..]));
        assert!(post(JSON, b"{a:1}").is_err());
    }
}
