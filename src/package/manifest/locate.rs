//! Finding the manifest among the files of an archive.

use crate::{codes, finding::Finding, index::Entry};

const NAME: &str = "imsmanifest.xml";

/// Where the manifest is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Located {
    /// Its folder: empty, or ending in a slash.
    pub(crate) root: String,
    /// Its path in the archive.
    pub(crate) path: String,
    /// What is odd about it.
    pub(crate) findings: Vec<Finding>,
}

/// The manifest nearest to the root; of several equally near ones the one spelled right, then the
/// first by name.
pub(crate) fn locate(files: &[Entry]) -> Option<Located> {
    let mut found: Vec<&str> =
        files.iter().map(|file| file.path.as_str()).filter(|path| is_manifest(path)).collect();
    found.sort_by_key(|path| (path.matches('/').count(), !path.ends_with(NAME), *path));
    let path = *found.first()?;
    let split = path.len() - NAME.len();
    let root = path.get(..split).unwrap_or_default();
    let mut findings = Vec::new();
    if !path.ends_with(NAME) {
        let message = format!("the manifest's name is {:?}", path.get(split..).unwrap_or_default());
        findings.push(Finding::new(&codes::MANIFEST_NAME_CASE, message).in_file(path));
    }
    if !root.is_empty() {
        let message = format!("the manifest is in the folder {root:?}, which was taken as root");
        findings.push(Finding::new(&codes::NESTED_ROOT, message).in_file(path));
        let outside = files.iter().filter(|file| !file.path.starts_with(root)).count();
        if outside > 0 {
            let count = match outside {
                1 => "1 file".to_owned(),
                many => format!("{many} files"),
            };
            let message = format!("left out: {count} outside {root:?}");
            findings.push(Finding::new(&codes::OUTSIDE_ROOT, message));
        }
    }
    let depth = |path: &str| path.matches('/').count();
    let rivals: Vec<&str> =
        found.iter().skip(1).copied().filter(|other| depth(other) == depth(path)).collect();
    if let Some(other) = rivals.first() {
        let message = format!("{other:?} is a manifest too; {path:?} is used");
        findings.push(Finding::new(&codes::SEVERAL_MANIFESTS, message).in_file(*other));
    }
    Some(Located { root: root.to_owned(), path: path.to_owned(), findings })
}

fn is_manifest(path: &str) -> bool {
    path.rsplit('/').next().is_some_and(|name| name.eq_ignore_ascii_case(NAME))
}
