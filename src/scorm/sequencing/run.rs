//! The Overall Sequencing Process (OP.1) and the processes that change the state: termination
//! (TB.2), delivery (DB) and the end of attempts (UP.3).

use super::limits::cause;
use super::outcome::{Delivery, Outcome, Refusal};
use super::request::{Request, Termination, Wanted};
use super::sequence::Sequenced;
use super::trace::{Event, Trace};
use super::{Exception, RuleAction, RuleKind};
use crate::runtime::Completion;
use crate::tree::{ActivityIndex, ActivityTree, Delivered, Moment, Scorm12Rollup, TreeState};
use std::collections::BTreeMap;

const POST_ACTIONS: [RuleAction; 6] = [
    RuleAction::ExitParent,
    RuleAction::ExitAll,
    RuleAction::Retry,
    RuleAction::RetryAll,
    RuleAction::Continue,
    RuleAction::Previous,
];

/// One request while it is carried out.
pub(super) struct Run<'r> {
    pub(super) tree: &'r ActivityTree,
    pub(super) state: &'r mut TreeState,
    pub(super) trace: Trace,
}

/// What the postcondition rules ask for (TB.2.2).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Post {
    termination: Option<Termination>,
    wanted: Option<Wanted>,
}

/// How OP.1 ended.
#[derive(Debug, Default)]
struct Ending {
    delivered: Option<Delivery>,
    ended: bool,
}

impl ActivityTree {
    /// Carries out a navigation request (Overall Sequencing Process, OP.1).
    ///
    /// What the content has reported must be in the state before ([`Self::track`],
    /// [`Self::finish`]). A refusal before anything was terminated leaves the state as it was; one
    /// after leaves the session without content, and the learner with the contents.
    pub fn request(&self, state: &mut TreeState, request: Request, moment: Moment) -> Outcome {
        state.moment = Some(moment);
        let mut run = Run { tree: self, state, trace: Trace::default() };
        let done = run.overall(&request);
        let trace = run.trace.into_steps();
        state.moment = None;
        let (ending, refused) = match done {
            Ok(ending) => (ending, None),
            Err((ended, refusal)) => (Ending { ended, delivered: None }, Some(refusal)),
        };
        Outcome {
            request,
            delivered: ending.delivered,
            ended: ending.ended,
            refused: refused.map(|refusal| refusal.told(self)),
            trace,
        }
    }

    /// Begins a session: goes on with what was suspended, else starts (SN 4.2). A session that
    /// broke off, its end never reported, is suspended first.
    pub fn open(&self, state: &mut TreeState, moment: Moment) -> Outcome {
        self.rest(state, moment);
        let request = self.opening(state);
        self.request(state, request, moment)
    }

    /// Suspends a session that broke off.
    pub(crate) fn rest(&self, state: &mut TreeState, moment: Moment) {
        if let Some(current) = self.current(state) {
            let known = state.of_mut(self[current].id());
            if known.is_active || known.is_suspended {
                known.is_suspended = true;
                self.request(state, Request::SuspendAll, moment);
            }
            state.current = None;
        }
    }

    /// How a session begins. A cluster that was suspended without content cannot be resumed: it is
    /// entered from the start or through the contents. In SCORM 1.2 a learner who has finished a
    /// chapter goes on with the next.
    fn opening(&self, state: &TreeState) -> Request {
        let suspended = state.suspended().and_then(|item| self.find(item));
        if suspended.is_some_and(|at| self[at].can_launch()) {
            return Request::ResumeAll;
        }
        let next = self.first_unfinished(state).filter(|_| !self.edition().is_2004());
        next.map_or(Request::Start, |at| Request::Choice(self[at].id().clone()))
    }

    /// Ends a session: the attempt on the course ends where that completes the course with nothing
    /// in it suspended, else it is suspended, so that the next session goes on with it. `None`
    /// when there is no session.
    pub fn leave(
        &self,
        state: &mut TreeState,
        scorm12: Scorm12Rollup,
        moment: Moment,
    ) -> Option<Outcome> {
        self.current(state)?;
        let request = self.way_out(state, scorm12, moment);
        Some(self.request(state, request, moment))
    }

