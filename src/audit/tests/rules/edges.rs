//! The edge cases of section 1.9, one test for each of its lines.

use super::{Case, coverage, flags, gaps, rows};
use serde_json::json;

const YEAR: &str = "2025-01-01/2025-12-31";

#[test]
fn time_zones_daylight_saving_and_period_edges() {
    // 06:30 UTC on the first of July is still the last of June in Los Angeles.
    let case = Case::new().rule(json!({"due_within": "P180D", "recurrence": null}));
    let case = case.say("passed 2025-07-01T06:30:00Z");
    let (first, second) = ("2025-01-01/2025-06-30", "2025-07-01/2025-12-31");
    let there = json!({"timezone": "America/Los_Angeles"});
    let in_time = "ana initial 2025-01-01 2025-06-30 completed_on_time 2025-06-30";
    let late = "ana initial 2025-01-01 2025-06-30 completed_late 2025-07-01";
    assert_eq!(rows(&case.asked(first, "2025-12-31", there.clone())), [in_time]);
    assert_eq!(
        rows(&case.asked(second, "2025-12-31", there)),
        ["ana covered - - covered 2025-06-30"]
    );
    assert_eq!(rows(&case.ask(first, "2025-12-31")), [late]);
    assert_eq!(rows(&case.ask(second, "2025-12-31")), [late], "carried in");
    // The day on which Berlin's clocks go forward, and the day after, end two hours before UTC's.
    let case = Case::new().org(json!({"timezone": "Europe/Berlin"}));
    let case = case.rule(json!({"due_within": "P89D", "recurrence": null}));
    for (at, row) in [
        ("2025-03-31T21:59:59Z", "ana initial 2025-01-01 2025-03-31 completed_on_time 2025-03-31"),
        ("2025-03-31T22:00:00Z", "ana initial 2025-01-01 2025-03-31 completed_late 2025-04-01"),
    ] {
        let report = case.clone().say(&format!("passed {at}")).ask(YEAR, "2025-12-31");
        assert_eq!(rows(&report), [row], "{at}");
    }
}

#[test]
fn leap_day_and_month_ends() {
    let case = Case::new().access(&["2024-02-01/"]).say("passed 2024-02-29");
    let report = case.ask(YEAR, "2025-12-31");
    assert_eq!(rows(&report), ["ana renewal 2024-02-29 2025-02-28 expired -"]);
    let case = Case::new().access(&["2024-08-01/"]).rule(json!({"recurrence": "P6M"}));
    let case = case.say("passed 2024-08-31").say("passed 2025-02-28");
    let expected = |last: &str| {
        vec![
            "ana initial 2024-08-01 2024-08-31 completed_on_time 2024-08-31".to_owned(),
            "ana renewal 2024-08-31 2025-02-28 completed_on_time 2025-02-28".to_owned(),
            format!("ana renewal 2025-02-28 2025-08-28 {last} -"),
        ]
    };
    let period = "2024-08-01/2025-12-31";
    assert_eq!(rows(&case.ask(period, "2025-08-28")), expected("pending"));
    assert_eq!(rows(&case.ask(period, "2025-08-29")), expected("expired"));
}

#[test]
fn the_expiry_day_is_valid_and_the_next_is_late() {
    for (renewed, status, gap, without) in [
        ("2026-01-10", "completed_on_time", None, ""),
        ("2026-01-11", "completed_late", Some("ana remediated 1 late"), ""),
        ("2026-01-12", "completed_late", Some("ana remediated 2 late"), " 2026-01-11/2026-01-11"),
    ] {
        let case = Case::new().say("passed 2025-01-10").say(&format!("passed {renewed}"));
        let report = case.ask("2026-01-01/2026-12-31", "2026-06-30");
        assert_eq!(
            rows(&report),
            [format!("ana renewal 2025-01-10 2026-01-10 {status} {renewed}")]
        );
        assert_eq!(gaps(&report), gap.into_iter().collect::<Vec<_>>());
        let covered = if without.is_empty() { 181 } else { 180 };
        assert_eq!(coverage(&report), [format!("ana 181 {covered}{without}")]);
    }
}

