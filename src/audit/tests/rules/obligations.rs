//! What is owed, by when and since when: 1.10.1 to 1.10.3, 1.10.9, 1.10.11, 1.10.14, 1.10.15.

use super::{Case, coverage, gaps, rows};
use serde_json::json;

const YEAR: &str = "2025-01-01/2025-12-31";

#[test]
fn obligations_of_each_kind_are_assigned_on_their_day_1_10_1() {
    let case = Case::new().rule(json!({"retrain": [{
        "course": "sec", "min_version": "2", "effective_on": "2025-06-01", "due_within": "P14D"
    }]}));
    let case = case.say("passed 2025-01-10").say("passed 2025-06-10 v=2");
    let report = case.ask("2025-01-01/2026-12-31", "2025-12-31");
    assert_eq!(
        rows(&report),
        [
            "ana initial 2025-01-01 2025-01-31 completed_on_time 2025-01-10",
            "ana retrain 2025-06-01 2025-06-15 completed_on_time 2025-06-10",
            "ana renewal 2025-06-10 2026-06-10 pending -",
        ]
    );
    // A renewal of credited training is assigned when the window begins.
    let case = Case::new().access(&["2025-03-01/"]).say("passed 2024-06-01");
    assert_eq!(
        rows(&case.ask(YEAR, "2025-04-01")),
        [
            "ana initial 2025-03-01 2025-03-31 completed_on_time 2024-06-01",
            "ana renewal 2025-03-01 2025-06-01 pending -",
        ]
    );
    let case = Case::new().exception("x", "exempt", "2025-01-15/2025-02-28", json!({}));
    assert_eq!(
        rows(&case.ask(YEAR, "2025-03-15")),
        [
            "ana initial 2025-01-01 2025-01-31 exempt -",
            "ana reinstated 2025-03-01 2025-03-31 pending -",
        ]
    );
}

#[test]
fn a_row_shows_the_roles_of_its_day_1_10_2() {
    let role =
        |role: &str, start: &str, end: &str| json!({"role": role, "start": start, "end": end});
    let roles = json!([
        role("first", "2025-01-01", "2025-01-31"),
        role("second", "2025-02-01", "2025-06-30"),
        role("third", "2025-07-01", "2026-12-31"),
    ]);
    let case = Case::new().person("ana", json!({"roles": roles}));
    let roles = |case: &Case, period: &str, as_of: &str| {
        let report = case.ask(period, as_of);
        report.register.iter().map(|row| row.roles.join(" ")).collect::<Vec<_>>()
    };
    let passed = case.clone().say("passed 2025-01-20");
    assert_eq!(roles(&passed, YEAR, "2025-12-31"), ["first"], "on the satisfied day");
    assert_eq!(roles(&case, YEAR, "2025-12-31"), ["third"], "unmet: the end of the period");
    assert_eq!(roles(&case, YEAR, "2025-03-01"), ["second"], "or today");
    let left = case.access(&["2025-01-01/2025-06-30"]);
    assert_eq!(roles(&left, YEAR, "2025-12-31"), ["second"], "or the window's end");
    let covered = roles(&passed, "2025-03-01/2025-06-30", "2025-12-31");
    assert_eq!(covered, ["second"], "covered: likewise");
}

#[test]
fn a_row_replaced_under_one_id_restates_the_past_and_no_earlier_as_of_1_10_3() {
    let old = json!({"retracted_at": "2025-06-01T00:00:00Z", "due_within": "P30D"});
    let case = Case::new().rule(old);
    let new = json!({
        "recorded_at": "2025-06-01T00:00:00Z", "retracted_at": null, "due_within": "P60D"
    });
    let case = case.more(new).say("passed 2025-02-15");
    let of =
        |status: &str, due: &str| [format!("ana initial 2025-01-01 {due} {status} 2025-02-15")];
    assert_eq!(rows(&case.ask(YEAR, "2025-05-31")), of("completed_late", "2025-01-31"));
    assert_eq!(rows(&case.ask(YEAR, "2025-06-01")), of("completed_on_time", "2025-03-02"));
}

#[test]
fn the_date_of_a_campaign_is_for_those_in_place_and_joiners_get_the_later_1_5_1() {
    let case = Case::new().rule(
        json!({"effective_from": "2025-02-01", "due_date": "2025-03-31", "recurrence": null}),
    );
    for (since, assigned, due) in [
        ("2025-01-01", "2025-02-01", "2025-03-31"),
        ("2025-02-01", "2025-02-01", "2025-03-31"),
        ("2025-02-02", "2025-02-02", "2025-03-31"),
        ("2025-03-20", "2025-03-20", "2025-04-19"),
    ] {
        let report = case.clone().access(&[&format!("{since}/")]).ask(YEAR, "2025-12-31");
        assert_eq!(rows(&report), [format!("ana initial {assigned} {due} overdue -")], "{since}");
    }
}

