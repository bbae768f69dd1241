//! Entries' names: from bytes in some encoding to paths that are safe and comparable.

use super::{ArchiveError, code_page, directory::Record};
use unicode_normalization::UnicodeNormalization;

/// A name without anything that depends on how it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SafeName {
    /// Segments joined by `/`; no leading or trailing slash.
    pub(super) path: String,
    /// Whether the name ended in a slash.
    pub(super) folder: bool,
    /// Whether it was written with backslashes.
    pub(super) backslash: bool,
}

/// Every name decoded, and the code page if one had to be guessed.
pub(super) struct Decoded {
    pub(super) names: Vec<String>,
    pub(super) code_page: Option<&'static str>,
    /// How many names the code page was needed for.
    pub(super) guessed: usize,
}

/// Control bytes have no place in a name of any encoding.
pub(super) fn check_bytes(name: &[u8], shown: &dyn Fn() -> String) -> Result<(), ArchiveError> {
    if name.is_empty() || name.iter().any(u8::is_ascii_control) {
        return Err(ArchiveError::InvalidName { name: shown() });
    }
    Ok(())
}

/// Decodes all names: the Unicode path field, then UTF-8, then the code page that fits best what
/// the manifest names (`hrefs`, asked for only when needed).
pub(super) fn decode(records: &[Record], hrefs: impl FnOnce() -> Vec<String>) -> Decoded {
    let known = |record: &Record| {
        let utf8 = || str::from_utf8(&record.name).ok().map(str::to_owned);
        if record.utf8 { utf8() } else { record.unicode_name.clone().or_else(utf8) }
    };
    let decoded: Vec<Option<String>> = records.iter().map(known).collect();
    let pairs = || records.iter().zip(&decoded);
    let open: Vec<&[u8]> =
        pairs().filter(|(_, name)| name.is_none()).map(|(record, _)| &*record.name).collect();
    if open.is_empty() {
        let names = decoded.into_iter().flatten().collect();
        return Decoded { names, code_page: None, guessed: 0 };
    }
    let page = code_page::choose(&open, &hrefs());
    let guessed = open.len();
    let names = pairs()
        .map(|(record, name)| name.clone().unwrap_or_else(|| page.decode(&record.name)))
        .collect();
    Decoded { names, code_page: Some(page.name()), guessed }
}

/// A decoded name as a safe path, or why it is refused.
pub(super) fn to_path(name: &str) -> Result<SafeName, ArchiveError> {
    let owned = || name.to_owned();
    let backslash = name.contains('\\');
    let slashed = name.replace('\\', "/");
    if slashed.chars().any(char::is_control) {
        return Err(ArchiveError::InvalidName { name: owned() });
    }
    let drive = |text: &str| {
        let mut chars = text.chars();
        chars.next().is_some_and(|c| c.is_ascii_alphabetic()) && chars.next() == Some(':')
    };
    if slashed.starts_with('/') || drive(&slashed) {
        return Err(ArchiveError::AbsolutePath { name: owned() });
    }
    let segments: Vec<&str> =
        slashed.split('/').filter(|segment| !matches!(*segment, "" | ".")).collect();
    // Windows drops trailing spaces and dots: `.. ` leaves a folder there.
    if segments.iter().any(|segment| {
        segment.len() >= 2
            && segment.trim_end_matches([' ', '.']).is_empty()
            && segment.contains('.')
    }) {
        return Err(ArchiveError::PathTraversal { name: owned() });
    }
    let folder = slashed.ends_with('/') || slashed.ends_with("/.");
    if segments.is_empty() && !slashed.starts_with('.') {
        return Err(ArchiveError::InvalidName { name: owned() });
    }
    Ok(SafeName { path: segments.join("/"), folder: folder || segments.is_empty(), backslash })
}

/// Whether a path is an operating system's litter, no part of the course.
pub(super) fn is_junk(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    path.split('/').any(|segment| segment == "__MACOSX")
        || name.starts_with("._")
        || [".DS_Store", "Thumbs.db", "desktop.ini"]
            .iter()
            .any(|junk| name.eq_ignore_ascii_case(junk))
}

/// A path without letter case and Unicode composition: what a careless file system keeps.
pub(crate) fn folded(path: &str) -> String {
    if path.is_ascii() {
        path.to_ascii_lowercase()
    } else {
        path.nfc().collect::<String>().to_lowercase().nfc().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_made_of_plain_segments() {
        for (name, path, folder) in [
            ("a/b.html", "a/b.html", false),
            ("./a//b.html", "a/b.html", false),
            ("a\\b\\c.html", "a/b/c.html", false),
            ("a/", "a", true),
            ("a/./", "a", true),
            ("./", "", true),
            ("a..b/...c", "a..b/...c", false),
        ] {
            let made = to_path(name).unwrap();
            assert_eq!((made.path.as_str(), made.folder), (path, folder), "{name}");
        }
    }

    #[test]
    fn a_path_that_leaves_the_package_is_refused() {
        for name in ["../a", "a/../../b", "a\\..\\b", "..", "a/..", ".. /a", "..../a", ". ./a"] {
            let refused = to_path(name);
            assert!(
                matches!(refused, Err(ArchiveError::PathTraversal { .. })),
                "{name} {refused:?}"
            );
        }
    }

    #[test]
    fn an_absolute_path_is_refused() {
        for name in ["/etc/passwd", "\\a", "C:\\a", "c:a", "//server/share", "\\\\server\\share\\a"]
        {
            assert!(matches!(to_path(name), Err(ArchiveError::AbsolutePath { .. })), "{name}");
        }
    }

    #[test]
    fn control_characters_are_refused() {
        for name in ["a\0b", "a\nb", "a\u{7f}", "a\u{85}b"] {
            assert!(matches!(to_path(name), Err(ArchiveError::InvalidName { .. })), "{name:?}");
        }
    }

    #[test]
    fn folding_forgets_case_and_composition() {
        assert_eq!(folded("Caf\u{e9}.HTML"), folded("cafe\u{301}.html"));
        assert_ne!(folded("a"), folded("b"));
    }
}
