//! From imsmanifest.xml to [`scorm::manifest::Manifest`].

mod locate;

pub(crate) use locate::locate;

use crate::{
    finding::{Finding, Findings},
    index::Index,
    limits::Limits,
    xml::{self, Decoded, XmlError},
};
use scorm::manifest::Manifest;

/// Why a manifest is refused.
#[derive(Debug)]
pub(crate) enum Refused {
    /// The document itself.
    Xml(XmlError),
    /// What it says.
    Manifest(Box<Finding>),
}

/// Reads a manifest.
pub(crate) fn read(
    decoded: &Decoded,
    file: &str,
    index: &Index,
    external: &dyn Fn(&str) -> Option<String>,
    limits: &Limits,
    findings: &mut Findings,
) -> Result<Manifest, Refused> {
    let _ = (file, index, external, findings);
    let _document = xml::parse(&decoded.text, limits).map_err(Refused::Xml)?;
    Err(Refused::Manifest(Box::new(Finding::new(&crate::codes::NO_ORGANIZATION, "pending"))))
}
