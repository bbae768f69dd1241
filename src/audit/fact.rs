//! What a statement says, as far as an audit asks.

use crate::span::result_duration;
use domain::{Grade, StatementId, Timestamp};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use std::collections::HashMap;
use uuid::Uuid;

/// The cmi5 extension in which a `waived` statement gives its reason (cmi5 9.5.5.2).
const WAIVER_REASON: &str = "https://w3id.org/xapi/cmi5/result/extensions/reason";

/// The verbs that an audit knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verb {
    /// The test was passed.
    Passed,
    /// The test was failed.
    Failed,
    /// All of it was seen.
    Completed,
    /// An administrator let somebody off.
    Waived,
    /// What was to be done is done; alone it is evidence of nothing (1.4.3).
    Satisfied,
    /// It was left.
    Abandoned,
    /// Another statement is void.
    Voided,
}

impl Verb {
    /// The verb of this IRI; `None` for those that an audit passes over.
    pub fn of(iri: &str) -> Option<Self> {
        Some(match iri {
            "http://adlnet.gov/expapi/verbs/passed" => Self::Passed,
            "http://adlnet.gov/expapi/verbs/failed" => Self::Failed,
            "http://adlnet.gov/expapi/verbs/completed" => Self::Completed,
            "http://adlnet.gov/expapi/verbs/voided" => Self::Voided,
            "https://w3id.org/xapi/adl/verbs/waived" => Self::Waived,
            "https://w3id.org/xapi/adl/verbs/satisfied" => Self::Satisfied,
            "https://w3id.org/xapi/adl/verbs/abandoned" => Self::Abandoned,
            _ => return None,
        })
    }
}

/// Who a statement is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActorName {
    /// A mail address, without `mailto:`.
    Mbox(String),
    /// The SHA-1 of a mail address with `mailto:`.
    MboxSha1(String),
    /// An account, as `homePage|name`.
    Account(String),
    /// The pseudonym of an actor who was erased, as the ledger's entry has it.
    Pseudonym(String),
    /// Somebody whom no identity can match: a group, an `openid`.
    Other,
}

/// What a statement is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum About {
    /// An activity, by IRI.
    Activity(String),
    /// Another statement.
    Statement(StatementId),
    /// Anything else.
    Other,
}

/// What a statement says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fact {
    /// The statement.
    pub id: StatementId,
    /// Who.
    pub actor: ActorName,
    /// Did what; `None` for what an audit passes over.
    pub verb: Option<Verb>,
    /// With what.
    pub about: About,
    /// `result.score.scaled`.
    pub scaled: Option<f64>,
    /// `result.duration` in seconds.
    pub seconds: Option<f64>,
    /// Why it was waived.
    pub waiver_reason: Option<String>,
    /// `context.registration`.
    pub registration: Option<Uuid>,
    /// When it happened, as the statement says; `stored` when it does not.
    pub timestamp: Timestamp,
    /// When it was stored.
    pub stored: Timestamp,
    /// When this store recorded it: `stored`, but for what was brought in from another one.
    pub recorded_at: Timestamp,
    /// The account that vouches for it, as `homePage|name`, or another identifier of the authority.
    pub authority: Option<String>,
    /// How good it is as evidence; `None` when the world does not say.
    pub grade: Option<Grade>,
}

/// A statement as its JSON has it. Only the members that an audit asks for are read, and leniently:
/// the statement was checked when it was stored.
#[derive(Debug, Deserialize)]
pub struct StatementText {
    id: StatementId,
    actor: ActorText,
    verb: VerbText,
    object: ObjectText,
    #[serde(default)]
    result: Option<ResultText>,
    #[serde(default)]
    context: Option<ContextText>,
    #[serde(default)]
    timestamp: Option<Timestamp>,
    stored: Timestamp,
    #[serde(default)]
    authority: Option<ActorText>,
    #[serde(default)]
    recorded_at: Option<Timestamp>,
    #[serde(default)]
    grade: Option<Grade>,
}

