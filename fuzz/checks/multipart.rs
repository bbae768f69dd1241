//! A body of parts is read or refused. The first line is the header, the rest the body.

use xapi::{BatchLimits, Version, multipart::Multipart, parse_batch};

pub(crate) fn check(data: &[u8]) {
    let end = data.iter().position(|byte| *byte == b'\n').unwrap_or(data.len());
    let (header, body) = data.split_at(end);
    let Ok(header) = std::str::from_utf8(header) else { return };
    let Ok(parts) = Multipart::parse(header, body.get(1..).unwrap_or_default()) else { return };
    if let Ok(statements) = parse_batch(parts.statements, Version::V1_0, BatchLimits::default()) {
        let _ = parts.check(&statements);
    }
}
