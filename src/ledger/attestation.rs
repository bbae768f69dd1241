//! What the server signs when a person has signed: a note that binds a name and a text to the person,
//! the thing and the time. It stands in the statement itself, so that it goes with it.

use crate::{Note, NoteError, SignerKey, VerifierKey, canonical, sign};
use domain::{RegistrationId, Sha256Digest, StatementId};

/// The first line of the note's text. No checkpoint begins with it: those begin with the name of
/// their log, which is the key's.
pub const ATTESTATION_FORMAT: &str = "attestry/attestation@1";

/// What a person has signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attested<'a> {
    /// What it is about: the activity of a course version or of a policy version.
    pub activity: &'a str,
    /// The person's canonical identifier.
    pub actor: &'a str,
    /// The name as it was typed.
    pub name: &'a str,
    /// The registration that it belongs to, if it belongs to one.
    pub registration: Option<RegistrationId>,
    /// The server's time, as it stands in the statement.
    pub signed_at: &'a str,
    /// The statement that says so.
    pub statement: StatementId,
    /// SHA-256 of the text that was shown, in UTF-8.
    pub text: Sha256Digest,
    /// The verb of that statement.
    pub verb: &'a str,
}

impl Attested<'_> {
    /// The text of the note: the format, and a canonical JSON object (RFC 8785).
    pub fn to_text(&self) -> String {
        let object = canonical::Object::default()
            .string("activity", self.activity)
            .string("actor", self.actor)
            .string("name", self.name)
            .optional("registration", self.registration.map(|id| id.to_string()).as_deref())
            .string("signed_at", self.signed_at)
            .string("statement", &self.statement.to_string())
            .string("text_sha256", &self.text.to_string())
            .string("verb", self.verb)
            .finish();
        let object = String::from_utf8(object).expect("canonical JSON is UTF-8");
        format!("{ATTESTATION_FORMAT}\n{object}\n")
    }

    /// The signed note.
    pub fn sign(&self, key: &SignerKey) -> String {
        sign(&self.to_text(), &[key])
    }

    /// Checks that `note` says this and that one of `keys` has signed it.
    ///
    /// # Errors
    /// [`NoteError::Malformed`] when it says something else; else as [`Note::verify`].
    pub fn verify(&self, note: &str, keys: &[VerifierKey]) -> Result<(), NoteError> {
        let note = Note::parse(note)?;
        if note.text() != self.to_text() {
            return Err(NoteError::Malformed("it signs something else than the statement says"));
        }
        note.verify(keys)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn attested() -> Attested<'static> {
        Attested {
            activity: "https://a.example/courses/1/2",
            actor: "mbox:ada@example.com",
            name: "Ada \"A\" Ng\u{2028}",
            registration: Some(RegistrationId::new(Uuid::from_u128(2))),
            signed_at: "2025-01-20T10:03:11.000Z",
            statement: StatementId::new(Uuid::from_u128(1)),
            text: Sha256Digest::of(b"I have completed it."),
            verb: "https://v.example/attested",
        }
    }

    #[test]
    fn the_note_is_a_format_and_canonical_json() {
        let text = Sha256Digest::of(b"I have completed it.");
        let expected = [
            "attestry/attestation@1\n{\"activity\":\"https://a.example/courses/1/2\",",
            "\"actor\":\"mbox:ada@example.com\",\"name\":\"Ada \\\"A\\\" Ng\u{2028}\",",
            "\"registration\":\"00000000-0000-0000-0000-000000000002\",",
            "\"signed_at\":\"2025-01-20T10:03:11.000Z\",",
            "\"statement\":\"00000000-0000-0000-0000-000000000001\",",
            &format!("\"text_sha256\":\"{text}\","),
            "\"verb\":\"https://v.example/attested\"}\n",
        ];
        assert_eq!(attested().to_text(), expected.concat());
    }

    #[test]
    fn a_note_vouches_for_what_it_says_alone() {
        let key = SignerKey::new("a.example/ledger/1", &[1; 32]).unwrap();
        let other = SignerKey::new("a.example/ledger/1", &[2; 32]).unwrap();
        let one = attested();
        let note = one.sign(&key);
        assert_eq!(one.verify(&note, &[other.verifier(), key.verifier()]), Ok(()));
        assert!(matches!(one.verify(&note, &[other.verifier()]), Err(NoteError::NotSigned(_))));
        for changed in [
            Attested { name: "Bob", ..one },
            Attested { signed_at: "2025-01-20T10:03:12.000Z", ..one },
            Attested { text: Sha256Digest::of(b"I have not."), ..one },
            Attested { registration: None, ..one },
            Attested { activity: "https://a.example/courses/1/3", ..one },
        ] {
            assert!(matches!(
                changed.verify(&note, &[key.verifier()]),
                Err(NoteError::Malformed(_))
            ));
            let forged = note.replace(&one.to_text(), &changed.to_text());
            assert!(matches!(
                changed.verify(&forged, &[key.verifier()]),
                Err(NoteError::Forged(_))
            ));
        }
    }
}
