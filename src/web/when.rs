//! Days and instants in parameters, times and durations in answers.

use crate::{parameters::Parameters, problem::Problem};
use domain::Timestamp;
use std::time::Duration;

const DAY: Duration = Duration::from_hours(24);

/// The instant at which a period begins: a day (UTC) or an RFC 3339 time.
pub(crate) fn from(parameters: &Parameters, name: &str) -> Result<Option<Timestamp>, Problem> {
    parameters.get(name).map(|text| instant(text, name).map(|(at, _)| at)).transpose()
}

/// The instant before which a period ends; a day is part of it.
pub(crate) fn to(parameters: &Parameters, name: &str) -> Result<Option<Timestamp>, Problem> {
    let end = |(at, is_day): (Timestamp, bool)| if is_day { at.plus(DAY) } else { at };
    parameters.get(name).map(|text| instant(text, name).map(end)).transpose()
}

fn instant(text: &str, name: &str) -> Result<(Timestamp, bool), Problem> {
    let day = (text.len() == 10).then(|| format!("{text}T00:00:00Z").parse().ok()).flatten();
    if let Some(day) = day {
        return Ok((day, true));
    }
    // A plus sign that was not encoded has become a space.
    let time = text.replace(' ', "+").parse().map_err(|_| {
        let detail = "must be a day (2025-03-10) or a time (2025-03-10T08:00:00Z)";
        Problem::invalid_at(name, detail)
    })?;
    Ok((time, false))
}

/// A duration in ISO 8601: hours, minutes, and seconds to the hundredth.
pub(crate) fn iso_duration(duration: Duration) -> String {
    let centis = duration.as_millis() / 10;
    let (hours, minutes) = (centis / 360_000, centis / 6_000 % 60);
    let (seconds, hundredths) = (centis / 100 % 60, centis % 100);
    let part = |number: u128, unit: &str| match number {
        0 => String::new(),
        _ => format!("{number}{unit}"),
    };
    let rest = match (seconds, hundredths) {
        (0, 0) if centis > 0 => String::new(),
        (_, 0) => format!("{seconds}S"),
        _ => format!("{seconds}.{hundredths:02}S"),
    };
    format!("PT{}{}{rest}", part(hours, "H"), part(minutes, "M"))
}

/// A duration as people read it: `1:02:03`.
pub(crate) fn clock_duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    format!("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight_and_ends_a_day_later() {
        let parameters = Parameters::parse("from=2025-03-10&to=2025-03-10").unwrap();
        let begin = from(&parameters, "from").unwrap().unwrap();
        let end = to(&parameters, "to").unwrap().unwrap();
        assert_eq!(begin.millis(), "2025-03-10T00:00:00.000Z");
        assert_eq!(end.millis(), "2025-03-11T00:00:00.000Z");
    }

    #[test]
    fn times_are_taken_as_they_are_and_nonsense_is_refused() {
        let parameters = Parameters::parse("to=2025-03-10T08:00:00+02:00&from=tomorrow").unwrap();
        let end = to(&parameters, "to").unwrap().unwrap();
        assert_eq!(end.millis(), "2025-03-10T06:00:00.000Z");
        assert!(from(&parameters, "from").is_err());
        assert_eq!(from(&parameters, "absent").unwrap(), None);
    }

    #[test]
    fn durations_are_printed_for_machines_and_for_people() {
        for (millis, iso, clock) in [
            (0, "PT0S", "0:00:00"),
            (1_230, "PT1.23S", "0:00:01"),
            (60_000, "PT1M", "0:01:00"),
            (3_723_000, "PT1H2M3S", "1:02:03"),
            (360_000_000, "PT100H", "100:00:00"),
        ] {
            let duration = Duration::from_millis(millis);
            assert_eq!(
                (iso_duration(duration).as_str(), clock_duration(duration).as_str()),
                (iso, clock)
            );
        }
    }
}
