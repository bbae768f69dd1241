//! An activity into the frame.

use super::{
    PlayError,
    attempt::AttemptData,
    session::{OpenAttempt, Play},
    state::kind_of,
    wire::Delivered,
};
use crate::App;
use domain::ItemId;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use scorm::{
    manifest::{Launch, launch_path},
    profile::Event,
    runtime::{Delivery, NavigationValidity, RunTimeData},
    sequencing,
    settings::Verdict,
    tree::{self, ActivityIndex},
};
use serde_json::json;
use std::collections::BTreeMap;
use store::Attempt;

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
    /// Puts an activity into the frame whose attempt the engine has just begun or resumed.
    pub(super) async fn deliver(
        &self,
        play: &mut Play,
        token: &str,
        delivery: &sequencing::Delivery,
    ) -> Result<Delivered, PlayError> {
        let at = delivery.activity;
        let course = play.course.clone();
        let activity = &course.tree[at];
        let item = activity.id().clone();
        let number = play.state.tree.of(&item).attempts;
        let prior = match delivery.began {
            tree::Delivered::NewAttempt => None,
            tree::Delivered::Resumed => self.prior_data(play, &item, Some(number)).await?,
        };
        play.frame.delivers(&item);
        let navigation = course.tree.validity(&play.state.tree, None, self.moment());
        // An asset finds an API as well: much content that calls it is declared as one.
        let data = play.start(at, prior.clone(), navigation);
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
        let kept = AttemptData::begin(data.clone(), prior, play.settings.strictness);
        let open = OpenAttempt { at, row, data: kept };
        if !activity.is_sco() {
            // An asset need not say that it began.
            let event = Event { begins: Some(delivery.began), ..Event::default() };
            play.tell(self, (at, play.session.id), &event, None);
        }
        play.put(open);
        Ok(play.delivered(token, at, &data))
    }
}

impl Play {
    /// What the SCO is given.
    pub(super) fn start(
        &self,
        at: ActivityIndex,
        prior: Option<RunTimeData>,
        navigation: NavigationValidity,
    ) -> RunTimeData {
        let tree = &self.course.tree;
        let delivery = Delivery {
            learner_id: self.registration.fixed.learner_id.clone(),
            learner_name: self.registration.fixed.learner_name.clone(),
            credit_mode: self.credit_mode(),
            content_judges: self.settings.verdict == Verdict::Content,
            preferences: self.state.preferences.clone(),
            navigation,
            prior,
            ..tree.delivery(&self.state.tree, at)
        };
        RunTimeData::start(tree.edition(), &delivery)
    }

    pub(super) fn delivered(
        &self,
        token: &str,
        at: ActivityIndex,
        data: &RunTimeData,
    ) -> Delivered {
        let activity = &self.course.tree[at];
        Delivered {
            delivery: self.frame.deliveries,
            activity: activity.id().clone(),
            kind: kind_of(activity),
            launch: frame_address(token, activity),
            data: json!(data),
            settings: json!({ "strictness": self.settings.strictness }),
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

/// Activities by the page that they open with; a page that several open with tells nothing.
pub(super) fn pages(tree: &tree::ActivityTree) -> BTreeMap<String, ItemId> {
    let mut pages: BTreeMap<String, Option<ItemId>> = BTreeMap::new();
    for at in tree.indices() {
        let activity = &tree[at];
        let Some(Launch::File { path, .. }) =
            activity.resource.as_ref().map(|resource| &resource.launch)
        else {
            continue;
        };
        let only = Some(activity.id().clone());
        pages.entry(path.clone()).and_modify(|several| *several = None).or_insert(only);
    }
    pages.into_iter().filter_map(|(path, only)| Some((path, only?))).collect()
}
