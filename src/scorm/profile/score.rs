//! Scores as `result.score`, valid whatever content reports.

use crate::manifest::Edition;
use crate::runtime::Score;
use crate::tree::scaled_of_raw;
use serde_json::{Map, Number, Value};

/// A number as JSON, whole ones without a decimal point; `None` when it is not finite.
pub(super) fn number(value: f64) -> Option<Value> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if value.fract() == 0.0 && value.abs() < EXACT {
        #[expect(clippy::cast_possible_truncation, reason = "whole and within 2^53")]
        return Some(Value::from(value as i64));
    }
    Number::from_f64(value).map(Value::Number)
}

/// A score of the run-time data with its scaled value, which SCORM 1.2 leaves to the LMS.
pub(super) fn with_scaled(edition: Edition, score: Score) -> Score {
    let scaled = if edition.is_2004() {
        score.scaled
    } else {
        scaled_of_raw(score.raw, score.min, score.max)
    };
    Score { scaled, ..score }
}

/// A score that xAPI allows, and the reported one where something had to be left out of it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct XapiScore {
    /// `result.score`; absent when nothing can be said.
    pub(super) score: Option<Value>,
    /// What was reported, when `score` says less.
    pub(super) reported: Option<Value>,
}

/// Makes `result.score` of a score (xAPI 1.0.3 Data 2.4.5.1): scaled within −1…1, min below max,
/// raw within them. What does not fit is left out, and all that was reported kept beside it.
pub(super) fn xapi_score(score: &Score) -> XapiScore {
    let scaled = score.scaled.filter(|scaled| (-1.0..=1.0).contains(scaled));
    let finite = |value: Option<f64>| value.filter(|value| value.is_finite());
    let (mut min, mut max) = (finite(score.min), finite(score.max));
    if min.zip(max).is_some_and(|(min, max)| min >= max) {
        (min, max) = (None, None);
    }
    let raw = finite(score.raw)
        .filter(|raw| min.is_none_or(|min| min <= *raw) && max.is_none_or(|max| *raw <= max));
    let allowed = Score { raw, min, max, scaled };
    XapiScore {
        reported: (allowed != *score).then(|| object(score)).flatten(),
        score: object(&allowed),
    }
}

fn object(score: &Score) -> Option<Value> {
    let parts =
        [("scaled", score.scaled), ("raw", score.raw), ("min", score.min), ("max", score.max)];
    let map: Map<String, Value> = parts
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), number(value?)?)))
        .collect();
    (!map.is_empty()).then_some(Value::Object(map))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_score_that_xapi_forbids_is_cut_down_and_kept_beside() {
        let score = |scaled, raw, min, max| Score { raw, min, max, scaled };
        for (given, allowed, reported) in [
            (score(None, None, None, None), None, None),
            (score(Some(0.5), None, None, None), Some(json!({"scaled": 0.5})), None),
            (
                score(Some(0.85), Some(85.0), Some(0.0), Some(100.0)),
                Some(json!({"scaled": 0.85, "raw": 85, "min": 0, "max": 100})),
                None,
            ),
            (
                score(None, Some(120.0), Some(0.0), Some(100.0)),
                Some(json!({"min": 0, "max": 100})),
                Some(json!({"raw": 120, "min": 0, "max": 100})),
            ),
            (
                score(None, Some(5.0), Some(10.0), Some(10.0)),
                Some(json!({"raw": 5})),
                Some(json!({"raw": 5, "min": 10, "max": 10})),
            ),
            (score(Some(1.5), None, None, None), None, Some(json!({"scaled": 1.5}))),
            (score(None, Some(f64::INFINITY), None, None), None, None),
        ] {
            let made = xapi_score(&given);
            assert_eq!((made.score, made.reported), (allowed, reported), "{given:?}");
        }
    }
}
