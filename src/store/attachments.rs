//! The data of statements' attachments (xAPI 1.0.3 Data 2.4.11), kept once for each hash.

use crate::{Position, StoreError};
use async_trait::async_trait;
use bytes::Bytes;
use domain::OrganizationId;

/// An attachment's data, as it came with its statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAttachment {
    /// The SHA-2 of the data in lower-case hexadecimal, checked.
    pub sha2: String,
    /// Its media type, as the statement says it.
    pub media_type: String,
    /// The data; statements that share an attachment share the bytes.
    pub content: Bytes,
}

/// That a statement came with the data of an attachment. Another statement that names the same
/// hash without having brought the data has none: who merely knows a hash gets nothing by it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct AttachmentLink {
    /// The statement.
    pub position: Position,
    /// The hash.
    pub sha2: String,
    /// The media type in that statement.
    pub media_type: String,
}

/// Reads attachments; they are written with their statements.
#[async_trait]
pub trait Attachments {
    /// The attachments that the statements at these positions came with, by position and hash.
    async fn attachment_links(
        &self,
        organization: OrganizationId,
        positions: &[Position],
    ) -> Result<Vec<AttachmentLink>, StoreError>;

    /// The data with this hash, if it is kept.
    async fn attachment(
        &self,
        organization: OrganizationId,
        sha2: &str,
    ) -> Result<Option<Vec<u8>>, StoreError>;
}
