//! Traps: manifests that keep every rule and still surprise their authors. Each is told by its code,
//! at its place, and nothing else is.

use package::{Finding, Inspection, Limits, Severity, inspect, testkit::PAGE, zip_of};

const HEAD_2004: &str = r#"<manifest identifier="M" xmlns="http://www.imsglobal.org/xsd/imscp_v1p1"
  xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_v1p3" xmlns:imsss="http://www.imsglobal.org/xsd/imsss">
 <metadata><schema>ADL SCORM</schema><schemaversion>2004 4th Edition</schemaversion></metadata>"#;
const HEAD_12: &str = r#"<manifest identifier="M" xmlns="http://www.imsproject.org/xsd/imscp_rootv1p1p2"
  xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_rootv1p2">
 <metadata><schema>ADL SCORM</schema><schemaversion>1.2</schemaversion></metadata>"#;
const RESOURCES: &str = r#"<resources>
  <resource identifier="SCO" adlcp:scormType="sco" href="index.html"><file href="index.html"/></resource>
  <resource identifier="ASSET" adlcp:scormType="asset" href="index.html"/>
  <resource identifier="FILE" adlcp:scormType="KIND" href="PATH"><file href="PATH"/></resource>
 </resources></manifest>"#;
const FLOW: &str = r#"<imsss:sequencing><imsss:controlMode flow="true"/></imsss:sequencing>"#;

/// A package of these items; the resource `FILE` is the file at `path`, of this kind.
fn package(head: &str, items: &str, sequencing: &str, path: &str, kind: &str) -> Inspection {
    let resources = RESOURCES.replace("PATH", path).replace("KIND", kind);
    let text = format!(
        "{head}\n<organizations default=\"O\"><organization identifier=\"O\"><title>C</title>\n\
         {items}\n{sequencing}</organization></organizations>{resources}"
    );
    inspect(
        &zip_of([("imsmanifest.xml", text.as_str()), ("index.html", PAGE), (path, "x")]),
        &Limits::default(),
    )
}

fn of_2004(items: &str) -> Vec<Finding> {
    package(HEAD_2004, items, FLOW, "a.css", "asset").report.findings
}

fn of_12(items: &str) -> Vec<Finding> {
    package(HEAD_12, items, "", "a.css", "asset").report.findings
}

fn item(identifier: &str, resource: &str, inner: &str) -> String {
    let named =
        if resource.is_empty() { String::new() } else { format!(" identifierref=\"{resource}\"") };
    format!("<item identifier=\"{identifier}\"{named}><title>{identifier}</title>{inner}</item>\n")
}

/// Two items: one without anything, and `X` with sequencing of this content.
fn sequenced(resource: &str, sequencing: &str) -> String {
    let inner = format!("\n<imsss:sequencing>\n{sequencing}</imsss:sequencing>");
    item("A", "SCO", "") + &item("X", resource, &inner)
}

/// A group `X` of two SCOs with sequencing of this content.
fn group(sequencing: &str) -> String {
    let inner = item("Y", "SCO", "") + &item("Z", "SCO", "");
    sequenced("", &format!("{sequencing}</imsss:sequencing>{inner}<imsss:sequencing>"))
        .replace("<imsss:sequencing></imsss:sequencing>", "")
}

fn pre_rule(condition: &str, action: &str) -> String {
    format!(
        "<imsss:sequencingRules><imsss:preConditionRule><imsss:ruleConditions>{condition}\
         </imsss:ruleConditions><imsss:ruleAction action=\"{action}\"/></imsss:preConditionRule>\
         </imsss:sequencingRules>"
    )
}

fn condition(attributes: &str) -> String {
    format!("<imsss:ruleCondition {attributes}/>")
}

/// The only finding has this code, is about `X`, and stands on this line.
fn assert_told(findings: &[Finding], code: &str, line: u32) {
    let [finding] = findings else { panic!("{code}: {findings:#?}") };
    assert_eq!(finding.code, code, "{finding:?}");
    assert_eq!(finding.item.as_ref().map(domain::ItemId::as_str), Some("X"), "{finding:?}");
    assert_eq!(finding.line, Some(line), "{finding:?}");
}

