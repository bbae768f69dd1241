//! What the API log keeps of a navigation request beside its sentence, for programs: what was asked
//! for and what it came to.

use super::{
    session::Play,
    wire::{NavigateAnswer, Wish},
};
use domain::ItemId;
use serde::{Deserialize, Serialize};
use store::{SessionEnd, Write};

/// What a line of navigation came to. Lines without one are acts of the engine on the way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LoggedOutcome {
    /// A request of the page was answered.
    Navigated(NavigatedTo),
    /// The learner left the course.
    Left(LeftHow),
}

/// What a request of the page came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct NavigatedTo {
    /// What the page asked for.
    pub(crate) request: Wish,
    /// The exception of the specification, when it was refused.
    pub(crate) refused: Option<String>,
    /// Whether the learner has left the course by it.
    pub(crate) ended: bool,
    /// What came into the frame.
    pub(crate) delivered: Option<Frame>,
}

/// What came into the frame.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Frame {
    /// Number of the delivery in its session.
    pub(crate) delivery: u32,
    /// The activity.
    pub(crate) activity: ItemId,
}

/// How a learner left the course.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LeftHow {
    /// By the player's own Exit.
    Exited,
    /// The window fell silent.
    TimedOut,
    /// A newer launch took over.
    Superseded,
}

impl From<SessionEnd> for LeftHow {
    fn from(end: SessionEnd) -> Self {
        match end {
            SessionEnd::Exited => Self::Exited,
            SessionEnd::TimedOut => Self::TimedOut,
            SessionEnd::Superseded => Self::Superseded,
        }
    }
}

impl LoggedOutcome {
    /// What the answer to a request tells.
    pub(super) fn of(wish: &Wish, answer: &NavigateAnswer) -> Self {
        Self::Navigated(NavigatedTo {
            request: wish.clone(),
            refused: answer.refused.as_ref().map(|refused| refused.code.clone()),
            ended: answer.ended,
            delivered: answer.delivered.as_ref().map(|delivered| Frame {
                delivery: delivered.delivery,
                activity: delivered.activity.clone(),
            }),
        })
    }
}

impl Play {
    /// Notes what the request came to with the last line of navigation that it wrote, if it did.
    pub(super) fn note_outcome(&mut self, outcome: &LoggedOutcome) {
        let last = self.append.writes.iter_mut().rev().find_map(|write| match write {
            Write::LogCalls(lines) => lines.last_mut().filter(|line| line.delivery == 0),
            _ => None,
        });
        if let Some(line) = last {
            let text = serde_json::to_string(outcome).expect("words and numbers are plain data");
            line.outcome = Some(text);
        }
    }
}
