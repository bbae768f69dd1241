//! The difference of two packages for people.

use package::{Difference, FileChange};
use scorm::difference::{Change, Listed, Part};
use std::path::Path;

/// What is otherwise than in `against`: a headline, the course, its parts, its files.
pub(super) fn text(against: &Path, difference: &Difference) -> String {
    let mut lines =
        vec![format!("  otherwise than in {}: {}", against.display(), difference.summary())];
    let structure = &difference.structure;
    let whole = structure.course.iter().chain(&structure.metadata);
    lines.extend(whole.map(|change| format!("    {}", change.sentence())));
    parts("added", &structure.added, &mut lines);
    parts("removed", &structure.removed, &mut lines);
    for part in &structure.changed.listed {
        lines.push(format!("    changed {} ({})", part.title, part.id));
        lines.extend(part.changes.iter().map(sentence));
    }
    more(structure.changed.more(), "changed parts", &mut lines);
    let files = &difference.files;
    for (word, changes) in
        [("added", &files.added), ("removed", &files.removed), ("changed", &files.changed)]
    {
        lines.extend(changes.listed.iter().map(|file| line(word, file)));
        more(changes.more(), &format!("files {word}"), &mut lines);
    }
    lines.join("\n")
}

fn parts(word: &str, parts: &Listed<Part>, lines: &mut Vec<String>) {
    lines
        .extend(parts.listed.iter().map(|part| format!("    {word} {} ({})", part.title, part.id)));
    more(parts.more(), &format!("parts {word}"), lines);
}

fn sentence(change: &Change) -> String {
    format!("      - {}", change.sentence())
}

fn line(word: &str, file: &FileChange) -> String {
    format!("    file {word}: {}", file.text())
}

fn more(count: usize, what: &str, lines: &mut Vec<String>) {
    if count > 0 {
        lines.push(format!("    and {count} more {what}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use package::{Limits, Side, inspect, zip_of};

    fn package(items: &str, page: &str) -> Vec<u8> {
        let manifest = format!(
            r#"<manifest identifier="M" xmlns="http://www.imsproject.org/xsd/imscp_rootv1p1p2"
  xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_rootv1p2">
 <metadata><schema>ADL SCORM</schema><schemaversion>1.2</schemaversion></metadata>
 <organizations default="O"><organization identifier="O"><title>Course</title>{items}</organization></organizations>
 <resources><resource identifier="R" adlcp:scormtype="sco" href="index.html">
  <file href="index.html"/></resource></resources></manifest>"#
        );
        zip_of([("imsmanifest.xml", manifest.as_str()), ("index.html", page)])
    }

    #[test]
    fn a_difference_is_told_part_by_part_and_file_by_file() {
        let item = |id: &str, title: &str, more: &str| {
            format!(
                r#"<item identifier="{id}" identifierref="R"><title>{title}</title>{more}</item>"#
            )
        };
        let mastery = "<adlcp:masteryscore>80</adlcp:masteryscore>";
        let before = item("A", "Intro", "") + &item("B", "Quiz", "");
        let after = item("A", "Start", "") + &item("C", "Test", mastery);
        let (before, after) = (package(&before, "one"), package(&after, "three"));
        let [before, after] =
            [before, after].map(|zip| inspect(&zip, &Limits::default()).accepted.unwrap());
        let [old, new] = [&before, &after]
            .map(|one| Side { manifest: &one.manifest, files: one.index.entries() });
        let difference = Difference::between(old, new);
        let text = text(Path::new("old.zip"), &difference);
        let manifest = |one: &package::Accepted| {
            package::size_text(one.index.get("imsmanifest.xml").unwrap().length)
        };
        let (was, is) = (manifest(&before), manifest(&after));
        let expected = [
            format!(
                "  otherwise than in old.zip: 1 part added, 1 removed, 1 changed; 2 files changed, {} \
                 in all",
                package::size_text(difference.files.bytes_after)
            ),
            "    added Test (C)".to_owned(),
            "    removed Quiz (B)".to_owned(),
            "    changed Start (A)".to_owned(),
            "      - Was called 'Intro', is called 'Start'.".to_owned(),
            format!("    file changed: imsmanifest.xml, {was} to {is}"),
            "    file changed: index.html, 3 B to 5 B".to_owned(),
        ];
        assert_eq!(text.lines().collect::<Vec<_>>(), expected);
    }
}
