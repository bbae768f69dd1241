//! Entries: what the log says of a statement or a reference event, without naming a person.

use crate::{ClearText, canonical};
use base64::{Engine, prelude::BASE64_STANDARD};
use domain::{CredentialId, Entropy, RegistrationId, Sha256Digest, StatementId, Timestamp};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// The length of a salt.
pub const SALT_BYTES: usize = 16;

/// Random bytes hashed in front of something that could be guessed. Once destroyed, a guess can no
/// longer be confirmed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Salt([u8; SALT_BYTES]);

impl std::fmt::Debug for Salt {
    /// Salts stay out of logs.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Salt(…)")
    }
}

impl Salt {
    /// A new one.
    pub fn draw(entropy: &dyn Entropy) -> Self {
        let mut bytes = [0; SALT_BYTES];
        entropy.fill(&mut bytes);
        Self(bytes)
    }

    /// One that was stored; `None` when its length is wrong.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8; SALT_BYTES] {
        &self.0
    }

    /// SHA-256 of the salt and `bytes` behind it.
    pub fn hash(&self, bytes: &[u8]) -> Sha256Digest {
        Sha256Digest::new(Sha256::new().chain_update(self.0).chain_update(bytes).finalize().into())
    }

    fn base64(&self, bytes: &[u8]) -> String {
        BASE64_STANDARD.encode(self.hash(bytes).as_bytes())
    }

    /// An IRI that may not stand in clear.
    fn hidden(&self, iri: &str) -> String {
        format!("sha256:{}", self.base64(iri.as_bytes()))
    }
}

/// What a statement is about, for its entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryObject<'a> {
    /// An activity, by IRI.
    Activity(&'a str),
    /// Another statement.
    Statement(StatementId),
    /// What is not said: an agent, a group or a `SubStatement`.
    Unsaid,
}

/// What the log says of a statement.
#[derive(Debug, Clone, Copy)]
pub struct StatementEntry<'a> {
    /// The statement's id.
    pub id: StatementId,
    /// When it was stored.
    pub stored: Timestamp,
    /// Its `timestamp`, as it stands there.
    pub timestamp: &'a str,
    /// The verb's IRI.
    pub verb: &'a str,
    /// What it is about.
    pub object: EntryObject<'a>,
    /// `context.registration`.
    pub registration: Option<RegistrationId>,
    /// `result.success`.
    pub success: Option<bool>,
    /// `result.completion`.
    pub completion: Option<bool>,
    /// `result.score.scaled`.
    pub scaled: Option<f64>,
    /// The statement that it voids.
    pub voids: Option<StatementId>,
    /// The credential that vouches for it.
    pub authority: &'a CredentialId,
    /// The actor's canonical identifier.
    pub actor: &'a str,
    /// The `sha2` of each attachment.
    pub attachments: &'a [String],
    /// The exact stored bytes.
    pub body: &'a [u8],
    /// What the store that it was replayed from said of it.
    pub claim: Option<ClaimText<'a>>,
}

/// What another store said of a statement that was replayed from it.
#[derive(Debug, Clone, Copy)]
pub struct ClaimText<'a> {
    /// The authority's JSON, as it stood there.
    pub authority: Option<&'a str>,
    /// The line of the file, from 1.
    pub line: u64,
    /// SHA-256 of the file.
    pub source: &'a Sha256Digest,
    /// When it was stored there, as it stood there.
    pub stored: Option<&'a str>,
}

impl ClaimText<'_> {
    /// The bytes that an entry's `claim` is a salted hash of: a canonical JSON object of strings.
    pub fn body(&self) -> Vec<u8> {
        canonical::Object::default()
            .optional("authority", self.authority)
            .string("line", &self.line.to_string())
            .string("source", &self.source.to_string())
            .optional("stored", self.stored)
            .finish()
    }
}

/// A longer `timestamp` (its fraction has no limit) is logged as a hash.
const TIMESTAMP_BYTES_MAX: usize = 64;

/// The forms in which a text of the statement may stand in its entry.
#[derive(Clone, Copy)]
enum Form {
    Clear,
    Hidden,
}

impl Form {
    fn of(is_clear: bool) -> Self {
        if is_clear { Self::Clear } else { Self::Hidden }
    }

    fn write(self, text: &str, salt: &Salt) -> String {
        match self {
            Self::Clear => text.to_owned(),
            Self::Hidden => salt.hidden(text),
        }
    }
}

