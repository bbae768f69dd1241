//! Fuzzes what `checks/parameters.rs` says.
#![no_main]

#[path = "../checks/parameters.rs"]
mod checks;

libfuzzer_sys::fuzz_target!(|data: &[u8]| checks::check(data));
