//! What came of a request.

use super::trace::{Step, name_of};
use super::{Cause, Exception, Request, RuleAction};
use crate::tree::{ActivityIndex, ActivityTree, Delivered};
use domain::ItemId;
use serde::Serialize;

/// Why a process stopped.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Refusal {
    pub(super) exception: Exception,
    /// The activity that decided.
    pub(super) at: Option<ActivityIndex>,
    /// What of it decided.
    pub(super) cause: Option<Cause>,
    /// SB.2.9, 14: the attempt on the first ends and the second becomes the Current Activity.
    pub(super) leads_nowhere: Option<(ActivityIndex, ActivityIndex)>,
}

impl Refusal {
    pub(super) const fn of(exception: Exception) -> Self {
        Self { exception, at: None, cause: None, leads_nowhere: None }
    }

    pub(super) const fn at(exception: Exception, at: ActivityIndex) -> Self {
        Self { exception, at: Some(at), cause: None, leads_nowhere: None }
    }

    pub(super) const fn because(exception: Exception, at: ActivityIndex, cause: Cause) -> Self {
        Self { exception, at: Some(at), cause: Some(cause), leads_nowhere: None }
    }

    pub(super) fn told(self, tree: &ActivityTree) -> Refused {
        Refused {
            exception: self.exception,
            activity: self.at.map(|at| tree[at].id().clone()),
            cause: self.cause,
        }
    }
}

/// Why a request was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Refused {
    /// The exception of the specification.
    pub exception: Exception,
    /// The activity that decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub activity: Option<ItemId>,
    /// What of it decided: a rule or a limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
}

impl Refused {
    /// Why, as a clause: "'Post-test' is limited to 1 attempt".
    pub fn clause(&self, tree: &ActivityTree) -> String {
        let name = self.activity.as_ref().map(|item| name_of(tree, item));
        match (&self.cause, name) {
            (Some(cause), Some(name)) => cause.clause(&name),
            (_, Some(name)) => format!("{} ({name})", self.exception.text()),
            (_, None) => self.exception.text().to_owned(),
        }
    }
}

impl Refused {
    /// Why, as a clause for a learner, who knows activities and no rules.
    pub fn for_learner(&self, tree: &ActivityTree) -> String {
        let name = self.activity.as_ref().map(|item| name_of(tree, item));
        match (&self.cause, name) {
            (Some(Cause::Rule { action, .. }), Some(name)) => match action {
                RuleAction::HiddenFromChoice => format!("{name} cannot be chosen"),
                RuleAction::StopForwardTraversal => format!("{name} comes before what follows it"),
                _ => format!("{name} is not open now"),
            },
            (Some(cause), Some(name)) => cause.clause(&name),
            _ => "the course does not lead there from here".to_owned(),
        }
    }
}

/// A leaf to be put before the learner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The leaf.
    pub activity: ActivityIndex,
    /// Whether a new attempt on it began or the suspended one goes on.
    pub began: Delivered,
    /// The auxiliary resources (SN 3.6) that go with it: its own, and those of the clusters that it
    /// is in where it has none of that purpose; purpose and identifier.
    pub auxiliary: Vec<(String, String)>,
}

/// What came of a request.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// What was asked for.
    pub request: Request,
    /// What the learner shall see now. `None`: nothing, and the contents stay where the session
    /// has not ended.
    pub delivered: Option<Delivery>,
    /// Whether the sequencing session ended: the learner leaves the course.
    pub ended: bool,
    /// Why the request was not carried out, or not to its end.
    pub refused: Option<Refused>,
    /// What was decided on the way, in order.
    pub trace: Vec<Step>,
}

impl Outcome {
    /// The outcome as a sentence for the log.
    pub fn sentence(&self, tree: &ActivityTree) -> String {
        let request = match &self.request {
            Request::Choice(item) | Request::Jump(item) => {
                format!("{} of {}", self.request, name_of(tree, item))
            }
            _ => self.request.to_string(),
        };
        if let Some(refused) = &self.refused {
            let code = refused.exception.code();
            return format!("{request} was refused: {} [{code}].", refused.clause(tree));
        }
        match &self.delivered {
            Some(delivery) => {
                let name = name_of(tree, tree[delivery.activity].id());
                format!("{request} led to {name}.")
            }
            None if self.ended => format!("{request} ended the session."),
            None => format!("{request} was carried out."),
        }
    }
}
