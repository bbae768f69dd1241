//! `imsss:sequencing` and ADL's additions to it (CAM 5.1; SN 3), read into the definition model.

use super::{
    Part,
    context::{Context, collapse},
    objective,
};
use crate::{codes, xml::Element};
use scorm::sequencing::{
    AuxiliaryResource, ChildActivitySet, ChoiceConstraints, Combination, Condition, ControlMode,
    DeliveryControls, LimitConditions, Randomization, RequiredFor, RollupAction,
    RollupConsiderations, RollupControls, RollupRule, Rule, RuleAction, RuleCondition, Sequencing,
    Timing,
};
use std::collections::HashMap;

const CONDITIONS: [(&str, Condition); 13] = [
    ("satisfied", Condition::Satisfied),
    ("objectiveStatusKnown", Condition::ObjectiveStatusKnown),
    ("objectiveMeasureKnown", Condition::ObjectiveMeasureKnown),
    ("objectiveMeasureGreaterThan", Condition::ObjectiveMeasureGreaterThan),
    ("objectiveMeasureLessThan", Condition::ObjectiveMeasureLessThan),
    ("completed", Condition::Completed),
    ("activityProgressKnown", Condition::ActivityProgressKnown),
    ("attempted", Condition::Attempted),
    ("attemptLimitExceeded", Condition::AttemptLimitExceeded),
    ("timeLimitExceeded", Condition::TimeLimitExceeded),
    ("outsideAvailableTimeRange", Condition::OutsideAvailableTimeRange),
    ("always", Condition::Always),
    ("never", Condition::Never),
];
const PRE_ACTIONS: [(&str, RuleAction); 4] = [
    ("skip", RuleAction::Skip),
    ("disabled", RuleAction::Disabled),
    ("hiddenFromChoice", RuleAction::HiddenFromChoice),
    ("stopForwardTraversal", RuleAction::StopForwardTraversal),
];
const EXIT_ACTIONS: [(&str, RuleAction); 1] = [("exit", RuleAction::Exit)];
const POST_ACTIONS: [(&str, RuleAction); 6] = [
    ("exitParent", RuleAction::ExitParent),
    ("exitAll", RuleAction::ExitAll),
    ("retry", RuleAction::Retry),
    ("retryAll", RuleAction::RetryAll),
    ("continue", RuleAction::Continue),
    ("previous", RuleAction::Previous),
];
const ROLLUP_ACTIONS: [(&str, RollupAction); 4] = [
    ("satisfied", RollupAction::Satisfied),
    ("notSatisfied", RollupAction::NotSatisfied),
    ("completed", RollupAction::Completed),
    ("incomplete", RollupAction::Incomplete),
];
const COMBINATIONS: [(&str, Combination); 2] =
    [("all", Combination::All), ("any", Combination::Any)];
const NEGATIONS: [(&str, bool); 2] = [("noOp", false), ("not", true)];
const TIMINGS: [(&str, Timing); 3] = [
    ("never", Timing::Never),
    ("once", Timing::Once),
    ("onEachNewAttempt", Timing::OnEachNewAttempt),
];
const REQUIRED: [(&str, RequiredFor); 4] = [
    ("always", RequiredFor::Always),
    ("ifNotSuspended", RequiredFor::IfNotSuspended),
    ("ifAttempted", RequiredFor::IfAttempted),
    ("ifNotSkipped", RequiredFor::IfNotSkipped),
];

/// `sequencingCollection`: sequencing that items share by `IDRef`.
pub(super) struct Collection<'r, 'd>(HashMap<String, &'r Element<'d>>);

impl<'r, 'd> Collection<'r, 'd> {
    pub(super) fn of(parts: &'r [Part<'d>]) -> Self {
        let collections = parts.iter().flat_map(|part| part.element.all("sequencingCollection"));
        let named = |one: &'r Element<'d>| Some((collapse(one.value("ID")?), one));
        Self(collections.flat_map(|one| one.all("sequencing")).filter_map(named).collect())
    }

    /// The sequencing of an item or organization.
    pub(super) fn read(
        &self,
        context: &mut Context<'_, '_>,
        owner: &Element<'_>,
    ) -> Option<Sequencing> {
        let own = owner.child("sequencing")?;
        if !context.edition.is_2004() {
            let message = "SCORM 1.2 knows no sequencing";
            context.tell(&codes::SEQUENCING_IN_12, own.offset, message);
        }
        let mut children: Vec<&Element<'_>> = own.children.iter().collect();
        if let Some(attribute) = own.attribute("IDRef") {
            let named = collapse(&attribute.value);
            if let Some(shared) = self.0.get(&named) {
                // CAM 5.1.1: what the item says itself replaces the collection's element.
                let same = |one: &Element<'_>, other: &Element<'_>| {
                    one.local() == other.local() && one.vocabulary == other.vocabulary
                };
                let open = |one: &&Element<'_>| !own.children.iter().any(|mine| same(mine, one));
                children.extend(shared.children.iter().filter(open));
            } else {
                let message = format!("IDRef {named:?} is not in the sequencingCollection");
                context.tell(&codes::SEQUENCING_REFERENCE, attribute.offset, message);
            }
        }
        Some(sequencing(context, &children))
    }
}

