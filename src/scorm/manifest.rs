//! What a manifest says: the content model of SCORM 1.2 CAM 2.3 and SCORM 2004 CAM 3.4, read
//! once by the `package` crate and kept with the course version.
//!
//! All identifiers have their white space collapsed, all hrefs are resolved against the three
//! levels of `xml:base` and name files inside the package.

use crate::sequencing::Sequencing;
use domain::ItemId;
use serde::{Deserialize, Serialize};

/// Which SCORM a package was made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Edition {
    /// SCORM 1.2.
    Scorm12,
    /// SCORM 2004 2nd Edition (`CAM 1.3`).
    Scorm2004Second,
    /// SCORM 2004 3rd Edition.
    Scorm2004Third,
    /// SCORM 2004 4th Edition.
    Scorm2004Fourth,
}

impl Edition {
    /// Whether this is one of the SCORM 2004 editions.
    pub const fn is_2004(self) -> bool {
        !matches!(self, Self::Scorm12)
    }

    /// The name people use.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Scorm12 => "SCORM 1.2",
            Self::Scorm2004Second => "SCORM 2004 2nd Edition",
            Self::Scorm2004Third => "SCORM 2004 3rd Edition",
            Self::Scorm2004Fourth => "SCORM 2004 4th Edition",
        }
    }
}

/// A whole manifest, sub-manifests merged into it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Which SCORM it is read as.
    pub edition: Edition,
    /// `manifest@identifier`; empty when absent.
    pub identifier: String,
    /// `manifest@version`.
    pub version: Option<String>,
    /// Index in `organizations` of the one that is played.
    pub default_organization: usize,
    /// At least one, each with at least one activity that can be launched somewhere.
    pub organizations: Vec<Organization>,
    /// Every resource, in document order.
    pub resources: Vec<Resource>,
    /// Metadata of the whole package.
    pub metadata: Metadata,
}

impl Manifest {
    /// The organization that is played.
    pub fn organization(&self) -> &Organization {
        &self.organizations[self.default_organization]
    }

    /// The resource with this identifier.
    pub fn resource(&self, identifier: &str) -> Option<&Resource> {
        self.resources.iter().find(|resource| resource.identifier == identifier)
    }
}

/// One organization: the root of an activity tree (CAM 3.4.1.4).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Organization {
    /// The organization as the root activity: identifier, title, children, sequencing.
    pub root: Item,
    /// `adlseq:objectivesGlobalToSystem`; true unless the manifest says otherwise.
    pub objectives_global_to_system: bool,
    /// `adlcp:sharedDataGlobalToSystem` (4th edition); true unless the manifest says otherwise.
    pub shared_data_global_to_system: bool,
}

/// An item: an activity of the tree (CAM 3.4.1.7).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Item {
    /// `item@identifier`, unique in the manifest.
    pub identifier: ItemId,
    /// The title; never empty: falls back to the identifier.
    pub title: String,
    /// `item@isvisible`.
    pub visible: bool,
    /// `item@identifierref`: the resource launched, when the item is a leaf that has one.
    pub resource: Option<String>,
    /// `item@parameters` as written; [`launch_path`] joins it to the href.
    pub parameters: Option<String>,
    /// Children in document order; empty for a leaf.
    pub children: Vec<Item>,
    /// What SCORM 1.2 says on the item.
    pub scorm12: Scorm12Item,
    /// `adlcp:timeLimitAction` / `adlcp:timelimitaction`, as written.
    pub time_limit_action: Option<String>,
    /// `adlcp:dataFromLMS` / `adlcp:datafromlms`: `cmi.launch_data`.
    pub data_from_lms: Option<String>,
    /// `adlcp:completionThreshold`.
    pub completion_threshold: Option<CompletionThreshold>,
    /// `adlnav:presentation/navigationInterface/hideLMSUI` values.
    pub hide_lms_ui: Vec<String>,
    /// `adlcp:data/map` (4th edition): shared data stores.
    pub shared_data: Vec<SharedDataMap>,
    /// `imsss:sequencing`, merged with the collection entry that `IDRef` names.
    pub sequencing: Option<Sequencing>,
    /// Metadata of the item.
    pub metadata: Metadata,
}

/// Elements that SCORM 1.2 alone has (CAM 1.2, 2.3.2.5.5).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Scorm12Item {
    /// `adlcp:prerequisites`, an AICC script.
    pub prerequisites: Option<String>,
    /// `adlcp:maxtimeallowed`, a `CMITimespan`.
    pub max_time_allowed: Option<String>,
    /// `adlcp:masteryscore`, a number from 0 to 100, as written.
    pub mastery_score: Option<String>,
}

