//! What a package weighs: by kind of file, by folder, and its largest files.

use crate::index::Entry;
use serde::Serialize;
use std::collections::HashMap;

/// Kinds, folders and files that are listed at most.
const LISTED_MAX: usize = 10;

/// What the files of a package weigh unpacked. Lists begin with the heaviest and hold ten at most.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Sizes {
    /// By the ending of the name, in lower case and without its dot; empty for none.
    pub kinds: Vec<Weight>,
    /// By the folder at the top of the package; empty for files that are in none.
    pub folders: Vec<Weight>,
    /// The files that weigh most, by path.
    pub largest: Vec<Weight>,
}

/// How much there is of something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Weight {
    /// Of what.
    pub name: String,
    /// Files.
    pub files: u64,
    /// Bytes when unpacked.
    pub bytes: u64,
}

impl Sizes {
    /// Weighs the files of a package.
    pub(crate) fn of(files: &[Entry]) -> Self {
        let mut largest: Vec<&Entry> = files.iter().collect();
        largest.sort_by(|a, b| b.length.cmp(&a.length).then_with(|| a.path.cmp(&b.path)));
        let weight =
            |file: &Entry| Weight { name: file.path.clone(), files: 1, bytes: file.length };
        Self {
            kinds: grouped(files, |path| ending(path).to_ascii_lowercase()),
            folders: grouped(files, |path| {
                path.split_once('/').map_or(String::new(), |(folder, _)| folder.to_owned())
            }),
            largest: largest.into_iter().take(LISTED_MAX).map(weight).collect(),
        }
    }
}

fn ending(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rsplit_once('.').map_or("", |(_, ending)| ending)
}

fn grouped(files: &[Entry], name: impl Fn(&str) -> String) -> Vec<Weight> {
    let mut groups: HashMap<String, (u64, u64)> = HashMap::new();
    for file in files {
        let (count, bytes) = groups.entry(name(&file.path)).or_default();
        *count += 1;
        *bytes = bytes.saturating_add(file.length);
    }
    let weight = |(name, (files, bytes))| Weight { name, files, bytes };
    let mut weights: Vec<Weight> = groups.into_iter().map(weight).collect();
    weights.sort_by(|a, b| b.bytes.cmp(&a.bytes).then_with(|| a.name.cmp(&b.name)));
    weights.truncate(LISTED_MAX);
    weights
}

/// Bytes as people read them: `1.2 MB`.
pub fn size_text(bytes: u64) -> String {
    let units = ["B", "kB", "MB", "GB", "TB"];
    let mut scale = 1_u64;
    let mut unit = 0;
    while bytes / scale >= 1_000 && unit < units.len() - 1 {
        scale *= 1_000;
        unit += 1;
    }
    let name = units.get(unit).unwrap_or(&"B");
    let tenths = bytes.saturating_mul(10) / scale;
    match unit {
        0 => format!("{bytes} B"),
        _ if tenths >= 1_000 => format!("{} {name}", tenths / 10),
        _ => format!("{}.{} {name}", tenths / 10, tenths % 10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_weighed_by_kind_folder_and_size() {
        let file = |path: &str, length| Entry {
            path: path.to_owned(),
            offset: 0,
            packed: length,
            length,
            deflated: false,
            crc32: 0,
        };
        let files = [
            file("index.html", 10),
            file("media/a.MP4", 700),
            file("media/more/b.mp4", 300),
            file("js/x.js", 50),
            file("js.d/readme", 5),
        ];
        let sizes = Sizes::of(&files);
        let list = |weights: &[Weight]| {
            let one = |one: &Weight| format!("{} {} {}", one.name, one.files, one.bytes);
            weights.iter().map(one).collect::<Vec<_>>()
        };
        assert_eq!(list(&sizes.kinds), ["mp4 2 1000", "js 1 50", "html 1 10", " 1 5"]);
        assert_eq!(list(&sizes.folders), ["media 2 1000", "js 1 50", " 1 10", "js.d 1 5"]);
        assert_eq!(sizes.largest[0].name, "media/a.MP4");
        let many: Vec<Entry> = (0..40).map(|n| file(&format!("{n}/f.{n}"), n)).collect();
        let sizes = Sizes::of(&many);
        assert_eq!((sizes.kinds.len(), sizes.folders.len(), sizes.largest.len()), (10, 10, 10));
    }

    #[test]
    fn sizes_are_short() {
        for (bytes, text) in [
            (0, "0 B"),
            (999, "999 B"),
            (1_000, "1.0 kB"),
            (1_234_567, "1.2 MB"),
            (200_000_000, "200 MB"),
            (u64::MAX, "1844674 TB"),
        ] {
            assert_eq!(size_text(bytes), text);
        }
    }
}
