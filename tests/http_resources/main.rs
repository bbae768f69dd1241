//! The LRS's resources beside statements, and what every request to the LRS has in common, over
//! HTTP on both databases.

mod client;
mod documents;
mod known;
mod protocol;
mod refusals;
