//! Resources (CAM 3.4.1.22): what can be started, and the files it needs.

use super::{
    Part,
    context::{Context, collapse},
    href::{Base, Target},
    metadata,
};
use crate::{
    codes::{self, Code},
    finding::Finding,
    xml::Element,
};
use domain::ItemId;
use scorm::manifest::{Launch, Resource, ResourceKind};
use std::collections::{BTreeMap, HashMap, HashSet};

/// Findings about `file` elements: one for the package and kind, since there can be thousands.
#[derive(Default)]
struct Tally(BTreeMap<&'static str, Tallied>);

struct Tallied {
    code: &'static Code,
    /// Where the first one is.
    offset: usize,
    hrefs: Vec<String>,
}

impl Tally {
    fn add(&mut self, code: &'static Code, offset: usize, href: &str) {
        let tallied =
            self.0.entry(code.id).or_insert_with(|| Tallied { code, offset, hrefs: Vec::new() });
        tallied.hrefs.push(href.to_owned());
    }

    fn tell(self, context: &mut Context<'_, '_>) {
        for Tallied { code, offset, hrefs } in self.0.into_values() {
            let message = match code.id {
                "file-missing" => format!("listed and not in the package: {}", some(&hrefs)),
                "href-case" => {
                    format!("in other letter case than in the package: {}", some(&hrefs))
                }
                "href-backslash" => format!("written with backslashes: {}", some(&hrefs)),
                "href-unencoded" => format!("not encoded as URLs: {}", some(&hrefs)),
                _ => some(&hrefs),
            };
            context.tell(code, offset, message);
        }
    }
}

/// The first few of many, and how many there are.
pub(super) fn some(names: &[String]) -> String {
    const SHOWN: usize = 5;
    let shown: Vec<String> = names.iter().take(SHOWN).map(|name| format!("{name:?}")).collect();
    match names.len().saturating_sub(SHOWN) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// Who launches what: identifiers that items refer to, in lower case since spelling varies.
type Launchers = HashMap<String, ItemId>;

/// Reads every resource, in document order; of two with one identifier the first.
pub(super) fn read_all(context: &mut Context<'_, '_>, parts: &[Part<'_>]) -> Vec<Resource> {
    let mut launchers = Launchers::new();
    for part in parts {
        collect_launchers(part.element, &mut launchers);
    }
    let mut reader = Reader { launchers, tally: Tally::default(), used: HashSet::new() };
    let mut resources: Vec<Resource> = Vec::new();
    let mut seen = HashSet::new();
    for part in parts {
        for group in part.element.all("resources") {
            let base = context.base(&part.base, group);
            for element in group.all("resource") {
                let Some(resource) = reader.read(context, element, &base) else { continue };
                if seen.insert(resource.identifier.clone()) {
                    resources.push(resource);
                } else {
                    let message = format!("there is another resource {:?}", resource.identifier);
                    context.tell(&codes::IDENTIFIER_DUPLICATE, element.offset, message);
                }
            }
        }
    }
    std::mem::take(&mut reader.tally).tell(context);
    for group in parts.iter().flat_map(|part| part.element.all("resources")) {
        tell_dependencies(context, group, &seen);
    }
    reader.tell_unlisted(context);
    resources
}

fn collect_launchers(element: &Element<'_>, launchers: &mut Launchers) {
    if element.is("item")
        && let Some(named) = element.value("identifierref")
    {
        let item = ItemId::new(collapse(element.value("identifier").unwrap_or_default()));
        launchers.entry(collapse(named).to_lowercase()).or_insert(item);
    }
    element.children.iter().for_each(|child| collect_launchers(child, launchers));
}

fn tell_dependencies(context: &mut Context<'_, '_>, group: &Element<'_>, seen: &HashSet<String>) {
    for dependency in group.all("resource").flat_map(|resource| resource.all("dependency")) {
        let named = collapse(dependency.value("identifierref").unwrap_or_default());
        if !seen.contains(&named) {
            let message = format!("the dependency {named:?} is no resource");
            context.tell(&codes::DEPENDENCY_UNKNOWN, dependency.offset, message);
        }
    }
}

struct Reader {
    launchers: Launchers,
    tally: Tally,
    /// Entries that some resource names.
    used: HashSet<String>,
}

impl Reader {
    fn read(
        &mut self,
        context: &mut Context<'_, '_>,
        element: &Element<'_>,
        base: &Base,
    ) -> Option<Resource> {
        let Some(identifier) = context.identifier(element) else {
            let message = "a resource without identifier was ignored: nothing can refer to it";
            context.tell(&codes::IDENTIFIER_MISSING, element.offset, message);
            return None;
        };
        let base = context.base(base, element);
        context.item = self.launchers.get(&identifier.to_lowercase()).cloned();
        let launched = context.item.is_some();
        let kind = kind(context, element, &identifier, launched);
        let launch = self.launch(context, element, &base, launched);
        context.item = None;
        let files = self.files(context, element, &base);
        let named = element.all("dependency").filter_map(|one| one.value("identifierref"));
        let dependencies = named.map(collapse).collect();
        let metadata = metadata::read(context, element, &base);
        Some(Resource { identifier, kind, launch, files, dependencies, metadata })
    }

    fn launch(
        &mut self,
        context: &mut Context<'_, '_>,
        element: &Element<'_>,
        base: &Base,
        launched: bool,
    ) -> Option<Launch> {
        let href = element.attribute("href").filter(|href| !href.value.trim().is_empty())?;
        match context.follow(base, &href.value) {
            Target::Found { path, suffix, liberties } => {
                for code in liberties {
                    let message = format!("the href {:?} leads to {path:?}", href.value);
                    context.tell(code, href.offset, message);
                }
                self.used.insert(path.clone());
                Some(Launch::File { path, suffix })
            }
            Target::External(url) => {
                let message = format!("{url:?} is outside the package");
                context.tell(&codes::EXTERNAL_LAUNCH, href.offset, message);
                Some(Launch::External(url))
            }
            Target::Missing { path } => {
                if launched {
                    let message = format!("{path:?} is to be started and is not in the package");
                    context.tell(&codes::LAUNCH_FILE_MISSING, href.offset, message);
                } else {
                    self.tally.add(&codes::FILE_MISSING, href.offset, &path);
                }
                None
            }
            Target::Unusable => {
                let message = format!("{:?} cannot be launched", href.value);
                context.tell(&codes::HREF_SCHEME, href.offset, message);
                None
            }
        }
    }

    fn files(
        &mut self,
        context: &mut Context<'_, '_>,
        element: &Element<'_>,
        base: &Base,
    ) -> Vec<String> {
        let mut files = Vec::new();
        for file in element.all("file") {
            let Some(href) = file.attribute("href").filter(|href| !href.value.trim().is_empty())
            else {
                continue;
            };
            match context.follow(base, &href.value) {
                Target::Found { path, liberties, .. } => {
                    for code in liberties {
                        self.tally.add(code, href.offset, &href.value);
                    }
                    self.used.insert(path.clone());
                    files.push(path);
                }
                Target::Missing { path } => {
                    if href.value.contains('\\') {
                        self.tally.add(&codes::HREF_BACKSLASH, href.offset, &href.value);
                    }
                    self.tally.add(&codes::FILE_MISSING, href.offset, &path);
                    files.push(path);
                }
                Target::External(_) | Target::Unusable => {}
            }
        }
        files
    }

    fn tell_unlisted(&self, context: &mut Context<'_, '_>) {
        let plumbing = |path: &str| {
            let ending = path.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
            matches!(ending.as_str(), "xsd" | "dtd") || path.eq_ignore_ascii_case("imsmanifest.xml")
        };
        let entries = context.around.index.entries().iter().map(|entry| &entry.path);
        let unlisted: Vec<String> =
            entries.filter(|path| !self.used.contains(*path) && !plumbing(path)).cloned().collect();
        if !unlisted.is_empty() {
            let count = match unlisted.len() {
                1 => "1 file is".to_owned(),
                many => format!("{many} files are"),
            };
            let message = format!("{count} not listed in the manifest: {}", some(&unlisted));
            context.tell_of_package(Finding::new(&codes::FILES_UNLISTED, message));
        }
    }
}

/// `adlcp:scormType`, spelled `scormtype` in SCORM 1.2.
fn kind(
    context: &mut Context<'_, '_>,
    element: &Element<'_>,
    identifier: &str,
    launched: bool,
) -> ResourceKind {
    let Some(attribute) = element.attribute("scormtype").filter(|one| !one.value.trim().is_empty())
    else {
        if !launched {
            return ResourceKind::Asset;
        }
        let message = format!("the resource {identifier:?} is launched and has no scormType");
        context.tell(&codes::RESOURCE_UNMARKED, element.offset, message);
        return ResourceKind::Sco;
    };
    match attribute.value.trim().to_ascii_lowercase().as_str() {
        "sco" => ResourceKind::Sco,
        "asset" => ResourceKind::Asset,
        _ => {
            let message = format!("scormType of {identifier:?} is {:?}", attribute.value);
            context.tell(&codes::RESOURCE_TYPE_UNKNOWN, attribute.offset, message);
            ResourceKind::Sco
        }
    }
}
