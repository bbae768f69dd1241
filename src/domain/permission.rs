//! What users and credentials may do.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// A text names no role or scope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown {kind}: {text:?}")]
pub struct ParsePermissionError {
    /// `role` or `scope`.
    pub kind: &'static str,
    /// What was given.
    pub text: String,
}

/// What a console user is; each sees the pages of that work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Runs the organization: users, keys, and all that the others may.
    Admin,
    /// Uploads packages, launches tests of them, reads their API logs.
    Author,
    /// Reads registrations and statements, keeps requirements.
    ComplianceLead,
    /// Sees the people who report to them.
    Manager,
    /// Reads evidence, changes nothing.
    Auditor,
    /// Takes courses.
    Learner,
}

impl Role {
    /// All roles, most powerful first.
    pub const ALL: [Self; 6] = [
        Self::Admin,
        Self::Author,
        Self::ComplianceLead,
        Self::Manager,
        Self::Auditor,
        Self::Learner,
    ];

    /// The name used in JSON, on the command line and in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Author => "author",
            Self::ComplianceLead => "compliance_lead",
            Self::Manager => "manager",
            Self::Auditor => "auditor",
            Self::Learner => "learner",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Role {
    type Err = ParsePermissionError;

    fn from_str(text: &str) -> Result<Self, ParsePermissionError> {
        let unknown = || ParsePermissionError { kind: "role", text: text.to_owned() };
        Self::ALL.into_iter().find(|role| role.as_str() == text).ok_or_else(unknown)
    }
}

/// What an API credential may do; the xAPI ones are those of the specification
/// (xAPI 1.0.3 Communication 4.2), the others ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Everything.
    All,
    /// Read everything.
    AllRead,
    /// Write statements.
    StatementsWrite,
    /// Read statements that this credential wrote.
    StatementsReadMine,
    /// Read any statement.
    StatementsRead,
    /// Read and write State documents.
    State,
    /// Read and write agent and activity profile documents.
    Profile,
    /// Define activities by the statements written.
    Define,
    /// Upload packages and read the catalogue.
    Packages,
    /// Launch courses.
    Launches,
    /// Read registrations.
    RegistrationsRead,
    /// Read the ledger's entries, which name no person.
    LedgerRead,
    /// Ask audit questions: registers, gaps, evidence.
    AuditRead,
    /// Read reference data: people, requirements, exceptions, feeds, the trail.
    ReferenceRead,
    /// Write reference data, and read it.
    ReferenceWrite,
}

impl Scope {
    /// All scopes.
    pub const ALL: [Self; 15] = [
        Self::All,
        Self::AllRead,
        Self::StatementsWrite,
        Self::StatementsReadMine,
        Self::StatementsRead,
        Self::State,
        Self::Profile,
        Self::Define,
        Self::Packages,
        Self::Launches,
        Self::RegistrationsRead,
        Self::LedgerRead,
        Self::AuditRead,
        Self::ReferenceRead,
        Self::ReferenceWrite,
    ];

    /// The name used on the wire and in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::AllRead => "all/read",
            Self::StatementsWrite => "statements/write",
            Self::StatementsReadMine => "statements/read/mine",
            Self::StatementsRead => "statements/read",
            Self::State => "state",
            Self::Profile => "profile",
            Self::Define => "define",
            Self::Packages => "packages",
            Self::Launches => "launches",
            Self::RegistrationsRead => "registrations/read",
            Self::LedgerRead => "ledger/read",
            Self::AuditRead => "audit/read",
            Self::ReferenceRead => "reference/read",
            Self::ReferenceWrite => "reference/write",
        }
    }

    /// Whether this scope only reads, so that `all/read` includes it.
    const fn reads_only(self) -> bool {
        matches!(
            self,
            Self::StatementsRead
                | Self::StatementsReadMine
                | Self::RegistrationsRead
                | Self::LedgerRead
                | Self::AuditRead
                | Self::ReferenceRead
        )
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Scope {
    type Err = ParsePermissionError;

    fn from_str(text: &str) -> Result<Self, ParsePermissionError> {
        let unknown = || ParsePermissionError { kind: "scope", text: text.to_owned() };
        Self::ALL.into_iter().find(|scope| scope.as_str() == text).ok_or_else(unknown)
    }
}

/// A credential's scopes; in the store and on the wire a list parted by spaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scopes(Vec<Scope>);

impl Scopes {
    /// Every scope there is, now and later.
    pub fn all() -> Self {
        Self(vec![Scope::All])
    }

    /// These scopes, each once.
    pub fn new(scopes: impl IntoIterator<Item = Scope>) -> Self {
        let mut scopes: Vec<_> = scopes.into_iter().collect();
        scopes.sort_unstable();
        scopes.dedup();
        Self(scopes)
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = Scope> {
        self.0.iter().copied()
    }

    /// Whether these scopes include `wanted`.
    pub fn allow(&self, wanted: Scope) -> bool {
        self.0.iter().any(|&held| {
            held == wanted
                || held == Scope::All
                || (held == Scope::AllRead && wanted.reads_only())
                || (held == Scope::StatementsRead && wanted == Scope::StatementsReadMine)
                || (held == Scope::ReferenceWrite && wanted == Scope::ReferenceRead)
        })
    }

    /// Whether these scopes let a holder read documents or resources of `wanted`, which also
    /// writes: `all/read` is enough for that.
    pub fn allow_read(&self, wanted: Scope) -> bool {
        self.allow(wanted) || self.0.contains(&Scope::AllRead)
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, scope) in self.0.iter().enumerate() {
            let gap = if index == 0 { "" } else { " " };
            write!(f, "{gap}{scope}")?;
        }
        Ok(())
    }
}

impl FromStr for Scopes {
    type Err = ParsePermissionError;

    fn from_str(text: &str) -> Result<Self, ParsePermissionError> {
        text.split_whitespace().map(str::parse).collect::<Result<Vec<_>, _>>().map(Self::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_parse_back_to_what_they_name() {
        for role in Role::ALL {
            assert_eq!(role.as_str().parse(), Ok(role));
        }
        for scope in Scope::ALL {
            assert_eq!(scope.as_str().parse(), Ok(scope));
        }
        assert!("root".parse::<Role>().is_err());
    }

    #[test]
    fn all_allows_everything_and_all_read_allows_no_write() {
        assert!(Scope::ALL.iter().all(|&scope| Scopes::all().allow(scope)));
        let reader: Scopes = "all/read".parse().unwrap();
        assert!(reader.allow(Scope::StatementsRead) && reader.allow(Scope::StatementsReadMine));
        assert!(!reader.allow(Scope::StatementsWrite) && !reader.allow(Scope::State));
        assert!(reader.allow_read(Scope::State) && !reader.allow(Scope::Define));
    }

    #[test]
    fn reading_all_statements_includes_reading_ones_own() {
        let scopes: Scopes = "statements/write statements/read".parse().unwrap();
        assert!(scopes.allow(Scope::StatementsReadMine));
        assert_eq!(scopes.to_string(), "statements/write statements/read");
        let own = Scopes::new([Scope::StatementsReadMine]);
        assert!(!own.allow(Scope::StatementsRead));
    }
}
