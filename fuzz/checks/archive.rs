//! A package is accepted or refused with a report; what is accepted can be listed, found and
//! unpacked.

use package::{Limits, Listing, inspect};
use std::io::Read;

/// Bytes of a file that are unpacked.
const UNPACKED_MAX: u64 = 1 << 16;

pub(crate) fn check(data: &[u8]) {
    let limits =
        Limits { unpacked_bytes_max: 1 << 20, ratio_floor_bytes: 1 << 16, ..Limits::default() };
    let data = data.to_vec();
    let inspection = inspect(&data, &limits);
    // What was not accepted is never served, and must not break anything all the same.
    let listing = Listing::open(&data, &limits);
    let Some(accepted) = inspection.accepted else {
        assert!(!inspection.report.findings.is_empty(), "refused without a reason");
        let listed = listing.as_ref().ok().and_then(|one| one.find("index.html"));
        if let Some(Ok(entry)) = listed.map(|(listed, _)| listed.locate(&data)) {
            let mut unpacked = Vec::new();
            let _ = entry.unpack(&data).take(UNPACKED_MAX).read_to_end(&mut unpacked);
        }
        return;
    };
    let listing = listing.expect("what was accepted can be listed");
    for entry in accepted.index.entries().iter().take(16) {
        let (listed, _) = listing.find(&entry.path).expect("its files are found");
        assert_eq!(listed.locate(&data).ok().as_ref(), Some(entry));
        let mut unpacked = Vec::new();
        let _ = entry.unpack(&data).take(UNPACKED_MAX).read_to_end(&mut unpacked);
    }
}
