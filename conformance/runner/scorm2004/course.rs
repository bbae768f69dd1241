//! A course from a manifest alone: the files that it names are there, and empty.

use package::{Limits, inspect, zip_of};
use scorm::{
    manifest::{Launch, Manifest, launch_path},
    tree::{ActivityIndex, ActivityTree},
};
use std::{collections::BTreeSet, fs, path::Path};

pub(crate) struct Course {
    pub(crate) tree: ActivityTree,
}

impl Course {
    pub(crate) fn read(path: &Path) -> Result<Self, String> {
        let name = path.display();
        let inspected = inspect(&package_of(path, b"")?, &Limits::default());
        let manifest: Manifest = match inspected.accepted {
            Some(accepted) => accepted.manifest,
            None => return Err(format!("{name} was refused: {:?}", inspected.report.findings)),
        };
        Ok(Self { tree: ActivityTree::of(&manifest) })
    }

    /// Where the frame goes for an activity, from the folder of the manifest.
    pub(crate) fn launch(&self, at: ActivityIndex) -> String {
        let activity = &self.tree[at];
        let parameters = activity.item.parameters.as_deref();
        match activity.resource.as_ref().map(|resource| &resource.launch) {
            Some(Launch::File { path, suffix }) => {
                launch_path(&format!("{path}{suffix}"), parameters)
            }
            Some(Launch::External(url)) => launch_path(url, parameters),
            None => String::new(),
        }
    }
}

/// A package of a manifest in which every file that it names has the same content.
pub fn package_of(manifest: &Path, content: &[u8]) -> Result<Vec<u8>, String> {
    let name = manifest.display();
    let bytes = fs::read(manifest).map_err(|error| format!("{name}: {error}"))?;
    let text = String::from_utf8_lossy(&bytes);
    let mut files = vec![("imsmanifest.xml".to_owned(), bytes.clone())];
    files.extend(named(&text).into_iter().map(|file| (file, content.to_vec())));
    Ok(zip_of(files))
}

/// Every path that the manifest may mean: its hrefs, alone and after each base.
fn named(manifest: &str) -> BTreeSet<String> {
    let values = |attribute: &str| -> BTreeSet<String> {
        let parts = manifest.split(attribute).skip(1);
        parts
            .filter_map(|rest| {
                let rest = rest.trim_start().strip_prefix('=')?.trim_start();
                let quote = rest.chars().next().filter(|quote| ['"', '\''].contains(quote))?;
                let value = rest.get(1..)?.split(quote).next()?;
                let path = value.split(['?', '#']).next()?.trim();
                (!path.is_empty() && !path.contains(':')).then(|| path.to_owned())
            })
            .collect()
    };
    let (hrefs, mut bases) = (values("href"), values("xml:base"));
    bases.insert(String::new());
    let joined =
        hrefs.iter().flat_map(|href| bases.iter().map(move |base| format!("{base}{href}")));
    joined.collect()
}
