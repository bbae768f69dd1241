//! Walks of a learner and content through one course, told step by step, so that another engine can
//! walk the same way and be compared.

use crate::course::Course;
use domain::{ItemId, Timestamp};
use scorm::{
    runtime::{ApiSession, Delivery, NavigationValidity, RunTimeData, Strictness},
    sequencing::{Outcome, Request},
    tree::{ActivityIndex, ActivityTree, Delivered, Moment, TreeState},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::{collections::BTreeMap, path::Path};

/// One step: what content says before it ends, if there is any, and what is asked for then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Act {
    /// `SetValue` calls in their order; `None`: there is no content, or it says nothing at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub said: Option<Vec<Said>>,
    /// `start`, `resumeAll`, or what `adl.nav.request` can be.
    pub request: String,
}

/// A `SetValue` call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// The objective by its id, whatever its number in `cmi.objectives` is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub objective: Option<String>,
    /// The element: `cmi.score.scaled`, or of an objective `score.scaled`.
    pub element: String,
    /// Its value.
    pub value: String,
}

/// A learner in a course.
pub struct Walk {
    course: Course,
    state: TreeState,
    left: BTreeMap<ItemId, RunTimeData>,
    frame: Option<(ActivityIndex, RunTimeData)>,
    seconds: i64,
    random: u64,
}

impl Walk {
    /// A learner who has not begun.
    pub fn of(manifest: &Path) -> Result<Self, String> {
        Ok(Self {
            course: Course::read(manifest)?,
            state: TreeState::default(),
            left: BTreeMap::new(),
            frame: None,
            seconds: 0,
            random: 0,
        })
    }

    /// The activities in document order.
    pub fn activities(&self) -> Vec<&str> {
        self.tree().activities().map(|activity| activity.id().as_str()).collect()
    }

    const fn tree(&self) -> &ActivityTree {
        &self.course.tree
    }

    /// A minute later, and with the same drawing for all: what is shuffled can be compared too.
    const fn moment(&mut self) -> Moment {
        self.seconds += 60;
        Moment { now: Timestamp::from_micros(self.seconds * 1_000_000), random: 0 }
    }

    /// Takes a step; what came of it as one line.
    pub fn take(&mut self, act: &Act) -> Result<Value, String> {
        if let Some(said) = &act.said {
            self.say(said)?;
        }
        let request = match act.request.as_str() {
            "start" => Request::Start,
            "resumeAll" => Request::ResumeAll,
            other => Request::parse(other).ok_or_else(|| format!("unknown request {other:?}"))?,
        };
        let moment = self.moment();
        let outcome = self.course.tree.request(&mut self.state, request, moment);
        self.show(&outcome);
        let mut line = serde_json::to_value(act).map_err(|error| error.to_string())?;
        let told = self.told(&outcome);
        if let (Some(line), Value::Object(told)) = (line.as_object_mut(), told) {
            line.extend(told);
        }
        Ok(line)
    }

    fn say(&mut self, said: &[Said]) -> Result<(), String> {
        let (at, data) = self.frame.take().ok_or("nothing is shown that could say anything")?;
        let mut api = ApiSession::new(data, Strictness::Lenient);
        api.call("Initialize", &[""]);
        for one in said {
            let element = match &one.objective {
                None => one.element.clone(),
                Some(id) => format!("cmi.objectives.{}.{}", objective(&mut api, id), one.element),
            };
            let reply = api.call("SetValue", &[&element, &one.value]);
            if reply.error != 0 {
                return Err(format!("SetValue {element} {} is error {}", one.value, reply.error));
            }
        }
        api.call("Terminate", &[""]);
        let data = api.data().clone();
        self.course.tree.finish(&mut self.state, at, &data);
        self.left.insert(self.course.tree[at].id().clone(), data.clone());
        self.frame = Some((at, data));
        Ok(())
    }

    fn show(&mut self, outcome: &Outcome) {
        let tree = &self.course.tree;
        let Some(delivery) = &outcome.delivered else {
            let stays = |(at, _): &(ActivityIndex, RunTimeData)| {
                let item = tree[*at].id();
                self.state.current() == Some(item) && self.state.of(item).is_active
            };
            self.frame = self.frame.take().filter(stays);
            return;
        };
        let at = delivery.activity;
        let prior = self.left.remove(tree[at].id());
        let prior = prior.filter(|_| delivery.began == Delivered::Resumed);
        let given = Delivery { prior, ..tree.delivery(&self.state, at) };
        self.frame = Some((at, RunTimeData::start(tree.edition(), &given)));
    }

