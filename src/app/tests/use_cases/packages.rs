//! Small packages made by code.

/// One item of a manifest.
pub(crate) struct Item {
    identifier: &'static str,
    kind: &'static str,
    /// What stands in the item besides its title.
    inner: &'static str,
}

/// An item that launches a SCO.
pub(crate) const fn sco(identifier: &'static str) -> Item {
    Item { identifier, kind: "sco", inner: "" }
}

/// An item that launches an asset.
pub(crate) const fn asset(identifier: &'static str) -> Item {
    Item { identifier, kind: "asset", inner: "" }
}

impl Item {
    /// The same item with more elements of the manifest in it.
    pub(crate) const fn with(self, inner: &'static str) -> Self {
        Self { inner, ..self }
    }
}

/// A SCORM 1.2 package of these items.
pub(crate) fn scorm12(items: &[Item]) -> Vec<u8> {
    let head = r#"<manifest identifier="m" version="1.0"
        xmlns="http://www.imsproject.org/xsd/imscp_rootv1p1p2"
        xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_rootv1p2">
        <metadata><schema>ADL SCORM</schema><schemaversion>1.2</schemaversion></metadata>"#;
    package(head, "scormtype", items, "")
}

/// A SCORM 2004 4th edition package of these items; `sequencing` stands in the organization.
pub(crate) fn scorm2004(items: &[Item], sequencing: &str) -> Vec<u8> {
    let head = r#"<manifest identifier="m" version="1.0"
        xmlns="http://www.imsglobal.org/xsd/imscp_v1p1"
        xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_v1p3"
        xmlns:imsss="http://www.imsglobal.org/xsd/imsss">
        <metadata>
          <schema>ADL SCORM</schema><schemaversion>2004 4th Edition</schemaversion>
        </metadata>"#;
    package(head, "scormType", items, sequencing)
}

fn package(head: &str, scorm_type: &str, items: &[Item], sequencing: &str) -> Vec<u8> {
    let item = |one: &Item| {
        let Item { identifier, inner, .. } = one;
        format!(
            r#"<item identifier="{identifier}" identifierref="r-{identifier}">
                 <title>Title of {identifier}</title>{inner}
               </item>"#
        )
    };
    let resource = |one: &Item| {
        let Item { identifier, kind, .. } = one;
        format!(
            r#"<resource identifier="r-{identifier}" type="webcontent" adlcp:{scorm_type}="{kind}"
                 href="{identifier}.html"><file href="{identifier}.html"/></resource>"#
        )
    };
    let manifest = format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>{head}
           <organizations default="course"><organization identifier="course">
             <title>A course</title>{}{sequencing}
           </organization></organizations>
           <resources>{}</resources></manifest>"#,
        items.iter().map(item).collect::<String>(),
        items.iter().map(resource).collect::<String>(),
    );
    let pages = items.iter().map(|one| (format!("{}.html", one.identifier), "<p>".to_owned()));
    package::zip_of([("imsmanifest.xml".to_owned(), manifest)].into_iter().chain(pages))
}
