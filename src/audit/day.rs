//! Civil days, and the calendar arithmetic of deadlines (audit rules, section 1.2).

use crate::Span;
use chrono::{Datelike, Months, NaiveDate, TimeDelta};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::{fmt, str::FromStr};

/// A civil date of the audit time zone; prints as `2025-03-10`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(NaiveDate);

/// A text is not a day.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a day such as 2025-03-10: {0:?}")]
pub struct ParseDayError(pub String);

impl Day {
    /// Before any day that is written down: where a window begins that has no start.
    pub const EVER: Self = Self(NaiveDate::MIN);
    /// After any day that is written down: where an open window ends.
    pub const NEVER: Self = Self(NaiveDate::MAX);

    /// The day that is this date.
    pub const fn of(date: NaiveDate) -> Self {
        Self(date)
    }

    /// The date.
    pub const fn date(self) -> NaiveDate {
        self.0
    }

    /// The day after. The last day has none and stays.
    #[must_use]
    pub fn next(self) -> Self {
        self.plus_days(1)
    }

    /// The day before. The first day has none and stays.
    #[must_use]
    pub fn previous(self) -> Self {
        self.plus_days(-1)
    }

    /// `days` later, or earlier when they are negative.
    #[must_use]
    pub fn plus_days(self, days: i64) -> Self {
        if self == Self::NEVER || self == Self::EVER {
            return self;
        }
        let end = if days < 0 { Self::EVER } else { Self::NEVER };
        let moved = TimeDelta::try_days(days).and_then(|delta| self.0.checked_add_signed(delta));
        moved.map_or(end, Self)
    }

    /// `span` later: years and months first, with the day clamped to the last of the target month,
    /// then weeks and days (1.2.3). Never 365 days for a year.
    #[must_use]
    pub fn plus(self, span: Span) -> Self {
        if self == Self::NEVER || self == Self::EVER {
            return self;
        }
        let moved = self.0.checked_add_months(Months::new(span.months()));
        moved.map_or(Self::NEVER, |date| Self(date).plus_days(i64::from(span.days())))
    }

    /// `span` earlier, the mirror of [`Day::plus`] (1.10.15).
    #[must_use]
    pub fn minus(self, span: Span) -> Self {
        if self == Self::NEVER || self == Self::EVER {
            return self;
        }
        let moved = self.0.checked_sub_months(Months::new(span.months()));
        moved.map_or(Self::EVER, |date| Self(date).plus_days(-i64::from(span.days())))
    }

    /// Days from `earlier` to this one; negative when it is the later one.
    pub fn days_since(self, earlier: Self) -> i64 {
        (self.0 - earlier.0).num_days()
    }

    /// The quarter that it is in.
    pub fn quarter(self) -> Quarter {
        Quarter { year: self.0.year(), number: self.0.month0() / 3 + 1 }
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl FromStr for Day {
    type Err = ParseDayError;

    fn from_str(text: &str) -> Result<Self, ParseDayError> {
        let refuse = || ParseDayError(text.to_owned());
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        if text.len() != 10 || digits != 8 {
            return Err(refuse());
        }
        NaiveDate::parse_from_str(text, "%Y-%m-%d").map(Self).map_err(|_| refuse())
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// A quarter of a year; prints as `2025-Q1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quarter {
    year: i32,
    number: u32,
}

impl Quarter {
    /// The quarter that follows.
    #[must_use]
    pub fn next(self) -> Self {
        match self.number {
            4 => Self { year: self.year + 1, number: 1 },
            number => Self { year: self.year, number: number + 1 },
        }
    }

    /// Its first day.
    pub fn first_day(self) -> Day {
        NaiveDate::from_ymd_opt(self.year, self.number * 3 - 2, 1).map_or(Day::NEVER, Day)
    }

    /// Its last day.
    pub fn last_day(self) -> Day {
        self.next().first_day().previous()
    }
}

impl fmt::Display for Quarter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-Q{}", self.year, self.number)
    }
}

impl Serialize for Quarter {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().expect("a day")
    }

    fn span(text: &str) -> Span {
        text.parse().expect("a span")
    }

    #[test]
    fn months_and_years_are_added_by_the_calendar_and_clamped_to_the_month_1_2_3() {
        for (from, by, to) in [
            ("2024-02-29", "P1Y", "2025-02-28"),
            ("2024-08-31", "P6M", "2025-02-28"),
            ("2025-02-28", "P6M", "2025-08-28"),
            ("2024-01-31", "P1M", "2024-02-29"),
            ("2024-03-15", "P1Y", "2025-03-15"),
            ("2024-02-28", "P1Y1M", "2025-03-28"),
            ("2024-02-29", "P1Y1M", "2025-03-29"),
            ("2025-12-30", "P30D", "2026-01-29"),
            ("2025-01-31", "P1M1D", "2025-03-01"),
            ("2025-01-01", "P2W", "2025-01-15"),
        ] {
            assert_eq!(day(from).plus(span(by)), day(to), "{from} + {by}");
        }
        assert_eq!(day("2025-03-31").minus(span("P1M")), day("2025-02-28"));
        assert_eq!(Day::NEVER.plus(span("P1Y")), Day::NEVER);
    }

    #[test]
    fn a_day_is_written_in_one_way_only() {
        for text in
            ["2025-3-10", "2025-03-10T00:00:00Z", "2025-02-30", "", "+2025-03-1", "20250310"]
        {
            assert!(text.parse::<Day>().is_err(), "{text}");
        }
    }

    #[test]
    fn quarters_end_on_the_last_day_of_their_third_month() {
        let quarter = day("2025-11-15").quarter();
        assert_eq!(quarter.to_string(), "2025-Q4");
        assert_eq!(quarter.last_day(), day("2025-12-31"));
        assert_eq!(quarter.next().first_day(), day("2026-01-01"));
    }
}
