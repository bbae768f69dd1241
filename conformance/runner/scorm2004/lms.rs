//! An LMS of one process: courses, what is known of one learner, and the activity in the frame.

use crate::{
    course::Course,
    play::{Answer, Line, Lms, Shown, Step, Words},
};
use domain::{ItemId, Timestamp};
use scorm::{
    runtime::{ApiSession, Delivery, Preferences, RunTimeData, State, Strictness},
    sequencing::{Controls, Outcome, Request},
    tree::{ActivityIndex, Delivered, Moment, ObjectiveProgress, TreeState},
};
use std::{collections::BTreeMap, path::Path};

/// An LMS of one process: all that lasts between the launches of one learner.
#[derive(Default)]
pub struct InProcess {
    learner: String,
    courses: BTreeMap<String, Taken>,
    /// The course being taken.
    playing: Option<String>,
    globals: BTreeMap<String, ObjectiveProgress>,
    stores: BTreeMap<String, String>,
    preferences: Preferences,
    frame: Option<Frame>,
    last: Option<Outcome>,
    /// The clock, which goes on with every request.
    seconds: i64,
}

/// A course as the learner has it.
struct Taken {
    course: Course,
    state: TreeState,
    /// The data of the last attempt on each activity.
    left: BTreeMap<ItemId, RunTimeData>,
}

/// The activity in the frame.
struct Frame {
    at: ActivityIndex,
    api: ApiSession,
    /// Whether its data were taken in after its session had ended.
    is_finished: bool,
}

impl InProcess {
    const fn moment(&mut self) -> Moment {
        self.seconds += 1;
        Moment { now: Timestamp::from_micros(self.seconds * 1_000_000), random: 0 }
    }

    fn taken(&self) -> Result<&Taken, String> {
        let id = self.playing.as_ref().ok_or("no course is being taken")?;
        self.courses.get(id).ok_or_else(|| format!("there is no course {id}"))
    }

    fn taken_mut(&mut self) -> Result<&mut Taken, String> {
        let id = self.playing.as_ref().ok_or("no course is being taken")?;
        self.courses.get_mut(id).ok_or_else(|| format!("there is no course {id}"))
    }

    /// What the player offers now.
    fn controls(&mut self) -> Result<Controls, String> {
        let moment = self.moment();
        let taken = self.taken()?;
        let open = self.frame.as_ref().filter(|frame| !frame.is_finished);
        let unsaved = open.map(|frame| frame.api.data());
        Ok(taken.course.tree.controls(&taken.state, unsaved, moment))
    }

    /// Carries out a request, after the content has ended its session.
    fn carry_out(&mut self, request: Request) -> Result<(), String> {
        self.finish()?;
        let moment = self.moment();
        let taken = self.taken_mut()?;
        let outcome = taken.course.tree.request(&mut taken.state, request, moment);
        self.take(outcome)
    }

    /// Puts what an outcome delivers into the frame.
    fn take(&mut self, outcome: Outcome) -> Result<(), String> {
        self.keep_shared()?;
        let delivered = outcome.delivered.clone();
        self.last = Some(outcome);
        if !self.stays() {
            self.frame = None;
        }
        let Some(delivered) = delivered else { return Ok(()) };
        let at = delivered.activity;
        let moment = self.moment();
        let learner = self.learner.clone();
        let preferences = self.preferences.clone();
        let taken = self.taken_mut()?;
        let tree = &taken.course.tree;
        let prior = taken.left.remove(tree[at].id());
        let delivery = Delivery {
            learner_id: learner.clone(),
            learner_name: format!("Learner, {learner}"),
            preferences,
            navigation: tree.validity(&taken.state, None, moment),
            prior: prior.filter(|_| delivered.began == Delivered::Resumed),
            ..tree.delivery(&taken.state, at)
        };
        let data = RunTimeData::start(tree.edition(), &delivery);
        let api = ApiSession::new(data, Strictness::Strict);
        self.frame = Some(Frame { at, api, is_finished: false });
        Ok(())
    }

