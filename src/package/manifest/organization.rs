//! Organizations (CAM 3.4.1.5, 3.4.1.6): which trees there are and which one is played.

use super::{
    Part, adl,
    context::{Context, collapse},
    item, metadata, sequencing,
};
use crate::{codes, finding::Finding, xml::Element};
use domain::ItemId;
use scorm::manifest::{Item, Launch, Metadata, Organization, Resource};
use std::collections::{HashMap, HashSet};

/// Reads organizations with everything that items refer to at hand.
pub(super) struct Reader<'d, 'r> {
    pub(super) parts: &'r [Part<'d>],
    pub(super) resources: &'r [Resource],
    pub(super) collections: sequencing::Collection<'r, 'd>,
    /// How often each identifier was wanted.
    pub(super) identifiers: HashMap<String, usize>,
    /// Nested manifests that an item stands for already.
    pub(super) entered: HashSet<usize>,
}

impl<'d, 'r> Reader<'d, 'r> {
    pub(super) fn new(parts: &'r [Part<'d>], resources: &'r [Resource]) -> Self {
        let collections = sequencing::Collection::of(parts);
        let (identifiers, entered) = (HashMap::new(), HashSet::new());
        Self { parts, resources, collections, identifiers, entered }
    }

    /// The organizations that start something, and which of them is played.
    pub(super) fn organizations(
        &mut self,
        context: &mut Context<'_, '_>,
        package: &Metadata,
    ) -> Result<(Vec<Organization>, usize), Box<Finding>> {
        let parts = self.parts;
        let mut organizations = Vec::new();
        let mut default = None;
        // Nested manifests speak for themselves only where the package has no organization.
        let with_items = |part: &&Part<'_>| {
            part.element.all("organizations").any(|all| all.child("organization").is_some())
        };
        let part = parts.iter().find(with_items).or(parts.first());
        for (part, group) in part
            .into_iter()
            .flat_map(|part| part.element.all("organizations").map(move |all| (part, all)))
        {
            let named = group.value("default").map(collapse).filter(|text| !text.is_empty());
            default = default.or(named.map(|named| (named, group.offset)));
            for element in group.all("organization") {
                let read = self.organization(context, element, part, package);
                let named = element.value("identifier").map(collapse).unwrap_or_default();
                organizations.push((named, element.offset, read));
            }
        }
        let root = context.document.root.offset;
        if organizations.is_empty() {
            let message = "there is no organization; one was made of the resources";
            context.tell(&codes::NO_ORGANIZATION, root, message);
            let made = self.of_resources(context, package);
            organizations.push((String::new(), root, made));
            default = Some((String::new(), root));
        }
        self.choose(context, organizations, default.as_ref())
    }

    /// Leaves out organizations that start nothing and finds the default among the rest.
    fn choose(
        &mut self,
        context: &mut Context<'_, '_>,
        all: Vec<(String, usize, Organization)>,
        default: Option<&(String, usize)>,
    ) -> Result<(Vec<Organization>, usize), Box<Finding>> {
        let root = context.document.root.offset;
        let (several, place) = (all.len() > 1, all.first().map_or(root, |(_, offset, _)| *offset));
        let exists = |named: &str| all.iter().any(|(identifier, ..)| identifier == named);
        match default {
            Some((named, offset)) if !exists(named) => {
                let message = format!("the default organization {named:?} does not exist");
                context.tell(&codes::DEFAULT_ORGANIZATION_UNKNOWN, *offset, message);
            }
            None if several => {
                let message = "no default organization is named; the first one is played";
                context.tell(&codes::DEFAULT_ORGANIZATION_MISSING, place, message);
            }
            _ => {}
        }
        let mut kept = Vec::new();
        let mut chosen = None;
        for (identifier, offset, organization) in all {
            if !self.launches(&organization.root) {
                let message = format!("the organization {identifier:?} starts nothing");
                context.tell(&codes::ORGANIZATION_EMPTY, offset, message);
                continue;
            }
            if default.is_some_and(|(named, _)| *named == identifier) {
                chosen = chosen.or(Some(kept.len()));
            }
            kept.push(organization);
        }
        if kept.is_empty() {
            let message = "no item leads to a file in the package or to a web address";
            return Err(Box::new(context.finding(&codes::NOTHING_LAUNCHABLE, place, message)));
        }
        if kept.len() > 1 {
            let message = format!("{} organizations; one is played", kept.len());
            context.tell(&codes::ORGANIZATIONS_SEVERAL, place, message);
        }
        Ok((kept, chosen.unwrap_or(0)))
    }

    fn organization(
        &mut self,
        context: &mut Context<'_, '_>,
        element: &Element<'_>,
        part: &Part<'_>,
        package: &Metadata,
    ) -> Organization {
        let identifier = self.identifier(context, element, "organization");
        context.remember(&identifier, element.offset);
        let metadata = metadata::read(context, element, &part.base);
        let children = self.children(context, element, part);
        let only = match children.as_slice() {
            [only] => Some(only.title.as_str()),
            _ => None,
        };
        let other = metadata.title.as_deref().or(package.title.as_deref()).or(only);
        let title = item::title(context, element, other).unwrap_or_else(|| identifier.to_string());
        let objectives_global_to_system = context.flag(element, "objectivesGlobalToSystem", true);
        let shared_data_global_to_system = context.flag(element, "sharedDataGlobalToSystem", true);
        let mut root = plain(identifier, title, children);
        root.completion_threshold = adl::completion_threshold(context, element);
        root.sequencing = self.collections.read(context, element);
        root.metadata = metadata;
        Organization { root, objectives_global_to_system, shared_data_global_to_system }
    }

    /// A course of every resource that can be started, for manifests that list resources only.
    fn of_resources(&mut self, context: &Context<'_, '_>, package: &Metadata) -> Organization {
        let startable = |resource: &&Resource| match &resource.launch {
            Some(Launch::File { .. }) => resource.kind == scorm::manifest::ResourceKind::Sco,
            Some(Launch::External(_)) | None => false,
        };
        let resources = self.resources;
        let mut chosen: Vec<&Resource> = resources.iter().filter(startable).collect();
        if chosen.is_empty() {
            chosen = resources.iter().filter(|one| one.launch.is_some()).take(1).collect();
        }
        let named = context.document.root.value("identifier").map(collapse);
        let identifier = self.free_identifier(named.as_deref().unwrap_or("organization"));
        let title = package.title.clone().or(named).unwrap_or_else(|| identifier.to_string());
        let title_of = |resource: &Resource| match chosen.len() {
            1 => title.clone(),
            _ => resource.metadata.title.clone().unwrap_or_else(|| resource.identifier.clone()),
        };
        let children = chosen
            .iter()
            .map(|resource| {
                let identifier = self.free_identifier(&format!("item-{}", resource.identifier));
                let mut item = plain(identifier, title_of(resource), Vec::new());
                item.resource = Some(resource.identifier.clone());
                item
            })
            .collect();
        let root = plain(identifier, title.clone(), children);
        Organization { root, objectives_global_to_system: true, shared_data_global_to_system: true }
    }

    /// Whether an item or one beneath it leads anywhere.
    fn launches(&self, item: &Item) -> bool {
        let resource = |named: &String| self.resources.iter().find(|one| one.identifier == *named);
        let own = item.resource.as_ref().and_then(resource);
        own.is_some_and(|resource| resource.launch.is_some())
            || item.children.iter().any(|child| self.launches(child))
    }
}

/// An item with nothing but a title and children.
fn plain(identifier: ItemId, title: String, children: Vec<Item>) -> Item {
    Item {
        identifier,
        title,
        visible: true,
        resource: None,
        parameters: None,
        children,
        scorm12: scorm::manifest::Scorm12Item::default(),
        time_limit_action: None,
        data_from_lms: None,
        completion_threshold: None,
        hide_lms_ui: Vec::new(),
        shared_data: Vec::new(),
        sequencing: None,
        metadata: Metadata::default(),
    }
}
