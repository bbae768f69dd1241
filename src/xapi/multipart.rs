//! Statements with their attachments as `multipart/mixed` (Communication 1.5.2, RFC 2046).

use crate::{Statement, text::is_sha2};
use domain::Entropy;
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};
use std::collections::{BTreeMap, BTreeSet};

/// An attachment's data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part<'a> {
    /// `X-Experience-API-Hash`, as sent.
    pub sha2: &'a str,
    /// `Content-Type`, if sent.
    pub media_type: Option<&'a str>,
    /// The data.
    pub bytes: &'a [u8],
}

/// A body taken apart: the statements' JSON, and the attachments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Multipart<'a> {
    /// The first part.
    pub statements: &'a [u8],
    /// The others.
    pub parts: Vec<Part<'a>>,
}

/// A body is not statements with attachments; 400 Bad Request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MultipartError {
    /// The Content-Type header has no usable boundary (XAPI-00131).
    #[error(
        "the Content-Type is not multipart/mixed with a boundary of 1 to 70 characters (XAPI-00131)"
    )]
    Boundary,
    /// The boundary does not part the body (XAPI-00130).
    #[error("the body is not parted by the boundary as RFC 2046 says (XAPI-00130)")]
    Structure,
    /// More parts than allowed.
    #[error("the body has more than parts_max = {0} parts")]
    TooMany(usize),
    /// A part's header cannot be read.
    #[error("part {0} has a header that is no \"name: value\" in ASCII (RFC 2046)")]
    Header(usize),
    /// The first part is something else than JSON (XAPI-00134).
    #[error("the first part must have Content-Type application/json (XAPI-00134)")]
    NotJson,
    /// A part has no hash (XAPI-00132).
    #[error("part {0} has no X-Experience-API-Hash that is a SHA-2 in hexadecimal (XAPI-00132)")]
    NoHash(usize),
    /// A part is not sent as it is (XAPI-00135).
    #[error("part {0} must have Content-Transfer-Encoding: binary (XAPI-00135)")]
    NotBinary(usize),
    /// A part's data is not what its hash says.
    #[error(
        "the data of part {0} does not have the SHA-2 that its header says (Communication 1.5.2)"
    )]
    WrongHash(usize),
    /// A part belongs to no statement (XAPI-00128, XAPI-00132).
    #[error("no statement has an attachment with the SHA-2 of part {0} (XAPI-00128)")]
    Unexpected(usize),
    /// A part says something else than the statement (Communication 1.5.2).
    #[error("part {0} has another Content-Type than its attachment (Communication 1.5.2)")]
    WrongType(usize),
    /// A part says another length than its data has (Communication 1.5.2).
    #[error(
        "part {0} has a Content-Length that is not the length of its data (Communication 1.5.2)"
    )]
    WrongLength(usize),
    /// An attachment came without data and says no place where to get it (XAPI-00129).
    #[error(
        "the attachment with SHA-2 {0} has neither data in the request nor a fileUrl (XAPI-00129)"
    )]
    Missing(String),
}

/// Most parts of one body.
const PARTS_MAX: usize = 1_000;
/// Longest boundary (RFC 2046 section 5.1.1).
const BOUNDARY_MAX: usize = 70;

/// The boundary that a `Content-Type` of `multipart/mixed` names.
pub fn boundary(content_type: &str) -> Result<&str, MultipartError> {
    let (essence, mut rest) = content_type.split_once(';').unwrap_or((content_type, ""));
    if !essence.trim().eq_ignore_ascii_case("multipart/mixed") {
        return Err(MultipartError::Boundary);
    }
    // Quoted values may hold any separator, so parameters are taken one after the other.
    while let Some((name, after)) = rest.split_once('=') {
        let (value, tail) = match after.strip_prefix('"').map(|quoted| quoted.split_once('"')) {
            Some(Some((value, tail))) => (value, tail),
            Some(None) => return Err(MultipartError::Boundary),
            None => {
                let end = after.find(';').unwrap_or(after.len());
                (after[..end].trim(), &after[end..])
            }
        };
        if name.trim().eq_ignore_ascii_case("boundary") {
            let fits = (1..=BOUNDARY_MAX).contains(&value.len())
                && !value.ends_with(' ')
                && value.bytes().all(is_boundary_byte);
            return if fits { Ok(value) } else { Err(MultipartError::Boundary) };
        }
        rest = tail.trim_start().strip_prefix(';').unwrap_or(tail);
    }
    Err(MultipartError::Boundary)
}

