//! What a statement says, as far as an audit asks.

use crate::Text;
use crate::span::result_duration;
use domain::{
    DURATION_BYTES_MAX, EvidenceVerb, Grade, StatementId, Timestamp, Vouching, WAIVER_REASON,
    waiver_reason,
};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

/// Who a statement is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActorName {
    /// A mail address, without `mailto:`.
    Mbox(Text),
    /// The SHA-1 of a mail address with `mailto:`.
    MboxSha1(Text),
    /// An account, as `homePage|name`.
    Account(Text),
    /// The pseudonym of an actor who was erased, as the ledger's entry has it.
    Pseudonym(Text),
    /// Somebody whom no identity can match: a group, an `openid`.
    Other,
}

/// What a statement is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum About {
    /// An activity, by IRI.
    Activity(Text),
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
    pub verb: Option<EvidenceVerb>,
    /// With what.
    pub about: About,
    /// `result.score.scaled`.
    pub scaled: Option<f64>,
    /// `result.duration` in seconds.
    pub seconds: Option<f64>,
    /// Why it was waived.
    pub waiver_reason: Option<Text>,
    /// `context.registration`.
    pub registration: Option<Uuid>,
    /// When it happened, as the statement says; `stored` when it does not.
    pub timestamp: Timestamp,
    /// When it was stored.
    pub stored: Timestamp,
    /// When this store recorded it: `stored`, but for what was brought in from another one.
    pub recorded_at: Timestamp,
    /// The canonical identifier of the authority that vouches for it, `account:https://lms|x`,
    /// `mbox:…`: the one that the other store claimed, of a statement that was replayed.
    pub authority_key: Option<Text>,
    /// How it came here.
    pub origin: Origin,
    /// How good it is as evidence, when the world says so for itself; see [`Fact::graded`].
    pub grade: Option<Grade>,
    /// Whether an erasure has removed the statement's bytes, so that this is what the log's entry
    /// and the fact made at storing still say.
    pub erased: bool,
}

/// How a statement came into the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Attestry's own run-time saw it happen.
    Runtime,
    /// A client stored it.
    Client,
    /// It was replayed from another store, and what that one said of it is a claim.
    Replayed,
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
    openid: Option<String>,
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
            return ActorName::Mbox(without_scheme(mbox).into());
        }
        if let Some(hash) = &self.mbox_sha1 {
            return ActorName::MboxSha1(hash.to_ascii_lowercase().into());
        }
        self.account.as_ref().map_or(ActorName::Other, |account| {
            ActorName::Account(format!("{}|{}", account.home_page, account.name).into())
        })
    }

    /// The canonical identifier of an authority. One that is signed in for two parties (OAuth) is a
    /// group without a name: all its members.
    fn key(&self) -> Option<String> {
        if let Some(account) = &self.account {
            return Some(format!("account:{}|{}", account.home_page, account.name));
        }
        if let Some(mbox) = &self.mbox {
            return Some(format!("mbox:{}", without_scheme(mbox)));
        }
        if let Some(hash) = &self.mbox_sha1 {
            return Some(format!("sha1:{hash}"));
        }
        if let Some(openid) = &self.openid {
            return Some(format!("openid:{openid}"));
        }
        let members: BTreeSet<String> = self.member.iter().filter_map(Self::key).collect();
        let members: Vec<String> = members.into_iter().collect();
        (!members.is_empty()).then(|| format!("group:{}", members.join(" ")))
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
            (None | Some("Activity"), Some(id)) => About::Activity(id.into()),
            (Some("StatementRef"), Some(id)) => id.parse().map_or(About::Other, About::Statement),
            _ => About::Other,
        };
        let result = text.result;
        let (scaled, seconds, waiver_reason) = result.map_or((None, None, None), |result| {
            let seconds = result.duration.as_deref().and_then(seconds);
            let reason = result.extensions.map(|reason| waiver_reason(&reason).into());
            (result.score.and_then(|score| score.scaled), seconds, reason)
        });
        Self {
            id: text.id,
            actor: text.actor.name(),
            verb: EvidenceVerb::of(&text.verb.id),
            about,
            scaled,
            seconds,
            waiver_reason,
            registration: text.context.and_then(|context| context.registration),
            timestamp: text.timestamp.unwrap_or(text.stored),
            stored: text.stored,
            recorded_at: text.recorded_at.unwrap_or(text.stored),
            authority_key: text.authority.as_ref().and_then(ActorText::key).map(Text::from),
            origin: Origin::Client,
            grade: text.grade,
            erased: false,
        }
    }
}

