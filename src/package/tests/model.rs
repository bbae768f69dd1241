//! Everything that a manifest can say arrives in the model.

use package::{Limits, inspect, testkit::PAGE, zip_of};
use scorm::{
    manifest::{CompletionThreshold, Edition, Manifest, SharedDataMap},
    sequencing::{
        ChildActivitySet, Combination, Condition, RequiredFor, RollupAction, RuleAction, Timing,
    },
};

const HEAD: &str = r#"<manifest identifier="M" xmlns="http://www.imsglobal.org/xsd/imscp_v1p1"
  xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_v1p3" xmlns:imsss="http://www.imsglobal.org/xsd/imsss"
  xmlns:adlseq="http://www.adlnet.org/xsd/adlseq_v1p3" xmlns:adlnav="http://www.adlnet.org/xsd/adlnav_v1p3"
  xmlns:lom="http://ltsc.ieee.org/xsd/LOM">
 <metadata><schema>ADL SCORM</schema><schemaversion>2004 4th Edition</schemaversion>
  <lom:lom><lom:general><lom:title><lom:string language="en">In LOM</lom:string></lom:title>
   <lom:language>en</lom:language><lom:keyword><lom:string>one</lom:string></lom:keyword>
   <lom:keyword><lom:string>two</lom:string></lom:keyword></lom:general>
   <lom:educational><lom:typicalLearningTime><lom:duration>PT1H</lom:duration></lom:typicalLearningTime>
   </lom:educational></lom:lom>
  <adlcp:location>meta/more.xml</adlcp:location></metadata>
 <organizations default="O">
  <organization identifier="O" adlseq:objectivesGlobalToSystem="false">
   <title>Course</title>
   <item identifier="I" identifierref="R" parameters="?a=1"><title>Lesson</title>"#;

const TAIL: &str = r#"</item></organization></organizations>
 <resources><resource identifier="R" adlcp:scormType="sco" href="index.html"/></resources>
 <imsss:sequencingCollection>
  <imsss:sequencing ID="SHARED">
   <imsss:controlMode choice="false" flow="true"/>
   <imsss:deliveryControls tracked="false"/>
  </imsss:sequencing>
 </imsss:sequencingCollection></manifest>"#;

const METADATA: &str = r"<lom><general><description><langstring>From a file</langstring></description>
  <title><langstring>Not this one</langstring></title></general></lom>";

/// What these manifests, which ask one item for everything at once, may be told.
const MAY_BE_TOLD: [&str; 4] =
    ["files-unlisted", "objective-not-written", "selection-without-effect", "sequencing-on-leaf"];

/// The model of a manifest whose only item holds `inner`; nothing of it may be misread.
fn read(inner: &str) -> Manifest {
    let text = format!("{HEAD}{inner}{TAIL}");
    let files =
        [("imsmanifest.xml", text.as_str()), ("index.html", PAGE), ("meta/more.xml", METADATA)];
    let inspection = inspect(&zip_of(files), &Limits::default());
    let warned = inspection.report.findings.iter().any(|one| !MAY_BE_TOLD.contains(&one.code));
    assert!(!warned, "{:?}", inspection.report);
    inspection.accepted.expect("nothing is wrong with it").manifest
}

#[test]
fn metadata_is_read_inline_first_and_from_its_file() {
    let manifest = read("");
    let metadata = &manifest.metadata;
    assert_eq!(metadata.title.as_deref(), Some("In LOM"));
    assert_eq!(metadata.description.as_deref(), Some("From a file"));
    assert_eq!(metadata.keywords, ["one", "two"]);
    assert_eq!(metadata.typical_learning_time.as_deref(), Some("PT1H"));
    assert_eq!(metadata.location.as_deref(), Some("meta/more.xml"));
    assert_eq!(manifest.edition, Edition::Scorm2004Fourth);
    assert!(!manifest.organization().objectives_global_to_system);
    assert!(manifest.organization().shared_data_global_to_system);
}

