//! Items (CAM 3.4.1.7): the activities of the tree.

use super::{
    Part, adl,
    context::{Context, collapse},
    metadata,
    organization::Reader,
};
use crate::{codes, xml::Element};
use domain::ItemId;
use scorm::manifest::{Item, Resource};

impl Reader<'_, '_> {
    /// The items directly beneath an organization or item.
    pub(super) fn children(
        &mut self,
        context: &mut Context<'_, '_>,
        parent: &Element<'_>,
        part: &Part<'_>,
    ) -> Vec<Item> {
        parent.all("item").map(|element| self.item(context, element, part)).collect()
    }

    fn item(
        &mut self,
        context: &mut Context<'_, '_>,
        element: &Element<'_>,
        part: &Part<'_>,
    ) -> Item {
        let outer = context.item.take();
        let identifier = self.identifier(context, element, "item");
        context.remember(&identifier, element.offset);
        context.item = Some(identifier.clone());
        let mut children = self.children(context, element, part);
        context.item = Some(identifier.clone());
        let metadata = metadata::read(context, element, &part.base);
        let title = title(context, element, metadata.title.as_deref())
            .unwrap_or_else(|| identifier.to_string());
        let mut item = Item {
            title,
            visible: visible(context, element),
            resource: None,
            parameters: element
                .value("parameters")
                .filter(|text| !text.is_empty())
                .map(str::to_owned),
            children: Vec::new(),
            scorm12: adl::scorm12(context, element),
            time_limit_action: adl::time_limit_action(context, element),
            data_from_lms: adl::data_from_lms(context, element),
            completion_threshold: adl::completion_threshold(context, element),
            hide_lms_ui: adl::hide_lms_ui(context, element),
            shared_data: adl::shared_data(context, element),
            sequencing: self.collections.read(context, element),
            metadata,
            identifier,
        };
        match self.reference(context, element, &children) {
            Reference::Nothing => {}
            Reference::Resource(named) if children.is_empty() => item.resource = Some(named),
            Reference::Resource(named) => children.insert(0, self.page(&mut item, named)),
            Reference::Items(nested) => children.extend(nested),
        }
        item.children = children;
        context.item = outer;
        item
    }

    /// What an item's `identifierref` means.
    fn reference(
        &mut self,
        context: &mut Context<'_, '_>,
        element: &Element<'_>,
        children: &[Item],
    ) -> Reference {
        let Some(attribute) =
            element.attribute("identifierref").filter(|one| !one.value.trim().is_empty())
        else {
            if children.is_empty() {
                let message = "the item has neither a resource nor children";
                context.tell(&codes::ITEM_WITHOUT_RESOURCE, element.offset, message);
            }
            return Reference::Nothing;
        };
        let named = collapse(&attribute.value);
        let Some(resource) = find_resource(self.resources, &named) else {
            return self.nested(context, &named).unwrap_or_else(|| {
                let message =
                    format!("the item names the resource {named:?}, which does not exist");
                context.tell(&codes::ITEM_RESOURCE_UNKNOWN, attribute.offset, message);
                Reference::Nothing
            });
        };
        if resource.identifier != named {
            let message = format!("the item names {named:?}; {:?} was taken", resource.identifier);
            context.tell(&codes::ITEM_RESOURCE_CASE, attribute.offset, message);
        }
        if !children.is_empty() {
            let message = "the item has children and a resource";
            context.tell(&codes::ITEM_CHILDREN_AND_RESOURCE, element.offset, message);
            // CAM 3.4.1.7: only a leaf has a resource. SCORM 1.2 says nothing, and its players
            // start such an item, so its page becomes the first child.
            if context.edition.is_2004() || resource.launch.is_none() {
                return Reference::Nothing;
            }
        } else if !self.starts(resource) {
            let message = format!("the resource {named:?} has no href: the item starts nothing");
            context.tell(&codes::ITEM_RESOURCE_NOT_LAUNCHABLE, attribute.offset, message);
        }
        Reference::Resource(resource.identifier.clone())
    }

