//! The mapping by table, at random, and against the schemas of the profile.

mod random;
mod schema;
mod table;

use super::{Context, Ending, Event, report};
use crate::manifest::Edition;
use crate::runtime::{ApiSession, CreditMode, RunTimeData, State, Strictness};
use crate::tree::sample::{at, deliver, end};
use crate::tree::{ActivityTree, Delivered, Scorm12Rollup, TreeState};
use domain::{CourseId, CourseVersion, RegistrationId, SessionId, Timestamp};
use serde_json::{Value, json};
use std::str::FromStr;
use std::sync::LazyLock;

const UUID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";
const BASE: &str = "https://lrs.example/acme/";
const COURSE: &str = "https://lrs.example/acme/courses/01890a5d-ac96-774b-bcce-b302099a8057/1";

static ACTOR: LazyLock<Value> = LazyLock::new(
    || json!({ "objectType": "Agent", "account": { "homePage": "https://hr.example", "name": "7" } }),
);

fn id<T: FromStr<Err: std::fmt::Debug>>() -> T {
    UUID.parse().unwrap()
}

fn context() -> Context<'static> {
    Context {
        base: BASE,
        course: id::<CourseId>(),
        version: CourseVersion::FIRST,
        course_title: "Fire safety",
        language: "en",
        actor: &ACTOR,
        registration: id::<RegistrationId>(),
        session: id::<SessionId>(),
        timestamp: Timestamp::from_micros(1_800_000_000_000_000),
        claimed: None,
    }
}

/// A learner in a course: delivers, sets values, commits and ends, and collects the statements.
struct Learner {
    tree: ActivityTree,
    state: TreeState,
    rollup: Scorm12Rollup,
    mode: CreditMode,
    prior: Option<RunTimeData>,
    made: Vec<Value>,
}

/// A session of a SCO that goes on.
struct Session {
    item: &'static str,
    api: ApiSession,
    reported: RunTimeData,
}

impl Learner {
    fn new(tree: ActivityTree) -> Self {
        Self {
            tree,
            state: TreeState::default(),
            rollup: Scorm12Rollup::default(),
            mode: CreditMode::Normal,
            prior: None,
            made: Vec::new(),
        }
    }

    fn tell(&mut self, item: &str, event: &Event<'_>) {
        let index = at(&self.tree, item);
        let made = report(&context(), &self.tree, &mut self.state, index, self.rollup, event);
        self.made.extend(made);
    }

    fn begin(&mut self, item: &'static str) -> Session {
        let index = at(&self.tree, item);
        let begins = deliver(&self.tree, &mut self.state, index);
        let mut delivery = self.tree.delivery(&self.state, index);
        delivery.learner_id = "7".to_owned();
        delivery.learner_name = "Doe, Jo".to_owned();
        delivery.credit_mode = self.mode;
        delivery.prior = self.prior.take().filter(|_| begins == Delivered::Resumed);
        let data = RunTimeData::start(self.tree.edition(), &delivery);
        self.tell(
            item,
            &Event {
                begins: Some(begins),
                before: Some(&data),
                after: Some(&data),
                ..Event::default()
            },
        );
        let mut api = ApiSession::new(data.clone(), Strictness::Lenient);
        api.call(self.name("Initialize"), &[""]);
        Session { item, api, reported: data }
    }

    fn name(&self, name: &'static str) -> &'static str {
        match name {
            _ if self.tree.edition().is_2004() => name,
            "Initialize" => "LMSInitialize",
            "SetValue" => "LMSSetValue",
            _ => "LMSFinish",
        }
    }

    fn set(&self, session: &mut Session, sets: &[(&str, &str)]) {
        for (element, value) in sets {
            session.api.call(self.name("SetValue"), &[element, value]);
        }
    }

    fn commit(&mut self, session: &mut Session) {
        let data = session.api.data().clone();
        let index = at(&self.tree, session.item);
        self.tree.track(&mut self.state, index, &data);
        self.tell(
            session.item,
            &Event { before: Some(&session.reported), after: Some(&data), ..Event::default() },
        );
        session.reported = data;
    }

    fn end(&mut self, mut session: Session, ending: Ending) {
        match ending {
            Ending::Terminated => {
                session.api.call(self.name("Terminate"), &[""]);
            }
            Ending::Expired => session.api.expire(),
        }
        assert_eq!(session.api.state(), State::Terminated);
        let data = session.api.data().clone();
        let index = at(&self.tree, session.item);
        end(&self.tree, &mut self.state, index, Some(&data));
        self.tell(
            session.item,
            &Event {
                before: Some(&session.reported),
                after: Some(&data),
                ends: Some(ending),
                ..Event::default()
            },
        );
        self.prior = Some(data);
    }

    /// A whole session with one commit at its end.
    fn take(&mut self, item: &'static str, sets: &[(&str, &str)]) {
        let mut session = self.begin(item);
        self.set(&mut session, sets);
        self.end(session, Ending::Terminated);
    }

    /// Verb and object of each statement, shortened, since this was asked last.
    fn said(&mut self) -> Vec<String> {
        let short = |statement: &Value| {
            let verb = statement["verb"]["display"]["en-US"].as_str().unwrap().to_owned();
            let object = statement["object"]["id"].as_str().unwrap();
            let object = object.strip_prefix(COURSE).unwrap();
            format!("{verb} {}", if object.is_empty() { "course" } else { object })
        };
        let said = self.made.iter().map(short).collect();
        self.made.clear();
        said
    }

    /// The last statement with this verb about this object.
    fn find(&self, verb: &str, object: &str) -> &Value {
        let is = |statement: &&Value| {
            statement["verb"]["display"]["en-US"] == verb
                && statement["object"]["id"] == format!("{COURSE}{object}")
        };
        self.made.iter().rfind(is).unwrap_or_else(|| panic!("no {verb} {object}"))
    }
}

fn learner(edition: Edition, items: &[&str]) -> Learner {
    use crate::tree::sample::{cluster, sco, tree};
    let children = items.iter().map(|item| sco(item)).collect();
    Learner::new(tree(edition, cluster("root", children)))
}
