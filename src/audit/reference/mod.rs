//! Reference data: what is known of people, courses and rules, folded from the events of the
//! append-only trail (audit rules, 2.2).
//!
//! An event asserts something of a thing, or takes it back. The time in which it was known runs from
//! its recording to that of the next event about the same thing; the days of which it is true are its
//! own. So a correction is a retraction and an assertion, and what was known before stays to be asked
//! for. Nothing else than events goes into the fold: a server, and a verifier with a pack of them,
//! get the same world.

mod change;
mod check;
mod entity;
mod person;
#[cfg(test)]
mod tests;
mod trail;
mod value;
mod world;

pub use change::{Absent, Change, Known, Named, Part, difference};
pub use check::{AlsoKnown, Claim, Fault, ID_CHARS_MAX, LIST_ITEMS_MAX, TEXT_CHARS_MAX, checked};
pub use entity::{Entity, ParseEntityError};
pub use person::{AccessTime, EmploymentSpan, IdentityLink, PersonRecord, RoleTime};
pub use trail::{Asserted, ERASED, Note, Op, ReferenceEvent, Stated, Trail};
pub use value::{
    AUDIT_POLICY_ID, AcceptedVersion, AccessValue, AuditPolicy, AwarenessActivity,
    EffectivenessCount, EmploymentValue, ExceptionValue, ForeignCourse, ForeignVersion,
    IdentityValue, PersonValue, Policy, RequirementValue, ReviewValue, RoleValue, SignOff,
};

use check::parse_days;
