//! The catalogue of everything an inspection can find: one entry, one stable name.
//!
//! Only these entries make findings, so the catalogue is complete by construction.

use crate::finding::Severity;
use serde::Serialize;

/// One kind of finding.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Code {
    /// Stable name in kebab-case.
    pub id: &'static str,
    /// What it is about.
    pub area: &'static str,
    /// Severity of every finding of this kind.
    pub severity: Severity,
    /// The section of the specification behind it.
    pub rule: Option<&'static str>,
    /// What it means, in one sentence.
    pub meaning: &'static str,
    /// What an author can do, in one sentence.
    pub advice: &'static str,
}

macro_rules! catalogue {
    ($($area:literal {
        $($name:ident: $severity:ident, $id:literal, $rule:expr, $meaning:literal, $advice:literal;)*
    })*) => {
        $($(pub(crate) static $name: Code = Code {
            id: $id,
            area: $area,
            severity: Severity::$severity,
            rule: $rule,
            meaning: $meaning,
            advice: $advice,
        };)*)*

        /// Every code, by area.
        pub fn codes() -> &'static [&'static Code] {
            static ALL: &[&Code] = &[$($(&$name),*),*];
            ALL
        }
    };
}

const ZIP: Option<&str> = Some("APPNOTE 6.3");
const PIF: Option<&str> = Some("CAM 2.2: package interchange file");
const XML: Option<&str> = Some("XML 1.0");
const MANIFEST: Option<&str> = Some("CAM 3.3: imsmanifest.xml at the root");
const META: Option<&str> = Some("CAM 3.4.1.3: schema and schemaversion");
const ORGANIZATIONS: Option<&str> = Some("CAM 3.4.1.5: organizations");
const ITEM: Option<&str> = Some("CAM 3.4.1.7: item");
const RESOURCE: Option<&str> = Some("CAM 3.4.1.22: resource");
const FILE: Option<&str> = Some("CAM 3.4.1.24: file");
const BASE: Option<&str> = Some("CAM 3.4.3: xml:base");
const SEQUENCING: Option<&str> = Some("CAM 5.1: sequencing");
const CONTROL: Option<&str> = Some("SN 3.2: sequencing control modes");
const RULES: Option<&str> = Some("SN 3.4: sequencing rules");
const LIMITS: Option<&str> = Some("SN 3.5: limit conditions");
const OBJECTIVES: Option<&str> = Some("SN 3.10: objectives");
const RANDOMIZATION: Option<&str> = Some("SN 3.11, 3.12: selection and randomization");
const CAM12: Option<&str> = Some("SCORM 1.2 CAM 2.3.2.5.5");
const ADLCP: Option<&str> = Some("CAM 3.4.1.8 to 3.4.1.19: ADL elements of item");

