//! What is told of an activity, sentence by sentence.

use super::ActivityKind;
use crate::manifest::{Edition, Item, SharedDataMap};
use crate::sequencing::{
    ChildActivitySet, Combination, Condition, Objective, RequiredFor, RollupAction, RollupRule,
    Rule, RuleAction, RuleCondition, Sequencing, Timing,
};
use crate::tree::sample::{asset, cluster, item, map, primary, sco, tree};
use Edition::{Scorm12, Scorm2004Fourth as Fourth, Scorm2004Third as Third};

fn condition(condition: Condition) -> RuleCondition {
    RuleCondition { condition, objective: None, measure_threshold: None, negated: false }
}

fn not(condition: RuleCondition) -> RuleCondition {
    RuleCondition { negated: true, ..condition }
}

fn about(objective: &str, condition: &RuleCondition) -> RuleCondition {
    RuleCondition { objective: Some(objective.to_owned()), ..condition.clone() }
}

fn measure(kind: Condition, threshold: f64) -> RuleCondition {
    RuleCondition { measure_threshold: Some(threshold), ..condition(kind) }
}

fn rule(combination: Combination, conditions: Vec<RuleCondition>, action: RuleAction) -> Rule {
    Rule { combination, conditions, action }
}

fn all(conditions: Vec<RuleCondition>, action: RuleAction) -> Rule {
    rule(Combination::All, conditions, action)
}

fn objective(identifier: &str, target: &str, read: bool, write: bool) -> Objective {
    let maps = vec![map(target, read, write)];
    Objective { primary: false, maps, ..primary(identifier) }
}

/// What is told of the item `X` among others: a pretest that writes `g`, and `X` itself.
fn told(edition: Edition, x: Item) -> Vec<String> {
    let pretest = sco("Pretest").with(|sequencing| {
        let maps = vec![map("g", false, true)];
        sequencing.objectives = vec![Objective { maps, ..primary("p") }];
    });
    let root = cluster("Course", vec![pretest, x, asset("Z")]);
    let outline = tree(edition, root).outline();
    let found = outline.into_iter().find(|entry| entry.id.as_str() == "X");
    found.expect("the item is in the course").rules
}

fn told_of(change: impl FnOnce(&mut Sequencing)) -> Vec<String> {
    told(Fourth, sco("X").with(change))
}

#[test]
fn defaults_are_not_told() {
    assert_eq!(told(Fourth, sco("X")), Vec::<String>::new());
    assert_eq!(told(Fourth, sco("X").with(|_| {})), Vec::<String>::new());
    assert_eq!(told(Fourth, cluster("X", vec![sco("Y")])), Vec::<String>::new());
    assert_eq!(told(Scorm12, sco("X")), Vec::<String>::new());
}

#[test]
fn a_precondition_says_when_it_holds_and_names_who_decides() {
    use Condition::{Always, Attempted, Completed, Never, ObjectiveMeasureGreaterThan, Satisfied};
    use RuleAction::{Disabled, HiddenFromChoice, Skip, StopForwardTraversal};
    let pretest = || about("o", &condition(Satisfied));
    for (rule, text) in [
        (all(vec![condition(Satisfied)], Skip), "Skipped when it is satisfied."),
        (all(vec![pretest()], Skip), "Skipped when 'Title of Pretest' is satisfied."),
        (
            all(vec![not(pretest())], Disabled),
            "Locked when 'Title of Pretest' is known not to be satisfied.",
        ),
        (
            all(vec![about("o", &measure(ObjectiveMeasureGreaterThan, 0.8))], Skip),
            "Skipped when the score of 'Title of Pretest' is above 0.8.",
        ),
        (
            rule(
                Combination::Any,
                vec![condition(Completed), not(condition(Attempted))],
                HiddenFromChoice,
            ),
            "Hidden from the contents when it is completed or it has not been attempted.",
        ),
        (
            all(vec![about("other", &condition(Condition::ObjectiveStatusKnown))], Skip),
            "Skipped when the success of its objective 'other' is known.",
        ),
        (all(vec![condition(Always)], Skip), "Always skipped."),
        (
            all(vec![condition(Always), condition(Satisfied)], StopForwardTraversal),
            "The end of the way forward when it is satisfied.",
        ),
        (
            all(vec![condition(Never), condition(Satisfied)], Skip),
            "Never skipped, as its rule cannot hold.",
        ),
        (
            rule(Combination::Any, vec![condition(Satisfied), condition(Always)], Skip),
            "Always skipped.",
        ),
    ] {
        let mut rules = told_of(|sequencing| {
            sequencing.objectives = vec![objective("o", "g", true, false)];
            sequencing.pre_conditions = vec![rule];
        });
        assert_eq!(rules.remove(0), text);
    }
}

