//! Which version of xAPI a request speaks.

use std::fmt;

/// A version of the specification that this engine speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// xAPI 1.0.x; answered as `1.0.3`.
    V1_0,
    /// xAPI 2.0.x (IEEE 9274.1.1); answered as `2.0.0`.
    V2_0,
}

/// A version header names nothing that this engine speaks (Communication 3.3, XAPI-00331).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the xAPI version must be 1.0, 1.0.x, 2.0 or 2.0.x, not {0:?}")]
pub struct UnknownVersion(pub String);

impl Version {
    /// Every version, as the about resource lists them.
    pub const ALL: [Self; 2] = [Self::V1_0, Self::V2_0];

    /// Reads the `X-Experience-API-Version` header. Every patch of a version is taken, those to
    /// come too (Communication 3.3).
    pub fn negotiate(header: &str) -> Result<Self, UnknownVersion> {
        match header.trim() {
            version if is_of(version, "1.0") => Ok(Self::V1_0),
            version if is_of(version, "2.0") => Ok(Self::V2_0),
            other => Err(UnknownVersion(other.to_owned())),
        }
    }

    /// The version answered in the response header: the latest patch of this minor version
    /// (XAPI-00333).
    pub const fn header(self) -> &'static str {
        match self {
            Self::V1_0 => "1.0.3",
            Self::V2_0 => "2.0.0",
        }
    }

    /// The `version` a statement gets that came without one (Data 2.4.10).
    pub const fn of_unversioned_statement(self) -> &'static str {
        match self {
            Self::V1_0 => "1.0.0",
            Self::V2_0 => "2.0.0",
        }
    }

    /// Whether a statement sent under this version may carry `version` (XAPI-00101): `1.0`,
    /// `1.0.x`, and under 2.0 also `2.0` and `2.0.x`.
    pub(crate) fn accepts_statement_version(self, version: &str) -> bool {
        is_of(version, "1.0") || (self == Self::V2_0 && is_of(version, "2.0"))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.header())
    }
}

/// Whether `version` is `minor` or one of its patches.
fn is_of(version: &str, minor: &str) -> bool {
    version.strip_prefix(minor).is_some_and(|rest| match rest.strip_prefix('.') {
        Some(patch) => !patch.is_empty() && patch.bytes().all(|b| b.is_ascii_digit()),
        None => rest.is_empty(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xapi_00331_only_known_versions_are_spoken() {
        for header in ["1.0", "1.0.0", "1.0.1", "1.0.2", "1.0.3", "1.0.4", " 1.0.3 "] {
            assert_eq!(Version::negotiate(header), Ok(Version::V1_0), "{header}");
        }
        for header in ["2.0", "2.0.0", "2.0.1"] {
            assert_eq!(Version::negotiate(header), Ok(Version::V2_0), "{header}");
        }
        for header in [
            "", "0.9", "0.95", "1", "1.0.", "1.0.x", "1.0.3-a", "1.00", "1.1.0", "2", "2.0.",
            "2.1", "3.0",
        ] {
            assert!(Version::negotiate(header).is_err(), "{header}");
        }
    }

    #[test]
    fn xapi_00101_a_statement_of_another_minor_version_is_refused() {
        for (version, under_1, under_2) in [
            ("1.0", true, true),
            ("1.0.9", true, true),
            ("2.0.0", false, true),
            ("0.9.9", false, false),
            ("1.1.0", false, false),
            ("1.0.x", false, false),
        ] {
            assert_eq!(Version::V1_0.accepts_statement_version(version), under_1, "{version}");
            assert_eq!(Version::V2_0.accepts_statement_version(version), under_2, "{version}");
        }
    }
}
