//! Attribute values of the sequencing and ADL elements: vocabularies, flags and numbers.

use super::context::Context;
use crate::{codes, xml::Element};
use std::{ops::RangeInclusive, str::FromStr};

impl Context<'_, '_> {
    /// An `xs:boolean` attribute; what is none is told and the default taken.
    pub(super) fn flag(&mut self, element: &Element<'_>, name: &str, default: bool) -> bool {
        let Some(value) = element.value(name) else { return default };
        match value.to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" => true,
            "false" | "0" | "no" => false,
            _ => {
                self.tell_value(element, name, "true or false");
                default
            }
        }
    }

    /// A number within a range; what is none is told and ignored.
    pub(super) fn number(
        &mut self,
        element: &Element<'_>,
        name: &str,
        range: RangeInclusive<f64>,
    ) -> Option<f64> {
        let value = element.value(name)?;
        let number = f64::from_str(value).ok().filter(|number| range.contains(number));
        if number.is_none() {
            self.tell_value(
                element,
                name,
                &format!("a number from {} to {}", range.start(), range.end()),
            );
        }
        number
    }

    /// A count; what is none is told and ignored.
    pub(super) fn count(&mut self, element: &Element<'_>, name: &str) -> Option<u32> {
        let count = u32::from_str(element.value(name)?).ok();
        if count.is_none() {
            self.tell_value(element, name, "a whole number");
        }
        count
    }

    /// One of a vocabulary's tokens, in any letter case; what is none is told and ignored.
    pub(super) fn token<T: Copy>(
        &mut self,
        element: &Element<'_>,
        name: &str,
        tokens: &[(&str, T)],
    ) -> Option<T> {
        let value = element.value(name)?;
        let known = tokens.iter().find(|(token, _)| token.eq_ignore_ascii_case(value));
        if known.is_none() {
            let all: Vec<&str> = tokens.iter().map(|(token, _)| *token).collect();
            self.tell_value(element, name, &format!("one of {}", all.join(", ")));
        }
        known.map(|(_, meaning)| *meaning)
    }

    fn tell_value(&mut self, element: &Element<'_>, name: &str, expected: &str) {
        let Some(attribute) = element.attribute(name) else { return };
        let message = format!(
            "{} of <{}> is {:?}, not {expected}",
            attribute.name, element.name, attribute.value,
        );
        self.tell(&codes::SEQUENCING_VALUE, attribute.offset, message);
    }
}
