//! What was decided on the way, so that people can read why.

use super::{Cause, Exception};
use crate::tree::{ActivityIndex, ActivityTree};
use domain::ItemId;
use serde::Serialize;

/// One decision: which process decided what on which activity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// The process by its number in the specification, such as `SB.2.9`.
    pub process: &'static str,
    /// The activity that it decided on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub activity: Option<ItemId>,
    /// What it decided.
    pub event: Event,
}

/// What a process decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// The attempt on the activity ended.
    Ended,
    /// The attempt on the activity was suspended.
    Suspended,
    /// The attempt on the activity was left as it was.
    Abandoned,
    /// A rule or a limit of the activity decided.
    Decided(Cause),
    /// The activity was picked for delivery.
    Identified,
    /// The activity was delivered in a new attempt.
    Began,
    /// The activity was delivered in the attempt that was suspended.
    Resumed,
    /// The session ended.
    SessionEnded,
    /// The request was refused.
    Refused(Exception),
}

/// Collects decisions, or does not while requests are only tried.
#[derive(Debug, Default)]
pub(super) struct Trace {
    steps: Vec<Step>,
    is_off: bool,
}

impl Trace {
    pub(super) const fn off() -> Self {
        Self { steps: Vec::new(), is_off: true }
    }

    pub(super) fn tell(
        &mut self,
        tree: &ActivityTree,
        process: &'static str,
        at: Option<ActivityIndex>,
        event: Event,
    ) {
        if !self.is_off {
            let activity = at.map(|at| tree[at].id().clone());
            self.steps.push(Step { process, activity, event });
        }
    }

    pub(super) fn into_steps(self) -> Vec<Step> {
        self.steps
    }
}

impl Step {
    /// The decision as a sentence.
    pub fn sentence(&self, tree: &ActivityTree) -> String {
        let name = self
            .activity
            .as_ref()
            .map_or_else(|| "The course".to_owned(), |item| name_of(tree, item));
        let process = self.process;
        match &self.event {
            Event::Ended => format!("{process}: the attempt on {name} ended."),
            Event::Suspended => format!("{process}: the attempt on {name} was suspended."),
            Event::Abandoned => format!("{process}: {name} was abandoned."),
            Event::Decided(cause) => format!("{process}: {}.", cause.clause(&name)),
            Event::Identified => format!("{process}: {name} comes next."),
            Event::Began => format!("{process}: a new attempt on {name} began."),
            Event::Resumed => format!("{process}: the attempt on {name} goes on."),
            Event::SessionEnded => format!("{process}: the session ended."),
            Event::Refused(exception) => format!("{}: {}.", exception.code(), exception.text()),
        }
    }
}

/// An activity by its title, as sentences name it.
pub(super) fn name_of(tree: &ActivityTree, item: &ItemId) -> String {
    tree.get(item)
        .map_or_else(|| format!("‘{item}’"), |activity| format!("'{}'", activity.item.title))
}
