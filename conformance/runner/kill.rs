//! Ends the server, and `PostgreSQL` below it, without a warning while clients write, and reckons.

use ordeal::{Plan, Victim, run};
use std::io::Write;
use std::process::ExitCode;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const USAGE: &str = "usage: conformance-kill ATTESTRY [KILLS [SEED]]";

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize| arguments.get(at).map(|text| text.parse::<u64>()).transpose();
    let (Some(program), Ok(kills), Ok(seed)) = (arguments.first(), number(1), number(2)) else {
        say(USAGE);
        return ExitCode::from(2);
    };
    let kills = usize::try_from(kills.unwrap_or(50)).unwrap_or(usize::MAX);
    let seed = seed.unwrap_or_else(seed_of_today);
    say(&format!("seed {seed}, {kills} kills each, 16 connections"));
    let (mut passed, mut failed) = (0, 0);
    for victim in Victim::ALL {
        if let Some(why) = victim.missing() {
            say(&format!("FAIL {}: {why}", victim.name()));
            failed += 1;
            continue;
        }
        let calm_max = Duration::from_secs(2);
        let outcome = run(program, Plan { victim, kills, connections: 16, calm_max, seed }).await;
        let faults = outcome.faults();
        let word = if faults.is_empty() { "pass" } else { "FAIL" };
        say(&format!("{word} {}: {}", victim.name(), outcome.line()));
        for fault in &faults {
            say(&format!("     {fault}"));
        }
        if faults.is_empty() { passed += 1 } else { failed += 1 }
    }
    say(&format!("{passed} passed, {failed} failed"));
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn say(line: &str) {
    // A closed pipe is the reader's wish.
    let _ = writeln!(std::io::stdout(), "{line}");
}

#[expect(clippy::disallowed_methods, reason = "a run differs from the last one; its seed is told")]
fn seed_of_today() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(1, |since| since.as_secs())
}
