//! From imsmanifest.xml to [`scorm::manifest::Manifest`], as tolerant as a good LMS: elements are
//! read by their names in any letter case, and every liberty taken is a finding with its place.

mod adl;
mod context;
mod edition;
mod href;
mod item;
mod locate;
mod metadata;
mod objective;
mod organization;
mod resource;
mod sequencing;
mod trap;
mod value;

pub(crate) use locate::locate;

use crate::{
    codes,
    finding::{Finding, Findings},
    index::Index,
    limits::Limits,
    mentions::Mentions,
    xml::{self, Decoded, Element, XmlError},
};
use context::Context;
use href::Base;
use scorm::manifest::Manifest;

/// Why a manifest is refused.
#[derive(Debug)]
pub(crate) enum Refused {
    /// The document itself.
    Xml(XmlError),
    /// What it says.
    Manifest(Box<Finding>),
}

/// What the manifest is read with.
pub(crate) struct Surroundings<'s> {
    /// The manifest's path in the archive.
    pub(crate) file: &'s str,
    /// The package's files.
    pub(crate) index: &'s Index,
    /// The text of another XML file of the package, when it can be read.
    pub(crate) external: &'s dyn Fn(&str) -> Option<String>,
    /// What the pages and scripts speak of.
    pub(crate) mentions: &'s Mentions,
    /// Limits of every document.
    pub(crate) limits: &'s Limits,
}

/// A manifest element, the package's own or one nested in it, with the base of its paths.
struct Part<'d> {
    element: &'d Element<'d>,
    base: Base,
}

/// Reads a manifest.
pub(crate) fn read(
    decoded: &Decoded,
    surroundings: &Surroundings<'_>,
    findings: &mut Findings,
) -> Result<Manifest, Refused> {
    let document = xml::parse(&decoded.text, surroundings.limits).map_err(Refused::Xml)?;
    let mut context = Context::new(&document, surroundings, findings);
    let root = &document.root;
    if !root.is("manifest") {
        let message = format!("the root element is <{}>, not <manifest>", root.name);
        let finding = context.finding(&codes::ROOT_ELEMENT, root.offset, message);
        return Err(Refused::Manifest(Box::new(finding)));
    }
    context.tell_encoding(decoded);
    context.tell_namespaces();
    context.edition = edition::detect(&mut context, root);
    let base = context.base(&Base::root(), root);
    let parts = parts(&mut context, root, base.clone());
    let metadata = metadata::read(&mut context, root, &base);
    let resources = resource::read_all(&mut context, &parts);
    let mut reader = organization::Reader::new(&parts, &resources);
    let (organizations, default_organization) =
        reader.organizations(&mut context, &metadata).map_err(Refused::Manifest)?;
    let manifest = Manifest {
        edition: context.edition,
        identifier: context.identifier(root).unwrap_or_default(),
        version: root.value("version").filter(|text| !text.is_empty()).map(str::to_owned),
        default_organization,
        organizations,
        resources,
        metadata,
    };
    trap::tell(&mut context, &manifest);
    Ok(manifest)
}

/// The package's manifest first, then those nested in it (CAM 3.4.2), at any depth.
fn parts<'d>(context: &mut Context<'d, '_>, root: &'d Element<'d>, base: Base) -> Vec<Part<'d>> {
    let mut parts = vec![Part { element: root, base }];
    let mut at = 0;
    while let Some(part) = parts.get(at) {
        let (element, base) = (part.element, part.base.clone());
        for nested in element.all("manifest") {
            let named = nested.value("identifier").unwrap_or_default();
            let message = format!("the nested manifest {named:?} was merged into the package's");
            context.tell(&codes::SUB_MANIFEST, nested.offset, message);
            let base = context.base(&base, nested);
            parts.push(Part { element: nested, base });
        }
        at += 1;
    }
    parts
}
