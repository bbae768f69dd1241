//! Who acted, who is in the population, and what is odd: 1.10.16, 1.10.17, 1.10.19, 1.10.21.

use super::{Case, flags, rows};
use serde_json::json;

const YEAR: &str = "2025-01-01/2025-12-31";

#[test]
fn who_is_in_scope_of_nothing_is_listed_apart_1_10_16() {
    let case = Case::new().rule(json!({"audience": {"scopes": ["prod"]}}));
    let access = |scope: &str, start: &str| json!({"access": [{"scope": scope, "start": start}]});
    let case = case.person("bo", access("office", "2025-01-01"));
    let case = case.person("cy", access("office", "2026-01-01")).person("di", json!({}));
    let report = case.ask(YEAR, "2025-12-31");
    assert_eq!(report.summary.population, 1);
    let alone: Vec<&str> =
        report.nothing_assigned.iter().map(audit::world::PersonId::as_str).collect();
    assert_eq!(alone, ["bo"], "cy has access later, di never");
}

#[test]
fn actors_are_matched_by_address_hash_or_account_alone_1_10_19() {
    let identities = json!([
        {"kind": "mbox", "value": "mailto:Ana.Ng@acme.test"},
        {"kind": "account", "value": "https://idp.test|Ana"},
        {"kind": "idp_subject", "value": "https://idp.test|sub"},
        {"kind": "employee_no", "value": "e-1@acme.test"},
    ]);
    let case = Case::new().person("ana", json!({"identities": identities}));
    let sha1 =
        |address: &str| sha1_smol::Sha1::from(format!("mailto:{address}")).digest().to_string();
    for (who, known) in [
        ("ANA.ng@acme.test".to_owned(), true),
        (sha1("Ana.Ng@acme.test"), true),
        (sha1("ana.ng@acme.test"), true),
        (sha1("ANA.NG@acme.test"), false),
        ("https://idp.test|Ana".to_owned(), true),
        ("https://idp.test|ana".to_owned(), false),
        ("https://idp.test|sub".to_owned(), false),
        ("e-1@acme.test".to_owned(), false),
        ("group".to_owned(), false),
    ] {
        let report =
            case.clone().say(&format!("passed 2025-01-10 who={who}")).ask(YEAR, "2025-12-31");
        let status = if known { "completed_on_time 2025-01-10" } else { "overdue -" };
        assert_eq!(rows(&report), [format!("ana initial 2025-01-01 2025-01-31 {status}")], "{who}");
        let expected: &[&str] = if known { &[] } else { &["orphan_statement 1"] };
        assert_eq!(flags(&report), expected, "{who}");
    }
}

#[test]
fn flags_are_of_all_that_is_visible_whatever_the_period_1_10_17() {
    let case = Case::new().version(1, json!({"min_plausible_seconds": 600}));
    let case =
        case.say("passed 2025-01-10 duration=PT9M59S").say("failed 2025-01-11 duration=PT10M");
    let report = case.ask("2024-01-01/2024-12-31", "2025-12-31");
    assert_eq!(flags(&report), ["implausible_duration 1"]);
    assert_eq!(flags(&case.ask("2024-01-01/2024-12-31", "2025-01-09")), [""; 0]);
}

#[test]
fn many_completions_at_one_instant_or_in_one_band_are_flagged_1_10_17() {
    let mut case = Case::new();
    for name in ["bo", "cy", "di", "ed"] {
        case = case.person(name, json!({})).say(&format!("passed 2025-01-10 who={name}@acme.test"));
    }
    assert_eq!(flags(&case.ask(YEAR, "2025-12-31")), [""; 0], "four are not five");
    let case = case.say("passed 2025-01-10");
    let report = case.ask(YEAR, "2025-12-31");
    assert_eq!(flags(&report), ["bulk_same_timestamp"]);
    assert_eq!(report.flags[0].people.len(), 5);
    // Nine on Fridays from eight to twelve, of twelve: three quarters.
    let mut case = Case::new().person("bo", json!({}));
    for week in ["03", "10", "17", "24", "31"] {
        case = case.say(&format!("passed 2025-01-{week}T08:00:00Z"));
    }
    for week in ["07", "14", "21", "28"] {
        case = case.say(&format!("passed 2025-02-{week}T11:59:59Z"));
    }
    let case = case.say("passed 2025-03-03T08:00:00Z").say("passed 2025-03-07T12:00:00Z");
    let case = case.say("passed 2025-03-14T07:59:59Z");
    let report = case.ask(YEAR, "2025-12-31");
    let band = report.flags[0].band.as_ref().expect("a band");
    assert_eq!(
        (band.weekday.as_str(), band.from_hour, band.to_hour, band.count, band.total),
        ("Friday", 8, 12, 9, 12)
    );
    let less = case.say("passed 2025-03-20");
    assert_eq!(flags(&less.ask(YEAR, "2025-12-31")), [""; 0], "nine of thirteen");
}

#[test]
fn a_type_one_date_has_people_covered_of_people_in_scope_1_10_21() {
    let access = json!({"access": [{"scope": "prod", "start": "2025-01-01"}]});
    let case = Case::new().say("passed 2025-01-10").person("bo", access);
    let report = case.ask("2025-06-30/2025-06-30", "2025-12-31");
    assert_eq!(report.type_one.map(|one| (one.covered, one.in_scope)), Some((1, 2)));
    assert_eq!(case.ask(YEAR, "2025-12-31").type_one, None);
}

#[test]
fn statements_are_found_by_person_course_and_days() {
    let case =
        Case::new().course("cod").say("passed 2025-01-10").say("passed 2025-01-11 course=cod");
    let case = case.say("passed 2025-02-10").say("passed 2025-02-11 who=x@acme.test");
    let search = |search: serde_json::Value| {
        let report = case.asked(YEAR, "2025-12-31", json!({"search": [search]}));
        report.search[0].iter().map(|id| id.to_string()[35..].to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(search(json!({"email": "ANA@acme.test"})), ["1", "2", "3"]);
    assert_eq!(search(json!({"person": "ana", "course": "sec"})), ["1", "3"]);
    assert_eq!(search(json!({"from": "2025-01-11", "to": "2025-02-10"})), ["2", "3"]);
    assert_eq!(search(json!({"person": "bo"})), [""; 0]);
}
