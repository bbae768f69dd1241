//! Secrets that the server hands out: tokens, API secrets, and keys derived from the master key.
//!
//! Tokens and API secrets are 256 random bits, so a plain SHA-256 of them is safe at rest and
//! cheap to check on every request; passwords are not, see [`crate::password`].

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{Entropy, Sha256Digest};
use hmac::{Hmac, KeyInit, Mac};
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use sha2::Sha256;
use std::fmt;

/// A random 256-bit token, base64url; whoever holds it may do what it stands for. Never logged.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// A new token.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        let mut bytes = [0; 32];
        entropy.fill(&mut bytes);
        Self(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// The text that goes into a link or a cookie.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What the store keeps instead of the token.
    pub fn hash(&self) -> Sha256Digest {
        hash_of(&self.0)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// What the store keeps of the token or API secret `text`.
pub fn hash_of(text: &str) -> Sha256Digest {
    Sha256Digest::of(text.as_bytes())
}

/// The organization-wide root of derived keys: 32 bytes that only the server has.
#[derive(Clone)]
pub struct MasterKey([u8; 32]);

impl MasterKey {
    /// Wraps the bytes.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// A key for one purpose and one subject (HMAC-SHA-256 as a key derivation, RFC 5869 2.3 in
    /// its single-block form). Different purposes or subjects give unrelated keys.
    pub fn derive(&self, purpose: &str, subject: &[u8]) -> [u8; 32] {
        hmac(&self.0, &[purpose.as_bytes(), &[0], subject])
    }

    /// Encrypts `secret` so that only this key opens it again, for the same purpose and subject
    /// (ChaCha20-Poly1305, RFC 8439, under a derived key, a random nonce in front). A subject is
    /// sealed a few times at most, so that random nonces of 96 bits never meet.
    pub fn seal(
        &self,
        purpose: &str,
        subject: &[u8],
        secret: &[u8],
        entropy: &dyn Entropy,
    ) -> Vec<u8> {
        let mut nonce = [0; NONCE_LEN];
        entropy.fill(&mut nonce);
        let mut sealed = secret.to_vec();
        self.cipher(purpose, subject)
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::empty(),
                &mut sealed,
            )
            .expect("what is sealed is far shorter than the cipher's limit");
        [nonce.as_slice(), &sealed].concat()
    }

    /// What [`MasterKey::seal`] sealed; `None` when the key, purpose or subject is another one or a
    /// byte was changed.
    pub fn open(&self, purpose: &str, subject: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_LEN>()?;
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let mut opened = sealed.to_vec();
        let cipher = self.cipher(purpose, subject);
        Some(cipher.open_in_place(nonce, Aad::empty(), &mut opened).ok()?.to_vec())
    }

    fn cipher(&self, purpose: &str, subject: &[u8]) -> LessSafeKey {
        let key = UnboundKey::new(&CHACHA20_POLY1305, &self.derive(purpose, subject));
        LessSafeKey::new(key.expect("a derived key has the cipher's length"))
    }

    /// The HMAC-SHA-256 of `message` under this key.
    pub fn mac(&self, message: &[u8]) -> [u8; 32] {
        hmac(&self.0, &[message])
    }
}

/// HMAC-SHA-256 (RFC 2104) of the parts, one after the other.
pub(crate) fn hmac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any size");
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(…)")
    }
}

/// Whether two digests are equal, in time that does not depend on where they differ: every byte is
/// looked at, and the compiler is kept from ending the walk early.
pub fn digests_match(one: &Sha256Digest, other: &Sha256Digest) -> bool {
    let pairs = one.as_bytes().iter().zip(other.as_bytes());
    pairs.fold(0, |difference, (a, b)| std::hint::black_box(difference | (a ^ b))) == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::SeededEntropy;

    #[test]
    fn tokens_are_long_different_and_never_printed() {
        let entropy = SeededEntropy::new(3);
        let (one, two) = (Token::generate(&entropy), Token::generate(&entropy));
        assert_eq!(one.expose().len(), 43);
        assert_ne!(one, two);
        assert!(!format!("{one:?}").contains(one.expose()));
        assert!(digests_match(&one.hash(), &hash_of(one.expose())));
        assert!(!digests_match(&one.hash(), &two.hash()));
    }

    #[test]
    fn derived_keys_differ_by_purpose_and_subject() {
        let key = MasterKey::new([7; 32]);
        assert_eq!(key.derive("journal", b"1"), key.derive("journal", b"1"));
        assert_ne!(key.derive("journal", b"1"), key.derive("journal", b"2"));
        assert_ne!(key.derive("journal", b"1"), key.derive("learner", b"1"));
    }

    #[test]
    fn a_sealed_secret_opens_for_its_purpose_and_subject_alone() {
        let (key, entropy) = (MasterKey::new([7; 32]), SeededEntropy::new(3));
        let sealed = key.seal("purpose", b"subject", b"secret", &entropy);
        assert!(!sealed.windows(6).any(|part| part == b"secret"));
        assert_ne!(sealed, key.seal("purpose", b"subject", b"secret", &entropy));
        assert_eq!(key.open("purpose", b"subject", &sealed).as_deref(), Some(&b"secret"[..]));
        assert_eq!(key.open("other", b"subject", &sealed), None);
        assert_eq!(key.open("purpose", b"other", &sealed), None);
        assert_eq!(MasterKey::new([8; 32]).open("purpose", b"subject", &sealed), None);
        assert_eq!(key.open("purpose", b"subject", &sealed[..20]), None);
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(key.open("purpose", b"subject", &changed), None, "byte {at}");
        }
    }
}
