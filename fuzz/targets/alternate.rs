//! Fuzzes what `checks/alternate.rs` says.
#![no_main]

#[path = "../checks/alternate.rs"]
mod checks;

libfuzzer_sys::fuzz_target!(|data: &[u8]| checks::check(data));