#[test]
fn adl_elements_are_read_in_any_letter_case() {
    let manifest = read(
        r#"<adlcp:TIMELIMITACTION>exit, message</adlcp:TIMELIMITACTION>
        <adlcp:dataFromLMS>level=3</adlcp:dataFromLMS>
        <adlcp:completionThreshold completedByMeasure="true" minProgressMeasure="0.75" progressWeight="0.5"/>
        <adlcp:data><adlcp:map targetID="store" writeSharedData="false"/></adlcp:data>
        <adlnav:presentation><adlnav:navigationInterface><adlnav:hideLMSUI>exitall</adlnav:hideLMSUI>
        <adlnav:hideLMSUI>previous</adlnav:hideLMSUI></adlnav:navigationInterface></adlnav:presentation>"#,
    );
    let item = &manifest.organization().root.children[0];
    assert_eq!(item.time_limit_action.as_deref(), Some("exit,message"));
    assert_eq!(item.data_from_lms.as_deref(), Some("level=3"));
    assert_eq!(item.parameters.as_deref(), Some("?a=1"));
    assert_eq!(item.hide_lms_ui, ["exitAll", "previous"]);
    let (completed_by_measure, min_progress_measure, progress_weight) = (true, 0.75, 0.5);
    let threshold =
        CompletionThreshold { completed_by_measure, min_progress_measure, progress_weight };
    assert_eq!(item.completion_threshold, Some(threshold));
    let map = SharedDataMap { target: "store".to_owned(), read: true, write: false };
    assert_eq!(item.shared_data, [map]);
}