impl StatementEntry<'_> {
    /// The entry's bytes: a canonical JSON object (RFC 8785) in which `body`, and an IRI not
    /// cleared, is hashed with the statement's salt and `actor` with the actor's.
    pub fn to_bytes(&self, clear: ClearText<'_>, statement: &Salt, actor: &Salt) -> Vec<u8> {
        let verb = Form::of(clear.verb(self.verb));
        let object = match self.object {
            EntryObject::Activity(iri) => Form::of(clear.activity(iri)),
            EntryObject::Statement(_) | EntryObject::Unsaid => Form::Clear,
        };
        self.written(verb, object, self.hashed_claim(statement).as_deref(), statement, actor)
    }

    fn hashed_claim(&self, salt: &Salt) -> Option<String> {
        self.claim.map(|claim| salt.base64(&claim.body()))
    }

    fn written(
        &self,
        verb: Form,
        object: Form,
        claim: Option<&str>,
        statement: &Salt,
        actor: &Salt,
    ) -> Vec<u8> {
        let object = match self.object {
            EntryObject::Activity(iri) => Some(object.write(iri, statement)),
            EntryObject::Statement(id) => Some(id.to_string()),
            EntryObject::Unsaid => None,
        };
        let attachments = (!self.attachments.is_empty()).then(|| {
            let list = canonical::strings(self.attachments.iter().map(String::as_str));
            statement.base64(list.as_bytes())
        });
        let timestamp = Form::of(self.timestamp.len() <= TIMESTAMP_BYTES_MAX);
        let mut entry = canonical::Object::default();
        entry
            .string("actor", &actor.base64(self.actor.as_bytes()))
            .optional("attachments", attachments.as_deref())
            .string("authority", self.authority.as_str())
            .string("body", &statement.base64(self.body));
        if let Some(claim) = claim {
            entry.string("claim", claim);
        }
        entry
            .boolean("completion", self.completion)
            .string("id", &self.id.to_string())
            .optional("object", object.as_deref())
            .optional("registration", self.registration.map(|id| id.to_string()).as_deref())
            .number("scaled", self.scaled)
            .string("stored", &self.stored.to_string())
            .boolean("success", self.success)
            .string("timestamp", &timestamp.write(self.timestamp, statement))
            .number("v", Some(1.0))
            .string("verb", &verb.write(self.verb, statement))
            .optional("voids", self.voids.map(|id| id.to_string()).as_deref())
            .finish()
    }

    /// Whether `entry` is what the log says of this statement, whichever IRIs stood in clear when
    /// it was written; the error names the first member that is not.
    pub fn check(&self, entry: &[u8], statement: &Salt, actor: &Salt) -> Result<(), EntryError> {
        self.compare(entry, self.hashed_claim(statement).as_deref(), statement, actor)
    }

    /// As [`StatementEntry::check`], of a statement whose claim has been erased: the entry must have
    /// one, of which nothing but its hash is left.
    pub fn check_without_claim(
        &self,
        entry: &[u8],
        statement: &Salt,
        actor: &Salt,
    ) -> Result<(), EntryError> {
        let claim = member(entry, "claim");
        let claim = claim.ok_or_else(|| EntryError::Differs("claim".to_owned()))?;
        self.compare(entry, Some(&claim), statement, actor)
    }

    fn compare(
        &self,
        entry: &[u8],
        claim: Option<&str>,
        statement: &Salt,
        actor: &Salt,
    ) -> Result<(), EntryError> {
        const FORMS: [Form; 2] = [Form::Clear, Form::Hidden];
        let write = |verb, object| self.written(verb, object, claim, statement, actor);
        let written = FORMS.map(|verb| FORMS.map(|object| write(verb, object)));
        if written.as_flattened().iter().any(|bytes| bytes == entry) {
            return Ok(());
        }
        let read = |bytes: &[u8]| serde_json::from_slice::<Map<String, Value>>(bytes);
        let logged = read(entry).map_err(|_| EntryError::Unreadable)?;
        let possible = written.as_flattened().iter().map(|bytes| read(bytes));
        let possible: Result<Vec<_>, _> = possible.collect();
        let possible = possible.map_err(|_| EntryError::Unreadable)?;
        let names = possible.iter().flatten().chain(&logged).map(|(name, _)| name);
        let differs = |name: &&String| {
            possible.iter().all(|possible| possible.get(*name) != logged.get(*name))
        };
        let first = names.filter(differs).min();
        Err(first.map_or(EntryError::Unreadable, |name| EntryError::Differs(name.clone())))
    }
}

