//! What a control is called: `FRAMEWORK:ID`.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::{fmt, str::FromStr};

/// The longest key, in characters.
pub const KEY_CHARS_MAX: usize = 120;

/// The name of a control, such as `SOC2:CC1.4` or `HIPAA:164.308(a)(5)(i)`: the framework, a colon,
/// and the control's number as the framework writes it.
///
/// Another edition of a framework is a framework of its own: `ISO27001:A.6.3` is of 2022,
/// `ISO27001-2013:A.7.2.2` of 2013.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ControlKey {
    text: String,
    /// Where the colon is, in bytes.
    colon: usize,
}

/// A text is not the key of a control.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Nothing parts the framework from the number.
    #[error("no colon between the framework and the number of the control: {0:?}")]
    NoColon(String),
    /// The framework is not letters, digits, `-` and `.`, beginning with a letter.
    #[error("a framework's key is letters, digits, '-' and '.', and begins with a letter: {0:?}")]
    Framework(String),
    /// The number is empty or holds blanks.
    #[error("a control's number is a text without blanks: {0:?}")]
    Number(String),
    /// The key is too long.
    #[error("{0} characters, and a control's key has {KEY_CHARS_MAX} at most")]
    Long(usize),
}

/// Whether a text can name a framework.
pub(super) fn names_framework(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.chars().all(|letter| letter.is_ascii_alphanumeric() || "-.".contains(letter))
}

impl ControlKey {
    /// The key of a framework's control by its number.
    pub fn new(framework: &str, id: &str) -> Result<Self, KeyError> {
        let text = format!("{framework}:{id}");
        let chars = text.chars().count();
        if !names_framework(framework) {
            return Err(KeyError::Framework(framework.to_owned()));
        }
        if id.is_empty() || id.chars().any(|letter| letter.is_whitespace() || letter.is_control()) {
            return Err(KeyError::Number(id.to_owned()));
        }
        if chars > KEY_CHARS_MAX {
            return Err(KeyError::Long(chars));
        }
        Ok(Self { text, colon: framework.len() })
    }

    /// The framework's key: `SOC2`.
    pub fn framework(&self) -> &str {
        &self.text[..self.colon]
    }

    /// The control's number in its framework: `CC1.4`.
    pub fn id(&self) -> &str {
        &self.text[self.colon + 1..]
    }

    /// The whole key.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl FromStr for ControlKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let parts = text.split_once(':').ok_or_else(|| KeyError::NoColon(text.to_owned()))?;
        Self::new(parts.0, parts.1)
    }
}

impl fmt::Display for ControlKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Serialize for ControlKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for ControlKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}
