//! Exceptions: 1.5.4 and 1.10.13.

use super::{Case, flags, gaps, rows};
use serde_json::json;

const YEAR: &str = "2025-01-01/2025-12-31";

#[test]
fn an_exception_bears_on_deadlines_in_its_days_that_were_not_met() {
    let case = Case::new();
    let leave = |case: &Case, days: &str| {
        case.clone().exception("x", "leave", days, json!({"extended_due": "2025-03-31"}))
    };
    let on = |due: &str| vec![format!("ana initial 2025-01-01 {due} overdue -")];
    assert_eq!(
        rows(&leave(&case, "2025-01-31/2025-01-31").ask(YEAR, "2025-12-31")),
        on("2025-03-31")
    );
    assert_eq!(
        rows(&leave(&case, "2025-01-01/2025-01-30").ask(YEAR, "2025-12-31")),
        on("2025-01-31")
    );
    assert_eq!(
        rows(&leave(&case, "2025-02-01/2025-06-30").ask(YEAR, "2025-12-31")),
        on("2025-01-31")
    );
    let met =
        leave(&case.say("passed 2025-01-31"), "2025-01-01/2025-02-28").ask(YEAR, "2025-12-31");
    assert_eq!(rows(&met), ["ana initial 2025-01-01 2025-01-31 completed_on_time 2025-01-31"]);
    assert_eq!(met.register[0].exception, None, "what was met needs none");
}

#[test]
fn exceptions_apply_in_order_each_once_and_are_tried_on_the_new_deadline_1_10_13() {
    let leave = |case: Case, id: &str, days: &str, due: &str, recorded: &str| {
        let more = json!({"extended_due": due, "recorded_at": format!("{recorded}T00:00:00Z")});
        case.exception(id, "leave", days, more)
    };
    // The one that was recorded first moves the deadline into the days of the second.
    let case = leave(Case::new(), "b", "2025-01-20/2025-02-10", "2025-02-20", "2025-01-10");
    let chain = leave(case.clone(), "a", "2025-02-15/2025-03-10", "2025-03-20", "2025-01-11");
    let report = chain.ask(YEAR, "2025-12-31");
    assert_eq!(rows(&report), ["ana initial 2025-01-01 2025-03-20 overdue -"]);
    let original = report.register[0].original_due_on.map(|day| day.to_string());
    assert_eq!(original.as_deref(), Some("2025-01-31"));
    // The other way round, the one that was recorded first is tried again on the new deadline.
    let other = leave(case.clone(), "a", "2025-02-15/2025-03-10", "2025-03-20", "2025-01-09");
    assert_eq!(
        rows(&other.ask(YEAR, "2025-12-31")),
        ["ana initial 2025-01-01 2025-03-20 overdue -"]
    );
    // At the same instant, by id.
    let tied = leave(case, "c", "2025-02-15/2025-03-10", "2025-03-20", "2025-01-10");
    assert_eq!(
        rows(&tied.ask(YEAR, "2025-12-31")),
        ["ana initial 2025-01-01 2025-03-20 overdue -"]
    );
    // Each once: a deadline that stays in the days of its own leave is not moved again.
    let once = leave(Case::new(), "x", "2025-01-01/2025-12-31", "2025-03-31", "2025-01-10");
    assert_eq!(
        rows(&once.ask(YEAR, "2025-12-31")),
        ["ana initial 2025-01-01 2025-03-31 overdue -"]
    );
}

#[test]
fn an_exemption_ends_the_chain_1_10_13() {
    let case = Case::new().exception("a", "exempt", "2025-01-20/", json!({}));
    let more = json!({"extended_due": "2025-03-31"});
    let report =
        case.exception("b", "leave", "2025-01-20/2025-02-28", more).ask(YEAR, "2025-12-31");
    assert_eq!(rows(&report), ["ana initial 2025-01-01 2025-01-31 exempt -"]);
    assert_eq!(gaps(&report), ["ana explained - reason of a"]);
}