    /// Whether the activity in the frame goes on: a request that was refused before anything
    /// ended leaves it there.
    fn stays(&self) -> bool {
        let (Some(frame), Ok(taken)) = (&self.frame, self.taken()) else { return false };
        let item = taken.course.tree[frame.at].id();
        let is_refused = self.last.as_ref().is_some_and(|outcome| outcome.refused.is_some());
        is_refused && taken.state.current() == Some(item) && taken.state.of(item).is_active
    }

    fn track(&mut self) -> Result<(), String> {
        let id = self.playing.clone().unwrap_or_default();
        if let (Some(frame), Some(taken)) = (&self.frame, self.courses.get_mut(&id)) {
            taken.course.tree.track(&mut taken.state, frame.at, frame.api.data());
        }
        self.keep_shared()
    }

    /// Takes in what the content has left, once; content that never ended its session is cut off.
    fn finish(&mut self) -> Result<(), String> {
        let id = self.playing.clone().unwrap_or_default();
        let (Some(frame), Some(taken)) = (&mut self.frame, self.courses.get_mut(&id)) else {
            return Ok(());
        };
        let is_sco = taken.course.tree[frame.at].is_sco();
        if frame.is_finished || !is_sco {
            return Ok(());
        }
        frame.is_finished = true;
        if frame.api.state() == State::NotInitialized {
            return Ok(());
        }
        frame.api.expire();
        let data = frame.api.data();
        taken.course.tree.finish(&mut taken.state, frame.at, data);
        self.preferences = data.preferences();
        let item = taken.course.tree[frame.at].id().clone();
        taken.left.insert(item, data.clone());
        self.keep_shared()
    }

    /// Keeps what is global to the system.
    fn keep_shared(&mut self) -> Result<(), String> {
        let taken = self.taken()?;
        let (tree, state) = (&taken.course.tree, &taken.state);
        let own = |(id, known): (&str, &ObjectiveProgress)| (id.to_owned(), *known);
        let globals: Vec<_> = if tree.objectives_global_to_system() {
            state.globals().map(own).collect()
        } else {
            Vec::new()
        };
        let stores: Vec<_> = if tree.shared_data_global_to_system() {
            state.shared().map(|(id, store)| (id.to_owned(), store.to_owned())).collect()
        } else {
            Vec::new()
        };
        self.globals.extend(globals);
        self.stores.extend(stores);
        Ok(())
    }
}

impl Lms for InProcess {
    fn enter(&mut self, learner: &str) {
        learner.clone_into(&mut self.learner);
    }

    fn learner(&self) -> String {
        self.learner.clone()
    }

    fn import(&mut self, id: &str, manifest: &Path) -> Result<(), String> {
        if !self.courses.contains_key(id) {
            let course = Course::read(manifest)?;
            let taken = Taken { course, state: TreeState::default(), left: BTreeMap::new() };
            self.courses.insert(id.to_owned(), taken);
        }
        Ok(())
    }

    fn launch(&mut self, id: &str) -> Result<(), String> {
        if self.frame.is_some() {
            return Err("launched while another activity is shown".to_owned());
        }
        self.playing = Some(id.to_owned());
        let (globals, stores) = (self.globals.clone(), self.stores.clone());
        let moment = self.moment();
        let taken = self.taken_mut()?;
        let tree = &taken.course.tree;
        if tree.objectives_global_to_system() {
            for (id, known) in globals {
                taken.state.set_global(id, known);
            }
        }
        if tree.shared_data_global_to_system() {
            for (id, store) in stores {
                taken.state.set_shared(id, store);
            }
        }
        let outcome = tree.open(&mut taken.state, moment);
        self.take(outcome)
    }

