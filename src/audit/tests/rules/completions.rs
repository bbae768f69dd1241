//! What counts as a completion: 1.10.4 to 1.10.8, 1.10.10.

use super::{Case, coverage, flags, gaps, rows};
use serde_json::json;

const YEAR: &str = "2025-01-01/2025-12-31";

#[test]
fn a_waiver_meets_rows_and_never_covers_a_day_1_10_4() {
    let case = Case::new().say("waived 2025-01-10 reason=Tested_Out");
    let report = case.ask(YEAR, "2025-12-31");
    assert_eq!(rows(&report), ["ana initial 2025-01-01 2025-01-31 waived 2025-01-10"]);
    assert_eq!(coverage(&report), ["ana 365 0 2025-01-01/2025-12-31"]);
    assert_eq!(report.summary.completion_rate, (0, 0));
    assert_eq!(
        rows(&case.ask("2026-01-01/2026-12-31", "2026-06-30")),
        ["ana renewal 2025-01-10 2026-01-10 expired -"],
        "it starts a renewal"
    );
    let report = case.ask("2025-03-01/2025-03-31", "2025-12-31");
    assert_eq!(rows(&report), ["ana covered - 2026-01-10 waived 2025-01-10"]);
    assert_eq!(gaps(&report), ["ana explained - waived: Tested Out"]);
    // One waived course makes the row waived.
    let case = Case::new().course("cod").rule(json!({"courses": ["sec", "cod"]}));
    let case = case.say("passed 2025-01-10").say("waived 2025-01-12 course=cod");
    let report = case.ask(YEAR, "2025-12-31");
    assert_eq!(rows(&report), ["ana initial 2025-01-01 2025-01-31 waived 2025-01-12"]);
    assert_eq!(gaps(&report), ["ana explained - waived"]);
}

#[test]
fn duplicates_are_judged_by_version_and_day_or_by_registration_1_10_5() {
    for (second, duplicate) in [
        ("passed 2025-01-10T12:00:00Z", true),
        ("passed 2025-01-10T12:00:00Z v=2", false),
        ("passed 2025-01-17T10:00:00Z reg=1", true),
        ("passed 2025-01-17T10:00:00.001Z reg=1", false),
        ("passed 2025-01-12 reg=2", false),
        ("passed 2025-01-12", false),
        ("waived 2025-01-10T12:00:00Z reg=1", false),
    ] {
        let case = Case::new().say("passed 2025-01-10 reg=1").say(second);
        let expected: &[&str] = if duplicate { &["duplicate_completion 2"] } else { &[] };
        assert_eq!(flags(&case.ask(YEAR, "2025-12-31")), expected, "{second}");
    }
    // Elapsed from the last fact that was accepted: a repetition prolongs nothing.
    let case = Case::new().say("passed 2025-01-10 reg=1").say("passed 2025-01-16 reg=1");
    let report = case.say("passed 2025-01-18 reg=1").ask(YEAR, "2025-12-31");
    assert_eq!(flags(&report), ["duplicate_completion 2"]);
    // What does not qualify makes nothing a repetition.
    let case = Case::new().rule(json!({"min_score": 0.8}));
    let case = case.say("passed 2025-01-10 reg=1 score=0.5").say("passed 2025-01-11 reg=1 score=1");
    assert_eq!(flags(&case.ask(YEAR, "2025-12-31")), ["score_below_minimum 1"]);
}

#[test]
fn of_statements_of_one_instant_the_one_stored_first_counts_then_the_lower_id_1_10_5() {
    for (lines, duplicate) in [
        (["passed 2025-01-10 id=2", "passed 2025-01-10 id=1"], "duplicate_completion 2"),
        (["passed 2025-01-10 id=1", "passed 2025-01-10 id=2"], "duplicate_completion 2"),
        (
            ["passed 2025-01-10 id=1 stored=2025-01-11", "passed 2025-01-10 id=2"],
            "duplicate_completion 1",
        ),
    ] {
        let report = Case::new().say(lines[0]).say(lines[1]).ask(YEAR, "2025-12-31");
        assert_eq!(flags(&report), [duplicate], "{lines:?}");
    }
}

