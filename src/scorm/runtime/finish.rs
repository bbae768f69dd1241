//! What the LMS does with the data when a communication session ends.

use super::status::{CreditMode, Exit};
use super::{RunTimeData, Timespan};

/// How a communication session ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// The content called Terminate or `LMSFinish`.
    Terminated,
    /// It never did: the browser closed, or a newer launch superseded the session.
    Expired,
}

impl RunTimeData {
    /// Adds the session's time to the total and settles the statuses that the LMS decides.
    pub(super) fn finish(&mut self, ending: Ending) {
        let session: Timespan = self.session_time().unwrap_or_default();
        self.set_total_time(self.total_time() + session);
        if self.edition().is_2004() {
            self.finish_2004(ending);
        } else {
            self.finish_12(ending);
        }
    }

    /// Writes the statuses that thresholds decide into the data, so that they are plain values
    /// from now on, and suspends an attempt that was cut off before it said how it exits.
    fn finish_2004(&mut self, ending: Ending) {
        for status in ["cmi.completion_status", "cmi.success_status"] {
            let decided = self.table().find(status).and_then(|element| element.evaluate(self));
            if let Some(decided) = decided {
                self.set(status, decided);
            }
        }
        if ending == Ending::Expired && self.exit().is_none() {
            self.set("cmi.exit", "suspend");
        }
    }

    /// Settles `cmi.core.lesson_status` (RTE 3.4.4):
    ///
    /// 1. In `browse` mode a status that nothing set becomes `browsed`; in `review` mode nothing
    ///    changes.
    /// 2. With a mastery score, a raw score and `credit`, the score decides `passed` or `failed`,
    ///    whatever the content set. In a session that suspends, only once the content itself set a
    ///    final status: a score half-way is no verdict.
    /// 3. A status that nothing set becomes `completed` when the content finished normally; a
    ///    logout counts as normal, since the content called `LMSFinish` of its own accord. When it
    ///    suspends, runs out of time or was cut off, nothing is set, so that the session that
    ///    finishes can still complete it.
    fn finish_12(&mut self, ending: Ending) {
        let mode = self.credit_mode();
        let was_set = self.get("cmi.core.lesson_status").is_some();
        if ending == Ending::Expired && self.exit().is_none() {
            self.set("cmi.core.exit", "suspend");
        }
        let is_done = ending == Ending::Terminated
            && !matches!(self.exit(), Some(Exit::Suspend | Exit::TimeOut));
        let status = match mode {
            CreditMode::Review => None,
            CreditMode::Browse => (!was_set).then_some("browsed"),
            CreditMode::NoCredit | CreditMode::Normal => {
                let by_score = if mode == CreditMode::Normal { self.mastered() } else { None };
                let is_final = matches!(self.lesson_status(), "passed" | "failed" | "completed");
                by_score
                    .filter(|_| is_done || is_final)
                    .or_else(|| (is_done && !was_set).then_some("completed"))
            }
        };
        if let Some(status) = status {
            self.set("cmi.core.lesson_status", status);
        }
    }

    /// The SCORM 1.2 status as `LMSFinish` will leave it once content has set a final one: the
    /// mastery score overrides that, and what is told at a commit must not say otherwise.
    pub(super) fn settled_status(&self) -> &str {
        let status = self.lesson_status();
        let is_final = matches!(status, "passed" | "failed" | "completed");
        let decides = is_final && self.credit_mode() == CreditMode::Normal;
        self.mastered().filter(|_| decides).unwrap_or(status)
    }

    /// What the mastery score decides, when there are one and a raw score, and content does not
    /// decide itself.
    fn mastered(&self) -> Option<&'static str> {
        if self.content_judges {
            return None;
        }
        let mastery = self.number("cmi.student_data.mastery_score")?;
        let raw = self.number("cmi.core.score.raw")?;
        Some(if raw >= mastery { "passed" } else { "failed" })
    }
}
