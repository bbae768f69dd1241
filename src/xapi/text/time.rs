//! Timestamps: RFC 3339 for xAPI 2.0, ISO 8601 dates with times for 1.0.

use crate::Version;
use domain::Timestamp;

/// Reads a timestamp as `version` allows it (Data 4.5, XAPI-00123).
///
/// Under 2.0 that is RFC 3339. Under 1.0 also the basic format, a comma before the fraction, a time
/// without seconds, an offset of hours alone, and no offset at all, which is taken as UTC. The
/// offset `-00:00` is refused by both: ISO 8601 forbids it.
pub fn parse_time(text: &str, version: Version) -> Option<Timestamp> {
    let mut cursor = Cursor { rest: text.as_bytes(), lenient: version == Version::V1_0 };
    let year = cursor.number(4)?;
    let basic = cursor.lenient && !cursor.skip(b'-');
    if !basic && !cursor.lenient {
        cursor.expect(b'-')?;
    }
    let month = cursor.number(2)?;
    if !basic {
        cursor.expect(b'-')?;
    }
    let day = cursor.number(2)?;
    if !cursor.skip(b'T') && !cursor.skip(b't') && (cursor.lenient || !cursor.skip(b' ')) {
        return None;
    }
    let hour = cursor.number(2)?;
    let (minute, second) = cursor.minute_and_second(basic)?;
    let fraction = cursor.fraction()?;
    let offset = cursor.offset()?;
    let valid = (1..=12).contains(&month)
        && (1..=days_in_month(year, month)).contains(&day)
        && hour <= 23
        && minute <= 59
        && second <= 60
        && cursor.rest.is_empty();
    if !valid {
        return None;
    }
    let seconds = ((days_since_epoch(year, month, day) * 24 + hour) * 60 + minute - offset) * 60;
    Some(Timestamp::from_micros((seconds + second) * 1_000_000 + fraction))
}

struct Cursor<'a> {
    rest: &'a [u8],
    lenient: bool,
}

impl Cursor<'_> {
    fn skip(&mut self, byte: u8) -> bool {
        match self.rest.split_first() {
            Some((&first, rest)) if first == byte => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        self.skip(byte).then_some(())
    }

    fn number(&mut self, digits: usize) -> Option<i64> {
        let (number, rest) = self.rest.split_at_checked(digits)?;
        self.rest = rest;
        number.iter().try_fold(0, |value, byte| {
            byte.is_ascii_digit().then(|| value * 10 + i64::from(byte - b'0'))
        })
    }

    fn minute_and_second(&mut self, basic: bool) -> Option<(i64, i64)> {
        if !basic {
            self.expect(b':')?;
        }
        let minute = self.number(2)?;
        let next = self.rest.first();
        let more = if basic { next.is_some_and(u8::is_ascii_digit) } else { next == Some(&b':') };
        if !more {
            return self.lenient.then_some((minute, 0));
        }
        if !basic {
            self.expect(b':')?;
        }
        Some((minute, self.number(2)?))
    }

    /// Microseconds; digits below are cut off.
    fn fraction(&mut self) -> Option<i64> {
        let pointed = self.skip(b'.') || (self.lenient && self.skip(b','));
        if !pointed {
            return Some(0);
        }
        let digits = self.rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (fraction, rest) = self.rest.split_at_checked(digits)?;
        self.rest = rest;
        let micros = (0..6).fold(0, |value, place| {
            value * 10 + fraction.get(place).map_or(0, |byte| i64::from(byte - b'0'))
        });
        (digits > 0).then_some(micros)
    }

    /// Minutes east of UTC.
    fn offset(&mut self) -> Option<i64> {
        if self.skip(b'Z') || self.skip(b'z') || (self.lenient && self.rest.is_empty()) {
            return Some(0);
        }
        let west = self.skip(b'-');
        if !west {
            self.expect(b'+')?;
        }
        let hours = self.number(2)?;
        let colon = self.skip(b':');
        let minutes = if colon || (self.lenient && !self.rest.is_empty()) {
            self.number(2)?
        } else if self.lenient {
            0
        } else {
            return None;
        };
        let offset = hours * 60 + minutes;
        let valid = hours <= 23 && minutes <= 59 && !(west && offset == 0);
        valid.then_some(if west { -offset } else { offset })
    }
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 in the proleptic Gregorian calendar, counting years from March.
fn days_since_epoch(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn xapi_00123_timestamps_are_iso_8601_and_under_2_0_rfc_3339() {
        for (text, one, two) in [
            ("2015-11-18T12:17:00Z", true, true),
            ("2015-11-18T12:17:00.123456789+00:00", true, true),
            ("2015-11-18t12:17:00z", true, true),
            ("2016-02-29T23:59:60Z", true, true),
            ("2015-11-18T12:17:00-05:30", true, true),
            ("2015-11-18 12:17:00Z", false, true),
            ("2015-11-18T12:17:00", true, false),
            ("2015-11-18T12:17Z", true, false),
            ("2015-11-18T12:17:00+05", true, false),
            ("2015-11-18T12:17:00+0530", true, false),
            ("20151118T121700Z", true, false),
            ("20151118T121700.5+0100", true, false),
            ("2015-11-18T12:17:00,5Z", true, false),
            ("2008-09-15T15:53:00.601-00", false, false),
            ("2008-09-15T15:53:00.601-0000", false, false),
            ("2008-09-15T15:53:00.601-00:00", false, false),
            ("2015-11-18", false, false),
            ("01/011/2015", false, false),
            ("2015-02-29T00:00:00Z", false, false),
            ("2015-13-01T00:00:00Z", false, false),
            ("2015-11-18T24:00:00Z", false, false),
            ("2015-11-18T12:60:00Z", false, false),
            ("2015-11-18T12:17:00.Z", false, false),
            ("2015-11-18T12:17:00Zx", false, false),
            ("2015-11-18T12:17:00+24:00", false, false),
            ("+2015-11-18T12:17:00Z", false, false),
            ("", false, false),
            ("2015-11-1é", false, false),
        ] {
            assert_eq!(parse_time(text, Version::V1_0).is_some(), one, "1.0: {text}");
            assert_eq!(parse_time(text, Version::V2_0).is_some(), two, "2.0: {text}");
        }
    }

    proptest! {
        #[test]
        fn what_a_timestamp_prints_is_read_back(micros in -62_000_000_000_000_000..253_000_000_000_000_000i64) {
            let time = Timestamp::from_micros(micros);
            prop_assert_eq!(parse_time(&time.to_string(), Version::V1_0), Some(time));
            prop_assert_eq!(parse_time(&time.to_string(), Version::V2_0), Some(time));
        }

        #[test]
        fn any_text_is_read_or_refused(text in "\\PC*") {
            let _ = parse_time(&text, Version::V1_0);
        }
    }
}