/// An entry does not say what it should.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// It is no canonical JSON object.
    #[error("the entry is not written as entries are")]
    Unreadable,
    /// A member does not go with the statement.
    #[error("the entry's member {0:?} does not go with the statement")]
    Differs(String),
}

/// The hash that an entry gives for what it commits to (its member `body`); `None` when it has
/// none.
pub fn logged_body(entry: &[u8]) -> Option<Sha256Digest> {
    let body = BASE64_STANDARD.decode(member(entry, "body")?).ok()?;
    Some(Sha256Digest::new(body.try_into().ok()?))
}

/// The pseudonym of the actor that an entry of a statement has (its member `actor`, in base64);
/// `None` when it has none.
pub fn logged_actor(entry: &[u8]) -> Option<String> {
    member(entry, "actor")
}

/// Whether an entry is of a statement that was replayed with a claim of another store.
pub fn has_claim(entry: &[u8]) -> bool {
    member(entry, "claim").is_some()
}

/// A member of an entry that is a text.
fn member(entry: &[u8], name: &str) -> Option<String> {
    let entry: Map<String, Value> = serde_json::from_slice(entry).ok()?;
    Some(entry.get(name)?.as_str()?.to_owned())
}

/// What the log says of a reference event: that it happened, and a salted hash of it.
#[derive(Debug, Clone, Copy)]
pub struct ReferenceEntry<'a> {
    /// When it was recorded.
    pub stored: Timestamp,
    /// Who says so.
    pub actor: &'a str,
    /// Why.
    pub reason: &'a str,
    /// What kind of thing it is about.
    pub entity: &'a str,
    /// Which one.
    pub entity_id: &'a str,
    /// `assert` or `retract`.
    pub op: &'a str,
    /// The first day of which it is true.
    pub valid_from: Option<&'a str>,
    /// The last day of which it is true.
    pub valid_to: Option<&'a str>,
    /// What is so, as JSON text.
    pub value: &'a str,
    /// Where it comes from, as JSON text.
    pub source: &'a str,
}

impl ReferenceEntry<'_> {
    /// The bytes that the entry's hash is of: the whole event as a canonical JSON object, `value`
    /// and `source` as strings.
    pub fn body(&self) -> Vec<u8> {
        canonical::Object::default()
            .string("actor", self.actor)
            .string("entity", self.entity)
            .string("entity_id", self.entity_id)
            .string("op", self.op)
            .string("reason", self.reason)
            .string("source", self.source)
            .string("stored", &self.stored.to_string())
            .optional("valid_from", self.valid_from)
            .optional("valid_to", self.valid_to)
            .string("value", self.value)
            .finish()
    }

    /// The entry's bytes.
    pub fn to_bytes(&self, salt: &Salt) -> Vec<u8> {
        canonical::Object::default()
            .string("body", &salt.base64(&self.body()))
            .string("stored", &self.stored.to_string())
            .string("type", "reference")
            .number("v", Some(1.0))
            .finish()
    }
}

/// What the log says of an erasure: which entries lost what they commit to, and a salted hash of who
/// ordered it and why.
#[derive(Debug, Clone, Copy)]
pub struct ErasureEntry<'a> {
    /// When it was carried out.
    pub stored: Timestamp,
    /// The positions of the erased statements, as first and last of each run, in order.
    pub positions: &'a [(u64, u64)],
    /// Who ordered it.
    pub ordered_by: &'a str,
    /// Why.
    pub reason: &'a str,
}

impl ErasureEntry<'_> {
    /// The bytes that the entry's hash is of; an event of the trail says the same in clear.
    pub fn body(&self) -> Vec<u8> {
        canonical::Object::default()
            .string("ordered_by", self.ordered_by)
            .string("reason", self.reason)
            .finish()
    }

    /// The entry's bytes.
    pub fn to_bytes(&self, salt: &Salt) -> Vec<u8> {
        canonical::Object::default()
            .string("body", &salt.base64(&self.body()))
            .pairs("positions", self.positions)
            .string("stored", &self.stored.to_string())
            .string("type", "erasure")
            .number("v", Some(1.0))
            .finish()
    }
}

