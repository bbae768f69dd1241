//! Sequencing requests (SB.2.5 to SB.2.8, SB.2.10 to SB.2.13): which activity to deliver.

use super::Exception;
use super::flow::Direction::{Backward, Forward};
use super::outcome::Refusal;
use super::request::Wanted;
use super::trace::Trace;
use crate::tree::{ActivityIndex, ActivityTree, TreeState};

/// What a sequencing request leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sequenced {
    /// An activity to deliver.
    Deliver(ActivityIndex),
    /// Nothing more.
    Nothing,
    /// The sequencing session ends.
    EndSession,
    /// The same, because the way led off the end of the tree: what is active there ends.
    OffTheTree,
}

impl From<Option<ActivityIndex>> for Sequenced {
    /// A flow leads to a leaf or off the end of the tree.
    fn from(flowed: Option<ActivityIndex>) -> Self {
        flowed.map_or(Self::OffTheTree, Self::Deliver)
    }
}

type Result = std::result::Result<Sequenced, Refusal>;

impl ActivityTree {
    /// Sequencing Request Process (SB.2.12).
    pub(super) fn sequence(
        &self,
        state: &TreeState,
        current: Option<ActivityIndex>,
        wanted: Wanted,
        trace: &mut Trace,
    ) -> Result {
        match wanted {
            Wanted::Start => self.start(state, current, trace),
            Wanted::ResumeAll => self.resume_all(state, current),
            Wanted::Continue => self.proceed(state, current, trace),
            Wanted::Previous => self.go_back(state, current, trace),
            Wanted::Choice(target) => {
                self.choice(state, current, target, trace).map(Sequenced::Deliver)
            }
            Wanted::Jump(target) => jump(current, target),
            Wanted::Retry => self.retry(state, current, trace),
            Wanted::Exit => self.exit(state, current),
        }
    }

    /// Start Sequencing Request Process (SB.2.5).
    fn start(
        &self,
        state: &TreeState,
        current: Option<ActivityIndex>,
        trace: &mut Trace,
    ) -> Result {
        if let Some(current) = current {
            return Err(Refusal::at(Exception::StartBegun, current));
        }
        if self.root().is_leaf() {
            return Ok(Sequenced::Deliver(Self::ROOT));
        }
        self.flow(state, Self::ROOT, Forward, true, trace).map(Sequenced::from)
    }

    /// Resume All Sequencing Request Process (SB.2.6).
    fn resume_all(&self, state: &TreeState, current: Option<ActivityIndex>) -> Result {
        if let Some(current) = current {
            return Err(Refusal::at(Exception::ResumeBegun, current));
        }
        let suspended = state.suspended().and_then(|item| self.find(item));
        suspended.map(Sequenced::Deliver).ok_or(Refusal::of(Exception::NothingToResume))
    }

    /// Continue Sequencing Request Process (SB.2.7).
    fn proceed(
        &self,
        state: &TreeState,
        current: Option<ActivityIndex>,
        trace: &mut Trace,
    ) -> Result {
        let current = current.ok_or(Refusal::of(Exception::ContinueNotBegun))?;
        if let Some(parent) = self[current].parent
            && !self[parent].sequencing.control.flow
        {
            return Err(Refusal::at(Exception::ContinueForbidden, parent));
        }
        self.flow(state, current, Forward, false, trace).map(Sequenced::from)
    }

    /// Previous Sequencing Request Process (SB.2.8).
    fn go_back(
        &self,
        state: &TreeState,
        current: Option<ActivityIndex>,
        trace: &mut Trace,
    ) -> Result {
        let current = current.ok_or(Refusal::of(Exception::PreviousNotBegun))?;
        if let Some(parent) = self[current].parent
            && !self[parent].sequencing.control.flow
        {
            return Err(Refusal::at(Exception::PreviousForbidden, parent));
        }
        self.flow(state, current, Backward, false, trace).map(Sequenced::from)
    }

    /// Retry Sequencing Request Process (SB.2.10).
    fn retry(
        &self,
        state: &TreeState,
        current: Option<ActivityIndex>,
        trace: &mut Trace,
    ) -> Result {
        let current = current.ok_or(Refusal::of(Exception::RetryNotBegun))?;
        let known = state.of(self[current].id());
        if known.is_active || known.is_suspended {
            return Err(Refusal::at(Exception::RetryActive, current));
        }
        if self[current].is_leaf() {
            return Ok(Sequenced::Deliver(current));
        }
        match self.flow(state, current, Forward, true, trace) {
            Ok(Some(leaf)) => Ok(Sequenced::Deliver(leaf)),
            Ok(None) => Err(Refusal::at(Exception::RetryLeadsNowhere, current)),
            Err(refusal) => Err(Refusal {
                exception: Exception::RetryLeadsNowhere,
                at: refusal.at.or(Some(current)),
                ..refusal
            }),
        }
    }

    /// Exit Sequencing Request Process (SB.2.11).
    fn exit(&self, state: &TreeState, current: Option<ActivityIndex>) -> Result {
        let current = current.ok_or(Refusal::of(Exception::ExitNotBegun))?;
        if state.of(self[current].id()).is_active {
            return Err(Refusal::at(Exception::ExitActive, current));
        }
        let is_root = current == Self::ROOT;
        Ok(if is_root { Sequenced::EndSession } else { Sequenced::Nothing })
    }
}

/// Jump Sequencing Request Process (SB.2.13; 4th edition).
fn jump(current: Option<ActivityIndex>, target: ActivityIndex) -> Result {
    match current {
        Some(_) => Ok(Sequenced::Deliver(target)),
        None => Err(Refusal::of(Exception::JumpNotBegun)),
    }
}
