//! Formats of interaction responses: SCORM 2004 RTE 4.2.9.1 and 4.2.9.2, SCORM 1.2 RTE 3.4.4
//! (`CMIFeedback`). A table row per interaction type says how a response is cut into parts and
//! what each part is.

use super::Strictness;
use super::fault::Fault;
use super::format::{Format, Verdict, either, is_language, length, loosely, parse_real, within};
use serde::Serialize;
use std::collections::HashSet;

/// Which response of an interaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Role {
    /// What the learner answered.
    Learner,
    /// A correct response.
    Pattern,
}

/// The formats of one interaction type.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Responses {
    /// The word in `cmi.interactions.n.type`.
    pub(super) kind: &'static str,
    pub(super) learner: Shape,
    pub(super) pattern: Shape,
    /// How many correct responses there may be, where the specification sets a maximum.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) patterns_max: Option<usize>,
    /// No two correct responses may be the same.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) patterns_differ: bool,
}

/// How one response is written.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Shape {
    /// Prefixes such as `{case_matters=true}` that may come first, in any order, once each.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub(super) prefixes: &'static [&'static str],
    /// Most parts between `[,]` that the specification grants; 1 means that it is not cut.
    pub(super) parts_max: usize,
    /// No two parts may be the same.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) parts_differ: bool,
    /// Whether an empty response is one without parts.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) blank: bool,
    /// What each part is.
    pub(super) part: Part,
}

/// One part of a response.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(tag = "part", rename_all = "snake_case")]
pub(super) enum Part {
    /// A value of a data type.
    One {
        /// The type.
        format: Format,
    },
    /// `first[.]second`.
    Pair {
        /// Before the delimiter.
        first: Format,
        /// After it.
        second: Format,
        /// Whether either of the two may be empty, though not both.
        one_blank: bool,
    },
    /// `min[:]max`, either empty, or a number alone.
    Range,
    /// SCORM 1.2: single letters or digits between commas, in braces perhaps; `a.1` when paired.
    Letters {
        /// Whether each is a pair.
        paired: bool,
    },
}

impl Shape {
    pub(super) const fn one(format: Format) -> Self {
        Self {
            prefixes: &[],
            parts_max: 1,
            parts_differ: false,
            blank: false,
            part: Part::One { format },
        }
    }

    pub(super) const fn many(self, parts_max: usize) -> Self {
        Self { parts_max, ..self }
    }

    pub(super) const fn of(self, part: Part) -> Self {
        Self { part, ..self }
    }

    pub(super) const fn differ(self) -> Self {
        Self { parts_differ: true, ..self }
    }

    pub(super) const fn blank(self) -> Self {
        Self { blank: true, ..self }
    }

    pub(super) const fn prefixes(self, prefixes: &'static [&'static str]) -> Self {
        Self { prefixes, ..self }
    }

    /// Judges a response.
    pub(super) fn check(&self, value: &str, strictness: Strictness) -> Verdict {
        let rest = self.without_prefixes(value)?;
        if rest.is_empty() && self.blank {
            return Ok(None);
        }
        if self.parts_max == 1 {
            return self.part.check(rest, strictness);
        }
        let mut seen = HashSet::new();
        let (mut parts, mut note) = (0, None);
        for part in rest.split("[,]") {
            parts += 1;
            note = either(note, self.part.check(part, strictness)?);
            if self.parts_differ && !seen.insert(part) {
                return Err(Fault::Type);
            }
        }
        match strictness {
            _ if parts <= self.parts_max => Ok(note),
            Strictness::Lenient => Ok(either(note, Some(super::Note::Longer))),
            Strictness::Strict => Err(Fault::TooLong),
        }
    }

    /// Cuts off the prefixes, each `true` or `false`. A language may stand before them; what
    /// follows a language and is no proper prefix is text.
    fn without_prefixes<'v>(&self, value: &'v str) -> Result<&'v str, Fault> {
        let mut left: Vec<&str> = self.prefixes.to_vec();
        let is_localized = matches!(self.part, Part::One { format: Format::Localized { .. } });
        let language = value.strip_prefix("{lang=").filter(|_| is_localized);
        if let Some((tag, rest)) = language.and_then(|rest| rest.split_once('}')) {
            return match cut(rest, &mut left) {
                Some(text) if text.len() < rest.len() && is_language(tag) => Ok(text),
                _ => Ok(value),
            };
        }
        cut(value, &mut left).ok_or(Fault::Type)
    }
}

/// Cuts prefixes off until none of `left` begins the text; `None` for one that is neither `true`
/// nor `false`.
fn cut<'v>(value: &'v str, left: &mut Vec<&str>) -> Option<&'v str> {
    let mut rest = value;
    while let Some(at) = left.iter().position(|prefix| rest.starts_with(prefix)) {
        let tail = rest.strip_prefix(left.remove(at))?;
        rest = tail.strip_prefix("true}").or_else(|| tail.strip_prefix("false}"))?;
    }
    Some(rest)
}

impl Part {
    fn check(&self, value: &str, strictness: Strictness) -> Verdict {
        match self {
            Self::One { format } => format.check(value, strictness),
            Self::Pair { first, second, one_blank } => {
                let (one, other) = value.split_once("[.]").ok_or(Fault::Type)?;
                if other.contains("[.]") || (one.is_empty() && other.is_empty()) {
                    return Err(Fault::Type);
                }
                let of = |format: &Format, side: &str| {
                    if side.is_empty() && *one_blank {
                        Ok(None)
                    } else {
                        format.check(side, strictness)
                    }
                };
                Ok(either(of(first, one)?, of(second, other)?))
            }
            Self::Range => {
                let Some((min, max)) = value.split_once("[:]") else {
                    return parse_real(value).map(|_| None).ok_or(Fault::Type);
                };
                let bound = |text: &str, open: f64| {
                    if text.is_empty() { Some(open) } else { parse_real(text) }
                };
                match (bound(min, f64::NEG_INFINITY), bound(max, f64::INFINITY)) {
                    (Some(min), Some(max)) if min <= max => Ok(None),
                    _ => Err(Fault::Type),
                }
            }
            Self::Letters { paired } => {
                if length(value) > 255 {
                    return within(value, 255, strictness);
                }
                loosely(is_letters(value, *paired), strictness)
            }
        }
    }
}

/// SCORM 1.2: `a,b,c`, `{a,b,c}`; paired: `a.1,b.2`.
fn is_letters(value: &str, paired: bool) -> bool {
    let inner = value.strip_prefix('{').and_then(|v| v.strip_suffix('}')).unwrap_or(value);
    let letter = |s: &str| s.len() == 1 && s.bytes().all(|b| b.is_ascii_alphanumeric());
    inner.split(',').all(|part| match part.split_once('.') {
        Some((one, other)) => paired && letter(one) && letter(other),
        None => !paired && letter(part),
    })
}

/// A response whose interaction has no type yet: SCORM 1.2 allows it, as `CMIFeedback` of any form.
pub(super) fn check_untyped(value: &str, strictness: Strictness) -> Verdict {
    within(value, 255, strictness)
}
