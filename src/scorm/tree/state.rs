//! One registration's tracking model (SN 4.2), as it is kept.

use super::objective::{Stale, Unsaid};
use crate::runtime::{Score, Timespan};
use domain::{ItemId, Timestamp};
use serde::{Deserialize, Serialize, Serializer};
use std::collections::{BTreeMap, HashMap};

/// What is known of one learner in one activity tree.
///
/// The same state always serialises to the same bytes; what was never touched is left out.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TreeState {
    /// Activities that were ever attempted or changed by rollup.
    #[serde(serialize_with = "in_order")]
    pub(super) activities: HashMap<ItemId, ActivityState>,
    /// Shared global objectives by identifier (SN 3.10.2).
    #[serde(skip_serializing_if = "HashMap::is_empty", serialize_with = "in_order")]
    pub(super) globals: HashMap<String, ObjectiveProgress>,
    /// Shared data stores by identifier (`adlcp:data`, 4th edition).
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) shared: BTreeMap<String, String>,
    /// The Current Activity (AM.1.2): the leaf delivered last, or where its end led to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) current: Option<ItemId>,
    /// The Suspended Activity (AM.1.2), from which the next session may be resumed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) suspended: Option<ItemId>,
    /// Of the operation in hand: none is kept between two.
    #[serde(skip)]
    pub(crate) moment: Option<Moment>,
}

/// The world as an operation finds it: both are arguments, so that the same operation on the same
/// state always does the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// When it happens.
    pub now: Timestamp,
    /// What selection and randomization (SN 4.7) draw from.
    pub random: u64,
}

impl Moment {
    /// The next number drawn (`SplitMix64`).
    pub(crate) const fn draw(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.random;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

/// Tracking and state information of one activity (SN 4.2.1, TM.1 and AM.1.1).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ActivityState {
    /// Activity Attempt Count (TM.1.2.1), the current attempt included; it only grows.
    pub attempts: u32,
    /// The parent's attempt count when the current attempt began or was resumed.
    #[serde(skip_serializing_if = "is_zero")]
    pub parent_attempt: u32,
    /// What of the results is of an earlier attempt on what the activity is in, and does not count
    /// there (`useCurrentAttempt…Info`, SN 3.2.6 and 3.2.7).
    #[serde(skip_serializing_if = "Stale::is_nothing")]
    pub(super) stale: Stale,
    /// Activity is Active (AM.1.1).
    #[serde(skip_serializing_if = "is_false")]
    pub is_active: bool,
    /// Activity is Suspended (AM.1.1).
    #[serde(skip_serializing_if = "is_false")]
    pub is_suspended: bool,
    /// The objective that rolls up; its completion and progress are the Attempt Progress
    /// Information (TM.1.2.2).
    #[serde(skip_serializing_if = "ObjectiveProgress::is_unknown")]
    pub primary: ObjectiveProgress,
    /// The other objectives by identifier (TM.1.1).
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub objectives: BTreeMap<String, ObjectiveProgress>,
    /// Whether content itself decided success in the current attempt, as against the default of
    /// UP.4, which satisfies the objective of content that says nothing.
    #[serde(skip_serializing_if = "is_false")]
    pub is_assessed: bool,
    /// Which statuses content expressly left unknown, so that its end does not decide them.
    #[serde(skip_serializing_if = "Unsaid::is_nothing")]
    pub(super) unsaid: Unsaid,
    /// The Available Children (AM.1.1) once selection or randomization has changed them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub available: Option<Vec<ItemId>>,
    /// When the first attempt began (TM.1.2.1 Activity Absolute Duration).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_began: Option<Timestamp>,
    /// When the current attempt began (TM.1.2.2 Attempt Absolute Duration).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub began: Option<Timestamp>,
    /// When the current attempt ended; not while it is active or suspended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended: Option<Timestamp>,
    /// Experienced duration of the current attempt.
    #[serde(skip_serializing_if = "is_no_time")]
    pub attempt_time: Timespan,
    /// Experienced duration of all earlier attempts.
    #[serde(skip_serializing_if = "is_no_time")]
    pub earlier_time: Timespan,
    /// What statements have said of the current attempt.
    #[serde(skip_serializing_if = "Reported::is_nothing")]
    pub reported: Reported,
}

/// What is known of one objective; `None` where the standard's status flag is false.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ObjectiveProgress {
    /// Objective Progress Status and Objective Satisfied Status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub satisfied: Option<bool>,
    /// Objective Measure Status and Objective Normalized Measure, −1 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub measure: Option<f64>,
    /// Raw score.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub raw: Option<f64>,
    /// Minimum score.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
    /// Maximum score.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
    /// Objective (for the primary one: Attempt) Completion Status, when known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completion: Option<bool>,
    /// Completion Amount, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub progress: Option<f64>,
}

/// What statements have said of an attempt, so that none says it again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Reported {
    /// `completed` was said.
    #[serde(skip_serializing_if = "is_false")]
    pub completed: bool,
    /// `passed` (true) or `failed` (false) was said last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub success: Option<bool>,
    /// The score that `scored` said last: scaled, raw, min, max.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<[Option<f64>; 4]>,
    /// The measure that `progressed` said last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub progress: Option<f64>,
}

