//! What the LRS sets in a statement, spliced into its exact text (Data 2.4.1, 2.4.7 to 2.4.10).
//!
//! Everything else keeps its bytes: key order, white space, number texts, escapes. One more change
//! is required: a context activity that came alone is put into an array (XAPI-00096).

use crate::{Actor, ActorKind, AgentId, AgentReference, AgentRole, Statement};
use domain::{StatementId, Timestamp};
use std::ops::Range;

/// Who vouches for the statements that a credential stores: an agent, ready as JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authority {
    id: AgentId,
    json: String,
}

impl Authority {
    /// The authority that is this agent.
    pub fn new(id: AgentId) -> Self {
        let json = id.to_json();
        Self { id, json }
    }

    /// Who it is.
    pub fn id(&self) -> &AgentId {
        &self.id
    }
}

/// A statement with all that the LRS sets but the time of storing.
#[derive(Debug, Clone)]
pub struct Stamped {
    statement: Statement,
    id: StatementId,
    /// The final text without the times, and where they go.
    text: String,
    times: Vec<usize>,
}

/// A change to the text: the bytes of `at` become `with`, where `None` is the time of storing.
struct Edit<'a> {
    at: Range<usize>,
    with: Option<&'a str>,
}

impl Statement {
    /// Sets `authority` (XAPI-00097 ff.: what came is overwritten), and `id` and `version` where
    /// they are missing; [`Stamped::finish`] sets `stored`, and `timestamp` where it is missing.
    pub fn stamp(mut self, new_id: StatementId, authority: &Authority) -> Stamped {
        let id = self.id.unwrap_or(new_id);
        let tail = self.tail(id, authority);
        let mut edits = Vec::with_capacity(8);
        for (key, value) in self.root().members() {
            match &*key.text() {
                "stored" => edits.push(Edit { at: value.range(), with: None }),
                "authority" => {
                    edits.push(Edit { at: value.range(), with: Some(&authority.json) });
                }
                _ => {}
            }
        }
        for single in &self.single_context_activities {
            edits.push(Edit { at: single.start..single.start, with: Some("[") });
            edits.push(Edit { at: single.end..single.end, with: Some("]") });
        }
        edits.sort_by_key(|edit| edit.at.start);
        let close = self.text().len().saturating_sub(1);
        for part in tail.split_inclusive(TIME) {
            let text = part.strip_suffix(TIME);
            edits.push(Edit { at: close..close, with: Some(text.unwrap_or(part)) });
            if text.is_some() {
                edits.push(Edit { at: close..close, with: None });
            }
        }
        let (text, times) = splice(self.text(), &edits);
        self.restamp(id, authority);
        Stamped { statement: self, id, text, times }
    }

    /// The members that are missing, to go before the closing brace.
    fn tail(&self, id: StatementId, authority: &Authority) -> String {
        let mut tail = String::with_capacity(160 + authority.json.len());
        if self.id.is_none() {
            tail.push_str(",\"id\":\"");
            tail.push_str(&id.to_string());
            tail.push('"');
        }
        if self.timestamp.is_none() {
            tail.push_str(",\"timestamp\":");
            tail.push(TIME);
        }
        if self.stored().is_none() {
            tail.push_str(",\"stored\":");
            tail.push(TIME);
        }
        if self.authority.is_none() {
            tail.push_str(",\"authority\":");
            tail.push_str(&authority.json);
        }
        if self.version_text.is_none() {
            tail.push_str(",\"version\":\"");
            tail.push_str(self.version.of_unversioned_statement());
            tail.push('"');
        }
        tail
    }

    /// Makes the view tell what the stamped text does.
    fn restamp(&mut self, id: StatementId, authority: &Authority) {
        self.id = Some(id);
        self.version_text.get_or_insert_with(|| self.version.of_unversioned_statement().to_owned());
        self.authority = Some(Actor {
            kind: ActorKind::Agent,
            id: Some(authority.id.clone()),
            name: None,
            members: Vec::new(),
        });
        self.agents.retain(|mention| mention.role != AgentRole::Authority);
        self.agents.push(AgentReference {
            id: authority.id.clone(),
            role: AgentRole::Authority,
            is_member: false,
            in_sub_statement: false,
        });
    }
}

/// Marks a time in a tail; it cannot occur in one, as JSON escapes it.
const TIME: char = '\0';

