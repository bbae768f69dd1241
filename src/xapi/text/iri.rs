//! Absolute IRIs (RFC 3987).

/// Whether `text` is an IRI: a scheme, then only characters of the grammar (XAPI-00007,
/// XAPI-00011). An `http` or `https` IRI needs a host.
pub fn is_iri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    if !is_scheme(scheme) || rest.is_empty() {
        return false;
    }
    let (rest, fragment) = rest.split_once('#').unwrap_or((rest, ""));
    let (hierarchy, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, path) = match hierarchy.strip_prefix("//") {
        Some(after) => {
            let slash = after.find('/').unwrap_or(after.len());
            (Some(&after[..slash]), &after[slash..])
        }
        None => (None, hierarchy),
    };
    let web = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
    let authority_fits = match authority {
        Some(authority) => is_authority(authority, web),
        None => !web,
    };
    authority_fits
        && all_allowed(path, |c| c == '/')
        && all_allowed(query, |c| matches!(c, '/' | '?') || is_private(c))
        && all_allowed(fragment, |c| matches!(c, '/' | '?'))
}

fn is_scheme(scheme: &str) -> bool {
    let mut bytes = scheme.bytes();
    bytes.next().is_some_and(|b| b.is_ascii_alphabetic())
        && bytes.all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
}

/// `[ iuserinfo "@" ] ihost [ ":" port ]`
fn is_authority(authority: &str, host_needed: bool) -> bool {
    let (user, host_port) = authority.rsplit_once('@').unwrap_or(("", authority));
    let user_fits = all_allowed(user, |_| false) && !user.contains('@');
    if let Some(literal) = host_port.strip_prefix('[') {
        let Some((address, after)) = literal.split_once(']') else { return false };
        let port = after.strip_prefix(':').unwrap_or(after);
        let address_fits = !address.is_empty()
            && address.bytes().all(|b| b.is_ascii_hexdigit() || matches!(b, b':' | b'.' | b'v'));
        return user_fits
            && address_fits
            && (after.is_empty() || after.starts_with(':'))
            && is_port(port);
    }
    let (host, port) = host_port.rsplit_once(':').unwrap_or((host_port, ""));
    let host_fits = all_allowed(host, |_| false) && !host.contains([':', '@']);
    user_fits && host_fits && is_port(port) && !(host_needed && host.is_empty())
}

fn is_port(port: &str) -> bool {
    port.bytes().all(|b| b.is_ascii_digit())
}

/// The ASCII characters of `ipchar`, without `%`.
const PCHARS: [bool; 128] = {
    let mut allowed = [false; 128];
    let characters = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789\
        -._~!$&'()*+,;=:@";
    let mut at = 0;
    while at < characters.len() {
        allowed[characters[at] as usize] = true;
        at += 1;
    }
    allowed
};

/// `ipchar`s, percent-encoded octets, and what `also` allows.
fn all_allowed(part: &str, also: impl Fn(char) -> bool) -> bool {
    let bytes = part.as_bytes();
    let is_plain = |byte: &u8| PCHARS.get(usize::from(*byte)).is_some_and(|allowed| *allowed);
    if bytes.iter().all(is_plain) {
        return true;
    }
    part.char_indices().all(|(at, c)| match c {
        '%' => {
            bytes.get(at + 1..at + 3).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
        }
        c if c.is_ascii() => is_plain(&bytes[at]) || also(c),
        c => is_ucs(c) || also(c),
    })
}

/// `ucschar` of RFC 3987.
fn is_ucs(c: char) -> bool {
    // each plane from 1 to 13 without its last two, and plane 14 from E1000 on
    match u32::from(c) {
        code @ 0x1_0000..=0xd_ffff => code & 0xffff <= 0xfffd,
        code => matches!(
            code,
            0xa0..=0xd7ff | 0xf900..=0xfdcf | 0xfdf0..=0xffef | 0xe_1000..=0xe_fffd
        ),
    }
}

/// `iprivate` of RFC 3987.
fn is_private(c: char) -> bool {
    matches!(u32::from(c), 0xe000..=0xf8ff | 0xf_0000..=0xf_fffd | 0x10_0000..=0x10_fffd)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xapi_00011_an_iri_has_a_scheme_and_only_characters_of_the_grammar() {
        for text in [
            "http://example.com",
            "https://example.com/a/b?c=d#e",
            "http://example.com/%C3%A9",
            "http://例え.jp/テスト",
            "http://user@example.com:8080/",
            "http://[::1]:8080/",
            "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
            "tag:example.com,2026:x",
            "mailto:a@example.com",
            "act:1",
            "file:///c/d",
        ] {
            assert!(is_iri(text), "{text}");
        }
        for text in [
            "",
            "example.com/a",
            "//example.com/a",
            "http:",
            "http://",
            "http:/a",
            "http://exa mple.com/",
            "http://example.com/a b",
            "http://example.com/%zz",
            "http://example.com/%4",
            "http://example.com/<a>",
            "http://example.com/a|b",
            "http://example.com/a\\b",
            "http://example.com/#a#b",
            "http://[::1",
            "http://example.com:port/",
            "1http://example.com",
            "ht_tp://example.com",
            "http://example.com/\u{7f}",
            "http://example.com/\n",
            "http://example.com/\u{e000}",
        ] {
            assert!(!is_iri(text), "{text}");
        }
    }
}
