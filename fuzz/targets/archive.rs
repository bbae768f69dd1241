//! Fuzzes what `checks/archive.rs` says.
#![no_main]

#[path = "../checks/archive.rs"]
mod checks;

libfuzzer_sys::fuzz_target!(|data: &[u8]| checks::check(data));
