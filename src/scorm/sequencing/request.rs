//! Navigation requests (SN 5.6.1), and what they become.

use crate::runtime::{Exit, RunTimeData};
use domain::ItemId;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A navigation request of the learner, the content or the LMS (SN 5.6.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Request {
    /// The LMS begins a session.
    Start,
    /// The LMS goes on with what [`Request::SuspendAll`] left.
    ResumeAll,
    /// To what comes next.
    Continue,
    /// To what came before.
    Previous,
    /// To an activity that the learner or the content picked.
    Choice(ItemId),
    /// To an activity, past most rules; the 4th edition's content alone asks for it.
    Jump(ItemId),
    /// Ends the attempt on the activity.
    Exit,
    /// Ends the attempt on the course.
    ExitAll,
    /// Leaves the activity without ending its attempt as a finished one.
    Abandon,
    /// The same for the whole course.
    AbandonAll,
    /// Leaves the course to go on with it later.
    SuspendAll,
}

impl Request {
    /// Reads the value of `adl.nav.request`; `None` for `_none_` and what is no request.
    pub fn parse(text: &str) -> Option<Self> {
        if let Some((target, kind)) = text.strip_prefix("{target=").and_then(|t| t.split_once('}'))
        {
            let target = ItemId::new(target);
            return match kind {
                "choice" => Some(Self::Choice(target)),
                "jump" => Some(Self::Jump(target)),
                _ => None,
            };
        }
        match text {
            "continue" => Some(Self::Continue),
            "previous" => Some(Self::Previous),
            "exit" => Some(Self::Exit),
            "exitAll" => Some(Self::ExitAll),
            "abandon" => Some(Self::Abandon),
            "abandonAll" => Some(Self::AbandonAll),
            "suspendAll" => Some(Self::SuspendAll),
            _ => None,
        }
    }
}

impl Request {
    /// Its word, and the activity that it names.
    pub fn words(&self) -> Vec<&str> {
        let word = match self {
            Self::Start => "start",
            Self::ResumeAll => "resumeAll",
            Self::Continue => "continue",
            Self::Previous => "previous",
            Self::Choice(item) => return vec!["choice", item.as_str()],
            Self::Jump(item) => return vec!["jump", item.as_str()],
            Self::Exit => "exit",
            Self::ExitAll => "exitAll",
            Self::Abandon => "abandon",
            Self::AbandonAll => "abandonAll",
            Self::SuspendAll => "suspendAll",
        };
        vec![word]
    }

    /// What content asked for when its session ended: its `adl.nav.request`, else to leave the
    /// course where `cmi.exit` is `time-out` or `logout` (RTE 4.2.8). In SCORM 1.2 a `logout` asks for
    /// nothing: libraries that much content is made with say it whenever a part is completed.
    pub fn of_content(data: &RunTimeData) -> Option<Self> {
        let asked = data.nav_request().and_then(Self::parse);
        let leaves = match data.exit() {
            Some(Exit::TimeOut) => true,
            Some(Exit::Logout) => data.edition().is_2004(),
            _ => false,
        };
        asked.or_else(|| leaves.then_some(Self::ExitAll))
    }
}

impl fmt::Display for Request {
    /// As people know it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Start => "Start",
            Self::ResumeAll => "Resume",
            Self::Continue => "Continue",
            Self::Previous => "Previous",
            Self::Choice(_) => "Choice",
            Self::Jump(_) => "Jump",
            Self::Exit => "Exit",
            Self::ExitAll => "Exit all",
            Self::Abandon => "Abandon",
            Self::AbandonAll => "Abandon all",
            Self::SuspendAll => "Suspend all",
        })
    }
}

/// A termination request (SN 4.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Termination {
    Exit,
    ExitAll,
    Abandon,
    AbandonAll,
    SuspendAll,
}

/// A sequencing request (SN 4.8) on activities of the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    Start,
    ResumeAll,
    Continue,
    Previous,
    Choice(crate::tree::ActivityIndex),
    Jump(crate::tree::ActivityIndex),
    Retry,
    Exit,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_of_adl_nav_request_is_read() {
        let item = || ItemId::new("b");
        for (text, request) in [
            ("continue", Some(Request::Continue)),
            ("previous", Some(Request::Previous)),
            ("exit", Some(Request::Exit)),
            ("exitAll", Some(Request::ExitAll)),
            ("abandon", Some(Request::Abandon)),
            ("abandonAll", Some(Request::AbandonAll)),
            ("suspendAll", Some(Request::SuspendAll)),
            ("{target=b}choice", Some(Request::Choice(item()))),
            ("{target=b}jump", Some(Request::Jump(item()))),
            ("{target=b}", None),
            ("{target=b", None),
            ("_none_", None),
            ("start", None),
            ("", None),
        ] {
            assert_eq!(Request::parse(text), request, "{text}");
        }
    }
}
