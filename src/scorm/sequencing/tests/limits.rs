//! Limit conditions and conditions on them (UP.1), and when children count in rollup (RB.1.4.2).

use super::{Learner, flowing, pre, scos};
use crate::sequencing::{Condition, LimitConditions, Objective, RequiredFor, RuleAction};
use crate::tree::sample::{cluster, primary, sco};

fn limited(name: &str, limits: LimitConditions) -> crate::manifest::Item {
    sco(name).with(|s| s.limits = limits)
}

#[test]
fn an_attempt_limit_refuses_one_more_attempt_and_not_to_go_on_with_the_last() {
    let limits = LimitConditions { attempt_limit: Some(1), ..LimitConditions::default() };
    let mut learner = Learner::of(flowing("root", vec![limited("a", limits), sco("b")]));
    learner.open();
    assert_eq!(learner.after(&[("cmi.exit", "suspend")], "continue"), "b");
    assert_eq!(learner.ask("a"), "a", "the suspended attempt goes on");
    learner.ask("continue");
    assert_eq!(learner.ask("previous"), "SB.2.2-2");
    let expected = "Previous was refused: 'Title of a' is limited to 1 attempt [SB.2.2-2].";
    assert_eq!(learner.sentence(), expected);
    assert_eq!(learner.choosable(), ["b"], "the course begins with what is used up");
}

#[test]
fn attempt_limit_exceeded_is_a_condition() {
    let limits = LimitConditions { attempt_limit: Some(1), ..LimitConditions::default() };
    let a = limited("a", limits);
    let a = pre(a, Condition::AttemptLimitExceeded, RuleAction::Skip);
    let mut learner = Learner::of(flowing("root", vec![sco("z"), a, sco("b")]));
    learner.open();
    assert_eq!(learner.ask("continue"), "a");
    assert_eq!(learner.ask("continue"), "b");
    assert_eq!(learner.ask("previous"), "z");
}

#[test]
fn an_activity_is_open_from_its_begin_to_its_end() {
    for (begin, end, opens) in [
        (Some("2026-03-10T07:59:59Z"), Some("2026-03-10T08:00:01Z"), true),
        (Some("2026-03-10T08:00:01Z"), None, false),
        (None, Some("2026-03-10T07:59:59"), false),
        (None, Some("2026-03-10T09:30:00+01:00"), true),
        (Some("soon"), None, true),
    ] {
        let limits = LimitConditions {
            begin_time: begin.map(str::to_owned),
            end_time: end.map(str::to_owned),
            ..LimitConditions::default()
        };
        let a = limited("a", limits);
        let b = pre(a.clone(), Condition::OutsideAvailableTimeRange, RuleAction::Skip);
        let mut learner = Learner::of(flowing("root", vec![a, sco("c")]));
        let expected = if opens { "a" } else { "SB.2.2-2" };
        assert_eq!(learner.open(), expected, "{begin:?} {end:?}");
        let mut learner = Learner::of(flowing("root", vec![b, sco("c")]));
        assert_eq!(learner.open(), if opens { "a" } else { "c" }, "{begin:?} {end:?}");
    }
}

#[test]
fn time_limit_exceeded_counts_from_the_begin_of_the_attempt() {
    let limits = LimitConditions {
        attempt_absolute_duration: Some("PT1M".to_owned()),
        ..LimitConditions::default()
    };
    let a = limited("a", limits);
    let a = a.with(|s| {
        s.post_conditions = vec![super::when(Condition::TimeLimitExceeded, RuleAction::ExitAll)];
    });
    for (seconds, expected) in [(59, "b"), (60, "end")] {
        let mut learner = Learner::of(flowing("root", vec![a.clone(), sco("b")]));
        learner.open();
        learner.wait(seconds);
        assert_eq!(learner.ask("continue"), expected, "{seconds} s");
    }
}

#[test]
fn an_activity_closes_when_its_time_is_used_up() {
    let used = |limits: LimitConditions| {
        let mut learner = Learner::of(flowing("root", vec![limited("a", limits), sco("b")]));
        learner.open();
        learner.wait(100);
        learner.after(&[("cmi.session_time", "PT1M")], "continue");
        learner.ask("previous")
    };
    let experienced = |time: &str| LimitConditions {
        activity_experienced_duration: Some(time.to_owned()),
        ..LimitConditions::default()
    };
    let absolute = |time: &str| LimitConditions {
        activity_absolute_duration: Some(time.to_owned()),
        ..LimitConditions::default()
    };
    assert_eq!(used(experienced("PT61S")), "a");
    assert_eq!(used(experienced("PT60S")), "SB.2.2-2");
    assert_eq!(used(absolute("PT101S")), "a");
    assert_eq!(used(absolute("PT100S")), "SB.2.2-2");
}