/// `bchars` of RFC 2046.
fn is_boundary_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"'()+_,-./:=? ".contains(&byte)
}

impl<'a> Multipart<'a> {
    /// Takes a body apart, and checks each part's header and hash (XAPI-00130 to 00135).
    pub fn parse(content_type: &str, body: &'a [u8]) -> Result<Self, MultipartError> {
        let raw = split(body, boundary(content_type)?)?;
        let mut raw = raw.into_iter().enumerate();
        let (_, first) = raw.next().ok_or(MultipartError::Structure)?;
        let first = RawPart::parse(0, first)?;
        let essence = first.content_type.unwrap_or_default().split(';').next().unwrap_or_default();
        if !essence.trim().eq_ignore_ascii_case("application/json") {
            return Err(MultipartError::NotJson);
        }
        let parts = raw.map(|(place, bytes)| {
            let part = RawPart::parse(place, bytes)?;
            let sha2 =
                part.hash.filter(|hash| is_sha2(hash)).ok_or(MultipartError::NoHash(place))?;
            if !part.encoding.is_some_and(|encoding| encoding.eq_ignore_ascii_case("binary")) {
                return Err(MultipartError::NotBinary(place));
            }
            if part.length.is_some_and(|length| length.parse() != Ok(part.bytes.len())) {
                return Err(MultipartError::WrongLength(place));
            }
            if !has_sha2(part.bytes, sha2) {
                return Err(MultipartError::WrongHash(place));
            }
            Ok(Part { sha2, media_type: part.content_type, bytes: part.bytes })
        });
        Ok(Self { statements: first.bytes, parts: parts.collect::<Result<_, _>>()? })
    }

    /// Checks that every part belongs to an attachment of a statement, and every attachment has
    /// its data here or a `fileUrl` (XAPI-00128, XAPI-00129, XAPI-00132).
    pub fn check(&self, statements: &[Statement]) -> Result<(), MultipartError> {
        let mut types: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for attachment in statements.iter().flat_map(Statement::attachments) {
            types.entry(&attachment.sha2).or_default().push(&attachment.content_type);
        }
        let mut received = BTreeSet::new();
        for (place, part) in (1..).zip(&self.parts) {
            let sha2 = part.sha2.to_ascii_lowercase();
            let named = types.get(sha2.as_str()).ok_or(MultipartError::Unexpected(place))?;
            let agrees = part
                .media_type
                .is_none_or(|sent| named.iter().any(|stated| same_essence(stated, sent)));
            if !agrees {
                return Err(MultipartError::WrongType(place));
            }
            received.insert(sha2);
        }
        check_data(statements, |sha2| received.contains(sha2))
    }
}

/// Checks statements that came as `application/json`: every attachment has a `fileUrl`.
pub fn check_without_parts(statements: &[Statement]) -> Result<(), MultipartError> {
    check_data(statements, |_| false)
}

fn check_data(
    statements: &[Statement],
    has_part: impl Fn(&str) -> bool,
) -> Result<(), MultipartError> {
    let mut attachments = statements.iter().flat_map(Statement::attachments);
    match attachments.find(|a| a.file_url.is_none() && !has_part(&a.sha2)) {
        Some(lacking) => Err(MultipartError::Missing(lacking.sha2.clone())),
        None => Ok(()),
    }
}

