//! SCORM 1.2 scores on a scale of 0 to 1.

/// What a SCORM 1.2 score is on a scale of 0 to 1, to seven decimals: (raw − min) / (max − min),
/// where a minimum that was not given is 0, and raw / 100 when no maximum was given and raw is in
/// 0…100. `None` when that says nothing (raw outside its range, an empty range).
pub fn scaled_of_raw(raw: Option<f64>, min: Option<f64>, max: Option<f64>) -> Option<f64> {
    let raw = raw.filter(|raw| raw.is_finite())?;
    let (low, high) = match (min, max) {
        (min, Some(max)) => (min.unwrap_or(0.0), max),
        _ => (0.0, 100.0),
    };
    if low.is_finite() && high.is_finite() && low < high && (low..=high).contains(&raw) {
        let scaled = (raw - low) / (high - low);
        Some((scaled * 1e7).round() / 1e7)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::scaled_of_raw;

    #[test]
    fn a_raw_score_is_scaled_by_its_range_or_out_of_a_hundred() {
        for (raw, min, max, scaled) in [
            (Some(85.0), None, None, Some(0.85)),
            (Some(85.0), Some(0.0), Some(100.0), Some(0.85)),
            (Some(8.0), None, Some(10.0), Some(0.8)),
            (Some(15.0), Some(10.0), Some(20.0), Some(0.5)),
            (Some(-5.0), Some(-10.0), Some(0.0), Some(0.5)),
            (Some(2.0), Some(0.0), Some(3.0), Some(0.666_666_7)),
            // a minimum alone gives no range
            (Some(50.0), Some(10.0), None, Some(0.5)),
            (Some(120.0), None, None, None),
            (Some(-1.0), None, None, None),
            (Some(11.0), Some(0.0), Some(10.0), None),
            (Some(5.0), Some(10.0), Some(10.0), None),
            (Some(5.0), Some(10.0), Some(0.0), None),
            (Some(f64::INFINITY), None, None, None),
            (None, Some(0.0), Some(10.0), None),
        ] {
            assert_eq!(scaled_of_raw(raw, min, max), scaled, "{raw:?} {min:?} {max:?}");
        }
    }
}
