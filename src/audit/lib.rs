//! The audit: one pure function from statements and dated reference data to everything that is
//! asked about them (`evaluate`), so that the server, the offline verifier and the tests cannot
//! disagree. No I/O; every instant is an argument.
//!
//! Numbers such as 1.4.3 are sections of the audit rules (`docs/guide/audit.md`).

mod attempts;
pub mod canonical;
mod cards;
pub mod catalogue;
mod completion;
mod day;
mod effectiveness;
mod escalation;
mod evaluate;
pub mod explanation;
mod fact;
mod facts;
pub mod feed;
mod figures;
mod filter;
mod flags;
mod gap;
mod identities;
mod obligation;
mod reconciliation;
pub mod reference;
mod register;
mod review;
mod sample;
mod scenario;
mod signature;
mod span;
mod tables;
mod text;
mod view;
mod window;
pub mod world;
mod zone;

pub use attempts::{Attempt, Search};
pub use cards::{PersonCard, RequirementCard};
pub use day::{Day, ParseDayError, Quarter};
pub use domain::EvidenceVerb as Verb;
pub use effectiveness::{Campaign, QuizQuarter};
pub use escalation::Escalation;
pub use evaluate::{ENGINE_VERSION, Head, Period, Question, Report, TypeOne, evaluate};
pub use explanation::Because;
pub use fact::{About, ActorName, Fact, Origin, StatementText, seconds};
pub use facts::Facts;
pub use figures::{ControlSummary, Coverage, NO_ROLE, Rate, Summary, by_control, by_role};
pub use filter::Filter;
pub use flags::{Flag, FlagKind, WeekdayBand};
pub use gap::{Gap, GapKind, GapReason};
pub use obligation::Kind;
pub use reconciliation::Reconciliation;
pub use register::{Module, RegisterRow, Status};
pub use review::{Review, ReviewStatus};
pub use sample::{Sample, SampleRequest, Seed, Strata};
pub use scenario::{Answer, Scenario, ScenarioError};
pub use signature::AttestationRow;
pub use span::{Elapsed, ParseSpanError, Span};
pub use tables::{Table, TableName};
pub use text::Text;
pub use window::{Window, intersection, merged};
pub use world::World;
pub use zone::{ParseZoneError, TIME_ZONE_DATA_VERSION, Zone};