fn splice(text: &str, edits: &[Edit<'_>]) -> (String, Vec<usize>) {
    let added: usize = edits.iter().filter_map(|edit| edit.with).map(str::len).sum();
    let mut out = String::with_capacity(text.len() + added);
    let mut times = Vec::new();
    let mut done = 0;
    for edit in edits {
        out.push_str(&text[done..edit.at.start]);
        if let Some(with) = edit.with {
            out.push_str(with);
        } else {
            out.push('"');
            times.push(out.len());
            out.push('"');
        }
        done = edit.at.end;
    }
    out.push_str(&text[done..]);
    (out, times)
}

impl Stamped {
    /// The statement's id, sent or given.
    pub fn id(&self) -> StatementId {
        self.id
    }

    /// The statement as stamped: id, authority, version and references are those that will be
    /// stored. Its text is still as sent.
    pub fn statement(&self) -> &Statement {
        &self.statement
    }

    /// The final bytes around the time of storing, which goes between each two of them as RFC 3339
    /// text; the quotes are in the pieces.
    pub fn pieces(&self) -> Vec<Vec<u8>> {
        let text = self.text.as_bytes();
        let ends = self.times.iter().copied().chain([text.len()]);
        let starts = [0].into_iter().chain(self.times.iter().copied());
        starts.zip(ends).map(|(from, to)| text[from..to].to_vec()).collect()
    }

    /// The final bytes, `stored` being this; a missing `timestamp` becomes the same.
    pub fn finish(&self, stored: Timestamp) -> Vec<u8> {
        self.pieces().join(stored.to_string().as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Version;

    const ID: &str = "fd41c918-b88b-4b20-a0a5-a4c32391aaa0";
    const STORED: &str = "2026-11-21T08:00:00.000001Z";

    fn stamp(json: &str, version: Version) -> String {
        let authority = Authority::new(AgentId::Account {
            home_page: "http://lrs.example".to_owned(),
            name: "key".to_owned(),
        });
        let statement = Statement::parse(json.as_bytes(), version).unwrap();
        let stamped = statement.stamp(ID.parse().unwrap(), &authority);
        String::from_utf8(stamped.finish(STORED.parse().unwrap())).unwrap()
    }

    const AUTHORITY: &str =
        r#"{"objectType":"Agent","account":{"homePage":"http://lrs.example","name":"key"}}"#;

    /// XAPI-00023.
    #[test]
    fn xapi_00026_xapi_00097_xapi_00099_what_is_missing_is_added_at_the_end() {
        let sent = r#"{"actor":{"mbox":"mailto:a@b.c"},"verb":{"id":"http://v.example/"},"object":{"id":"http://o.example/"}}"#;
        for (version, printed) in [(Version::V1_0, "1.0.0"), (Version::V2_0, "2.0.0")] {
            let head = sent.strip_suffix('}').unwrap();
            let expected = format!(
                r#"{head},"id":"{ID}","timestamp":"{STORED}","stored":"{STORED}","authority":{AUTHORITY},"version":"{printed}"}}"#
            );
            assert_eq!(stamp(sent, version), expected);
        }
    }

    /// XAPI-00330.
    #[test]
    fn xapi_00332_only_stored_and_authority_are_overwritten() {
        let sent = r#"{ "stored":"2001-01-01T00:00:00Z","version" : "1.0.3","authority":{"mbox":"mailto:x@y.z"},
            "id":"FD41C918-B88B-4B20-A0A5-A4C32391AAA1","timestamp":"2015-11-18T12:17:00+00:00","actor":{"mbox":"mailto:a@b.c"},
            "verb":{"id":"http://v.example/"},"object":{"id":"http://o.example/"},"result":{"score":{"raw":1.50,"max":1e2}}}"#;
        let expected = sent
            .replace("2001-01-01T00:00:00Z", STORED)
            .replace(r#"{"mbox":"mailto:x@y.z"}"#, AUTHORITY);
        assert_eq!(stamp(sent, Version::V1_0), expected);
    }

    #[test]
    fn xapi_00096_a_context_activity_alone_is_put_into_an_array() {
        let sent = r#"{"context":{"contextActivities":{"parent":{"id":"http://p.example/"},"other":[]}},"actor":{"mbox":"mailto:a@b.c"},"verb":{"id":"http://v.example/"},"object":{"id":"http://o.example/"}}"#;
        let stamped = stamp(sent, Version::V1_0);
        assert!(
            stamped.contains(r#""parent":[{"id":"http://p.example/"}],"other":[]"#),
            "{stamped}"
        );
        assert!(Statement::parse(stamped.as_bytes(), Version::V1_0).is_ok());
    }
}
