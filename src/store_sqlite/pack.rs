//! Many rows in one call: each call through the driver crosses to its thread and back, which costs
//! more than the row itself.
//!
//! An `INSERT … SELECT … FROM jsonb_each($json)` reads them: numbers stand in the JSON, bytes in
//! one BLOB beside it, of which the JSON holds the place (`substr($bytes, value ->> 3, value ->> 4)`).

use std::fmt::Write;

/// Bytes after which rows are written rather than collected further.
const PACK_BYTES_MAX: usize = 4 << 20;

/// Rows for one call.
#[derive(Debug, Default)]
pub(crate) struct Pack {
    json: String,
    bytes: Vec<u8>,
}

impl Pack {
    /// Begins the next row; its columns follow in order.
    pub(crate) fn row(&mut self) -> &mut Self {
        self.json.push_str(if self.json.is_empty() { "[[" } else { "],[" });
        self
    }

    /// A number: one element.
    pub(crate) fn number(&mut self, number: i64) -> &mut Self {
        // Writing to a String cannot fail.
        let _ = write!(self.comma().json, "{number}");
        self
    }

    /// Bytes or NULL: two elements, the place (from 1) and the length.
    pub(crate) fn bytes<'a>(&mut self, bytes: impl Into<Option<&'a [u8]>>) -> &mut Self {
        let Some(bytes) = bytes.into() else {
            self.comma().json.push_str("null,null");
            return self;
        };
        let place = self.bytes.len() + 1;
        let _ = write!(self.comma().json, "{place},{}", bytes.len());
        self.bytes.extend_from_slice(bytes);
        self
    }

    fn comma(&mut self) -> &mut Self {
        if !self.json.ends_with('[') {
            self.json.push(',');
        }
        self
    }

    /// Whether there are no rows.
    pub(crate) const fn is_empty(&self) -> bool {
        self.json.is_empty()
    }

    /// Whether it is time to write.
    pub(crate) const fn is_full(&self) -> bool {
        self.bytes.len() + self.json.len() >= PACK_BYTES_MAX
    }

    /// The JSON, an empty list without rows, and the bytes. Empty again afterwards.
    pub(crate) fn take(&mut self) -> (String, Vec<u8>) {
        let mut json = std::mem::take(&mut self.json);
        json.push_str(if json.is_empty() { "[]" } else { "]]" });
        (json, std::mem::take(&mut self.bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_arrays_of_numbers_and_places() {
        let mut pack = Pack::default();
        pack.row().number(7).bytes(&b"abc"[..]).bytes(None);
        pack.row().bytes(&b""[..]).number(-1).bytes(&b"d"[..]);
        let (json, bytes) = pack.take();
        assert_eq!(json, "[[7,1,3,null,null],[4,0,-1,4,1]]");
        assert_eq!(bytes, b"abcd");
        assert_eq!(pack.take(), ("[]".to_owned(), Vec::new()));
    }

    #[test]
    fn a_pack_is_full_at_its_limit() {
        let mut pack = Pack::default();
        pack.row().bytes(&vec![0; PACK_BYTES_MAX - 100][..]);
        assert!(!pack.is_full());
        pack.row().bytes(&[0; 100][..]);
        assert!(pack.is_full());
    }
}
