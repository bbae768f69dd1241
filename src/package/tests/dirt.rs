//! Manifests as they are in the field: what a good LMS imports is imported, with a warning that
//! names the place; what cannot be played is refused.

use package::{
    Inspection, Limits, Severity, inspect,
    testkit::{MANIFEST, PAGE},
    zip_of,
};
use scorm::manifest::{Edition, Launch, ResourceKind};

fn look(files: &[(&str, &[u8])]) -> Inspection {
    inspect(&zip_of(files.iter().copied()), &Limits::default())
}

/// A package with this manifest and one page.
fn with_manifest(manifest: &[u8]) -> Inspection {
    look(&[("imsmanifest.xml", manifest), ("index.html", PAGE.as_bytes())])
}

/// A package with the manifest changed by one replacement, which has to be one.
fn changed(from: &str, to: &str) -> Inspection {
    assert!(MANIFEST.contains(from), "{from}");
    with_manifest(MANIFEST.replace(from, to).as_bytes())
}

fn has(inspection: &Inspection, code: &str) -> bool {
    inspection.report.findings.iter().any(|finding| finding.code == code)
}

fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(bytes).collect()
}

#[test]
fn every_encoding_is_imported_with_its_title() {
    let text = MANIFEST.replace("A course", "Caf\u{e9}");
    let latin: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    let declared = |label: &str| text.replace("UTF-8", label).into_bytes();
    let latin_declared = String::from_utf8_lossy(&latin).replace("UTF-8", "ISO-8859-1");
    let latin_declared: Vec<u8> =
        latin_declared.chars().map(|c| if c == '\u{fffd}' { 0xe9 } else { c as u8 }).collect();
    for (name, bytes, warned) in [
        ("BOM", format!("\u{feff}{text}").into_bytes(), false),
        ("UTF-16 LE", utf16(&text.replace("UTF-8", "UTF-16"), u16::to_le_bytes), false),
        ("UTF-16 BE", utf16(&text.replace("UTF-8", "UTF-16"), u16::to_be_bytes), false),
        ("Latin-1", latin_declared, false),
        ("Latin-1 said to be UTF-8", latin, true),
        ("utf-8(BAD)", declared("utf-8(BAD)"), true),
    ] {
        let inspection = with_manifest(&bytes);
        assert_eq!(inspection.report.title.as_deref(), Some("Caf\u{e9}"), "{name}");
        assert_eq!(has(&inspection, "xml-encoding"), warned, "{name}");
    }
}

#[test]
fn xml_that_is_a_trap_or_broken_is_refused_with_its_place() {
    let bomb = "<!DOCTYPE m [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]>\n<manifest";
    let deep = "<a>".repeat(200) + &"</a>".repeat(200);
    let many = "<a/>".repeat(100_001);
    let attributes = (0..101).map(|n| format!(" a{n}=\"\"")).collect::<Vec<_>>().concat();
    for (from, to, code, line) in [
        ("<manifest", bomb, "xml-doctype", 2),
        (
            "<manifest",
            "<!DOCTYPE manifest SYSTEM \"file:///etc/passwd\">\n<manifest",
            "xml-doctype",
            2,
        ),
        ("A course", "&xxe;", "xml-not-well-formed", 8),
        ("A course", "a & b", "xml-not-well-formed", 8),
        ("A course", "&#0;", "xml-not-well-formed", 8),
        ("A course", "\u{1}", "xml-not-well-formed", 8),
        ("</item>", "", "xml-not-well-formed", 10),
        ("</manifest>", "</manifest><manifest/>", "xml-not-well-formed", 17),
        ("</manifest>", "", "xml-not-well-formed", 2),
        ("<title>A course", &format!("<title>{deep}A course"), "xml-limit", 8),
        ("<title>A course", &format!("<title>{many}A course"), "xml-limit", 8),
        ("<title>A course", &format!("<title{attributes}>A course"), "xml-limit", 8),
        ("href=\"index.html\">", "href=\"index.html?a=1&b=2\">", "xml-not-well-formed", 13),
    ] {
        let inspection = changed(from, to);
        let error = &inspection.report.findings[0];
        let place = (error.severity, error.code, error.line);
        assert_eq!(place, (Severity::Error, code, Some(line)), "{from} -> {to:.60}: {error:?}");
        assert!(inspection.accepted.is_none());
        assert_eq!(error.file.as_deref(), Some("imsmanifest.xml"));
    }
}

