//! Where a list of statements goes on: what stands behind `more` (Data 2.5, XAPI-00108 to 00114).

use crate::{Selection, StatementFilter, StatementQuery, Version};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// A query and the position after which its next page begins.
///
/// Its text is opaque to clients and fits into a URL. It carries no signature: whoever takes it
/// back must make sure that it may read what the query finds, or sign it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Continuation {
    /// The query that is gone on with.
    pub query: StatementQuery,
    /// The log position of the last statement given.
    pub after: u64,
}

/// A `more` token is none that this server gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is no place where a list of statements goes on")]
pub struct InvalidContinuation;

const POSITION: &str = "after";

impl Continuation {
    /// The token. A query for one statement has no next page, and gives a token without a filter.
    pub fn encode(&self) -> String {
        let mut form = format!("{POSITION}={}", self.after);
        let mut add = |name: &str, value: &str| {
            form.push('&');
            form.push_str(name);
            form.push('=');
            form.extend(utf8_percent_encode(value, NON_ALPHANUMERIC));
        };
        if let Selection::Matching(filter) = &self.query.selection {
            for (name, value) in parameters(filter) {
                add(name, &value);
            }
        }
        add("format", self.query.format.as_str());
        add("attachments", if self.query.attachments { "true" } else { "false" });
        URL_SAFE_NO_PAD.encode(form)
    }

    /// Reads a token back.
    pub fn decode(token: &str) -> Result<Self, InvalidContinuation> {
        let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| InvalidContinuation)?;
        let form = String::from_utf8(bytes).map_err(|_| InvalidContinuation)?;
        let mut after = None;
        let mut parameters = Vec::new();
        for pair in form.split('&') {
            let (name, value) = pair.split_once('=').ok_or(InvalidContinuation)?;
            let value = percent_decode_str(value).decode_utf8().map_err(|_| InvalidContinuation)?;
            if name == POSITION {
                after = Some(value.parse().map_err(|_| InvalidContinuation)?);
            } else {
                parameters.push((name, value));
            }
        }
        let parameters = parameters.iter().map(|(name, value)| (*name, &**value));
        // Times are printed in a form that both versions read.
        let query =
            StatementQuery::parse(parameters, Version::V2_0).map_err(|_| InvalidContinuation)?;
        Ok(Self { query, after: after.ok_or(InvalidContinuation)? })
    }
}

fn parameters(filter: &StatementFilter) -> impl Iterator<Item = (&'static str, String)> {
    let flag = |set: bool| set.then(|| "true".to_owned());
    [
        ("agent", filter.agent.as_ref().map(crate::AgentId::to_json)),
        ("verb", filter.verb.clone()),
        ("activity", filter.activity.clone()),
        ("registration", filter.registration.map(|id| id.to_string())),
        ("related_activities", flag(filter.related_activities)),
        ("related_agents", flag(filter.related_agents)),
        ("since", filter.since.map(|time| time.to_string())),
        ("until", filter.until.map(|time| time.to_string())),
        ("limit", Some(filter.limit.to_string())),
        ("ascending", flag(filter.ascending)),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name, value?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xapi_00111_a_page_goes_on_with_the_same_query() {
        let agent = r#"{"account":{"homePage":"http://h.example/?a=b&c=d","name":"ü %|"}}"#;
        for parameters in [
            &[][..],
            &[("agent", agent), ("related_agents", "true"), ("limit", "50")],
            &[
                ("verb", "http://v.example/"),
                ("activity", "http://a.example/"),
                ("ascending", "true"),
            ],
            &[("since", "2026-01-01T00:00:00.000001Z"), ("until", "2026-02-01T00:00:00+01:00")],
            &[("registration", "fd41c918-b88b-4b20-a0a5-a4c32391aaa0"), ("format", "ids")],
            &[("related_activities", "true"), ("attachments", "true")],
        ] {
            let query = StatementQuery::parse(parameters.iter().copied(), Version::V1_0).unwrap();
            let page = Continuation { query, after: 42 };
            assert_eq!(Continuation::decode(&page.encode()), Ok(page));
        }
        for token in ["", "!", "YQ", "YWZ0ZXI9eA"] {
            assert!(Continuation::decode(token).is_err(), "{token}");
        }
    }
}