/// Whether both are the same media type, parameters aside.
fn same_essence(one: &str, two: &str) -> bool {
    let essence = |text: &str| text.split(';').next().unwrap_or_default().trim().to_lowercase();
    essence(one) == essence(two)
}

/// Whether `bytes` have this SHA-2, whose length says which of the family it is.
fn has_sha2(bytes: &[u8], expected: &str) -> bool {
    let is = |digest: &[u8]| {
        let pairs = expected.as_bytes().chunks(2).map(|pair| {
            str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok())
        });
        pairs.eq(digest.iter().map(|byte| Some(*byte)))
    };
    match expected.len() {
        56 => is(&Sha224::digest(bytes)),
        64 => is(&Sha256::digest(bytes)),
        96 => is(&Sha384::digest(bytes)),
        _ => is(&Sha512::digest(bytes)),
    }
}

/// The texts between the delimiter lines: header, blank line and data of each part.
fn split<'a>(body: &'a [u8], boundary: &str) -> Result<Vec<&'a [u8]>, MultipartError> {
    let delimiter = format!("\r\n--{boundary}").into_bytes();
    // The first delimiter may stand at the very beginning, without a line break before it.
    let opening = &delimiter[2..];
    let mut rest = if let Some(rest) = body.strip_prefix(opening) {
        rest
    } else {
        let at = find(body, &delimiter).ok_or(MultipartError::Structure)?;
        &body[at + delimiter.len()..]
    };
    let mut parts = Vec::new();
    loop {
        if rest.starts_with(b"--") {
            return Ok(parts);
        }
        let padding = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let start = rest[padding..].strip_prefix(b"\r\n").ok_or(MultipartError::Structure)?;
        if parts.len() == PARTS_MAX {
            return Err(MultipartError::TooMany(PARTS_MAX));
        }
        // A part without header begins with the blank line, whose break may be the delimiter's.
        let end = find(start, &delimiter).ok_or(MultipartError::Structure)?;
        parts.push(&start[..end]);
        rest = &start[end + delimiter.len()..];
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    let first = needle.first()?;
    let mut from = 0;
    loop {
        let at = from + haystack.get(from..)?.iter().position(|byte| byte == first)?;
        if haystack[at..].starts_with(needle) {
            return Some(at);
        }
        from = at + 1;
    }
}

/// A part with the headers that matter.
struct RawPart<'a> {
    content_type: Option<&'a str>,
    encoding: Option<&'a str>,
    hash: Option<&'a str>,
    length: Option<&'a str>,
    bytes: &'a [u8],
}

impl<'a> RawPart<'a> {
    fn parse(place: usize, raw: &'a [u8]) -> Result<Self, MultipartError> {
        let (header, bytes) = if let Some(bytes) = raw.strip_prefix(b"\r\n") {
            (&[][..], bytes)
        } else {
            let blank = find(raw, b"\r\n\r\n").ok_or(MultipartError::Header(place))?;
            (&raw[..blank], &raw[blank + 4..])
        };
        let mut part = Self { content_type: None, encoding: None, hash: None, length: None, bytes };
        let header = str::from_utf8(header).map_err(|_| MultipartError::Header(place))?;
        for line in header.split("\r\n").filter(|line| !line.is_empty()) {
            let (name, value) = line.split_once(':').ok_or(MultipartError::Header(place))?;
            let field = match name.trim().to_ascii_lowercase().as_str() {
                "content-type" => &mut part.content_type,
                "content-transfer-encoding" => &mut part.encoding,
                "content-length" => &mut part.length,
                "x-experience-api-hash" => &mut part.hash,
                _ => continue,
            };
            if field.replace(value.trim()).is_some() {
                return Err(MultipartError::Header(place));
            }
        }
        Ok(part)
    }
}

/// A boundary that nobody can have put into the data beforehand.
pub fn new_boundary(entropy: &dyn Entropy) -> String {
    format!("attestry-{}", entropy.uuid_v4().simple())
}