#[test]
fn packages_that_cannot_be_played_are_refused() {
    let page = PAGE.as_bytes();
    for (code, files) in [
        ("no-manifest", vec![("index.html", page)]),
        ("not-yet-supported", vec![("cmi5.xml", page), ("index.html", page)]),
        ("not-yet-supported", vec![("a/tincan.xml", page), ("a/index.html", page)]),
        ("nothing-launchable", vec![("imsmanifest.xml", MANIFEST.as_bytes())]),
        ("root-element", vec![("imsmanifest.xml", b"<html/>")]),
        ("xml-not-well-formed", vec![("imsmanifest.xml", b"")]),
    ] {
        let inspection = look(&files);
        assert!(inspection.accepted.is_none(), "{code}");
        assert_eq!(inspection.report.findings[0].code, code);
    }
    let empty = changed(" href=\"index.html\">", ">");
    assert_eq!(empty.report.findings[0].code, "nothing-launchable");
}

/// One liberty each: what is replaced by what, and the warning that tells of it.
const LIBERTIES: &[(&str, &str, &str)] = &[
    ("<?xml", "\n \t<?xml", "xml-leading-space"),
    ("xmlns=\"http://www.imsproject.org/xsd/imscp_rootv1p1p2\"", "", "xml-namespace"),
    ("xmlns:adlcp=\"http://www.adlnet.org/xsd/adlcp_rootv1p2\"", "", "xml-namespace"),
    ("http://www.adlnet.org/xsd/adlcp_rootv1p2", "urn:x", "xml-namespace"),
    ("<schemaversion>1.2</schemaversion>", "", "schemaversion-missing"),
    ("<schemaversion>1.2<", "<schemaversion> scorm 1.2 <", "schemaversion-spelling"),
    ("<schemaversion>1.2<", "<schemaversion>9<", "schemaversion-unknown"),
    ("<schemaversion>1.2<", "<schemaversion>CAM 1.3<", "schemaversion-contradiction"),
    ("default=\"O1\"", "default=\"O9\"", "default-organization-unknown"),
    ("identifier=\"O1\"", "identifier=\" O1 \"", "identifier-space"),
    ("identifier=\"M1\"", "identifier=\"1 M\"", "identifier-invalid"),
    ("identifier=\"I1\" ", "", "identifier-missing"),
    ("identifier=\"I1\"", "identifier=\"O1\"", "identifier-duplicate"),
    ("<title>A lesson</title>", "", "title-missing"),
    ("<title>A course</title>", "<title> </title>", "title-missing"),
    ("identifierref=\"R1\"", "identifierref=\"r1\"", "item-resource-case"),
    ("</item>", "</item><item identifier=\"I2\"><title>x</title></item>", "item-without-resource"),
    (
        "</item>",
        "</item><item identifier=\"I2\" identifierref=\"R9\"><title>x</title></item>",
        "item-resource-unknown",
    ),
    (
        "</item>",
        "<item identifier=\"I2\" identifierref=\"R1\"><title>x</title></item></item>",
        "item-children-and-resource",
    ),
    ("identifierref=\"R1\"", "identifierref=\"R1\" isvisible=\"maybe\"", "item-visibility"),
    ("adlcp:scormtype=\"sco\"", "", "resource-unmarked"),
    ("adlcp:scormtype=\"sco\"", "adlcp:scormtype=\"page\"", "resource-type-unknown"),
    ("<file ", "<dependency identifierref=\"R9\"/><file ", "dependency-unknown"),
    ("<file href=\"index.html\"/>", "<file href=\"gone.html\"/>", "file-missing"),
    ("\"sco\" href=\"index.html\"", "\"sco\" href=\"Index.HTML\"", "href-case"),
    ("\"sco\" href=\"index.html\"", "\"sco\" href=\".\\index.html\"", "href-backslash"),
    ("\"sco\" href=\"index.html\"", "\"sco\" href=\"../../index.html\"", "href-leaves-package"),
    ("\"sco\" href=\"index.html\"", "\"sco\" href=\"/index.html\"", "href-absolute"),
    ("<resources>", "<resources xml:base=\"none\">", "base-invalid"),
    (
        "<title>A lesson</title>",
        "<title>A lesson</title><adlcp:masteryscore>80%</adlcp:masteryscore>",
        "mastery-score-invalid",
    ),
    (
        "<title>A lesson</title>",
        "<title>A lesson</title><adlcp:prerequisites type=\"aicc_script\">A &amp; </adlcp:prerequisites>",
        "prerequisites-invalid",
    ),
    (
        "<title>A lesson</title>",
        "<title>A lesson</title><adlcp:prerequisites>none</adlcp:prerequisites>",
        "prerequisites-invalid",
    ),
    (
        "<title>A lesson</title>",
        "<title>A lesson</title><adlcp:maxtimeallowed>PT5M</adlcp:maxtimeallowed>",
        "max-time-invalid",
    ),
    (
        "<title>A lesson</title>",
        "<title>A lesson</title><adlcp:timelimitaction>stop</adlcp:timelimitaction>",
        "time-limit-action-invalid",
    ),
    ("<schema>ADL SCORM</schema>", "<adlcp:location>gone.xml</adlcp:location>", "metadata-missing"),
    (
        "<schema>ADL SCORM</schema>",
        "<adlcp:location>index.html</adlcp:location>",
        "metadata-unreadable",
    ),
    ("</organizations>", "</organizations><manifest identifier=\"S\"/>", "sub-manifest"),
    ("<title>A lesson</title>", "<title>A lesson</title><sequencing/>", "sequencing-in-1-2"),
    (
        "</item>",
        "</item><item identifier=\"I2\" identifierref=\"R2\"><title>x</title></item></organization>\
         </organizations><resources><resource identifier=\"R2\" adlcp:scormtype=\"sco\"/></resources>\
         <organizations><organization identifier=\"O2\"><title>x</title>\
         <item identifier=\"I3\" identifierref=\"R1\"><title>x</title></item>",
        "item-resource-not-launchable",
    ),
    (
        "</organization>",
        "</organization><organization identifier=\"O2\"><title>x</title></organization>",
        "organization-empty",
    ),
];

