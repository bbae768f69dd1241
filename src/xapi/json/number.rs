//! Exact decimals: JSON numbers compared by value without ever rounding them.

use std::cmp::Ordering;

/// A JSON number taken apart: `0.digits × 10^exponent`, without leading or trailing zeros.
///
/// Two are equal when their values are, however they are written: `1`, `1.0`, `10e-1`.
#[derive(Debug, Clone, Copy)]
pub struct Decimal<'a> {
    negative: bool,
    /// The digits before the point, then those after it; together without outer zeros.
    whole: &'a str,
    fraction: &'a str,
    /// Power of ten of the digit before which the point of `0.digits` stands.
    exponent: i128,
}

impl<'a> Decimal<'a> {
    /// Takes a text that is a number by the grammar of JSON.
    pub(super) fn of_json(text: &'a str) -> Self {
        let (negative, unsigned) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (mantissa, power) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        // An exponent beyond i64 has no use; clamped, so that sums below cannot overflow.
        let limit = if power.starts_with('-') { i64::MIN } else { i64::MAX };
        let power = i128::from(power.parse().unwrap_or(limit));

        let whole = whole.trim_start_matches('0');
        let fraction = fraction.trim_end_matches('0');
        let zeros = fraction.len() - fraction.trim_start_matches('0').len();
        let length = |text: &str| i128::try_from(text.len()).unwrap_or(i128::MAX);
        if whole.is_empty() && fraction.is_empty() {
            Self { negative: false, whole, fraction, exponent: 0 }
        } else if whole.is_empty() {
            let exponent = power - i128::try_from(zeros).unwrap_or(0);
            Self { negative, whole, fraction: &fraction[zeros..], exponent }
        } else {
            let exponent = power + length(whole);
            let whole = if fraction.is_empty() { whole.trim_end_matches('0') } else { whole };
            Self { negative, whole, fraction, exponent }
        }
    }

    /// A small whole number, to compare with.
    pub fn whole(text: &'a str) -> Option<Self> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let fits = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
        fits.then(|| Self::of_json(text))
    }

    /// Whether the value is a whole number (`length` of an attachment: Integer).
    pub fn is_integer(self) -> bool {
        let digits = self.whole.len() + self.fraction.len();
        i128::try_from(digits).is_ok_and(|digits| digits <= self.exponent.max(0))
    }

    /// Whether the value is below zero.
    pub fn is_negative(self) -> bool {
        self.negative
    }

    fn is_zero(self) -> bool {
        self.whole.is_empty() && self.fraction.is_empty()
    }

    fn digits(self) -> impl Iterator<Item = u8> {
        self.whole.bytes().chain(self.fraction.bytes())
    }

    fn magnitude(self, other: Self) -> Ordering {
        match (self.is_zero(), other.is_zero()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            (false, false) => {
                self.exponent.cmp(&other.exponent).then_with(|| self.digits().cmp(other.digits()))
            }
        }
    }
}

impl Ord for Decimal<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.negative, other.negative) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, false) => self.magnitude(*other),
            (true, true) => other.magnitude(*self),
        }
    }
}

impl PartialOrd for Decimal<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Decimal<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Decimal<'_> {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_are_equal_by_value_however_written() {
        for (one, two) in [
            ("1", "1.0"),
            ("10", "1e1"),
            ("0.1", "1e-1"),
            ("100e-2", "1"),
            ("-0", "0"),
            ("0e9", "0.000"),
            (
                "1234567890123456789012345678901234567890",
                "1.23456789012345678901234567890123456789e39",
            ),
        ] {
            assert_eq!(Decimal::of_json(one), Decimal::of_json(two), "{one} {two}");
        }
    }

    #[test]
    fn big_numbers_that_a_double_confuses_differ() {
        for (less, more) in [
            ("9007199254740992", "9007199254740993"),
            ("0.1", "0.10000000000000000001"),
            ("-2", "-1"),
            ("-1", "0"),
            ("1e400", "1e401"),
            ("5e-400", "6e-400"),
            ("99", "100"),
        ] {
            assert!(Decimal::of_json(less) < Decimal::of_json(more), "{less} {more}");
        }
    }

    #[test]
    fn whole_numbers_are_told_from_fractions() {
        for (text, whole) in [
            ("5", true),
            ("5.0", true),
            ("50e-1", true),
            ("0", true),
            ("5.5", false),
            ("5e-1", false),
        ] {
            assert_eq!(Decimal::of_json(text).is_integer(), whole, "{text}");
        }
    }

    proptest! {
        #[test]
        fn order_is_that_of_the_integers(a in any::<i64>(), b in any::<i64>(), zeros in 0..5usize) {
            let written = format!("{a}.{}", "0".repeat(zeros + 1));
            let other = b.to_string();
            prop_assert_eq!(Decimal::of_json(&written).cmp(&Decimal::of_json(&other)), a.cmp(&b));
        }
    }
}