    /// How the course is left: by Exit All where that completes it with nothing in it suspended, else
    /// by Suspend All.
    pub fn way_out(&self, state: &TreeState, scorm12: Scorm12Rollup, moment: Moment) -> Request {
        let mut ended = state.clone();
        self.request(&mut ended, Request::ExitAll, moment);
        let is_completed = self.course_status(&ended, scorm12).completion == Completion::Completed;
        let is_over = is_completed && self.is_over(&ended);
        if is_over { Request::ExitAll } else { Request::SuspendAll }
    }

    /// Goes on with an attempt whose content was held to be gone, in a session that was left or in
    /// the one that goes on; not when something newer has been done in the course. Whether it does.
    pub fn take_up(
        &self,
        state: &mut TreeState,
        at: ActivityIndex,
        attempt: u32,
        moment: Moment,
    ) -> bool {
        let item = self[at].id();
        let known = state.of(item);
        if known.attempts != attempt || !(known.is_active || known.is_suspended) {
            return false;
        }
        match state.current() {
            Some(current) if current == item => self.begin(state, at) == Delivered::Resumed,
            None if state.suspended() == Some(item) => {
                self.request(state, Request::ResumeAll, moment).delivered.is_some()
            }
            _ => false,
        }
    }

    /// Makes ready for a session: draws children, and where the attempt on the course will be a new
    /// one, forgets what was known for the last one only.
    pub(super) fn begin_session(&self, state: &mut TreeState) {
        self.prepare(state);
        let root = state.of(self.root().id());
        if root.attempts > 0 && !root.is_suspended {
            self.forget_attempt(state);
        }
    }

    /// The Current Activity.
    pub(super) fn current(&self, state: &TreeState) -> Option<ActivityIndex> {
        state.current().and_then(|item| self.find(item))
    }
}

impl<'r> Run<'r> {
    /// A request that is only tried: nothing is told.
    pub(super) const fn tried(tree: &'r ActivityTree, state: &'r mut TreeState) -> Self {
        Self { tree, state, trace: Trace::off() }
    }

    fn current(&self) -> Option<ActivityIndex> {
        self.tree.current(self.state)
    }

    fn set_current(&mut self, at: ActivityIndex) {
        self.state.current = Some(self.tree[at].id().clone());
    }

    fn tell(&mut self, process: &'static str, at: Option<ActivityIndex>, event: Event) {
        self.trace.tell(self.tree, process, at, event);
    }

    fn is_active(&self, at: ActivityIndex) -> bool {
        self.state.of(self.tree[at].id()).is_active
    }

    fn is_suspended(&self, at: ActivityIndex) -> bool {
        self.state.of(self.tree[at].id()).is_suspended
    }

    /// Overall Sequencing Process (OP.1). A refusal says whether the session ended nevertheless.
    fn overall(&mut self, request: &Request) -> Result<Ending, (bool, Refusal)> {
        let open = |refusal: Refusal| (false, refusal);
        let navigated = self.tree.navigate(self.state, self.current(), request);
        let navigated = navigated.map_err(|refusal| open(self.refused("NB.2.1", refusal)))?;
        if self.current().is_none() {
            self.tree.begin_session(self.state);
        }
        let mut wanted = navigated.wanted;
        if let Some(termination) = navigated.termination {
            let asked = self.terminate(termination);
            let asked = asked.map_err(|refusal| open(self.refused("TB.2.3", refusal)))?;
            // Only one request can be pending: that of the rules goes first.
            wanted = asked.or(wanted);
        }
        let Some(wanted) = wanted else { return Ok(Ending::default()) };
        let target = match self.sequence(wanted)? {
            Sequenced::Deliver(target) => target,
            Sequenced::Nothing => return Ok(Ending::default()),
            Sequenced::EndSession | Sequenced::OffTheTree => {
                self.end_session();
                return Ok(Ending { delivered: None, ended: true });
            }
        };
        let checked = self.tree.delivery_request(self.state, target);
        checked.map_err(|refusal| open(self.refused("DB.1.1", refusal)))?;
        let delivered = self.deliver(target);
        let delivered = delivered.map_err(|refusal| open(self.refused("DB.2", refusal)))?;
        Ok(Ending { delivered: Some(delivered), ended: false })
    }