#[derive(Debug, Deserialize)]
struct VerbText {
    id: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ActorText {
    #[serde(default)]
    object_type: Option<String>,
    #[serde(default)]
    mbox: Option<String>,
    #[serde(default, rename = "mbox_sha1sum")]
    mbox_sha1: Option<String>,
    #[serde(default)]
    account: Option<AccountText>,
    #[serde(default)]
    member: Vec<ActorText>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct AccountText {
    home_page: String,
    name: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ObjectText {
    #[serde(default)]
    object_type: Option<String>,
    #[serde(default)]
    id: Option<String>,
}

#[derive(Debug, Deserialize)]
struct ResultText {
    #[serde(default)]
    score: Option<ScoreText>,
    #[serde(default)]
    duration: Option<String>,
    #[serde(default, deserialize_with = "reason")]
    extensions: Option<String>,
}

#[derive(Debug, Deserialize)]
struct ScoreText {
    #[serde(default)]
    scaled: Option<f64>,
}

#[derive(Debug, Deserialize)]
struct ContextText {
    #[serde(default)]
    registration: Option<Uuid>,
}

/// Of all extensions, the reason of a waiver.
fn reason<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let mut extensions = Option::<HashMap<String, Value>>::deserialize(deserializer)?;
    let reason = extensions.as_mut().and_then(|map| map.remove(WAIVER_REASON));
    Ok(reason.and_then(|value| value.as_str().map(str::to_owned)))
}

impl ActorText {
    fn name(&self) -> ActorName {
        if self.object_type.as_deref() == Some("Group") || !self.member.is_empty() {
            return ActorName::Other;
        }
        if let Some(mbox) = &self.mbox {
            return ActorName::Mbox(without_scheme(mbox).to_owned());
        }
        if let Some(hash) = &self.mbox_sha1 {
            return ActorName::MboxSha1(hash.to_ascii_lowercase());
        }
        self.account.as_ref().map_or(ActorName::Other, |account| {
            ActorName::Account(format!("{}|{}", account.home_page, account.name))
        })
    }

    /// The identifier of an authority. One that is signed in for two parties (OAuth) is a group of
    /// an application, which stands first, and a user.
    fn authority(&self) -> Option<String> {
        let party = self.member.iter().find(|member| member.account.is_some()).unwrap_or(self);
        match (&party.account, &party.mbox) {
            (Some(account), _) => Some(format!("{}|{}", account.home_page, account.name)),
            (None, Some(mbox)) => Some(mbox.clone()),
            (None, None) => party.mbox_sha1.clone(),
        }
    }
}

/// A mail address without `mailto:`.
pub(crate) fn without_scheme(mbox: &str) -> &str {
    match mbox.get(..7) {
        Some(scheme) if scheme.eq_ignore_ascii_case("mailto:") => &mbox[7..],
        _ => mbox,
    }
}

impl From<StatementText> for Fact {
    fn from(text: StatementText) -> Self {
        let about = match (text.object.object_type.as_deref(), text.object.id) {
            (None | Some("Activity"), Some(id)) => About::Activity(id),
            (Some("StatementRef"), Some(id)) => id.parse().map_or(About::Other, About::Statement),
            _ => About::Other,
        };
        let result = text.result;
        let (scaled, seconds, waiver_reason) = result.map_or((None, None, None), |result| {
            let seconds = result.duration.as_deref().and_then(result_duration);
            (result.score.and_then(|score| score.scaled), seconds, result.extensions)
        });
        Self {
            id: text.id,
            actor: text.actor.name(),
            verb: Verb::of(&text.verb.id),
            about,
            scaled,
            seconds,
            waiver_reason,
            registration: text.context.and_then(|context| context.registration),
            timestamp: text.timestamp.unwrap_or(text.stored),
            stored: text.stored,
            recorded_at: text.recorded_at.unwrap_or(text.stored),
            authority: text.authority.as_ref().and_then(ActorText::authority),
            grade: text.grade,
        }
    }
}

impl Fact {
    /// What the statement that these bytes are says.
    pub fn read(statement: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice::<StatementText>(statement).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_is_read_as_far_as_an_audit_asks() {
        let fact = Fact::read(
            br#"{"id":"dc00950b-ef26-5e74-b1a6-5182da996539",
            "actor":{"mbox":"MAILTO:Ana@acme.test"},
            "verb":{"id":"https://w3id.org/xapi/adl/verbs/waived"},
            "object":{"id":"https://lms.acme.test/sat"},
            "result":{"duration":"PT1M","score":{"scaled":0.5},"extensions":{"https://other":1,
              "https://w3id.org/xapi/cmi5/result/extensions/reason":"Tested Out"}},
            "stored":"2025-03-15T10:00:01Z",
            "authority":{"objectType":"Agent","account":{"homePage":"https://lms","name":"x"}}}"#,
        )
        .expect("a statement");
        assert_eq!(fact.actor, ActorName::Mbox("Ana@acme.test".to_owned()));
        assert_eq!(fact.verb, Some(Verb::Waived));
        assert_eq!(fact.waiver_reason.as_deref(), Some("Tested Out"));
        assert_eq!((fact.scaled, fact.seconds), (Some(0.5), Some(60.0)));
        assert_eq!(fact.timestamp, fact.stored);
        assert_eq!(fact.authority.as_deref(), Some("https://lms|x"));
    }

    #[test]
    fn a_group_is_nobody_1_10_19() {
        let fact = Fact::read(
            br#"{"id":"dc00950b-ef26-5e74-b1a6-5182da996539",
            "actor":{"objectType":"Group","mbox":"mailto:team@acme.test"},
            "verb":{"id":"http://adlnet.gov/expapi/verbs/passed"},
            "object":{"id":"https://lms.acme.test/sat"},"stored":"2025-03-15T10:00:01Z"}"#,
        )
        .expect("a statement");
        assert_eq!(fact.actor, ActorName::Other);
    }
}
