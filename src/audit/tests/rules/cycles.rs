//! Attempts of a cycle, reasons of gaps, escalations and reviews: 1.10.12, 1.10.18, 1.10.20.

use super::{Case, gaps, rows};
use serde_json::json;

const YEAR: &str = "2025-01-01/2025-12-31";

#[test]
fn attempts_are_those_of_the_rows_cycle_1_10_12() {
    let case = Case::new().rule(json!({"recurrence": "P2M"})).access(&["2025-01-05/2025-05-31"]);
    let case = case.say("failed 2025-01-04").say("failed 2025-01-05").say("passed 2025-01-10");
    let case = case.say("failed 2025-01-10T12:00:00Z").say("completed 2025-01-11");
    let case = case.say("failed 2025-02-01").say("waived 2025-02-02").say("failed 2025-05-31");
    let report = case.say("failed 2025-06-01").ask(YEAR, "2025-12-31");
    let attempts = |report: &audit::Report| {
        let rows = report.register.iter();
        rows.map(|row| (row.attempts, row.failed_attempts)).collect::<Vec<_>>()
    };
    assert_eq!(
        rows(&report),
        [
            "ana initial 2025-01-05 2025-02-04 completed_on_time 2025-01-10",
            "ana renewal 2025-01-10 2025-03-10 waived 2025-02-02",
            "ana renewal 2025-02-02 2025-04-02 expired -",
        ]
    );
    // From the window's first day, through the day on which it was met; then from the day after;
    // to the last access day at most.
    assert_eq!(attempts(&report), [(3, 2), (1, 1), (1, 1)]);
    // Of a credited row, the day of the credit.
    let case = Case::new().access(&["2025-03-01/"]).say("failed 2025-02-19");
    let case = case.say("failed 2025-02-20T08:00:00Z").say("passed 2025-02-20");
    let report = case.say("failed 2025-03-02").ask("2025-03-01/2025-03-31", "2025-12-31");
    assert_eq!(attempts(&report), [(2, 1)]);
}

#[test]
fn the_reason_is_the_first_that_applies_over_the_courses_still_missing_1_10_18() {
    let signed = json!({"attestation": "required", "min_score": 0.8});
    let case = Case::new().rule(signed).version(2, json!({"accepted_from": "2026-01-01"}));
    let reason = |case: &Case| gaps(&case.ask(YEAR, "2025-12-31"));
    assert_eq!(reason(&case), ["ana open 334 not_completed"]);
    let case = case.say("failed 2025-01-05");
    assert_eq!(reason(&case), ["ana open 334 failed_only"]);
    // A pass of a version that is not accepted lacks two things while it is not signed for.
    let case = case.say("passed 2025-01-06 v=2");
    assert_eq!(reason(&case), ["ana open 334 failed_only"]);
    let case = case.signed("s", "2", "2025-01-07", json!({}));
    assert_eq!(reason(&case), ["ana open 334 wrong_version"]);
    let case = case.say("passed 2025-01-08 score=0.7");
    assert_eq!(reason(&case), ["ana open 334 wrong_version"], "below the minimum is an attempt");
    let case = case.say("passed 2025-01-09 score=0.8");
    assert_eq!(reason(&case), ["ana open 334 attestation_missing"]);
    // What was tried in a course that is not missing says nothing.
    let case = Case::new().course("cod").rule(json!({"courses": ["sec", "cod"]}));
    let case = case.say("failed 2025-01-05").say("passed 2025-01-06");
    assert_eq!(reason(&case), ["ana open 334 not_completed"]);
    assert_eq!(reason(&case.say("failed 2025-01-07 course=cod")), ["ana open 334 failed_only"]);
    // What was tried before the cycle neither.
    let case = Case::new().say("failed 2024-12-31");
    assert_eq!(reason(&case), ["ana open 334 not_completed"]);
}

