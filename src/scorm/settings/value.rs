//! Values that settings take.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::Value;

/// The word for no value.
const NONE: &str = "none";

/// A value, or the word `none`: a level can decide that there shall be none, which is something
/// else than not deciding.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum NoneOr<T> {
    /// There is none.
    #[default]
    None,
    /// This one.
    Is(T),
}

impl<T: Copy> NoneOr<T> {
    /// The value, if there is one.
    pub const fn value(&self) -> Option<T> {
        match self {
            Self::None => None,
            Self::Is(value) => Some(*value),
        }
    }
}

impl<T> NoneOr<T> {
    /// The value in its place, if there is one.
    pub const fn as_ref(&self) -> Option<&T> {
        match self {
            Self::None => None,
            Self::Is(value) => Some(value),
        }
    }
}

impl<T: Serialize> Serialize for NoneOr<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::None => serializer.serialize_str(NONE),
            Self::Is(value) => value.serialize(serializer),
        }
    }
}

impl<'de, T: de::DeserializeOwned> Deserialize<'de> for NoneOr<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        if value == NONE {
            return Ok(Self::None);
        }
        serde_json::from_value(value).map(Self::Is).map_err(de::Error::custom)
    }
}

/// A whole number from `MIN` to `MAX`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct Bounded<const MIN: u32, const MAX: u32>(u32);

impl<const MIN: u32, const MAX: u32> Bounded<MIN, MAX> {
    /// The number.
    pub const fn number(self) -> u32 {
        self.0
    }
}

/// A number is not within its bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{number} is not from {min} to {max}")]
pub struct OutOfBounds {
    number: u32,
    min: u32,
    max: u32,
}

impl<const MIN: u32, const MAX: u32> TryFrom<u32> for Bounded<MIN, MAX> {
    type Error = OutOfBounds;

    fn try_from(number: u32) -> Result<Self, OutOfBounds> {
        let fits = (MIN..=MAX).contains(&number);
        fits.then_some(Self(number)).ok_or(OutOfBounds { number, min: MIN, max: MAX })
    }
}

impl<const MIN: u32, const MAX: u32> From<Bounded<MIN, MAX>> for u32 {
    fn from(bounded: Bounded<MIN, MAX>) -> Self {
        bounded.0
    }
}

/// Most characters of a [`Template`].
pub const TEMPLATE_CHARACTERS_MAX: u32 = 2_000;

/// A text with marks such as `{course}` that are filled in later: not empty, and of at most
/// [`TEMPLATE_CHARACTERS_MAX`] characters, line ends alone of the control characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Template(String);

impl Template {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A text is no template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the text is empty, longer than {TEMPLATE_CHARACTERS_MAX} characters, or has control characters"
)]
pub struct NoTemplate;

impl TryFrom<String> for Template {
    type Error = NoTemplate;

    fn try_from(text: String) -> Result<Self, NoTemplate> {
        // Forms send line ends as the network has them.
        let text = text.trim().replace("\r\n", "\n");
        let is_short = text.chars().count() <= TEMPLATE_CHARACTERS_MAX as usize;
        let is_plain = text.chars().all(|c| c == '\n' || !c.is_control());
        (!text.is_empty() && is_short && is_plain).then_some(Self(text)).ok_or(NoTemplate)
    }
}

impl From<Template> for String {
    fn from(template: Template) -> Self {
        template.0
    }
}