#[test]
fn who_joins_on_day_364_is_pending_and_in_the_population() {
    let case = Case::new().access(&["2025-12-30/"]);
    let report = case.ask(YEAR, "2026-01-10");
    assert_eq!(rows(&report), ["ana initial 2025-12-30 2026-01-29 pending -"]);
    assert_eq!(report.summary.population, 1);
    assert_eq!(report.summary.completion_rate, (0, 0));
    assert!(report.register[0].due_after_period);
    let later = case.ask(YEAR, "2026-02-10");
    assert_eq!(rows(&later), ["ana initial 2025-12-30 2026-01-29 overdue -"]);
    assert!(later.register[0].due_after_period, "it can appear in two periods");
}

#[test]
fn the_deadline_of_a_two_week_contractor_is_the_last_access_day() {
    let case = Case::new().access(&["2025-03-03/2025-03-14"]);
    let report = case.ask(YEAR, "2025-04-10");
    assert_eq!(rows(&report), ["ana initial 2025-03-03 2025-03-14 overdue -"]);
    assert_eq!(gaps(&report), ["ana open 0 left_untrained"]);
    assert_eq!(coverage(&report), ["ana 12 0 2025-03-03/2025-03-14"]);
    let report = case.rule(json!({"exit_rule": "excuse"})).ask(YEAR, "2025-04-10");
    assert_eq!(rows(&report), ["ana initial 2025-03-03 2025-04-02 excused_exit -"]);
    assert_eq!(gaps(&report), ["ana explained - left_before_due"]);
}

#[test]
fn access_revoked_and_granted_again_is_two_windows_unless_they_touch() {
    let case = Case::new().say("passed 2025-01-10");
    let apart = case.clone().access(&["2025-01-01/2025-03-31", "2025-04-02/"]);
    assert_eq!(
        rows(&apart.ask(YEAR, "2025-12-31")),
        [
            "ana initial 2025-01-01 2025-01-31 completed_on_time 2025-01-10",
            "ana initial 2025-04-02 2025-05-02 completed_on_time 2025-01-10",
        ]
    );
    let touching = case.access(&["2025-01-01/2025-03-31", "2025-04-01/"]);
    assert_eq!(
        rows(&touching.ask(YEAR, "2025-12-31")),
        ["ana initial 2025-01-01 2025-01-31 completed_on_time 2025-01-10"]
    );
}

#[test]
fn a_rehire_is_a_new_window_and_credit_counts_only_while_it_is_valid() {
    let rehired = |on: &str| {
        let first = json!({"type": "employee", "start": "2025-01-01", "end": "2025-03-31"});
        let again = json!({"type": "employee", "start": on});
        let case = Case::new().person("ana", json!({"employment": [first, again]}));
        case.rule(json!({"basis": "employment"})).say("passed 2025-03-20")
    };
    let year = "2026-01-01/2026-12-31";
    assert_eq!(
        rows(&rehired("2026-03-21").ask(year, "2026-04-01")),
        ["ana initial 2026-03-21 2026-04-20 pending -"]
    );
    // On the anniversary the old training is still valid, and has to be renewed on that day.
    assert_eq!(
        rows(&rehired("2026-03-20").ask(year, "2026-04-01")),
        [
            "ana renewal 2026-03-20 2026-03-20 expired -",
            "ana initial 2026-03-20 2026-04-19 completed_on_time 2025-03-20",
        ]
    );
}

#[test]
fn a_role_change_is_a_window_of_the_role_with_credit() {
    let roles = json!([
        {"role": "support", "start": "2025-01-01", "end": "2025-05-31"},
        {"role": "engineer", "start": "2025-06-01", "end": null},
    ]);
    let case = Case::new().person("ana", json!({"roles": roles}));
    let case = case.rule(json!({"audience": {"roles": ["engineer"]}})).say("passed 2025-02-01");
    let report = case.ask(YEAR, "2025-12-31");
    assert_eq!(rows(&report), ["ana initial 2025-06-01 2025-07-01 completed_on_time 2025-02-01"]);
    assert_eq!(report.register[0].roles, ["engineer"], "those of the assigned day, for credit");
    assert!(report.register[0].credited);
}