catalogue! {
    "The archive" {
    READ_FAILED: Error, "read-failed", None,
        "The package could not be read from where it is kept.",
        "Try again; if it happens again, tell the operator.";
    NOT_A_ZIP: Error, "not-a-zip", PIF,
        "The file is not a zip archive.",
        "Export the course as a SCORM package (.zip) and upload that file as it is.";
    ARCHIVE_TRUNCATED: Error, "archive-truncated", ZIP,
        "The archive ends too early.",
        "Upload or download was probably cut off: fetch or export it again.";
    PATH_TRAVERSAL: Error, "path-traversal", ZIP,
        "An entry's name leaves the package with `..`.",
        "Build the package again with a trusted tool; such an archive can be an attack.";
    ABSOLUTE_PATH: Error, "absolute-path", ZIP,
        "An entry's name is an absolute path, has a drive letter or names a network share.",
        "Zip the folder's content with relative names.";
    INVALID_NAME: Error, "invalid-name", ZIP,
        "An entry's name is empty or holds control characters.",
        "Rename the file and zip again.";
    NAME_TOO_LONG: Error, "name-too-long", ZIP,
        "An entry's name is longer than the limit.",
        "Use shorter folder and file names.";
    SPECIAL_FILE: Error, "special-file", ZIP,
        "An entry is a symbolic link or a device, not a file.",
        "Zip the files themselves instead of links to them.";
    TOO_MANY_ENTRIES: Error, "too-many-entries", ZIP,
        "The archive has more entries than the limit.",
        "Remove what the course does not need, or ask the operator to raise the limit.";
    TOO_MANY_BYTES: Error, "too-many-bytes", ZIP,
        "The archive unpacks to more bytes than the limit.",
        "Make media smaller, or ask the operator to raise the limit.";
    RATIO_TOO_HIGH: Error, "ratio-too-high", ZIP,
        "An entry unpacks to far more bytes than it takes in the archive.",
        "If this is no attack, store that file in a compressed format of its own.";
    DUPLICATE_NAME: Error, "duplicate-name", ZIP,
        "Two entries have the same name.",
        "Zip the folder again from scratch, so that each file is in it once.";
    CASE_COLLISION: Error, "case-collision", ZIP,
        "Two entries' names differ only in letter case or accents' composition.",
        "Rename or remove one of the two files: many systems cannot hold both.";
    OVERLAPPING_ENTRIES: Error, "overlapping-entries", ZIP,
        "Two entries share bytes of the archive.",
        "Build the package again with a trusted tool; such an archive can be an attack.";
    ENCRYPTED: Error, "encrypted", PIF,
        "An entry is encrypted.",
        "Export the package without a password.";
    UNSUPPORTED_METHOD: Error, "unsupported-method", PIF,
        "An entry is compressed by another method than Deflate.",
        "Zip with the plain Deflate method, without Deflate64, LZMA or other options.";
    MULTI_DISK: Error, "multi-disk", PIF,
        "The archive is one part of several.",
        "Export the package as a single zip file.";
    DIRECTORY_INVALID: Error, "directory-invalid", ZIP,
        "The archive's list of entries is damaged or contradicts itself.",
        "Build the package again.";
    HEADER_MISMATCH: Error, "header-mismatch", ZIP,
        "An entry's own header disagrees with the archive's list of entries.",
        "Build the package again with a trusted tool.";
    SIZE_MISMATCH: Error, "size-mismatch", ZIP,
        "An entry's data is longer or shorter than the archive says.",
        "Build the package again.";
    CRC_MISMATCH: Error, "crc-mismatch", ZIP,
        "An entry's data does not have the checksum that the archive states.",
        "The archive was damaged: fetch or export it again.";
    DATA_INVALID: Error, "data-invalid", ZIP,
        "An entry's compressed data is damaged.",
        "The archive was damaged: fetch or export it again.";
    LEADING_BYTES: Warning, "leading-bytes", ZIP,
        "There are foreign bytes before the zip archive, which were skipped.",
        "Upload the plain zip, not a self-extracting program.";
    TRAILING_BYTES: Warning, "trailing-bytes", ZIP,
        "There are foreign bytes behind the zip archive, which were ignored.",
        "Export or download the package again if anything is missing.";
    BACKSLASH_NAME: Warning, "backslash-name", ZIP,
        "Entries' names separate folders by backslashes, which were read as slashes.",
        "Zip with a tool that writes forward slashes.";
    CODE_PAGE_NAME: Warning, "code-page-name", ZIP,
        "Entries' names are not in UTF-8; a code page was guessed.",
        "Zip with a tool that marks names as UTF-8, or use plain ASCII names.";
    SYSTEM_JUNK: Note, "system-junk", ZIP,
        "Files of an operating system (`__MACOSX`, `.DS_Store`, …) were ignored.",
        "Nothing needs doing; zip without them to make the package smaller.";
    FILE_AND_FOLDER: Warning, "file-and-folder", ZIP,
        "The same name is used for a file and for a folder.",
        "Rename one of them: a file system cannot hold both.";
    }
    "The kind of package" {
    NO_MANIFEST: Error, "no-manifest", MANIFEST,
        "There is no imsmanifest.xml in the package.",
        "Publish for SCORM 1.2 or SCORM 2004 and upload the zip that the tool makes.";
    NOT_YET_SUPPORTED: Error, "not-yet-supported", None,
        "The package is of a kind that is not supported yet.",
        "Publish the course for SCORM 1.2 or SCORM 2004.";
    NESTED_ROOT: Warning, "nested-root", MANIFEST,
        "The manifest is not at the root of the package but in a folder, which was taken as root.",
        "Zip the content of the course folder, not the folder itself.";
    MANIFEST_NAME_CASE: Warning, "manifest-name-case", MANIFEST,
        "The manifest's file name is not in lower case.",
        "Rename it to imsmanifest.xml.";
    SEVERAL_MANIFESTS: Warning, "several-manifests", MANIFEST,
        "There are several manifests; the one nearest to the root is used.",
        "Upload each course as its own package.";
    OUTSIDE_ROOT: Note, "outside-root", MANIFEST,
        "Files beside the manifest's folder are not part of the course and were left out.",
        "Put everything the course needs beneath the manifest's folder.";
    }
    "The manifest as XML" {
    XML_NOT_WELL_FORMED: Error, "xml-not-well-formed", XML,
        "The manifest is not well-formed XML.",
        "Correct the place named; most often a tag is not closed or `&` should be `&amp;`.";
    XML_DOCTYPE: Error, "xml-doctype", XML,
        "The manifest has a DOCTYPE, which is not accepted for safety.",
        "Remove the <!DOCTYPE …> declaration and its entities.";
    XML_LIMIT: Error, "xml-limit", XML,
        "The manifest is larger or deeper than a limit.",
        "Make it smaller, or ask the operator to raise the limit named.";
    XML_ENCODING: Warning, "xml-encoding", XML,
        "The XML declaration names another encoding than the bytes have.",
        "Save the manifest as UTF-8 and declare encoding=\"UTF-8\".";
    XML_LEADING_SPACE: Warning, "xml-leading-space", XML,
        "There is white space before the XML declaration.",
        "Remove everything before <?xml.";
    XML_NAMESPACE: Warning, "xml-namespace", Some("CAM 3.4: namespaces"),
        "An element has no namespace or an unknown one and was read by its name.",
        "Declare the namespaces of the SCORM edition on the manifest element.";
    }
    "The manifest" {
    ROOT_ELEMENT: Error, "root-element", MANIFEST,
        "The root element of imsmanifest.xml is not <manifest>.",
        "Publish the course again; this is not a SCORM manifest.";
    SCHEMAVERSION_MISSING: Warning, "schemaversion-missing", META,
        "The manifest does not say which SCORM it is for; it was told by its namespaces.",
        "Add <schemaversion> with the edition's text.";
    SCHEMAVERSION_UNKNOWN: Warning, "schemaversion-unknown", META,
        "schemaversion is not a text that SCORM defines.",
        "Write `1.2`, `CAM 1.3`, `2004 3rd Edition` or `2004 4th Edition`.";
    SCHEMAVERSION_SPELLING: Warning, "schemaversion-spelling", META,
        "schemaversion is misspelled but was understood.",
        "Write it exactly as SCORM does.";
    SCHEMAVERSION_CONTRADICTION: Warning, "schemaversion-contradiction", META,
        "schemaversion and the namespaces speak of different SCORM versions; schemaversion was \
         followed.",
        "Correct schemaversion or the namespaces.";
    NO_ORGANIZATION: Warning, "no-organization", ORGANIZATIONS,
        "The manifest has no organization; one was made of the resources that can be started.",
        "Add an organization with at least one item that names a resource.";
    DEFAULT_ORGANIZATION_MISSING: Warning, "default-organization-missing", ORGANIZATIONS,
        "No default organization is named; the first one is played.",
        "Set organizations@default to the identifier of an organization.";
    DEFAULT_ORGANIZATION_UNKNOWN: Warning, "default-organization-unknown", ORGANIZATIONS,
        "The default organization does not exist; another one is played.",
        "Set organizations@default to the identifier of an organization.";
    ORGANIZATION_EMPTY: Warning, "organization-empty", ORGANIZATIONS,
        "An organization starts nothing and was left out.",
        "Give it an item that names a resource, or remove it.";
    ORGANIZATIONS_SEVERAL: Note, "organizations-several", ORGANIZATIONS,
        "There are several organizations; only the default one is played.",
        "Nothing needs doing if the default organization is the course.";
    NOTHING_LAUNCHABLE: Error, "nothing-launchable", RESOURCE,
        "No item leads to a file in the package or to a web address.",
        "Check that items' identifierref names resources and that their href names files that are \
         in the package.";
    IDENTIFIER_MISSING: Warning, "identifier-missing", ITEM,
        "An element that needs an identifier has none; one was made up.",
        "Give it a unique identifier.";
    IDENTIFIER_DUPLICATE: Warning, "identifier-duplicate", ITEM,
        "Two elements have the same identifier; the later one was renamed or ignored.",
        "Give each its own identifier.";
    IDENTIFIER_SPACE: Note, "identifier-space", ITEM,
        "An identifier has white space around it, which was removed as xs:ID asks.",
        "Nothing needs doing; some systems keep the white space and then miss the identifier.";
    IDENTIFIER_INVALID: Note, "identifier-invalid", ITEM,
        "An identifier is not an xs:ID: it starts with a digit or holds characters not allowed.",
        "Nothing needs doing here; strict systems want letters, digits, `.`, `-` and `_`.";
    TITLE_MISSING: Warning, "title-missing", ITEM,
        "An item or organization has no title; another text is shown.",
        "Give it a title that learners understand.";
    ITEM_WITHOUT_RESOURCE: Warning, "item-without-resource", ITEM,
        "An item has neither a resource nor children: it starts nothing.",
        "Set identifierref to a resource, or remove the item.";
    ITEM_RESOURCE_UNKNOWN: Warning, "item-resource-unknown", ITEM,
        "An item names a resource that does not exist.",
        "Correct identifierref; identifiers are case-sensitive.";
    ITEM_RESOURCE_CASE: Warning, "item-resource-case", ITEM,
        "An item names a resource in other letter case; it was found all the same.",
        "Write identifierref exactly as the resource's identifier.";
    ITEM_CHILDREN_AND_RESOURCE: Warning, "item-children-and-resource", ITEM,
        "An item has children and a resource; in SCORM 1.2 the resource became its first child, in \
         SCORM 2004 it is not started.",
        "Move the resource to a child item.";
    ITEM_RESOURCE_NOT_LAUNCHABLE: Warning, "item-resource-not-launchable", ITEM,
        "An item names a resource without href: it starts nothing.",
        "Give the resource an href.";
    ITEM_VISIBILITY: Warning, "item-visibility", ITEM,
        "isvisible is neither `true` nor `false`.",
        "Write `true` or `false`.";
    SUB_MANIFEST: Note, "sub-manifest", Some("CAM 3.4.2: sub-manifests"),
        "A nested manifest was merged into the package's manifest.",
        "Nothing needs doing; most systems ignore nested manifests.";
    RESOURCE_UNMARKED: Warning, "resource-unmarked", RESOURCE,
        "A resource that an item launches does not say whether it is a SCO; it is taken as one.",
        "Set adlcp:scormType (1.2: adlcp:scormtype) to `sco` or `asset`.";
    RESOURCE_TYPE_UNKNOWN: Warning, "resource-type-unknown", RESOURCE,
        "scormType is neither `sco` nor `asset`.",
        "Write `sco` or `asset`.";
    DEPENDENCY_UNKNOWN: Warning, "dependency-unknown", RESOURCE,
        "A dependency names a resource that does not exist.",
        "Correct or remove the dependency.";
    LAUNCH_FILE_MISSING: Warning, "launch-file-missing", RESOURCE,
        "The file that an item starts is not in the package.",
        "Add the file or correct the href.";
    FILE_MISSING: Warning, "file-missing", FILE,
        "Files that the manifest lists are not in the package.",
        "Add them, or remove them from the manifest.";
    FILES_UNLISTED: Note, "files-unlisted", FILE,
        "Files in the package are not listed in the manifest; they are served all the same.",
        "Nothing needs doing; strict systems want every file listed.";
    HREF_CASE: Warning, "href-case", FILE,
        "A file is named in other letter case than in the package; it was found all the same.",
        "Use the same letter case: other systems will not find the file.";
    HREF_BACKSLASH: Warning, "href-backslash", FILE,
        "A path is written with backslashes, which were read as slashes.",
        "Write forward slashes.";
    HREF_UNENCODED: Note, "href-unencoded", FILE,
        "A path holds characters that a URL must encode, such as spaces; it was found all the same.",
        "Encode them, for example a space as %20.";
    HREF_LEAVES_PACKAGE: Warning, "href-leaves-package", FILE,
        "A path leads out of the package and was cut at the root.",
        "Write paths relative to the manifest.";
    HREF_ABSOLUTE: Warning, "href-absolute", FILE,
        "A path begins with a slash or with a drive and was taken as relative to the package.",
        "Write paths relative to the manifest.";
    HREF_SCHEME: Warning, "href-scheme", FILE,
        "An address has a scheme that cannot be launched.",
        "Use a file of the package, or an http or https address.";
    EXTERNAL_LAUNCH: Note, "external-launch", RESOURCE,
        "A resource is an address outside the package: its content can change or vanish, and a \
         page from another site can seldom reach the SCORM API.",
        "Put the content into the package if you can.";
    BASE_INVALID: Warning, "base-invalid", BASE,
        "xml:base is not a relative path that ends in a slash, or a file was found only without it.",
        "Write a relative path that ends in a slash.";
    METADATA_MISSING: Note, "metadata-missing", Some("CAM 3.4.1.4: adlcp:location"),
        "A metadata file that the manifest names is not in the package.",
        "Add it, or remove the reference.";
    METADATA_UNREADABLE: Note, "metadata-unreadable", Some("CAM 3.4.1.4: adlcp:location"),
        "A metadata file could not be read and was ignored.",
        "Correct the file.";
    EDITION_ELEMENT: Note, "edition-element", ADLCP,
        "An element belongs to another SCORM edition than the manifest's.",
        "Remove it, or publish for the edition that knows it.";
    MASTERY_SCORE_INVALID: Warning, "mastery-score-invalid", CAM12,
        "masteryscore is not a number from 0 to 100, so no status can follow from the score.",
        "Write a number from 0 to 100 without a percent sign.";
    PREREQUISITES_INVALID: Warning, "prerequisites-invalid", CAM12,
        "prerequisites is no AICC script, or names an item that the course lacks, so the item is open from the start.",
        "Name items by their identifiers, joined by & and |, such as ITEM-1&ITEM-2.";
    MAX_TIME_INVALID: Warning, "max-time-invalid", CAM12,
        "maxtimeallowed is not a time span of the form HHHH:MM:SS.SS.",
        "Write it as hours, minutes and seconds, for example 00:30:00.";
    TIME_LIMIT_ACTION_INVALID: Warning, "time-limit-action-invalid", ADLCP,
        "timeLimitAction is not one of the four texts that SCORM defines.",
        "Write exit,message · exit,no message · continue,message or continue,no message.";
    LAUNCH_DATA_LONG: Warning, "launch-data-long", ADLCP,
        "dataFromLMS is longer than systems must keep.",
        "Keep it within 255 (SCORM 1.2) or 4000 characters.";
    COMPLETION_THRESHOLD_INVALID: Warning, "completion-threshold-invalid", ADLCP,
        "completionThreshold is not a number from 0 to 1 and was ignored.",
        "Write a number from 0 to 1, for example 0.8.";
    HIDE_LMS_UI_UNKNOWN: Warning, "hide-lms-ui-unknown", Some("CAM 5.2: presentation"),
        "hideLMSUI names a button that SCORM does not define.",
        "Use previous, continue, exit, exitAll, abandon, abandonAll or suspendAll.";
    SHARED_DATA_INVALID: Warning, "shared-data-invalid", ADLCP,
        "A map of adlcp:data has no targetID and was ignored.",
        "Give it the identifier of a data store.";
    SEQUENCING_REFERENCE: Warning, "sequencing-reference", SEQUENCING,
        "IDRef names a sequencing that the sequencingCollection does not have.",
        "Correct IDRef or add the sequencing to the collection.";
    SEQUENCING_VALUE: Warning, "sequencing-value", SEQUENCING,
        "A value in a sequencing element is not allowed and was ignored.",
        "Correct the value; without it the course may be ordered differently.";
    SEQUENCING_RULE: Warning, "sequencing-rule", SEQUENCING,
        "A sequencing rule is incomplete and was ignored.",
        "Give it conditions and an action that SCORM knows at this place.";
    SEQUENCING_IN_12: Note, "sequencing-in-1-2", SEQUENCING,
        "SCORM 1.2 has no sequencing; it is kept and not followed.",
        "Publish for SCORM 2004 if the order matters.";
    }
    "Traps" {
    GROUP_WITHOUT_WAY_IN: Warning, "group-without-way-in", CONTROL,
        "A group allows neither flow nor choice: the player never leads a learner into it.",
        "Set flow=\"true\" or choice=\"true\" in its controlMode.";
    GROUP_STOPS_FLOW: Warning, "group-stops-flow", CONTROL,
        "A group without flow stands among activities that follow each other: Continue is refused \
         before it and learners have to find it in the contents.",
        "Set flow=\"true\" in its controlMode.";
    ACTIVITY_UNREACHABLE: Warning, "activity-unreachable", CONTROL,
        "Nothing leads a learner to an activity: it can neither be chosen nor does it follow \
         another one.",
        "Show it in the contents, or let its group have flow; remove it if it is not needed.";
    STARTS_WITH_CONTENTS: Note, "starts-with-contents", CONTROL,
        "The course has no flow: it begins with its contents, and learners pick every activity \
         themselves.",
        "Set flow=\"true\" in the organization's controlMode if the course should begin by itself.";
    RULE_NEVER_HOLDS: Warning, "rule-never-holds", RULES,
        "A sequencing rule can never hold, so it does nothing.",
        "Correct its conditions, add the limit that they ask about, or remove the rule.";
    RULE_OBJECTIVE_UNKNOWN: Warning, "rule-objective-unknown", RULES,
        "A sequencing rule asks about an objective that its activity does not have, so the answer \
         is always unknown.",
        "Add the objective to the activity, or correct referencedObjective.";
    OBJECTIVE_NOT_WRITTEN: Warning, "objective-not-written", OBJECTIVES,
        "An activity reads a global objective that no activity of the course writes.",
        "Let an activity write it, or correct targetObjectiveID; only if another course of the same \
         learners writes it, leave it.";
    ATTEMPT_LIMIT_ZERO: Warning, "attempt-limit-zero", LIMITS,
        "An activity allows no attempt at all: nobody can begin it.",
        "Set attemptLimit to 1 or more, or remove it for no limit.";
    SELECTION_WITHOUT_EFFECT: Warning, "selection-without-effect", RANDOMIZATION,
        "Activities are to be picked or shuffled by chance, and what is written has no effect.",
        "Give selectCount with selectionTiming, reorderChildren with randomizationTiming, on a group \
         with more activities than are picked.";
    ASSET_CANNOT_REPORT: Warning, "asset-cannot-report", Some("SN 3.13; CAM 2.1.1: asset"),
        "An asset is to say by itself whether it is done or passed; it cannot talk to the LMS, so \
         that stays unknown forever.",
        "Make it a SCO that reports, or leave out what waits for its report.";
    SEQUENCING_ON_LEAF: Note, "sequencing-on-leaf", SEQUENCING,
        "Rules that only groups heed stand on an activity without children and have no effect.",
        "Move them to the group around it, or remove them.";
    COMPLETION_MEASURE_UNUSED: Note, "completion-measure-unused", ADLCP,
        "minProgressMeasure is set while completedByMeasure is not: the progress decides nothing.",
        "Set completedByMeasure=\"true\" if the progress should decide completion.";
    MASTERY_SCORE_UNUSED: Warning, "mastery-score-unused", CAM12,
        "masteryscore stands where no score can come from: on a group or on an asset.",
        "Put it on the item of the SCO that reports the score.";
    MASTERY_SCORE_ZERO: Note, "mastery-score-zero", CAM12,
        "masteryscore is 0: whoever has any score has passed.",
        "Remove masteryscore, or write the score that is needed.";
    PREREQUISITES_NEVER_MET: Warning, "prerequisites-never-met", CAM12,
        "An item waits for others that can only be done after it, so nobody can open it.",
        "Break the circle: at least one of the items must be open without the others.";
    }
    "Files and browsers" {
    LAUNCH_NOT_SHOWN: Warning, "launch-not-shown", RESOURCE,
        "An item launches a file that browsers do not show.",
        "Publish it as HTML or PDF, and let the item launch that.";
    SCO_CANNOT_REPORT: Warning, "sco-cannot-report", RESOURCE,
        "An item launches a file that is called a SCO and is no page: it cannot talk to the LMS and \
         never completes.",
        "Mark the resource as asset, or put a page around it that reports.";
    API_NEVER_CALLED: Warning, "api-never-called", Some("RTE 2.1: SCO"),
        "An item launches a SCO, and nothing in the package speaks to the LMS: no page or script \
         names the call that begins a session.",
        "Mark the resource as asset, or publish the course with its SCORM script.";
    API_NEVER_FINISHED: Warning, "api-never-finished", Some("RTE 3.1.3: Terminate"),
        "No page or script names the call that ends a session: it lasts until the learner leaves, and \
         other systems lose what was set last.",
        "Call LMSFinish (SCORM 1.2) or Terminate (SCORM 2004) when the page is left.";
    EXIT_NEVER_SET: Note, "exit-never-set", Some("RTE 4.2.8: cmi.exit"),
        "Content keeps suspend data or a location and never says that it wants to be resumed.",
        "Set cmi.core.exit (SCORM 1.2) or cmi.exit (SCORM 2004) to suspend before the session ends.";
    SCORE_NEVER_REPORTED: Warning, "score-never-reported", Some("RTE 4.2.20: score"),
        "The manifest decides by a score whether an item is passed, and no page or script of the \
         package speaks of a score.",
        "Let the content report its score, or remove the mastery score or satisfiedByMeasure.";
    COMPLETION_NEVER_REPORTED: Warning, "completion-never-reported", Some("SN 3.13.2"),
        "An item is completed only if its content says so, and no page or script of the package \
         names the completion status.",
        "Let the content set cmi.completion_status, or remove completionSetByContent.";
    MEDIA_REFUSED: Warning, "media-refused", None,
        "The package holds files that no browser of today plays.",
        "Convert what the course still uses: to HTML, MP4 (H.264), WebM, MP3 or PNG.";
    MEDIA_DOUBTFUL: Note, "media-doubtful", None,
        "The package holds files that only some browsers play.",
        "Convert them to MP4 (H.264), WebM, MP3, JPEG or PNG to be safe.";
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn codes_are_unique_kebab_case_and_explained() {
        let mut seen = HashSet::new();
        for code in codes() {
            assert!(seen.insert(code.id), "{} is there twice", code.id);
            let kebab = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            assert!(code.id.chars().all(kebab), "{}", code.id);
            for text in [code.meaning, code.advice] {
                assert!(text.ends_with('.') && !text.contains("  "), "{}: {text}", code.id);
            }
        }
    }
}