#[test]
fn a_child_required_if_not_suspended_does_not_hold_its_parent_open() {
    for (required, satisfied) in
        [(RequiredFor::Always, None), (RequiredFor::IfNotSuspended, Some(true))]
    {
        let b = sco("b").with(|s| s.rollup_considerations.satisfied = required);
        let mut learner = Learner::of(flowing("root", vec![sco("a"), b]));
        learner.open();
        learner.after(&[("cmi.success_status", "passed")], "continue");
        let sets = [("cmi.success_status", "unknown"), ("cmi.exit", "suspend")];
        learner.after(&sets, "a");
        let root = learner.at("root");
        let seen = learner.tree.observe(&learner.state, root, None);
        assert_eq!(seen.satisfied, satisfied, "{required:?}");
    }
}

fn by_measure() -> Objective {
    Objective { satisfied_by_measure: true, min_normalized_measure: 0.5, ..primary("goal") }
}

#[test]
fn a_measure_decides_satisfaction_at_once_only_if_the_activity_wants_that() {
    for (at_once, satisfied) in [(true, Some(true)), (false, None)] {
        let a = sco("a").with(|s| {
            s.objectives = vec![by_measure()];
            s.rollup_considerations.measure_satisfaction_if_active = at_once;
        });
        let mut learner = Learner::of(flowing("root", vec![a, sco("b")]));
        learner.open();
        learner.says(&[("cmi.score.scaled", "0.6")]);
        let a = learner.at("a");
        let seen = learner.tree.observe(&learner.state, a, None).satisfied;
        assert_eq!(seen, satisfied, "while it is active");
        learner.ask("continue");
        assert_eq!(learner.tree.observe(&learner.state, a, None).satisfied, Some(true));
    }
}

#[test]
fn results_of_an_earlier_attempt_on_the_parent_roll_up_only_where_they_may() {
    for (current_only, completed) in [(true, Some(false)), (false, Some(true))] {
        let module = flowing("m", scos(&["a", "b"])).with(|s| {
            s.control.use_current_attempt_objective_info = current_only;
            s.control.use_current_attempt_progress_info = current_only;
        });
        let mut learner = Learner::of(flowing("root", vec![module, sco("c")]));
        learner.open();
        let expected = ["b", "c", "b"];
        let walked = ["continue", "continue", "previous"].map(|request| learner.ask(request));
        assert_eq!(walked, expected);
        learner.after(&[("cmi.completion_status", "completed")], "continue");
        let m = learner.at("m");
        let seen = learner.tree.observe(&learner.state, m, None).completion;
        let unknown_counts_as_open = seen.or(Some(false));
        assert_eq!(unknown_counts_as_open, completed, "current only: {current_only}");
    }
}

#[test]
fn a_limit_on_a_cluster_holds_for_all_in_it() {
    let module = cluster("m", scos(&["a", "b"]));
    let module = module.with(|s| {
        s.control.flow = true;
        s.limits.attempt_limit = Some(1);
    });
    let mut learner = Learner::of(flowing("root", vec![module, sco("c")]));
    learner.open();
    learner.ask("c");
    assert_eq!(learner.ask("b"), "DB.1.1-3");
    assert_eq!(learner.ask("previous"), "SB.2.2-2");
}

/// The limits of time, each by its name, at this length.
fn limit_of(name: &str, length: &str) -> LimitConditions {
    let length = Some(length.to_owned());
    let none = LimitConditions::default();
    match name {
        "attempt absolute" => LimitConditions { attempt_absolute_duration: length, ..none },
        "attempt experienced" => LimitConditions { attempt_experienced_duration: length, ..none },
        "activity absolute" => LimitConditions { activity_absolute_duration: length, ..none },
        _ => LimitConditions { activity_experienced_duration: length, ..none },
    }
}

