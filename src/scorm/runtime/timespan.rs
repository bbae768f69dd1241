//! Durations as both run-time data models write them.

use serde::{Deserialize, Serialize};
use std::{fmt, ops::Add};

/// A duration in whole centiseconds, the resolution of `CMITimespan` (SCORM 1.2 RTE 3.4.2) and of
/// `timeinterval(second,10,2)` (SCORM 2004 RTE 4.1.1.7).
///
/// Addition saturates: hostile content may report more than 64 bits of time.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Timespan(u64);

const SECOND: u64 = 100;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
/// A calendar month has no fixed length; one of a duration counts as 30 days.
const MONTH: u64 = 30 * DAY;
/// A year of a duration counts as 365 days.
const YEAR: u64 = 365 * DAY;

impl Timespan {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// A duration of so many centiseconds.
    pub const fn from_centiseconds(centiseconds: u64) -> Self {
        Self(centiseconds)
    }

    /// The duration in centiseconds.
    pub const fn centiseconds(self) -> u64 {
        self.0
    }

    /// This duration without `other`; none when that is longer.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// Reads a `CMITimespan`: `HHHH:MM:SS.SS`. Minutes and seconds may run to 99, as the
    /// specification allows. Beyond it, one to nine digits of hours and of decimals are read, the
    /// latter down to centiseconds.
    pub fn parse_scorm12(text: &str) -> Option<Self> {
        let (hours, rest) = text.split_once(':')?;
        let (minutes, seconds) = rest.split_once(':')?;
        let fits = (1..=9).contains(&hours.len()) && minutes.len() == 2;
        let (whole, _) = seconds.split_once('.').unwrap_or((seconds, ""));
        if !fits || whole.len() != 2 {
            return None;
        }
        let total = count(hours)?.saturating_mul(HOUR)
            + count(minutes)?.saturating_mul(MINUTE)
            + centiseconds(seconds)?;
        Some(Self(total))
    }

    /// Reads a `timeinterval(second,10,2)`: `P[yY][mM][dD][T[hH][nM][s[.s[s]]S]]` with at least one
    /// component, and at least one after a `T`. Beyond the specification, up to nine decimals are
    /// read, down to centiseconds.
    pub fn parse_scorm2004(text: &str) -> Option<Self> {
        let rest = text.strip_prefix('P')?;
        let (date, time) = match rest.split_once('T') {
            Some((date, time)) => (date, Some(time)),
            None => (rest, None),
        };
        if time.is_some_and(str::is_empty) || (date.is_empty() && time.is_none()) {
            return None;
        }
        let days = components(date, &[('Y', YEAR), ('M', MONTH), ('D', DAY)])?;
        let clock = components(time.unwrap_or(""), &[('H', HOUR), ('M', MINUTE), ('S', SECOND)])?;
        Some(Self(days.saturating_add(clock)))
    }

    /// Prints a `CMITimespan`, at most `9999:99:99.99`.
    pub fn to_scorm12(self) -> String {
        const LARGEST: u64 = 9999 * HOUR + 99 * MINUTE + 99 * SECOND + 99;
        let total = self.0.min(LARGEST);
        let hours = (total / HOUR).min(9999);
        let rest = total - hours * HOUR;
        let minutes = (rest / MINUTE).min(99);
        let rest = rest - minutes * MINUTE;
        let (seconds, hundredths) = (rest / SECOND, rest % SECOND);
        if hundredths == 0 {
            format!("{hours:04}:{minutes:02}:{seconds:02}")
        } else {
            format!("{hours:04}:{minutes:02}:{seconds:02}.{hundredths:02}")
        }
    }

    /// Prints a `timeinterval(second,10,2)` in hours, minutes and seconds (`PT1H5M0.5S`): content
    /// reads these more reliably than days, and they are exact.
    pub fn to_scorm2004(self) -> String {
        let (hours, minutes) = (self.0 / HOUR, self.0 % HOUR / MINUTE);
        let (seconds, hundredths) = (self.0 % MINUTE / SECOND, self.0 % SECOND);
        if hundredths == 0 {
            format!("PT{hours}H{minutes}M{seconds}S")
        } else {
            let fraction = format!("{hundredths:02}");
            format!("PT{hours}H{minutes}M{seconds}.{}S", fraction.trim_end_matches('0'))
        }
    }
}

