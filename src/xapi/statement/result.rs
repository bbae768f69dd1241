//! Results and scores (Data 2.4.5).

use crate::{
    check::{boolean, extensions, number, object, string, unknown},
    error::{Checked, refuse},
    json::{Decimal, Value},
    text::is_duration,
};

/// The measured outcome that a statement tells.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Outcome {
    /// `result.success`
    pub success: Option<bool>,
    /// `result.completion`
    pub completion: Option<bool>,
    /// `result.score.scaled`, from -1 to 1, as the nearest double.
    pub scaled: Option<f64>,
    /// `result.duration`, ISO 8601, as sent.
    pub duration: Option<String>,
}

/// Reads a `result`.
pub(crate) fn read_result(value: Value<'_>) -> Checked<Outcome> {
    const KEYS: [&str; 6] =
        ["score", "success", "completion", "response", "duration", "extensions"];
    let mut outcome = Outcome::default();
    for (key, value) in object(value, "result", "XAPI-00006")? {
        match &*key.text() {
            "score" => outcome.scaled = read_score(value)?,
            "success" => outcome.success = Some(boolean(value, "success", "XAPI-00074")?),
            "completion" => outcome.completion = Some(boolean(value, "completion", "XAPI-00075")?),
            "response" => drop(string(value, "response", "XAPI-00076")?),
            "duration" => {
                let text = string(value, "duration", "XAPI-00077")?;
                if !is_duration(&text) {
                    let message = format!("duration must be an ISO 8601 duration, not {text:?}");
                    return refuse(value.offset(), "XAPI-00124", message);
                }
                outcome.duration = Some(text.into_owned());
            }
            "extensions" => extensions(value, "XAPI-00078")?,
            _ => return unknown(key, "result", &KEYS),
        }
    }
    Ok(outcome)
}

/// Checks a score, exactly (XAPI-00079 to 00083), and gives `scaled`.
fn read_score(value: Value<'_>) -> Checked<Option<f64>> {
    let mut scaled = None;
    let (mut raw, mut min, mut max) = (None, None, None);
    for (key, value) in object(value, "score", "XAPI-00079")? {
        match &*key.text() {
            "scaled" => {
                let exact = number(value, "scaled", "XAPI-00083")?;
                let one = Decimal::whole("1");
                let minus_one = Decimal::whole("-1");
                if Some(exact) > one || Some(exact) < minus_one {
                    let message = "scaled must be between -1 and 1";
                    return refuse(value.offset(), "XAPI-00083", message);
                }
                scaled = value.text().parse().ok();
            }
            "raw" => raw = Some((value.offset(), number(value, "raw", "XAPI-00082")?)),
            "min" => min = Some(number(value, "min", "XAPI-00081")?),
            "max" => max = Some((value.offset(), number(value, "max", "XAPI-00080")?)),
            _ => return unknown(key, "score", &["scaled", "raw", "min", "max"]),
        }
    }
    if let (Some(min), Some((offset, max))) = (min, max)
        && max <= min
    {
        return refuse(offset, "XAPI-00080", "max must be more than min");
    }
    if let Some((offset, raw)) = raw {
        if max.is_some_and(|(_, max)| raw > max) {
            return refuse(offset, "XAPI-00082", "raw must not be more than max");
        }
        if min.is_some_and(|min| raw < min) {
            return refuse(offset, "XAPI-00082", "raw must not be less than min");
        }
    }
    Ok(scaled)
}
