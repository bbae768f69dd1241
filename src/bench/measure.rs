//! What one scenario on one server came to.

use std::time::Duration;

/// Most kinds of errors that are remembered by their text.
const ERRORS_KEPT_MAX: usize = 3;

/// What one connection saw.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Microseconds of each answer that was as it should be.
    latencies: Vec<u32>,
    /// Statements stored or read by them.
    pub(crate) statements: u64,
    pub(crate) errors: u64,
    /// The first errors, in words.
    pub(crate) examples: Vec<String>,
}

impl Tally {
    pub(crate) fn done(&mut self, took: Duration, statements: u64) {
        self.latencies.push(u32::try_from(took.as_micros()).unwrap_or(u32::MAX));
        self.statements += statements;
    }

    pub(crate) fn failed(&mut self, why: String) {
        self.errors += 1;
        self.example(why);
    }

    fn example(&mut self, why: String) {
        if self.examples.len() < ERRORS_KEPT_MAX && !self.examples.contains(&why) {
            self.examples.push(why);
        }
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.latencies.extend(other.latencies);
        self.statements += other.statements;
        self.errors += other.errors;
        other.examples.into_iter().for_each(|why| self.example(why));
    }

    /// Answers that were as they should be.
    pub(crate) fn requests(&self) -> u64 {
        self.latencies.len() as u64
    }

    /// The latencies in order, ready to be asked for.
    pub(crate) fn latencies(&mut self) -> Latencies<'_> {
        self.latencies.sort_unstable();
        Latencies(&self.latencies)
    }
}

/// Sorted latencies.
pub(crate) struct Latencies<'a>(&'a [u32]);

impl Latencies<'_> {
    /// The latency in milliseconds that `percent` of the answers kept; 0 without answers.
    pub(crate) fn percentile_ms(&self, percent: usize) -> f64 {
        // The nearest rank: the smallest value that at least `percent` of all do not exceed.
        let rank = (self.0.len() * percent).div_ceil(100).max(1);
        self.0.get(rank - 1).map_or(0.0, |micros| f64::from(*micros) / 1_000.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_nearest_ranks() {
        let mut tally = Tally::default();
        assert!(tally.latencies().percentile_ms(99).abs() < f64::EPSILON);
        for milli in (1..=200).rev() {
            tally.done(Duration::from_millis(milli), 2);
        }
        assert_eq!((tally.requests(), tally.statements), (200, 400));
        for (percent, expected) in [(50, 100.0), (99, 198.0), (100, 200.0)] {
            let found = tally.latencies().percentile_ms(percent);
            assert!((found - expected).abs() < 0.001, "{percent} %: {found}");
        }
    }

    #[test]
    fn the_first_errors_are_told_and_all_are_counted() {
        let mut all = Tally::default();
        for number in 0..5 {
            let mut one = Tally::default();
            one.failed(format!("{}", number / 2));
            one.failed("0".to_owned());
            all.add(one);
        }
        assert_eq!(all.errors, 10);
        assert_eq!(all.examples, ["0", "1", "2"]);
    }
}
