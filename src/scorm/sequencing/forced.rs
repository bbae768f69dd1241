//! Going to an activity past all rules, for whoever tries a course out. No process of the
//! specification: learners and content cannot ask for it.

use super::outcome::Outcome;
use super::request::Request;
use super::run::Run;
use super::trace::Trace;
use crate::tree::{ActivityIndex, ActivityTree, Moment, TreeState};

impl ActivityTree {
    /// Ends the attempt on what the learner is in, and delivers an activity, or the first one in it
    /// that has content, whatever rules and limits say. The trace tells what forbade it. `None` when
    /// there is no content in it.
    pub fn force(
        &self,
        state: &mut TreeState,
        to: ActivityIndex,
        moment: Moment,
    ) -> Option<Outcome> {
        let target = self.first_in(to)?;
        state.moment = Some(moment);
        let current = self.current(state);
        let mut run = Run { tree: self, state, trace: Trace::default() };
        match current {
            Some(current) if run.state.of(self[current].id()).is_active => run.leave(current),
            Some(_) => {}
            None => self.begin_session(run.state),
        }
        if let Err(refusal) = self.delivery_request(run.state, target) {
            run.refused("DB.1.1", refusal);
        }
        let delivered = run.deliver(target);
        let (refused, delivered) = match delivered {
            Ok(delivery) => (None, Some(delivery)),
            Err(refusal) => (Some(run.refused("DB.2", refusal).told(self)), None),
        };
        let trace = run.trace.into_steps();
        state.moment = None;
        let request = Request::Jump(self[to].id().clone());
        Some(Outcome { request, delivered, ended: false, refused, trace })
    }
}
