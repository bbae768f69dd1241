//! The shipped files hold together, and an organization's changes lie over them as they should.

mod edits;
mod files;
mod guide;
mod policy;

use super::{Catalogue, ControlKey};

fn key(text: &str) -> ControlKey {
    text.parse().expect("a key")
}

fn title(catalogue: &Catalogue, key: &str) -> String {
    let control = catalogue.control(key).unwrap_or_else(|| panic!("{key} is in the catalogue"));
    control.value.title.clone()
}
