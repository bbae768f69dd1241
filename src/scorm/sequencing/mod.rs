//! Sequencing: what a manifest asks for, and the rules that carry it out.

mod condition;
mod definition;
mod rollup;

pub use definition::*;