    fn shown(&mut self) -> Result<Option<Shown>, String> {
        let Some(frame) = &self.frame else { return Ok(None) };
        let taken = self.taken()?;
        let item = &taken.course.tree[frame.at].item;
        Ok(Some(Shown {
            package: self.playing.clone().unwrap_or_default(),
            item: item.identifier.to_string(),
            title: item.title.clone(),
            launch: taken.course.launch(frame.at),
        }))
    }

    fn said(&mut self) -> String {
        let outcome = self.last.as_ref().zip(self.taken().ok());
        outcome.map_or_else(String::new, |(outcome, taken)| outcome.sentence(&taken.course.tree))
    }

    fn has_ended(&mut self) -> Result<bool, String> {
        let is_open = self.taken()?.state.current().is_some();
        let ended = self.last.as_ref().is_some_and(|outcome| outcome.ended);
        if ended == is_open {
            return Err("the state and the outcome contradict each other".to_owned());
        }
        Ok(ended)
    }

    fn offers(&mut self, request: &Request) -> Result<bool, String> {
        let controls = self.controls()?;
        let tree = &self.taken()?.course.tree;
        Ok(match request {
            Request::Continue => controls.forward.can_use(),
            Request::Previous => controls.previous.can_use(),
            Request::ExitAll => controls.exit_all.enabled,
            Request::SuspendAll => controls.suspend_all.enabled,
            Request::Choice(item) => controls
                .contents
                .iter()
                .any(|entry| tree[entry.activity].id() == item && entry.can_choose()),
            _ => true,
        })
    }

    fn request(&mut self, request: Request, last_words: &[Words]) -> Result<Vec<Answer>, String> {
        let call = |(function, arguments): &Words| {
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            self.call(function, &arguments)
        };
        let answers = last_words.iter().map(call).collect::<Result<_, _>>()?;
        self.carry_out(request)?;
        Ok(answers)
    }

    fn asked(&mut self) -> Result<Option<Request>, String> {
        let frame = self.frame.as_ref().filter(|frame| frame.is_finished);
        Ok(frame.and_then(|frame| Request::of_content(frame.api.data())))
    }

    fn follow_content(&mut self, request: Request) -> Result<(), String> {
        self.carry_out(request)
    }

    fn can_step(&mut self, step: Step) -> Result<bool, String> {
        let controls = self.controls()?;
        Ok(match step {
            Step::Forward => controls.forward.can_use(),
            Step::Back => controls.previous.can_use(),
        })
    }

    fn offers_choice(&mut self) -> Result<bool, String> {
        Ok(self.controls()?.offer_choice())
    }

    fn line(&mut self, item: &str) -> Result<Line, String> {
        let controls = self.controls()?;
        let tree = &self.taken()?.course.tree;
        let mut entries = controls.contents.iter();
        let found = entries.find(|entry| tree[entry.activity].id().as_str() == item);
        Ok(found.map_or_else(Line::default, |entry| Line {
            is_visible: entry.visible,
            can_choose: entry.can_choose(),
        }))
    }

    fn call(&mut self, function: &str, arguments: &[&str]) -> Result<Answer, String> {
        let asks = arguments.first().is_some_and(|name| name.starts_with("adl.nav.request_valid"));
        let moment = self.moment();
        let taken = self.playing.as_ref().and_then(|id| self.courses.get(id));
        let (Some(frame), Some(taken)) = (&mut self.frame, taken) else {
            return Err("a call without an activity".to_owned());
        };
        if asks && frame.api.state() == State::Running {
            let data = frame.api.data().clone();
            let valid = taken.course.tree.validity(&taken.state, Some(&data), moment);
            frame.api.set_navigation(&valid);
        }
        let reply = frame.api.call(function, arguments);
        if function == "Commit" && reply.result == "true" {
            self.track()?;
        }
        if frame_ended(self.frame.as_ref()) {
            self.finish()?;
        }
        Ok(Answer { result: reply.result, error: reply.error.to_string() })
    }
}

fn frame_ended(frame: Option<&Frame>) -> bool {
    frame.is_some_and(|frame| frame.api.state() == State::Terminated && !frame.is_finished)
}