#[test]
fn dirt_is_imported_with_a_warning_that_names_the_place() {
    for (from, to, code) in LIBERTIES {
        let inspection = changed(from, to);
        let report = &inspection.report;
        assert!(inspection.accepted.is_some(), "{code}: {report:?}");
        let finding = report.findings.iter().find(|finding| finding.code == *code);
        let finding = finding.unwrap_or_else(|| panic!("{code}: {:?}", report.findings));
        assert!(finding.line.is_some() && finding.file.is_some(), "{finding:?}");
        assert!(report.findings.len() <= 3, "{code} brings others: {:?}", report.findings);
    }
}

#[test]
fn of_several_organizations_one_is_played() {
    let other = "</organization><organization identifier=\"O2\"><title>Other</title>\
                 <item identifier=\"I2\" identifierref=\"R1\"><title>x</title></item></organization>";
    let text = MANIFEST.replace("</organization>", other);
    let named = with_manifest(text.replace("\"O1\">\n", "\"O1\">").as_bytes());
    assert!(has(&named, "organizations-several"), "{:?}", named.report);
    assert!(!has(&named, "default-organization-missing"));
    let second = with_manifest(text.replace("default=\"O1\"", "default=\"O2\"").as_bytes());
    assert_eq!(second.report.title.as_deref(), Some("Other"));
    let unnamed = with_manifest(text.replace(" default=\"O1\"", "").as_bytes());
    assert!(has(&unnamed, "default-organization-missing"), "{:?}", unnamed.report);
    assert_eq!(unnamed.report.title.as_deref(), Some("A course"));
}

#[test]
fn what_is_given_to_content_and_hidden_from_learners_is_checked() {
    let data = |length: usize| {
        let data = format!("<adlcp:datafromlms>{}</adlcp:datafromlms>", "x".repeat(length));
        changed("<title>A lesson</title>", &format!("<title>A lesson</title>{data}"))
    };
    assert!(!has(&data(255), "launch-data-long"));
    assert!(has(&data(256), "launch-data-long"));
    let hides = |button: &str| {
        let hides = format!(
            "<presentation><navigationInterface><hideLMSUI>{button}</hideLMSUI>\
             </navigationInterface></presentation>"
        );
        changed("<title>A lesson</title>", &format!("<title>A lesson</title>{hides}"))
    };
    assert!(!has(&hides("suspendAll"), "hide-lms-ui-unknown"));
    assert!(has(&hides("suspend"), "hide-lms-ui-unknown"));
}