impl Add for Timespan {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl fmt::Display for Timespan {
    /// As ISO 8601 (xAPI `result.duration`).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_scorm2004())
    }
}

/// Sums `<digits><letter>` components that stand in the order of `units`, each at most once.
fn components(text: &str, units: &[(char, u64)]) -> Option<u64> {
    let (mut rest, mut total) = (text, 0u64);
    for &(letter, unit) in units {
        let Some(end) = rest.find(|c: char| !c.is_ascii_digit() && c != '.') else { continue };
        let (number, tail) = rest.split_at(end);
        let Some(tail) = tail.strip_prefix(letter) else { continue };
        let part =
            if letter == 'S' { centiseconds(number)? } else { count(number)?.saturating_mul(unit) };
        total = total.saturating_add(part);
        rest = tail;
    }
    rest.is_empty().then_some(total)
}

/// Reads one or more digits; what 64 bits cannot hold saturates.
fn count(digits: &str) -> Option<u64> {
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    Some(
        digits
            .bytes()
            .fold(0u64, |sum, b| sum.saturating_mul(10).saturating_add(u64::from(b - b'0'))),
    )
}

/// Reads seconds with at most nine decimals, down to centiseconds.
fn centiseconds(text: &str) -> Option<u64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    if fraction.len() > 9 {
        return None;
    }
    let nanoseconds = count(&format!("{fraction:0<9}")).filter(|_| !fraction.is_empty())?;
    Some(count(whole)?.saturating_mul(SECOND).saturating_add(nanoseconds / 10_000_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn iso_durations_are_read_to_the_centisecond() {
        for (text, expected) in [
            ("PT0H0M0S", Some(0)),
            ("PT01H059M020S", Some(HOUR + 59 * MINUTE + 20 * SECOND)),
            (
                "P1Y6M14DT4H15M6.34S",
                Some(YEAR + 6 * MONTH + 14 * DAY + 4 * HOUR + 15 * MINUTE + 634),
            ),
            ("PT0.5S", Some(50)),
            ("P0Y029DT0H", Some(29 * DAY)),
            ("P6M", Some(6 * MONTH)),
            ("PT6M", Some(6 * MINUTE)),
            ("P", None),
            ("PT", None),
            ("P1DT", None),
            ("P1D4H", None),
            ("1Y", None),
            ("PT1.5H", None),
            ("PT1.239S", Some(123)),
            ("PT1.S", None),
            ("PT1.1234567890S", None),
            ("PT1M2H", None),
            ("PT-1S", None),
            ("PT1S ", None),
            ("PTS", None),
        ] {
            let read = Timespan::parse_scorm2004(text).map(Timespan::centiseconds);
            assert_eq!(read, expected, "{text}");
        }
    }

    #[test]
    fn cmi_timespans_are_read_to_the_centisecond() {
        for (text, expected) in [
            ("00:00:00", Some(0)),
            ("0001:02:03.4", Some(HOUR + 2 * MINUTE + 340)),
            ("9999:99:99.99", Some(9999 * HOUR + 99 * MINUTE + 9999)),
            ("1:02:03", Some(HOUR + 2 * MINUTE + 300)),
            ("00001:02:03.456", Some(HOUR + 2 * MINUTE + 345)),
            (":02:03", None),
            ("1234567890:00:00", None),
            ("00:2:03", None),
            ("00:02:03.", None),
            ("00:02", None),
            ("ab:00:00", None),
        ] {
            let read = Timespan::parse_scorm12(text).map(Timespan::centiseconds);
            assert_eq!(read, expected, "{text}");
        }
    }

    #[test]
    fn what_is_printed_reads_back() {
        for centiseconds in [0, 1, 10, 99, 100, 6_000, 359_999, 360_001, 12_345_678] {
            let span = Timespan::from_centiseconds(centiseconds);
            assert_eq!(Timespan::parse_scorm2004(&span.to_scorm2004()), Some(span));
            assert_eq!(Timespan::parse_scorm12(&span.to_scorm12()), Some(span));
        }
    }

    #[test]
    fn more_time_than_fits_saturates() {
        let digits = "9".repeat(400);
        let span = Timespan::parse_scorm2004(&format!("P{digits}YT{digits}S")).expect("valid");
        assert_eq!((span + span).centiseconds(), u64::MAX);
        assert_eq!(span.to_scorm12(), "9999:99:99.99");
    }
}
