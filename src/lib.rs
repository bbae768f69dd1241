//! Attestry: SCORM and cmi5 player, xAPI Learning Record Store and audit engine on a
//! tamper-evident log. This crate is wiring alone: settings, commands, and the parts put together.

pub mod cli;
pub mod config;
pub mod failure;
pub mod system;
pub mod wiring;