#[test]
fn training_during_an_exemption_is_shown_and_renewed_1_10_13() {
    let case = Case::new().exception("x", "exempt", "2025-01-20/2025-06-30", json!({}));
    let report = case.clone().say("passed 2025-03-01").ask("2025-01-01/2026-12-31", "2025-12-31");
    assert_eq!(
        rows(&report),
        [
            "ana initial 2025-01-01 2025-01-31 exempt 2025-03-01",
            "ana renewal 2025-03-01 2026-03-01 pending -",
        ]
    );
    // Behind it, it meets what was reinstated.
    let report = case.say("passed 2025-07-10").ask(YEAR, "2025-12-31");
    assert_eq!(
        rows(&report),
        [
            "ana initial 2025-01-01 2025-01-31 exempt -",
            "ana reinstated 2025-07-01 2025-07-31 completed_on_time 2025-07-10",
        ]
    );
}

#[test]
fn an_exempt_row_is_carried_only_while_its_exception_meets_the_period_1_10_13() {
    let case = Case::new().access(&["2025-01-01/2025-12-31"]);
    let case = case.exception("x", "exempt", "2025-01-20/2025-03-31", json!({}));
    let case = case.rule(json!({"effective_to": "2025-03-31"}));
    let exempt = "ana initial 2025-01-01 2025-01-31 exempt -";
    let quarter = |period: &str| rows(&case.ask(period, "2025-12-31"));
    assert_eq!(quarter("2025-01-01/2025-03-31"), [exempt]);
    assert_eq!(quarter("2025-03-31/2025-06-30"), [exempt], "its last day");
    assert_eq!(
        quarter("2025-04-01/2025-06-30"),
        [""; 0],
        "and nothing is reinstated: it is retired"
    );
}

#[test]
fn a_retraining_is_reinstated_with_its_version_1_5_4() {
    let retrain = json!([{
        "course": "sec", "min_version": "2", "effective_on": "2025-06-01", "due_within": "P14D"
    }]);
    let case = Case::new().rule(json!({"retrain": retrain})).say("passed 2025-01-10");
    let case = case.exception("x", "exempt", "2025-06-10/2025-06-30", json!({}));
    let rows_of = |case: &Case| rows(&case.ask(YEAR, "2025-12-31"))[1..].to_vec();
    assert_eq!(
        rows_of(&case.clone().say("passed 2025-07-05")),
        [
            "ana retrain 2025-06-01 2025-06-15 exempt -",
            "ana reinstated 2025-07-01 2025-07-31 overdue -",
        ]
    );
    assert_eq!(
        rows_of(&case.say("passed 2025-07-06 v=2"))[1],
        "ana reinstated 2025-07-01 2025-07-31 completed_on_time 2025-07-06"
    );
}

#[test]
fn anchor_due_counts_from_the_original_deadline_1_10_13() {
    let more = json!({"extended_due": "2025-03-31"});
    let case = Case::new().rule(json!({"anchor": "due"}));
    let case = case.exception("x", "leave", "2025-01-20/2025-02-28", more).say("passed 2025-03-15");
    assert_eq!(
        rows(&case.ask("2025-01-01/2026-12-31", "2025-12-31")),
        [
            "ana initial 2025-01-01 2025-03-31 completed_on_time 2025-03-15",
            "ana renewal 2025-03-15 2026-01-31 pending -",
        ]
    );
}

#[test]
fn two_exceptions_cannot_reinstate_each_other_for_ever() {
    // The leave moves every deadline of the year back into the days of the exemption.
    let case = Case::new().exception("x", "exempt", "2025-01-01/2025-01-10", json!({}));
    let more = json!({"extended_due": "2025-01-05", "recorded_at": "2025-01-02T00:00:00Z"});
    let case = case.exception("y", "leave", "2025-01-01/2025-12-31", more);
    let again = json!({"recorded_at": "2025-01-03T00:00:00Z"});
    let case = case.exception("z", "exempt", "2025-01-01/2025-01-10", again);
    let report = case.ask(YEAR, "2025-12-31");
    assert!(report.register.len() <= 3, "{:?}", rows(&report));
}

#[test]
fn a_late_exception_is_flagged_against_the_original_deadline_1_5_4() {
    let until = |due: &str, recorded: &str| json!({"extended_due": due, "recorded_at": format!("{recorded}T00:00:00Z")});
    let first = until("2025-02-20", "2025-01-10");
    let case = Case::new().exception("a", "leave", "2025-01-20/2025-02-10", first);
    let second = until("2025-03-20", "2025-02-01");
    let case = case.exception("b", "leave", "2025-02-15/2025-03-10", second);
    let report = case.ask(YEAR, "2025-12-31");
    assert_eq!(flags(&report), ["exception_recorded_late b ana"]);
    assert!(report.register[0].exception_recorded_late);
}
