//! Why a request is refused: the exceptions of the pseudo code (SN appendix C), and what decided.

use super::RuleAction;
use serde::Serialize;

macro_rules! exceptions {
    ($($name:ident $code:literal $text:literal;)*) => {
        /// An exception of the sequencing pseudo code, named by what is wrong.
        #[expect(missing_docs, reason = "each has its code and text")]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Exception {
            $($name,)*
        }

        impl Exception {
            /// All of them, in the order of the specification.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The code of the specification.
            pub const fn code(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)*
                }
            }

            /// What is wrong, as the second half of a sentence.
            pub const fn text(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

exceptions! {
    SessionBegun "NB.2.1-1" "the course is being taken already";
    SessionNotBegun "NB.2.1-2" "the course is not being taken";
    NothingSuspended "NB.2.1-3" "nothing was suspended";
    NoFlow "NB.2.1-4" "the activities here do not follow each other";
    NoFlowBack "NB.2.1-5" "the activities here do not lead back";
    NothingBeforeRoot "NB.2.1-6" "nothing comes before the whole course";
    NotSupported "NB.2.1-7" "the request is not supported";
    ChoiceExitForbidden "NB.2.1-8" "the activity must not be left by choice";
    NoPath "NB.2.1-9" "there is no way between the activities";
    ChoiceForbidden "NB.2.1-10" "the activity cannot be chosen";
    NoSuchTarget "NB.2.1-11" "the activity does not exist or is not available";
    AlreadyTerminated "NB.2.1-12" "the activity has ended already";
    UnknownRequest "NB.2.1-13" "the request is unknown";
    NothingToTerminate "TB.2.3-1" "no activity is being taken";
    TerminatedBefore "TB.2.3-2" "the activity has ended already";
    NothingToSuspend "TB.2.3-3" "there is nothing to suspend";
    NoParentToExit "TB.2.3-4" "the whole course has no parent to exit";
    NoSuspendPath "TB.2.3-5" "there is no way to the suspended activity";
    NoAbandonPath "TB.2.3-6" "there is nothing to abandon";
    UnknownTermination "TB.2.3-7" "the request is unknown";
    NoActivityBefore "SB.2.1-3" "nothing comes before the whole course";
    NoChildren "SB.2.1-2" "no activity in it is available";
    ForwardOnly "SB.2.1-4" "the activities here are taken forward only";
    FlowForbidden "SB.2.2-1" "the activities here do not follow each other";
    NotAvailable "SB.2.2-2" "the activity must not be taken now";
    ForwardStopped "SB.2.4-1" "the way forward is stopped";
    BackwardForbidden "SB.2.4-2" "the activities here are taken forward only";
    BeforeRoot "SB.2.4-3" "nothing comes before the whole course";
    StartBegun "SB.2.5-1" "the course is being taken already";
    ResumeBegun "SB.2.6-1" "the course is being taken already";
    NothingToResume "SB.2.6-2" "nothing was suspended";
    ContinueNotBegun "SB.2.7-1" "the course is not being taken";
    ContinueForbidden "SB.2.7-2" "the activities here do not follow each other";
    PreviousNotBegun "SB.2.8-1" "the course is not being taken";
    PreviousForbidden "SB.2.8-2" "the activities here do not follow each other";
    NoChoiceTarget "SB.2.9-1" "the request names no activity";
    TargetNotAvailable "SB.2.9-2" "the activity is not available";
    TargetHidden "SB.2.9-3" "the activity is hidden from choice";
    TargetNotChosen "SB.2.9-4" "the activity cannot be chosen";
    NoChoicePath "SB.2.9-5" "there is no way between the activities";
    ActivationPrevented "SB.2.9-6" "what is in the activity cannot be begun by choice";
    ChoiceExit "SB.2.9-7" "the activity must not be left by choice";
    ChoiceConstrained "SB.2.9-8" "only what is next to the activity can be chosen";
    ChoiceLeadsNowhere "SB.2.9-9" "the activity holds nothing that can be taken now";
    RetryNotBegun "SB.2.10-1" "the course is not being taken";
    RetryActive "SB.2.10-2" "the activity to be repeated has not ended";
    RetryLeadsNowhere "SB.2.10-3" "the activity holds nothing that can be taken now";
    ExitNotBegun "SB.2.11-1" "the course is not being taken";
    ExitActive "SB.2.11-2" "the activity has not ended";
    UnknownSequencing "SB.2.12-1" "the request is unknown";
    JumpNotBegun "SB.2.13-1" "the course is not being taken";
    NotALeaf "DB.1.1-1" "the activity has nothing of its own to show";
    NoDeliveryPath "DB.1.1-2" "there is no way to the activity";
    DeliveryForbidden "DB.1.1-3" "the activity must not be taken now";
    StillActive "DB.2-1" "another activity has not ended";
}

impl Serialize for Exception {
    /// By its code.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

/// Which list of an activity a rule stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleKind {
    /// `preConditionRule`.
    Pre,
    /// `exitConditionRule`.
    Exit,
    /// `postConditionRule`.
    Post,
}

/// A limit condition that is reached (SN 3.5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// `attemptLimit`, with its value.
    Attempts(u32),
    /// `attemptAbsoluteDurationLimit`, as written.
    AttemptAbsoluteDuration(String),
    /// `attemptExperiencedDurationLimit`.
    AttemptExperiencedDuration(String),
    /// `activityAbsoluteDurationLimit`.
    ActivityAbsoluteDuration(String),
    /// `activityExperiencedDurationLimit`.
    ActivityExperiencedDuration(String),
    /// `beginTimeLimit` is yet to come.
    Before(String),
    /// `endTimeLimit` has passed.
    After(String),
}