impl Fact {
    /// What the statement that these bytes are says.
    pub fn read(statement: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice::<StatementText>(statement).map(Self::from)
    }

    /// The account that vouches for it, as `homePage|name`, or another identifier of the authority.
    /// Of two parties (OAuth) it is the one with an account.
    pub fn authority(&self) -> Option<&str> {
        let key = self.authority_key.as_ref()?.as_str();
        let first = key.strip_prefix("group:").map_or(key, |members| {
            let ends = MEMBER_KINDS.iter().filter_map(|kind| members.find(kind));
            &members[..ends.min().unwrap_or(members.len())]
        });
        Some(first.strip_prefix("account:").unwrap_or(first))
    }

    /// Who vouches for it, for its grade.
    pub fn vouching(&self) -> Vouching<'_> {
        match self.origin {
            Origin::Runtime => Vouching::Runtime,
            Origin::Client | Origin::Replayed => {
                Vouching::Authority(self.authority_key.as_ref().map(Text::as_str))
            }
        }
    }

    /// How good it is as evidence: as the world says for itself, or else by the authorities that
    /// `trusts` is true of, by their canonical identifiers.
    pub fn graded(&self, trusts: impl Fn(&str) -> bool) -> Grade {
        self.grade.unwrap_or_else(|| Grade::of(self.vouching(), trusts))
    }
}

/// What the second member of a group's canonical identifier begins with. They are sorted, so that
/// an account comes first.
const MEMBER_KINDS: [&str; 4] = [" account:", " mbox:", " openid:", " sha1:"];

/// The seconds of a `result.duration`; `None` when it is none, or longer than any that is meant.
pub fn seconds(duration: &str) -> Option<f64> {
    result_duration(duration).filter(|_| duration.len() <= DURATION_BYTES_MAX)
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
        assert_eq!(fact.actor, ActorName::Mbox("Ana@acme.test".into()));
        assert_eq!(fact.verb, Some(EvidenceVerb::Waived));
        assert_eq!(fact.waiver_reason.as_ref().map(Text::as_str), Some("Tested Out"));
        assert_eq!((fact.scaled, fact.seconds), (Some(0.5), Some(60.0)));
        assert_eq!(fact.timestamp, fact.stored);
        assert_eq!(fact.authority(), Some("https://lms|x"));
        assert_eq!(fact.graded(|key| key == "account:https://lms|x"), Grade::B);
        assert_eq!(fact.graded(|key| key == "https://lms|x"), Grade::C);
        let ours = Fact { origin: Origin::Runtime, ..fact.clone() };
        assert_eq!(ours.graded(|_| false), Grade::A);
        let said = Fact { grade: Some(Grade::C), ..ours };
        assert_eq!(said.graded(|_| true), Grade::C);
    }

    #[test]
    fn of_an_authority_of_two_parties_the_account_is_shown() {
        let statement = |authority: &str| {
            let text = format!(
                r#"{{"id":"dc00950b-ef26-5e74-b1a6-5182da996539",
                "actor":{{"mbox":"mailto:a@acme.test"}},
                "verb":{{"id":"http://adlnet.gov/expapi/verbs/passed"}},
                "object":{{"id":"https://lms.acme.test/sat"}},"stored":"2025-03-15T10:00:01Z",
                "authority":{authority}}}"#
            );
            Fact::read(text.as_bytes()).expect("a statement")
        };
        let both = statement(
            r#"{"objectType":"Group","member":[{"mbox":"mailto:u@acme.test"},
            {"account":{"homePage":"https://lms","name":"an app"}}]}"#,
        );
        let key = "group:account:https://lms|an app mbox:u@acme.test";
        assert_eq!(both.authority_key.as_ref().map(Text::as_str), Some(key));
        assert_eq!(both.authority(), Some("https://lms|an app"));
        assert_eq!(
            statement(r#"{"mbox":"mailto:u@acme.test"}"#).authority(),
            Some("mbox:u@acme.test")
        );
    }

    #[test]
    fn a_million_facts_take_little_memory() {
        // The texts are shared; what counts is the fact itself.
        assert!(size_of::<Fact>() <= 160, "{} bytes", size_of::<Fact>());
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
