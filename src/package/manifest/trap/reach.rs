//! Activities that nothing leads to: neither choice from the contents nor flow from another one.

use super::rule::always;
use crate::{codes, manifest::context::Context};
use scorm::{
    manifest::Edition,
    sequencing::RuleAction,
    tree::{ActivityIndex, ActivityTree},
};

pub(super) fn tell(context: &mut Context<'_, '_>, tree: &ActivityTree) {
    let ways = Ways::of(tree);
    let mut waiting = vec![ActivityTree::ROOT];
    while let Some(at) = waiting.pop() {
        if !ways.is(at, Mark::Holds) {
            continue;
        }
        if ways.is(at, Mark::Leads) {
            if tree.edition().is_2004() {
                tell_control(context, tree, at);
            }
            waiting.extend(tree[at].children.iter().rev());
        } else {
            tell_unreachable(context, tree, at);
        }
    }
}

fn tell_control(context: &mut Context<'_, '_>, tree: &ActivityTree, at: ActivityIndex) {
    let activity = &tree[at];
    if activity.is_leaf() || activity.sequencing.control.flow {
        return;
    }
    let steps = [("sequencing", 0), ("controlMode", 0)];
    if activity.parent.is_none() && tree.is_sequenced() {
        let message =
            "the course begins with its contents: its activities do not follow each other";
        context.tell_about(activity.id(), &steps, &codes::STARTS_WITH_CONTENTS, message);
    } else if activity.parent.is_some_and(|parent| tree[parent].sequencing.control.flow) {
        let message = format!(
            "Continue is refused before {:?}, whose activities can only be chosen",
            activity.item.title
        );
        context.tell_about(activity.id(), &steps, &codes::GROUP_STOPS_FLOW, message);
    }
}

fn tell_unreachable(context: &mut Context<'_, '_>, tree: &ActivityTree, at: ActivityIndex) {
    let activity = &tree[at];
    let title = &activity.item.title;
    let beside = beside(tree, at);
    let control = activity.sequencing.control;
    if !activity.is_leaf() && !control.flow && !control.choice {
        let steps = [("sequencing", 0), ("controlMode", 0)];
        let message =
            format!("neither Continue nor a choice leads to what is in {title:?}{beside}");
        context.tell_about(activity.id(), &steps, &codes::GROUP_WITHOUT_WAY_IN, message);
        return;
    }
    let why = reasons(tree, at).join(", and ");
    let message = format!("nothing leads to {title:?}: {why}{beside}");
    context.tell_about(activity.id(), &[], &codes::ACTIVITY_UNREACHABLE, message);
}

/// What leads to an activity all the same.
fn beside(tree: &ActivityTree, at: ActivityIndex) -> &'static str {
    let activity = &tree[at];
    let hides = |action: RuleAction| action == RuleAction::HiddenFromChoice;
    let is_hidden =
        activity.sequencing.pre_conditions.iter().any(|rule| hides(rule.action) && always(rule));
    let may_choose = activity.parent.is_some_and(|parent| tree[parent].sequencing.control.choice);
    match tree.edition() {
        Edition::Scorm12 => "",
        _ if is_locked(tree, at) => "",
        // Content may ask for what the contents do not show.
        _ if activity.is_leaf() && may_choose && !is_hidden => {
            "; only content that asks for it does"
        }
        Edition::Scorm2004Fourth => "; only a jump that content asks for does",
        _ => "",
    }
}

/// Whether nobody can ever take the activity.
fn is_locked(tree: &ActivityTree, at: ActivityIndex) -> bool {
    let rules = &tree[at].sequencing.pre_conditions;
    rules.iter().any(|rule| rule.action == RuleAction::Disabled && always(rule))
}