#[test]
fn a_new_requirement_begins_and_a_retired_one_ends_what_is_owed() {
    let case = Case::new().rule(json!({"effective_from": "2025-03-01"}));
    assert_eq!(
        rows(&case.ask(YEAR, "2025-12-31")),
        ["ana initial 2025-03-01 2025-03-31 overdue -"]
    );
    // Retired: what is open stays open, and can be met; nobody owes anything new.
    let case = Case::new().rule(json!({"effective_to": "2025-06-30"}));
    let case = case.access(&["2025-06-20/"]).say("passed 2025-08-01");
    let joined = json!([{"scope": "prod", "start": "2025-07-01"}]);
    let report = case.person("bo", json!({"access": joined})).ask(YEAR, "2025-12-31");
    assert_eq!(rows(&report), ["ana initial 2025-06-20 2025-07-20 completed_late 2025-08-01"]);
    assert_eq!(report.nothing_assigned.len(), 1, "in scope, nothing assigned");
    assert_eq!(coverage(&report), ["ana 11 0 2025-06-20/2025-06-30"], "while it was in force");
}

#[test]
fn a_version_counts_on_the_days_on_which_it_is_accepted() {
    let case = Case::new().access(&["2025-06-15/"]);
    let case = case.version(1, json!({"accepted_until": "2025-06-30"}));
    for (said, status, reason) in [
        ("passed 2025-06-30", "completed_on_time 2025-06-30", None),
        ("passed 2025-07-01", "overdue -", Some("ana open 169 wrong_version")),
        ("passed 2025-07-01 v=2", "completed_on_time 2025-07-01", None),
    ] {
        let report = case.clone().say(said).ask(YEAR, "2025-12-31");
        assert_eq!(
            rows(&report),
            [format!("ana initial 2025-06-15 2025-07-15 {status}")],
            "{said}"
        );
        assert_eq!(gaps(&report), reason.into_iter().collect::<Vec<_>>(), "{said}");
    }
}

#[test]
fn what_is_voided_after_a_report_leaves_it_and_restates_the_later() {
    let case = Case::new().say("passed 2025-01-10").say("voided 2025-03-01 voids=1");
    let before = case.ask(YEAR, "2025-02-28");
    assert_eq!(rows(&before), ["ana initial 2025-01-01 2025-01-31 completed_on_time 2025-01-10"]);
    assert_eq!(flags(&before), [""; 0]);
    let after = case.ask(YEAR, "2025-03-02");
    assert_eq!(rows(&after), ["ana initial 2025-01-01 2025-01-31 overdue -"]);
    assert_eq!(flags(&after), ["voided_evidence 1"]);
    // A voiding cannot be voided.
    let twice = case.say("voided 2025-03-02 voids=2").ask(YEAR, "2025-03-03");
    assert_eq!(rows(&twice), rows(&after));
}

#[test]
fn what_is_sent_again_or_twice_is_one_completion_and_a_retake_is_another() {
    let case = Case::new().say("passed 2025-01-10 reg=1").say("passed 2025-01-10 reg=1 id=1");
    let case = case.say("passed 2025-01-10T12:00:00Z reg=2").say("passed 2025-01-15 reg=1");
    let report = case.say("passed 2025-02-10 reg=2").ask("2025-01-01/2026-12-31", "2025-12-31");
    assert_eq!(
        rows(&report),
        [
            "ana initial 2025-01-01 2025-01-31 completed_on_time 2025-01-10",
            "ana renewal 2025-01-10 2026-01-10 completed_on_time 2025-02-10",
            "ana renewal 2025-02-10 2026-02-10 pending -",
        ]
    );
    assert_eq!(flags(&report), ["duplicate_completion 3", "duplicate_completion 4"]);
    let attempts: Vec<usize> = report.register.iter().map(|row| row.attempts).collect();
    assert_eq!(attempts, [1, 1, 0], "a duplicate is no attempt");
}

