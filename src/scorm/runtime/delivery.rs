//! What a SCO is given when it is launched.

use super::status::{Completion, CreditMode, Success};
use super::table::{Access, Keep};
use super::{RunTimeData, Score, Timespan};
use crate::manifest::Edition;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The inputs of one delivery of one SCO to one learner.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Delivery {
    /// `cmi.learner_id`, SCORM 1.2 `cmi.core.student_id`.
    pub learner_id: String,
    /// `cmi.learner_name`, SCORM 1.2 `cmi.core.student_name`; "Last, First" by convention.
    pub learner_name: String,
    /// `cmi.credit` and `cmi.mode`.
    pub credit_mode: CreditMode,
    /// `cmi.launch_data`, from the manifest.
    pub launch_data: Option<String>,
    /// `cmi.max_time_allowed`: a `timeinterval` in SCORM 2004, a `CMITimespan` in SCORM 1.2.
    pub max_time_allowed: Option<String>,
    /// `cmi.time_limit_action`.
    pub time_limit_action: Option<String>,
    /// SCORM 1.2 `cmi.student_data.mastery_score`, as the manifest writes it.
    pub mastery_score: Option<String>,
    /// SCORM 1.2: whether content's own word on success stands beside the mastery score.
    pub content_judges: bool,
    /// SCORM 2004 `cmi.scaled_passing_score`: the primary objective's minimum normalized measure
    /// when it is satisfied by measure.
    pub scaled_passing_score: Option<f64>,
    /// SCORM 2004 `cmi.completion_threshold`, when completion is decided by measure.
    pub completion_threshold: Option<f64>,
    /// `cmi.comments_from_lms`; SCORM 1.2 joins the texts.
    pub comments_from_lms: Vec<LmsComment>,
    /// The objectives of the activity (SCORM 2004 RTE 4.2.17.1), each put into `cmi.objectives`;
    /// what is known of one overrides what `prior` holds for the same id.
    pub objectives: Vec<ObjectiveState>,
    /// The learner's preferences from earlier attempts.
    pub preferences: Preferences,
    /// The shared data stores that the activity maps (4th edition), in the order of the manifest.
    pub shared_data: Vec<SharedDataState>,
    /// Which navigation requests would be honoured now (`adl.nav.request_valid`).
    pub navigation: NavigationValidity,
    /// The data of the attempt that this session continues: a suspended one, or in SCORM 1.2 any
    /// that the LMS lets the learner go on with.
    pub prior: Option<RunTimeData>,
}

/// A comment of the LMS for the learner.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LmsComment {
    /// The text.
    pub comment: String,
    /// Where in the content it belongs.
    pub location: Option<String>,
    /// When it was made, a `time(second,10,0)`.
    pub timestamp: Option<String>,
}

/// What is known of one objective when the SCO is launched.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ObjectiveState {
    /// `objectiveID` in the manifest.
    pub id: String,
    /// Its success, when known.
    pub success: Option<Success>,
    /// Its completion, when known.
    pub completion: Option<Completion>,
    /// Its score, as far as known.
    pub score: Score,
    /// Its progress measure, when known.
    pub progress_measure: Option<f64>,
}

/// `cmi.learner_preference` and SCORM 1.2 `cmi.student_preference`, as texts of the edition.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Preferences {
    /// `audio_level` / `audio`.
    pub audio: Option<String>,
    /// `language`.
    pub language: Option<String>,
    /// `delivery_speed` / `speed`.
    pub speed: Option<String>,
    /// `audio_captioning` / `text`.
    pub captioning: Option<String>,
}

/// A shared data store as the activity sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedDataState {
    /// `targetID`.
    pub id: String,
    /// What it holds, if it was ever written.
    pub store: Option<String>,
    /// `readSharedData`.
    pub read: bool,
    /// `writeSharedData`.
    pub write: bool,
}

/// Answers of `adl.nav.request_valid`; what is absent is `unknown`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NavigationValidity {
    /// `continue`.
    pub forward: Option<bool>,
    /// `previous`.
    pub previous: Option<bool>,
    /// `choice` by item identifier.
    pub choice: BTreeMap<String, bool>,
    /// `jump` by item identifier (4th edition).
    pub jump: BTreeMap<String, bool>,
}

