//! The whole way from bytes to a course: archive, manifest, report.

use crate::{
    archive::{Archive, ArchiveError, read_whole},
    codes::{self, Code},
    finding::{Finding, Findings, Report, Standard},
    index::Index,
    limits::Limits,
    manifest::{self, Refused, Surroundings},
    mentions::Mentions,
    sizes::Sizes,
    source::ReadAt,
    xml,
};
use scorm::{
    manifest::{Item, Manifest},
    tree::ActivityTree,
};

/// What an inspection found out.
#[derive(Debug, Clone)]
pub struct Inspection {
    /// For people: everything found.
    pub report: Report,
    /// For the machine: the course, unless the package is refused.
    pub accepted: Option<Accepted>,
}

/// A package that can be played.
#[derive(Debug, Clone)]
pub struct Accepted {
    /// What the manifest says.
    pub manifest: Manifest,
    /// Where the files are; a [`Listing`](crate::Listing) finds the same again.
    pub index: Index,
}

/// Judges a package. Every byte of it is read once, its checksums included; memory is bounded by
/// `limits`, not by the package's size.
pub fn inspect(source: &dyn ReadAt, limits: &Limits) -> Inspection {
    let mut inspector = Inspector {
        source,
        limits,
        mentions: Mentions::new(),
        findings: Findings::new(limits.findings_per_code_max),
        report: Report::empty(),
    };
    let accepted = inspector.run();
    if let Err(refusal) = &accepted {
        inspector.findings.push((**refusal).clone());
    }
    let mut report = inspector.report;
    report.findings = inspector.findings.into_vec();
    // What concerns the archive has no line and comes before the manifest's findings.
    let order = |one: &Finding| (std::cmp::Reverse(one.severity), one.line, one.column);
    report.findings.sort_by_key(order);
    report.accepted = accepted.is_ok();
    Inspection { report, accepted: accepted.ok() }
}

struct Inspector<'s> {
    source: &'s dyn ReadAt,
    limits: &'s Limits,
    mentions: Mentions,
    findings: Findings,
    report: Report,
}

impl Inspector<'_> {
    fn run(&mut self) -> Result<Accepted, Box<Finding>> {
        let refused = |error: ArchiveError| Box::new(error.finding());
        let archive = Archive::open(self.source, self.limits).map_err(refused)?;
        self.report.files = archive.files.len();
        self.report.archive_bytes = archive.bytes;
        self.report.unpacked_bytes = archive.unpacked_bytes();
        archive.verify(self.source, &mut self.mentions).map_err(refused)?;
        archive.findings.into_iter().for_each(|finding| self.findings.push(finding));
        let Some(located) = manifest::locate(&archive.files) else {
            let index = Index::beneath(archive.files, "");
            return Err(Box::new(self.without_manifest(&index)));
        };
        self.report.standard = Some(Standard::Scorm);
        located.findings.into_iter().for_each(|finding| self.findings.push(finding));
        let index = Index::beneath(archive.files, &located.root);
        let manifest = self.manifest(&index, &located.path)?;
        self.describe(&manifest);
        self.report.sizes = Sizes::of(index.entries());
        Ok(Accepted { manifest, index })
    }

    /// Reads the manifest of the package that `index` lists; `file` is its path in the archive.
    fn manifest(&mut self, index: &Index, file: &str) -> Result<Manifest, Box<Finding>> {
        let name = file.rsplit('/').next().unwrap_or(file);
        let entry = index.get(name).ok_or_else(|| Box::new(missing(&codes::NO_MANIFEST)))?;
        let max = self.limits.manifest_bytes_max;
        if entry.length > max {
            let bytes = entry.length;
            let message = format!(
                "the manifest has {bytes} bytes, more than the limit of {max} (manifest_bytes_max)"
            );
            let finding = Finding::new(&codes::XML_LIMIT, message);
            return Err(Box::new(finding.in_file(file)));
        }
        let bytes =
            read_whole(self.source, entry, max).map_err(|error| Box::new(error.finding()))?;
        let decoded = xml::decode(&bytes);
        drop(bytes);
        let external = |path: &str| {
            let (entry, _) = index.find(path)?;
            read_whole(self.source, entry, max).ok().map(|bytes| xml::decode(&bytes).text)
        };
        let (limits, mentions) = (self.limits, &self.mentions);
        let around = Surroundings { file, index, external: &external, mentions, limits };
        manifest::read(&decoded, &around, &mut self.findings).map_err(|refused| match refused {
            Refused::Xml(error) => Box::new(error.finding().in_file(file)),
            Refused::Manifest(finding) => finding,
        })
    }

    /// Says what else the package may be.
    fn without_manifest(&mut self, index: &Index) -> Finding {
        let kinds = [
            ("cmi5.xml", Standard::Cmi5, "a cmi5 course"),
            ("tincan.xml", Standard::TinCan, "an xAPI (Tin Can) course"),
        ];
        for (name, standard, kind) in kinds {
            let named = |path: &str| {
                path.rsplit('/').next().is_some_and(|last| last.eq_ignore_ascii_case(name))
            };
            if let Some(entry) = index.entries().iter().find(|entry| named(&entry.path)) {
                self.report.standard = Some(standard);
                let message = format!("the package is {kind}, which is not supported yet");
                return Finding::new(&codes::NOT_YET_SUPPORTED, message)
                    .in_file(entry.path.as_str());
            }
        }
        missing(&codes::NO_MANIFEST)
    }

    fn describe(&mut self, manifest: &Manifest) {
        let organization = manifest.organization();
        let (items, launchable) = count(&organization.root.children, manifest);
        self.report.edition = Some(manifest.edition);
        self.report.title = Some(organization.root.title.clone());
        self.report.items = items;
        self.report.launchable_items = launchable;
        self.report.organizations = manifest.organizations.len();
        self.report.resources = manifest.resources.len();
        self.report.structure = ActivityTree::of(manifest).outline();
    }
}

fn missing(code: &'static Code) -> Finding {
    Finding::new(code, "there is no imsmanifest.xml in the package")
}

/// Items, and those that start something.
fn count(items: &[Item], manifest: &Manifest) -> (usize, usize) {
    let launches = |item: &Item| {
        let resource = item.resource.as_deref().and_then(|named| manifest.resource(named));
        item.children.is_empty() && resource.is_some_and(|resource| resource.launch.is_some())
    };
    items.iter().fold((0, 0), |(all, launchable), item| {
        let (beneath, launchable_beneath) = count(&item.children, manifest);
        (all + 1 + beneath, launchable + usize::from(launches(item)) + launchable_beneath)
    })
}

impl Report {
    fn empty() -> Self {
        Self {
            accepted: false,
            standard: None,
            edition: None,
            title: None,
            items: 0,
            launchable_items: 0,
            organizations: 0,
            resources: 0,
            files: 0,
            archive_bytes: 0,
            unpacked_bytes: 0,
            sha256: None,
            sizes: Sizes::default(),
            structure: Vec::new(),
            findings: Vec::new(),
        }
    }
}
