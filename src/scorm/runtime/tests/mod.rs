//! Tests of the data models as content meets them.

mod cases;
mod conformance;
mod lifetime;
mod random;
mod tables;

use serde_json::Value;

/// An argument or a result of the case tables: a text, or `{"repeat": [text, times]}`.
fn text(value: &Value) -> String {
    match value.get("repeat") {
        Some(repeat) => {
            let times = repeat[1].as_u64().and_then(|n| usize::try_from(n).ok()).expect("times");
            repeat[0].as_str().expect("text").repeat(times)
        }
        None => value.as_str().expect("a text or a repeat").to_owned(),
    }
}
