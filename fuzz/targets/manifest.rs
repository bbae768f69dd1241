//! A manifest in a sound zip is accepted or refused with a report.
#![no_main]

use libfuzzer_sys::fuzz_target;
use package::{Limits, inspect, zip_of};

fuzz_target!(|data: &[u8]| {
    let page: &[u8] = b"<!doctype html><title>A page</title>";
    let zip = zip_of([("imsmanifest.xml", data), ("index.html", page)]);
    let inspection = inspect(&zip, &Limits::default());
    if inspection.accepted.is_none() {
        assert!(!inspection.report.findings.is_empty(), "refused without a reason");
    }
});
