//! Fuzzes what `checks/statement.rs` says.
#![no_main]

#[path = "../checks/statement.rs"]
mod checks;

libfuzzer_sys::fuzz_target!(|data: &[u8]| checks::check(data));