#[test]
fn an_identity_that_is_linked_later_counts_from_when_it_was_recorded() {
    let identities = json!([
        {"kind": "mbox", "value": "mailto:ana@acme.test"},
        {"kind": "mbox", "value": "mailto:old@acme.test", "recorded_at": "2025-03-01T00:00:00Z"},
    ]);
    let case = Case::new().person("ana", json!({"identities": identities}));
    let case = case.say("passed 2025-01-10 who=old@acme.test");
    let before = case.ask(YEAR, "2025-02-28");
    assert_eq!(rows(&before), ["ana initial 2025-01-01 2025-01-31 overdue -"]);
    assert_eq!(flags(&before), ["orphan_statement 1"]);
    let after = case.ask(YEAR, "2025-03-01");
    assert_eq!(rows(&after), ["ana initial 2025-01-01 2025-01-31 completed_on_time 2025-01-10"]);
    assert_eq!(flags(&after), [""; 0]);
    // Whom two people claim is nobody's.
    let two = case.person(
        "bo",
        json!({
            "identities": [{"kind": "mbox", "value": "mailto:OLD@acme.test"}]
        }),
    );
    let report = two.ask(YEAR, "2025-03-01");
    assert_eq!(rows(&report), ["ana initial 2025-01-01 2025-01-31 overdue -"]);
    assert_eq!(flags(&report), ["orphan_statement 1"]);
}

#[test]
fn an_address_that_is_used_again_is_whose_it_was_on_the_day() {
    let from = |day: Option<&str>, to: Option<&str>| json!([{"kind": "mbox", "value": "mailto:sec@acme.test", "from": day, "to": to}]);
    let access = json!([{"scope": "prod", "start": "2025-03-20"}]);
    let case = Case::new().access(&["2025-03-20/"]);
    let case = case.person("ana", json!({"identities": from(None, Some("2025-03-31"))}));
    let bo = json!({"access": access, "identities": from(Some("2025-04-01"), None)});
    let case = case.person("bo", bo);
    let case = case.say("passed 2025-03-31 who=sec@acme.test");
    let report = case.say("passed 2025-04-01 who=sec@acme.test").ask(YEAR, "2025-12-31");
    assert_eq!(
        rows(&report),
        [
            "ana initial 2025-03-20 2025-04-19 completed_on_time 2025-03-31",
            "bo initial 2025-03-20 2025-04-19 completed_on_time 2025-04-01",
        ]
    );
}

#[test]
fn clock_skew_offline_play_and_backdating() {
    // Due on 2025-01-31.
    for (said, status, flag) in [
        ("passed 2025-01-31 stored=2025-02-07T10:00:00Z", "completed_on_time 2025-01-31", None),
        (
            "passed 2025-01-31 stored=2025-02-07T10:00:01Z",
            "completed_late 2025-02-07",
            Some("late_recorded 1"),
        ),
        (
            "passed 2025-01-31 stored=2025-02-20 by=https://lms.acme.test|import",
            "completed_on_time 2025-01-31",
            None,
        ),
        (
            "passed 2025-01-31T00:05:00Z stored=2025-01-31T00:00:00Z",
            "completed_on_time 2025-01-31",
            None,
        ),
        (
            "passed 2025-02-01T00:02:00Z stored=2025-01-31T23:58:00Z",
            "completed_on_time 2025-01-31",
            None,
        ),
        (
            "passed 2025-02-01T00:05:01Z stored=2025-01-31T23:58:00Z",
            "completed_on_time 2025-01-31",
            Some("future_timestamp 1"),
        ),
    ] {
        let case = Case::new().policy(json!({
            "trusted_import_authorities": ["https://lms.acme.test|import"]
        }));
        let report = case.say(said).ask(YEAR, "2025-12-31");
        assert_eq!(
            rows(&report),
            [format!("ana initial 2025-01-01 2025-01-31 {status}")],
            "{said}"
        );
        assert_eq!(flags(&report), flag.into_iter().collect::<Vec<_>>(), "{said}");
    }
}