#[test]
fn each_limit_of_time_counts_what_its_name_says() {
    // Two attempts of ten minutes on the clock, in each of which content worked for five.
    for (name, reached_in_first, reached_in_second) in [
        ("attempt absolute", "PT10M", "PT10M"),
        ("attempt experienced", "PT5M", "PT5M"),
        ("activity absolute", "PT10M", "PT20M"),
        ("activity experienced", "PT5M", "PT10M"),
    ] {
        for (length, exceeded) in
            [("PT1S", [true, true]), (reached_in_first, [true, true]), ("PT20M1S", [false, false])]
        {
            let mut learner =
                Learner::of(flowing("root", vec![limited("a", limit_of(name, length)), sco("b")]));
            learner.open();
            for expected in exceeded {
                learner.wait(600);
                learner.says(&[("cmi.session_time", "PT5M")]);
                let a = learner.at("a");
                learner.state.moment = Some(learner.moment);
                let found = learner.tree.time_limit(&learner.state, a).is_some();
                assert_eq!(found, expected, "{name} {length}");
                let is_of_activity = name.starts_with("activity");
                learner.ask("continue");
                let again = learner.ask("previous");
                let refused = if is_of_activity && found { "SB.2.2-2" } else { "a" };
                assert_eq!(again, refused, "{name} {length}");
                if again != "a" {
                    break;
                }
            }
        }
        // A limit that the second attempt reaches, and the first does not where both count.
        let mut learner = Learner::of(flowing(
            "root",
            vec![limited("a", limit_of(name, reached_in_second)), sco("b")],
        ));
        learner.open();
        let mut found = Vec::new();
        for _ in 0..2 {
            learner.wait(600);
            learner.says(&[("cmi.session_time", "PT5M")]);
            let a = learner.at("a");
            learner.state.moment = Some(learner.moment);
            found.push(learner.tree.time_limit(&learner.state, a).is_some());
            learner.ask("continue");
            learner.ask("previous");
        }
        assert_eq!(found, [!name.starts_with("activity"), true], "{name} {reached_in_second}");
    }
}

#[test]
fn time_limit_exceeded_is_a_condition_of_every_kind_of_rule() {
    let used_up = || limit_of("activity experienced", "PT1M");
    let worked = [("cmi.session_time", "PT2M")];
    for (action, walked) in [
        (RuleAction::Skip, ["b", "end", ""]),
        (RuleAction::Disabled, ["b", "SB.2.2-2", "b"]),
        (RuleAction::HiddenFromChoice, ["b", "SB.2.2-2", "b"]),
    ] {
        let a = pre(limited("a", used_up()), Condition::TimeLimitExceeded, action);
        let mut learner = Learner::of(flowing("root", vec![a, sco("b")]));
        assert_eq!(learner.open(), "a", "{action:?}");
        assert_eq!(learner.after(&worked, "continue"), walked[0], "{action:?}");
        if action == RuleAction::Skip {
            assert_eq!(learner.ask("previous"), "SB.2.1-3", "{action:?}");
        } else {
            assert_eq!(learner.ask("previous"), walked[1], "{action:?}");
            assert_eq!(learner.choosable(), [walked[2]], "{action:?}");
        }
    }
}

#[test]
fn a_limit_that_cannot_be_read_limits_nothing() {
    for length in ["", "soon", "10", "P", "PT", "-PT1S", "00:10:00"] {
        for name in ["attempt absolute", "activity absolute", "activity experienced"] {
            let a = limited("a", limit_of(name, length));
            let a = pre(a, Condition::TimeLimitExceeded, RuleAction::Skip);
            let mut learner = Learner::of(flowing("root", vec![a, sco("b")]));
            learner.open();
            learner.wait(1_000_000);
            learner.after(&[("cmi.session_time", "PT99H")], "continue");
            assert_eq!(learner.ask("previous"), "a", "{name} {length:?}");
        }
    }
}

#[test]
fn a_module_closes_with_its_calendar_and_opens_with_it() {
    let hours = LimitConditions {
        begin_time: Some("2026-03-10T09:00:00Z".to_owned()),
        end_time: Some("2026-03-10T10:00:00Z".to_owned()),
        ..LimitConditions::default()
    };
    for (minutes, opens) in [(0, false), (59, false), (60, true), (120, true), (121, false)] {
        let module = flowing("m", scos(&["a"])).with(|s| s.limits = hours.clone());
        let mut learner = Learner::of(flowing("root", vec![sco("x"), module]));
        learner.open();
        learner.wait(minutes * 60);
        let expected = if opens { "a" } else { "DB.1.1-3" };
        assert_eq!(learner.ask("a"), expected, "{minutes} min");
    }
}

#[test]
fn the_limits_of_an_untracked_activity_do_not_count() {
    for limits in [
        LimitConditions { attempt_limit: Some(0), ..LimitConditions::default() },
        limit_of("activity absolute", "PT1S"),
    ] {
        let a = limited("a", limits.clone()).with(|s| s.delivery.tracked = false);
        let mut learner = Learner::of(flowing("root", vec![a, sco("b")]));
        assert_eq!(learner.open(), "a", "{limits:?}");
        learner.wait(60);
        learner.ask("continue");
        assert_eq!(learner.ask("previous"), "a", "{limits:?}");
    }
}