#[test]
fn a_pass_beats_a_waiver_of_the_same_day_1_10_5() {
    for lines in [
        ["waived 2025-01-10T08:00:00Z", "passed 2025-01-10T12:00:00Z"],
        ["passed 2025-01-10T08:00:00Z", "waived 2025-01-10T12:00:00Z"],
    ] {
        let case = Case::new().say(lines[0]).say(lines[1]);
        assert_eq!(
            rows(&case.ask(YEAR, "2025-12-31")),
            ["ana initial 2025-01-01 2025-01-31 completed_on_time 2025-01-10"]
        );
    }
}

#[test]
fn only_the_root_activity_of_a_version_counts_1_10_6() {
    let report = Case::new().say("passed 2025-01-10 part=quiz").ask(YEAR, "2025-12-31");
    assert_eq!(rows(&report), ["ana initial 2025-01-01 2025-01-31 overdue -"]);
    assert_eq!(gaps(&report), ["ana open 334 not_completed"]);
    assert_eq!(flags(&report), [""; 0], "it is of no known version, and nobody's orphan");
}

#[test]
fn a_trusted_import_is_named_in_full_or_by_a_name_of_ours_1_10_7() {
    let late = "passed 2025-01-20 stored=2025-03-01";
    for (trusted, by, believed) in [
        ("https://old.test|import", "https://old.test|import", true),
        ("import", "https://lms.acme.test|import", true),
        ("import", "https://old.test|import", false),
        ("https://old.test|import", "https://lms.acme.test|import", false),
    ] {
        let case = Case::new().org(json!({"home_page": "https://lms.acme.test"}));
        let case = case.policy(json!({"trusted_import_authorities": [trusted]}));
        let report = case.say(&format!("{late} by={by}")).ask(YEAR, "2025-12-31");
        let status =
            if believed { "completed_on_time 2025-01-20" } else { "completed_late 2025-03-01" };
        let expected = format!("ana initial 2025-01-01 2025-01-31 {status}");
        assert_eq!(rows(&report), [expected], "{trusted} {by}");
    }
}

#[test]
fn an_attestation_is_seen_and_dated_as_a_statement_is_1_10_8() {
    let case = Case::new().rule(json!({"attestation": "required"})).say("passed 2025-01-20");
    let row = |status: &str| [format!("ana initial 2025-01-01 2025-01-31 {status}")];
    // A bare row from when it was signed; a recorded one from then.
    let bare = case.clone().signed("s", "1", "2025-01-25", json!({}));
    assert_eq!(rows(&bare.ask(YEAR, "2025-01-24")), row("pending -"));
    assert_eq!(rows(&bare.ask(YEAR, "2025-01-25")), row("completed_on_time 2025-01-25"));
    let recorded = json!({"recorded_at": "2025-01-28T00:00:00Z"});
    let known = case.clone().signed("s", "1", "2025-01-25", recorded);
    assert_eq!(rows(&known.ask(YEAR, "2025-01-27")), row("pending -"));
    assert_eq!(rows(&known.ask(YEAR, "2025-01-28")), row("completed_on_time 2025-01-25"));
    // Backdated by more than is believed: the day on which it was recorded.
    let backdated = json!({"recorded_at": "2025-02-10T00:00:00Z"});
    let late = case.signed("s", "1", "2025-01-25", backdated).ask(YEAR, "2025-12-31");
    assert_eq!(rows(&late), row("completed_late 2025-02-10"));
}

#[test]
fn an_attestation_belongs_to_the_latest_pass_before_it_1_10_8() {
    let case = Case::new().rule(json!({"attestation": "required", "recurrence": "P1M"}));
    // The version is accepted on the day of the pass; it need not be on that of the signature.
    let closed = case.clone().version(1, json!({"accepted_until": "2025-01-20"}));
    let closed = closed.say("passed 2025-01-20").signed("s", "1", "2025-01-22", json!({}));
    assert_eq!(
        rows(&closed.ask("2025-01-01/2025-01-31", "2025-12-31")),
        ["ana initial 2025-01-01 2025-01-31 completed_on_time 2025-01-22"]
    );
    // Signed after the recurrence, it signs nothing.
    let stale = case.clone().say("passed 2025-01-05").signed("s", "1", "2025-02-06", json!({}));
    assert_eq!(
        rows(&stale.ask(YEAR, "2025-12-31")),
        ["ana initial 2025-01-01 2025-01-31 overdue -"]
    );
    // Of two passes the later is signed, and by the first of two signatures.
    let two = case.say("passed 2025-01-05").say("passed 2025-01-15");
    let two =
        two.signed("b", "1", "2025-01-18", json!({})).signed("a", "1", "2025-01-17", json!({}));
    let report = two.ask("2025-01-01/2025-01-31", "2025-01-31");
    assert_eq!(rows(&report), ["ana initial 2025-01-01 2025-01-31 completed_on_time 2025-01-17"]);
    assert_eq!(report.register[0].evidence[0].to_string(), super::said::id(2));
}

