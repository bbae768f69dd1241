//! Instants in UTC.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::{fmt, str::FromStr, time::Duration};

/// An instant in UTC, in whole microseconds since 1970-01-01T00:00:00Z.
///
/// Microseconds, because `stored` must order as the log position does and a busy log takes many
/// statements a millisecond. Prints as RFC 3339 with six decimals; [`Timestamp::millis`] prints
/// the three of the JSON API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// A text is not an RFC 3339 date and time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an RFC 3339 date and time: {0:?}")]
pub struct ParseTimestampError(pub String);

/// 9999-12-31T23:59:59.999999Z: the last instant that RFC 3339 can print.
const MICROS_MAX: i64 = 253_402_300_799_999_999;
/// 0000-01-01T00:00:00Z.
const MICROS_MIN: i64 = -62_167_219_200_000_000;

impl Timestamp {
    /// 1970-01-01T00:00:00Z.
    pub const UNIX_EPOCH: Self = Self(0);

    /// An instant by microseconds since the epoch, clamped to the years 0000 to 9999.
    pub const fn from_micros(micros: i64) -> Self {
        if micros > MICROS_MAX {
            Self(MICROS_MAX)
        } else if micros < MICROS_MIN {
            Self(MICROS_MIN)
        } else {
            Self(micros)
        }
    }

    /// Microseconds since the epoch.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// The same instant for calendar arithmetic.
    pub fn to_datetime(self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.0).unwrap_or(DateTime::UNIX_EPOCH)
    }

    /// RFC 3339 in UTC with milliseconds, as the JSON API prints times.
    pub fn millis(self) -> String {
        self.to_datetime().to_rfc3339_opts(SecondsFormat::Millis, true)
    }

    /// This instant and `duration` more.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        let micros = i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
        Self::from_micros(self.0.saturating_add(micros))
    }

    /// This instant and `duration` less.
    #[must_use]
    pub fn minus(self, duration: Duration) -> Self {
        let micros = i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
        Self::from_micros(self.0.saturating_sub(micros))
    }

    /// Time gone since `earlier`; zero when that is later.
    pub fn since(self, earlier: Self) -> Duration {
        u64::try_from(self.0.saturating_sub(earlier.0))
            .map_or(Duration::ZERO, Duration::from_micros)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_datetime().to_rfc3339_opts(SecondsFormat::Micros, true))
    }
}

impl FromStr for Timestamp {
    type Err = ParseTimestampError;

    /// Parses RFC 3339; digits below the microsecond are cut off.
    fn from_str(text: &str) -> Result<Self, ParseTimestampError> {
        DateTime::parse_from_rfc3339(text)
            .map(|time| Self::from_micros(time.timestamp_micros()))
            .map_err(|_| ParseTimestampError(text.to_owned()))
    }
}

impl Serialize for Timestamp {
    /// As [`Timestamp::millis`].
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.millis())
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_six_decimals_in_utc_and_three_for_the_api() {
        let time: Timestamp = "2026-03-10T10:22:45.123456+02:00".parse().unwrap();
        assert_eq!(time.to_string(), "2026-03-10T08:22:45.123456Z");
        assert_eq!(time.millis(), "2026-03-10T08:22:45.123Z");
    }

    #[test]
    fn distances_never_go_below_zero() {
        let early = Timestamp::from_micros(5);
        let late = early.plus(Duration::from_micros(3));
        assert_eq!(late.since(early), Duration::from_micros(3));
        assert_eq!(early.since(late), Duration::ZERO);
        assert_eq!(late.minus(Duration::from_micros(3)), early);
    }

    #[test]
    fn an_instant_outside_the_calendar_is_clamped() {
        let far = Timestamp::from_micros(i64::MAX);
        assert_eq!(far.to_string(), "9999-12-31T23:59:59.999999Z");
        assert_eq!(far.to_string().parse(), Ok(far));
    }
}
