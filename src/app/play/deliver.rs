//! An activity into the frame.

use super::{
    PlayError, TRIES_MAX,
    attempt::AttemptData,
    is_stale,
    record::Step,
    session::{OpenAttempt, Play},
    state::{Preview, kind_of},
    wire::{DeliverRequest, Delivered},
};
use crate::{App, AppError};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use scorm::{
    manifest::{Launch, launch_path},
    runtime::{Delivery, RunTimeData, SharedDataState, State, Strictness},
    tree::{self, ActivityIndex},
};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use store::Attempt;

/// How content is judged: as most LMSs do.
const STRICTNESS: Strictness = Strictness::Lenient;

/// What must be encoded in a path, beyond controls: all that would end it or be read otherwise.
const PATH: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'`')
    .add(b'\\');

impl App {
    /// Puts an activity into the frame, after ending what is there.
    pub async fn deliver(
        &self,
        token: &str,
        request: &DeliverRequest,
    ) -> Result<Delivered, PlayError> {
        for _ in 0..TRIES_MAX {
            let mut play = self.live_session(token).await?;
            let at = play
                .course
                .tree
                .find(&request.activity)
                .filter(|&at| play.course.tree[at].can_launch())
                .ok_or_else(|| {
                    PlayError::Invalid(format!("no activity {} can be opened", request.activity))
                })?;
            let data = if play.keeps_results() {
                self.deliver_for_results(&mut play, at).await?
            } else {
                self.deliver_preview(&mut play, at).await?
            };
            let delivered = play.delivered(token, at, data.as_ref());
            match self.commit(play).await {
                Ok(_) => return Ok(delivered),
                Err(error) if is_stale(&error) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(AppError::Contended.into())
    }

    async fn deliver_for_results(
        &self,
        play: &mut Play,
        at: ActivityIndex,
    ) -> Result<Option<RunTimeData>, PlayError> {
        for open in self.open_attempts(play).await? {
            play.close(self, open);
        }
        let course = play.course.clone();
        let began = course.tree.deliver(&mut play.state.tree, at);
        let activity = &course.tree[at];
        let item = activity.id().clone();
        let number = play.state.tree.of(&item).attempts;
        let closed = play.closed_now(&item, number)?;
        let prior = match (began, closed) {
            (tree::Delivered::NewAttempt, _) => None,
            (tree::Delivered::Resumed, Some(data)) => Some(data),
            (tree::Delivered::Resumed, None) => self.prior_data(play, &item, Some(number)).await?,
        };
        play.set_open(item.clone(), number, activity.is_sco());
        let data = activity.is_sco().then(|| play.start(at, prior));
        let row = Attempt {
            registration: play.registration.fixed.id,
            item,
            number,
            data: String::new(),
            session: play.session.id,
            delivery: play.frame.deliveries,
            calls_applied: 0,
            open: true,
            updated_at: play.now,
        };
        let kept = data.clone().map(|data| AttemptData::begin(data, STRICTNESS));
        play.put(OpenAttempt { at, row, data: kept });
        if !activity.is_sco() {
            // An asset cannot say that it began.
            play.tell(self, at, &Step { begins: Some(began), ..Step::default() });
        }
        Ok(data)
    }

    /// Browsing and reviewing change nothing but the API log.
    async fn deliver_preview(
        &self,
        play: &mut Play,
        at: ActivityIndex,
    ) -> Result<Option<RunTimeData>, PlayError> {
        let course = play.course.clone();
        let activity = &course.tree[at];
        let prior = match play.mode() {
            super::wire::LaunchMode::Review => self.prior_data(play, activity.id(), None).await?,
            _ => None,
        };
        play.set_open(activity.id().clone(), 1, activity.is_sco());
        let data = activity.is_sco().then(|| play.start(at, prior));
        play.frame.preview = data.clone().map(|data| Preview {
            attempt: AttemptData::begin(data, STRICTNESS),
            calls_applied: 0,
        });
        Ok(data)
    }

    /// Goes on with the attempt whose window had fallen silent and has woken up.
    pub(super) async fn resume_interrupted(&self, play: &mut Play) -> Result<(), PlayError> {
        if !play.keeps_results() {
            return Ok(());
        }
        let (session, delivery) = (play.session.id, play.frame.deliveries);
        let Some(mut open) = self.attempt_of(play, session, delivery).await? else {
            return Ok(());
        };
        let is_running = open.data.as_ref().is_none_or(|data| data.api.state() == State::Running);
        if open.row.open || !is_running {
            return Ok(());
        }
        let course = play.course.clone();
        let began = course.tree.deliver(&mut play.state.tree, open.at);
        let attempt = play.state.tree.of(&open.row.item).attempts;
        play.frame.open = Some(super::state::OpenDelivery {
            item: open.row.item.clone(),
            attempt,
            is_sco: open.data.is_some(),
        });
        open.row.open = true;
        play.tell(self, open.at, &Step { begins: Some(began), ..Step::default() });
        play.put(open);
        Ok(())
    }
}

impl Play {
    /// What the SCO is given.
    fn start(&self, at: ActivityIndex, prior: Option<RunTimeData>) -> RunTimeData {
        let tree = &self.course.tree;
        let item = &tree[at].item;
        let shared = |map: &scorm::manifest::SharedDataMap| SharedDataState {
            id: map.target.clone(),
            store: self.state.shared_data.get(&map.target).cloned(),
            read: map.read,
            write: map.write,
        };
        let delivery = Delivery {
            learner_id: self.registration.fixed.learner_id.clone(),
            learner_name: self.registration.fixed.learner_name.clone(),
            credit_mode: self.credit_mode(),
            preferences: self.state.preferences(),
            shared_data: item.shared_data.iter().map(shared).collect(),
            navigation: self.navigation(at),
            prior,
            ..tree.delivery(&self.state.tree, at)
        };
        RunTimeData::start(tree.edition(), &delivery)
    }

    /// Which navigation requests the player would honour.
    fn navigation(&self, at: ActivityIndex) -> scorm::runtime::NavigationValidity {
        let tree = &self.course.tree;
        let choices: BTreeMap<String, bool> =
            tree.indices().map(|at| (tree[at].id().to_string(), tree.can_choose(at))).collect();
        scorm::runtime::NavigationValidity {
            forward: Some(tree.next(at).is_some()),
            previous: Some(tree.previous(at).is_some()),
            choice: choices.clone(),
            jump: choices,
        }
    }

    /// The data of an attempt that this same request closed.
    fn closed_now(
        &self,
        item: &domain::ItemId,
        number: u32,
    ) -> Result<Option<RunTimeData>, AppError> {
        let found = self.append.writes.iter().rev().find_map(|write| match write {
            store::Write::PutAttempt(row) if row.item == *item && row.number == number => Some(row),
            _ => None,
        });
        let data = found.map(|row| serde_json::from_str::<Option<AttemptData>>(&row.data));
        let data = data.transpose().map_err(AppError::unreadable("attempt"))?.flatten();
        Ok(data.map(|data| data.expired().data().clone()))
    }

    fn delivered(&self, token: &str, at: ActivityIndex, data: Option<&RunTimeData>) -> Delivered {
        let activity = &self.course.tree[at];
        Delivered {
            delivery: self.frame.deliveries,
            activity: activity.id().clone(),
            kind: kind_of(activity),
            launch: frame_address(token, activity),
            data: data.map_or(Value::Null, |data| json!(data)),
            settings: json!({ "strictness": STRICTNESS }),
        }
    }
}

/// Where the frame goes: a path below the session's package files, or an absolute address.
fn frame_address(token: &str, activity: &tree::Activity) -> String {
    let parameters = activity.item.parameters.as_deref();
    match activity.resource.as_ref().map(|resource| &resource.launch) {
        Some(Launch::File { path, suffix }) => {
            let href = format!("/c/{token}/{}{suffix}", utf8_percent_encode(path, PATH));
            launch_path(&href, parameters)
        }
        Some(Launch::External(url)) => launch_path(url, parameters),
        None => String::new(),
    }
}
