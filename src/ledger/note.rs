//! Signed notes (C2SP signed-note) with Ed25519 keys.

use base64::{Engine, prelude::BASE64_STANDARD};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use sha2::{Digest, Sha256};
use std::{fmt, str::FromStr};

/// The signature type of plain Ed25519.
const PLAIN_ED25519: u8 = 1;
/// The length of an Ed25519 public key.
const PUBLIC_BYTES: usize = 32;
/// Most signatures of a note that are looked at.
const SIGNATURES_MAX: usize = 64;
/// The longest note that is read.
pub const NOTE_BYTES_MAX: usize = 1 << 20;

/// A note or key cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// It is not written as a signed note is.
    #[error("it is not a signed note: {0}")]
    Malformed(&'static str),
    /// None of the keys at hand signed it.
    #[error("none of its signatures is by {0}")]
    NotSigned(String),
    /// It bears the name of a key at hand, which did not sign this text.
    #[error("its signature by {0} does not belong to this text")]
    Forged(String),
    /// A verifier key is not written as one is.
    #[error("it is not a verifier key: {0}")]
    Key(&'static str),
}

/// Whether a key can be called so: not empty, without spaces, plus signs and control characters.
fn is_key_name(name: &str) -> bool {
    let wrong = |c: char| c == '+' || c.is_whitespace() || c.is_control();
    !name.is_empty() && !name.contains(wrong)
}

/// The number by which a signature names its key.
fn key_id(name: &str, public: &[u8; 32]) -> [u8; 4] {
    let hash =
        Sha256::new().chain_update(name).chain_update([b'\n', PLAIN_ED25519]).chain_update(public);
    let hash: [u8; 32] = hash.finalize().into();
    let [a, b, c, d, ..] = hash;
    [a, b, c, d]
}

/// A public key with its name: what a verifier must have from somewhere trustworthy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    public: [u8; PUBLIC_BYTES],
}

impl VerifierKey {
    /// A key by its name and bytes; `None` when the name cannot be one. Bytes that are no key verify
    /// nothing.
    pub fn new(name: &str, public: &[u8; PUBLIC_BYTES]) -> Option<Self> {
        is_key_name(name).then(|| Self { name: name.to_owned(), public: *public })
    }

    /// The key's name; of a log's key it is the log's origin.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The 32 bytes of the key.
    pub const fn public(&self) -> &[u8; PUBLIC_BYTES] {
        &self.public
    }

    /// The number by which a signature names its key.
    pub fn id(&self) -> [u8; 4] {
        key_id(&self.name, self.public())
    }
}

fn hex(bytes: [u8; 4]) -> String {
    format!("{:08x}", u32::from_be_bytes(bytes))
}

impl fmt::Display for VerifierKey {
    /// `<name>+<id>+<key>`, a "vkey".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut key = vec![PLAIN_ED25519];
        key.extend(self.public());
        write!(f, "{}+{}+{}", self.name, hex(self.id()), BASE64_STANDARD.encode(key))
    }
}

impl FromStr for VerifierKey {
    type Err = NoteError;

    fn from_str(text: &str) -> Result<Self, NoteError> {
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(NoteError::Key("it has the form NAME+ID+KEY"));
        };
        let key = BASE64_STANDARD.decode(key);
        let key = key.map_err(|_| NoteError::Key("its third part is not base64"))?;
        let Some((&PLAIN_ED25519, public)) = key.split_first() else {
            return Err(NoteError::Key("only Ed25519 keys are known"));
        };
        let public = public.try_into().map_err(|_| NoteError::Key("its length is wrong"))?;
        let key = Self::new(name, public).ok_or(NoteError::Key("its name is wrong"))?;
        if hex(key.id()) != id {
            return Err(NoteError::Key("its number does not go with its name and key"));
        }
        Ok(key)
    }
}

/// A secret key with its name.
pub struct SignerKey {
    name: String,
    key: Ed25519KeyPair,
}

impl fmt::Debug for SignerKey {
    /// The secret stays out of logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignerKey").field("name", &self.name).finish_non_exhaustive()
    }
}