    /// Whether the resource was meant to start something; a missing file was told already.
    fn starts(&self, resource: &Resource) -> bool {
        let href = |element: &Element<'_>| {
            element.value("identifier").map(collapse).as_deref() == Some(&resource.identifier)
                && element.value("href").is_some_and(|href| !href.is_empty())
        };
        let mut groups = self.parts.iter().flat_map(|part| part.element.all("resources"));
        resource.launch.is_some() || groups.any(|group| group.all("resource").any(href))
    }

    /// The items of the nested manifest of this name (SCORM 1.2 CAM 2.3.2.5.5, `identifierref`).
    fn nested(&mut self, context: &mut Context<'_, '_>, named: &str) -> Option<Reference> {
        let parts = self.parts;
        let at = parts.iter().skip(1).position(|part| {
            part.element.value("identifier").map(collapse).as_deref() == Some(named)
        })? + 1;
        // A nested manifest that refers to itself would never end; each is entered once.
        if !self.entered.insert(at) {
            return None;
        }
        let part = parts.get(at)?;
        let organizations = part.element.child("organizations")?;
        let default = organizations.value("default").map(collapse);
        let is_default = |one: &&Element<'_>| one.value("identifier").map(collapse) == default;
        let organization = organizations
            .all("organization")
            .find(is_default)
            .or_else(|| organizations.child("organization"))?;
        Some(Reference::Items(self.children(context, organization, part)))
    }

    /// An item's own page as a leaf of its own.
    fn page(&mut self, item: &mut Item, resource: String) -> Item {
        let identifier = self.free_identifier(&format!("{}-page", item.identifier));
        Item {
            identifier,
            title: item.title.clone(),
            visible: item.visible,
            resource: Some(resource),
            parameters: item.parameters.take(),
            children: Vec::new(),
            scorm12: std::mem::take(&mut item.scorm12),
            time_limit_action: item.time_limit_action.take(),
            data_from_lms: item.data_from_lms.take(),
            completion_threshold: None,
            hide_lms_ui: Vec::new(),
            shared_data: Vec::new(),
            sequencing: None,
            metadata: item.metadata.clone(),
        }
    }

    /// An identifier that no other item or organization has.
    pub(super) fn identifier(
        &mut self,
        context: &mut Context<'_, '_>,
        element: &Element<'_>,
        what: &str,
    ) -> ItemId {
        let Some(identifier) = context.identifier(element) else {
            let free = self.free_identifier(what);
            let message = format!(
                "the {what} has no identifier; it is called {free:?}",
                free = free.as_str()
            );
            context.tell(&codes::IDENTIFIER_MISSING, element.offset, message);
            return free;
        };
        let free = self.free_identifier(&identifier);
        if free.as_str() != identifier {
            let message =
                format!("{identifier:?} is taken; this {what} is called {:?}", free.as_str());
            context.tell(&codes::IDENTIFIER_DUPLICATE, element.offset, message);
        }
        free
    }

    /// `wanted`, or `wanted-2`, `wanted-3` … when it is taken.
    pub(super) fn free_identifier(&mut self, wanted: &str) -> ItemId {
        let count = self.identifiers.entry(wanted.to_owned()).or_default();
        *count += 1;
        if *count == 1 {
            return ItemId::new(wanted);
        }
        let next = format!("{wanted}-{count}");
        self.free_identifier(&next)
    }
}

/// What an item starts or stands for.
enum Reference {
    Nothing,
    Resource(String),
    /// The items of a nested manifest.
    Items(Vec<Item>),
}

/// A resource by identifier, else by its only spelling in another letter case.
fn find_resource<'r>(resources: &'r [Resource], named: &str) -> Option<&'r Resource> {
    let exact = resources.iter().find(|one| one.identifier == named);
    exact.or_else(|| {
        let folded = named.to_lowercase();
        let mut alike = resources.iter().filter(|one| one.identifier.to_lowercase() == folded);
        alike.next().filter(|_| alike.next().is_none())
    })
}

/// The `title` child, else another text; told when there is none.
pub(super) fn title(
    context: &mut Context<'_, '_>,
    element: &Element<'_>,
    other: Option<&str>,
) -> Option<String> {
    let text = |title: &Element<'_>| {
        let inner = || title.children.iter().find_map(Element::content);
        title.content().or_else(inner).map(collapse)
    };
    let title = element.child("title").and_then(text);
    if title.is_none() {
        let message = format!("the {} has no title", element.local());
        context.tell(&codes::TITLE_MISSING, element.offset, message);
    }
    title.or_else(|| other.map(collapse)).filter(|title| !title.is_empty())
}

/// `isvisible`, true by default.
fn visible(context: &mut Context<'_, '_>, element: &Element<'_>) -> bool {
    let Some(attribute) = element.attribute("isvisible") else { return true };
    match attribute.value.trim().to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" => true,
        "false" | "0" | "no" => false,
        other => {
            let message = format!("isvisible is {other:?}; the item is shown");
            context.tell(&codes::ITEM_VISIBILITY, attribute.offset, message);
            true
        }
    }
}
