//! Paths: `xml:base` at three levels, and hrefs as people write them.

use super::context::Context;
use crate::{
    codes::{self, Code},
    index::Match,
    xml::Element,
};
use std::borrow::Cow;

/// What hrefs are relative to: a folder of the package or an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Base(String);

impl Base {
    /// The manifest's folder.
    pub(super) fn root() -> Self {
        Self(String::new())
    }

    fn join(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }
}

/// Where an href leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    /// A file of the package.
    Found {
        /// The entry's path.
        path: String,
        /// Query and fragment.
        suffix: String,
        /// What had to be overlooked.
        liberties: Vec<&'static Code>,
    },
    /// A path that names no file.
    Missing {
        /// The path as it should be.
        path: String,
    },
    /// An http or https address.
    External(String),
    /// An address that cannot be launched.
    Unusable,
}

impl Context<'_, '_> {
    /// The base of an element's paths: its parent's with its own `xml:base` on top.
    pub(super) fn base(&mut self, parent: &Base, element: &Element<'_>) -> Base {
        let Some(attribute) = element.attribute("xml:base") else { return parent.clone() };
        let written = attribute.value.trim().replace('\\', "/");
        let mut base = written.clone();
        if !base.is_empty() && !base.ends_with('/') {
            base.push('/');
        }
        if scheme(&base).is_some() {
            return Base(base);
        }
        let relative = base.trim_start_matches('/').to_owned();
        if base != written || relative != base {
            let message = format!("xml:base {:?} was read as {relative:?}", attribute.value);
            self.tell(&codes::BASE_INVALID, attribute.offset, message);
        }
        Base(parent.join(&decoded(&relative)))
    }

    /// Follows an href.
    pub(super) fn follow(&self, base: &Base, href: &str) -> Target {
        let href = href.trim();
        let full = if scheme(href).is_some() { href.to_owned() } else { base.join(href) };
        match scheme(&full) {
            Some("http" | "https") => return Target::External(full),
            Some(_) => return Target::Unusable,
            None if href.starts_with("//") => return Target::External(format!("https:{href}")),
            None => {}
        }
        let mut liberties = Vec::new();
        let slashed = href.replace('\\', "/");
        if slashed != href {
            liberties.push(&codes::HREF_BACKSLASH);
        }
        let relative = without_root(&slashed);
        if relative != slashed {
            liberties.push(&codes::HREF_ABSOLUTE);
        }
        let end = relative.find(['?', '#']).unwrap_or(relative.len());
        let (path, suffix) = relative.split_at(end);
        if path.contains(|c: char| !c.is_ascii_graphic()) {
            liberties.push(&codes::HREF_UNENCODED);
        }
        let plain = decoded(path);
        // As a URL, as a file name that looks encoded, as a file name with `?` or `#` in it; and
        // each without the base, which authors forget to take off.
        let spellings = [(plain.as_ref(), suffix), (path, suffix), (relative, "")];
        let bases = [base.clone(), Base::root()];
        let mut folded = None;
        for base in &bases {
            for (path, suffix) in spellings {
                let (joined, left) = normalized(&base.join(path));
                let Some((entry, how)) = self.around.index.find(&joined) else { continue };
                let mut liberties = liberties.clone();
                liberties.extend(left.then_some(&codes::HREF_LEAVES_PACKAGE));
                liberties.extend((base != &bases[0]).then_some(&codes::BASE_INVALID));
                liberties.extend((how == Match::Folded).then_some(&codes::HREF_CASE));
                let (path, suffix) = (entry.path.clone(), suffix.to_owned());
                let found = Target::Found { path, suffix, liberties };
                if how != Match::Folded {
                    return found;
                }
                folded = folded.or(Some(found));
            }
        }
        folded.unwrap_or_else(|| Target::Missing { path: normalized(&base.join(&plain)).0 })
    }

    /// The file that an href leads to, when it is in the package.
    pub(super) fn locate(&self, base: &Base, href: &str) -> Option<String> {
        match self.follow(base, href) {
            Target::Found { path, .. } => Some(path),
            _ => None,
        }
    }
}

/// The scheme of an absolute address, in lower case when it is one we know; a drive letter is
/// none.
fn scheme(href: &str) -> Option<&'static str> {
    let (scheme, _) = href.split_once(':')?;
    let letters = |c: char| c.is_ascii_alphanumeric() || "+.-".contains(c);
    if scheme.len() < 2
        || !scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        || !scheme.chars().all(letters)
    {
        return None;
    }
    ["http", "https"].into_iter().find(|known| scheme.eq_ignore_ascii_case(known)).or(Some("other"))
}

/// A path without drive letter and leading slashes.
fn without_root(path: &str) -> &str {
    let mut chars = path.chars();
    let drive = chars.next().is_some_and(|c| c.is_ascii_alphabetic()) && chars.next() == Some(':');
    let rest = if drive { chars.as_str() } else { path };
    rest.trim_start_matches('/')
}

fn decoded(path: &str) -> Cow<'_, str> {
    percent_encoding::percent_decode_str(path).decode_utf8().unwrap_or(Cow::Borrowed(path))
}

/// A path without `.`, `..` and empty segments, and whether it tried to leave the package.
fn normalized(path: &str) -> (String, bool) {
    let mut segments = Vec::new();
    let mut left = false;
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => left |= segments.pop().is_none(),
            _ => segments.push(segment),
        }
    }
    (segments.join("/"), left)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drive_letter_is_no_scheme() {
        for (href, expected) in [
            ("HTTP://a/b", Some("http")),
            ("https://a", Some("https")),
            ("javascript:alert(1)", Some("other")),
            ("C:/a", None),
            ("a/b:c", None),
            ("a?b=http://c", None),
        ] {
            assert_eq!(scheme(href), expected, "{href}");
        }
    }

    #[test]
    fn a_path_is_cut_at_the_root() {
        for (path, expected, left) in [
            ("a/./b//c", "a/b/c", false),
            ("a/../b", "b", false),
            ("../../b", "b", true),
            ("", "", false),
        ] {
            assert_eq!(normalized(path), (expected.to_owned(), left), "{path}");
        }
    }
}