/// `adlcp:completionThreshold` (CAM 3.4.1.11; attributes are of the 4th edition).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CompletionThreshold {
    /// Whether the progress measure decides completion; false by default. In the 2nd and 3rd
    /// edition the element's presence means true.
    pub completed_by_measure: bool,
    /// 0 to 1; 1 by default.
    pub min_progress_measure: f64,
    /// Weight in the parent's progress measure, 0 to 1; 1 by default.
    pub progress_weight: f64,
}

/// `adlcp:map` of `adlcp:data` (CAM 4th edition, 3.4.1.19).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SharedDataMap {
    /// The store's identifier (`targetID`).
    pub target: String,
    /// `readSharedData`, true by default.
    pub read: bool,
    /// `writeSharedData`, true by default.
    pub write: bool,
}

/// What a resource is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResourceKind {
    /// Talks to the API.
    Sco,
    /// Needs no API, but finds one: much content that calls it is declared as an asset.
    Asset,
}

/// A resource (CAM 3.4.1.22).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resource {
    /// `resource@identifier`.
    pub identifier: String,
    /// SCO or asset; unmarked ones that an item launches are SCOs in practice.
    pub kind: ResourceKind,
    /// Where it starts; absent when nothing can be launched.
    pub launch: Option<Launch>,
    /// `file@href`, resolved; paths inside the package.
    pub files: Vec<String>,
    /// `dependency@identifierref`.
    pub dependencies: Vec<String>,
    /// Metadata of the resource.
    pub metadata: Metadata,
}

/// Where a resource starts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Launch {
    /// A file in the package.
    File {
        /// The entry's path in the package, decoded, `/` between segments, relative to the
        /// manifest's folder.
        path: String,
        /// Query and fragment of the href with their `?` or `#`, as written; empty when none.
        suffix: String,
    },
    /// An absolute `http` or `https` URL outside the package.
    External(String),
}

/// What the package, an item or a resource says about itself, from LOM or as written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metadata {
    /// LOM `general/title`, first language.
    pub title: Option<String>,
    /// LOM `general/description`, first language.
    pub description: Option<String>,
    /// LOM `general/language`.
    pub language: Option<String>,
    /// LOM `general/keyword`.
    pub keywords: Vec<String>,
    /// LOM `lifecycle/version`.
    pub version: Option<String>,
    /// LOM `educational/typicalLearningTime`, as written.
    pub typical_learning_time: Option<String>,
    /// `adlcp:location`: metadata kept in another file of the package.
    pub location: Option<String>,
}

/// Joins an item's `parameters` to a resource's href by the rules of CAM 3.4.1.7 (1.2: 2.3.2.5.5):
/// leading `?` and `&` are dropped, `#…` is appended unless the href has a fragment already, and
/// anything else follows the query.
pub fn launch_path(href: &str, parameters: Option<&str>) -> String {
    let parameters = parameters.unwrap_or_default().trim();
    let trimmed = parameters.trim_start_matches(['?', '&']);
    if trimmed.is_empty() {
        return href.to_owned();
    }
    if trimmed.starts_with('#') {
        let joined = if href.contains('#') { "" } else { trimmed };
        return format!("{href}{joined}");
    }
    let (before, fragment) = href.find('#').map_or((href, ""), |at| href.split_at(at));
    let joint = if before.contains('?') { '&' } else { '?' };
    format!("{before}{joint}{trimmed}{fragment}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_joined_by_the_rules_of_cam_3_4_1_7() {
        for (href, parameters, joined) in [
            ("a.html", None, "a.html"),
            ("a.html", Some(""), "a.html"),
            ("a.html", Some("?x=1"), "a.html?x=1"),
            ("a.html", Some("x=1"), "a.html?x=1"),
            ("a.html", Some("&x=1"), "a.html?x=1"),
            ("a.html?y=2", Some("?x=1"), "a.html?y=2&x=1"),
            ("a.html?y=2#z", Some("&x=1"), "a.html?y=2&x=1#z"),
            ("a.html", Some("#top"), "a.html#top"),
            ("a.html#z", Some("#top"), "a.html#z"),
        ] {
            assert_eq!(launch_path(href, parameters), joined, "{href} {parameters:?}");
        }
    }
}
