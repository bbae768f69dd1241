//! Packages of several parts with sequencing, whose pages are probes.

/// Opens once the global objective `done` is satisfied.
pub(crate) const GATED: &str = "<imsss:sequencing><imsss:sequencingRules><imsss:preConditionRule>\
    <imsss:ruleConditions conditionCombination=\"any\">\
    <imsss:ruleCondition referencedObjective=\"needs\" operator=\"not\" condition=\"satisfied\"/>\
    <imsss:ruleCondition referencedObjective=\"needs\" operator=\"not\" condition=\"objectiveStatusKnown\"/>\
    </imsss:ruleConditions><imsss:ruleAction action=\"disabled\"/></imsss:preConditionRule>\
    </imsss:sequencingRules><imsss:objectives><imsss:primaryObjective objectiveID=\"own\"/>\
    <imsss:objective objectiveID=\"needs\">\
    <imsss:mapInfo targetObjectiveID=\"done\" readSatisfiedStatus=\"true\"/>\
    </imsss:objective></imsss:objectives></imsss:sequencing>";

/// Writes the global objective `done`; only the content says whether it is satisfied.
pub(crate) const OPENS: &str = "<imsss:sequencing><imsss:objectives>\
    <imsss:primaryObjective objectiveID=\"own\">\
    <imsss:mapInfo targetObjectiveID=\"done\" writeSatisfiedStatus=\"true\"/>\
    </imsss:primaryObjective></imsss:objectives>\
    <imsss:deliveryControls completionSetByContent=\"true\" objectiveSetByContent=\"true\"/>\
    </imsss:sequencing>";

/// The content brings its own controls, all of them.
pub(crate) const HIDES_ALL: &str = "<adlnav:presentation><adlnav:navigationInterface>\
    <adlnav:hideLMSUI>continue</adlnav:hideLMSUI><adlnav:hideLMSUI>previous</adlnav:hideLMSUI>\
    <adlnav:hideLMSUI>exit</adlnav:hideLMSUI><adlnav:hideLMSUI>exitAll</adlnav:hideLMSUI>\
    <adlnav:hideLMSUI>abandon</adlnav:hideLMSUI>\
    <adlnav:hideLMSUI>abandonAll</adlnav:hideLMSUI>\
    <adlnav:hideLMSUI>suspendAll</adlnav:hideLMSUI>\
    </adlnav:navigationInterface></adlnav:presentation>";

/// A package of SCORM 2004 4th Edition: parts by identifier, title, and what stands in their item
/// besides. All can be chosen and walked through. The page of a part is the probe, whose body names
/// the part in `data-course`.
pub(crate) fn sequenced(parts: &[(&str, &str, &str)]) -> Vec<u8> {
    let items: Vec<String> = parts.iter().map(|(id, title, inside)| {
        format!("<item identifier=\"{id}\" identifierref=\"{id}-page\"><title>{title}</title>{inside}</item>")
    }).collect();
    let resources: Vec<String> = parts
        .iter()
        .map(|(id, ..)| {
            format!(
                "<resource identifier=\"{id}-page\" type=\"webcontent\" adlcp:scormType=\"sco\" \
             href=\"{id}.html\"><file href=\"{id}.html\"/></resource>"
            )
        })
        .collect();
    let (items, resources) = (items.concat(), resources.concat());
    let manifest = format!(
        "<?xml version=\"1.0\"?><manifest identifier=\"test\" version=\"1.0\" \
         xmlns=\"http://www.imsglobal.org/xsd/imscp_v1p1\" \
         xmlns:adlcp=\"http://www.adlnet.org/xsd/adlcp_v1p3\" \
         xmlns:adlnav=\"http://www.adlnet.org/xsd/adlnav_v1p3\" \
         xmlns:imsss=\"http://www.imsglobal.org/xsd/imsss\">\
         <metadata><schema>ADL SCORM</schema><schemaversion>2004 4th Edition</schemaversion></metadata>\
         <organizations default=\"course\"><organization identifier=\"course\">\
         <title>Security at work</title>{items}<imsss:sequencing>\
         <imsss:controlMode choice=\"true\" flow=\"true\"/></imsss:sequencing>\
         </organization></organizations><resources>{resources}</resources></manifest>"
    );
    let page = |id: &str| {
        format!(
            "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{id}</title>\
             <body data-course=\"{id}\" data-state=\"loading\"><h1>{id}</h1>\
             <p>API: <strong data-version></strong></p><ol data-log></ol>\
             <script src=\"shared/scorm.js\"></script><script src=\"shared/probe.js\"></script>"
        )
    };
    let sample = samples::named("api-probe-2004").expect("the probe is a sample");
    let shared = sample.files.iter().filter(|(path, _)| path.starts_with("shared/"));
    let pages = parts.iter().map(|(id, ..)| (format!("{id}.html"), page(id).into_bytes()));
    let manifest = ("imsmanifest.xml".to_owned(), manifest.into_bytes());
    let shared = shared.map(|(path, bytes)| ((*path).to_owned(), bytes.to_vec()));
    package::zip_of([manifest].into_iter().chain(pages).chain(shared))
}