#[test]
fn a_condition_and_whether_it_is_known_are_told_as_one() {
    use Condition::{ActivityProgressKnown, Completed, ObjectiveStatusKnown, Satisfied};
    let any = |conditions| rule(Combination::Any, conditions, RuleAction::Disabled);
    let all = |conditions| all(conditions, RuleAction::Disabled);
    for (rule, text) in [
        (
            any(vec![not(condition(Satisfied)), not(condition(ObjectiveStatusKnown))]),
            "Locked when it is not satisfied, or not yet.",
        ),
        (
            any(vec![not(condition(ActivityProgressKnown)), not(condition(Completed))]),
            "Locked when it is not completed, or not yet.",
        ),
        (
            all(vec![condition(ObjectiveStatusKnown), not(condition(Satisfied))]),
            "Locked when it is known not to be satisfied.",
        ),
        (
            all(vec![condition(Satisfied), condition(ObjectiveStatusKnown)]),
            "Locked when it is satisfied.",
        ),
        (
            any(vec![condition(Satisfied), condition(ObjectiveStatusKnown)]),
            "Locked when it is satisfied or its success is known.",
        ),
        (
            any(vec![condition(Satisfied), not(condition(ObjectiveStatusKnown))]),
            "Locked when it is satisfied or its success is not known.",
        ),
    ] {
        assert_eq!(told_of(|sequencing| sequencing.pre_conditions = vec![rule]), [text]);
    }
}

#[test]
fn exit_and_postconditions_say_what_follows() {
    use RuleAction::{Continue, Exit, ExitAll, ExitParent, Previous, Retry, RetryAll};
    let satisfied = || vec![condition(Condition::Satisfied)];
    for (action, text) in [
        (ExitParent, "When it ends and it is satisfied, the group around it ends too."),
        (ExitAll, "When it ends and it is satisfied, the course ends."),
        (Retry, "When it ends and it is satisfied, it begins again."),
        (RetryAll, "When it ends and it is satisfied, the course begins again."),
        (Continue, "When it ends and it is satisfied, the next activity follows."),
        (Previous, "When it ends and it is satisfied, the activity before follows."),
    ] {
        let rules = told_of(|one| one.post_conditions = vec![all(satisfied(), action)]);
        assert_eq!(rules, [text]);
    }
    let always = vec![condition(Condition::Always)];
    let rules = told_of(|one| one.post_conditions = vec![all(always, ExitAll)]);
    assert_eq!(rules, ["When it ends, the course ends."]);
    let exits = |one: &mut Sequencing| one.exit_conditions = vec![all(satisfied(), Exit)];
    let group = cluster("X", vec![sco("Y")]).with(exits);
    assert_eq!(told(Fourth, group), ["Ended when it is satisfied."]);
    assert_eq!(told_of(exits), Vec::<String>::new());
}

#[test]
fn control_modes_are_told_of_groups() {
    for (choice, flow, text) in [
        (true, true, "Activities follow each other, and any can be chosen."),
        (false, true, "Activities follow each other; none can be chosen."),
        (false, false, "Neither Continue nor a choice leads to what is in it."),
    ] {
        let group = cluster("X", vec![sco("Y")]).with(|one| {
            (one.control.choice, one.control.flow) = (choice, flow);
        });
        assert_eq!(told(Fourth, group), [text]);
        let leaf = told_of(|one| (one.control.choice, one.control.flow) = (choice, flow));
        assert_eq!(leaf, Vec::<String>::new());
    }
    let group = cluster("X", vec![sco("Y")]).with(|one| {
        one.control.forward_only = true;
        one.control.choice_exit = false;
        one.control.use_current_attempt_objective_info = false;
        one.control.use_current_attempt_progress_info = false;
        one.choice_constraints.constrain_choice = true;
        one.choice_constraints.prevent_activation = true;
    });
    let expected = [
        "The way through it goes forward only.",
        "Success and scores of earlier attempts count in it too.",
        "Completions of earlier attempts count in it too.",
        "While it is under way, nothing outside it can be chosen.",
        "From it, only what comes directly before or after it can be chosen.",
        "What is in it can be chosen only once it is under way.",
    ];
    assert_eq!(told(Fourth, group), expected);
}

