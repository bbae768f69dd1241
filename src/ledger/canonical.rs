//! The JSON Canonicalization Scheme (RFC 8785), as far as entries need it: flat objects of
//! strings, numbers, booleans and nulls whose keys are ASCII.

use std::fmt::Write;

/// An object under construction. Keys must come in order; a debug build says when they do not.
#[derive(Debug, Default)]
pub(crate) struct Object {
    text: String,
    last: &'static str,
}

impl Object {
    fn key(&mut self, key: &'static str) -> &mut String {
        debug_assert!(self.last < key, "{key} comes before {}", self.last);
        self.last = key;
        self.text.push(if self.text.is_empty() { '{' } else { ',' });
        string(&mut self.text, key);
        self.text.push(':');
        &mut self.text
    }

    pub(crate) fn string(&mut self, key: &'static str, value: &str) -> &mut Self {
        string(self.key(key), value);
        self
    }

    pub(crate) fn optional(&mut self, key: &'static str, value: Option<&str>) -> &mut Self {
        let text = self.key(key);
        match value {
            Some(value) => string(text, value),
            None => text.push_str("null"),
        }
        self
    }

    pub(crate) fn boolean(&mut self, key: &'static str, value: Option<bool>) -> &mut Self {
        self.key(key).push_str(match value {
            Some(true) => "true",
            Some(false) => "false",
            None => "null",
        });
        self
    }

    pub(crate) fn number(&mut self, key: &'static str, value: Option<f64>) -> &mut Self {
        let text = self.key(key);
        match value.filter(|value| value.is_finite()) {
            Some(value) => number(text, value),
            None => text.push_str("null"),
        }
        self
    }

    /// Pairs of whole numbers, which print as themselves up to 2^53 (RFC 8785 section 3.2.2.3).
    pub(crate) fn pairs(&mut self, key: &'static str, pairs: &[(u64, u64)]) -> &mut Self {
        let text = self.key(key);
        text.push('[');
        for (index, (first, last)) in pairs.iter().enumerate() {
            let gap = if index == 0 { "" } else { "," };
            // Writing to a `String` does not fail.
            let _ = write!(text, "{gap}[{first},{last}]");
        }
        text.push(']');
        self
    }

    pub(crate) fn finish(&mut self) -> Vec<u8> {
        let mut text = std::mem::take(&mut self.text);
        text.push('}');
        text.into_bytes()
    }
}

/// A string with the escapes of RFC 8785 section 3.2.2.2.
pub(crate) fn string(out: &mut String, value: &str) {
    out.push('"');
    for character in value.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            control if control < ' ' => {
                // Writing to a `String` does not fail.
                let _ = write!(out, "\\u{:04x}", u32::from(control));
            }
            plain => out.push(plain),
        }
    }
    out.push('"');
}

/// A list of strings.
pub(crate) fn strings<'a>(values: impl IntoIterator<Item = &'a str>) -> String {
    let mut out = String::from("[");
    for (index, value) in values.into_iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        string(&mut out, value);
    }
    out.push(']');
    out
}

/// A finite number as ECMAScript prints it (RFC 8785 section 3.2.2.3; ECMA-262
/// `Number::toString`).
fn number(out: &mut String, value: f64) {
    if value == 0.0 {
        out.push('0');
        return;
    }
    // Rust prints the shortest digits that read back, as `d.ddde-7`.
    let scientific = format!("{value:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let (sign, mantissa) = mantissa.strip_prefix('-').map_or(("", mantissa), |rest| ("-", rest));
    let digits = mantissa.replace('.', "");
    let exponent: i32 = exponent.parse().unwrap_or(0);
    out.push_str(sign);
    let length = i32::try_from(digits.len()).unwrap_or(i32::MAX);
    let point = exponent + 1;
    if (length..=21).contains(&point) {
        out.push_str(&digits);
        out.extend(std::iter::repeat_n('0', usize::try_from(point - length).unwrap_or(0)));
    } else if (1..=21).contains(&point) {
        let (whole, fraction) = digits.split_at(usize::try_from(point).unwrap_or(0));
        out.push_str(whole);
        out.push('.');
        out.push_str(fraction);
    } else if (-5..=0).contains(&point) {
        out.push_str("0.");
        out.extend(std::iter::repeat_n('0', usize::try_from(-point).unwrap_or(0)));
        out.push_str(&digits);
    } else {
        let (first, rest) = digits.split_at(1);
        out.push_str(first);
        if !rest.is_empty() {
            out.push('.');
            out.push_str(rest);
        }
        let sign = if exponent < 0 { '-' } else { '+' };
        let _ = write!(out, "e{sign}{}", exponent.abs());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_print_as_ecmascript_does() {
        let cases: [(f64, &str); 14] = [
            (0.0, "0"),
            (-0.0, "0"),
            (1.0, "1"),
            (-1.0, "-1"),
            (0.85, "0.85"),
            (-0.5, "-0.5"),
            (0.1 + 0.2, "0.30000000000000004"),
            (0.000_001, "0.000001"),
            (0.000_000_1, "1e-7"),
            (1.5e-9, "1.5e-9"),
            (123.456, "123.456"),
            (1e20, "100000000000000000000"),
            (1e21, "1e+21"),
            (f64::MAX, "1.7976931348623157e+308"),
        ];
        for (value, text) in cases {
            let mut out = String::new();
            number(&mut out, value);
            assert_eq!(out, text);
            assert!((out.parse::<f64>().unwrap() - value).abs() <= f64::EPSILON * value.abs());
        }
    }

    #[test]
    fn strings_escape_what_rfc_8785_names_and_nothing_else() {
        let mut out = String::new();
        string(&mut out, "\u{20ac}$\u{f}\nA'B\"\\\\\"/\u{7f}");
        assert_eq!(out, "\"\u{20ac}$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\u{7f}\"");
    }
}