#[test]
fn a_missing_page_is_a_warning_while_another_one_works() {
    let item = "</item><item identifier=\"I2\" identifierref=\"R2\"><title>x</title></item>";
    let resource = "</resource><resource identifier=\"R2\" type=\"webcontent\" \
                    adlcp:scormtype=\"sco\" href=\"gone.html\"/>";
    let text = MANIFEST.replace("</item>", item).replace("</resource>", resource);
    let inspection = with_manifest(text.as_bytes());
    assert_eq!((inspection.report.items, inspection.report.launchable_items), (2, 1));
    let missing = inspection.report.findings.iter().find(|one| one.code == "launch-file-missing");
    assert_eq!(missing.unwrap().item.as_ref().unwrap().as_str(), "I2");
}

#[test]
fn hrefs_lead_to_files_however_they_are_written() {
    for (file, href, path, suffix) in [
        ("a b.html", "a b.html", "a b.html", ""),
        ("a b.html", "a%20b.html", "a b.html", ""),
        ("a%20b.html", "a%20b.html", "a%20b.html", ""),
        ("caf\u{e9}.html", "caf%C3%A9.html", "caf\u{e9}.html", ""),
        ("cafe\u{301}.html", "caf\u{e9}.html", "cafe\u{301}.html", ""),
        ("x/a.html", "x/a.html?b=1&amp;c=d%20e#top", "x/a.html", "?b=1&c=d%20e#top"),
        ("x/a.html", "x\\a.html#top", "x/a.html", "#top"),
        ("x/a.html", "./y/../x/a.html", "x/a.html", ""),
        ("c#1.html", "c#1.html", "c#1.html", ""),
        ("what?.html", "what?.html", "what?.html", ""),
        ("100%.html", "100%.html", "100%.html", ""),
    ] {
        let text = MANIFEST.replace("index.html", href);
        let inspection = look(&[("imsmanifest.xml", text.as_bytes()), (file, PAGE.as_bytes())]);
        let accepted = inspection.accepted.unwrap_or_else(|| panic!("{:?}", inspection.report));
        let (path, suffix) = (path.to_owned(), suffix.to_owned());
        let launch = accepted.manifest.resources[0].launch.clone();
        assert_eq!(launch, Some(Launch::File { path, suffix }), "{href}");
        let told = inspection.report.findings.iter().any(|one| one.code == "href-unencoded");
        assert_eq!(told, href.contains([' ', '\u{e9}']), "{href}");
    }
}

#[test]
fn an_address_outside_the_package_can_be_launched_and_a_script_cannot() {
    let outside = changed("\"sco\" href=\"index.html\"", "\"sco\" href=\"https://a.example/x?y\"");
    assert!(has(&outside, "external-launch"));
    let launch = outside.accepted.unwrap().manifest.resources[0].launch.clone();
    assert_eq!(launch, Some(Launch::External("https://a.example/x?y".to_owned())));
    for href in ["javascript:alert(1)", "file:///etc/passwd", "data:text/html,x"] {
        let inspection =
            changed("\"sco\" href=\"index.html\"", &format!("\"sco\" href=\"{href}\""));
        assert!(has(&inspection, "href-scheme") && inspection.accepted.is_none(), "{href}");
    }
}

#[test]
fn xml_base_counts_at_all_three_levels() {
    let text = MANIFEST
        .replace("identifier=\"M1\"", "identifier=\"M1\" xml:base=\"a/\"")
        .replace("<resources>", "<resources xml:base=\"b/\">")
        .replace("identifier=\"R1\"", "identifier=\"R1\" xml:base=\"c%20d/\"");
    let files = [("imsmanifest.xml", text.as_bytes()), ("a/b/c d/index.html", PAGE.as_bytes())];
    let accepted = look(&files).accepted.unwrap();
    assert_eq!(accepted.manifest.resources[0].files, ["a/b/c d/index.html"]);
}

