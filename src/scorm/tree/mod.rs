//! The activity tree of a course (SN 2.1) and what is known of one learner in it (SN 4).
//!
//! [`ActivityTree`] is what the manifest says and never changes; [`TreeState`] is one
//! registration's tracking model and current position. Everything that changes the state is a
//! method of the tree that takes it; [`crate::sequencing`] adds the requests (SN 4.5 and on).

mod activity;
mod adjust;
mod available;
mod course;
mod moving;
mod navigation;
mod objective;
mod score;
mod state;
mod tracking;

#[cfg(test)]
pub(crate) mod sample;
#[cfg(test)]
mod tests;

pub use activity::{Activity, ActivityIndex, ActivityTree, Resource};
pub use adjust::Adjustments;
pub use course::{ActivityStatus, CourseStatus, Scorm12Rollup};
pub use moving::Adopted;
pub use score::scaled_of_raw;
pub use state::{ActivityState, Moment, ObjectiveProgress, Reported, TreeState};
pub use tracking::Delivered;
