//! Sample courses played in a real browser through the real server, to every kind of end, and the
//! record that they leave.

mod lost;
mod navigation;
mod parts;
mod sequenced;
mod single;
mod windows;

use harness::serde_json::Value;

/// The binary under test.
const PROGRAM: &str = env!("CARGO_BIN_EXE_attestry");

/// What the content of a registration called, in order, without the requests of navigation.
async fn calls_of_content(service: &support::Service, registration: &str) -> Vec<Value> {
    let calls = service.calls(registration).await;
    calls.into_iter().filter(|call| call["function"] != "navigate").collect()
}