#[test]
fn limits_are_told_in_units_of_people() {
    let rules = told_of(|one| {
        one.limits.attempt_limit = Some(2);
        one.limits.attempt_absolute_duration = Some("PT1H30M".to_owned());
        one.limits.activity_experienced_duration = Some("P1DT5S".to_owned());
        one.limits.end_time = Some("2030-01-01T00:00:00".to_owned());
    });
    let expected = [
        "At most 2 attempts.",
        "An attempt ends 1 h 30 min after it began.",
        "All attempts are limited to 1 d 5 s of work.",
        "Closed after 2030-01-01T00:00:00.",
    ];
    assert_eq!(rules, expected);
    for (limit, text) in [(0, "No attempt on it is allowed."), (1, "At most 1 attempt.")] {
        assert_eq!(told_of(|one| one.limits.attempt_limit = Some(limit)), [text]);
    }
}

#[test]
fn objectives_are_told_with_what_they_read_and_write() {
    let rules = told(
        Third,
        sco("X").with(|one| {
            let by_measure = Objective {
                satisfied_by_measure: true,
                min_normalized_measure: 0.7,
                ..primary("p")
            };
            let plain = Objective { primary: false, ..primary("plain") };
            one.objectives = vec![
                by_measure,
                objective("in", "g", true, false),
                objective("out", "h", true, true),
                plain,
            ];
        }),
    );
    let expected = [
        "Satisfied when its score is 0.7 or more, failed when below.",
        "Reads success and score for its objective 'in' from the global objective 'g' \
         (written by 'Title of Pretest').",
        "Writes success and score of its objective 'out' to the global objective 'h'.",
        "Has the objective 'plain'.",
    ];
    assert_eq!(rules, expected);
}

#[test]
fn what_a_map_reads_by_default_and_nobody_writes_is_not_told() {
    // The sample's pretest writes all to 'g'; 'h' is written by nobody.
    let rules = told(
        Fourth,
        sco("X").with(|one| {
            one.objectives =
                vec![objective("in", "g", true, false), objective("other", "h", true, false)];
            let completed = about("other", &condition(Condition::Completed));
            one.pre_conditions = vec![all(vec![completed], RuleAction::Skip)];
        }),
    );
    let read = "Reads success, score, raw score, score range, completion and progress";
    let expected = [
        "Skipped when its objective 'other' is completed.".to_owned(),
        format!(
            "{read} for its objective 'in' from the global objective 'g' (written by 'Title of Pretest')."
        ),
        "Reads success and score for its objective 'other' from the global objective 'h'."
            .to_owned(),
    ];
    assert_eq!(rules, expected);
}

#[test]
fn rollup_rules_are_told_of_groups_and_contributions_of_activities() {
    let conditions = vec![(Condition::Satisfied, false), (Condition::Attempted, true)];
    let of = |children, combination, action| RollupRule {
        children,
        combination,
        conditions: conditions.clone(),
        action,
    };
    let group = cluster("X", vec![sco("Y")]).with(|one| {
        one.rollup_rules = vec![
            of(ChildActivitySet::All, Combination::Any, RollupAction::Satisfied),
            of(ChildActivitySet::AtLeastCount(2), Combination::All, RollupAction::Completed),
            of(ChildActivitySet::AtLeastPercent(0.5), Combination::Any, RollupAction::NotSatisfied),
            of(ChildActivitySet::None, Combination::Any, RollupAction::Incomplete),
        ];
    });
    let expected = [
        "Satisfied when every activity in it is satisfied or has not been attempted.",
        "Completed when at least 2 activities in it are satisfied and have not been attempted.",
        "Failed when at least 50 % of the activities in it are satisfied or have not been attempted.",
        "Incomplete when no activity in it is satisfied or has not been attempted.",
    ];
    assert_eq!(told(Fourth, group), expected);
    let rules = told_of(|one| {
        one.rollup_controls.objective_satisfied = false;
        one.rollup_controls.objective_measure_weight = 0.25;
        one.rollup_considerations.satisfied = RequiredFor::IfAttempted;
        one.rollup_considerations.completed = RequiredFor::IfAttempted;
        one.rollup_considerations.incomplete = RequiredFor::IfNotSkipped;
        one.rollup_considerations.measure_satisfaction_if_active = false;
    });
    let expected = [
        "Its success does not count for the group around it.",
        "Its score counts with a weight of 0.25 for the group around it.",
        "Counts in whether the group around it is satisfied and completed only once it was attempted.",
        "Counts in whether the group around it is incomplete unless it is skipped.",
        "While it is under way, its score does not decide whether it is satisfied.",
    ];
    assert_eq!(rules, expected);
}

