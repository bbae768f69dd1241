//! A package is accepted or refused with a report; what is accepted can be indexed and unpacked.
#![no_main]

use libfuzzer_sys::fuzz_target;
use package::{Index, Limits, inspect};
use std::io::Read;

fuzz_target!(|data: &[u8]| {
    let limits = Limits { unpacked_bytes_max: 1 << 20, ratio_floor_bytes: 1 << 16, ..Limits::default() };
    let inspection = inspect(&data.to_vec(), &limits);
    if inspection.accepted.is_none() {
        assert!(!inspection.report.findings.is_empty(), "refused without a reason");
    } else {
        Index::open(&data.to_vec(), &limits).expect("what was accepted has an index");
    }
    if let Ok(index) = Index::open(&data.to_vec(), &limits) {
        for entry in index.entries().iter().take(16) {
            let mut unpacked = Vec::new();
            let _ = entry.unpack(data.to_vec()).take(1 << 16).read_to_end(&mut unpacked);
        }
    }
});
