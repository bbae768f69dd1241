//! Sequencing: what a manifest asks for, and the rules that carry it out.

mod definition;

pub use definition::*;
