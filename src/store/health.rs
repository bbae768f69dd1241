//! Whether a store works, and its orderly end.

use crate::StoreError;
use async_trait::async_trait;

/// The turn to begin; given back when this is dropped.
#[must_use = "the turn is given back when this is dropped"]
pub struct Turn {
    _held: Box<dyn Send>,
}

impl Turn {
    /// Holds the turn as long as `held` is there.
    pub fn new(held: impl Send + 'static) -> Self {
        Self { _held: Box::new(held) }
    }
}

impl std::fmt::Debug for Turn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Turn").finish_non_exhaustive()
    }
}

/// What whoever runs a store asks of it.
#[async_trait]
pub trait Health {
    /// Waits for the turn to make what an empty store lacks: of nodes that start at once, one has it
    /// at a time, and whoever comes later finds what was made. It ends with its node, or when it
    /// was not given back within half a minute; [`StoreError::Unavailable`] when it does not come
    /// up.
    async fn turn_to_begin(&self) -> Result<Turn, StoreError>;

    /// Whether it can do its work now. It answers reads, and has no reason to think that it cannot
    /// write: after a write that failed because the database was not available, a small one is
    /// tried, so that nobody has to write for the trouble to be seen to end.
    async fn ready(&self) -> Result<(), StoreError>;

    /// Ends its work: nothing more is appended, what waits is committed and answered, and then the
    /// connections are closed. Whoever comes later is refused with
    /// [`StoreError::Unavailable`].
    async fn close(&self);
}
