//! What the driver's errors mean.

use sqlx::error::ErrorKind;
use store::StoreError;

/// Primary result codes that say "not now": busy, locked, read-only, input/output, full, cannot
/// open (sqlite.org/rescode.html).
const NOT_NOW: [i64; 6] = [5, 6, 8, 10, 13, 14];

/// A driver's error as the store's.
pub(crate) fn failed(error: sqlx::Error) -> StoreError {
    let later = match &error {
        sqlx::Error::Database(cause) => cause
            .code()
            .and_then(|code| code.parse::<i64>().ok())
            .is_some_and(|code| NOT_NOW.contains(&(code & 0xff))),
        sqlx::Error::Io(_)
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
