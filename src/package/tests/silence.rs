//! Content that never speaks of what its manifest waits for.

use package::{Finding, Limits, inspect, testkit::MANIFEST, zip_of};

const SCORED: &str = "<adlcp:masteryscore>80</adlcp:masteryscore>";

/// A SCORM 2004 manifest of one SCO that decides by completion and score of its content.
const MANIFEST_2004: &str = r#"<manifest identifier="M" xmlns="http://www.imsglobal.org/xsd/imscp_v1p1"
  xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_v1p3" xmlns:imsss="http://www.imsglobal.org/xsd/imsss">
 <metadata><schema>ADL SCORM</schema><schemaversion>2004 3rd Edition</schemaversion></metadata>
 <organizations default="O"><organization identifier="O"><title>C</title>
  <item identifier="I1" identifierref="R1"><title>A lesson</title>
   <imsss:sequencing>
    <imsss:objectives><imsss:primaryObjective objectiveID="p" satisfiedByMeasure="true"/></imsss:objectives>
    <imsss:deliveryControls completionSetByContent="true"/>
   </imsss:sequencing></item></organization></organizations>
 <resources><resource identifier="R1" adlcp:scormType="sco" href="index.html"><file href="index.html"/>
  <file href="more.js"/></resource></resources></manifest>"#;

fn look(manifest: &str, page: &str, more: (&str, &str)) -> Vec<Finding> {
    let files = [("imsmanifest.xml", manifest), ("index.html", page), more];
    let findings = inspect(&zip_of(files), &Limits::default()).report.findings;
    findings.into_iter().filter(|one| one.code != "files-unlisted").collect()
}

/// What is told of a page with this script, and where: the codes and the lines.
fn told(manifest: &str, script: &str) -> Vec<(&'static str, Option<u32>)> {
    let findings = look(manifest, "<script src=\"more.js\"></script>", ("more.js", script));
    assert!(findings.iter().all(|one| one.item.as_ref().is_some_and(|id| id.as_str() == "I1")));
    findings.into_iter().map(|one| (one.code, one.line)).collect()
}

#[test]
fn a_sco_that_never_speaks_to_the_lms_is_told_at_its_item() {
    assert_eq!(told(MANIFEST, "alert('hello')"), [("api-never-called", Some(9))]);
    assert_eq!(told(MANIFEST, "api.LMSInitialize(''); api.LMSFinish('')"), []);
    assert_eq!(told(MANIFEST_2004, "alert('hello')"), [("api-never-called", Some(5))]);
    let asset = MANIFEST.replace("\"sco\"", "\"asset\"");
    assert_eq!(told(&asset, "alert('hello')"), []);
}

#[test]
fn sessions_and_bookmarks_that_are_never_finished_are_told() {
    let begins = "api.LMSInitialize('');";
    assert_eq!(told(MANIFEST, begins), [("api-never-finished", Some(9))]);
    let keeps = "api.LMSInitialize(''); api.LMSSetValue('cmi.suspend_data', x); api.LMSFinish('');";
    assert_eq!(told(MANIFEST, keeps), [("exit-never-set", Some(9))]);
    let resumes = format!("{keeps} api.LMSSetValue('cmi.core.exit', 'suspend')");
    assert_eq!(told(MANIFEST, &resumes), []);
}

#[test]
fn scores_and_completions_that_are_waited_for_and_never_reported_are_told() {
    let calls = "api.Initialize(''); api.Terminate('');";
    let scored =
        MANIFEST.replace("<title>A lesson</title>", &format!("<title>A lesson</title>{SCORED}"));
    let calls_12 = "api.LMSInitialize(''); api.LMSFinish('');";
    assert_eq!(told(&scored, calls_12), [("score-never-reported", Some(9))]);
    let reports = format!("{calls_12} api.LMSSetValue('cmi.core.score.raw', 80)");
    assert_eq!(told(&scored, &reports), []);
    let expected = [("score-never-reported", Some(7)), ("completion-never-reported", Some(8))];
    assert_eq!(told(MANIFEST_2004, calls), expected);
    let reports = format!("{calls} set('cmi.score.scaled', 1); set('cmi.completion_status', x)");
    assert_eq!(told(MANIFEST_2004, &reports), []);
}

#[test]
fn what_cannot_be_searched_is_not_called_silent() {
    let quiet = "<p>Hello";
    for (page, more) in [
        (quiet, ("film.swf", "")),
        (quiet, ("build.js.gz", "")),
        ("<script src=\"https://a.example/api.js\"></script>", ("x.css", "")),
        ("<iframe src='//a.example/'></iframe>", ("x.css", "")),
    ] {
        let findings = look(MANIFEST, page, more);
        assert!(findings.iter().all(|one| one.code == "media-refused"), "{page}: {findings:?}");
    }
}