/// Why neither choice nor flow leads to an activity.
fn reasons(tree: &ActivityTree, at: ActivityIndex) -> Vec<&'static str> {
    let activity = &tree[at];
    let rules = &activity.sequencing.pre_conditions;
    let does = |action| rules.iter().any(|rule| rule.action == action && always(rule));
    if is_locked(tree, at) {
        return vec!["a rule always locks it"];
    }
    if !tree.edition().is_2004() {
        return vec!["it is not shown in the contents, and SCORM 1.2 has no other way to it"];
    }
    let around = activity.parent.map(|parent| tree[parent].sequencing.control);
    let choice = match around {
        Some(control) if !control.choice => "the group around it allows no choice",
        _ if does(RuleAction::HiddenFromChoice) => "a rule always hides it from the contents",
        _ if !activity.item.visible => "it is not shown in the contents",
        _ => "it cannot be chosen",
    };
    let flow = match around {
        Some(control) if !control.flow => "the activities around it do not follow each other",
        _ if does(RuleAction::Skip) => "a rule always skips it",
        _ => "no activity leads on to it",
    };
    vec![choice, flow]
}

/// What leads where, as far as the manifest alone decides.
struct Ways<'t> {
    tree: &'t ActivityTree,
    /// For every activity in document order, what is so of it.
    marks: Vec<[bool; 4]>,
}

#[derive(Debug, Clone, Copy)]
enum Mark {
    /// A learner can choose it or something in it.
    Chosen,
    /// A learner can come to be in it.
    Entered,
    /// It holds something that can be launched.
    Holds,
    /// A learner can come to something in it that can be launched.
    Leads,
}

impl<'t> Ways<'t> {
    fn of(tree: &'t ActivityTree) -> Self {
        let mut ways = Self { tree, marks: vec![[false; 4]; tree.len()] };
        // Parents come before their children: what is open goes down, what can be chosen goes up.
        let mut is_open: Vec<bool> = Vec::with_capacity(tree.len());
        for at in tree.indices() {
            let above = tree[at].parent.and_then(|parent| is_open.get(parent.place()).copied());
            let shuts = [RuleAction::Disabled, RuleAction::HiddenFromChoice];
            let open = above.unwrap_or(true) && !ways.is_always(at, &shuts);
            is_open.push(open);
            let choice = tree[at].parent.is_some_and(|one| tree[one].sequencing.control.choice);
            ways.set(at, Mark::Chosen, open && choice && tree[at].item.visible);
        }
        ways.raise(Mark::Chosen);
        for at in tree.indices() {
            let entered = ways.flows_into(at) || ways.is(at, Mark::Chosen);
            let launches = tree[at].can_launch();
            ways.set(at, Mark::Entered, entered);
            ways.set(at, Mark::Holds, launches);
            ways.set(at, Mark::Leads, launches && entered);
        }
        ways.raise(Mark::Holds);
        ways.raise(Mark::Leads);
        ways
    }

    /// Whether the activity begins by itself or follows another one.
    fn flows_into(&self, at: ActivityIndex) -> bool {
        let Some(parent) = self.tree[at].parent else { return true };
        let shuts = [RuleAction::Disabled, RuleAction::Skip];
        self.tree[parent].sequencing.control.flow
            && self.is(parent, Mark::Entered)
            && !self.is_always(at, &shuts)
    }

    /// Whether a rule of the activity always does one of these.
    fn is_always(&self, at: ActivityIndex, actions: &[RuleAction]) -> bool {
        let mut rules = self.tree[at].sequencing.pre_conditions.iter();
        rules.any(|rule| actions.contains(&rule.action) && always(rule))
    }

    /// What is so of an activity is so of all that it is in.
    fn raise(&mut self, mark: Mark) {
        for at in self.tree.indices().rev() {
            if let Some(parent) = self.tree[at].parent.filter(|_| self.is(at, mark)) {
                self.set(parent, mark, true);
            }
        }
    }

    fn set(&mut self, at: ActivityIndex, mark: Mark, value: bool) {
        let marks = self.marks.get_mut(at.place());
        if let Some(slot) = marks.and_then(|marks| marks.get_mut(mark as usize)) {
            *slot = value;
        }
    }

    fn is(&self, at: ActivityIndex, mark: Mark) -> bool {
        let marks = self.marks.get(at.place());
        marks.and_then(|marks| marks.get(mark as usize)).copied().unwrap_or(false)
    }
}