    fn told(&mut self, outcome: &Outcome) -> Value {
        let valid = self.valid();
        let tree = &self.course.tree;
        let allowed = |all: &BTreeMap<String, bool>| -> Vec<String> {
            let allowed = all.iter().filter(|(_, is)| **is);
            allowed.map(|(item, _)| item.clone()).collect()
        };
        let delivered = outcome.delivered.as_ref().map(|one| tree[one.activity].id());
        let activities: Map<String, Value> = tree
            .indices()
            .map(|at| {
                let known = self.state.of(tree[at].id());
                let seen = tree.observe(&self.state, at, None);
                let told = json!({
                    "active": known.is_active,
                    "suspended": known.is_suspended,
                    "attempts": known.attempts,
                    "satisfied": seen.satisfied,
                    "measure": seen.measure,
                    "completed": seen.completion,
                    "progress": seen.progress,
                });
                (tree[at].id().to_string(), told)
            })
            .collect();
        let globals: Map<String, Value> = self
            .state
            .globals()
            .map(|(id, global)| {
                let told = json!({
                    "satisfied": global.satisfied,
                    "measure": global.measure,
                    "completed": global.completion,
                    "progress": global.progress,
                });
                (id.to_owned(), told)
            })
            .collect();
        json!({
            "delivered": delivered,
            "ended": outcome.ended,
            "refused": outcome.refused.as_ref().map(|refused| refused.exception.code()),
            "current": self.state.current(),
            "valid": {
                "continue": valid.forward,
                "previous": valid.previous,
                "choice": allowed(&valid.choice),
                "jump": allowed(&valid.jump),
            },
            "activities": activities,
            "globals": globals,
        })
    }

    fn valid(&mut self) -> NavigationValidity {
        let moment = self.moment();
        match self.state.current() {
            Some(_) => self.tree().validity(&self.state, None, moment),
            None => NavigationValidity::default(),
        }
    }

    /// The next step of a learner and content who do what comes to their mind.
    pub fn think(&mut self, seed: u64) -> Act {
        self.random = self.random.wrapping_add(seed ^ 0x5851_f42d_4c95_7f2d);
        let said = self.frame.as_ref().map(|(at, _)| *at).filter(|at| self.tree()[*at].is_sco());
        let said = said.filter(|_| self.below(100) < 85).map(|at| self.words(at));
        let request = if self.state.current().is_none() {
            if self.state.suspended().is_some() { "resumeAll".to_owned() } else { self.begin() }
        } else {
            self.wish()
        };
        Act { said, request }
    }

    fn begin(&mut self) -> String {
        let leaves: Vec<String> = self
            .tree()
            .activities()
            .filter(|activity| activity.can_launch())
            .map(|activity| activity.id().to_string())
            .collect();
        match self.below(4) {
            0 => format!("{{target={}}}choice", self.pick(&leaves)),
            _ => "start".to_owned(),
        }
    }

    fn wish(&mut self) -> String {
        let valid = self.valid();
        let allowed = |all: &BTreeMap<String, bool>| -> Vec<String> {
            all.iter().filter(|(_, is)| **is).map(|(item, _)| item.clone()).collect()
        };
        let (choices, jumps) = (allowed(&valid.choice), allowed(&valid.jump));
        match self.below(100) {
            0..15 if valid.previous == Some(true) => "previous".to_owned(),
            15..40 if !choices.is_empty() => format!("{{target={}}}choice", self.pick(&choices)),
            40..46 if !jumps.is_empty() => format!("{{target={}}}jump", self.pick(&jumps)),
            46..50 => "exit".to_owned(),
            50..54 => "suspendAll".to_owned(),
            54..56 => "exitAll".to_owned(),
            56..58 => "abandon".to_owned(),
            58 => "abandonAll".to_owned(),
            _ => "continue".to_owned(),
        }
    }

    fn words(&mut self, at: ActivityIndex) -> Vec<Said> {
        let activity = &self.tree()[at];
        let objectives = activity.objectives.iter().chain([&activity.primary]);
        let named: Vec<String> =
            objectives.filter_map(|objective| objective.identifier.clone()).collect();
        let mut said = Vec::new();
        self.results(None, &mut said);
        for objective in named {
            if self.below(100) < 40 {
                self.results(Some(&objective), &mut said);
            }
        }
        if self.below(100) < 12 {
            let (element, value) = ("cmi.exit".to_owned(), "suspend".to_owned());
            said.push(Said { objective: None, element, value });
        }
        said
    }

    fn results(&mut self, objective: Option<&str>, said: &mut Vec<Said>) {
        for (chance, element, values) in [
            (55, "completion_status", &["completed", "completed", "incomplete"][..]),
            (50, "success_status", &["passed", "passed", "failed"]),
            (40, "score.scaled", &["-0.5", "0", "0.3", "0.5", "0.6", "0.8", "1"]),
            (20, "progress_measure", &["0", "0.5", "0.8", "1"]),
        ] {
            if self.below(100) < chance {
                let value = self.pick(values).to_owned();
                let prefix = if objective.is_none() { "cmi." } else { "" };
                let element = format!("{prefix}{element}");
                said.push(Said { objective: objective.map(str::to_owned), element, value });
            }
        }
    }

