//! What follows when content has ended its session.

use super::{attempt::AttemptData, session::Play};
use crate::App;
use scorm::{
    runtime::State,
    sequencing::Request,
    settings::{AtEnd, Onward},
    tree::ActivityIndex,
};

impl Play {
    /// Where a part that has ended leads: where its content asked to go, else where the settings lead
    /// on. `None` leaves it to the learner.
    pub(super) fn onward(
        &self,
        app: &App,
        at: ActivityIndex,
        kept: &AttemptData,
    ) -> Option<Request> {
        if kept.api.state() != State::Terminated {
            return None;
        }
        kept.asked().or_else(|| self.onward_by_settings(app, at, kept))
    }

    fn onward_by_settings(
        &self,
        app: &App,
        at: ActivityIndex,
        kept: &AttemptData,
    ) -> Option<Request> {
        let settings = &self.settings;
        if kept.api.data().suspends() {
            return (settings.after_suspend == AtEnd::Leave).then_some(Request::SuspendAll);
        }
        if (settings.after_part, settings.after_last) == (Onward::Wait, AtEnd::Wait) {
            return None;
        }
        let (tree, state, moment) = (&self.course.tree, &self.state.tree, app.moment());
        let leave = || tree.way_out(state, settings.rollup, moment);
        if tree.next(at).is_none() {
            return (settings.after_last == AtEnd::Leave).then(leave);
        }
        match settings.after_part {
            Onward::Wait => None,
            Onward::Leave => Some(leave()),
            // Parts that do not follow each other are chosen by the learner.
            Onward::Continue => {
                let leads_on = tree.controls(state, None, moment).forward.enabled;
                leads_on.then_some(Request::Continue)
            }
        }
    }
}
