//! Sample courses played in a real browser through the real server, to every kind of end, and the
//! record that they leave.

mod lost;
mod parts;
mod single;
mod windows;

/// The binary under test.
const PROGRAM: &str = env!("CARGO_BIN_EXE_attestry");
