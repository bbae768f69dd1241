//! Entry bundles: the entries under one tile of leaves, each behind its length as a big-endian
//! `uint16` (C2SP tlog-tiles, "Log entries").

/// The longest entry that a bundle can hold.
pub const ENTRY_BYTES_MAX: usize = u16::MAX as usize;

/// The bundle of these entries; `None` when one is longer than [`ENTRY_BYTES_MAX`].
pub fn bundle<'a>(entries: impl IntoIterator<Item = &'a [u8]>) -> Option<Vec<u8>> {
    let mut bundle = Vec::new();
    for entry in entries {
        bundle.extend(u16::try_from(entry.len()).ok()?.to_be_bytes());
        bundle.extend(entry);
    }
    Some(bundle)
}

/// The entries of a bundle; `None` when the last one is cut off.
pub fn unbundle(mut bundle: &[u8]) -> Option<Vec<&[u8]>> {
    let mut entries = Vec::new();
    while !bundle.is_empty() {
        let (length, rest) = bundle.split_first_chunk()?;
        let (entry, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        entries.push(entry);
        bundle = rest;
    }
    Some(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_come_back_out_of_their_bundle() {
        let long = vec![7; ENTRY_BYTES_MAX];
        let entries: [&[u8]; 4] = [b"ab", b"", &long, b"c"];
        let packed = bundle(entries).unwrap();
        assert_eq!(packed[..4], [0, 2, b'a', b'b']);
        assert_eq!(unbundle(&packed).unwrap(), entries);
        assert_eq!(unbundle(b""), Some(Vec::new()));
    }

    #[test]
    fn what_is_too_long_or_cut_off_is_refused() {
        assert_eq!(bundle([vec![0; ENTRY_BYTES_MAX + 1].as_slice()]), None);
        for bytes in [&[0][..], &[0, 2, 1], &[0, 1, 5, 0]] {
            assert_eq!(unbundle(bytes), None, "{bytes:?}");
        }
    }
}