/// What in the definition of an activity decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// A sequencing rule.
    Rule {
        /// In which list.
        kind: RuleKind,
        /// Its place there, from 1.
        number: usize,
        /// What it asks for.
        action: RuleAction,
    },
    /// A limit condition.
    Limit(Limit),
    /// SCORM 1.2 prerequisites; the titles of what comes before.
    Prerequisites(Vec<String>),
}

impl Cause {
    /// What it says of the activity `name`, as a clause.
    pub(super) fn clause(&self, name: &str) -> String {
        let limit = match self {
            Self::Rule { kind, number, action } => {
                let kind = match kind {
                    RuleKind::Pre => "precondition",
                    RuleKind::Exit => "exit",
                    RuleKind::Post => "postcondition",
                };
                let what = action.clause();
                return format!("{name} {what} ({kind} rule {number})");
            }
            Self::Limit(limit) => limit,
            Self::Prerequisites(titles) => {
                return format!("{name} comes after {}", titles.join(", "));
            }
        };
        match limit {
            Limit::Attempts(1) => format!("{name} is limited to 1 attempt"),
            Limit::Attempts(count) => format!("{name} is limited to {count} attempts"),
            Limit::AttemptAbsoluteDuration(time) => {
                format!("an attempt on {name} ends {time} after it began")
            }
            Limit::AttemptExperiencedDuration(time) => {
                format!("an attempt on {name} is limited to {time} of work")
            }
            Limit::ActivityAbsoluteDuration(time) => {
                format!("{name} ends {time} after its first attempt began")
            }
            Limit::ActivityExperiencedDuration(time) => {
                format!("{name} is limited to {time} of work")
            }
            Limit::Before(time) => format!("{name} is not open before {time}"),
            Limit::After(time) => format!("{name} is closed since {time}"),
        }
    }
}

impl RuleAction {
    const fn clause(self) -> &'static str {
        match self {
            Self::Skip => "is skipped",
            Self::Disabled => "is disabled",
            Self::HiddenFromChoice => "is hidden from choice",
            Self::StopForwardTraversal => "stops the way forward",
            Self::ExitParent => "exits its parent",
            Self::ExitAll => "exits the course",
            Self::Retry => "is repeated",
            Self::RetryAll => "has the course repeated",
            Self::Continue => "goes on to the next activity",
            Self::Previous => "goes back to the activity before",
            Self::Exit => "is exited",
            Self::Ignore => "has a rule without effect",
        }
    }
}