    pub(super) fn refused(&mut self, process: &'static str, refusal: Refusal) -> Refusal {
        if let Some(cause) = refusal.cause.clone() {
            self.tell(process, refusal.at, Event::Decided(cause));
        }
        self.tell(process, refusal.at, Event::Refused(refusal.exception));
        refusal
    }

    /// Sequencing Request Process (SB.2.12), with what it does to the state.
    fn sequence(&mut self, wanted: Wanted) -> Result<Sequenced, (bool, Refusal)> {
        let current = self.current();
        if wanted == Wanted::Retry && current == Some(ActivityTree::ROOT) {
            self.tree.forget_attempt(self.state);
        }
        match self.tree.sequence(self.state, current, wanted, &mut self.trace) {
            Ok(sequenced) => {
                if let Sequenced::Deliver(target) = sequenced {
                    self.tell("SB.2.12", Some(target), Event::Identified);
                }
                if sequenced == Sequenced::OffTheTree {
                    // SB.2.1, 3.1.1: walking off the tree ends what is active in it.
                    self.terminate_descendents(ActivityTree::ROOT);
                    if self.is_active(ActivityTree::ROOT) {
                        self.end_attempt(ActivityTree::ROOT);
                    }
                }
                Ok(sequenced)
            }
            Err(refusal) => {
                if let Some((common, target)) = refusal.leads_nowhere {
                    self.terminate_descendents(common);
                    self.end_attempt(common);
                    self.set_current(target);
                }
                Err((false, self.refused("SB.2.12", refusal)))
            }
        }
    }

    fn end_session(&mut self) {
        self.state.current = None;
        self.tell("OP.1", None, Event::SessionEnded);
    }

    /// Termination Request Process (TB.2.3); the sequencing request that rules ask for.
    pub(super) fn terminate(
        &mut self,
        termination: Termination,
    ) -> Result<Option<Wanted>, Refusal> {
        let nothing = Refusal::of(Exception::NothingToTerminate);
        let current = self.current().ok_or(nothing)?;
        let needs_active = matches!(termination, Termination::Exit | Termination::Abandon);
        if needs_active && !self.is_active(current) {
            return Err(Refusal::at(Exception::TerminatedBefore, current));
        }
        match termination {
            Termination::Exit => {
                self.leave(current);
                self.after_exit()
            }
            Termination::ExitAll => Ok(Some(self.exit_all().unwrap_or(Wanted::Exit))),
            Termination::SuspendAll => self.suspend_all(current),
            Termination::Abandon => {
                self.tree.disown(self.state, current);
                self.state.of_mut(self.tree[current].id()).is_active = false;
                self.tell("TB.2.3", Some(current), Event::Abandoned);
                Ok(None)
            }
            Termination::AbandonAll => {
                if self.is_active(current) {
                    self.tree.disown(self.state, current);
                }
                for at in self.tree.path(current).collect::<Vec<_>>() {
                    self.state.of_mut(self.tree[at].id()).is_active = false;
                }
                self.tell("TB.2.3", Some(current), Event::Abandoned);
                self.set_current(ActivityTree::ROOT);
                Ok(Some(Wanted::Exit))
            }
        }
    }

    /// TB.2.3, 3.1 and 3.2: ends the attempt on the Current Activity, and on what exit rules say.
    pub(super) fn leave(&mut self, current: ActivityIndex) {
        self.end_attempt(current);
        self.exit_action_rules(current);
    }