/// The `Content-Type` of a body with this boundary.
pub fn content_type(boundary: &str) -> String {
    format!("multipart/mixed; boundary=\"{boundary}\"")
}

/// What stands before the statements' JSON, in the first part.
pub fn first_head(boundary: &str) -> String {
    format!("--{boundary}\r\nContent-Type: application/json\r\n\r\n")
}

/// What stands between a part and the data of the attachment that follows.
pub fn part_head(boundary: &str, sha2: &str, media_type: &str) -> String {
    format!(
        "\r\n--{boundary}\r\nContent-Type: {media_type}\r\nContent-Transfer-Encoding: binary\r\n\
         X-Experience-API-Hash: {sha2}\r\n\r\n"
    )
}

/// What stands after the last part.
pub fn end(boundary: &str) -> String {
    format!("\r\n--{boundary}--\r\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BatchLimits, Version, parse_batch};
    use domain::{SeededEntropy, Sha256Digest};
    use proptest::prelude::*;

    const DATA: &[u8] = b"here is a simple attachment";

    fn statement(extra: &str) -> String {
        let sha2 = Sha256Digest::of(DATA);
        format!(
            r#"{{"actor":{{"mbox":"mailto:a@b.c"}},"verb":{{"id":"http://v.example/"}},"object":{{"id":"http://o.example/"}},"attachments":[{{"usageType":"http://u.example/","display":{{"en":"d"}},"contentType":"text/plain; charset=ascii","length":27,"sha2":"{sha2}"{extra}}}]}}"#
        )
    }

    fn body(first: &str, part: &str) -> String {
        format!(
            "--b\r\n{first}\r\n\r\n{}\r\n--b\r\n{part}\r\n\r\nhere is a simple attachment\r\n--b--",
            statement("")
        )
    }

    fn accept(body: &[u8]) -> Result<(), MultipartError> {
        let multipart = Multipart::parse("multipart/mixed; boundary=b", body)?;
        let statements = parse_batch(multipart.statements, Version::V1_0, BatchLimits::default());
        multipart.check(&statements.unwrap())
    }

    /// XAPI-00138.
    #[test]
    fn xapi_00131_the_boundary_is_read_from_the_header() {
        for (header, expected) in [
            ("multipart/mixed; boundary=abc", Some("abc")),
            ("multipart/mixed;boundary=\"abcABC0123'()+_,-./:=?\"", Some("abcABC0123'()+_,-./:=?")),
            ("Multipart/Mixed; charset=\"a;b\"; Boundary=x", Some("x")),
            ("multipart/mixed", None),
            ("multipart/mixed; boundary=", None),
            ("multipart/mixed; boundary=\"a", None),
            ("multipart/mixed; boundary=\"a \"", None),
            ("multipart/form-data; boundary=abc", None),
        ] {
            let found = boundary(header).ok();
            assert_eq!(found, expected, "{header}");
        }
    }

    #[test]
    fn xapi_00128_to_00135_parts_are_checked() {
        let json = "Content-Type: application/json";
        let hash = Sha256Digest::of(DATA).to_string();
        let good = format!(
            "Content-Type: text/plain\r\nContent-Transfer-Encoding: binary\r\nX-Experience-API-Hash: {hash}"
        );
        assert_eq!(accept(body(json, &good).as_bytes()), Ok(()));
        assert_eq!(accept(format!("preamble\r\n{}", body(json, &good)).as_bytes()), Ok(()));
        let upper = good.replace(&hash, &hash.to_uppercase());
        assert_eq!(accept(body(json, &upper).as_bytes()), Ok(()));
        let measured = format!("{good}\r\nContent-Length: 27");
        assert_eq!(accept(body(json, &measured).as_bytes()), Ok(()));
        for (first, part, expected) in [
            ("Content-Type: text/plain", good.clone(), MultipartError::NotJson),
            ("X: y", good.clone(), MultipartError::NotJson),
            (
                json,
                good.replace("Content-Transfer-Encoding: binary\r\n", ""),
                MultipartError::NotBinary(1),
            ),
            (json, good.replace("binary", "base64"), MultipartError::NotBinary(1)),
            (json, good.replace("X-Experience-API-Hash", "X"), MultipartError::NoHash(1)),
            (json, good.replace(&hash, &"0".repeat(64)), MultipartError::WrongHash(1)),
            (json, good.replace("text/plain", "text/html"), MultipartError::WrongType(1)),
            (json, format!("{good}\r\nContent-Length: 26"), MultipartError::WrongLength(1)),
            (json, format!("{good}\r\nContent-Length: x"), MultipartError::WrongLength(1)),
            (
                json,
                good.replace("X-Exp", "X-Experience-API-Hash: 0\r\nX-Exp"),
                MultipartError::Header(1),
            ),
        ] {
            assert_eq!(accept(body(first, &part).as_bytes()), Err(expected));
        }
        let sent = body(json, &good);
        let other = hash.replace(&hash, &Sha256Digest::of(b"other").to_string());
        let excess = sent.replace("--b--", &format!("--b\r\nContent-Transfer-Encoding: binary\r\nX-Experience-API-Hash: {other}\r\n\r\nother\r\n--b--"));
        assert_eq!(accept(excess.as_bytes()), Err(MultipartError::Unexpected(2)));
        let alone = format!("--b\r\n{json}\r\n\r\n{}\r\n--b--", statement(""));
        assert!(matches!(accept(alone.as_bytes()), Err(MultipartError::Missing(_))));
        let elsewhere = format!(
            "--b\r\n{json}\r\n\r\n{}\r\n--b--",
            statement(r#","fileUrl":"http://f.example/""#)
        );
        assert_eq!(accept(elsewhere.as_bytes()), Ok(()));
        for broken in ["", "--b", "--b\r\n", "--c\r\n\r\n\r\n--c--", "--b--", "--b\r\n\r\n{}"] {
            let refused = Multipart::parse("multipart/mixed; boundary=b", broken.as_bytes());
            assert!(refused.is_err(), "{broken:?}");
        }
    }

    #[test]
    fn xapi_00129_json_alone_needs_a_file_url() {
        let read =
            |extra| parse_batch(statement(extra).as_bytes(), Version::V2_0, BatchLimits::default());
        assert!(check_without_parts(&read("").unwrap()).is_err());
        assert!(check_without_parts(&read(r#","fileUrl":"http://f.example/""#).unwrap()).is_ok());
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(
            data in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 0..5),
            seed in any::<u64>(),
        ) {
            let boundary = new_boundary(&SeededEntropy::new(seed));
            let hashes: Vec<_> = data.iter().map(|d| Sha256Digest::of(d).to_string()).collect();
            let parts: Vec<_> = data.iter().zip(&hashes).map(|(bytes, sha2)| {
                Part { sha2, media_type: Some("application/octet-stream"), bytes }
            }).collect();
            let mut body = first_head(&boundary).into_bytes();
            body.extend_from_slice(b"{}");
            for part in &parts {
                let media_type = part.media_type.unwrap();
                body.extend_from_slice(part_head(&boundary, part.sha2, media_type).as_bytes());
                body.extend_from_slice(part.bytes);
            }
            body.extend_from_slice(end(&boundary).as_bytes());
            let read = Multipart::parse(&content_type(&boundary), &body).unwrap();
            prop_assert_eq!(read, Multipart { statements: b"{}", parts });
        }

        #[test]
        fn any_body_is_read_or_refused(body in "(--b|\r\n|--|a|:| |\n){0,40}") {
            let _ = Multipart::parse("multipart/mixed; boundary=b", body.as_bytes());
        }
    }
}