#[test]
fn the_last_access_day_caps_all_but_renewals_1_10_9() {
    let retrain = json!({"retrain": [{
        "course": "sec", "min_version": "2", "effective_on": "2025-06-01", "due_within": "P14D"
    }]});
    let case = Case::new().access(&["2025-01-01/2025-06-10"]).rule(retrain);
    let case = case.say("passed 2025-01-10");
    let retrained = |case: &Case| rows(&case.ask(YEAR, "2025-12-31"))[1].clone();
    assert_eq!(retrained(&case), "ana retrain 2025-06-01 2025-06-10 overdue -");
    let excuse = case.rule(json!({"exit_rule": "excuse"}));
    assert_eq!(retrained(&excuse), "ana retrain 2025-06-01 2025-06-15 excused_exit -");
    // An extended deadline, and the one that begins when an exemption ends.
    let case = Case::new().access(&["2025-01-01/2025-03-10"]);
    let more = json!({"extended_due": "2025-04-30"});
    let moved = case.clone().exception("x", "leave", "2025-01-20/2025-02-28", more);
    assert_eq!(
        rows(&moved.ask(YEAR, "2025-12-31")),
        ["ana initial 2025-01-01 2025-03-10 overdue -"]
    );
    let back = case.exception("x", "exempt", "2025-01-20/2025-02-28", json!({}));
    assert_eq!(
        rows(&back.ask(YEAR, "2025-12-31"))[1],
        "ana reinstated 2025-03-01 2025-03-10 overdue -"
    );
    // A renewal that would fall behind the last day does not exist; one before it is not capped.
    let case = Case::new().access(&["2025-01-01/2026-01-10"]).say("passed 2025-01-10");
    let next = "2026-01-01/2026-12-31";
    assert_eq!(
        rows(&case.ask(next, "2026-12-31")),
        ["ana renewal 2025-01-10 2026-01-10 expired -"]
    );
    let earlier = case.access(&["2025-01-01/2026-01-09"]);
    assert_eq!(rows(&earlier.ask(next, "2026-12-31")), ["ana covered - - covered 2025-01-10"]);
    assert_eq!(earlier.ask(next, "2026-12-31").register[0].due_on, None);
}

#[test]
fn from_a_retraining_on_credit_and_events_need_its_version_1_10_11() {
    let retrain = json!({"retrain": [{
        "course": "sec", "min_version": "2", "effective_on": "2025-06-01", "due_within": "P14D"
    }]});
    let case = Case::new().rule(retrain);
    // An old version is no credit any more, and no completion.
    let late = case.clone().access(&["2025-06-05/"]).say("passed 2025-05-01");
    let report = late.clone().say("passed 2025-06-10").ask(YEAR, "2025-12-31");
    assert_eq!(rows(&report), ["ana initial 2025-06-05 2025-07-05 overdue -"]);
    assert_eq!(gaps(&report), ["ana open 179 wrong_version"]);
    let report = late.say("passed 2025-06-10 v=2").ask(YEAR, "2025-12-31");
    assert_eq!(rows(&report), ["ana initial 2025-06-05 2025-07-05 completed_on_time 2025-06-10"]);
    // Who has the new one already is not retrained, nor is anybody before the day comes.
    let had = case.clone().say("passed 2025-01-10 v=2");
    assert_eq!(rows(&had.ask(YEAR, "2025-12-31")).len(), 1);
    let case = case.say("passed 2025-01-10");
    assert_eq!(rows(&case.ask(YEAR, "2025-05-31")).len(), 1);
    assert_eq!(
        rows(&case.ask(YEAR, "2025-06-01"))[1],
        "ana retrain 2025-06-01 2025-06-15 pending -"
    );
    // Nor when the requirement was retired by then.
    let retired = case.clone().rule(json!({"effective_to": "2025-05-31"}));
    assert_eq!(rows(&retired.ask(YEAR, "2025-12-31")).len(), 1);
    // Met behind the renewal's deadline, it leaves the renewal where it is.
    let both = case.rule(json!({"recurrence": "P5M"})).say("passed 2025-06-11 v=2");
    assert_eq!(
        rows(&both.ask(YEAR, "2025-10-01")),
        [
            "ana initial 2025-01-01 2025-01-31 completed_on_time 2025-01-10",
            "ana renewal 2025-01-10 2025-06-10 completed_late 2025-06-11",
            "ana retrain 2025-06-01 2025-06-15 completed_on_time 2025-06-11",
            "ana renewal 2025-06-11 2025-11-11 pending -",
        ]
    );
}

