//! Durations (ISO 8601:2004 section 4.4.3.2).

use std::borrow::Cow;

/// Whether `text` is `PnYnMnDTnHnMnS`, any component left out but not all, or `PnW`; only the last
/// component may have a fraction (XAPI-00077, XAPI-00124).
pub(crate) fn is_duration(text: &str) -> bool {
    let Some(rest) = text.strip_prefix('P') else { return false };
    if let Some(weeks) = rest.strip_suffix('W') {
        return number(weeks).is_some();
    }
    let (date, time) = match rest.split_once('T') {
        Some((_, "")) => return false,
        Some((date, time)) => (date, time),
        None if rest.is_empty() => return false,
        None => (rest, ""),
    };
    match (components(date, "YMD"), components(time, "HMS")) {
        (Some(date_fraction), Some(_)) => !date_fraction || time.is_empty(),
        _ => false,
    }
}

/// Reads components whose designators come in the order of `designators`; whether the last has a
/// fraction, or `None` if the text is something else.
fn components(mut text: &str, designators: &str) -> Option<bool> {
    let mut fraction = false;
    let mut allowed = designators;
    while !text.is_empty() {
        let at = text.find(|c: char| c.is_ascii_uppercase())?;
        let designator = text[at..].chars().next()?;
        let place = allowed.find(designator)?;
        if fraction {
            return None;
        }
        fraction = number(&text[..at])?;
        allowed = &allowed[place + 1..];
        text = &text[at + 1..];
    }
    Some(fraction)
}

/// Whether a component's number has a fraction; `None` if it is no number.
fn number(text: &str) -> Option<bool> {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    match text.split_once(['.', ',']) {
        Some((whole, fraction)) => (digits(whole) && digits(fraction)).then_some(true),
        None => digits(text).then_some(false),
    }
}

/// The text to compare durations by: seconds cut, not rounded, to hundredths (Data 4.6).
pub(crate) fn duration_in_hundredths(text: &str) -> Cow<'_, str> {
    let Some((whole, fraction)) = text.strip_suffix('S').and_then(|t| t.split_once(['.', ',']))
    else {
        return Cow::Borrowed(text);
    };
    let kept = fraction.get(..2).unwrap_or(fraction).trim_end_matches('0');
    let point = if kept.is_empty() { "" } else { "." };
    Cow::Owned(format!("{whole}{point}{kept}S"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xapi_00124_the_alternative_format_and_mixed_weeks_are_refused() {
        for text in [
            "PT4H35M59.14S",
            "PT16559.14S",
            "P3Y1M29DT4H35M59.14S",
            "P3Y",
            "P4W",
            "P0.5Y",
            "PT0S",
            "PT1,5S",
            "P1M",
            "PT1M",
            "P1DT12H36M0.12567S",
        ] {
            assert!(is_duration(text), "{text}");
        }
        for text in [
            "",
            "P",
            "PT",
            "P1",
            "PT1",
            "P4W1D",
            "P1Y2W",
            "PA1H0M0S",
            "P0003-06-04T12:30:05",
            "1H",
            "-PT1H",
            "PT1H1H",
            "PT1S1M",
            "PT1.5H1M",
            "P1.5DT1H",
            "P1S",
            "PT1Y",
            "PT.5S",
            "PT1.S",
            "pt1h",
            "P1DT",
            "W",
            "PW",
        ] {
            assert!(!is_duration(text), "{text}");
        }
    }

    #[test]
    fn durations_are_compared_to_hundredths_of_a_second() {
        for (text, compared) in [
            ("PT1.239S", "PT1.23S"),
            ("PT1.2S", "PT1.2S"),
            ("PT1.001S", "PT1S"),
            ("PT1,5S", "PT1.5S"),
            ("PT1.5H", "PT1.5H"),
            ("P1Y", "P1Y"),
        ] {
            assert_eq!(duration_in_hundredths(text), compared);
        }
    }
}
