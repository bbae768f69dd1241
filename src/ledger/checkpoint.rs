//! Checkpoints (C2SP tlog-checkpoint): what a log says of itself at one size.

use crate::{Note, NoteError, VerifierKey};
use base64::{Engine, prelude::BASE64_STANDARD};
use domain::Sha256Digest;
use std::fmt;

/// What a checkpoint says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeHead {
    /// The log's name.
    pub origin: String,
    /// The number of its entries.
    pub size: u64,
    /// The root of the tree over them.
    pub root: Sha256Digest,
}

impl fmt::Display for TreeHead {
    /// The text that is signed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let root = BASE64_STANDARD.encode(self.root.as_bytes());
        writeln!(f, "{}\n{}\n{root}", self.origin, self.size)
    }
}

impl TreeHead {
    /// Reads the text of a checkpoint; lines behind the third are passed over.
    pub fn parse(text: &str) -> Option<Self> {
        let lines: Vec<&str> = text.strip_suffix('\n')?.split('\n').collect();
        let [origin, size, root, ..] = lines[..] else { return None };
        if lines.iter().any(|line| line.is_empty()) {
            return None;
        }
        let root: [u8; 32] = BASE64_STANDARD.decode(root).ok()?.try_into().ok()?;
        let number: u64 = size.parse().ok()?;
        // No sign, no leading zeroes.
        (number.to_string() == size).then(|| Self {
            origin: origin.to_owned(),
            size: number,
            root: Sha256Digest::new(root),
        })
    }

    /// Reads a signed checkpoint, of which at least one of `keys` must vouch by its signature and
    /// by its name, which is the log's.
    pub fn verify(note: &str, keys: &[VerifierKey]) -> Result<Self, NoteError> {
        let note = Note::parse(note)?;
        let head = Self::parse(note.text())
            .ok_or(NoteError::Malformed("its text is not that of a checkpoint"))?;
        let keys: Vec<_> = keys.iter().filter(|key| key.name() == head.origin).cloned().collect();
        if keys.is_empty() {
            return Err(NoteError::NotSigned(format!("a known key of {}", head.origin)));
        }
        note.verify(&keys)?;
        Ok(head)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{SignerKey, sign};

    fn head() -> TreeHead {
        let root = Sha256Digest::of(b"root");
        TreeHead { origin: "log.example/ledger/1".to_owned(), size: 20_852_163, root }
    }

    #[test]
    fn a_checkpoint_reads_back() {
        let text = "log.example/ledger/1\n20852163\nSBNJTRN+FjG7owHVrKtue7eqdM4RhdRWVl71HXN2d7I=\n";
        assert_eq!(head().to_string(), text);
        assert_eq!(TreeHead::parse(text), Some(head()));
        assert_eq!(TreeHead::parse(&format!("{text}more\n")), Some(head()));
        let empty = TreeHead { size: 0, ..head() };
        assert_eq!(TreeHead::parse(&empty.to_string()), Some(empty));
    }

    #[test]
    fn what_is_no_checkpoint_is_refused() {
        let root = "SBNJTRN+FjG7owHVrKtue7eqdM4RhdRWVl71HXN2d7I=";
        for text in [
            String::new(),
            format!("o\n1\n{root}"),
            format!("\n1\n{root}\n"),
            format!("o\n01\n{root}\n"),
            format!("o\n+1\n{root}\n"),
            format!("o\n-1\n{root}\n"),
            format!("o\n18446744073709551616\n{root}\n"),
            "o\n1\nSBNJTRN=\n".to_owned(),
            format!("o\n1\n{root}\n\n"),
        ] {
            assert_eq!(TreeHead::parse(&text), None, "{text:?}");
        }
    }

    #[test]
    fn only_a_key_of_the_logs_own_name_vouches_for_it() {
        let own = SignerKey::new("log.example/ledger/1", &[1; 32]).unwrap();
        let other = SignerKey::new("log.example/ledger/2", &[1; 32]).unwrap();
        let text = head().to_string();
        let verified = TreeHead::verify(&sign(&text, &[&own]), &[other.verifier(), own.verifier()]);
        assert_eq!(verified, Ok(head()));
        let note = sign(&text, &[&other]);
        assert!(TreeHead::verify(&note, &[other.verifier(), own.verifier()]).is_err());
        assert!(TreeHead::verify(&note, &[other.verifier()]).is_err());
    }
}
