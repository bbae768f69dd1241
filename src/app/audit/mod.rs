//! Answers to audit questions: the world as the store knows it, evaluated by the one engine.

mod answer;
mod paper;
mod world;

pub use answer::{AuditAnswer, AuditFormat, AuditQuestion, Printed, Provenance};

pub(crate) use answer::period;
pub(crate) use paper::title;
