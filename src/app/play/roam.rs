//! Browsing and reviewing: the learner roams the course freely, and nothing is kept but the API log.

use super::{
    PlayError,
    attempt::AttemptData,
    outcome::LoggedOutcome,
    session::Play,
    state::{Navigated, Preview},
    wire::{Delivered, LaunchMode, NavigateAnswer, PlayerWish, Wish},
};
use crate::App;
use scorm::{runtime::NavigationValidity, sequencing::Request, tree::ActivityIndex};
use std::collections::BTreeMap;

impl App {
    /// Carries out a navigation request of a learner who browses or reviews.
    pub(super) async fn roam(
        &self,
        play: &mut Play,
        token: &str,
        wish: &Wish,
    ) -> Result<NavigateAnswer, PlayError> {
        let target = play.roam_target(wish)?;
        let delivered = match target {
            Some(at) => Some(self.preview(play, token, at).await?),
            None => None,
        };
        play.frame.navigations += 1;
        let navigated = Navigated {
            ended: target.is_none(),
            delivered: delivered.is_some(),
            ..Navigated::default()
        };
        play.frame.navigated = Some(navigated.clone());
        play.frame.told = None;
        play.log_roaming(wish, target);
        let answer = play.answer_to(navigated, delivered, Vec::new(), self.moment());
        play.note_outcome(&LoggedOutcome::of(wish, &answer));
        Ok(answer)
    }

    async fn preview(
        &self,
        play: &mut Play,
        token: &str,
        at: ActivityIndex,
    ) -> Result<Delivered, PlayError> {
        let course = play.course.clone();
        let activity = &course.tree[at];
        let prior = match play.mode() {
            LaunchMode::Review => self.prior_data(play, activity.id(), None).await?,
            LaunchMode::Normal | LaunchMode::Browse => None,
        };
        play.frame.delivers(activity.id());
        let data = play.start(at, prior, play.roam_validity(at));
        play.frame.preview = Some(Preview {
            item: activity.id().clone(),
            attempt: AttemptData::begin(data.clone(), None, play.settings.strictness),
            calls_applied: 0,
        });
        Ok(play.delivered(token, at, &data))
    }
}

impl Play {
    /// Where a wish leads; `None` out of the course.
    fn roam_target(&self, wish: &Wish) -> Result<Option<ActivityIndex>, PlayError> {
        let tree = &self.course.tree;
        let asked;
        let request = match wish {
            Wish::Force(item) => {
                let target = tree.find(item).and_then(|at| tree.first_in(at));
                let nowhere = || PlayError::Invalid(format!("activity {item} has no content"));
                return target.ok_or_else(nowhere).map(Some);
            }
            Wish::Player(PlayerWish::Open) => return Ok(self.shown().or_else(|| tree.first())),
            Wish::Player(PlayerWish::Content) => {
                asked = self.frame.preview.as_ref().and_then(|preview| preview.attempt.asked());
                asked.as_ref()
            }
            Wish::Request(request) => Some(request),
        };
        let nowhere = |what: String| PlayError::Invalid(format!("{what} leads nowhere here"));
        Ok(match request {
            Some(request @ Request::Continue) => {
                let next = self.shown().and_then(|at| tree.next(at));
                Some(next.ok_or_else(|| nowhere(request.to_string()))?)
            }
            Some(request @ Request::Previous) => {
                let before = self.shown().and_then(|at| tree.previous(at));
                Some(before.ok_or_else(|| nowhere(request.to_string()))?)
            }
            Some(Request::Choice(item) | Request::Jump(item)) => {
                let chosen = tree.find(item).and_then(|at| tree.first_in(at));
                Some(chosen.ok_or_else(|| nowhere(format!("activity {item}")))?)
            }
            _ => None,
        })
    }

    fn log_roaming(&mut self, wish: &Wish, target: Option<ActivityIndex>) {
        let mode = match self.mode() {
            LaunchMode::Review => "Reviewing",
            LaunchMode::Browse | LaunchMode::Normal => "Browsing",
        };
        let sentence = match target {
            Some(at) => format!("{mode} led to '{}'.", self.course.tree[at].item.title),
            None => format!("{mode} ended."),
        };
        let words = match wish {
            Wish::Player(PlayerWish::Open) => vec!["open"],
            Wish::Player(PlayerWish::Content) => vec!["content"],
            Wish::Request(request) => request.words(),
            Wish::Force(item) => vec!["force", item.as_str()],
        };
        self.log_navigation(&words, sentence, "");
    }

    /// What `adl.nav.request_valid` answers where nothing is sequenced.
    pub(super) fn roam_validity(&self, at: ActivityIndex) -> NavigationValidity {
        let tree = &self.course.tree;
        let choices: BTreeMap<String, bool> =
            tree.indices().map(|at| (tree[at].id().to_string(), tree.can_choose(at))).collect();
        NavigationValidity {
            forward: Some(tree.next(at).is_some()),
            previous: Some(tree.previous(at).is_some()),
            choice: choices.clone(),
            jump: choices,
        }
    }
}
