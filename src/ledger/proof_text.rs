//! A record's proof as text (C2SP tlog-proof, `c2sp.org/tlog-proof@v1`). That specification has no
//! tagged version yet; this is the text of its commit 5ba5ee8 of July 2026.

use crate::InclusionProof;
use base64::{Engine, prelude::BASE64_STANDARD};
use domain::Sha256Digest;
use std::fmt;

const FIRST_LINE: &str = "c2sp.org/tlog-proof@v1";
/// More hashes than a tree of 2^64 entries has levels.
const HASHES_MAX: usize = 64;

/// A proof that an entry is in a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProofText {
    /// Bytes of the application that nothing vouches for.
    pub extra: Option<Vec<u8>>,
    /// Where the entry is, and how it hangs together with the root.
    pub proof: InclusionProof,
    /// The checkpoint, a signed note.
    pub checkpoint: String,
}

impl fmt::Display for ProofText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{FIRST_LINE}")?;
        if let Some(extra) = &self.extra {
            writeln!(f, "extra {}", BASE64_STANDARD.encode(extra))?;
        }
        writeln!(f, "index {}", self.proof.index)?;
        for hash in &self.proof.hashes {
            writeln!(f, "{}", BASE64_STANDARD.encode(hash.as_bytes()))?;
        }
        write!(f, "\n{}", self.checkpoint)
    }
}

impl ProofText {
    /// Reads a proof; `None` when it is not written as one is.
    pub fn parse(text: &str) -> Option<Self> {
        let (head, checkpoint) = text.split_once("\n\n")?;
        let mut lines = head.split('\n').peekable();
        (lines.next()? == FIRST_LINE).then_some(())?;
        let extra = match lines.peek().and_then(|line| line.strip_prefix("extra ")) {
            Some(extra) => {
                lines.next();
                Some(BASE64_STANDARD.decode(extra).ok()?)
            }
            None => None,
        };
        let number = lines.next()?.strip_prefix("index ")?;
        let index: u64 = number.parse().ok().filter(|index: &u64| index.to_string() == number)?;
        let hashes: Option<Vec<_>> = lines
            .map(|line| {
                Some(Sha256Digest::new(BASE64_STANDARD.decode(line).ok()?.try_into().ok()?))
            })
            .collect();
        let hashes = hashes.filter(|hashes| hashes.len() <= HASHES_MAX)?;
        Some(Self {
            extra,
            proof: InclusionProof { index, hashes },
            checkpoint: checkpoint.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proof() -> ProofText {
        ProofText {
            extra: Some(b"salt".to_vec()),
            proof: InclusionProof { index: 73_894, hashes: vec![Sha256Digest::of(b"root"); 2] },
            checkpoint: "o\n1\nr\n\n\u{2014} o AAAAAAAA\n".to_owned(),
        }
    }

    #[test]
    fn a_proof_is_written_as_the_specification_says_and_reads_back() {
        let text = "c2sp.org/tlog-proof@v1\nextra c2FsdA==\nindex 73894\n\
            SBNJTRN+FjG7owHVrKtue7eqdM4RhdRWVl71HXN2d7I=\n\
            SBNJTRN+FjG7owHVrKtue7eqdM4RhdRWVl71HXN2d7I=\n\n\
            o\n1\nr\n\n\u{2014} o AAAAAAAA\n";
        assert_eq!(proof().to_string(), text);
        assert_eq!(ProofText::parse(text), Some(proof()));
        let mut short = proof();
        (short.extra, short.proof) = (None, InclusionProof { index: 0, hashes: Vec::new() });
        assert_eq!(ProofText::parse(&short.to_string()), Some(short));
    }

    #[test]
    fn what_is_no_proof_is_refused() {
        for text in [
            "",
            "c2sp.org/tlog-proof@v2\nindex 0\n\no\n",
            "c2sp.org/tlog-proof@v1\n\no\n",
            "c2sp.org/tlog-proof@v1\nindex 00\n\no\n",
            "c2sp.org/tlog-proof@v1\nindex 1\nextra AA==\n\no\n",
            "c2sp.org/tlog-proof@v1\nindex 1\nAAAA\n\no\n",
            "c2sp.org/tlog-proof@v1\nindex 1\n",
        ] {
            assert_eq!(ProofText::parse(text), None, "{text:?}");
        }
    }
}
