//! How a report is written: 1.10.22 and 1.10.23.

use super::Case;
use audit::{Report, canonical};
use serde_json::{Value, json};

const YEAR: &str = "2025-01-01/2025-12-31";

fn lines(report: &Report, name: &str) -> Vec<String> {
    let csv = &report.exports[name];
    assert!(csv.ends_with("\r\n"), "RFC 4180");
    csv.lines().map(str::to_owned).collect()
}

#[test]
fn every_key_is_there_and_null_when_empty_1_10_22() {
    let report = Case::new().ask(YEAR, "2025-12-31");
    let value = serde_json::to_value(&report).expect("JSON");
    for key in ["type_one", "reconciliation", "sample"] {
        assert_eq!(value[key], Value::Null, "{key}");
        assert!(value.as_object().is_some_and(|report| report.contains_key(key)), "{key}");
    }
    let row = value["register"][0].as_object().expect("a row");
    for key in ["original_due_on", "satisfied_on", "score", "grade", "exception", "window_end"] {
        assert_eq!(row.get(key), Some(&Value::Null), "{key}");
    }
    let head = value["head"].as_object().expect("a head");
    assert_eq!(head["engine"], audit::ENGINE_VERSION);
    assert_eq!(head["time_zone_data"], audit::TIME_ZONE_DATA_VERSION);
    assert_eq!(head["as_of"], "2025-12-31T23:59:59.999Z");
}

#[test]
fn a_report_is_canonical_json_with_texts_by_code_point_1_10_22() {
    let access = || json!({"access": [{"scope": "prod", "start": "2025-01-01"}]});
    let case = Case::new().person("Zoe", access()).person("\u{e9}va", access());
    let case = case.more(json!({"id": "A"})).person("bo", access());
    let report = case.ask(YEAR, "2025-12-31");
    let order: Vec<String> =
        report.register.iter().map(|row| format!("{} {}", row.person, row.requirement)).collect();
    assert_eq!(
        order,
        ["Zoe A", "Zoe R", "ana A", "ana R", "bo A", "bo R", "\u{e9}va A", "\u{e9}va R"]
    );
    let text = canonical::text(&report).expect("JSON");
    assert!(text.starts_with("{\"attempt_log\":[],"), "members by name, no spaces");
    let read: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(canonical::text(&read).expect("JSON"), text);
    // Gaps follow the register, flags their canonical form.
    let gaps = report.gaps.iter().map(|gap| format!("{} {}", gap.person, gap.requirement));
    assert_eq!(gaps.collect::<Vec<_>>(), order);
}

#[test]
fn the_register_file_has_a_line_for_each_person_and_course_1_10_23() {
    let roles = json!([{"role": "engineer", "start": "2025-01-01"}]);
    let case = Case::new().course("cod").rule(json!({"courses": ["sec", "cod"]}));
    let case = case.person("ana", json!({"name": "Ng, Ana", "roles": roles}));
    let case = case.say("passed 2025-01-10 score=0.955").say("failed 2025-01-11 course=cod");
    let report = case.ask(YEAR, "2025-12-31");
    assert_eq!(
        lines(&report, "register.csv"),
        [
            "name,role,hire_date,training_assigned,training_completed,completion_timestamp,score,\
             pass_status",
            "\"Ng, Ana\",engineer,2025-01-01,COD,,,,failed",
            "\"Ng, Ana\",engineer,2025-01-01,SEC,SEC,2025-01-10T10:00:00.000Z,0.955,passed",
        ]
    );
}

#[test]
fn the_compliance_file_joins_the_courses_of_a_requirement_1_10_23() {
    let case = Case::new().course("cod").rule(json!({"courses": ["sec", "cod"]}));
    let case = case.rule(json!({"attestation": "required"}));
    let case = case.say("passed 2025-01-10 score=0.955").signed("s", "1", "2025-01-12", json!({}));
    let report = case.ask(YEAR, "2025-12-31");
    assert_eq!(
        lines(&report, "compliance.csv"),
        [
            "name,email,course,modules_passed,quiz_scores,completion_dates,attestation_dates",
            "ana,ana@acme.test,SEC; COD,1 of 2,96%; -,2025-01-10; -,2025-01-12; -",
        ]
    );
}

#[test]
fn a_report_is_printed_in_the_words_of_an_erased_persons_pseudonym() {
    let erased = json!({"person": "ana", "pseudonym": "person 17", "at": "2025-06-01T00:00:00Z"});
    let case = Case::new().with("erasures", erased).say("passed 2025-01-10");
    let report = case.ask(YEAR, "2025-12-31");
    let text = canonical::text(&report).expect("JSON");
    assert!(!text.contains("ana@acme.test") && text.contains("person 17"));
    let before = case.ask(YEAR, "2025-05-31");
    assert!(canonical::text(&before).expect("JSON").contains("ana@acme.test"));
}
