//! What can go wrong between a use case and its rows.

use std::{error::Error, fmt, sync::Arc};

/// A cause, shared because one failed commit answers every request that was in it.
pub type Source = Arc<dyn Error + Send + Sync>;

/// The store could not do what was asked. "Not found" is no error: that is `Ok(None)`.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be reached, is out of space or is shutting down; the same request may
    /// work later. When the connection broke while a commit was being confirmed, the write may have
    /// been kept all the same.
    #[error("database is not available")]
    Unavailable {
        /// What the driver said.
        #[source]
        source: Source,
    },
    /// A row holds what no version of this program writes.
    #[error("{table}.{column} of {row} is not what it should be")]
    Inconsistent {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// Which row, by its key.
        row: String,
        /// Why the value was refused.
        #[source]
        source: Option<Source>,
    },
    /// A name or key that must be unique is taken.
    #[error("{what} exists already")]
    Taken {
        /// What is unique: `organization name`, `e-mail address`, `credential id`.
        what: &'static str,
    },
    /// A row that the operation builds on is not there.
    #[error("{what} does not exist")]
    Missing {
        /// What is missing: `organization`, `registration`, `course`.
        what: &'static str,
    },
    /// The database refused a statement for a reason that is a mistake of this program.
    #[error("database refused the operation")]
    Refused {
        /// What the driver said.
        #[source]
        source: Source,
    },
}

impl From<std::convert::Infallible> for StoreError {
    fn from(never: std::convert::Infallible) -> Self {
        match never {}
    }
}

impl StoreError {
    /// The database cannot be used now, because of `source`.
    pub fn unavailable(source: impl Error + Send + Sync + 'static) -> Self {
        Self::Unavailable { source: Arc::new(source) }
    }

    /// The database refused the operation, because of `source`.
    pub fn refused(source: impl Error + Send + Sync + 'static) -> Self {
        Self::Refused { source: Arc::new(source) }
    }

    /// A row cannot be, because of `source`.
    pub fn inconsistent(
        table: &'static str,
        column: &'static str,
        row: impl fmt::Display,
        source: impl Error + Send + Sync + 'static,
    ) -> Self {
        Self::Inconsistent { table, column, row: row.to_string(), source: Some(Arc::new(source)) }
    }

    /// A row cannot be; the value itself says why.
    pub fn wrong(table: &'static str, column: &'static str, row: impl fmt::Display) -> Self {
        Self::Inconsistent { table, column, row: row.to_string(), source: None }
    }
}
