//! Optimistic concurrency: entity tags and preconditions (Communication 3.1, XAPI-00322).

use super::{DocumentMethod, DocumentResource};
use crate::Version;

/// The entity tag of a document, in quotes: the SHA-1 of its bytes in hexadecimal, which 1.0.3
/// demands and 2.0 allows. It names a version, it protects nothing.
pub fn etag(bytes: &[u8]) -> String {
    format!("\"{}\"", sha1_smol::Sha1::from(bytes).digest())
}

/// The value of `If-Match` or `If-None-Match` (RFC 9110 section 13.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntityTags {
    /// `*`: whatever there is.
    Any,
    /// These, without quotes and weakness.
    These(Vec<String>),
}

impl EntityTags {
    /// Reads a header. Tags without quotes are taken too: clients send them.
    pub fn parse(header: &str) -> Self {
        if header.trim() == "*" {
            return Self::Any;
        }
        Self::These(header.split(',').map(|tag| opaque(tag).to_owned()).collect())
    }

    /// Whether a document with this tag, or none, is meant.
    fn include(&self, current: Option<&str>) -> bool {
        match (self, current) {
            (_, None) => false,
            (Self::Any, Some(_)) => true,
            (Self::These(tags), Some(current)) => tags.iter().any(|tag| tag == opaque(current)),
        }
    }
}

fn opaque(tag: &str) -> &str {
    let tag = tag.trim();
    tag.strip_prefix("W/").unwrap_or(tag).trim_matches('"')
}

/// What a request demands of the document's present state.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Preconditions {
    /// `If-Match`
    pub if_match: Option<EntityTags>,
    /// `If-None-Match`
    pub if_none_match: Option<EntityTags>,
}

/// What a GET gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// 200 with the content.
    Whole,
    /// 304 Not Modified: the client has it.
    NotModified,
    /// 412 Precondition Failed.
    Refused(PreconditionError),
}

/// A request must not be carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PreconditionError {
    /// 412 Precondition Failed.
    #[error("the document is not in the state that If-Match or If-None-Match demands")]
    Failed,
    /// 409 Conflict.
    #[error(
        "the document exists already: check its current state, then set If-Match to its current \
         ETag to replace it"
    )]
    Conflict,
    /// 400 Bad Request.
    #[error("a PUT to a profile resource needs If-Match or If-None-Match")]
    Missing,
}

impl Preconditions {
    /// Reads both headers.
    pub fn parse(if_match: Option<&str>, if_none_match: Option<&str>) -> Self {
        Self {
            if_match: if_match.map(EntityTags::parse),
            if_none_match: if_none_match.map(EntityTags::parse),
        }
    }

    /// What a GET of a document with the tag `current` gets (RFC 9110 section 13.2.2).
    pub fn for_reading(&self, current: &str) -> Reading {
        let current = Some(current);
        if self.if_match.as_ref().is_some_and(|tags| !tags.include(current)) {
            return Reading::Refused(PreconditionError::Failed);
        }
        match &self.if_none_match {
            Some(tags) if tags.include(current) => Reading::NotModified,
            _ => Reading::Whole,
        }
    }

