//! Prints a walk through a course, a line of JSON for each step.

use conformance_scorm2004::{Act, Walk, say};
use std::{fs, path::Path, process::ExitCode};

const STEPS: u32 = 40;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let walked =
        match arguments.as_slice() {
            [manifest, "--replay", file] => replay(manifest, file),
            [manifest, seed] => wander(manifest, seed, None),
            [manifest, seed, steps] => wander(manifest, seed, Some(steps)),
            _ => Err("usage: conformance-walks MANIFEST SEED [STEPS] | MANIFEST --replay FILE"
                .to_owned()),
        };
    match walked {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            say(&reason);
            ExitCode::from(2)
        }
    }
}

fn wander(manifest: &str, seed: &str, steps: Option<&str>) -> Result<(), String> {
    let number = |text: &str| text.parse().map_err(|_| format!("{text:?} is no number"));
    let seed: u64 = number(seed)?;
    let steps = steps.map_or(Ok(u64::from(STEPS)), number)?;
    let mut walk = Walk::of(Path::new(manifest))?;
    for _ in 0..steps {
        let step = walk.think(seed);
        say(&walk.take(&step)?.to_string());
    }
    Ok(())
}

fn replay(manifest: &str, file: &str) -> Result<(), String> {
    let text = fs::read_to_string(file).map_err(|error| format!("{file}: {error}"))?;
    let mut walk = Walk::of(Path::new(manifest))?;
    for (number, line) in text.lines().enumerate() {
        let told = |reason: String| format!("line {}: {reason}", number + 1);
        let step: Act = serde_json::from_str(line).map_err(|error| told(error.to_string()))?;
        say(&walk.take(&step).map_err(told)?.to_string());
    }
    Ok(())
}
