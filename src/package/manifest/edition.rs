//! Which SCORM a manifest is for (CAM 3.4.1.3): `schemaversion`, else the namespaces.

use super::context::{Context, collapse};
use crate::{codes, xml::Element};
use scorm::manifest::Edition;

/// What the standard itself writes.
const CANONICAL: [(&str, Edition); 4] = [
    ("1.2", Edition::Scorm12),
    ("CAM 1.3", Edition::Scorm2004Second),
    ("2004 3rd Edition", Edition::Scorm2004Third),
    ("2004 4th Edition", Edition::Scorm2004Fourth),
];

/// The edition: what `schemaversion` says when it can be understood, as other systems do, since
/// the content was tested with those; else what the namespaces say; else SCORM 1.2.
pub(super) fn detect(context: &mut Context<'_, '_>, root: &Element<'_>) -> Edition {
    let by_namespace = by_namespace(context);
    let stated = root
        .child("metadata")
        .and_then(|metadata| metadata.child("schemaversion"))
        .or_else(|| descendant(root, "schemaversion", 3));
    let Some((element, text)) = stated.and_then(|element| Some((element, element.content()?)))
    else {
        let edition = guess(by_namespace, root);
        let message = format!("there is no schemaversion; read as {}", edition.title());
        context.tell(&codes::SCHEMAVERSION_MISSING, root.offset, message);
        return edition;
    };
    if let Some((_, edition)) = CANONICAL.iter().find(|(canonical, _)| *canonical == text) {
        contradict(context, element, text, *edition, by_namespace);
        return *edition;
    }
    if let Some(edition) = understand(text) {
        let message = format!("schemaversion {text:?} was understood as {}", edition.title());
        context.tell(&codes::SCHEMAVERSION_SPELLING, element.offset, message);
        contradict(context, element, text, edition, by_namespace);
        return edition;
    }
    let edition = guess(by_namespace, root);
    let message = format!("schemaversion is {text:?}; read as {}", edition.title());
    context.tell(&codes::SCHEMAVERSION_UNKNOWN, element.offset, message);
    edition
}

/// A misspelled `schemaversion`.
fn understand(text: &str) -> Option<Edition> {
    let text = collapse(&text.to_ascii_lowercase());
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    if has(&["4th", "fourth", "ed4", "1.3.4"]) {
        Some(Edition::Scorm2004Fourth)
    } else if has(&["3rd", "third", "1.3.3"]) {
        Some(Edition::Scorm2004Third)
    } else if has(&["2nd", "second", "1.3"]) {
        Some(Edition::Scorm2004Second)
    } else if has(&["2004"]) {
        Some(Edition::Scorm2004Third)
    } else if has(&["1.2"]) {
        Some(Edition::Scorm12)
    } else {
        None
    }
}

/// Whether the namespaces are those of SCORM 2004; `None` when they do not tell.
fn by_namespace(context: &Context<'_, '_>) -> Option<bool> {
    let declares =
        |part: &str| context.document.namespaces.iter().any(|one| one.uri.contains(part));
    if declares("adlcp_v1p3") {
        Some(true)
    } else if declares("adlcp_rootv1p2") || declares("imscp_rootv1p1") {
        Some(false)
    } else {
        None
    }
}

/// Without a usable `schemaversion`: namespaces, and what only the 4th edition has.
fn guess(by_namespace: Option<bool>, root: &Element<'_>) -> Edition {
    let is_2004 = by_namespace.unwrap_or_else(|| descendant(root, "sequencing", 100).is_some());
    let fourth = || {
        ["data", "jump"].iter().any(|name| {
            descendant(root, "organizations", 2)
                .is_some_and(|all| descendant(all, name, 100).is_some())
        })
    };
    match is_2004 {
        false => Edition::Scorm12,
        true if fourth() => Edition::Scorm2004Fourth,
        true => Edition::Scorm2004Third,
    }
}

fn contradict(
    context: &mut Context<'_, '_>,
    element: &Element<'_>,
    text: &str,
    edition: Edition,
    by_namespace: Option<bool>,
) {
    if by_namespace.is_some_and(|is_2004| is_2004 != edition.is_2004()) {
        let other = if edition.is_2004() { "SCORM 1.2" } else { "SCORM 2004" };
        let message = format!("schemaversion is {text:?}, and the namespaces are those of {other}");
        context.tell(&codes::SCHEMAVERSION_CONTRADICTION, element.offset, message);
    }
}

/// The first element of that name at most so many levels beneath another.
fn descendant<'e, 'd>(
    element: &'e Element<'d>,
    name: &str,
    depth: usize,
) -> Option<&'e Element<'d>> {
    let deeper = depth.checked_sub(1)?;
    element
        .child(name)
        .or_else(|| element.children.iter().find_map(|child| descendant(child, name, deeper)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misspelled_versions_are_understood() {
        for (text, edition) in [
            ("1.3", Some(Edition::Scorm2004Second)),
            ("cam  1.3", Some(Edition::Scorm2004Second)),
            ("2004 2nd Edition", Some(Edition::Scorm2004Second)),
            ("2004 3RD EDITION", Some(Edition::Scorm2004Third)),
            ("2004\n 4th edition", Some(Edition::Scorm2004Fourth)),
            ("SCORM 2004", Some(Edition::Scorm2004Third)),
            ("SCORM 1.2", Some(Edition::Scorm12)),
            ("IMS CP 1.1.4", None),
        ] {
            assert_eq!(understand(text), edition, "{text}");
        }
    }
}