impl SignerKey {
    /// The key that grows from these random bytes (RFC 8032 section 5.1.5); `None` when the name
    /// cannot be one.
    pub fn new(name: &str, seed: &[u8; 32]) -> Option<Self> {
        let key = Ed25519KeyPair::from_seed_unchecked(seed).ok()?;
        is_key_name(name).then(|| Self { name: name.to_owned(), key })
    }

    /// The public half.
    pub fn verifier(&self) -> VerifierKey {
        let public = self.key.public_key().as_ref().try_into();
        let public = public.expect("an Ed25519 public key has 32 bytes");
        VerifierKey { name: self.name.clone(), public }
    }

    fn line(&self, text: &str) -> String {
        let mut bytes = self.verifier().id().to_vec();
        bytes.extend(self.key.sign(text.as_bytes()).as_ref());
        format!("\u{2014} {} {}\n", self.name, BASE64_STANDARD.encode(bytes))
    }
}

/// The signed note of `text`, which must end with a line end, with a signature by each key.
pub fn sign(text: &str, keys: &[&SignerKey]) -> String {
    debug_assert!(text.ends_with('\n'), "a note's text ends with a line end");
    let lines: String = keys.iter().map(|key| key.line(text)).collect();
    format!("{text}\n{lines}")
}

/// A note that was read, with signatures that nobody has checked yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<Line>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Line {
    name: String,
    id: [u8; 4],
    signature: Vec<u8>,
}

impl Note {
    /// Reads a note.
    pub fn parse(note: &str) -> Result<Self, NoteError> {
        let wrong = |what| Err(NoteError::Malformed(what));
        if note.len() > NOTE_BYTES_MAX {
            return wrong("it is too long");
        }
        if note.chars().any(|c| c < ' ' && c != '\n') {
            return wrong("it holds a control character");
        }
        let Some(at) = note.rfind("\n\n") else { return wrong("it has no empty line") };
        let (text, lines) = (&note[..=at], &note[at + 2..]);
        let Some(lines) = lines.strip_suffix('\n') else {
            return wrong("it does not end with a line end");
        };
        let signatures: Option<Vec<_>> = lines.split('\n').map(signature).collect();
        match signatures {
            Some(signatures) if signatures.len() <= SIGNATURES_MAX => {
                Ok(Self { text: text.to_owned(), signatures })
            }
            Some(_) => wrong("it has too many signatures"),
            None => wrong("a line behind the empty line is no signature"),
        }
    }

    /// The text, which nobody need have signed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The names and numbers of the keys that are said to have signed.
    pub fn signers(&self) -> impl Iterator<Item = (&str, [u8; 4])> {
        self.signatures.iter().map(|line| (line.name.as_str(), line.id))
    }

    /// Checks the signatures by `keys`; those by others are not looked at. At least one key must
    /// have signed, and none that is named may have not.
    pub fn verify(&self, keys: &[VerifierKey]) -> Result<(), NoteError> {
        let mut signed = false;
        for line in &self.signatures {
            let named = |key: &&VerifierKey| key.name == line.name && key.id() == line.id;
            let Some(key) = keys.iter().find(named) else { continue };
            let public = UnparsedPublicKey::new(&ED25519, key.public);
            let good = public.verify(self.text.as_bytes(), &line.signature).is_ok();
            if !good {
                return Err(NoteError::Forged(key.name.clone()));
            }
            signed = true;
        }
        let names: Vec<_> =
            keys.iter().map(|key| format!("{}+{}", key.name, hex(key.id()))).collect();
        if signed { Ok(()) } else { Err(NoteError::NotSigned(names.join(" or "))) }
    }
}

fn signature(line: &str) -> Option<Line> {
    let (name, bytes) = line.strip_prefix("\u{2014} ")?.split_once(' ')?;
    let bytes = BASE64_STANDARD.decode(bytes).ok()?;
    let (id, signature) = bytes.split_first_chunk()?;
    (is_key_name(name) && !signature.is_empty()).then(|| Line {
        name: name.to_owned(),
        id: *id,
        signature: signature.to_vec(),
    })
}

#[cfg(test)]
mod tests;
