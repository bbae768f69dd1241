//! Use cases.
pub mod password;
pub mod play;
pub mod secret;