#[test]
fn what_begins_after_today_does_not_exist_yet_1_10_14() {
    let case = Case::new().access(&["2025-06-01/"]);
    assert_eq!(rows(&case.ask(YEAR, "2025-05-31")).len(), 0);
    assert_eq!(
        rows(&case.ask(YEAR, "2025-06-01")),
        ["ana initial 2025-06-01 2025-07-01 pending -"]
    );
    let case = Case::new().rule(json!({"exit_rule": "excuse"})).access(&["2025-01-01/2025-01-15"]);
    let of = |status: &str| [format!("ana initial 2025-01-01 2025-01-31 {status} -")];
    assert_eq!(rows(&case.ask(YEAR, "2025-01-15")), of("pending"), "the last day is not over");
    assert_eq!(rows(&case.ask(YEAR, "2025-01-16")), of("excused_exit"));
    let known = json!({"recorded_at": "2025-01-05T00:00:00Z"});
    let case = Case::new().exception("x", "exempt", "2025-01-20/", known);
    assert_eq!(rows(&case.ask(YEAR, "2025-01-04")), of("pending"));
    assert_eq!(rows(&case.ask(YEAR, "2025-01-05")), of("exempt"), "as soon as it is known");
}

#[test]
fn with_anchor_due_the_deadline_keeps_its_day_1_10_15() {
    let case = Case::new().rule(json!({"anchor": "due", "renewal_opens": "P2M"}));
    let case = case.say("passed 2025-01-10");
    // Due on 2026-01-31, a year after the first deadline; it opens on 2025-11-30, by the calendar.
    let year = "2026-01-01/2026-12-31";
    for (renewed, status) in [
        ("2025-11-29", "expired -"),
        ("2025-11-30", "completed_on_time 2025-11-30"),
        ("2026-01-31", "completed_on_time 2026-01-31"),
    ] {
        let case = case.clone().say(&format!("passed {renewed}"));
        // The report of the year in which it is due, or in which it was met early.
        let period = if renewed == "2025-11-30" { YEAR } else { year };
        let report = case.ask(period, "2026-02-28");
        let row = format!("ana renewal 2025-01-10 2026-01-31 {status}");
        assert!(rows(&report).contains(&row), "{renewed}: {:?}", rows(&report));
    }
    // What meets a row covers through the next deadline, not for a year alone.
    assert_eq!(coverage(&case.ask(year, "2026-02-02")), ["ana 33 31 2026-02-01/2026-02-02"]);
    // Late: the next deadline counts from the completion.
    let late = case.clone().say("passed 2026-02-10");
    let two = "2026-01-01/2027-12-31";
    assert_eq!(
        rows(&late.ask(two, "2026-12-31")),
        [
            "ana renewal 2025-01-10 2026-01-31 completed_late 2026-02-10",
            "ana renewal 2026-02-10 2027-02-10 pending -",
        ]
    );
    // Without a span to open, any later event counts.
    let any = case.rule(json!({"renewal_opens": null})).say("passed 2025-02-10");
    assert_eq!(
        rows(&any.ask("2025-01-01/2027-12-31", "2026-12-31"))[1..],
        [
            "ana renewal 2025-01-10 2026-01-31 completed_on_time 2025-02-10".to_owned(),
            "ana renewal 2025-02-10 2027-01-31 pending -".to_owned(),
        ]
    );
}

#[test]
fn credit_with_anchor_due_counts_the_renewal_from_the_completion_1_5_2() {
    let case = Case::new().rule(json!({"anchor": "due"})).access(&["2025-03-01/"]);
    assert_eq!(
        rows(&case.say("passed 2024-06-01").ask(YEAR, "2025-04-01")),
        [
            "ana initial 2025-03-01 2025-03-31 completed_on_time 2024-06-01",
            "ana renewal 2025-03-01 2025-06-01 pending -",
        ]
    );
}

#[test]
fn which_rows_are_in_a_register_1_7() {
    let case = Case::new();
    // Carried in, until it is met; then it is in the report of the day on which it was.
    let june = "2025-06-01/2025-06-30";
    assert_eq!(
        rows(&case.ask(june, "2025-12-31")),
        ["ana initial 2025-01-01 2025-01-31 overdue -"]
    );
    let met = case.clone().say("passed 2025-06-15");
    assert_eq!(
        rows(&met.ask(june, "2025-12-31")),
        ["ana initial 2025-01-01 2025-01-31 completed_late 2025-06-15"]
    );
    let july = met.ask("2025-07-01/2025-07-31", "2025-12-31");
    assert_eq!(rows(&july), ["ana covered - 2026-06-15 covered 2025-06-15"]);
    // Early renewals are in the period in which they were met, not again in that of the deadline.
    let early = case.say("passed 2025-01-10").say("passed 2025-09-01");
    assert_eq!(
        rows(&early.ask("2025-09-01/2025-09-30", "2026-12-31")),
        ["ana renewal 2025-01-10 2026-01-10 completed_on_time 2025-09-01"]
    );
    assert_eq!(
        rows(&early.ask("2026-01-01/2026-01-31", "2026-12-31")),
        ["ana covered - 2026-09-01 covered 2025-09-01"]
    );
    // A date alone.
    let one = early.ask("2025-01-20/2025-01-20", "2026-12-31");
    assert_eq!(rows(&one), ["ana covered - 2026-01-10 covered 2025-01-10"]);
    assert_eq!(one.type_one.map(|one| (one.covered, one.in_scope)), Some((1, 1)));
}
