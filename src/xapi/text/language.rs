//! Language tags (BCP 47, RFC 5646).

/// Tags of the grammar before RFC 4646 that the present one does not produce.
const IRREGULAR: [&str; 17] = [
    "en-GB-oed",
    "i-ami",
    "i-bnn",
    "i-default",
    "i-enochian",
    "i-hak",
    "i-klingon",
    "i-lux",
    "i-mingo",
    "i-navajo",
    "i-pwn",
    "i-tao",
    "i-tay",
    "i-tsu",
    "sgn-BE-FR",
    "sgn-BE-NL",
    "sgn-CH-DE",
];

/// Whether `tag` is well-formed by RFC 5646 section 2.1 (XAPI-00013, XAPI-00091, XAPI-00121).
pub fn is_language_tag(tag: &str) -> bool {
    is_regular(tag) || IRREGULAR.iter().any(|irregular| irregular.eq_ignore_ascii_case(tag))
}

fn is_regular(tag: &str) -> bool {
    let mut subtags = tag.split('-').peekable();
    let Some(primary) = subtags.next() else { return false };
    if primary.eq_ignore_ascii_case("x") {
        return private_use(subtags);
    }
    if !(2..=8).contains(&primary.len()) || !is_alpha(primary) {
        return false;
    }
    if primary.len() <= 3 {
        // up to three extended language subtags
        for _ in 0..3 {
            if subtags.next_if(|s| s.len() == 3 && is_alpha(s)).is_none() {
                break;
            }
        }
    }
    let _script = subtags.next_if(|s| s.len() == 4 && is_alpha(s));
    let _region = subtags.next_if(|s| {
        (s.len() == 2 && is_alpha(s)) || (s.len() == 3 && s.bytes().all(|b| b.is_ascii_digit()))
    });
    let mut variants: Vec<&str> = Vec::new();
    while let Some(variant) = subtags.next_if(|s| is_variant(s)) {
        if variants.iter().any(|seen| seen.eq_ignore_ascii_case(variant)) {
            return false;
        }
        variants.push(variant);
    }
    let mut singletons: Vec<&str> = Vec::new();
    while let Some(singleton) = subtags.next() {
        if singleton.eq_ignore_ascii_case("x") {
            return private_use(subtags);
        }
        let repeated = singletons.iter().any(|seen| seen.eq_ignore_ascii_case(singleton));
        if singleton.len() != 1 || !is_alphanumeric(singleton) || repeated {
            return false;
        }
        singletons.push(singleton);
        let mut parts = 0;
        while subtags.next_if(|s| (2..=8).contains(&s.len()) && is_alphanumeric(s)).is_some() {
            parts += 1;
        }
        if parts == 0 {
            return false;
        }
    }
    true
}

/// `x-` and at least one subtag of one to eight letters or digits.
fn private_use<'a>(subtags: impl Iterator<Item = &'a str>) -> bool {
    let mut subtags = subtags.peekable();
    subtags.peek().is_some() && subtags.all(|s| (1..=8).contains(&s.len()) && is_alphanumeric(s))
}

fn is_variant(subtag: &str) -> bool {
    let digit_first = subtag.bytes().next().is_some_and(|b| b.is_ascii_digit());
    is_alphanumeric(subtag)
        && ((5..=8).contains(&subtag.len()) || (subtag.len() == 4 && digit_first))
}

fn is_alpha(subtag: &str) -> bool {
    subtag.bytes().all(|b| b.is_ascii_alphabetic())
}

fn is_alphanumeric(subtag: &str) -> bool {
    subtag.bytes().all(|b| b.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xapi_00013_subtags_come_in_the_order_and_lengths_of_rfc_5646() {
        for tag in [
            "en",
            "EN-us",
            "zh-Hans-CN",
            "zh-cmn-Hans-CN",
            "sl-rozaj-biske",
            "de-CH-1901",
            "es-419",
            "und",
            "x-whatever",
            "en-x-us",
            "en-a-bbb-x-a-ccc",
            "i-klingon",
            "en-GB-oed",
            "art-lojban",
            "zh-min-nan",
            "abcdefgh",
        ] {
            assert!(is_language_tag(tag), "{tag}");
        }
        for tag in [
            "",
            "a",
            "a12345",
            "something",
            "en_US",
            "en-",
            "-en",
            "en--US",
            "en-US-x",
            "x",
            "x-",
            "en-a",
            "en-a-bb-a-cc",
            "de-1901-1901",
            "en-toolongsubtag",
            "en US",
            "é",
            "12",
        ] {
            assert!(!is_language_tag(tag), "{tag}");
        }
    }
}
