//! The audit: one pure function from statements and dated reference data to everything that is
//! asked about them (`evaluate`), so that the server, the offline verifier and the tests cannot
//! disagree. No I/O; every instant is an argument.
//!
//! Numbers such as 1.4.3 are sections of the audit rules (`docs/guide/audit.md`).

pub mod catalogue;
mod day;
mod fact;
mod facts;
pub mod reference;
mod span;
mod text;
mod window;
pub mod world;
mod zone;

pub use day::{Day, ParseDayError, Quarter};
pub use domain::EvidenceVerb as Verb;
pub use fact::{About, ActorName, Fact, Origin, StatementText, seconds};
pub use facts::Facts;
pub use span::{Elapsed, ParseSpanError, Span};
pub use text::Text;
pub use window::{Window, intersection, merged};
pub use world::World;
pub use zone::{ParseZoneError, TIME_ZONE_DATA_VERSION, Zone};
