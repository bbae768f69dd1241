//! Small random worlds, dense with what the audit rules tell apart: windows of weeks, recurrence of
//! months, exceptions, retraining, both anchors, signatures, voiding, repetitions, several zones.

mod build;
mod plan;

use proptest::prelude::ProptestConfig;
use proptest::test_runner::RngSeed;
use std::env;

pub(crate) use plan::{Plan, any_plan};

/// How many worlds each property is tried on: `ATTESTRY_AUDIT_CASES`, for long runs.
const CASES: u32 = 96;
/// From which numbers they are drawn: `ATTESTRY_AUDIT_SEED`. Fixed, so that a run can be repeated.
const SEED: u64 = 20_250_310;

#[expect(clippy::disallowed_methods, reason = "how long a test runs is no setting of the service")]
fn number<T: std::str::FromStr>(name: &str, otherwise: T) -> T {
    let Ok(text) = env::var(name) else { return otherwise };
    text.parse().unwrap_or_else(|_| panic!("{name} is a whole number, not {text:?}"))
}

/// How many worlds, and which; both are printed, so that a failure can be repeated.
#[expect(clippy::print_stdout, reason = "what a failure is repeated with")]
pub(crate) fn config() -> ProptestConfig {
    let (cases, seed) =
        (number("ATTESTRY_AUDIT_CASES", CASES), number("ATTESTRY_AUDIT_SEED", SEED));
    println!("ATTESTRY_AUDIT_CASES={cases} ATTESTRY_AUDIT_SEED={seed}");
    ProptestConfig {
        cases,
        rng_seed: RngSeed::Fixed(seed),
        failure_persistence: None,
        max_shrink_iters: 4_000,
        ..ProptestConfig::default()
    }
}
