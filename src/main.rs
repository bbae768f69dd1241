//! The `attestry` binary.
fn main() {}
