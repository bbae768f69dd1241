//! Fuzzes what `checks/note.rs` says.
#![no_main]

#[path = "../checks/note.rs"]
mod checks;

libfuzzer_sys::fuzz_target!(|data: &[u8]| checks::check(data));
