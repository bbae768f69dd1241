//! What would come of each request (SN 5.6.3), for `adl.nav.request_valid` and the player.
//!
//! The attempt on the Current Activity ends with every one of these requests, so each is tried on
//! the state in which it would be carried out. What postcondition rules would make of it instead
//! is not a refusal; where it leads nowhere by itself and they lead on, it counts as valid.

use super::Request;
use super::outcome::{Refusal, Refused};
use super::run::Run;
use super::sequence::Sequenced;
use super::trace::Trace;
use crate::manifest::Edition;
use crate::runtime::{Exit, NavigationValidity, RunTimeData};
use crate::tree::{ActivityIndex, ActivityTree, Moment, TreeState};
use serde::Serialize;

/// A control of the player.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Control {
    /// Whether the request would be carried out.
    pub enabled: bool,
    /// Whether the content leaves it to the LMS to show it (`hideLMSUI`, SN 5.2).
    pub shown: bool,
}

impl Control {
    /// Whether a learner can use it.
    pub const fn can_use(self) -> bool {
        self.enabled && self.shown
    }
}

/// One line of the contents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContentsEntry {
    /// The activity.
    pub activity: ActivityIndex,
    /// Whether the learner sees it: it is visible, available and not hidden from choice.
    pub visible: bool,
    /// Why it cannot be chosen; `None` when it can.
    pub refused: Option<Refused>,
    /// Whether it is the Current Activity or holds it.
    pub current: bool,
}

impl ContentsEntry {
    /// Whether a learner can choose it from the contents.
    pub const fn can_choose(&self) -> bool {
        self.visible && self.refused.is_none()
    }
}

/// What the player offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Controls {
    /// Continue.
    pub forward: Control,
    /// Previous.
    pub previous: Control,
    /// Exit.
    pub exit: Control,
    /// Exit all.
    pub exit_all: Control,
    /// Abandon.
    pub abandon: Control,
    /// Abandon all.
    pub abandon_all: Control,
    /// Suspend all.
    pub suspend_all: Control,
    /// Every available activity in the learner's order, the root first.
    pub contents: Vec<ContentsEntry>,
}

impl Controls {
    /// Whether the contents are of use: the learner can choose something in them besides the course
    /// itself.
    pub fn offer_choice(&self) -> bool {
        self.contents.iter().skip(1).any(ContentsEntry::can_choose)
    }
}

/// The state in which requests would be carried out, the attempt on the Current Activity ended.
struct LookAhead<'t> {
    tree: &'t ActivityTree,
    now: &'t TreeState,
    then: TreeState,
    /// For every activity in document order: whether it is available and nothing forbids it or
    /// what it is in (DB.1.1).
    open: Vec<bool>,
}

impl<'t> LookAhead<'t> {
    fn new(tree: &'t ActivityTree, now: &'t TreeState) -> Self {
        let mut then = now.clone();
        match tree.current(&then) {
            Some(current) if then.of(tree[current].id()).is_active => {
                Run::tried(tree, &mut then).leave(current);
            }
            Some(_) => {}
            None => tree.begin_session(&mut then),
        }
        let mut open: Vec<bool> = Vec::with_capacity(tree.len());
        for at in tree.indices() {
            // A parent comes before its children.
            let parent = tree[at].parent.and_then(|parent| open.get(parent.place()).copied());
            let is_open = parent.unwrap_or(true)
                && tree.is_selected(&then, at)
                && tree.check_activity(&then, at).is_none();
            open.push(is_open);
        }
        Self { tree, now, then, open }
    }

    fn is_open(&self, at: ActivityIndex) -> bool {
        self.open.get(at.place()).copied().unwrap_or(false)
    }

    /// Delivery Request Process (DB.1.1); what forbids is looked for only where something does.
    fn deliver(&self, at: ActivityIndex) -> Result<(), Refusal> {
        if self.is_open(at) && self.tree[at].can_launch() {
            Ok(())
        } else {
            self.tree.delivery_request(&self.then, at)
        }
    }

    fn after(&self) -> Option<ActivityIndex> {
        self.tree.current(&self.then)
    }

    /// Whether a request leads to an activity that can be delivered, or off the end of the tree.
    fn try_request(&self, request: &Request) -> Result<(), Refusal> {
        let navigated = self.tree.navigate(self.now, self.tree.current(self.now), request)?;
        let Some(wanted) = navigated.wanted else { return Ok(()) };
        let trace = &mut Trace::off();
        match self.tree.sequence(&self.then, self.after(), wanted, trace)? {
            Sequenced::Deliver(target) => self.deliver(target),
            Sequenced::Nothing | Sequenced::EndSession | Sequenced::OffTheTree => Ok(()),
        }
    }

