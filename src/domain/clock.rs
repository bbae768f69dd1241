//! Time and randomness as arguments.

use crate::Timestamp;
use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicI64, Ordering},
};
use std::time::Duration;
use uuid::{Builder, Uuid};

/// Tells the time. The server's is the system's; tests set theirs.
pub trait Clock: Send + Sync {
    /// The present instant.
    fn now(&self) -> Timestamp;
}

/// Gives unpredictable bytes. The server's come from the operating system; tests seed theirs.
pub trait Entropy: Send + Sync {
    /// Fills `bytes`.
    fn fill(&self, bytes: &mut [u8]);

    /// A random UUID (RFC 9562, version 4).
    fn uuid_v4(&self) -> Uuid {
        let mut bytes = [0; 16];
        self.fill(&mut bytes);
        Builder::from_random_bytes(bytes).into_uuid()
    }

    /// A UUID that sorts by `now` (RFC 9562, version 7).
    fn uuid_v7(&self, now: Timestamp) -> Uuid {
        let mut bytes = [0; 10];
        self.fill(&mut bytes);
        let millis = u64::try_from(now.micros() / 1_000).unwrap_or(0);
        Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid()
    }
}

/// A clock that stands still until it is moved.
#[derive(Debug)]
pub struct FixedClock(AtomicI64);

impl FixedClock {
    /// A clock that shows `now`.
    pub const fn new(now: Timestamp) -> Self {
        Self(AtomicI64::new(now.micros()))
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        let later = self.now().plus(by);
        self.0.store(later.micros(), Ordering::SeqCst);
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }
}

/// Predictable bytes from a seed (`SplitMix64`), for tests only.
#[derive(Debug)]
pub struct SeededEntropy(Mutex<u64>);

impl SeededEntropy {
    /// Bytes that follow from `seed`.
    pub const fn new(seed: u64) -> Self {
        Self(Mutex::new(seed))
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for chunk in bytes.chunks_mut(8) {
            *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut word = *state;
            word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            word ^= word >> 31;
            chunk.copy_from_slice(&word.to_le_bytes()[..chunk.len()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fixed_clock_moves_only_when_moved() {
        let clock = FixedClock::new(Timestamp::UNIX_EPOCH);
        assert_eq!(clock.now(), clock.now());
        clock.advance(Duration::from_secs(2));
        assert_eq!(clock.now(), Timestamp::from_micros(2_000_000));
    }

    #[test]
    fn the_same_seed_gives_the_same_uuids() {
        let (one, two) = (SeededEntropy::new(1), SeededEntropy::new(1));
        assert_eq!(one.uuid_v4(), two.uuid_v4());
        assert_ne!(one.uuid_v4(), one.uuid_v4());
        assert_eq!(one.uuid_v4().get_version_num(), 4);
        assert_eq!(one.uuid_v7(Timestamp::UNIX_EPOCH).get_version_num(), 7);
    }
}