impl Reported {
    /// Whether nothing was said yet.
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

impl ObjectiveProgress {
    /// Whether nothing is known.
    pub fn is_unknown(&self) -> bool {
        *self == Self::default()
    }

    /// Whether measure and progress are what the tracking model can hold.
    pub fn is_in_range(&self) -> bool {
        self.measure.is_none_or(|measure| (-1.0..=1.0).contains(&measure))
            && self.progress.is_none_or(|progress| (0.0..=1.0).contains(&progress))
    }

    /// The scores as the run-time data names them.
    pub const fn score(&self) -> Score {
        Score { raw: self.raw, min: self.min, max: self.max, scaled: self.measure }
    }
}

/// What an activity that nobody touched is like.
static UNTOUCHED: ActivityState = ActivityState {
    attempts: 0,
    parent_attempt: 0,
    stale: Stale { objectives: false, progress: false },
    is_active: false,
    is_suspended: false,
    primary: ObjectiveProgress {
        satisfied: None,
        measure: None,
        raw: None,
        min: None,
        max: None,
        completion: None,
        progress: None,
    },
    objectives: BTreeMap::new(),
    is_assessed: false,
    unsaid: Unsaid { success: false, completion: false },
    available: None,
    first_began: None,
    began: None,
    ended: None,
    attempt_time: Timespan::ZERO,
    earlier_time: Timespan::ZERO,
    reported: Reported { completed: false, success: None, score: None, progress: None },
};

impl ActivityState {
    /// What is known of an objective; `None` means the primary one.
    pub fn objective(&self, id: Option<&str>) -> ObjectiveProgress {
        match id {
            None => self.primary,
            Some(id) => self.objectives.get(id).copied().unwrap_or_default(),
        }
    }

    /// Experienced duration of all attempts (TM.1.2.1).
    pub fn total_time(&self) -> Timespan {
        self.earlier_time + self.attempt_time
    }

    /// Makes room for a new attempt (DB.2, 5.1.1.2).
    pub(super) fn begin_attempt(&mut self, now: Option<Timestamp>) {
        *self = Self {
            attempts: self.attempts.saturating_add(1),
            earlier_time: self.total_time(),
            available: self.available.take(),
            first_began: self.first_began.or(now),
            began: now,
            ..Self::default()
        };
    }
}

impl TreeState {
    /// What is known of an activity.
    pub fn of(&self, item: &ItemId) -> &ActivityState {
        self.activities.get(item).unwrap_or(&UNTOUCHED)
    }

    /// What is known of an activity, to be changed.
    pub(crate) fn of_mut(&mut self, item: &ItemId) -> &mut ActivityState {
        self.activities.entry(item.clone()).or_default()
    }

    /// Notes what statements have said of the current attempt on an activity.
    pub fn set_reported(&mut self, item: &ItemId, reported: Reported) {
        if self.of(item).reported != reported {
            self.of_mut(item).reported = reported;
        }
    }

    /// When the operation in hand happens; limits of time are not reached without it.
    pub(crate) fn now(&self) -> Option<Timestamp> {
        self.moment.map(|moment| moment.now)
    }

    /// The Suspended Activity, from which the next session may be resumed.
    pub const fn suspended(&self) -> Option<&ItemId> {
        self.suspended.as_ref()
    }

    /// Forgets what was known for one attempt on the course only (SN 3.10.2 and `adlcp:data`,
    /// where they are not global to the system).
    pub(super) fn forget_shared(&mut self, objectives: bool, stores: bool) {
        if objectives {
            self.globals.clear();
        }
        if stores {
            self.shared.clear();
        }
    }

    /// The Current Activity: the leaf delivered last, or where its end led to.
    pub const fn current(&self) -> Option<&ItemId> {
        self.current.as_ref()
    }

    /// Global objectives in the order of their identifiers.
    pub fn globals(&self) -> impl Iterator<Item = (&str, &ObjectiveProgress)> {
        let sorted: BTreeMap<_, _> = self.globals.iter().collect();
        sorted.into_iter().map(|(id, progress)| (id.as_str(), progress))
    }

    /// Brings in global objectives that other registrations of the learner know
    /// (`objectivesGlobalToSystem`).
    pub fn set_global(&mut self, id: impl Into<String>, progress: ObjectiveProgress) {
        self.globals.insert(id.into(), progress);
    }

    /// Shared data stores in the order of their identifiers.
    pub fn shared(&self) -> impl Iterator<Item = (&str, &str)> {
        self.shared.iter().map(|(id, store)| (id.as_str(), store.as_str()))
    }

    /// Sets a shared data store, also one that other registrations of the learner know
    /// (`sharedDataGlobalToSystem`).
    pub fn set_shared(&mut self, id: impl Into<String>, store: impl Into<String>) {
        self.shared.insert(id.into(), store.into());
    }
}

/// The maps that every rule looks into are hashed; written, they have one order.
fn in_order<K: Ord + Serialize, V: Serialize, S: Serializer>(
    map: &HashMap<K, V>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    map.iter().collect::<BTreeMap<_, _>>().serialize(serializer)
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
const fn is_zero(count: &u32) -> bool {
    *count == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_no_time(time: &Timespan) -> bool {
    *time == Timespan::ZERO
}
