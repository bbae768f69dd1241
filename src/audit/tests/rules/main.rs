//! The audit rules, line by line: small worlds and what they must come to. Tests are named by the
//! section that they show; numbers are those of docs/guide/audit.md.

mod actors;
mod case;
mod completions;
mod cycles;
mod edges;
mod exceptions;
mod form;
mod obligations;
mod said;

use case::{Case, coverage, flags, gaps, rows};
