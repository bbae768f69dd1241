//! The JSON Canonicalization Scheme (RFC 8785): the same value is the same bytes.

use serde::Serialize;
use std::io::Write;

/// The canonical text of a value.
pub fn text(value: &impl Serialize) -> Result<String, serde_json::Error> {
    serde_json_canonicalizer::to_string(value)
}

/// Writes the canonical text of a value.
pub fn write(value: &impl Serialize, out: &mut impl Write) -> Result<(), serde_json::Error> {
    serde_json_canonicalizer::to_writer(value, out)
}
