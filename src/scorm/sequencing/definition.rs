//! The sequencing definition model (SCORM 2004 SN 3; IMS Simple Sequencing 1.0), as parsed from
//! `imsss:sequencing`, `adlseq:*`. Vocabularies are enums; defaults are the specification's.

use serde::{Deserialize, Serialize};

/// Everything that one activity's `imsss:sequencing` says.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Sequencing {
    /// SN 3.2.
    pub control: ControlMode,
    /// `adlseq:constrainedChoiceConsiderations` (SN 3.3).
    pub choice_constraints: ChoiceConstraints,
    /// `preConditionRule` in document order (SN 3.4).
    pub pre_conditions: Vec<Rule>,
    /// `exitConditionRule`.
    pub exit_conditions: Vec<Rule>,
    /// `postConditionRule`.
    pub post_conditions: Vec<Rule>,
    /// SN 3.5.
    pub limits: LimitConditions,
    /// `auxiliaryResource@auxiliaryResourceID` and purpose (SN 3.6).
    pub auxiliary_resources: Vec<AuxiliaryResource>,
    /// `rollupRules/rollupRule` (SN 3.7).
    pub rollup_rules: Vec<RollupRule>,
    /// `rollupObjectiveSatisfied`, `rollupProgressCompletion`, `objectiveMeasureWeight` (SN 3.8).
    pub rollup_controls: RollupControls,
    /// `adlseq:rollupConsiderations` (SN 3.9).
    pub rollup_considerations: RollupConsiderations,
    /// `objectives`; the primary one has `primary: true`. Empty when the manifest names none.
    pub objectives: Vec<Objective>,
    /// SN 3.11, 3.12.
    pub randomization: Randomization,
    /// SN 3.13.
    pub delivery: DeliveryControls,
}

/// Sequencing control modes (SN 3.2).
#[expect(clippy::struct_excessive_bools, reason = "the standard's own flags")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ControlMode {
    /// `choice`.
    pub choice: bool,
    /// `choiceExit`.
    pub choice_exit: bool,
    /// `flow`.
    pub flow: bool,
    /// `forwardOnly`.
    pub forward_only: bool,
    /// `useCurrentAttemptObjectiveInfo`.
    pub use_current_attempt_objective_info: bool,
    /// `useCurrentAttemptProgressInfo`.
    pub use_current_attempt_progress_info: bool,
}

impl Default for ControlMode {
    fn default() -> Self {
        Self {
            choice: true,
            choice_exit: true,
            flow: false,
            forward_only: false,
            use_current_attempt_objective_info: true,
            use_current_attempt_progress_info: true,
        }
    }
}

/// `adlseq:constrainedChoiceConsiderations`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChoiceConstraints {
    /// `preventActivation`.
    pub prevent_activation: bool,
    /// `constrainChoice`.
    pub constrain_choice: bool,
}

/// How conditions combine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Combination {
    /// All must hold.
    All,
    /// One is enough.
    Any,
}

/// A pre, post or exit condition rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// `ruleConditions@conditionCombination`; `all` by default.
    pub combination: Combination,
    /// At least one.
    pub conditions: Vec<RuleCondition>,
    /// What follows when they hold.
    pub action: RuleAction,
}

impl Rule {
    /// A rule that always holds.
    pub(crate) fn always(action: RuleAction) -> Self {
        let condition = RuleCondition {
            condition: Condition::Always,
            objective: None,
            measure_threshold: None,
            negated: false,
        };
        Self { combination: Combination::All, conditions: vec![condition], action }
    }
}

/// One condition of a rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RuleCondition {
    /// What is asked.
    pub condition: Condition,
    /// `referencedObjective`: the local objective asked about; the primary one when absent.
    pub objective: Option<String>,
    /// `measureThreshold`, −1 to 1.
    pub measure_threshold: Option<f64>,
    /// `operator="not"`.
    pub negated: bool,
}