    /// Whether Continue or Previous leads anywhere, by itself or by what postcondition rules make of
    /// it: a learner must not be kept from the end of a part that sends them back or on.
    fn leads_on(&self, request: &Request) -> bool {
        self.try_request(request).is_ok() || self.rules_lead_on(request)
    }

    fn rules_lead_on(&self, request: &Request) -> bool {
        let active =
            self.tree.current(self.now).filter(|&at| self.now.of(self.tree[at].id()).is_active);
        let ended = active.and(self.after());
        let has_rules = |at: ActivityIndex| !self.tree[at].sequencing.post_conditions.is_empty();
        let (Some(moment), true) = (self.now.moment, ended.is_some_and(has_rules)) else {
            return false;
        };
        let outcome = self.tree.request(&mut self.now.clone(), request.clone(), moment);
        outcome.ended || outcome.delivered.is_some()
    }

    fn try_choice(&self, target: ActivityIndex) -> Result<(), Refusal> {
        let current = self.tree.current(self.now);
        self.tree.check_choice(self.now, current, target)?;
        let leaf = self.tree.choice(&self.then, self.after(), target, &mut Trace::off())?;
        self.deliver(leaf)
    }

    fn try_jump(&self, target: ActivityIndex) -> bool {
        self.after().is_some() && self.is_open(target) && self.tree[target].can_launch()
    }
}

impl ActivityTree {
    /// Which navigation requests would be carried out now, as content asks with
    /// `adl.nav.request_valid`. `unsaved` is the content's data as it has set them, committed or
    /// not; they are tried on a copy.
    pub fn validity(
        &self,
        state: &TreeState,
        unsaved: Option<&RunTimeData>,
        moment: Moment,
    ) -> NavigationValidity {
        let state = self.as_of(state, unsaved, moment);
        let ahead = LookAhead::new(self, &state);
        let named = |at: ActivityIndex, valid| (self[at].id().to_string(), valid);
        let is_fourth = self.edition() == Edition::Scorm2004Fourth;
        NavigationValidity {
            forward: Some(ahead.leads_on(&Request::Continue)),
            previous: Some(ahead.leads_on(&Request::Previous)),
            choice: self.indices().map(|at| named(at, ahead.try_choice(at).is_ok())).collect(),
            jump: self
                .indices()
                .filter(|_| is_fourth)
                .map(|at| named(at, ahead.try_jump(at)))
                .collect(),
        }
    }

    /// What the player offers the learner now.
    pub fn controls(
        &self,
        state: &TreeState,
        unsaved: Option<&RunTimeData>,
        moment: Moment,
    ) -> Controls {
        let state = self.as_of(state, unsaved, moment);
        let ahead = LookAhead::new(self, &state);
        let current = self.current(&state);
        let active = current.filter(|&at| state.of(self[at].id()).is_active);
        let control = |word: &str, enabled: bool| Control {
            enabled,
            shown: !active
                .is_some_and(|at| self[at].item.hide_lms_ui.iter().any(|one| one == word)),
        };
        let is_begun = current.is_some();
        Controls {
            forward: control("continue", ahead.leads_on(&Request::Continue)),
            previous: control("previous", ahead.leads_on(&Request::Previous)),
            exit: control("exit", active.is_some()),
            exit_all: control("exitAll", is_begun),
            abandon: control("abandon", active.is_some()),
            abandon_all: control("abandonAll", is_begun),
            suspend_all: control("suspendAll", is_begun),
            contents: self.contents(&state, &ahead),
        }
    }

    /// A copy of the state with what content has not saved yet.
    fn as_of(&self, state: &TreeState, unsaved: Option<&RunTimeData>, moment: Moment) -> TreeState {
        let mut state = state.clone();
        state.moment = Some(moment);
        if let (Some(data), Some(current)) = (unsaved, self.current(&state)) {
            self.track(&mut state, current, data);
            state.of_mut(self[current].id()).is_suspended = data.exit() == Some(Exit::Suspend);
        }
        state
    }

    fn contents(&self, state: &TreeState, ahead: &LookAhead<'_>) -> Vec<ContentsEntry> {
        let current = self.current(state);
        let mut entries = Vec::with_capacity(self.len());
        let mut waiting = vec![(Self::ROOT, true)];
        while let Some((at, is_open)) = waiting.pop() {
            let hidden = self.pre_check(&ahead.then, at, super::RuleAction::HiddenFromChoice);
            let is_open = is_open && hidden.is_none();
            let refused = ahead.try_choice(at).err();
            entries.push(ContentsEntry {
                activity: at,
                visible: is_open && self[at].item.visible,
                refused: refused.map(|refusal| refusal.told(self)),
                current: current.is_some_and(|current| self.path(current).any(|one| one == at)),
            });
            let children = self.available(&ahead.then, at);
            waiting.extend(children.iter().rev().map(|&child| (child, is_open)));
        }
        entries
    }
}
