//! Hardened XML: no document type, limits on everything, a position for everything.

mod decode;
mod element;
mod error;
mod parse;

pub(crate) use decode::{Decoded, decode};
pub(crate) use element::{Document, Element, Vocabulary};
pub use error::{XmlError, XmlErrorKind};
pub(crate) use parse::parse;

/// The values of all attributes of this name, found without parsing: good enough to guess by,
/// in documents that may be broken.
pub(crate) fn quoted_values(text: &str, attribute: &str) -> Vec<String> {
    let after = text.split(attribute).skip(1);
    let value = |rest: &str| {
        let rest = rest.trim_start().strip_prefix('=')?.trim_start();
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let value = rest.get(1..)?.split(quote).next()?;
        let decoded = percent_encoding::percent_decode_str(value).decode_utf8_lossy();
        Some(decoded.replace("&amp;", "&"))
    };
    after.filter_map(value).collect()
}

#[cfg(test)]
mod tests {
    use super::quoted_values;

    #[test]
    fn attribute_values_are_found_in_broken_documents() {
        let text = r#"<a href="x%20y.html"><b href = 'z&amp;.html' <c href= href="#;
        assert_eq!(quoted_values(text, "href"), ["x y.html", "z&.html"]);
    }
}
