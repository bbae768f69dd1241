//! Tests of the data models as content meets them.

mod cases;
mod conformance;
mod lifetime;
mod random;