fn sequencing(context: &mut Context<'_, '_>, children: &[&Element<'_>]) -> Sequencing {
    let mut read = Sequencing::default();
    for element in children {
        match element.local().to_ascii_lowercase().as_str() {
            "controlmode" => read.control = control_mode(context, element),
            "sequencingrules" => rules(context, element, &mut read),
            "limitconditions" => read.limits = limits(context, element),
            "auxiliaryresources" => read.auxiliary_resources = auxiliary(element),
            "rolluprules" => rollup(context, element, &mut read),
            "randomizationcontrols" => read.randomization = randomization(context, element),
            "deliverycontrols" => read.delivery = delivery(context, element),
            "constrainedchoiceconsiderations" => {
                read.choice_constraints = ChoiceConstraints {
                    prevent_activation: context.flag(element, "preventActivation", false),
                    constrain_choice: context.flag(element, "constrainChoice", false),
                }
            }
            "rollupconsiderations" => read.rollup_considerations = considerations(context, element),
            // Objectives are read below: ADL's extend those of IMS, whichever comes first.
            _ => {}
        }
    }
    read.objectives = objective::read(context, children);
    read
}

fn control_mode(context: &mut Context<'_, '_>, element: &Element<'_>) -> ControlMode {
    let default = ControlMode::default();
    ControlMode {
        choice: context.flag(element, "choice", default.choice),
        choice_exit: context.flag(element, "choiceExit", default.choice_exit),
        flow: context.flag(element, "flow", default.flow),
        forward_only: context.flag(element, "forwardOnly", default.forward_only),
        use_current_attempt_objective_info: context.flag(
            element,
            "useCurrentAttemptObjectiveInfo",
            default.use_current_attempt_objective_info,
        ),
        use_current_attempt_progress_info: context.flag(
            element,
            "useCurrentAttemptProgressInfo",
            default.use_current_attempt_progress_info,
        ),
    }
}

fn rules(context: &mut Context<'_, '_>, element: &Element<'_>, into: &mut Sequencing) {
    for one in element.all("preConditionRule") {
        into.pre_conditions.extend(rule(context, one, &PRE_ACTIONS));
    }
    for one in element.all("exitConditionRule") {
        into.exit_conditions.extend(rule(context, one, &EXIT_ACTIONS));
    }
    for one in element.all("postConditionRule") {
        into.post_conditions.extend(rule(context, one, &POST_ACTIONS));
    }
}

fn rule(
    context: &mut Context<'_, '_>,
    element: &Element<'_>,
    actions: &[(&str, RuleAction)],
) -> Option<Rule> {
    let holder = element.child("ruleConditions");
    let combination =
        holder.and_then(|holder| context.token(holder, "conditionCombination", &COMBINATIONS));
    let mut conditions = Vec::new();
    for one in holder.into_iter().flat_map(|holder| holder.all("ruleCondition")) {
        let Some(condition) = context.token(one, "condition", &CONDITIONS) else { continue };
        conditions.push(RuleCondition {
            condition,
            objective: one.value("referencedObjective").map(collapse).filter(|id| !id.is_empty()),
            measure_threshold: context.number(one, "measureThreshold", -1.0..=1.0),
            negated: context.token(one, "operator", &NEGATIONS).unwrap_or_default(),
        });
    }
    let action = element.child("ruleAction").and_then(|one| context.token(one, "action", actions));
    match action {
        Some(action) if !conditions.is_empty() => {
            Some(Rule { combination: combination.unwrap_or(Combination::All), conditions, action })
        }
        _ => {
            let message = format!("<{}> lacks a usable condition or action", element.name);
            context.tell(&codes::SEQUENCING_RULE, element.offset, message);
            None
        }
    }
}

fn limits(context: &mut Context<'_, '_>, element: &Element<'_>) -> LimitConditions {
    let written =
        |name: &str| element.value(name).filter(|text| !text.is_empty()).map(str::to_owned);
    LimitConditions {
        attempt_limit: context.count(element, "attemptLimit"),
        attempt_absolute_duration: written("attemptAbsoluteDurationLimit"),
        attempt_experienced_duration: written("attemptExperiencedDurationLimit"),
        activity_absolute_duration: written("activityAbsoluteDurationLimit"),
        activity_experienced_duration: written("activityExperiencedDurationLimit"),
        begin_time: written("beginTimeLimit"),
        end_time: written("endTimeLimit"),
    }
}

fn auxiliary(element: &Element<'_>) -> Vec<AuxiliaryResource> {
    let read = |one: &Element<'_>| {
        let identifier = collapse(one.value("auxiliaryResourceID")?);
        let purpose = one.value("purpose").unwrap_or_default().to_owned();
        Some(AuxiliaryResource { identifier, purpose })
    };
    element.all("auxiliaryResource").filter_map(read).collect()
}

