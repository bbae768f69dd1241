//! What the driver's errors mean.

use sqlx::error::ErrorKind;
use store::StoreError;

/// Classes of SQLSTATE that say "not now": connection exception, transaction rollback,
/// insufficient resources, object not in prerequisite state, operator intervention, system error
/// (`PostgreSQL` manual, appendix A).
const NOT_NOW: [&str; 6] = ["08", "40", "53", "55", "57", "58"];

/// Two of class 25 say so, too: the server is a standby or read-only, as after a switch to another
/// one, and the transaction was ended because this node hung.
const NOT_NOW_EITHER: [&str; 2] = ["25006", "25P03"];

/// A driver's error as the store's.
pub(crate) fn failed(error: sqlx::Error) -> StoreError {
    let later = match &error {
        sqlx::Error::Database(cause) => cause.code().is_some_and(|code| {
            NOT_NOW.iter().any(|class| code.starts_with(class))
                || NOT_NOW_EITHER.contains(&code.as_ref())
        }),
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => true,
        _ => false,
    };
    if later { StoreError::unavailable(error) } else { StoreError::refused(error) }
}

/// As [`failed`], but a unique index that is hit means that `what` is taken.
pub(crate) fn taken(what: &'static str) -> impl Fn(sqlx::Error) -> StoreError {
    move |error| match &error {
        sqlx::Error::Database(cause) if cause.kind() == ErrorKind::UniqueViolation => {
            StoreError::Taken { what }
        }
        _ => failed(error),
    }
}
