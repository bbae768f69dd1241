//! Packages with pages of a test's own.

/// A package of one SCO, SCORM `version` (`1.2` or `2004`), whose first page is the first of
/// `pages`; the pages of the probe lie beside it under `shared/`.
pub fn package_of(version: &str, pages: &[(&str, &str)]) -> Vec<u8> {
    let (probe, namespaces, schema, sco) = match version {
        "1.2" => (
            "api-probe-12",
            "xmlns=\"http://www.imsproject.org/xsd/imscp_rootv1p1p2\" \
             xmlns:adlcp=\"http://www.adlnet.org/xsd/adlcp_rootv1p2\"",
            "1.2",
            "adlcp:scormtype",
        ),
        _ => (
            "api-probe-2004",
            "xmlns=\"http://www.imsglobal.org/xsd/imscp_v1p1\" \
             xmlns:adlcp=\"http://www.adlnet.org/xsd/adlcp_v1p3\"",
            "2004 4th Edition",
            "adlcp:scormType",
        ),
    };
    let first = pages.first().expect("there is a first page").0;
    let manifest = format!(
        "<?xml version=\"1.0\"?><manifest identifier=\"test\" version=\"1.0\" {namespaces}>\
         <metadata><schema>ADL SCORM</schema><schemaversion>{schema}</schemaversion></metadata>\
         <organizations default=\"course\"><organization identifier=\"course\"><title>Test</title>\
         <item identifier=\"item\" identifierref=\"page\"><title>Test</title></item>\
         </organization></organizations><resources>\
         <resource identifier=\"page\" type=\"webcontent\" {sco}=\"sco\" href=\"{first}\">\
         <file href=\"{first}\"/></resource></resources></manifest>"
    );
    let sample = samples::named(probe).expect("the probe is a sample");
    let shared = sample.files.iter().filter(|(path, _)| path.starts_with("shared/"));
    let own = pages.iter().map(|(path, text)| (*path, text.as_bytes()));
    let manifest = ("imsmanifest.xml", manifest.as_bytes());
    package::zip_of([manifest].into_iter().chain(own).chain(shared.copied()))
}
