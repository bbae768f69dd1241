//! A form in the alternate syntax is read or refused. The first line is the query, the rest the body.

use xapi::{
    Version,
    alternate::{is_alternate, parse_alternate},
};

pub(crate) fn check(data: &[u8]) {
    let end = data.iter().position(|byte| *byte == b'\n').unwrap_or(data.len());
    let (query, body) = data.split_at(end);
    let Ok(query) = std::str::from_utf8(query) else { return };
    let _ = is_alternate(query);
    for version in Version::ALL {
        let _ = parse_alternate(query, body.get(1..).unwrap_or_default(), version);
    }
}