#[test]
fn a_completion_threshold_is_a_number_at_first_and_attributes_in_the_fourth_edition() {
    const VERSIONS: [&str; 3] = ["CAM 1.3", "2004 3rd Edition", "2004 4th Edition"];
    for (element, expected) in [
        (">0.8</", [Some((true, 0.8)); 3]),
        ("></", [Some((true, 1.0)), Some((true, 1.0)), Some((false, 1.0))]),
        (r#" completedByMeasure="true" minProgressMeasure="0.6"></"#, [Some((true, 0.6)); 3]),
        (r#" minProgressMeasure="0.6"></"#, [Some((false, 0.6)); 3]),
        (">1.2</", [None; 3]),
    ] {
        for (version, expected) in VERSIONS.into_iter().zip(expected) {
            let head = HEAD.replace("2004 4th Edition", version);
            let element = format!("<adlcp:completionThreshold{element}adlcp:completionThreshold>");
            let text = format!("{head}{element}{TAIL}");
            let files = [("imsmanifest.xml", text.as_str()), ("index.html", PAGE)];
            let accepted = inspect(&zip_of(files), &Limits::default()).accepted.expect(version);
            let item = &accepted.manifest.organization().root.children[0];
            let read = item.completion_threshold;
            let read = read.map(|one| (one.completed_by_measure, one.min_progress_measure));
            assert_eq!(read, expected, "{version} {element}");
        }
    }
}

#[test]
fn buttons_that_only_later_editions_hide_are_hidden_in_all() {
    for version in ["CAM 1.3", "2004 3rd Edition", "2004 4th Edition"] {
        let head = HEAD.replace("2004 4th Edition", version);
        let buttons = ["continue", "abandon", "exitAll", "abandonAll", "suspendAll"];
        let hidden = buttons.map(|one| format!("<adlnav:hideLMSUI>{one}</adlnav:hideLMSUI>"));
        let inner = format!(
            "<adlnav:presentation><adlnav:navigationInterface>{}</adlnav:navigationInterface>\
             </adlnav:presentation>",
            hidden.concat()
        );
        let text = format!("{head}{inner}{TAIL}");
        let files = [("imsmanifest.xml", text.as_str()), ("index.html", PAGE)];
        let accepted = inspect(&zip_of(files), &Limits::default()).accepted.expect(version);
        let item = &accepted.manifest.organization().root.children[0];
        assert_eq!(item.hide_lms_ui, buttons, "{version}");
    }
}

#[test]
fn sequencing_is_read_whole() {
    let manifest = read(
        r#"<imsss:sequencing>
        <imsss:controlMode choiceExit="false" flow="1" forwardOnly="true"/>
        <imsss:sequencingRules>
         <imsss:preConditionRule><imsss:ruleConditions conditionCombination="any">
          <imsss:ruleCondition referencedObjective="o2" measureThreshold="0.5" operator="not"
           condition="objectiveMeasureGreaterThan"/></imsss:ruleConditions>
          <imsss:ruleAction action="skip"/></imsss:preConditionRule>
         <imsss:exitConditionRule><imsss:ruleConditions><imsss:ruleCondition condition="always"/>
          </imsss:ruleConditions><imsss:ruleAction action="exit"/></imsss:exitConditionRule>
         <imsss:postConditionRule><imsss:ruleConditions><imsss:ruleCondition condition="completed"/>
          </imsss:ruleConditions><imsss:ruleAction action="exitParent"/></imsss:postConditionRule>
        </imsss:sequencingRules>
        <imsss:limitConditions attemptLimit="2" attemptAbsoluteDurationLimit="PT10M"/>
        <imsss:rollupRules rollupObjectiveSatisfied="false" objectiveMeasureWeight="0.25">
         <imsss:rollupRule childActivitySet="atLeastPercent" minimumPercent="0.6"><imsss:rollupConditions>
          <imsss:rollupCondition operator="not" condition="attempted"/></imsss:rollupConditions>
          <imsss:rollupAction action="notSatisfied"/></imsss:rollupRule></imsss:rollupRules>
        <imsss:objectives>
         <imsss:primaryObjective objectiveID="o1" satisfiedByMeasure="true">
          <imsss:minNormalizedMeasure>0.6</imsss:minNormalizedMeasure>
          <imsss:mapInfo targetObjectiveID="g1" writeSatisfiedStatus="true"/></imsss:primaryObjective>
         <imsss:objective objectiveID="o2"/></imsss:objectives>
        <imsss:randomizationControls randomizationTiming="once" selectCount="3" reorderChildren="true"
         selectionTiming="onEachNewAttempt"/>
        <imsss:deliveryControls completionSetByContent="true"/>
        <adlseq:objectives><adlseq:objective objectiveID="o1">
         <adlseq:mapInfo targetObjectiveID="g1" readRawScore="false" writeProgressMeasure="true"/>
        </adlseq:objective></adlseq:objectives>
        <adlseq:constrainedChoiceConsiderations preventActivation="true"/>
        <adlseq:rollupConsiderations requiredForCompleted="ifNotSkipped" measureSatisfactionIfActive="false"/>
        </imsss:sequencing>"#,
    );
    let read = manifest.organization().root.children[0].sequencing.as_ref().unwrap();
    assert!(read.control.choice && !read.control.choice_exit && read.control.flow);
    let rule = &read.pre_conditions[0];
    assert_eq!((rule.combination, rule.action), (Combination::Any, RuleAction::Skip));
    let condition = &rule.conditions[0];
    assert_eq!(condition.condition, Condition::ObjectiveMeasureGreaterThan);
    assert_eq!((condition.objective.as_deref(), condition.negated), (Some("o2"), true));
    assert_eq!(condition.measure_threshold, Some(0.5));
    assert_eq!(read.exit_conditions[0].combination, Combination::All);
    assert_eq!(read.post_conditions[0].action, RuleAction::ExitParent);
    assert_eq!(read.limits.attempt_limit, Some(2));
    assert_eq!(read.limits.attempt_absolute_duration.as_deref(), Some("PT10M"));
    assert!(!read.rollup_controls.objective_satisfied && read.rollup_controls.progress_completion);
    let rollup = &read.rollup_rules[0];
    assert_eq!(rollup.children, ChildActivitySet::AtLeastPercent(0.6));
    assert_eq!(rollup.conditions, [(Condition::Attempted, true)]);
    let how = (rollup.combination, rollup.action);
    assert_eq!(how, (Combination::Any, RollupAction::NotSatisfied));
    let [one, two] = read.objectives.as_slice() else { panic!("{:?}", read.objectives) };
    assert!(one.primary && one.satisfied_by_measure && !two.primary && two.maps.is_empty());
    assert!((one.min_normalized_measure - 0.6).abs() < f64::EPSILON);
    let map = &one.maps[0];
    assert!(map.read_satisfied_status && map.write_satisfied_status);
    assert!(!map.read_raw_score && map.read_min_score && map.write_progress_measure);
    assert_eq!(read.randomization.randomization_timing, Timing::Once);
    assert_eq!(read.randomization.selection_timing, Timing::OnEachNewAttempt);
    assert_eq!(read.randomization.select_count, Some(3));
    assert!(read.delivery.tracked && read.delivery.completion_set_by_content);
    assert!(read.choice_constraints.prevent_activation);
    assert_eq!(read.rollup_considerations.completed, RequiredFor::IfNotSkipped);
    assert!(!read.rollup_considerations.measure_satisfaction_if_active);
}

#[test]
fn what_an_item_says_itself_replaces_the_collections_element() {
    let manifest = read(
        r#"<imsss:sequencing IDRef="SHARED"><imsss:controlMode choiceExit="false"/></imsss:sequencing>"#,
    );
    let read = manifest.organization().root.children[0].sequencing.as_ref().unwrap();
    assert!(read.control.choice && !read.control.choice_exit && !read.control.flow);
    assert!(!read.delivery.tracked);
}

#[test]
fn a_rule_that_cannot_hold_is_told_and_left_out() {
    for (inner, code) in [
        (r#"<imsss:sequencing IDRef="NONE"/>"#, "sequencing-reference"),
        (
            r#"<imsss:sequencing><imsss:controlMode flow="maybe"/></imsss:sequencing>"#,
            "sequencing-value",
        ),
        (
            r#"<imsss:sequencing><imsss:sequencingRules><imsss:preConditionRule><imsss:ruleConditions>
            <imsss:ruleCondition condition="always"/></imsss:ruleConditions>
            <imsss:ruleAction action="exitAll"/></imsss:preConditionRule></imsss:sequencingRules>
            </imsss:sequencing>"#,
            "sequencing-rule",
        ),
        ("<adlcp:masteryscore>80</adlcp:masteryscore>", "edition-element"),
        (
            "<adlcp:completionThreshold>80%</adlcp:completionThreshold>",
            "completion-threshold-invalid",
        ),
        ("<adlcp:data><adlcp:map/></adlcp:data>", "shared-data-invalid"),
    ] {
        let text = format!("{HEAD}{inner}{TAIL}");
        let files = [("imsmanifest.xml", text.as_str()), ("index.html", PAGE)];
        let inspection = inspect(&zip_of(files), &Limits::default());
        assert!(inspection.accepted.is_some(), "{code}");
        let finding = inspection.report.findings.iter().find(|one| one.code == code);
        let finding = finding.unwrap_or_else(|| panic!("{code}: {:?}", inspection.report));
        assert_eq!(finding.item.as_ref().map(domain::ItemId::as_str), Some("I"), "{code}");
    }
}

#[test]
fn the_model_survives_being_stored() {
    let manifest = read("");
    let text = serde_json::to_string(&manifest).unwrap();
    assert_eq!(serde_json::from_str::<Manifest>(&text).unwrap(), manifest);
}

#[test]
fn a_map_of_adl_alone_reads_no_satisfaction_and_no_measure() {
    let manifest = read(
        r#"<imsss:sequencing>
        <imsss:objectives><imsss:primaryObjective objectiveID="o1"/></imsss:objectives>
        <adlseq:objectives><adlseq:objective objectiveID="o1">
         <adlseq:mapInfo targetObjectiveID="g1"/></adlseq:objective></adlseq:objectives>
        </imsss:sequencing>"#,
    );
    let item = &manifest.organization().root.children[0];
    let map = &item.sequencing.as_ref().expect("sequencing").objectives[0].maps[0];
    assert!(!map.read_satisfied_status && !map.read_normalized_measure);
    assert!(map.read_completion_status && map.read_raw_score);
}

#[test]
fn a_map_of_ims_alone_reads_by_default_what_the_fourth_edition_added() {
    let manifest = read(
        r#"<imsss:sequencing><imsss:objectives><imsss:primaryObjective objectiveID="o1">
         <imsss:mapInfo targetObjectiveID="g1" readNormalizedMeasure="false"/>
        </imsss:primaryObjective></imsss:objectives></imsss:sequencing>"#,
    );
    let item = &manifest.organization().root.children[0];
    let map = &item.sequencing.as_ref().expect("sequencing").objectives[0].maps[0];
    assert!(map.read_satisfied_status && !map.read_normalized_measure);
    assert!(map.read_completion_status && map.read_progress_measure && map.read_raw_score);
    assert!(!map.write_completion_status && !map.write_satisfied_status);
}