#[test]
fn a_curriculum_is_met_when_its_last_course_is_1_10_10() {
    let case = Case::new().course("cod").rule(json!({"courses": ["cod", "sec"]}));
    let case = case.say("passed 2025-01-05").say("passed 2025-01-12 course=cod score=0.9");
    let report = case.clone().say("passed 2025-01-10 v=2").ask(YEAR, "2025-12-31");
    let row = &report.register[0];
    assert_eq!(rows(&report), ["ana initial 2025-01-01 2025-01-31 completed_on_time 2025-01-12"]);
    // Each course's latest, in the requirement's order.
    let evidence: Vec<String> = row.evidence.iter().map(ToString::to_string).collect();
    assert_eq!(evidence, [super::said::id(2), super::said::id(3)]);
    assert_eq!((row.versions.join(" "), row.score), ("1 2".to_owned(), None));
    assert_eq!((row.modules_passed, row.attempts), ((2, 2), 3));
    // A course that is older than the recurrence has to be taken again.
    let case = Case::new().course("cod");
    let case = case.rule(json!({"courses": ["cod", "sec"], "recurrence": "P1M"}));
    let case = case.say("passed 2025-01-05").say("passed 2025-02-06 course=cod");
    let report = case.ask(YEAR, "2025-02-10");
    assert_eq!(rows(&report), ["ana initial 2025-01-01 2025-01-31 overdue -"]);
    assert_eq!(report.register[0].modules_passed, (1, 2));
    // After an event each is needed anew.
    let again = case.say("passed 2025-02-10").say("passed 2025-02-20").ask(YEAR, "2025-02-28");
    assert_eq!(
        rows(&again),
        [
            "ana initial 2025-01-01 2025-01-31 completed_late 2025-02-10",
            "ana renewal 2025-02-10 2025-03-10 pending -",
        ]
    );
    assert_eq!(again.register[1].modules_passed, (1, 2));
}

#[test]
fn a_retraining_in_a_curriculum_is_of_its_own_course_and_restarts_nothing_1_10_10() {
    let retrain = json!([{
        "course": "sec", "min_version": "2", "effective_on": "2025-06-01", "due_within": "P14D"
    }]);
    let case = Case::new().course("cod");
    let case = case.rule(json!({"courses": ["cod", "sec"], "retrain": retrain}));
    let case = case.say("passed 2025-01-05").say("passed 2025-01-06 course=cod");
    let case = case.say("failed 2025-06-03 course=cod").say("failed 2025-06-04 v=2");
    let report = case.say("passed 2025-06-05 v=2").ask("2025-01-01/2026-12-31", "2025-12-31");
    assert_eq!(
        rows(&report),
        [
            "ana initial 2025-01-01 2025-01-31 completed_on_time 2025-01-06",
            "ana renewal 2025-01-06 2026-01-06 pending -",
            "ana retrain 2025-06-01 2025-06-15 completed_on_time 2025-06-05",
        ]
    );
    let retrained = &report.register[2];
    assert_eq!((retrained.attempts, retrained.failed_attempts), (2, 1), "of its own course");
}

#[test]
fn a_requirement_accepts_the_grades_that_it_names() {
    let trusted = json!({"authorities": [{"authority": "account:https://lms.acme.test|lrs"}]});
    for (said, status, flag) in [
        ("passed 2025-01-10 by=https://lms.acme.test|lrs", "completed_on_time 2025-01-10", None),
        ("passed 2025-01-10 by=https://x.test|y", "overdue -", Some("grade_not_accepted 1")),
        ("passed 2025-01-10 by=https://x.test|y grade=A", "completed_on_time 2025-01-10", None),
        ("waived 2025-01-10 by=https://x.test|y", "waived 2025-01-10", None),
    ] {
        let report = Case::new().org(trusted.clone()).say(said).ask(YEAR, "2025-12-31");
        assert_eq!(
            rows(&report),
            [format!("ana initial 2025-01-01 2025-01-31 {status}")],
            "{said}"
        );
        assert_eq!(flags(&report), flag.into_iter().collect::<Vec<_>>(), "{said}");
    }
}
