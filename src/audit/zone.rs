//! The audit time zone: which civil day an instant is on (audit rules, 1.2.1).

use crate::Day;
use chrono::{Datelike, Offset, TimeZone, Timelike, Weekday};
use chrono_tz::Tz;
use domain::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::{fmt, str::FromStr};

/// The version of the IANA time zone data that days are found by.
pub const TIME_ZONE_DATA_VERSION: &str = chrono_tz::IANA_TZDB_VERSION;

/// An IANA time zone, by its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Zone(Tz);

/// A text is not the id of a time zone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not the id of a time zone such as Europe/Berlin: {0:?}")]
pub struct ParseZoneError(pub String);

impl Zone {
    /// Coordinated universal time.
    pub const UTC: Self = Self(Tz::UTC);

    /// The civil day on which `at` is.
    pub fn day(self, at: Timestamp) -> Day {
        Day::of(self.local(at).date())
    }

    /// The day of the week and the hour (0 to 23) at which `at` is.
    pub(crate) fn weekday_and_hour(self, at: Timestamp) -> (Weekday, u32) {
        let local = self.local(at);
        (local.weekday(), local.hour())
    }

    /// `at` as a clock on the wall shows it, to the second, with the offset: `2025-03-10 08:00:00
    /// +01:00`.
    pub fn wall_clock(self, at: Timestamp) -> String {
        let offset = self.0.offset_from_utc_datetime(&at.to_datetime().naive_utc()).fix();
        format!("{} {offset}", self.local(at).format("%Y-%m-%d %H:%M:%S"))
    }

    fn local(self, at: Timestamp) -> chrono::NaiveDateTime {
        at.to_datetime().with_timezone(&self.0).naive_local()
    }
}

impl Default for Zone {
    fn default() -> Self {
        Self::UTC
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name())
    }
}

impl FromStr for Zone {
    type Err = ParseZoneError;

    fn from_str(text: &str) -> Result<Self, ParseZoneError> {
        text.parse().map(Self).map_err(|_| ParseZoneError(text.to_owned()))
    }
}

impl Serialize for Zone {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Zone {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_is_that_of_the_zone_with_its_daylight_saving_time_1_2_1() {
        let day = |zone: &str, at: &str| {
            let zone: Zone = zone.parse().expect("a zone");
            zone.day(at.parse().expect("an instant")).to_string()
        };
        assert_eq!(day("UTC", "2025-01-31T23:30:00-08:00"), "2025-02-01");
        assert_eq!(day("America/Los_Angeles", "2025-01-31T23:30:00-08:00"), "2025-01-31");
        assert_eq!(day("America/Los_Angeles", "2025-03-11T06:59:59Z"), "2025-03-10");
        assert_eq!(day("America/Los_Angeles", "2025-03-11T07:00:00Z"), "2025-03-11");
        assert_eq!(day("Asia/Tokyo", "2025-01-31T15:00:00Z"), "2025-02-01");
        assert!("UTC+1".parse::<Zone>().is_err());
    }
}
