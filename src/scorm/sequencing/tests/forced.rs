//! Going somewhere past all rules.

use super::{Learner, flowing, pre, scos};
use crate::manifest::{Edition, Item};
use crate::sequencing::{Condition, LimitConditions, RuleAction};
use crate::tree::sample::{cluster, sco};

impl Learner {
    fn force(&mut self, item: &str) -> String {
        let to = self.at(item);
        let outcome = self.tree.force(&mut self.state, to, self.moment);
        outcome.map_or_else(|| "no content".to_owned(), |outcome| self.tell(outcome))
    }
}

fn closed(name: &str) -> Item {
    pre(sco(name), Condition::Always, RuleAction::Disabled)
}

#[test]
fn what_a_rule_has_closed_is_delivered_and_the_trace_says_which_rule() {
    let mut learner = Learner::of(flowing("root", vec![sco("a"), closed("b"), sco("c")]));
    learner.open();
    assert_eq!(learner.ask("{target=b}jump"), "DB.1.1-3", "a jump is refused");
    assert_eq!(learner.force("b"), "b");
    let tree = &learner.tree;
    let told: Vec<_> = learner
        .last
        .iter()
        .flat_map(|outcome| outcome.trace.iter().map(|step| step.sentence(tree)))
        .collect();
    assert!(told.iter().any(|line| line.contains("Title of b")), "{told:#?}");
    assert_eq!(learner.state.current().map(domain::ItemId::as_str), Some("b"));
    assert_eq!(learner.ask("continue"), "c", "from there on all rules hold");
}

#[test]
fn it_goes_into_a_group_past_limits_in_any_edition_and_before_the_course_has_begun() {
    let limits = LimitConditions { attempt_limit: Some(0), ..LimitConditions::default() };
    let limited = cluster("m", scos(&["x", "y"])).with(|s| s.limits = limits);
    for edition in [Edition::Scorm12, Edition::Scorm2004Second, Edition::Scorm2004Fourth] {
        let root = flowing("root", vec![sco("a"), limited.clone()]);
        let mut learner = Learner::of_edition(edition, root);
        assert_eq!(learner.force("m"), "x", "{edition:?}");
        assert_eq!(learner.force("a"), "a", "{edition:?}");
    }
}

#[test]
fn a_group_without_content_is_nowhere_to_go() {
    let mut learner = Learner::of(flowing("root", vec![sco("a"), cluster("m", Vec::new())]));
    assert_eq!(learner.force("m"), "no content");
}
