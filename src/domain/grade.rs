//! How strong a statement is as evidence (audit rules, section 2.1).

use serde::{Deserialize, Serialize};
use std::fmt;

/// The grade of a statement as evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Grade {
    /// Attestry's own run-time saw it happen.
    A,
    /// An authority that the organization lists as trusted vouches for it.
    B,
    /// Anything else: an import, or a client that nobody listed.
    C,
}

/// Who vouches for a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Vouching<'a> {
    /// Attestry's own run-time.
    Runtime,
    /// An authority, by its canonical identifier: the client's that stored it here or, of a
    /// statement that was replayed, the one that the other store claimed, if it claimed one.
    Authority(Option<&'a str>),
}

impl Grade {
    /// The grade of what `vouching` stands for, when the organization trusts those authorities for
    /// whom `trusts` is true. A statement that was replayed is never an A.
    pub fn of(vouching: Vouching<'_>, trusts: impl Fn(&str) -> bool) -> Self {
        match vouching {
            Vouching::Runtime => Self::A,
            Vouching::Authority(Some(authority)) if trusts(authority) => Self::B,
            Vouching::Authority(_) => Self::C,
        }
    }
}

impl fmt::Display for Grade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::A => "A",
            Self::B => "B",
            Self::C => "C",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_run_time_is_an_a_and_only_the_listed_are_a_b() {
        let trusts = |authority: &str| authority == "account:https://lms.example|lrs";
        let grade = |vouching| Grade::of(vouching, trusts);
        assert_eq!(grade(Vouching::Runtime), Grade::A);
        assert_eq!(grade(Vouching::Authority(Some("account:https://lms.example|lrs"))), Grade::B);
        assert_eq!(grade(Vouching::Authority(Some("mbox:a@example.com"))), Grade::C);
        assert_eq!(grade(Vouching::Authority(None)), Grade::C);
    }
}
