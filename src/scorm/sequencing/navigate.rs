//! Navigation Request Process (NB.2.1): what a navigation request asks of the processes after it.

use super::Exception;
use super::outcome::Refusal;
use super::request::{Request, Termination, Wanted};
use crate::manifest::Edition;
use crate::tree::{ActivityIndex, ActivityTree, TreeState};
use domain::ItemId;

/// What a valid navigation request becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Navigated {
    pub(super) termination: Option<Termination>,
    pub(super) wanted: Option<Wanted>,
}

impl ActivityTree {
    /// Navigation Request Process (NB.2.1).
    pub(super) fn navigate(
        &self,
        state: &TreeState,
        current: Option<ActivityIndex>,
        request: &Request,
    ) -> Result<Navigated, Refusal> {
        let not_begun = || Refusal::of(Exception::SessionNotBegun);
        let is_active = |at: ActivityIndex| state.of(self[at].id()).is_active;
        let leaving = |at: ActivityIndex| is_active(at).then_some(Termination::Exit);
        match request {
            Request::Start | Request::ResumeAll => self.enter(state, current, request),
            Request::Continue => {
                let current = current.ok_or_else(not_begun)?;
                self.check_flow(current, false)?;
                Ok(Navigated { termination: leaving(current), wanted: Some(Wanted::Continue) })
            }
            Request::Previous => {
                let current = current.ok_or_else(not_begun)?;
                self.check_flow(current, true)?;
                Ok(Navigated { termination: leaving(current), wanted: Some(Wanted::Previous) })
            }
            Request::Choice(item) => {
                let target = self.target(item)?;
                self.check_choice(state, current, target)?;
                let termination = current.and_then(leaving);
                Ok(Navigated { termination, wanted: Some(Wanted::Choice(target)) })
            }
            Request::Jump(item) => self.check_jump(state, current, item),
            Request::Exit | Request::Abandon => {
                let current = current.ok_or_else(not_begun)?;
                if !is_active(current) {
                    return Err(Refusal::at(Exception::AlreadyTerminated, current));
                }
                Ok(Navigated::leave(match request {
                    Request::Exit => Termination::Exit,
                    _ => Termination::Abandon,
                }))
            }
            Request::ExitAll | Request::AbandonAll | Request::SuspendAll => {
                current.ok_or_else(not_begun)?;
                Ok(Navigated::leave(match request {
                    Request::ExitAll => Termination::ExitAll,
                    Request::AbandonAll => Termination::AbandonAll,
                    _ => Termination::SuspendAll,
                }))
            }
        }
    }

    /// NB.2.1, 1 and 2.
    fn enter(
        &self,
        state: &TreeState,
        current: Option<ActivityIndex>,
        request: &Request,
    ) -> Result<Navigated, Refusal> {
        if let Some(current) = current {
            return Err(Refusal::at(Exception::SessionBegun, current));
        }
        if *request == Request::Start {
            return Ok(Navigated { termination: None, wanted: Some(Wanted::Start) });
        }
        match state.suspended().and_then(|item| self.find(item)) {
            Some(_) => Ok(Navigated { termination: None, wanted: Some(Wanted::ResumeAll) }),
            None => Err(Refusal::of(Exception::NothingSuspended)),
        }
    }

    /// NB.2.1, 3 and 4: whether the activities here follow each other, and lead back.
    fn check_flow(&self, current: ActivityIndex, back: bool) -> Result<(), Refusal> {
        let Some(parent) = self[current].parent else {
            let exception = if back { Exception::NothingBeforeRoot } else { Exception::NoFlow };
            return Err(Refusal::at(exception, current));
        };
        let control = self[parent].sequencing.control;
        match (control.flow, back) {
            (true, false) => Ok(()),
            (true, true) if !control.forward_only => Ok(()),
            (_, true) => Err(Refusal::at(Exception::NoFlowBack, parent)),
            (false, false) => Err(Refusal::at(Exception::NoFlow, parent)),
        }
    }

    fn target(&self, item: &ItemId) -> Result<ActivityIndex, Refusal> {
        self.find(item).ok_or(Refusal::of(Exception::NoSuchTarget))
    }

    /// NB.2.1, 7. An active leaf that must not be left by choice keeps even its siblings from
    /// being chosen, as the conformance cases of the specification have it.
    pub(super) fn check_choice(
        &self,
        state: &TreeState,
        current: Option<ActivityIndex>,
        target: ActivityIndex,
    ) -> Result<(), Refusal> {
        let parent = self[target].parent;
        if let Some(parent) = parent.filter(|&parent| !self[parent].sequencing.control.choice) {
            return Err(Refusal::at(Exception::ChoiceForbidden, parent));
        }
        let Some(current) = current else { return Ok(()) };
        let is_sibling = self[current].parent == parent;
        let above = if is_sibling { parent } else { Some(self.common_ancestor(current, target)) };
        let mut left = self.path(current).take_while(|&at| Some(at) != above);
        let forbids = |at: &ActivityIndex| {
            let is_active = state.of(self[*at].id()).is_active;
            is_active && !self[*at].sequencing.control.choice_exit
        };
        match left.find(forbids) {
            Some(at) => Err(Refusal::at(Exception::ChoiceExitForbidden, at)),
            None => Ok(()),
        }
    }

    /// NB.2.1, 13: jumps are of the 4th edition.
    fn check_jump(
        &self,
        state: &TreeState,
        current: Option<ActivityIndex>,
        item: &ItemId,
    ) -> Result<Navigated, Refusal> {
        if self.edition() != Edition::Scorm2004Fourth {
            return Err(Refusal::of(Exception::UnknownRequest));
        }
        let target = self.target(item)?;
        if !self.is_available(state, target) {
            return Err(Refusal::at(Exception::NoSuchTarget, target));
        }
        let is_active = current.is_some_and(|at| state.of(self[at].id()).is_active);
        let termination = is_active.then_some(Termination::Exit);
        Ok(Navigated { termination, wanted: Some(Wanted::Jump(target)) })
    }
}

impl Navigated {
    const fn leave(termination: Termination) -> Self {
        Self { termination: Some(termination), wanted: Some(Wanted::Exit) }
    }
}
