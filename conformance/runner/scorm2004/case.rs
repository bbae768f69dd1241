//! A case as data; the README beside the cases says what each field means.

use serde::Deserialize;
use std::{collections::BTreeMap, fs, io, path::Path, path::PathBuf};

/// A case.
#[derive(Debug, Deserialize)]
pub struct Case {
    /// Its name, such as `CM-01`.
    pub id: String,
    pub(crate) packages: Vec<PackageOf>,
    pub(crate) learner: String,
    pub(crate) requires_before: Option<Before>,
    pub(crate) entry: Then,
    pub(crate) steps: Vec<Step>,
    /// What the tester is asked at the end.
    #[serde(rename = "final")]
    pub(crate) last: Option<Then>,
    /// The folder that the case lies in.
    #[serde(skip)]
    pub(crate) folder: PathBuf,
}

#[derive(Debug, Deserialize)]
pub(crate) struct PackageOf {
    pub(crate) id: String,
    pub(crate) manifest: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Before {
    pub(crate) cases: Vec<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Step {
    pub(crate) key: String,
    pub(crate) expect_delivered: Delivered,
    #[serde(default)]
    pub(crate) order: Vec<String>,
    #[serde(default)]
    pub(crate) ui_checks: Vec<UiCheck>,
    #[serde(default)]
    pub(crate) calls: Vec<Call>,
    #[serde(default)]
    pub(crate) after_calls: Vec<Call>,
    #[serde(default)]
    pub(crate) on_unload: Vec<Call>,
    #[serde(default)]
    pub(crate) then: Vec<Then>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Delivered {
    pub(crate) package: String,
    pub(crate) item: String,
    pub(crate) title: Option<String>,
    pub(crate) launch: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct UiCheck {
    pub(crate) check: String,
    pub(crate) expect: Option<bool>,
    pub(crate) target_item: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Call {
    /// Absent in a command that the suite itself passes over.
    #[serde(rename = "fn", default)]
    pub(crate) function: String,
    #[serde(default)]
    pub(crate) element: String,
    #[serde(default)]
    pub(crate) value: String,
    #[serde(default)]
    pub(crate) arg: String,
    pub(crate) find: Option<Find>,
    pub(crate) compare: Option<String>,
    pub(crate) interaction_type: Option<String>,
    pub(crate) expect: Option<Expected>,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Find {
    pub(crate) collection: String,
    pub(crate) id: String,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Expected {
    #[serde(rename = "return")]
    pub(crate) result: Option<String>,
    pub(crate) error: Option<String>,
    #[serde(default = "yes")]
    pub(crate) error_checked: bool,
    pub(crate) max_length: Option<usize>,
    pub(crate) ids: Option<Vec<String>>,
}

const fn yes() -> bool {
    true
}

/// What happens next: one of these is set.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Then {
    /// `start`, of an entry.
    pub(crate) event: Option<String>,
    pub(crate) package: Option<String>,
    #[serde(rename = "then")]
    pub(crate) next: Option<Box<Then>>,
    /// The content's own request.
    pub(crate) content: Option<String>,
    /// What the learner does.
    pub(crate) learner: Option<String>,
    pub(crate) item: Option<String>,
    /// What must be so now.
    pub(crate) expect: Option<String>,
}

impl Case {
    pub(crate) fn read(path: &Path) -> io::Result<Self> {
        let text = fs::read_to_string(path)?;
        let mut case: Self = serde_json::from_str(&text)
            .map_err(|error| io::Error::other(format!("{}: {error}", path.display())))?;
        path.parent().unwrap_or(Path::new(".")).clone_into(&mut case.folder);
        Ok(case)
    }
}

/// The cases of a folder by their ids; each knows where it lies.
pub fn read_cases(folder: &Path) -> io::Result<BTreeMap<String, Case>> {
    let cases = folder.join("cases");
    let folder = if cases.is_dir() { cases } else { folder.to_owned() };
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder)? {
        let path: PathBuf = entry?.path();
        if path.extension().is_some_and(|ending| ending == "json") {
            let case = Case::read(&path)?;
            found.insert(case.id.clone(), case);
        }
    }
    Ok(found)
}
