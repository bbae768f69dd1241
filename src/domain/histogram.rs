//! How values spread, counted without a lock.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counts values by the first bound that they do not exceed.
#[derive(Debug)]
pub struct Histogram {
    bounds: &'static [u64],
    /// One more than there are bounds: the last one counts what exceeds them all.
    counts: Vec<AtomicU64>,
    sum: AtomicU64,
}

/// A histogram as it was at one time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Distribution {
    /// Upper bounds, each with how many values do not exceed it.
    pub up_to: Vec<(u64, u64)>,
    /// How many values there are.
    pub count: u64,
    /// The sum of all values.
    pub sum: u64,
}

impl Histogram {
    /// Nothing counted yet. The bounds rise.
    pub fn new(bounds: &'static [u64]) -> Self {
        let counts = (0..=bounds.len()).map(|_| AtomicU64::new(0)).collect();
        Self { bounds, counts, sum: AtomicU64::new(0) }
    }

    /// Counts a value.
    pub fn observe(&self, value: u64) {
        let at = self.bounds.partition_point(|bound| *bound < value);
        if let Some(count) = self.counts.get(at) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        self.sum.fetch_add(value, Ordering::Relaxed);
    }

    /// What has been counted so far.
    pub fn distribution(&self) -> Distribution {
        let mut count = 0;
        let mut so_far = self.counts.iter().map(|one| {
            count += one.load(Ordering::Relaxed);
            count
        });
        let up_to = self.bounds.iter().copied().zip(so_far.by_ref()).collect();
        so_far.for_each(drop);
        Distribution { up_to, count, sum: self.sum.load(Ordering::Relaxed) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_value_is_counted_at_the_first_bound_that_holds_it() {
        let histogram = Histogram::new(&[10, 20]);
        for value in [0, 10, 11, 20, 21, 1_000] {
            histogram.observe(value);
        }
        let expected = Distribution { up_to: vec![(10, 2), (20, 4)], count: 6, sum: 1_062 };
        assert_eq!(histogram.distribution(), expected);
    }
}
