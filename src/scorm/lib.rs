//! SCORM 1.2 and SCORM 2004 as pure rules: what a manifest means, the run-time data models, and
//! the activity tree, a course in plain words, and their mapping to xAPI. No I/O; time is an argument.

pub mod difference;
pub mod manifest;
pub mod outline;
pub mod profile;
pub mod runtime;
pub mod sequencing;
pub mod settings;
pub mod tree;
