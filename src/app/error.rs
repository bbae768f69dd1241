//! What goes wrong in any use case alike; each use case adds what is its own.

use audit::reference::Fault;
use blob::BlobError;
use domain::{Role, Scope};
use scorm::settings::ChoiceError;
use store::{AppendError, StoreError};

/// A use case could not be carried out.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// There is no such thing in the caller's organization.
    #[error("no {0} with this id")]
    NotFound(&'static str),
    /// The credential lacks a scope.
    #[error("credential lacks the scope {0}")]
    ScopeMissing(Scope),
    /// The user's role is not enough.
    #[error("role {0} may not do this")]
    RoleForbids(Role),
    /// A value is not what it must be.
    #[error("{field}: {problem}")]
    Invalid {
        /// Which value: a JSON pointer or the name of a parameter.
        field: String,
        /// What is wrong with it, for the sender.
        problem: String,
    },
    /// Reference data cannot be asserted like this.
    #[error("value: {}", crate::reference::told(.0))]
    Faults(Vec<Fault>),
    /// Settings cannot be decided like this.
    #[error("settings: {}", crate::course_settings::told(.0))]
    Choices(Vec<ChoiceError>),
    /// Something with this name is there already.
    #[error("{0} exists already")]
    Taken(&'static str),
    /// Too much is waiting to be written; the same request may work in a moment.
    #[error("too many writes are waiting ({limit} is {most})")]
    Busy {
        /// Which limit, by the name of its setting.
        limit: &'static str,
        /// What it is.
        most: usize,
    },
    /// Others changed the same thing again and again while this tried to.
    #[error("the same thing is being changed by others")]
    Contended,
    /// The database failed.
    #[error(transparent)]
    Store(StoreError),
    /// The package store failed.
    #[error("package store failed")]
    Blob(#[from] BlobError),
    /// A blocking task ended before it answered.
    #[error("a background task ended early")]
    Task(#[from] tokio::task::JoinError),
    /// What the store holds is not what this program writes there.
    #[error("stored {what} cannot be read")]
    Unreadable {
        /// Which value.
        what: &'static str,
        /// Why.
        source: serde_json::Error,
    },
}

impl AppError {
    /// A value is not what it must be.
    pub(crate) fn invalid(field: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Invalid { field: field.into(), problem: problem.into() }
    }

    /// For `map_err`: the stored `what` is not the JSON it should be.
    pub(crate) fn unreadable(what: &'static str) -> impl FnOnce(serde_json::Error) -> Self {
        move |source| Self::Unreadable { what, source }
    }
}

impl From<StoreError> for AppError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Taken { what } => Self::Taken(what),
            StoreError::Missing { what } => Self::NotFound(what),
            other => Self::Store(other),
        }
    }
}

impl From<AppendError> for AppError {
    /// For units whose statements are our own: conflicts of ids cannot happen in them.
    fn from(error: AppendError) -> Self {
        match error {
            AppendError::Busy { limit, most } => Self::Busy { limit, most },
            AppendError::Missing { what } => Self::NotFound(what),
            AppendError::Store(error) => error.into(),
            AppendError::Stale
            | AppendError::Precondition { .. }
            | AppendError::Conflict { .. }
            | AppendError::RepeatedId { .. }
            | AppendError::VoidsVoiding { .. } => Self::Contended,
        }
    }
}
