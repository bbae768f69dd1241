//! Courses and the versions of them that count.

use super::row::rows;
use crate::{Day, Window};
use domain::Timestamp;
use serde::{Deserialize, Serialize};

/// A course.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Course {
    /// Which one: what requirements name.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// Its versions, oldest first.
    pub versions: Vec<CourseVersion>,
    /// When the row was recorded.
    pub recorded_at: Option<Timestamp>,
    /// When it was taken back.
    pub retracted_at: Option<Timestamp>,
}

/// A version of a course.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CourseVersion {
    /// Its name, such as `2.1.0`.
    pub version: String,
    /// The xAPI activity that it is as a whole: only statements about that one count (1.10.6).
    pub activity: String,
    /// The first day on which a pass of it counts; `None` is always.
    pub accepted_from: Option<Day>,
    /// The last day on which a pass of it counts; `None` is for ever.
    pub accepted_until: Option<Day>,
    /// The least time in seconds in which it can honestly be taken, if that is known.
    pub min_plausible_seconds: Option<f64>,
    /// When the row was recorded.
    pub recorded_at: Option<Timestamp>,
    /// When it was taken back.
    pub retracted_at: Option<Timestamp>,
}

impl CourseVersion {
    /// The days on which a pass of it counts.
    pub fn accepted(&self) -> Window {
        Window::new(self.accepted_from, self.accepted_until)
    }
}

rows!(Course, CourseVersion);