#[test]
fn days_late_are_counted_to_completion_or_to_today_or_the_last_access_day_1_10_18() {
    let case = Case::new();
    assert_eq!(gaps(&case.ask(YEAR, "2025-02-01")), ["ana open 1 not_completed"]);
    let left = case.clone().access(&["2025-01-01/2025-02-10"]);
    assert_eq!(gaps(&left.ask(YEAR, "2025-12-31")), ["ana open 10 not_completed"]);
    let capped = case.clone().access(&["2025-01-01/2025-01-20"]);
    assert_eq!(gaps(&capped.ask(YEAR, "2025-12-31")), ["ana open 0 left_untrained"]);
    let met = case.say("passed 2025-02-03");
    assert_eq!(gaps(&met.ask(YEAR, "2025-12-31")), ["ana remediated 3 late"]);
}

#[test]
fn escalations_are_those_of_the_period_up_to_today_1_10_20() {
    let policy = json!({
        "reminders": [{"offset_days": -40, "action": "early", "to": "person"},
                      {"offset_days": -7, "action": "remind", "to": "person"}],
        "escalations": [{"offset_days": 0, "action": "due", "to": "manager"},
                        {"offset_days": 15, "action": "escalate", "to": "desk"}],
    });
    let case = Case::new().policy(policy).person("ana", json!({"manager": "bo"}));
    let case = case.rule(json!({"recurrence": null}));
    let sent = |case: &Case, period: &str, as_of: &str| {
        let report = case.ask(period, as_of);
        let line = |one: &audit::Escalation| {
            format!("{} {} {}", one.on, one.action, one.to.as_deref().unwrap_or("-"))
        };
        report.escalations.iter().map(line).collect::<Vec<_>>()
    };
    let all = ["2025-01-24 remind ana", "2025-01-31 due bo", "2025-02-15 escalate desk"];
    assert_eq!(sent(&case, YEAR, "2025-12-31"), all, "the first is before it was assigned");
    assert_eq!(sent(&case, YEAR, "2025-02-14"), all[..2], "not after today");
    assert_eq!(sent(&case, "2025-01-31/2025-02-10", "2025-12-31"), all[1..2]);
    let met = case.clone().say("passed 2025-01-31");
    assert_eq!(sent(&met, YEAR, "2025-12-31"), all[..1], "not on the day on which it is met");
    let left = case.clone().rule(json!({"exit_rule": "excuse"})).access(&["2025-01-01/2025-01-30"]);
    assert_eq!(sent(&left, YEAR, "2025-12-31"), all[..1], "not when access has ended");
    let exempt = case.exception("x", "exempt", "2025-01-20/", json!({}));
    assert_eq!(sent(&exempt, YEAR, "2025-12-31"), [""; 0]);
}

#[test]
fn reviews_are_of_quarters_that_ended_by_the_period_and_today_1_10_20() {
    let case = Case::new().policy(json!({"management_review": {"due_within": "P30D"}}));
    let case = case
        .with("management_reviews", json!({"quarter": "2025-Q1", "reviewed_on": "2025-04-30"}))
        .with("management_reviews", json!({"quarter": "2025-Q2", "reviewed_on": "2025-08-01"}))
        .with("management_reviews", json!({"quarter": "2025-Q2", "reviewed_on": "2025-07-31"}));
    let reviews = |period: &str, as_of: &str| {
        let report = case.ask(period, as_of);
        let line =
            |one: &audit::Review| format!("{} {} {}", one.quarter, one.due_on, one.status.as_str());
        report.reviews.iter().map(line).collect::<Vec<_>>()
    };
    let (first, second) = ("2025-Q1 2025-04-30 on_time", "2025-Q2 2025-07-30 late");
    assert_eq!(reviews(YEAR, "2025-10-30"), [first, second, "2025-Q3 2025-10-30 pending"]);
    assert_eq!(reviews(YEAR, "2025-10-31"), [first, second, "2025-Q3 2025-10-30 overdue"]);
    assert_eq!(reviews("2025-01-01/2025-06-30", "2025-10-31"), [first, second]);
    assert_eq!(reviews(YEAR, "2025-06-30")[1], "2025-Q2 2025-07-30 pending");
}