impl RunTimeData {
    /// The data that a SCO finds when it is delivered: what resumes, then what the LMS gives.
    pub fn start(edition: Edition, delivery: &Delivery) -> Self {
        let mut data = Self::empty(edition);
        if let Some(prior) = &delivery.prior {
            data.resume(prior);
        }
        if edition.is_2004() {
            data.give_2004(delivery);
        } else {
            data.give_12(delivery);
        }
        data.give_preferences(&delivery.preferences);
        data
    }

    /// Takes over what lives as long as the attempt; what the table does not know is dropped.
    fn resume(&mut self, prior: &Self) {
        let table = self.table();
        for (element, value) in prior.values() {
            let kept = table.resolve(element).is_ok_and(|f| f.element.keep == Keep::Attempt);
            if kept {
                self.set(element, value);
            }
        }
    }

    fn give(&mut self, element: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.set(element, value);
        }
    }

    /// `resume` after a suspension. SCORM 1.2 content, and who looks back at an attempt, may also
    /// find the data of one that was left normally: then neither word applies (SCORM 1.2 RTE 3.4.4
    /// `cmi.core.entry`; 2004 RTE 4.2.7).
    fn entry_word(edition: Edition, delivery: &Delivery) -> &'static str {
        let is_review = delivery.credit_mode == CreditMode::Review;
        match (&delivery.prior, delivery.credit_mode) {
            (Some(prior), _) if (is_review || !edition.is_2004()) && !prior.suspends() => "",
            (Some(_), _) => "resume",
            (None, CreditMode::Review) => "",
            (None, _) => "ab-initio",
        }
    }

    fn give_12(&mut self, delivery: &Delivery) {
        self.content_judges = delivery.content_judges;
        self.set("cmi.core.student_id", &*delivery.learner_id);
        self.set("cmi.core.student_name", &*delivery.learner_name);
        self.set("cmi.core.credit", delivery.credit_mode.credit());
        self.set("cmi.core.lesson_mode", delivery.credit_mode.mode());
        self.set("cmi.core.entry", Self::entry_word(self.edition(), delivery));
        self.give("cmi.launch_data", delivery.launch_data.as_deref());
        self.give("cmi.student_data.mastery_score", delivery.mastery_score.as_deref());
        self.give("cmi.student_data.max_time_allowed", delivery.max_time_allowed.as_deref());
        self.give("cmi.student_data.time_limit_action", delivery.time_limit_action.as_deref());
        let comments: Vec<&str> =
            delivery.comments_from_lms.iter().map(|c| c.comment.as_str()).collect();
        if !comments.is_empty() {
            self.set("cmi.comments_from_lms", comments.join("\n"));
        }
    }

    fn give_2004(&mut self, delivery: &Delivery) {
        self.set("cmi.learner_id", &*delivery.learner_id);
        self.set("cmi.learner_name", &*delivery.learner_name);
        self.set("cmi.credit", delivery.credit_mode.credit());
        self.set("cmi.mode", delivery.credit_mode.mode());
        self.set("cmi.entry", Self::entry_word(self.edition(), delivery));
        self.give("cmi.launch_data", delivery.launch_data.as_deref());
        self.give("cmi.max_time_allowed", delivery.max_time_allowed.as_deref());
        self.give("cmi.time_limit_action", delivery.time_limit_action.as_deref());
        self.give_number("cmi.scaled_passing_score", delivery.scaled_passing_score);
        self.give_number("cmi.completion_threshold", delivery.completion_threshold);
        for (n, comment) in delivery.comments_from_lms.iter().enumerate() {
            let entry = format!("cmi.comments_from_lms.{n}");
            self.set(format!("{entry}.comment"), &*comment.comment);
            self.give(&format!("{entry}.location"), comment.location.as_deref());
            self.give(&format!("{entry}.timestamp"), comment.timestamp.as_deref());
        }
        self.set_count("cmi.comments_from_lms", delivery.comments_from_lms.len());
        for objective in &delivery.objectives {
            self.give_objective(objective);
        }
        if self.edition() == Edition::Scorm2004Fourth {
            self.give_shared_data(&delivery.shared_data);
        }
        self.give_navigation(&delivery.navigation);
    }

    fn give_number(&mut self, element: &str, number: Option<f64>) {
        if let Some(number) = number.filter(|number| number.is_finite()) {
            self.set(element, number.to_string());
        }
    }

    fn set_count(&mut self, collection: &str, count: usize) {
        if count > 0 {
            self.set(format!("{collection}._count"), count.to_string());
        }
    }

    fn give_objective(&mut self, objective: &ObjectiveState) {
        let count = self.count("cmi.objectives");
        let known = self.objectives().find(|o| o.id == objective.id).map(|o| o.index);
        let index = known.unwrap_or(count);
        let entry = format!("cmi.objectives.{index}");
        self.set(format!("{entry}.id"), &*objective.id);
        self.set_count("cmi.objectives", count.max(index + 1));
        if let Some(success) = objective.success {
            self.set(format!("{entry}.success_status"), success.as_str());
        }
        if let Some(completion) = objective.completion {
            self.set(format!("{entry}.completion_status"), completion.as_str());
        }
        self.give_number(&format!("{entry}.score.scaled"), objective.score.scaled);
        self.give_number(&format!("{entry}.score.raw"), objective.score.raw);
        self.give_number(&format!("{entry}.score.min"), objective.score.min);
        self.give_number(&format!("{entry}.score.max"), objective.score.max);
        self.give_number(&format!("{entry}.progress_measure"), objective.progress_measure);
    }

    fn give_shared_data(&mut self, stores: &[SharedDataState]) {
        for (n, shared) in stores.iter().enumerate() {
            let store = format!("adl.data.{n}.store");
            self.set(format!("adl.data.{n}.id"), &*shared.id);
            self.give(&store, shared.store.as_deref());
            match (shared.read, shared.write) {
                (true, true) => {}
                (true, false) => self.restrict(store, Access::ReadOnly),
                (false, true) => self.restrict(store, Access::WriteOnly),
                (false, false) => self.restrict(store, Access::Neither),
            }
        }
        self.set_count("adl.data", stores.len());
    }

    pub(super) fn give_navigation(&mut self, navigation: &NavigationValidity) {
        let word = |valid: bool| if valid { "true" } else { "false" };
        self.give("adl.nav.request_valid.continue", navigation.forward.map(word));
        self.give("adl.nav.request_valid.previous", navigation.previous.map(word));
        for (target, valid) in &navigation.choice {
            self.set(format!("adl.nav.request_valid.choice.{{target={target}}}"), word(*valid));
        }
        if self.edition() == Edition::Scorm2004Fourth {
            for (target, valid) in &navigation.jump {
                self.set(format!("adl.nav.request_valid.jump.{{target={target}}}"), word(*valid));
            }
        }
    }

    /// Preferences hold for the attempt; what the attempt already has set goes first.
    fn give_preferences(&mut self, preferences: &Preferences) {
        let given = [
            &preferences.audio,
            &preferences.language,
            &preferences.speed,
            &preferences.captioning,
        ];
        for (name, value) in self.preference_names().into_iter().zip(given) {
            if self.get(name).is_none() {
                self.give(name, value.as_deref());
            }
        }
    }

    /// The learner's preferences as they stand, for the next SCO.
    pub fn preferences(&self) -> Preferences {
        let [audio, language, speed, captioning] =
            self.preference_names().map(|name| self.get(name).map(str::to_owned));
        Preferences { audio, language, speed, captioning }
    }

    const fn preference_names(&self) -> [&'static str; 4] {
        if self.edition().is_2004() {
            [
                "cmi.learner_preference.audio_level",
                "cmi.learner_preference.language",
                "cmi.learner_preference.delivery_speed",
                "cmi.learner_preference.audio_captioning",
            ]
        } else {
            [
                "cmi.student_preference.audio",
                "cmi.student_preference.language",
                "cmi.student_preference.speed",
                "cmi.student_preference.text",
            ]
        }
    }

    /// The time of the attempt's earlier sessions, for an LMS that keeps it elsewhere.
    pub fn set_total_time(&mut self, total: Timespan) {
        if self.edition().is_2004() {
            self.set("cmi.total_time", total.to_scorm2004());
        } else {
            self.set("cmi.core.total_time", total.to_scorm12());
        }
    }
}
