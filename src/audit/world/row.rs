//! What every row of reference data has: when it was recorded, and when it was taken back.

use domain::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

/// When a row of reference data was known (audit rules, 1.2.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Visibility {
    /// When it was recorded; `None` is always.
    pub recorded_at: Option<Timestamp>,
    /// When it was taken back; `None` is never.
    pub retracted_at: Option<Timestamp>,
}

impl Visibility {
    /// Whether it was known at `as_of`: `recorded_at <= as_of < retracted_at`.
    pub fn at(self, as_of: Timestamp) -> bool {
        self.recorded_at.is_none_or(|recorded| recorded <= as_of)
            && self.retracted_at.is_none_or(|retracted| as_of < retracted)
    }
}

/// A row of reference data.
pub trait Row {
    /// When it was known.
    fn visibility(&self) -> Visibility;

    /// Says when it was known.
    fn set_visibility(&mut self, visibility: Visibility);
}

/// Gives the types their visibility from their own two fields.
macro_rules! rows {
    ($($name:ty),+ $(,)?) => {$(
        impl $crate::world::Row for $name {
            fn visibility(&self) -> $crate::world::Visibility {
                $crate::world::Visibility {
                    recorded_at: self.recorded_at,
                    retracted_at: self.retracted_at,
                }
            }

            fn set_visibility(&mut self, visibility: $crate::world::Visibility) {
                self.recorded_at = visibility.recorded_at;
                self.retracted_at = visibility.retracted_at;
            }
        }
    )+};
}
pub(crate) use rows;

/// The rows that were known at `as_of`.
pub(crate) fn visible<T: Row>(rows: &[T], as_of: Timestamp) -> impl Iterator<Item = &T> {
    rows.iter().filter(move |row| row.visibility().at(as_of))
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The id that is this text.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_id!(
    /// A natural person, by an opaque text that is never an address.
    PersonId
);
text_id!(
    /// A requirement: rules that change get a new one (1.10.3).
    RequirementId
);
text_id!(
    /// An exception.
    ExceptionId
);