#[test]
fn a_plain_course_has_no_traps() {
    assert_eq!(of_2004(&sequenced("SCO", "")), []);
    assert_eq!(of_2004(&group(r#"<imsss:controlMode flow="true"/>"#)), []);
    assert_eq!(of_12(&(item("A", "SCO", "") + &item("X", "ASSET", ""))), []);
}

#[test]
fn groups_and_activities_that_nothing_leads_to_are_told() {
    let control = |attributes: &str| group(&format!("<imsss:controlMode {attributes}/>"));
    let neither = of_2004(&control(r#"flow="false" choice="false""#));
    assert_told(&neither, "group-without-way-in", 8);
    assert!(neither[0].message.ends_with("only a jump that content asks for does"));
    assert_told(&of_2004(&control(r#"flow="false""#)), "group-stops-flow", 8);
    let always = condition(r#"condition="always""#);
    let locked = of_2004(&sequenced("SCO", &pre_rule(&always, "disabled")));
    assert_told(&locked, "activity-unreachable", 6);
    assert!(locked[0].message.ends_with("a rule always locks it"), "{}", locked[0].message);
    let skipped = pre_rule(&always, "skip");
    assert_eq!(of_2004(&sequenced("SCO", &skipped)), [], "it can be chosen");
    let hidden = sequenced("SCO", &skipped).replace("\"X\"", "\"X\" isvisible=\"false\"");
    let hidden = of_2004(&hidden);
    assert_told(&hidden, "activity-unreachable", 6);
    let why = "it is not shown in the contents, and a rule always skips it";
    assert!(hidden[0].message.contains(why), "{}", hidden[0].message);
}

#[test]
fn a_hidden_item_of_scorm_12_is_told_unless_all_are_hidden() {
    let hidden = |id: &str| item(id, "SCO", "").replacen("\" ", "\" isvisible=\"false\" ", 1);
    let findings = of_12(&(item("A", "SCO", "") + &hidden("X")));
    assert_told(&findings, "activity-unreachable", 6);
    assert_eq!(of_12(&(hidden("A") + &hidden("X"))), []);
}

#[test]
fn a_course_without_flow_begins_with_its_contents() {
    let items = item("A", "SCO", "") + &item("B", "SCO", "");
    let choice = r#"<imsss:sequencing><imsss:controlMode choice="true"/></imsss:sequencing>"#;
    let findings = package(HEAD_2004, &items, choice, "a.css", "asset").report.findings;
    let [finding] = findings.as_slice() else { panic!("{findings:?}") };
    assert_eq!((finding.code, finding.severity), ("starts-with-contents", Severity::Note));
    let unsequenced = package(HEAD_2004, &items, "", "a.css", "asset");
    assert_eq!(unsequenced.report.findings, [], "it begins with its first part");
    let alone = package(HEAD_2004, &item("A", "SCO", ""), "", "a.css", "asset");
    assert_eq!(alone.report.findings, [], "the only activity begins by itself");
}

#[test]
fn rules_that_can_never_hold_are_told_at_their_place() {
    for conditions in [
        condition(r#"condition="never""#),
        condition(r#"condition="always" operator="not""#),
        condition(r#"condition="objectiveMeasureGreaterThan" measureThreshold="1.0""#),
        condition(r#"condition="objectiveMeasureLessThan" measureThreshold="-1""#),
        condition(r#"condition="attemptLimitExceeded""#),
        condition(r#"condition="timeLimitExceeded""#),
        condition(r#"condition="outsideAvailableTimeRange""#),
        condition(r#"condition="satisfied""#)
            + &condition(r#"condition="satisfied" operator="not""#),
        condition(r#"condition="attempted""#) + &condition(r#"condition="never""#),
    ] {
        let findings = of_2004(&sequenced("SCO", &pre_rule(&conditions, "skip")));
        assert_told(&findings, "rule-never-holds", 8);
    }
    for (limit, conditions) in [
        ("", condition(r#"condition="attemptLimitExceeded" operator="not""#)),
        (r#"attemptLimit="2""#, condition(r#"condition="attemptLimitExceeded""#)),
        (
            r#"attemptExperiencedDurationLimit="PT1H""#,
            condition(r#"condition="timeLimitExceeded""#),
        ),
        (
            r#"endTimeLimit="2030-01-01T00:00:00""#,
            condition(r#"condition="outsideAvailableTimeRange""#),
        ),
        ("", condition(r#"condition="objectiveMeasureGreaterThan" measureThreshold="0.99""#)),
    ] {
        let limits = format!("<imsss:limitConditions {limit}/>");
        let findings = of_2004(&sequenced("SCO", &(pre_rule(&conditions, "skip") + &limits)));
        assert_eq!(findings, [], "{conditions}");
    }
}

#[test]
fn rules_and_maps_that_lead_nowhere_are_told() {
    let asks = condition(r#"condition="satisfied" referencedObjective="gone""#);
    let findings = of_2004(&sequenced("SCO", &pre_rule(&asks, "skip")));
    assert_told(&findings, "rule-objective-unknown", 8);
    let reads = "<imsss:objectives><imsss:primaryObjective objectiveID=\"p\"/>\
                 <imsss:objective objectiveID=\"o\"><imsss:mapInfo targetObjectiveID=\"g\"/>\
                 </imsss:objective></imsss:objectives>";
    let findings = of_2004(&sequenced("SCO", reads));
    assert_told(&findings, "objective-not-written", 8);
    assert!(findings[0].message.contains("only another course could"), "{findings:?}");
    let writes = reads.replace("\"g\"", "\"g\" writeSatisfiedStatus=\"true\"");
    assert_eq!(of_2004(&sequenced("SCO", &writes)), []);
}

#[test]
fn limits_and_selections_without_sense_are_told() {
    let findings = of_2004(&sequenced("SCO", "<imsss:limitConditions attemptLimit=\"0\"/>"));
    assert_told(&findings, "attempt-limit-zero", 8);
    let draws = |attributes: &str| {
        let control = "<imsss:controlMode flow=\"true\"/>\n";
        group(&format!("{control}<imsss:randomizationControls {attributes}/>"))
    };
    for attributes in [
        r#"selectCount="1""#,
        r#"selectCount="2" selectionTiming="once""#,
        r#"selectionTiming="once""#,
        r#"reorderChildren="true""#,
        r#"randomizationTiming="onEachNewAttempt""#,
    ] {
        assert_told(&of_2004(&draws(attributes)), "selection-without-effect", 9);
    }
    for attributes in [
        r#"selectCount="1" selectionTiming="once""#,
        r#"reorderChildren="true" randomizationTiming="once""#,
    ] {
        assert_eq!(of_2004(&draws(attributes)), [], "{attributes}");
    }
    let leaf = "<imsss:randomizationControls reorderChildren=\"true\"/>";
    assert_told(&of_2004(&sequenced("SCO", leaf)), "selection-without-effect", 8);
}

#[test]
fn an_asset_that_has_to_report_is_told_and_a_sco_is_not() {
    let objective = "<imsss:objectives><imsss:primaryObjective objectiveID=\"p\" \
                     satisfiedByMeasure=\"true\"/></imsss:objectives>";
    for sequencing in [
        r#"<imsss:deliveryControls completionSetByContent="true"/>"#,
        r#"<imsss:deliveryControls objectiveSetByContent="true"/>"#,
        objective,
    ] {
        assert_told(&of_2004(&sequenced("ASSET", sequencing)), "asset-cannot-report", 8);
        assert_eq!(of_2004(&sequenced("SCO", sequencing)), []);
        let untracked =
            r#"<imsss:deliveryControls tracked="false" completionSetByContent="true"/>"#;
        assert_eq!(of_2004(&sequenced("ASSET", untracked)), []);
    }
    let threshold = "\n<adlcp:completionThreshold completedByMeasure=\"true\"/>";
    let items = |resource: &str| item("A", "SCO", "") + &item("X", resource, threshold);
    assert_told(&of_2004(&items("ASSET")), "asset-cannot-report", 7);
    assert_eq!(of_2004(&items("SCO")), []);
}

#[test]
fn what_has_no_effect_is_a_note() {
    let rollup = "<imsss:rollupRules><imsss:rollupRule><imsss:rollupConditions>\
                  <imsss:rollupCondition condition=\"attempted\"/></imsss:rollupConditions>\
                  <imsss:rollupAction action=\"completed\"/></imsss:rollupRule></imsss:rollupRules>";
    let exit = "<imsss:sequencingRules><imsss:exitConditionRule><imsss:ruleConditions>\
                <imsss:ruleCondition condition=\"satisfied\"/></imsss:ruleConditions>\
                <imsss:ruleAction action=\"exit\"/></imsss:exitConditionRule></imsss:sequencingRules>";
    for sequencing in [rollup, exit] {
        let findings = of_2004(&sequenced("SCO", sequencing));
        assert_told(&findings, "sequencing-on-leaf", 8);
        assert_eq!(findings[0].severity, Severity::Note);
        let flow = "<imsss:controlMode flow=\"true\"/>";
        assert_eq!(of_2004(&group(&format!("{flow}{sequencing}"))), []);
    }
    let threshold = "\n<adlcp:completionThreshold minProgressMeasure=\"0.5\"/>";
    let findings = of_2004(&(item("A", "SCO", "") + &item("X", "SCO", threshold)));
    assert_told(&findings, "completion-measure-unused", 7);
}

#[test]
fn a_mastery_score_belongs_to_a_sco_and_is_not_zero() {
    let score = |score: &str| format!("\n<adlcp:masteryscore>{score}</adlcp:masteryscore>");
    let with = |resource: &str, inner: &str| item("A", "SCO", "") + &item("X", resource, inner);
    assert_eq!(of_12(&with("SCO", &score("80"))), []);
    assert_told(&of_12(&with("SCO", &score("0"))), "mastery-score-zero", 7);
    assert_told(&of_12(&with("ASSET", &score("80"))), "mastery-score-unused", 7);
    let group = score("80") + &item("Y", "SCO", "");
    assert_told(&of_12(&with("", &group)), "mastery-score-unused", 7);
}

#[test]
fn prerequisites_in_a_circle_are_told() {
    let waits = |script: &str| format!("\n<adlcp:prerequisites>{script}</adlcp:prerequisites>");
    let of = |a: &str, x: &str| of_12(&(item("A", "SCO", a) + &item("X", "SCO", x)));
    assert_eq!(of("", &waits("A")), []);
    assert_eq!(of(&waits("X"), ""), [], "an order that is not the document's");
    assert_eq!(of(&waits("X"), &waits("~A")), []);
    assert_eq!(of("", &waits("A=failed")), []);
    assert_told(&of("", &waits("X")), "prerequisites-never-met", 7);
    assert_told(&of("", &waits("A&amp;X")), "prerequisites-never-met", 7);
    let circle = of(&waits("X"), &waits("A"));
    assert_eq!(circle.len(), 2, "{circle:?}");
    assert!(circle.iter().all(|one| one.code == "prerequisites-never-met"));
    let within = waits("X") + &item("Y", "SCO", "");
    assert_told(
        &of_12(&(item("A", "SCO", "") + &item("X", "", &within))),
        "prerequisites-never-met",
        7,
    );
}

#[test]
fn files_that_browsers_refuse_are_told() {
    let codes = |path: &str, kind: &str| {
        let items = item("A", "SCO", "") + &item("X", "FILE", "");
        let report = package(HEAD_2004, &items, FLOW, path, kind).report;
        let mut codes: Vec<&str> = report.findings.iter().map(|one| one.code).collect();
        codes.sort_unstable();
        codes
    };
    for (path, kind, expected) in [
        ("a.html", "sco", &[][..]),
        ("a.pdf", "asset", &[]),
        ("a.pdf", "sco", &["sco-cannot-report"]),
        ("a.swf", "asset", &["launch-not-shown", "media-refused"]),
        ("a.docx", "sco", &["launch-not-shown"]),
        ("a.php", "sco", &["launch-not-shown"]),
        ("a.mov", "asset", &["media-doubtful"]),
        ("a.MOV", "sco", &["media-doubtful", "sco-cannot-report"]),
    ] {
        assert_eq!(codes(path, kind), expected, "{path} {kind}");
    }
    let pages = [("imsmanifest.xml", package::testkit::MANIFEST), ("index.html", PAGE)];
    let media = ["a/x.wmv", "a/y.avi", "b.class", "c.tiff"].map(|path| (path, "x"));
    let report = inspect(&zip_of(pages.into_iter().chain(media)), &Limits::default()).report;
    let told: Vec<_> = report.findings.iter().map(|one| (one.code, one.message.as_str())).collect();
    let video = "browsers do not play this kind of video: \"a/x.wmv\", \"a/y.avi\"";
    assert!(told.contains(&("media-refused", video)), "{told:?}");
    assert!(told.contains(&("media-refused", "browsers run no Java applets: \"b.class\"")));
    assert!(told.iter().any(|(code, _)| *code == "media-doubtful"));
}
