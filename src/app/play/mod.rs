//! Playing a course.

mod attempt;
pub mod wire;
