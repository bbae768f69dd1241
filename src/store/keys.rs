//! The numbers that stand for texts, and where they stand.

use domain::Sha256Digest;

/// What kind of text a term is. Numbers are what is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TermKind {
    /// An agent's canonical identifier.
    Agent = 1,
    /// A verb's IRI.
    Verb = 2,
    /// An activity's IRI.
    Activity = 3,
    /// A registration.
    Registration = 4,
    /// The id of the credential that vouches.
    Authority = 5,
}

impl TermKind {
    /// The number stored.
    pub const fn number(self) -> i64 {
        self as i64
    }

    /// The kind with this number.
    pub fn from_number(number: i64) -> Option<Self> {
        let all = [Self::Agent, Self::Verb, Self::Activity, Self::Registration, Self::Authority];
        all.into_iter().find(|kind| kind.number() == number)
    }
}

/// A text of one organization's dictionary.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Term {
    /// What it is.
    pub kind: TermKind,
    /// The text.
    pub text: String,
}

impl Term {
    /// A term.
    pub fn new(kind: TermKind, text: impl Into<String>) -> Self {
        Self { kind, text: text.into() }
    }

    /// The hash of the text, under which it is looked up.
    pub fn digest(&self) -> Sha256Digest {
        Sha256Digest::of(self.text.as_bytes())
    }
}

/// How a statement is found by a term: 0 by the plain filters and the related ones, 1 by the
/// related ones alone.
pub const DIRECT: i64 = 0;
/// See [`DIRECT`].
pub const RELATED: i64 = 1;

/// A statement's own keys: each term's number and role.
pub type Keys = Vec<(i64, i64)>;

/// Packs keys for their column: per key `number * 2 + role` in LEB128.
pub(crate) fn pack(keys: &[(i64, i64)]) -> Vec<u8> {
    let mut out = Vec::with_capacity(keys.len() * 3);
    for &(term, role) in keys {
        let mut rest = term.cast_unsigned() << 1 | role.cast_unsigned() & 1;
        while rest >= 0x80 {
            out.push((rest & 0x7f) as u8 | 0x80);
            rest >>= 7;
        }
        out.push((rest & 0x7f) as u8);
    }
    out
}

/// Unpacks what `pack` packed; `None` when it cannot have.
pub fn unpack(bytes: &[u8]) -> Option<Keys> {
    let mut keys = Vec::new();
    let (mut value, mut shift) = (0_u64, 0_u32);
    for &byte in bytes {
        if shift > 56 {
            return None;
        }
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            keys.push(((value >> 1).cast_signed(), (value & 1).cast_signed()));
            (value, shift) = (0, 0);
        } else {
            shift += 7;
        }
    }
    (shift == 0).then_some(keys)
}

/// Adds `more` to `keys`; a term stands once, with its stronger role.
pub(crate) fn merge(keys: &mut Keys, more: impl IntoIterator<Item = (i64, i64)>) {
    keys.extend(more);
    keys.sort_unstable();
    keys.dedup_by_key(|(term, _)| *term);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_unpack_to_what_was_packed() {
        let keys = vec![(0, 0), (1, 1), (63, 0), (64, 1), (1 << 40, 0)];
        assert_eq!(unpack(&pack(&keys)), Some(keys));
        assert_eq!(unpack(&[0x80]), None);
        assert_eq!(unpack(&[0xff; 12]), None);
    }

    #[test]
    fn a_term_keeps_its_stronger_role() {
        let mut keys = vec![(3, RELATED), (1, DIRECT)];
        merge(&mut keys, [(3, DIRECT), (1, RELATED), (2, RELATED)]);
        assert_eq!(keys, [(1, DIRECT), (2, RELATED), (3, DIRECT)]);
    }
}