#[test]
fn selection_delivery_and_presentation_are_told() {
    let group = cluster("X", vec![sco("Y1"), sco("Y2"), sco("Y3")]).with(|one| {
        one.randomization.select_count = Some(2);
        one.randomization.selection_timing = Timing::Once;
        one.randomization.reorder_children = true;
        one.randomization.randomization_timing = Timing::OnEachNewAttempt;
    });
    let expected = [
        "2 of its 3 activities are picked by chance, once for each learner.",
        "Its activities are shuffled, anew for each attempt.",
    ];
    assert_eq!(told(Fourth, group), expected);
    let store = SharedDataMap { target: "store".to_owned(), read: true, write: false };
    let mut one = sco("X").threshold(0.8, 0.5).with(|one| {
        one.delivery.completion_set_by_content = true;
        one.delivery.objective_set_by_content = true;
    });
    one.hide_lms_ui = vec!["continue".to_owned(), "exitAll".to_owned()];
    one.shared_data = vec![store];
    one.data_from_lms = Some("level=3".to_owned());
    let expected = [
        "Reads the shared data 'store'.",
        "Its progress counts with a weight of 0.5 for the group around it.",
        "Completed when its progress is 80 % or more.",
        "Completed only if its content says so.",
        "Satisfied only if its content says so.",
        "Its content is given launch data of 7 characters.",
        "While it is shown, the player hides Continue and Exit all.",
    ];
    assert_eq!(told(Fourth, one), expected);
    let untracked = told_of(|one| one.delivery.tracked = false);
    assert_eq!(untracked, ["Not tracked: no result of it is kept or counts."]);
}

#[test]
fn scorm_12_tells_what_comes_before_by_title() {
    for (script, text) in [
        ("Pretest", "Open once 'Title of Pretest' is done."),
        ("Pretest=\"passed\"", "Open once 'Title of Pretest' is passed."),
        ("~Pretest&Z", "Open once 'Title of Pretest' is not done and 'Title of Z' is done."),
        (
            "Z&(Pretest|Z<>f)",
            "Open once 'Title of Z' is done and ('Title of Pretest' is done or 'Title of Z' is not \
             failed).",
        ),
        (
            "1*{Pretest,Z}",
            "Open once at least 1 of these hold: 'Title of Pretest' is done, 'Title of Z' is done.",
        ),
    ] {
        let mut one = sco("X");
        one.scorm12.prerequisites = Some(script.to_owned());
        assert_eq!(told(Scorm12, one), [text], "{script}");
    }
    let mut one = sco("X");
    one.scorm12.mastery_score = Some("80".to_owned());
    one.scorm12.max_time_allowed = Some("01:30:00".to_owned());
    one.time_limit_action = Some("exit,no message".to_owned());
    let expected = [
        "Passed with a score of 80 or more, failed below (mastery score).",
        "An attempt is limited to 1 h 30 min.",
        "When its time is over, the content ends without a message.",
    ];
    assert_eq!(told(Scorm12, one), expected);
}

#[test]
fn the_outline_lists_activities_in_order_with_what_they_launch() {
    let mut page = asset("A");
    page.parameters = Some("?x=1".to_owned());
    page.visible = false;
    let root = cluster("Course", vec![cluster("G", vec![page]), sco("S"), item("E")]);
    let outline = tree(Third, root).outline();
    let seen: Vec<_> = outline
        .iter()
        .map(|one| (one.id.as_str(), one.level, one.kind, one.launches.as_deref(), one.visible))
        .collect();
    let page = Some("index.html");
    let expected = [
        ("Course", 0, ActivityKind::Group, None, true),
        ("G", 1, ActivityKind::Group, None, true),
        ("A", 2, ActivityKind::Asset, Some("index.html?x=1"), false),
        ("S", 1, ActivityKind::Sco, page, true),
        ("E", 1, ActivityKind::Empty, None, true),
    ];
    assert_eq!(seen, expected);
}

#[test]
fn what_is_endless_is_told_in_short() {
    let rules = told_of(|one| {
        let conditions = vec![condition(Condition::Satisfied); 1_000];
        one.pre_conditions = vec![all(conditions, RuleAction::Skip); 1_000];
    });
    assert_eq!(rules.len(), 51);
    assert_eq!(rules[50], "And 950 more rules.");
    assert!(rules[0].ends_with(" and 990 more conditions hold."), "{}", rules[0]);
    let long = Item { title: "x".repeat(100_000), ..sco("Long") };
    let writer = long.with(|one| {
        let maps = vec![map("g", false, true)];
        one.objectives = vec![Objective { maps, ..primary("p") }];
    });
    let reader = sco("X").with(|one| one.objectives = vec![objective("o", "g", true, false)]);
    let outline = tree(Third, cluster("Course", vec![writer, reader])).outline();
    assert!(outline[2].rules[0].len() < 200, "{}", outline[2].rules[0]);
}