#[test]
fn fails_retakes_and_a_pass_below_the_minimum() {
    let case = Case::new().rule(json!({"min_score": 0.8}));
    let case = case.say("failed 2025-01-05 score=0.4").say("passed 2025-01-06 score=0.79");
    let report = case.ask(YEAR, "2025-12-31");
    assert_eq!(gaps(&report), ["ana open 334 failed_only"]);
    assert_eq!(flags(&report), ["score_below_minimum 2"]);
    let case = case.say("passed 2025-01-07 score=0.8").say("failed 2025-01-08 score=0");
    let report = case.ask(YEAR, "2025-12-31");
    assert_eq!(
        rows(&report),
        ["ana initial 2025-01-01 2025-01-31 completed_on_time 2025-01-07"],
        "a failure does not undo a pass"
    );
    assert_eq!((report.register[0].attempts, report.register[0].failed_attempts), (3, 1));
    assert_eq!(report.attempt_log.len(), 4);
    let no_score = Case::new().rule(json!({"min_score": 0.8})).say("passed 2025-01-07");
    assert_eq!(
        rows(&no_score.ask(YEAR, "2025-12-31")),
        ["ana initial 2025-01-01 2025-01-31 completed_on_time 2025-01-07"]
    );
}

#[test]
fn an_attestation_late_missing_of_another_version_or_before_the_pass() {
    let case = Case::new().rule(json!({"attestation": "required"})).say("passed 2025-01-20");
    for (version, at, status, gap) in [
        ("1", "2025-01-20T10:00:00Z", "completed_on_time 2025-01-20", None),
        ("1", "2025-02-10", "completed_late 2025-02-10", Some("ana remediated 10 late")),
        ("2", "2025-01-21", "overdue -", Some("ana open 334 attestation_missing")),
        ("1", "2025-01-20T09:59:59Z", "overdue -", Some("ana open 334 attestation_missing")),
    ] {
        let report = case.clone().signed("s", version, at, json!({})).ask(YEAR, "2025-12-31");
        assert_eq!(rows(&report), [format!("ana initial 2025-01-01 2025-01-31 {status}")], "{at}");
        assert_eq!(gaps(&report), gap.into_iter().collect::<Vec<_>>(), "{at}");
    }
    assert_eq!(gaps(&case.ask(YEAR, "2025-12-31")), ["ana open 334 attestation_missing"]);
}

#[test]
fn leave_waiver_and_an_exception_written_late() {
    let leave = |recorded: &str| {
        let more = json!({"extended_due": "2025-03-31", "recorded_at": recorded});
        Case::new().exception("x", "leave", "2025-01-20/2025-02-28", more)
    };
    let timely = leave("2025-01-31T23:59:59Z").ask(YEAR, "2025-03-31");
    assert_eq!(rows(&timely), ["ana initial 2025-01-01 2025-03-31 pending -"]);
    assert_eq!(
        timely.register[0].original_due_on.map(|day| day.to_string()).as_deref(),
        Some("2025-01-31")
    );
    assert_eq!(flags(&timely), [""; 0]);
    let late = leave("2025-02-01T00:00:00Z").ask(YEAR, "2025-03-31");
    assert_eq!(rows(&late), rows(&timely), "a flag never changes a status");
    assert_eq!(flags(&late), ["exception_recorded_late x ana"]);
    assert_eq!(late.head.late_exceptions, 1);
    let report = Case::new().say("waived 2025-01-20 reason=Tested_Out").ask(YEAR, "2025-12-31");
    assert_eq!(rows(&report), ["ana initial 2025-01-01 2025-01-31 waived 2025-01-20"]);
    assert_eq!(gaps(&report), ["ana explained - waived: Tested Out"]);
}

#[test]
fn a_correction_or_a_backdated_policy_is_known_from_when_it_was_recorded() {
    let wrong = json!({
        "scope": "prod", "start": "2025-01-01", "retracted_at": "2025-05-01T00:00:00Z"
    });
    let right = json!({
        "scope": "prod", "start": "2025-03-01", "recorded_at": "2025-05-01T00:00:00Z"
    });
    let case = Case::new().person("ana", json!({"access": [wrong, right]}));
    assert_eq!(
        rows(&case.ask(YEAR, "2025-04-30")),
        ["ana initial 2025-01-01 2025-01-31 overdue -"]
    );
    assert_eq!(
        rows(&case.ask(YEAR, "2025-05-01T00:00:00Z")),
        ["ana initial 2025-03-01 2025-03-31 overdue -"],
        "from the very instant"
    );
    let case = Case::new().rule(json!({"recorded_at": "2025-06-01T00:00:00Z"}));
    let before = case.ask(YEAR, "2025-05-31");
    assert_eq!((rows(&before).len(), before.nothing_assigned.len()), (0, 1));
    assert_eq!(
        rows(&case.ask(YEAR, "2025-06-01")),
        ["ana initial 2025-01-01 2025-01-31 overdue -"]
    );
}

