//! What other stores said of statements that were replayed from them.

use crate::{Position, StoreError};
use async_trait::async_trait;
use domain::{OrganizationId, Sha256Digest};
use ledger::ClaimText;

/// What another store said of a statement that was replayed from it: provenance, not fact. Our own
/// `stored` and `authority` are in the statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// `stored`, as it stood there.
    pub stored: Option<String>,
    /// `authority`, its JSON as it stood there.
    pub authority: Option<String>,
    /// The canonical identifier of that authority.
    pub authority_key: Option<String>,
    /// SHA-256 of the file that it came in.
    pub source: Sha256Digest,
    /// The line of that file, from 1.
    pub line: u64,
}

impl Claim {
    /// The part that the ledger's entry commits to.
    pub fn text(&self) -> ClaimText<'_> {
        ClaimText {
            authority: self.authority.as_deref(),
            line: self.line,
            source: &self.source,
            stored: self.stored.as_deref(),
        }
    }
}

/// Reads claims; they are written with their statements by [`Append`](crate::Append).
#[async_trait]
pub trait Claims {
    /// The claim about the statement at `position`, if it was replayed.
    async fn claim(
        &self,
        organization: OrganizationId,
        position: Position,
    ) -> Result<Option<Claim>, StoreError>;
}
