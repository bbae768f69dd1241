//! The control catalogue: what frameworks ask for that evidence of training answers, how their
//! controls relate, and requirements to begin with.
//!
//! It is data (`content/catalogue`, described in `docs/guide/controls.md`), and an organization
//! changes it by reference events, which [`Catalogue::with`] lays over what is shipped.

mod crosswalk;
mod edit;
mod framework;
mod key;
pub mod policy;
mod starter;
#[cfg(test)]
mod tests;

pub use crosswalk::{Crosswalk, Pair, Relation, Renumbered};
pub use edit::{Edit, EditError};
pub use framework::{
    Bearing, Cadence, Control, Framework, Head, Leg, Origin, ReadError, Titles, Value,
};
pub use key::{ControlKey, KEY_CHARS_MAX, KeyError};
pub use starter::{AdoptError, Starter, Starters};

use serde::Serialize;
use std::collections::{BTreeSet, HashSet};
use std::sync::LazyLock;

/// The shipped frameworks, in the order of pages.
const FRAMEWORKS: [&str; 7] = [
    include_str!("../../../content/catalogue/frameworks/soc2-2017.json"),
    include_str!("../../../content/catalogue/frameworks/iso27001-2022.json"),
    include_str!("../../../content/catalogue/frameworks/iso27001-2013.json"),
    include_str!("../../../content/catalogue/frameworks/nist80053-r5.json"),
    include_str!("../../../content/catalogue/frameworks/pcidss-4.0.1.json"),
    include_str!("../../../content/catalogue/frameworks/hipaa.json"),
    include_str!("../../../content/catalogue/frameworks/iso42001-2023.json"),
];
const CROSSWALK: &str = include_str!("../../../content/catalogue/crosswalk.json");
const STARTERS: &str = include_str!("../../../content/catalogue/requirements.json");

/// Frameworks with their controls, and how these relate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Catalogue {
    frameworks: Vec<Framework>,
    crosswalk: Crosswalk,
}

/// A control that another one relates to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Related<'a> {
    /// The other control.
    pub control: &'a Control,
    /// What the control that was asked about is to it: `broader` when its evidence serves the other.
    pub relation: Relation,
    /// Why, in a sentence.
    pub note: String,
}

impl Catalogue {
    /// Reads a catalogue from the texts of its files.
    pub fn parse(frameworks: &[&str], crosswalk: &str) -> Result<Self, ReadError> {
        let frameworks: Result<_, _> =
            frameworks.iter().map(|text| Framework::parse(text)).collect();
        Ok(Self { frameworks: frameworks?, crosswalk: Crosswalk::parse(crosswalk)? })
    }

    /// The catalogue as it is shipped.
    pub fn shipped() -> &'static Self {
        static SHIPPED: LazyLock<Catalogue> = LazyLock::new(|| {
            Catalogue::parse(&FRAMEWORKS, CROSSWALK).expect("tests read the shipped files")
        });
        &SHIPPED
    }

    /// All frameworks, in the order of pages.
    pub fn frameworks(&self) -> &[Framework] {
        &self.frameworks
    }

    /// The framework of that key.
    pub fn framework(&self, key: &str) -> Option<&Framework> {
        self.frameworks.iter().find(|framework| framework.head.key == key)
    }

    /// The control that a requirement names; a text that is no key names none.
    pub fn control(&self, key: &str) -> Option<&Control> {
        let (framework, id) = key.split_once(':')?;
        self.framework(framework)?.control(id)
    }

    /// All controls, framework by framework.
    pub fn controls(&self) -> impl Iterator<Item = &Control> {
        self.frameworks.iter().flat_map(|framework| &framework.controls)
    }

    /// The controls that one relates to, in the order of the crosswalk; those that are hidden are
    /// left out.
    pub fn related(&self, key: &ControlKey) -> Vec<Related<'_>> {
        let found = self.crosswalk.of(key).into_iter();
        found
            .filter_map(|(other, relation, note)| {
                let control = self.control(other.as_str())?;
                Some(Related { control, relation, note })
            })
            .collect()
    }

    /// The control of a newer edition that this one of an older edition became, or a part of.
    pub fn moved_to(&self, key: &ControlKey) -> Option<&Control> {
        self.control(self.crosswalk.moved().get(key)?.as_str())
    }

    /// The relations as data.
    pub fn crosswalk(&self) -> &Crosswalk {
        &self.crosswalk
    }

    /// Controls of a framework that ask for training themselves and that no requirement names: the
    /// warning of the page of controls. `mapped` are the controls of all requirements in force.
    pub fn unmapped<'a>(&'a self, framework: &str, mapped: &[&str]) -> Vec<&'a Control> {
        let mapped: HashSet<&str> = mapped.iter().copied().collect();
        let controls = self.framework(framework).map(|framework| framework.controls.as_slice());
        let direct = |control: &&Control| control.value.bearing == Bearing::Direct;
        let open = |control: &&Control| !mapped.contains(control.key.as_str());
        controls.unwrap_or_default().iter().filter(direct).filter(open).collect()
    }

    /// Names of controls that are in no framework of this catalogue, each once, sorted: misspelt,
    /// or hidden since.
    pub fn unknown<'n>(&self, mapped: &[&'n str]) -> Vec<&'n str> {
        let names: BTreeSet<&str> = mapped.iter().copied().collect();
        names.into_iter().filter(|name| self.control(name).is_none()).collect()
    }
}

impl Starters {
    /// The proposals as they are shipped.
    pub fn shipped() -> &'static Self {
        static SHIPPED: LazyLock<Starters> =
            LazyLock::new(|| Starters::parse(STARTERS).expect("tests read the shipped file"));
        &SHIPPED
    }
}
