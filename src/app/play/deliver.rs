//! An activity into the frame.

use super::{
    PlayError, TRIES_MAX,
    attempt::AttemptData,
    is_stale,
    session::{OpenAttempt, Play},
    state::{Preview, kind_of},
    wire::{DeliverRequest, Delivered},
};
use crate::{App, AppError};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use scorm::{
    manifest::{Launch, launch_path},
    profile::Event,
    runtime::{Delivery, RunTimeData, Strictness},
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
        let prior = match began {
            tree::Delivered::NewAttempt => None,
            tree::Delivered::Resumed => self.prior_data(play, &item, Some(number)).await?,
        };
        play.frame.deliveries += 1;
        let data = activity.is_sco().then(|| play.start(at, prior.clone()));
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
        let kept = data.clone().map(|data| AttemptData::begin(data, prior, STRICTNESS));
        let open = OpenAttempt { at, row, data: kept };
        if !activity.is_sco() {
            // An asset cannot say that it began.
            let event = Event { begins: Some(began), ..Event::default() };
            play.tell(self, &open, &event, None);
        }
        play.put(open);
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
        play.frame.deliveries += 1;
        let data = activity.is_sco().then(|| play.start(at, prior));
        play.frame.preview = data.clone().map(|data| Preview {
            attempt: AttemptData::begin(data, None, STRICTNESS),
            calls_applied: 0,
        });
        Ok(data)
    }
}

impl Play {
    /// What the SCO is given.
    fn start(&self, at: ActivityIndex, prior: Option<RunTimeData>) -> RunTimeData {
        let tree = &self.course.tree;
        let delivery = Delivery {
            learner_id: self.registration.fixed.learner_id.clone(),
            learner_name: self.registration.fixed.learner_name.clone(),
            credit_mode: self.credit_mode(),
            preferences: self.state.preferences.clone(),
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
