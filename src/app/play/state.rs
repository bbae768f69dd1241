//! What the store keeps of a registration and of a session, as JSON text of ours.

use super::{
    attempt::AttemptData,
    wire::{ActivityKind, ActivityView, RefusedView, StatusView},
};
use crate::AppError;
use domain::ItemId;
use scorm::{
    runtime::{Completion, Preferences, Score, Success},
    tree::{Activity, ActivityIndex, ActivityTree, Scorm12Rollup, TreeState},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// Activities that a session remembers to have shown.
pub const PARTS_KEPT: usize = 100;

/// A registration's run-time state.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct RegistrationState {
    /// Tracking of every activity.
    pub(crate) tree: TreeState,
    /// The learner's preferences as content last left them.
    pub(crate) preferences: Preferences,
    /// What all that the engine draws in this registration follows from; drawn with its first act.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) seed: Option<u64>,
    /// How often the engine has acted.
    pub(crate) acts: u64,
}

/// A session's state.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct SessionState {
    /// Number of the last delivery; 0 before the first.
    pub(crate) deliveries: u32,
    /// Activities that came into the frame, in the order of their first time.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) parts: Vec<ItemId>,
    /// Number of the page's last navigation request; 0 before the first.
    pub(crate) navigations: u32,
    /// Number of the last line of navigation in the API log: leaving the course has one, too, and is
    /// no request of the page.
    pub(crate) navigation_lines: u32,
    /// What came of it, in case its answer is lost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) navigated: Option<Navigated>,
    /// Digest of what the page was last told of contents, controls and statuses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) told: Option<String>,
    /// What a browsing or reviewing learner sees, which is kept nowhere else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) preview: Option<Preview>,
}

/// What came of a navigation request.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Navigated {
    /// As a sentence for authors.
    pub(crate) sentence: String,
    /// Why it was not carried out.
    pub(crate) refused: Option<RefusedView>,
    /// Whether the learner has left the course.
    pub(crate) ended: bool,
    /// Whether something was delivered.
    pub(crate) delivered: bool,
}

/// What a browsing or reviewing learner sees: it leaves no results.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Preview {
    /// The activity.
    pub(crate) item: ItemId,
    /// Its data.
    pub(crate) attempt: AttemptData,
    /// Number of the last call executed on it.
    pub(crate) calls_applied: u64,
}

impl RegistrationState {
    /// Reads what the store keeps.
    pub(crate) fn parse(json: &str) -> Result<Self, AppError> {
        serde_json::from_str(json).map_err(AppError::unreadable("registration state"))
    }

    pub(crate) fn to_json(&self) -> String {
        serde_json::to_string(self).expect("a registration's state is plain data")
    }

    /// What the engine's next act draws from: the same in every rerun of the same steps. `fresh`
    /// is taken for the registration's seed when it has none yet.
    pub(crate) fn draw(&mut self, fresh: u64) -> u64 {
        // Odd, so that no two acts draw from the same number; not SplitMix64's own step, with which
        // an act would begin where another one is after a draw.
        const STEP: u64 = 0xd6e8_feb8_6659_fd93;
        let seed = *self.seed.get_or_insert(fresh);
        self.acts += 1;
        seed.wrapping_add(self.acts.wrapping_mul(STEP))
    }

    /// The whole tree, the organization first.
    pub(crate) fn activity_views(&self, tree: &ActivityTree) -> Vec<ActivityView> {
        let view_of = |at| {
            let activity = &tree[at];
            let status = tree.activity_status(&self.tree, at);
            ActivityView {
                id: activity.id().clone(),
                title: activity.item.title.clone(),
                // The organization is a line like others, not the parent of all.
                level: tree.depth(at).saturating_sub(1),
                kind: kind_of(activity),
                status: view(status.completion, status.success, status.score),
            }
        };
        tree.indices().map(view_of).collect()
    }

    /// How far the learner is in one activity, with its identifier.
    pub(crate) fn status(&self, tree: &ActivityTree, at: ActivityIndex) -> (String, Value) {
        let status = tree.activity_status(&self.tree, at);
        let shown = view(status.completion, status.success, status.score);
        (tree[at].id().to_string(), json!(shown))
    }

    /// How far the learner is in every activity, by its identifier.
    pub(crate) fn statuses(&self, tree: &ActivityTree) -> Map<String, Value> {
        tree.indices().map(|at| self.status(tree, at)).collect()
    }

    /// The course as a whole.
    pub(crate) fn course_view(&self, tree: &ActivityTree, rollup: Scorm12Rollup) -> StatusView {
        let status = tree.course_status(&self.tree, rollup);
        view(status.completion, status.success, status.score)
    }
}

impl SessionState {
    /// Counts a delivery of an activity.
    pub(crate) fn delivers(&mut self, item: &ItemId) {
        self.deliveries += 1;
        if self.parts.len() < PARTS_KEPT && !self.parts.contains(item) {
            self.parts.push(item.clone());
        }
    }

    /// Reads what the store keeps.
    pub(crate) fn parse(json: &str) -> Result<Self, AppError> {
        serde_json::from_str(json).map_err(AppError::unreadable("session state"))
    }

    pub(crate) fn to_json(&self) -> String {
        serde_json::to_string(self).expect("a session's state is plain data")
    }
}

pub(crate) fn kind_of(activity: &Activity) -> ActivityKind {
    match (activity.can_launch(), activity.is_sco()) {
        (false, _) => ActivityKind::Cluster,
        (true, true) => ActivityKind::Sco,
        (true, false) => ActivityKind::Asset,
    }
}

fn view(completion: Completion, success: Success, score: Score) -> StatusView {
    StatusView {
        completion: match completion {
            Completion::Completed => "completed",
            Completion::Incomplete => "incomplete",
            Completion::NotAttempted | Completion::Unknown => "unknown",
        },
        success: match success {
            Success::Passed => "passed",
            Success::Failed => "failed",
            Success::Unknown => "unknown",
        },
        score: score.scaled,
    }
}