fn rollup(context: &mut Context<'_, '_>, element: &Element<'_>, into: &mut Sequencing) {
    let default = RollupControls::default();
    into.rollup_controls = RollupControls {
        objective_satisfied: context.flag(
            element,
            "rollupObjectiveSatisfied",
            default.objective_satisfied,
        ),
        progress_completion: context.flag(
            element,
            "rollupProgressCompletion",
            default.progress_completion,
        ),
        objective_measure_weight: context
            .number(element, "objectiveMeasureWeight", 0.0..=1.0)
            .unwrap_or(default.objective_measure_weight),
    };
    for one in element.all("rollupRule") {
        into.rollup_rules.extend(rollup_rule(context, one));
    }
}

fn rollup_rule(context: &mut Context<'_, '_>, element: &Element<'_>) -> Option<RollupRule> {
    let count = context.count(element, "minimumCount").unwrap_or_default();
    let percent = context.number(element, "minimumPercent", 0.0..=1.0).unwrap_or_default();
    let sets = [
        ("all", ChildActivitySet::All),
        ("any", ChildActivitySet::Any),
        ("none", ChildActivitySet::None),
        ("atLeastCount", ChildActivitySet::AtLeastCount(count)),
        ("atLeastPercent", ChildActivitySet::AtLeastPercent(percent)),
    ];
    let children =
        context.token(element, "childActivitySet", &sets).unwrap_or(ChildActivitySet::All);
    let holder = element.child("rollupConditions");
    let combination =
        holder.and_then(|holder| context.token(holder, "conditionCombination", &COMBINATIONS));
    let mut conditions = Vec::new();
    for one in holder.into_iter().flat_map(|holder| holder.all("rollupCondition")) {
        let Some(condition) = context.token(one, "condition", &CONDITIONS) else { continue };
        let negated = context.token(one, "operator", &NEGATIONS).unwrap_or_default();
        conditions.push((condition, negated));
    }
    let action =
        element.child("rollupAction").and_then(|one| context.token(one, "action", &ROLLUP_ACTIONS));
    match action {
        Some(action) if !conditions.is_empty() => {
            let combination = combination.unwrap_or(Combination::Any);
            Some(RollupRule { children, combination, conditions, action })
        }
        _ => {
            let message = format!("<{}> lacks a usable condition or action", element.name);
            context.tell(&codes::SEQUENCING_RULE, element.offset, message);
            None
        }
    }
}

fn randomization(context: &mut Context<'_, '_>, element: &Element<'_>) -> Randomization {
    Randomization {
        randomization_timing: context
            .token(element, "randomizationTiming", &TIMINGS)
            .unwrap_or_default(),
        reorder_children: context.flag(element, "reorderChildren", false),
        selection_timing: context.token(element, "selectionTiming", &TIMINGS).unwrap_or_default(),
        select_count: context.count(element, "selectCount"),
    }
}

fn delivery(context: &mut Context<'_, '_>, element: &Element<'_>) -> DeliveryControls {
    let default = DeliveryControls::default();
    DeliveryControls {
        tracked: context.flag(element, "tracked", default.tracked),
        completion_set_by_content: context.flag(element, "completionSetByContent", false),
        objective_set_by_content: context.flag(element, "objectiveSetByContent", false),
    }
}

fn considerations(context: &mut Context<'_, '_>, element: &Element<'_>) -> RollupConsiderations {
    let mut required = |name: &str| context.token(element, name, &REQUIRED).unwrap_or_default();
    RollupConsiderations {
        satisfied: required("requiredForSatisfied"),
        not_satisfied: required("requiredForNotSatisfied"),
        completed: required("requiredForCompleted"),
        incomplete: required("requiredForIncomplete"),
        measure_satisfaction_if_active: context.flag(element, "measureSatisfactionIfActive", true),
    }
}
