//! ISO 8601 durations: of the calendar, and of elapsed time.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::{fmt, str::FromStr, time::Duration};

/// A text is not a duration of the kind that is asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not {expected}: {text:?}")]
pub struct ParseSpanError {
    expected: &'static str,
    text: String,
}

/// A length of time in the calendar: years and months, weeks and days, such as `P1Y` or `P30D`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Span {
    months: u32,
    days: u32,
}

impl Span {
    /// Years and months together, in months.
    pub const fn months(self) -> u32 {
        self.months
    }

    /// Weeks and days together, in days.
    pub const fn days(self) -> u32 {
        self.days
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("P")?;
        let parts = [(self.months / 12, 'Y'), (self.months % 12, 'M'), (self.days, 'D')];
        for (count, unit) in parts.into_iter().filter(|(count, _)| *count > 0) {
            write!(f, "{count}{unit}")?;
        }
        if *self == Self::default() { f.write_str("0D") } else { Ok(()) }
    }
}

impl FromStr for Span {
    type Err = ParseSpanError;

    fn from_str(text: &str) -> Result<Self, ParseSpanError> {
        let refuse = || ParseSpanError {
            expected: "a duration of years, months, weeks and days such as P1Y or P30D",
            text: text.to_owned(),
        };
        let parts = Parts::read(text).filter(|parts| parts.seconds.is_none()).ok_or_else(refuse)?;
        let months =
            parts.years.checked_mul(12).and_then(|months| months.checked_add(parts.months));
        let days = parts.weeks.checked_mul(7).and_then(|days| days.checked_add(parts.days));
        months.zip(days).map(|(months, days)| Self { months, days }).ok_or_else(refuse)
    }
}

/// A length of elapsed time, such as `PT5M` or `P7D`: a day of it is 24 hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Elapsed(Duration);

impl Elapsed {
    /// As many seconds.
    pub const fn seconds(seconds: u64) -> Self {
        Self(Duration::from_secs(seconds))
    }

    /// The duration.
    pub const fn duration(self) -> Duration {
        self.0
    }
}

impl FromStr for Elapsed {
    type Err = ParseSpanError;

    fn from_str(text: &str) -> Result<Self, ParseSpanError> {
        let refuse = || ParseSpanError {
            expected: "a duration of weeks, days, hours, minutes and seconds such as P7D or PT5M",
            text: text.to_owned(),
        };
        let parts = Parts::read(text).ok_or_else(refuse)?;
        if parts.years > 0 || parts.months > 0 {
            return Err(refuse());
        }
        let days = f64::from(parts.weeks) * 7.0 + f64::from(parts.days);
        let seconds = days * 86_400.0 + parts.seconds.unwrap_or_default();
        Duration::try_from_secs_f64(seconds).map(Self).map_err(|_| refuse())
    }
}

/// The seconds that an xAPI `result.duration` says (Data 4.6), a month taken as 30 days and a year
/// as 365 since no day is known to count from; `None` when it is none.
pub(crate) fn result_duration(text: &str) -> Option<f64> {
    let parts = Parts::read(text)?;
    let days = f64::from(parts.years) * 365.0
        + f64::from(parts.months) * 30.0
        + f64::from(parts.weeks) * 7.0
        + f64::from(parts.days);
    Some(days * 86_400.0 + parts.seconds.unwrap_or_default())
}

/// What an ISO 8601 duration is made of.
#[derive(Debug, Default)]
struct Parts {
    years: u32,
    months: u32,
    weeks: u32,
    days: u32,
    /// Hours, minutes and seconds together; `None` when there is no time part.
    seconds: Option<f64>,
}

impl Parts {
    fn read(text: &str) -> Option<Self> {
        let text = text.strip_prefix('P')?;
        let (date, time) = match text.split_once('T') {
            Some((date, time)) => (date, Some(time)),
            None => (text, None),
        };
        let mut parts = Self::default();
        let mut units = "YMWD";
        for (number, unit) in components(date)? {
            units = &units[units.find(unit)? + 1..];
            let number = number.parse().ok()?;
            match unit {
                'Y' => parts.years = number,
                'M' => parts.months = number,
                'W' => parts.weeks = number,
                _ => parts.days = number,
            }
        }
        let Some(time) = time else { return (!date.is_empty()).then_some(parts) };
        let mut units = "HMS";
        let mut seconds = 0.0;
        for (number, unit) in components(time)? {
            units = &units[units.find(unit)? + 1..];
            let number: f64 = number.parse().ok()?;
            seconds += number
                * if unit == 'H' {
                    3600.0
                } else if unit == 'M' {
                    60.0
                } else {
                    1.0
                };
        }
        parts.seconds = Some(seconds);
        (!time.is_empty()).then_some(parts)
    }
}

/// `12M30S` as `("12", 'M')` and `("30", 'S')`; `None` when it is not made so.
fn components(mut text: &str) -> Option<Vec<(&str, char)>> {
    let mut found = Vec::new();
    while !text.is_empty() {
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let unit = text[end..].chars().next()?;
        if end == 0 || !unit.is_ascii_uppercase() {
            return None;
        }
        found.push((&text[..end], unit));
        text = &text[end + 1..];
    }
    Some(found)
}

macro_rules! as_text {
    ($name:ident) => {
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
    };
}

as_text!(Span);
as_text!(Elapsed);

impl fmt::Display for Elapsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        match (seconds, seconds % 86_400, seconds % 60) {
            (0, ..) => f.write_str("PT0S"),
            (_, 0, _) => write!(f, "P{}D", seconds / 86_400),
            (.., 0) => write!(f, "PT{}M", seconds / 60),
            _ => write!(f, "PT{seconds}S"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_of_the_calendar_and_print_as_they_are_written() {
        for text in ["P1Y", "P30D", "P6M", "P0D", "P1Y6M", "P1Y2M3D"] {
            assert_eq!(text.parse::<Span>().expect("a span").to_string(), text);
        }
        assert_eq!("P2W".parse::<Span>().expect("a span").days(), 14);
        for text in
            ["", "P", "1Y", "PT5M", "P1DT1H", "P1D1Y", "P-1D", "P1.5D", "P1", "PY", "P99999999999D"]
        {
            assert!(text.parse::<Span>().is_err(), "{text}");
        }
    }

    #[test]
    fn elapsed_time_knows_no_months() {
        let seconds =
            |text: &str| text.parse::<Elapsed>().map(|elapsed| elapsed.duration().as_secs());
        assert_eq!(seconds("PT5M"), Ok(300));
        assert_eq!(seconds("P7D"), Ok(604_800));
        assert_eq!(seconds("P1DT1H"), Ok(90_000));
        assert!(seconds("P1M").is_err());
        assert_eq!("P7D".parse::<Elapsed>().expect("a duration").to_string(), "P7D");
        assert_eq!("PT300S".parse::<Elapsed>().expect("a duration").to_string(), "PT5M");
    }

    #[test]
    fn the_duration_of_a_result_is_read_in_seconds() {
        assert_eq!(result_duration("PT12M30.5S"), Some(750.5));
        assert_eq!(result_duration("P1DT1S"), Some(86_401.0));
        assert_eq!(result_duration("12 minutes"), None);
    }
}