#[test]
fn who_left_before_the_period_is_not_in_scope() {
    let report = Case::new().access(&["2024-01-01/2024-12-31"]).ask(YEAR, "2025-12-31");
    assert_eq!((report.register.len(), report.nothing_assigned.len()), (0, 0));
    assert_eq!((report.gaps.len(), report.coverage.len()), (0, 0));
}

#[test]
fn training_after_leaving_does_not_count_and_is_flagged() {
    let left = json!([{"type": "employee", "start": "2025-01-01", "end": "2025-01-15"}]);
    let case = Case::new().access(&["2025-01-01/2025-01-15"]);
    let case = case.person("ana", json!({"employment": left})).say("passed 2025-01-16");
    let report = case.ask(YEAR, "2025-12-31");
    assert_eq!(rows(&report), ["ana initial 2025-01-01 2025-01-15 overdue -"]);
    assert_eq!(gaps(&report), ["ana open 0 left_untrained"]);
    assert_eq!(flags(&report), ["completed_while_not_employed 1"]);
}

#[test]
fn waived_satisfied_completed_and_other_verbs() {
    for (said, rule, status) in [
        ("satisfied 2025-01-10", "passed", "overdue -"),
        ("satisfied 2025-01-10", "completed", "overdue -"),
        ("completed 2025-01-10", "passed", "overdue -"),
        ("completed 2025-01-10", "completed", "completed_on_time 2025-01-10"),
        ("passed 2025-01-10", "completed", "completed_on_time 2025-01-10"),
        ("waived 2025-01-10 reason=Administrative", "completed", "waived 2025-01-10"),
        ("abandoned 2025-01-10", "completed", "overdue -"),
        ("not-applicable 2025-01-10", "completed", "overdue -"),
    ] {
        let report = Case::new().rule(json!({"rule": rule})).say(said).ask(YEAR, "2025-12-31");
        assert_eq!(
            rows(&report),
            [format!("ana initial 2025-01-01 2025-01-31 {status}")],
            "{said}"
        );
    }
    let low = Case::new().rule(json!({"rule": "completed", "min_score": 0.8}));
    assert_eq!(
        rows(&low.say("passed 2025-01-10 score=0.5").ask(YEAR, "2025-12-31")),
        ["ana initial 2025-01-01 2025-01-31 completed_on_time 2025-01-10"],
        "a score is asked of passes alone"
    );
    let report = Case::new().say("waived 2025-01-10 reason=Administrative");
    assert_eq!(flags(&report.ask(YEAR, "2025-12-31")), ["administrative_waiver 1"]);
}

#[test]
fn access_before_hire_and_training_before_hire_are_flags_only() {
    let hired = |on: &str| json!({"employment": [{"type": "employee", "start": on}]});
    let case = Case::new().person("ana", hired("2025-02-01")).say("passed 2025-01-10");
    let report = case.ask(YEAR, "2025-12-31");
    assert_eq!(rows(&report), ["ana initial 2025-01-01 2025-01-31 completed_on_time 2025-01-10"]);
    assert_eq!(flags(&report), ["access_before_employment ana", "completed_before_start 1"]);
    let case = Case::new().access(&["2025-03-01/"]).person("ana", hired("2025-03-01"));
    let report = case.say("passed 2025-02-20").ask(YEAR, "2025-12-31");
    assert_eq!(rows(&report), ["ana initial 2025-03-01 2025-03-31 completed_on_time 2025-02-20"]);
    assert_eq!(flags(&report), ["completed_before_start 1"]);
}
