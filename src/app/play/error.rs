//! Why a request of the player is refused.

use super::AttestError;
use crate::{AppError, LedgerError};

/// A request of the player is refused.
#[derive(Debug, thiserror::Error)]
pub enum PlayError {
    /// No session has this token.
    #[error("session is unknown")]
    UnknownSession,
    /// A newer launch of the registration has taken over.
    #[error("a newer launch has taken over")]
    Superseded,
    /// The learner has left, or the content ended the session.
    #[error("session is over")]
    Ended,
    /// Calls are missing before those that came.
    #[error("calls are missing after number {applied}")]
    Gap {
        /// Number of the last call that the server has.
        applied: u64,
    },
    /// The request makes no sense in this session.
    #[error("{0}")]
    Invalid(String),
    /// The learner cannot sign.
    #[error(transparent)]
    Attest(#[from] AttestError),
    /// The server cannot sign.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// It could not be done.
    #[error(transparent)]
    App(#[from] AppError),
}

impl From<store::StoreError> for PlayError {
    fn from(error: store::StoreError) -> Self {
        Self::App(error.into())
    }
}

impl From<store::AppendError> for PlayError {
    fn from(error: store::AppendError) -> Self {
        Self::App(error.into())
    }
}