    /// Sequencing Exit Action Rules Subprocess (TB.2.1): the highest cluster with an exit rule that
    /// holds ends, and all in it.
    fn exit_action_rules(&mut self, current: ActivityIndex) {
        let mut path: Vec<_> = self.tree.path(current).skip(1).collect();
        path.reverse();
        for at in path {
            let rules = &self.tree[at].sequencing.exit_conditions;
            let found = self.tree.rules_check(self.state, at, rules, &[RuleAction::Exit]);
            let Some((place, rule)) = found else { continue };
            self.tell("TB.2.1", Some(at), Event::Decided(cause(RuleKind::Exit, place, rule)));
            self.terminate_descendents(at);
            self.end_attempt(at);
            self.set_current(at);
            return;
        }
    }

    /// TB.2.3, 3.3 to 3.5: what postcondition rules ask for, parent by parent.
    fn after_exit(&mut self) -> Result<Option<Wanted>, Refusal> {
        loop {
            let nothing = Refusal::of(Exception::NothingToTerminate);
            let current = self.current().ok_or(nothing)?;
            let post = self.post_condition_rules(current);
            match post.termination {
                Some(Termination::ExitAll) => {
                    self.exit_all();
                    return Ok(Some(post.wanted.unwrap_or(Wanted::Exit)));
                }
                // ExitParent
                Some(_) => {
                    let parent = self.tree[current].parent;
                    let parent = parent.ok_or(Refusal::at(Exception::NoParentToExit, current))?;
                    self.set_current(parent);
                    self.end_attempt(parent);
                }
                None if current == ActivityTree::ROOT && post.wanted != Some(Wanted::Retry) => {
                    return Ok(Some(Wanted::Exit));
                }
                None => return Ok(post.wanted),
            }
        }
    }

    /// Sequencing Post Condition Rules Subprocess (TB.2.2). A suspended activity has no say: its
    /// attempt goes on. `Termination::Exit` stands for exit parent.
    fn post_condition_rules(&mut self, current: ActivityIndex) -> Post {
        if self.is_suspended(current) {
            return Post::default();
        }
        let rules = &self.tree[current].sequencing.post_conditions;
        let found = self.tree.rules_check(self.state, current, rules, &POST_ACTIONS);
        let Some((place, rule)) = found else { return Post::default() };
        self.tell("TB.2.2", Some(current), Event::Decided(cause(RuleKind::Post, place, rule)));
        let (termination, wanted) = match rule.action {
            RuleAction::Retry => (None, Some(Wanted::Retry)),
            RuleAction::Continue => (None, Some(Wanted::Continue)),
            RuleAction::Previous => (None, Some(Wanted::Previous)),
            RuleAction::ExitParent => (Some(Termination::Exit), None),
            RuleAction::ExitAll => (Some(Termination::ExitAll), None),
            RuleAction::RetryAll => (Some(Termination::ExitAll), Some(Wanted::Retry)),
            _ => (None, None),
        };
        Post { termination, wanted }
    }

    /// TB.2.3, 4: ends all attempts; no request of its own.
    fn exit_all(&mut self) -> Option<Wanted> {
        if let Some(current) = self.current().filter(|&current| self.is_active(current)) {
            self.end_attempt(current);
        }
        self.terminate_descendents(ActivityTree::ROOT);
        if self.current() != Some(ActivityTree::ROOT) || self.is_active(ActivityTree::ROOT) {
            self.end_attempt(ActivityTree::ROOT);
        }
        self.set_current(ActivityTree::ROOT);
        None
    }

    /// TB.2.3, 5: suspends the Current Activity, or the cluster that it has left, and all above.
    fn suspend_all(&mut self, current: ActivityIndex) -> Result<Option<Wanted>, Refusal> {
        let suspended = if self.is_active(current) || self.is_suspended(current) {
            self.tree.roll_up(self.state, current);
            current
        } else {
            let parent = self.tree[current].parent;
            parent.ok_or(Refusal::at(Exception::NothingToSuspend, current))?
        };
        for at in self.tree.path(suspended).collect::<Vec<_>>() {
            let known = self.state.of_mut(self.tree[at].id());
            (known.is_active, known.is_suspended) = (false, true);
        }
        self.state.suspended = Some(self.tree[suspended].id().clone());
        self.tell("TB.2.3", Some(suspended), Event::Suspended);
        self.set_current(ActivityTree::ROOT);
        Ok(Some(Wanted::Exit))
    }