    /// Whether a write may go on, `current` being the tag of the document there is.
    ///
    /// A PUT with neither header: a profile's conflicts with what exists (409) and lacks a header
    /// if nothing does (400: the client MUST send one); a state's is allowed by 1.0, and conflicts
    /// with what exists under 2.0.
    pub fn allow(
        &self,
        version: Version,
        resource: DocumentResource,
        method: DocumentMethod,
        current: Option<&str>,
    ) -> Result<(), PreconditionError> {
        let wanted = self.if_match.as_ref().is_none_or(|tags| tags.include(current));
        let unwanted = self.if_none_match.as_ref().is_some_and(|tags| tags.include(current));
        if !wanted || unwanted {
            return Err(PreconditionError::Failed);
        }
        let bare_put = method == DocumentMethod::Put
            && self.if_match.is_none()
            && self.if_none_match.is_none();
        let state = resource == DocumentResource::State;
        match current {
            _ if !bare_put || (state && version == Version::V1_0) => Ok(()),
            Some(_) => Err(PreconditionError::Conflict),
            None if state => Ok(()),
            None => Err(PreconditionError::Missing),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use DocumentMethod::{Delete, Post, Put};
    use DocumentResource::{ActivityProfile, AgentProfile, State};
    use PreconditionError::{Conflict, Failed, Missing};
    use Version::{V1_0, V2_0};

    #[test]
    fn communication_3_1_an_etag_is_the_quoted_sha1() {
        assert_eq!(etag(b"abc"), "\"a9993e364706816aba3e25717850c26c9cd0d89d\"");
    }

    #[test]
    fn rfc_9110_13_2_2_a_reader_gets_what_it_has_not() {
        let tag = etag(b"now");
        let other = "\"other\"";
        for (if_match, if_none_match, expected) in [
            (None, None, Reading::Whole),
            (None, Some(tag.as_str()), Reading::NotModified),
            (None, Some("*"), Reading::NotModified),
            (None, Some(other), Reading::Whole),
            (Some(tag.as_str()), None, Reading::Whole),
            (Some(other), None, Reading::Refused(Failed)),
            (Some(other), Some(tag.as_str()), Reading::Refused(Failed)),
        ] {
            let preconditions = Preconditions::parse(if_match, if_none_match);
            assert_eq!(preconditions.for_reading(&tag), expected, "{if_match:?} {if_none_match:?}");
        }
    }

    #[test]
    fn xapi_00322_writes_on_old_data_are_refused() {
        let tag = etag(b"now");
        let exists = Some(tag.as_str());
        let other = "\"0000000000000000000000000000000000000000\"";
        let several = format!("{other}, W/{tag}");
        for (version, resource, method, if_match, if_none_match, current, expected) in [
            (V1_0, AgentProfile, Put, None, None, exists, Err(Conflict)),
            (V1_0, AgentProfile, Put, None, None, None, Err(Missing)),
            (V2_0, ActivityProfile, Put, None, None, exists, Err(Conflict)),
            (V1_0, State, Put, None, None, exists, Ok(())),
            (V2_0, State, Put, None, None, exists, Err(Conflict)),
            (V2_0, State, Put, None, None, None, Ok(())),
            (V1_0, AgentProfile, Post, None, None, exists, Ok(())),
            (V2_0, State, Post, None, None, exists, Ok(())),
            (V2_0, State, Delete, None, None, exists, Ok(())),
            (V1_0, AgentProfile, Put, exists, None, exists, Ok(())),
            (V1_0, AgentProfile, Put, Some(several.as_str()), None, exists, Ok(())),
            (V1_0, AgentProfile, Put, Some("*"), None, exists, Ok(())),
            (V1_0, AgentProfile, Put, Some("*"), None, None, Err(Failed)),
            (V1_0, AgentProfile, Put, Some(other), None, exists, Err(Failed)),
            (V1_0, AgentProfile, Put, Some(other), None, None, Err(Failed)),
            (V2_0, State, Delete, Some(other), None, exists, Err(Failed)),
            (V2_0, State, Post, Some(other), None, exists, Err(Failed)),
            (V1_0, AgentProfile, Put, None, Some("*"), None, Ok(())),
            (V1_0, AgentProfile, Put, None, Some("*"), exists, Err(Failed)),
            (V1_0, AgentProfile, Post, None, Some("*"), exists, Err(Failed)),
            (V1_0, AgentProfile, Put, None, Some(other), exists, Ok(())),
        ] {
            let preconditions = Preconditions::parse(if_match, if_none_match);
            let case = (version, resource, method, if_match, if_none_match, current);
            assert_eq!(
                preconditions.allow(version, resource, method, current),
                expected,
                "{case:?}"
            );
        }
    }
}
