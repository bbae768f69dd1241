//! The processes on small trees, by rule and at random.

mod choice;
mod editions;
mod forced;
mod limits;
mod objectives;
mod random;
mod reference;
mod requests;
mod resume;
mod scorm12;
mod selection;

use super::{Condition, Outcome, Request, Rule, RuleAction, RuleCondition, Sequencing};
use crate::manifest::{Edition, Item};
use crate::runtime::RunTimeData;
use crate::tree::sample::{cluster, sco, session, tree};
use crate::tree::{ActivityIndex, ActivityTree, Moment, TreeState};
use domain::{ItemId, Timestamp};
use std::time::Duration;

const FOURTH: Edition = Edition::Scorm2004Fourth;

/// A learner with a course.
struct Learner {
    tree: ActivityTree,
    state: TreeState,
    moment: Moment,
    last: Option<Outcome>,
}

impl Learner {
    fn of(root: Item) -> Self {
        Self::of_edition(FOURTH, root)
    }

    fn of_edition(edition: Edition, root: Item) -> Self {
        let now = "2026-03-10T08:00:00Z".parse().expect("an instant");
        let moment = Moment { now, random: 7 };
        Self { tree: tree(edition, root), state: TreeState::default(), moment, last: None }
    }

    fn at(&self, item: &str) -> ActivityIndex {
        self.tree.find(&ItemId::new(item)).expect("the test names an item of its tree")
    }

    fn now(&self) -> Timestamp {
        self.moment.now
    }

    fn wait(&mut self, seconds: u64) {
        self.moment.now = self.now().plus(Duration::from_secs(seconds));
    }

    /// Opens the course; what came of it.
    fn open(&mut self) -> String {
        let outcome = self.tree.open(&mut self.state, self.moment);
        self.tell(outcome)
    }

    /// Makes a request, written as `adl.nav.request` or as the name of an item to choose.
    fn ask(&mut self, request: &str) -> String {
        let choice = || Request::Choice(ItemId::new(request));
        let request = Request::parse(request).unwrap_or_else(choice);
        let outcome = self.tree.request(&mut self.state, request, self.moment);
        self.tell(outcome)
    }

    /// The item delivered, `end`, `nothing`, or the code of the exception.
    fn tell(&mut self, outcome: Outcome) -> String {
        let told = match (&outcome.refused, &outcome.delivered) {
            (Some(refused), _) => refused.exception.code().to_owned(),
            (None, Some(delivery)) => self.tree[delivery.activity].id().to_string(),
            (None, None) if outcome.ended => "end".to_owned(),
            (None, None) => "nothing".to_owned(),
        };
        self.last = Some(outcome);
        told
    }

    /// What the last outcome says.
    fn sentence(&self) -> String {
        self.last.as_ref().expect("a request was made").sentence(&self.tree)
    }

    /// The SCO in the frame sets these and ends its session.
    fn says(&mut self, sets: &[(&str, &str)]) {
        let current = self.state.current().expect("an activity is current").clone();
        let at = self.tree.find(&current).expect("it is in the tree");
        let start = RunTimeData::start(self.tree.edition(), &self.tree.delivery(&self.state, at));
        let data = session(self.tree.edition(), start, sets);
        self.tree.finish(&mut self.state, at, &data);
        if !self.tree.edition().is_2004() {
            self.tree.settle(&mut self.state, at, self.moment);
        }
    }

    /// The SCO sets these, and the learner asks.
    fn after(&mut self, sets: &[(&str, &str)], request: &str) -> String {
        self.says(sets);
        self.ask(request)
    }

    /// The items that can be chosen from the contents.
    fn choosable(&self) -> Vec<String> {
        let controls = self.tree.controls(&self.state, None, self.moment);
        let can = controls.contents.iter().filter(|entry| entry.can_choose());
        can.map(|entry| self.tree[entry.activity].id().to_string()).collect()
    }
}

/// A cluster whose activities follow each other.
fn flowing(identifier: &str, children: Vec<Item>) -> Item {
    cluster(identifier, children).with(|s| s.control.flow = true)
}

/// SCOs by their names.
fn scos(names: &[&str]) -> Vec<Item> {
    names.iter().map(|name| sco(name)).collect()
}

/// A rule with one condition.
fn when(condition: Condition, action: RuleAction) -> Rule {
    let mut rule = Rule::always(action);
    rule.conditions =
        vec![RuleCondition { condition, objective: None, measure_threshold: None, negated: false }];
    rule
}

fn pre(item: Item, condition: Condition, action: RuleAction) -> Item {
    item.with(|s: &mut Sequencing| s.pre_conditions.push(when(condition, action)))
}

fn post(item: Item, condition: Condition, action: RuleAction) -> Item {
    item.with(|s: &mut Sequencing| s.post_conditions.push(when(condition, action)))
}
