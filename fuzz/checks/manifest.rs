//! A manifest in a sound zip is accepted or refused with a report.

use package::{Limits, inspect, zip_of};

pub(crate) fn check(data: &[u8]) {
    let page: &[u8] = b"<!doctype html><title>A page</title>";
    let zip = zip_of([("imsmanifest.xml", data), ("index.html", page)]);
    let inspection = inspect(&zip, &Limits::default());
    if inspection.accepted.is_none() {
        assert!(!inspection.report.findings.is_empty(), "refused without a reason");
    }
}
