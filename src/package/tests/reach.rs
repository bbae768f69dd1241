//! What is called unreachable is never put before a learner, whatever the course and whatever the
//! learner does.

use domain::ItemId;
use package::{Limits, inspect, testkit::PAGE, zip_of};
use proptest::prelude::*;
use scorm::{
    sequencing::Request,
    tree::{ActivityTree, Moment, TreeState},
};

const HEAD: &str = r#"<manifest identifier="M" xmlns="http://www.imsglobal.org/xsd/imscp_v1p1"
  xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_v1p3" xmlns:imsss="http://www.imsglobal.org/xsd/imsss">
 <metadata><schema>ADL SCORM</schema><schemaversion>2004 4th Edition</schemaversion></metadata>
 <organizations default="O"><organization identifier="O"><title>Course</title>"#;
const TAIL: &str = r#"</organization></organizations><resources>
 <resource identifier="R" adlcp:scormType="sco" href="index.html"/></resources></manifest>"#;

/// What a manifest says of one activity.
#[derive(Debug, Clone)]
struct Asked {
    choice: bool,
    flow: bool,
    visible: bool,
    /// A rule that always does this.
    always: Option<&'static str>,
}

fn asked() -> impl Strategy<Value = Asked> {
    let rule = proptest::sample::select(vec!["skip", "disabled", "hiddenFromChoice"]);
    let mostly = prop::bool::weighted(0.7);
    (any::<bool>(), mostly, mostly, prop::option::weighted(0.15, rule))
        .prop_map(|(choice, flow, visible, always)| Asked { choice, flow, visible, always })
}

impl Asked {
    fn sequencing(&self) -> String {
        let Self { choice, flow, always, .. } = self;
        let rules = always.map_or(String::new(), |action| {
            format!(
                "<imsss:sequencingRules><imsss:preConditionRule><imsss:ruleConditions>\
                 <imsss:ruleCondition condition=\"always\"/></imsss:ruleConditions>\
                 <imsss:ruleAction action=\"{action}\"/></imsss:preConditionRule>\
                 </imsss:sequencingRules>"
            )
        });
        format!(
            "<imsss:sequencing><imsss:controlMode choice=\"{choice}\" flow=\"{flow}\"/>{rules}\
             </imsss:sequencing>"
        )
    }

    fn item(&self, identifier: &str, inner: &str) -> String {
        let (visible, sequencing) = (self.visible, self.sequencing());
        let resource = if inner.is_empty() { " identifierref=\"R\"" } else { "" };
        format!(
            "<item identifier=\"{identifier}\" isvisible=\"{visible}\"{resource}>\
             <title>{identifier}</title>{inner}{sequencing}</item>"
        )
    }
}

/// The course itself, two groups of three with a group of two in the first, and a leaf.
fn manifest(asked: &[Asked]) -> String {
    let mut asked = asked.iter();
    let root = Asked { always: None, ..asked.next().expect("there is a course").clone() };
    let mut item = |identifier: &str, inner: &str| {
        asked.next().expect("there is one for each").item(identifier, inner)
    };
    let inner = item("c", "") + &item("d", "");
    let first = item("a", "") + &item("inner", &inner) + &item("b", "");
    let second = item("e", "") + &item("f", "") + &item("g", "");
    let items = item("first", &first) + &item("second", &second) + &item("last", "");
    format!("{HEAD}{items}{}{TAIL}", root.sequencing())
}

/// One thing that a learner does, picked among what is offered.
fn act(tree: &ActivityTree, state: &mut TreeState, step: usize) -> Option<ItemId> {
    let moment = Moment { now: domain::Timestamp::UNIX_EPOCH, random: step as u64 };
    let contents = tree.controls(state, None, moment).contents;
    let offered: Vec<_> = contents.iter().filter(|entry| entry.can_choose()).collect();
    let outcome = match step % 6 {
        0 => tree.open(state, moment),
        1 => tree.request(state, Request::Continue, moment),
        2 => tree.request(state, Request::Previous, moment),
        _ => {
            let chosen = offered.get(step / 6 % offered.len().max(1))?;
            tree.request(state, Request::Choice(tree[chosen.activity].id().clone()), moment)
        }
    };
    outcome.delivered.map(|delivery| tree[delivery.activity].id().clone())
}

proptest! {
    #[test]
    fn nothing_that_is_called_unreachable_is_ever_delivered(
        asked in prop::collection::vec(asked(), 12),
        steps in prop::collection::vec(any::<u16>(), 30),
    ) {
        let text = manifest(&asked);
        let zip = zip_of([("imsmanifest.xml", text.as_str()), ("index.html", PAGE)]);
        let inspection = inspect(&zip, &Limits::default());
        let tree = ActivityTree::of(&inspection.accepted.expect("it has pages").manifest);
        let told = inspection.report.findings.iter().filter(|one| {
            ["activity-unreachable", "group-without-way-in"].contains(&one.code)
        });
        let shut: Vec<_> = told.filter_map(|one| tree.find(one.item.as_ref()?)).collect();
        let mut state = TreeState::default();
        for step in steps {
            if let Some(item) = act(&tree, &mut state, step.into()) {
                let at = tree.find(&item).expect("it was delivered");
                let within = tree.path(at).find(|above| shut.contains(above));
                prop_assert!(within.is_none(), "{item} was delivered\n{text}");
            }
        }
    }
}