/// What the entry of a statement by `actor` begins with: its pseudonym comes first.
pub fn actor_prefix(salt: &Salt, actor: &str) -> Vec<u8> {
    format!("{{\"actor\":\"{}\"", salt.base64(actor.as_bytes())).into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    const STATEMENT: Salt = Salt(*b"statement--salt-");
    const ACTOR: Salt = Salt(*b"actor------salt-");

    fn text(bytes: Vec<u8>) -> String {
        String::from_utf8(bytes).unwrap()
    }

    fn entry(authority: &CredentialId) -> StatementEntry<'_> {
        StatementEntry {
            id: StatementId::new(Uuid::from_u128(1)),
            stored: Timestamp::from_micros(1_700_000_000_123_456),
            timestamp: "2023-11-14T22:13:20Z",
            verb: "http://adlnet.gov/expapi/verbs/passed",
            object: EntryObject::Activity("https://a.example/courses/1"),
            registration: Some(RegistrationId::new(Uuid::from_u128(2))),
            success: Some(true),
            completion: None,
            scaled: Some(0.85),
            voids: None,
            authority,
            actor: "mbox:ann@example.com",
            attachments: &[],
            body: b"{}",
            claim: None,
        }
    }

    // The hashes were computed apart from this program:
    // printf 'statement--salt-{}' | openssl dgst -sha256 -binary | base64
    #[test]
    fn an_entry_is_these_bytes() {
        let authority = CredentialId::parse("ak_1").unwrap();
        let clear = ClearText { activity_base: "https://a.example/" };
        assert_eq!(
            text(entry(&authority).to_bytes(clear, &STATEMENT, &ACTOR)),
            concat!(
                r#"{"actor":"Z4hSB9fr/Kxqs/Klcd2d5uCClXCyzOrD/Krh0+r6+FE=","attachments":null,"#,
                r#""authority":"ak_1","body":"lJGkq7/RkuV/GXZbvIcnB0FLiDVnv2FQYrawH9z8wCM=","#,
                r#""completion":null,"id":"00000000-0000-0000-0000-000000000001","#,
                r#""object":"https://a.example/courses/1","#,
                r#""registration":"00000000-0000-0000-0000-000000000002","scaled":0.85,"#,
                r#""stored":"2023-11-14T22:13:20.123456Z","success":true,"#,
                r#""timestamp":"2023-11-14T22:13:20Z","v":1,"#,
                r#""verb":"http://adlnet.gov/expapi/verbs/passed","voids":null}"#
            )
        );
    }

    #[test]
    fn foreign_iris_and_attachments_are_salted_hashes() {
        let authority = CredentialId::parse("ak_1").unwrap();
        let attachments = ["ab".to_owned(), "cd".to_owned()];
        let entry = StatementEntry {
            verb: "https://b.example/did",
            attachments: &attachments,
            ..entry(&authority)
        };
        let text = text(entry.to_bytes(ClearText { activity_base: "" }, &STATEMENT, &ACTOR));
        assert!(
            text.contains(r#""verb":"sha256:TEfAkMHQ30+1hWRW5P9eNwf3p/aA1WAbCwIIn8zv7jw=""#),
            "{text}"
        );
        assert!(
            text.contains(r#""object":"sha256:hYlNlk6YGNtJnCUeXnBRjv+Tj6VJUHhYlg2hEaDyJ6s=""#),
            "{text}"
        );
        assert!(
            text.contains(r#""attachments":"i3c5WHBhi07AYc5c0UnYDgsrmZAOtlHe8PenxnfDuDE=""#),
            "{text}"
        );
        assert!(!text.contains("example"), "{text}");
    }

    #[test]
    fn a_claim_is_bound_by_its_hash_and_not_told() {
        let authority = CredentialId::parse("ak_1").unwrap();
        let source = Sha256Digest::new([0xab; 32]);
        let claim = ClaimText {
            authority: Some(r#"{"mbox":"mailto:boss@example.com"}"#),
            line: 7,
            source: &source,
            stored: Some("2020-01-01T00:00:00Z"),
        };
        let body = format!(
            r#"{{"authority":"{{\"mbox\":\"mailto:boss@example.com\"}}","line":"7","source":"{}","stored":"2020-01-01T00:00:00Z"}}"#,
            "ab".repeat(32)
        );
        assert_eq!(text(claim.body()), body);
        let entry = StatementEntry { claim: Some(claim), ..entry(&authority) };
        let text = text(entry.to_bytes(ClearText { activity_base: "" }, &STATEMENT, &ACTOR));
        let hash = STATEMENT.base64(body.as_bytes());
        assert!(text.contains(&format!(r#","claim":"{hash}","completion":"#)), "{text}");
        assert!(!text.contains("boss"), "{text}");
    }

    #[test]
    fn an_erasure_names_positions_and_hashes_who_and_why() {
        let erasure = ErasureEntry {
            stored: Timestamp::UNIX_EPOCH,
            positions: &[(3, 5), (9, 9)],
            ordered_by: "user boss@example.com",
            reason: "request of Ann",
        };
        let body = r#"{"ordered_by":"user boss@example.com","reason":"request of Ann"}"#;
        assert_eq!(text(erasure.body()), body);
        let expected = format!(
            r#"{{"body":"{}","positions":[[3,5],[9,9]],"stored":"1970-01-01T00:00:00.000000Z","type":"erasure","v":1}}"#,
            STATEMENT.base64(body.as_bytes())
        );
        assert_eq!(text(erasure.to_bytes(&STATEMENT)), expected);
    }

    #[test]
    fn an_entry_begins_with_its_actor() {
        let authority = CredentialId::parse("ak_1").unwrap();
        let bytes = entry(&authority).to_bytes(ClearText { activity_base: "" }, &STATEMENT, &ACTOR);
        assert!(bytes.starts_with(&actor_prefix(&ACTOR, "mbox:ann@example.com")));
        assert!(!bytes.starts_with(&actor_prefix(&STATEMENT, "mbox:ann@example.com")));
    }

    #[test]
    fn an_entry_is_checked_whatever_stood_in_clear() {
        let authority = CredentialId::parse("ak_1").unwrap();
        let entry = entry(&authority);
        for activity_base in ["https://a.example/", ""] {
            let bytes = entry.to_bytes(ClearText { activity_base }, &STATEMENT, &ACTOR);
            assert_eq!(entry.check(&bytes, &STATEMENT, &ACTOR), Ok(()));
            assert_eq!(logged_body(&bytes), Some(STATEMENT.hash(b"{}")));
            let differs = |name: &str| Err(EntryError::Differs(name.to_owned()));
            let other = StatementEntry { success: Some(false), ..entry };
            assert_eq!(other.check(&bytes, &STATEMENT, &ACTOR), differs("success"));
            let other = StatementEntry { verb: "https://b.example/did", ..entry };
            assert_eq!(other.check(&bytes, &STATEMENT, &ACTOR), differs("verb"));
            let other = StatementEntry { body: b"{ }", ..entry };
            assert_eq!(other.check(&bytes, &STATEMENT, &ACTOR), differs("body"));
            assert_eq!(entry.check(&bytes, &STATEMENT, &STATEMENT), differs("actor"));
            let more = [&bytes[..bytes.len() - 1], br#","x":1}"#].concat();
            assert_eq!(entry.check(&more, &STATEMENT, &ACTOR), differs("x"));
            let spaced = [&bytes[..], b" "].concat();
            assert_eq!(entry.check(&spaced, &STATEMENT, &ACTOR), Err(EntryError::Unreadable));
        }
        assert_eq!(logged_body(b"{}"), None);
    }

    #[test]
    fn an_entry_stays_short_however_long_the_timestamp_is() {
        let authority = CredentialId::parse("ak_1").unwrap();
        let timestamp = format!("2023-11-14T22:13:20.{}Z", "1".repeat(100_000));
        let entry = StatementEntry { timestamp: &timestamp, ..entry(&authority) };
        let bytes = entry.to_bytes(ClearText { activity_base: "" }, &STATEMENT, &ACTOR);
        assert!(bytes.len() < 1_000);
        assert_eq!(entry.check(&bytes, &STATEMENT, &ACTOR), Ok(()));
    }

    #[test]
    fn a_reference_entry_says_nothing_but_its_hash() {
        let event = ReferenceEntry {
            stored: Timestamp::UNIX_EPOCH,
            actor: "ann",
            reason: "upload",
            entity: "course",
            entity_id: "1",
            op: "assert",
            valid_from: None,
            valid_to: Some("2030-01-01"),
            value: r#"{"title":"T"}"#,
            source: "null",
        };
        let body = concat!(
            r#"{"actor":"ann","entity":"course","entity_id":"1","op":"assert","reason":"upload","#,
            r#""source":"null","stored":"1970-01-01T00:00:00.000000Z","valid_from":null,"#,
            r#""valid_to":"2030-01-01","value":"{\"title\":\"T\"}"}"#
        );
        assert_eq!(text(event.body()), body);
        assert_eq!(
            text(event.to_bytes(&STATEMENT)),
            concat!(
                r#"{"body":"+uO7S1LfHeZohs7ueCla4w4LI6eFd/I+nT2TehMFS8Y=","#,
                r#""stored":"1970-01-01T00:00:00.000000Z","type":"reference","v":1}"#
            )
        );
    }
}