    /// A number below a bound (`SplitMix64`).
    const fn below(&mut self, bound: u64) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.random;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }

    fn pick<'v, T: AsRef<str>>(&mut self, values: &'v [T]) -> &'v str {
        let bound = u64::try_from(values.len()).unwrap_or(1).max(1);
        let at = usize::try_from(self.below(bound)).unwrap_or(0);
        values.get(at).map_or("", AsRef::as_ref)
    }
}

/// The number of an objective in `cmi.objectives`, made if it is not there.
fn objective(api: &mut ApiSession, id: &str) -> usize {
    let count = api.call("GetValue", &["cmi.objectives._count"]).result.parse().unwrap_or(0);
    let is = |n: &usize, api: &mut ApiSession| {
        api.call("GetValue", &[&format!("cmi.objectives.{n}.id")]).result == id
    };
    let found = (0..count).find(|n| is(n, api));
    found.unwrap_or_else(|| {
        api.call("SetValue", &[&format!("cmi.objectives.{count}.id"), id]);
        count
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    const MANIFEST: &str = r#"<manifest identifier="M" xmlns="http://www.imsglobal.org/xsd/imscp_v1p1"
      xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_v1p3" xmlns:imsss="http://www.imsglobal.org/xsd/imsss">
     <metadata><schema>ADL SCORM</schema><schemaversion>2004 4th Edition</schemaversion></metadata>
     <organizations default="root"><organization identifier="root"><title>Course</title>
      <item identifier="a" identifierref="R"><title>A</title><imsss:sequencing><imsss:objectives>
       <imsss:primaryObjective objectiveID="goal"><imsss:mapInfo targetObjectiveID="global"
         writeSatisfiedStatus="true" writeNormalizedMeasure="true"/></imsss:primaryObjective></imsss:objectives></imsss:sequencing></item>
      <item identifier="b" identifierref="R"><title>B</title></item>
      <imsss:sequencing><imsss:controlMode flow="true"/></imsss:sequencing>
     </organization></organizations>
     <resources><resource identifier="R" type="webcontent" adlcp:scormType="sco" href="a.html">
      <file href="a.html"/></resource></resources></manifest>"#;

    fn walk() -> Walk {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let manifest = folder.path().join("imsmanifest.xml");
        fs::write(&manifest, MANIFEST).expect("a file can be written");
        Walk::of(&manifest).expect("the manifest is read")
    }

    #[test]
    fn a_step_is_told_with_what_came_of_it() {
        let mut walk = walk();
        assert_eq!(walk.activities(), ["root", "a", "b"]);
        let step = |line: &str| serde_json::from_str(line).expect("a step");
        let told = walk.take(&step(r#"{"request":"start"}"#)).expect("the course starts");
        assert_eq!((&told["delivered"], &told["request"]), (&json!("a"), &json!("start")));
        assert_eq!(told["valid"]["choice"], json!(["a", "b", "root"]));
        let said = r#"{"said":[{"objective":"goal","element":"success_status","value":"passed"},
            {"element":"cmi.score.scaled","value":"0.5"}],"request":"continue"}"#;
        let told = walk.take(&step(said)).expect("the course goes on");
        assert_eq!((&told["delivered"], &told["ended"]), (&json!("b"), &json!(false)));
        let a = json!({"active": false, "suspended": false, "attempts": 1, "satisfied": true,
            "measure": 0.5, "completed": true, "progress": null});
        assert_eq!(told["activities"]["a"], a);
        assert_eq!(told["activities"]["root"]["measure"], json!(0.25));
        assert_eq!(told["globals"]["global"]["satisfied"], json!(true));
        let told = walk.take(&step(r#"{"request":"{target=nowhere}choice"}"#)).expect("a refusal");
        assert_eq!(told["refused"], json!("NB.2.1-11"));
        let told = walk.take(&step(r#"{"request":"continue"}"#)).expect("the course ends");
        assert_eq!((&told["ended"], &told["current"]), (&json!(true), &Value::Null));
    }

    #[test]
    fn a_seed_walks_one_way_and_its_steps_can_be_walked_again() {
        let mut ways = std::collections::BTreeSet::new();
        for seed in 0..20 {
            let (mut first, mut again, mut replayed) = (walk(), walk(), walk());
            let mut way = String::new();
            for _ in 0..30 {
                let step = first.think(seed);
                assert_eq!(again.think(seed), step);
                let told = first.take(&step).expect("what is thought of can be done");
                assert_eq!(again.take(&step).as_ref(), Ok(&told));
                let read: Act = serde_json::from_value(told.clone()).expect("a line is a step");
                assert_eq!(replayed.take(&read), Ok(told.clone()));
                way.push_str(&told.to_string());
            }
            ways.insert(way);
        }
        assert!(ways.len() > 15, "seeds differ");
    }
}