/// `ruleCondition@condition` and `rollupCondition@condition`.
#[expect(missing_docs, reason = "each is the standard's own token")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    Satisfied,
    ObjectiveStatusKnown,
    ObjectiveMeasureKnown,
    ObjectiveMeasureGreaterThan,
    ObjectiveMeasureLessThan,
    Completed,
    ActivityProgressKnown,
    Attempted,
    AttemptLimitExceeded,
    TimeLimitExceeded,
    OutsideAvailableTimeRange,
    Always,
    Never,
}

/// `ruleAction@action`; which ones may stand where is SN 3.4.
#[expect(missing_docs, reason = "each is the standard's own token")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleAction {
    Skip,
    Disabled,
    HiddenFromChoice,
    StopForwardTraversal,
    ExitParent,
    ExitAll,
    Retry,
    RetryAll,
    Continue,
    Previous,
    Exit,
    Ignore,
}

/// Limit conditions (SN 3.5); durations and instants as written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LimitConditions {
    /// `attemptLimit`.
    pub attempt_limit: Option<u32>,
    /// `attemptAbsoluteDurationLimit`, also `cmi.max_time_allowed`.
    pub attempt_absolute_duration: Option<String>,
    /// `attemptExperiencedDurationLimit`.
    pub attempt_experienced_duration: Option<String>,
    /// `activityAbsoluteDurationLimit`.
    pub activity_absolute_duration: Option<String>,
    /// `activityExperiencedDurationLimit`.
    pub activity_experienced_duration: Option<String>,
    /// `beginTimeLimit`.
    pub begin_time: Option<String>,
    /// `endTimeLimit`.
    pub end_time: Option<String>,
}

/// An auxiliary resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuxiliaryResource {
    /// `auxiliaryResourceID`.
    pub identifier: String,
    /// `purpose`.
    pub purpose: String,
}

/// Which children a rollup rule looks at.
#[expect(missing_docs, reason = "each is the standard's own token")]
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChildActivitySet {
    All,
    Any,
    None,
    /// With `minimumCount`.
    AtLeastCount(u32),
    /// With `minimumPercent`, 0 to 1.
    AtLeastPercent(f64),
}

/// A rollup rule (SN 3.7).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RollupRule {
    /// `childActivitySet`.
    pub children: ChildActivitySet,
    /// `conditionCombination`; `any` by default.
    pub combination: Combination,
    /// Conditions with their negation.
    pub conditions: Vec<(Condition, bool)>,
    /// `rollupAction@action`.
    pub action: RollupAction,
}

/// `rollupAction@action`.
#[expect(missing_docs, reason = "each is the standard's own token")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RollupAction {
    Satisfied,
    NotSatisfied,
    Completed,
    Incomplete,
}

/// What an activity contributes to its parent (SN 3.8).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RollupControls {
    /// `rollupObjectiveSatisfied`.
    pub objective_satisfied: bool,
    /// `rollupProgressCompletion`.
    pub progress_completion: bool,
    /// `objectiveMeasureWeight`, 0 to 1.
    pub objective_measure_weight: f64,
}

impl Default for RollupControls {
    fn default() -> Self {
        Self { objective_satisfied: true, progress_completion: true, objective_measure_weight: 1.0 }
    }
}

/// When a child counts in a rollup (SN 3.9).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequiredFor {
    /// Always.
    #[default]
    Always,
    /// Unless suspended.
    IfNotSuspended,
    /// When attempted.
    IfAttempted,
    /// Unless its rules skip it.
    IfNotSkipped,
}

/// `adlseq:rollupConsiderations`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RollupConsiderations {
    /// `requiredForSatisfied`.
    pub satisfied: RequiredFor,
    /// `requiredForNotSatisfied`.
    pub not_satisfied: RequiredFor,
    /// `requiredForCompleted`.
    pub completed: RequiredFor,
    /// `requiredForIncomplete`.
    pub incomplete: RequiredFor,
    /// `measureSatisfactionIfActive`, true by default.
    pub measure_satisfaction_if_active: bool,
}

