//! What a person signs with their name: that they have completed a course version, or that they have
//! read a policy version. Verbs and extensions are our own; docs/guide/attestations.md describes them.

use super::iri::{EXTENSIONS, activity_type, extension, segment};
use super::text::language_map;
use domain::{EvidenceVerb, RegistrationId, SessionId, Sha256Digest, StatementId, Timestamp};
use serde_json::{Map, Value, json};

/// The verb of an attestation.
pub const ATTESTED: &str = EvidenceVerb::Attested.iri();
/// The verb of an acknowledgement.
pub const ACKNOWLEDGED: &str = EvidenceVerb::Acknowledged.iri();

/// The activity of a version of a policy: `<base>/policies/{id}/{version}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyIri(String);

impl PolicyIri {
    /// What kind of activity it is.
    pub const KIND: &'static str = "https://w3id.org/attestry/xapi/activities/policy";

    /// The activity of `policy`, which is `ID@VERSION`, below an absolute IRI.
    pub fn new(base: &str, policy: &str) -> Self {
        let (id, version) = policy.rsplit_once('@').unwrap_or((policy, ""));
        let base = base.trim_end_matches('/');
        Self(format!("{base}/policies/{}/{}", segment(id), segment(version)))
    }
}

impl std::fmt::Display for PolicyIri {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// The text of an attestation when nobody has chosen another one.
pub const ATTESTATION_TEXT: &str = "I have completed {course} v{version}, I understand it, and I \
     accept my security responsibilities.";

/// Where the name stands in a text.
const NAME: &str = "{name}";

/// A text to be signed, in pieces between which the name goes. Most texts are one piece.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignableText(Vec<String>);

impl SignableText {
    /// `template` with each of `values` in the place of its mark, and the name left open. What is
    /// filled in is not looked at again.
    pub fn fill(template: &str, values: &[(&str, &str)]) -> Self {
        let fill = |piece: &str| {
            let (mut filled, mut rest) = (String::new(), piece);
            while let Some(at) = rest.find('{') {
                let (before, mark) = rest.split_at(at);
                filled.push_str(before);
                let known = values.iter().find(|(known, _)| mark.starts_with(known));
                let (text, length) = known.map_or(("{", 1), |(known, text)| (*text, known.len()));
                filled.push_str(text);
                rest = &mark[length..];
            }
            filled + rest
        };
        Self(template.split(NAME).map(fill).collect())
    }

    /// The pieces.
    pub fn pieces(&self) -> &[String] {
        &self.0
    }

    /// The text that a person of this name signs.
    pub fn signed_by(&self, name: &str) -> String {
        self.0.join(name)
    }

    /// SHA-256 of the text as it is before a name stands in it, by which a form says what it showed.
    pub fn digest(&self) -> Sha256Digest {
        Sha256Digest::of(self.signed_by(NAME).as_bytes())
    }
}

/// The statement by which a version of a course was completed, which an attestation belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Basis<'a> {
    /// `passed` or `completed`.
    pub result: &'a str,
    /// Its `timestamp`.
    pub at: Timestamp,
    /// The statement.
    pub statement: StatementId,
}

/// What a person has signed, and what the statement of it tells.
#[derive(Debug, Clone, Copy)]
pub struct Signed<'a> {
    /// [`ATTESTED`] or [`ACKNOWLEDGED`].
    pub verb: &'a str,
    /// The person: an xAPI Agent.
    pub actor: &'a Value,
    /// The activity of the course version or policy version.
    pub activity: &'a str,
    /// What kind of activity it is: an IRI.
    pub kind: &'a str,
    /// What it is called.
    pub title: &'a str,
    /// The language of text and title, a tag of RFC 5646; anything else counts as unknown.
    pub language: &'a str,
    /// The registration that it belongs to.
    pub registration: Option<RegistrationId>,
    /// The session in which it was signed.
    pub session: Option<SessionId>,
    /// What it is based on.
    pub basis: Option<Basis<'a>>,
    /// SHA-256 of the document that was read, if one was.
    pub document: Option<Sha256Digest>,
    /// The name as it was typed.
    pub name: &'a str,
    /// The exact text that was shown.
    pub text: &'a str,
    /// The server's signature (`ledger::Attested`).
    pub signature: &'a str,
    /// The server's time.
    pub timestamp: Timestamp,
}

impl Signed<'_> {
    /// The extension of the result that holds what was signed: `attestation` or `acknowledgement`.
    pub fn extension(verb: &str) -> String {
        extension(if verb == ATTESTED { "attestation" } else { "acknowledgement" })
    }

    /// The statement, without `id`, `stored` and `authority`.
    pub fn statement(&self) -> Value {
        let mut signed = json!({
            "name": self.name,
            "consent": true,
            "text": self.text,
            "text_sha256": Sha256Digest::of(self.text.as_bytes()),
            "signature": self.signature,
        });
        if let Some(document) = self.document {
            signed["document_sha256"] = json!(document);
        }
        let mut context = Map::new();
        if let Some(registration) = self.registration {
            context.insert("registration".to_owned(), json!(registration));
        }
        if let Some(basis) = self.basis {
            signed["basis"] = json!({
                "result": basis.result,
                "at": basis.at.to_string(),
                "statement": basis.statement,
            });
            let reference = json!({ "objectType": "StatementRef", "id": basis.statement });
            context.insert("statement".to_owned(), reference);
        }
        let profile = json!({
            "objectType": "Activity",
            "id": EXTENSIONS.trim_end_matches('/'),
            "definition": { "type": activity_type("profile") },
        });
        context.insert("contextActivities".to_owned(), json!({ "category": [profile] }));
        if let Some(session) = self.session {
            context.insert("extensions".to_owned(), json!({ extension("session"): session }));
        }
        let word = self.verb.rsplit('/').next().unwrap_or_default();
        json!({
            "actor": self.actor,
            "verb": { "id": self.verb, "display": { "en-US": word } },
            "object": {
                "objectType": "Activity",
                "id": self.activity,
                "definition": {
                    "name": language_map(self.language, self.title),
                    "type": self.kind,
                },
            },
            "result": { "extensions": { Self::extension(self.verb): signed } },
            "context": context,
            "timestamp": self.timestamp.to_string(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policys_version_is_an_activity_of_its_own() {
        for (policy, end) in [("security@2.1", "security/2.1"), ("a@b/c@1 a", "a%40b%2Fc/1%20a")] {
            let iri = PolicyIri::new("https://a.example/x/", policy).to_string();
            assert_eq!(iri, format!("https://a.example/x/policies/{end}"));
        }
    }

    #[test]
    fn marks_are_filled_once_and_the_name_stays_open() {
        let values = [("{course}", "Use of {name} & {version}"), ("{version}", "2")];
        let text = SignableText::fill("I, {name}, did {course} v{version} {then} {", &values);
        assert_eq!(text.pieces(), ["I, ", ", did Use of {name} & {version} v2 {then} {"]);
        assert_eq!(text.signed_by("Ada"), "I, Ada, did Use of {name} & {version} v2 {then} {");
        let text = SignableText::fill(ATTESTATION_TEXT, &[("{course}", "Use"), ("{version}", "2")]);
        let expected = "I have completed Use v2, I understand it, and I accept my security \
                        responsibilities.";
        assert_eq!(text.signed_by("Ada"), expected);
        assert_ne!(text.digest(), SignableText::fill("x", &[]).digest());
    }
}
