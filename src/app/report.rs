//! What a registration's attempts hold of questions and objectives, and how it was launched.

use crate::{
    AppError,
    course_settings::read_in_force,
    play::{attempt::AttemptData, state::SessionState, wire::LaunchMode},
};
use domain::{ItemId, SessionId, Timestamp};
use scorm::{settings::InForce, tree::ActivityTree};
use std::time::Duration;
use store::{Attempt, Score, Session, SessionEnd};

/// What one attempt on one activity holds of questions and objectives.
#[derive(Debug)]
pub struct AttemptReport {
    /// The activity.
    pub activity: ItemId,
    /// Its title.
    pub title: String,
    /// Which attempt, from 1.
    pub attempt: u32,
    /// Questions in the order in which the content wrote them.
    pub interactions: Vec<InteractionReport>,
    /// Objectives in the content's order.
    pub objectives: Vec<ObjectiveReport>,
}

/// A question as the content told of it (`cmi.interactions`).
#[derive(Debug)]
pub struct InteractionReport {
    /// The content's name for it.
    pub id: String,
    /// What is asked; SCORM 2004 only.
    pub description: Option<String>,
    /// `choice`, `true-false` and so on.
    pub kind: Option<String>,
    /// What the learner answered, in the form that SCORM has for the kind.
    pub learner_response: Option<String>,
    /// Patterns of right answers.
    pub correct_responses: Vec<String>,
    /// `correct`, `incorrect` (`wrong` in SCORM 1.2), `neutral`, `unanticipated` or a number.
    pub result: Option<String>,
    /// How much it weighs among others.
    pub weighting: Option<f64>,
    /// How long the learner took.
    pub latency: Option<Duration>,
    /// When it was shown, as the content says: a time in SCORM 2004, a time of day in SCORM 1.2.
    pub timestamp: Option<String>,
    /// Objectives that it belongs to.
    pub objectives: Vec<String>,
}

/// An objective as the content told of it (`cmi.objectives`).
#[derive(Debug)]
pub struct ObjectiveReport {
    /// Its identifier.
    pub id: String,
    /// What it is; SCORM 2004 only.
    pub description: Option<String>,
    /// `completed`, `incomplete`, `not attempted` or `unknown`.
    pub completion: &'static str,
    /// `passed`, `failed` or `unknown`.
    pub success: &'static str,
    /// Its score; none where the content told of no part of it.
    pub score: Option<Score>,
    /// How much of it is done, from 0 to 1.
    pub progress_measure: Option<f64>,
}

/// One launch that was taken up.
#[derive(Debug)]
pub struct SessionReport {
    /// The session that it became.
    pub id: SessionId,
    /// To learn, to browse or to review.
    pub mode: LaunchMode,
    /// The language that the launch asked for.
    pub language: Option<String>,
    /// When the player was opened.
    pub began_at: Timestamp,
    /// When it was last heard of.
    pub seen_at: Timestamp,
    /// When and how it ended; none while it goes on.
    pub ended: Option<(Timestamp, SessionEnd)>,
    /// Activities that came into the frame, with their titles, in the order of their first time;
    /// the first [`PARTS_KEPT`](crate::PARTS_KEPT) of them.
    pub parts: Vec<(ItemId, String)>,
    /// By what it plays.
    pub settings: InForce,
}

impl SessionReport {
    /// From its begin to when the page was last heard of.
    pub fn lasted(&self) -> Duration {
        let micros = self.seen_at.micros().saturating_sub(self.began_at.micros());
        Duration::from_micros(u64::try_from(micros).unwrap_or(0))
    }

    pub(crate) fn of(session: &Session, tree: &ActivityTree) -> Result<Self, AppError> {
        let parts = SessionState::parse(&session.state)?.parts;
        Ok(Self {
            id: session.id,
            mode: LaunchMode::from_store(session.mode),
            language: session.language.clone(),
            began_at: session.created_at,
            seen_at: session.seen_at,
            ended: session.ended,
            settings: read_in_force(&session.settings)?,
            parts: parts.into_iter().map(|part| (part.clone(), title_of(tree, &part))).collect(),
        })
    }
}

impl AttemptReport {
    pub(crate) fn of(attempt: &Attempt, tree: &ActivityTree) -> Result<Self, AppError> {
        // Of an attempt whose data are erased nothing is left to tell.
        let data: Option<AttemptData> =
            serde_json::from_str(&attempt.data).map_err(AppError::unreadable("attempt"))?;
        let data = data.as_ref().map(|data| data.api.data());
        Ok(Self {
            activity: attempt.item.clone(),
            title: title_of(tree, &attempt.item),
            attempt: attempt.number,
            interactions: data
                .map(|data| data.interactions().map(interaction).collect())
                .unwrap_or_default(),
            objectives: data
                .map(|data| data.objectives().map(|one| objective(&one)).collect())
                .unwrap_or_default(),
        })
    }
}

fn title_of(tree: &ActivityTree, item: &ItemId) -> String {
    // What another version had, before the registration was moved, is known by its identifier.
    tree.find(item).map_or_else(|| item.to_string(), |at| tree[at].item.title.clone())
}

fn interaction(one: scorm::runtime::Interaction<'_>) -> InteractionReport {
    let text = |text: Option<&str>| text.map(ToOwned::to_owned);
    let texts = |texts: Vec<&str>| texts.into_iter().map(ToOwned::to_owned).collect();
    InteractionReport {
        id: one.id.to_owned(),
        description: text(one.description),
        kind: text(one.kind),
        learner_response: text(one.learner_response),
        correct_responses: texts(one.correct_responses),
        result: text(one.result),
        weighting: one.weighting,
        latency: one
            .latency
            .map(|span| Duration::from_millis(span.centiseconds().saturating_mul(10))),
        timestamp: text(one.timestamp),
        objectives: texts(one.objectives),
    }
}

fn objective(one: &scorm::runtime::Objective<'_>) -> ObjectiveReport {
    let scorm::runtime::Score { raw, min, max, scaled } = one.score;
    ObjectiveReport {
        id: one.id.to_owned(),
        description: one.description.map(ToOwned::to_owned),
        completion: one.completion.as_str(),
        success: one.success.as_str(),
        score: (!one.score.is_empty()).then_some(Score { scaled, raw, min, max }),
        progress_measure: one.progress_measure,
    }
}