    /// Terminate Descendent Attempts Process (UP.3): ends what is active between the Current
    /// Activity and `target`, or their common ancestor.
    fn terminate_descendents(&mut self, target: ActivityIndex) {
        let Some(current) = self.current() else { return };
        let common = self.tree.common_ancestor(current, target);
        let path = self.tree.path(current).take_while(|&at| at != common).skip(1);
        for at in path.collect::<Vec<_>>() {
            if self.is_active(at) {
                self.end_attempt(at);
            }
        }
    }

    /// End Attempt Process (UP.4).
    fn end_attempt(&mut self, at: ActivityIndex) {
        self.tree.end(self.state, at);
        let event = if self.is_suspended(at) { Event::Suspended } else { Event::Ended };
        self.tell("UP.4", Some(at), event);
    }

    /// Content Delivery Environment Process (DB.2).
    pub(super) fn deliver(&mut self, target: ActivityIndex) -> Result<Delivery, Refusal> {
        if let Some(current) = self.current() {
            if self.is_active(current) && self.tree[current].is_leaf() {
                return Err(Refusal::at(Exception::StillActive, current));
            }
            if self.is_active(current) && !self.tree.is_below(target, current) {
                self.end_attempt(current);
            }
        }
        self.clear_suspended(target);
        self.terminate_descendents(target);
        let began = self.tree.begin(self.state, target);
        let event = match began {
            Delivered::NewAttempt => Event::Began,
            Delivered::Resumed => Event::Resumed,
        };
        self.tell("DB.2", Some(target), event);
        Ok(Delivery { activity: target, began, auxiliary: self.tree.auxiliary(target) })
    }

    /// Clear Suspended Activity Subprocess (DB.2.1): what was suspended and is not resumed counts
    /// as suspended no more, up to where the ways part.
    fn clear_suspended(&mut self, target: ActivityIndex) {
        let suspended = self.state.suspended().and_then(|item| self.tree.find(item));
        let Some(suspended) = suspended.filter(|&suspended| suspended != target) else { return };
        let common = self.tree.common_ancestor(suspended, target);
        let path = self.tree.path(suspended).take_while(|&at| at != common);
        for at in path.collect::<Vec<_>>() {
            let children = self.tree.available(self.state, at);
            let is_suspended = children.iter().any(|&child| self.is_suspended(child));
            let now = self.state.now();
            let known = self.state.of_mut(self.tree[at].id());
            known.is_suspended = is_suspended;
            known.ended = now.filter(|_| !is_suspended);
        }
        self.state.suspended = None;
    }
}

impl ActivityTree {
    /// Delivery Request Process (DB.1.1): whether nothing forbids an activity or one above it.
    pub(super) fn delivery_request(
        &self,
        state: &TreeState,
        target: ActivityIndex,
    ) -> Result<(), Refusal> {
        if !self[target].can_launch() {
            return Err(Refusal::at(Exception::NotALeaf, target));
        }
        for at in self.path(target) {
            if let Some(cause) = self.check_activity(state, at) {
                return Err(Refusal::because(Exception::DeliveryForbidden, at, cause));
            }
        }
        Ok(())
    }

    /// The auxiliary resources (SN 3.6) of an activity: its own before those above it.
    fn auxiliary(&self, target: ActivityIndex) -> Vec<(String, String)> {
        let mut found = BTreeMap::new();
        for at in self.path(target) {
            for one in &self[at].sequencing.auxiliary_resources {
                found.entry(one.purpose.clone()).or_insert_with(|| one.identifier.clone());
            }
        }
        found.into_iter().collect()
    }
}