#[test]
fn a_nested_root_is_stripped_and_the_nearest_manifest_taken() {
    let manifest = MANIFEST.as_bytes();
    let files = [
        ("my course/deep/IMSManifest.xml", manifest),
        ("my course/deep/index.html", PAGE.as_bytes()),
        ("my course/deep/more/imsmanifest.xml", b"<x/>"),
        ("readme.txt", b"x"),
    ];
    let inspection = look(&files);
    for code in ["nested-root", "manifest-name-case", "outside-root"] {
        assert!(has(&inspection, code), "{code}: {:?}", inspection.report.findings);
    }
    assert!(!has(&inspection, "several-manifests"), "the one beneath it is no rival");
    assert!(inspection.accepted.unwrap().index.get("index.html").is_some());
    let rivals = ["b/imsmanifest.xml", "a/imsmanifest.xml"].map(|path| (path, manifest));
    let rivals = look(&[rivals[0], rivals[1], ("a/index.html", PAGE.as_bytes())]);
    assert!(has(&rivals, "several-manifests") && rivals.accepted.is_some());
}

#[test]
fn a_manifest_without_organization_makes_a_course_of_its_resources() {
    let start = MANIFEST.find("<organization ").unwrap();
    let end = MANIFEST.find("</organizations>").unwrap();
    let text = format!("{}{}", &MANIFEST[..start], &MANIFEST[end..]);
    let inspection = with_manifest(text.as_bytes());
    assert!(has(&inspection, "no-organization"));
    assert_eq!((inspection.report.items, inspection.report.launchable_items), (1, 1));
}

#[test]
fn an_unmarked_resource_that_is_launched_is_a_sco() {
    let accepted = changed("adlcp:scormtype=\"sco\"", "").accepted.unwrap();
    assert_eq!(accepted.manifest.resources[0].kind, ResourceKind::Sco);
}

#[test]
fn a_nested_manifest_brings_its_items_and_resources() {
    let nested = "<manifest identifier=\"SUB\" xml:base=\"sub/\"><organizations>\
        <organization identifier=\"SO\"><title>s</title>\
        <item identifier=\"SI\" identifierref=\"SR\"><title>Nested</title></item></organization>\
        </organizations><resources><resource identifier=\"SR\" adlcp:scormtype=\"sco\" \
        href=\"n.html\"/></resources></manifest></manifest>";
    let item =
        "</item><item identifier=\"I2\" identifierref=\"SUB\"><title>Part two</title></item>";
    let text = MANIFEST.replace("</item>", item).replace("</manifest>", nested);
    let files = [
        ("imsmanifest.xml", text.as_bytes()),
        ("index.html", PAGE.as_bytes()),
        ("sub/n.html", PAGE.as_bytes()),
    ];
    let inspection = look(&files);
    let manifest =
        inspection.accepted.unwrap_or_else(|| panic!("{:?}", inspection.report)).manifest;
    let part = &manifest.organization().root.children[1];
    assert_eq!((part.title.as_str(), part.children[0].title.as_str()), ("Part two", "Nested"));
    let path = "sub/n.html".to_owned();
    let launch = manifest.resource("SR").unwrap().launch.clone();
    assert_eq!(launch, Some(Launch::File { path, suffix: String::new() }));
}

#[test]
fn an_item_of_scorm_12_with_children_and_a_page_keeps_its_page() {
    let child = "<item identifier=\"I2\" identifierref=\"R1\"><title>x</title></item></item>";
    let manifest = changed("</item>", child).accepted.unwrap().manifest;
    let item = &manifest.organization().root.children[0];
    assert_eq!(item.resource, None);
    assert_eq!(item.children[0].resource.as_deref(), Some("R1"));
    assert_eq!(item.children[0].identifier.as_str(), "I1-page");
}

#[test]
fn without_schemaversion_the_namespaces_tell_the_edition() {
    let text = MANIFEST
        .replace("<schemaversion>1.2</schemaversion>", "")
        .replace("adlcp_rootv1p2", "adlcp_v1p3")
        .replace("www.imsproject.org/xsd/imscp_rootv1p1p2", "www.imsglobal.org/xsd/imscp_v1p1");
    let manifest = with_manifest(text.as_bytes()).accepted.unwrap().manifest;
    assert_eq!(manifest.edition, Edition::Scorm2004Third);
}

#[test]
fn many_findings_of_one_kind_are_kept_short() {
    let item = |n| format!("<item identifier=\"X{n}\"><title>x</title></item>");
    let items = (0..100).map(item).collect::<Vec<_>>().concat();
    let report = changed("</item>", &format!("</item>{items}")).report;
    let findings = report.findings.iter().filter(|one| one.code == "item-without-resource");
    assert_eq!(findings.count(), Limits::default().findings_per_code_max + 1);
    let text = serde_json::to_string(&report).unwrap();
    assert!(text.contains("and 80 more findings"), "{text}");
}
