//! From bytes to text: byte order marks, declared encodings, and declarations that are wrong.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// A document's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Decoded {
    /// The text without byte order mark; white space before the declaration is kept.
    pub(crate) text: String,
    /// Set when the declared encoding is not the one used.
    pub(crate) contradiction: Option<String>,
}

/// Decodes a document (XML 1.0, appendix F). A byte order mark wins, then a declaration that
/// fits the bytes, then UTF-8, then Windows-1252, which every byte fits.
pub(crate) fn decode(bytes: &[u8]) -> Decoded {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        let body = bytes.get(mark..).unwrap_or_default();
        return finish(body, encoding, true);
    }
    match bytes {
        [b'<', 0, ..] => finish(bytes, UTF_16LE, false),
        [0, b'<', ..] => finish(bytes, UTF_16BE, false),
        _ => finish(bytes, by_declaration(bytes), false),
    }
}

/// The encoding of a document in an ASCII-compatible one.
fn by_declaration(bytes: &[u8]) -> &'static Encoding {
    let label = declared(&latin(bytes));
    let encoding = label
        .and_then(|label| Encoding::for_label(label.as_bytes()))
        .filter(|encoding| encoding.is_ascii_compatible())
        .unwrap_or(UTF_8);
    let is_utf8 = str::from_utf8(bytes).is_ok();
    // Text in a single-byte encoding is hardly ever valid UTF-8 by chance.
    let single_byte = encoding == WINDOWS_1252 || encoding.is_single_byte();
    match is_utf8 {
        true if single_byte => UTF_8,
        false if encoding == UTF_8 => WINDOWS_1252,
        _ => encoding,
    }
}

fn finish(bytes: &[u8], encoding: &'static Encoding, marked: bool) -> Decoded {
    let (text, broken) = encoding.decode_without_bom_handling(bytes);
    let text = text.trim_end_matches(['\0', '\u{1a}']).to_owned();
    let label = declared(&text);
    let meant = label.as_deref().map(|label| Encoding::for_label(label.as_bytes()));
    let name = encoding.name();
    let contradiction = match (label.as_deref(), meant) {
        _ if broken => Some(format!("some bytes are not valid {name}")),
        (Some(label), Some(None)) => Some(format!("{label:?} is no encoding; read as {name}")),
        // Pure ASCII is right under any of these names.
        _ if !marked && bytes.is_ascii() => None,
        (Some(label), Some(Some(meant))) if !same(meant, encoding) => {
            Some(format!("{label:?} is declared, and the bytes are {name}"))
        }
        (None, _) if encoding == WINDOWS_1252 => {
            Some(format!("no encoding is declared, which means UTF-8, and the bytes are {name}"))
        }
        _ => None,
    };
    Decoded { text, contradiction }
}

/// `UTF-16` is declared without byte order, which the mark gives.
fn same(declared: &'static Encoding, actual: &'static Encoding) -> bool {
    let wide = [UTF_16LE, UTF_16BE];
    declared == actual || (wide.contains(&declared) && wide.contains(&actual))
}

/// The beginning of a document as if it were Latin-1, to look for a declaration in it.
fn latin(bytes: &[u8]) -> String {
    bytes.iter().take(1024).copied().map(char::from).collect()
}

/// What the XML declaration says of the encoding.
fn declared(text: &str) -> Option<String> {
    let declaration = text.trim_start().strip_prefix("<?xml")?.split_once("?>")?.0;
    let value = declaration.split_once("encoding")?.1.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    Some(value.get(1..)?.split(quote).next()?.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str, little: bool) -> Vec<u8> {
        text.encode_utf16()
            .flat_map(|unit| if little { unit.to_le_bytes() } else { unit.to_be_bytes() })
            .collect()
    }

    #[test]
    fn every_encoding_met_in_the_field_is_read() {
        let plain = "<?xml version=\"1.0\"?><a>é</a>";
        let said = |label: &str| format!("<?xml version=\"1.0\" encoding=\"{label}\"?><a>é</a>");
        let latin = |text: &str| WINDOWS_1252.encode(text).0.into_owned();
        let cases: Vec<(&str, Vec<u8>, bool)> = vec![
            ("UTF-8", plain.into(), false),
            ("UTF-8 marked", format!("\u{feff}{plain}").into(), false),
            ("UTF-8 declared", said("utf-8").into(), false),
            ("UTF-8 said to be Latin", said("iso-8859-1").into(), true),
            ("Latin-1", latin(&said("ISO-8859-1")), false),
            ("Latin-1 said to be UTF-8", latin(&said("UTF-8")), true),
            ("Latin-1 undeclared", latin(plain), true),
            ("no encoding at all", said("utf-8(BAD)").into(), true),
            ("UTF-16 LE marked", utf16(&format!("\u{feff}{}", said("UTF-16")), true), false),
            ("UTF-16 BE marked", utf16(&format!("\u{feff}{}", said("UTF-16")), false), false),
            ("UTF-16 LE bare", utf16(&said("UTF-16"), true), false),
            ("UTF-16 BE bare", utf16(&said("utf-16be"), false), false),
            ("UTF-16 said to be UTF-8", utf16(&format!("\u{feff}{}", said("UTF-8")), true), true),
            ("8 bit said to be UTF-16", said("UTF-16").into(), true),
        ];
        for (name, bytes, contradicts) in cases {
            let decoded = decode(&bytes);
            assert!(decoded.text.ends_with("<a>é</a>"), "{name}: {decoded:?}");
            assert_eq!(decoded.contradiction.is_some(), contradicts, "{name}: {decoded:?}");
        }
    }

    #[test]
    fn windows_1251_is_read_as_declared() {
        let text = "<?xml version='1.0' encoding='windows-1251'?><a>Урок</a>";
        let bytes = encoding_rs::WINDOWS_1251.encode(text).0.into_owned();
        assert_eq!(decode(&bytes), Decoded { text: text.to_owned(), contradiction: None });
    }
}
