//! Whether a store works, and its orderly end.

use crate::StoreError;
use async_trait::async_trait;

/// What whoever runs a store asks of it.
#[async_trait]
pub trait Health {
    /// Whether it can do its work now. It answers reads, and has no reason to think that it cannot
    /// write: after a write that failed because the database was not available, a small one is
    /// tried, so that nobody has to write for the trouble to be seen to end.
    async fn ready(&self) -> Result<(), StoreError>;

    /// Ends its work: nothing more is appended, what waits is committed and answered, and then the
    /// connections are closed. Whoever comes later is refused with
    /// [`StoreError::Unavailable`].
    async fn close(&self);
}
