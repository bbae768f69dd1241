//! The place of an entry in an organization's log.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// The index of an entry in its organization's log, from 0 without gaps, in the order of commits;
/// also the index of its leaf in the ledger. Statements and reference events share the sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Position(u64);

impl Position {
    /// The first entry of a log.
    pub const FIRST: Self = Self(0);

    /// A position by index.
    pub const fn new(index: u64) -> Self {
        Self(index)
    }

    /// The index, from 0.
    pub const fn index(self) -> u64 {
        self.0
    }

    /// The position of the entry after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Position {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}
