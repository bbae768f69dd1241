//! Sequencing and navigation (SCORM 2004 SN, 4th edition, and what the 2nd and 3rd do otherwise):
//! what a manifest asks for, and the processes that carry it out, one function each under its
//! number.
//!
//! All is pure: [`ActivityTree`](crate::tree::ActivityTree) is the course,
//! [`TreeState`](crate::tree::TreeState) what is known of one learner in it, and time and
//! randomness come as a [`Moment`](crate::tree::Moment). The same request on the same state gives
//! the same outcome, trace and state.
//!
//! How a player uses it, with `tree`, `state` and `moment` as above:
//!
//! 1. A launch calls `tree.open(&mut state, moment)`: the suspended activity goes on, else the
//!    course starts. The [`Outcome`] says which activity to show; `None` without an end means that
//!    the learner chooses from the contents.
//! 2. The SCO gets `tree.delivery(&state, activity)`, with `tree.validity(&state, None, moment)`
//!    for `adl.nav.request_valid`. While it runs, `tree.track` takes in what it commits. After a
//!    SetValue, `tree.validity(&state, Some(&data), moment)` answers for values that are not saved.
//! 3. `tree.controls(&state, …)` says what the player offers: buttons, and the contents.
//! 4. When the SCO's session ends, `tree.finish` takes in its data, and then
//!    `tree.request(&mut state, request, moment)` carries out what the learner asked for; if that
//!    is nothing, what the content asked for ([`Request::of_content`]).
//! 5. [`Outcome::trace`] and [`Outcome::sentence`] say why.
//!
//! Global objectives and shared data stores that are global to the system are the caller's to
//! bring in and to keep: `TreeState::set_global`, `globals`, `set_shared` and `shared`.
//!
//! Editions: jumps, progress measures that roll up, the additions to objective maps and shared data
//! are of the 4th edition; in the others they do nothing. SCORM 1.2 has no sequencing: its
//! activities follow each other in document order and can all be chosen.

mod choice;
mod condition;
mod controls;
mod definition;
mod exception;
mod flow;
mod forced;
mod limits;
mod navigate;
mod outcome;
mod prerequisites;
mod request;
mod rollup;
mod run;
mod selection;
mod sequence;
mod trace;

pub use controls::{ContentsEntry, Control, Controls};
pub use definition::*;
pub use exception::{Cause, Exception, Limit, RuleKind};
pub use outcome::{Delivery, Outcome, Refused};
pub use prerequisites::{LessonStatus, Prerequisites, ScriptFault};
pub use request::Request;
pub use trace::{Event, Step};

#[cfg(test)]
mod tests;