impl Default for RollupConsiderations {
    fn default() -> Self {
        Self {
            satisfied: RequiredFor::Always,
            not_satisfied: RequiredFor::Always,
            completed: RequiredFor::Always,
            incomplete: RequiredFor::Always,
            measure_satisfaction_if_active: true,
        }
    }
}

/// An objective of an activity (SN 3.10).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Objective {
    /// `objectiveID`; only a primary objective without maps may lack one.
    pub identifier: Option<String>,
    /// `primaryObjective`: the one that rolls up.
    pub primary: bool,
    /// `satisfiedByMeasure`.
    pub satisfied_by_measure: bool,
    /// `minNormalizedMeasure`, −1 to 1; 1 by default.
    pub min_normalized_measure: f64,
    /// `mapInfo`, those of `adlseq:objectives` merged in by target.
    pub maps: Vec<ObjectiveMap>,
}

/// `mapInfo`: what is read from and written to a global objective.
#[expect(clippy::struct_excessive_bools, reason = "the standard's own flags")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectiveMap {
    /// `targetObjectiveID`.
    pub target: String,
    /// `readSatisfiedStatus`, true by default.
    pub read_satisfied_status: bool,
    /// `readNormalizedMeasure`, true by default.
    pub read_normalized_measure: bool,
    /// `writeSatisfiedStatus`.
    pub write_satisfied_status: bool,
    /// `writeNormalizedMeasure`.
    pub write_normalized_measure: bool,
    /// `readRawScore` of `adlseq`. All that its `mapInfo` can say is of the 4th edition, where it
    /// reads by default and does not write, also where a map of IMS stands alone.
    pub read_raw_score: bool,
    /// `readMinScore`.
    pub read_min_score: bool,
    /// `readMaxScore`.
    pub read_max_score: bool,
    /// `readCompletionStatus`.
    pub read_completion_status: bool,
    /// `readProgressMeasure`.
    pub read_progress_measure: bool,
    /// `writeRawScore`.
    pub write_raw_score: bool,
    /// `writeMinScore`.
    pub write_min_score: bool,
    /// `writeMaxScore`.
    pub write_max_score: bool,
    /// `writeCompletionStatus`.
    pub write_completion_status: bool,
    /// `writeProgressMeasure`.
    pub write_progress_measure: bool,
}

impl ObjectiveMap {
    /// Whether it reads what rollup uses.
    pub(crate) const fn reads_status(&self) -> bool {
        self.read_satisfied_status
            || self.read_normalized_measure
            || self.read_completion_status
            || self.read_progress_measure
    }

    /// Takes away what the 4th edition added to the maps (`adlseq:mapInfo`).
    pub(crate) const fn without_adl(&mut self) {
        self.read_raw_score = false;
        self.read_min_score = false;
        self.read_max_score = false;
        self.read_completion_status = false;
        self.read_progress_measure = false;
        self.write_raw_score = false;
        self.write_min_score = false;
        self.write_max_score = false;
        self.write_completion_status = false;
        self.write_progress_measure = false;
    }
}

/// When selection or randomization happens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Timing {
    /// Not at all.
    #[default]
    Never,
    /// Before the first attempt.
    Once,
    /// Before every attempt.
    OnEachNewAttempt,
}

/// Selection and randomization (SN 3.11, 3.12).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Randomization {
    /// `randomizationTiming`.
    pub randomization_timing: Timing,
    /// `reorderChildren`.
    pub reorder_children: bool,
    /// `selectionTiming`.
    pub selection_timing: Timing,
    /// `selectCount`.
    pub select_count: Option<u32>,
}

/// Delivery controls (SN 3.13).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryControls {
    /// `tracked`, true by default.
    pub tracked: bool,
    /// `completionSetByContent`.
    pub completion_set_by_content: bool,
    /// `objectiveSetByContent`.
    pub objective_set_by_content: bool,
}

impl Default for DeliveryControls {
    fn default() -> Self {
        Self { tracked: true, completion_set_by_content: false, objective_set_by_content: false }
    }
}
